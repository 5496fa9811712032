// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of device memory, one by one. Fault handlers come here without any
 * other lock, so an entry can vanish at any moment until the page is locked.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/vmig.h>

#include "memory.h"

/* Does the page still belong where it was found? Its lock is held. */
bool mcopy_page_is_at(const struct mcopy_memory *memory, unsigned long index,
		      const struct page *page)
{
	return READ_ONCE(memory->pages[index]) == page;
}

/**
 * mcopy_page_find() - get the page at an index
 * @memory:	of the device
 * @index:	within it
 *
 * Return: the page, locked, with a reference; NULL if it was never touched.
 */
struct page *mcopy_page_find(struct mcopy_memory *memory, unsigned long index)
{
	struct page *page;

	while ((page = READ_ONCE(memory->pages[index]))) {
		/*
		 * It may have been freed, and be somebody else's by now: look
		 * again before it is locked.
		 */
		if (!get_page_unless_zero(page))
			continue;
		if (mcopy_page_is_at(memory, index, page)) {
			lock_page(page);
			if (mcopy_page_is_at(memory, index, page))
				return page;
			unlock_page(page);
		}
		put_page(page);
	}
	return NULL;
}

/* Put a new page of zeros where none is. False if there is no memory. */
static bool add_page(struct mcopy_memory *memory, unsigned long index)
{
	struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);

	if (!page)
		return false;
	/* Whoever finds the entry may take it out again at once. */
	atomic_long_inc(&memory->used_count);
	/* Orders the entry before the reads of tracking and closed. */
	if (cmpxchg(&memory->pages[index], NULL, page)) {
		atomic_long_dec(&memory->used_count);
		put_page(page);
	}
	return true;
}

/**
 * mcopy_page_make() - get the page at an index, made if need be
 * @memory:	of the device
 * @index:	within it
 *
 * Return: the page, locked, with a reference; NULL if there is no memory.
 */
struct page *mcopy_page_make(struct mcopy_memory *memory, unsigned long index)
{
	struct page *page;

	do {
		page = mcopy_page_find(memory, index);
		if (page)
			return page;
	} while (add_page(memory, index));
	return NULL;
}

void mcopy_page_release(struct page *page)
{
	unlock_page(page);
	put_page(page);
}

/* The page was written; its lock is held. */
void mcopy_page_mark(struct mcopy_memory *memory, unsigned long index)
{
	if (READ_ONCE(memory->tracking) &&
	    !test_and_set_bit(index, memory->dirty) &&
	    atomic_long_inc_return(&memory->dirty_count) == 1)
		vmig_dirtied(memory->vmig);
}

/* The page is about to be fetched, or gone; its lock is held. */
void mcopy_page_unmark(struct mcopy_memory *memory, unsigned long index)
{
	if (test_and_clear_bit(index, memory->dirty))
		atomic_long_dec(&memory->dirty_count);
}
