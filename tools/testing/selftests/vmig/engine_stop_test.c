// SPDX-License-Identifier: GPL-2.0
/*
 * The contract of a device that does DMA: once the write that takes RUNNING
 * away has returned, no byte of the guest's memory changes, and that write
 * does not wait for long transfers.
 */
#include <endian.h>
#include <sys/mman.h>

#include "lib/clock.h"
#include "lib/iommu.h"
#include "lib/model.h"
#include "test.h"

#define SIZE		(10 * 1024 * 1024)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define SEED		20201116
#define ENTRIES		8
#define SLOW		(1024 * 1024)
/* The same memory over and over: as much as one descriptor can fill. */
#define GIANT		0x100000000ULL
#define GIANT_SIZE	MCOPY_LENGTH_MAX
#define GIANT_PIECE	(8ULL * 1024 * 1024)
/* In seconds; on an emulated machine it is some milliseconds. */
#define BOUND		1.0

FIXTURE(stop)
{
	struct bench bench;
	struct device *device;
	const struct vfio *vfio;
	struct client *client;
	struct guest guest;
	uint8_t *before;
	struct queue queue[MCOPY_QUEUES_MAX];
};

FIXTURE_VARIANT(stop)
{
	const struct protocol *protocol;
	enum mig_state from;	/* before the stop */
	enum mig_state to;	/* stops it */
	enum mig_state back;	/* lets it run again */
};

FIXTURE_VARIANT_ADD(stop, v1_running_to_stop)
{
	.protocol = &protocol_v1,
	.from = MIG_RUNNING, .to = MIG_STOP, .back = MIG_RUNNING,
};

FIXTURE_VARIANT_ADD(stop, v1_running_to_stop_copy)
{
	.protocol = &protocol_v1,
	.from = MIG_RUNNING, .to = MIG_STOP_COPY, .back = MIG_RUNNING,
};

FIXTURE_VARIANT_ADD(stop, v1_pre_copy_to_stop_copy)
{
	.protocol = &protocol_v1,
	.from = MIG_PRE_COPY, .to = MIG_STOP_COPY, .back = MIG_RUNNING,
};

FIXTURE_VARIANT_ADD(stop, v1_pre_copy_to_stop)
{
	.protocol = &protocol_v1,
	.from = MIG_PRE_COPY, .to = MIG_STOP, .back = MIG_PRE_COPY,
};

FIXTURE_VARIANT_ADD(stop, v2_running_to_stop)
{
	.protocol = &protocol_v2,
	.from = MIG_RUNNING, .to = MIG_STOP, .back = MIG_RUNNING,
};

FIXTURE_VARIANT_ADD(stop, v2_pre_copy_to_stop_copy)
{
	.protocol = &protocol_v2,
	.from = MIG_PRE_COPY, .to = MIG_STOP_COPY, .back = MIG_RUNNING,
};

FIXTURE_VARIANT_ADD(stop, v2_pre_copy_to_stop)
{
	.protocol = &protocol_v2,
	.from = MIG_PRE_COPY, .to = MIG_STOP, .back = MIG_PRE_COPY,
};

/* Device to device: ours knows of no other DMA, and so all of it stops. */

FIXTURE_VARIANT_ADD(stop, v2_running_to_running_p2p)
{
	.protocol = &protocol_v2,
	.from = MIG_RUNNING, .to = MIG_RUNNING_P2P, .back = MIG_RUNNING,
};

FIXTURE_VARIANT_ADD(stop, v2_pre_copy_to_pre_copy_p2p)
{
	.protocol = &protocol_v2,
	.from = MIG_PRE_COPY, .to = MIG_PRE_COPY_P2P, .back = MIG_PRE_COPY,
};

FIXTURE_SETUP(stop)
{
	test_open_by(_metadata, &self->bench, 1, variant->protocol);
	self->device = &self->bench.device[0];
	self->vfio = &self->device->vfio;
	self->client = &self->device->client;
	self->before = malloc(SIZE);
	ASSERT_NE(NULL, self->before);
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, self->vfio));
	ASSERT_EQ(0, queues_open(self->queue, self->vfio, &self->guest,
				 ENTRIES));
}

FIXTURE_TEARDOWN(stop)
{
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
	free(self->before);
}

/* Return: how long the write took, negative if it failed. */
static double change_state(struct client *client, enum mig_state state)
{
	const double begin = seconds();

	return client_set_state(client, state) ? -1 : seconds() - begin;
}

/* Neither a byte nor a bit in the IOMMU's bitmap of all that is written to. */
static void expect_still(struct __test_metadata *_metadata,
			 const struct vfio *vfio, const struct guest *guest,
			 uint8_t *before, uint64_t iova, uint64_t size)
{
	uint64_t *bitmap = malloc(IOMMU_BITMAP_SIZE(size));
	unsigned int i;

	ASSERT_NE(NULL, bitmap);
	/* At once: what is still under way comes after it. */
	ASSERT_EQ(0, iommu_dirty(vfio, iova, size, bitmap));
	memcpy(before, guest->at, SIZE);
	for (i = 0; i < 3; i++) {
		usleep(50000);
		EXPECT_EQ(0, memcmp(before, guest->at, SIZE));
	}
	ASSERT_EQ(0, iommu_dirty(vfio, iova, size, bitmap));
	EXPECT_TRUE(bytes_are_zero(bitmap, IOMMU_BITMAP_SIZE(size)));
	free(bitmap);
}

