// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "stream.h"

#define CRC32C_POLYNOMIAL	0x82f63b78U	/* reflected */

static void make_table(uint32_t table[256])
{
	unsigned int i, bit;

	for (i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ CRC32C_POLYNOMIAL : crc >> 1;
		table[i] = crc;
	}
}

uint32_t crc32c(uint32_t crc, const void *data, size_t length)
{
	static uint32_t table[256];
	const uint8_t *at = data;

	if (!table[1])
		make_table(table);
	crc = ~crc;
	while (length--)
		crc = crc >> 8 ^ table[(crc ^ *at++) & 0xff];
	return ~crc;
}

struct vmig_stream_header *stream_header(const struct buffer *stream)
{
	if (stream->length < STREAM_HEADER)
		return NULL;
	return (struct vmig_stream_header *)stream->data;
}

int stream_next(const struct buffer *stream, size_t *offset,
		struct record *record)
{
	struct vmig_record_header head;
	size_t left = stream->length - *offset;

	if (!left)
		return 0;
	if (left < RECORD_HEADER)
		return -ENODATA;
	memcpy(&head, stream->data + *offset, sizeof(head));
	record->offset = *offset;
	record->type = le16toh(head.type);
	record->flags = le16toh(head.flags);
	record->length = le32toh(head.length);
	record->sequence = le32toh(head.sequence);
	record->address = le64toh(head.address);
	record->head = (void *)(stream->data + *offset);
	record->payload = stream->data + *offset + RECORD_HEADER;
	if (left - RECORD_HEADER < record->length)
		return -ENODATA;
	*offset += RECORD_HEADER + record->length;
	return 1;
}

int stream_record(const struct buffer *stream, unsigned int number,
		  struct record *record)
{
	size_t offset = STREAM_HEADER;
	int ret;

	if (!stream_header(stream))
		return -ENODATA;
	do {
		ret = stream_next(stream, &offset, record);
		if (ret <= 0)
			return ret ? ret : -ENOENT;
	} while (number--);
	return 0;
}

int stream_find(const struct buffer *stream, unsigned int type,
		unsigned int nth, struct record *record)
{
	size_t offset = STREAM_HEADER;
	int number;

	if (!stream_header(stream))
		return -ENOENT;
	for (number = 0; stream_next(stream, &offset, record) > 0; number++)
		if (record->type == type && !nth--)
			return number;
	return -ENOENT;
}

unsigned int stream_count(const struct buffer *stream, unsigned int type)
{
	size_t offset = STREAM_HEADER;
	struct record record;
	unsigned int count = 0;

	if (!stream_header(stream))
		return 0;
	while (stream_next(stream, &offset, &record) > 0)
		count += record.type == type;
	return count;
}

static bool header_is_good(const struct buffer *stream)
{
	const struct vmig_stream_header *head = stream_header(stream);

	return head && le64toh(head->magic) == VMIG_STREAM_MAGIC &&
	       le16toh(head->version) >= 1 &&
	       le16toh(head->min_reader) >= 1 &&
	       le16toh(head->min_reader) <= le16toh(head->version) &&
	       !head->flags && !head->reserved &&
	       le32toh(head->crc) == crc32c(0, head, offsetof(typeof(*head), crc));
}

/* In sessions of the first version the field is reserved. */
static uint32_t expected_head_crc(const struct record *record,
				  unsigned int version)
{
	if (version < VMIG_VERSION_HEAD_CRC)
		return 0;
	return crc32c(0, record->head,
		      offsetof(struct vmig_record_header, head_crc));
}

static bool record_is_good(const struct record *record, unsigned int number,
			   unsigned int version)
{
	uint32_t crc = crc32c(0, record->head,
			      offsetof(struct vmig_record_header, crc));

	crc = crc32c(crc, record->payload, record->length);
	return record->sequence == number &&
	       record->flags == VMIG_RECORD_MANDATORY &&
	       record->length <= VMIG_PAYLOAD_MAX &&
	       !record->head->reserved &&
	       le32toh(record->head->head_crc) ==
			expected_head_crc(record, version) &&
	       (record->type == VMIG_RECORD_MEMORY || !record->address) &&
	       le32toh(record->head->crc) == crc;
}

static bool memory_is_good(const struct record *record, uint64_t memory_size)
{
	return record->length && record->length % VMIG_MEMORY_ALIGN == 0 &&
	       record->address % VMIG_MEMORY_ALIGN == 0 &&
	       record->address <= memory_size &&
	       record->length <= memory_size - record->address;
}

static bool end_is_good(const struct record *record)
{
	struct vmig_end end;

	if (record->length != sizeof(end))
		return false;
	memcpy(&end, record->payload, sizeof(end));
	return le64toh(end.records) == record->sequence &&
	       le64toh(end.bytes) == record->offset;
}

/* SELF MEMORY* STATE END, by what came before. */
static bool follows(unsigned int type, unsigned int before)
{
	switch (type) {
	case VMIG_RECORD_SELF:
		return !before;
	case VMIG_RECORD_MEMORY:
	case VMIG_RECORD_STATE:
		return before == VMIG_RECORD_SELF ||
		       before == VMIG_RECORD_MEMORY;
	case VMIG_RECORD_END:
		return before == VMIG_RECORD_STATE;
	}
	return false;
}

int stream_check(const struct buffer *stream, uint64_t memory_size)
{
	size_t offset = STREAM_HEADER;
	unsigned int before = 0;
	struct record record;
	unsigned int number, version;

	if (!header_is_good(stream))
		return -EBADMSG;
	version = le16toh(stream_header(stream)->version);
	for (number = 0; stream_next(stream, &offset, &record) > 0; number++) {
		if (!record_is_good(&record, number, version) ||
		    !follows(record.type, before))
			return -EBADMSG;
		if (record.type == VMIG_RECORD_MEMORY &&
		    !memory_is_good(&record, memory_size))
			return -EBADMSG;
		if (record.type == VMIG_RECORD_END && !end_is_good(&record))
			return -EBADMSG;
		before = record.type;
	}
	return before == VMIG_RECORD_END && offset == stream->length ?
	       0 : -EBADMSG;
}
