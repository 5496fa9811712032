/* SPDX-License-Identifier: GPL-2.0 */
/* Texts that are spoilt at random, mostly so that they stay what they were. */
#ifndef VMIG_UNIT_MUTANT_H
#define VMIG_UNIT_MUTANT_H

#include "dice.h"

#define MUTANT_SIZE	6000

/**
 * struct mutant - a text to be spoilt
 * @text:	its bytes
 * @length:	how many
 */
struct mutant {
	char text[MUTANT_SIZE];
	size_t length;
};

/* How many a test is to make: the environment's VMIG_MUTANTS, or @usual. */
unsigned long mutant_count(unsigned long usual);

void mutant_start(struct mutant *mutant, const char *text);

/*
 * One to four changes: bytes changed, cut out, doubled, or taken from one of
 * @count @pieces.
 */
void mutant_spoil(struct mutant *mutant, struct dice *dice,
		  const char * const *pieces, size_t count);

#endif /* VMIG_UNIT_MUTANT_H */
