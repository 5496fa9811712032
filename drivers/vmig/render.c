// SPDX-License-Identifier: GPL-2.0
/* A compatibility document as text. */
#include "json.h"
#include "render.h"

static void add_number(struct vmig_json *json, const char *key, u32 number)
{
	vmig_json_key(json, key);
	vmig_json_number(json, number);
}

static void add_string(struct vmig_json *json, const char *key,
		       const char *string)
{
	if (!string)
		return;
	vmig_json_key(json, key);
	vmig_json_string(json, string);
}

static void add_pool(struct vmig_json *json, const struct vmig_pool *pool)
{
	if (!pool->id)
		return;
	vmig_json_key(json, "pool");
	vmig_json_open(json, '{');
	add_string(json, "id", pool->id);
	add_number(json, "total", pool->total);
	add_number(json, "units", pool->units);
	vmig_json_close(json, '}');
}

static void render_bus(struct vmig_json *json, const struct vmig_bus *bus)
{
	vmig_json_open(json, '{');
	vmig_json_key(json, "pci");
	vmig_json_open(json, '{');
	vmig_json_key(json, "vendor");
	vmig_json_hex4(json, bus->vendor);
	vmig_json_key(json, "device");
	vmig_json_hex4(json, bus->device);
	vmig_json_close(json, '}');
	vmig_json_close(json, '}');
}

static void add_params(struct vmig_json *json, const char *key,
		       const struct vmig_param *params, u32 count)
{
	u32 i;

	if (!count)
		return;
	vmig_json_key(json, key);
	vmig_json_open(json, '{');
	for (i = 0; i < count; i++) {
		vmig_json_key(json, params[i].name);
		vmig_json_value(json, &params[i].value);
	}
	vmig_json_close(json, '}');
}

/* The profile can become any that is accepted. */
static const char *longest_profile(const struct vmig_document *document)
{
	const struct vmig_profiles *profiles = &document->profiles;
	const char *longest = document->self.profile;
	u32 i;

	for (i = 0; longest && i < profiles->count; i++)
		if (strlen(profiles->accepts[i]) > strlen(longest))
			longest = profiles->accepts[i];
	return longest;
}

static void add_self(struct vmig_json *json,
		     const struct vmig_document *document)
{
	static const struct vmig_version longest = { 0xffff, 0xffff, 0xffff };
	const struct vmig_self *self = &document->self;

	vmig_json_key(json, "self");
	vmig_json_open(json, '{');
	add_string(json, "model", self->model);
	add_string(json, "device_api", self->api);
	if (self->bus.given) {
		vmig_json_key(json, "bus");
		render_bus(json, &self->bus);
	}
	add_string(json, "mdev_type", self->type);
	vmig_json_key(json, "version");
	vmig_json_version(json, json->widest ? &longest : &self->version, true);
	add_string(json, "profile", json->widest ? longest_profile(document) :
						   self->profile);
	if (self->has_capacity)
		add_number(json, "capacity", self->capacity);
	vmig_json_key(json, "features");
	vmig_json_strings(json, self->features, self->feature_count);
	add_params(json, "params", self->params, self->param_count);
	vmig_json_close(json, '}');
}

static void add_profiles(struct vmig_json *json,
			 const struct vmig_profiles *profiles)
{
	if (!profiles->standard)
		return;
	vmig_json_key(json, "profiles");
	vmig_json_open(json, '{');
	add_string(json, "default", profiles->standard);
	vmig_json_key(json, "accepts");
	vmig_json_strings(json, profiles->accepts, profiles->count);
	vmig_json_close(json, '}');
}

static void render_param_name(struct vmig_json *json, const char *name)
{
	static const char prefix[] = "params.";
	char text[sizeof(prefix) + VMIG_TOKEN_MAX];
	const size_t length = strlen(name);

	if (length > VMIG_TOKEN_MAX) {
		json->invalid = true;
		return;
	}
	memcpy(text, prefix, sizeof(prefix) - 1);
	memcpy(text + sizeof(prefix) - 1, name, length + 1);
	vmig_json_string(json, text);
}

static void add_rule_of_making(struct vmig_json *json,
			       const struct vmig_create *create)
{
	vmig_json_key(json, create->attribute);
	switch (create->from) {
	case VMIG_FROM_CAPACITY:
		vmig_json_open(json, '{');
		add_number(json, "capacity_div", create->divisor);
		add_number(json, "min", create->min);
		add_number(json, "max", create->max);
		vmig_json_close(json, '}');
		break;
	case VMIG_FROM_PROFILE:
		vmig_json_string(json, "profile");
		break;
	case VMIG_FROM_PARAM:
		render_param_name(json, create->param);
		break;
	}
}

static void add_create(struct vmig_json *json,
		       const struct vmig_document *document)
{
	u32 i;

	if (!document->create_count)
		return;
	vmig_json_key(json, "create");
	vmig_json_open(json, '{');
	for (i = 0; i < document->create_count; i++)
		add_rule_of_making(json, &document->create[i]);
	vmig_json_close(json, '}');
}

static void add_names(struct vmig_json *json, const char *key,
		      const struct vmig_names *names)
{
	if (names->form == VMIG_ABSENT)
		return;
	vmig_json_key(json, key);
	if (names->form == VMIG_ANY)
		vmig_json_string(json, "*");
	else if (names->form == VMIG_ONE)
		vmig_json_string(json, names->names[0]);
	else
		vmig_json_strings(json, names->names, names->count);
}

