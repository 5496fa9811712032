/* SPDX-License-Identifier: GPL-2.0 */
/* What a type1 container lets its devices reach, and what they wrote there. */
#ifndef VMIG_TEST_IOMMU_H
#define VMIG_TEST_IOMMU_H

#include "vfio.h"

#define IOMMU_PAGE	4096
#define IOMMU_READ	VFIO_DMA_MAP_FLAG_READ
#define IOMMU_WRITE	VFIO_DMA_MAP_FLAG_WRITE

/* Bits of a dirty bitmap for @size bytes, in whole words: bytes of memory. */
#define IOMMU_BITMAP_SIZE(size)	(((size) / IOMMU_PAGE + 63) / 64 * 8)

/* All return 0 or a negative errno. */

/* Let the device reach @size bytes @at by @iova; @access is IOMMU_*. */
int iommu_map(const struct vfio *vfio, void *at, uint64_t iova, uint64_t size,
	      uint32_t access);
int iommu_unmap(const struct vfio *vfio, uint64_t iova, uint64_t size);

/* Note pages that devices write, or no more. */
int iommu_track(const struct vfio *vfio, bool on);

/**
 * iommu_dirty() - the pages that were written since the last call
 * @vfio:	of the container
 * @iova:	start of a mapping
 * @size:	up to the end of one
 * @bitmap:	a bit for each page, IOMMU_BITMAP_SIZE(@size) bytes
 */
int iommu_dirty(const struct vfio *vfio, uint64_t iova, uint64_t size,
		uint64_t *bitmap);

#endif /* VMIG_TEST_IOMMU_H */
