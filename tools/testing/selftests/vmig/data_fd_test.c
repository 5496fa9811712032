// SPDX-License-Identifier: GPL-2.0
/*
 * Protocol v2's data fd as a file: what it gives, what it takes, and in which
 * pieces. When its session ends is data_end_test's, who shares it data_race_test's.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "lib/feature.h"
#include "lib/patch.h"
#include "lib/sizes.h"
#include "test.h"

#define SEED	0xdf
#define PAGES	12
#define ROOM	(1024 * 1024)

FIXTURE(data)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct client *client;	/* of the source */
	struct buffer good;	/* all of the source */
	struct buffer seen;
	uint8_t *room;
};

FIXTURE_SETUP(data)
{
	test_open_by(_metadata, &self->bench, 2, &protocol_v2);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->client = &self->source->client;
	self->room = malloc(ROOM);
	ASSERT_NE(NULL, self->room);
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, PAGES * MCOPY_PAGE,
				SEED));
	ASSERT_EQ(0, client_save(self->client, &self->good));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	patch_sessions(&self->good);
}

FIXTURE_TEARDOWN(data)
{
	buffer_free(&self->good);
	buffer_free(&self->seen);
	free(self->room);
	test_close(_metadata, &self->bench);
}

/* What was read is all of the source, each byte once. */
static void expect_whole(struct __test_metadata *_metadata,
			 const struct buffer *good, struct buffer *seen)
{
	EXPECT_EQ(0, stream_check(seen, BENCH_MEMORY));
	patch_sessions(seen);
	ASSERT_EQ(good->length, seen->length);
	EXPECT_EQ(0, memcmp(good->data, seen->data, good->length));
}

TEST_F(data, file_has_no_position)
{
	struct client *clients[] = { self->client, &self->target->client };
	uint8_t byte = 0;
	size_t i;

	ASSERT_EQ(0, client_set_state(clients[0], MIG_STOP_COPY));
	ASSERT_EQ(0, client_set_state(clients[1], MIG_RESUMING));
	for (i = 0; i < ARRAY_SIZE(clients); i++) {
		const int fd = clients[i]->fd;

		EXPECT_EQ(-1, lseek(fd, 0, SEEK_CUR));
		EXPECT_EQ(ESPIPE, errno);
		EXPECT_EQ(-1, lseek(fd, 0, SEEK_SET));
		EXPECT_EQ(ESPIPE, errno);
		EXPECT_EQ(-1, lseek(fd, 0, SEEK_END));
		EXPECT_EQ(ESPIPE, errno);
		EXPECT_EQ(-1, pread(fd, &byte, 1, 0));
		EXPECT_EQ(ESPIPE, errno);
		EXPECT_EQ(-1, pwrite(fd, &byte, 1, 0));
		EXPECT_EQ(ESPIPE, errno);
	}
	/* None of it has moved anything. */
	ASSERT_EQ(0, client_drain(clients[0], &self->seen));
	expect_whole(_metadata, &self->good, &self->seen);
	ASSERT_EQ(0, client_feed_all(clients[1], &self->good));
	EXPECT_EQ(0, client_set_state(clients[1], MIG_RUNNING));
}

TEST_F(data, file_goes_one_way)
{
	const int mode = O_RDONLY | O_WRONLY | O_RDWR;
	uint8_t byte = 0;
	int fd;

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	fd = self->client->fd;
	EXPECT_EQ(O_RDONLY, fcntl(fd, F_GETFL) & mode);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(-1, write(fd, &byte, 1));
	EXPECT_EQ(EBADF, errno);

	ASSERT_EQ(0, client_set_state(&self->target->client, MIG_RESUMING));
	fd = self->target->client.fd;
	EXPECT_EQ(O_WRONLY, fcntl(fd, F_GETFL) & mode);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(-1, read(fd, &byte, 1));
	EXPECT_EQ(EBADF, errno);
}

/* Read all there is now, in pieces of @size. Return: the last answer. */
static int read_all(int fd, struct buffer *to, size_t size)
{
	ssize_t got;

	do {
		uint8_t *at = buffer_extend(to, size);

		if (!at)
			return -ENOMEM;
		got = read(fd, at, size);
		if (got < 0)
			got = -errno;
		to->length -= size - (got > 0 ? got : 0);
	} while (got > 0);
	return got;
}

/*
 * Trap 4 (Documentation/traps.rst): "nothing now" is said while the device
 * runs, and never after; "the end" after, and never before.
 */
