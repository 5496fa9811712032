// SPDX-License-Identifier: GPL-2.0
/*
 * What an entry of a document accepts, as traits. Each function is the
 * counterpart of a check in drivers/vmig/entry.c; request.c asks for what these
 * tell.
 */
#include "entry.h"
#include "trait-entry.h"
#include "trait-name.h"

/* One entry that is told. */
struct telling {
	const struct vmig_document *target;
	const struct vmig_entry *entry;
	const char *space;
	trait_fn take;
	void *data;
	struct trait_name name;
};

static struct trait_name *start(struct telling *telling, const char *kind)
{
	trait_start(&telling->name, telling->space, kind);
	return &telling->name;
}

static void tell(struct telling *telling)
{
	telling->take(telling->name.text, telling->data);
}

static void tell_word(struct telling *telling, const char *kind)
{
	start(telling, kind);
	tell(telling);
}

static void tell_token(struct telling *telling, const char *kind,
		       const char *token)
{
	trait_token(start(telling, kind), token);
	tell(telling);
}

static void tell_name(struct telling *telling, const char *kind,
		      const char *name)
{
	trait_part(start(telling, kind), name);
	tell(telling);
}

/* Words for a key that an entry may lack, and a target as well. */
struct words {
	const char *one;
	const char *none;
	const char *any;
};

static void tell_names(struct telling *telling, const struct words *words,
		       const struct vmig_names *names, const char *own)
{
	u32 i;

	switch (names->form) {
	case VMIG_ABSENT:
		if (own)
			tell_name(telling, words->one, own);
		else
			tell_word(telling, words->none);
		break;
	case VMIG_ANY:
		tell_word(telling, words->any);
		break;
	case VMIG_ONE:
		tell_name(telling, words->one, names->names[0]);
		break;
	case VMIG_LIST:
		for (i = 0; i < names->count; i++)
			tell_name(telling, words->one, names->names[i]);
		break;
	}
}

static void tell_one_bus(struct telling *telling, const struct vmig_bus *bus)
{
	trait_bus(start(telling, TRAIT_BUS), bus);
	tell(telling);
}

static void tell_bus(struct telling *telling)
{
	const struct vmig_buses *buses = &telling->entry->bus;
	const struct vmig_bus *own = &telling->target->self.bus;
	u32 i;

	switch (buses->form) {
	case VMIG_ABSENT:
		if (own->given)
			tell_one_bus(telling, own);
		else
			tell_word(telling, TRAIT_NO_BUS);
		break;
	case VMIG_ANY:
		tell_word(telling, TRAIT_ANY_BUS);
		break;
	case VMIG_ONE:
		tell_one_bus(telling, &buses->buses[0]);
		break;
	case VMIG_LIST:
		for (i = 0; i < buses->count; i++)
			tell_one_bus(telling, &buses->buses[i]);
		break;
	}
}

static void tell_what_it_is(struct telling *telling)
{
	static const struct words model = {
		.one = TRAIT_MODEL, .any = TRAIT_ANY_MODEL,
	};
	static const struct words type = {
		.one = TRAIT_TYPE, .none = TRAIT_NO_TYPE, .any = TRAIT_ANY_TYPE,
	};
	const struct vmig_self *self = &telling->target->self;

	tell_name(telling, TRAIT_API, self->api);
	tell_names(telling, &model, &telling->entry->model, self->model);
	tell_bus(telling);
	tell_names(telling, &type, &telling->entry->type, self->type);
	trait_versions(start(telling, TRAIT_VERSIONS),
		       &telling->entry->versions, &self->version);
	tell(telling);
}

static void tell_number(struct telling *telling, const char *kind, u32 number)
{
	trait_number(start(telling, kind), number);
	tell(telling);
}

/* Values that are no numbers are no capacities. */
static void tell_capacity(struct telling *telling)
{
	const struct vmig_constraint *wanted = &telling->entry->capacity;
	const struct vmig_self *self = &telling->target->self;
	u32 i, count = wanted->form == VMIG_SET ? wanted->count : 1;

	if (!telling->entry->has_capacity) {
		if (self->has_capacity)
			tell_number(telling, TRAIT_CAPACITY, self->capacity);
		else
			tell_word(telling, TRAIT_NO_CAPACITY);
		return;
	}
	if (wanted->form == VMIG_RANGE) {
		trait_range(start(telling, TRAIT_CAPACITIES), &wanted->range);
		tell(telling);
		return;
	}
	for (i = 0; i < count; i++)
		if (wanted->values[i].type == VMIG_VALUE_INT)
			tell_number(telling, TRAIT_CAPACITY,
				    wanted->values[i].number);
}

