// SPDX-License-Identifier: GPL-2.0
/* Building JSON that a program reads. */
#include <string.h>

#include "error.h"
#include "json-out.h"

static struct json_object *made(struct json_out *out, struct json_object *json)
{
	out->failed |= !json;
	return json;
}

struct json_object *json_out_object(struct json_out *out)
{
	return made(out, json_object_new_object());
}

struct json_object *json_out_array(struct json_out *out)
{
	return made(out, json_object_new_array());
}

void json_out_add(struct json_out *out, struct json_object *object,
		  const char *key, struct json_object *value)
{
	if (object && value && !json_object_object_add(object, key, value))
		return;
	out->failed = true;
	json_object_put(value);
}

void json_out_string(struct json_out *out, struct json_object *object,
		     const char *key, const char *value)
{
	if (value)
		json_out_add(out, object, key, json_object_new_string(value));
	else if (!object || json_object_object_add(object, key, NULL))
		out->failed = true;
}

void json_out_number(struct json_out *out, struct json_object *object,
		     const char *key, int64_t value)
{
	json_out_add(out, object, key, json_object_new_int64(value));
}

void json_out_append(struct json_out *out, struct json_object *array,
		     struct json_object *value)
{
	if (array && value && !json_object_array_add(array, value))
		return;
	out->failed = true;
	json_object_put(value);
}

void json_out_append_string(struct json_out *out, struct json_object *array,
			    const char *value)
{
	json_out_append(out, array, json_object_new_string(value));
}

char *json_out_text(struct json_out *out, struct json_object *json,
		    struct mdevcompat_error *error)
{
	const char *text = out->failed ? NULL :
			   json_object_to_json_string_ext(json, JSON_OUT_PLAIN);
	char *copy = text ? strdup(text) : NULL;

	json_object_put(json);
	return copy ? copy : error_no_memory(error);
}
