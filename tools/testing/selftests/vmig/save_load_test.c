// SPDX-License-Identifier: GPL-2.0
/* A device is saved and another one loaded: is it the same device? */
#include <endian.h>
#include <pthread.h>

#include "lib/patch.h"
#include "test.h"

#define SEED		0x5eed
#define PAGES		(BENCH_MEMORY / MCOPY_PAGE)

FIXTURE(copy)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct buffer stream;
	uint8_t *before;
	uint8_t *after;
};

FIXTURE_VARIANT(copy)
{
	bool mapped;
	bool precopy;
};

FIXTURE_VARIANT_ADD(copy, stopped_trapped)
{
};

FIXTURE_VARIANT_ADD(copy, stopped_mapped)
{
	.mapped = true,
};

FIXTURE_VARIANT_ADD(copy, live_trapped)
{
	.precopy = true,
};

FIXTURE_VARIANT_ADD(copy, live_mapped)
{
	.mapped = true,
	.precopy = true,
};

FIXTURE_SETUP(copy)
{
	test_open(_metadata, &self->bench, 2);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->before = malloc(BENCH_MEMORY);
	self->after = malloc(BENCH_MEMORY);
	ASSERT_NE(NULL, self->before);
	ASSERT_NE(NULL, self->after);
	if (variant->mapped) {
		ASSERT_EQ(0, migration_map(&self->source->migration));
		ASSERT_EQ(0, migration_map(&self->target->migration));
	}
}

FIXTURE_TEARDOWN(copy)
{
	free(self->before);
	free(self->after);
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* As QEMU does: into pre-copy and drain it, or stop at once. */
static int save(const struct device *device, bool precopy,
		struct buffer *stream)
{
	int ret = 0;

	if (precopy) {
		ret = migration_set_state(&device->migration, STATE_PRE_COPY);
		if (!ret)
			ret = migration_drain(&device->migration, stream);
	}
	return ret ? ret : migration_save(&device->migration, stream);
}

/* All registers that keep what is written, and a few of the others. */
static int set_registers(const struct vfio *vfio)
{
	uint32_t i, crc;
	int ret = 0;

	for (i = 0; i < MCOPY_SCRATCH_COUNT && !ret; i++)
		ret = mcopy_set(vfio, MCOPY_REG_SCRATCH + 4 * i, SEED + i);
	if (!ret)
		ret = mcopy_set(vfio, MCOPY_REG_IRQ_ENABLE, 0x55);
	if (!ret)
		ret = mcopy_set(vfio, MCOPY_REG_IRQ_RAISE, 0xa3);
	if (!ret)
		ret = mcopy_set64(vfio, MCOPY_REG_MEM_SEED, 0x0123456789abcdefULL);
	if (!ret)
		ret = mcopy_crc(vfio, 8, BENCH_MEMORY - 16, &crc);
	/* An address that no command would take is a register's value too. */
	if (!ret)
		ret = mcopy_set64(vfio, MCOPY_REG_MEM_ADDR, ~3ULL);
	return ret;
}

static int set_config(const struct vfio *vfio)
{
	static const struct {
		uint32_t offset, value;
	} fields[] = {
		{ 0x04, 0x0406 },	/* command */
		{ 0x10, 0xfeb01000 },	/* BAR0 */
		{ 0x18, 0xfd000000 },	/* BAR2, low */
		{ 0x1c, 0x00000007 },	/* BAR2, high */
		{ 0x3c, 0x0b },		/* interrupt line */
	};
	size_t i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(fields) && !ret; i++)
		ret = vfio_write(vfio, VFIO_PCI_CONFIG_REGION_INDEX,
				 fields[i].offset, &fields[i].value,
				 sizeof(fields[i].value));
	return ret;
}

