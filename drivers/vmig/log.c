// SPDX-License-Identifier: GPL-2.0
/*
 * DMA logging. The log has a bit for each page, so it is exact, and all bits
 * are allocated when it is started, so a transfer never fails for want of them.
 *
 * Only on kernels whose core can hand the bits out: with a stub in that place,
 * a VMM would find the feature, prefer it to the IOMMU's bitmap, and fail.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/interval_tree.h>
#include <linux/iova_bitmap.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "backport.h"
#include "core.h"

static bool dma_logging = true;
module_param(dma_logging, bool, 0644);
MODULE_PARM_DESC(dma_logging,
		 "devices made from now on offer DMA logging, where the kernel can (default Y)");

/* 8 TiB in a log, as in the bitmap of the type1 IOMMU: 256 MiB of bits. */
#define PAGES_MAX	((u64)INT_MAX)

void vmig_log_init(struct vmig_log *log)
{
	mutex_init(&log->lock);
	log->wanted = READ_ONCE(dma_logging);
}

static void free_ranges(struct vmig_log_range *range, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		kvfree(range[i].dirty);
	kfree(range);
}

/* Stop logging, if it goes on. */
void vmig_log_end(struct vmig_log *log)
{
	struct vmig_log_range *range;
	u32 count;

	mutex_lock(&log->lock);
	range = log->range;
	count = log->count;
	log->range = NULL;
	log->count = 0;
	mutex_unlock(&log->lock);
	free_ranges(range, count);
}

static int make_range(struct vmig_log_range *range,
		      const struct interval_tree_node *node)
{
	range->first = node->start >> PAGE_SHIFT;
	range->pages = (node->last >> PAGE_SHIFT) - range->first + 1;
	range->dirty = kvcalloc(BITS_TO_LONGS(range->pages), sizeof(long),
				GFP_KERNEL_ACCOUNT);
	return range->dirty ? 0 : -ENOMEM;
}

/*
 * A page has one bit, so a range has whole pages. The core lets smaller ones
 * pass for a page size below ours.
 */
