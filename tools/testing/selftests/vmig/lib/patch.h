/* SPDX-License-Identifier: GPL-2.0 */
/* Changing a stream, so that exactly one thing in it is wrong. */
#ifndef VMIG_TEST_PATCH_H
#define VMIG_TEST_PATCH_H

#include "stream.h"

/* Make the header's checksum fit what the header says now. */
void patch_seal_header(struct buffer *stream);

/* Make a record's checksum fit what it says now. */
void patch_seal(const struct record *record);

/* Number all sessions in a buffer from 1, wherever they start, and seal. */
void patch_sessions(struct buffer *stream);

/* The others return 0 or a negative errno. */

/* Number all records anew, correct END's totals and all checksums. */
int patch_settle(struct buffer *stream);

/* Remove record @number. */
int patch_remove(struct buffer *stream, unsigned int number);

/* Put a record before record @number; its sequence number is @number. */
int patch_insert(struct buffer *stream, unsigned int number, uint16_t type,
		 uint16_t flags, const void *payload, uint32_t length);

/* Exchange the places of two records; they keep their content. */
int patch_swap(struct buffer *stream, unsigned int first, unsigned int second);

/* Give record @number another payload. */
int patch_payload(struct buffer *stream, unsigned int number,
		  const void *payload, uint32_t length);

/**
 * patch_self() - change a value in the self line and settle the stream
 * @stream:	the bytes
 * @key:	for example "ver"
 * @value:	new value; a key that is not there is added at the end
 */
int patch_self(struct buffer *stream, const char *key, const char *value);

#endif /* VMIG_TEST_PATCH_H */
