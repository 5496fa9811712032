// SPDX-License-Identifier: GPL-2.0
/* A queue's registers, its reset, its interrupts, and the knobs in sysfs. */
#include <endian.h>
#include <sys/eventfd.h>

#include "lib/clock.h"
#include "lib/engine.h"
#include "test.h"

#define SIZE		(16 * 1024 * 1024)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define SEED		20201112
#define ENTRIES		16
/* Bytes per second: what is asked for takes minutes. */
#define SLOW		65536

FIXTURE(queue)
{
	struct bench bench;
	struct device *device;
	const struct vfio *vfio;
	struct guest guest;
	struct queue queue[MCOPY_QUEUES_MAX];
	int fd[MCOPY_IRQ_VECTORS];
};

FIXTURE_SETUP(queue)
{
	unsigned int i;

	test_open(_metadata, &self->bench, 1);
	self->device = &self->bench.device[0];
	self->vfio = &self->device->vfio;
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, self->vfio));
	guest_scatter(&self->guest, GUEST_RINGS, SIZE - GUEST_RINGS, SEED);
	ASSERT_EQ(0, queues_open(self->queue, self->vfio, &self->guest,
				 ENTRIES));
	for (i = 0; i < MCOPY_IRQ_VECTORS; i++) {
		self->fd[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		ASSERT_GE(self->fd[i], 0);
	}
	ASSERT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_ENABLE,
			       MCOPY_IRQ_MASK));
}

FIXTURE_TEARDOWN(queue)
{
	unsigned int i;

	for (i = 0; i < MCOPY_IRQ_VECTORS; i++)
		close(self->fd[i]);
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
}

static const struct mcopy_descriptor fill = {
	.operation = MCOPY_OPERATION_FILL,
	.target = DATA,
	.length = SIZE - GUEST_RINGS,
	.pattern = ~0ULL,
};

static const struct mcopy_descriptor quick = {
	.operation = MCOPY_OPERATION_CRC,
	.source = DATA,
	.length = 1,
};

static int signals(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

static uint32_t causes(const struct vfio *vfio)
{
	uint32_t value;

	mcopy_get(vfio, MCOPY_REG_IRQ_STATUS, &value);
	return value;
}

TEST_F(queue, interrupts_if_asked_to)
{
	struct mcopy_descriptor wanted = quick;
	unsigned int i, j;

	ASSERT_EQ(0, vfio_set_eventfds(self->vfio, VFIO_PCI_MSIX_IRQ_INDEX,
				       VFIO_IRQ_SET_ACTION_TRIGGER, 0,
				       MCOPY_IRQ_VECTORS, self->fd));
	for (i = 0; i < MCOPY_QUEUES_MAX; i++) {
		wanted.flags = 0;
		ASSERT_EQ(0, queue_run(&self->queue[i], &wanted, NULL));
		EXPECT_EQ(0, causes(self->vfio));
		EXPECT_EQ(0, signals(self->fd[i]));
		wanted.flags = MCOPY_FLAG_INTERRUPT;
		ASSERT_EQ(0, queue_run(&self->queue[i], &wanted, NULL));
		for (j = 0; j < 1000 && !causes(self->vfio); j++)
			usleep(1000);
		EXPECT_EQ(1U << i, causes(self->vfio));
		EXPECT_EQ(1, signals(self->fd[i]));
		ASSERT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_STATUS,
				       ~0U));
	}
}

/* Who hears the interrupt finds the record stored and the head moved. */
TEST_F(queue, interrupt_comes_last)
{
	struct queue *queue = &self->queue[2];
	struct mcopy_descriptor wanted = quick;
	unsigned int i, at;

	wanted.flags = MCOPY_FLAG_INTERRUPT;
	for (i = 0; i < 200; i++) {
		at = queue_put(queue, &wanted);
		ASSERT_EQ(0, queue_ring(queue));
		while (!causes(self->vfio))
			;
		ASSERT_EQ(MCOPY_COMPLETION_DONE,
			  le32toh(queue_completion(queue, at)->status));
		ASSERT_EQ(queue->tail, queue_get(queue, MCOPY_QUEUE_HEAD));
		ASSERT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_STATUS,
				       ~0U));
	}
}

TEST_F(queue, rests_while_bus_mastering_is_off)
{
	struct queue *queue = &self->queue[0];

	ASSERT_EQ(0, engine_master(self->vfio, false));
	queue_put(queue, &quick);
	ASSERT_EQ(0, queue_ring(queue));
	EXPECT_EQ(-ETIMEDOUT, queue_wait_for(queue, 300));
	EXPECT_EQ(0, queue_completion(queue, 0)->status);
	ASSERT_EQ(0, engine_master(self->vfio, true));
	EXPECT_EQ(0, queue_wait(queue));
	EXPECT_NE(0, queue_completion(queue, 0)->status);
}

