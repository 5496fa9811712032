// SPDX-License-Identifier: GPL-2.0
/*
 * Saved by one protocol, loaded by the other: the stream belongs to neither.
 * What is the same within one protocol is save_load_test's.
 */
#include "lib/patch.h"
#include "lib/sizes.h"
#include "test.h"

#define SEED	0xc2055
/* Of mcopy's memory, where that is what it is about. */
#define PAGES	24

FIXTURE(cross)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct buffer stream;
	struct buffer again;
};

FIXTURE_VARIANT(cross)
{
	const struct driver *driver;
	const struct protocol *from;
	const struct protocol *to;
};

DRIVER_VARIANT_ADD(cross, v1_to_v2,
		   .from = &protocol_v1, .to = &protocol_v2);
DRIVER_VARIANT_ADD(cross, v2_to_v1,
		   .from = &protocol_v2, .to = &protocol_v1);

FIXTURE_SETUP(cross)
{
	TEST_OPEN_OF(&self->bench, variant->driver, 2, &protocol_v1);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->source->client.protocol = variant->from;
	self->target->client.protocol = variant->to;
	ASSERT_EQ(0, variant->driver->leave(&self->source->vfio, SEED));
}

FIXTURE_TEARDOWN(cross)
{
	buffer_free(&self->stream);
	buffer_free(&self->again);
	test_close(_metadata, &self->bench);
}

/* All but the session's number, which is another one each time. */
static void expect_same(struct __test_metadata *_metadata,
			struct buffer *a, struct buffer *b)
{
	EXPECT_NE(stream_header(a)->session, stream_header(b)->session);
	patch_sessions(a);
	patch_sessions(b);
	ASSERT_EQ(a->length, b->length);
	EXPECT_EQ(0, memcmp(a->data, b->data, b->length));
}

/* A device that stands still is the same stream, whoever asks. */
TEST_F(cross, one_device_is_one_stream)
{
	struct client *client = &self->source->client;

	ASSERT_EQ(0, client_save(client, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, variant->driver->memory));
	ASSERT_EQ(0, client_set_state(client, MIG_RUNNING));
	client->protocol = variant->to;
	ASSERT_EQ(0, client_save(client, &self->again));
	expect_same(_metadata, &self->stream, &self->again);
}

/* And so is the device that was loaded from it, by either. */
TEST_F(cross, loaded_device_is_the_same_stream)
{
	struct client *target = &self->target->client;
	unsigned int i;

	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, client_load(target, &self->stream));
	expect_has(_metadata, variant->driver, self->target, SEED);
	for (i = 0; i < PROTOCOLS; i++) {
		self->again.length = 0;
		target->protocol = protocols[i];
		ASSERT_EQ(0, client_save(target, &self->again));
		ASSERT_EQ(0, client_set_state(target, MIG_RUNNING));
		expect_same(_metadata, &self->stream, &self->again);
	}
}

/* What went before the stop, and what has changed since, once and again. */
TEST_F(cross, running_device_arrives)
{
	const struct driver *driver = variant->driver;
	const struct vfio *source = &self->source->vfio;
	struct client *client = &self->source->client;

	ASSERT_EQ(0, client_set_state(client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(client, &self->stream));
	ASSERT_EQ(0, driver->leave(source, SEED + 1));
	ASSERT_LE(0, client_fetch(client, &self->stream));
	ASSERT_EQ(0, driver->leave(source, SEED + 2));
	ASSERT_EQ(0, client_save(client, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, driver->memory));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	expect_has(_metadata, driver, self->target, SEED + 2);
}

/* Where one has cut is nothing to the other, which cuts where it likes. */
TEST_F(cross, cuts_do_not_matter)
{
	static const size_t chunks[] = { 1, 33, SIZE_PAGE - 1, SIZE_PAGE + 1 };
	struct client *target = &self->target->client;
	size_t i;

	ASSERT_EQ(0, client_save_live(&self->source->client, &self->stream));
	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
		ASSERT_EQ(0, client_feed(target, self->stream.data,
					 self->stream.length, chunks[i]));
		ASSERT_EQ(0, client_set_state(target, MIG_RUNNING));
		expect_has(_metadata, variant->driver, self->target, SEED);
	}
}

