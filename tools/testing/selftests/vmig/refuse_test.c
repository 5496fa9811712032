// SPDX-License-Identifier: GPL-2.0
/*
 * Streams with one thing wrong: each is refused where it goes wrong, with an
 * errno and a word of its own, and for good; and nothing else suffers.
 */
#include "lib/patch.h"
#include "lib/spoil.h"
#include "test.h"

#define SEED	0xbad
#define PAGES	3

FIXTURE(stream)
{
	struct bench bench;
	struct device *target;
	struct device *bystander;
	struct buffer good;
	struct buffer bad;
};

FIXTURE_VARIANT(stream)
{
	struct spoil spoil;
	int error;
	const char *last_error;
};

#define REFUSED(what, errno_, text) \
	{ .spoil = what, .error = -(errno_), .last_error = text }

/* The header */

FIXTURE_VARIANT_ADD(stream, magic)
	REFUSED(SPOIL_HEADER(magic, LE64(VMIG_STREAM_MAGIC + 1)), EINVAL,
		"bad-magic record=0 type=- field=magic errno=22");

FIXTURE_VARIANT_ADD(stream, header_crc)
	REFUSED(SPOIL_BY(spoil_header_crc), EBADMSG,
		"bad-checksum record=0 type=- field=crc errno=74");

FIXTURE_VARIANT_ADD(stream, version_0)
	REFUSED(SPOIL_HEADER(version, LE16(0)), EPROTONOSUPPORT,
		"bad-version record=0 type=- field=version errno=93");

FIXTURE_VARIANT_ADD(stream, min_reader_0)
	REFUSED(SPOIL_HEADER(min_reader, LE16(0)), EPROTONOSUPPORT,
		"bad-version record=0 type=- field=version errno=93");

FIXTURE_VARIANT_ADD(stream, min_reader_above_version)
	REFUSED(SPOIL_HEADER(min_reader, LE16(VMIG_STREAM_VERSION + 1)),
		EPROTONOSUPPORT,
		"bad-version record=0 type=- field=version errno=93");

FIXTURE_VARIANT_ADD(stream, min_reader_too_new)
	REFUSED(SPOIL_BY(spoil_min_reader), EPROTONOSUPPORT,
		"bad-version record=0 type=- field=min_reader errno=93");

FIXTURE_VARIANT_ADD(stream, header_flags)
	REFUSED(SPOIL_HEADER(flags, LE32(1)), EINVAL,
		"bad-reserved record=0 type=- field=flags errno=22");

FIXTURE_VARIANT_ADD(stream, header_reserved)
	REFUSED(SPOIL_HEADER(reserved, LE32(1)), EINVAL,
		"bad-reserved record=0 type=- field=reserved errno=22");

/* Any record */

FIXTURE_VARIANT_ADD(stream, record_crc)
	REFUSED(SPOIL_BY(spoil_record_crc), EBADMSG,
		"bad-checksum record=2 type=MEMORY field=crc errno=74");

FIXTURE_VARIANT_ADD(stream, payload_bit)
	REFUSED(SPOIL_BY(spoil_payload_bit), EBADMSG,
		"bad-checksum record=2 type=MEMORY field=crc errno=74");

FIXTURE_VARIANT_ADD(stream, record_flags)
	REFUSED(SPOIL_RECORD(NUMBER_MEMORY, flags, LE16(3)), EINVAL,
		"bad-reserved record=2 type=MEMORY field=flags errno=22");

FIXTURE_VARIANT_ADD(stream, record_reserved)
	REFUSED(SPOIL_RECORD(NUMBER_MEMORY, reserved, LE32(1)), EINVAL,
		"bad-reserved record=2 type=MEMORY field=reserved errno=22");

FIXTURE_VARIANT_ADD(stream, sequence_skipped)
	REFUSED(SPOIL_RECORD(NUMBER_MEMORY, sequence, LE32(NUMBER_MEMORY + 1)),
		EILSEQ,
		"bad-sequence record=2 type=MEMORY field=sequence errno=84");

FIXTURE_VARIANT_ADD(stream, records_swapped)
	REFUSED(SPOIL_BY(spoil_swap), EILSEQ,
		"bad-sequence record=1 type=MEMORY field=sequence errno=84");

FIXTURE_VARIANT_ADD(stream, record_lost)
	REFUSED(SPOIL_BY(spoil_lost), EILSEQ,
		"bad-sequence record=2 type=MEMORY field=sequence errno=84");

