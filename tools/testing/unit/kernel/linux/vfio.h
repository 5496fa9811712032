/* SPDX-License-Identifier: GPL-2.0 */
/* Stand-in: nothing is looked at in a VFIO device. */
#ifndef VMIG_UNIT_LINUX_VFIO_H
#define VMIG_UNIT_LINUX_VFIO_H

#include <sys/types.h>

#define __user

struct vfio_device_ops;
struct vfio_info_cap;
struct vfio_irq_info;
struct vfio_irq_set;
struct vfio_region_info;

struct vfio_device {
	int unused;
};

#endif /* VMIG_UNIT_LINUX_VFIO_H */
