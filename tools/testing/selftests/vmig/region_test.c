// SPDX-License-Identifier: GPL-2.0
/* The migration region: its layout, its registers, its window. */
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "lib/stream.h"
#include "test.h"

#define REGISTERS_SIZE	0x1000
#define WINDOW_SIZE	(1024 * 1024)

FIXTURE(region)
{
	struct bench bench;
	struct device *device;
	struct migration *migration;
	struct buffer stream;
};

FIXTURE_SETUP(region)
{
	test_open(_metadata, &self->bench, 1);
	self->device = &self->bench.device[0];
	self->migration = &self->device->migration;
}

FIXTURE_TEARDOWN(region)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

TEST_F(region, is_the_last_and_has_its_capabilities)
{
	const struct vfio_region *info = &self->migration->region;

	EXPECT_EQ(VFIO_PCI_NUM_REGIONS, info->index);
	EXPECT_EQ(VFIO_PCI_NUM_REGIONS + 1, self->device->vfio.info.num_regions);
	EXPECT_EQ((uint64_t)info->index << 40, info->offset);
	EXPECT_EQ(REGISTERS_SIZE + WINDOW_SIZE, info->size);
	EXPECT_EQ(VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |
		  VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS,
		  info->flags);
	EXPECT_TRUE(info->sparse);
	EXPECT_EQ(1, info->areas);
	EXPECT_EQ(REGISTERS_SIZE, info->area[0].offset);
	EXPECT_EQ(WINDOW_SIZE, info->area[0].size);
}

/*
 * Trap 29 (Documentation/traps.rst): QEMU asks with the bare structure first
 * and must learn the size needed.
 */
TEST_F(region, tells_the_size_of_its_info)
{
	struct vfio_region_info info = {
		.argsz = sizeof(info),
		.index = VFIO_PCI_NUM_REGIONS,
	};

	ASSERT_EQ(0, ioctl(self->device->vfio.device,
			   VFIO_DEVICE_GET_REGION_INFO, &info));
	EXPECT_GT(info.argsz, sizeof(info));
	EXPECT_EQ(0, info.cap_offset);
	info.argsz = offsetof(struct vfio_region_info, offset);
	EXPECT_EQ(-1, ioctl(self->device->vfio.device,
			    VFIO_DEVICE_GET_REGION_INFO, &info));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(region, has_registers_of_one_width_only)
{
	unsigned int offset, width;
	uint8_t value[32] = { 0 };

	for (offset = 0; offset < 40; offset++) {
		for (width = 1; width <= 16; width++) {
			int expected = migration_has_register(offset, width) ?
				       0 : -EINVAL;

			EXPECT_EQ(expected, migration_get(self->migration,
							  offset, value,
							  width)) {
				TH_LOG("offset %u width %u", offset, width);
			}
			if (expected)
				EXPECT_EQ(-EINVAL,
					  migration_set(self->migration, offset,
							value, width));
		}
	}
	EXPECT_EQ(STATE_RUNNING, migration_state(self->migration));
}

TEST_F(region, ignores_writes_to_read_only_registers)
{
	const uint64_t ones = ~0ULL;
	uint64_t value;
	uint32_t reserved;

	EXPECT_EQ(0, migration_set(self->migration, MIGRATION_RESERVED, &ones, 4));
	EXPECT_EQ(0, migration_set(self->migration,
				   MIGRATION_OFFSET(pending_bytes), &ones, 8));
	EXPECT_EQ(0, migration_set(self->migration,
				   MIGRATION_OFFSET(data_offset), &ones, 8));
	EXPECT_EQ(0, migration_get(self->migration, MIGRATION_RESERVED, &reserved, 4));
	EXPECT_EQ(0, reserved);
	EXPECT_EQ(0, migration_pending(self->migration, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, migration_data_offset(self->migration, &value));
	EXPECT_EQ(REGISTERS_SIZE, value);
}

TEST_F(region, has_nothing_to_fetch_outside_a_session)
{
	static const uint32_t states[] = { STATE_STOP, STATE_RESUMING };
	uint64_t value;
	size_t i;

	ASSERT_EQ(0, mcopy_fill(&self->device->vfio, 0, MCOPY_PAGE, 1));
	for (i = 0; i <= ARRAY_SIZE(states); i++) {
		EXPECT_EQ(0, migration_pending(self->migration, &value));
		EXPECT_EQ(0, value);
		EXPECT_EQ(0, migration_data_offset(self->migration, &value));
		EXPECT_EQ(REGISTERS_SIZE, value);
		EXPECT_EQ(0, migration_data_size(self->migration, &value));
		EXPECT_EQ(0, value);
		if (i < ARRAY_SIZE(states))
			ASSERT_EQ(0, migration_set_state(self->migration,
							 states[i]));
	}
}

TEST_F(region, takes_data_in_resuming_only)
{
	static const uint32_t states[] = {
		STATE_RUNNING, STATE_PRE_COPY, STATE_STOP_COPY, STATE_STOP,
	};
	const uint64_t size = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		ASSERT_EQ(0, migration_set_state(self->migration, states[i]));
		EXPECT_EQ(-EINVAL, migration_set(self->migration,
						 MIGRATION_OFFSET(data_size),
						 &size, sizeof(size)));
	}
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_RESUMING));
	EXPECT_EQ(0, migration_set(self->migration, MIGRATION_OFFSET(data_size),
				   &size, sizeof(size)));
}

