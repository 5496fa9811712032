// SPDX-License-Identifier: GPL-2.0
/*
 * Two documents from anywhere, for libFuzzer: all that the library does with
 * them must end, and well. What is before the first zero byte is the source,
 * what is behind it the target; without one the same text is both.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mdevcompat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool fine)
{
	if (!fine)
		abort();
}

static void count(const struct mdevcompat_remark *remark, void *data)
{
	need(remark->place && remark->text);
	++*(int *)data;
}

/* What is written is read again, and is the same. */
static void write_and_read(const struct mdevcompat_document *document)
{
	const char *text = mdevcompat_text(document);
	struct mdevcompat_document *again;

	again = mdevcompat_parse(text, strlen(text), NULL, NULL);
	need(again && !strcmp(text, mdevcompat_text(again)));
	mdevcompat_free(again);
}

/* An answer has a reason, or none is needed. */
static void look(const struct mdevcompat_verdict *verdict)
{
	const bool refused = mdevcompat_outcome(verdict) ==
			     MDEVCOMPAT_INCOMPATIBLE;
	char *text = mdevcompat_verdict_json(verdict, NULL);

	need(text);
	free(text);
	need(refused == !!mdevcompat_main_finding(verdict));
	need(refused == (mdevcompat_entry(verdict) < 0));
	need(!refused || !mdevcompat_setting(verdict, 0));
}

static void judge(const struct mdevcompat_document *source,
		  const struct mdevcompat_document *target)
{
	const struct mdevcompat_document *known[] = { source, target };
	struct mdevcompat_verdict *verdict = mdevcompat_check(source, target,
							      NULL);
	int remarks = 0, severe;

	need(verdict);
	look(verdict);
	mdevcompat_verdict_free(verdict);
	free(mdevcompat_plan(source, target, NULL));
	free(mdevcompat_self_line(source, NULL));
	severe = mdevcompat_lint(target, known, 2, count, &remarks, NULL);
	need(severe >= 0 && severe <= remarks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	const size_t length = end ? (size_t)(end - data) : size;
	struct mdevcompat_error error = { MDEVCOMPAT_OK, "" };
	struct mdevcompat_document *source, *target;

	source = mdevcompat_parse((const char *)data, length, "source",
				  &error);
	need(source ? !error.status : error.status && error.text[0]);
	target = mdevcompat_parse((const char *)(end ? end + 1 : data),
				  end ? size - length - 1 : size, "target",
				  NULL);
	if (source)
		write_and_read(source);
	if (source && target)
		judge(source, target);
	free(mdevcompat_convert((const char *)data, size, NULL, NULL));
	mdevcompat_free(source);
	mdevcompat_free(target);
	return 0;
}
