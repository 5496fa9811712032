// SPDX-License-Identifier: GPL-2.0
/*
 * One data fd, and several who want something of it at the same time; and
 * memory for its bytes that is not there. Memory that makes it wait is
 * data_wait_test's.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include "lib/feature.h"
#include "lib/patch.h"
#include "lib/sizes.h"
#include "test.h"

#define SEED	0xd2
#define PAGES	(BENCH_MEMORY / MCOPY_PAGE)
#define READERS	2
#define ROUNDS	40

FIXTURE(data)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct client *client;	/* of the source */
	struct buffer good;	/* all of the source */
	struct buffer seen;
};

FIXTURE_SETUP(data)
{
	test_open_by(_metadata, &self->bench, 2, &protocol_v2);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->client = &self->source->client;
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, client_save(self->client, &self->good));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	patch_sessions(&self->good);
}

FIXTURE_TEARDOWN(data)
{
	buffer_free(&self->good);
	buffer_free(&self->seen);
	test_close(_metadata, &self->bench);
}

static void expect_whole(struct __test_metadata *_metadata,
			 const struct buffer *good, struct buffer *seen)
{
	EXPECT_EQ(0, stream_check(seen, BENCH_MEMORY));
	patch_sessions(seen);
	ASSERT_EQ(good->length, seen->length);
	EXPECT_EQ(0, memcmp(good->data, seen->data, good->length));
}

/* Reads until the end, and keeps what it got. */
struct reader {
	pthread_t thread;
	int fd;
	size_t size;
	struct buffer got;
	unsigned int pieces;
	int error;
};

static void *keep_reading(void *argument)
{
	struct reader *reader = argument;
	ssize_t got;

	do {
		uint8_t *at = buffer_extend(&reader->got, reader->size);

		got = at ? read(reader->fd, at, reader->size) : -1;
		if (got < 0)
			reader->error = -errno;
		reader->got.length -= reader->size - (got > 0 ? got : 0);
		reader->pieces += got > 0;
	} while (got > 0);
	return NULL;
}

static int start_readers(struct reader *readers, int fd, size_t size)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < READERS && !ret; i++) {
		readers[i] = (struct reader) { .fd = fd, .size = size };
		ret = pthread_create(&readers[i].thread, NULL, keep_reading,
				     &readers[i]);
	}
	return ret;
}

/* Tick off the records that it has. Return: how many came twice. */
static unsigned int take_records(const struct buffer *got, bool *seen,
				 size_t count)
{
	const uint64_t magic = htole64(VMIG_STREAM_MAGIC);
	size_t offset = 0;
	unsigned int twice = 0;
	struct record record;

	if (got->length >= STREAM_HEADER &&
	    !memcmp(got->data, &magic, sizeof(magic)))
		offset = STREAM_HEADER;
	while (stream_next(got, &offset, &record) > 0) {
		if (record.sequence >= count || seen[record.sequence])
			twice++;
		else
			seen[record.sequence] = true;
	}
	/* A part of one at the end is none that came once. */
	return offset == got->length ? twice : twice + 1;
}

/* Between them they have each byte once, whoever got which record. */
TEST_F_TIMEOUT(data, two_readers_share_the_stream, 120)
{
	/* SELF, MEMORY, STATE, END */
	const size_t records = PAGES + 3;
	struct reader readers[READERS];
	unsigned int round, i, shared = 0;

	for (round = 0; round < ROUNDS; round++) {
		bool seen[PAGES + 3] = {};
		size_t total = 0;

		ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
		ASSERT_EQ(0, start_readers(readers, self->client->fd, 70000));
		for (i = 0; i < READERS; i++) {
			pthread_join(readers[i].thread, NULL);
			EXPECT_EQ(0, readers[i].error);
			EXPECT_EQ(0, take_records(&readers[i].got, seen,
						  records));
			total += readers[i].got.length;
			buffer_free(&readers[i].got);
		}
		EXPECT_EQ(self->good.length, total);
		for (i = 0; i < records; i++)
			EXPECT_TRUE(seen[i]) {
				TH_LOG("record %u is nobody's", i);
			}
		shared += readers[0].pieces && readers[1].pieces;
		ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	}
	/* In some rounds they were two. */
	EXPECT_LT(0, shared);
}

/* Also when each gets pieces of records: no byte more, and none less. */
TEST_F(data, two_readers_share_pieces)
{
	struct reader readers[READERS];
	size_t total = 0;
	unsigned int i;

	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	ASSERT_EQ(0, start_readers(readers, self->client->fd, 777));
	for (i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		EXPECT_EQ(0, readers[i].error);
		total += readers[i].got.length;
		buffer_free(&readers[i].got);
	}
	EXPECT_EQ(self->good.length, total);
}

