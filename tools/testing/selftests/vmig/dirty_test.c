// SPDX-License-Identifier: GPL-2.0
/* Which pages of device memory are sent, and when. */
#include <endian.h>
#include <pthread.h>
#include <sched.h>

#include "lib/stream.h"
#include "test.h"

#define PAGES	(BENCH_MEMORY / MCOPY_PAGE)

FIXTURE(dirty)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct client *client;
	struct buffer precopy;
	struct buffer stopcopy;
};

PROTOCOL_VARIANTS(dirty);

FIXTURE_SETUP(dirty)
{
	test_open_by(_metadata, &self->bench, 2, variant->protocol);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->client = &self->source->client;
	if (variant->protocol == &protocol_v1)
		ASSERT_EQ(0, migration_map(&self->source->migration));
}

FIXTURE_TEARDOWN(dirty)
{
	buffer_free(&self->precopy);
	buffer_free(&self->stopcopy);
	test_close(_metadata, &self->bench);
}

/* A part of a stream, without a header: how often each page is in it. */
static void count_pages(const struct buffer *part, size_t offset,
			unsigned int pages[PAGES])
{
	struct record record;

	memset(pages, 0, PAGES * sizeof(*pages));
	while (stream_next(part, &offset, &record) > 0)
		if (record.type == VMIG_RECORD_MEMORY &&
		    record.address < BENCH_MEMORY)
			pages[record.address / MCOPY_PAGE]++;
}

static bool contains(const unsigned int *set, size_t count, unsigned int page)
{
	while (count--)
		if (set[count] == page)
			return true;
	return false;
}

TEST_F(dirty, pages_are_those_that_were_ever_written)
{
	static const unsigned int touched[] = { 0, 3, 100, PAGES - 1 };
	unsigned int pages[PAGES], i;
	const uint8_t byte = 1;

	for (i = 0; i < ARRAY_SIZE(touched); i++)
		ASSERT_EQ(0, mcopy_memory_write(&self->source->vfio,
						touched[i] * MCOPY_PAGE + 5,
						&byte, 1));
	ASSERT_EQ(0, client_save(self->client, &self->stopcopy));
	count_pages(&self->stopcopy, STREAM_HEADER, pages);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(contains(touched, ARRAY_SIZE(touched), i), pages[i]) {
			TH_LOG("page %u", i);
		}
}

TEST_F(dirty, pages_are_sent_again_and_no_others)
{
	static const unsigned int touched[] = { 1, 2, 77, 128, PAGES - 1 };
	unsigned int pages[PAGES], i;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(self->client, &self->precopy));
	count_pages(&self->precopy, STREAM_HEADER, pages);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(1, pages[i]);

	for (i = 0; i < ARRAY_SIZE(touched); i++)
		ASSERT_EQ(0, mcopy_fill(&self->source->vfio,
					touched[i] * MCOPY_PAGE + 8, 8, 2));
	/* Reading is not writing. */
	ASSERT_EQ(0, mcopy_memory_read(&self->source->vfio, 9 * MCOPY_PAGE,
				       pages, sizeof(pages)));
	ASSERT_EQ(0, client_save(self->client, &self->stopcopy));
	count_pages(&self->stopcopy, 0, pages);
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(contains(touched, ARRAY_SIZE(touched), i), pages[i]) {
			TH_LOG("page %u", i);
		}
}

/* What the target has of them is no longer what they are: zero. */
TEST_F(dirty, pages_that_the_guest_reset_are_sent_again)
{
	uint8_t seen[4 * MCOPY_PAGE], zero[4 * MCOPY_PAGE] = { 0 };

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, sizeof(seen), 1));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(self->client, &self->precopy));
	ASSERT_EQ(0, mcopy_set(&self->source->vfio, MCOPY_REG_CONTROL,
			       MCOPY_CONTROL_RESET));
	ASSERT_EQ(0, client_save(self->client, &self->precopy));
	ASSERT_EQ(0, client_load(&self->target->client, &self->precopy));
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, seen,
				       sizeof(seen)));
	EXPECT_EQ(0, memcmp(zero, seen, sizeof(seen)));
}

