// SPDX-License-Identifier: GPL-2.0
/*
 * The IOMMU's bitmap of dirty pages against the truth: the pages that the
 * device has written, each of them, and no page more.
 */
#include <sys/mman.h>

#include "lib/dice.h"
#include "lib/iommu.h"
#include "lib/model.h"
#include "test.h"

#define SIZE		(16 * 1024 * 1024)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define SEED		20201115
#define ENTRIES		32
#define ROUNDS		60
#define SLOW		(2 * 1024 * 1024)

FIXTURE(dirty)
{
	struct bench bench;
	struct device *device;
	const struct vfio *vfio;
	struct guest guest;
	struct model model;
	struct queue queue[MCOPY_QUEUES_MAX];
	uint64_t *bitmap;
};

FIXTURE_SETUP(dirty)
{
	test_open(_metadata, &self->bench, 1);
	self->device = &self->bench.device[0];
	self->vfio = &self->device->vfio;
	self->bitmap = malloc(IOMMU_BITMAP_SIZE(SIZE));
	ASSERT_NE(NULL, self->bitmap);
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, self->vfio));
	guest_scatter(&self->guest, GUEST_RINGS, SIZE - GUEST_RINGS, SEED);
	ASSERT_EQ(0, model_open(&self->model, &self->guest));
	ASSERT_EQ(0, queues_open(self->queue, self->vfio, &self->guest,
				 ENTRIES));
	ASSERT_EQ(0, iommu_track(self->vfio, true));
}

FIXTURE_TEARDOWN(dirty)
{
	model_close(&self->model);
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
	free(self->bitmap);
}

/* The bitmap is what the model says, and is empty afterwards. */
static void expect_dirty(struct __test_metadata *_metadata,
			 const struct vfio *vfio, struct model *model,
			 uint64_t *bitmap)
{
	unsigned int page;

	ASSERT_EQ(0, iommu_dirty(vfio, GUEST_IOVA, SIZE, bitmap));
	for (page = 0; page < SIZE / IOMMU_PAGE; page++) {
		const uint64_t bit = 1ULL << page % 64;

		EXPECT_EQ(!!(model->dirty[page / 64] & bit),
			  !!(bitmap[page / 64] & bit)) {
			TH_LOG("page %u of the guest", page);
		}
	}
	model_unmark_all(model);
	ASSERT_EQ(0, iommu_dirty(vfio, GUEST_IOVA, SIZE, bitmap));
	EXPECT_TRUE(bytes_are_zero(bitmap, IOMMU_BITMAP_SIZE(SIZE)));
}

TEST_F(dirty, bits_are_those_of_the_pages_written)
{
	uint64_t state = SEED;
	unsigned int round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, model_play(&self->model,
					&self->queue[dice(&state) % 4],
					&state, 200000));
		expect_dirty(_metadata, self->vfio, &self->model,
			     self->bitmap);
	}
	EXPECT_EQ(SIZE, model_differs(&self->model, &self->guest));
}

/* Nothing is missed or made up when all queues write at the same time. */
TEST_F(dirty, bits_are_those_of_four_queues_together)
{
	struct mcopy_descriptor fill = { .operation = MCOPY_OPERATION_FILL };
	uint64_t state = SEED;
	unsigned int round, i, j, at;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < MCOPY_QUEUES_MAX; i++) {
			for (j = 0; j < 8; j++) {
				fill.length = 1 + dice(&state) % 9999;
				fill.target = DATA + dice(&state) %
					(SIZE - GUEST_RINGS - fill.length);
				at = queue_put(&self->queue[i], &fill);
				model_run(&self->model, &fill, fill.length);
				model_complete(&self->model, &self->queue[i],
					       at, &fill, 0);
			}
			ASSERT_EQ(0, queue_ring(&self->queue[i]));
		}
		for (i = 0; i < MCOPY_QUEUES_MAX; i++)
			ASSERT_EQ(0, queue_wait(&self->queue[i]));
		expect_dirty(_metadata, self->vfio, &self->model,
			     self->bitmap);
	}
}

