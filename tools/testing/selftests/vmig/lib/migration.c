// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "migration.h"

static bool is_migration(const struct vfio_region *region)
{
	return region->type == VFIO_REGION_TYPE_MIGRATION_DEPRECATED &&
	       region->subtype == VFIO_REGION_SUBTYPE_MIGRATION_DEPRECATED;
}

int migration_find(struct migration *migration, const struct vfio *vfio)
{
	uint32_t index;

	memset(migration, 0, sizeof(*migration));
	migration->vfio = vfio;
	for (index = 0; index < vfio->info.num_regions; index++) {
		struct vfio_region *region = &migration->region;

		if (vfio_region(vfio, index, region) || !is_migration(region))
			continue;
		if (region->areas != 1)
			return -EBADMSG;
		migration->window_offset = region->area[0].offset;
		migration->window_size = region->area[0].size;
		return 0;
	}
	return -ENODEV;
}

bool migration_has_register(uint64_t offset, size_t width)
{
	static const struct {
		uint64_t offset;
		size_t width;
	} registers[] = {
		{ MIGRATION_OFFSET(device_state), 4 },
		{ MIGRATION_RESERVED, 4 },
		{ MIGRATION_OFFSET(pending_bytes), 8 },
		{ MIGRATION_OFFSET(data_offset), 8 },
		{ MIGRATION_OFFSET(data_size), 8 },
	};
	size_t i;

	for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		if (registers[i].offset == offset &&
		    registers[i].width == width)
			return true;
	return false;
}

int migration_map(struct migration *migration)
{
	void *window;

	if (migration->window)
		return 0;
	window = mmap(NULL, migration->window_size, PROT_READ | PROT_WRITE,
		      MAP_SHARED, migration->vfio->device,
		      migration->region.offset + migration->window_offset);
	if (window == MAP_FAILED)
		return -errno;
	migration->window = window;
	return 0;
}

void migration_unmap(struct migration *migration)
{
	if (migration->window)
		munmap(migration->window, migration->window_size);
	migration->window = NULL;
}

int migration_get(const struct migration *migration, uint64_t offset,
		  void *value, size_t size)
{
	return vfio_read(migration->vfio, migration->region.index, offset,
			 value, size);
}

int migration_set(const struct migration *migration, uint64_t offset,
		  const void *value, size_t size)
{
	return vfio_write(migration->vfio, migration->region.index, offset,
			  value, size);
}

int migration_state(const struct migration *migration)
{
	uint32_t word;
	int ret = migration_get(migration, MIGRATION_OFFSET(device_state),
				&word, sizeof(word));

	return ret ? ret : (int)word;
}

int migration_set_state(const struct migration *migration, uint32_t word)
{
	return migration_set(migration, MIGRATION_OFFSET(device_state), &word,
			     sizeof(word));
}

int migration_pending(const struct migration *migration, uint64_t *pending)
{
	return migration_get(migration, MIGRATION_OFFSET(pending_bytes),
			     pending, sizeof(*pending));
}

int migration_data_offset(const struct migration *migration, uint64_t *offset)
{
	return migration_get(migration, MIGRATION_OFFSET(data_offset), offset,
			     sizeof(*offset));
}

int migration_data_size(const struct migration *migration, uint64_t *size)
{
	return migration_get(migration, MIGRATION_OFFSET(data_size), size,
			     sizeof(*size));
}

static bool in_window(const struct migration *migration, uint64_t offset,
		      size_t length)
{
	return offset >= migration->window_offset &&
	       length <= migration->window_size &&
	       offset - migration->window_offset <=
			migration->window_size - length;
}

int migration_fetch(const struct migration *migration, uint64_t offset,
		    void *data, size_t length)
{
	if (!in_window(migration, offset, length))
		return -ERANGE;
	if (!migration->window)
		return migration_get(migration, offset, data, length);
	memcpy(data, migration->window + (offset - migration->window_offset),
	       length);
	return 0;
}

int migration_store(const struct migration *migration, uint64_t offset,
		    const void *data, size_t length)
{
	if (!in_window(migration, offset, length))
		return -ERANGE;
	if (!migration->window)
		return migration_set(migration, offset, data, length);
	memcpy(migration->window + (offset - migration->window_offset), data,
	       length);
	return 0;
}

int migration_segment(const struct migration *migration, struct buffer *stream)
{
	uint64_t offset, size;
	void *to;
	int ret = migration_data_offset(migration, &offset);

	if (!ret)
		ret = migration_data_size(migration, &size);
	if (ret)
		return ret;
	if (size > migration->window_size)
		return -EOVERFLOW;
	to = buffer_extend(stream, size);
	if (!to)
		return -ENOMEM;
	ret = migration_fetch(migration, offset, to, size);
	return ret ? ret : (int)size;
}

int migration_drain(const struct migration *migration, struct buffer *stream)
{
	uint64_t pending;
	int ret;

	for (;;) {
		ret = migration_pending(migration, &pending);
		if (ret || !pending)
			return ret;
		ret = migration_segment(migration, stream);
		if (ret < 0)
			return ret;
		/* An empty segment ends QEMU's loop with data still missing. */
		if (!ret)
			return -ENODATA;
	}
}

int migration_feed(const struct migration *migration, const void *data,
		   size_t length, size_t chunk)
{
	const uint8_t *from = data;
	int ret = 0;

	while (length && !ret) {
		uint64_t size = length < chunk ? length : chunk;
		uint64_t offset;

		ret = migration_data_offset(migration, &offset);
		if (!ret)
			ret = migration_store(migration, offset, from, size);
		if (!ret)
			ret = migration_set(migration,
					    MIGRATION_OFFSET(data_size), &size,
					    sizeof(size));
		from += size;
		length -= size;
	}
	return ret;
}

int migration_save(const struct migration *migration, struct buffer *stream)
{
	int ret = migration_set_state(migration, STATE_STOP_COPY);

	if (!ret)
		ret = migration_drain(migration, stream);
	if (!ret)
		ret = migration_set_state(migration, STATE_STOP);
	return ret;
}

int migration_load(const struct migration *migration,
		   const struct buffer *stream)
{
	int ret = migration_set_state(migration, STATE_RESUMING);

	if (!ret)
		ret = migration_feed(migration, stream->data, stream->length,
				     migration->window_size);
	if (!ret)
		ret = migration_set_state(migration, STATE_RUNNING);
	return ret;
}
