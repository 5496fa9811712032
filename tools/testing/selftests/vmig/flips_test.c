// SPDX-License-Identifier: GPL-2.0
/*
 * Trap 6 (Documentation/traps.rst): a bad byte is found by the write that
 * carries it, and no later. QEMU 10 takes what is found when the device shall
 * run for a reason to reset it, and runs the guest on a blank one.
 *
 * Pieces are cut as QEMU cuts them: as the source gave them, which are whole
 * records; and as small as those can be, which is one record each.
 */
#include "lib/sizes.h"
#include "test.h"

#define SEED		0xf11b5
#define PIECES_MAX	16

/* A stream that is handed in piece by piece; ends are offsets behind them. */
struct pieces {
	size_t end[PIECES_MAX];
	unsigned int count;
};

FIXTURE(flip)
{
	struct bench bench;
	struct device *target;
	struct client *client;
	struct buffer stream;
	struct pieces given;
	struct pieces records;
};

PROTOCOL_VARIANTS(flip);

/* All that there is now is one piece. */
static int take(struct client *client, struct buffer *stream,
		struct pieces *pieces)
{
	int ret = client_fetch(client, stream);

	if (ret > 0)
		pieces->end[pieces->count++] = stream->length;
	return ret < 0 ? ret : 0;
}

/* Live: pages of the start, a page once more, and the rest. */
static int make_stream(struct device *source, struct buffer *stream,
		       struct pieces *given)
{
	struct client *client = &source->client;
	int ret = mcopy_fill(&source->vfio, 0, 2 * MCOPY_PAGE, SEED);

	if (!ret)
		ret = client_set_state(client, MIG_PRE_COPY);
	if (!ret)
		ret = take(client, stream, given);
	if (!ret)
		ret = mcopy_fill(&source->vfio, 0, MCOPY_PAGE, SEED);
	if (!ret)
		ret = take(client, stream, given);
	if (!ret)
		ret = mcopy_fill(&source->vfio, 2 * MCOPY_PAGE, MCOPY_PAGE,
				 SEED);
	if (!ret)
		ret = client_set_state(client, MIG_STOP_COPY);
	return ret ? ret : take(client, stream, given);
}

/* The header of the session goes with the first one. */
static void cut_records(const struct buffer *stream, struct pieces *pieces)
{
	size_t offset = STREAM_HEADER;
	struct record record;

	while (pieces->count < PIECES_MAX &&
	       stream_next(stream, &offset, &record) > 0)
		pieces->end[pieces->count++] = offset;
}

FIXTURE_SETUP(flip)
{
	test_open_by(_metadata, &self->bench, 2, variant->protocol);
	self->target = &self->bench.device[1];
	self->client = &self->target->client;
	ASSERT_EQ(0, make_stream(&self->bench.device[0], &self->stream,
				 &self->given));
	ASSERT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	cut_records(&self->stream, &self->records);
	/* SELF, four times MEMORY, STATE, END. */
	ASSERT_EQ(3, self->given.count);
	ASSERT_EQ(7, self->records.count);
	ASSERT_EQ(self->stream.length, self->records.end[6]);
}

FIXTURE_TEARDOWN(flip)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* Return: the piece that is refused, or their count. */
static unsigned int feed_pieces(struct client *client,
				const struct buffer *stream,
				const struct pieces *pieces, int *error)
{
	size_t from = 0;
	unsigned int i;

	*error = 0;
	for (i = 0; i < pieces->count && !*error; i++) {
		*error = client_feed(client, stream->data + from,
				     pieces->end[i] - from, stream->length);
		from = pieces->end[i];
	}
	return *error ? i - 1 : i;
}

