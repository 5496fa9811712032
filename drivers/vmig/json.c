// SPDX-License-Identifier: GPL-2.0
/* Writing the JSON of documents: commas, quotes and values. */
#include "json.h"

static void separate(struct vmig_json *json)
{
	if (json->inner)
		vmig_text_add(&json->text, ",");
	json->inner = true;
}

void vmig_json_open(struct vmig_json *json, char bracket)
{
	separate(json);
	vmig_text_bytes(&json->text, &bracket, 1);
	json->inner = false;
}

void vmig_json_close(struct vmig_json *json, char bracket)
{
	vmig_text_bytes(&json->text, &bracket, 1);
	json->inner = true;
}

static void quote(struct vmig_json *json, const char *string)
{
	const char *c;

	for (c = string; *c; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			json->invalid = true;
	vmig_text_add(&json->text, "\"");
	vmig_text_add(&json->text, string);
	vmig_text_add(&json->text, "\"");
}

void vmig_json_key(struct vmig_json *json, const char *key)
{
	separate(json);
	quote(json, key);
	vmig_text_add(&json->text, ":");
	json->inner = false;
}

void vmig_json_string(struct vmig_json *json, const char *string)
{
	separate(json);
	quote(json, string);
}

void vmig_json_number(struct vmig_json *json, u32 number)
{
	separate(json);
	vmig_text_number(&json->text, json->widest ? 0xffffffff : number);
}

void vmig_json_bool(struct vmig_json *json, bool flag)
{
	separate(json);
	vmig_text_add(&json->text, flag && !json->widest ? "true" : "false");
}

void vmig_json_value(struct vmig_json *json, const struct vmig_value *value)
{
	switch (value->type) {
	case VMIG_VALUE_INT:
		vmig_json_number(json, value->number);
		break;
	case VMIG_VALUE_BOOL:
		vmig_json_bool(json, value->flag);
		break;
	case VMIG_VALUE_TOKEN:
		vmig_json_string(json, value->token);
		break;
	}
}

void vmig_json_hex4(struct vmig_json *json, u16 number)
{
	separate(json);
	vmig_text_add(&json->text, "\"");
	vmig_text_hex4(&json->text, number);
	vmig_text_add(&json->text, "\"");
}

void vmig_json_version(struct vmig_json *json,
		       const struct vmig_version *version, bool fix)
{
	separate(json);
	vmig_text_add(&json->text, "\"");
	vmig_text_number(&json->text, version->major);
	vmig_text_add(&json->text, ".");
	vmig_text_number(&json->text, version->minor);
	if (fix) {
		vmig_text_add(&json->text, ".");
		vmig_text_number(&json->text, version->fix);
	}
	vmig_text_add(&json->text, "\"");
}

void vmig_json_strings(struct vmig_json *json, const char * const *strings,
		       u32 count)
{
	u32 i;

	vmig_json_open(json, '[');
	for (i = 0; i < count; i++)
		vmig_json_string(json, strings[i]);
	vmig_json_close(json, ']');
}