static void expect_same(struct __test_metadata *_metadata,
			const struct vfio *a, const struct vfio *b)
{
	uint8_t one[256], other[256];
	uint32_t reg;

	for (reg = 0; reg < 0x60; reg += 4) {
		EXPECT_EQ(0, mcopy_get(a, reg, (uint32_t *)one));
		EXPECT_EQ(0, mcopy_get(b, reg, (uint32_t *)other));
		EXPECT_EQ(0, memcmp(one, other, 4)) {
			TH_LOG("register 0x%x", reg);
		}
	}
	EXPECT_EQ(0, vfio_read(a, VFIO_PCI_CONFIG_REGION_INDEX, 0, one,
			       sizeof(one)));
	EXPECT_EQ(0, vfio_read(b, VFIO_PCI_CONFIG_REGION_INDEX, 0, other,
			       sizeof(other)));
	EXPECT_EQ(0, memcmp(one, other, sizeof(one)));
}

TEST_F(copy, is_the_same_device)
{
	const struct vfio *source = &self->source->vfio;
	const struct vfio *target = &self->target->vfio;

	ASSERT_EQ(0, mcopy_fill(source, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, set_config(source));
	ASSERT_EQ(0, set_registers(source));
	ASSERT_EQ(0, mcopy_memory_read(source, 0, self->before, BENCH_MEMORY));

	ASSERT_EQ(0, save(self->source, variant->precopy, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	ASSERT_EQ(0, migration_load(&self->target->migration, &self->stream));

	EXPECT_EQ(STATE_RUNNING, migration_state(&self->target->migration));
	ASSERT_EQ(0, mcopy_memory_read(target, 0, self->after, BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(self->before, self->after, BENCH_MEMORY));
	expect_same(_metadata, source, target);
	/* The source still is what it was. */
	ASSERT_EQ(0, mcopy_memory_read(source, 0, self->after, BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(self->before, self->after, BENCH_MEMORY));
}

/* MEMORY records by address: their payloads, as @memory holds them. */
static unsigned int take_memory(const struct buffer *stream, uint8_t *memory)
{
	struct record record;
	unsigned int count = 0;

	while (stream_find(stream, VMIG_RECORD_MEMORY, count, &record) >= 0) {
		memcpy(memory + record.address, record.payload, record.length);
		count++;
	}
	return count;
}

TEST_F(copy, can_be_saved_again)
{
	struct buffer again = { 0 };

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, set_registers(&self->source->vfio));
	ASSERT_EQ(0, save(self->source, variant->precopy, &self->stream));
	ASSERT_EQ(0, migration_load(&self->target->migration, &self->stream));
	ASSERT_EQ(0, save(self->target, variant->precopy, &again));
	EXPECT_EQ(0, stream_check(&again, BENCH_MEMORY));

	memset(self->before, 0xee, BENCH_MEMORY);
	memset(self->after, 0xdd, BENCH_MEMORY);
	EXPECT_EQ(PAGES, take_memory(&self->stream, self->before));
	EXPECT_EQ(PAGES, take_memory(&again, self->after));
	EXPECT_EQ(0, memcmp(self->before, self->after, BENCH_MEMORY));
	/* All but the session's number is the same. */
	stream_header(&again)->session = stream_header(&self->stream)->session;
	patch_seal_header(&again);
	EXPECT_EQ(self->stream.length, again.length);
	EXPECT_EQ(0, memcmp(self->stream.data, again.data, again.length));
	buffer_free(&again);
}

TEST_F(copy, forgets_what_the_target_had)
{
	ASSERT_EQ(0, mcopy_fill(&self->target->vfio, 0, BENCH_MEMORY, 99));
	ASSERT_EQ(0, set_registers(&self->target->vfio));
	ASSERT_EQ(0, save(self->source, variant->precopy, &self->stream));
	ASSERT_EQ(0, migration_load(&self->target->migration, &self->stream));
	memset(self->before, 0, BENCH_MEMORY);
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, self->after,
				       BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(self->before, self->after, BENCH_MEMORY));
	expect_same(_metadata, &self->source->vfio, &self->target->vfio);
}

/* Chunks are not what the source made of the stream: QEMU cuts it anew. */
TEST_F(copy, loads_in_pieces_of_any_size)
{
	static const size_t chunks[] = { 1, 7, 4096, 4097, 65536 };
	size_t i;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, 2 * MCOPY_PAGE, SEED));
	ASSERT_EQ(0, save(self->source, variant->precopy, &self->stream));
	mcopy_expected(0, 2 * MCOPY_PAGE, SEED, self->before);
	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		const struct migration *target = &self->target->migration;

		ASSERT_EQ(0, migration_set_state(target, STATE_RESUMING));
		ASSERT_EQ(0, migration_feed(target, self->stream.data,
					    self->stream.length, chunks[i]));
		ASSERT_EQ(0, migration_set_state(target, STATE_RUNNING));
		ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0,
					       self->after, 2 * MCOPY_PAGE));
		EXPECT_EQ(0, memcmp(self->before, self->after, 2 * MCOPY_PAGE));
	}
}

