// SPDX-License-Identifier: GPL-2.0
/* Where a load is, and the simple values that are found there. */
#include <stdarg.h>

#include "loader.h"
#include "token.h"

bool loader_refuse(struct loader *loader, const char *format, ...)
{
	struct load_error *error = loader->error;
	char what[LOAD_ERROR_SIZE - LOADER_PATH_SIZE - 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	error->reason = VMIG_REASON_MALFORMED;
	snprintf(error->text, sizeof(error->text), "%s%s%s", loader->path,
		 loader->path[0] ? ": " : "", what);
	return false;
}

/* Keys of any length come here: what has no room is left out. */
size_t loader_enter_key(struct loader *loader, const char *key)
{
	const size_t mark = strlen(loader->path);

	snprintf(loader->path + mark, sizeof(loader->path) - mark, "%s%s",
		 mark ? "." : "", key);
	return mark;
}

size_t loader_enter_index(struct loader *loader, size_t index)
{
	const size_t mark = strlen(loader->path);

	snprintf(loader->path + mark, sizeof(loader->path) - mark, "[%zu]",
		 index);
	return mark;
}

void loader_leave(struct loader *loader, size_t mark)
{
	loader->path[mark] = '\0';
}

bool loader_is_object(struct loader *loader, struct json_object *json)
{
	return json_object_is_type(json, json_type_object) ||
	       loader_refuse(loader, "not an object");
}

bool loader_is_map(struct loader *loader, struct json_object *json,
		   size_t most)
{
	if (!loader_is_object(loader, json))
		return false;
	return (size_t)json_object_object_length(json) <= most ||
	       loader_refuse(loader, "more than %zu", most);
}

bool loader_is_array(struct loader *loader, struct json_object *json,
		     size_t most)
{
	if (!json_object_is_type(json, json_type_array))
		return loader_refuse(loader, "not an array");
	return json_object_array_length(json) <= most ||
	       loader_refuse(loader, "more than %zu", most);
}

void *loader_list(struct loader *loader, struct json_object *json, size_t most,
		  size_t size, loader_element load, u32 *count)
{
	size_t i, length;
	char *list;

	if (!loader_is_array(loader, json, most))
		return NULL;
	length = json_object_array_length(json);
	list = loader_alloc(loader, length, size);
	if (!list)
		return NULL;
	for (i = 0; i < length; i++) {
		const size_t mark = loader_enter_index(loader, i);

		if (!load(loader, json_object_array_get_idx(json, i),
			  list + i * size))
			return NULL;
		loader_leave(loader, mark);
	}
	*count = length;
	return list;
}

void *loader_one_or_list(struct loader *loader, struct json_object *json,
			 size_t most, size_t size, loader_element load,
			 u32 *count)
{
	void *one;

	if (json_object_is_type(json, json_type_array))
		return loader_list(loader, json, most, size, load, count);
	one = loader_alloc(loader, 1, size);
	if (!one || !load(loader, json, one))
		return NULL;
	*count = 1;
	return one;
}

static bool note_unknown(struct loader *loader)
{
	/* Behind the dot that separates it from the entry's own path. */
	const char *path = loader->path + loader->entry_path + 1;
	char *copy;

	if (loader->entry->unknown)
		return true;
	copy = loader_alloc(loader, strlen(path) + 1, 1);
	if (!copy)
		return false;
	strcpy(copy, path);
	loader->entry->unknown = copy;
	return true;
}

bool loader_unknown_key(struct loader *loader, const char *key)
{
	const size_t mark = loader_enter_key(loader, key);
	const bool fine = loader->entry ? note_unknown(loader) :
			  loader_refuse(loader, "this key is not known here");

	loader_leave(loader, mark);
	return fine;
}

static const struct loader_key *find_key(const struct loader_key *keys,
					 size_t count, const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static bool all_there(struct loader *loader, struct json_object *json,
		      const struct loader_key *keys, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (keys[i].required &&
		    !json_object_object_get_ex(json, keys[i].name, NULL))
			return loader_refuse(loader, "'%s' is missing",
					     keys[i].name);
	return true;
}

bool loader_keys(struct loader *loader, struct json_object *json,
		 const struct loader_key *keys, size_t count,
		 enum loader_others others, void *to)
{
	if (!loader_is_object(loader, json))
		return false;
	json_object_object_foreach(json, name, value) {
		const struct loader_key *key = find_key(keys, count, name);
		size_t mark;
		bool fine;

		if (!key && others == LOADER_SKIP)
			continue;
		if (!key && !loader_unknown_key(loader, name))
			return false;
		if (!key)
			continue;
		mark = loader_enter_key(loader, name);
		fine = key->load(loader, value, to);
		loader_leave(loader, mark);
		if (!fine)
			return false;
	}
	return all_there(loader, json, keys, count);
}

bool loader_u32(struct loader *loader, struct json_object *json, u32 *to)
{
	if (!json_object_is_type(json, json_type_int))
		return loader_refuse(loader, "not an integer");
	/* The scan has seen to the range. */
	*to = json_object_get_int64(json);
	return true;
}

bool loader_string(struct loader *loader, struct json_object *json,
		   const char **to)
{
	if (!json_object_is_type(json, json_type_string))
		return loader_refuse(loader, "not a string");
	*to = json_object_get_string(json);
	return true;
}

bool loader_token(struct loader *loader, struct json_object *json,
		  const char **to)
{
	if (!loader_string(loader, json, to))
		return false;
	return vmig_is_token(*to, strlen(*to)) ||
	       loader_refuse(loader, "not a token");
}

bool loader_name(struct loader *loader, struct json_object *json,
		 const char **to)
{
	if (!loader_string(loader, json, to))
		return false;
	return vmig_is_name(*to, strlen(*to)) ||
	       loader_refuse(loader, "not 1 to %u printable characters",
			     VMIG_NAME_MAX);
}

static bool version_part(const char **text, u16 *to)
{
	const char *at = *text;
	unsigned long sum = 0;

	while (*at >= '0' && *at <= '9' && sum <= UINT16_MAX)
		sum = sum * 10 + (*at++ - '0');
	if (at == *text || (**text == '0' && at - *text > 1) ||
	    sum > UINT16_MAX)
		return false;
	*to = sum;
	*text = at;
	return true;
}

bool loader_version(struct loader *loader, struct json_object *json, bool fix,
		    struct vmig_version *to)
{
	const char *text;

	if (!loader_string(loader, json, &text))
		return false;
	if (version_part(&text, &to->major) && *text++ == '.' &&
	    version_part(&text, &to->minor) &&
	    (!fix || (*text++ == '.' && version_part(&text, &to->fix))) &&
	    !*text)
		return true;
	return loader_refuse(loader, "not a version of %s",
			     fix ? "three numbers" : "two numbers");
}

bool loader_tokens(struct loader *loader, struct json_object *json,
		   size_t most, const char * const **to, u32 *count)
{
	const char **tokens;
	size_t i, length;

	if (!loader_is_array(loader, json, most))
		return false;
	length = json_object_array_length(json);
	tokens = loader_alloc(loader, length, sizeof(*tokens));
	if (!tokens)
		return false;
	for (i = 0; i < length; i++) {
		const size_t mark = loader_enter_index(loader, i);

		if (!loader_token(loader, json_object_array_get_idx(json, i),
				  &tokens[i]))
			return false;
		if (vmig_has_token(tokens, i, tokens[i]))
			return loader_refuse(loader, "this comes twice");
		loader_leave(loader, mark);
	}
	*to = tokens;
	*count = length;
	return true;
}

static bool load_hex4(struct loader *loader, struct json_object *json, u16 *to)
{
	const char *text = "";
	unsigned int sum = 0;
	size_t i;

	if (!loader_string(loader, json, &text))
		return false;
	if (strlen(text) != 4)
		return loader_refuse(loader, "not four hexadecimal digits");
	for (i = 0; i < 4; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = strchr(digits, text[i]);

		if (!digit)
			return loader_refuse(loader,
					     "not four hexadecimal digits");
		sum = sum * 16 + (digit - digits);
	}
	*to = sum;
	return true;
}

static bool load_vendor(struct loader *loader, struct json_object *json,
			void *to)
{
	struct vmig_bus *bus = to;

	return load_hex4(loader, json, &bus->vendor);
}

static bool load_device(struct loader *loader, struct json_object *json,
			void *to)
{
	struct vmig_bus *bus = to;

	return load_hex4(loader, json, &bus->device);
}

static bool load_pci(struct loader *loader, struct json_object *json, void *to)
{
	static const struct loader_key keys[] = {
		{ "vendor", load_vendor, true },
		{ "device", load_device, true },
	};

	return loader_keys(loader, json, keys, ARRAY_SIZE(keys), LOADER_STRICT,
			   to);
}

bool loader_bus(struct loader *loader, struct json_object *json,
		struct vmig_bus *to)
{
	static const struct loader_key keys[] = { { "pci", load_pci, false } };

	to->given = true;
	if (!loader_keys(loader, json, keys, ARRAY_SIZE(keys), LOADER_STRICT,
			 to))
		return false;
	/* In an entry, a bus that is not known stands in its place. */
	return json_object_object_get_ex(json, "pci", NULL) ||
	       (loader->entry && json_object_object_length(json)) ||
	       loader_refuse(loader, "'pci' is missing");
}

static bool load_value_token(struct loader *loader, struct json_object *json,
			     const char **to)
{
	if (!loader_token(loader, json, to))
		return false;
	return !vmig_is_ambiguous(*to, strlen(*to)) ||
	       loader_refuse(loader,
			     "a token that looks like a number or a bool");
}

bool loader_value(struct loader *loader, struct json_object *json,
		  struct vmig_value *to)
{
	switch (json_object_get_type(json)) {
	case json_type_int:
		to->type = VMIG_VALUE_INT;
		return loader_u32(loader, json, &to->number);
	case json_type_boolean:
		to->type = VMIG_VALUE_BOOL;
		to->flag = json_object_get_boolean(json);
		return true;
	case json_type_string:
		to->type = VMIG_VALUE_TOKEN;
		return load_value_token(loader, json, &to->token);
	default:
		return loader_refuse(loader,
				     "neither an integer, a bool nor a token");
	}
}

bool loader_token_key(struct loader *loader, const char *key)
{
	return vmig_is_token(key, strlen(key)) ||
	       loader_refuse(loader, "the key '%s' is not a token", key);
}

bool loader_params(struct loader *loader, struct json_object *json,
		   const struct vmig_param **to, u32 *count)
{
	struct vmig_param *params;

	if (!loader_is_map(loader, json, VMIG_PARAMS_MAX))
		return false;
	params = loader_alloc(loader, json_object_object_length(json),
			      sizeof(*params));
	if (!params)
		return false;
	*count = 0;
	json_object_object_foreach(json, name, value) {
		struct vmig_param *param = &params[(*count)++];
		size_t mark;

		if (!loader_token_key(loader, name))
			return false;
		mark = loader_enter_key(loader, name);
		param->name = name;
		if (!loader_value(loader, value, &param->value))
			return false;
		loader_leave(loader, mark);
	}
	*to = params;
	return true;
}
