// SPDX-License-Identifier: GPL-2.0
/*
 * What a virtual machine's devices ask of OpenStack's Placement: the counterpart
 * of trait-entry.c.
 *
 * Placement has no numbers that could be compared, and knows no trait that nobody
 * made. So what an entry asks for is a name that the traits carry, and which of
 * the names that there are a source satisfies is found out here.
 */
#include <stdlib.h>

#include "error.h"
#include "handle.h"
#include "trait-name.h"

/* A trait that is asked for, or that must not be there. */
struct want {
	const char *known;
	bool forbidden;
};

/* What is asked for one device, and the query so far. */
struct asking {
	const struct vmig_self *source;
	const char *space;
	const char * const *known;
	size_t known_count;
	FILE *query;
	size_t number;
	/* At most one for each that is known. */
	struct want *wants;
	size_t want_count;
	/* Traits of which one will do. */
	size_t choices;
	const char *first;
	/* There is a wish that no trait fulfils. */
	bool hopeless;
};

static void offer(struct asking *asking, const char *known)
{
	asking->choices++;
	if (asking->choices == 1)
		asking->first = known;
	else if (asking->choices == 2)
		fprintf(asking->query, "&required_T%zu=in:%s,%s",
			asking->number, asking->first, known);
	else
		fprintf(asking->query, ",%s", known);
}

/* That was all to choose from. */
static void end_choice(struct asking *asking)
{
	if (asking->choices == 1)
		asking->wants[asking->want_count++].known = asking->first;
	asking->hopeless |= !asking->choices;
	asking->choices = 0;
}

static void forbid(struct asking *asking, const char *known)
{
	struct want *want = &asking->wants[asking->want_count++];

	want->known = known;
	want->forbidden = true;
}

/* Those that can stand in one list, for the pool or for an entry. */
static void end_wants(struct asking *asking, char group)
{
	size_t i;

	for (i = 0; i < asking->want_count; i++) {
		const struct want *want = &asking->wants[i];

		if (i)
			fputc(',', asking->query);
		else
			fprintf(asking->query, "&required_%c%zu=", group,
				asking->number);
		fprintf(asking->query, "%s%s", want->forbidden ? "!" : "",
			want->known);
	}
	memset(asking->wants, 0, asking->want_count * sizeof(*asking->wants));
	asking->want_count = 0;
}

static void start(const struct asking *asking, struct trait_name *name,
		  const char *kind)
{
	trait_start(name, asking->space, kind);
}

/* Offer a trait, if there is one of that name. */
static void offer_name(struct asking *asking, const struct trait_name *name)
{
	size_t i;

	for (i = 0; i < asking->known_count; i++)
		if (!strcmp(asking->known[i], name->text)) {
			offer(asking, asking->known[i]);
			return;
		}
}

static void offer_word(struct asking *asking, const char *kind)
{
	struct trait_name name;

	start(asking, &name, kind);
	offer_name(asking, &name);
}

/* What follows @name in a trait has to be @count bounds that @fits likes. */
typedef bool (*fits_fn)(const struct vmig_self *source, u32 number,
			const struct trait_bound *bounds);

static void offer_bounds(struct asking *asking, const struct trait_name *name,
			 size_t count, fits_fn fits, u32 number)
{
	struct trait_bound bounds[4];
	size_t i;

	for (i = 0; i < asking->known_count; i++) {
		const char *rest = trait_rest(name, asking->known[i]);

		if (rest && trait_rest_bounds(rest, bounds, count) &&
		    fits(asking->source, number, bounds))
			offer(asking, asking->known[i]);
	}
}

static void ask_name(struct asking *asking, const char *own, const char *kind,
		     const char *none, const char *any)
{
	struct trait_name name;

	if (own) {
		start(asking, &name, kind);
		trait_part(&name, own);
		offer_name(asking, &name);
	} else {
		offer_word(asking, none);
	}
	if (any)
		offer_word(asking, any);
	end_choice(asking);
}

static void ask_bus(struct asking *asking)
{
	const struct vmig_bus *bus = &asking->source->bus;
	struct trait_name name;

	start(asking, &name, bus->given ? TRAIT_BUS : TRAIT_NO_BUS);
	if (bus->given)
		trait_bus(&name, bus);
	offer_name(asking, &name);
	offer_word(asking, TRAIT_ANY_BUS);
	end_choice(asking);
}

