/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A reader and a patcher of the device stream, written from linux/vmig.h
 * alone: what the driver writes and what it refuses is judged by other code
 * than its own.
 *
 * Record numbers count from the first header of the buffer; all of it is
 * taken as one session unless a function says otherwise.
 */
#ifndef VMIG_TEST_STREAM_H
#define VMIG_TEST_STREAM_H

#include <stdint.h>
#include <linux/vmig.h>

#include "buffer.h"

#define STREAM_HEADER	sizeof(struct vmig_stream_header)
#define RECORD_HEADER	sizeof(struct vmig_record_header)

/**
 * struct record - one record, found in a buffer
 * @offset:	of its header in the buffer
 * @type:	enum vmig_record_type
 * @flags:	VMIG_RECORD_MANDATORY or 0
 * @length:	of the payload
 * @sequence:	as it says itself
 * @address:	of a MEMORY record
 * @head:	the header in the buffer; a change needs stream_seal()
 * @payload:	the payload in the buffer
 */
struct record {
	size_t offset;
	uint16_t type;
	uint16_t flags;
	uint32_t length;
	uint32_t sequence;
	uint64_t address;
	struct vmig_record_header *head;
	uint8_t *payload;
};

/* CRC32C as in iSCSI; @crc is that of the bytes before, 0 if there are none. */
uint32_t crc32c(uint32_t crc, const void *data, size_t length);

/* The header of the session. NULL if there are too few bytes. */
struct vmig_stream_header *stream_header(const struct buffer *stream);

/**
 * stream_next() - the record at an offset
 * @stream:	the bytes
 * @offset:	of the record, or of the end; moves behind the record
 * @record:	the answer
 *
 * Return: 1, 0 at the end of the bytes, -ENODATA if they end within it.
 */
int stream_next(const struct buffer *stream, size_t *offset,
		struct record *record);

/* Record @number. Return: 0 or a negative errno. */
int stream_record(const struct buffer *stream, unsigned int number,
		  struct record *record);

/* The @nth record of a type, from 0. Return: its number or -ENOENT. */
int stream_find(const struct buffer *stream, unsigned int type,
		unsigned int nth, struct record *record);

/* Records of a type. */
unsigned int stream_count(const struct buffer *stream, unsigned int type);

/**
 * stream_check() - is this one complete session as linux/vmig.h describes it?
 * @stream:	the bytes
 * @memory_size: of the device
 *
 * Return: 0 or -EBADMSG.
 */
int stream_check(const struct buffer *stream, uint64_t memory_size);

#endif /* VMIG_TEST_STREAM_H */
