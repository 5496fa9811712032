// SPDX-License-Identifier: GPL-2.0
/*
 * The window: however its bytes are taken out or put in, they are the same,
 * and the stream does not care how it was cut.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "lib/sizes.h"
#include "test.h"

#define SEED	0x77696e
#define PAGES	40

/* How a client gets at the window. */
enum way {
	WAY_MAP,
	WAY_WHOLE,	/* one call */
	WAY_QEMU,	/* QEMU 7.2 with x-no-mmap: 8, 4, 2, 1 by alignment */
	WAY_ODD,	/* 1, 3, 8, 1000, 4097 in turn */
};

FIXTURE(window)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct buffer stream;
	uint8_t *expected;
	uint8_t *seen;
};

FIXTURE_VARIANT(window)
{
	enum way way;
};

FIXTURE_VARIANT_ADD(window, mapped)
{
	.way = WAY_MAP,
};

FIXTURE_VARIANT_ADD(window, trapped)
{
	.way = WAY_WHOLE,
};

FIXTURE_VARIANT_ADD(window, trapped_as_qemu)
{
	.way = WAY_QEMU,
};

FIXTURE_VARIANT_ADD(window, trapped_in_odd_pieces)
{
	.way = WAY_ODD,
};

FIXTURE_SETUP(window)
{
	test_open(_metadata, &self->bench, 2);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->expected = malloc(BENCH_MEMORY);
	self->seen = malloc(BENCH_MEMORY);
	ASSERT_NE(NULL, self->expected);
	ASSERT_NE(NULL, self->seen);
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, PAGES * MCOPY_PAGE,
				SEED));
	mcopy_expected(0, PAGES * MCOPY_PAGE, SEED, self->expected);
	if (variant->way == WAY_MAP) {
		ASSERT_EQ(0, migration_map(&self->source->migration));
		ASSERT_EQ(0, migration_map(&self->target->migration));
	}
}

