// SPDX-License-Identifier: GPL-2.0
/*
 * What a queue can't do: which error it stops with, what is done by then, and
 * that it minds nobody else.
 */
#include <endian.h>
#include <sys/mman.h>

#include "lib/iommu.h"
#include "lib/model.h"
#include "test.h"

#define SIZE		(8 * 1024 * 1024)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define HOLE		(GUEST_IOVA + SIZE)
#define SEED		20201113
#define ENTRIES		8

/* Memory of its own, each 64 pages, of which the last are not what they seem. */
#define ODD_SIZE	(64 * IOMMU_PAGE)
#define ODD_BAD		(20 * IOMMU_PAGE)
#define READ_ONLY	0x100000000ULL
#define WRITE_ONLY	0x200000000ULL
#define NO_ACCESS	0x300000000ULL
#define GONE		0x400000000ULL
#define NEVER		0x500000000ULL

FIXTURE(error)
{
	struct bench bench;
	const struct vfio *vfio;
	struct guest guest;
	struct model model;
	struct queue queue[2];
	uint8_t *odd[4];
};

/* One descriptor, and how it fails. */
FIXTURE_VARIANT(error)
{
	struct mcopy_descriptor wanted;
	uint32_t error;
	uint64_t address;
};

#define BAD_OPERATION(...)						\
	{ .wanted = { __VA_ARGS__ }, .error = MCOPY_ERROR_OPERATION }
#define BAD_RANGE(...)							\
	{ .wanted = { __VA_ARGS__ }, .error = MCOPY_ERROR_RANGE }
#define BAD_READ(at, ...)						\
	{ .wanted = { __VA_ARGS__ }, .error = MCOPY_ERROR_READ,		\
	  .address = (at) }
#define BAD_WRITE(at, ...)						\
	{ .wanted = { __VA_ARGS__ }, .error = MCOPY_ERROR_WRITE,	\
	  .address = (at) }
#define MOVE(from, to, count)						\
	.source = (from), .target = (to), .length = (count)
#define COPY(from, to, count)						\
	.operation = MCOPY_OPERATION_COPY, MOVE(from, to, count)
#define FILL(to, count)							\
	.operation = MCOPY_OPERATION_FILL, .target = (to),		\
	.length = (count), .pattern = 0x1122334455667788ULL
#define SUM(from, count)						\
	.operation = MCOPY_OPERATION_CRC, .source = (from),		\
	.length = (count)

/* What no operation takes */

FIXTURE_VARIANT_ADD(error, operation_0)
	BAD_OPERATION(MOVE(DATA, DATA + 64, 8), .operation = 0);

FIXTURE_VARIANT_ADD(error, operation_4)
	BAD_OPERATION(MOVE(DATA, DATA + 64, 8), .operation = 4);

FIXTURE_VARIANT_ADD(error, operation_high)
	BAD_OPERATION(MOVE(DATA, DATA + 64, 8), .operation = 1U << 31 | 1);

FIXTURE_VARIANT_ADD(error, flag_3)
	BAD_OPERATION(COPY(DATA, DATA + 64, 8), .flags = 8);

FIXTURE_VARIANT_ADD(error, flag_31)
	BAD_OPERATION(COPY(DATA, DATA + 64, 8), .flags = 1U << 31);

FIXTURE_VARIANT_ADD(error, reserved_0)
	BAD_OPERATION(COPY(DATA, DATA + 64, 8), .reserved = { 1 });

FIXTURE_VARIANT_ADD(error, reserved_1)
	BAD_OPERATION(COPY(DATA, DATA + 64, 8), .reserved = { 0, 1ULL << 63 });

FIXTURE_VARIANT_ADD(error, copy_with_pattern)
	BAD_OPERATION(COPY(DATA, DATA + 64, 8), .pattern = 1ULL << 40);

FIXTURE_VARIANT_ADD(error, fill_with_source)
	BAD_OPERATION(FILL(DATA, 8), .source = 1ULL << 40);

FIXTURE_VARIANT_ADD(error, fill_with_source_device)
	BAD_OPERATION(FILL(DATA, 8), .flags = MCOPY_FLAG_SOURCE_DEVICE);

FIXTURE_VARIANT_ADD(error, crc_with_target)
	BAD_OPERATION(SUM(DATA, 8), .target = 1);

