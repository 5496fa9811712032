/* SPDX-License-Identifier: GPL-2.0 */
/* The v1 migration protocol: registers and a data window in one region. */
#ifndef VMIG_TEST_MIGRATION_H
#define VMIG_TEST_MIGRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "vfio.h"

/* The words of the device_state register. */
#define STATE_STOP		0U
#define STATE_RUNNING		1U
#define STATE_STOP_COPY		2U
#define STATE_PRE_COPY		3U
#define STATE_RESUMING		4U

#define MIGRATION_OFFSET(field) \
	offsetof(struct vfio_device_migration_info, field)

/* Between device_state and pending_bytes; reads as 0, ignores writes. */
#define MIGRATION_RESERVED	4

/* Has the region a register there, of this width? */
bool migration_has_register(uint64_t offset, size_t width);

/**
 * struct migration - a device's migration region
 * @vfio:	the device
 * @region:	the region
 * @window:	the mapped window, NULL if data goes by read() and write()
 * @window_offset: in the region
 * @window_size: in bytes
 */
struct migration {
	const struct vfio *vfio;
	struct vfio_region region;
	uint8_t *window;
	uint64_t window_offset;
	uint64_t window_size;
};

/* All functions return 0 (or what they say) or a negative errno. */

/* Find the region by its type. -ENODEV if there is none. */
int migration_find(struct migration *migration, const struct vfio *vfio);

/* From here on data goes through the mapped window, or no more. */
int migration_map(struct migration *migration);
void migration_unmap(struct migration *migration);

/* Registers of 4 and of 8 bytes. */
int migration_get(const struct migration *migration, uint64_t offset,
		  void *value, size_t size);
int migration_set(const struct migration *migration, uint64_t offset,
		  const void *value, size_t size);

/* Return: the word that device_state reads as. */
int migration_state(const struct migration *migration);
int migration_set_state(const struct migration *migration, uint32_t word);

int migration_pending(const struct migration *migration, uint64_t *pending);
int migration_data_offset(const struct migration *migration, uint64_t *offset);
int migration_data_size(const struct migration *migration, uint64_t *size);

/* Bytes of the window, by map or by trap. */
int migration_fetch(const struct migration *migration, uint64_t offset,
		    void *data, size_t length);
int migration_store(const struct migration *migration, uint64_t offset,
		    const void *data, size_t length);

/* Stage and fetch one segment, append it. Return: its length, or -errno. */
int migration_segment(const struct migration *migration, struct buffer *stream);

/* Fetch segments until nothing is pending. */
int migration_drain(const struct migration *migration, struct buffer *stream);

/* Hand in bytes, at most @chunk at once, in state RESUMING. */
int migration_feed(const struct migration *migration, const void *data,
		   size_t length, size_t chunk);

/* Stop the device and save it in one go; it ends in STATE_STOP. */
int migration_save(const struct migration *migration, struct buffer *stream);

/* Load a stream; the device runs afterwards. */
int migration_load(const struct migration *migration,
		   const struct buffer *stream);

#endif /* VMIG_TEST_MIGRATION_H */