static void tell_features(struct telling *telling)
{
	const struct vmig_entry *entry = telling->entry;
	const struct vmig_self *self = &telling->target->self;
	const struct vmig_features own = {
		.tokens = self->features,
		.count = self->feature_count,
	};
	const struct vmig_features *only = entry->only.given ? &entry->only :
							       &own;
	u32 i;

	for (i = 0; i < only->count; i++)
		tell_token(telling, TRAIT_FEATURE, only->tokens[i]);
	for (i = 0; i < entry->all.count; i++)
		tell_token(telling, TRAIT_NEEDS_FEATURE, entry->all.tokens[i]);
	for (i = 0; i < entry->any.count; i++)
		tell_token(telling, TRAIT_ONE_OF, entry->any.tokens[i]);
	if (!entry->any.given)
		tell_word(telling, TRAIT_NONE_OF);
}

static void tell_param(struct telling *telling, const char *param,
		       const struct vmig_value *value)
{
	trait_part(start(telling, TRAIT_PARAM), param);
	trait_value(&telling->name, value);
	tell(telling);
}

/* A source that does not name it must have an off value that will do. */
static void tell_rule(struct telling *telling, const char *param,
		      const struct vmig_constraint *wanted)
{
	const struct vmig_entry *entry = telling->entry;
	const struct vmig_value *off = vmig_find_param(entry->off,
						       entry->off_count, param);
	u32 i, count = wanted->form == VMIG_SET ? wanted->count : 1;

	if (!off || !vmig_satisfies(off, wanted))
		tell_token(telling, TRAIT_NEEDS_PARAM, param);
	if (wanted->form == VMIG_RANGE) {
		trait_part(start(telling, TRAIT_PARAM_RANGE), param);
		trait_range(&telling->name, &wanted->range);
		tell(telling);
		return;
	}
	for (i = 0; i < count; i++)
		tell_param(telling, param, &wanted->values[i]);
}

static void tell_rules(struct telling *telling)
{
	const struct vmig_entry *entry = telling->entry;
	const struct vmig_self *self = &telling->target->self;
	u32 i;

	for (i = 0; entry->has_params && i < entry->param_count; i++)
		tell_rule(telling, entry->params[i].name,
			  &entry->params[i].constraint);
	for (i = 0; !entry->has_params && i < self->param_count; i++) {
		const struct vmig_constraint own = {
			.form = VMIG_SCALAR,
			.values = &self->params[i].value,
			.count = 1,
		};

		tell_rule(telling, self->params[i].name, &own);
	}
	/* What has no rule may be there as long as it is off. */
	for (i = 0; i < entry->off_count; i++)
		if (!vmig_has_rule(entry, self, entry->off[i].name))
			tell_param(telling, entry->off[i].name,
				   &entry->off[i].value);
}

static void tell_division(struct telling *telling,
			  const struct vmig_create *create)
{
	const struct vmig_range range = {
		.has_min = true,
		.has_max = true,
		.min = create->min,
		.max = create->max,
	};

	trait_number(start(telling, TRAIT_DIVIDED), create->divisor);
	trait_range(&telling->name, &range);
	tell(telling);
}

/* How the instance is made; that of a document of a device is there. */
static void tell_recipe(struct telling *telling)
{
	const struct vmig_document *target = telling->target;
	const struct vmig_entry *entry = telling->entry;
	u32 i;

	if (target->scope != VMIG_SCOPE_TYPE)
		return;
	for (i = 0; i < target->create_count; i++) {
		const struct vmig_create *create = &target->create[i];

		if (create->from == VMIG_FROM_CAPACITY)
			tell_division(telling, create);
		else if (create->from == VMIG_FROM_PARAM &&
			 !vmig_find_param(entry->off, entry->off_count,
					  create->param))
			tell_token(telling, TRAIT_NEEDS_PARAM, create->param);
	}
}

u32 trait_entry_count(const struct vmig_document *target)
{
	return target->has_compatible ? target->entry_count : 1;
}

bool trait_entry(const struct vmig_document *target, u32 index,
		 const char *space, trait_fn take, void *data)
{
	static const struct vmig_entry without_keys;
	struct telling telling = {
		.target = target,
		.entry = target->has_compatible ? &target->entries[index] :
						  &without_keys,
		.space = space,
		.take = take,
		.data = data,
	};

	if (telling.entry->unknown ||
	    (telling.entry->any.given && !telling.entry->any.count))
		return false;
	tell_what_it_is(&telling);
	tell_capacity(&telling);
	tell_features(&telling);
	tell_rules(&telling);
	tell_recipe(&telling);
	return true;
}
