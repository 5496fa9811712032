// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads of one owner, as QEMU has them: the main thread changes the
 * state while the migration thread is in the midst of a segment. Whatever they
 * do, it ends, and what was fetched is a sound stream or ended with an error.
 */
#include <pthread.h>
#include <sched.h>

#include "lib/stream.h"
#include "test.h"

#define ROUNDS	40
#define WRITES	1500
#define SEED	0x72616365

FIXTURE(race)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct buffer stream;
};

FIXTURE_VARIANT(race)
{
	const struct protocol *protocol;
	bool mapped;
};

FIXTURE_VARIANT_ADD(race, v1_trapped)
{
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(race, v1_mapped)
{
	.protocol = &protocol_v1,
	.mapped = true,
};

FIXTURE_VARIANT_ADD(race, v2)
{
	.protocol = &protocol_v2,
};

FIXTURE_SETUP(race)
{
	test_open_by(_metadata, &self->bench, 2, variant->protocol);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	if (variant->mapped) {
		ASSERT_EQ(0, migration_map(&self->source->migration));
		ASSERT_EQ(0, migration_map(&self->target->migration));
	}
}

FIXTURE_TEARDOWN(race)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* Fetches until it is told that no more will come. */
struct fetcher {
	pthread_t thread;
	struct client *client;
	struct buffer *stream;
	unsigned int pieces;	/* fetched so far */
	bool last;		/* what is pending now is all there will be */
	bool ended;
	int error;
};

static void *keep_fetching(void *argument)
{
	struct fetcher *fetcher = argument;
	bool last;
	int ret;

	do {
		last = __atomic_load_n(&fetcher->last, __ATOMIC_ACQUIRE);
		ret = client_fetch(fetcher->client, fetcher->stream);
		if (ret > 0)
			__atomic_fetch_add(&fetcher->pieces, 1,
					   __ATOMIC_RELEASE);
		sched_yield();
	} while (ret > 0 || (!ret && !last));
	fetcher->error = ret;
	__atomic_store_n(&fetcher->ended, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Has it this many pieces, or given up? */
static bool has_fetched(const struct fetcher *fetcher, unsigned int count)
{
	return __atomic_load_n(&fetcher->pieces, __ATOMIC_ACQUIRE) >= count ||
	       __atomic_load_n(&fetcher->ended, __ATOMIC_ACQUIRE);
}

static int fetch_through_the_stop(struct device *source, struct buffer *stream,
				  unsigned int delay)
{
	struct fetcher fetcher = {
		.client = &source->client, .stream = stream,
	};
	int ret = client_set_state(fetcher.client, MIG_PRE_COPY);

	if (ret || pthread_create(&fetcher.thread, NULL, keep_fetching,
				  &fetcher))
		return ret ? ret : -EAGAIN;
	/* Stop before the first piece, in the midst of one, after it. */
	while (!has_fetched(&fetcher, delay % 3))
		ret = mcopy_fill(&source->vfio, delay % 7 * MCOPY_PAGE,
				 4 * MCOPY_PAGE, SEED + delay);
	for (delay *= 97; delay; delay--)
		__asm__ volatile("" : : : "memory");
	if (!ret)
		ret = client_set_state(fetcher.client, MIG_STOP_COPY);
	__atomic_store_n(&fetcher.last, true, __ATOMIC_RELEASE);
	pthread_join(fetcher.thread, NULL);
	if (!ret)
		ret = fetcher.error;
	return ret ? ret : client_set_state(fetcher.client, MIG_STOP);
}

/* 3 -> 2 while a segment is fetched: the segment stays, the stream is whole. */
TEST_F_TIMEOUT(race, stop_comes_while_a_segment_is_fetched, 120)
{
	uint8_t *expected = malloc(BENCH_MEMORY), *seen = malloc(BENCH_MEMORY);
	unsigned int i;

	ASSERT_NE(NULL, expected);
	ASSERT_NE(NULL, seen);
	for (i = 0; i < ROUNDS; i++) {
		self->stream.length = 0;
		ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY,
					SEED * i));
		ASSERT_EQ(0, fetch_through_the_stop(self->source,
						    &self->stream, i)) {
			TH_LOG("round %u", i);
		}
		ASSERT_EQ(0, stream_check(&self->stream, BENCH_MEMORY)) {
			TH_LOG("round %u", i);
		}
		ASSERT_EQ(0, mcopy_memory_read(&self->source->vfio, 0,
					       expected, BENCH_MEMORY));
		ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
		ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, seen,
					       BENCH_MEMORY));
		ASSERT_EQ(0, memcmp(expected, seen, BENCH_MEMORY));
		ASSERT_EQ(0, client_set_state(&self->source->client,
					      MIG_RUNNING));
	}
	free(expected);
	free(seen);
}

/* Asks for states of its own, in turn. */
struct writer {
	pthread_t thread;
	struct client client;
	const enum mig_state *states;
	unsigned int count;
	int error;
};

static void *keep_writing(void *argument)
{
	struct writer *writer = argument;
	unsigned int i;

	for (i = 0; i < WRITES && !writer->error; i++) {
		int ret = client_set_state(&writer->client,
					   writer->states[i % writer->count]);

		/* From STOP_COPY to PRE_COPY: refused, and unchanged. */
		if (ret != -EINVAL)
			writer->error = ret;
		ret = client_state(&writer->client);
		if (ret <= MIG_ERROR || ret >= MIG_STATES)
			writer->error = ret < 0 ? ret : -ERANGE;
	}
	return NULL;
}

