// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory. Every access goes page by page, each under the lock of its
 * page: that is what makes "fetch and mark clean" and "write and mark dirty"
 * exclude each other, so that no write is lost between them.
 */
#include <linux/bitmap.h>
#include <linux/crc32c.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/vmig.h>
#include <uapi/linux/mcopy.h>

#include "memory.h"

/* One page here is one page of the stream. */
static_assert(PAGE_SIZE == VMIG_PAGE_SIZE);

/* A part of an access that lies within one page. */
struct piece {
	unsigned long index;
	unsigned int offset;
	unsigned int length;
};

static struct piece first_piece(u64 pos, u64 length)
{
	struct piece piece = {
		.index = pos >> PAGE_SHIFT,
		.offset = offset_in_page(pos),
	};

	piece.length = min_t(u64, length, PAGE_SIZE - piece.offset);
	return piece;
}

/**
 * mcopy_memory_alloc() - make room for the pages, but none of them
 * @memory:	to set up
 * @size:	bytes, a multiple of PAGE_SIZE
 *
 * Return: 0 or -ENOMEM
 */
int mcopy_memory_alloc(struct mcopy_memory *memory, u64 size)
{
	unsigned long count = size >> PAGE_SHIFT;

	memory->pages = kvcalloc(count, sizeof(*memory->pages),
				 GFP_KERNEL_ACCOUNT);
	memory->dirty = kvcalloc(BITS_TO_LONGS(count), sizeof(long),
				 GFP_KERNEL_ACCOUNT);
	if (!memory->pages || !memory->dirty) {
		mcopy_memory_free(memory);
		return -ENOMEM;
	}
	memory->count = count;
	atomic_long_set(&memory->dirty_count, 0);
	memory->tracking = false;
	return 0;
}

/* Undo mcopy_memory_alloc(). Nobody may be using the memory. */
void mcopy_memory_free(struct mcopy_memory *memory)
{
	if (memory->count)
		mcopy_memory_clear(memory);
	kvfree(memory->pages);
	kvfree(memory->dirty);
	*memory = (struct mcopy_memory) {};
}

/* Make all of it zero. Writers are kept out by the caller. */
void mcopy_memory_clear(struct mcopy_memory *memory)
{
	unsigned long i;

	for (i = 0; i < memory->count; i++) {
		struct page *page = memory->pages[i];

		if (!page)
			continue;
		lock_page(page);
		memory->pages[i] = NULL;
		unlock_page(page);
		put_page(page);
		cond_resched();
	}
	bitmap_zero(memory->dirty, memory->count);
	atomic_long_set(&memory->dirty_count, 0);
}

static void mark_dirty(struct mcopy_memory *memory, unsigned long index)
{
	if (memory->tracking && !test_and_set_bit(index, memory->dirty))
		atomic_long_inc(&memory->dirty_count);
}

/*
 * Make all of it zero as the guest asks for it. Unlike mcopy_memory_clear()
 * this is a write: a page that was fetched already has to be fetched again.
 */
void mcopy_memory_wipe(struct mcopy_memory *memory)
{
	unsigned long i;

	for (i = 0; i < memory->count; i++) {
		struct page *page = memory->pages[i];

		if (!page)
			continue;
		lock_page(page);
		clear_highpage(page);
		mark_dirty(memory, i);
		unlock_page(page);
		cond_resched();
	}
}

/* The page to write to, made if it is not there yet. Writers are serialised. */
static struct page *page_for_write(struct mcopy_memory *memory,
				   unsigned long index)
{
	struct page *page = memory->pages[index];

	if (!page) {
		page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		memory->pages[index] = page;
	}
	return page;
}

static void *begin_write(struct mcopy_memory *memory, struct piece piece)
{
	struct page *page = page_for_write(memory, piece.index);

	if (!page)
		return NULL;
	lock_page(page);
	return kmap_local_page(page) + piece.offset;
}

static void end_write(struct mcopy_memory *memory, struct piece piece,
		      void *at)
{
	struct page *page = memory->pages[piece.index];

	kunmap_local(at);
	mark_dirty(memory, piece.index);
	unlock_page(page);
}

/**
 * mcopy_memory_write() - store bytes
 * @memory:	of the device
 * @pos:	where; with @length within the memory
 * @buf:	kernel memory
 * @length:	how many
 *
 * Writers are serialised by the caller.
 *
 * Return: 0, or -ENOMEM with the bytes before the missing page stored.
 */
