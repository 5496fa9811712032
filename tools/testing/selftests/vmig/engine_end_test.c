// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a device in the midst of its work: reset in each way, closed and
 * opened again, its owner killed.
 */
#include <endian.h>
#include <signal.h>
#include <sys/mman.h>

#include "lib/child.h"
#include "lib/clock.h"
#include "lib/engine.h"
#include "lib/iommu.h"
#include "test.h"

#define SIZE		(8 * 1024 * 1024)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define ENTRIES		64
#define KILLS		12
/* In seconds. */
#define BOUND		1.0

FIXTURE(end)
{
	struct bench bench;
	struct device *device;
	const struct vfio *vfio;
	struct guest guest;
	struct queue queue[MCOPY_QUEUES_MAX];
	uint8_t *before;
};

static const struct mcopy_descriptor fill = {
	.operation = MCOPY_OPERATION_FILL,
	.flags = MCOPY_FLAG_INTERRUPT,
	.target = DATA,
	.length = SIZE - GUEST_RINGS,
	.pattern = ~0ULL,
};

/* All queues have more to do than anybody will wait for. */
static int start_work(struct queue *queue, const struct vfio *vfio,
		      const struct guest *guest)
{
	unsigned int i, j;
	int ret = 0;

	for (i = 0; i < MCOPY_QUEUES_MAX && !ret; i++) {
		ret = queue_open(&queue[i], vfio, guest, i, ENTRIES);
		for (j = 0; j < ENTRIES - 1; j++)
			queue_put(&queue[i], &fill);
		if (!ret)
			ret = queue_ring(&queue[i]);
	}
	return ret;
}

static int reset_by_vfio(struct device *device)
{
	return vfio_reset(&device->vfio);
}

static int reset_by_register(struct device *device)
{
	return mcopy_set(&device->vfio, MCOPY_REG_CONTROL,
			 MCOPY_CONTROL_RESET);
}

static int reset_while_saved(struct device *device)
{
	int ret = client_set_state(&device->client, MIG_PRE_COPY);

	return ret ? ret : vfio_reset(&device->vfio);
}

static int reset_while_stopped(struct device *device)
{
	int ret = client_set_state(&device->client, MIG_STOP);

	return ret ? ret : vfio_reset(&device->vfio);
}

static int reset_while_loaded(struct device *device)
{
	int ret = client_set_state(&device->client, MIG_RESUMING);

	return ret ? ret : vfio_reset(&device->vfio);
}

FIXTURE_VARIANT(end)
{
	int (*reset)(struct device *device);
	const struct protocol *protocol;
};

