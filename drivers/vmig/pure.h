/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the pure files may use. They are compiled into the module and, with
 * sanitizers, into the unit tests, so nothing of the kernel beyond fixed-width
 * types, string functions and the checksum may appear in them.
 */
#ifndef VMIG_PURE_H
#define VMIG_PURE_H

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/byteorder.h>

#define vmig_get16(value)	le16_to_cpu(value)
#define vmig_get32(value)	le32_to_cpu(value)
#define vmig_get64(value)	le64_to_cpu(value)
#define vmig_put16(value)	cpu_to_le16(value)
#define vmig_put32(value)	cpu_to_le32(value)
#define vmig_put64(value)	cpu_to_le64(value)
#else
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <linux/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define vmig_get16(value)	le16toh(value)
#define vmig_get32(value)	le32toh(value)
#define vmig_get64(value)	le64toh(value)
#define vmig_put16(value)	htole16(value)
#define vmig_put32(value)	htole32(value)
#define vmig_put64(value)	htole64(value)
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#endif

/**
 * vmig_crc32c() - CRC32C without initial value and final xor
 * @crc:	what the bytes before came to
 * @data:	the next bytes
 * @length:	how many
 *
 * Each build brings its own: the kernel's is the fastest there.
 *
 * Return: what all the bytes came to.
 */
u32 vmig_crc32c(u32 crc, const void *data, size_t length);

#endif /* VMIG_PURE_H */
