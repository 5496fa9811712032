// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory as guest memory: BAR2, mapped by us, is given to the container
 * as a VMM does for transfers between devices. The device then reaches its own
 * memory, or another one's, through a fault handler of the same driver.
 */
#include <pthread.h>
#include <sys/mman.h>

#include "lib/engine.h"
#include "lib/iommu.h"
#include "lib/stream.h"
#include "test.h"

#define SIZE		(4 * 1024 * 1024)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define SEED		20201118
#define ENTRIES		16
#define BAR		0x600000000ULL
#define OTHER_BAR	0x700000000ULL
#define HALF		(BENCH_MEMORY / 2)

FIXTURE(bar)
{
	struct bench bench;
	struct device *device;
	struct device *other;
	struct device *target;
	struct guest guest;
	uint8_t *memory;
	uint8_t *other_memory;
	struct queue queue;
	struct queue other_queue;
	struct buffer stream;
};

static int map_bar(const struct device *device, void *at, uint64_t iova)
{
	return iommu_map(&device->vfio, at, iova, BENCH_MEMORY,
			 IOMMU_READ | IOMMU_WRITE);
}

FIXTURE_SETUP(bar)
{
	test_open(_metadata, &self->bench, 3);
	ASSERT_EQ(0, bench_offer_mapping(&self->bench, true));
	self->device = &self->bench.device[0];
	self->other = &self->bench.device[1];
	self->target = &self->bench.device[2];
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, &self->device->vfio));
	ASSERT_EQ(0, guest_map(&self->guest, &self->other->vfio));
	ASSERT_EQ(0, guest_map(&self->guest, &self->target->vfio));
	self->memory = device_map(self->device, 0, BENCH_MEMORY);
	ASSERT_NE(MAP_FAILED, (void *)self->memory);
	self->other_memory = device_map(self->other, 0, BENCH_MEMORY);
	ASSERT_NE(MAP_FAILED, (void *)self->other_memory);
	ASSERT_EQ(0, map_bar(self->device, self->memory, BAR));
	ASSERT_EQ(0, map_bar(self->device, self->other_memory, OTHER_BAR));
	ASSERT_EQ(0, map_bar(self->other, self->other_memory, BAR));
	ASSERT_EQ(0, map_bar(self->other, self->memory, OTHER_BAR));
	ASSERT_EQ(0, queue_open(&self->queue, &self->device->vfio,
				&self->guest, 0, ENTRIES));
	ASSERT_EQ(0, queue_open(&self->other_queue, &self->other->vfio,
				&self->guest, 1, ENTRIES));
}

FIXTURE_TEARDOWN(bar)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
}

static struct mcopy_descriptor copy(uint64_t source, uint64_t target,
				    uint64_t length, uint32_t flags)
{
	return (struct mcopy_descriptor) {
		.operation = MCOPY_OPERATION_COPY,
		.source = source,
		.target = target,
		.length = length,
		.flags = flags,
	};
}

TEST_F(bar, is_copied_from_and_to)
{
	const struct mcopy_descriptor steps[] = {
		copy(DATA, BAR + 5, HALF - 5, 0),
		copy(BAR + 5, DATA + HALF, HALF - 5, 0),
		copy(BAR + 5, OTHER_BAR + 5, HALF - 5, 0),
		copy(OTHER_BAR + 5, BAR + HALF + 5, HALF - 5, 0),
		/* Its own memory, inside and outside. */
		copy(5, BAR + HALF + 5, HALF - 5, MCOPY_FLAG_SOURCE_DEVICE),
		copy(OTHER_BAR + 5, HALF + 5, HALF - 5,
		     MCOPY_FLAG_TARGET_DEVICE),
	};
	const uint8_t *from = self->guest.at + GUEST_RINGS;
	size_t i;

	guest_scatter(&self->guest, GUEST_RINGS, HALF, SEED);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		ASSERT_EQ(0, queue_run(&self->queue, &steps[i], NULL)) {
			TH_LOG("step %zu", i);
		}
		switch (i) {
		case 0:
			EXPECT_EQ(0, memcmp(from, self->memory + 5, HALF - 5));
			break;
		case 1:
			EXPECT_EQ(0, memcmp(from, from + HALF, HALF - 5));
			break;
		case 2:
			EXPECT_EQ(0, memcmp(from, self->other_memory + 5,
					    HALF - 5));
			break;
		default:
			EXPECT_EQ(0, memcmp(from, self->memory + HALF + 5,
					    HALF - 5));
			memset(self->memory + HALF, 0, HALF);
		}
	}
}

