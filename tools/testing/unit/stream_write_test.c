// SPDX-License-Identifier: GPL-2.0
/*
 * The bytes that the writer makes. Most are written out here by hand: two
 * readings of linux/vmig.h that agree could both be wrong.
 */
#include "unit.h"
#include "builder.h"
#include "dice.h"
#include "stream.h"

#define SESSION	0x0123456789abcdefULL

static const u8 header_bytes[] = {
	'V', 'M', 'I', 'G', 'S', 'E', 'S', 'S',
	0x02, 0x00,					/* version */
	0x02, 0x00,					/* min_reader */
	0x00, 0x00, 0x00, 0x00,				/* flags */
	0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01,	/* session */
	0x00, 0x00, 0x00, 0x00,				/* reserved */
	0xfc, 0xd6, 0xfb, 0x0f,				/* crc */
};

static const u8 self_bytes[] = {
	0x01, 0x00,					/* type */
	0x01, 0x00,					/* flags */
	0x05, 0x00, 0x00, 0x00,				/* length */
	0x00, 0x00, 0x00, 0x00,				/* sequence */
	0x00, 0x00, 0x00, 0x00,				/* reserved */
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,	/* address */
	0x9d, 0xe9, 0xed, 0x88,				/* head_crc */
	0x4f, 0x85, 0x22, 0x95,				/* crc */
	'a', 'b', 'i', '=', '1',
};

/* The writer leaves it to its caller which lengths and addresses are fit. */
static const u8 memory_bytes[] = {
	0x02, 0x00,
	0x01, 0x00,
	0x03, 0x00, 0x00, 0x00,
	0x01, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00,
	0x00, 0x70, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
	0x25, 0x25, 0xfb, 0x4a,
	0xbd, 0xe0, 0xd3, 0x3a,
	0xaa, 0xbb, 0xcc,
};

static const u8 end_bytes[] = {
	0x04, 0x00,
	0x01, 0x00,
	0x10, 0x00, 0x00, 0x00,
	0x02, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x4e, 0x68, 0xf6, 0xa1,
	0x42, 0x91, 0x0a, 0x08,
	0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,	/* records */
	0x68, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,	/* bytes */
};

/* Room for exactly this, filled with what is not zero. */
static u8 *room(size_t length)
{
	u8 *bytes = malloc(length);

	assert_non_null(bytes);
	memset(bytes, 0xee, length);
	return bytes;
}

static void header(struct vmig_writer *writer)
{
	u8 *out = room(sizeof(header_bytes));

	memset(writer, 0xee, sizeof(*writer));
	assert_int_equal(vmig_write_header(writer, SESSION, out),
			 sizeof(header_bytes));
	assert_memory_equal(out, header_bytes, sizeof(header_bytes));
	free(out);
}

static void record(struct vmig_writer *writer, enum vmig_record_type type,
		   u64 address, const u8 *want, size_t length)
{
	u8 *out = room(length);

	memcpy(out + BUILDER_HEAD, want + BUILDER_HEAD, length - BUILDER_HEAD);
	assert_int_equal(vmig_write_record(writer, type, address, out,
					   length - BUILDER_HEAD), length);
	assert_memory_equal(out, want, length);
	free(out);
}

static void end(struct vmig_writer *writer)
{
	u8 *out = room(sizeof(end_bytes));

	assert_int_equal(vmig_write_end(writer, out), sizeof(end_bytes));
	assert_memory_equal(out, end_bytes, sizeof(end_bytes));
	free(out);
}

static void sizes_are_those_of_the_format(void **state)
{
	(void)state;
	assert_int_equal(VMIG_HEADER_SIZE, 32);
	assert_int_equal(VMIG_RECORD_SIZE, 32);
	assert_int_equal(VMIG_END_SIZE, 48);
	assert_int_equal(VMIG_PAYLOAD_MAX, 65536);
	assert_int_equal(VMIG_SELF_MAX, 512);
	assert_int_equal(VMIG_MEMORY_ALIGN, 4096);
}

