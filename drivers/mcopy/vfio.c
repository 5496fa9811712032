// SPDX-License-Identifier: GPL-2.0
/* The VFIO device: open and close, regions, ioctls. */
#include <linux/log2.h>
#include <linux/mdev.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "backport.h"
#include "mcopy.h"

/*
 * A region's place in the file: QEMU needs it to be a multiple of 8, or the
 * registers of the migration region arrive in pieces.
 */
#define REGION_SHIFT	40
#define REGION_MASK	((1ULL << REGION_SHIFT) - 1)

/* If there is one. */
#define MIGRATION_REGION	VFIO_PCI_NUM_REGIONS

/* Accesses are copied through the stack in parts of at most this many bytes. */
#define PART_SIZE	256

static int mcopy_vfio_init(struct vfio_device *vdev)
{
	struct mcopy *mcopy = mcopy_from_vdev(vdev);
	struct mdev_device *mdev = to_mdev_device(vdev->dev);

	mutex_init(&mcopy->lock);
	mcopy_irq_init(mcopy);
	mcopy_engine_init(mcopy);
	return vmig_init(&mcopy->vmig, &mcopy_vmig_ops, dev_name(vdev->dev),
			 mcopy_type_of(mdev->type));
}

static void mcopy_vfio_release(struct vfio_device *vdev)
{
	vmig_destroy(&mcopy_from_vdev(vdev)->vmig);
	backport_vfio_release(vdev);
}

static int mcopy_open(struct vfio_device *vdev)
{
	return vmig_open(&mcopy_from_vdev(vdev)->vmig);
}

static void mcopy_close(struct vfio_device *vdev)
{
	struct mcopy *mcopy = mcopy_from_vdev(vdev);

	mcopy_irq_release(mcopy);
	vmig_close(&mcopy->vmig);
}

static u32 region_count(const struct mcopy *mcopy)
{
	return VFIO_PCI_NUM_REGIONS + vmig_region_count(&mcopy->vmig);
}

static bool is_migration_region(const struct mcopy *mcopy, unsigned int index)
{
	return index == MIGRATION_REGION && index < region_count(mcopy);
}

static u64 region_size(const struct mcopy *mcopy, unsigned int index)
{
	switch (index) {
	case VFIO_PCI_BAR0_REGION_INDEX:
		return MCOPY_BAR_REGS_SIZE;
	case VFIO_PCI_BAR1_REGION_INDEX:
		return MCOPY_BAR_MSIX_SIZE;
	case VFIO_PCI_BAR2_REGION_INDEX:
		/* All of the BAR: QEMU makes one of that size. */
		return roundup_pow_of_two(mcopy_memory_size(mcopy));
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return sizeof(mcopy->config);
	default:
		return 0;
	}
}

/* Memory can be mapped; what is behind it, up to the end of the BAR, can't. */
static int bar2_info(const struct mcopy *mcopy, struct vfio_region_info *info,
		     struct vfio_info_cap *caps)
{
	struct {
		struct vfio_region_info_cap_sparse_mmap cap;
		struct vfio_region_sparse_mmap_area area;
	} sparse = {
		.cap = {
			.header = {
				.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP,
				.version = 1,
			},
			.nr_areas = 1,
		},
		.area = { .size = mcopy_memory_size(mcopy) },
	};

	if (!mcopy_memory_mappable())
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	if (info->size == sparse.area.size)
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
	return vfio_info_add_capability(caps, &sparse.cap.header,
					sizeof(sparse));
}

static int mcopy_region_info(struct vfio_device *vdev,
			     struct vfio_region_info *info,
			     struct vfio_info_cap *caps)
{
	struct mcopy *mcopy = mcopy_from_vdev(vdev);

	if (info->index >= region_count(mcopy))
		return -EINVAL;
	info->offset = (u64)info->index << REGION_SHIFT;
	if (info->index == MIGRATION_REGION)
		return vmig_region_info(&mcopy->vmig, info, caps);

	info->cap_offset = 0;
	info->size = region_size(mcopy, info->index);
	info->flags = info->size ? VFIO_REGION_INFO_FLAG_READ |
				   VFIO_REGION_INFO_FLAG_WRITE : 0;
	if (info->index == VFIO_PCI_BAR2_REGION_INDEX)
		return bar2_info(mcopy, info, caps);
	return 0;
}

