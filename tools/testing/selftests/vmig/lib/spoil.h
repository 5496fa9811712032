/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways to make one thing in a good stream wrong. All take the stream of a
 * device in which the first three pages were written:
 * SELF, MEMORY, MEMORY, MEMORY, STATE, END.
 */
#ifndef VMIG_TEST_SPOIL_H
#define VMIG_TEST_SPOIL_H

#include <stddef.h>
#include <linux/mcopy.h>

#include "stream.h"

#define NUMBER_SELF	0
#define NUMBER_FIRST	1	/* MEMORY */
#define NUMBER_MEMORY	2	/* the second one */
#define NUMBER_STATE	4
#define NUMBER_END	5

/* A type that nobody has given a meaning. */
#define TYPE_UNKNOWN	0x7abc

/**
 * struct spoil - what to make wrong
 * @by:		does it alone, or NULL
 * @apply:	does it, as the rest says
 * @number:	of the record, if it is done to one
 * @offset:	of a field
 * @width:	of that field in bytes
 * @value:	its new value, or a length
 * @key:	in the self line
 * @text:	its new value
 */
struct spoil {
	int (*by)(struct buffer *stream);
	int (*apply)(struct buffer *stream, const struct spoil *spoil);
	unsigned int number;
	size_t offset;
	size_t width;
	uint64_t value;
	const char *key;
	const char *text;
};

/* Values as they are on the wire. */
#define U8(new)		.width = 1, .value = (new)
#define LE16(new)	.width = 2, .value = (new)
#define LE32(new)	.width = 4, .value = (new)
#define LE64(new)	.width = 8, .value = (new)

/* A field gets another value; the checksum fits. */
#define SPOIL_HEADER(field, new)					\
	{ .apply = spoil_header, new,					\
	  .offset = offsetof(struct vmig_stream_header, field) }
#define SPOIL_RECORD(record, field, new)				\
	{ .apply = spoil_record, .number = (record), new,		\
	  .offset = offsetof(struct vmig_record_header, field) }
#define SPOIL_STATE(field, new)						\
	{ .apply = spoil_payload, .number = NUMBER_STATE, new,		\
	  .offset = offsetof(struct mcopy_state, field) }
/* A payload gets another length; what is new in it is zero. */
#define SPOIL_LENGTH(record, new)					\
	{ .apply = spoil_length, .number = (record), .value = (new) }
/* A key of the self line gets another value. */
#define SPOIL_SELF(name, new)						\
	{ .apply = spoil_self, .key = (name), .text = (new) }
/* Any other. */
#define SPOIL_BY(function)						\
	{ .by = (function) }

/* All return 0 or a negative errno. */
int spoil_apply(struct buffer *stream, const struct spoil *spoil);

int spoil_header(struct buffer *stream, const struct spoil *spoil);
int spoil_record(struct buffer *stream, const struct spoil *spoil);
int spoil_payload(struct buffer *stream, const struct spoil *spoil);
int spoil_length(struct buffer *stream, const struct spoil *spoil);
int spoil_self(struct buffer *stream, const struct spoil *spoil);

/* Checksums that don't fit. */
int spoil_header_crc(struct buffer *stream);
int spoil_record_crc(struct buffer *stream);
int spoil_payload_bit(struct buffer *stream);

/* A reader older than any. */
int spoil_min_reader(struct buffer *stream);

/* Order and number. */
int spoil_swap(struct buffer *stream);
int spoil_lost(struct buffer *stream);
int spoil_no_self(struct buffer *stream);
int spoil_self_twice(struct buffer *stream);
int spoil_optional_first(struct buffer *stream);
int spoil_memory_late(struct buffer *stream);
int spoil_no_state(struct buffer *stream);
int spoil_state_twice(struct buffer *stream);

/* One good page, and one behind the end of the memory. */
int spoil_memory_beyond(struct buffer *stream);

/* END's totals, and what comes after it. */
int spoil_end_records(struct buffer *stream);
int spoil_end_bytes(struct buffer *stream);
int spoil_trailing_byte(struct buffer *stream);
int spoil_trailing_record(struct buffer *stream);

/* A byte in the self line that can't be printed. */
int spoil_self_binary(struct buffer *stream);

/*
 * And what is within the rules: a later version or another source might send
 * it, and all of it is taken.
 */
int odd_version(struct buffer *stream);
int odd_optional_records(struct buffer *stream);
int odd_memory_twice(struct buffer *stream);
int odd_large_record(struct buffer *stream);
int odd_broken_off(struct buffer *stream);
int odd_two_sessions(struct buffer *stream);

#endif /* VMIG_TEST_SPOIL_H */
