// SPDX-License-Identifier: GPL-2.0
/*
 * Each way in which a stream can be wrong, one at a time, with checksums that
 * are right: who sends them means it. Lengths, addresses and totals are in
 * stream_bounds_test.c.
 */
#include "unit.h"
#include "spoil.h"

static void the_canonical_stream_is_good(void **state)
{
	struct builder stream;

	(void)state;
	canonical(&stream);
	assert_accepted(CANONICAL, &stream, BUILDER_MEMORY);
	builder_free(&stream);
}

/* Refused with the very byte that differs, not when the header is whole. */
static void magic(void **state)
{
	unsigned int at, bit;

	(void)state;
	for (at = 0; at < 8; at++) {
		for (bit = 0; bit < 8; bit++) {
			const struct verdict want = {
				.reason = VMIG_REASON_BAD_MAGIC,
				.err = -EINVAL,
				.field = "magic",
				.at = at + 1,
			};
			struct builder stream;

			canonical(&stream);
			stream.bytes[at] ^= 1 << bit;
			seal(&stream, HEADER);
			assert_refused("magic", &stream, BUILDER_MEMORY, &want);
			builder_free(&stream);
		}
	}
}

static void versions(void **state)
{
	static const struct spoil spoils[] = {
		{ "version 0", HEADER, HEADER_FIELD(version), 0,
		  VMIG_REASON_BAD_VERSION, -EPROTONOSUPPORT, "version" },
		{ "min_reader 0", HEADER, HEADER_FIELD(min_reader), 0,
		  VMIG_REASON_BAD_VERSION, -EPROTONOSUPPORT, "version" },
		{ "min_reader above version", HEADER,
		  HEADER_FIELD(min_reader), 3,
		  VMIG_REASON_BAD_VERSION, -EPROTONOSUPPORT, "version" },
		{ "min_reader far above version", HEADER,
		  HEADER_FIELD(min_reader), 0xffff,
		  VMIG_REASON_BAD_VERSION, -EPROTONOSUPPORT, "version" },
	};

	(void)state;
	assert_all_spoilt(spoils, ARRAY_SIZE(spoils));
}

static void a_version_that_we_cannot_read(void **state)
{
	static const u16 min_readers[] = { 3, 4, 0x100, 0xffff };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(min_readers); i++) {
		struct builder stream;
		struct verdict want;

		canonical(&stream);
		patch(&stream, HEADER, HEADER_FIELD(version), 0xffff);
		patch(&stream, HEADER, HEADER_FIELD(min_reader),
		      min_readers[i]);
		seal(&stream, HEADER);
		want = in_head(&stream, HEADER, VMIG_REASON_BAD_VERSION,
			       -EPROTONOSUPPORT, "min_reader");
		assert_refused("min_reader", &stream, BUILDER_MEMORY, &want);
		builder_free(&stream);
	}
}

static void reserved_bits_of_the_header(void **state)
{
	const struct spoil flags = {
		"flags", HEADER, HEADER_FIELD(flags), 0,
		VMIG_REASON_BAD_RESERVED, -EINVAL, "flags"
	};
	const struct spoil reserved = {
		"reserved", HEADER, HEADER_FIELD(reserved), 0,
		VMIG_REASON_BAD_RESERVED, -EINVAL, "reserved"
	};

	(void)state;
	assert_each_bit_spoilt(flags, 0);
	assert_each_bit_spoilt(reserved, 0);
}

static void reserved_bits_of_records(void **state)
{
	unsigned int piece;

	(void)state;
	for (piece = SELF; piece < PIECES; piece++) {
		const struct spoil flags = {
			"record flags", piece, RECORD_FIELD(flags), 0,
			VMIG_REASON_BAD_RESERVED, -EINVAL, "flags"
		};
		const struct spoil reserved = {
			"record reserved", piece, RECORD_FIELD(reserved), 0,
			VMIG_REASON_BAD_RESERVED, -EINVAL, "reserved"
		};

		assert_each_bit_spoilt(flags, 1);
		assert_each_bit_spoilt(reserved, 0);
	}
}

/* linux/vmig.h: the types it names are all mandatory. */
static void a_known_type_that_calls_itself_optional(void **state)
{
	static const unsigned int pieces[] = { SELF, MEMORY, STATE, END };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		const struct spoil optional = {
			"optional", pieces[i], RECORD_FIELD(flags), 0,
			VMIG_REASON_BAD_RESERVED, -EINVAL, "flags"
		};

		assert_spoilt(&optional);
	}
}

