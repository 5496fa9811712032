/* SPDX-License-Identifier: GPL-2.0 */
#ifndef E2E_DMATEST_H
#define E2E_DMATEST_H

#include <stdint.h>

/* What the kernel's dmatest has said so far. */
struct dmatest_counts {
	uint64_t started;	/* threads */
	uint64_t ended;		/* threads that have summed up */
	uint64_t transfers;	/* of those */
	uint64_t failures;	/* of those */
	uint64_t complaints;	/* about transfers, as they come */
};

/* Takes a line of the kernel's log into account. */
void dmatest_line(struct dmatest_counts *counts, const char *line);

#endif
