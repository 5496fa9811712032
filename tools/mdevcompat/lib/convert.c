// SPDX-License-Identifier: GPL-2.0
/*
 * Documents from the migration info that was proposed for VFIO in 2020 and 2021:
 *
 *   {"models":{"<model>":{"params":{"<param>":{"type":"int","init_value":1,
 *    "off_value":0,"allowed_values":["1-4",8]}}}}}
 *   {"models":{"<model>":{"versions":["1","2"]}}}
 *
 * What is told there of a parameter is a rule here, and its value when the device
 * is made is what the device is. A version, of which only equal ones go together,
 * becomes a parameter "version", since it need not be a number; the last one is
 * what the device is.
 */
#include <ctype.h>
#include <stdlib.h>

#include "handle.h"
#include "error.h"
#include "json-out.h"
#include "token.h"

/* Such a file describes several models. */
#define INFO_MAX	(1024 * 1024)
#define INFO_DEPTH	16
/* They know of no other versions, and of no bus. */
#define FIRST_VERSION	"1.0.0"
#define DEVICE_API	"vfio-pci"

/**
 * struct conversion - one of a model
 * @out:	memory for what is made
 * @params:	of self
 * @rules:	params of the entry
 * @off:	of the entry
 * @name:	of the parameter that is looked at
 * @error:	why it could not be done
 */
struct conversion {
	struct json_out out;
	struct json_object *params;
	struct json_object *rules;
	struct json_object *off;
	const char *name;
	struct mdevcompat_error *error;
};

static bool refuse(struct conversion *conversion, const char *what)
{
	error_set(conversion->error, MDEVCOMPAT_UNSUITABLE, "%s: %s",
		  conversion->name, what);
	return false;
}

static void *refused(struct conversion *conversion, const char *what)
{
	refuse(conversion, what);
	return NULL;
}

static bool is_number(const char *text)
{
	const size_t length = strlen(text);

	/* "01" is not "1". */
	return length && length < 10 && (*text != '0' || length == 1) &&
	       strspn(text, "0123456789") == length;
}

/* A bool, a number or a token; NULL if it can't be one of these. */
static struct json_object *value_of(struct json_object *json)
{
	const char *text;
	int64_t number;

	if (json_object_is_type(json, json_type_boolean))
		return json_object_get(json);
	if (json_object_is_type(json, json_type_int)) {
		number = json_object_get_int64(json);
		return number >= 0 && number <= UINT32_MAX ?
		       json_object_get(json) : NULL;
	}
	if (!json_object_is_type(json, json_type_string))
		return NULL;
	text = json_object_get_string(json);
	if (is_number(text))
		return json_object_new_int64(atoll(text));
	if (!vmig_is_token(text, strlen(text)) ||
	    vmig_is_ambiguous(text, strlen(text)))
		return NULL;
	return json_object_get(json);
}

/* "min-max" of integers. */
static struct json_object *range_of(struct json_out *out, const char *text)
{
	unsigned long long min, max;
	struct json_object *range;
	int end = 0;

	if (!isdigit((unsigned char)*text) ||
	    sscanf(text, "%llu-%llu%n", &min, &max, &end) != 2 || text[end] ||
	    min > max || max > UINT32_MAX)
		return NULL;
	range = json_out_object(out);
	json_out_number(out, range, "min", min);
	json_out_number(out, range, "max", max);
	return range;
}

/* A document has either one range or values. */
static struct json_object *rule_of(struct conversion *conversion,
				   struct json_object *allowed)
{
	const size_t length = json_object_array_length(allowed);
	struct json_object *rule, *value;
	size_t i;

	value = length == 1 ? json_object_array_get_idx(allowed, 0) : NULL;
	if (json_object_is_type(value, json_type_string)) {
		rule = range_of(&conversion->out,
				json_object_get_string(value));
		if (rule)
			return rule;
	}
	rule = json_out_array(&conversion->out);
	for (i = 0; i < length; i++) {
		value = value_of(json_object_array_get_idx(allowed, i));
		if (!value) {
			json_object_put(rule);
			return refused(conversion, "an allowed value is no bool, integer or token");
		}
		json_out_append(&conversion->out, rule, value);
	}
	return rule;
}

/* A bool without a list may be both, anything else all that there is. */
static struct json_object *any_of(struct conversion *conversion,
				  struct json_object *initial)
{
	struct json_object *rule;

	if (json_object_is_type(initial, json_type_int)) {
		rule = json_out_object(&conversion->out);
		json_out_number(&conversion->out, rule, "min", 0);
		return rule;
	}
	rule = json_out_array(&conversion->out);
	if (json_object_is_type(initial, json_type_boolean)) {
		json_out_append(&conversion->out, rule,
				json_object_new_boolean(false));
		json_out_append(&conversion->out, rule,
				json_object_new_boolean(true));
	} else {
		json_out_append(&conversion->out, rule,
				json_object_get(initial));
	}
	return rule;
}

static bool convert_param(struct conversion *conversion,
			  struct json_object *param)
{
	struct json_object *initial, *off = NULL, *allowed, *rule;
	struct json_out *out = &conversion->out;

	if (!vmig_is_token(conversion->name, strlen(conversion->name)))
		return refuse(conversion, "not a token");
	if (!json_object_is_type(param, json_type_object))
		return refuse(conversion, "not an object");
	initial = value_of(json_object_object_get(param, "init_value"));
	if (!initial)
		return refuse(conversion, "no init_value that is a bool, an integer or a token");
	if (json_object_object_get_ex(param, "off_value", &off)) {
		off = value_of(off);
		if (!off) {
			json_object_put(initial);
			return refuse(conversion, "an off_value that is no bool, integer or token");
		}
		json_out_add(out, conversion->off, conversion->name, off);
	}
	if (!json_object_object_get_ex(param, "allowed_values", &allowed))
		rule = any_of(conversion, initial);
	else if (json_object_is_type(allowed, json_type_array))
		rule = rule_of(conversion, allowed);
	else
		rule = refused(conversion, "allowed_values are no array");
	if (rule)
		json_out_add(out, conversion->rules, conversion->name, rule);
	/* One that is off is not told of. */
	if (!off || !json_object_equal(off, initial))
		json_out_add(out, conversion->params, conversion->name,
			     json_object_get(initial));
	json_object_put(initial);
	return rule;
}