FIXTURE_VARIANT_ADD(error, crc_with_target_device)
	BAD_OPERATION(SUM(DATA, 8), .flags = MCOPY_FLAG_TARGET_DEVICE);

FIXTURE_VARIANT_ADD(error, crc_with_pattern)
	BAD_OPERATION(SUM(DATA, 8), .pattern = 1);

/* Lengths and ends */

FIXTURE_VARIANT_ADD(error, length_0)
	BAD_RANGE(COPY(DATA, DATA + 64, 0));

FIXTURE_VARIANT_ADD(error, length_above_maximum)
	BAD_RANGE(SUM(DATA, MCOPY_LENGTH_MAX + 1));

FIXTURE_VARIANT_ADD(error, length_all_ones)
	BAD_RANGE(FILL(DATA, ~0ULL));

FIXTURE_VARIANT_ADD(error, source_device_end)
	BAD_RANGE(COPY(BENCH_MEMORY - 7, DATA, 8),
		  .flags = MCOPY_FLAG_SOURCE_DEVICE);

FIXTURE_VARIANT_ADD(error, target_device_end)
	BAD_RANGE(FILL(BENCH_MEMORY, 1), .flags = MCOPY_FLAG_TARGET_DEVICE);

FIXTURE_VARIANT_ADD(error, target_device_too_long)
	BAD_RANGE(FILL(0, BENCH_MEMORY + 1),
		  .flags = MCOPY_FLAG_TARGET_DEVICE);

FIXTURE_VARIANT_ADD(error, device_address_wraps)
	BAD_RANGE(SUM(-8ULL, 16), .flags = MCOPY_FLAG_SOURCE_DEVICE);

FIXTURE_VARIANT_ADD(error, source_wraps)
	BAD_RANGE(SUM(-8ULL, 16));

FIXTURE_VARIANT_ADD(error, target_wraps)
	BAD_RANGE(FILL(-IOMMU_PAGE, IOMMU_PAGE + 1));

/* Guest memory that is not there, or not for that */

FIXTURE_VARIANT_ADD(error, source_unmapped)
	BAD_READ(NEVER + 5, COPY(NEVER + 5, DATA, 100));

FIXTURE_VARIANT_ADD(error, target_unmapped)
	BAD_WRITE(NEVER + 7, COPY(DATA, NEVER + 7, 100));

FIXTURE_VARIANT_ADD(error, source_is_the_last_byte_there_is)
	BAD_READ(~0ULL, SUM(~0ULL, 1));

FIXTURE_VARIANT_ADD(error, source_ends_in_a_hole)
	BAD_READ(HOLE, COPY(HOLE - 300001, DATA, 300002));

FIXTURE_VARIANT_ADD(error, target_ends_in_a_hole)
	BAD_WRITE(HOLE, COPY(DATA, HOLE - 300001, 400000));

FIXTURE_VARIANT_ADD(error, fill_ends_in_a_hole)
	BAD_WRITE(HOLE, FILL(HOLE - 70000, 1024 * 1024 * 1024));

FIXTURE_VARIANT_ADD(error, crc_ends_in_a_hole)
	BAD_READ(HOLE, SUM(DATA + 9, 1024 * 1024 * 1024));

FIXTURE_VARIANT_ADD(error, target_read_only)
	BAD_WRITE(READ_ONLY + 17, FILL(READ_ONLY + 17, 10000));

FIXTURE_VARIANT_ADD(error, source_write_only)
	BAD_READ(WRITE_ONLY + 18, SUM(WRITE_ONLY + 18, 10000));

FIXTURE_VARIANT_ADD(error, source_loses_access)
	BAD_READ(NO_ACCESS + ODD_BAD, COPY(NO_ACCESS + 1, DATA, 100000));

FIXTURE_VARIANT_ADD(error, target_loses_access)
	BAD_WRITE(NO_ACCESS + ODD_BAD, COPY(DATA, NO_ACCESS + 1, 100000));

FIXTURE_VARIANT_ADD(error, source_is_gone_midway)
	BAD_READ(GONE + ODD_BAD, SUM(GONE + 4095, 200000));

FIXTURE_VARIANT_ADD(error, target_is_gone_midway)
	BAD_WRITE(GONE + ODD_BAD, FILL(GONE + 4095, 200000));

