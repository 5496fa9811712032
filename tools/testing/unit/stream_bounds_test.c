// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers of a stream that are too small, too large or not what they count:
 * lengths, addresses, totals, and what comes after the end.
 */
#include "unit.h"
#include "dice.h"
#include "spoil.h"

#define LONGEST_TRAIL	64

static void lengths(void **state)
{
	static const struct {
		unsigned int piece;
		u32 lengths[9];		/* up to the first 0 after [0] */
	} wrong[] = {
		{ SELF, { 0, 513, 4096, 65536, 65537, 0xffffffff } },
		{ MEMORY, { 0, 1, 4095, 4097, 65535, 65537, 69632,
			    0xfffff000 } },
		{ OPTIONAL, { 65537, 0x80000000, 0xffffffff } },
		{ STATE, { 0, 65537, 0x10000028, 0xffffffff } },
		{ END, { 0, 1, 15, 17, 32, 65536, 65537, 0xffffffff } },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		for (j = 0; !j || wrong[i].lengths[j]; j++) {
			const struct spoil length = {
				"length", wrong[i].piece, RECORD_FIELD(length),
				wrong[i].lengths[j], VMIG_REASON_BAD_LENGTH,
				-EMSGSIZE, "length"
			};

			assert_spoilt(&length);
		}
	}
}

static void record_at(struct builder *stream, u64 address, u32 length)
{
	static const u8 zeros[VMIG_PAYLOAD_MAX];

	builder_init(stream);
	build_order(stream, "HS");
	build_record(stream, VMIG_RECORD_MEMORY, VMIG_RECORD_MANDATORY,
		     address, zeros, length);
	build_order(stream, "TE");
}

static void out_of_bounds(u64 memory_size, u64 address, u32 length)
{
	struct builder stream;
	struct verdict want;
	char name[80];

	snprintf(name, sizeof(name), "%#x at %#llx of %#llx", length,
		 (unsigned long long)address, (unsigned long long)memory_size);
	record_at(&stream, address, length);
	want = in_head(&stream, 2, VMIG_REASON_OUT_OF_BOUNDS, -ERANGE,
		       "address");
	assert_refused(name, &stream, memory_size, &want);
	builder_free(&stream);
}

static void memory_out_of_range(void **state)
{
	const u64 size = BUILDER_MEMORY, page = BUILDER_PAGE;
	static const u64 misaligned[] = { 1, 2, 8, 512, 2048, 4095, 4097,
					  8191 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(misaligned); i++)
		out_of_bounds(size, misaligned[i], page);
	out_of_bounds(size, size, page);
	out_of_bounds(size, size - page, 2 * page);
	out_of_bounds(size, 0, 4 * page);
	out_of_bounds(size, 0, VMIG_PAYLOAD_MAX);
	out_of_bounds(size, size + page, page);
	out_of_bounds(size, 1ULL << 32, page);
	out_of_bounds(size, 1ULL << 63, page);
	out_of_bounds(0, 0, page);
	/* A size that is no whole number of pages: the last one is not there. */
	out_of_bounds(size + 1, size, page);
	out_of_bounds(size + page - 1, size, page);
}

/* The sum of address and length is small, or 0. */
static void memory_past_the_end_of_numbers(void **state)
{
	const u64 page = BUILDER_PAGE;
	unsigned int pages;

	(void)state;
	for (pages = 1; pages <= 16; pages++) {
		out_of_bounds(BUILDER_MEMORY, 0 - pages * page, pages * page);
		out_of_bounds(BUILDER_MEMORY, 0 - page, pages * page);
		out_of_bounds(BUILDER_MEMORY, ~0ULL, pages * page);
	}
}

static void memory_just_within_range(void **state)
{
	const u64 size = BUILDER_MEMORY, page = BUILDER_PAGE;
	static const struct {
		u64 address;
		u32 length;
	} right[] = {
		{ 0, BUILDER_PAGE },
		{ 0, BUILDER_MEMORY },
		{ BUILDER_PAGE, BUILDER_MEMORY - BUILDER_PAGE },
		{ BUILDER_MEMORY - BUILDER_PAGE, BUILDER_PAGE },
	};
	struct builder stream;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(right); i++) {
		record_at(&stream, right[i].address, right[i].length);
		assert_accepted("in range", &stream, size);
		assert_accepted("in range", &stream, size + page - 1);
		builder_free(&stream);
	}
}

static void addresses_of_what_has_none(void **state)
{
	static const unsigned int pieces[] = { SELF, STATE, END };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		const struct spoil address = {
			"address", pieces[i], RECORD_FIELD(address), 0,
			VMIG_REASON_BAD_RESERVED, -EINVAL, "address"
		};

		assert_each_bit_spoilt(address, 0);
	}
}

