/* SPDX-License-Identifier: GPL-2.0 */
/* Device memory, of devices that have some: a driver may lack these ops. */
#ifndef VMIG_MEMORY_H
#define VMIG_MEMORY_H

#include <linux/errno.h>
#include <linux/vmig.h>

static inline void vmig_memory_track(struct vmig_device *vmig)
{
	if (vmig->ops->track_start)
		vmig->ops->track_start(vmig);
}

static inline void vmig_memory_untrack(struct vmig_device *vmig)
{
	if (vmig->ops->track_stop)
		vmig->ops->track_stop(vmig);
}

static inline u64 vmig_memory_used(struct vmig_device *vmig)
{
	return vmig->ops->used_pages ? vmig->ops->used_pages(vmig) : 0;
}

static inline u64 vmig_memory_dirty(struct vmig_device *vmig)
{
	return vmig->ops->dirty_pages ? vmig->ops->dirty_pages(vmig) : 0;
}

static inline bool vmig_memory_fetch(struct vmig_device *vmig, u64 *address,
				     void *page)
{
	return vmig->ops->fetch_page &&
	       vmig->ops->fetch_page(vmig, address, page);
}

/* The reader lets nothing through that is beyond the memory's end. */
static inline int vmig_memory_load(struct vmig_device *vmig, u64 address,
				   const void *data, u32 length)
{
	return vmig->ops->load_memory ?
	       vmig->ops->load_memory(vmig, address, data, length) : -ENOMEM;
}

#endif /* VMIG_MEMORY_H */