/* One begins, and gives up; the other one begins anew, on the same wire. */
TEST_F(cross, given_up_session_is_forgotten)
{
	struct client *client = &self->source->client;
	unsigned int i;

	ASSERT_EQ(0, client_set_state(client, MIG_PRE_COPY));
	ASSERT_LT(0, client_fetch(client, &self->stream));
	ASSERT_EQ(0, client_set_state(client, MIG_RUNNING));
	client->protocol = variant->to;
	ASSERT_EQ(0, vfio_reset(client->vfio));
	ASSERT_EQ(0, variant->driver->leave(client->vfio, SEED + 1));
	ASSERT_EQ(0, client_save(client, &self->stream));
	for (i = 0; i < PROTOCOLS; i++) {
		self->target->client.protocol = protocols[i];
		ASSERT_EQ(0, client_load(&self->target->client,
					 &self->stream));
		expect_has(_metadata, variant->driver, self->target, SEED + 1);
	}
}

/* From one to the other and back, by another protocol each time. */
TEST_F(cross, goes_to_and_fro)
{
	struct device *here = self->source, *there = self->target;
	unsigned int hop;

	for (hop = 0; hop < 6; hop++) {
		struct device *left = here;

		here->client.protocol = protocols[hop / 2 % 2];
		there->client.protocol = protocols[(hop + 1) / 2 % 2];
		self->stream.length = 0;
		ASSERT_EQ(0, variant->driver->leave(&here->vfio, SEED + hop));
		ASSERT_EQ(0, client_save_live(&here->client, &self->stream));
		ASSERT_EQ(0, client_load(&there->client, &self->stream));
		/* It stands still, and would be its protocol's for ever. */
		ASSERT_EQ(0, vfio_reset(&left->vfio));
		here = there;
		there = left;
		expect_has(_metadata, variant->driver, here, SEED + hop);
	}
}

FIXTURE(memory)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct buffer stream;
};

FIXTURE_VARIANT(memory)
{
	const struct protocol *from;
	const struct protocol *to;
};

FIXTURE_VARIANT_ADD(memory, v1_to_v2)
{
	.from = &protocol_v1,
	.to = &protocol_v2,
};

FIXTURE_VARIANT_ADD(memory, v2_to_v1)
{
	.from = &protocol_v2,
	.to = &protocol_v1,
};

FIXTURE_SETUP(memory)
{
	test_open(_metadata, &self->bench, 2);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->source->client.protocol = variant->from;
	self->target->client.protocol = variant->to;
}

FIXTURE_TEARDOWN(memory)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* Pages that went before the stop, went again, and never went. */
TEST_F(memory, of_a_running_device_arrives)
{
	const struct vfio *source = &self->source->vfio;
	struct client *client = &self->source->client;
	uint8_t before[(PAGES + 1) * MCOPY_PAGE], after[sizeof(before)];

	ASSERT_EQ(0, mcopy_fill(source, 0, PAGES * MCOPY_PAGE, SEED));
	ASSERT_EQ(0, client_set_state(client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(client, &self->stream));
	ASSERT_EQ(0, mcopy_fill(source, 3 * MCOPY_PAGE, MCOPY_PAGE, SEED + 1));
	ASSERT_LT(0, client_fetch(client, &self->stream));
	ASSERT_EQ(0, mcopy_fill(source, 5 * MCOPY_PAGE, MCOPY_PAGE, SEED + 2));
	ASSERT_EQ(0, mcopy_fill(source, PAGES * MCOPY_PAGE, MCOPY_PAGE,
				SEED + 3));
	ASSERT_EQ(0, client_save(client, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	EXPECT_EQ(PAGES + 3, stream_count(&self->stream, VMIG_RECORD_MEMORY));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	ASSERT_EQ(0, mcopy_memory_read(source, 0, before, sizeof(before)));
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, after,
				       sizeof(after)));
	EXPECT_EQ(0, memcmp(before, after, sizeof(before)));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
