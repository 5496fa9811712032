// SPDX-License-Identifier: GPL-2.0
/* Since 6.3 a vma's flags are changed by functions only. */
#include <linux/mm.h>

void probe(struct vm_area_struct *vma);

void probe(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_DONTDUMP);
}
