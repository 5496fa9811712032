// SPDX-License-Identifier: GPL-2.0
/* The mdev types: four sizes that drain one pool. */
#include <linux/kernel.h>

#include "mcopy.h"

static const struct {
	const char *name;
	const char *pretty_name;
	u32 units;
} sizes[] = {
	{ "m1", "mcopy, 1 MiB of device memory", 1 },
	{ "m16", "mcopy, 16 MiB of device memory", 16 },
	{ "m256", "mcopy, 256 MiB of device memory", 256 },
	{ "m1024", "mcopy, 1 GiB of device memory", 1024 },
};

static_assert(ARRAY_SIZE(sizes) == MCOPY_TYPE_COUNT);

/* Fill in the types of a parent and the list of pointers to them. */
void mcopy_types_init(struct mcopy_parent *parent, u32 newest)
{
	const u32 most = min_t(u32, MCOPY_CAPACITY_MAX, parent->total);
	unsigned int i;

	for (i = 0; i < MCOPY_TYPE_COUNT; i++) {
		struct vmig_type *type = &parent->types[i];

		type->mdev.sysfs_name = sizes[i].name;
		type->mdev.pretty_name = sizes[i].pretty_name;
		type->model = &mcopy_model;
		type->newest = newest;
		type->units = sizes[i].units;
		/* No more than the pool could ever give. */
		type->aggregator_max = max_t(u32, 1, most / type->units);
		type->pool = MCOPY_NAME;
		type->pool_total = parent->total;
		parent->type_list[i] = &type->mdev;
	}
}