/* The queue has stopped after so many bytes; it is set up anew. */
static void expect_part(struct __test_metadata *_metadata,
			struct queue *queue, struct model *model,
			uint64_t *bitmap,
			const struct mcopy_descriptor *wanted, size_t done)
{
	model_run(model, wanted, done);
	expect_dirty(_metadata, queue->vfio, model, bitmap);
	ASSERT_EQ(0, queue_open(queue, queue->vfio, queue->guest, 0, ENTRIES));
}

/* Up to the end of the memory, and no record. */
TEST_F(dirty, bits_are_those_of_what_was_done_before_an_error)
{
	struct mcopy_descriptor fill = {
		.operation = MCOPY_OPERATION_FILL,
		.pattern = 0x0123456789abcdefULL,
	};
	struct queue *queue = &self->queue[0];
	uint64_t state = SEED;
	unsigned int round;

	for (round = 0; round < ROUNDS; round++) {
		const size_t fits = 1 + dice(&state) % 300000;

		fill.target = GUEST_IOVA + SIZE - fits;
		fill.length = fits + 1 + dice(&state) % 300000;
		queue_put(queue, &fill);
		ASSERT_EQ(0, queue_ring(queue));
		ASSERT_EQ(MCOPY_ERROR_WRITE, queue_wait_error(queue));
		expect_part(_metadata, queue, &self->model, self->bitmap,
			    &fill, fits);
	}
	EXPECT_EQ(SIZE, model_differs(&self->model, &self->guest));
}

/* A page in the midst can't be reached: the pages before it are done. */
TEST_F(dirty, bits_are_those_of_what_was_done_before_a_bad_page)
{
	struct mcopy_descriptor fill = {
		.operation = MCOPY_OPERATION_FILL,
		.length = 600000,
		.pattern = 0x0123456789abcdefULL,
	};
	struct queue *queue = &self->queue[0];
	uint64_t state = SEED;
	unsigned int round;
	size_t bad, fits;

	for (round = 0; round < ROUNDS; round++) {
		fits = dice(&state) % 300000;
		bad = (dice(&state) % 1000 + 1000) * IOMMU_PAGE;
		fill.target = GUEST_IOVA + bad - fits;
		queue_put(queue, &fill);
		ASSERT_EQ(0, mprotect(self->guest.at + bad, IOMMU_PAGE,
				      PROT_NONE));
		ASSERT_EQ(0, queue_ring(queue));
		ASSERT_EQ(MCOPY_ERROR_WRITE, queue_wait_error(queue));
		EXPECT_EQ(GUEST_IOVA + bad,
			  queue_get64(queue, MCOPY_QUEUE_ERROR_ADDR));
		ASSERT_EQ(0, mprotect(self->guest.at + bad, IOMMU_PAGE,
				      PROT_READ | PROT_WRITE));
		expect_part(_metadata, queue, &self->model, self->bitmap,
			    &fill, fits);
	}
	EXPECT_EQ(SIZE, model_differs(&self->model, &self->guest));
}

/* A slow transfer, looked at while it is going on and after it was stopped. */
static const struct mcopy_descriptor slow = {
	.operation = MCOPY_OPERATION_FILL,
	.target = DATA + 77,
	.length = SIZE - GUEST_RINGS - 77,
	.pattern = 0xeeeeeeeeeeeeeeeeULL,
};

/* The pages that differ from @before: those that were written meanwhile. */
static void mark_changed(struct model *model, const struct guest *guest,
			 const uint8_t *before)
{
	size_t page;

	for (page = 0; page < SIZE; page += IOMMU_PAGE)
		if (memcmp(before + page, guest->at + page, IOMMU_PAGE))
			model_mark(model, page, IOMMU_PAGE);
}

static void merge(uint64_t *to, const uint64_t *from)
{
	size_t i;

	for (i = 0; i < IOMMU_BITMAP_SIZE(SIZE) / sizeof(*to); i++)
		to[i] |= from[i];
}