/* Each bit of both numbers; the last byte of the session shows it. */
static void each_bit_of_a_total(void **state)
{
	static const struct {
		unsigned int field;
		const char *name;
	} totals[] = {
		{ END_FIELD(records), "records" },
		{ END_FIELD(bytes), "bytes" },
	};
	unsigned int bit;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(totals); i++) {
		for (bit = 0; bit < 64; bit++) {
			struct builder stream;
			struct verdict want;
			u64 right;

			canonical(&stream);
			right = peek(&stream, END, totals[i].field);
			patch(&stream, END, totals[i].field,
			      right ^ 1ULL << bit);
			seal(&stream, END);
			want = in_piece(&stream, END, VMIG_REASON_BAD_TOTAL,
					-EBADMSG, totals[i].name);
			assert_refused(totals[i].name, &stream,
				       BUILDER_MEMORY, &want);
			builder_free(&stream);
		}
	}
}

/* The totals are the session's, not those of all that came. */
static void totals_of_the_whole_stream(void **state)
{
	struct builder stream;
	struct verdict want;

	(void)state;
	builder_init(&stream);
	build_order(&stream, "HSMHSMTE");
	patch(&stream, 7, END_FIELD(records), 5);
	patch(&stream, 7, END_FIELD(bytes), stream.pieces[7].at);
	seal(&stream, 7);
	want = in_piece(&stream, 7, VMIG_REASON_BAD_TOTAL, -EBADMSG, "records");
	assert_refused("all", &stream, BUILDER_MEMORY, &want);
	patch(&stream, 7, END_FIELD(records), 3);
	seal(&stream, 7);
	want = in_piece(&stream, 7, VMIG_REASON_BAD_TOTAL, -EBADMSG, "bytes");
	assert_refused("all", &stream, BUILDER_MEMORY, &want);
	builder_free(&stream);
}

/*
 * What a trail behind a complete session must get: bytes that can't begin a
 * header are refused at the first that differs, a piece of a header at the end
 * of the stream, a whole one that is wrong for its checksum.
 */
static struct verdict verdict_of_trail(const struct builder *stream,
				       const u8 *trail, size_t length)
{
	struct verdict want = { .pieces = stream->count };
	size_t same = 0;

	while (same < length && same < 8 && trail[same] == "VMIGSESS"[same])
		same++;
	if (same < length && same < 8) {
		want.reason = VMIG_REASON_TRAILING_DATA;
		want.err = -E2BIG;
		want.field = "magic";
		want.at = stream->length + same + 1;
		want.record = 4;
	} else if (length < BUILDER_HEAD) {
		want.reason = VMIG_REASON_TRUNCATED;
		want.err = -ENODATA;
		want.at = AT_FINISH;
		want.record = 4;
	} else {
		want.reason = VMIG_REASON_BAD_CHECKSUM;
		want.err = -EBADMSG;
		want.field = "crc";
		want.at = stream->length + BUILDER_HEAD;
	}
	return want;
}

static void assert_trail_refused(const char *name, const u8 *trail,
				 size_t length)
{
	struct builder stream;
	struct verdict want;

	builder_init(&stream);
	build_order(&stream, "HSMTE");
	want = verdict_of_trail(&stream, trail, length);
	build_bytes(&stream, trail, length);
	assert_refused(name, &stream, BUILDER_MEMORY, &want);
	builder_free(&stream);
}

static void trailing_bytes(void **state)
{
	u8 trail[LONGEST_TRAIL];
	struct dice dice;
	size_t length, same;

	(void)state;
	dice_seed(&dice);
	for (length = 1; length <= LONGEST_TRAIL; length++) {
		memset(trail, 0, length);
		assert_trail_refused("zeros", trail, length);
		memset(trail, 0xff, length);
		assert_trail_refused("ones", trail, length);
		dice_fill(&dice, trail, length);
		assert_trail_refused("random", trail, length);
		for (same = 1; same <= 8; same++) {
			memset(trail, 0, length);
			memcpy(trail, "VMIGSESS", min_t(size_t, same, length));
			assert_trail_refused("like the magic", trail, length);
		}
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(lengths),
	cmocka_unit_test(memory_out_of_range),
	cmocka_unit_test(memory_past_the_end_of_numbers),
	cmocka_unit_test(memory_just_within_range),
	cmocka_unit_test(addresses_of_what_has_none),
	cmocka_unit_test(each_bit_of_a_total),
	cmocka_unit_test(totals_of_the_whole_stream),
	cmocka_unit_test(trailing_bytes),
};

UNIT_MAIN(tests)
