// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a session, in each way, with its data fd still held: it says
 * ENODEV from then on and for ever, whatever becomes of the device.
 */
#include <sys/wait.h>

#include "lib/feature.h"
#include "test.h"

#define SEED	0xde

FIXTURE(end)
{
	struct bench bench;
	struct device *device;
	struct device *other;
	struct client *client;
	struct buffer stream;
};

DRIVER_VARIANTS(end);

FIXTURE_SETUP(end)
{
	TEST_OPEN_OF(&self->bench, variant->driver, 2, &protocol_v2);
	self->device = &self->bench.device[0];
	self->other = &self->bench.device[1];
	self->client = &self->device->client;
	ASSERT_EQ(0, variant->driver->leave(&self->device->vfio, SEED));
	ASSERT_EQ(0, client_save(self->client, &self->stream));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
}

FIXTURE_TEARDOWN(end)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* ENODEV, or EBADF for what its file was never open for. */
static void expect_dead(struct __test_metadata *_metadata, int fd, bool saving)
{
	uint64_t initial, dirty;
	uint8_t bytes[64] = { 0 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-1, read(fd, bytes, sizeof(bytes)));
		EXPECT_EQ(saving ? ENODEV : EBADF, errno);
		EXPECT_EQ(-1, read(fd, bytes, 1));
		EXPECT_EQ(saving ? ENODEV : EBADF, errno);
		EXPECT_EQ(-1, write(fd, bytes, sizeof(bytes)));
		EXPECT_EQ(saving ? EBADF : ENODEV, errno);
		EXPECT_EQ(-ENODEV, feature_precopy_info(fd, &initial, &dirty));
	}
}

/* How far a session has come before it ends. */
static int use_some(struct client *client, const struct buffer *stream,
		    unsigned int much)
{
	static uint8_t bytes[8192];
	/* Nothing, the opening and a part of a record, more of that. */
	const size_t size = much * (stream->length / 3);

	if (!size)
		return 0;
	if (client_state(client) == MIG_RESUMING)
		return client_feed(client, stream->data, size, size);
	return read(client->fd, bytes, size < sizeof(bytes) ? size :
					sizeof(bytes)) > 0 ? 0 : -EIO;
}

static const struct {
	enum mig_state state;
	enum mig_state next;	/* MIG_ERROR: a reset */
} endings[] = {
	{ MIG_STOP_COPY, MIG_STOP }, { MIG_STOP_COPY, MIG_RUNNING },
	{ MIG_STOP_COPY, MIG_RESUMING }, { MIG_STOP_COPY, MIG_ERROR },
	{ MIG_PRE_COPY, MIG_RUNNING }, { MIG_PRE_COPY, MIG_STOP },
	{ MIG_PRE_COPY, MIG_RESUMING }, { MIG_PRE_COPY, MIG_ERROR },
	{ MIG_PRE_COPY_P2P, MIG_RUNNING_P2P },
	{ MIG_PRE_COPY_P2P, MIG_RUNNING }, { MIG_PRE_COPY_P2P, MIG_ERROR },
	{ MIG_RESUMING, MIG_STOP }, { MIG_RESUMING, MIG_RUNNING },
	{ MIG_RESUMING, MIG_STOP_COPY }, { MIG_RESUMING, MIG_ERROR },
};

TEST_F(end, comes_with_the_state_or_a_reset)
{
	struct client *client = self->client;
	size_t i;

	for (i = 0; i < 3 * ARRAY_SIZE(endings); i++) {
		const enum mig_state state = endings[i / 3].state;
		const enum mig_state next = endings[i / 3].next;
		int fd;

		ASSERT_EQ(0, vfio_reset(&self->device->vfio));
		ASSERT_EQ(0, variant->driver->leave(&self->device->vfio, SEED));
		ASSERT_EQ(0, client_set_state(client, state));
		/* Only all of it leads out of there. */
		ASSERT_EQ(0, state == MIG_RESUMING && next != MIG_ERROR ?
			     client_feed_all(client, &self->stream) :
			     use_some(client, &self->stream, i % 3));
		fd = dup(client->fd);
		ASSERT_EQ(0, next == MIG_ERROR ?
			     vfio_reset(&self->device->vfio) :
			     client_set_state(client, next));
		expect_dead(_metadata, fd, state != MIG_RESUMING);
		/* Another session is none of its business. */
		ASSERT_EQ(0, vfio_reset(&self->device->vfio));
		ASSERT_EQ(0, client_set_state(client, state));
		expect_dead(_metadata, fd, state != MIG_RESUMING);
		close(fd);
	}
}