/* Loaded bytes are taken at once: QEMU unmaps before it resumes. */
TEST_F(copy, does_not_need_the_window_afterwards)
{
	const struct migration *target = &self->target->migration;
	uint8_t junk[4096];

	memset(junk, 0xff, sizeof(junk));
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, MCOPY_PAGE, SEED));
	ASSERT_EQ(0, save(self->source, variant->precopy, &self->stream));
	ASSERT_EQ(0, migration_set_state(target, STATE_RESUMING));
	ASSERT_EQ(0, migration_feed(target, self->stream.data,
				    self->stream.length, 1024 * 1024));
	ASSERT_EQ(0, migration_store(target, target->window_offset, junk,
				     sizeof(junk)));
	migration_unmap(&self->target->migration);
	ASSERT_EQ(0, migration_set_state(target, STATE_RUNNING));
	mcopy_expected(0, MCOPY_PAGE, SEED, self->before);
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, self->after,
				       MCOPY_PAGE));
	EXPECT_EQ(0, memcmp(self->before, self->after, MCOPY_PAGE));
}

FIXTURE(dirty)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct migration *migration;
	struct buffer precopy;
	struct buffer stopcopy;
};

FIXTURE_SETUP(dirty)
{
	test_open(_metadata, &self->bench, 2);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->migration = &self->source->migration;
	ASSERT_EQ(0, migration_map(self->migration));
}

FIXTURE_TEARDOWN(dirty)
{
	buffer_free(&self->precopy);
	buffer_free(&self->stopcopy);
	test_close(_metadata, &self->bench);
}

/* A part of a stream, without a header: how often each page is in it. */
static void count_pages(const struct buffer *part, size_t offset,
			unsigned int pages[PAGES])
{
	struct record record;

	memset(pages, 0, PAGES * sizeof(*pages));
	while (stream_next(part, &offset, &record) > 0)
		if (record.type == VMIG_RECORD_MEMORY &&
		    record.address < BENCH_MEMORY)
			pages[record.address / MCOPY_PAGE]++;
}

static bool contains(const unsigned int *set, size_t count, unsigned int page)
{
	while (count--)
		if (set[count] == page)
			return true;
	return false;
}

TEST_F(dirty, pages_are_those_that_were_ever_written)
{
	static const unsigned int touched[] = { 0, 3, 100, PAGES - 1 };
	unsigned int pages[PAGES], i;
	const uint8_t byte = 1;

	for (i = 0; i < ARRAY_SIZE(touched); i++)
		ASSERT_EQ(0, mcopy_memory_write(&self->source->vfio,
						touched[i] * MCOPY_PAGE + 5,
						&byte, 1));
	ASSERT_EQ(0, migration_save(self->migration, &self->stopcopy));
	count_pages(&self->stopcopy, STREAM_HEADER, pages);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(contains(touched, ARRAY_SIZE(touched), i), pages[i]) {
			TH_LOG("page %u", i);
		}
}