static void expect_found(struct __test_metadata *_metadata,
			 struct client *client, struct buffer *stream,
			 const struct pieces *pieces, size_t at,
			 unsigned int bit)
{
	unsigned int carrier = 0;
	int error;

	while (pieces->end[carrier] <= at)
		carrier++;
	ASSERT_EQ(0, client_set_state(client, MIG_RESUMING));
	stream->data[at] ^= 1 << bit;
	EXPECT_EQ(carrier, feed_pieces(client, stream, pieces, &error)) {
		TH_LOG("bit %u of byte %zu, in piece %u of %u", bit, at,
		       carrier, pieces->count);
	}
	stream->data[at] ^= 1 << bit;
	EXPECT_GT(0, error);
	EXPECT_EQ(error, client_set_state(client, MIG_RUNNING));
	ASSERT_EQ(0, vfio_reset(client->vfio));
}

/* Else nothing of the following means anything. */
TEST_F(flip, good_pieces_are_taken)
{
	int error;

	ASSERT_EQ(0, client_set_state(self->client, MIG_RESUMING));
	EXPECT_EQ(3, feed_pieces(self->client, &self->stream, &self->given,
				 &error));
	EXPECT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	expect_pattern(_metadata, self->target, 3, SEED);
	ASSERT_EQ(0, client_set_state(self->client, MIG_RESUMING));
	EXPECT_EQ(7, feed_pieces(self->client, &self->stream, &self->records,
				 &error));
	EXPECT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	expect_pattern(_metadata, self->target, 3, SEED);
}

/* Each bit of the session's header and of each record's, length and all. */
TEST_F(flip, header_bit_is_found_at_once)
{
	size_t offset = STREAM_HEADER, at;
	struct record record;
	unsigned int bit;

	for (at = 0; at < STREAM_HEADER; at++)
		for (bit = 0; bit < 8; bit++)
			expect_found(_metadata, self->client, &self->stream,
				     &self->records, at, bit);
	while (stream_next(&self->stream, &offset, &record) > 0)
		for (at = 0; at < RECORD_HEADER; at++)
			for (bit = 0; bit < 8; bit++)
				expect_found(_metadata, self->client,
					     &self->stream, &self->records,
					     record.offset + at, bit);
}

/* First, middle and last byte of each payload; with it its boundary. */
TEST_F(flip, payload_bit_is_found_at_once)
{
	size_t offset = STREAM_HEADER;
	struct record record;
	unsigned int bit;

	while (stream_next(&self->stream, &offset, &record) > 0) {
		const size_t first = record.offset + RECORD_HEADER;

		for (bit = 0; bit < 8; bit++) {
			expect_found(_metadata, self->client, &self->stream,
				     &self->records, first, bit);
			expect_found(_metadata, self->client, &self->stream,
				     &self->records, first + record.length / 2,
				     bit);
			expect_found(_metadata, self->client, &self->stream,
				     &self->records, offset - 1, bit);
		}
	}
}

/* In the pieces that a source gives, of many records each. */
TEST_F(flip, bit_is_found_in_what_a_source_gives)
{
	size_t at, step = self->stream.length / 1500 + 1;

	for (at = 0; at < self->stream.length; at += step)
		expect_found(_metadata, self->client, &self->stream,
			     &self->given, at, at / step % 8);
}

/* In the largest pieces that there are, of which a part is good. */
TEST_F(flip, bit_is_found_behind_much_that_is_good)
{
	struct device *source = &self->bench.device[0];
	struct pieces pieces = { 0 };
	size_t at, before;

	ASSERT_EQ(0, vfio_reset(&source->vfio));
	ASSERT_EQ(0, mcopy_fill(&source->vfio, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, client_set_state(&source->client, MIG_STOP_COPY));
	self->stream.length = 0;
	do {
		before = self->stream.length;
		ASSERT_EQ(0, take(&source->client, &self->stream, &pieces));
	} while (self->stream.length != before);
	EXPECT_EQ(2, pieces.count);
	for (at = 0; at < self->stream.length; at += 32765)
		expect_found(_metadata, self->client, &self->stream, &pieces,
			     at, at % 8);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