TEST_F(dirty, pages_arrive_in_their_last_form)
{
	uint8_t expected[MCOPY_PAGE], seen[MCOPY_PAGE];
	unsigned int round;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	for (round = 2; round < 6; round++) {
		ASSERT_EQ(0, client_drain(self->client, &self->precopy));
		ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 4 * MCOPY_PAGE,
					MCOPY_PAGE, round));
	}
	ASSERT_EQ(0, client_save(self->client, &self->precopy));
	EXPECT_EQ(0, stream_check(&self->precopy, BENCH_MEMORY));
	EXPECT_EQ(PAGES + 4, stream_count(&self->precopy, VMIG_RECORD_MEMORY));
	ASSERT_EQ(0, client_load(&self->target->client, &self->precopy));
	mcopy_expected(4 * MCOPY_PAGE, MCOPY_PAGE, 5, expected);
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 4 * MCOPY_PAGE,
				       seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(expected, seen, sizeof(seen)));
}

TEST_F(dirty, pages_that_were_not_fetched_come_after_the_stop)
{
	uint64_t pending;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_pending(self->client, &pending));
	EXPECT_GT(pending, BENCH_MEMORY);
	ASSERT_EQ(0, client_save(self->client, &self->stopcopy));
	EXPECT_EQ(0, stream_check(&self->stopcopy, BENCH_MEMORY));
	EXPECT_EQ(PAGES, stream_count(&self->stopcopy, VMIG_RECORD_MEMORY));
}

TEST_F(dirty, pages_all_count_again_after_a_cancel)
{
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(self->client, &self->precopy));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, MCOPY_PAGE, 2));

	self->precopy.length = 0;
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(self->client, &self->precopy));
	ASSERT_EQ(0, client_save(self->client, &self->precopy));
	EXPECT_EQ(0, stream_check(&self->precopy, BENCH_MEMORY));
	EXPECT_EQ(PAGES, stream_count(&self->precopy, VMIG_RECORD_MEMORY));
	EXPECT_EQ(0, client_load(&self->target->client, &self->precopy));
}

/*
 * Trap 5 (Documentation/traps.rst): "stop" and "cont" in the midst of a
 * migration make QEMU send a part of one session and then another one, with
 * nothing between.
 */
TEST_F(dirty, session_that_was_dropped_is_forgotten)
{
	uint8_t expected[MCOPY_PAGE], seen[MCOPY_PAGE];
	struct buffer *stream = &self->precopy;
	const struct vfio *target = &self->target->vfio;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, 4 * MCOPY_PAGE, 1));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_GT(client_fetch(self->client, stream), 0);
	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	/* Back to zeros: pages that the first session had and this has not. */
	ASSERT_EQ(0, vfio_reset(&self->source->vfio));
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, MCOPY_PAGE, MCOPY_PAGE, 7));
	ASSERT_EQ(0, client_save(self->client, stream));

	ASSERT_EQ(0, client_load(&self->target->client, stream));
	memset(expected, 0, sizeof(expected));
	ASSERT_EQ(0, mcopy_memory_read(target, 0, seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(expected, seen, sizeof(seen)));
	mcopy_expected(MCOPY_PAGE, MCOPY_PAGE, 7, expected);
	ASSERT_EQ(0, mcopy_memory_read(target, MCOPY_PAGE, seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(expected, seen, sizeof(seen)));
}

TEST_F(dirty, sessions_are_numbered)
{
	uint64_t first, second;

	ASSERT_EQ(0, client_save(self->client, &self->precopy));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	ASSERT_EQ(0, client_save(self->client, &self->stopcopy));
	first = le64toh(stream_header(&self->precopy)->session);
	second = le64toh(stream_header(&self->stopcopy)->session);
	EXPECT_NE(first, second);
}

/* A guest that writes all the time, as another processor would. */
struct writer {
	const struct vfio *vfio;
	bool stop;
	int error;
};

static void *keep_writing(void *argument)
{
	struct writer *writer = argument;
	uint64_t seed = 1;

	while (!__atomic_load_n(&writer->stop, __ATOMIC_RELAXED) &&
	       !writer->error) {
		seed++;
		writer->error = mcopy_fill(writer->vfio,
					   seed % 16 * MCOPY_PAGE, MCOPY_PAGE,
					   seed);
	}
	return NULL;
}

static int save_some(struct client *client, struct buffer *stream)
{
	unsigned int pieces;
	int ret = 0;

	for (pieces = 0; pieces < 200 && ret >= 0; pieces++)
		ret = client_fetch(client, stream);
	return ret < 0 ? ret : 0;
}

/*
 * Trap 41 (Documentation/traps.rst): each checksum must be that of the bytes
 * that were sent.
 */
TEST_F(dirty, pages_may_change_while_they_are_fetched)
{
	struct writer writer = { .vfio = &self->source->vfio };
	uint8_t *expected = malloc(BENCH_MEMORY);
	uint8_t *seen = malloc(BENCH_MEMORY);
	pthread_t thread;

	ASSERT_NE(NULL, expected);
	ASSERT_NE(NULL, seen);
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, pthread_create(&thread, NULL, keep_writing, &writer));
	EXPECT_EQ(0, save_some(self->client, &self->precopy));
	/* The device stops under the writer's hands. */
	EXPECT_EQ(0, client_save(self->client, &self->precopy));
	EXPECT_EQ(0, mcopy_memory_read(&self->source->vfio, 0, expected,
				       BENCH_MEMORY));
	__atomic_store_n(&writer.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, stream_check(&self->precopy, BENCH_MEMORY));
	ASSERT_EQ(0, client_load(&self->target->client, &self->precopy));
	EXPECT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, seen,
				       BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(expected, seen, BENCH_MEMORY));
	free(expected);
	free(seen);
}