FIXTURE_VARIANT_ADD(stream, unknown_mandatory)
	REFUSED(SPOIL_RECORD(NUMBER_MEMORY, type, LE16(TYPE_UNKNOWN)), EOPNOTSUPP,
		"unknown-record record=2 type=- field=type errno=95");

FIXTURE_VARIANT_ADD(stream, type_0)
	REFUSED(SPOIL_RECORD(NUMBER_MEMORY, type, LE16(0)), EOPNOTSUPP,
		"unknown-record record=2 type=- field=type errno=95");

/* Order */

FIXTURE_VARIANT_ADD(stream, no_self)
	REFUSED(SPOIL_BY(spoil_no_self), EPROTO,
		"bad-order record=0 type=MEMORY field=type errno=71");

FIXTURE_VARIANT_ADD(stream, self_twice)
	REFUSED(SPOIL_BY(spoil_self_twice), EPROTO,
		"bad-order record=1 type=SELF field=type errno=71");

FIXTURE_VARIANT_ADD(stream, optional_before_self)
	REFUSED(SPOIL_BY(spoil_optional_first), EPROTO,
		"bad-order record=0 type=- field=type errno=71");

FIXTURE_VARIANT_ADD(stream, memory_after_state)
	REFUSED(SPOIL_BY(spoil_memory_late), EPROTO,
		"bad-order record=4 type=MEMORY field=type errno=71");

FIXTURE_VARIANT_ADD(stream, no_state)
	REFUSED(SPOIL_BY(spoil_no_state), EPROTO,
		"bad-order record=4 type=END field=type errno=71");

FIXTURE_VARIANT_ADD(stream, state_twice)
	REFUSED(SPOIL_BY(spoil_state_twice), EPROTO,
		"bad-order record=5 type=STATE field=type errno=71");

/* Lengths and addresses */

FIXTURE_VARIANT_ADD(stream, length_huge)
	REFUSED(SPOIL_RECORD(NUMBER_MEMORY, length, LE32(17 * VMIG_MEMORY_ALIGN)),
		EMSGSIZE,
		"bad-length record=2 type=MEMORY field=length errno=90");

FIXTURE_VARIANT_ADD(stream, length_all_ones)
	REFUSED(SPOIL_RECORD(NUMBER_MEMORY, length, LE32(~0U)), EMSGSIZE,
		"bad-length record=2 type=MEMORY field=length errno=90");

FIXTURE_VARIANT_ADD(stream, memory_empty)
	REFUSED(SPOIL_LENGTH(NUMBER_MEMORY, 0), EMSGSIZE,
		"bad-length record=2 type=MEMORY field=length errno=90");

FIXTURE_VARIANT_ADD(stream, memory_uneven)
	REFUSED(SPOIL_LENGTH(NUMBER_MEMORY, VMIG_MEMORY_ALIGN + 8), EMSGSIZE,
		"bad-length record=2 type=MEMORY field=length errno=90");

FIXTURE_VARIANT_ADD(stream, address_uneven)
	REFUSED(SPOIL_RECORD(NUMBER_MEMORY, address, LE64(8)), ERANGE,
		"out-of-bounds record=2 type=MEMORY field=address errno=34");

FIXTURE_VARIANT_ADD(stream, address_at_end)
	REFUSED(SPOIL_RECORD(NUMBER_MEMORY, address, LE64(BENCH_MEMORY)), ERANGE,
		"out-of-bounds record=2 type=MEMORY field=address errno=34");

FIXTURE_VARIANT_ADD(stream, address_wraps)
	REFUSED(SPOIL_RECORD(NUMBER_MEMORY, address, LE64(-4096ULL)), ERANGE,
		"out-of-bounds record=2 type=MEMORY field=address errno=34");

FIXTURE_VARIANT_ADD(stream, memory_beyond_end)
	REFUSED(SPOIL_BY(spoil_memory_beyond), ERANGE,
		"out-of-bounds record=2 type=MEMORY field=address errno=34");

FIXTURE_VARIANT_ADD(stream, state_address)
	REFUSED(SPOIL_RECORD(NUMBER_STATE, address, LE64(VMIG_MEMORY_ALIGN)), EINVAL,
		"bad-reserved record=4 type=STATE field=address errno=22");

FIXTURE_VARIANT_ADD(stream, self_empty)
	REFUSED(SPOIL_LENGTH(NUMBER_SELF, 0), EMSGSIZE,
		"bad-length record=0 type=SELF field=length errno=90");

