// SPDX-License-Identifier: GPL-2.0
/* Writing the device stream. */
#include "stream.h"

static u32 checksum(const void *head, const void *payload, u32 length)
{
	u32 crc = vmig_crc32c(~0U, head,
			      offsetof(struct vmig_record_header, crc));

	return ~vmig_crc32c(crc, payload, length);
}

size_t vmig_write_header(struct vmig_writer *writer, u64 session, void *out)
{
	struct vmig_stream_header head = {
		.magic = vmig_put64(VMIG_STREAM_MAGIC),
		.version = vmig_put16(VMIG_STREAM_VERSION),
		.min_reader = vmig_put16(VMIG_STREAM_VERSION),
		.session = vmig_put64(session),
	};

	static_assert(sizeof(struct vmig_stream_header) ==
		      sizeof(struct vmig_record_header),
		      "a reader gathers either before it knows which it is");
	static_assert(offsetof(struct vmig_stream_header, crc) ==
		      offsetof(struct vmig_record_header, crc),
		      "one checksum function serves both");

	head.crc = vmig_put32(checksum(&head, NULL, 0));
	memcpy(out, &head, sizeof(head));
	writer->session = session;
	writer->records = 0;
	writer->bytes = sizeof(head);
	return sizeof(head);
}

size_t vmig_write_record(struct vmig_writer *writer,
			 enum vmig_record_type type, u64 address, void *out,
			 u32 length)
{
	struct vmig_record_header head = {
		.type = vmig_put16(type),
		.flags = vmig_put16(VMIG_RECORD_MANDATORY),
		.length = vmig_put32(length),
		.sequence = vmig_put32(writer->records),
		.address = vmig_put64(address),
	};

	head.head_crc = vmig_put32(~vmig_crc32c(~0U, &head,
						offsetof(typeof(head),
							 head_crc)));
	head.crc = vmig_put32(checksum(&head, (u8 *)out + sizeof(head),
				       length));
	memcpy(out, &head, sizeof(head));
	writer->records++;
	writer->bytes += sizeof(head) + length;
	return sizeof(head) + length;
}

size_t vmig_write_end(struct vmig_writer *writer, void *out)
{
	struct vmig_end end = {
		.records = vmig_put64(writer->records),
		.bytes = vmig_put64(writer->bytes),
	};

	memcpy((u8 *)out + VMIG_RECORD_SIZE, &end, sizeof(end));
	return vmig_write_record(writer, VMIG_RECORD_END, 0, out, sizeof(end));
}
