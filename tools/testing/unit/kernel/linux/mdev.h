/* SPDX-License-Identifier: GPL-2.0 */
/* Stand-in: what is looked at of types and parents. */
#ifndef VMIG_UNIT_LINUX_MDEV_H
#define VMIG_UNIT_LINUX_MDEV_H

#include <linux/kernel.h>
#include <linux/kobject.h>

struct device;
struct mdev_device;
struct mdev_driver;

struct mdev_type {
	struct kobject kobj;
	struct mdev_parent *parent;
};

struct mdev_parent {
	struct mdev_type **types;
	unsigned int nr_types;
};

#endif /* VMIG_UNIT_LINUX_MDEV_H */
