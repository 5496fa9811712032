// SPDX-License-Identifier: GPL-2.0
/*
 * A queue in the midst of a transfer, as the stream has it, with one field out
 * of its range: refused by name. Queues at rest are refuse_test's.
 */
#include <endian.h>

#include "lib/engine.h"
#include "lib/patch.h"
#include "test.h"

#define SIZE		(8 * 1024 * 1024)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define ENTRIES		8
#define LENGTH		(2 * 1024 * 1024)
#define QUEUE		2

FIXTURE(parked)
{
	struct bench bench;
	struct device *target;
	struct guest guest;
	struct buffer stream;
};

FIXTURE_VARIANT(parked)
{
	size_t offset;
	size_t width;
	uint64_t value;
	const char *field;
};

#define SPOILT(name, bytes, new, refused)				\
	{ .offset = offsetof(struct mcopy_queue_state, name),		\
	  .width = (bytes), .value = (new), .field = refused }

FIXTURE_VARIANT_ADD(parked, ring_uneven)
	SPOILT(ring, 8, GUEST_IOVA + 32, "queue.tail");

FIXTURE_VARIANT_ADD(parked, completions_uneven)
	SPOILT(completions, 8, GUEST_IOVA + 8, "queue.tail");

FIXTURE_VARIANT_ADD(parked, entries_3)
	SPOILT(entries, 4, 3, "queue.tail");

FIXTURE_VARIANT_ADD(parked, entries_huge)
	SPOILT(entries, 4, 1U << 31, "queue.tail");

FIXTURE_VARIANT_ADD(parked, control_unknown)
	SPOILT(control, 4, 3, "queue.control");

FIXTURE_VARIANT_ADD(parked, control_off)
	SPOILT(control, 4, 0, "queue.tail");

FIXTURE_VARIANT_ADD(parked, tail_outside)
	SPOILT(tail, 4, ENTRIES, "queue.tail");

FIXTURE_VARIANT_ADD(parked, head_outside)
	SPOILT(head, 4, ENTRIES, "queue.head");

FIXTURE_VARIANT_ADD(parked, head_at_tail)
	SPOILT(head, 4, 1, "queue.stage");

FIXTURE_VARIANT_ADD(parked, error_unknown)
	SPOILT(error, 4, MCOPY_ERROR_MEMORY + 1, "queue.error");

FIXTURE_VARIANT_ADD(parked, error_at_work)
	SPOILT(error, 4, MCOPY_ERROR_READ, "queue.stage");

FIXTURE_VARIANT_ADD(parked, stage_unknown)
	SPOILT(stage, 4, MCOPY_STAGE_DONE + 1, "queue.stage");

FIXTURE_VARIANT_ADD(parked, stage_idle)
	SPOILT(stage, 4, MCOPY_STAGE_IDLE, "queue.descriptor");

FIXTURE_VARIANT_ADD(parked, stage_done_too_soon)
	SPOILT(stage, 4, MCOPY_STAGE_DONE, "queue.done");

FIXTURE_VARIANT_ADD(parked, done_all)
	SPOILT(done, 8, LENGTH, "queue.done");

FIXTURE_VARIANT_ADD(parked, done_more_than_all)
	SPOILT(done, 8, ~0ULL, "queue.done");

FIXTURE_VARIANT_ADD(parked, reserved)
	SPOILT(reserved, 4, 1, "queue.reserved");

FIXTURE_VARIANT_ADD(parked, descriptor_operation)
	SPOILT(descriptor.operation, 4, 9, "queue.descriptor");

FIXTURE_VARIANT_ADD(parked, descriptor_flags)
	SPOILT(descriptor.flags, 4, 1U << 31, "queue.descriptor");

FIXTURE_VARIANT_ADD(parked, descriptor_device_target)
	SPOILT(descriptor.flags, 4, MCOPY_FLAG_TARGET_DEVICE,
	       "queue.descriptor");

FIXTURE_VARIANT_ADD(parked, descriptor_length)
	SPOILT(descriptor.length, 8, MCOPY_LENGTH_MAX + 1ULL,
	       "queue.descriptor");

FIXTURE_VARIANT_ADD(parked, descriptor_wraps)
	SPOILT(descriptor.source, 8, ~0ULL, "queue.descriptor");

FIXTURE_VARIANT_ADD(parked, descriptor_reserved)
	SPOILT(descriptor.reserved[1], 8, 1, "queue.descriptor");

FIXTURE_SETUP(parked)
{
	const struct mcopy_descriptor copy = {
		.operation = MCOPY_OPERATION_COPY,
		.source = DATA,
		.target = DATA + LENGTH,
		.length = LENGTH,
	};
	struct device *source;
	struct queue queue;

	test_open(_metadata, &self->bench, 2);
	source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, &source->vfio));
	ASSERT_EQ(0, guest_map(&self->guest, &self->target->vfio));
	ASSERT_EQ(0, queue_open(&queue, &source->vfio, &self->guest, QUEUE,
				ENTRIES));
	ASSERT_EQ(0, engine_set_rate(source, LENGTH / 2));
	queue_put(&queue, &copy);
	ASSERT_EQ(0, queue_ring(&queue));
	usleep(200000);
	ASSERT_EQ(0, client_save(&source->client, &self->stream));
}

FIXTURE_TEARDOWN(parked)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
}

TEST_F(parked, is_refused_by_name)
{
	const uint64_t value = htole64(variant->value);
	struct client *target = &self->target->client;
	struct mcopy_queue_state *state;
	struct buffer bad = { 0 };
	struct record record;
	char expected[128];
	unsigned int i;

	ASSERT_EQ(0, buffer_copy(&bad, &self->stream));
	ASSERT_LE(0, stream_find(&bad, VMIG_RECORD_STATE, 0, &record));
	state = &((struct mcopy_state *)record.payload)->queue[QUEUE];
	ASSERT_EQ(MCOPY_STAGE_WORKING, le32toh(state->stage));
	memcpy((uint8_t *)state + variant->offset, &value, variant->width);
	patch_seal(&record);
	snprintf(expected, sizeof(expected),
		 "bad-state record=1 type=STATE field=%s errno=22",
		 variant->field);
	for (i = 0; i < PROTOCOLS; i++) {
		target->protocol = protocols[i];
		EXPECT_EQ(-EINVAL, client_load(target, &bad));
		expect_last_error(_metadata, self->target, expected);
		/* Nothing has come of it. */
		ASSERT_EQ(0, vfio_reset(&self->target->vfio));
		ASSERT_EQ(0, client_load(target, &self->stream));
	}
	buffer_free(&bad);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
