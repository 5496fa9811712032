// SPDX-License-Identifier: GPL-2.0
/* What the queues do: bytes, checksums, completion records, interrupts. */
#include <endian.h>

#include "lib/dice.h"
#include "lib/model.h"
#include "test.h"

#define SIZE		(16 * 1024 * 1024)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define SEED		20201111
#define ENTRIES		64

FIXTURE(engine)
{
	struct bench bench;
	const struct vfio *vfio;
	struct guest guest;
	struct model model;
	struct queue queue[MCOPY_QUEUES_MAX];
};

FIXTURE_SETUP(engine)
{
	test_open(_metadata, &self->bench, 1);
	self->vfio = &self->bench.device[0].vfio;
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, self->vfio));
	guest_scatter(&self->guest, GUEST_RINGS, SIZE - GUEST_RINGS, SEED);
	ASSERT_EQ(0, model_open(&self->model, &self->guest));
	ASSERT_EQ(0, queues_open(self->queue, self->vfio, &self->guest,
				 ENTRIES));
}

FIXTURE_TEARDOWN(engine)
{
	model_close(&self->model);
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
}

static void expect_model(struct __test_metadata *_metadata,
			 const struct model *model, const struct guest *guest,
			 const struct vfio *vfio)
{
	EXPECT_EQ(SIZE, model_differs(model, guest));
	EXPECT_EQ(BENCH_MEMORY, model_device_differs(model, vfio));
}

/* One descriptor on queue 0, and the model beside it. */
static void run_both(struct __test_metadata *_metadata, struct queue *queue,
		     struct model *model,
		     const struct mcopy_descriptor *wanted)
{
	uint32_t seen = ~0U;

	EXPECT_EQ(0, queue_run(queue, wanted, &seen)) {
		TH_LOG("operation %u flags %u source %llx target %llx length %llu",
		       wanted->operation, wanted->flags, wanted->source,
		       wanted->target, wanted->length);
	}
	EXPECT_EQ(model_run(model, wanted, wanted->length), seen);
}

static const size_t lengths[] = {
	1, 2, 7, 8, 9, 63, 4095, 4096, 4097, 8192, 65535, 65536, 65537,
	131072, 300001,
};

static const size_t offsets[] = { 0, 1, 8, 4095 };

/* So that what is copied is not all zeros. */
static int scatter_device(struct model *model, const struct vfio *vfio)
{
	memcpy(model->device, model->guest + GUEST_RINGS, BENCH_MEMORY);
	return mcopy_memory_write(vfio, 0, model->device, BENCH_MEMORY);
}

/* One length, between all pairs of places; @flags say of which kind. */
static void copy_about(struct __test_metadata *_metadata, struct queue *queue,
		       struct model *model, uint32_t flags, size_t length)
{
	struct mcopy_descriptor copy = {
		.operation = MCOPY_OPERATION_COPY,
		.flags = flags,
		.length = length,
	};
	size_t from, to;

	for (from = 0; from < ARRAY_SIZE(offsets); from++) {
		for (to = 0; to < ARRAY_SIZE(offsets); to++) {
			copy.source = offsets[from] + 4096;
			if (!(flags & MCOPY_FLAG_SOURCE_DEVICE))
				copy.source += DATA;
			copy.target = offsets[to] + BENCH_MEMORY / 2;
			if (!(flags & MCOPY_FLAG_TARGET_DEVICE))
				copy.target += DATA;
			copy.tag++;
			run_both(_metadata, queue, model, &copy);
		}
	}
}

TEST_F(engine, copies_any_length_from_and_to_anywhere)
{
	static const uint32_t kinds[] = {
		0, MCOPY_FLAG_TARGET_DEVICE, MCOPY_FLAG_SOURCE_DEVICE,
		MCOPY_FLAG_SOURCE_DEVICE | MCOPY_FLAG_TARGET_DEVICE,
	};
	size_t i, kind;

	ASSERT_EQ(0, scatter_device(&self->model, self->vfio));
	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			copy_about(_metadata, &self->queue[0], &self->model,
				   kinds[kind], lengths[i]);
			expect_model(_metadata, &self->model, &self->guest,
				     self->vfio);
		}
	}
}