TEST_F(region, refuses_more_data_than_the_window_holds)
{
	const uint64_t sizes[] = { WINDOW_SIZE + 1, 1ULL << 32, ~0ULL };
	size_t i;

	ASSERT_EQ(0, migration_set_state(self->migration, STATE_RESUMING));
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		EXPECT_EQ(-EINVAL, migration_set(self->migration,
						 MIGRATION_OFFSET(data_size),
						 &sizes[i], sizeof(sizes[i])));
	EXPECT_EQ(STATE_RESUMING, migration_state(self->migration));
}

/* data_size before data_offset would be the size of nothing. */
TEST_F(region, wants_its_registers_read_in_order)
{
	uint64_t pending, offset, size, again;

	ASSERT_EQ(0, migration_set_state(self->migration, STATE_STOP_COPY));
	EXPECT_EQ(-EINVAL, migration_data_size(self->migration, &size));
	EXPECT_EQ(0, migration_pending(self->migration, &pending));
	EXPECT_GT(pending, 0);
	EXPECT_EQ(-EINVAL, migration_data_size(self->migration, &size));
	EXPECT_EQ(0, migration_data_offset(self->migration, &offset));
	EXPECT_EQ(0, migration_data_size(self->migration, &size));
	EXPECT_GT(size, 0);
	EXPECT_EQ(0, migration_pending(self->migration, &again));
	EXPECT_EQ(pending - size, again);
	EXPECT_EQ(-EINVAL, migration_data_size(self->migration, &size));
}

TEST_F(region, answers_the_same_until_it_is_acknowledged)
{
	struct buffer again = { 0 };
	uint64_t offset, size;
	int length;

	ASSERT_EQ(0, mcopy_fill(&self->device->vfio, 0, MCOPY_PAGE, 3));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_PRE_COPY));
	length = migration_segment(self->migration, &self->stream);
	ASSERT_GT(length, 0);
	EXPECT_EQ(0, migration_data_offset(self->migration, &offset));
	EXPECT_EQ(REGISTERS_SIZE, offset);
	EXPECT_EQ(0, migration_data_size(self->migration, &size));
	EXPECT_EQ(length, size);
	/* Stopping the device must not touch what is being fetched. */
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_STOP_COPY));
	EXPECT_EQ(length, migration_segment(self->migration, &again));
	EXPECT_EQ(0, memcmp(self->stream.data, again.data, length));
	buffer_free(&again);
}

/* Reading the counter twice costs nothing. */
TEST_F(region, tells_exactly_what_is_left_when_stopped)
{
	uint64_t first, second;

	ASSERT_EQ(0, mcopy_fill(&self->device->vfio, 0, 5 * MCOPY_PAGE, 3));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_STOP_COPY));
	EXPECT_EQ(0, migration_pending(self->migration, &first));
	EXPECT_EQ(0, migration_pending(self->migration, &second));
	EXPECT_EQ(first, second);
	ASSERT_EQ(0, migration_drain(self->migration, &self->stream));
	EXPECT_EQ(first, self->stream.length);
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	EXPECT_EQ(5, stream_count(&self->stream, VMIG_RECORD_MEMORY));
	EXPECT_EQ(0, migration_pending(self->migration, &second));
	EXPECT_EQ(0, second);
}

TEST_F(region, counts_down_while_the_device_runs)
{
	uint64_t pending, before = ~0ULL;

	ASSERT_EQ(0, mcopy_fill(&self->device->vfio, 0, BENCH_MEMORY, 3));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_PRE_COPY));
	for (;;) {
		ASSERT_EQ(0, migration_pending(self->migration, &pending));
		ASSERT_LT(pending, before);
		before = pending;
		if (!pending)
			break;
		ASSERT_GT(migration_segment(self->migration, &self->stream), 0);
	}
	EXPECT_EQ(BENCH_MEMORY / MCOPY_PAGE,
		  stream_count(&self->stream, VMIG_RECORD_MEMORY));
	EXPECT_EQ(0, stream_count(&self->stream, VMIG_RECORD_STATE));
}

/* A session that is dropped half way ends at a record's boundary. */
TEST_F(region, stages_whole_records)
{
	uint64_t pending;

	ASSERT_EQ(0, mcopy_fill(&self->device->vfio, 0, BENCH_MEMORY, 3));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_STOP_COPY));
	while (!migration_pending(self->migration, &pending) && pending) {
		size_t offset = STREAM_HEADER;
		struct record record;
		int ret;

		ASSERT_GT(migration_segment(self->migration, &self->stream), 0);
		do {
			ret = stream_next(&self->stream, &offset, &record);
		} while (ret > 0);
		EXPECT_EQ(0, ret);
	}
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
}

