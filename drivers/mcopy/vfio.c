// SPDX-License-Identifier: GPL-2.0
/* The VFIO device: what is in its regions. The rest of it is vmig's. */
#include <linux/log2.h>
#include <linux/mdev.h>
#include <linux/vfio.h>

#include "backport.h"
#include "mcopy.h"

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

static void mcopy_close(struct vfio_device *vdev)
{
	mcopy_irq_release(mcopy_from_vdev(vdev));
	vmig_vfio_close(vdev);
}

static u64 mcopy_region_size(struct vmig_device *vmig, u32 index)
{
	const struct mcopy *mcopy = mcopy_from_vmig(vmig);

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
static int mcopy_region_info(struct vmig_device *vmig,
			     struct vfio_region_info *info,
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
		.area = { .size = mcopy_memory_size(mcopy_from_vmig(vmig)) },
	};

	if (info->index != VFIO_PCI_BAR2_REGION_INDEX ||
	    !mcopy_memory_mappable())
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	if (info->size == sparse.area.size)
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
	return vfio_info_add_capability(caps, &sparse.cap.header,
					sizeof(sparse));
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

static void mcopy_region_read(struct vmig_device *vmig, u32 index, u64 pos,
			      void *buf, u32 length)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);

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
static int mcopy_region_write(struct vmig_device *vmig, u32 index, u64 pos,
			      const void *buf, u32 length)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);
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

static int mcopy_mmap(struct vmig_device *vmig, u32 index,
		      struct vm_area_struct *vma, unsigned long first_page)
{
	if (index != VFIO_PCI_BAR2_REGION_INDEX)
		return -EINVAL;
	return mcopy_memory_mmap(mcopy_from_vmig(vmig)->memory, vma,
				 first_page);
}

const struct vmig_vfio_ops mcopy_region_ops = {
	.registers = BIT(VFIO_PCI_BAR0_REGION_INDEX),
	.region_size = mcopy_region_size,
	.region_read = mcopy_region_read,
	.region_write = mcopy_region_write,
	.region_info = mcopy_region_info,
	.mmap = mcopy_mmap,
	.irq_info = mcopy_irq_info,
	.set_irqs = mcopy_irq_set,
};

static void mcopy_request(struct vfio_device *vdev, unsigned int count)
{
	mcopy_irq_request(mcopy_from_vdev(vdev), count);
}

const struct vfio_device_ops mcopy_vfio_ops = {
	.name = MCOPY_NAME,
	.init = mcopy_vfio_init,
	.release = vmig_vfio_release,
	.open_device = vmig_vfio_open,
	.close_device = mcopy_close,
	.read = vmig_vfio_read,
	.write = vmig_vfio_write,
	.ioctl = vmig_vfio_ioctl,
	.mmap = vmig_vfio_mmap,
	.request = mcopy_request,
	.device_feature = vmig_device_feature,
	BACKPORT_VFIO_REGION_INFO_OPS(vmig_vfio_region_info)
	BACKPORT_VFIO_IOMMUFD_OPS
};