static int check_ranges(struct rb_root_cached *ranges)
{
	struct interval_tree_node *node;
	u64 pages = 0;

	for (node = interval_tree_iter_first(ranges, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		if (node->last < node->start || !PAGE_ALIGNED(node->start) ||
		    !PAGE_ALIGNED(node->last + 1))
			return -EINVAL;
		pages += (node->last >> PAGE_SHIFT) -
			 (node->start >> PAGE_SHIFT) + 1;
		if (pages > PAGES_MAX)
			return -E2BIG;
	}
	return 0;
}

static struct vmig_log_range *make_ranges(struct rb_root_cached *ranges,
					  u32 count)
{
	struct vmig_log_range *made = kcalloc(count, sizeof(*made),
					      GFP_KERNEL_ACCOUNT);
	struct interval_tree_node *node;
	u32 i = 0;

	if (!made)
		return NULL;
	for (node = interval_tree_iter_first(ranges, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		if (make_range(&made[i++], node)) {
			free_ranges(made, count);
			return NULL;
		}
	}
	return made;
}

/*
 * VFIO_DEVICE_FEATURE_DMA_LOGGING_START. The size of page asked for is a hint:
 * the log is as fine as can be, whatever it is, and says so.
 */
static int log_start(struct vfio_device *vdev, struct rb_root_cached *ranges,
		     u32 count, u64 *page_size)
{
	struct vmig_log *log = &vmig_core_of(vdev)->log;
	struct vmig_log_range *made;
	int ret;

	if (!is_power_of_2(*page_size))
		return -EINVAL;
	ret = check_ranges(ranges);
	if (ret)
		return ret;
	made = make_ranges(ranges, count);
	if (!made)
		return -ENOMEM;

	mutex_lock(&log->lock);
	if (log->range) {
		ret = -EBUSY;
	} else {
		log->range = made;
		log->count = count;
	}
	mutex_unlock(&log->lock);
	if (ret)
		free_ranges(made, count);
	*page_size = PAGE_SIZE;
	return ret;
}

static int log_stop(struct vfio_device *vdev)
{
	vmig_log_end(&vmig_core_of(vdev)->log);
	return 0;
}

/*
 * Cut the next run of dirty pages out of a range, at or after page @from and
 * before @end. Returns its length in pages, 0 if there is none.
 */
static u64 take_run(struct vmig_log_range *range, u64 *from, u64 end)
{
	const u64 limit = min(end, range->first + range->pages);
	const u64 begin = max(*from, range->first);
	unsigned long bit, stop;

	if (begin >= limit)
		return 0;
	bit = find_next_bit(range->dirty, limit - range->first,
			    begin - range->first);
	if (bit >= limit - range->first)
		return 0;
	stop = find_next_zero_bit(range->dirty, limit - range->first, bit);
	bitmap_clear(range->dirty, bit, stop - bit);
	*from = range->first + bit;
	return stop - bit;
}

/* The ranges are sorted and don't overlap. -EINVAL if nothing is logged. */
static int take(struct vmig_log *log, u64 *from, u64 end, u64 *pages)
{
	int ret = 0;
	u32 i;

	*pages = 0;
	mutex_lock(&log->lock);
	if (!log->range)
		ret = -EINVAL;
	for (i = 0; i < log->count && !*pages; i++)
		*pages = take_run(&log->range[i], from, end);
	mutex_unlock(&log->lock);
	return ret;
}

/*
 * A part of VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT. The user's bits are set
 * without the lock: they may have to be fetched from where he keeps them.
 */
static int log_read_and_clear(struct vfio_device *vdev, unsigned long iova,
			      unsigned long length, struct iova_bitmap *bits)
{
	struct vmig_log *log = &vmig_core_of(vdev)->log;
	const u64 end = ((u64)iova + length) >> PAGE_SHIFT;
	u64 from = iova >> PAGE_SHIFT, pages;
	int ret;

	/*
	 * Of a page that is asked for in part the rest would be lost; and the
	 * core sets all bits that there are for a length of 0.
	 */
	if (!length || !PAGE_ALIGNED(iova) || !PAGE_ALIGNED(length))
		return -EINVAL;
	while (!(ret = take(log, &from, end, &pages)) && pages) {
		iova_bitmap_set(bits, from << PAGE_SHIFT, pages << PAGE_SHIFT);
		from += pages;
		cond_resched();
	}
	return ret;
}

static const struct vfio_log_ops log_ops = {
	.log_start = log_start,
	.log_stop = log_stop,
	.log_read_and_clear = log_read_and_clear,
};

/* Shall the device's next owner find the feature? */
void vmig_log_offer(struct vfio_device *vdev, bool offer)
{
	offer = offer && BACKPORT_HAS_IOVA_BITMAP &&
		container_of(vdev, struct vmig_device, vdev)->ops->logs_dma;
	vdev->log_ops = offer ? &log_ops : NULL;
}

/**
 * vmig_dma_written() - the device has written guest memory
 * @vmig:	an open device
 * @iova:	guest address, bytes
 * @length:	bytes, more than 0
 *
 * Call it after each write that has succeeded, and before quiesce() returns
 * for it: what is marked before it is written can be reported, and the page
 * copied, too early. Addresses that nobody watches are ignored.
 *
 * Context: may sleep; takes a lock that nothing is called under.
 */
void vmig_dma_written(struct vmig_device *vmig, u64 iova, u64 length)
{
	const u64 from = iova >> PAGE_SHIFT;
	const u64 end = ((iova + length - 1) >> PAGE_SHIFT) + 1;
	struct vmig_log *log = &vmig->core->log;
	u32 i;

	mutex_lock(&log->lock);
	for (i = 0; i < log->count; i++) {
		const struct vmig_log_range *range = &log->range[i];
		const u64 limit = min(end, range->first + range->pages);
		const u64 begin = max(from, range->first);

		if (begin < limit)
			bitmap_set(range->dirty, begin - range->first,
				   limit - begin);
	}
	mutex_unlock(&log->lock);
}
EXPORT_SYMBOL_GPL(vmig_dma_written);
