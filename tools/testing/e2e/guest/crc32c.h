/* SPDX-License-Identifier: GPL-2.0 */
#ifndef E2E_CRC32C_H
#define E2E_CRC32C_H

#include <stdint.h>

/*
 * All of these work on the bare register: callers that want the customary
 * checksum start with ~0 and invert the result.
 */
void crc32c_init(void);
const char *crc32c_name(void);

/* Feeds one little-endian word; picked once for speed by crc32c_init(). */
extern uint32_t (*crc32c_words)(uint32_t crc, uint64_t first, uint64_t step,
				unsigned int count);
uint32_t crc32c_word(uint32_t crc, uint64_t word);
uint32_t crc32c_bytes(uint32_t crc, const void *data, unsigned long len);

/* Checksum of A followed by one page, from the two customary checksums. */
uint32_t crc32c_join_page(uint32_t crc_a, uint32_t crc_page);

#endif