TEST_F(dirty, pages_are_sent_again_and_no_others)
{
	static const unsigned int touched[] = { 1, 2, 77, 128, PAGES - 1 };
	unsigned int pages[PAGES], i;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_PRE_COPY));
	ASSERT_EQ(0, migration_drain(self->migration, &self->precopy));
	count_pages(&self->precopy, STREAM_HEADER, pages);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(1, pages[i]);

	for (i = 0; i < ARRAY_SIZE(touched); i++)
		ASSERT_EQ(0, mcopy_fill(&self->source->vfio,
					touched[i] * MCOPY_PAGE + 8, 8, 2));
	/* Reading is not writing. */
	ASSERT_EQ(0, mcopy_memory_read(&self->source->vfio, 9 * MCOPY_PAGE,
				       pages, sizeof(pages)));
	ASSERT_EQ(0, migration_save(self->migration, &self->stopcopy));
	count_pages(&self->stopcopy, 0, pages);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(contains(touched, ARRAY_SIZE(touched), i), pages[i]) {
			TH_LOG("page %u", i);
		}
}

/* What the target has of them is no longer what they are: zero. */
TEST_F(dirty, pages_that_the_guest_reset_are_sent_again)
{
	uint8_t seen[4 * MCOPY_PAGE], zero[4 * MCOPY_PAGE] = { 0 };

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, sizeof(seen), 1));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_PRE_COPY));
	ASSERT_EQ(0, migration_drain(self->migration, &self->precopy));
	ASSERT_EQ(0, mcopy_set(&self->source->vfio, MCOPY_REG_CONTROL,
			       MCOPY_CONTROL_RESET));
	ASSERT_EQ(0, migration_save(self->migration, &self->precopy));
	ASSERT_EQ(0, migration_load(&self->target->migration, &self->precopy));
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, seen,
				       sizeof(seen)));
	EXPECT_EQ(0, memcmp(zero, seen, sizeof(seen)));
}

TEST_F(dirty, pages_arrive_in_their_last_form)
{
	uint8_t expected[MCOPY_PAGE], seen[MCOPY_PAGE];
	unsigned int round;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_PRE_COPY));
	for (round = 2; round < 6; round++) {
		ASSERT_EQ(0, migration_drain(self->migration, &self->precopy));
		ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 4 * MCOPY_PAGE,
					MCOPY_PAGE, round));
	}
	ASSERT_EQ(0, migration_save(self->migration, &self->precopy));
	EXPECT_EQ(0, stream_check(&self->precopy, BENCH_MEMORY));
	EXPECT_EQ(PAGES + 4, stream_count(&self->precopy, VMIG_RECORD_MEMORY));
	ASSERT_EQ(0, migration_load(&self->target->migration, &self->precopy));
	mcopy_expected(4 * MCOPY_PAGE, MCOPY_PAGE, 5, expected);
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 4 * MCOPY_PAGE,
				       seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(expected, seen, sizeof(seen)));
}

TEST_F(dirty, pages_that_were_not_fetched_come_after_the_stop)
{
	uint64_t pending;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_PRE_COPY));
	ASSERT_EQ(0, migration_pending(self->migration, &pending));
	EXPECT_GT(pending, BENCH_MEMORY);
	ASSERT_EQ(0, migration_save(self->migration, &self->stopcopy));
	EXPECT_EQ(0, stream_check(&self->stopcopy, BENCH_MEMORY));
	EXPECT_EQ(PAGES, stream_count(&self->stopcopy, VMIG_RECORD_MEMORY));
}

TEST_F(dirty, pages_all_count_again_after_a_cancel)
{
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_PRE_COPY));
	ASSERT_EQ(0, migration_drain(self->migration, &self->precopy));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_RUNNING));
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, MCOPY_PAGE, 2));

	self->precopy.length = 0;
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_PRE_COPY));
	ASSERT_EQ(0, migration_drain(self->migration, &self->precopy));
	ASSERT_EQ(0, migration_save(self->migration, &self->precopy));
	EXPECT_EQ(0, stream_check(&self->precopy, BENCH_MEMORY));
	EXPECT_EQ(PAGES, stream_count(&self->precopy, VMIG_RECORD_MEMORY));
	EXPECT_EQ(0, migration_load(&self->target->migration, &self->precopy));
}

