/* SPDX-License-Identifier: GPL-2.0 */
/* What every test program starts with: cmocka and what it wants before it. */
#ifndef VMIG_UNIT_H
#define VMIG_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pure.h"

/*
 * The sanitizers end a program without flushing, and the name of the test that
 * ran then is what one wants to read.
 */
#define UNIT_MAIN(tests)						\
int main(void)								\
{									\
	setvbuf(stdout, NULL, _IOLBF, 0);				\
	return cmocka_run_group_tests(tests, NULL, NULL);		\
}

/*
 * A copy in a buffer of exactly that size, so that one byte too far is seen.
 * Free it with free().
 */
static inline void *exact_copy(const void *data, size_t length)
{
	void *copy = malloc(length);

	if (!copy)
		abort();
	if (length)
		memcpy(copy, data, length);
	return copy;
}

#endif /* VMIG_UNIT_H */