TEST_F(engine, copies_several_mib)
{
	const struct mcopy_descriptor copy = {
		.operation = MCOPY_OPERATION_COPY,
		.source = DATA + 13,
		.target = DATA + 7 * 1024 * 1024 + 5,
		.length = 6 * 1024 * 1024 + 77,
	};

	run_both(_metadata, &self->queue[0], &self->model, &copy);
	expect_model(_metadata, &self->model, &self->guest, self->vfio);
}

TEST_F(engine, fills_from_the_first_byte_of_the_target)
{
	struct mcopy_descriptor fill = {
		.operation = MCOPY_OPERATION_FILL,
		.pattern = 0x8877665544332211ULL,
	};
	size_t i, to;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (to = 0; to < ARRAY_SIZE(offsets); to++) {
			fill.length = lengths[i];
			fill.pattern++;
			fill.flags = 0;
			fill.target = DATA + 3 + offsets[to];
			run_both(_metadata, &self->queue[0], &self->model,
				 &fill);
			fill.flags = MCOPY_FLAG_TARGET_DEVICE;
			fill.target -= DATA;
			run_both(_metadata, &self->queue[0], &self->model,
				 &fill);
		}
		expect_model(_metadata, &self->model, &self->guest,
			     self->vfio);
	}
}

TEST_F(engine, sums_what_crc32c_sums)
{
	struct mcopy_descriptor sum = { .operation = MCOPY_OPERATION_CRC };
	size_t i, from;

	ASSERT_EQ(0, scatter_device(&self->model, self->vfio));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (from = 0; from < ARRAY_SIZE(offsets); from++) {
			sum.length = lengths[i];
			sum.flags = 0;
			sum.source = DATA + offsets[from];
			run_both(_metadata, &self->queue[0], &self->model,
				 &sum);
			sum.flags = MCOPY_FLAG_SOURCE_DEVICE;
			sum.source -= DATA;
			run_both(_metadata, &self->queue[0], &self->model,
				 &sum);
		}
	}
	expect_model(_metadata, &self->model, &self->guest, self->vfio);
}

/* RFC 3720, B.4: 32 bytes of zeros, of ones, and counting up. */
TEST_F(engine, sums_what_the_standard_says)
{
	static const uint32_t sums[] = { 0x8a9136aa, 0x62a8ab43, 0x46dd794e };
	struct mcopy_descriptor sum = {
		.operation = MCOPY_OPERATION_CRC, .source = DATA, .length = 32,
	};
	uint8_t *at = self->guest.at + GUEST_RINGS;
	unsigned int i, j;
	uint32_t seen;

	for (i = 0; i < ARRAY_SIZE(sums); i++) {
		for (j = 0; j < 32; j++)
			at[j] = i == 2 ? j : i ? 0xff : 0;
		EXPECT_EQ(0, queue_run(&self->queue[0], &sum, &seen));
		EXPECT_EQ(sums[i], seen);
	}
}

/* The ring goes round and round: every entry of it many times. */
TEST_F(engine, does_random_work_for_many_rounds_of_the_ring)
{
	struct mcopy_descriptor wanted;
	uint64_t state = SEED;
	unsigned int i;

	for (i = 0; i < 10 * ENTRIES; i++) {
		model_roll(&self->model, &state, 100000, &wanted);
		run_both(_metadata, &self->queue[0], &self->model, &wanted);
		if (i % ENTRIES == 0)
			expect_model(_metadata, &self->model, &self->guest,
				     self->vfio);
	}
	expect_model(_metadata, &self->model, &self->guest, self->vfio);
}

/* @count descriptors at once; each reads what the one before it wrote. */
static void run_chain(struct __test_metadata *_metadata, struct queue *queue,
		      struct model *model, unsigned int count)
{
	struct mcopy_descriptor copy = {
		.operation = MCOPY_OPERATION_COPY, .length = 777,
	};
	const unsigned int first = queue->tail;
	unsigned int i, at;

