// SPDX-License-Identifier: GPL-2.0
/*
 * The VFIO device of a driver: open and close, regions, ioctls. What the regions
 * have in them is the driver's; the migration region stands behind them.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "backport.h"
#include "core.h"
#include "region.h"

/*
 * A region's place in the file: QEMU needs it to be a multiple of 8, or the
 * registers of the migration region arrive in pieces.
 */
#define REGION_SHIFT	40
#define REGION_MASK	((1ULL << REGION_SHIFT) - 1)

/* If there is one. */
#define MIGRATION_REGION	VFIO_PCI_NUM_REGIONS

static struct vmig_device *vmig_of(struct vfio_device *vdev)
{
	return container_of(vdev, struct vmig_device, vdev);
}

/**
 * vmig_vfio_release() - .release of the VFIO device
 * @vdev:	in a struct vmig_device
 *
 * Undoes vmig_init(), if that was called and did not fail. Data files that the
 * user still has are dead since the device was closed, and stay so.
 *
 * Context: may sleep. Calls none of the driver's ops.
 */
void vmig_vfio_release(struct vfio_device *vdev)
{
	vmig_destroy(vmig_of(vdev));
	backport_vfio_release(vdev);
}
EXPORT_SYMBOL_GPL(vmig_vfio_release);

/**
 * vmig_vfio_open() - .open_device: a new owner opens the device
 * @vdev:	in a struct vmig_device, closed
 *
 * The owner finds a device at power-on: RUNNING, which is the default of
 * linux/vfio.h of 5.10, with zeros in registers, device memory and window. What
 * it is stays the same until it is closed.
 *
 * Context: may sleep; takes the device's vmig lock.
 * Return: 0, -ENOMEM, or an error of the driver's open op. If it fails, the
 * device is closed.
 */
int vmig_vfio_open(struct vfio_device *vdev)
{
	return vmig_open(vmig_of(vdev));
}
EXPORT_SYMBOL_GPL(vmig_vfio_open);

/**
 * vmig_vfio_close() - .close_device: the owner is gone, however it went
 * @vdev:	in a struct vmig_device, open
 *
 * Ends the sessions and brings the device to power-on, whatever state it is in;
 * when it returns, only the configure op is called any more. What was refused
 * last stays readable.
 *
 * Context: may sleep; takes the device's vmig lock. No mapping of the window
 * is left: they hold the device's file.
 */
void vmig_vfio_close(struct vfio_device *vdev)
{
	vmig_close(vmig_of(vdev));
}
EXPORT_SYMBOL_GPL(vmig_vfio_close);

static u32 region_count(const struct vmig_device *vmig)
{
	return VFIO_PCI_NUM_REGIONS + vmig_region_count(vmig);
}

static bool is_migration_region(const struct vmig_device *vmig, u32 index)
{
	return index == MIGRATION_REGION && index < region_count(vmig);
}

/* Those behind the PCI regions are not the driver's, offered or not. */
static u64 region_size(struct vmig_device *vmig, u32 index)
{
	return index < VFIO_PCI_NUM_REGIONS ?
	       vmig->ops->vfio->region_size(vmig, index) : 0;
}

/**
 * vmig_vfio_region_info() - for BACKPORT_VFIO_REGION_INFO_OPS
 * @vdev:	in a struct vmig_device, open
 * @info:	what was asked for and what is answered
 * @caps:	capabilities are added
 *
 * Context: may sleep; takes no lock but those of the region_info op.
 * Return: 0, -EINVAL for an index that is none, -ENOMEM, or an error of that op
 */
int vmig_vfio_region_info(struct vfio_device *vdev,
			  struct vfio_region_info *info,
			  struct vfio_info_cap *caps)
{
	struct vmig_device *vmig = vmig_of(vdev);
	const struct vmig_vfio_ops *ops = vmig->ops->vfio;

	if (info->index >= region_count(vmig))
		return -EINVAL;
	info->offset = (u64)info->index << REGION_SHIFT;
	if (info->index == MIGRATION_REGION)
		return vmig_region_info(vmig, info, caps);

	info->cap_offset = 0;
	info->size = region_size(vmig, info->index);
	info->flags = info->size ? VFIO_REGION_INFO_FLAG_READ |
				   VFIO_REGION_INFO_FLAG_WRITE : 0;
	return ops->region_info ? ops->region_info(vmig, info, caps) : 0;
}
EXPORT_SYMBOL_GPL(vmig_vfio_region_info);

/* An aligned power of two, at most 8: what a guest's access can be. */
static u32 register_width(u64 pos, size_t count)
{
	u32 width = sizeof(u64);

	while (width > count || pos % width)
		width /= 2;
	return width;
}