/* A page to itself, at the same place: whatever the bytes, no deadlock. */
TEST_F(bar, is_copied_to_itself)
{
	const struct mcopy_descriptor same =
		copy(0, BAR, BENCH_MEMORY, MCOPY_FLAG_SOURCE_DEVICE);
	const struct mcopy_descriptor back =
		copy(BAR, 0, BENCH_MEMORY, MCOPY_FLAG_TARGET_DEVICE);

	ASSERT_EQ(0, mcopy_fill(&self->device->vfio, 0, BENCH_MEMORY, SEED));
	EXPECT_EQ(0, queue_run(&self->queue, &same, NULL));
	EXPECT_EQ(0, queue_run(&self->queue, &back, NULL));
	expect_pattern(_metadata, self->device, BENCH_MEMORY / MCOPY_PAGE,
		       SEED);
}

/* Rings in device memory work, too. */
TEST_F(bar, has_the_rings)
{
	const struct mcopy_descriptor sum = {
		.operation = MCOPY_OPERATION_CRC,
		.source = DATA,
		.length = 1,
		.tag = SEED,
	};
	const struct mcopy_completion *record = (void *)(self->memory + 4096);

	memcpy(self->memory, &sum, sizeof(sum));
	ASSERT_EQ(0, queue_reset(&self->queue));
	ASSERT_EQ(0, mcopy_set64(&self->device->vfio,
				 MCOPY_QUEUE(0, MCOPY_QUEUE_RING), BAR));
	ASSERT_EQ(0, mcopy_set64(&self->device->vfio,
				 MCOPY_QUEUE(0, MCOPY_QUEUE_COMPLETIONS),
				 BAR + 4096));
	ASSERT_EQ(0, queue_set(&self->queue, MCOPY_QUEUE_ENTRIES, ENTRIES));
	ASSERT_EQ(0, queue_set(&self->queue, MCOPY_QUEUE_CONTROL,
			       MCOPY_QUEUE_ENABLE));
	self->queue.tail = 1;
	ASSERT_EQ(0, queue_ring(&self->queue));
	EXPECT_EQ(0, queue_wait(&self->queue));
	EXPECT_EQ(SEED, record->tag);
	EXPECT_EQ(MCOPY_COMPLETION_DONE, record->status);
}

/* Both devices write to each other's memory, and to their own, at once. */
struct pusher {
	pthread_t thread;
	struct queue *queue;
	bool stop;
	unsigned int rounds;
	int error;
};

static void *push_and_pull(void *argument)
{
	struct pusher *pusher = argument;
	const struct mcopy_descriptor steps[] = {
		copy(BAR, OTHER_BAR + HALF, HALF, 0),
		copy(OTHER_BAR, BAR + HALF, HALF, 0),
		copy(0, OTHER_BAR + HALF, HALF, MCOPY_FLAG_SOURCE_DEVICE),
		copy(OTHER_BAR, HALF, HALF, MCOPY_FLAG_TARGET_DEVICE),
	};

	while (!__atomic_load_n(&pusher->stop, __ATOMIC_RELAXED) &&
	       !pusher->error) {
		pusher->error = queue_run(pusher->queue,
					  &steps[pusher->rounds++ % 4], NULL);
	}
	return NULL;
}

static int fetch_often(const struct migration *migration,
		       struct buffer *stream, unsigned int rounds)
{
	unsigned int i;
	int ret = migration_set_state(migration, STATE_PRE_COPY);

	for (i = 0; i < rounds && ret >= 0; i++) {
		uint64_t pending;

		ret = migration_pending(migration, &pending);
		if (!ret)
			ret = migration_segment(migration, stream);
	}
	return ret < 0 ? ret : 0;
}

