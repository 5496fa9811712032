// SPDX-License-Identifier: GPL-2.0
/*
 * What dmatest writes into the kernel's log: a line for each channel when its
 * threads start, one for each transfer that went wrong, and each thread's sum
 * when it ends. A thread that could not even begin sums up 0 tests without
 * failures, and an errno.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dmatest.h"

static void take_sum(struct dmatest_counts *counts, const char *sum)
{
	const char *code = strrchr(sum, '(');
	unsigned int tests, failures;

	if (sscanf(sum, "%u tests, %u failures", &tests, &failures) != 2)
		return;
	counts->ended++;
	counts->transfers += tests;
	counts->failures += failures;
	if (!code || atoi(code + 1))
		counts->failures++;
}

void dmatest_line(struct dmatest_counts *counts, const char *line)
{
	const char *said = strstr(line, "dmatest: ");
	unsigned int threads;
	const char *found;

	if (!said)
		return;
	said += strlen("dmatest: ");
	if (sscanf(said, "Started %u threads using", &threads) == 1)
		counts->started += threads;
	found = strstr(said, ": summary ");
	if (found)
		take_sum(counts, found + strlen(": summary "));
	if (strstr(said, ": result #") && !strstr(said, "'test passed'"))
		counts->complaints++;
}
