/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writing and reading the device stream of linux/vmig.h. Neither side
 * allocates or sleeps; the caller brings buffers and locking.
 */
#ifndef VMIG_STREAM_H
#define VMIG_STREAM_H

#include <uapi/linux/vmig.h>

#include "reason.h"

#define VMIG_HEADER_SIZE	sizeof(struct vmig_stream_header)
#define VMIG_RECORD_SIZE	sizeof(struct vmig_record_header)
#define VMIG_END_SIZE		(VMIG_RECORD_SIZE + sizeof(struct vmig_end))

/**
 * struct vmig_writer - one session on its way out
 * @session:	its number
 * @records:	written so far; the next one's sequence number
 * @bytes:	written so far, headers included
 */
struct vmig_writer {
	u64 session;
	u32 records;
	u64 bytes;
};

/**
 * vmig_write_header() - open a session
 * @writer:	started over
 * @session:	its number
 * @out:	room for VMIG_HEADER_SIZE bytes
 *
 * Return: VMIG_HEADER_SIZE
 */
size_t vmig_write_header(struct vmig_writer *writer, u64 session, void *out);

/**
 * vmig_write_record() - put a record's header before its payload
 * @writer:	of the session
 * @type:	of the record
 * @address:	for VMIG_RECORD_MEMORY, else 0
 * @out:	room for the header; the payload stands behind it already, and it
 *		is these bytes that the checksum covers
 * @length:	of the payload
 *
 * Return: VMIG_RECORD_SIZE + @length
 */
size_t vmig_write_record(struct vmig_writer *writer,
			 enum vmig_record_type type, u64 address, void *out,
			 u32 length);

/**
 * vmig_write_end() - close a session
 * @writer:	of the session
 * @out:	room for VMIG_END_SIZE bytes
 *
 * Return: VMIG_END_SIZE
 */
size_t vmig_write_end(struct vmig_writer *writer, void *out);

struct vmig_reader;

/**
 * struct vmig_reader_ops - who takes what was read
 * @begin:	a session starts: forget all that came before
 * @self:	the self line, not ended by a zero byte
 * @memory:	@length bytes at @address, within the device's memory
 * @state:	the device's own state: check and keep, but don't take over
 * @end:	the session is complete: take the state over
 * @record:	any record was accepted; for traces, may be NULL
 *
 * All records are checked before they are passed on. A callback that returns
 * another value than VMIG_REASON_NONE ends the stream; it may set the field of
 * reader->refusal.
 */
struct vmig_reader_ops {
	enum vmig_reason (*begin)(struct vmig_reader *reader, u64 session);
	enum vmig_reason (*self)(struct vmig_reader *reader, const char *line,
				 u32 length);
	enum vmig_reason (*memory)(struct vmig_reader *reader, u64 address,
				   const void *data, u32 length);
	enum vmig_reason (*state)(struct vmig_reader *reader, const void *data,
				  u32 length);
	enum vmig_reason (*end)(struct vmig_reader *reader);
	void (*record)(struct vmig_reader *reader, u16 type, u32 sequence,
		       u64 address, u32 length);
};

/**
 * struct vmig_reader - a stream on its way in
 * @ops:	who takes it
 * @memory_size: bytes of device memory
 * @payload:	VMIG_PAYLOAD_MAX bytes to gather a payload in
 * @refusal:	what was wrong, for ever after
 * @version:	of the session's writer
 * @session:	number of the session
 * @records:	accepted in this session
 * @bytes:	of this session, of accepted headers and records
 * @gathered:	bytes of the piece that is being gathered
 * @stage:	what has to come next
 * @in_payload:	gathering a payload, else a header
 * @head:	the header
 * @type:	of the record that is being gathered, 0 between records
 * @length:	of its payload
 * @address:	of its payload
 */
struct vmig_reader {
	const struct vmig_reader_ops *ops;
	u64 memory_size;
	u8 *payload;
	struct vmig_refusal refusal;
	u16 version;
	u64 session;
	u32 records;
	u64 bytes;
	u32 gathered;
	u8 stage;
	bool in_payload;
	union {
		struct vmig_stream_header session;
		struct vmig_record_header record;
		u8 raw[VMIG_RECORD_SIZE];
	} head;
	u16 type;
	u32 length;
	u64 address;
};

/**
 * vmig_reader_start() - expect a new stream
 * @reader:	forgets what it had
 * @ops:	who takes it
 * @memory_size: bytes of device memory
 * @payload:	VMIG_PAYLOAD_MAX bytes, the caller's
 */
void vmig_reader_start(struct vmig_reader *reader,
		       const struct vmig_reader_ops *ops, u64 memory_size,
		       void *payload);

/**
 * vmig_reader_feed() - take the next bytes of the stream
 * @reader:	where to
 * @data:	the bytes; each is read once, so they may change meanwhile
 * @length:	how many, any number
 *
 * Return: 0, or the negative errno of the refusal. A refusal stays: all later
 * bytes are answered with it.
 */
int vmig_reader_feed(struct vmig_reader *reader, const void *data,
		     size_t length);

/**
 * vmig_reader_finish() - no more bytes will come
 * @reader:	of the stream
 *
 * Return: 0 if the stream ended with a complete session, else the negative
 * errno of the refusal, which is -ENODATA if all was well so far.
 */
int vmig_reader_finish(struct vmig_reader *reader);

#endif /* VMIG_STREAM_H */