/* A guest that writes once, when it is told to. */
struct round {
	const struct vfio *vfio;
	unsigned int wanted;	/* rounds that may start */
	unsigned int done;	/* rounds that have ended */
	int error;
};

#define ROUNDS	1000

static void *write_each_round(void *argument)
{
	struct round *round = argument;
	unsigned int i;

	for (i = 1; i <= ROUNDS; i++) {
		while (__atomic_load_n(&round->wanted, __ATOMIC_ACQUIRE) < i)
			sched_yield();
		/* At the start of the page, where a copy begins. */
		if (mcopy_memory_write(round->vfio, 0, &i, sizeof(i)))
			round->error = -EIO;
		__atomic_store_n(&round->done, i, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Fetch until the writer has ended and nothing is pending. */
static int fetch_round(struct client *client,
		       struct round *round, struct buffer *stream)
{
	unsigned int done;
	int ret;

	do {
		done = __atomic_load_n(&round->done, __ATOMIC_ACQUIRE);
		ret = client_drain(client, stream);
	} while (!ret && done != round->wanted);
	return ret;
}

/*
 * A write is either in the copy that is sent or makes the page dirty again.
 * Between "copied" and "marked clean" there must be no room for it.
 */
TEST_F_TIMEOUT(dirty, pages_that_change_while_fetched_are_sent_again, 60)
{
	struct round round = { .vfio = &self->source->vfio };
	struct record record;
	pthread_t thread;
	unsigned int i, last, seen;

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(self->client, &self->precopy));
	ASSERT_EQ(0, pthread_create(&thread, NULL, write_each_round, &round));
	for (i = 1; i <= ROUNDS; i++) {
		self->precopy.length = STREAM_HEADER;
		/* So that there is something to fetch meanwhile. */
		ASSERT_EQ(0, mcopy_memory_write(round.vfio, MCOPY_PAGE - 8, &i,
						sizeof(i)));
		__atomic_store_n(&round.wanted, i, __ATOMIC_RELEASE);
		ASSERT_EQ(0, fetch_round(self->client, &round,
					 &self->precopy));
		last = stream_count(&self->precopy, VMIG_RECORD_MEMORY) - 1;
		ASSERT_LE(0, stream_find(&self->precopy, VMIG_RECORD_MEMORY,
					 last, &record));
		memcpy(&seen, record.payload, sizeof(seen));
		ASSERT_EQ(i, seen);
	}
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, round.error);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
