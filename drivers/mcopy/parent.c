// SPDX-License-Identifier: GPL-2.0
/* A parent and its pool. */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "mcopy.h"

#define CAPACITY_DEFAULT	2048

static uint capacity = CAPACITY_DEFAULT;
module_param(capacity, uint, 0444);
MODULE_PARM_DESC(capacity,
		 "units of capacity of each parent, 1 MiB of device memory each (default 2048)");

/**
 * mcopy_parent_create() - let mdevs be made on a device
 * @dev:	a virtual parent or a PCI function
 * @newest:	index of the newest profile that the mdevs can have
 *
 * Parent and types are made for each binding: the core puts kobjects into the
 * types that must not be used twice.
 *
 * Return: the parent or an ERR_PTR
 */
struct mcopy_parent *mcopy_parent_create(struct device *dev, u32 newest)
{
	struct mcopy_parent *parent;
	int ret;

	parent = kzalloc(sizeof(*parent), GFP_KERNEL);
	if (!parent)
		return ERR_PTR(-ENOMEM);

	spin_lock_init(&parent->lock);
	parent->total = capacity;
	mcopy_types_init(parent, newest);
	ret = vmig_parent_register(&parent->mdev, dev, &mcopy_mdev_driver,
				   parent->type_list, MCOPY_TYPE_COUNT);
	if (ret) {
		kfree(parent);
		return ERR_PTR(ret);
	}
	return parent;
}

/* Removes the mdevs too, and waits for those that are open. */
void mcopy_parent_destroy(struct mcopy_parent *parent)
{
	vmig_parent_unregister(&parent->mdev);
	WARN_ON(parent->used);
	kfree(parent);
}

/* An mdev's part of the pool changes; false if there is not that much left. */
bool mcopy_parent_resize(struct mcopy_parent *parent, u32 from, u32 to)
{
	bool enough;

	spin_lock(&parent->lock);
	enough = to <= parent->total - parent->used + from;
	if (enough)
		parent->used = parent->used - from + to;
	spin_unlock(&parent->lock);
	return enough;
}

u32 mcopy_parent_free_units(struct mcopy_parent *parent)
{
	u32 units;

	spin_lock(&parent->lock);
	units = parent->total - parent->used;
	spin_unlock(&parent->lock);
	return units;
}
