// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory. Every access goes page by page, each under the lock of its
 * page: that is what makes "fetch and mark clean" and "write and mark dirty"
 * exclude each other, so that no write is lost between them.
 */
#include <linux/bitmap.h>
#include <linux/crc32c.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
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

static struct mcopy_memory *alloc_memory(unsigned long count)
{
	struct mcopy_memory *memory = kzalloc(sizeof(*memory), GFP_KERNEL);

	if (!memory)
		return NULL;
	memory->pages = kvcalloc(count, sizeof(*memory->pages),
				 GFP_KERNEL_ACCOUNT);
	memory->dirty = kvcalloc(BITS_TO_LONGS(count), sizeof(long),
				 GFP_KERNEL_ACCOUNT);
	if (!memory->pages || !memory->dirty) {
		mcopy_memory_free(memory);
		return NULL;
	}
	memory->count = count;
	return memory;
}

/*
 * No mapping is left and nobody can make one. A fault that came while the
 * device was closed may have left a page behind.
 */
void mcopy_memory_free(struct mcopy_memory *memory)
{
	unsigned long i;

	for (i = 0; i < memory->count; i++)
		if (memory->pages[i])
			put_page(memory->pages[i]);
	kvfree(memory->pages);
	kvfree(memory->dirty);
	kfree(memory);
}

/**
 * mcopy_memory_open() - make memory, but none of its pages
 * @vmig:	the device, which knows its size
 *
 * Return: the memory, or an ERR_PTR
 */
struct mcopy_memory *mcopy_memory_open(struct vmig_device *vmig)
{
	struct mcopy_memory *memory = alloc_memory(vmig->memory_size >>
						   PAGE_SHIFT);
	struct file *file;

	if (!memory)
		return ERR_PTR(-ENOMEM);
	file = mcopy_memory_file(memory);
	if (IS_ERR(file)) {
		mcopy_memory_free(memory);
		return ERR_CAST(file);
	}
	memory->vmig = vmig;
	memory->file = file;
	return memory;
}

/**
 * mcopy_memory_close() - take the memory away from all who have it
 * @memory:	no more use
 *
 * A mapping does not hold the device's file, so one may be left, writable,
 * when the device is closed. It gets SIGBUS; the memory itself goes with the
 * last one.
 */
void mcopy_memory_close(struct mcopy_memory *memory)
{
	WRITE_ONCE(memory->closed, true);
	/* Pairs with the cmpxchg() of a fault handler that adds a page. */
	smp_mb();
	mcopy_memory_clear(memory);
	fput(memory->file);
}

/* Take a page out. Its lock is held. */
static void remove_page(struct mcopy_memory *memory, unsigned long index)
{
	struct page *page = memory->pages[index];

	WRITE_ONCE(memory->pages[index], NULL);
	atomic_long_dec(&memory->used_count);
	mcopy_page_unmark(memory, index);
	mcopy_memory_unmap(memory, index);
	put_page(page);
}

/*
 * Make all of it zero by taking all pages away. What was fetched is not
 * fetched again: to be called when there is no saving session only.
 */
void mcopy_memory_clear(struct mcopy_memory *memory)
{
	unsigned long i;

	for (i = 0; i < memory->count; i++) {
		struct page *page = mcopy_page_find(memory, i);

		if (page) {
			remove_page(memory, i);
			mcopy_page_release(page);
		}
		cond_resched();
	}
}

/*
 * Make all of it zero as the guest asks for it. Unlike mcopy_memory_clear()
 * this is a write: a page that was fetched already has to be fetched again.
 */
void mcopy_memory_wipe(struct mcopy_memory *memory)
{
	unsigned long i;

	for (i = 0; i < memory->count; i++) {
		struct page *page = mcopy_page_find(memory, i);

		if (page) {
			clear_highpage(page);
			mcopy_page_mark(memory, i);
			mcopy_page_release(page);
		}
		cond_resched();
	}
}

/* A page to write to, and where the piece is in it. */
static void *begin_write(struct mcopy_memory *memory, struct piece piece,
			 struct page **page)
{
	*page = mcopy_page_make(memory, piece.index);
	if (!*page)
		return NULL;
	return kmap_local_page(*page) + piece.offset;
}

static void end_write(struct mcopy_memory *memory, struct piece piece,
		      struct page *page, void *at)
{
	kunmap_local(at);
	mcopy_page_mark(memory, piece.index);
	mcopy_page_release(page);
}

