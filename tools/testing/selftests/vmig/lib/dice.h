/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers that are the same on every machine. */
#ifndef VMIG_TEST_DICE_H
#define VMIG_TEST_DICE_H

#include <stdint.h>

/* The next number of a sequence (xorshift64*). @state begins as any but 0. */
static inline uint64_t dice(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

#endif /* VMIG_TEST_DICE_H */
