// SPDX-License-Identifier: GPL-2.0
/* Answers for programs, in JSON. */
#include <json-c/json.h>

#include "cmd.h"

#define PLAIN	(JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* How many bytes the next character of valid UTF-8 has, 0 if it is none. */
static size_t character(const unsigned char *text)
{
	const size_t length = *text < 0x80 ? 1 : (*text & 0xe0) == 0xc0 ? 2 :
			      (*text & 0xf0) == 0xe0 ? 3 :
			      (*text & 0xf8) == 0xf0 ? 4 : 0;
	size_t i;

	for (i = 1; i < length; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return *text == 0xc0 || *text == 0xc1 ? 0 : length;
}

/* Names of files are bytes, JSON is UTF-8. */
static void make_valid(char *text)
{
	while (*text) {
		const size_t length = character((unsigned char *)text);

		if (!length)
			*text = '?';
		text += length ? length : 1;
	}
}

void tell_string(struct json_object *json, const char *key, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return;
	make_valid(copy);
	json_object_object_add(json, key, json_object_new_string(copy));
	free(copy);
}

void tell_number(struct json_object *json, const char *key, int64_t number)
{
	json_object_object_add(json, key, json_object_new_int64(number));
}

void tell_json(struct json_object *json, const char *key, const char *text)
{
	json_object_object_add(json, key, json_tokener_parse(text));
}

const char *tell_text(struct json_object *json)
{
	return json_object_to_json_string_ext(json, PLAIN);
}

void tell_end(struct json_object *json)
{
	puts(tell_text(json));
	json_object_put(json);
}
