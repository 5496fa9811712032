// SPDX-License-Identifier: GPL-2.0
/*
 * All mutations of a kind, exhaustively: each bit, each length, each exchange
 * of two pieces. And random ones with right checksums, for which the verdict
 * must not depend on how the stream was cut.
 */
#include "unit.h"
#include "builder.h"
#include "dice.h"
#include "recorder.h"
#include "spoil.h"

#define MUTANTS		3000
#define MOST_CHANGES	4

/* What the good stream delivers, and a reader for the bad ones. */
struct bench {
	struct builder stream;
	struct recorder good;
	struct recorder mutant;
};

static void bench_init(struct bench *bench, const char *order)
{
	builder_init(&bench->stream);
	build_order(&bench->stream, order);
	recorder_init(&bench->good, BUILDER_MEMORY);
	replay(&bench->good, &bench->stream, bench->stream.count);
	recorder_init(&bench->mutant, BUILDER_MEMORY);
}

static void bench_free(struct bench *bench)
{
	builder_free(&bench->stream);
	recorder_free(&bench->good);
	recorder_free(&bench->mutant);
}

/*
 * The rule for any change of a stream with one session: it is refused before
 * end() and nothing was delivered that the good one does not deliver, in the
 * same order; or it is accepted and delivers the very same. Returns whether it
 * was refused.
 */
static bool refused_or_the_same(struct bench *bench, size_t length,
				unsigned int *different)
{
	struct recorder *mutant = &bench->mutant;
	int err;

	recorder_restart(mutant);
	err = vmig_reader_feed(&mutant->reader, bench->stream.bytes, length);
	if (!err)
		err = vmig_reader_finish(&mutant->reader);
	if (!err) {
		if (!log_equal(&bench->good.delivered, &mutant->delivered))
			++*different;
		return false;
	}
	if (mutant->ends ||
	    !log_starts_with(&bench->good.delivered, &mutant->delivered))
		++*different;
	return true;
}

static void every_single_bit(void **state)
{
	unsigned int tried = 0, refused = 0, different = 0;
	struct bench bench;
	size_t at;
	int bit;

	(void)state;
	bench_init(&bench, CANONICAL);
	for (at = 0; at < bench.stream.length; at++) {
		for (bit = 0; bit < 8; bit++) {
			bench.stream.bytes[at] ^= 1 << bit;
			refused += refused_or_the_same(&bench,
						       bench.stream.length,
						       &different);
			bench.stream.bytes[at] ^= 1 << bit;
			tried++;
		}
	}
	print_message("%u bits flipped, %u refused, %u delivered other content\n",
		      tried, refused, different);
	assert_int_equal(tried, 8 * bench.stream.length);
	assert_int_equal(different, 0);
	/* One bit is what a CRC always finds. */
	assert_int_equal(refused, tried);
	bench_free(&bench);
}

/* Two bits at random places: more than a single record may be hit. */
static void random_pairs_of_bits(void **state)
{
	unsigned int i, refused = 0, different = 0;
	struct bench bench;
	struct dice dice;

	(void)state;
	dice_seed(&dice);
	bench_init(&bench, CANONICAL);
	for (i = 0; i < MUTANTS; i++) {
		u8 *bytes = bench.stream.bytes;
		size_t a = dice_roll(&dice, bench.stream.length);
		size_t b = dice_roll(&dice, bench.stream.length);
		u8 was_a = bytes[a], was_b = bytes[b];

		bytes[a] ^= 1 << dice_roll(&dice, 8);
		bytes[b] ^= 1 << dice_roll(&dice, 8);
		refused += refused_or_the_same(&bench, bench.stream.length,
					       &different);
		bytes[b] = was_b;
		bytes[a] = was_a;
	}
	print_message("%u pairs flipped, %u refused\n", i, refused);
	assert_int_equal(different, 0);
	bench_free(&bench);
}

/* The piece that a stream of this length ends in. */
static struct verdict verdict_of_cut(const struct builder *stream,
				     size_t length)
{
	struct verdict want = {
		.reason = VMIG_REASON_TRUNCATED,
		.err = -ENODATA,
		.at = AT_FINISH,
	};
	const struct piece *piece = stream->pieces;
	u32 next = 0;

	for (; length >= piece->at + piece->length; piece++) {
		want.pieces++;
		next = piece->type ? piece->record + 1 : 0;
	}
	/* The type is known once the header is whole, a header's never is. */
	if (length >= piece->at + BUILDER_HEAD)
		want.type = piece->type;
	want.record = next;
	return want;
}

/* Right after the end of a session the stream may stop. */
static bool may_stop(const struct builder *stream, const struct verdict *cut,
		     size_t length)
{
	const struct piece *last;

	if (!cut->pieces)
		return false;
	last = &stream->pieces[cut->pieces - 1];
	return last->type == VMIG_RECORD_END &&
	       length == last->at + last->length;
}