/* How much of an access to take at once. */
static u32 part_size(const struct vmig_device *vmig, u32 index, u64 pos,
		     size_t count)
{
	if (vmig->ops->vfio->registers & BIT(index))
		return register_width(pos, count);
	return min_t(size_t, count, VMIG_VFIO_PART_MAX);
}

/* Cut @count to what the region has; false if it has nothing there. */
static bool within_region(struct vmig_device *vmig, u32 index, u64 pos,
			  size_t *count)
{
	const u64 size = region_size(vmig, index);

	if (pos >= size)
		return false;
	*count = min_t(u64, *count, size - pos);
	return true;
}

static void read_part(struct vmig_device *vmig, u32 index, u64 pos, void *buf,
		      u32 length)
{
	const struct vmig_vfio_ops *ops = vmig->ops->vfio;

	if (ops->exclusive)
		mutex_lock(&vmig->core->lock);
	ops->region_read(vmig, index, pos, buf, length);
	if (ops->exclusive)
		mutex_unlock(&vmig->core->lock);
}

/* A halted device ignores its guest, but not the VMM's config accesses. */
static int write_exclusive(struct vmig_device *vmig, u32 index, u64 pos,
			   const void *buf, u32 length)
{
	int ret = 0;

	mutex_lock(&vmig->core->lock);
	if (index == VFIO_PCI_CONFIG_REGION_INDEX || !vmig_halted(vmig->core))
		ret = vmig->ops->vfio->region_write(vmig, index, pos, buf,
						    length);
	mutex_unlock(&vmig->core->lock);
	return ret;
}

static int write_part(struct vmig_device *vmig, u32 index, u64 pos,
		      const void *buf, u32 length)
{
	const struct vmig_vfio_ops *ops = vmig->ops->vfio;

	return ops->exclusive ?
	       write_exclusive(vmig, index, pos, buf, length) :
	       ops->region_write(vmig, index, pos, buf, length);
}

static ssize_t read_region(struct vmig_device *vmig, u32 index, u64 pos,
			   char __user *buf, size_t count)
{
	u8 part[VMIG_VFIO_PART_MAX];
	size_t done = 0;

	if (!within_region(vmig, index, pos, &count))
		return -EINVAL;
	while (done < count) {
		u32 length = part_size(vmig, index, pos + done, count - done);

		read_part(vmig, index, pos + done, part, length);
		if (copy_to_user(buf + done, part, length))
			return done ?: -EFAULT;
		done += length;
	}
	return done;
}

static ssize_t write_region(struct vmig_device *vmig, u32 index, u64 pos,
			    const char __user *buf, size_t count)
{
	u8 part[VMIG_VFIO_PART_MAX];
	size_t done = 0;

	if (!within_region(vmig, index, pos, &count))
		return -EINVAL;
	while (done < count) {
		u32 length = part_size(vmig, index, pos + done, count - done);
		int ret;

		if (copy_from_user(part, buf + done, length))
			return done ?: -EFAULT;
		ret = write_part(vmig, index, pos + done, part, length);
		if (ret)
			return done ?: ret;
		done += length;
	}
	return done;
}

/**
 * vmig_vfio_read() - .read: from a region of the driver, or the migration region
 * @vdev:	in a struct vmig_device, open
 * @buf:	user's buffer
 * @count:	how many bytes
 * @ppos:	place in the device's file, advanced by what was read
 *
 * Context: may sleep; no lock is held over the access to @buf.
 * Return: bytes that were read, up to the region's end; -EFAULT; -EINVAL where
 * there is nothing; or an error of vmig_region_read()
 */
ssize_t vmig_vfio_read(struct vfio_device *vdev, char __user *buf, size_t count,
		       loff_t *ppos)
{
	struct vmig_device *vmig = vmig_of(vdev);
	const u32 index = (u64)*ppos >> REGION_SHIFT;
	const u64 pos = *ppos & REGION_MASK;
	ssize_t done;

	if (is_migration_region(vmig, index))
		done = vmig_region_read(vmig, buf, count, pos);
	else
		done = read_region(vmig, index, pos, buf, count);
	if (done > 0)
		*ppos += done;
	return done;
}
EXPORT_SYMBOL_GPL(vmig_vfio_read);

/**
 * vmig_vfio_write() - .write: to a region of the driver, or the migration region
 * @vdev:	in a struct vmig_device, open
 * @buf:	user's buffer
 * @count:	how many bytes
 * @ppos:	place in the device's file, advanced by what was written
 *
 * Context: may sleep; no lock is held over the access to @buf.
 * Return: bytes that were written, up to the region's end; -EFAULT; -EINVAL
 * where there is nothing; or an error of the region_write op or of
 * vmig_region_write()
 */
