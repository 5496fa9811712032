// SPDX-License-Identifier: GPL-2.0
/*
 * Can bits of DMA logging be handed out? Where iommufd is not configured there
 * is an inline stub, so this is one definition too many.
 */
#include <linux/iova_bitmap.h>

void iova_bitmap_set(struct iova_bitmap *bitmap, unsigned long iova,
		     size_t length)
{
}