TEST_F(region, maps_its_window_in_every_state)
{
	static const uint32_t states[] = {
		STATE_RUNNING, STATE_PRE_COPY, STATE_STOP_COPY, STATE_STOP,
		STATE_RESUMING,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		ASSERT_EQ(0, migration_set_state(self->migration, states[i]));
		EXPECT_EQ(0, migration_map(self->migration));
		self->migration->window[0] = i;
		self->migration->window[WINDOW_SIZE - 1] = i;
		migration_unmap(self->migration);
	}
}

static int try_map(const struct migration *migration, uint64_t offset,
		   size_t length, int sharing)
{
	void *map = mmap(NULL, length, PROT_READ | PROT_WRITE, sharing,
			 migration->vfio->device,
			 migration->region.offset + offset);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, length);
	return 0;
}

TEST_F(region, maps_nothing_but_its_window)
{
	EXPECT_EQ(0, try_map(self->migration, REGISTERS_SIZE, WINDOW_SIZE,
			     MAP_SHARED));
	EXPECT_EQ(0, try_map(self->migration, REGISTERS_SIZE + WINDOW_SIZE / 2,
			     WINDOW_SIZE / 2, MAP_SHARED));
	EXPECT_EQ(-EINVAL, try_map(self->migration, 0, REGISTERS_SIZE,
				   MAP_SHARED));
	EXPECT_EQ(-EINVAL, try_map(self->migration, 0,
				   REGISTERS_SIZE + WINDOW_SIZE, MAP_SHARED));
	EXPECT_EQ(-EINVAL, try_map(self->migration, REGISTERS_SIZE,
				   WINDOW_SIZE + MCOPY_PAGE, MAP_SHARED));
	EXPECT_EQ(-EINVAL, try_map(self->migration,
				   REGISTERS_SIZE + WINDOW_SIZE, MCOPY_PAGE,
				   MAP_SHARED));
	/* A private mapping would be a copy that nobody reads. */
	EXPECT_EQ(-EINVAL, try_map(self->migration, REGISTERS_SIZE,
				   WINDOW_SIZE, MAP_PRIVATE));
}

TEST_F(region, shows_the_same_bytes_mapped_and_trapped)
{
	uint8_t out[1000], in[1000];
	size_t i;

	for (i = 0; i < sizeof(out); i++)
		out[i] = i * 7;
	ASSERT_EQ(0, migration_set(self->migration, REGISTERS_SIZE + 13, out,
				   sizeof(out)));
	ASSERT_EQ(0, migration_map(self->migration));
	EXPECT_EQ(0, memcmp(self->migration->window + 13, out, sizeof(out)));
	self->migration->window[14] = 0xee;
	out[1] = 0xee;
	ASSERT_EQ(0, migration_get(self->migration, REGISTERS_SIZE + 13, in,
				   sizeof(in)));
	EXPECT_EQ(0, memcmp(in, out, sizeof(out)));
}

/* The user may take a segment in any pieces, and any part of it twice. */
TEST_F(region, is_fetched_in_pieces_of_any_size)
{
	static const size_t pieces[] = { 1, 3, 8, 1000, 4097 };
	struct buffer whole = { 0 };
	uint64_t offset, size, at;
	uint8_t piece[4097];
	size_t i;

	ASSERT_EQ(0, mcopy_fill(&self->device->vfio, 0, 2 * MCOPY_PAGE, 3));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_STOP_COPY));
	ASSERT_GT(migration_segment(self->migration, &whole), 0);
	ASSERT_EQ(0, migration_data_offset(self->migration, &offset));
	ASSERT_EQ(0, migration_data_size(self->migration, &size));
	ASSERT_EQ(whole.length, size);
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		for (at = 0; at < size; at += pieces[i]) {
			const size_t length = size - at < pieces[i] ?
					      size - at : pieces[i];

			ASSERT_EQ(0, migration_fetch(self->migration,
						     offset + at, piece,
						     length));
			ASSERT_EQ(0, memcmp(whole.data + at, piece, length));
		}
	}
	buffer_free(&whole);
}

TEST_F(region, ends_where_it_says)
{
	const uint64_t end = REGISTERS_SIZE + WINDOW_SIZE;
	uint8_t bytes[16] = { 0 };

	EXPECT_EQ(0, migration_get(self->migration, end - 1, bytes, 1));
	EXPECT_EQ(-EINVAL, migration_get(self->migration, end, bytes, 1));
	EXPECT_EQ(-EINVAL, migration_get(self->migration, end - 1, bytes, 2));
	EXPECT_EQ(-EINVAL, migration_set(self->migration, end, bytes, 1));
	EXPECT_EQ(-EINVAL, migration_set(self->migration, end - 1, bytes, 2));
	/* From the registers into the window. */
	EXPECT_EQ(-EINVAL, migration_get(self->migration, REGISTERS_SIZE - 8,
					 bytes, 16));
	EXPECT_EQ(-EINVAL, migration_set(self->migration, REGISTERS_SIZE - 8,
					 bytes, 16));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