/* An aligned power of two, at most 8: what a guest's access can be. */
static u32 register_width(u64 pos, size_t count)
{
	u32 width = sizeof(u64);

	while (width > count || pos % width)
		width /= 2;
	return width;
}

/* How much of an access to take at once. */
static u32 part_size(unsigned int index, u64 pos, size_t count)
{
	if (index == VFIO_PCI_BAR0_REGION_INDEX)
		return register_width(pos, count);
	return min_t(size_t, count, PART_SIZE);
}

/* How much of an access to BAR2 is for the memory: what is behind it is not. */
static u32 memory_part(const struct mcopy *mcopy, u64 pos, u32 length)
{
	const u64 size = mcopy_memory_size(mcopy);

	return pos < size ? min_t(u64, length, size - pos) : 0;
}

static void read_memory(struct mcopy *mcopy, u64 pos, void *buf, u32 length)
{
	const u32 part = memory_part(mcopy, pos, length);

	mcopy_memory_read(mcopy->memory, pos, buf, part);
	/* As where no device answers. */
	memset(buf + part, 0xff, length - part);
}

static void read_part(struct mcopy *mcopy, unsigned int index, u64 pos,
		      void *buf, u32 length)
{
	mutex_lock(&mcopy->lock);
	switch (index) {
	case VFIO_PCI_CONFIG_REGION_INDEX:
		mcopy_config_read(mcopy, pos, buf, length);
		break;
	case VFIO_PCI_BAR0_REGION_INDEX:
		mcopy_registers_read(mcopy, pos, buf, length);
		break;
	case VFIO_PCI_BAR2_REGION_INDEX:
		read_memory(mcopy, pos, buf, length);
		break;
	default:
		/* MSI-X table and pending bits: the VMM keeps them itself. */
		memset(buf, 0, length);
	}
	mutex_unlock(&mcopy->lock);
}

/* A halted device ignores its guest, but not the VMM's config accesses. */
static int write_part(struct mcopy *mcopy, unsigned int index, u64 pos,
		      const void *buf, u32 length)
{
	bool unsettled;
	int ret = 0;

	mutex_lock(&mcopy->lock);
	if (index == VFIO_PCI_CONFIG_REGION_INDEX)
		mcopy_config_write(mcopy, pos, buf, length);
	else if (!mcopy->running)
		mcopy->dropped++;
	else if (index == VFIO_PCI_BAR0_REGION_INDEX)
		mcopy_registers_write(mcopy, pos, buf, length);
	else if (index == VFIO_PCI_BAR2_REGION_INDEX)
		ret = mcopy_memory_write(mcopy->memory, pos, buf,
					 memory_part(mcopy, pos, length));
	unsettled = mcopy_engine_unsettled(&mcopy->engine);
	mutex_unlock(&mcopy->lock);
	if (unsettled)
		mcopy_engine_settle(mcopy);
	return ret;
}

/* Cut @count to what the region has; false if it has nothing there. */
static bool within_region(const struct mcopy *mcopy, unsigned int index,
			  u64 pos, size_t *count)
{
	const u64 size = region_size(mcopy, index);

	if (pos >= size)
		return false;
	*count = min_t(u64, *count, size - pos);
	return true;
}

static ssize_t read_region(struct mcopy *mcopy, unsigned int index, u64 pos,
			   char __user *buf, size_t count)
{
	u8 part[PART_SIZE];
	size_t done = 0;

	if (!within_region(mcopy, index, pos, &count))
		return -EINVAL;
	while (done < count) {
		u32 length = part_size(index, pos + done, count - done);

		read_part(mcopy, index, pos + done, part, length);
		if (copy_to_user(buf + done, part, length))
			return done ?: -EFAULT;
		done += length;
	}
	return done;
}

static ssize_t write_region(struct mcopy *mcopy, unsigned int index, u64 pos,
			    const char __user *buf, size_t count)
{
	u8 part[PART_SIZE];
	size_t done = 0;

	if (!within_region(mcopy, index, pos, &count))
		return -EINVAL;
	while (done < count) {
		u32 length = part_size(index, pos + done, count - done);
		int ret;

		if (copy_from_user(part, buf + done, length))
			return done ?: -EFAULT;
		ret = write_part(mcopy, index, pos + done, part, length);
		if (ret)
			return done ?: ret;
		done += length;
	}
	return done;
}