static const enum mig_state sessions[] = {
	MIG_PRE_COPY, MIG_PRE_COPY_P2P, MIG_STOP_COPY, MIG_RESUMING,
};

TEST_F(end, comes_with_the_close_of_the_device)
{
	unsigned int i;

	for (i = 0; i < 3 * ARRAY_SIZE(sessions); i++) {
		const enum mig_state state = sessions[i / 3];
		int fd;

		ASSERT_EQ(0, client_set_state(self->client, state));
		ASSERT_EQ(0, use_some(self->client, &self->stream, i % 3));
		fd = dup(self->client->fd);
		vfio_close_device(&self->device->vfio);
		expect_dead(_metadata, fd, state != MIG_RESUMING);
		device_close(self->device);
		expect_dead(_metadata, fd, state != MIG_RESUMING);
		ASSERT_EQ(0, device_open(self->device));
		EXPECT_EQ(MIG_RUNNING, client_state(self->client));
		expect_dead(_metadata, fd, state != MIG_RESUMING);
		/* The next owner's session is not its own. */
		ASSERT_EQ(0, variant->driver->leave(&self->device->vfio, SEED));
		ASSERT_EQ(0, client_set_state(self->client, state));
		expect_dead(_metadata, fd, state != MIG_RESUMING);
		close(fd);
		ASSERT_EQ(0, use_some(self->client, &self->stream, 1));
		device_close(self->device);
		ASSERT_EQ(0, device_open(self->device));
	}
}

/* Nobody waits for it, and it waits for nobody. */
TEST_F(end, comes_with_the_end_of_the_device)
{
	unsigned int i;
	int fd[ARRAY_SIZE(sessions)];

	for (i = 0; i < ARRAY_SIZE(sessions); i++) {
		struct device device = { .client.protocol = &protocol_v2 };

		ASSERT_EQ(0, device_create(&device, variant->driver->type));
		ASSERT_EQ(0, client_set_state(&device.client, sessions[i]));
		ASSERT_EQ(0, use_some(&device.client, &self->stream, i % 3));
		fd[i] = dup(device.client.fd);
		ASSERT_EQ(0, device_destroy(&device));
	}
	for (i = 0; i < ARRAY_SIZE(sessions); i++) {
		expect_dead(_metadata, fd[i], sessions[i] != MIG_RESUMING);
		close(fd[i]);
	}
}

/* What still can be called into must not be unloaded. */
TEST_F(end, keeps_the_module)
{
	const struct driver *driver = variant->driver;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sessions); i++) {
		int fd;

		ASSERT_EQ(0, client_set_state(self->client, sessions[i]));
		ASSERT_EQ(0, use_some(self->client, &self->stream, 1));
		fd = dup(self->client->fd);
		ASSERT_EQ(0, device_destroy(self->device));
		ASSERT_EQ(0, device_destroy(self->other));
		EXPECT_EQ(-EBUSY, bench_unload());
		expect_dead(_metadata, fd, sessions[i] != MIG_RESUMING);
		close(fd);
		EXPECT_EQ(0, bench_unload());
		ASSERT_EQ(0, bench_load(BENCH_OPTIONS));
		ASSERT_EQ(0, module_load(driver->name, NULL));
		ASSERT_EQ(0, device_create(self->other, driver->type));
		ASSERT_EQ(0, device_create(self->device, driver->type));
	}
}

/* A process that dies has closed the device; who has its file sees no more. */
TEST_F(end, comes_with_the_death_of_the_owner)
{
	struct device *device = self->device;
	int ends[2], status, fd;
	uint8_t byte = 0;
	pid_t child;

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, pipe(ends));
	fd = dup(self->client->fd);
	child = fork();
	ASSERT_GE(child, 0);
	if (!child)
		/* The only one that has the device then, until it is told. */
		_exit(read(ends[0], &byte, 1) != 1);
	device_close(device);
	EXPECT_EQ(1, read(fd, &byte, 1));
	ASSERT_EQ(1, write(ends[1], &byte, 1));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	expect_dead(_metadata, fd, true);
	close(fd);
	close(ends[0]);
	close(ends[1]);
	ASSERT_EQ(0, device_open(device));
	EXPECT_EQ(0, client_load(self->client, &self->stream));
	expect_has(_metadata, variant->driver, device, SEED);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