TEST_F(dirty, no_bit_comes_after_a_stop)
{
	struct client *client = &self->device->client;
	uint64_t *sum = malloc(IOMMU_BITMAP_SIZE(SIZE));
	unsigned int i, by;

	ASSERT_NE(NULL, sum);
	for (by = 0; by < PROTOCOLS; by++) {
		client->protocol = protocols[by];
		memset(sum, 0, IOMMU_BITMAP_SIZE(SIZE));
		memset(self->guest.at + GUEST_RINGS, 0, SIZE - GUEST_RINGS);
		ASSERT_EQ(0, engine_set_rate(self->device, SLOW));
		queue_put(&self->queue[0], &slow);
		memcpy(self->model.guest, self->guest.at, SIZE);
		ASSERT_EQ(0, queue_ring(&self->queue[0]));
		for (i = 0; i < 10; i++) {
			usleep(50000);
			ASSERT_EQ(0, iommu_dirty(self->vfio, GUEST_IOVA, SIZE,
						 self->bitmap));
			merge(sum, self->bitmap);
		}
		ASSERT_EQ(0, client_set_state(client, MIG_STOP));
		ASSERT_EQ(0, iommu_dirty(self->vfio, GUEST_IOVA, SIZE,
					 self->bitmap));
		merge(sum, self->bitmap);
		model_unmark_all(&self->model);
		mark_changed(&self->model, &self->guest, self->model.guest);
		EXPECT_FALSE(bytes_are_zero(sum, IOMMU_BITMAP_SIZE(SIZE)));
		EXPECT_EQ(0, memcmp(self->model.dirty, sum,
				    IOMMU_BITMAP_SIZE(SIZE)));
		usleep(300000);
		ASSERT_EQ(0, iommu_dirty(self->vfio, GUEST_IOVA, SIZE,
					 self->bitmap));
		EXPECT_TRUE(bytes_are_zero(self->bitmap,
					   IOMMU_BITMAP_SIZE(SIZE)));
		ASSERT_EQ(0, vfio_reset(self->vfio));
		ASSERT_EQ(0, queues_open(self->queue, self->vfio, &self->guest,
					 ENTRIES));
	}
	free(sum);
}

/* At full speed: what the last look before the stop missed, one after has. */
TEST_F(dirty, looks_at_any_time_add_up)
{
	struct client *client = &self->device->client;
	uint64_t *sum = malloc(IOMMU_BITMAP_SIZE(SIZE));
	unsigned int round;

	ASSERT_NE(NULL, sum);
	for (round = 0; round < 20; round++) {
		/* In turn: whoever stopped it has let it run again. */
		client->protocol = round % 2 ? &protocol_v2 : &protocol_v1;
		memset(self->guest.at + GUEST_RINGS, round,
		       SIZE - GUEST_RINGS);
		memset(sum, 0, IOMMU_BITMAP_SIZE(SIZE));
		queue_put(&self->queue[0], &slow);
		memcpy(self->model.guest, self->guest.at, SIZE);
		ASSERT_EQ(0, queue_ring(&self->queue[0]));
		usleep(round * 300);
		ASSERT_EQ(0, iommu_dirty(self->vfio, GUEST_IOVA, SIZE,
					 self->bitmap));
		merge(sum, self->bitmap);
		ASSERT_EQ(0, client_set_state(client, MIG_STOP_COPY));
		ASSERT_EQ(0, iommu_dirty(self->vfio, GUEST_IOVA, SIZE,
					 self->bitmap));
		merge(sum, self->bitmap);
		model_unmark_all(&self->model);
		mark_changed(&self->model, &self->guest, self->model.guest);
		EXPECT_EQ(0, memcmp(self->model.dirty, sum,
				    IOMMU_BITMAP_SIZE(SIZE)));
		ASSERT_EQ(0, client_set_state(client, MIG_RUNNING));
		ASSERT_EQ(0, queue_wait(&self->queue[0]));
		ASSERT_EQ(0, iommu_dirty(self->vfio, GUEST_IOVA, SIZE,
					 self->bitmap));
	}
	free(sum);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
