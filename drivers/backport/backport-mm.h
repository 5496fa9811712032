/* SPDX-License-Identifier: GPL-2.0 */
/* What differs between kernels in memory management. */
#ifndef VMIG_BACKPORT_MM_H
#define VMIG_BACKPORT_MM_H

#include <linux/mm.h>

#include "backport-features.h"

static inline void backport_vm_flags_set(struct vm_area_struct *vma,
					 unsigned long flags)
{
#if BACKPORT_HAS_VM_FLAGS_SET
	vm_flags_set(vma, flags);
#else
	vma->vm_flags |= flags;
#endif
}

/*
 * Make every mapping of one page of a file fault at its next write. Without
 * the helper the page is unmapped, and reads fault too.
 */
static inline void backport_protect_page(struct address_space *mapping,
					 pgoff_t index)
{
#if BACKPORT_HAS_WP_SHARED_MAPPING_RANGE
	wp_shared_mapping_range(mapping, index, 1);
#else
	unmap_mapping_range(mapping, (loff_t)index << PAGE_SHIFT, PAGE_SIZE,
			    0);
#endif
}

#endif /* VMIG_BACKPORT_MM_H */