FIXTURE_TEARDOWN(window)
{
	free(self->expected);
	free(self->seen);
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

static size_t piece_size(enum way way, uint64_t offset, size_t left,
			 unsigned int turn)
{
	static const size_t odd[] = { 1, 3, 8, 1000, 4097 };
	size_t size = left;

	if (way == WAY_QEMU)
		for (size = 8; size > left || offset % size; size /= 2)
			;
	if (way == WAY_ODD)
		size = odd[turn % ARRAY_SIZE(odd)];
	return size < left ? size : left;
}

/* Fetch to @to or, if that is NULL, store from @from. */
static int in_pieces(const struct migration *migration, enum way way,
		     uint64_t offset, uint8_t *to, const uint8_t *from,
		     size_t length)
{
	unsigned int turn = 0;
	size_t done = 0;
	int ret = 0;

	while (done < length && !ret) {
		size_t size = piece_size(way, offset + done, length - done,
					 turn++);

		if (to)
			ret = migration_fetch(migration, offset + done,
					      to + done, size);
		else
			ret = migration_store(migration, offset + done,
					      from + done, size);
		done += size;
	}
	return ret;
}

static int fetch(const struct migration *migration, enum way way,
		 uint64_t offset, uint8_t *to, size_t length)
{
	return in_pieces(migration, way, offset, to, NULL, length);
}

static int store(const struct migration *migration, enum way way,
		 uint64_t offset, const uint8_t *from, size_t length)
{
	return in_pieces(migration, way, offset, NULL, from, length);
}

static int consume(const struct migration *migration, uint64_t size)
{
	return migration_set(migration, MIGRATION_OFFSET(data_size), &size,
			     sizeof(size));
}

/* Hand in one chunk as QEMU does to a window of @room bytes. */
static int feed_chunk(const struct migration *migration, enum way way,
		      const uint8_t *from, size_t length, size_t room)
{
	int ret = 0;

	while (length && !ret) {
		const size_t size = length < room ? length : room;
		uint64_t offset;

		ret = migration_data_offset(migration, &offset);
		if (!ret)
			ret = store(migration, way, offset, from, size);
		if (!ret)
			ret = consume(migration, size);
		from += size;
		length -= size;
	}
	return ret;
}

static int feed(const struct migration *migration, enum way way,
		const struct buffer *stream, size_t chunk, size_t room)
{
	size_t at;
	int ret = 0;

	for (at = 0; at < stream->length && !ret; at += chunk) {
		size_t left = stream->length - at;

		ret = feed_chunk(migration, way, stream->data + at,
				 left < chunk ? left : chunk, room);
	}
	return ret;
}

static void expect_loaded(struct __test_metadata *_metadata,
			  const struct vfio *vfio, const uint8_t *expected,
			  uint8_t *seen)
{
	ASSERT_EQ(0, mcopy_memory_read(vfio, 0, seen, PAGES * MCOPY_PAGE));
	EXPECT_EQ(0, memcmp(expected, seen, PAGES * MCOPY_PAGE));
}

/* While saving: what is fetched this way is what any other would fetch. */
TEST_F(window, gives_the_same_bytes_when_saving)
{
	const struct migration *migration = &self->source->migration;
	uint64_t offset, size, pending;
	uint8_t *bytes;

	ASSERT_EQ(0, migration_set_state(migration, STATE_STOP_COPY));
	ASSERT_EQ(0, migration_pending(migration, &pending));
	ASSERT_EQ(0, migration_data_offset(migration, &offset));
	ASSERT_EQ(0, migration_data_size(migration, &size));
	ASSERT_EQ(SIZE_OPENING + PAGES * SIZE_PAGE + SIZE_CLOSING, size);
	bytes = buffer_extend(&self->stream, size);
	ASSERT_NE(NULL, bytes);
	ASSERT_EQ(0, fetch(migration, variant->way, offset, bytes, size));
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	/* Against both plain ways, before it is acknowledged. */
	ASSERT_EQ(0, migration_get(migration, offset, self->seen, size));
	EXPECT_EQ(0, memcmp(bytes, self->seen, size));
	ASSERT_EQ(0, migration_map(&self->source->migration));
	EXPECT_EQ(0, memcmp(bytes, migration->window, size));
	ASSERT_EQ(0, migration_pending(migration, &pending));
	EXPECT_EQ(0, pending);
}

/* While resuming: what is put in this way can be seen by any other. */
TEST_F(window, takes_the_same_bytes_when_resuming)
{
	const struct migration *migration = &self->target->migration;
	uint64_t offset;

	ASSERT_EQ(0, migration_save(&self->source->migration, &self->stream));
	ASSERT_EQ(0, migration_set_state(migration, STATE_RESUMING));
	ASSERT_EQ(0, migration_data_offset(migration, &offset));
	ASSERT_EQ(0, store(migration, variant->way, offset, self->stream.data,
			   self->stream.length));
	ASSERT_EQ(0, migration_get(migration, offset, self->seen,
				   self->stream.length));
	EXPECT_EQ(0, memcmp(self->stream.data, self->seen,
			    self->stream.length));
	ASSERT_EQ(0, migration_map(&self->target->migration));
	EXPECT_EQ(0, memcmp(self->stream.data, migration->window,
			    self->stream.length));
	ASSERT_EQ(0, consume(migration, self->stream.length));
	ASSERT_EQ(0, migration_set_state(migration, STATE_RUNNING));
	expect_loaded(_metadata, &self->target->vfio, self->expected,
		      self->seen);
}

/*
 * Trap 34 (Documentation/traps.rst): into a smaller window QEMU pours a chunk
 * of 32768 bytes as 12288, 12288 and 8192.
 */
TEST_F(window, may_be_smaller_than_the_chunks)
{
	static const struct {
		size_t chunk, room;
	} cuts[] = {
		{ 32768, 12288 }, { 32768, 4096 }, { 1048576, 12288 },
		{ 5000, 4999 }, { 65536, 65535 }, { 4128, 4127 },
	};
	const struct migration *target = &self->target->migration;
	size_t i;

	ASSERT_EQ(0, migration_save(&self->source->migration, &self->stream));
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		ASSERT_EQ(0, migration_set_state(target, STATE_RESUMING));
		ASSERT_EQ(0, feed(target, variant->way, &self->stream,
				  cuts[i].chunk, cuts[i].room)) {
			TH_LOG("%zu into %zu", cuts[i].chunk, cuts[i].room);
		}
		ASSERT_EQ(0, migration_set_state(target, STATE_RUNNING));
		expect_loaded(_metadata, &self->target->vfio, self->expected,
			      self->seen);
	}
}

/* Cut anew is fine; in another order is not. */
TEST_F(window, keeps_the_order)
{
	static const size_t order[] = { 0, 2, 1, 3 };
	const struct migration *target = &self->target->migration;
	const size_t piece = 12288;
	int ret = 0;
	size_t i;

	ASSERT_EQ(0, migration_save(&self->source->migration, &self->stream));
	ASSERT_EQ(0, migration_set_state(target, STATE_RESUMING));
	for (i = 0; i < ARRAY_SIZE(order) && !ret; i++)
		ret = feed_chunk(target, variant->way,
				 self->stream.data + order[i] * piece, piece,
				 piece);
	EXPECT_GT(0, ret);
	EXPECT_EQ(ret, consume(target, 1));
	EXPECT_EQ(ret, migration_set_state(target, STATE_RUNNING));
	EXPECT_EQ(STATE_RESUMING, migration_state(target));
}

/*
 * Trap 32 (Documentation/traps.rst): QEMU unmaps while it resumes. What lies
 * in the window and what was taken already must both survive.
 */
