/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers that can be had again: the same on every machine for the same
 * seed, which each user prints.
 */
#ifndef VMIG_UNIT_DICE_H
#define VMIG_UNIT_DICE_H

#include "pure.h"

struct dice {
	u64 state;
};

/* From the environment's VMIG_SEED, else always the same; prints it. */
void dice_seed(struct dice *dice);

/* 0 to @limit - 1 */
u64 dice_roll(struct dice *dice, u64 limit);

void dice_fill(struct dice *dice, void *data, size_t length);

#endif /* VMIG_UNIT_DICE_H */
