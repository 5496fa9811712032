// SPDX-License-Identifier: GPL-2.0
/* How much of a pool there is, for the inventories of OpenStack's Placement. */
#include "offer.h"

static u32 divisor_of_both(u32 a, u32 b)
{
	while (b) {
		const u32 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Does an entry say what capacities it takes? */
static bool entries_measure(const struct vmig_document *target)
{
	u32 i;

	for (i = 0; target->has_compatible && i < target->entry_count; i++)
		if (target->entries[i].has_capacity)
			return true;
	return false;
}

static const struct vmig_create *
division(const struct vmig_document *target)
{
	u32 i;

	for (i = 0; i < target->create_count; i++)
		if (target->create[i].from == VMIG_FROM_CAPACITY &&
		    target->create[i].divisor)
			return &target->create[i];
	return NULL;
}

/* The capacities that instances can have, as well as an inventory can say it. */
static void sizes(const struct vmig_document *target, u32 *least, u32 *step)
{
	const struct vmig_create *create = division(target);

	*least = 1;
	*step = 1;
	if (target->scope == VMIG_SCOPE_DEVICE || !entries_measure(target)) {
		if (target->self.has_capacity && target->self.capacity) {
			*least = target->self.capacity;
			*step = *least;
		}
	} else if (create) {
		*least = min_t(u64, (u64)create->divisor * create->min,
			       UINT32_MAX);
		*step = create->divisor;
	}
}

void offer_add(struct offer *offer, const struct vmig_document *target)
{
	const struct vmig_self *self = &target->self;
	u32 least, step, units = target->pool.units;

	sizes(target, &least, &step);
	if (!offer->step) {
		offer->total = target->pool.total;
		offer->least = least;
		offer->units = units;
	}
	offer->least = min_t(u32, offer->least, least);
	offer->step = divisor_of_both(offer->step, step);
	offer->units = min_t(u32, offer->units, units);
	offer->measured |= self->has_capacity || entries_measure(target);
	if (target->scope == VMIG_SCOPE_DEVICE) {
		/* Who has the device, has all of it. */
		offer->total = least;
		offer->measured = true;
	}
}

/* Where devices have no capacity, each counts as one. */
void offer_end(struct offer *offer)
{
	if (!offer->measured && offer->units)
		offer->total /= offer->units;
	offer->least = min_t(u32, offer->least ? offer->least : 1,
			     offer->total);
}