FIXTURE_VARIANT_ADD(stream, self_long)
	REFUSED(SPOIL_LENGTH(NUMBER_SELF, VMIG_SELF_MAX + 1), EMSGSIZE,
		"bad-length record=0 type=SELF field=length errno=90");

/* The end */

FIXTURE_VARIANT_ADD(stream, end_length)
	REFUSED(SPOIL_LENGTH(NUMBER_END, sizeof(struct vmig_end) + 8), EMSGSIZE,
		"bad-length record=5 type=END field=length errno=90");

FIXTURE_VARIANT_ADD(stream, end_records)
	REFUSED(SPOIL_BY(spoil_end_records), EBADMSG,
		"bad-total record=5 type=END field=records errno=74");

FIXTURE_VARIANT_ADD(stream, end_bytes)
	REFUSED(SPOIL_BY(spoil_end_bytes), EBADMSG,
		"bad-total record=5 type=END field=bytes errno=74");

FIXTURE_VARIANT_ADD(stream, trailing_byte)
	REFUSED(SPOIL_BY(spoil_trailing_byte), E2BIG,
		"trailing-data record=6 type=- field=magic errno=7");

FIXTURE_VARIANT_ADD(stream, trailing_record)
	REFUSED(SPOIL_BY(spoil_trailing_record), E2BIG,
		"trailing-data record=6 type=- field=magic errno=7");

/* The self line */

FIXTURE_VARIANT_ADD(stream, self_model)
	REFUSED(SPOIL_SELF("model", "example.org/other"), EXDEV,
		"model-mismatch record=0 type=SELF field=model errno=18");

FIXTURE_VARIANT_ADD(stream, self_api)
	REFUSED(SPOIL_SELF("api", "vfio-ccw"), EXDEV,
		"api-mismatch record=0 type=SELF field=device_api errno=18");

FIXTURE_VARIANT_ADD(stream, self_vendor)
	REFUSED(SPOIL_SELF("pci.vendor", "8086"), EXDEV,
		"bus-id-mismatch record=0 type=SELF field=bus errno=18");

FIXTURE_VARIANT_ADD(stream, self_type)
	REFUSED(SPOIL_SELF("type", "mcopy-m2"), EXDEV,
		"type-not-accepted record=0 type=SELF field=mdev_type errno=18");

FIXTURE_VARIANT_ADD(stream, self_major)
	REFUSED(SPOIL_SELF("ver", "1.0.0"), ERANGE,
		"version-too-old record=0 type=SELF field=version errno=34");

FIXTURE_VARIANT_ADD(stream, self_minor)
	REFUSED(SPOIL_SELF("ver", "3.9.0"), ERANGE,
		"version-too-new record=0 type=SELF field=version errno=34");

FIXTURE_VARIANT_ADD(stream, self_capacity)
	REFUSED(SPOIL_SELF("capacity", "2"), ENOSPC,
		"capacity-mismatch record=0 type=SELF field=capacity errno=28");

FIXTURE_VARIANT_ADD(stream, self_feature)
	REFUSED(SPOIL_SELF("feat", "crc,dma,fill,queues,later"), EOPNOTSUPP,
		"feature-unsupported record=0 type=SELF field=later errno=95");

FIXTURE_VARIANT_ADD(stream, self_feature_less)
	REFUSED(SPOIL_SELF("feat", "crc,dma,fill"), EOPNOTSUPP,
		"feature-missing record=0 type=SELF field=queues errno=95");

FIXTURE_VARIANT_ADD(stream, self_profile)
	REFUSED(SPOIL_SELF("profile", "p2"), EOPNOTSUPP,
		"not-configured record=0 type=SELF field=migration/profile errno=95");

FIXTURE_VARIANT_ADD(stream, self_param)
	REFUSED(SPOIL_SELF("p.queues", "4"), EOPNOTSUPP,
		"param-unknown record=0 type=SELF field=queues errno=95");

FIXTURE_VARIANT_ADD(stream, self_param_value)
	REFUSED(SPOIL_SELF("p.num_queues", "3"), EOPNOTSUPP,
		"param-value record=0 type=SELF field=num_queues errno=95");

FIXTURE_VARIANT_ADD(stream, self_abi)
	REFUSED(SPOIL_SELF("abi", "2"), EPROTONOSUPPORT,
		"grammar-unsupported record=0 type=SELF field=abi errno=93");