/* Do the bytes of the target go on changing? */
static bool goes_on(const struct guest *guest)
{
	const uint8_t *at = guest->at + GUEST_RINGS;
	uint8_t *before = malloc(SIZE - GUEST_RINGS);
	bool changed;

	memcpy(before, at, SIZE - GUEST_RINGS);
	usleep(500000);
	changed = memcmp(before, at, SIZE - GUEST_RINGS);
	free(before);
	return changed;
}

TEST_F(queue, rests_in_the_midst_of_a_transfer)
{
	struct queue *queue = &self->queue[0];

	ASSERT_EQ(0, engine_set_rate(self->device, SLOW));
	queue_put(queue, &fill);
	ASSERT_EQ(0, queue_ring(queue));
	EXPECT_TRUE(goes_on(&self->guest));
	ASSERT_EQ(0, engine_master(self->vfio, false));
	EXPECT_FALSE(goes_on(&self->guest));
	ASSERT_EQ(0, engine_master(self->vfio, true));
	EXPECT_TRUE(goes_on(&self->guest));
	ASSERT_EQ(0, engine_set_rate(self->device, 0));
	EXPECT_EQ(0, queue_wait(queue));
	EXPECT_EQ(0xff, self->guest.at[SIZE - 1]);
}

static void expect_zero(struct __test_metadata *_metadata,
			const struct queue *queue)
{
	uint32_t reg;

	for (reg = 0; reg < MCOPY_QUEUE_STRIDE; reg += 4)
		EXPECT_EQ(0, queue_get(queue, reg)) {
			TH_LOG("register 0x%x", reg);
		}
}

/* Once the write has returned, no byte changes. */
TEST_F(queue, ends_its_transfers_when_it_is_reset)
{
	static const uint32_t ends[] = {
		MCOPY_QUEUE_RESET, MCOPY_QUEUE_RESET | MCOPY_QUEUE_ENABLE, 0,
	};
	struct queue *queue = &self->queue[1];
	unsigned int i;

	for (i = 0; i < 12; i++) {
		ASSERT_EQ(0, queue_open(queue, self->vfio, &self->guest, 1,
					ENTRIES));
		memset(self->guest.at + GUEST_RINGS, 0, SIZE - GUEST_RINGS);
		queue_put(queue, &fill);
		ASSERT_EQ(0, queue_ring(queue));
		usleep(i * 300);
		ASSERT_EQ(0, queue_set(queue, MCOPY_QUEUE_CONTROL,
				       ends[i % ARRAY_SIZE(ends)]));
		EXPECT_FALSE(goes_on(&self->guest));
		if (!(ends[i % ARRAY_SIZE(ends)] & MCOPY_QUEUE_ENABLE))
			expect_zero(_metadata, queue);
	}
	/* The others don't mind. */
	EXPECT_TRUE(queue_works(&self->queue[0]));
	ASSERT_EQ(0, queue_open(queue, self->vfio, &self->guest, 1, ENTRIES));
	EXPECT_TRUE(queue_works(queue));
}

TEST_F(queue, registers_keep_what_is_written_until_it_is_enabled)
{
	static const struct {
		uint32_t reg, value;
	} regs[] = {
		{ MCOPY_QUEUE_RING, 0x11111100 },
		{ MCOPY_QUEUE_RING + 4, 0x22222222 },
		{ MCOPY_QUEUE_COMPLETIONS, 0x33333330 },
		{ MCOPY_QUEUE_COMPLETIONS + 4, 0x44444444 },
		{ MCOPY_QUEUE_ENTRIES, 128 },
	};
	struct queue *queue = &self->queue[3];
	uint32_t before;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		before = queue_get(queue, regs[i].reg);
		ASSERT_EQ(0, queue_set(queue, regs[i].reg, regs[i].value));
		EXPECT_EQ(before, queue_get(queue, regs[i].reg));
	}
	EXPECT_TRUE(queue_works(queue));
	ASSERT_EQ(0, queue_reset(queue));
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		ASSERT_EQ(0, queue_set(queue, regs[i].reg, regs[i].value));
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		EXPECT_EQ(regs[i].value, queue_get(queue, regs[i].reg));
}

