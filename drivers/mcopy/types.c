// SPDX-License-Identifier: GPL-2.0
/* The mdev types: four sizes that drain one pool. */
#include <linux/kernel.h>

#include "parent.h"

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

const unsigned int mcopy_type_count = ARRAY_SIZE(sizes);

/* Fill in mcopy_type_count types and the list of pointers to them. */
void mcopy_types_init(struct mdev_type *types, struct mdev_type **list)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		types[i].sysfs_name = sizes[i].name;
		types[i].pretty_name = sizes[i].pretty_name;
		list[i] = &types[i];
	}
}

/* Units of capacity that one instance takes. */
u32 mcopy_type_units(const struct mdev_type *type)
{
	return sizes[type - mcopy_parent_of((struct mdev_type *)type)->types]
		.units;
}
