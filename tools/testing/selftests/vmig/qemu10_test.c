// SPDX-License-Identifier: GPL-2.0
/*
 * What QEMU 10 does with protocol v2, call by call, as traces of it show, and
 * what it must be answered. What QEMU 7.2 does with v1 is golden_test's.
 */
#include <pthread.h>

#include "lib/fault.h"
#include "lib/feature.h"
#include "lib/sizes.h"
#include "test.h"

#define SEED	0x10
#define PAGES	40
/* What it reads at once, unless the device has less to tell. */
#define MOST	(1024 * 1024)

FIXTURE(qemu)
{
	struct bench bench;
	struct device *device[2];
	const struct vfio *source;
	const struct vfio *target;
	struct buffer stream;
	size_t piece;	/* of a read, as decided when it was set up */
	int fd;		/* of the source */
	int in;		/* of the target */
};

FIXTURE_SETUP(qemu)
{
	test_open_by(_metadata, &self->bench, 2, &protocol_v2);
	self->device[0] = &self->bench.device[0];
	self->device[1] = &self->bench.device[1];
	self->source = &self->device[0]->vfio;
	self->target = &self->device[1]->vfio;
	self->fd = -1;
	self->in = -1;
	ASSERT_EQ(0, mcopy_fill(self->source, 0, PAGES * MCOPY_PAGE, SEED));
}

FIXTURE_TEARDOWN(qemu)
{
	buffer_free(&self->stream);
	close(self->fd);
	close(self->in);
	test_close(_metadata, &self->bench);
}

/* A state that brings no file. */
static void go(struct __test_metadata *_metadata, const struct vfio *vfio,
	       enum mig_state state)
{
	int fd;

	ASSERT_EQ(0, feature_set_state(vfio, state, &fd)) {
		TH_LOG("to %s", mig_name(state));
	}
	ASSERT_EQ(-1, fd) {
		TH_LOG("to %s", mig_name(state));
	}
}

/* A state that does. */
static int open_session(const struct vfio *vfio, enum mig_state state)
{
	int fd;
	int ret = feature_set_state(vfio, state, &fd);

	return ret ? ret : fd;
}

/* As the device is realized, and as a migration begins. */
static void set_up(struct __test_metadata *_metadata,
		   FIXTURE_DATA(qemu) * self)
{
	uint64_t flags, size, initial, dirty;

	ASSERT_EQ(0, feature_migration(self->source, &flags));
	feature_probe(self->source, VFIO_DEVICE_FEATURE_SET |
				    VFIO_DEVICE_FEATURE_DMA_LOGGING_START);
	ASSERT_EQ(0, feature_data_size(self->source, &size));
	ASSERT_LT(0, size);
	self->piece = size < MOST ? size : MOST;
	self->fd = open_session(self->source, MIG_PRE_COPY);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, feature_precopy_info(self->fd, &initial, &dirty));
	ASSERT_LT(0, initial);
}

/* Return: bytes of one read, or -errno. */
static int read_once(FIXTURE_DATA(qemu) * self)
{
	void *at = buffer_extend(&self->stream, self->piece);
	ssize_t got;

	if (!at)
		return -ENOMEM;
	got = read(self->fd, at, self->piece);
	if (got < 0)
		got = -errno;
	self->stream.length -= self->piece - (got > 0 ? got : 0);
	return got;
}

/* vm_stop(), the rest of it, and the cleanup. */
static void switch_over(struct __test_metadata *_metadata,
			FIXTURE_DATA(qemu) * self)
{
	int got;

	go(_metadata, self->source, MIG_PRE_COPY_P2P);
	go(_metadata, self->source, MIG_STOP_COPY);
	do {
		got = read_once(self);
		ASSERT_LE(0, got);
	} while (got);
	go(_metadata, self->source, MIG_STOP);
	close(self->fd);
	self->fd = -1;
}

/* Its file buffer's size: the destination cuts the stream anew. */
#define CHUNK	32768

