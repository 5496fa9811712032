/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMIG_TEST_CLOCK_H
#define VMIG_TEST_CLOCK_H

#include <time.h>

/* Since some moment; nobody sets this clock. */
static inline double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

#endif /* VMIG_TEST_CLOCK_H */
