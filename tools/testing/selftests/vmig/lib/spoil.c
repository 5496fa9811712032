// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "mcopy.h"
#include "patch.h"
#include "spoil.h"

int spoil_apply(struct buffer *stream, const struct spoil *spoil)
{
	return spoil->by ? spoil->by(stream) : spoil->apply(stream, spoil);
}

/* Little-endian, of any width up to 8. */
static void store(void *field, const struct spoil *spoil)
{
	const uint64_t value = htole64(spoil->value);

	memcpy(field, &value, spoil->width);
}

int spoil_header(struct buffer *stream, const struct spoil *spoil)
{
	store(stream->data + spoil->offset, spoil);
	patch_seal_header(stream);
	return 0;
}

int spoil_record(struct buffer *stream, const struct spoil *spoil)
{
	struct record record;
	int ret = stream_record(stream, spoil->number, &record);

	if (ret)
		return ret;
	store((uint8_t *)record.head + spoil->offset, spoil);
	patch_seal(&record);
	return 0;
}

int spoil_payload(struct buffer *stream, const struct spoil *spoil)
{
	struct record record;
	int ret = stream_record(stream, spoil->number, &record);

	if (ret)
		return ret;
	if (spoil->offset + spoil->width > record.length)
		return -ERANGE;
	store(record.payload + spoil->offset, spoil);
	patch_seal(&record);
	return 0;
}

int spoil_length(struct buffer *stream, const struct spoil *spoil)
{
	struct buffer payload = { 0 };
	struct record record;
	void *to;
	int ret = stream_record(stream, spoil->number, &record);

	if (ret)
		return ret;
	to = buffer_extend(&payload, spoil->value);
	if (!to)
		return -ENOMEM;
	memset(to, 0, spoil->value);
	memcpy(to, record.payload, spoil->value < record.length ?
				   spoil->value : record.length);
	ret = patch_payload(stream, spoil->number, to, spoil->value);
	buffer_free(&payload);
	return ret ? ret : patch_settle(stream);
}

int spoil_self(struct buffer *stream, const struct spoil *spoil)
{
	return patch_self(stream, spoil->key, spoil->text);
}

int spoil_header_crc(struct buffer *stream)
{
	stream_header(stream)->crc ^= htole32(1);
	return 0;
}

int spoil_record_crc(struct buffer *stream)
{
	struct record record;
	int ret = stream_record(stream, NUMBER_MEMORY, &record);

	if (!ret)
		record.head->crc ^= htole32(0x100);
	return ret;
}

int spoil_payload_bit(struct buffer *stream)
{
	struct record record;
	int ret = stream_record(stream, NUMBER_MEMORY, &record);

	if (!ret)
		record.payload[record.length - 1] ^= 0x80;
	return ret;
}

int spoil_min_reader(struct buffer *stream)
{
	struct vmig_stream_header *head = stream_header(stream);

	head->version = htole16(VMIG_STREAM_VERSION + 1);
	head->min_reader = head->version;
	patch_seal_header(stream);
	return 0;
}

int spoil_swap(struct buffer *stream)
{
	return patch_swap(stream, NUMBER_FIRST, NUMBER_MEMORY);
}

int spoil_lost(struct buffer *stream)
{
	return patch_remove(stream, NUMBER_MEMORY);
}

static int leave_out(struct buffer *stream, unsigned int number)
{
	int ret = patch_remove(stream, number);

	return ret ? ret : patch_settle(stream);
}

int spoil_no_self(struct buffer *stream)
{
	return leave_out(stream, NUMBER_SELF);
}

int spoil_no_state(struct buffer *stream)
{
	return leave_out(stream, NUMBER_STATE);
}

/* A copy of record @number behind it; a MEMORY record must be the first. */
static int repeat(struct buffer *stream, unsigned int number)
{
	struct buffer payload = { 0 };
	struct record record;
	int ret = stream_record(stream, number, &record);

	if (!ret)
		ret = buffer_append(&payload, record.payload, record.length);
	if (!ret)
		ret = patch_insert(stream, number + 1, record.type,
				   record.flags, payload.data, payload.length);
	buffer_free(&payload);
	return ret ? ret : patch_settle(stream);
}

int spoil_self_twice(struct buffer *stream)
{
	return repeat(stream, NUMBER_SELF);
}

int spoil_state_twice(struct buffer *stream)
{
	return repeat(stream, NUMBER_STATE);
}

static int insert_optional(struct buffer *stream, unsigned int number)
{
	static const char payload[] = "from a later version";
	int ret = patch_insert(stream, number, TYPE_UNKNOWN, 0, payload,
			       sizeof(payload));

	return ret ? ret : patch_settle(stream);
}

