// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the device stream. It comes from another host and through the hands
 * of user space, so each byte is copied once, checked there, and only then
 * used; and the first fault ends it.
 */
#include "stream.h"

/* What may come next; the order of these is the order in the stream. */
enum stage {
	STAGE_HEADER,		/* nothing came yet */
	STAGE_SELF,
	STAGE_MEMORY,		/* memory, or the state that ends it */
	STAGE_END,
	STAGE_COMPLETE,		/* only another session may follow */
};

static const struct record_rule {
	u32 min_length;
	u32 max_length;
	enum stage expected;
	enum stage then;
} rules[] = {
	[VMIG_RECORD_SELF]	= { 1, VMIG_SELF_MAX,
				    STAGE_SELF, STAGE_MEMORY },
	[VMIG_RECORD_MEMORY]	= { VMIG_MEMORY_ALIGN, VMIG_PAYLOAD_MAX,
				    STAGE_MEMORY, STAGE_MEMORY },
	[VMIG_RECORD_STATE]	= { 1, VMIG_PAYLOAD_MAX,
				    STAGE_MEMORY, STAGE_END },
	[VMIG_RECORD_END]	= { sizeof(struct vmig_end),
				    sizeof(struct vmig_end),
				    STAGE_END, STAGE_COMPLETE },
};

static enum vmig_reason blame(struct vmig_reader *reader,
			      enum vmig_reason reason, const char *field)
{
	reader->refusal.field = field;
	return reason;
}

static const struct record_rule *rule_of(u16 type)
{
	if (!type || type >= ARRAY_SIZE(rules))
		return NULL;
	return &rules[type];
}

/* True while the gathered bytes could be the start of a session header. */
static bool looks_like_header(const struct vmig_reader *reader)
{
	const __le64 magic = vmig_put64(VMIG_STREAM_MAGIC);

	return !memcmp(reader->head.raw, &magic,
		       min_t(size_t, reader->gathered, sizeof(magic)));
}

static u32 head_crc(const struct vmig_reader *reader)
{
	return vmig_crc32c(~0U, reader->head.raw,
			   offsetof(struct vmig_record_header, crc));
}

static enum vmig_reason open_session(struct vmig_reader *reader)
{
	const struct vmig_stream_header *head = &reader->head.session;
	u16 version = vmig_get16(head->version);
	u16 min_reader = vmig_get16(head->min_reader);

	reader->records = 0;
	reader->type = 0;
	if (vmig_get32(head->crc) != ~head_crc(reader))
		return blame(reader, VMIG_REASON_BAD_CHECKSUM, "crc");
	if (!version || !min_reader || min_reader > version)
		return blame(reader, VMIG_REASON_BAD_VERSION, "version");
	if (min_reader > VMIG_STREAM_VERSION)
		return blame(reader, VMIG_REASON_BAD_VERSION, "min_reader");
	if (head->flags)
		return blame(reader, VMIG_REASON_BAD_RESERVED, "flags");
	if (head->reserved)
		return blame(reader, VMIG_REASON_BAD_RESERVED, "reserved");

	reader->version = version;
	reader->session = vmig_get64(head->session);
	reader->bytes = VMIG_HEADER_SIZE;
	reader->stage = STAGE_SELF;
	reader->gathered = 0;
	return reader->ops->begin(reader, reader->session);
}

static enum vmig_reason check_address(struct vmig_reader *reader)
{
	if (reader->type != VMIG_RECORD_MEMORY) {
		if (reader->address)
			return blame(reader, VMIG_REASON_BAD_RESERVED,
				     "address");
		return VMIG_REASON_NONE;
	}
	if (reader->length % VMIG_MEMORY_ALIGN)
		return blame(reader, VMIG_REASON_BAD_LENGTH, "length");
	if (reader->address % VMIG_MEMORY_ALIGN ||
	    reader->address > reader->memory_size ||
	    reader->length > reader->memory_size - reader->address)
		return blame(reader, VMIG_REASON_OUT_OF_BOUNDS, "address");
	return VMIG_REASON_NONE;
}