static void a_session_byte_by_byte(void **state)
{
	struct vmig_writer writer;

	(void)state;
	header(&writer);
	record(&writer, VMIG_RECORD_SELF, 0, self_bytes, sizeof(self_bytes));
	record(&writer, VMIG_RECORD_MEMORY, 0x1122334455667000ULL,
	       memory_bytes, sizeof(memory_bytes));
	end(&writer);
}

static void counts_what_it_writes(void **state)
{
	struct vmig_writer writer;

	(void)state;
	header(&writer);
	assert_int_equal(writer.session, SESSION);
	assert_int_equal(writer.records, 0);
	assert_int_equal(writer.bytes, 32);
	record(&writer, VMIG_RECORD_SELF, 0, self_bytes, sizeof(self_bytes));
	assert_int_equal(writer.records, 1);
	assert_int_equal(writer.bytes, 32 + 37);
}

/* The second session's bytes are the first one's: nothing is left over. */
static void a_header_starts_over(void **state)
{
	struct vmig_writer writer;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		header(&writer);
		record(&writer, VMIG_RECORD_SELF, 0, self_bytes,
		       sizeof(self_bytes));
		record(&writer, VMIG_RECORD_MEMORY, 0x1122334455667000ULL,
		       memory_bytes, sizeof(memory_bytes));
		end(&writer);
	}
}

static void agrees_with(const struct builder *want, enum vmig_record_type type,
			u64 address, const u8 *payload, u32 length)
{
	struct vmig_writer writer;
	u8 *out = room(VMIG_RECORD_SIZE + length);
	const struct piece *piece = &want->pieces[1];

	vmig_write_header(&writer, SESSION, out);
	memcpy(out + VMIG_RECORD_SIZE, payload, length);
	assert_int_equal(vmig_write_record(&writer, type, address, out, length),
			 piece->length);
	assert_memory_equal(out, want->bytes + piece->at, piece->length);
	assert_int_equal(writer.bytes, want->length);
	free(out);
}

static void every_type_and_length(void **state)
{
	static const u32 lengths[] = { 1, 16, 511, 4096, 65535, 65536 };
	u8 *payload = malloc(VMIG_PAYLOAD_MAX);
	struct dice dice;
	unsigned int type;
	size_t i;

	(void)state;
	assert_non_null(payload);
	dice_seed(&dice);
	for (type = VMIG_RECORD_SELF; type <= VMIG_RECORD_END; type++) {
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			struct builder want;
			u64 address = dice_roll(&dice, UINT64_MAX);

			dice_fill(&dice, payload, lengths[i]);
			builder_init(&want);
			build_header(&want, SESSION);
			build_record(&want, type, VMIG_RECORD_MANDATORY,
				     address, payload, lengths[i]);
			agrees_with(&want, type, address, payload, lengths[i]);
			builder_free(&want);
		}
	}
	free(payload);
}

/* The builder that the reader's tests stand on, against the same bytes. */
static void the_builder_makes_the_same(void **state)
{
	struct builder built;

	(void)state;
	builder_init(&built);
	build_header(&built, SESSION);
	build_record(&built, VMIG_RECORD_SELF, 1, 0, "abi=1", 5);
	build_record(&built, VMIG_RECORD_MEMORY, 1, 0x1122334455667000ULL,
		     "\xaa\xbb\xcc", 3);
	build_end(&built);
	assert_int_equal(built.count, 4);
	assert_memory_equal(built.bytes, header_bytes, 32);
	assert_memory_equal(built.bytes + 32, self_bytes, 37);
	assert_memory_equal(built.bytes + 69, memory_bytes, 35);
	assert_memory_equal(built.bytes + 104, end_bytes, 48);
	assert_int_equal(built.length, 152);
	builder_free(&built);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(sizes_are_those_of_the_format),
	cmocka_unit_test(a_session_byte_by_byte),
	cmocka_unit_test(counts_what_it_writes),
	cmocka_unit_test(a_header_starts_over),
	cmocka_unit_test(every_type_and_length),
	cmocka_unit_test(the_builder_makes_the_same),
};

UNIT_MAIN(tests)