/* Each bit of each checksum: found with the last byte that it covers. */
static void checksums(void **state)
{
	unsigned int piece, bit;

	(void)state;
	for (piece = HEADER; piece < PIECES; piece++) {
		for (bit = 0; bit < 32; bit++) {
			struct builder stream;
			struct verdict want;

			canonical(&stream);
			patch(&stream, piece, RECORD_FIELD(crc),
			      peek(&stream, piece, RECORD_FIELD(crc)) ^
			      1U << bit);
			want = in_piece(&stream, piece,
					VMIG_REASON_BAD_CHECKSUM, -EBADMSG,
					"crc");
			assert_refused("crc", &stream, BUILDER_MEMORY, &want);
			builder_free(&stream);
		}
	}
}

/* A payload that was changed on its way: some bytes of each record. */
/*
 * A header that is not what was sent is refused when it is there, whatever it
 * says: a length that is believed could swallow all that comes after it.
 */
static void each_bit_of_a_header_before_its_payload(void **state)
{
	const unsigned int bits = 8 * offsetof(struct vmig_record_header, crc);
	unsigned int piece, bit;

	(void)state;
	for (piece = SELF; piece < PIECES; piece++) {
		for (bit = 0; bit < bits; bit++) {
			struct builder stream;
			struct verdict want;

			canonical(&stream);
			stream.bytes[stream.pieces[piece].at + bit / 8] ^=
				1 << bit % 8;
			want = in_head(&stream, piece,
				       VMIG_REASON_BAD_CHECKSUM, -EBADMSG,
				       "head_crc");
			want.type = 0;
			assert_refused("header", &stream, BUILDER_MEMORY,
				       &want);
			builder_free(&stream);
		}
	}
}

static void a_checksum_in_a_header_of_version_1(void **state)
{
	struct builder stream;
	struct verdict want;

	(void)state;
	builder_init(&stream);
	stream.old = true;
	build_order(&stream, "HSMTE");
	patch(&stream, MEMORY, RECORD_FIELD(head_crc), 1);
	seal(&stream, MEMORY);
	want = in_head(&stream, MEMORY, VMIG_REASON_BAD_RESERVED, -EINVAL,
		       "head_crc");
	want.type = 0;
	assert_refused("version 1", &stream, BUILDER_MEMORY, &want);
	builder_free(&stream);
}

static void payloads(void **state)
{
	unsigned int piece;
	size_t at;

	(void)state;
	for (piece = SELF; piece < PIECES; piece++) {
		struct builder stream;
		size_t length;

		canonical(&stream);
		length = stream.pieces[piece].length;
		for (at = BUILDER_HEAD; at < length; at += 1 + length / 16) {
			u64 was = peek(&stream, piece, FIELD(at, 1));
			struct verdict want;

			patch(&stream, piece, FIELD(at, 1), was ^ 0x40);
			want = in_piece(&stream, piece,
					VMIG_REASON_BAD_CHECKSUM, -EBADMSG,
					"crc");
			assert_refused("payload", &stream, BUILDER_MEMORY,
				       &want);
			patch(&stream, piece, FIELD(at, 1), was);
		}
		builder_free(&stream);
	}
}

static void sequences(void **state)
{
	unsigned int piece;

	(void)state;
	for (piece = SELF; piece < PIECES; piece++) {
		const u32 right = piece - 1;
		const u32 wrong[] = { right - 1, right + 1, right + 0x10000,
				      right ^ 0x80000000, 0xffffffff };
		size_t i;

		for (i = 0; i < ARRAY_SIZE(wrong); i++) {
			const struct spoil sequence = {
				"sequence", piece, RECORD_FIELD(sequence),
				wrong[i], VMIG_REASON_BAD_SEQUENCE, -EILSEQ,
				"sequence"
			};

			assert_spoilt(&sequence);
		}
	}
}

/* What came before is no excuse: the second session starts at 0 again. */
static void sequence_of_a_second_session(void **state)
{
	struct builder stream;
	struct verdict want;

	(void)state;
	builder_init(&stream);
	build_order(&stream, "HSMHSMTE");
	patch(&stream, 4, RECORD_FIELD(sequence), 2);
	seal(&stream, 4);
	want = in_head(&stream, 4, VMIG_REASON_BAD_SEQUENCE, -EILSEQ,
		       "sequence");
	assert_refused("second session", &stream, BUILDER_MEMORY, &want);
	builder_free(&stream);
}

