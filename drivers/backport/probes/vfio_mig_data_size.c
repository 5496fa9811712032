// SPDX-License-Identifier: GPL-2.0
/* Since 6.2 the core asks how much data a stopped device has. */
#include <linux/vfio.h>

static int data_size(struct vfio_device *vdev, unsigned long *length)
{
	return 0;
}

struct vfio_migration_ops probe = { .migration_get_data_size = data_size };
