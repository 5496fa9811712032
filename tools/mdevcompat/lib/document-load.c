// SPDX-License-Identifier: GPL-2.0
/* Compatibility documents from their text. */
#include <stdlib.h>

#include "loader.h"
#include "scan.h"
#include "token.h"

/* Memory that goes with the document. */
struct chunk {
	struct chunk *next;
	max_align_t content[];
};

/* Strings of the document are those of @json. */
struct loaded_document {
	struct vmig_document document;
	struct json_object *json;
	struct chunk *chunks;
};

static void no_memory(struct load_error *error)
{
	error->reason = VMIG_REASON_NO_MEMORY;
	strcpy(error->text, "no memory");
}

void *loader_alloc(struct loader *loader, size_t count, size_t size)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk) + count * size + 1);

	if (!chunk) {
		no_memory(loader->error);
		return NULL;
	}
	chunk->next = loader->loaded->chunks;
	loader->loaded->chunks = chunk;
	return chunk->content;
}

static bool load_scope(struct loader *loader, struct json_object *json,
		       void *to)
{
	struct vmig_document *document = to;
	const char *text;

	if (!loader_string(loader, json, &text))
		return false;
	if (strcmp(text, "type") && strcmp(text, "device"))
		return loader_refuse(loader, "neither 'type' nor 'device'");
	document->scope = strcmp(text, "type") ? VMIG_SCOPE_DEVICE :
						 VMIG_SCOPE_TYPE;
	return true;
}

static bool load_gen(struct loader *loader, struct json_object *json, void *to)
{
	struct vmig_document *document = to;

	return loader_u32(loader, json, &document->gen);
}

static bool load_pool_id(struct loader *loader, struct json_object *json,
			 void *to)
{
	struct vmig_pool *pool = to;

	return loader_token(loader, json, &pool->id);
}

static bool load_pool_total(struct loader *loader, struct json_object *json,
			    void *to)
{
	struct vmig_pool *pool = to;

	return loader_u32(loader, json, &pool->total);
}

static bool load_pool_units(struct loader *loader, struct json_object *json,
			    void *to)
{
	struct vmig_pool *pool = to;

	return loader_u32(loader, json, &pool->units);
}

static bool load_pool(struct loader *loader, struct json_object *json,
		      void *to)
{
	static const struct loader_key keys[] = {
		{ "id", load_pool_id, true },
		{ "total", load_pool_total, true },
		{ "units", load_pool_units, true },
	};
	struct vmig_document *document = to;

	return loader_keys(loader, json, keys, ARRAY_SIZE(keys), LOADER_STRICT,
			   &document->pool);
}

static bool load_model(struct loader *loader, struct json_object *json,
		       void *to)
{
	return loader_name(loader, json, &((struct vmig_self *)to)->model);
}

static bool load_api(struct loader *loader, struct json_object *json, void *to)
{
	return loader_name(loader, json, &((struct vmig_self *)to)->api);
}

static bool load_bus(struct loader *loader, struct json_object *json, void *to)
{
	return loader_bus(loader, json, &((struct vmig_self *)to)->bus);
}

static bool load_type(struct loader *loader, struct json_object *json,
		      void *to)
{
	return loader_name(loader, json, &((struct vmig_self *)to)->type);
}

static bool load_version(struct loader *loader, struct json_object *json,
			 void *to)
{
	return loader_version(loader, json, true,
			      &((struct vmig_self *)to)->version);
}

static bool load_profile(struct loader *loader, struct json_object *json,
			 void *to)
{
	return loader_token(loader, json, &((struct vmig_self *)to)->profile);
}

static bool load_capacity(struct loader *loader, struct json_object *json,
			  void *to)
{
	struct vmig_self *self = to;

	self->has_capacity = true;
	return loader_u32(loader, json, &self->capacity);
}

static bool load_features(struct loader *loader, struct json_object *json,
			  void *to)
{
	struct vmig_self *self = to;

	return loader_tokens(loader, json, VMIG_FEATURES_MAX, &self->features,
			     &self->feature_count);
}

static bool load_params(struct loader *loader, struct json_object *json,
			void *to)
{
	struct vmig_self *self = to;

	return loader_params(loader, json, &self->params, &self->param_count);
}

static bool load_self(struct loader *loader, struct json_object *json,
		      void *to)
{
	static const struct loader_key keys[] = {
		{ "model", load_model, true },
		{ "device_api", load_api, true },
		{ "bus", load_bus, false },
		{ "mdev_type", load_type, false },
		{ "version", load_version, true },
		{ "profile", load_profile, false },
		{ "capacity", load_capacity, false },
		{ "features", load_features, true },
		{ "params", load_params, false },
	};
	struct vmig_document *document = to;

	return loader_keys(loader, json, keys, ARRAY_SIZE(keys), LOADER_SKIP,
			   &document->self);
}

static bool load_default(struct loader *loader, struct json_object *json,
			 void *to)
{
	struct vmig_profiles *profiles = to;

	return loader_token(loader, json, &profiles->standard);
}

static bool load_accepts(struct loader *loader, struct json_object *json,
			 void *to)
{
	struct vmig_profiles *profiles = to;

	return loader_tokens(loader, json, VMIG_PROFILES_MAX,
			     &profiles->accepts, &profiles->count);
}

static bool load_profiles(struct loader *loader, struct json_object *json,
			  void *to)
{
	static const struct loader_key keys[] = {
		{ "default", load_default, true },
		{ "accepts", load_accepts, true },
	};
	struct vmig_document *document = to;

	return loader_keys(loader, json, keys, ARRAY_SIZE(keys), LOADER_STRICT,
			   &document->profiles);
}

