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

#endif /* VMIG_BACKPORT_MM_H */
