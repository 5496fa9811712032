/* SPDX-License-Identifier: GPL-2.0 */
/* The migration region of protocol v1, as one of the device's regions. */
#ifndef VMIG_REGION_H
#define VMIG_REGION_H

#include <linux/types.h>

struct vfio_info_cap;
struct vfio_region_info;
struct vm_area_struct;
struct vmig_device;

u32 vmig_region_count(const struct vmig_device *vmig);
int vmig_region_info(struct vmig_device *vmig, struct vfio_region_info *info,
		     struct vfio_info_cap *caps);
ssize_t vmig_region_read(struct vmig_device *vmig, char __user *buf,
			 size_t count, u64 pos);
ssize_t vmig_region_write(struct vmig_device *vmig, const char __user *buf,
			  size_t count, u64 pos);
int vmig_region_mmap(struct vmig_device *vmig, struct vm_area_struct *vma,
		     unsigned long first_page);

#endif /* VMIG_REGION_H */
