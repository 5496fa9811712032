// SPDX-License-Identifier: GPL-2.0
/* The kernel's CRC32C, which uses what the processor has for it. */
#include <linux/crc32c.h>

#include "pure.h"

u32 vmig_crc32c(u32 crc, const void *data, size_t length)
{
	return crc32c(crc, data, length);
}
