// SPDX-License-Identifier: GPL-2.0
/*
 * Protocol v2: the features of linux/vfio.h that QEMU 8 and later speak. The
 * VFIO core takes the ioctls apart; it asks through the operations here, and
 * hands on what it does not know.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "backport.h"
#include "core.h"

static_assert((u32)VMIG_STATE_ERROR == VFIO_DEVICE_STATE_ERROR);
static_assert((u32)VMIG_STATE_STOP == VFIO_DEVICE_STATE_STOP);
static_assert((u32)VMIG_STATE_RUNNING == VFIO_DEVICE_STATE_RUNNING);
static_assert((u32)VMIG_STATE_STOP_COPY == VFIO_DEVICE_STATE_STOP_COPY);
static_assert((u32)VMIG_STATE_RESUMING == VFIO_DEVICE_STATE_RESUMING);
static_assert((u32)VMIG_STATE_RUNNING_P2P == VFIO_DEVICE_STATE_RUNNING_P2P);

/*
 * QEMU reads in pieces of the size that it is told at the start, and with 0 it
 * fails: never less than this.
 */
#define DATA_SIZE_LEAST	SZ_64K

static struct file *set_state(struct vfio_device *vdev,
			      enum vfio_device_mig_state wanted)
{
	struct vmig_core *core = vmig_core_of(vdev);
	struct file *opened = NULL;
	int ret;

	mutex_lock(&core->lock);
	ret = vmig_protocol_claim(core, VMIG_PROTOCOL_V2);
	if (!ret && (u32)wanted >= VMIG_STATES)
		ret = vmig_refuse_access(core, VMIG_REASON_BAD_TRANSITION,
					 "device_state");
	if (!ret)
		ret = vmig_set_state(core, (enum vmig_state)wanted, &opened);
	mutex_unlock(&core->lock);
	return ret ? ERR_PTR(ret) : opened;
}

static int get_state(struct vfio_device *vdev,
		     enum vfio_device_mig_state *state)
{
	struct vmig_core *core = vmig_core_of(vdev);
	int ret;

	mutex_lock(&core->lock);
	ret = vmig_protocol_claim(core, VMIG_PROTOCOL_V2);
	if (!ret)
		*state = (enum vfio_device_mig_state)core->state;
	mutex_unlock(&core->lock);
	return ret;
}

static int get_data_size(struct vfio_device *vdev,
			 unsigned long *stop_copy_length)
{
	struct vmig_core *core = vmig_core_of(vdev);

	mutex_lock(&core->lock);
	*stop_copy_length = max_t(u64, vmig_file_unread(core) +
				       vmig_save_needed(core),
				  DATA_SIZE_LEAST);
	mutex_unlock(&core->lock);
	return 0;
}

static const struct vfio_migration_ops migration_ops = {
	.migration_set_state = set_state,
	.migration_get_state = get_state,
	BACKPORT_VFIO_DATA_SIZE_OPS(get_data_size)
};

/* Let the next owner find what he shall; nobody has the device open. */
void vmig_feature_offer(struct vmig_core *core)
{
	struct vfio_device *vdev = &core->vmig->vdev;
	const bool offered = core->protocols & VMIG_PROTOCOL_V2;

	vdev->mig_ops = offered ? &migration_ops : NULL;
	/* Some questions are answered by these alone. */
	vdev->migration_flags = offered ? VFIO_MIGRATION_STOP_COPY |
					  VFIO_MIGRATION_P2P |
					  VFIO_MIGRATION_PRE_COPY : 0;
	vmig_log_offer(vdev, offered && core->log.wanted);
}

/* VFIO_DEVICE_FEATURE_MIG_DATA_SIZE for cores that don't know it. */
static int data_size_feature(struct vfio_device *vdev, u32 flags,
			     void __user *arg, size_t argsz)
{
	struct vfio_device_feature_mig_data_size answer = {};
	unsigned long length;
	int ret;

	ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET,
				 sizeof(answer));
	if (ret != 1)
		return ret;
	ret = get_data_size(vdev, &length);
	if (ret)
		return ret;
	answer.stop_copy_length = length;
	return copy_to_user(arg, &answer, sizeof(answer)) ? -EFAULT : 0;
}

/**
 * vmig_device_feature() - VFIO_DEVICE_FEATURE, what the VFIO core leaves
 * @vdev:	the one in a struct vmig_device, open
 * @flags:	VFIO_DEVICE_FEATURE_GET, _SET, _PROBE and the feature's number
 * @arg:	the user's structure
 * @argsz:	its size, bytes
 *
 * Goes into .device_feature. QEMU takes a device that does not tell the size of
 * its data for one of 100 GiB and never stops to iterate, so kernels that don't
 * know the question (6.1) get the answer here.
 *
 * Context: may sleep; takes the device's vmig lock.
 * Return: 0, -EFAULT, -EINVAL for flags or a size that the feature has not, or
 * -ENOTTY for features that are not there.
 */
int vmig_device_feature(struct vfio_device *vdev, u32 flags, void __user *arg,
			size_t argsz)
{
	/* An owner from whom protocol v2 is hidden finds nothing of it. */
	if (!vdev->mig_ops ||
	    (flags & VFIO_DEVICE_FEATURE_MASK) !=
	    VFIO_DEVICE_FEATURE_MIG_DATA_SIZE)
		return -ENOTTY;
	return data_size_feature(vdev, flags, arg, argsz);
}
EXPORT_SYMBOL_GPL(vmig_device_feature);
