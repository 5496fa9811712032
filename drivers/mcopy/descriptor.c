// SPDX-License-Identifier: GPL-2.0
/* Is a descriptor one that the device can work on? */
#include "mcopy.h"

#define FLAGS	(MCOPY_FLAG_INTERRUPT | MCOPY_FLAG_SOURCE_DEVICE | \
		 MCOPY_FLAG_TARGET_DEVICE)

/* A descriptor in the machine's byte order. */
struct request {
	u32 operation;
	u32 flags;
	u64 source;
	u64 target;
	u64 length;
	u64 pattern;
	bool reserved;
};

static struct request decode(const struct mcopy_descriptor *descriptor)
{
	return (struct request) {
		.operation = le32_to_cpu(descriptor->operation),
		.flags = le32_to_cpu(descriptor->flags),
		.source = le64_to_cpu(descriptor->source),
		.target = le64_to_cpu(descriptor->target),
		.length = le64_to_cpu(descriptor->length),
		.pattern = le64_to_cpu(descriptor->pattern),
		.reserved = descriptor->reserved[0] || descriptor->reserved[1],
	};
}

/* Nothing may be set that the operation has no use for. */
static bool operation_valid(const struct mcopy *mcopy,
			    const struct request *request)
{
	if (request->reserved || request->flags & ~FLAGS)
		return false;
	switch (request->operation) {
	case MCOPY_OPERATION_COPY:
		return !request->pattern;
	case MCOPY_OPERATION_FILL:
		return mcopy_has(mcopy, MCOPY_FEATURE_FILL) &&
		       !request->source &&
		       !(request->flags & MCOPY_FLAG_SOURCE_DEVICE);
	case MCOPY_OPERATION_CRC:
		return mcopy_has(mcopy, MCOPY_FEATURE_CRC) &&
		       !request->target && !request->pattern &&
		       !(request->flags & MCOPY_FLAG_TARGET_DEVICE);
	default:
		return false;
	}
}

/* @size: of device memory, 0 for the guest's address space. */
static bool range_valid(u64 start, u64 length, u64 size)
{
	if (!size)
		return length - 1 <= U64_MAX - start;
	return start <= size && length <= size - start;
}

static bool ranges_valid(const struct mcopy *mcopy,
			 const struct request *request)
{
	const u64 size = mcopy_memory_size(mcopy);
	const u32 flags = request->flags;

	if (!request->length || request->length > MCOPY_LENGTH_MAX)
		return false;
	/* What an operation has no use for is 0, and that fits. */
	return range_valid(request->source, request->length,
			   flags & MCOPY_FLAG_SOURCE_DEVICE ? size : 0) &&
	       range_valid(request->target, request->length,
			   flags & MCOPY_FLAG_TARGET_DEVICE ? size : 0);
}

/* Return: MCOPY_ERROR_NONE, _OPERATION or _RANGE */
u32 mcopy_descriptor_error(const struct mcopy *mcopy,
			   const struct mcopy_descriptor *descriptor)
{
	const struct request request = decode(descriptor);

	if (!operation_valid(mcopy, &request))
		return MCOPY_ERROR_OPERATION;
	if (!ranges_valid(mcopy, &request))
		return MCOPY_ERROR_RANGE;
	return MCOPY_ERROR_NONE;
}