TEST_F(queue, control_can_be_written_in_part)
{
	const uint64_t at = MCOPY_QUEUE(0, MCOPY_QUEUE_CONTROL);
	const uint8_t nothing = 0;

	EXPECT_EQ(0, vfio_write(self->vfio, VFIO_PCI_BAR0_REGION_INDEX, at + 1,
				&nothing, sizeof(nothing)));
	EXPECT_EQ(MCOPY_QUEUE_ENABLE,
		  queue_get(&self->queue[0], MCOPY_QUEUE_CONTROL));
	EXPECT_TRUE(queue_works(&self->queue[0]));
	EXPECT_EQ(0, vfio_write(self->vfio, VFIO_PCI_BAR0_REGION_INDEX, at,
				&nothing, sizeof(nothing)));
	EXPECT_EQ(0, queue_get(&self->queue[0], MCOPY_QUEUE_CONTROL));
}

TEST_F(queue, read_only_registers_ignore_writes)
{
	static const uint32_t regs[] = {
		MCOPY_QUEUE_HEAD, MCOPY_QUEUE_ERROR, 0x24,
		MCOPY_QUEUE_ERROR_ADDR, MCOPY_QUEUE_ERROR_ADDR + 4,
		0x30, 0x34, 0x38, 0x3c,
	};
	struct queue *queue = &self->queue[3];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		ASSERT_EQ(0, queue_set(queue, regs[i], ~0U));
		EXPECT_EQ(0, queue_get(queue, regs[i]));
	}
	EXPECT_TRUE(queue_works(queue));
}

TEST_F(queue, number_is_set_while_the_device_is_closed)
{
	struct queue *queue = &self->queue[0];
	struct guest guest = self->guest;
	unsigned int count;
	uint32_t seen;
	char text[16];

	EXPECT_EQ(-EBUSY, mdev_write(&self->device->mdev, ENGINE_NUM_QUEUES,
				     "2"));
	for (count = 1; count <= MCOPY_QUEUES_MAX; count++) {
		ASSERT_EQ(0, engine_set_queues(self->device, count));
		ASSERT_EQ(0, mdev_read(&self->device->mdev, ENGINE_NUM_QUEUES,
				       text, sizeof(text)));
		EXPECT_EQ(count, strtoul(text, NULL, 10));
		ASSERT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_QUEUES, &seen));
		EXPECT_EQ(count, seen);
		ASSERT_EQ(0, guest_map(&guest, self->vfio));
		ASSERT_EQ(0, queue_open(queue, self->vfio, &guest, count - 1,
					ENTRIES));
		EXPECT_TRUE(queue_works(queue));
		/* What is behind the last one is no register. */
		if (count == MCOPY_QUEUES_MAX)
			break;
		ASSERT_EQ(0, mcopy_set(self->vfio,
				       MCOPY_QUEUE(count, MCOPY_QUEUE_ENTRIES),
				       4));
		ASSERT_EQ(0, mcopy_get(self->vfio,
				       MCOPY_QUEUE(count, MCOPY_QUEUE_ENTRIES),
				       &seen));
		EXPECT_EQ(0, seen);
	}
}

TEST_F(queue, number_is_one_to_four)
{
	static const char * const bad[] = { "0", "5", "-1", "x", "1 2" };
	char text[16];
	size_t i;

	device_close(self->device);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, mdev_write(&self->device->mdev,
					      ENGINE_NUM_QUEUES, bad[i]));
	ASSERT_EQ(0, mdev_read(&self->device->mdev, ENGINE_NUM_QUEUES, text,
			       sizeof(text)));
	EXPECT_STREQ("4", text);
}

/* A MiB at this rate takes a second, for one queue or for two together. */
TEST_F(queue, rate_limit_is_for_the_whole_device)
{
	struct mcopy_descriptor half = fill;
	double begin, took;
	char text[32];

	half.length = 512 * 1024;
	ASSERT_EQ(0, engine_set_rate(self->device, 1024 * 1024));
	ASSERT_EQ(0, mdev_read(&self->device->mdev, "mcopy/rate_limit", text,
			       sizeof(text)));
	EXPECT_STREQ("1048576", text);
	begin = seconds();
	queue_put(&self->queue[0], &half);
	half.target += half.length;
	queue_put(&self->queue[1], &half);
	ASSERT_EQ(0, queue_ring(&self->queue[0]));
	ASSERT_EQ(0, queue_ring(&self->queue[1]));
	EXPECT_EQ(0, queue_wait(&self->queue[0]));
	EXPECT_EQ(0, queue_wait(&self->queue[1]));
	took = seconds() - begin;
	TH_LOG("1 MiB at 1 MiB/s took %.2f s", took);
	EXPECT_LT(0.7, took);
	EXPECT_GT(3.0, took);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