TEST_F(data, says_nothing_now_and_the_end)
{
	const struct vfio *vfio = &self->source->vfio;
	enum mig_state state;
	unsigned int i;
	int fd;

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	fd = self->client->fd;
	for (i = 0; i < 4; i++) {
		state = i % 2 ? MIG_PRE_COPY_P2P : MIG_PRE_COPY;
		ASSERT_EQ(0, client_set_state(self->client, state));
		EXPECT_EQ(-ENOMSG, read_all(fd, &self->seen, ROOM));
		EXPECT_EQ(-ENOMSG, read_all(fd, &self->seen, 1));
		ASSERT_EQ(0, mcopy_fill(vfio, 0, MCOPY_PAGE, SEED + i));
		EXPECT_EQ(SIZE_PAGE, read(fd, self->room, ROOM));
		ASSERT_EQ(0, buffer_append(&self->seen, self->room,
					   SIZE_PAGE));
		EXPECT_EQ(-ENOMSG, read_all(fd, &self->seen, ROOM));
	}
	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	EXPECT_EQ(SIZE_CLOSING, read(fd, self->room, ROOM));
	ASSERT_EQ(0, buffer_append(&self->seen, self->room, SIZE_CLOSING));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(0, read(fd, self->room, 1 + i * 1000));
	EXPECT_EQ(0, stream_check(&self->seen, BENCH_MEMORY));
}

/* The same bytes, whatever is left of the session when the device stops. */
TEST_F(data, stop_may_come_after_any_byte)
{
	size_t first;

	for (first = 1; first < self->good.length; first += first / 2 + 1) {
		uint8_t *at;
		size_t done = 0;

		self->seen.length = 0;
		at = buffer_extend(&self->seen, first);
		ASSERT_NE(NULL, at);
		ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
		while (done < first) {
			ssize_t got = read(self->client->fd, at + done,
					   first - done);

			if (got <= 0)
				break;
			done += got;
		}
		self->seen.length = done;
		ASSERT_EQ(0, client_save(self->client, &self->seen));
		expect_whole(_metadata, &self->good, &self->seen);
		ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	}
}

/* As long as there is room for one. */
TEST_F(data, read_ends_with_a_record)
{
	static const size_t sizes[] = {
		VMIG_PAYLOAD_MAX + RECORD_HEADER, 3 * 65536 + 7, ROOM,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t offset = STREAM_HEADER;
		ssize_t got;

		self->seen.length = 0;
		ASSERT_EQ(0, client_set_state(self->client, i % 2 ?
					      MIG_STOP_COPY : MIG_PRE_COPY));
		for (;;) {
			struct record record;

			got = read(self->client->fd, self->room, sizes[i]);
			if (got <= 0)
				break;
			ASSERT_EQ(0, buffer_append(&self->seen, self->room,
						   got));
			while (stream_next(&self->seen, &offset, &record) > 0)
				;
			EXPECT_EQ(self->seen.length, offset) {
				TH_LOG("in a read of %zu", sizes[i]);
			}
		}
		ASSERT_EQ(0, client_save(self->client, &self->seen));
		expect_whole(_metadata, &self->good, &self->seen);
		ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	}
}

/* A buffer that is too small for a record is filled. */
TEST_F(data, read_may_be_of_any_size)
{
	static const size_t sizes[] = { 1, 2, 3, 31, 32, 33, 4095, 4128 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		self->seen.length = 0;
		ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
		EXPECT_EQ(0, read_all(self->client->fd, &self->seen,
				      sizes[i]));
		expect_whole(_metadata, &self->good, &self->seen);
		ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	}
}

/* 1, 2, 3 and so on: every cut of a record comes up, in both directions. */
TEST_F(data, pieces_may_grow)
{
	struct client *target = &self->target->client;
	const uint8_t *from;
	size_t size = 0, left;
	ssize_t got;

	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	do {
		got = read(self->client->fd, self->room, ++size);
		ASSERT_LE(0, got);
		ASSERT_EQ(0, buffer_append(&self->seen, self->room, got));
	} while (got);
	ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
	from = self->seen.data;
	left = self->seen.length;
	for (size = 1; left; size++) {
		if (size > left)
			size = left;
		ASSERT_EQ(size, write(target->fd, from, size));
		from += size;
		left -= size;
	}
	ASSERT_EQ(0, client_set_state(target, MIG_RUNNING));
	expect_pattern(_metadata, self->target, PAGES, SEED);
	expect_whole(_metadata, &self->good, &self->seen);
}

/* No byte asked for is no byte given, and no end of anything. */
TEST_F(data, nothing_may_be_asked_for)
{
	struct client *target = &self->target->client;

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	EXPECT_EQ(0, read(self->client->fd, self->room, 0));
	ASSERT_EQ(0, client_save(self->client, &self->seen));
	expect_whole(_metadata, &self->good, &self->seen);
	ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
	EXPECT_EQ(0, write(target->fd, self->room, 0));
	EXPECT_EQ(0, client_feed_all(target, &self->good));
	EXPECT_EQ(0, client_set_state(target, MIG_RUNNING));
}

