// SPDX-License-Identifier: GPL-2.0
/* Since 6.2 an mdev may be bound through iommufd. */
#include <linux/vfio.h>

bool probe(const struct vfio_device *vdev);

bool probe(const struct vfio_device *vdev)
{
	return vdev->iommufd_access;
}
