// SPDX-License-Identifier: GPL-2.0
/* Writing a text of limited length, piece by piece. */
#include "text.h"

#define HEX_DIGITS	4
#define HEX_DIGIT_BITS	4

void vmig_text_bytes(struct vmig_text *text, const char *bytes, size_t count)
{
	if (text->at && text->length < text->size &&
	    count < text->size - text->length)
		memcpy(text->at + text->length, bytes, count);
	text->length += count;
}

void vmig_text_add(struct vmig_text *text, const char *string)
{
	vmig_text_bytes(text, string, strlen(string));
}

void vmig_text_number(struct vmig_text *text, u32 number)
{
	char digits[sizeof("4294967295")];
	size_t first = sizeof(digits);

	do {
		digits[--first] = '0' + number % 10;
		number /= 10;
	} while (number);
	vmig_text_bytes(text, digits + first, sizeof(digits) - first);
}

void vmig_text_hex4(struct vmig_text *text, u16 number)
{
	char digits[HEX_DIGITS];
	unsigned int i;

	for (i = HEX_DIGITS; i--; number >>= HEX_DIGIT_BITS)
		digits[i] = "0123456789abcdef"[number % 16];
	vmig_text_bytes(text, digits, sizeof(digits));
}

int vmig_text_end(struct vmig_text *text, size_t max)
{
	if (text->length > max || text->length >= text->size)
		return -E2BIG;
	text->at[text->length] = '\0';
	return text->length;
}