/* Writes its turns of a stream: the even pieces, or the odd ones. */
struct writer {
	pthread_t thread;
	int fd;
	const struct buffer *stream;
	size_t size;
	unsigned int number;
	unsigned int *turn;	/* NULL: as it comes */
	int error;
};

static bool is_its_turn(const struct writer *writer)
{
	unsigned int turn;

	if (!writer->turn)
		return true;
	turn = __atomic_load_n(writer->turn, __ATOMIC_ACQUIRE);
	return turn % 2 == writer->number;
}

static void *keep_writing(void *argument)
{
	struct writer *writer = argument;
	const struct buffer *stream = writer->stream;
	size_t at = writer->turn ? writer->number * writer->size : 0;
	const size_t step = (writer->turn ? 2 : 1) * writer->size;

	for (; at < stream->length && !writer->error; at += step) {
		const size_t left = stream->length - at;
		const size_t size = left < writer->size ? left : writer->size;

		while (!is_its_turn(writer))
			sched_yield();
		if (write(writer->fd, stream->data + at, size) !=
		    (ssize_t)size)
			writer->error = -errno;
		if (writer->turn)
			__atomic_fetch_add(writer->turn, 1, __ATOMIC_RELEASE);
	}
	/* Who gives up must not keep the other one waiting. */
	while (writer->error && writer->turn && at < stream->length) {
		__atomic_fetch_add(writer->turn, 1, __ATOMIC_RELEASE);
		at += writer->size;
	}
	return NULL;
}

TEST_F(data, two_writers_take_turns)
{
	struct client *target = &self->target->client;
	unsigned int turn = 0, i;
	struct writer writers[2];

	ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
	for (i = 0; i < ARRAY_SIZE(writers); i++) {
		writers[i] = (struct writer) {
			.fd = target->fd, .stream = &self->good,
			.size = 5001, .number = i, .turn = &turn,
		};
		ASSERT_EQ(0, pthread_create(&writers[i].thread, NULL,
					    keep_writing, &writers[i]));
	}
	for (i = 0; i < ARRAY_SIZE(writers); i++) {
		pthread_join(writers[i].thread, NULL);
		EXPECT_EQ(0, writers[i].error);
	}
	EXPECT_EQ(0, client_set_state(target, MIG_RUNNING));
	expect_pattern(_metadata, self->target, PAGES, SEED);
}

/* Both write all of it: what is taken is right, or nothing is. */
TEST_F_TIMEOUT(data, two_writers_know_nothing_of_each_other, 120)
{
	struct client *target = &self->target->client;
	unsigned int round, i, taken = 0;

	for (round = 0; round < ROUNDS; round++) {
		/* All of it in one write, or not. */
		const size_t size = round % 2 ? self->good.length : 30000;
		struct writer writers[2];
		int ret;

		ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
		for (i = 0; i < ARRAY_SIZE(writers); i++) {
			writers[i] = (struct writer) {
				.fd = target->fd, .stream = &self->good,
				.size = size, .number = i,
			};
			ASSERT_EQ(0, pthread_create(&writers[i].thread, NULL,
						    keep_writing,
						    &writers[i]));
		}
		for (i = 0; i < ARRAY_SIZE(writers); i++)
			pthread_join(writers[i].thread, NULL);
		ret = client_set_state(target, MIG_RUNNING);
		if (!ret) {
			taken++;
			EXPECT_EQ(0, writers[0].error);
			EXPECT_EQ(0, writers[1].error);
			expect_pattern(_metadata, self->target, PAGES, SEED);
		}
		ASSERT_EQ(0, vfio_reset(&self->target->vfio));
	}
	TH_LOG("%u of %u rounds were taken", taken, round);
}

/*
 * The user's memory ends after @there bytes. What was given is given once; what
 * was not is not lost.
 */
static int read_in_part(int fd, struct buffer *to, uint8_t *end, size_t there,
			size_t size)
{
	ssize_t got = read(fd, end - there, size);

	if (got < 0)
		return -errno;
	if ((size_t)got > there)
		return -EOVERFLOW;
	return buffer_append(to, end - there, got);
}

/* Two pages, of which the second can't be touched. Return: its start. */
static uint8_t *make_edge(size_t pages)
{
	uint8_t *at = mmap(NULL, (pages + 1) * MCOPY_PAGE,
			   PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED ||
	    mprotect(at + pages * MCOPY_PAGE, MCOPY_PAGE, PROT_NONE))
		return NULL;
	return at + pages * MCOPY_PAGE;
}