static void load(struct __test_metadata *_metadata, FIXTURE_DATA(qemu) * self)
{
	const uint16_t command = 0x0102;
	size_t at, size;

	ASSERT_EQ(0, vfio_reset(self->target));
	self->in = open_session(self->target, MIG_RESUMING);
	ASSERT_LE(0, self->in);
	for (at = 0; at < self->stream.length; at += size) {
		size = self->stream.length - at;
		if (size > CHUNK)
			size = CHUNK;
		ASSERT_EQ(size, write(self->in, self->stream.data + at, size));
	}
	/* Config space comes after the stream, still in RESUMING. */
	ASSERT_EQ(0, vfio_write(self->target, VFIO_PCI_CONFIG_REGION_INDEX, 4,
				&command, sizeof(command)));
}

static void run(struct __test_metadata *_metadata, const struct vfio *vfio)
{
	go(_metadata, vfio, MIG_RUNNING_P2P);
	go(_metadata, vfio, MIG_RUNNING);
}

static void expect_loaded(struct __test_metadata *_metadata,
			  FIXTURE_DATA(qemu) * self, unsigned int pages)
{
	uint16_t command = 0;

	expect_pattern(_metadata, self->device[1], pages, SEED);
	EXPECT_EQ(0, vfio_read(self->target, VFIO_PCI_CONFIG_REGION_INDEX, 4,
			       &command, sizeof(command)));
	EXPECT_EQ(0x0102, command);
}

TEST_F(qemu, migrates)
{
	set_up(_metadata, self);
	ASSERT_LT(0, read_once(self));
	ASSERT_EQ(0, mcopy_fill(self->source, PAGES * MCOPY_PAGE, MCOPY_PAGE,
				SEED));
	/* It stops before it is told that there is nothing now. */
	switch_over(_metadata, self);
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	load(_metadata, self);
	run(_metadata, self->target);
	close(self->in);
	self->in = -1;
	expect_loaded(_metadata, self, PAGES + 1);
}

/* Without pre-copy: stopped first, and the session opened then. */
TEST_F(qemu, migrates_a_stopped_device)
{
	uint64_t size;
	int got;

	ASSERT_EQ(0, feature_data_size(self->source, &size));
	self->piece = size < MOST ? size : MOST;
	go(_metadata, self->source, MIG_RUNNING_P2P);
	go(_metadata, self->source, MIG_STOP);
	self->fd = open_session(self->source, MIG_STOP_COPY);
	ASSERT_LE(0, self->fd);
	do {
		got = read_once(self);
		ASSERT_LE(0, got);
	} while (got);
	go(_metadata, self->source, MIG_STOP);
	load(_metadata, self);
	run(_metadata, self->target);
	expect_loaded(_metadata, self, PAGES);
}

/* The VM stays paused: the file is closed in RESUMING, "cont" comes later. */
TEST_F(qemu, lets_a_loaded_device_wait)
{
	set_up(_metadata, self);
	switch_over(_metadata, self);
	load(_metadata, self);
	close(self->in);
	self->in = -1;
	EXPECT_EQ(MIG_RESUMING, feature_state(self->target));
	run(_metadata, self->target);
	expect_loaded(_metadata, self, PAGES);
}

/* Cancelled: the file first, then the state; and once more, for good. */
TEST_F(qemu, cancels)
{
	set_up(_metadata, self);
	ASSERT_LT(0, read_once(self));
	close(self->fd);
	go(_metadata, self->source, MIG_RUNNING);
	self->stream.length = 0;
	set_up(_metadata, self);
	switch_over(_metadata, self);
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	load(_metadata, self);
	run(_metadata, self->target);
	expect_loaded(_metadata, self, PAGES);
}

/*
 * "stop" and "cont" while the guest is saved: the session ends, QEMU still has
 * its file, and gives up when a second one comes. The guest is none the worse.
 */
TEST_F(qemu, stops_and_goes_on)
{
	int second;

	set_up(_metadata, self);
	ASSERT_LT(0, read_once(self));
	go(_metadata, self->source, MIG_STOP_COPY);
	go(_metadata, self->source, MIG_RUNNING_P2P);
	go(_metadata, self->source, MIG_RUNNING);
	go(_metadata, self->source, MIG_RUNNING_P2P);
	go(_metadata, self->source, MIG_STOP);
	second = open_session(self->source, MIG_STOP_COPY);
	EXPECT_LE(0, second);
	EXPECT_EQ(-ENODEV, read_once(self));
	close(second);
	run(_metadata, self->source);
	expect_pattern(_metadata, self->device[0], PAGES, SEED);
}