static bool within(const struct vmig_self *source, u32 number,
		   const struct trait_bound *bounds)
{
	(void)source;
	return (!bounds[0].given || number >= bounds[0].number) &&
	       (!bounds[1].given || number <= bounds[1].number);
}

/* Major and minor number as one, that can be compared. */
static u64 as_one(u64 major, u32 minor)
{
	return major << 32 | minor;
}

static bool between(const struct vmig_self *source, u32 number,
		    const struct trait_bound *bounds)
{
	const u64 version = as_one(source->version.major,
				   source->version.minor);

	(void)number;
	return (!bounds[0].given ||
		version >= as_one(bounds[0].number, bounds[1].number)) &&
	       (!bounds[2].given ||
		version <= as_one(bounds[2].number, bounds[3].number));
}

static void ask_version(struct asking *asking)
{
	struct trait_name name;

	start(asking, &name, TRAIT_VERSIONS);
	offer_bounds(asking, &name, 4, between, 0);
	end_choice(asking);
}

/* Recipes that don't lead to the source's capacity. */
static void forbid_divisions(struct asking *asking)
{
	const struct vmig_self *source = asking->source;
	struct trait_bound bounds[3];
	struct trait_name name;
	size_t i;

	start(asking, &name, TRAIT_DIVIDED);
	for (i = 0; i < asking->known_count; i++) {
		const char *rest = trait_rest(&name, asking->known[i]);

		if (!rest || !trait_rest_bounds(rest, bounds, 3))
			continue;
		if (!source->has_capacity || !bounds[0].number ||
		    source->capacity % bounds[0].number ||
		    !within(source, source->capacity / bounds[0].number,
			    &bounds[1]))
			forbid(asking, asking->known[i]);
	}
}

static void ask_capacity(struct asking *asking)
{
	const struct vmig_self *source = asking->source;
	struct trait_name name;

	if (source->has_capacity) {
		start(asking, &name, TRAIT_CAPACITY);
		trait_number(&name, source->capacity);
		offer_name(asking, &name);
		start(asking, &name, TRAIT_CAPACITIES);
		offer_bounds(asking, &name, 2, within, source->capacity);
	} else {
		offer_word(asking, TRAIT_NO_CAPACITY);
	}
	end_choice(asking);
	forbid_divisions(asking);
}

static bool has_feature(const struct vmig_self *source, const char *rest)
{
	u32 i;

	for (i = 0; i < source->feature_count; i++)
		if (trait_rest_is_token(rest, source->features[i]))
			return true;
	return false;
}

static bool has_param(const struct vmig_self *source, const char *rest)
{
	u32 i;

	for (i = 0; i < source->param_count; i++)
		if (trait_rest_is_token(rest, source->params[i].name))
			return true;
	return false;
}

/* Needs of others that the source can't fulfil. */
static void forbid_needs(struct asking *asking, const char *kind,
			 bool (*has)(const struct vmig_self *source,
				     const char *rest))
{
	struct trait_name name;
	size_t i;

	start(asking, &name, kind);
	for (i = 0; i < asking->known_count; i++) {
		const char *rest = trait_rest(&name, asking->known[i]);

		if (rest && !has(asking->source, rest))
			forbid(asking, asking->known[i]);
	}
}

static void ask_features(struct asking *asking)
{
	const struct vmig_self *source = asking->source;
	struct trait_name name;
	u32 i;

	for (i = 0; i < source->feature_count; i++) {
		start(asking, &name, TRAIT_FEATURE);
		trait_token(&name, source->features[i]);
		offer_name(asking, &name);
		end_choice(asking);
	}
	offer_word(asking, TRAIT_NONE_OF);
	for (i = 0; i < source->feature_count; i++) {
		start(asking, &name, TRAIT_ONE_OF);
		trait_token(&name, source->features[i]);
		offer_name(asking, &name);
	}
	end_choice(asking);
	forbid_needs(asking, TRAIT_NEEDS_FEATURE, has_feature);
}