TEST_F(window, may_be_unmapped_with_data_in_it)
{
	const struct migration *target = &self->target->migration;
	const size_t first = 10000;
	uint64_t offset;
	size_t rest;

	ASSERT_EQ(0, migration_save(&self->source->migration, &self->stream));
	rest = self->stream.length - first;
	ASSERT_EQ(0, migration_set_state(target, STATE_RESUMING));
	ASSERT_EQ(0, feed_chunk(target, variant->way, self->stream.data, first,
				first));
	ASSERT_EQ(0, migration_data_offset(target, &offset));
	ASSERT_EQ(0, store(target, variant->way, offset,
			   self->stream.data + first, rest));
	migration_unmap(&self->target->migration);
	ASSERT_EQ(0, consume(target, rest));
	ASSERT_EQ(0, migration_map(&self->target->migration));
	migration_unmap(&self->target->migration);
	ASSERT_EQ(0, migration_set_state(target, STATE_RUNNING));
	expect_loaded(_metadata, &self->target->vfio, self->expected,
		      self->seen);
}

/*
 * Trap 17 (Documentation/traps.rst): QEMU falls back to reads and writes where
 * it can't map, and takes data_offset for an offset in the area that it would
 * have mapped.
 */
TEST_F(window, area_begins_where_the_data_does)
{
	const struct vfio_region *region = &self->source->migration.region;
	uint64_t offset;

	EXPECT_TRUE(region->flags & VFIO_REGION_INFO_FLAG_MMAP);
	EXPECT_TRUE(region->sparse);
	EXPECT_EQ(1, region->areas);
	ASSERT_EQ(0, migration_data_offset(&self->source->migration, &offset));
	EXPECT_EQ(region->area[0].offset, offset);
	EXPECT_EQ(region->size, offset + region->area[0].size);
}

/* Types of different sizes; they need a pool that holds the largest. */
FIXTURE(size)
{
	struct device device;
	bool reloaded;
};

#define MIB	(1024 * 1024ULL)

static const struct size {
	const char *type;
	uint64_t memory;
	uint64_t window;
} sizes[] = {
	{ "mcopy-m1", MIB, MIB },
	{ "mcopy-m16", 16 * MIB, MIB },
	{ "mcopy-m256", 256 * MIB, 16 * MIB },
	{ "mcopy-m1024", 1024 * MIB, 16 * MIB },
};

FIXTURE_SETUP(size)
{
	const int ret = bench_reload("parents=1 capacity=1024");

	if (ret == -EBUSY)
		SKIP(return, "somebody uses the modules");
	ASSERT_EQ(0, ret);
	self->reloaded = true;
}

FIXTURE_TEARDOWN(size)
{
	EXPECT_EQ(0, device_destroy(&self->device));
	if (self->reloaded)
		EXPECT_EQ(0, bench_reload(BENCH_OPTIONS));
}

/* All of it is there, mapped and trapped. */
static void expect_window(struct __test_metadata *_metadata,
			  struct migration *migration, uint64_t size)
{
	uint8_t last = 0x5a;

	EXPECT_EQ(size, migration->window_size);
	EXPECT_EQ(migration->window_offset + size, migration->region.size);
	ASSERT_EQ(0, migration_map(migration));
	ASSERT_EQ(0, migration_set(migration, migration->region.size - 1,
				   &last, 1));
	EXPECT_EQ(last, migration->window[migration->window_size - 1]);
}

/* A segment fills it but for what is less than two records of a page. */
static void expect_full(struct __test_metadata *_metadata,
			const struct device *device, const struct size *size)
{
	const struct migration *migration = &device->migration;
	const uint64_t fill = size->window < size->memory ?
			      size->window + MIB : size->memory;
	uint64_t offset, staged, done;

	for (done = 0; done < fill; done += MCOPY_COMMAND_MAX)
		ASSERT_EQ(0, mcopy_fill(&device->vfio, done,
					MCOPY_COMMAND_MAX, SEED));
	ASSERT_EQ(0, migration_set_state(migration, STATE_PRE_COPY));
	ASSERT_EQ(0, migration_data_offset(migration, &offset));
	ASSERT_EQ(0, migration_data_size(migration, &staged));
	EXPECT_LE(staged, size->window);
	EXPECT_GT(staged, size->window - 2 * SIZE_PAGE);
}

/* A sixteenth of the memory, from 1 to 16 MiB. */
TEST_F_TIMEOUT(size, is_in_proportion_and_used_to_the_full, 120)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, device_create(&self->device, sizes[i].type)) {
			TH_LOG("%s", sizes[i].type);
		}
		expect_window(_metadata, &self->device.migration,
			      sizes[i].window);
		expect_full(_metadata, &self->device, &sizes[i]);
		ASSERT_EQ(0, device_destroy(&self->device));
	}
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
