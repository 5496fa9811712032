// SPDX-License-Identifier: GPL-2.0
/* When a stream is taken: what ends too soon, what changes, what is odd. */
#include <endian.h>
#include <pthread.h>
#include <sched.h>

#include "lib/spoil.h"
#include "test.h"

#define SEED	0xbad
#define PAGES	3

FIXTURE(cut)
{
	struct bench bench;
	struct device *target;
	struct client *client;
	struct buffer good;
};

PROTOCOL_VARIANTS(cut);

FIXTURE_SETUP(cut)
{
	struct device *source;

	test_open_by(_metadata, &self->bench, 2, variant->protocol);
	source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->client = &self->target->client;
	ASSERT_EQ(0, mcopy_fill(&source->vfio, 0, PAGES * MCOPY_PAGE, SEED));
	ASSERT_EQ(0, client_save(&source->client, &self->good));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RESUMING));
}

FIXTURE_TEARDOWN(cut)
{
	buffer_free(&self->good);
	test_close(_metadata, &self->bench);
}

/* It may go on until it is asked to run without the rest. */
TEST_F(cut, short_stream_is_refused_when_the_device_shall_run)
{
	const size_t length = self->good.length;
	size_t missing;

	for (missing = 1; missing <= length; missing += missing / 2 + 1) {
		ASSERT_EQ(0, client_feed(self->client, self->good.data,
					 length - missing, length));
		EXPECT_EQ(-ENODATA, client_set_state(self->client,
						     MIG_RUNNING)) {
			TH_LOG("%zu of %zu bytes missing", missing, length);
		}
		/* And not any more after that. */
		EXPECT_EQ(-ENODATA, client_feed(self->client, self->good.data +
						length - missing, missing,
						length));
		EXPECT_EQ(-ENODATA, client_set_state(self->client,
						     MIG_RUNNING));
		EXPECT_EQ(MIG_RESUMING, client_state(self->client));
		ASSERT_EQ(0, vfio_reset(&self->target->vfio));
		ASSERT_EQ(0, client_set_state(self->client, MIG_RESUMING));
	}
}

TEST_F(cut, short_stream_is_named_as_such)
{
	ASSERT_EQ(0, client_feed(self->client, self->good.data,
				 STREAM_HEADER, STREAM_HEADER));
	EXPECT_EQ(-ENODATA, client_set_state(self->client, MIG_RUNNING));
	expect_last_error(_metadata, self->target,
			  "truncated record=0 type=- field=- errno=61");
}

/* The very byte that completes a bad record is the one that is refused. */
TEST_F(cut, bad_record_is_refused_where_it_ends)
{
	struct record record;
	size_t end;

	ASSERT_EQ(0, stream_record(&self->good, 2, &record));
	ASSERT_EQ(0, spoil_record_crc(&self->good));
	end = record.offset + RECORD_HEADER + record.length;
	EXPECT_EQ(0, client_feed(self->client, self->good.data, end - 1, end));
	EXPECT_EQ(-EBADMSG, client_feed(self->client,
					self->good.data + end - 1, 1, 1));
}

/* What a short stream left behind must not be mistaken for the device's. */
TEST_F(cut, short_stream_does_not_show_after_a_reset)
{
	uint8_t page[MCOPY_PAGE], zero[MCOPY_PAGE] = { 0 };

	ASSERT_EQ(0, client_feed(self->client, self->good.data,
				 self->good.length - 1, 65536));
	ASSERT_EQ(0, vfio_reset(&self->target->vfio));
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, page,
				       sizeof(page)));
	EXPECT_EQ(0, memcmp(page, zero, sizeof(page)));
}

/* Every one of a short stream's bits matters. */
TEST_F(cut, flipped_bit_is_never_accepted)
{
	const size_t length = self->good.length;
	size_t at, step = length / 97 + 1;

	for (at = 0; at < length; at += step) {
		const uint8_t bit = 1 << at % 8;
		int ret;

		self->good.data[at] ^= bit;
		ret = client_feed(self->client, self->good.data, length,
				  length);
		if (!ret)
			ret = client_set_state(self->client, MIG_RUNNING);
		EXPECT_GT(0, ret) {
			TH_LOG("bit %zu of byte %zu", at % 8, at);
		}
		self->good.data[at] ^= bit;
		ASSERT_EQ(0, vfio_reset(&self->target->vfio));
		ASSERT_EQ(0, client_set_state(self->client, MIG_RESUMING));
	}
}