static void ask_params(struct asking *asking)
{
	const struct vmig_self *source = asking->source;
	struct trait_name name;
	u32 i;

	for (i = 0; i < source->param_count; i++) {
		const struct vmig_param *param = &source->params[i];

		start(asking, &name, TRAIT_PARAM);
		trait_part(&name, param->name);
		trait_value(&name, &param->value);
		offer_name(asking, &name);
		start(asking, &name, TRAIT_PARAM_RANGE);
		trait_part(&name, param->name);
		if (param->value.type == VMIG_VALUE_INT)
			offer_bounds(asking, &name, 2, within,
				     param->value.number);
		end_choice(asking);
	}
	forbid_needs(asking, TRAIT_NEEDS_PARAM, has_param);
}

/* The pool, or the device, and below it an entry that takes the source. */
static void ask_by_rules(struct asking *asking)
{
	const struct vmig_self *source = asking->source;

	fprintf(asking->query, "&same_subtree=_D%zu,_T%zu", asking->number,
		asking->number);
	ask_name(asking, source->api, TRAIT_API, NULL, NULL);
	ask_name(asking, source->model, TRAIT_MODEL, NULL, TRAIT_ANY_MODEL);
	ask_bus(asking);
	ask_name(asking, source->type, TRAIT_TYPE, TRAIT_NO_TYPE,
		 TRAIT_ANY_TYPE);
	ask_version(asking);
	ask_capacity(asking);
	ask_features(asking);
	ask_params(asking);
	end_wants(asking, 'T');
}

static void ask_by_profile(struct asking *asking)
{
	struct trait_name name;

	start(asking, &name, TRAIT_PROFILE);
	trait_token(&name, asking->source->profile);
	offer_name(asking, &name);
	end_choice(asking);
	end_wants(asking, 'D');
}

static void ask(struct asking *asking, enum mdevcompat_mapping mapping)
{
	const struct vmig_self *source = asking->source;
	struct trait_name unit;

	asking->number++;
	start(asking, &unit, TRAIT_UNIT);
	fprintf(asking->query, "&resources_D%zu=%s:%u", asking->number,
		unit.text, source->has_capacity ? source->capacity : 1);
	if (mapping == MDEVCOMPAT_PROFILES)
		ask_by_profile(asking);
	else
		ask_by_rules(asking);
}

static bool suits(const struct mdevcompat_document *document,
		  enum mdevcompat_mapping mapping,
		  struct mdevcompat_error *error)
{
	const struct vmig_self *source = &document_of(document)->self;

	if (source->has_capacity && !source->capacity)
		error_set(error, MDEVCOMPAT_UNSUITABLE,
			  "%s: a capacity of 0 is nothing to ask for",
			  mdevcompat_origin(document));
	else if (mapping == MDEVCOMPAT_PROFILES && !source->profile)
		error_set(error, MDEVCOMPAT_UNSUITABLE,
			  "%s: has no profile to ask for",
			  mdevcompat_origin(document));
	else
		return true;
	return false;
}

static bool ask_all(struct asking *asking,
		    const struct mdevcompat_document * const *sources,
		    size_t count, enum mdevcompat_mapping mapping,
		    struct mdevcompat_error *error)
{
	size_t i;

	if (!trait_is_space(asking->space))
		return error_set(error, MDEVCOMPAT_UNSUITABLE,
				 "'%s' is no namespace: a-z and 0-9, at most %d",
				 asking->space, VMIG_TOKEN_MAX);
	fputs("group_policy=none", asking->query);
	for (i = 0; i < count; i++) {
		if (!suits(sources[i], mapping, error))
			return false;
		asking->source = &document_of(sources[i])->self;
		ask(asking, mapping);
	}
	return true;
}

char *mdevcompat_request(const struct mdevcompat_document * const *sources,
			 size_t count, const char *space,
			 enum mdevcompat_mapping mapping,
			 const char * const *known, size_t known_count,
			 struct mdevcompat_error *error)
{
	struct asking asking = {
		.space = space,
		.known = known,
		.known_count = known_count,
	};
	char *text = NULL;
	size_t size;
	bool fine;

	asking.wants = calloc(known_count + 1, sizeof(*asking.wants));
	asking.query = open_memstream(&text, &size);
	fine = asking.wants && asking.query;
	if (!fine)
		error_no_memory(error);
	fine = fine && ask_all(&asking, sources, count, mapping, error);
	if (asking.query && fclose(asking.query) && fine)
		fine = error_no_memory(error);
	free(asking.wants);
	if (!fine) {
		free(text);
		return NULL;
	}
	if (asking.hopeless)
		text[0] = '\0';
	return text;
}