#define VECTORS	7

/* Uneven ones, of @size in all. */
static size_t make_vectors(struct iovec *vectors, uint8_t *at, size_t size)
{
	size_t i, done = 0;

	for (i = 0; i < VECTORS; i++) {
		size_t part = i == VECTORS - 1 ? size - done :
						 size * i / (4 * VECTORS);

		vectors[i].iov_base = at + done;
		vectors[i].iov_len = part;
		done += part;
	}
	return done;
}

TEST_F(data, pieces_may_be_scattered)
{
	struct client *target = &self->target->client;
	struct iovec vectors[VECTORS];
	size_t size, at = 0;
	ssize_t got;

	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	for (size = 5; ; size = size * 2 + 1) {
		size = make_vectors(vectors, self->room, size < ROOM ? size :
								       ROOM);
		got = readv(self->client->fd, vectors, VECTORS);
		ASSERT_LE(0, got);
		if (!got)
			break;
		ASSERT_EQ(0, buffer_append(&self->seen, self->room, got));
	}
	ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
	for (size = 5; at < self->seen.length; size = size * 2 + 1) {
		if (size > self->seen.length - at)
			size = self->seen.length - at;
		make_vectors(vectors, self->seen.data + at, size);
		ASSERT_EQ(size, writev(target->fd, vectors, VECTORS));
		at += size;
	}
	ASSERT_EQ(0, client_set_state(target, MIG_RUNNING));
	expect_pattern(_metadata, self->target, PAGES, SEED);
	expect_whole(_metadata, &self->good, &self->seen);
}

/*
 * Trap 20 (Documentation/traps.rst): a write takes all or says why not, and
 * never that it took nothing; more than one of the largest records at once,
 * too.
 */
TEST_F(data, write_takes_all_or_fails)
{
	struct client *target = &self->target->client;
	const struct vfio *vfio = &self->source->vfio;
	unsigned int i;

	/* All of the device, and all of it in one write. */
	ASSERT_EQ(0, mcopy_fill(vfio, 0, BENCH_MEMORY, SEED));
	self->good.length = 0;
	ASSERT_EQ(0, client_save(self->client, &self->good));
	ASSERT_LT(BENCH_MEMORY, self->good.length);
	ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
	EXPECT_EQ(self->good.length, write(target->fd, self->good.data,
					   self->good.length));
	/* Once more from the start, and then what can't be. */
	EXPECT_EQ(self->good.length, write(target->fd, self->good.data,
					   self->good.length));
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(-1, write(target->fd, self->good.data + 1, 1 + i));
		EXPECT_EQ(E2BIG, errno);
	}
}

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
	(void)number;
	signals = signals + 1;
}

/* Every so often while this process works, or never again. */
static int send_signals(int microseconds)
{
	/* No SA_RESTART: calls end where they are. */
	const struct sigaction action = { .sa_handler = on_signal };
	const struct itimerval often = {
		.it_interval.tv_usec = microseconds,
		.it_value.tv_usec = microseconds,
	};

	return sigaction(SIGPROF, &action, NULL) ||
	       setitimer(ITIMER_PROF, &often, NULL) ? -errno : 0;
}

/* All of a device, by calls that may end before their time. */
static int save_anyhow(struct client *client, struct buffer *to, uint8_t *room)
{
	ssize_t got;
	int ret = client_set_state(client, MIG_STOP_COPY);

	while (!ret) {
		got = read(client->fd, room, ROOM);
		if (!got)
			return 0;
		if (got > 0)
			ret = buffer_append(to, room, got);
		else if (errno != EINTR)
			ret = -errno;
	}
	return ret;
}

static int load_anyhow(struct client *client, const struct buffer *from)
{
	int ret = client_set_state(client, MIG_RESUMING);
	size_t at = 0;

	while (!ret && at < from->length) {
		ssize_t done = write(client->fd, from->data + at,
				     from->length - at);

		if (done > 0)
			at += done;
		else if (!done || errno != EINTR)
			ret = done ? -errno : -EIO;
	}
	return ret ? ret : client_set_state(client, MIG_RUNNING);
}

