/* SPDX-License-Identifier: GPL-2.0 */
/* Stand-in: what the drivers' tables and their check want of the kernel's. */
#ifndef VMIG_UNIT_LINUX_KERNEL_H
#define VMIG_UNIT_LINUX_KERNEL_H

#include "pure.h"

#define U32_MAX	UINT32_MAX

#define container_of(pointer, type, member)				\
	((type *)((char *)(pointer) - offsetof(type, member)))

#endif /* VMIG_UNIT_LINUX_KERNEL_H */
