/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DMA logging: which pages of guest memory a device has written. What protocol
 * v2 has for VMMs that don't want to ask the IOMMU.
 */
#ifndef VMIG_LOG_H
#define VMIG_LOG_H

#include <linux/mutex.h>
#include <linux/types.h>

struct vfio_device;

/**
 * struct vmig_log_range - guest addresses that are watched
 * @first:	first page
 * @pages:	how many
 * @dirty:	a bit each
 */
struct vmig_log_range {
	u64 first;
	u64 pages;
	unsigned long *dirty;
};

/**
 * struct vmig_log - the log of one device
 * @wanted:	offered, where the kernel can
 * @lock:	innermost; never held over an access to user memory
 * @count:	ranges
 * @range:	NULL while nothing is logged
 */
struct vmig_log {
	bool wanted;
	struct mutex lock;	/* everything below */
	u32 count;
	struct vmig_log_range *range;
};

void vmig_log_init(struct vmig_log *log);
void vmig_log_end(struct vmig_log *log);
void vmig_log_offer(struct vfio_device *vdev, bool offer);

#endif /* VMIG_LOG_H */
