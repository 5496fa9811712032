/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes of a device, and those that other files of the core bring. */
#ifndef VMIG_ATTRIBUTES_H
#define VMIG_ATTRIBUTES_H

#include <linux/device.h>

#include "core.h"

static inline struct vmig_core *vmig_core_of_device(struct device *dev)
{
	struct vmig_device *vmig = dev_get_drvdata(dev);

	return vmig->core;
}

/**
 * vmig_files_add() - give a device its files in sysfs
 * @vmig:	registered with VFIO
 *
 * The files migration_compatible and aggregator, and the folder migration with
 * one value a file, all described in Documentation/ABI, in the folder of the
 * struct device that VFIO knows. Its driver's data (dev_set_drvdata()) is @vmig.
 *
 * Return: 0, -ENOMEM, or an error of sysfs; then there is no file.
 */
int vmig_files_add(struct vmig_device *vmig);

/*
 * Undo it. Waits for those who read and write; no configure op is called after it.
 */
void vmig_files_remove(struct vmig_device *vmig);

/* protocol.c */
extern struct device_attribute dev_attr_protocols;

#endif /* VMIG_ATTRIBUTES_H */
