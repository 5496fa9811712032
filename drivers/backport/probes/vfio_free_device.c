// SPDX-License-Identifier: GPL-2.0
/* Until 6.1 a driver's release had to free the vfio_device itself. */
#include <linux/vfio.h>

void probe(struct vfio_device *vdev);

void probe(struct vfio_device *vdev)
{
	vfio_free_device(vdev);
}
