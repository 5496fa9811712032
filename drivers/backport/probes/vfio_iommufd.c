// SPDX-License-Identifier: GPL-2.0
/* Since 6.2 a driver says how iommufd is bound. */
#include <linux/vfio.h>

struct vfio_device_ops probe = {
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
};