ssize_t vmig_vfio_write(struct vfio_device *vdev, const char __user *buf,
			size_t count, loff_t *ppos)
{
	struct vmig_device *vmig = vmig_of(vdev);
	const u32 index = (u64)*ppos >> REGION_SHIFT;
	const u64 pos = *ppos & REGION_MASK;
	ssize_t done;

	if (is_migration_region(vmig, index))
		done = vmig_region_write(vmig, buf, count, pos);
	else
		done = write_region(vmig, index, pos, buf, count);
	if (done > 0)
		*ppos += done;
	return done;
}
EXPORT_SYMBOL_GPL(vmig_vfio_write);

/**
 * vmig_vfio_mmap() - .mmap: of the window, or what the driver has to be mapped
 * @vdev:	in a struct vmig_device, open
 * @vma:	to fill
 *
 * Context: with the mmap lock held. May sleep.
 * Return: 0, -EINVAL where nothing can be mapped, or an error of the mmap op
 */
int vmig_vfio_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	struct vmig_device *vmig = vmig_of(vdev);
	const struct vmig_vfio_ops *ops = vmig->ops->vfio;
	const u32 pages_shift = REGION_SHIFT - PAGE_SHIFT;
	const u32 index = vma->vm_pgoff >> pages_shift;
	const unsigned long first = vma->vm_pgoff & ((1UL << pages_shift) - 1);

	if (is_migration_region(vmig, index))
		return vmig_region_mmap(vmig, vma, first);
	if (!ops->mmap || index >= VFIO_PCI_NUM_REGIONS)
		return -EINVAL;
	return ops->mmap(vmig, index, vma, first);
}
EXPORT_SYMBOL_GPL(vmig_vfio_mmap);

static long device_info(const struct vmig_device *vmig, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info user, info = {
		.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
		.num_regions = region_count(vmig),
		.num_irqs = VFIO_PCI_NUM_IRQS,
	};

	if (copy_from_user(&user, arg, minsz))
		return -EFAULT;
	if (user.argsz < minsz)
		return -EINVAL;
	info.argsz = minsz;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

/* A driver without interrupts has none of each kind. */
static int describe_irq(struct vmig_device *vmig, struct vfio_irq_info *info)
{
	if (vmig->ops->vfio->irq_info)
		return vmig->ops->vfio->irq_info(vmig, info);
	return info->index < VFIO_PCI_NUM_IRQS ? 0 : -EINVAL;
}

static long irq_info(struct vmig_device *vmig, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info user, info = {};
	int ret;

	if (copy_from_user(&user, arg, minsz))
		return -EFAULT;
	if (user.argsz < minsz)
		return -EINVAL;
	info.argsz = minsz;
	info.index = user.index;
	ret = describe_irq(vmig, &info);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long set_irqs(struct vmig_device *vmig, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_irq_set, count);
	struct vfio_irq_info info = {};
	struct vfio_irq_set set;
	size_t data_size = 0;
	void *data = NULL;
	int ret;

	if (!vmig->ops->vfio->set_irqs)
		return -ENOTTY;
	if (copy_from_user(&set, arg, minsz))
		return -EFAULT;
	info.index = set.index;
	ret = describe_irq(vmig, &info);
	if (ret)
		return ret;
	ret = vfio_set_irqs_validate_and_prepare(&set, info.count,
						 VFIO_PCI_NUM_IRQS,
						 &data_size);
	if (ret)
		return ret;
	if (data_size) {
		data = memdup_user(arg + minsz, data_size);
		if (IS_ERR(data))
			return PTR_ERR(data);
	}
	ret = vmig->ops->vfio->set_irqs(vmig, &set, data);
	kfree(data);
	return ret;
}

/**
 * vmig_vfio_ioctl() - .ioctl
 * @vdev:	in a struct vmig_device, open
 * @cmd:	VFIO_DEVICE_*
 * @arg:	user's argument
 *
 * A reset ends the sessions and brings the device to power-on, RUNNING. It can't
 * fail. linux/vfio.h of 5.10 asks for it as the way out of the error state; that
 * it leads to RUNNING from everywhere is the rule of protocol v2, and QEMU 7.2
 * resets halted devices too.
 *
 * Context: may sleep; a reset takes the device's vmig lock.
 * Return: 0, -EFAULT, -EINVAL, -ENOMEM, -ENOTTY for what is not known here, or an
 * error of the driver's ops
 */
long vmig_vfio_ioctl(struct vfio_device *vdev, unsigned int cmd,
		     unsigned long arg)
{
	struct vmig_device *vmig = vmig_of(vdev);
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return device_info(vmig, user);
	case VFIO_DEVICE_GET_REGION_INFO:
		return backport_region_info(vdev, user, vmig_vfio_region_info);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return irq_info(vmig, user);
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(vmig, user);
	case VFIO_DEVICE_RESET:
		vmig_reset(vmig);
		return 0;
	default:
		return -ENOTTY;
	}
}
EXPORT_SYMBOL_GPL(vmig_vfio_ioctl);