static ssize_t mcopy_read(struct vfio_device *vdev, char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct mcopy *mcopy = mcopy_from_vdev(vdev);
	const unsigned int index = (u64)*ppos >> REGION_SHIFT;
	const u64 pos = *ppos & REGION_MASK;
	ssize_t done;

	if (is_migration_region(mcopy, index))
		done = vmig_region_read(&mcopy->vmig, buf, count, pos);
	else
		done = read_region(mcopy, index, pos, buf, count);
	if (done > 0)
		*ppos += done;
	return done;
}

static ssize_t mcopy_write(struct vfio_device *vdev, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	struct mcopy *mcopy = mcopy_from_vdev(vdev);
	const unsigned int index = (u64)*ppos >> REGION_SHIFT;
	const u64 pos = *ppos & REGION_MASK;
	ssize_t done;

	if (is_migration_region(mcopy, index))
		done = vmig_region_write(&mcopy->vmig, buf, count, pos);
	else
		done = write_region(mcopy, index, pos, buf, count);
	if (done > 0)
		*ppos += done;
	return done;
}

static int mcopy_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	struct mcopy *mcopy = mcopy_from_vdev(vdev);
	const unsigned int pages_shift = REGION_SHIFT - PAGE_SHIFT;
	const unsigned int index = vma->vm_pgoff >> pages_shift;
	const unsigned long first = vma->vm_pgoff & ((1UL << pages_shift) - 1);

	if (is_migration_region(mcopy, index))
		return vmig_region_mmap(&mcopy->vmig, vma, first);
	if (index == VFIO_PCI_BAR2_REGION_INDEX)
		return mcopy_memory_mmap(mcopy->memory, vma, first);
	return -EINVAL;
}

static long device_info(const struct mcopy *mcopy, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info user, info = {
		.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET,
		.num_regions = region_count(mcopy),
		.num_irqs = VFIO_PCI_NUM_IRQS,
	};

	if (copy_from_user(&user, arg, minsz))
		return -EFAULT;
	if (user.argsz < minsz)
		return -EINVAL;
	info.argsz = minsz;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long irq_info(void __user *arg)
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
	ret = mcopy_irq_info(&info);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long set_irqs(struct mcopy *mcopy, void __user *arg)
{
	const size_t minsz = offsetofend(struct vfio_irq_set, count);
	struct vfio_irq_info info = {};
	struct vfio_irq_set set;
	size_t data_size = 0;
	void *data = NULL;
	int ret;

	if (copy_from_user(&set, arg, minsz))
		return -EFAULT;
	info.index = set.index;
	ret = mcopy_irq_info(&info);
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
	ret = mcopy_irq_set(mcopy, &set, data);
	kfree(data);
	return ret;
}

static long mcopy_ioctl(struct vfio_device *vdev, unsigned int cmd,
			unsigned long arg)
{
	struct mcopy *mcopy = mcopy_from_vdev(vdev);
	void __user *user = (void __user *)arg;

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return device_info(mcopy, user);
	case VFIO_DEVICE_GET_REGION_INFO:
		return backport_region_info(vdev, user, mcopy_region_info);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return irq_info(user);
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(mcopy, user);
	case VFIO_DEVICE_RESET:
		vmig_reset(&mcopy->vmig);
		return 0;
	default:
		return -ENOTTY;
	}
}

static void mcopy_request(struct vfio_device *vdev, unsigned int count)
{
	mcopy_irq_request(mcopy_from_vdev(vdev), count);
}

const struct vfio_device_ops mcopy_vfio_ops = {
	.name = MCOPY_NAME,
	.init = mcopy_vfio_init,
	.release = mcopy_vfio_release,
	.open_device = mcopy_open,
	.close_device = mcopy_close,
	.read = mcopy_read,
	.write = mcopy_write,
	.ioctl = mcopy_ioctl,
	.mmap = mcopy_mmap,
	.request = mcopy_request,
	.device_feature = vmig_device_feature,
	BACKPORT_VFIO_REGION_INFO_OPS(mcopy_region_info)
	BACKPORT_VFIO_IOMMUFD_OPS
};