FIXTURE_VARIANT_ADD(error, target_is_gone)
	BAD_WRITE(GONE + ODD_BAD + 3, FILL(GONE + ODD_BAD + 3, 1));

static const struct {
	uint64_t iova;
	uint32_t access;
} odds[] = {
	{ READ_ONLY, IOMMU_READ },
	{ WRITE_ONLY, IOMMU_WRITE },
	{ NO_ACCESS, IOMMU_READ | IOMMU_WRITE },
	{ GONE, IOMMU_READ | IOMMU_WRITE },
};

static void map_odd_memory(struct __test_metadata *_metadata,
			   const struct vfio *vfio, uint8_t *odd[])
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(odds); i++) {
		odd[i] = mmap(NULL, ODD_SIZE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		ASSERT_NE(MAP_FAILED, (void *)odd[i]);
		memset(odd[i], 0x5a, ODD_SIZE);
		ASSERT_EQ(0, iommu_map(vfio, odd[i], odds[i].iova, ODD_SIZE,
				       odds[i].access));
	}
	ASSERT_EQ(0, mprotect(odd[2] + ODD_BAD, ODD_SIZE - ODD_BAD,
			      PROT_NONE));
	ASSERT_EQ(0, munmap(odd[3] + ODD_BAD, ODD_SIZE - ODD_BAD));
}

FIXTURE_SETUP(error)
{
	unsigned int i;

	test_open(_metadata, &self->bench, 1);
	self->vfio = &self->bench.device[0].vfio;
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, self->vfio));
	guest_scatter(&self->guest, GUEST_RINGS, SIZE - GUEST_RINGS, SEED);
	map_odd_memory(_metadata, self->vfio, self->odd);
	ASSERT_EQ(0, model_open(&self->model, &self->guest));
	for (i = 0; i < ARRAY_SIZE(self->queue); i++)
		ASSERT_EQ(0, queue_open(&self->queue[i], self->vfio,
					&self->guest, i, ENTRIES));
}

FIXTURE_TEARDOWN(error)
{
	size_t i;

	model_close(&self->model);
	test_close(_metadata, &self->bench);
	for (i = 0; i < ARRAY_SIZE(odds); i++)
		munmap(self->odd[i], i == 3 ? ODD_BAD : ODD_SIZE);
	guest_close(&self->guest);
}

static uint32_t causes(const struct vfio *vfio)
{
	uint32_t value;

	mcopy_get(vfio, MCOPY_REG_IRQ_STATUS, &value);
	return value;
}

/* The queue has stopped at entry @at with this error. */
static void expect_stopped(struct __test_metadata *_metadata,
			   const struct queue *queue, unsigned int at,
			   uint32_t error, uint64_t address)
{
	EXPECT_EQ(error, queue_wait_error(queue));
	EXPECT_EQ(address, queue_get64(queue, MCOPY_QUEUE_ERROR_ADDR));
	EXPECT_EQ(at, queue_get(queue, MCOPY_QUEUE_HEAD));
	EXPECT_EQ(1U << queue->number, causes(queue->vfio));
	EXPECT_EQ(0, queue_completion(queue, at)->status);
	/* And that is how it stays. */
	EXPECT_EQ(0, queue_ring(queue));
	usleep(20000);
	EXPECT_EQ(error, queue_get(queue, MCOPY_QUEUE_ERROR));
	EXPECT_EQ(at, queue_get(queue, MCOPY_QUEUE_HEAD));
}

static void expect_recovery(struct __test_metadata *_metadata,
			    struct queue *queue)
{
	ASSERT_EQ(0, queue_reset(queue));
	EXPECT_EQ(0, queue_get(queue, MCOPY_QUEUE_ERROR));
	EXPECT_EQ(0, queue_get64(queue, MCOPY_QUEUE_ERROR_ADDR));
	ASSERT_EQ(0, queue_open(queue, queue->vfio, queue->guest,
				queue->number, queue->entries));
	EXPECT_TRUE(queue_works(queue));
}

/* What lies before the first bad byte is done, and nothing more. */
static size_t done_before(const struct mcopy_descriptor *wanted,
			  uint32_t error, uint64_t address)
{
	if (error == MCOPY_ERROR_READ)
		return address - wanted->source;
	return error == MCOPY_ERROR_WRITE ? address - wanted->target : 0;
}