static int map_giant(const struct vfio *vfio, const struct guest *guest)
{
	uint64_t at;
	int ret = 0;

	for (at = 0; at < GIANT_SIZE && !ret; at += GIANT_PIECE)
		ret = iommu_map(vfio, guest->at + GUEST_RINGS, GIANT + at,
				GIANT_PIECE, IOMMU_READ | IOMMU_WRITE);
	return ret;
}

/* A transfer of a GiB on each queue is stopped within the bound. */
TEST_F(stop, is_quick_and_complete_at_full_speed)
{
	const struct mcopy_descriptor giant = {
		.operation = MCOPY_OPERATION_FILL,
		.target = GIANT,
		.length = GIANT_SIZE,
		.pattern = SEED,
	};
	double took, longest = 0;
	unsigned int i;

	ASSERT_EQ(0, map_giant(self->vfio, &self->guest));
	ASSERT_EQ(0, iommu_track(self->vfio, true));
	for (i = 0; i < MCOPY_QUEUES_MAX; i++) {
		queue_put(&self->queue[i], &giant);
		ASSERT_EQ(0, queue_ring(&self->queue[i]));
	}
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, client_set_state(self->client, variant->from));
		usleep(1000 + 777 * i);
		/* So that each byte that is stored now shows. */
		memset(self->guest.at + GUEST_RINGS, ~i,
		       SIZE - GUEST_RINGS);
		took = change_state(self->client, variant->to);
		expect_still(_metadata, self->vfio, &self->guest,
			     self->before, GIANT, GIANT_SIZE);
		EXPECT_LE(0, took);
		EXPECT_GT(BOUND, took);
		longest = took > longest ? took : longest;
		EXPECT_EQ(0, queue_get(&self->queue[0], MCOPY_QUEUE_HEAD));
		ASSERT_LE(0, change_state(self->client, variant->back));
	}
	TH_LOG("the longest stop took %.1f ms", longest * 1000);
	for (i = 0; i < MCOPY_QUEUES_MAX; i++)
		ASSERT_EQ(0, queue_reset(&self->queue[i]));
}

/* Stopped and started, a transfer ends as if nothing had been. */
TEST_F(stop, does_no_harm_to_a_transfer)
{
	const struct mcopy_descriptor copy = {
		.operation = MCOPY_OPERATION_COPY,
		.source = DATA + 1,
		.target = DATA + SIZE / 2 + 3,
		.length = 800000,
		.flags = MCOPY_FLAG_INTERRUPT,
		.tag = SEED,
	};
	const uint8_t *from = self->guest.at + GUEST_RINGS + 1;
	const uint8_t *to = self->guest.at + GUEST_RINGS + SIZE / 2 + 3;
	unsigned int stops = 0;

	guest_scatter(&self->guest, GUEST_RINGS, SIZE / 2, SEED);
	ASSERT_EQ(0, iommu_track(self->vfio, true));
	ASSERT_EQ(0, engine_set_rate(self->device, SLOW));
	queue_put(&self->queue[1], &copy);
	ASSERT_EQ(0, queue_ring(&self->queue[1]));
	while (queue_wait_for(&self->queue[1], 200)) {
		ASSERT_GT(60, stops++);
		ASSERT_EQ(0, client_set_state(self->client, variant->from));
		ASSERT_LE(0, change_state(self->client, variant->to));
		expect_still(_metadata, self->vfio, &self->guest,
			     self->before, GUEST_IOVA, SIZE);
		ASSERT_LE(0, change_state(self->client, variant->back));
	}
	EXPECT_LT(1, stops);
	EXPECT_EQ(0, memcmp(from, to, copy.length));
	EXPECT_EQ(0, to[copy.length]);
	EXPECT_EQ(SEED, le64toh(queue_completion(&self->queue[1], 0)->tag));
}

/*
 * The guest's last doorbell, while it is stopped, is dropped and counted. A
 * device that is only quiet hears it, and works when it may.
 */
TEST_F(stop, does_nothing_for_a_doorbell)
{
	const struct mcopy_descriptor quick = {
		.operation = MCOPY_OPERATION_CRC, .source = DATA, .length = 1,
	};
	const bool halted = variant->to != MIG_RUNNING_P2P &&
			    variant->to != MIG_PRE_COPY_P2P;
	uint32_t dropped;

	ASSERT_EQ(0, client_set_state(self->client, variant->from));
	ASSERT_EQ(0, client_set_state(self->client, variant->to));
	queue_put(&self->queue[0], &quick);
	ASSERT_EQ(0, queue_ring(&self->queue[0]));
	ASSERT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_DROPPED, &dropped));
	EXPECT_EQ(halted, dropped);
	usleep(100000);
	EXPECT_EQ(0, queue_completion(&self->queue[0], 0)->status);
	ASSERT_EQ(0, client_set_state(self->client, variant->back));
	if (halted) {
		usleep(100000);
		EXPECT_EQ(0, queue_completion(&self->queue[0], 0)->status);
		ASSERT_EQ(0, queue_ring(&self->queue[0]));
	}
	EXPECT_EQ(0, queue_wait(&self->queue[0]));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
