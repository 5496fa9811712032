// SPDX-License-Identifier: GPL-2.0
/*
 * What can be fetched now: what v1's pending_bytes counts, when it may be
 * asked, and for both protocols where a session starts and ends.
 */
#include "lib/sizes.h"
#include "test.h"

#define PAGES		(BENCH_MEMORY / MCOPY_PAGE)

FIXTURE(pending)
{
	struct bench bench;
	struct device *source;
	struct migration *migration;
	struct buffer stream;
};

FIXTURE_SETUP(pending)
{
	test_open(_metadata, &self->bench, 1);
	self->source = &self->bench.device[0];
	self->migration = &self->source->migration;
}

FIXTURE_TEARDOWN(pending)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

static uint64_t pending_bytes(const struct migration *migration)
{
	uint64_t pending;

	return migration_pending(migration, &pending) ? ~0ULL : pending;
}

/* No session: all three read, and mean nothing. */
static void expect_no_session(struct __test_metadata *_metadata,
			      const struct migration *migration)
{
	uint64_t value;

	EXPECT_EQ(0, pending_bytes(migration));
	EXPECT_EQ(0, migration_data_offset(migration, &value));
	EXPECT_EQ(migration->window_offset, value);
	EXPECT_EQ(0, migration_data_size(migration, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, pending_bytes(migration));
}

/* Trap 3 (Documentation/traps.rst): QEMU would take it for the end. */
TEST_F(pending, is_never_more_than_zero_with_an_empty_segment)
{
	static const uint32_t states[] = { STATE_PRE_COPY, STATE_STOP_COPY };
	uint64_t size = 1, pending;
	size_t i;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		ASSERT_EQ(0, migration_set_state(self->migration, states[i]));
		do {
			pending = pending_bytes(self->migration);
			ASSERT_NE(~0ULL, pending);
			size = migration_segment(self->migration,
						 &self->stream);
			ASSERT_EQ(!pending, !size);
			EXPECT_LE(size, pending);
		} while (pending);
		EXPECT_EQ(0, size);
	}
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
}

/* The sum of the segments is what was announced, whatever their sizes. */
TEST_F(pending, falls_by_what_was_fetched)
{
	uint64_t before;
	int got;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_STOP_COPY));
	before = pending_bytes(self->migration);
	EXPECT_EQ(SIZE_OPENING + PAGES * SIZE_PAGE + SIZE_CLOSING,
		  before);
	while (before) {
		got = migration_segment(self->migration, &self->stream);
		ASSERT_GT(got, 0);
		EXPECT_EQ(before - got, pending_bytes(self->migration));
		before -= got;
	}
}

TEST_F(pending, is_zero_outside_a_session)
{
	static const struct {
		uint32_t word;
		bool drain;
	} path[] = {
		{ STATE_RUNNING, false }, { STATE_STOP, false },
		{ STATE_STOP_COPY, true }, { STATE_STOP, false },
		{ STATE_RUNNING, false }, { STATE_PRE_COPY, true },
		{ STATE_RUNNING, false }, { STATE_RESUMING, false },
	};
	size_t i;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, MCOPY_PAGE, 1));
	for (i = 0; i < ARRAY_SIZE(path); i++) {
		ASSERT_EQ(0, migration_set_state(self->migration,
						 path[i].word));
		if (path[i].drain) {
			ASSERT_EQ(0, migration_drain(self->migration,
						     &self->stream));
		} else {
			expect_no_session(_metadata, self->migration);
		}
	}
}

/* Reading it any number of times, at any time, costs no byte. */
TEST_F(pending, can_be_read_again_and_again)
{
	uint64_t pending;
	unsigned int i;
	int ret = 1;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, migration_set_state(self->migration, STATE_STOP_COPY));
	while (ret > 0) {
		pending = pending_bytes(self->migration);
		for (i = 0; i < 10; i++)
			ASSERT_EQ(pending, pending_bytes(self->migration));
		ret = migration_segment(self->migration, &self->stream);
	}
	EXPECT_EQ(0, ret);
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
}

FIXTURE(rest)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct client *client;
	struct buffer stream;
};

PROTOCOL_VARIANTS(rest);

FIXTURE_SETUP(rest)
{
	test_open_by(_metadata, &self->bench, 2, variant->protocol);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->client = &self->source->client;
}

FIXTURE_TEARDOWN(rest)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

static uint64_t rest(const struct client *client)
{
	uint64_t pending;

	return client_pending(client, &pending) ? ~0ULL : pending;
}

/*
 * Trap 25 (Documentation/traps.rst): what can only be sent after the stop is
 * not counted before, or the number would never fall to where QEMU stops.
 */
TEST_F(rest, is_the_rest_and_what_was_dirtied_since)
{
	const struct vfio *vfio = &self->source->vfio;
	size_t before;

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	EXPECT_EQ(SIZE_OPENING, rest(self->client));
	ASSERT_EQ(0, mcopy_fill(vfio, 0, 3 * MCOPY_PAGE, 1));
	EXPECT_EQ(SIZE_OPENING + 3 * SIZE_PAGE, rest(self->client));
	/* Dirty is dirty. */
	ASSERT_EQ(0, mcopy_fill(vfio, 0, 2 * MCOPY_PAGE, 2));
	EXPECT_EQ(SIZE_OPENING + 3 * SIZE_PAGE, rest(self->client));
	ASSERT_EQ(SIZE_OPENING + 3 * SIZE_PAGE,
		  client_fetch(self->client, &self->stream));
	EXPECT_EQ(0, rest(self->client));
	EXPECT_EQ(0, client_fetch(self->client, &self->stream));
	ASSERT_EQ(0, mcopy_fill(vfio, 5 * MCOPY_PAGE, 2 * MCOPY_PAGE, 3));
	EXPECT_EQ(2 * SIZE_PAGE, rest(self->client));
	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	before = self->stream.length;
	ASSERT_EQ(0, client_drain(self->client, &self->stream));
	EXPECT_EQ(2 * SIZE_PAGE + SIZE_CLOSING, self->stream.length - before);
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
}

/* The user may stop when it likes: the number is but a hint. */
TEST_F(rest, header_comes_first_whenever_the_device_is_stopped)
{
	unsigned int pieces;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	for (pieces = 0; pieces < 3; pieces++) {
		unsigned int i;

		self->stream.length = 0;
		ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
		for (i = 0; i < pieces; i++) {
			ASSERT_LT(0, rest(self->client));
			ASSERT_LT(0, client_fetch(self->client,
						  &self->stream));
		}
		ASSERT_EQ(0, client_save(self->client, &self->stream));
		EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY)) {
			TH_LOG("after %u pieces", pieces);
		}
		ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	}
}

/*
 * Trap 5 (Documentation/traps.rst): logging that ends and starts again starts
 * from nothing, however far the session before had come.
 */
TEST_F(rest, counts_from_the_start_after_each_restart)
{
	unsigned int round, i;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, 1));
	for (round = 0; round < 12; round++) {
		ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
		EXPECT_EQ(SIZE_OPENING + PAGES * SIZE_PAGE, rest(self->client));
		for (i = 0; i < round / 2 % 3; i++)
			ASSERT_LE(0, client_fetch(self->client, &self->stream));
		if (round % 2)
			ASSERT_EQ(0, client_set_state(self->client,
						      MIG_STOP_COPY));
		ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	}
	self->stream.length = 0;
	ASSERT_EQ(0, client_save(self->client, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	EXPECT_EQ(PAGES, stream_count(&self->stream, VMIG_RECORD_MEMORY));
	EXPECT_EQ(0, client_load(&self->target->client, &self->stream));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