static bool load_divisor(struct loader *loader, struct json_object *json,
			 void *to)
{
	struct vmig_create *create = to;

	if (!loader_u32(loader, json, &create->divisor))
		return false;
	return create->divisor || loader_refuse(loader, "a division by 0");
}

static bool load_create_min(struct loader *loader, struct json_object *json,
			    void *to)
{
	struct vmig_create *create = to;

	return loader_u32(loader, json, &create->min);
}

static bool load_create_max(struct loader *loader, struct json_object *json,
			    void *to)
{
	struct vmig_create *create = to;

	return loader_u32(loader, json, &create->max);
}

static bool load_source_of(struct loader *loader, const char *text,
			   struct vmig_create *to)
{
	static const char prefix[] = "params.";
	const size_t skip = sizeof(prefix) - 1;

	if (!strcmp(text, "profile")) {
		to->from = VMIG_FROM_PROFILE;
		return true;
	}
	to->from = VMIG_FROM_PARAM;
	to->param = text + skip;
	return (!strncmp(text, prefix, skip) &&
		vmig_is_token(to->param, strlen(to->param))) ||
	       loader_refuse(loader,
			     "neither 'profile' nor 'params.' and a token");
}

static bool load_recipe(struct loader *loader, struct json_object *json,
			struct vmig_create *to)
{
	static const struct loader_key keys[] = {
		{ "capacity_div", load_divisor, true },
		{ "min", load_create_min, true },
		{ "max", load_create_max, true },
	};

	if (json_object_is_type(json, json_type_string))
		return load_source_of(loader, json_object_get_string(json), to);
	to->from = VMIG_FROM_CAPACITY;
	return loader_keys(loader, json, keys, ARRAY_SIZE(keys), LOADER_STRICT,
			   to);
}

static bool load_create(struct loader *loader, struct json_object *json,
			void *to)
{
	struct vmig_document *document = to;
	struct vmig_create *create;

	if (!loader_is_map(loader, json, VMIG_CREATE_MAX))
		return false;
	create = loader_alloc(loader, json_object_object_length(json),
			      sizeof(*create));
	if (!create)
		return false;
	document->create = create;
	json_object_object_foreach(json, name, value) {
		const size_t mark = loader_enter_key(loader, name);

		create->attribute = name;
		if (!vmig_is_attribute(name, strlen(name)))
			return loader_refuse(loader,
					     "not the path of an attribute");
		if (!load_recipe(loader, value, create++))
			return false;
		loader_leave(loader, mark);
		document->create_count++;
	}
	return true;
}

static bool load_compatible(struct loader *loader, struct json_object *json,
			    void *to)
{
	return loader_entries(loader, json, to);
}

static bool load_abi(struct loader *loader, struct json_object *json, void *to)
{
	struct vmig_document *document = to;

	return loader_u32(loader, json, &document->self.abi);
}

/* Another grammar may look any way: only its number is judged. */
static bool abi_fits(struct loader *loader, struct json_object *json)
{
	struct json_object *abi;
	u32 number;
	size_t mark;

	if (!loader_is_object(loader, json) ||
	    !json_object_object_get_ex(json, "abi", &abi))
		return true;
	mark = loader_enter_key(loader, "abi");
	if (!loader_u32(loader, abi, &number))
		return false;
	if (number != VMIG_ABI) {
		loader_refuse(loader, "%u is not %u", number, VMIG_ABI);
		loader->error->reason = VMIG_REASON_GRAMMAR_UNSUPPORTED;
		return false;
	}
	loader_leave(loader, mark);
	return true;
}

static bool load_document(struct loader *loader, struct json_object *json,
			  struct vmig_document *to)
{
	static const struct loader_key keys[] = {
		{ "abi", load_abi, true },
		{ "scope", load_scope, true },
		{ "gen", load_gen, true },
		{ "pool", load_pool, false },
		{ "self", load_self, true },
		{ "profiles", load_profiles, false },
		{ "create", load_create, false },
		{ "compatible", load_compatible, false },
	};

	return abi_fits(loader, json) &&
	       loader_keys(loader, json, keys, ARRAY_SIZE(keys), LOADER_SKIP,
			   to);
}

static struct json_object *parse_json(struct loader *loader, const char *text,
				      size_t length)
{
	struct json_tokener *tokener =
		json_tokener_new_ex(VMIG_DOCUMENT_DEPTH + 1);
	struct json_object *json;

	if (!tokener) {
		no_memory(loader->error);
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	json = json_tokener_parse_ex(tokener, text, length);
	if (!json) {
		const enum json_tokener_error error =
			json_tokener_get_error(tokener);

		loader_refuse(loader, "%s (byte %zu)",
			      error == json_tokener_continue ||
			      error == json_tokener_success ? "it ends early" :
			      json_tokener_error_desc(error),
			      json_tokener_get_parse_end(tokener));
	}
	json_tokener_free(tokener);
	return json;
}

struct loaded_document *loaded_document(const char *text, size_t length,
					struct load_error *error)
{
	struct loader loader = { .error = error };
	struct loaded_document *loaded;

	if (!scan_document(text, length, error))
		return NULL;
	loaded = calloc(1, sizeof(*loaded));
	if (!loaded) {
		no_memory(error);
		return NULL;
	}
	loader.loaded = loaded;
	loaded->json = parse_json(&loader, text, length);
	if (loaded->json &&
	    load_document(&loader, loaded->json, &loaded->document))
		return loaded;
	loaded_document_free(loaded);
	return NULL;
}

const struct vmig_document *
loaded_document_get(const struct loaded_document *loaded)
{
	return &loaded->document;
}

void loaded_document_free(struct loaded_document *loaded)
{
	struct chunk *chunk, *next;

	if (!loaded)
		return;
	for (chunk = loaded->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	json_object_put(loaded->json);
	free(loaded);
}
