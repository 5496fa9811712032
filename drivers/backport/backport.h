/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One API over the kernels we support. Everything that depends on the kernel
 * stands here, behind an answer of the compile probes; the drivers have no
 * conditional code.
 */
#ifndef VMIG_BACKPORT_H
#define VMIG_BACKPORT_H

#include <linux/eventfd.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "backport-features.h"

#if BACKPORT_HAS_EVENTFD_SIGNAL_COUNTS
#define backport_eventfd_signal(ctx)	eventfd_signal(ctx, 1)
#else
#define backport_eventfd_signal(ctx)	eventfd_signal(ctx)
#endif

/* What .read of a binary attribute is called with, and groups have a list of. */
#if BACKPORT_HAS_CONST_BIN_ATTRIBUTE
#define backport_bin_attribute	const struct bin_attribute
#else
#define backport_bin_attribute	struct bin_attribute
#endif

/* Last step of a driver's .release. */
static inline void backport_vfio_release(struct vfio_device *vdev)
{
#if BACKPORT_HAS_VFIO_FREE_DEVICE
	vfio_free_device(vdev);
#endif
}

#if BACKPORT_HAS_VFIO_IOMMUFD
#define BACKPORT_VFIO_IOMMUFD_OPS				\
	.bind_iommufd = vfio_iommufd_emulated_bind,		\
	.unbind_iommufd = vfio_iommufd_emulated_unbind,		\
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,	\
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
#else
#define BACKPORT_VFIO_IOMMUFD_OPS
#endif

/* Has its owner got the device through iommufd, and not a type1 container? */
static inline bool backport_bound_to_iommufd(const struct vfio_device *vdev)
{
#if BACKPORT_HAS_VFIO_IOMMUFD_ACCESS
	return vdev->iommufd_access;
#else
	return false;
#endif
}

/*
 * May a device that has migration operations lose them while it is closed? The
 * core's file in debugfs calls them at any time.
 */
static inline bool backport_migration_can_be_hidden(void)
{
	return !IS_ENABLED(CONFIG_VFIO_DEBUGFS);
}

#if BACKPORT_HAS_IMPORT_NS_TOKEN
#define BACKPORT_IMPORT_IOMMUFD	MODULE_IMPORT_NS(IOMMUFD)
#else
#define BACKPORT_IMPORT_IOMMUFD	MODULE_IMPORT_NS("IOMMUFD")
#endif

/* The pre-copy states of protocol v2, and what belongs to them. */
#if !BACKPORT_HAS_VFIO_PRECOPY
#define VFIO_MIGRATION_PRE_COPY		BIT(2)

struct vfio_precopy_info {
	__u32 argsz;
	__u32 flags;
	__aligned_u64 initial_bytes;
	__aligned_u64 dirty_bytes;
};

#define VFIO_MIG_GET_PRECOPY_INFO	_IO(VFIO_TYPE, VFIO_BASE + 21)
#endif

/* How much data a device that is stopped has to be read from. */
#if BACKPORT_HAS_VFIO_MIG_DATA_SIZE
#define BACKPORT_VFIO_DATA_SIZE_OPS(fn)	.migration_get_data_size = fn,
#else
#define BACKPORT_VFIO_DATA_SIZE_OPS(fn)

struct vfio_device_feature_mig_data_size {
	__aligned_u64 stop_copy_length;
};

#define VFIO_DEVICE_FEATURE_MIG_DATA_SIZE	9
#endif

/**
 * typedef backport_region_info_fn - fill in what a region is
 * @vdev:	the device
 * @info:	index and argsz are the user's, and so may be the rest
 * @caps:	capabilities are added here
 */
typedef int (*backport_region_info_fn)(struct vfio_device *vdev,
				       struct vfio_region_info *info,
				       struct vfio_info_cap *caps);

#if BACKPORT_HAS_VFIO_REGION_INFO_CAPS
#define BACKPORT_VFIO_REGION_INFO_OPS(fn) .get_region_info_caps = fn,

static inline long backport_region_info(struct vfio_device *vdev,
					void __user *arg,
					backport_region_info_fn fn)
{
	return -ENOTTY;		/* the core does not pass it on */
}
#else
#define BACKPORT_VFIO_REGION_INFO_OPS(fn)

/* Put the capabilities behind @info, or say how much room they need. */
static inline long backport_copy_caps(void __user *arg,
				      struct vfio_region_info *info,
				      struct vfio_info_cap *caps)
{
	info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
	if (info->argsz < sizeof(*info) + caps->size) {
		info->argsz = sizeof(*info) + caps->size;
		info->cap_offset = 0;
		return 0;
	}
	vfio_info_cap_shift(caps, sizeof(*info));
	if (copy_to_user(arg + sizeof(*info), caps->buf, caps->size))
		return -EFAULT;
	info->cap_offset = sizeof(*info);
	return 0;
}

/* VFIO_DEVICE_GET_REGION_INFO for cores that leave it to the driver. */
static inline long backport_region_info(struct vfio_device *vdev,
					void __user *arg,
					backport_region_info_fn fn)
{
	const size_t minsz = offsetofend(struct vfio_region_info, offset);
	struct vfio_info_cap caps = {};
	struct vfio_region_info user, info = {};
	long ret;

	if (copy_from_user(&user, arg, minsz))
		return -EFAULT;
	if (user.argsz < minsz)
		return -EINVAL;

	info.argsz = user.argsz;
	info.index = user.index;
	ret = fn(vdev, &info, &caps);
	if (!ret && caps.size)
		ret = backport_copy_caps(arg, &info, &caps);
	kfree(caps.buf);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}
#endif

#endif /* VMIG_BACKPORT_H */
