// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "builder.h"

#define HEAD_CRC_AT	24
#define CRC_AT		28
#define STATE_BYTES	40
#define OPTIONAL_BYTES	21

void builder_init(struct builder *builder)
{
	memset(builder, 0, sizeof(*builder));
}

void builder_free(struct builder *builder)
{
	free(builder->bytes);
	builder_init(builder);
}

static void store(u8 *to, size_t width, u64 value)
{
	for (; width; width--, value >>= 8)
		*to++ = value;
}

void build_bytes(struct builder *builder, const void *data, size_t length)
{
	if (builder->length + length > builder->room) {
		builder->room = 2 * (builder->length + length);
		builder->bytes = realloc(builder->bytes, builder->room);
		if (!builder->bytes)
			abort();
	}
	if (length)
		memcpy(builder->bytes + builder->length, data, length);
	builder->length += length;
}

/* A piece with an empty header; the caller fills it in and seals it. */
static unsigned int open_piece(struct builder *builder, u16 type,
			       const void *payload, u32 length)
{
	static const u8 empty[BUILDER_HEAD];
	unsigned int number = builder->count++;
	struct piece *piece = &builder->pieces[number];

	if (number >= BUILDER_PIECES)
		abort();
	piece->at = builder->length;
	piece->length = BUILDER_HEAD + length;
	piece->record = type ? builder->records++ : 0;
	piece->type = type;
	build_bytes(builder, empty, sizeof(empty));
	build_bytes(builder, payload, length);
	return number;
}

void build_header(struct builder *builder, u64 session)
{
	const u16 version = builder->old ? 1 : VMIG_VERSION_HEAD_CRC;
	unsigned int piece = open_piece(builder, 0, NULL, 0);

	builder->records = 0;
	builder->session_at = builder->pieces[piece].at;
	memcpy(builder->bytes + builder->session_at, "VMIGSESS", 8);
	patch(builder, piece, HEADER_FIELD(version), version);
	patch(builder, piece, HEADER_FIELD(min_reader), version);
	patch(builder, piece, HEADER_FIELD(session), session);
	seal(builder, piece);
}

void build_record(struct builder *builder, u16 type, u16 flags, u64 address,
		  const void *payload, u32 length)
{
	unsigned int piece = open_piece(builder, type, payload, length);

	patch(builder, piece, RECORD_FIELD(type), type);
	patch(builder, piece, RECORD_FIELD(flags), flags);
	patch(builder, piece, RECORD_FIELD(length), length);
	patch(builder, piece, RECORD_FIELD(sequence),
	      builder->pieces[piece].record);
	patch(builder, piece, RECORD_FIELD(address), address);
	seal(builder, piece);
}

void build_end(struct builder *builder)
{
	u8 payload[16];

	store(payload, 8, builder->records);
	store(payload + 8, 8, builder->length - builder->session_at);
	build_record(builder, VMIG_RECORD_END, VMIG_RECORD_MANDATORY, 0,
		     payload, sizeof(payload));
}

static void build_letter(struct builder *builder, char letter, u64 address)
{
	static const char self[] =
		"abi=1;model=vmig.example/unit;api=vfio-pci;ver=1.0.0";
	const u16 mandatory = VMIG_RECORD_MANDATORY;
	u8 payload[BUILDER_PAGE];

	memset(payload, letter + builder->count * 16, sizeof(payload));
	switch (letter) {
	case 'H':
		return build_header(builder, 0x1000 + builder->count);
	case 'S':
		return build_record(builder, VMIG_RECORD_SELF, mandatory, 0,
				    self, sizeof(self) - 1);
	case 'M':
		return build_record(builder, VMIG_RECORD_MEMORY, mandatory,
				    address, payload, sizeof(payload));
	case 'T':
		return build_record(builder, VMIG_RECORD_STATE, mandatory, 0,
				    payload, STATE_BYTES);
	case 'E':
		return build_end(builder);
	case 'O':
		return build_record(builder, UNKNOWN_TYPE, 0, 0, payload,
				    OPTIONAL_BYTES);
	case 'U':
		return build_record(builder, UNKNOWN_TYPE, mandatory, 0,
				    payload, OPTIONAL_BYTES);
	default:
		abort();
	}
}

void build_order(struct builder *builder, const char *order)
{
	u64 address = BUILDER_MEMORY;

	for (; *order; order++) {
		if (*order == 'M')
			address = (address ? address : BUILDER_MEMORY) -
				  BUILDER_PAGE;
		build_letter(builder, *order, address);
	}
}

void build_pick(struct builder *builder, const struct builder *from,
		const unsigned int *order, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		const struct piece *source = &from->pieces[order[i]];
		struct piece *piece = &builder->pieces[builder->count++];

		*piece = *source;
		piece->at = builder->length;
		build_bytes(builder, from->bytes + source->at, source->length);
	}
}

void patch(struct builder *builder, unsigned int piece, unsigned int field,
	   u64 value)
{
	u8 *at = builder->bytes + builder->pieces[piece].at;

	store(at + FIELD_OFFSET(field), FIELD_WIDTH(field), value);
}

u64 peek(const struct builder *builder, unsigned int piece, unsigned int field)
{
	const u8 *at = builder->bytes + builder->pieces[piece].at +
		       FIELD_OFFSET(field);
	size_t width = FIELD_WIDTH(field);
	u64 value = 0;

	while (width--)
		value = value << 8 | at[width];
	return value;
}

void seal(struct builder *builder, unsigned int piece)
{
	const struct piece *p = &builder->pieces[piece];
	u32 crc;

	if (p->type && !builder->old) {
		crc = vmig_crc32c(~0U, builder->bytes + p->at, HEAD_CRC_AT);
		patch(builder, piece, RECORD_FIELD(head_crc), ~crc);
	}
	crc = vmig_crc32c(~0U, builder->bytes + p->at, CRC_AT);

	if (p->length > BUILDER_HEAD)
		crc = vmig_crc32c(crc, builder->bytes + p->at + BUILDER_HEAD,
				  p->length - BUILDER_HEAD);
	patch(builder, piece, RECORD_FIELD(crc), ~crc);
}
