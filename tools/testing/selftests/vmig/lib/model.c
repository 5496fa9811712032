// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dice.h"
#include "iommu.h"
#include "model.h"
#include "stream.h"

int model_open(struct model *model, const struct guest *guest)
{
	model->size = guest->size;
	model->guest = malloc(guest->size);
	model->device = calloc(1, BENCH_MEMORY);
	model->dirty = calloc(1, IOMMU_BITMAP_SIZE(guest->size));
	if (!model->guest || !model->device || !model->dirty) {
		model_close(model);
		return -ENOMEM;
	}
	memcpy(model->guest, guest->at, guest->size);
	return 0;
}

void model_close(struct model *model)
{
	free(model->guest);
	free(model->device);
	free(model->dirty);
	memset(model, 0, sizeof(*model));
}

/* Short ones, and ones near a page's size, are as likely as long ones. */
static size_t roll_length(uint64_t *state, size_t longest)
{
	const uint64_t roll = dice(state);
	size_t length;

	switch (roll % 4) {
	case 0:
		length = 1 + (roll >> 8) % 64;
		break;
	case 1:
		length = IOMMU_PAGE - 8 + (roll >> 8) % 17;
		break;
	case 2:
		length = 1 + (roll >> 8) % (4 * IOMMU_PAGE);
		break;
	default:
		length = 1 + (roll >> 8) % longest;
	}
	return length < longest ? length : longest;
}

/* Of @length bytes in [@from, @to); often where a page begins or ends. */
static uint64_t roll_place(uint64_t *state, uint64_t from, uint64_t to,
			   size_t length)
{
	const uint64_t roll = dice(state);
	uint64_t place = from + (roll >> 8) % (to - from - length + 1);

	if (roll % 4 == 0)
		place = place / IOMMU_PAGE * IOMMU_PAGE;
	return place < from ? from : place;
}

static uint64_t roll_end(const struct model *model, uint64_t *state,
			 size_t length, bool device, bool upper)
{
	const uint64_t first = device ? 0 : GUEST_RINGS;
	const uint64_t last = device ? BENCH_MEMORY : model->size;
	const uint64_t middle = (first + last) / 2;

	return (device ? 0 : GUEST_IOVA) +
	       roll_place(state, upper ? middle : first,
			  upper ? last : middle, length);
}

/* Source and target are in different halves, whichever is which. */
void model_roll(const struct model *model, uint64_t *state, size_t longest,
		struct mcopy_descriptor *wanted)
{
	const uint64_t roll = dice(state);
	const bool from_device = roll >> 8 & 1, to_device = roll >> 9 & 1;
	const bool upper = roll >> 10 & 1;
	size_t length;

	if (longest > BENCH_MEMORY / 2 && (from_device || to_device))
		longest = BENCH_MEMORY / 2;
	length = roll_length(state, longest);
	*wanted = (struct mcopy_descriptor) {
		.operation = MCOPY_OPERATION_COPY + (roll % 8 < 5 ? 0 :
						     roll % 8 < 7 ? 1 : 2),
		.length = length,
		.tag = dice(state),
	};
	if (wanted->operation != MCOPY_OPERATION_FILL) {
		wanted->source = roll_end(model, state, length, from_device,
					  upper);
		if (from_device)
			wanted->flags |= MCOPY_FLAG_SOURCE_DEVICE;
	} else {
		wanted->pattern = dice(state);
	}
	if (wanted->operation != MCOPY_OPERATION_CRC) {
		wanted->target = roll_end(model, state, length, to_device,
					  !upper);
		if (to_device)
			wanted->flags |= MCOPY_FLAG_TARGET_DEVICE;
	}
}

static uint8_t *place(const struct model *model, uint64_t address, bool device)
{
	return device ? model->device + address :
			model->guest + (address - GUEST_IOVA);
}

static void fill(uint8_t *to, uint64_t pattern, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		to[i] = pattern >> i % 8 * 8;
}

uint32_t model_run(struct model *model, const struct mcopy_descriptor *wanted,
		   size_t done)
{
	const bool from_device = wanted->flags & MCOPY_FLAG_SOURCE_DEVICE;
	const bool to_device = wanted->flags & MCOPY_FLAG_TARGET_DEVICE;
	const uint8_t *from = place(model, wanted->source, from_device);
	uint8_t *to = place(model, wanted->target, to_device);

	if (wanted->operation == MCOPY_OPERATION_CRC)
		return crc32c(0, from, done);
	if (wanted->operation == MCOPY_OPERATION_COPY)
		memcpy(to, from, done);
	else
		fill(to, wanted->pattern, done);
	if (!to_device)
		model_mark(model, wanted->target - GUEST_IOVA, done);
	return 0;
}

void model_complete(struct model *model, const struct queue *queue,
		    unsigned int at, const struct mcopy_descriptor *wanted,
		    uint32_t crc)
{
	const struct mcopy_completion record = {
		.tag = htole64(wanted->tag),
		.crc = htole32(crc),
		.status = htole32(MCOPY_COMPLETION_DONE),
	};
	const size_t offset = queue_completions_offset(queue) +
			      at * sizeof(record);

	memcpy(model->guest + offset, &record, sizeof(record));
	model_mark(model, offset, sizeof(record));
}

void model_mark(struct model *model, size_t offset, size_t length)
{
	size_t page;

	if (!length)
		return;
	for (page = offset / IOMMU_PAGE;
	     page <= (offset + length - 1) / IOMMU_PAGE; page++)
		model->dirty[page / 64] |= 1ULL << page % 64;
}

void model_unmark_all(struct model *model)
{
	memset(model->dirty, 0, IOMMU_BITMAP_SIZE(model->size));
}

static size_t differs(const uint8_t *a, const uint8_t *b, size_t from,
		      size_t to)
{
	if (!memcmp(a + from, b + from, to - from))
		return to;
	while (a[from] == b[from])
		from++;
	return from;
}

size_t model_differs(const struct model *model, const struct guest *guest)
{
	return differs(model->guest, guest->at, GUEST_RINGS, model->size);
}

size_t model_device_differs(const struct model *model,
			    const struct vfio *vfio)
{
	uint8_t *seen = malloc(BENCH_MEMORY);
	size_t at = 0;

	if (seen && !mcopy_memory_read(vfio, 0, seen, BENCH_MEMORY))
		at = differs(model->device, seen, 0, BENCH_MEMORY);
	free(seen);
	return at;
}

int model_play(struct model *model, struct queue *queue, uint64_t *state,
	       size_t longest)
{
	unsigned int count = 1 + dice(state) % (queue->entries - 1);
	struct mcopy_descriptor wanted;
	unsigned int at;
	uint32_t crc;
	int ret;

	while (count--) {
		model_roll(model, state, longest, &wanted);
		at = queue_put(queue, &wanted);
		crc = model_run(model, &wanted, wanted.length);
		model_complete(model, queue, at, &wanted, crc);
	}
	ret = queue_ring(queue);
	return ret ? ret : queue_wait(queue);
}
