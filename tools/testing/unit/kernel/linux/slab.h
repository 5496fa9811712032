/* SPDX-License-Identifier: GPL-2.0 */
/* Stand-in: memory, of which there may be none. The test brings the functions. */
#ifndef VMIG_UNIT_LINUX_SLAB_H
#define VMIG_UNIT_LINUX_SLAB_H

#include <stddef.h>

#define GFP_KERNEL	0

void *kvzalloc(size_t size, int flags);
void kvfree(void *memory);

#endif /* VMIG_UNIT_LINUX_SLAB_H */
