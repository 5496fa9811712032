// SPDX-License-Identifier: GPL-2.0
/*
 * VFIO_DEVICE_FEATURE_MIG_DATA_SIZE: the number that QEMU decides by when it
 * stops a guest, and that it makes its buffer of.
 */
#include "lib/feature.h"
#include "lib/sizes.h"
#include "test.h"

/* QEMU reads in pieces of this, and with 0 not at all. */
#define LEAST	65536
#define PAGES	(BENCH_MEMORY / MCOPY_PAGE)

FIXTURE(size)
{
	struct bench bench;
	struct device *device;
	const struct vfio *vfio;
	struct client *client;
	struct buffer stream;
};

FIXTURE_SETUP(size)
{
	test_open_by(_metadata, &self->bench, 1, &protocol_v2);
	self->device = &self->bench.device[0];
	self->vfio = &self->device->vfio;
	self->client = &self->device->client;
}

FIXTURE_TEARDOWN(size)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

static uint64_t data_size(const struct vfio *vfio)
{
	uint64_t bytes;

	return feature_data_size(vfio, &bytes) ? 0 : bytes;
}

/* What was said is what comes when the device stops now, or a little more. */
static void expect_honest(struct __test_metadata *_metadata,
			  struct client *client, struct buffer *stream)
{
	const uint64_t said = data_size(client->vfio);
	const size_t before = stream->length;
	uint64_t came;

	ASSERT_EQ(0, client_set_state(client, MIG_STOP_COPY));
	ASSERT_EQ(0, client_drain(client, stream));
	came = stream->length - before;
	EXPECT_LE(LEAST, said);
	EXPECT_LE(came, said);
	EXPECT_GE(came + LEAST, said);
}

/*
 * Trap 24 (Documentation/traps.rst): without an answer QEMU never stops the
 * guest; 6.1's core does not even know the question.
 */
TEST_F(size, is_what_a_stop_takes)
{
	static const unsigned int pages[] = { 0, 1, 15, 16, 17, 100, PAGES };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		ASSERT_EQ(0, vfio_reset(self->vfio));
		if (pages[i])
			ASSERT_EQ(0, mcopy_fill(self->vfio, 0,
						pages[i] * MCOPY_PAGE, i));
		self->stream.length = 0;
		expect_honest(_metadata, self->client, &self->stream);
		EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	}
}

/* The same number, wherever the device is before it stops. */
TEST_F(size, is_known_before_a_session)
{
	static const enum mig_state states[] = {
		MIG_RUNNING, MIG_RUNNING_P2P, MIG_STOP,
	};
	size_t i;

	ASSERT_EQ(0, mcopy_fill(self->vfio, 0, 77 * MCOPY_PAGE, 1));
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		ASSERT_EQ(0, client_set_state(self->client, states[i]));
		self->stream.length = 0;
		expect_honest(_metadata, self->client, &self->stream);
		ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	}
}

/* It falls while the device is saved, and rises with what is stored. */
TEST_F(size, follows_pre_copy)
{
	uint64_t before;
	uint8_t part[3000];

	ASSERT_EQ(0, mcopy_fill(self->vfio, 0, BENCH_MEMORY, 1));
	before = data_size(self->vfio);
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	EXPECT_EQ(before, data_size(self->vfio));
	/* Also by a part of a record, the rest of which is still to come. */
	ASSERT_LT(0, read(self->client->fd, part, sizeof(part)));
	ASSERT_LT(0, read(self->client->fd, part, sizeof(part)));
	EXPECT_GT(before, data_size(self->vfio));
	expect_honest(_metadata, self->client, &self->stream);
	ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(self->client, &self->stream));
	EXPECT_EQ(LEAST, data_size(self->vfio));
	ASSERT_EQ(0, mcopy_fill(self->vfio, 0, 50 * MCOPY_PAGE, 2));
	EXPECT_LT(50 * MCOPY_PAGE, data_size(self->vfio));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY_P2P));
	expect_honest(_metadata, self->client, &self->stream);
}

TEST_F(size, falls_when_the_device_is_stopped)
{
	uint64_t before, now;
	ssize_t got;

	ASSERT_EQ(0, mcopy_fill(self->vfio, 0, BENCH_MEMORY, 1));
	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	before = data_size(self->vfio);
	do {
		uint8_t part[50000];

		got = read(self->client->fd, part, sizeof(part));
		ASSERT_LE(0, got);
		now = data_size(self->vfio);
		EXPECT_EQ(before - got < LEAST ? LEAST : before - got, now);
		before = before - got;
	} while (got);
	EXPECT_EQ(LEAST, data_size(self->vfio));
}

/* A question that is nobody's session. */
TEST_F(size, is_told_in_any_state_by_any_protocol)
{
	enum mig_state state;
	unsigned int i;

	for (i = 0; i < PROTOCOLS; i++) {
		self->client->protocol = protocols[i];
		for (state = MIG_STOP; state < MIG_STATES; state++) {
			if (!client_can_name(self->client, state))
				continue;
			ASSERT_EQ(0, vfio_reset(self->vfio));
			ASSERT_EQ(0, client_set_state(self->client, state));
			EXPECT_LE(LEAST, data_size(self->vfio));
			EXPECT_EQ(state, client_state(self->client));
		}
	}
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
