/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * vmig: the device stream that both VFIO migration protocols carry.
 *
 * A stream is one or more sessions. A session is a header followed by records
 * and stands alone: a reader that meets a new header forgets all before it.
 *
 *   header | SELF | MEMORY ... | STATE | END
 *
 * All numbers are little-endian. Headers and records are packed back to back
 * without padding; a reader takes them in fragments of any size. In the v1
 * migration region a segment always holds whole records, so a session that is
 * dropped half way ends at a record boundary.
 *
 * In every version of the stream, headers and records have the size and begin
 * with the fields that they have here, and the checksums cover the same, so
 * that any reader can refuse any stream by name. Version 2 brought @head_crc of
 * struct vmig_record_header; sessions of version 1 are still read.
 */
#ifndef _UAPI_LINUX_VMIG_H
#define _UAPI_LINUX_VMIG_H

#include <linux/types.h>

/* First eight bytes of every session: "VMIGSESS" in memory order. */
#define VMIG_STREAM_MAGIC	0x5353455347494d56ULL
/* Version that this header describes. */
#define VMIG_STREAM_VERSION	2
/* The first with a checksum of each record's header. */
#define VMIG_VERSION_HEAD_CRC	2

/**
 * struct vmig_stream_header - opens a session
 * @magic:	VMIG_STREAM_MAGIC
 * @version:	version of the writer, 1 or more
 * @min_reader:	oldest reader version that understands this session, 1 to
 *		@version; a reader that is older refuses the stream here
 * @flags:	no flags are defined: 0, anything else is refused
 * @session:	number of the session, from 1, unique on the source host since
 *		vmig was loaded; for traces
 * @reserved:	0
 * @crc:	CRC32C of the preceding 28 bytes (initial value and final xor
 *		of ~0, as in iSCSI)
 */
struct vmig_stream_header {
	__le64 magic;
	__le16 version;
	__le16 min_reader;
	__le32 flags;
	__le64 session;
	__le32 reserved;
	__le32 crc;
};

/**
 * enum vmig_record_type - what a record's payload is
 * @VMIG_RECORD_SELF:	the self line of the source device, ASCII without a
 *			newline, 1 to VMIG_SELF_MAX bytes. Always record 0.
 * @VMIG_RECORD_MEMORY:	bytes of device memory that belong at the header's
 *			address, VMIG_MEMORY_ALIGN to VMIG_PAYLOAD_MAX of them.
 *			May come any number of times; a later one replaces an
 *			earlier one, and what none carries is zero.
 * @VMIG_RECORD_STATE:	everything else the device needs, in a layout of its
 *			own, 1 to VMIG_PAYLOAD_MAX bytes. Exactly once, after
 *			the last MEMORY.
 * @VMIG_RECORD_END:	struct vmig_end; nothing but a new session may follow
 */
enum vmig_record_type {
	VMIG_RECORD_SELF = 1,
	VMIG_RECORD_MEMORY = 2,
	VMIG_RECORD_STATE = 3,
	VMIG_RECORD_END = 4,
};

/* A reader that does not know the type must refuse the stream. */
#define VMIG_RECORD_MANDATORY	(1 << 0)

/* Upper bounds of a payload in bytes. */
#define VMIG_PAYLOAD_MAX	65536
#define VMIG_SELF_MAX		512

/* MEMORY records start and end at multiples of this many bytes. */
#define VMIG_MEMORY_ALIGN	4096

/**
 * struct vmig_record_header - precedes each payload
 * @type:	enum vmig_record_type
 * @flags:	VMIG_RECORD_MANDATORY or 0; the types above are all mandatory
 * @length:	bytes of payload, 0 to VMIG_PAYLOAD_MAX; within that, what the
 *		type allows
 * @sequence:	0 for the first record of a session, then one more each time
 * @reserved:	0
 * @address:	MEMORY: offset in device memory, bytes; else 0
 * @head_crc:	CRC32C of the preceding 24 bytes; 0 in a session of version 1. A
 *		reader that trusted a length without it could take the rest of
 *		the stream for one payload, and find the fault too late.
 * @crc:	CRC32C of the preceding 28 bytes and the payload
 */
struct vmig_record_header {
	__le16 type;
	__le16 flags;
	__le32 length;
	__le32 sequence;
	__le32 reserved;
	__le64 address;
	__le32 head_crc;
	__le32 crc;
};

/**
 * struct vmig_end - payload of VMIG_RECORD_END
 * @records:	records before this one in the session
 * @bytes:	bytes of the session before this record, headers included
 */
struct vmig_end {
	__le64 records;
	__le64 bytes;
};

#endif /* _UAPI_LINUX_VMIG_H */
