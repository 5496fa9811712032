// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "judge.h"
#include "value-text.h"

struct loaded_document *loaded(const char *text, size_t length)
{
	struct load_error error = {};
	char *copy = exact_copy(text, length);
	struct loaded_document *answer = loaded_document(copy, length,
							   &error);

	if (!answer)
		fail_msg("%.*s\n%s: %s", (int)length, text,
			 vmig_reason_name(error.reason), error.text);
	free(copy);
	return answer;
}

struct loaded_document *example(const char *name, char **text)
{
	struct loaded_document *answer;
	char path[1024], *bytes;
	size_t length;
	FILE *from;

	snprintf(path, sizeof(path), "%s/%s.json", EXAMPLES_FOLDER, name);
	from = fopen(path, "r");
	if (!from)
		fail_msg("%s is not there", path);
	bytes = calloc(1, VMIG_DOCUMENT_MAX + 1);
	if (!bytes)
		abort();
	length = fread(bytes, 1, VMIG_DOCUMENT_MAX, from);
	fclose(from);
	answer = loaded(bytes, length);
	if (text)
		*text = bytes;
	else
		free(bytes);
	return answer;
}

const char *describe(const struct vmig_verdict *verdict, char text[JUDGE_SIZE])
{
	size_t at;
	u32 i;

	at = snprintf(text, JUDGE_SIZE, "%s",
		      vmig_outcome_name(verdict->outcome));
	for (i = 0; i < verdict->entry_count; i++) {
		const struct vmig_finding *finding = &verdict->entries[i];

		at += snprintf(text + at, JUDGE_SIZE - at, " %u", i);
		if (finding->reason)
			at += snprintf(text + at, JUDGE_SIZE - at, ":%s:%s",
				       vmig_reason_name(finding->reason),
				       finding->field);
		else
			assert_null(finding->field);
	}
	for (i = 0; i < verdict->setting_count; i++) {
		const struct vmig_setting *setting = &verdict->settings[i];
		char value[VALUE_TEXT_SIZE];

		at += snprintf(text + at, JUDGE_SIZE - at, " %s=%s",
			       setting->attribute,
			       value_text(&setting->value, value));
	}
	return text;
}

bool same_verdict(const struct vmig_verdict *a, const struct vmig_verdict *b)
{
	char one[JUDGE_SIZE], other[JUDGE_SIZE];

	return a->entry == b->entry &&
	       a->finding.reason == b->finding.reason &&
	       !strcmp(describe(a, one), describe(b, other));
}

struct loaded_document *document(const char *scope, const char *self,
				 const char *rest)
{
	char text[VMIG_DOCUMENT_MAX];
	int length = snprintf(text, sizeof(text),
			      "{\"abi\":1,\"scope\":\"%s\",\"gen\":1,"
			      "\"self\":{%s}%s%s}", scope, self,
			      rest[0] ? "," : "", rest);

	return loaded(text, length);
}

void assert_scope(const char *scope, const char *source, const char *target,
		  const char *rest, const char *want)
{
	struct loaded_document *from = document("device", source, "");
	struct loaded_document *to = document(scope, target, rest);
	struct vmig_verdict verdict;
	char text[JUDGE_SIZE];

	memset(&verdict, 0x5a, sizeof(verdict));
	vmig_check(&loaded_document_get(from)->self, loaded_document_get(to),
		   &verdict);
	if (strcmp(describe(&verdict, text), want))
		fail_msg("{%s} -> {%s} %s: %s, not %s", source, target, rest,
			 text, want);
	if (verdict.outcome != VMIG_INCOMPATIBLE)
		assert_int_equal(verdict.entry, verdict.entry_count - 1);
	loaded_document_free(from);
	loaded_document_free(to);
}

void assert_device(const char *source, const char *target, const char *rest,
		   const char *want)
{
	assert_scope("device", source, target, rest, want);
}

void assert_entry(const char *source, const char *entry, const char *want)
{
	char rest[2000], full[200];

	snprintf(rest, sizeof(rest), "\"compatible\":[{%s}]", entry);
	snprintf(full, sizeof(full), want[0] ? "incompatible 0:%s" :
		 "compatible 0", want);
	assert_device(source, PLAIN, rest, full);
}