FIXTURE_VARIANT_ADD(stream, self_number)
	REFUSED(SPOIL_SELF("capacity", "1x"), EINVAL,
		"malformed record=0 type=SELF field=capacity errno=22");

FIXTURE_VARIANT_ADD(stream, self_binary)
	REFUSED(SPOIL_BY(spoil_self_binary), EINVAL,
		"malformed record=0 type=SELF field=abi errno=22");

/* The device's own state */

FIXTURE_VARIANT_ADD(stream, state_version)
	REFUSED(SPOIL_STATE(version, LE32(MCOPY_STATE_VERSION + 1)), EINVAL,
		"bad-state record=4 type=STATE field=version errno=22");

FIXTURE_VARIANT_ADD(stream, state_size)
	REFUSED(SPOIL_STATE(size, LE32(sizeof(struct mcopy_state) - 4)), EINVAL,
		"bad-state record=4 type=STATE field=size errno=22");

FIXTURE_VARIANT_ADD(stream, state_short)
	REFUSED(SPOIL_LENGTH(NUMBER_STATE, sizeof(struct mcopy_state) - 1),
		EINVAL, "bad-state record=4 type=STATE field=size errno=22");

FIXTURE_VARIANT_ADD(stream, state_long)
	REFUSED(SPOIL_LENGTH(NUMBER_STATE, sizeof(struct mcopy_state) + 1),
		EINVAL, "bad-state record=4 type=STATE field=size errno=22");

FIXTURE_VARIANT_ADD(stream, state_irq_status)
	REFUSED(SPOIL_STATE(irq_status, LE32(MCOPY_IRQ_MASK + 1)), EINVAL,
		"bad-state record=4 type=STATE field=irq_status errno=22");

FIXTURE_VARIANT_ADD(stream, state_irq_enable)
	REFUSED(SPOIL_STATE(irq_enable, LE32(1U << 31)), EINVAL,
		"bad-state record=4 type=STATE field=irq_enable errno=22");

FIXTURE_VARIANT_ADD(stream, state_result)
	REFUSED(SPOIL_STATE(result, LE32(MCOPY_RESULT_MEMORY + 1)), EINVAL,
		"bad-state record=4 type=STATE field=result errno=22");

FIXTURE_VARIANT_ADD(stream, config_vendor)
	REFUSED(SPOIL_STATE(config[0], U8(0x35)), EINVAL,
		"bad-state record=4 type=STATE field=config errno=22");

FIXTURE_VARIANT_ADD(stream, config_capability)
	REFUSED(SPOIL_STATE(config[0x34], U8(0xff)), EINVAL,
		"bad-state record=4 type=STATE field=config errno=22");

FIXTURE_VARIANT_ADD(stream, config_undefined)
	REFUSED(SPOIL_STATE(config[0xff], U8(1)), EINVAL,
		"bad-state record=4 type=STATE field=config errno=22");

/* Its queues, which are not enabled */

FIXTURE_VARIANT_ADD(stream, state_queues)
	REFUSED(SPOIL_STATE(queues, LE32(3)), EINVAL,
		"bad-state record=4 type=STATE field=queues errno=22");

FIXTURE_VARIANT_ADD(stream, state_queue_control)
	REFUSED(SPOIL_STATE(queue[3].control, LE32(2)), EINVAL,
		"bad-state record=4 type=STATE field=queue.control errno=22");

FIXTURE_VARIANT_ADD(stream, state_queue_without_ring)
	REFUSED(SPOIL_STATE(queue[0].control, LE32(1)), EINVAL,
		"bad-state record=4 type=STATE field=queue.ring errno=22");

FIXTURE_VARIANT_ADD(stream, state_queue_tail)
	REFUSED(SPOIL_STATE(queue[0].tail, LE32(1)), EINVAL,
		"bad-state record=4 type=STATE field=queue.tail errno=22");

FIXTURE_VARIANT_ADD(stream, state_queue_head)
	REFUSED(SPOIL_STATE(queue[0].head, LE32(1)), EINVAL,
		"bad-state record=4 type=STATE field=queue.head errno=22");

FIXTURE_VARIANT_ADD(stream, state_queue_error)
	REFUSED(SPOIL_STATE(queue[0].error, LE32(1)), EINVAL,
		"bad-state record=4 type=STATE field=queue.error errno=22");

