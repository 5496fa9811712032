/* SPDX-License-Identifier: GPL-2.0 */
/* A stream with all kinds of records in which one field is wrong. */
#ifndef VMIG_UNIT_SPOIL_H
#define VMIG_UNIT_SPOIL_H

#include "verdict.h"

/* Its pieces, as build_order() takes them and as a test names them. */
#define CANONICAL	"HSMOMTE"
enum { HEADER, SELF, MEMORY, OPTIONAL, MEMORY2, STATE, END, PIECES };

/**
 * struct spoil - a wrong value and what it must lead to
 * @name:	of the case
 * @piece:	that the field is in
 * @field:	FIELD()
 * @value:	wrong value
 * @reason:	why it is refused
 * @err:	its errno
 * @blamed:	name of the field in the refusal
 */
struct spoil {
	const char *name;
	unsigned int piece;
	unsigned int field;
	u64 value;
	enum vmig_reason reason;
	int err;
	const char *blamed;
};

void canonical(struct builder *stream);

/*
 * With this value and a checksum that is right for it, the canonical stream is
 * refused with the last byte of that piece's header.
 */
void assert_spoilt(const struct spoil *spoil);
void assert_all_spoilt(const struct spoil *spoils, size_t count);
/* The same for each single bit of the field from this one up. */
void assert_each_bit_spoilt(struct spoil spoil, unsigned int first);

#endif /* VMIG_UNIT_SPOIL_H */
