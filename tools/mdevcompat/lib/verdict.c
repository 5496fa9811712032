// SPDX-License-Identifier: GPL-2.0
/* A verdict's handle: the driver's judge, and what it said, for others. */
#include <stdlib.h>

#include "handle.h"
#include "error.h"
#include "json-out.h"
#include "value-text.h"
#include "verdict.h"

/* Those of all entries, and one for the whole document. */
#define FINDINGS_MAX	(VMIG_ENTRIES_MAX + 1)

/*
 * Room for the texts of settings and for the fields of findings: both are short,
 * and copied, since the documents may be freed before.
 */
struct setting {
	struct mdevcompat_setting shown;
	char attribute[VMIG_NAME_MAX + 1];
	char value[VALUE_TEXT_SIZE];
};

struct finding {
	struct mdevcompat_finding shown;
	char *field;
	char *text;
};

struct mdevcompat_verdict {
	enum mdevcompat_outcome outcome;
	const char *name;
	int entry;
	size_t setting_count;
	struct setting settings[VMIG_CREATE_MAX];
	size_t finding_count;
	struct finding findings[FINDINGS_MAX];
	const struct mdevcompat_finding *first;
};

static const enum mdevcompat_outcome outcomes[] = {
	[VMIG_COMPATIBLE] = MDEVCOMPAT_COMPATIBLE,
	[VMIG_COMPATIBLE_AFTER_CONFIG] = MDEVCOMPAT_AFTER_CONFIG,
	[VMIG_INCOMPATIBLE] = MDEVCOMPAT_INCOMPATIBLE,
};

static void keep_setting(struct mdevcompat_verdict *verdict,
			 const struct vmig_setting *setting)
{
	struct setting *to = &verdict->settings[verdict->setting_count++];

	snprintf(to->attribute, sizeof(to->attribute), "%s",
		 setting->attribute);
	value_text(&setting->value, to->value);
	to->shown.attribute = to->attribute;
	to->shown.value = to->value;
}

static bool keep_finding(struct mdevcompat_verdict *verdict, int entry,
			 const struct vmig_finding *finding,
			 struct explaining *explaining)
{
	struct finding *to = &verdict->findings[verdict->finding_count++];

	to->field = strdup(finding->field ? finding->field : "");
	to->text = explain(explaining, entry, finding);
	to->shown.entry = entry;
	to->shown.reason = vmig_reason_name(finding->reason);
	to->shown.field = to->field;
	to->shown.text = to->text;
	return to->field && to->text;
}

static bool same_finding(const struct vmig_finding *a,
			 const struct vmig_finding *b)
{
	return a->reason == b->reason && a->field == b->field;
}

static bool keep(struct mdevcompat_verdict *verdict,
		 const struct vmig_verdict *said,
		 struct explaining *explaining)
{
	u32 i;

	verdict->outcome = outcomes[said->outcome];
	verdict->name = vmig_outcome_name(said->outcome);
	verdict->entry = said->outcome == VMIG_INCOMPATIBLE ? -1 :
			 (int)said->entry;
	for (i = 0; i < said->setting_count; i++)
		keep_setting(verdict, &said->settings[i]);
	for (i = 0; i < said->entry_count; i++) {
		const struct vmig_finding *finding = &said->entries[i];

		if (!finding->reason)
			continue;
		if (!keep_finding(verdict, i, finding, explaining))
			return false;
		if (!verdict->first && same_finding(finding, &said->finding))
			verdict->first =
				&verdict->findings[verdict->finding_count - 1].shown;
	}
	if (said->entry_count || !said->finding.reason)
		return true;
	verdict->first = &verdict->findings[0].shown;
	return keep_finding(verdict, -1, &said->finding, explaining);
}

struct mdevcompat_verdict *
mdevcompat_check(const struct mdevcompat_document *source,
		 const struct mdevcompat_document *target,
		 struct mdevcompat_error *error)
{
	struct mdevcompat_verdict *verdict = calloc(1, sizeof(*verdict));
	struct explaining explaining = {
		.source_text = mdevcompat_text(source),
		.target_text = mdevcompat_text(target),
	};
	struct vmig_verdict said;
	bool kept;

	if (!verdict)
		return error_no_memory(error);
	vmig_check(&document_of(source)->self, document_of(target), &said);
	kept = keep(verdict, &said, &explaining);
	explain_end(&explaining);
	if (kept)
		return verdict;
	mdevcompat_verdict_free(verdict);
	return error_no_memory(error);
}

void mdevcompat_verdict_free(struct mdevcompat_verdict *verdict)
{
	size_t i;

	if (!verdict)
		return;
	for (i = 0; i < verdict->finding_count; i++) {
		free(verdict->findings[i].field);
		free(verdict->findings[i].text);
	}
	free(verdict);
}

enum mdevcompat_outcome
mdevcompat_outcome(const struct mdevcompat_verdict *verdict)
{
	return verdict->outcome;
}

const char *mdevcompat_outcome_name(const struct mdevcompat_verdict *verdict)
{
	return verdict->name;
}

int mdevcompat_entry(const struct mdevcompat_verdict *verdict)
{
	return verdict->entry;
}

const struct mdevcompat_setting *
mdevcompat_setting(const struct mdevcompat_verdict *verdict, size_t index)
{
	return index < verdict->setting_count ?
	       &verdict->settings[index].shown : NULL;
}

const struct mdevcompat_finding *
mdevcompat_finding(const struct mdevcompat_verdict *verdict, size_t index)
{
	return index < verdict->finding_count ?
	       &verdict->findings[index].shown : NULL;
}

const struct mdevcompat_finding *
mdevcompat_main_finding(const struct mdevcompat_verdict *verdict)
{
	return verdict->entry < 0 ? verdict->first : NULL;
}

static struct json_object *settings_json(struct json_out *out,
					 const struct mdevcompat_verdict *verdict)
{
	struct json_object *object = json_out_object(out);
	size_t i;

	for (i = 0; i < verdict->setting_count; i++)
		json_out_string(out, object, verdict->settings[i].attribute,
				verdict->settings[i].value);
	return object;
}

static struct json_object *findings_json(struct json_out *out,
					 const struct mdevcompat_verdict *verdict)
{
	struct json_object *array = json_out_array(out);
	size_t i;

	for (i = 0; i < verdict->finding_count; i++) {
		const struct mdevcompat_finding *finding =
			&verdict->findings[i].shown;
		struct json_object *object = json_out_object(out);

		json_out_number(out, object, "entry", finding->entry);
		json_out_string(out, object, "reason", finding->reason);
		json_out_string(out, object, "field", finding->field);
		json_out_string(out, object, "text", finding->text);
		json_out_append(out, array, object);
	}
	return array;
}

char *mdevcompat_verdict_json(const struct mdevcompat_verdict *verdict,
			      struct mdevcompat_error *error)
{
	struct json_out out = { false };
	struct json_object *object = json_out_object(&out);

	json_out_string(&out, object, "verdict", verdict->name);
	json_out_number(&out, object, "entry", verdict->entry);
	json_out_add(&out, object, "set", settings_json(&out, verdict));
	json_out_add(&out, object, "reasons", findings_json(&out, verdict));
	return json_out_text(&out, object, error);
}