FIXTURE_VARIANT_ADD(stream, state_queue_stage)
	REFUSED(SPOIL_STATE(queue[0].stage, LE32(1)), EINVAL,
		"bad-state record=4 type=STATE field=queue.stage errno=22");

FIXTURE_VARIANT_ADD(stream, state_queue_done)
	REFUSED(SPOIL_STATE(queue[0].done, LE64(1)), EINVAL,
		"bad-state record=4 type=STATE field=queue.descriptor errno=22");

FIXTURE_VARIANT_ADD(stream, state_queue_crc)
	REFUSED(SPOIL_STATE(queue[0].crc, LE32(1)), EINVAL,
		"bad-state record=4 type=STATE field=queue.descriptor errno=22");

FIXTURE_VARIANT_ADD(stream, state_queue_reserved)
	REFUSED(SPOIL_STATE(queue[0].reserved, LE32(1)), EINVAL,
		"bad-state record=4 type=STATE field=queue.reserved errno=22");

FIXTURE_VARIANT_ADD(stream, state_queue_descriptor)
	REFUSED(SPOIL_STATE(queue[0].descriptor.tag, LE64(1)), EINVAL,
		"bad-state record=4 type=STATE field=queue.descriptor errno=22");

FIXTURE_SETUP(stream)
{
	struct device *source;

	test_open(_metadata, &self->bench, 3);
	source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->bystander = &self->bench.device[2];
	ASSERT_EQ(0, mcopy_fill(&source->vfio, 0, PAGES * MCOPY_PAGE, SEED));
	ASSERT_EQ(0, mcopy_fill(&self->bystander->vfio, 0, MCOPY_PAGE, 1));
	ASSERT_EQ(0, client_save(&source->client, &self->good));
	ASSERT_EQ(0, stream_check(&self->good, BENCH_MEMORY));
	ASSERT_EQ(0, buffer_copy(&self->bad, &self->good));
	ASSERT_EQ(0, spoil_apply(&self->bad, &variant->spoil));
}

FIXTURE_TEARDOWN(stream)
{
	buffer_free(&self->good);
	buffer_free(&self->bad);
	test_close(_metadata, &self->bench);
}

/* Nothing gets it going again, not even a good stream. */
static void expect_stuck(struct __test_metadata *_metadata,
			 struct client *target, int error,
			 const struct buffer *good)
{
	enum mig_state state;

	EXPECT_EQ(error, client_feed_all(target, good));
	EXPECT_EQ(error, client_feed(target, good->data, 1, 1));
	for (state = MIG_STOP; state < MIG_STATES; state++)
		if (state != MIG_RESUMING && client_can_name(target, state))
			EXPECT_EQ(error, client_set_state(target, state));
	EXPECT_EQ(MIG_RESUMING, client_state(target));
}

/*
 * Traps 18 and 6 (Documentation/traps.rst): one bad record, and no more is
 * taken; and it is found while it loads, by whichever protocol.
 */
TEST_F(stream, is_refused_for_good)
{
	struct client *target = &self->target->client;
	unsigned int i;

	for (i = 0; i < PROTOCOLS; i++) {
		target->protocol = protocols[i];
		ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
		EXPECT_EQ(variant->error, client_feed_all(target, &self->bad)) {
			TH_LOG("by %s", target->protocol->name);
		}
		expect_last_error(_metadata, self->target,
				  variant->last_error);
		expect_stuck(_metadata, target, variant->error, &self->good);
		expect_last_error(_metadata, self->target,
				  variant->last_error);

		ASSERT_EQ(0, vfio_reset(&self->target->vfio));
		EXPECT_EQ(0, client_load(target, &self->good));
		expect_pattern(_metadata, self->target, PAGES, SEED);
		expect_pattern(_metadata, self->bystander, 1, 1);
		expect_last_error(_metadata, self->bystander, "none");
	}
}

/* In tiny pieces it goes wrong at the same place: no later, for the same. */
TEST_F(stream, is_refused_in_any_pieces)
{
	struct client *target = &self->target->client;
	unsigned int i;

	for (i = 0; i < PROTOCOLS; i++) {
		target->protocol = protocols[i];
		ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
		EXPECT_EQ(variant->error, client_feed(target, self->bad.data,
						      self->bad.length, 13)) {
			TH_LOG("by %s", target->protocol->name);
		}
		expect_last_error(_metadata, self->target,
				  variant->last_error);
		ASSERT_EQ(0, vfio_reset(&self->target->vfio));
	}
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
