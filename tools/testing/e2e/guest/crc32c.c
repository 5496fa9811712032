// SPDX-License-Identifier: GPL-2.0
/*
 * CRC32C three ways: by instruction, by table, and by joining checksums that
 * are known already.
 *
 * The guest runs on an emulated processor where the instruction may cost more
 * than eight table look-ups, so both are timed once and the faster one is
 * used; their results are compared on the way.
 */
#include <stdlib.h>
#include <time.h>

#include "crc32c.h"

#define POLYNOMIAL	0x82f63b78u
#define PAGE_WORDS	512

static uint32_t table[8][256];
static uint32_t page_shift[4][256];
static const char *chosen = "table";

uint32_t (*crc32c_words)(uint32_t crc, uint64_t first, uint64_t step,
			 unsigned int count);

static inline uint32_t table_word(uint32_t crc, uint64_t word)
{
	word ^= crc;
	return table[7][word & 0xff] ^ table[6][(word >> 8) & 0xff] ^
	       table[5][(word >> 16) & 0xff] ^ table[4][(word >> 24) & 0xff] ^
	       table[3][(word >> 32) & 0xff] ^ table[2][(word >> 40) & 0xff] ^
	       table[1][(word >> 48) & 0xff] ^ table[0][word >> 56];
}

static uint32_t table_words(uint32_t crc, uint64_t word, uint64_t step,
			    unsigned int count)
{
	while (count--) {
		crc = table_word(crc, word);
		word += step;
	}
	return crc;
}

__attribute__((target("sse4.2")))
static uint32_t sse_words(uint32_t crc, uint64_t word, uint64_t step,
			  unsigned int count)
{
	uint64_t wide = crc;

	while (count--) {
		wide = __builtin_ia32_crc32di(wide, word);
		word += step;
	}
	return wide;
}

uint32_t crc32c_word(uint32_t crc, uint64_t word)
{
	return table_word(crc, word);
}

uint32_t crc32c_bytes(uint32_t crc, const void *data, unsigned long len)
{
	const uint8_t *byte = data;

	while (len--)
		crc = crc >> 8 ^ table[0][(crc ^ *byte++) & 0xff];
	return crc;
}

static uint32_t shift_page(uint32_t crc)
{
	return page_shift[0][crc & 0xff] ^ page_shift[1][(crc >> 8) & 0xff] ^
	       page_shift[2][(crc >> 16) & 0xff] ^ page_shift[3][crc >> 24];
}

uint32_t crc32c_join_page(uint32_t crc_a, uint32_t crc_page)
{
	return shift_page(crc_a) ^ crc_page;
}

static void init_tables(void)
{
	for (unsigned int i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		table[0][i] = crc;
	}
	for (int t = 1; t < 8; t++)
		for (unsigned int i = 0; i < 256; i++)
			table[t][i] = table[t - 1][i] >> 8 ^
				      table[0][table[t - 1][i] & 0xff];
}

/* Running a page of zeros through the register is linear: 32 bits tell all. */
static void init_page_shift(void)
{
	uint32_t bits[32];

	for (int b = 0; b < 32; b++)
		bits[b] = table_words(1u << b, 0, 0, PAGE_WORDS);
	for (int t = 0; t < 4; t++)
		for (unsigned int i = 0; i < 256; i++)
			for (int b = 0; b < 8; b++)
				if (i & 1u << b)
					page_shift[t][i] ^= bits[8 * t + b];
}

static uint64_t time_of(uint32_t (*fn)(uint32_t, uint64_t, uint64_t,
				       unsigned int), uint32_t *crc)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < 8; i++)
		*crc = fn(*crc, 12345 + i, 0x123456789abcdefULL, PAGE_WORDS);
	clock_gettime(CLOCK_MONOTONIC, &b);
	return (b.tv_sec - a.tv_sec) * 1000000000ULL + b.tv_nsec - a.tv_nsec;
}

void crc32c_init(void)
{
	uint32_t a = ~0u, b = ~0u;

	init_tables();
	init_page_shift();
	crc32c_words = table_words;
	if (!__builtin_cpu_supports("sse4.2"))
		return;
	/* The first call translates the code; only the second is timed. */
	time_of(table_words, &a);
	time_of(sse_words, &b);
	if (time_of(sse_words, &b) < time_of(table_words, &a)) {
		crc32c_words = sse_words;
		chosen = "sse4.2";
	}
	if (a != b)
		abort();
}

const char *crc32c_name(void)
{
	return chosen;
}
