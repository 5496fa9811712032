/* SPDX-License-Identifier: GPL-2.0 */
/* Building JSON that a program reads. */
#ifndef MDEVCOMPAT_JSON_OUT_H
#define MDEVCOMPAT_JSON_OUT_H

#include <json-c/json.h>

#include "mdevcompat.h"

/* Text that stands between quotes as it is. */
#define JSON_OUT_PLAIN	\
	(JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/**
 * struct json_out - a text that is being built
 * @failed:	there was no memory for a part; no need to look before the end
 */
struct json_out {
	bool failed;
};

/* Part of nothing yet; NULL goes well with all of the others. */
struct json_object *json_out_object(struct json_out *out);
struct json_object *json_out_array(struct json_out *out);

/* A member of an object, which takes @value over. */
void json_out_add(struct json_out *out, struct json_object *object,
		  const char *key, struct json_object *value);
/* The same with a string; null for NULL. */
void json_out_string(struct json_out *out, struct json_object *object,
		     const char *key, const char *value);
void json_out_number(struct json_out *out, struct json_object *object,
		     const char *key, int64_t value);

/* An element of an array, which takes @value over. */
void json_out_append(struct json_out *out, struct json_object *array,
		     struct json_object *value);
void json_out_append_string(struct json_out *out, struct json_object *array,
			    const char *value);

/**
 * json_out_text() - what was built, as text
 * @out:	how it went
 * @json:	is freed
 * @error:	why not
 *
 * Return: one line without newline, or NULL.
 */
char *json_out_text(struct json_out *out, struct json_object *json,
		    struct mdevcompat_error *error);

#endif /* MDEVCOMPAT_JSON_OUT_H */
