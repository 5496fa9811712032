// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "spoil.h"

void canonical(struct builder *stream)
{
	builder_init(stream);
	build_order(stream, CANONICAL);
	assert_int_equal(stream->count, PIECES);
}

void assert_spoilt(const struct spoil *spoil)
{
	struct builder stream;
	struct verdict want;

	canonical(&stream);
	patch(&stream, spoil->piece, spoil->field, spoil->value);
	seal(&stream, spoil->piece);
	want = in_head(&stream, spoil->piece, spoil->reason, spoil->err,
		       spoil->blamed);
	assert_refused(spoil->name, &stream, BUILDER_MEMORY, &want);
	builder_free(&stream);
}

void assert_all_spoilt(const struct spoil *spoils, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		assert_spoilt(&spoils[i]);
}

void assert_each_bit_spoilt(struct spoil spoil, unsigned int first)
{
	unsigned int bit;

	for (bit = first; bit < 8 * FIELD_WIDTH(spoil.field); bit++) {
		spoil.value = 1ULL << bit;
		assert_spoilt(&spoil);
	}
}