/* Orders that are wrong with the last letter; what follows is all right. */
static void orders(void **state)
{
	static const char * const bad[] = {
		"HM", "HT", "HE", "HO",			/* SELF is first */
		"HSS", "HSMS", "HSTS",			/* and comes once */
		"HSTM", "HSMTM", "HSMTOM",		/* memory, then state */
		"HSTT", "HSMTT",			/* one state */
		"HSE", "HSME", "HSOE", "HSMOE",		/* no end without it */
		"HSMTHM", "HSMTEHT", "HSTHE", "HSHSE",	/* each session anew */
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct builder stream;
		struct verdict want;

		builder_init(&stream);
		build_order(&stream, bad[i]);
		want = in_head(&stream, strlen(bad[i]) - 1,
			       VMIG_REASON_BAD_ORDER, -EPROTO, "type");
		build_order(&stream, "MTE");
		assert_refused(bad[i], &stream, BUILDER_MEMORY, &want);
		builder_free(&stream);
	}
}

/* A new session must not begin within a record: the old one swallows it. */
static void a_session_cut_within_a_record(void **state)
{
	static const size_t missing[] = { 1, 31, 32, 33, 2000, 4095, 4096 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(missing); i++) {
		struct builder stream;
		struct verdict want;

		builder_init(&stream);
		build_order(&stream, "HSM");
		want = in_piece(&stream, 2, VMIG_REASON_BAD_CHECKSUM, -EBADMSG,
				"crc");
		stream.length -= missing[i];
		build_order(&stream, "HSMTE");
		assert_refused("cut", &stream, BUILDER_MEMORY, &want);
		builder_free(&stream);
	}
}

static void records_after_the_end(void **state)
{
	static const char * const more[] = { "S", "M", "T", "E", "O", "U" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(more); i++) {
		struct verdict want = {
			.reason = VMIG_REASON_TRAILING_DATA,
			.err = -E2BIG,
			.field = "magic",
			.pieces = 5,
			.record = 4,
		};
		struct builder stream;

		builder_init(&stream);
		build_order(&stream, "HSMTE");
		want.at = stream.length + 1;
		build_order(&stream, more[i]);
		assert_refused(more[i], &stream, BUILDER_MEMORY, &want);
		builder_free(&stream);
	}
}

static void unknown_mandatory_records(void **state)
{
	static const u16 types[] = { 0, 5, 6, 0xff, 0x100, 0x101, 0x104,
				     0x7fff, 0xffff };
	static const char * const before[] = { "H", "HS", "HSM", "HST" };
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		for (j = 0; j < ARRAY_SIZE(before); j++) {
			struct builder stream;
			struct verdict want;
			unsigned int last = strlen(before[j]);

			builder_init(&stream);
			build_order(&stream, before[j]);
			build_order(&stream, "U");
			patch(&stream, last, RECORD_FIELD(type), types[i]);
			seal(&stream, last);
			want = in_head(&stream, last,
				       VMIG_REASON_UNKNOWN_RECORD, -EOPNOTSUPP,
				       "type");
			assert_refused("unknown", &stream, BUILDER_MEMORY,
				       &want);
			builder_free(&stream);
		}
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_canonical_stream_is_good),
	cmocka_unit_test(magic),
	cmocka_unit_test(versions),
	cmocka_unit_test(a_version_that_we_cannot_read),
	cmocka_unit_test(reserved_bits_of_the_header),
	cmocka_unit_test(reserved_bits_of_records),
	cmocka_unit_test(a_known_type_that_calls_itself_optional),
	cmocka_unit_test(checksums),
	cmocka_unit_test(each_bit_of_a_header_before_its_payload),
	cmocka_unit_test(a_checksum_in_a_header_of_version_1),
	cmocka_unit_test(payloads),
	cmocka_unit_test(sequences),
	cmocka_unit_test(sequence_of_a_second_session),
	cmocka_unit_test(orders),
	cmocka_unit_test(a_session_cut_within_a_record),
	cmocka_unit_test(records_after_the_end),
	cmocka_unit_test(unknown_mandatory_records),
};

UNIT_MAIN(tests)