static bool convert_versions(struct conversion *conversion,
			     struct json_object *versions)
{
	const size_t count = json_object_array_length(versions);
	struct json_object *last;

	conversion->name = "version";
	if (!count)
		return refuse(conversion, "an empty list");
	last = value_of(json_object_array_get_idx(versions, count - 1));
	if (!last)
		return refuse(conversion, "neither an integer nor a token");
	json_out_add(&conversion->out, conversion->params, "version", last);
	last = rule_of(conversion, versions);
	if (last)
		json_out_add(&conversion->out, conversion->rules, "version",
			     last);
	return last;
}

static bool convert_model(struct conversion *conversion,
			  struct json_object *model)
{
	struct json_object *versions, *params;
	const bool has_versions = json_object_object_get_ex(model, "versions",
							    &versions);
	const bool has_params = json_object_object_get_ex(model, "params",
							  &params);

	if (has_versions == has_params)
		return refuse(conversion, "not one of \"params\" and \"versions\"");
	if (has_versions)
		return json_object_is_type(versions, json_type_array) ?
		       convert_versions(conversion, versions) :
		       refuse(conversion, "versions are no array");
	if (!json_object_is_type(params, json_type_object))
		return refuse(conversion, "params are no object");
	json_object_object_foreach(params, name, param) {
		conversion->name = name;
		if (!convert_param(conversion, param))
			return false;
	}
	return true;
}

/* Takes over the parts of @conversion. */
static struct json_object *assemble(struct conversion *conversion,
				    const char *model)
{
	struct json_out *out = &conversion->out;
	struct json_object *document = json_out_object(out);
	struct json_object *self = json_out_object(out);
	struct json_object *entry = json_out_object(out);
	struct json_object *entries = json_out_array(out);

	json_out_string(out, self, "model", model);
	json_out_string(out, self, "device_api", DEVICE_API);
	json_out_string(out, self, "version", FIRST_VERSION);
	json_out_add(out, self, "features", json_out_array(out));
	json_out_add(out, self, "params", conversion->params);
	json_out_add(out, entry, "params", conversion->rules);
	json_out_add(out, entry, "off", conversion->off);
	json_out_append(out, entries, entry);
	json_out_number(out, document, "abi", VMIG_ABI);
	json_out_string(out, document, "scope", "device");
	json_out_number(out, document, "gen", 1);
	json_out_add(out, document, "self", self);
	json_out_add(out, document, "compatible", entries);
	return document;
}

/* As the kernel would have written it, and so checked. */
static char *finish(struct conversion *conversion, const char *model)
{
	struct json_object *json = assemble(conversion, model);
	struct mdevcompat_document *document = NULL;
	char *text = json_out_text(&conversion->out, json, conversion->error);

	if (text)
		document = mdevcompat_parse(text, strlen(text), model,
					    conversion->error);
	free(text);
	if (!document)
		return NULL;
	text = strdup(mdevcompat_text(document));
	mdevcompat_free(document);
	return text ? text : error_no_memory(conversion->error);
}

static char *convert(struct json_object *model, const char *name,
		     struct mdevcompat_error *error)
{
	struct conversion conversion = { .name = name, .error = error };

	conversion.params = json_out_object(&conversion.out);
	conversion.rules = json_out_object(&conversion.out);
	conversion.off = json_out_object(&conversion.out);
	if (convert_model(&conversion, model))
		return finish(&conversion, name);
	json_object_put(conversion.params);
	json_object_put(conversion.rules);
	json_object_put(conversion.off);
	return NULL;
}

static char *choose(struct json_object *info, const char *wanted,
		    struct mdevcompat_error *error)
{
	struct json_object *models = json_object_object_get(info, "models");

	if (!json_object_is_type(models, json_type_object))
		return error_set(error, MDEVCOMPAT_MALFORMED,
				 "models: no such object");
	if (!wanted && json_object_object_length(models) != 1)
		return error_set(error, MDEVCOMPAT_UNSUITABLE,
				 "models: %d of them; say which one",
				 json_object_object_length(models));
	json_object_object_foreach(models, name, model) {
		if (wanted && strcmp(name, wanted))
			continue;
		return convert(model, name, error);
	}
	return error_set(error, MDEVCOMPAT_UNSUITABLE, "models: no '%s'",
			 wanted);
}

char *mdevcompat_convert(const char *text, size_t length, const char *model,
			 struct mdevcompat_error *error)
{
	struct json_tokener *tokener;
	struct json_object *info;
	char *document = NULL;

	if (length > INFO_MAX)
		return error_set(error, MDEVCOMPAT_MALFORMED,
				 "longer than %d bytes", INFO_MAX);
	tokener = json_tokener_new_ex(INFO_DEPTH);
	if (!tokener)
		return error_no_memory(error);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	info = json_tokener_parse_ex(tokener, text, length);
	if (!json_object_is_type(info, json_type_object))
		error_set(error, MDEVCOMPAT_MALFORMED,
			  "not a JSON object (byte %zu)",
			  json_tokener_get_parse_end(tokener));
	else
		document = choose(info, model, error);
	json_object_put(info);
	json_tokener_free(tokener);
	return document;
}
