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

/* One line of ASCII for people, and nothing without a reason. */
static void look_at_error(const void *answer,
			  const struct mdevcompat_error *error)
{
	const char *at;

	need(answer ? !error->status : error->status && error->text[0]);
	for (at = error->text; *at; at++)
		need(*at >= ' ' && *at <= '~');
}

/* What it says of itself is what it is. */
static void say_and_hear(const struct mdevcompat_document *document)
{
	struct mdevcompat_error error = { MDEVCOMPAT_OK, "" };
	struct mdevcompat_document *again;
	char *line = mdevcompat_self_line(document, &error);

	look_at_error(line, &error);
	if (!line)
		return;
	again = mdevcompat_parse(line, strlen(line), NULL, NULL);
	need(again && !strcmp(mdevcompat_model(document),
			      mdevcompat_model(again)));
	mdevcompat_free(again);
	free(line);
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
	severe = mdevcompat_lint(target, known, 2, count, &remarks, NULL);
	need(severe >= 0 && severe <= remarks);
}

static struct mdevcompat_document *load(const uint8_t *data, size_t size)
{
	struct mdevcompat_error error = { MDEVCOMPAT_OK, "" };
	struct mdevcompat_document *document;

	document = mdevcompat_parse((const char *)data, size, "document",
				    &error);
	look_at_error(document, &error);
	if (document) {
		write_and_read(document);
		say_and_hear(document);
	}
	return document;
}

static void convert(const uint8_t *data, size_t size, const char *model)
{
	struct mdevcompat_error error = { MDEVCOMPAT_OK, "" };
	char *text = mdevcompat_convert((const char *)data, size, model,
					&error);

	look_at_error(text, &error);
	if (text)
		mdevcompat_free(load((const uint8_t *)text, strlen(text)));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	const size_t length = end ? (size_t)(end - data) : size;
	struct mdevcompat_document *source, *target;

	source = load(data, length);
	target = end ? load(end + 1, size - length - 1) : load(data, size);
	if (source && target)
		judge(source, target);
	convert(data, size, NULL);
	convert(data, size, "m");
	mdevcompat_free(source);
	mdevcompat_free(target);
	return 0;
}
