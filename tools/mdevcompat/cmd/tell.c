// SPDX-License-Identifier: GPL-2.0
/* Answers for programs, in JSON. */
#include <json-c/json.h>

#include "cmd.h"

#define PLAIN	(JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

void tell_string(struct json_object *json, const char *key, const char *text)
{
	json_object_object_add(json, key, json_object_new_string(text));
}

void tell_number(struct json_object *json, const char *key, int64_t number)
{
	json_object_object_add(json, key, json_object_new_int64(number));
}

void tell_json(struct json_object *json, const char *key, const char *text)
{
	json_object_object_add(json, key, json_tokener_parse(text));
}

void tell_end(struct json_object *json)
{
	puts(json_object_to_json_string_ext(json, PLAIN));
	json_object_put(json);
}
