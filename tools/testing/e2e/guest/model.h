/* SPDX-License-Identifier: GPL-2.0 */
#ifndef E2E_MODEL_H
#define E2E_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What device memory ought to hold: each page has been written a number of
 * times, and that number with the page's own decides every byte of it.
 */
struct model {
	uint64_t seed;
	uint32_t pages;
	bool direct;		/* by loads and stores, not by commands */
	bool commands;		/* there are any; else it has to be direct */
	uint32_t *seq;		/* writes so far; 0: all zero */
	uint32_t *crc;		/* of the page as it should be */
};

/* What a page turned out to hold. */
struct finding {
	uint32_t page;
	uint32_t seq;		/* expected */
	uint64_t word;		/* at the place that names page and seq */
	uint32_t crc_expected;
	uint32_t crc_found;
};

struct tally {
	uint64_t bytes;
	uint64_t wrong;		/* bytes, whole pages */
	void (*report)(const struct finding *finding);
};

int model_init(struct model *model, uint32_t pages, uint64_t seed);

/* Each returns MCOPY_RESULT_*; anything but OK ends the run. */
uint32_t model_write(struct model *model, uint32_t page);
uint32_t model_check(const struct model *model, uint32_t page,
		     struct tally *tally);
uint32_t model_verify(const struct model *model, struct tally *tally);

/* Damage behind the model's back, to see that the checks notice. */
uint32_t model_make_stale(const struct model *model, uint32_t page);
void model_flip_bit(const struct model *model, uint32_t page);

#endif
