/* SPDX-License-Identifier: GPL-2.0 */
/* Writing a text of limited length, piece by piece. */
#ifndef VMIG_TEXT_H
#define VMIG_TEXT_H

#include "pure.h"

/**
 * struct vmig_text - a text that grows
 * @at:		where it is; NULL to learn only its length
 * @size:	room there, the zero byte included
 * @length:	what it came to so far, whether there was room or not
 */
struct vmig_text {
	char *at;
	size_t size;
	size_t length;
};

/**
 * vmig_text_bytes() - append
 * @text:	to what
 * @bytes:	what
 * @count:	how many bytes
 *
 * What does not fit is not written, but counted.
 */
void vmig_text_bytes(struct vmig_text *text, const char *bytes, size_t count);

/* The same for a string that ends with a zero byte. */
void vmig_text_add(struct vmig_text *text, const char *string);

/* The same for a number, in decimal. */
void vmig_text_number(struct vmig_text *text, u32 number);

/* The same for four digits of a hexadecimal number. */
void vmig_text_hex4(struct vmig_text *text, u16 number);

/**
 * vmig_text_end() - put the zero byte
 * @text:	the text
 * @max:	length that it may have
 *
 * Return: its length without the zero byte, or -E2BIG if it is longer than
 * @max or did not fit; then what was written is of no use.
 */
int vmig_text_end(struct vmig_text *text, size_t max);

#endif /* VMIG_TEXT_H */
