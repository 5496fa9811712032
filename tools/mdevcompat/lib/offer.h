/* SPDX-License-Identifier: GPL-2.0 */
/* How much of a pool there is, for the inventories of OpenStack's Placement. */
#ifndef MDEVCOMPAT_OFFER_H
#define MDEVCOMPAT_OFFER_H

#include "document.h"

/**
 * struct offer - what a pool offers; or a device, which has its part already
 * @total:	in the smallest units
 * @least:	the smallest instance
 * @step:	divides all capacities that instances can have
 *
 * There is no largest instance: Placement holds the sum of all that a virtual
 * machine wants of a pool against such a limit.
 */
struct offer {
	u32 total;
	u32 least;
	u32 step;
	/* Beneath: the types' smallest units, and do any have capacities? */
	u32 units;
	bool measured;
};

/* Take a type, or a device, into an offer that was zero before the first. */
void offer_add(struct offer *offer, const struct vmig_document *target);

/* When all were taken in. */
void offer_end(struct offer *offer);

#endif /* MDEVCOMPAT_OFFER_H */
