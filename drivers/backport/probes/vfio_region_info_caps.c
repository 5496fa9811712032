// SPDX-License-Identifier: GPL-2.0
/* Newer cores handle VFIO_DEVICE_GET_REGION_INFO and ask for the content. */
#include <linux/vfio.h>

static int caps(struct vfio_device *vdev, struct vfio_region_info *info,
		struct vfio_info_cap *caps)
{
	return 0;
}

struct vfio_device_ops probe = { .get_region_info_caps = caps };