int mcopy_memory_write(struct mcopy_memory *memory, u64 pos, const void *buf,
		       u64 length)
{
	while (length) {
		struct piece piece = first_piece(pos, length);
		void *at = begin_write(memory, piece);

		if (!at)
			return -ENOMEM;
		memcpy(at, buf, piece.length);
		end_write(memory, piece, at);
		pos += piece.length;
		buf += piece.length;
		length -= piece.length;
	}
	return 0;
}

/* Store the pattern of MCOPY_COMMAND_FILL. As mcopy_memory_write(). */
int mcopy_memory_fill(struct mcopy_memory *memory, u64 pos, u64 length,
		      u64 seed)
{
	while (length) {
		struct piece piece = first_piece(pos, length);
		__le64 *at = begin_write(memory, piece);
		unsigned int i;

		if (!at)
			return -ENOMEM;
		for (i = 0; i < piece.length / sizeof(*at); i++)
			at[i] = cpu_to_le64((seed + pos + i * sizeof(*at)) *
					    MCOPY_FILL_FACTOR);
		end_write(memory, piece, at);
		pos += piece.length;
		length -= piece.length;
		cond_resched();
	}
	return 0;
}

/* Call @use for each piece, with its bytes or, where no page is, zeros. */
static void walk(struct mcopy_memory *memory, u64 pos, u64 length,
		 void (*use)(void *arg, const void *at, u32 length),
		 void *arg)
{
	while (length) {
		struct piece piece = first_piece(pos, length);
		struct page *page = memory->pages[piece.index];
		void *at;

		if (!page)
			page = ZERO_PAGE(0);
		else
			lock_page(page);
		at = kmap_local_page(page);
		use(arg, at + piece.offset, piece.length);
		kunmap_local(at);
		if (page != ZERO_PAGE(0))
			unlock_page(page);
		pos += piece.length;
		length -= piece.length;
		cond_resched();
	}
}

static void copy_piece(void *arg, const void *at, u32 length)
{
	void **to = arg;

	memcpy(*to, at, length);
	*to += length;
}

static void sum_piece(void *arg, const void *at, u32 length)
{
	u32 *crc = arg;

	*crc = crc32c(*crc, at, length);
}

/* Load bytes to kernel memory; the range is within the memory. */
void mcopy_memory_read(struct mcopy_memory *memory, u64 pos, void *buf,
		       u64 length)
{
	walk(memory, pos, length, copy_piece, &buf);
}

/* CRC32C of a range within the memory. */
u32 mcopy_memory_crc(struct mcopy_memory *memory, u64 pos, u64 length)
{
	u32 crc = ~0U;

	walk(memory, pos, length, sum_piece, &crc);
	return ~crc;
}

/* Track writes from now on; every page that exists counts as dirty. */
void mcopy_memory_track(struct mcopy_memory *memory)
{
	unsigned long i;

	memory->tracking = true;
	for (i = 0; i < memory->count; i++)
		if (memory->pages[i])
			mark_dirty(memory, i);
}

void mcopy_memory_untrack(struct mcopy_memory *memory)
{
	memory->tracking = false;
	bitmap_zero(memory->dirty, memory->count);
	atomic_long_set(&memory->dirty_count, 0);
}

static bool find_dirty(const struct mcopy_memory *memory, unsigned long start,
		       unsigned long *found)
{
	*found = find_next_bit(memory->dirty, memory->count, start);
	if (*found >= memory->count)
		*found = find_first_bit(memory->dirty, memory->count);
	return *found < memory->count;
}

/**
 * mcopy_memory_fetch() - copy the next dirty page and mark it clean
 * @memory:	of the device
 * @pos:	where to look first; set to where the page is
 * @buf:	room for a page
 *
 * The bit is cleared before the copy is taken and both under the page's lock,
 * so a write is either in the copy or sets the bit again.
 *
 * Return: false if no page is dirty.
 */
bool mcopy_memory_fetch(struct mcopy_memory *memory, u64 *pos, void *buf)
{
	struct page *page;
	unsigned long i;
	void *at;

	if (!find_dirty(memory, *pos >> PAGE_SHIFT, &i))
		return false;

	page = memory->pages[i];
	lock_page(page);
	if (test_and_clear_bit(i, memory->dirty))
		atomic_long_dec(&memory->dirty_count);
	at = kmap_local_page(page);
	memcpy(buf, at, PAGE_SIZE);
	kunmap_local(at);
	unlock_page(page);
	*pos = (u64)i << PAGE_SHIFT;
	return true;
}