static enum vmig_reason check_known(struct vmig_reader *reader,
				    const struct record_rule *rule)
{
	if (reader->stage != rule->expected)
		return blame(reader, VMIG_REASON_BAD_ORDER, "type");
	if (reader->length < rule->min_length ||
	    reader->length > rule->max_length)
		return blame(reader, VMIG_REASON_BAD_LENGTH, "length");
	return check_address(reader);
}

/* Until then nothing in a header can be believed, its length least of all. */
static enum vmig_reason check_head(struct vmig_reader *reader)
{
	const struct vmig_record_header *head = &reader->head.record;
	u32 crc;

	if (reader->version < VMIG_VERSION_HEAD_CRC)
		return head->head_crc ? blame(reader, VMIG_REASON_BAD_RESERVED,
					      "head_crc") :
					VMIG_REASON_NONE;
	crc = ~vmig_crc32c(~0U, head, offsetof(typeof(*head), head_crc));
	if (vmig_get32(head->head_crc) != crc)
		return blame(reader, VMIG_REASON_BAD_CHECKSUM, "head_crc");
	return VMIG_REASON_NONE;
}

/*
 * The header is judged before the checksum of the whole record can be, because
 * that needs the payload, whose length stands in the header.
 */
static enum vmig_reason open_record(struct vmig_reader *reader)
{
	const struct vmig_record_header *head = &reader->head.record;
	enum vmig_reason reason = check_head(reader);
	const struct record_rule *rule;
	u16 flags = vmig_get16(head->flags);

	if (reason)
		return reason;
	reader->type = vmig_get16(head->type);
	reader->length = vmig_get32(head->length);
	reader->address = vmig_get64(head->address);
	rule = rule_of(reader->type);

	if (reader->length > VMIG_PAYLOAD_MAX)
		return blame(reader, VMIG_REASON_BAD_LENGTH, "length");
	if (flags & ~VMIG_RECORD_MANDATORY)
		return blame(reader, VMIG_REASON_BAD_RESERVED, "flags");
	if (head->reserved)
		return blame(reader, VMIG_REASON_BAD_RESERVED, "reserved");
	if (vmig_get32(head->sequence) != reader->records)
		return blame(reader, VMIG_REASON_BAD_SEQUENCE, "sequence");
	if (!rule && (flags & VMIG_RECORD_MANDATORY))
		return blame(reader, VMIG_REASON_UNKNOWN_RECORD, "type");
	if (rule && !(flags & VMIG_RECORD_MANDATORY))
		return blame(reader, VMIG_REASON_BAD_RESERVED, "flags");
	if (!rule && reader->stage == STAGE_SELF)
		return blame(reader, VMIG_REASON_BAD_ORDER, "type");

	reader->gathered = 0;
	reader->in_payload = true;
	return rule ? check_known(reader, rule) : VMIG_REASON_NONE;
}

static enum vmig_reason close_session(struct vmig_reader *reader)
{
	struct vmig_end end;

	memcpy(&end, reader->payload, sizeof(end));
	if (vmig_get64(end.records) != reader->records)
		return blame(reader, VMIG_REASON_BAD_TOTAL, "records");
	if (vmig_get64(end.bytes) != reader->bytes)
		return blame(reader, VMIG_REASON_BAD_TOTAL, "bytes");
	return reader->ops->end(reader);
}

static enum vmig_reason deliver(struct vmig_reader *reader)
{
	const struct vmig_reader_ops *ops = reader->ops;

	switch (reader->type) {
	case VMIG_RECORD_SELF:
		return ops->self(reader, (const char *)reader->payload,
				 reader->length);
	case VMIG_RECORD_MEMORY:
		return ops->memory(reader, reader->address, reader->payload,
				   reader->length);
	case VMIG_RECORD_STATE:
		return ops->state(reader, reader->payload, reader->length);
	case VMIG_RECORD_END:
		return close_session(reader);
	default:
		return VMIG_REASON_NONE;	/* unknown and optional */
	}
}

