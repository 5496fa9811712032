// SPDX-License-Identifier: GPL-2.0
/* Handles that several threads use at once, for the thread sanitizer. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mdevcompat.h"

#define THREADS	4
#define ROUNDS	200

static struct mdevcompat_document *source, *target, *type;

static void ignore(const struct mdevcompat_remark *remark, void *data)
{
	(void)remark;
	(void)data;
}

static void need(int fine, const char *what)
{
	if (fine)
		return;
	printf("threads: %s\n", what);
	exit(1);
}

static void look(const struct mdevcompat_verdict *verdict)
{
	char *text = mdevcompat_verdict_json(verdict, NULL);

	need(text && strstr(text, "version-too-old"), "a verdict");
	free(text);
}

static void *work(void *shared)
{
	const struct mdevcompat_document *known[] = { source, target };
	int i;

	for (i = 0; i < ROUNDS; i++) {
		struct mdevcompat_verdict *own;
		char *text;

		look(shared);
		own = mdevcompat_check(source, target, NULL);
		need(own && mdevcompat_outcome(own) == MDEVCOMPAT_AFTER_CONFIG,
		     "a check");
		look(own);
		mdevcompat_verdict_free(own);
		text = mdevcompat_plan(source, type, NULL);
		need(text && strstr(text, "aggregator"), "a plan");
		free(text);
		text = mdevcompat_self_line(source, NULL);
		need(text && strstr(mdevcompat_text(source), "abi"), "a text");
		free(text);
		need(!mdevcompat_lint(target, known, 2, ignore, NULL, NULL),
		     "a look");
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct mdevcompat_verdict *verdict;
	pthread_t threads[THREADS];
	int i;

	need(argc == 4, "three documents are needed");
	source = mdevcompat_read(argv[1], NULL);
	target = mdevcompat_read(argv[2], NULL);
	type = mdevcompat_read(argv[3], NULL);
	need(source && target && type, "they can't be read");
	verdict = mdevcompat_check(source, target, NULL);
	for (i = 0; i < THREADS; i++)
		need(!pthread_create(&threads[i], NULL, work, verdict),
		     "no thread");
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	mdevcompat_verdict_free(verdict);
	mdevcompat_free(type);
	mdevcompat_free(target);
	mdevcompat_free(source);
	return 0;
}
