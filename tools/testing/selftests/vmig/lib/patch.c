// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "patch.h"

void patch_seal_header(struct buffer *stream)
{
	struct vmig_stream_header *head = stream_header(stream);

	if (head)
		head->crc = htole32(crc32c(0, head, offsetof(typeof(*head), crc)));
}

void patch_sessions(struct buffer *stream)
{
	const uint64_t magic = htole64(VMIG_STREAM_MAGIC);
	uint64_t number = 0;
	size_t at;

	for (at = 0; at + STREAM_HEADER <= stream->length; at++) {
		struct buffer rest = {
			.data = stream->data + at,
			.length = stream->length - at,
		};

		if (memcmp(rest.data, &magic, sizeof(magic)))
			continue;
		stream_header(&rest)->session = htole64(++number);
		patch_seal_header(&rest);
	}
}

void patch_seal(const struct record *record)
{
	struct vmig_record_header *head = record->head;
	uint32_t crc;

	head->head_crc = htole32(crc32c(0, head, offsetof(typeof(*head),
							  head_crc)));
	crc = crc32c(0, head, offsetof(typeof(*head), crc));
	/* The length in the buffer may be a lie by now; this one is not. */
	head->crc = htole32(crc32c(crc, record->payload, record->length));
}

static void correct_totals(const struct record *record, unsigned int number)
{
	const struct vmig_end end = {
		.records = htole64(number),
		.bytes = htole64(record->offset),
	};

	if (record->type == VMIG_RECORD_END && record->length == sizeof(end))
		memcpy(record->payload, &end, sizeof(end));
}

int patch_settle(struct buffer *stream)
{
	size_t offset = STREAM_HEADER;
	struct record record;
	unsigned int number;
	int ret;

	if (!stream_header(stream))
		return -ENODATA;
	patch_seal_header(stream);
	for (number = 0; ; number++) {
		ret = stream_next(stream, &offset, &record);
		if (ret <= 0)
			return ret;
		record.head->sequence = htole32(number);
		correct_totals(&record, number);
		patch_seal(&record);
	}
}

int patch_remove(struct buffer *stream, unsigned int number)
{
	struct record record;
	int ret = stream_record(stream, number, &record);

	if (ret)
		return ret;
	return buffer_splice(stream, record.offset,
			     RECORD_HEADER + record.length, NULL, 0);
}

int patch_insert(struct buffer *stream, unsigned int number, uint16_t type,
		 uint16_t flags, const void *payload, uint32_t length)
{
	struct vmig_record_header head = {
		.type = htole16(type),
		.flags = htole16(flags),
		.length = htole32(length),
		.sequence = htole32(number),
	};
	uint32_t crc = crc32c(0, &head, offsetof(typeof(head), crc));
	struct record before;
	size_t offset = stream->length;
	int ret = stream_record(stream, number, &before);

	if (ret && ret != -ENOENT)
		return ret;
	if (!ret)
		offset = before.offset;
	head.crc = htole32(crc32c(crc, payload, length));
	ret = buffer_splice(stream, offset, 0, payload, length);
	if (ret)
		return ret;
	return buffer_splice(stream, offset, 0, &head, sizeof(head));
}

int patch_swap(struct buffer *stream, unsigned int first, unsigned int second)
{
	struct record a, b;
	struct buffer other = { 0 };
	size_t end_a, end_b;
	int ret = stream_record(stream, first, &a);

	if (!ret)
		ret = stream_record(stream, second, &b);
	if (!ret && first >= second)
		ret = -EINVAL;
	if (ret)
		return ret;
	end_a = a.offset + RECORD_HEADER + a.length;
	end_b = b.offset + RECORD_HEADER + b.length;
	ret = buffer_append(&other, stream->data + b.offset, end_b - b.offset);
	if (!ret)
		ret = buffer_append(&other, stream->data + end_a,
				    b.offset - end_a);
	if (!ret)
		ret = buffer_append(&other, stream->data + a.offset,
				    end_a - a.offset);
	if (!ret)
		memcpy(stream->data + a.offset, other.data, other.length);
	buffer_free(&other);
	return ret;
}

int patch_payload(struct buffer *stream, unsigned int number,
		  const void *payload, uint32_t length)
{
	struct record record;
	int ret = stream_record(stream, number, &record);

	if (ret)
		return ret;
	record.head->length = htole32(length);
	ret = buffer_splice(stream, record.offset + RECORD_HEADER,
			    record.length, payload, length);
	if (!ret)
		ret = stream_record(stream, number, &record);
	if (!ret)
		patch_seal(&record);
	return ret;
}

/* Where the value of @key stands in @line, NULL if it does not. */
static const char *find_value(const char *line, const char *key)
{
	const size_t length = strlen(key);
	const char *at = line;

	while (at) {
		if (!strncmp(at, key, length) && at[length] == '=')
			return at + length + 1;
		at = strchr(at, ';');
		if (at)
			at++;
	}
	return NULL;
}

int patch_self(struct buffer *stream, const char *key, const char *value)
{
	char line[VMIG_SELF_MAX + 1];
	char changed[2 * VMIG_SELF_MAX];
	const char *at;
	struct record record;
	int ret = stream_record(stream, 0, &record);

	if (ret)
		return ret;
	if (record.type != VMIG_RECORD_SELF || record.length > VMIG_SELF_MAX)
		return -EBADMSG;
	memcpy(line, record.payload, record.length);
	line[record.length] = '\0';
	at = find_value(line, key);
	if (at)
		snprintf(changed, sizeof(changed), "%.*s%s%s",
			 (int)(at - line), line, value, at + strcspn(at, ";"));
	else
		snprintf(changed, sizeof(changed), "%s;%s=%s", line, key,
			 value);
	ret = patch_payload(stream, 0, changed, strlen(changed));
	return ret ? ret : patch_settle(stream);
}
