// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "iommu.h"

int iommu_map(const struct vfio *vfio, void *at, uint64_t iova, uint64_t size,
	      uint32_t access)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = access,
		.vaddr = (uintptr_t)at,
		.iova = iova,
		.size = size,
	};

	return ioctl(vfio->container, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

int iommu_unmap(const struct vfio *vfio, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};

	if (ioctl(vfio->container, VFIO_IOMMU_UNMAP_DMA, &unmap))
		return -errno;
	return unmap.size == size ? 0 : -ENOENT;
}

int iommu_track(const struct vfio *vfio, bool on)
{
	struct vfio_iommu_type1_dirty_bitmap request = {
		.argsz = sizeof(request),
		.flags = on ? VFIO_IOMMU_DIRTY_PAGES_FLAG_START :
			      VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP,
	};

	return ioctl(vfio->container, VFIO_IOMMU_DIRTY_PAGES, &request) ?
	       -errno : 0;
}

int iommu_dirty(const struct vfio *vfio, uint64_t iova, uint64_t size,
		uint64_t *bitmap)
{
	struct {
		struct vfio_iommu_type1_dirty_bitmap head;
		struct vfio_iommu_type1_dirty_bitmap_get range;
	} request = {
		.head = {
			.argsz = sizeof(request),
			.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
		},
		.range = {
			.iova = iova,
			.size = size,
			.bitmap = {
				.pgsize = IOMMU_PAGE,
				.size = IOMMU_BITMAP_SIZE(size),
				.data = (void *)bitmap,
			},
		},
	};

	memset(bitmap, 0, IOMMU_BITMAP_SIZE(size));
	return ioctl(vfio->container, VFIO_IOMMU_DIRTY_PAGES, &request) ?
	       -errno : 0;
}