/**
 * mcopy_memory_write() - store bytes
 * @memory:	of the device
 * @pos:	where; with @length within the memory
 * @buf:	kernel memory
 * @length:	how many
 *
 * Return: 0, or -ENOMEM with the bytes before the missing page stored.
 */
int mcopy_memory_write(struct mcopy_memory *memory, u64 pos, const void *buf,
		       u64 length)
{
	while (length) {
		struct piece piece = first_piece(pos, length);
		struct page *page;
		void *at = begin_write(memory, piece, &page);

		if (!at)
			return -ENOMEM;
		memcpy(at, buf, piece.length);
		end_write(memory, piece, page, at);
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
		struct page *page;
		__le64 *at = begin_write(memory, piece, &page);
		unsigned int i;

		if (!at)
			return -ENOMEM;
		for (i = 0; i < piece.length / sizeof(*at); i++)
			at[i] = cpu_to_le64((seed + pos + i * sizeof(*at)) *
					    MCOPY_FILL_FACTOR);
		end_write(memory, piece, page, at);
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
		struct page *page = mcopy_page_find(memory, piece.index);
		void *at = kmap_local_page(page ?: ZERO_PAGE(0));

		use(arg, at + piece.offset, piece.length);
		kunmap_local(at);
		if (page)
			mcopy_page_release(page);
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

/* Call @change for each page that exists, under its lock. */
static void change_pages(struct mcopy_memory *memory,
			 void (*change)(struct mcopy_memory *memory,
					unsigned long index))
{
	unsigned long i;

	for (i = 0; i < memory->count; i++) {
		struct page *page = mcopy_page_find(memory, i);

		if (page) {
			change(memory, i);
			mcopy_page_release(page);
		}
		cond_resched();
	}
}

/**
 * mcopy_memory_track() - note from now on which pages are written
 * @memory:	of the device
 *
 * Every page that exists counts as dirty, so none has to be protected before
 * it is fetched. One that a fault handler makes meanwhile either is seen here,
 * or its maker sees that writes are tracked.
 */
void mcopy_memory_track(struct mcopy_memory *memory)
{
	WRITE_ONCE(memory->tracking, true);
	/* Pairs with the cmpxchg() of a fault handler that adds a page. */
	smp_mb();
	change_pages(memory, mcopy_page_mark);
}

/**
 * mcopy_memory_freeze() - note no more writes, but keep what was noted
 * @memory:	of the device
 *
 * For a device that is halted: it does not write, and what a mapping still
 * stores is nobody's state. Noted, it could keep a save from ever ending.
 */
void mcopy_memory_freeze(struct mcopy_memory *memory)
{
	WRITE_ONCE(memory->tracking, false);
}

void mcopy_memory_untrack(struct mcopy_memory *memory)
{
	WRITE_ONCE(memory->tracking, false);
	/* As above: no bit may be set behind our back. */
	smp_mb();
	change_pages(memory, mcopy_page_unmark);
}

static bool find_dirty(const struct mcopy_memory *memory, unsigned long start,
		       unsigned long *found)
{
	*found = find_next_bit(memory->dirty, memory->count, start);
	if (*found >= memory->count)
		*found = find_first_bit(memory->dirty, memory->count);
	return *found < memory->count;
}

/* References to a page that nobody uses: the table's and the finder's. */
#define IDLE_REFERENCES	2

/**
 * mcopy_memory_fetch() - copy the next dirty page and mark it clean
 * @memory:	of the device
 * @pos:	where to look first; set to where the page is
 * @buf:	room for a page
 *
 * First the bit, then the mapping, then the copy, all under the page's lock: a
 * store is in the copy, or faults and sets the bit again. The lock also keeps
 * out a fault handler that has set the bit, but whose entry in the page table
 * is not writable yet.
 *
 * Who pinned the page, for a read() with O_DIRECT say, writes to it without a
 * fault. While there is somebody, the page stays dirty.
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

	page = mcopy_page_find(memory, i);
	if (WARN_ON_ONCE(!page))
		return false;
	mcopy_page_unmark(memory, i);
	mcopy_memory_unmap(memory, i);
	if (page_ref_count(page) > IDLE_REFERENCES)
		mcopy_page_mark(memory, i);
	at = kmap_local_page(page);
	memcpy(buf, at, PAGE_SIZE);
	kunmap_local(at);
	mcopy_page_release(page);
	*pos = (u64)i << PAGE_SHIFT;
	return true;
}