static bool in_guest(uint64_t address)
{
	return address >= GUEST_IOVA && address < GUEST_IOVA + SIZE;
}

static void run_model(struct model *model,
		      const struct mcopy_descriptor *wanted, size_t done)
{
	struct mcopy_descriptor in = *wanted;

	if (!in_guest(wanted->target))
		return;
	/* The odd memory is all the same. */
	if (!in_guest(wanted->source) &&
	    wanted->operation == MCOPY_OPERATION_COPY) {
		in.operation = MCOPY_OPERATION_FILL;
		in.pattern = 0x5a5a5a5a5a5a5a5aULL;
		in.source = 0;
	}
	model_run(model, &in, done);
}

/* A good one, a bad one, a good one: the first is done, the last is not. */
TEST_F(error, stops_the_queue_at_the_entry)
{
	const struct mcopy_descriptor good = { SUM(DATA, 1) };
	struct queue *queue = &self->queue[0];
	const size_t done = done_before(&variant->wanted, variant->error,
					variant->address);

	queue_put(queue, &good);
	queue_put(queue, &variant->wanted);
	queue_put(queue, &good);
	ASSERT_EQ(0, queue_ring(queue));
	expect_stopped(_metadata, queue, 1, variant->error, variant->address);
	EXPECT_EQ(MCOPY_COMPLETION_DONE,
		  le32toh(queue_completion(queue, 0)->status));
	EXPECT_EQ(0, queue_completion(queue, 2)->status);
	run_model(&self->model, &variant->wanted, done);
	EXPECT_EQ(SIZE, model_differs(&self->model, &self->guest));
	EXPECT_EQ(BENCH_MEMORY, model_device_differs(&self->model,
						     self->vfio));
	expect_recovery(_metadata, queue);
}

/* What was written of memory that ends is written up to its end. */
TEST_F(error, odd_memory_has_what_fits)
{
	const struct mcopy_descriptor *wanted = &variant->wanted;
	const bool gone = wanted->target >= GONE && wanted->target < NEVER;
	const bool closed = wanted->target >= NO_ACCESS &&
			    wanted->target < GONE;
	const size_t begin = wanted->target % ODD_SIZE;
	const uint8_t *odd = self->odd[gone ? 3 : 2];
	size_t i;

	queue_put(&self->queue[0], wanted);
	ASSERT_EQ(0, queue_ring(&self->queue[0]));
	EXPECT_EQ(variant->error, queue_wait_error(&self->queue[0]));
	if (variant->error != MCOPY_ERROR_WRITE || !(gone || closed))
		return;
	for (i = 0; i < ODD_BAD; i++) {
		uint8_t expected = wanted->pattern >> (i - begin) % 8 * 8;

		if (closed)
			expected = self->guest.at[GUEST_RINGS + i - begin];
		ASSERT_EQ(i < begin ? 0x5a : expected, odd[i]) {
			TH_LOG("byte %zu", i);
		}
	}
}

TEST_F(error, leaves_other_queues_alone)
{
	/* Where none of the bad ones gets. */
	const size_t offset = 1024 * 1024;
	struct mcopy_descriptor copy = { COPY(DATA + offset, 0, 300000) };
	struct queue *other = &self->queue[1];
	unsigned int i;

	for (i = 0; i < ENTRIES - 1; i++) {
		copy.target = copy.source + (i + 1) * copy.length;
		queue_put(other, &copy);
		model_run(&self->model, &copy, copy.length);
	}
	queue_put(&self->queue[0], &variant->wanted);
	ASSERT_EQ(0, queue_ring(other));
	ASSERT_EQ(0, queue_ring(&self->queue[0]));
	EXPECT_EQ(variant->error, queue_wait_error(&self->queue[0]));
	EXPECT_EQ(0, queue_wait(other));
	EXPECT_EQ(0, memcmp(self->model.guest + GUEST_RINGS + offset,
			    self->guest.at + GUEST_RINGS + offset,
			    ENTRIES * copy.length));
	EXPECT_TRUE(queue_works(other));
	expect_recovery(_metadata, &self->queue[0]);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