/* What a call had not done when a signal ended it is there for the next. */
TEST_F(data, signals_cost_no_byte)
{
	unsigned int round;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, SEED));
	self->good.length = 0;
	ASSERT_EQ(0, client_save(self->client, &self->good));
	patch_sessions(&self->good);
	ASSERT_EQ(0, send_signals(1000));
	for (round = 0; round < 20 || signals < 5; round++) {
		self->seen.length = 0;
		ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
		ASSERT_EQ(0, save_anyhow(self->client, &self->seen,
					 self->room));
		expect_whole(_metadata, &self->good, &self->seen);
		ASSERT_EQ(0, load_anyhow(&self->target->client, &self->seen));
	}
	ASSERT_EQ(0, send_signals(0));
	expect_pattern(_metadata, self->target, BENCH_MEMORY / MCOPY_PAGE,
		       SEED);
}

static int look(int fd, int milliseconds)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int ret = poll(&poll_fd, 1, milliseconds);

	return ret > 0 ? poll_fd.revents : ret;
}

/* Stores by a child, after a while. */
static pid_t store_later(const struct vfio *vfio)
{
	pid_t child = fork();

	if (child)
		return child;
	usleep(300000);
	_exit(!!mcopy_fill(vfio, 0, MCOPY_PAGE, SEED));
}

/* Who was told "nothing now" can wait until that has changed. */
TEST_F(data, can_be_waited_for)
{
	const struct vfio *vfio = &self->source->vfio;
	unsigned int i;
	int status, fd;
	pid_t child;

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	fd = self->client->fd;
	EXPECT_EQ(POLLIN, look(fd, 0));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-ENOMSG, read_all(fd, &self->seen, ROOM));
		EXPECT_EQ(0, look(fd, 100));
		child = store_later(vfio);
		ASSERT_GE(child, 0);
		ASSERT_EQ(POLLIN, look(fd, 20000));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_EQ(0, status);
		EXPECT_EQ(SIZE_PAGE, client_fetch(self->client, &self->seen));
	}
	/* There is an answer to be had: the rest, the end, that it is over. */
	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	EXPECT_EQ(POLLIN, look(fd, 0));
	ASSERT_EQ(0, client_drain(self->client, &self->seen));
	EXPECT_EQ(POLLIN, look(fd, 0));
	ASSERT_EQ(0, vfio_reset(vfio));
	EXPECT_TRUE(look(fd, 0) & POLLIN);
}

/* A file that is closed takes nothing with it. */
TEST_F(data, file_may_be_closed)
{
	struct client *target = &self->target->client;
	int fd;

	ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
	ASSERT_EQ(0, client_feed_all(target, &self->good));
	client_close(target);
	EXPECT_EQ(MIG_RESUMING, client_state(target));
	EXPECT_EQ(0, client_set_state(target, MIG_RUNNING));
	expect_pattern(_metadata, self->target, PAGES, SEED);

	/* Half of it is half of it. */
	ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
	ASSERT_EQ(0, client_feed(target, self->good.data,
				 self->good.length / 2, ROOM));
	client_close(target);
	EXPECT_EQ(-ENODATA, client_set_state(target, MIG_RUNNING));

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_LT(0, client_fetch(self->client, &self->seen));
	client_close(self->client);
	EXPECT_EQ(MIG_PRE_COPY, client_state(self->client));
	/* The session still is the same one, and has no other file. */
	EXPECT_EQ(0, feature_set_state(&self->source->vfio, MIG_STOP_COPY,
				       &fd));
	EXPECT_EQ(-1, fd);
	EXPECT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	self->seen.length = 0;
	ASSERT_EQ(0, client_save(self->client, &self->seen));
	expect_whole(_metadata, &self->good, &self->seen);
}

/* By a child that has it from us, and then by us. */
TEST_F(data, file_is_the_same_in_a_child)
{
	struct client *target = &self->target->client;
	const size_t half = self->good.length / 2;
	int ends[2], status;
	ssize_t got;
	pid_t child;

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
	child = fork();
	ASSERT_GE(child, 0);
	if (!child) {
		ssize_t got = read(self->client->fd, self->room, 10000);

		if (got <= 0 || write(ends[1], self->room, got) != got ||
		    write(target->fd, self->good.data, half) != (ssize_t)half)
			_exit(1);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, status);
	got = read(ends[0], self->room, 10000);
	ASSERT_LT(0, got);
	ASSERT_EQ(0, buffer_append(&self->seen, self->room, got));
	ASSERT_EQ(0, client_drain(self->client, &self->seen));
	expect_whole(_metadata, &self->good, &self->seen);
	ASSERT_EQ(0, client_feed(target, self->good.data + half,
				 self->good.length - half, ROOM));
	EXPECT_EQ(0, client_set_state(target, MIG_RUNNING));
	expect_pattern(_metadata, self->target, PAGES, SEED);
	close(ends[0]);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