/* QEMU reads, changes and writes device_state from two threads. */
TEST_F_TIMEOUT(race, two_write_the_state, 120)
{
	static const enum mig_state one[] = {
		MIG_PRE_COPY, MIG_STOP_COPY, MIG_STOP, MIG_RUNNING,
	};
	static const enum mig_state other[] = {
		MIG_STOP, MIG_STOP_COPY, MIG_RUNNING,
	};
	struct client *client = &self->source->client;
	struct writer writers[] = {
		{ .states = one, .count = ARRAY_SIZE(one) },
		{ .states = other, .count = ARRAY_SIZE(other) },
	};
	size_t i;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, MCOPY_PAGE, SEED));
	for (i = 0; i < ARRAY_SIZE(writers); i++) {
		/* Each has files of its own. */
		writers[i].client.protocol = variant->protocol;
		client_open(&writers[i].client, client->vfio,
			    client->migration);
		ASSERT_EQ(0, pthread_create(&writers[i].thread, NULL,
					    keep_writing, &writers[i]));
	}
	for (i = 0; i < ARRAY_SIZE(writers); i++) {
		pthread_join(writers[i].thread, NULL);
		client_close(&writers[i].client);
		EXPECT_EQ(0, writers[i].error);
	}
	ASSERT_EQ(0, client_set_state(client, MIG_RUNNING));
	ASSERT_EQ(0, client_save(client, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	EXPECT_EQ(1, stream_count(&self->stream, VMIG_RECORD_MEMORY));
}

/*
 * What who fetches is told when there is no session any more. For v1 that is no
 * error: nothing is pending, or a segment that was has become an empty one.
 */
static void expect_over(struct __test_metadata *_metadata,
			const struct protocol *protocol, int error)
{
	if (protocol == &protocol_v1 && error == -ENODATA)
		return;
	EXPECT_EQ(protocol == &protocol_v1 ? 0 : -ENODEV, error);
}

/*
 * A reset between any two of the fetcher's steps. What it has then is the
 * start of a session, if anything, and ends at a record's boundary.
 */
TEST_F_TIMEOUT(race, reset_comes_while_a_segment_is_fetched, 120)
{
	struct client *client = &self->source->client;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		struct fetcher fetcher = {
			.client = client, .stream = &self->stream,
		};

		self->stream.length = 0;
		ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY,
					SEED * i));
		ASSERT_EQ(0, client_set_state(client, i % 2 ? MIG_PRE_COPY :
							 MIG_STOP_COPY));
		ASSERT_EQ(0, pthread_create(&fetcher.thread, NULL,
					    keep_fetching, &fetcher));
		while (!has_fetched(&fetcher, i / 2 % 2))
			sched_yield();
		EXPECT_EQ(0, vfio_reset(&self->source->vfio));
		__atomic_store_n(&fetcher.last, true, __ATOMIC_RELEASE);
		pthread_join(fetcher.thread, NULL);
		expect_over(_metadata, variant->protocol, fetcher.error);
		ASSERT_EQ(MIG_RUNNING, client_state(client));
	}
	/* The device is new, and migrates. */
	self->stream.length = 0;
	ASSERT_EQ(0, client_save(client, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	EXPECT_EQ(0, stream_count(&self->stream, VMIG_RECORD_MEMORY));
}

/* Hands a good stream in, over and over, until somebody interferes. */
struct feeder {
	pthread_t thread;
	struct client *client;
	const struct buffer *stream;
	unsigned int fed;
	bool ended;
	int error;
};

static void *keep_feeding(void *argument)
{
	struct feeder *feeder = argument;

	while (!feeder->error) {
		feeder->error = client_feed(feeder->client,
					    feeder->stream->data,
					    feeder->stream->length, 5000);
		if (!feeder->error)
			__atomic_fetch_add(&feeder->fed, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&feeder->ended, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Out of RESUMING under the hands of who feeds it. */
TEST_F_TIMEOUT(race, reset_comes_while_a_stream_is_loaded, 120)
{
	struct client *target = &self->target->client;
	uint8_t zero[MCOPY_PAGE] = { 0 }, seen[MCOPY_PAGE];
	unsigned int i;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, 16 * MCOPY_PAGE, SEED));
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	for (i = 0; i < ROUNDS; i++) {
		struct feeder feeder = {
			.client = target, .stream = &self->stream,
		};

		ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
		ASSERT_EQ(0, pthread_create(&feeder.thread, NULL, keep_feeding,
					    &feeder));
		while (__atomic_load_n(&feeder.fed, __ATOMIC_ACQUIRE) < i % 3 &&
		       !__atomic_load_n(&feeder.ended, __ATOMIC_ACQUIRE))
			sched_yield();
		EXPECT_EQ(0, vfio_reset(&self->target->vfio));
		pthread_join(feeder.thread, NULL);
		EXPECT_EQ(variant->protocol->over, feeder.error);
		ASSERT_EQ(MIG_RUNNING, client_state(target));
		ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, seen,
					       sizeof(seen)));
		ASSERT_EQ(0, memcmp(zero, seen, sizeof(seen)));
	}
	EXPECT_EQ(0, client_load(target, &self->stream));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