int spoil_optional_first(struct buffer *stream)
{
	return insert_optional(stream, NUMBER_SELF);
}

int spoil_memory_late(struct buffer *stream)
{
	int ret = patch_swap(stream, NUMBER_STATE - 1, NUMBER_STATE);

	return ret ? ret : patch_settle(stream);
}

int spoil_memory_beyond(struct buffer *stream)
{
	const struct spoil longer = SPOIL_LENGTH(NUMBER_MEMORY,
						 2 * VMIG_MEMORY_ALIGN);
	const struct spoil last = SPOIL_RECORD(NUMBER_MEMORY, address,
					       LE64(MCOPY_UNIT_SIZE -
						    VMIG_MEMORY_ALIGN));
	int ret = spoil_apply(stream, &longer);

	return ret ? ret : spoil_apply(stream, &last);
}

static int change_totals(struct buffer *stream, uint64_t records,
			 uint64_t bytes)
{
	struct record record;
	struct vmig_end end;
	int ret = stream_record(stream, NUMBER_END, &record);

	if (ret)
		return ret;
	memcpy(&end, record.payload, sizeof(end));
	end.records = htole64(le64toh(end.records) + records);
	end.bytes = htole64(le64toh(end.bytes) + bytes);
	return patch_payload(stream, NUMBER_END, &end, sizeof(end));
}

int spoil_end_records(struct buffer *stream)
{
	return change_totals(stream, 1, 0);
}

int spoil_end_bytes(struct buffer *stream)
{
	return change_totals(stream, 0, -1);
}

int spoil_trailing_byte(struct buffer *stream)
{
	return buffer_append(stream, "", 1);
}

int spoil_trailing_record(struct buffer *stream)
{
	return patch_insert(stream, NUMBER_END + 1, TYPE_UNKNOWN, 0, "x", 1);
}

int spoil_self_binary(struct buffer *stream)
{
	struct record record;
	int ret = stream_record(stream, NUMBER_SELF, &record);

	if (ret)
		return ret;
	record.payload[record.length - 1] = '\n';
	patch_seal(&record);
	return 0;
}

int odd_version(struct buffer *stream)
{
	stream_header(stream)->version = htole16(VMIG_STREAM_VERSION + 1);
	patch_seal_header(stream);
	return 0;
}

int odd_optional_records(struct buffer *stream)
{
	int ret = insert_optional(stream, NUMBER_END);

	return ret ? ret : insert_optional(stream, NUMBER_FIRST);
}

/* The first page comes as junk, and then as it is. */
int odd_memory_twice(struct buffer *stream)
{
	struct record record;
	int ret = repeat(stream, NUMBER_FIRST);

	if (!ret)
		ret = stream_record(stream, NUMBER_FIRST, &record);
	if (ret)
		return ret;
	memset(record.payload, 0xaa, record.length);
	patch_seal(&record);
	return 0;
}

/* The first two pages in one record. */
int odd_large_record(struct buffer *stream)
{
	uint8_t memory[2 * MCOPY_PAGE];
	struct record record;
	int ret = stream_record(stream, NUMBER_FIRST, &record);

	if (!ret && record.length != MCOPY_PAGE)
		ret = -EBADMSG;
	if (ret)
		return ret;
	memcpy(memory, record.payload, MCOPY_PAGE);
	ret = stream_record(stream, NUMBER_MEMORY, &record);
	if (ret)
		return ret;
	memcpy(memory + MCOPY_PAGE, record.payload, MCOPY_PAGE);
	ret = patch_payload(stream, NUMBER_FIRST, memory, sizeof(memory));
	return ret ? ret : leave_out(stream, NUMBER_MEMORY);
}

/* The beginning of it, and then all of it. */
int odd_broken_off(struct buffer *stream)
{
	struct buffer whole = { 0 };
	struct record record;
	int ret = stream_record(stream, NUMBER_MEMORY, &record);

	if (!ret)
		ret = buffer_copy(&whole, stream);
	if (!ret)
		ret = buffer_splice(stream, record.offset,
				    stream->length - record.offset, whole.data,
				    whole.length);
	buffer_free(&whole);
	return ret;
}

int odd_two_sessions(struct buffer *stream)
{
	struct buffer whole = { 0 };
	int ret = buffer_copy(&whole, stream);

	if (!ret)
		ret = buffer_append(stream, whole.data, whole.length);
	buffer_free(&whole);
	return ret;
}