TEST_F(bar, is_saved_while_devices_write_to_each_other)
{
	struct pusher pushers[2] = {
		{ .queue = &self->queue }, { .queue = &self->other_queue },
	};
	uint8_t *seen = malloc(BENCH_MEMORY);
	unsigned int i;

	ASSERT_NE(NULL, seen);
	ASSERT_EQ(0, mcopy_fill(&self->device->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, mcopy_fill(&self->other->vfio, 0, BENCH_MEMORY, 2));
	for (i = 0; i < ARRAY_SIZE(pushers); i++)
		ASSERT_EQ(0, pthread_create(&pushers[i].thread, NULL,
					    push_and_pull, &pushers[i]));
	EXPECT_EQ(0, fetch_often(&self->device->migration, &self->stream,
				 20));
	for (i = 0; i < ARRAY_SIZE(pushers); i++)
		__atomic_store_n(&pushers[i].stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < ARRAY_SIZE(pushers); i++) {
		EXPECT_EQ(0, pthread_join(pushers[i].thread, NULL));
		EXPECT_EQ(0, pushers[i].error);
		EXPECT_LT(4, pushers[i].rounds);
	}
	/* Nobody writes any more: what was written is in the stream. */
	ASSERT_EQ(0, migration_save(&self->device->migration, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	ASSERT_EQ(0, migration_load(&self->target->migration, &self->stream));
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, seen,
				       BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(self->memory, seen, BENCH_MEMORY));
	free(seen);
}

/* Each page once, whoever wrote it and by whichever way. */
TEST_F(bar, pages_written_by_dma_are_fetched_again)
{
	const struct mcopy_descriptor ways[] = {
		copy(DATA, 3 * 4096 + 5, 4096, MCOPY_FLAG_TARGET_DEVICE),
		copy(DATA, BAR + 7 * 4096 + 5, 4096, 0),
	};
	const struct mcopy_descriptor from_other =
		copy(DATA, OTHER_BAR + 11 * 4096, 8192, 0);
	const uint64_t expected[] = { 3, 4, 7, 8, 11, 12 };
	struct record record;
	unsigned int i;

	ASSERT_EQ(0, mcopy_fill(&self->device->vfio, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, migration_set_state(&self->device->migration,
					 STATE_PRE_COPY));
	ASSERT_EQ(0, migration_drain(&self->device->migration,
				     &self->stream));
	self->stream.length = STREAM_HEADER;
	for (i = 0; i < ARRAY_SIZE(ways); i++)
		ASSERT_EQ(0, queue_run(&self->queue, &ways[i], NULL));
	ASSERT_EQ(0, queue_run(&self->other_queue, &from_other, NULL));
	ASSERT_EQ(0, migration_drain(&self->device->migration,
				     &self->stream));
	ASSERT_EQ(ARRAY_SIZE(expected),
		  stream_count(&self->stream, VMIG_RECORD_MEMORY));
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		ASSERT_LE(0, stream_find(&self->stream, VMIG_RECORD_MEMORY, i,
					 &record));
		EXPECT_EQ(expected[i] * MCOPY_PAGE, record.address);
		EXPECT_EQ(0, memcmp(self->memory + record.address,
				    record.payload, MCOPY_PAGE));
	}
}

/* The other device is closed while we write to what was its memory. */
TEST_F(bar, goes_away_in_the_midst)
{
	const struct mcopy_descriptor to_other =
		copy(BAR, OTHER_BAR, BENCH_MEMORY, 0);
	unsigned int i;
	int ret;

	for (i = 0; i < 10; i++)
		queue_put(&self->queue, &to_other);
	ASSERT_EQ(0, queue_ring(&self->queue));
	device_close(self->other);
	ret = queue_wait(&self->queue);
	EXPECT_TRUE(!ret || ret == MCOPY_ERROR_WRITE);
	ASSERT_EQ(0, queue_open(&self->queue, &self->device->vfio,
				&self->guest, 0, ENTRIES));
	EXPECT_EQ(MCOPY_ERROR_WRITE, queue_run(&self->queue, &to_other,
					       NULL));
	EXPECT_EQ(OTHER_BAR, queue_get64(&self->queue,
					 MCOPY_QUEUE_ERROR_ADDR));
	ASSERT_EQ(0, queue_open(&self->queue, &self->device->vfio,
				&self->guest, 0, ENTRIES));
	EXPECT_TRUE(queue_works(&self->queue));
}

/* Reset takes all pages away, also those that DMA is about to fault in. */
TEST_F(bar, is_reset_while_the_other_writes)
{
	struct pusher pusher = { .queue = &self->other_queue };
	unsigned int i;

	ASSERT_EQ(0, pthread_create(&pusher.thread, NULL, push_and_pull,
				    &pusher));
	for (i = 0; i < 50; i++) {
		usleep(1000);
		EXPECT_EQ(0, vfio_reset(&self->device->vfio));
	}
	__atomic_store_n(&pusher.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, pthread_join(pusher.thread, NULL));
	EXPECT_EQ(0, pusher.error);
	ASSERT_EQ(0, queue_open(&self->queue, &self->device->vfio,
				&self->guest, 0, ENTRIES));
	EXPECT_TRUE(queue_works(&self->queue));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
