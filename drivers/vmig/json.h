/* SPDX-License-Identifier: GPL-2.0 */
/* Writing the JSON of documents: commas, quotes and values. For render.c. */
#ifndef VMIG_JSON_H
#define VMIG_JSON_H

#include "document.h"
#include "text.h"

/**
 * struct vmig_json - a JSON text that grows
 * @text:	where it is
 * @inner:	something stands before in this object or array: put a comma
 * @widest:	write the longest that could stand in the place of each value
 * @invalid:	a string had a character that would need an escape
 */
struct vmig_json {
	struct vmig_text text;
	bool inner;
	bool widest;
	bool invalid;
};

/* '{' or '[', and what closes it. */
void vmig_json_open(struct vmig_json *json, char bracket);
void vmig_json_close(struct vmig_json *json, char bracket);

/* A key, with a comma before it if need be; its value comes next. */
void vmig_json_key(struct vmig_json *json, const char *key);

/* Values, with a comma if need be. */
void vmig_json_string(struct vmig_json *json, const char *string);
void vmig_json_number(struct vmig_json *json, u32 number);
void vmig_json_bool(struct vmig_json *json, bool flag);
void vmig_json_value(struct vmig_json *json, const struct vmig_value *value);
void vmig_json_hex4(struct vmig_json *json, u16 number);

/* "M.m", and with @fix "M.m.b". */
void vmig_json_version(struct vmig_json *json,
		       const struct vmig_version *version, bool fix);

/* An array of strings. */
void vmig_json_strings(struct vmig_json *json, const char * const *strings,
		       u32 count);

#endif /* VMIG_JSON_H */