/*
 * The bytes are where a hostile owner can change them while they are read: in
 * the mapped window, or in the buffer of a write.
 */
struct scribbler {
	uint8_t *at;
	size_t length;
	bool stop;
};

static void *keep_scribbling(void *argument)
{
	struct scribbler *scribbler = argument;
	size_t at = 0;

	while (!__atomic_load_n(&scribbler->stop, __ATOMIC_RELAXED)) {
		scribbler->at[at] ^= 0x55;
		at = (at + 61) % scribbler->length;
		sched_yield();
	}
	return NULL;
}

TEST_F(cut, bytes_may_change_while_they_are_read)
{
	struct scribbler scribbler = { .length = self->good.length };
	unsigned int round, taken = 0;
	struct buffer given = { 0 };
	pthread_t thread;

	ASSERT_EQ(0, buffer_copy(&given, &self->good));
	scribbler.at = given.data;
	if (variant->protocol == &protocol_v1) {
		ASSERT_EQ(0, migration_map(&self->target->migration));
		scribbler.at = self->target->migration.window;
	}
	ASSERT_EQ(0, pthread_create(&thread, NULL, keep_scribbling,
				    &scribbler));
	for (round = 0; round < 100; round++) {
		int ret;

		memcpy(given.data, self->good.data, given.length);
		ret = client_feed(self->client, given.data, given.length,
				  65536);
		/* What was taken is what was checked. */
		if (!ret) {
			taken++;
			EXPECT_EQ(0, client_set_state(self->client,
						      MIG_RUNNING));
			expect_pattern(_metadata, self->target, PAGES, SEED);
		}
		ASSERT_EQ(0, vfio_reset(&self->target->vfio));
		ASSERT_EQ(0, client_set_state(self->client, MIG_RESUMING));
	}
	__atomic_store_n(&scribbler.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, pthread_join(thread, NULL));
	TH_LOG("%u of %u streams taken", taken, round);
	buffer_free(&given);
}

FIXTURE(odd)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct buffer stream;
};

FIXTURE_VARIANT(odd)
{
	struct spoil change;
};

FIXTURE_VARIANT_ADD(odd, newer_writer)
{
	.change = SPOIL_BY(odd_version),
};

FIXTURE_VARIANT_ADD(odd, unknown_optional_record)
{
	.change = SPOIL_BY(odd_optional_records),
};

FIXTURE_VARIANT_ADD(odd, unknown_key)
{
	.change = SPOIL_SELF("colour", "blue"),
};

FIXTURE_VARIANT_ADD(odd, fix_version)
{
	.change = SPOIL_SELF("ver", "3.3.999"),
};

FIXTURE_VARIANT_ADD(odd, features_in_another_order)
{
	.change = SPOIL_SELF("feat", "queues,fill,crc,dma"),
};

FIXTURE_VARIANT_ADD(odd, memory_twice)
{
	.change = SPOIL_BY(odd_memory_twice),
};

FIXTURE_VARIANT_ADD(odd, large_record)
{
	.change = SPOIL_BY(odd_large_record),
};

FIXTURE_VARIANT_ADD(odd, broken_off_session_before)
{
	.change = SPOIL_BY(odd_broken_off),
};

FIXTURE_VARIANT_ADD(odd, complete_session_before)
{
	.change = SPOIL_BY(odd_two_sessions),
};

FIXTURE_SETUP(odd)
{
	test_open(_metadata, &self->bench, 2);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, PAGES * MCOPY_PAGE,
				SEED));
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, spoil_apply(&self->stream, &variant->change));
}

FIXTURE_TEARDOWN(odd)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

TEST_F(odd, stream_is_accepted)
{
	struct client *target = &self->target->client;
	unsigned int i;

	for (i = 0; i < PROTOCOLS; i++) {
		target->protocol = protocols[i];
		EXPECT_EQ(0, client_load(target, &self->stream));
		expect_pattern(_metadata, self->target, PAGES, SEED);
		expect_last_error(_metadata, self->target, "none");
	}
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
