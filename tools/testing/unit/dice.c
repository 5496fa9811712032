// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "dice.h"

#define DEFAULT_SEED	20200714

/* SplitMix64: any seed is a good one. */
static u64 next(struct dice *dice)
{
	u64 z = dice->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

void dice_seed(struct dice *dice)
{
	const char *given = getenv("VMIG_SEED");

	dice->state = given ? strtoull(given, NULL, 0) : DEFAULT_SEED;
	print_message("VMIG_SEED=%llu\n", (unsigned long long)dice->state);
}

u64 dice_roll(struct dice *dice, u64 limit)
{
	return next(dice) % limit;
}

void dice_fill(struct dice *dice, void *data, size_t length)
{
	u8 *to = data;
	size_t i;

	for (i = 0; i < length; i++)
		to[i] = next(dice);
}
