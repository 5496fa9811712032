/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes of a device that other files of the core bring. */
#ifndef VMIG_ATTRIBUTES_H
#define VMIG_ATTRIBUTES_H

#include <linux/device.h>

#include "core.h"

static inline struct vmig_core *vmig_core_of_device(struct device *dev)
{
	struct vmig_device *vmig = dev_get_drvdata(dev);

	return vmig->core;
}

/* protocol.c */
extern struct device_attribute dev_attr_protocols;

#endif /* VMIG_ATTRIBUTES_H */