/* A guest that reboots: the read says so, the migration fails cleanly. */
TEST_F(qemu, resets_while_it_saves)
{
	set_up(_metadata, self);
	ASSERT_LT(0, read_once(self));
	ASSERT_EQ(0, vfio_reset(self->source));
	EXPECT_EQ(-ENODEV, read_once(self));
	EXPECT_EQ(MIG_RUNNING, feature_state(self->source));
	close(self->fd);
	self->fd = -1;
	go(_metadata, self->source, MIG_RUNNING);
	/* And later it works. */
	self->stream.length = 0;
	ASSERT_EQ(0, mcopy_fill(self->source, 0, MCOPY_PAGE, SEED));
	set_up(_metadata, self);
	switch_over(_metadata, self);
	load(_metadata, self);
	run(_metadata, self->target);
	expect_loaded(_metadata, self, 1);
}

/* The destination does not like it: it exits, and the source goes on. */
TEST_F(qemu, resumes_a_source_whose_destination_refuses)
{
	set_up(_metadata, self);
	switch_over(_metadata, self);
	self->stream.data[self->stream.length - 1] ^= 1;
	self->in = open_session(self->target, MIG_RESUMING);
	ASSERT_LE(0, self->in);
	EXPECT_EQ(-1, write(self->in, self->stream.data, self->stream.length));
	EXPECT_EQ(EBADMSG, errno);
	device_close(self->device[1]);
	run(_metadata, self->source);
	expect_pattern(_metadata, self->device[0], PAGES, SEED);
	ASSERT_EQ(0, device_open(self->device[1]));
	self->stream.length = 0;
	close(self->in);
	set_up(_metadata, self);
	switch_over(_metadata, self);
	load(_metadata, self);
	run(_metadata, self->target);
	expect_loaded(_metadata, self, PAGES);
}

/* What nothing but its own reset helps against, which must not fail. */
TEST_F(qemu, resets_a_device_that_will_not_run)
{
	int fd;

	set_up(_metadata, self);
	switch_over(_metadata, self);
	load(_metadata, self);
	ASSERT_EQ(0, fault_fail_arc(&self->device[1]->mdev, MIG_RESUMING,
				    MIG_STOP, EIO, "always"));
	EXPECT_EQ(-EIO, feature_set_state(self->target, MIG_RUNNING_P2P, &fd));
	EXPECT_EQ(0, vfio_reset(self->target));
	EXPECT_EQ(MIG_RUNNING, feature_state(self->target));
	ASSERT_EQ(0, fault_clear(&self->device[1]->mdev));
	load(_metadata, self);
	run(_metadata, self->target);
	expect_loaded(_metadata, self, PAGES);
}

/* With multifd, each of many threads has its part of the work, in order. */
struct part {
	int fd;
	uint8_t *at;
	size_t size;
	ssize_t done;
	bool writes;
};

static void *do_part(void *argument)
{
	struct part *part = argument;

	part->done = part->writes ? write(part->fd, part->at, part->size) :
				    read(part->fd, part->at, part->size);
	return NULL;
}

static ssize_t by_another_thread(struct part part)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, do_part, &part))
		return -1;
	pthread_join(thread, NULL);
	return part.done;
}

TEST_F(qemu, migrates_by_many_threads)
{
	ssize_t got;
	size_t at, size;

	set_up(_metadata, self);
	ASSERT_LT(0, read_once(self));
	go(_metadata, self->source, MIG_PRE_COPY_P2P);
	go(_metadata, self->source, MIG_STOP_COPY);
	do {
		at = self->stream.length;
		ASSERT_NE(NULL, buffer_extend(&self->stream, 3000));
		got = by_another_thread((struct part){
			.fd = self->fd, .at = self->stream.data + at,
			.size = 3000 });
		ASSERT_LE(0, got);
		self->stream.length = at + got;
	} while (got);
	go(_metadata, self->source, MIG_STOP);
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));

	self->in = open_session(self->target, MIG_RESUMING);
	for (at = 0; at < self->stream.length; at += size) {
		size = self->stream.length - at;
		size = size > 9999 ? 9999 : size;
		ASSERT_EQ(size, by_another_thread((struct part){
			.fd = self->in, .at = self->stream.data + at,
			.size = size, .writes = true }));
	}
	run(_metadata, self->target);
	expect_pattern(_metadata, self->device[1], PAGES, SEED);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
