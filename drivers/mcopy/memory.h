/* SPDX-License-Identifier: GPL-2.0 */
/* Device memory: pages made when they are first touched. */
#ifndef MCOPY_MEMORY_H
#define MCOPY_MEMORY_H

#include <linux/atomic.h>
#include <linux/types.h>

struct file;
struct file_operations;
struct page;
struct vm_area_struct;
struct vmig_device;

/**
 * struct mcopy_memory - memory of one open device
 * @vmig:	the device, to be told what is dirty
 * @pages:	its pages; NULL is a page of zeros that was never touched
 * @count:	how many
 * @used_count:	pages that are there
 * @dirty:	a bit for each page that was written and not fetched since
 * @dirty_count: bits set in @dirty
 * @tracking:	writes set bits in @dirty
 * @closed:	the device was closed; who still has it mapped gets SIGBUS
 * @file:	what it is mapped through
 *
 * A page's lock covers its content together with its entry and its dirty bit.
 * An entry can be made without it, from NULL only; who finds an entry takes a
 * reference, the lock, and looks again. A page's lock is innermost, fault
 * handlers take nothing else, and nobody holds it over an access to user
 * memory: that may be device memory, too.
 */
struct mcopy_memory {
	struct vmig_device *vmig;
	struct page **pages;
	unsigned long count;
	atomic_long_t used_count;
	unsigned long *dirty;
	atomic_long_t dirty_count;
	bool tracking;
	bool closed;
	struct file *file;
};

struct mcopy_memory *mcopy_memory_open(struct vmig_device *vmig);
void mcopy_memory_close(struct mcopy_memory *memory);
void mcopy_memory_clear(struct mcopy_memory *memory);
void mcopy_memory_wipe(struct mcopy_memory *memory);

int mcopy_memory_write(struct mcopy_memory *memory, u64 pos, const void *buf,
		       u64 length);
void mcopy_memory_read(struct mcopy_memory *memory, u64 pos, void *buf,
		       u64 length);
int mcopy_memory_fill(struct mcopy_memory *memory, u64 pos, u64 length,
		      u64 seed);
u32 mcopy_memory_crc(struct mcopy_memory *memory, u64 pos, u64 length);

void mcopy_memory_track(struct mcopy_memory *memory);
void mcopy_memory_freeze(struct mcopy_memory *memory);
void mcopy_memory_untrack(struct mcopy_memory *memory);
bool mcopy_memory_fetch(struct mcopy_memory *memory, u64 *pos, void *buf);

static inline unsigned long mcopy_memory_used(const struct mcopy_memory *memory)
{
	return atomic_long_read(&memory->used_count);
}

static inline unsigned long
mcopy_memory_dirty(const struct mcopy_memory *memory)
{
	return atomic_long_read(&memory->dirty_count);
}

/* pages.c: a page, locked and with a reference */
struct page *mcopy_page_find(struct mcopy_memory *memory, unsigned long index);
struct page *mcopy_page_make(struct mcopy_memory *memory, unsigned long index);
bool mcopy_page_is_at(const struct mcopy_memory *memory, unsigned long index,
		      const struct page *page);
void mcopy_page_release(struct page *page);
void mcopy_page_mark(struct mcopy_memory *memory, unsigned long index);
void mcopy_page_unmark(struct mcopy_memory *memory, unsigned long index);

/* memory_map.c */
struct file *mcopy_memory_file(struct mcopy_memory *memory);
bool mcopy_memory_mappable(void);
int mcopy_memory_mmap(struct mcopy_memory *memory, struct vm_area_struct *vma,
		      unsigned long first_page);
void mcopy_memory_unmap(struct mcopy_memory *memory, unsigned long index);
void mcopy_memory_free(struct mcopy_memory *memory);

/* memory_fs.c */
struct file *mcopy_memory_fs_file(const struct file_operations *fops,
				  void *data);
void mcopy_memory_fs_release(void);

#endif /* MCOPY_MEMORY_H */