FIXTURE_VARIANT_ADD(end, vfio)
{
	.reset = reset_by_vfio,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(end, register)
{
	.reset = reset_by_register,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(end, v1_saved)
{
	.reset = reset_while_saved,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(end, v2_saved)
{
	.reset = reset_while_saved,
	.protocol = &protocol_v2,
};

FIXTURE_VARIANT_ADD(end, v1_stopped)
{
	.reset = reset_while_stopped,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(end, v2_stopped)
{
	.reset = reset_while_stopped,
	.protocol = &protocol_v2,
};

FIXTURE_VARIANT_ADD(end, v1_resuming)
{
	.reset = reset_while_loaded,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(end, v2_resuming)
{
	.reset = reset_while_loaded,
	.protocol = &protocol_v2,
};

FIXTURE_SETUP(end)
{
	test_open_by(_metadata, &self->bench, 1, variant->protocol);
	self->device = &self->bench.device[0];
	self->vfio = &self->device->vfio;
	self->before = malloc(SIZE);
	ASSERT_NE(NULL, self->before);
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, self->vfio));
}

FIXTURE_TEARDOWN(end)
{
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
	free(self->before);
}

static void expect_still(struct __test_metadata *_metadata,
			 const struct guest *guest, uint8_t *before)
{
	memset(guest->at + GUEST_RINGS, 0, SIZE - GUEST_RINGS);
	memcpy(before, guest->at, SIZE);
	usleep(50000);
	EXPECT_EQ(0, memcmp(before, guest->at, SIZE));
}

static void expect_queues_zero(struct __test_metadata *_metadata,
			       const struct vfio *vfio)
{
	uint32_t reg, value;

	for (reg = MCOPY_QUEUE(0, 0); reg < MCOPY_QUEUE(MCOPY_QUEUES_MAX, 0);
	     reg += 4) {
		EXPECT_EQ(0, mcopy_get(vfio, reg, &value));
		EXPECT_EQ(0, value) {
			TH_LOG("register 0x%x", reg);
		}
	}
	EXPECT_EQ(0, mcopy_get(vfio, MCOPY_REG_IRQ_STATUS, &value));
	EXPECT_EQ(0, value);
}

TEST_F(end, reset_ends_all_work)
{
	unsigned int i;
	double begin;

	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, start_work(self->queue, self->vfio,
					&self->guest));
		usleep(i * 1000);
		begin = seconds();
		ASSERT_EQ(0, variant->reset(self->device));
		EXPECT_GT(BOUND, seconds() - begin);
		expect_still(_metadata, &self->guest, self->before);
		expect_queues_zero(_metadata, self->vfio);
		EXPECT_EQ(MIG_RUNNING,
			  client_state(&self->device->client));
	}
	ASSERT_EQ(0, queue_open(&self->queue[0], self->vfio, &self->guest, 0,
				ENTRIES));
	EXPECT_TRUE(queue_works(&self->queue[0]));
}

FIXTURE(owner)
{
	struct bench bench;
	struct device *device;
	struct guest guest;
	struct queue queue[MCOPY_QUEUES_MAX];
	uint8_t *before;
	unsigned int *rounds;	/* done by the child */
};

FIXTURE_SETUP(owner)
{
	test_open(_metadata, &self->bench, 1);
	self->device = &self->bench.device[0];
	self->before = malloc(SIZE);
	ASSERT_NE(NULL, self->before);
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	self->rounds = mmap(NULL, sizeof(*self->rounds),
			    PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->rounds);
}

FIXTURE_TEARDOWN(owner)
{
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
	munmap(self->rounds, sizeof(*self->rounds));
	free(self->before);
}

static void expect_new(struct __test_metadata *_metadata,
		       struct device *device, const struct guest *guest,
		       struct queue *queue)
{
	expect_queues_zero(_metadata, &device->vfio);
	ASSERT_EQ(0, guest_map(guest, &device->vfio));
	ASSERT_EQ(0, queue_open(queue, &device->vfio, guest, 0, ENTRIES));
	EXPECT_TRUE(queue_works(queue));
}

TEST_F(owner, closes_and_opens_in_the_midst_of_work)
{
	unsigned int i;

	ASSERT_EQ(0, guest_map(&self->guest, &self->device->vfio));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, start_work(self->queue, &self->device->vfio,
					&self->guest));
		usleep(i * 1000);
		/* The device alone: its container, and what is mapped, stay. */
		vfio_close_device(&self->device->vfio);
		expect_still(_metadata, &self->guest, self->before);
		ASSERT_EQ(0, vfio_open_device(&self->device->vfio));
		expect_queues_zero(_metadata, &self->device->vfio);
	}
	device_close(self->device);
	ASSERT_EQ(0, device_open(self->device));
	expect_new(_metadata, self->device, &self->guest, self->queue);
}

/* The memory goes first, the device a moment later. */
TEST_F(owner, closes_everything_in_the_midst_of_work)
{
	unsigned int i;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, guest_map(&self->guest, &self->device->vfio));
		ASSERT_EQ(0, start_work(self->queue, &self->device->vfio,
					&self->guest));
		usleep(i * 1000);
		if (i % 2)
			ASSERT_EQ(0, iommu_unmap(&self->device->vfio,
						 GUEST_IOVA, SIZE));
		device_close(self->device);
		expect_still(_metadata, &self->guest, self->before);
		ASSERT_EQ(0, device_open(self->device));
	}
	expect_new(_metadata, self->device, &self->guest, self->queue);
}

/* The child: never returns. */
static void work_for_ever(struct device *device, unsigned int *rounds)
{
	struct queue queue[MCOPY_QUEUES_MAX];
	struct guest guest;

	if (guest_open(&guest, SIZE) || device_open(device) ||
	    guest_map(&guest, &device->vfio))
		_exit(2);
	while (!start_work(queue, &device->vfio, &guest))
		__atomic_fetch_add(rounds, 1, __ATOMIC_RELAXED);
	_exit(3);
}

TEST_F_TIMEOUT(owner, is_killed_in_the_midst_of_work, 120)
{
	unsigned int i;
	int status;
	pid_t child;

	device_close(self->device);
	for (i = 0; i < KILLS; i++) {
		*self->rounds = 0;
		child = fork();
		ASSERT_GE(child, 0);
		if (!child)
			work_for_ever(self->device, self->rounds);
		status = kill_at_work(child, self->rounds, i * 777);
		ASSERT_TRUE(WIFSIGNALED(status)) {
			TH_LOG("the child ended with status 0x%x", status);
		}
		ASSERT_EQ(SIGKILL, WTERMSIG(status));
		ASSERT_EQ(0, device_open(self->device));
		expect_new(_metadata, self->device, &self->guest,
			   self->queue);
		device_close(self->device);
	}
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