static unsigned int every_length_of(const char *order)
{
	struct recorder recorder;
	struct builder stream;
	unsigned int refused = 0;
	size_t length, whole;

	builder_init(&stream);
	build_order(&stream, order);
	recorder_init(&recorder, BUILDER_MEMORY);
	whole = stream.length;
	for (length = 0; length < whole; length++) {
		struct verdict want = verdict_of_cut(&stream, length);

		if (may_stop(&stream, &want, length))
			continue;
		stream.length = length;
		assert_refused_in_steps(order, &recorder, &stream, SIZE_MAX,
					&want);
		refused++;
	}
	recorder_free(&recorder);
	builder_free(&stream);
	return refused;
}

static void every_length(void **state)
{
	unsigned int refused = 0;

	(void)state;
	refused += every_length_of("HSMTE");
	refused += every_length_of("HSMTHSOTE");
	/* A complete session is no use when another was begun behind it. */
	refused += every_length_of("HSTEHSMTE");
	print_message("%u truncated streams refused\n", refused);
}

/* Around the joints between pieces, with fragments of all sizes too. */
static void every_length_at_the_joints(void **state)
{
	struct builder stream;
	unsigned int i;

	(void)state;
	builder_init(&stream);
	build_order(&stream, "HSMTHSOTE");
	for (i = 0; i < stream.count; i++) {
		static const size_t offsets[] = { 0, 1, 7, 8, 9, 31, 32, 33 };
		size_t j;

		for (j = 0; j < ARRAY_SIZE(offsets); j++) {
			size_t length = stream.pieces[i].at + offsets[j];
			struct verdict want = verdict_of_cut(&stream, length);

			stream.length = length;
			assert_refused("joint", &stream, BUILDER_MEMORY, &want);
		}
	}
	builder_free(&stream);
}

/*
 * Refuse a stream of whole, good pieces where it first differs from a right
 * one: at the piece in this place.
 */
static void assert_misplaced(const char *name, const struct builder *stream,
			     unsigned int place)
{
	struct verdict want;

	if (!place) {
		want = in_head(stream, place, VMIG_REASON_BAD_MAGIC, -EINVAL,
			       "magic");
		want.type = 0;
		want.record = 0;
		want.at = 1;
	} else {
		want = in_head(stream, place, VMIG_REASON_BAD_SEQUENCE, -EILSEQ,
			       "sequence");
		want.record = place - 1;
	}
	assert_refused(name, stream, BUILDER_MEMORY, &want);
}

static void pick(struct builder *picked, const struct builder *from,
		 const unsigned int *order, unsigned int count)
{
	builder_init(picked);
	build_pick(picked, from, order, count);
}

static void exchanged_pieces(void **state)
{
	struct builder stream, picked;
	unsigned int a, b, i;

	(void)state;
	builder_init(&stream);
	build_order(&stream, CANONICAL);
	for (a = 0; a < stream.count; a++) {
		for (b = a + 1; b < stream.count; b++) {
			unsigned int order[BUILDER_PIECES];

			for (i = 0; i < stream.count; i++)
				order[i] = i == a ? b : i == b ? a : i;
			pick(&picked, &stream, order, stream.count);
			assert_misplaced("exchanged", &picked, a);
			builder_free(&picked);
		}
	}
	builder_free(&stream);
}

static void a_piece_left_out(void **state)
{
	struct builder stream, picked;
	unsigned int out, i;

	(void)state;
	builder_init(&stream);
	build_order(&stream, CANONICAL);
	/* Without END it is truncated; every_length() has that. */
	for (out = 0; out < stream.count - 1; out++) {
		unsigned int order[BUILDER_PIECES];

		for (i = 0; i < stream.count - 1; i++)
			order[i] = i < out ? i : i + 1;
		pick(&picked, &stream, order, stream.count - 1);
		assert_misplaced("left out", &picked, out);
		builder_free(&picked);
	}
	builder_free(&stream);
}

/* A record comes again, at once or anywhere later before the end. */
static void a_record_twice(void **state)
{
	struct builder stream, picked;
	unsigned int which, place, i;

	(void)state;
	builder_init(&stream);
	build_order(&stream, CANONICAL);
	for (which = 1; which < stream.count - 1; which++) {
		for (place = which + 1; place < stream.count; place++) {
			unsigned int order[BUILDER_PIECES];

			for (i = 0; i <= stream.count; i++)
				order[i] = i < place ? i :
					   i == place ? which : i - 1;
			pick(&picked, &stream, order, stream.count + 1);
			assert_misplaced("twice", &picked, place);
			builder_free(&picked);
		}
	}
	builder_free(&stream);
}

static void the_end_twice(void **state)
{
	struct verdict want = {
		.reason = VMIG_REASON_TRAILING_DATA,
		.err = -E2BIG,
		.field = "magic",
		.record = 4,
		.pieces = 5,
	};
	static const unsigned int order[] = { 0, 1, 2, 3, 4, 4 };
	struct builder stream, picked;

	(void)state;
	builder_init(&stream);
	build_order(&stream, "HSMTE");
	pick(&picked, &stream, order, ARRAY_SIZE(order));
	want.at = stream.length + 1;
	assert_refused("end twice", &picked, BUILDER_MEMORY, &want);
	builder_free(&picked);
	builder_free(&stream);
}