static void add_buses(struct vmig_json *json, const struct vmig_buses *buses)
{
	u32 i;

	if (buses->form == VMIG_ABSENT)
		return;
	vmig_json_key(json, "bus");
	if (buses->form == VMIG_ANY) {
		vmig_json_string(json, "*");
		return;
	}
	if (buses->form == VMIG_ONE) {
		render_bus(json, buses->buses);
		return;
	}
	vmig_json_open(json, '[');
	for (i = 0; i < buses->count; i++)
		render_bus(json, &buses->buses[i]);
	vmig_json_close(json, ']');
}

static void add_versions(struct vmig_json *json,
			 const struct vmig_versions *versions)
{
	if (!versions->given)
		return;
	vmig_json_key(json, "version");
	vmig_json_open(json, '{');
	if (versions->has_min) {
		vmig_json_key(json, "min");
		vmig_json_version(json, &versions->min, false);
	}
	if (versions->has_max) {
		vmig_json_key(json, "max");
		vmig_json_version(json, &versions->max, false);
	}
	vmig_json_close(json, '}');
}

static void render_range(struct vmig_json *json,
			 const struct vmig_range *range)
{
	vmig_json_open(json, '{');
	if (range->has_min)
		add_number(json, "min", range->min);
	if (range->has_max)
		add_number(json, "max", range->max);
	vmig_json_close(json, '}');
}

static void add_constraint(struct vmig_json *json, const char *key,
			   const struct vmig_constraint *constraint)
{
	u32 i;

	vmig_json_key(json, key);
	switch (constraint->form) {
	case VMIG_SCALAR:
		vmig_json_value(json, constraint->values);
		break;
	case VMIG_SET:
		vmig_json_open(json, '[');
		for (i = 0; i < constraint->count; i++)
			vmig_json_value(json, &constraint->values[i]);
		vmig_json_close(json, ']');
		break;
	case VMIG_RANGE:
		render_range(json, &constraint->range);
		break;
	}
}

static void add_list(struct vmig_json *json, const char *key,
		     const struct vmig_features *features)
{
	if (!features->given)
		return;
	vmig_json_key(json, key);
	vmig_json_strings(json, features->tokens, features->count);
}

static void add_features(struct vmig_json *json,
			 const struct vmig_entry *entry)
{
	if (!entry->all.given && !entry->any.given && !entry->only.given)
		return;
	vmig_json_key(json, "features");
	vmig_json_open(json, '{');
	add_list(json, "all", &entry->all);
	add_list(json, "any", &entry->any);
	add_list(json, "only", &entry->only);
	vmig_json_close(json, '}');
}

static void add_rules(struct vmig_json *json, const char *key,
		      const struct vmig_rule *rules, u32 count)
{
	u32 i;

	vmig_json_key(json, key);
	vmig_json_open(json, '{');
	for (i = 0; i < count; i++)
		add_constraint(json, rules[i].name, &rules[i].constraint);
	vmig_json_close(json, '}');
}

static void add_when(struct vmig_json *json, const struct vmig_entry *entry)
{
	u32 i;

	if (!entry->when_count)
		return;
	vmig_json_key(json, "when");
	vmig_json_open(json, '[');
	for (i = 0; i < entry->when_count; i++) {
		const struct vmig_when *when = &entry->when[i];

		vmig_json_open(json, '{');
		add_rules(json, "if", &when->premise, 1);
		add_rules(json, "then", when->then, when->then_count);
		vmig_json_close(json, '}');
	}
	vmig_json_close(json, ']');
}

static void render_entry(struct vmig_json *json,
			 const struct vmig_entry *entry)
{
	vmig_json_open(json, '{');
	add_names(json, "model", &entry->model);
	add_buses(json, &entry->bus);
	add_names(json, "mdev_type", &entry->type);
	add_versions(json, &entry->versions);
	if (entry->has_capacity)
		add_constraint(json, "capacity", &entry->capacity);
	add_features(json, entry);
	if (entry->has_params)
		add_rules(json, "params", entry->params, entry->param_count);
	add_params(json, "off", entry->off, entry->off_count);
	add_when(json, entry);
	if (entry->unknown) {
		/* Its name alone keeps the entry from matching. */
		vmig_json_key(json, entry->unknown);
		vmig_json_bool(json, true);
	}
	vmig_json_close(json, '}');
}

static void add_compatible(struct vmig_json *json,
			   const struct vmig_document *document)
{
	u32 i;

	if (!document->has_compatible)
		return;
	vmig_json_key(json, "compatible");
	vmig_json_open(json, '[');
	for (i = 0; i < document->entry_count; i++)
		render_entry(json, &document->entries[i]);
	vmig_json_close(json, ']');
}

static void render_document(struct vmig_json *json,
			    const struct vmig_document *document)
{
	vmig_json_open(json, '{');
	add_number(json, "abi", document->self.abi);
	add_string(json, "scope", document->scope == VMIG_SCOPE_TYPE ?
		   "type" : "device");
	add_number(json, "gen", document->gen);
	add_pool(json, &document->pool);
	add_self(json, document);
	add_profiles(json, &document->profiles);
	add_create(json, document);
	add_compatible(json, document);
	vmig_json_close(json, '}');
	vmig_text_add(&json->text, "\n");
}

int vmig_render(const struct vmig_document *document, char *text, size_t size)
{
	struct vmig_json json = { .text = { .at = text, .size = size } };

	render_document(&json, document);
	if (json.invalid)
		return -EINVAL;
	return vmig_text_end(&json.text, VMIG_DOCUMENT_MAX - 1);
}

int vmig_render_max(const struct vmig_document *document)
{
	struct vmig_json json = { .widest = true };

	render_document(&json, document);
	return json.invalid ? -EINVAL : (int)json.text.length;
}
