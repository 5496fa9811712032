// SPDX-License-Identifier: GPL-2.0
/* The entries of a document: what it accepts. */
#include "loader.h"

static bool is_star(struct json_object *json)
{
	return json_object_is_type(json, json_type_string) &&
	       !strcmp(json_object_get_string(json), "*");
}

/* How the choice is written: "*", one, or several. */
static enum vmig_form form_of(struct json_object *json)
{
	if (is_star(json))
		return VMIG_ANY;
	return json_object_is_type(json, json_type_array) ? VMIG_LIST :
							    VMIG_ONE;
}

static bool load_name(struct loader *loader, struct json_object *json, void *to)
{
	return loader_name(loader, json, to);
}

static bool load_names(struct loader *loader, struct json_object *json,
		       struct vmig_names *to)
{
	to->form = form_of(json);
	if (to->form == VMIG_ANY)
		return true;
	to->names = loader_one_or_list(loader, json, VMIG_CHOICES_MAX,
				       sizeof(*to->names), load_name,
				       &to->count);
	return to->names;
}

static bool load_bus(struct loader *loader, struct json_object *json, void *to)
{
	return loader_bus(loader, json, to);
}

static bool load_buses(struct loader *loader, struct json_object *json,
		       void *to)
{
	struct vmig_buses *choice = &((struct vmig_entry *)to)->bus;

	choice->form = form_of(json);
	if (choice->form == VMIG_ANY)
		return true;
	choice->buses = loader_one_or_list(loader, json, VMIG_CHOICES_MAX,
					   sizeof(*choice->buses), load_bus,
					   &choice->count);
	return choice->buses;
}

static bool load_model(struct loader *loader, struct json_object *json,
		       void *to)
{
	struct vmig_entry *entry = to;

	return load_names(loader, json, &entry->model);
}

static bool load_type(struct loader *loader, struct json_object *json,
		      void *to)
{
	struct vmig_entry *entry = to;

	return load_names(loader, json, &entry->type);
}

static bool load_version_min(struct loader *loader, struct json_object *json,
			     void *to)
{
	struct vmig_versions *versions = to;

	versions->has_min = true;
	return loader_version(loader, json, false, &versions->min);
}

static bool load_version_max(struct loader *loader, struct json_object *json,
			     void *to)
{
	struct vmig_versions *versions = to;

	versions->has_max = true;
	return loader_version(loader, json, false, &versions->max);
}

static bool load_versions(struct loader *loader, struct json_object *json,
			  void *to)
{
	static const struct loader_key keys[] = {
		{ "min", load_version_min, false },
		{ "max", load_version_max, false },
	};
	struct vmig_entry *entry = to;

	entry->versions.given = true;
	return loader_keys(loader, json, keys, ARRAY_SIZE(keys), LOADER_STRICT,
			   &entry->versions);
}

static bool load_min(struct loader *loader, struct json_object *json, void *to)
{
	struct vmig_range *range = to;

	range->has_min = true;
	return loader_u32(loader, json, &range->min);
}

static bool load_max(struct loader *loader, struct json_object *json, void *to)
{
	struct vmig_range *range = to;

	range->has_max = true;
	return loader_u32(loader, json, &range->max);
}

static bool load_value(struct loader *loader, struct json_object *json,
		       void *to)
{
	return loader_value(loader, json, to);
}

static bool load_constraint(struct loader *loader, struct json_object *json,
			    struct vmig_constraint *to)
{
	static const struct loader_key keys[] = {
		{ "min", load_min, false },
		{ "max", load_max, false },
	};

	if (json_object_is_type(json, json_type_object)) {
		to->form = VMIG_RANGE;
		return loader_keys(loader, json, keys, ARRAY_SIZE(keys),
				   LOADER_STRICT, &to->range);
	}
	to->form = json_object_is_type(json, json_type_array) ? VMIG_SET :
								VMIG_SCALAR;
	to->values = loader_one_or_list(loader, json, VMIG_CHOICES_MAX,
					sizeof(*to->values), load_value,
					&to->count);
	return to->values;
}

/* It can be nothing but an integer, so another type is a mistake. */
static bool load_capacity(struct loader *loader, struct json_object *json,
			  void *to)
{
	struct vmig_entry *entry = to;
	u32 i;

	entry->has_capacity = true;
	if (!load_constraint(loader, json, &entry->capacity))
		return false;
	for (i = 0; i < entry->capacity.count; i++)
		if (entry->capacity.values[i].type != VMIG_VALUE_INT)
			return loader_refuse(loader, "not an integer");
	return true;
}

