/* SPDX-License-Identifier: GPL-2.0 */
/* Device memory: pages made when they are first written. */
#ifndef MCOPY_MEMORY_H
#define MCOPY_MEMORY_H

#include <linux/atomic.h>
#include <linux/types.h>

struct page;

/**
 * struct mcopy_memory - memory of one device
 * @pages:	its pages; NULL is a page of zeros that was never written
 * @count:	how many
 * @dirty:	a bit for each page that was written and not fetched since
 * @dirty_count: bits set in @dirty
 * @tracking:	writes set bits in @dirty
 *
 * A page's lock covers its content together with its dirty bit: a write is in
 * the copy that is fetched, or marks the page again. It is never held over an
 * access to user memory. Entries change under the device's lock, and fetching
 * is excluded from clearing by vmig's.
 */
struct mcopy_memory {
	struct page **pages;
	unsigned long count;
	unsigned long *dirty;
	atomic_long_t dirty_count;
	bool tracking;
};

int mcopy_memory_alloc(struct mcopy_memory *memory, u64 size);
void mcopy_memory_free(struct mcopy_memory *memory);
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
void mcopy_memory_untrack(struct mcopy_memory *memory);
bool mcopy_memory_fetch(struct mcopy_memory *memory, u64 *pos, void *buf);

static inline unsigned long
mcopy_memory_dirty(const struct mcopy_memory *memory)
{
	return atomic_long_read(&memory->dirty_count);
}

#endif /* MCOPY_MEMORY_H */
