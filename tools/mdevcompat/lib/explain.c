// SPDX-License-Identifier: GPL-2.0
/* Findings in words: what the source has, and what the target wants. */
#include <stdlib.h>

#include "json-out.h"
#include "verdict.h"

/* Where to look in both; @field is one of params or create. */
struct place {
	const char *key;	/* of self, and of an entry */
	const char *want;	/* of an entry, if it is another */
	const char *part;	/* of features, unless they are "any" */
	const char *create;	/* of the target itself */
	bool field;
	const char *before;	/* between the two */
};

static const char accepts[] = "accepts", needs[] = "needs";

static const struct place places[] = {
	[VMIG_REASON_API_MISMATCH] = { "device_api", .before = accepts },
	[VMIG_REASON_MODEL_MISMATCH] = { "model", .before = accepts },
	[VMIG_REASON_BUS_ID_MISMATCH] = { "bus", .before = accepts },
	[VMIG_REASON_TYPE_NOT_ACCEPTED] = { "mdev_type", .before = accepts },
	[VMIG_REASON_VERSION_MAJOR] = { "version", .before = accepts },
	[VMIG_REASON_VERSION_TOO_OLD] = { "version", .before = accepts },
	[VMIG_REASON_VERSION_TOO_NEW] = { "version", .before = accepts },
	[VMIG_REASON_CAPACITY_MISMATCH] = { "capacity", .before = accepts },
	[VMIG_REASON_FEATURE_MISSING] = { "features", .part = "all",
					  .before = needs },
	[VMIG_REASON_FEATURE_UNSUPPORTED] = { "features", .part = "only",
					      .before = accepts },
	[VMIG_REASON_PARAM_MISSING] = { "params", .field = true,
					.before = needs },
	[VMIG_REASON_PARAM_VALUE] = { "params", .field = true,
				      .before = accepts },
	[VMIG_REASON_PARAM_UNKNOWN] = { "params", .field = true,
					.before = accepts },
	[VMIG_REASON_CONDITION_FAILED] = { "params", "when", .before = needs },
	[VMIG_REASON_CREATE_NOT_INTEGRAL] = { "capacity", .create = "create",
					      .field = true, .before = needs },
	[VMIG_REASON_CREATE_OUT_OF_RANGE] = { "capacity", .create = "create",
					      .field = true, .before = needs },
};

/* A member, or NULL where there is none; @key NULL is the object itself. */
static struct json_object *member(struct json_object *object, const char *key)
{
	return key && object ? json_object_object_get(object, key) : object;
}

static const char *text_of(struct json_object *json)
{
	return json ? json_object_to_json_string_ext(json, JSON_OUT_PLAIN) :
		      "none";
}

/* The part of an entry that says it, or NULL. */
static struct json_object *of_entry(struct json_object *entry,
				    const struct place *place,
				    const char *field)
{
	struct json_object *found = member(entry, place->want ? place->want :
					   place->key);

	if (place->part)
		found = member(found, strcmp(field, "any") ? place->part :
			       field);
	return place->field ? member(found, field) : found;
}

/* What is wanted: of the entry, or else what the target has itself. */
static struct json_object *wanted(struct json_object *target,
				  struct json_object *entry,
				  const struct place *place, const char *field,
				  bool *own)
{
	struct json_object *found;

	*own = false;
	if (place->create)
		return member(member(target, place->create), field);
	found = of_entry(entry, place, field);
	if (found || (entry && member(entry, place->key) && !place->part))
		return found;
	*own = true;
	found = member(member(target, "self"), place->key);
	return place->field ? member(found, field) : found;
}

static char *compare(struct json_object *source, struct json_object *target,
		     int entry, const struct vmig_finding *finding)
{
	const struct place *place = &places[finding->reason];
	struct json_object *entries = member(target, "compatible");
	struct json_object *has = member(member(source, "self"), place->key);
	struct json_object *one = NULL, *wants;
	const char *off = "";
	char *text;
	bool own;

	if (entries && entry >= 0)
		one = json_object_array_get_idx(entries, entry);
	if (place->field && !place->create) {
		has = member(has, finding->field);
		if (!has) {
			has = member(member(one, "off"), finding->field);
			off = has ? " where it is off" : "";
		}
	}
	wants = wanted(target, one, place, finding->field, &own);
	if (asprintf(&text, "the source has %s%s, the target %s %s%s",
		     text_of(has), off, place->before, text_of(wants),
		     own && wants ? ", its own" : "") < 0)
		return NULL;
	return text;
}

static bool parse(struct explaining *explaining)
{
	if (!explaining->source)
		explaining->source =
			json_tokener_parse(explaining->source_text);
	if (!explaining->target)
		explaining->target =
			json_tokener_parse(explaining->target_text);
	return explaining->source && explaining->target;
}

char *explain(struct explaining *explaining, int entry,
	      const struct vmig_finding *finding)
{
	if (finding->reason == VMIG_REASON_NOT_MIGRATABLE)
		return strdup("the target accepts nothing");
	if (finding->reason == VMIG_REASON_UNKNOWN_CONSTRAINT)
		return strdup("the entry asks for what is not known here");
	if ((size_t)finding->reason >= ARRAY_SIZE(places) ||
	    !places[finding->reason].key)
		return strdup("the documents can't be compared");
	if (!parse(explaining))
		return NULL;
	return compare(explaining->source, explaining->target, entry, finding);
}

void explain_end(struct explaining *explaining)
{
	json_object_put(explaining->source);
	json_object_put(explaining->target);
}