TEST_F(data, read_may_fault_at_any_byte)
{
	uint8_t *end = make_edge(4);
	uint8_t *room = malloc(4 * MCOPY_PAGE);
	size_t there;
	ssize_t got;
	int ret;

	ASSERT_NE(NULL, end);
	ASSERT_NE(NULL, room);
	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	for (there = 0; there < 3 * MCOPY_PAGE; there += there / 9 + 1) {
		ret = read_in_part(self->client->fd, &self->seen, end, there,
				   there + MCOPY_PAGE);
		EXPECT_TRUE(!ret || ret == -EFAULT) {
			TH_LOG("%d with %zu bytes of room", ret, there);
		}
		/* It goes on with the next byte that was not given. */
		got = read(self->client->fd, room, 100 + there);
		ASSERT_LT(0, got);
		ASSERT_EQ(0, buffer_append(&self->seen, room, got));
	}
	ASSERT_EQ(0, client_drain(self->client, &self->seen));
	expect_whole(_metadata, &self->good, &self->seen);
	free(room);
}

TEST_F(data, write_may_fault_at_any_byte)
{
	struct client *target = &self->target->client;
	const struct buffer *good = &self->good;
	uint8_t *end = make_edge(4);
	size_t there, at = 0;

	ASSERT_NE(NULL, end);
	ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
	for (there = 0; there < 3 * MCOPY_PAGE; there += there / 9 + 1) {
		ssize_t done;

		memcpy(end - there, good->data + at, there);
		done = write(target->fd, end - there, there + MCOPY_PAGE);
		EXPECT_TRUE(done < 0 ? errno == EFAULT : done > 0);
		EXPECT_LE(done, (ssize_t)there);
		/* What was taken is said; the rest may come again. */
		at += done > 0 ? done : 0;
		ASSERT_EQ(50, write(target->fd, good->data + at, 50));
		at += 50;
	}
	ASSERT_EQ(0, client_feed(target, good->data + at, good->length - at,
				 good->length));
	EXPECT_EQ(0, client_set_state(target, MIG_RUNNING));
	expect_pattern(_metadata, self->target, PAGES, SEED);
}

/* Resets, and sessions that come and go, under readers and writers. */
struct toucher {
	pthread_t thread;
	const int *fd;		/* the file that there is now */
	const bool *stop;
	bool writes;
	const struct buffer *stream;
	int unexpected;
	unsigned int calls;
};

static void *keep_touching(void *argument)
{
	struct toucher *toucher = argument;
	uint8_t room[20000];

	while (!__atomic_load_n(toucher->stop, __ATOMIC_RELAXED)) {
		const int fd = __atomic_load_n(toucher->fd, __ATOMIC_RELAXED);
		ssize_t done = toucher->writes ?
			       write(fd, toucher->stream->data, 20000) :
			       read(fd, room, sizeof(room));

		toucher->calls++;
		/* Of another kind, over, or not to the loader's taste. */
		if (done < 0 && errno != EBADF && errno != ENODEV &&
		    errno != ENOMSG && errno != EILSEQ && errno != EINVAL &&
		    errno != EBADMSG && errno != EPROTO && errno != EMSGSIZE &&
		    errno != ENODATA)
			toucher->unexpected = errno;
	}
	return NULL;
}

TEST_F_TIMEOUT(data, resets_come_at_any_time, 120)
{
	static const enum mig_state states[] = {
		MIG_PRE_COPY, MIG_RESUMING, MIG_STOP_COPY,
	};
	struct toucher touchers[2];
	bool stop = false;
	unsigned int i;

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	for (i = 0; i < ARRAY_SIZE(touchers); i++) {
		touchers[i] = (struct toucher) {
			.fd = &self->client->fd, .stop = &stop, .writes = i,
			.stream = &self->good,
		};
		ASSERT_EQ(0, pthread_create(&touchers[i].thread, NULL,
					    keep_touching, &touchers[i]));
	}
	for (i = 0; i < 300; i++) {
		EXPECT_EQ(0, vfio_reset(&self->source->vfio));
		EXPECT_EQ(MIG_RUNNING, client_state(self->client));
		EXPECT_EQ(0, client_set_state(self->client, states[i % 3]));
		usleep(i % 7 * 100);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < ARRAY_SIZE(touchers); i++) {
		pthread_join(touchers[i].thread, NULL);
		EXPECT_EQ(0, touchers[i].unexpected);
		EXPECT_LT(0, touchers[i].calls);
	}
	ASSERT_EQ(0, vfio_reset(&self->source->vfio));
	EXPECT_EQ(0, client_load(self->client, &self->good));
	expect_pattern(_metadata, self->source, PAGES, SEED);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