/*
 * "stop" and "cont" in the midst of a migration make QEMU send a part of one
 * session and then another one, with nothing between.
 */
TEST_F(dirty, session_that_was_dropped_is_forgotten)
{
	uint8_t expected[MCOPY_PAGE], seen[MCOPY_PAGE];
	struct buffer *stream = &self->precopy;
	const struct vfio *target = &self->target->vfio;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, 4 * MCOPY_PAGE, 1));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_PRE_COPY));
	ASSERT_GT(migration_segment(self->migration, stream), 0);
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_STOP_COPY));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_RUNNING));
	/* Back to zeros: pages that the first session had and this has not. */
	ASSERT_EQ(0, vfio_reset(&self->source->vfio));
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, MCOPY_PAGE, MCOPY_PAGE, 7));
	ASSERT_EQ(0, migration_save(self->migration, stream));

	ASSERT_EQ(0, migration_load(&self->target->migration, stream));
	memset(expected, 0, sizeof(expected));
	ASSERT_EQ(0, mcopy_memory_read(target, 0, seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(expected, seen, sizeof(seen)));
	mcopy_expected(MCOPY_PAGE, MCOPY_PAGE, 7, expected);
	ASSERT_EQ(0, mcopy_memory_read(target, MCOPY_PAGE, seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(expected, seen, sizeof(seen)));
}

TEST_F(dirty, sessions_are_numbered)
{
	uint64_t first, second;

	ASSERT_EQ(0, migration_save(self->migration, &self->precopy));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_RUNNING));
	ASSERT_EQ(0, migration_save(self->migration, &self->stopcopy));
	first = le64toh(stream_header(&self->precopy)->session);
	second = le64toh(stream_header(&self->stopcopy)->session);
	EXPECT_NE(first, second);
}

/* A guest that writes all the time, as another processor would. */
struct writer {
	const struct vfio *vfio;
	bool stop;
	int error;
};

static void *keep_writing(void *argument)
{
	struct writer *writer = argument;
	uint64_t seed = 1;

	while (!__atomic_load_n(&writer->stop, __ATOMIC_RELAXED) &&
	       !writer->error) {
		seed++;
		writer->error = mcopy_fill(writer->vfio,
					   seed % 16 * MCOPY_PAGE, MCOPY_PAGE,
					   seed);
	}
	return NULL;
}

static int save_some(const struct migration *migration, struct buffer *stream)
{
	unsigned int segments;
	uint64_t pending;
	int ret = 0;

	for (segments = 0; segments < 200 && ret >= 0; segments++) {
		ret = migration_pending(migration, &pending);
		if (!ret && pending)
			ret = migration_segment(migration, stream);
	}
	return ret < 0 ? ret : 0;
}

/* Each checksum must be that of the bytes that were sent. */
TEST_F(dirty, pages_may_change_while_they_are_fetched)
{
	struct writer writer = { .vfio = &self->source->vfio };
	uint8_t *expected = malloc(BENCH_MEMORY);
	uint8_t *seen = malloc(BENCH_MEMORY);
	pthread_t thread;

	ASSERT_NE(NULL, expected);
	ASSERT_NE(NULL, seen);
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_PRE_COPY));
	ASSERT_EQ(0, pthread_create(&thread, NULL, keep_writing, &writer));
	EXPECT_EQ(0, save_some(self->migration, &self->precopy));
	/* The device stops under the writer's hands. */
	EXPECT_EQ(0, migration_save(self->migration, &self->precopy));
	EXPECT_EQ(0, mcopy_memory_read(&self->source->vfio, 0, expected,
				       BENCH_MEMORY));
	__atomic_store_n(&writer.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, stream_check(&self->precopy, BENCH_MEMORY));
	ASSERT_EQ(0, migration_load(&self->target->migration, &self->precopy));
	EXPECT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, seen,
				       BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(expected, seen, BENCH_MEMORY));
	free(expected);
	free(seen);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
