/* SPDX-License-Identifier: GPL-2.0 */
/* A VFIO device by group and type1 container. */
#ifndef VMIG_TEST_VFIO_H
#define VMIG_TEST_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/vfio.h>

#define VFIO_AREAS_MAX	4

/**
 * struct vfio - the three files; all zero is a closed one
 * @open:	the container and the group are
 * @container:	with a type1 IOMMU
 * @group:	the device's only group
 * @device:	-1 while the device itself is closed
 * @name:	of the device in its group
 * @info:	what the device says of itself
 */
struct vfio {
	bool open;
	int container;
	int group;
	int device;
	char name[64];
	struct vfio_device_info info;
};

/**
 * struct vfio_region - region info with its capabilities
 * @index:	of the region
 * @flags:	VFIO_REGION_INFO_FLAG_*
 * @size:	in bytes
 * @offset:	in the device's file
 * @type:	0 if it has no such capability
 * @subtype:	likewise
 * @sparse:	it has a sparse mmap capability
 * @areas:	how many areas that lists; the first VFIO_AREAS_MAX are kept
 * @area:	these
 */
struct vfio_region {
	uint32_t index;
	uint32_t flags;
	uint64_t size;
	uint64_t offset;
	uint32_t type;
	uint32_t subtype;
	bool sparse;
	uint32_t areas;
	struct vfio_region_sparse_mmap_area area[VFIO_AREAS_MAX];
};

/* All functions return 0 (or what they say) or a negative errno. */

/* Open the mdev device @uuid. */
int vfio_open(struct vfio *vfio, const char *uuid);
void vfio_close(struct vfio *vfio);

/* Open and close the device only; its group and container stay. */
int vfio_open_device(struct vfio *vfio);
void vfio_close_device(struct vfio *vfio);

int vfio_region(const struct vfio *vfio, uint32_t index,
		struct vfio_region *region);

/* A transfer that is cut short is -EIO. */
int vfio_read(const struct vfio *vfio, uint32_t index, uint64_t offset,
	      void *data, size_t length);
int vfio_write(const struct vfio *vfio, uint32_t index, uint64_t offset,
	       const void *data, size_t length);

int vfio_irq(const struct vfio *vfio, uint32_t index,
	     struct vfio_irq_info *info);

/* Interrupts @start.. go to these eventfds; -1 leaves one without. */
int vfio_set_eventfds(const struct vfio *vfio, uint32_t index, uint32_t action,
		      uint32_t start, uint32_t count, const int *fds);

/* An action (VFIO_IRQ_SET_ACTION_*) without data. */
int vfio_set_irqs(const struct vfio *vfio, uint32_t index, uint32_t action,
		  uint32_t start, uint32_t count);

int vfio_reset(const struct vfio *vfio);

#endif /* VMIG_TEST_VFIO_H */