static enum vmig_reason close_record(struct vmig_reader *reader)
{
	const struct record_rule *rule = rule_of(reader->type);
	enum vmig_reason reason;
	u32 crc = ~vmig_crc32c(head_crc(reader), reader->payload,
			       reader->length);

	if (vmig_get32(reader->head.record.crc) != crc)
		return blame(reader, VMIG_REASON_BAD_CHECKSUM, "crc");
	reason = deliver(reader);
	if (reason)
		return reason;

	if (reader->ops->record)
		reader->ops->record(reader, reader->type, reader->records,
				    reader->address, reader->length);
	reader->records++;
	reader->bytes += VMIG_RECORD_SIZE + reader->length;
	reader->type = 0;
	reader->gathered = 0;
	reader->in_payload = false;
	if (rule)
		reader->stage = rule->then;
	return VMIG_REASON_NONE;
}

/* Bytes that can't become a header are refused as soon as they show it. */
static enum vmig_reason check_boundary(struct vmig_reader *reader)
{
	if (looks_like_header(reader))
		return VMIG_REASON_NONE;
	if (reader->stage == STAGE_HEADER)
		return blame(reader, VMIG_REASON_BAD_MAGIC, "magic");
	if (reader->stage == STAGE_COMPLETE)
		return blame(reader, VMIG_REASON_TRAILING_DATA, "magic");
	return VMIG_REASON_NONE;
}

/* Called whenever bytes were added to the piece that is being gathered. */
static enum vmig_reason advance(struct vmig_reader *reader)
{
	enum vmig_reason reason;

	if (!reader->in_payload) {
		reason = check_boundary(reader);
		if (reason || reader->gathered < VMIG_RECORD_SIZE)
			return reason;
		if (looks_like_header(reader))
			return open_session(reader);
		reason = open_record(reader);
		if (reason)
			return reason;
	}
	return reader->gathered == reader->length ? close_record(reader) :
						    VMIG_REASON_NONE;
}

static size_t gather(struct vmig_reader *reader, const u8 *data, size_t length)
{
	u32 want = reader->in_payload ? reader->length : VMIG_RECORD_SIZE;
	u8 *to = reader->in_payload ? reader->payload : reader->head.raw;
	size_t take = min_t(size_t, length, want - reader->gathered);

	memcpy(to + reader->gathered, data, take);
	reader->gathered += take;
	return take;
}

static int refuse(struct vmig_reader *reader, enum vmig_reason reason)
{
	reader->refusal.reason = reason;
	reader->refusal.record = reader->records;
	reader->refusal.type = reader->type;
	return vmig_reason_errno(reason);
}

void vmig_reader_start(struct vmig_reader *reader,
		       const struct vmig_reader_ops *ops, u64 memory_size,
		       void *payload)
{
	memset(reader, 0, sizeof(*reader));
	reader->ops = ops;
	reader->memory_size = memory_size;
	reader->payload = payload;
	reader->stage = STAGE_HEADER;
}

int vmig_reader_feed(struct vmig_reader *reader, const void *data,
		     size_t length)
{
	const u8 *next = data;

	if (reader->refusal.reason)
		return vmig_reason_errno(reader->refusal.reason);

	while (length) {
		size_t taken = gather(reader, next, length);
		enum vmig_reason reason = advance(reader);

		if (reason)
			return refuse(reader, reason);
		next += taken;
		length -= taken;
	}
	return 0;
}

int vmig_reader_finish(struct vmig_reader *reader)
{
	if (reader->refusal.reason)
		return vmig_reason_errno(reader->refusal.reason);
	if (reader->stage == STAGE_COMPLETE && !reader->gathered)
		return 0;
	blame(reader, VMIG_REASON_TRUNCATED, NULL);
	return refuse(reader, VMIG_REASON_TRUNCATED);
}