/* Numbers that are at or near a border of something. */
static u64 tempting_number(struct dice *dice)
{
	static const u64 numbers[] = {
		0, 1, 2, 3, 4, 5, 16, 0xff, 511, 512, 513, 4095, 4096, 4097,
		8192, 12288, 0xffff, 65536, 65537, 0x7fffffff, 0x80000000,
		0xfffff000, 0xffffffff, 1ULL << 63, 0 - 4096ULL, ~0ULL,
	};

	if (!dice_roll(dice, 4))
		return dice_roll(dice, UINT64_MAX);
	return numbers[dice_roll(dice, ARRAY_SIZE(numbers))];
}

/* Spoil one field of one piece, and make its checksum right. */
static void spoil_one(struct builder *stream, struct dice *dice)
{
	static const unsigned int of_header[] = {
		HEADER_FIELD(version), HEADER_FIELD(min_reader),
		HEADER_FIELD(flags), HEADER_FIELD(session),
		HEADER_FIELD(reserved),
	};
	static const unsigned int of_record[] = {
		RECORD_FIELD(type), RECORD_FIELD(flags), RECORD_FIELD(length),
		RECORD_FIELD(sequence), RECORD_FIELD(reserved),
		RECORD_FIELD(address),
	};
	unsigned int piece = dice_roll(dice, stream->count);
	unsigned int field;

	if (stream->pieces[piece].type)
		field = of_record[dice_roll(dice, ARRAY_SIZE(of_record))];
	else
		field = of_header[dice_roll(dice, ARRAY_SIZE(of_header))];
	patch(stream, piece, field, tempting_number(dice));
	seal(stream, piece);
}

/* All that a caller can see of a verdict is the same. */
static void assert_same_outcome(const struct recorder *a, int err_a,
				const struct recorder *b, int err_b)
{
	const struct vmig_refusal *x = &a->reader.refusal;
	const struct vmig_refusal *y = &b->reader.refusal;

	assert_int_equal(err_a, err_b);
	assert_int_equal(x->reason, y->reason);
	assert_int_equal(x->type, y->type);
	assert_int_equal(x->record, y->record);
	assert_ptr_equal(x->field, y->field);
	assert_true(log_equal(&a->delivered, &b->delivered));
	assert_true(log_equal(&a->accepted, &b->accepted));
	assert_int_equal(a->ends, b->ends);
}

static int feed_all(struct recorder *recorder, const struct builder *stream,
		    struct dice *dice, size_t most)
{
	size_t fed = 0;
	int err = 0;

	recorder_restart(recorder);
	while (fed < stream->length && !err) {
		size_t left = stream->length - fed;
		size_t now = 1 + dice_roll(dice, most);

		now = now < left ? now : left;
		err = vmig_reader_feed(&recorder->reader, stream->bytes + fed,
				       now);
		fed += now;
	}
	return err ? err : vmig_reader_finish(&recorder->reader);
}

static void random_fields_with_right_checksums(void **state)
{
	unsigned int i, j, refused = 0;
	struct recorder whole, pieces;
	struct dice dice;

	(void)state;
	dice_seed(&dice);
	recorder_init(&whole, BUILDER_MEMORY);
	recorder_init(&pieces, BUILDER_MEMORY);
	for (i = 0; i < MUTANTS; i++) {
		unsigned int changes = 1 + dice_roll(&dice, MOST_CHANGES);
		struct builder stream;
		int err;

		builder_init(&stream);
		build_order(&stream, i % 2 ? "HSMTHSMOTE" : CANONICAL);
		for (j = 0; j < changes; j++)
			spoil_one(&stream, &dice);
		err = feed_all(&whole, &stream, &dice, stream.length);
		assert_same_outcome(&whole, err, &pieces,
				    feed_all(&pieces, &stream, &dice, 1));
		assert_same_outcome(&whole, err, &pieces,
				    feed_all(&pieces, &stream, &dice, 90));
		refused += !!err;
		builder_free(&stream);
	}
	print_message("%u streams with spoilt fields, %u refused\n", i,
		      refused);
	assert_true(refused > 0 && refused < i);
	recorder_free(&whole);
	recorder_free(&pieces);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_single_bit),
	cmocka_unit_test(random_pairs_of_bits),
	cmocka_unit_test(every_length),
	cmocka_unit_test(every_length_at_the_joints),
	cmocka_unit_test(exchanged_pieces),
	cmocka_unit_test(a_piece_left_out),
	cmocka_unit_test(a_record_twice),
	cmocka_unit_test(the_end_twice),
	cmocka_unit_test(random_fields_with_right_checksums),
};

UNIT_MAIN(tests)