	for (i = 0; i < count; i++) {
		copy.source = DATA + i * 777;
		copy.target = DATA + (i + 1) * 777;
		copy.tag = ~(uint64_t)i;
		queue_put(queue, &copy);
		model_run(model, &copy, copy.length);
	}
	ASSERT_EQ(0, queue_ring(queue));
	ASSERT_EQ(0, queue_wait(queue));
	for (i = 0; i < count; i++) {
		at = (first + i) % queue->entries;
		EXPECT_EQ(~(uint64_t)i,
			  le64toh(queue_completion(queue, at)->tag));
		EXPECT_EQ(MCOPY_COMPLETION_DONE,
			  le32toh(queue_completion(queue, at)->status));
		EXPECT_EQ(0, queue_completion(queue, at)->crc);
	}
	EXPECT_EQ(queue->tail, queue_get(queue, MCOPY_QUEUE_HEAD));
}

TEST_F(engine, empties_full_rings_of_any_size_in_order)
{
	struct queue *queue = &self->queue[1];
	unsigned int entries, round;

	ASSERT_EQ(0, engine_configure(&self->bench.device[0], 2,
				      MCOPY_ENTRIES_MAX));
	ASSERT_EQ(0, guest_map(&self->guest, self->vfio));
	for (entries = MCOPY_ENTRIES_MIN; entries <= MCOPY_ENTRIES_MAX;
	     entries *= 2) {
		ASSERT_EQ(0, queue_open(queue, self->vfio, &self->guest, 1,
					entries));
		for (round = 0; round < 3; round++)
			run_chain(_metadata, queue, &self->model, entries - 1);
		expect_model(_metadata, &self->model, &self->guest,
			     self->vfio);
	}
}

/* Each has a quarter of the memory: they may run in any order. */
TEST_F(engine, four_queues_work_side_by_side)
{
	const size_t share = (SIZE - GUEST_RINGS) / MCOPY_QUEUES_MAX;
	struct mcopy_descriptor copy = { .operation = MCOPY_OPERATION_COPY };
	uint64_t state = SEED;
	unsigned int i, j;

	for (j = 0; j < ENTRIES - 1; j++) {
		for (i = 0; i < MCOPY_QUEUES_MAX; i++) {
			copy.length = 1 + dice(&state) % (share / 2);
			copy.source = DATA + i * share;
			copy.target = copy.source + share - copy.length;
			if (j % 2) {
				copy.target = copy.source;
				copy.source += share - copy.length;
			}
			copy.tag = i << 16 | j;
			queue_put(&self->queue[i], &copy);
			model_run(&self->model, &copy, copy.length);
		}
		if (j % 8 == 0)
			for (i = 0; i < MCOPY_QUEUES_MAX; i++)
				ASSERT_EQ(0, queue_ring(&self->queue[i]));
	}
	for (i = 0; i < MCOPY_QUEUES_MAX; i++)
		ASSERT_EQ(0, queue_ring(&self->queue[i]));
	for (i = 0; i < MCOPY_QUEUES_MAX; i++) {
		ASSERT_EQ(0, queue_wait(&self->queue[i]));
		for (j = 0; j < ENTRIES - 1; j++)
			EXPECT_EQ(i << 16 | j,
				  queue_completion(&self->queue[i], j)->tag);
	}
	expect_model(_metadata, &self->model, &self->guest, self->vfio);
}

/* As soon as the record says so, all of it is there. */
TEST_F(engine, record_comes_when_the_bytes_are_there)
{
	struct queue *queue = &self->queue[0];
	struct mcopy_descriptor fill = {
		.operation = MCOPY_OPERATION_FILL, .target = DATA,
	};
	volatile struct mcopy_completion *record;
	const uint8_t *last;
	unsigned int i;

	for (i = 1; i < 300; i++) {
		fill.length = i * 1000;
		fill.pattern = (uint8_t)i * 0x0101010101010101ULL;
		fill.tag = i;
		record = queue_completion(queue, queue_put(queue, &fill));
		ASSERT_EQ(0, queue_ring(queue));
		while (!record->status)
			;
		last = self->guest.at + GUEST_RINGS + fill.length - 1;
		ASSERT_EQ((uint8_t)i, *(volatile const uint8_t *)last);
		ASSERT_EQ(i, le64toh(record->tag));
		ASSERT_EQ(0, queue_wait(queue));
	}
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
