/* SPDX-License-Identifier: GPL-2.0 */
#ifndef E2E_DIRECT_H
#define E2E_DIRECT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A page of device memory by plain loads and stores through the mapped BAR,
 * as a driver in a guest would do it. Word i of the page is @first + i * @step.
 */

/* Stores a page; @kind, any number, chooses the instruction. */
void direct_fill(uint8_t *page, uint64_t first, uint64_t step,
		 unsigned int kind);

/* Do @count words hold what they should? */
bool direct_holds(const uint8_t *at, uint64_t first, uint64_t step,
		  unsigned int count);

#endif
