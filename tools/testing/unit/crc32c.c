// SPDX-License-Identifier: GPL-2.0
/* vmig_crc32c() for this build: eight tables, eight bytes at a time. */
#include "pure.h"

#define POLYNOMIAL	0x82f63b78U	/* Castagnoli's, bits reversed */
#define SLICES		8

static u32 tables[SLICES][256];

__attribute__((constructor)) static void fill_tables(void)
{
	unsigned int byte, slice, bit;

	for (byte = 0; byte < ARRAY_SIZE(tables[0]); byte++) {
		u32 crc = byte;

		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		tables[0][byte] = crc;
	}
	for (slice = 1; slice < SLICES; slice++) {
		for (byte = 0; byte < ARRAY_SIZE(tables[0]); byte++) {
			u32 crc = tables[slice - 1][byte];

			tables[slice][byte] = crc >> 8 ^ tables[0][crc & 0xff];
		}
	}
}

static u32 eight_bytes(u32 crc, const u8 *at)
{
	u32 low, high;

	memcpy(&low, at, sizeof(low));
	memcpy(&high, at + sizeof(low), sizeof(high));
	low = le32toh(low) ^ crc;
	high = le32toh(high);
	return tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^
	       tables[5][low >> 16 & 0xff] ^ tables[4][low >> 24] ^
	       tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^
	       tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
}

u32 vmig_crc32c(u32 crc, const void *data, size_t length)
{
	const u8 *at = data;

	for (; length >= SLICES; length -= SLICES, at += SLICES)
		crc = eight_bytes(crc, at);
	for (; length; length--, at++)
		crc = crc >> 8 ^ tables[0][(crc ^ *at) & 0xff];
	return crc;
}
