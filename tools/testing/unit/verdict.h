/* SPDX-License-Identifier: GPL-2.0 */
/* What a reader must answer to a stream that it refuses, and the check. */
#ifndef VMIG_UNIT_VERDICT_H
#define VMIG_UNIT_VERDICT_H

#include "builder.h"
#include "recorder.h"

/* struct verdict @at: no byte is refused, vmig_reader_finish() does it. */
#define AT_FINISH	((size_t)-1)

/**
 * struct verdict - a refusal as a caller sees it
 * @reason:	why
 * @err:	what feed or finish return
 * @type:	of the record
 * @record:	its number
 * @field:	NULL if it is no field
 * @at:		how many bytes are taken, the one that is refused included, when
 *		they come one at a time
 * @pieces:	session headers and records before it, all of them good
 */
struct verdict {
	enum vmig_reason reason;
	int err;
	u16 type;
	u32 record;
	const char *field;
	size_t at;
	unsigned int pieces;
};

/**
 * replay() - call what a reader has to call for the first pieces of a stream
 * @recorder:	its callbacks; its reader is not used
 * @stream:	the stream
 * @pieces:	how many of its pieces
 */
void replay(struct recorder *recorder, const struct builder *stream,
	    unsigned int pieces);

/* A fault that the header of this piece shows: refused with its last byte. */
struct verdict in_head(const struct builder *builder, unsigned int piece,
		       enum vmig_reason reason, int err, const char *field);
/* A fault that only the whole piece shows. */
struct verdict in_piece(const struct builder *builder, unsigned int piece,
			enum vmig_reason reason, int err, const char *field);

/**
 * assert_refused() - the stream gets this verdict, however it is cut
 * @name:	of the case, for the message
 * @stream:	the bytes
 * @memory_size: of the device
 * @want:	the verdict
 *
 * Fed whole, a byte at a time and in odd sizes. Each time the rest of the stream
 * and then a good one are offered, which must get the same errno, and in the
 * end what reached the callbacks must be the pieces before the fault, no more.
 */
void assert_refused(const char *name, const struct builder *stream,
		    u64 memory_size, const struct verdict *want);

/* The same with fragments of one size only; SIZE_MAX for all at once. */
void assert_refused_in_steps(const char *name, struct recorder *recorder,
			     const struct builder *stream, size_t step,
			     const struct verdict *want);

/* The reader takes the stream, however it is cut. */
void assert_accepted(const char *name, const struct builder *stream,
		     u64 memory_size);

#endif /* VMIG_UNIT_VERDICT_H */
