// SPDX-License-Identifier: GPL-2.0
/* Rings that can't be: where they are, how large, how full; and those that go. */
#include <endian.h>

#include "lib/engine.h"
#include "lib/iommu.h"
#include "test.h"

#define SIZE		(4 * 1024 * 1024)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define RING		GUEST_IOVA
#define RECORDS		(GUEST_IOVA + 0x40000)
#define SEED		20201114
#define ENTRIES		8
/* Mapped on its own, so that it can go. */
#define LOOSE		0x100000000ULL
#define LOOSE_SIZE	(16 * IOMMU_PAGE)

FIXTURE(ring)
{
	struct bench bench;
	const struct vfio *vfio;
	struct guest guest;
	struct guest loose;
	struct queue queue;
};

FIXTURE_SETUP(ring)
{
	test_open(_metadata, &self->bench, 1);
	self->vfio = &self->bench.device[0].vfio;
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, self->vfio));
	ASSERT_EQ(0, guest_open(&self->loose, LOOSE_SIZE));
	ASSERT_EQ(0, iommu_map(self->vfio, self->loose.at, LOOSE, LOOSE_SIZE,
			       IOMMU_READ | IOMMU_WRITE));
	ASSERT_EQ(0, queue_open(&self->queue, self->vfio, &self->guest, 0,
				ENTRIES));
}

FIXTURE_TEARDOWN(ring)
{
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
	guest_close(&self->loose);
}

static const struct mcopy_descriptor quick = {
	.operation = MCOPY_OPERATION_CRC,
	.source = DATA,
	.length = 1,
};

static int set64(const struct queue *queue, uint32_t reg, uint64_t value)
{
	return mcopy_set64(queue->vfio, MCOPY_QUEUE(queue->number, reg),
			   value);
}

static int set_up(const struct queue *queue, uint64_t ring, uint64_t records,
		  uint32_t entries)
{
	int ret = queue_reset(queue);

	if (!ret)
		ret = mcopy_set(queue->vfio, MCOPY_REG_IRQ_STATUS, ~0U);
	if (!ret)
		ret = set64(queue, MCOPY_QUEUE_RING, ring);
	if (!ret)
		ret = set64(queue, MCOPY_QUEUE_COMPLETIONS, records);
	if (!ret)
		ret = queue_set(queue, MCOPY_QUEUE_ENTRIES, entries);
	if (!ret)
		ret = queue_set(queue, MCOPY_QUEUE_CONTROL,
				MCOPY_QUEUE_ENABLE);
	return ret;
}

static void expect_error(struct __test_metadata *_metadata,
			 const struct queue *queue, uint32_t error,
			 uint64_t address)
{
	uint32_t causes;

	EXPECT_EQ(error, queue_wait_error(queue));
	EXPECT_EQ(address, queue_get64(queue, MCOPY_QUEUE_ERROR_ADDR));
	EXPECT_EQ(0, mcopy_get(queue->vfio, MCOPY_REG_IRQ_STATUS, &causes));
	EXPECT_EQ(1U << queue->number, causes);
}

static void expect_recovery(struct __test_metadata *_metadata,
			    struct queue *queue)
{
	ASSERT_EQ(0, queue_open(queue, queue->vfio, queue->guest,
				queue->number, ENTRIES));
	EXPECT_TRUE(queue_works(queue));
}

