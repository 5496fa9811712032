/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Builds streams, good and bad ones, from the description in linux/vmig.h
 * alone: it shares no code with the writer, so the two check each other.
 *
 * A stream is a row of pieces: session headers and whole records. Tests change
 * single fields of a piece and seal it again with a right checksum, so that
 * what they wanted to be wrong is all that is wrong.
 */
#ifndef VMIG_UNIT_BUILDER_H
#define VMIG_UNIT_BUILDER_H

#include <uapi/linux/vmig.h>

#include "pure.h"

#define BUILDER_PIECES	128
#define BUILDER_HEAD	32		/* bytes of either kind of header */
#define BUILDER_PAGE	VMIG_MEMORY_ALIGN

/* Device memory that the streams of build_order() are made for. */
#define BUILDER_MEMORY	(3 * BUILDER_PAGE)

/* Types that no version defines. */
#define UNKNOWN_TYPE	0x1234

/**
 * struct piece - a session header or a record
 * @at:		offset in the stream
 * @length:	bytes, header included
 * @record:	its number in its session; 0 for a header
 * @type:	of the record; 0 for a header
 */
struct piece {
	size_t at;
	size_t length;
	u32 record;
	u16 type;
};

struct builder {
	u8 *bytes;
	size_t length;
	size_t room;
	struct piece pieces[BUILDER_PIECES];
	unsigned int count;
	u32 records;
	size_t session_at;
	bool old;	/* version 1, whose headers have no checksum */
};

/* Where a number is in a piece and how wide it is, as one number. */
#define FIELD(offset, width)	((unsigned int)((offset) * 16 + (width)))
#define FIELD_OFFSET(field)	((field) / 16)
#define FIELD_WIDTH(field)	((field) % 16)

#define HEADER_FIELD(name)						\
	FIELD(offsetof(struct vmig_stream_header, name),		\
	      sizeof(((struct vmig_stream_header *)NULL)->name))
#define RECORD_FIELD(name)						\
	FIELD(offsetof(struct vmig_record_header, name),		\
	      sizeof(((struct vmig_record_header *)NULL)->name))
#define END_FIELD(name)							\
	FIELD(BUILDER_HEAD + offsetof(struct vmig_end, name),		\
	      sizeof(((struct vmig_end *)NULL)->name))

void builder_init(struct builder *builder);
void builder_free(struct builder *builder);

/* Bytes as they are; they belong to no piece. */
void build_bytes(struct builder *builder, const void *data, size_t length);
void build_header(struct builder *builder, u64 session);
void build_record(struct builder *builder, u16 type, u16 flags, u64 address,
		  const void *payload, u32 length);
void build_end(struct builder *builder);

/**
 * build_order() - one piece for each letter
 * @builder:	appended to
 * @order:	H header, S self, M a page of memory, T state, E end, O unknown
 *		and optional, U unknown and mandatory
 *
 * Numbers and totals are right for the pieces that are there, even where the
 * order is not. Payloads differ from piece to piece. The pages are 2, 1, 0 and
 * so on.
 */
void build_order(struct builder *builder, const char *order);

/* The pieces of another stream in this order, byte for byte. */
void build_pick(struct builder *builder, const struct builder *from,
		const unsigned int *order, unsigned int count);

/* Overwrite a little-endian number; the checksum is not right after it. */
void patch(struct builder *builder, unsigned int piece, unsigned int field,
	   u64 value);
u64 peek(const struct builder *builder, unsigned int piece,
	 unsigned int field);
/* Make the checksums right again. */
void seal(struct builder *builder, unsigned int piece);

#endif /* VMIG_UNIT_BUILDER_H */