static bool load_list(struct loader *loader, struct json_object *json,
		      struct vmig_features *to)
{
	to->given = true;
	return loader_tokens(loader, json, VMIG_FEATURES_MAX, &to->tokens,
			     &to->count);
}

static bool load_all(struct loader *loader, struct json_object *json, void *to)
{
	return load_list(loader, json, &((struct vmig_entry *)to)->all);
}

static bool load_any(struct loader *loader, struct json_object *json, void *to)
{
	return load_list(loader, json, &((struct vmig_entry *)to)->any);
}

static bool load_only(struct loader *loader, struct json_object *json,
		      void *to)
{
	return load_list(loader, json, &((struct vmig_entry *)to)->only);
}

static bool load_features(struct loader *loader, struct json_object *json,
			  void *to)
{
	static const struct loader_key keys[] = {
		{ "all", load_all, false },
		{ "any", load_any, false },
		{ "only", load_only, false },
	};

	return loader_keys(loader, json, keys, ARRAY_SIZE(keys), LOADER_STRICT,
			   to);
}

static bool load_rules(struct loader *loader, struct json_object *json,
		       size_t most, const struct vmig_rule **to, u32 *count)
{
	struct vmig_rule *rules;

	if (!loader_is_map(loader, json, most))
		return false;
	rules = loader_alloc(loader, json_object_object_length(json),
			     sizeof(*rules));
	if (!rules)
		return false;
	*count = 0;
	json_object_object_foreach(json, name, value) {
		struct vmig_rule *rule = &rules[(*count)++];
		size_t mark;

		if (!loader_token_key(loader, name))
			return false;
		mark = loader_enter_key(loader, name);
		rule->name = name;
		if (!load_constraint(loader, value, &rule->constraint))
			return false;
		loader_leave(loader, mark);
	}
	*to = rules;
	return true;
}

static bool load_params(struct loader *loader, struct json_object *json,
			void *to)
{
	struct vmig_entry *entry = to;

	entry->has_params = true;
	return load_rules(loader, json, VMIG_PARAMS_MAX, &entry->params,
			  &entry->param_count);
}

static bool load_off(struct loader *loader, struct json_object *json, void *to)
{
	struct vmig_entry *entry = to;

	return loader_params(loader, json, &entry->off, &entry->off_count);
}

static bool load_if(struct loader *loader, struct json_object *json, void *to)
{
	struct vmig_when *when = to;
	const struct vmig_rule *rules;
	u32 count;

	if (!load_rules(loader, json, 1, &rules, &count))
		return false;
	if (!count)
		return loader_refuse(loader, "no parameter");
	when->premise = rules[0];
	return true;
}

static bool load_then(struct loader *loader, struct json_object *json,
		      void *to)
{
	struct vmig_when *when = to;

	return load_rules(loader, json, VMIG_PARAMS_MAX, &when->then,
			  &when->then_count);
}

static bool load_condition(struct loader *loader, struct json_object *json,
			   void *to)
{
	static const struct loader_key keys[] = {
		{ "if", load_if, true },
		{ "then", load_then, true },
	};

	return loader_keys(loader, json, keys, ARRAY_SIZE(keys), LOADER_STRICT,
			   to);
}

static bool load_when(struct loader *loader, struct json_object *json,
		      void *to)
{
	struct vmig_entry *entry = to;

	entry->when = loader_list(loader, json, VMIG_WHEN_MAX,
				  sizeof(*entry->when), load_condition,
				  &entry->when_count);
	return entry->when;
}

static bool load_entry(struct loader *loader, struct json_object *json,
		       void *to)
{
	static const struct loader_key keys[] = {
		{ "model", load_model, false },
		{ "bus", load_buses, false },
		{ "mdev_type", load_type, false },
		{ "version", load_versions, false },
		{ "capacity", load_capacity, false },
		{ "features", load_features, false },
		{ "params", load_params, false },
		{ "off", load_off, false },
		{ "when", load_when, false },
	};
	bool fine;

	loader->entry = to;
	loader->entry_path = strlen(loader->path);
	fine = loader_keys(loader, json, keys, ARRAY_SIZE(keys), LOADER_STRICT,
			   to);
	loader->entry = NULL;
	return fine;
}

bool loader_entries(struct loader *loader, struct json_object *json,
		    struct vmig_document *to)
{
	to->has_compatible = true;
	to->entries = loader_list(loader, json, VMIG_ENTRIES_MAX,
				  sizeof(*to->entries), load_entry,
				  &to->entry_count);
	return to->entries;
}