TEST_F(ring, is_where_it_can_be)
{
	static const struct {
		uint64_t ring, records;
		uint32_t entries;
	} bad[] = {
		{ RING + 1, RECORDS, ENTRIES },
		{ RING + 32, RECORDS, ENTRIES },
		{ RING, RECORDS + 1, ENTRIES },
		{ RING, RECORDS + 8, ENTRIES },
		{ RING, RECORDS, 0 },
		{ RING, RECORDS, 1 },
		{ RING, RECORDS, 3 },
		{ RING, RECORDS, 4095 },
		{ RING, RECORDS, MCOPY_ENTRIES_MAX },
		{ RING, RECORDS, 2 * MCOPY_ENTRIES_MAX },
		{ RING, RECORDS, 1U << 31 },
		{ RING, RECORDS, ~0U },
		{ RING, RECORDS, ENTRIES | 1U << 16 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ASSERT_EQ(0, set_up(&self->queue, bad[i].ring, bad[i].records,
				    bad[i].entries));
		expect_error(_metadata, &self->queue, MCOPY_ERROR_RING, 0);
		/* It can't be rung at, either. */
		ASSERT_EQ(0, queue_set(&self->queue, MCOPY_QUEUE_TAIL, 1));
		EXPECT_EQ(MCOPY_ERROR_RING,
			  queue_get(&self->queue, MCOPY_QUEUE_ERROR));
		expect_recovery(_metadata, &self->queue);
	}
}

/* Nothing was set up at all. */
TEST_F(ring, of_zeros_is_none)
{
	ASSERT_EQ(0, set_up(&self->queue, 0, 0, 0));
	expect_error(_metadata, &self->queue, MCOPY_ERROR_RING, 0);
	expect_recovery(_metadata, &self->queue);
}

TEST_F(ring, tail_is_within)
{
	static const uint32_t bad[] = {
		ENTRIES, ENTRIES + 1, 0x10000, 1U << 31, ~0U,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ASSERT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_STATUS, ~0U));
		ASSERT_EQ(0, queue_set(&self->queue, MCOPY_QUEUE_TAIL,
				       bad[i]));
		expect_error(_metadata, &self->queue, MCOPY_ERROR_TAIL, 0);
		expect_recovery(_metadata, &self->queue);
	}
}

/* Also while something is being done. */
TEST_F(ring, tail_is_within_at_work)
{
	const struct mcopy_descriptor fill = {
		.operation = MCOPY_OPERATION_FILL,
		.target = DATA,
		.length = SIZE - GUEST_RINGS,
	};
	struct queue *queue = &self->queue;
	unsigned int i;

	for (i = 0; i < 50; i++) {
		/* Not 0: the recovery of the last round was a transfer, too. */
		const uint32_t at = queue_get(queue, MCOPY_QUEUE_HEAD);

		queue_completion(queue, at)->status = 0;
		queue_put(queue, &fill);
		ASSERT_EQ(0, queue_ring(queue));
		usleep(i * 50);
		ASSERT_EQ(0, queue_set(queue, MCOPY_QUEUE_TAIL, ENTRIES));
		EXPECT_EQ(MCOPY_ERROR_TAIL, queue_wait_error(queue));
		EXPECT_EQ(at + !!queue_completion(queue, at)->status,
			  queue_get(queue, MCOPY_QUEUE_HEAD)) {
			TH_LOG("round %u: record and head disagree", i);
		}
		expect_recovery(_metadata, queue);
	}
}

/* Half of it is where nothing is. */
static void fill_ring(struct queue *queue)
{
	unsigned int i;

	for (i = 0; i < ENTRIES - 1; i++)
		queue_put(queue, &quick);
}

TEST_F(ring, ends_in_a_hole)
{
	const size_t entry = sizeof(struct mcopy_descriptor);
	const uint64_t end = LOOSE + LOOSE_SIZE;
	struct queue *queue = &self->queue;
	unsigned int i;

	fill_ring(queue);
	for (i = 0; i < 4; i++)
		memcpy(self->loose.at + LOOSE_SIZE - 4 * entry + i * entry,
		       (const void *)queue_entry(queue, i), entry);
	ASSERT_EQ(0, set_up(queue, end - 4 * entry, RECORDS, ENTRIES));
	ASSERT_EQ(0, queue_ring(queue));
	expect_error(_metadata, queue, MCOPY_ERROR_READ, end);
	EXPECT_EQ(4, queue_get(queue, MCOPY_QUEUE_HEAD));
	expect_recovery(_metadata, queue);
}

TEST_F(ring, of_records_ends_in_a_hole)
{
	const size_t record = sizeof(struct mcopy_completion);
	const uint64_t end = LOOSE + LOOSE_SIZE;
	struct queue *queue = &self->queue;

	ASSERT_EQ(0, set_up(queue, RING, end - 3 * record, ENTRIES));
	fill_ring(queue);
	ASSERT_EQ(0, queue_ring(queue));
	expect_error(_metadata, queue, MCOPY_ERROR_WRITE, end);
	EXPECT_EQ(3, queue_get(queue, MCOPY_QUEUE_HEAD));
	EXPECT_FALSE(bytes_are_zero(self->loose.at + LOOSE_SIZE - record,
				    record));
	expect_recovery(_metadata, queue);
}

/* It was there when the queue was enabled. */
TEST_F(ring, is_unmapped)
{
	struct queue *queue = &self->queue;

	ASSERT_EQ(0, set_up(queue, LOOSE, RECORDS, ENTRIES));
	ASSERT_EQ(0, iommu_unmap(self->vfio, LOOSE, LOOSE_SIZE));
	ASSERT_EQ(0, queue_set(queue, MCOPY_QUEUE_TAIL, 1));
	expect_error(_metadata, queue, MCOPY_ERROR_READ, LOOSE);
	EXPECT_EQ(0, queue_get(queue, MCOPY_QUEUE_HEAD));
	expect_recovery(_metadata, queue);
}

TEST_F(ring, of_records_is_unmapped)
{
	struct queue *queue = &self->queue;

	ASSERT_EQ(0, set_up(queue, RING, LOOSE + 32, ENTRIES));
	ASSERT_EQ(0, iommu_unmap(self->vfio, LOOSE, LOOSE_SIZE));
	fill_ring(queue);
	ASSERT_EQ(0, queue_ring(queue));
	expect_error(_metadata, queue, MCOPY_ERROR_WRITE, LOOSE + 32);
	EXPECT_EQ(0, queue_get(queue, MCOPY_QUEUE_HEAD));
	expect_recovery(_metadata, queue);
}

TEST_F(ring, of_records_is_read_only)
{
	struct queue *queue = &self->queue;

	ASSERT_EQ(0, iommu_unmap(self->vfio, LOOSE, LOOSE_SIZE));
	ASSERT_EQ(0, iommu_map(self->vfio, self->loose.at, LOOSE, LOOSE_SIZE,
			       IOMMU_READ));
	ASSERT_EQ(0, set_up(queue, RING, LOOSE, ENTRIES));
	fill_ring(queue);
	ASSERT_EQ(0, queue_ring(queue));
	expect_error(_metadata, queue, MCOPY_ERROR_WRITE, LOOSE);
	EXPECT_TRUE(bytes_are_zero(self->loose.at, LOOSE_SIZE));
	expect_recovery(_metadata, queue);
}

/* Memory goes away again and again under a queue at work. */
TEST_F(ring, memory_goes_while_it_is_written)
{
	const struct mcopy_descriptor fill = {
		.operation = MCOPY_OPERATION_FILL,
		.target = LOOSE,
		.length = LOOSE_SIZE,
		.pattern = SEED,
	};
	struct queue *queue = &self->queue;
	unsigned int i, failed = 0;
	uint32_t error;

	for (i = 0; i < 100; i++) {
		queue_put(queue, &fill);
		ASSERT_EQ(0, queue_ring(queue));
		usleep(i % 10 * 20);
		ASSERT_EQ(0, iommu_unmap(self->vfio, LOOSE, LOOSE_SIZE));
		memset(self->loose.at, 0, LOOSE_SIZE);
		error = queue_wait(queue);
		EXPECT_TRUE(!error || error == MCOPY_ERROR_WRITE);
		/* Nothing comes after it was unmapped. */
		EXPECT_TRUE(bytes_are_zero(self->loose.at, LOOSE_SIZE));
		ASSERT_EQ(0, iommu_map(self->vfio, self->loose.at, LOOSE,
				       LOOSE_SIZE, IOMMU_READ | IOMMU_WRITE));
		failed += !!error;
		if (error)
			expect_recovery(_metadata, queue);
	}
	TH_LOG("%u of %u fills failed", failed, i);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
