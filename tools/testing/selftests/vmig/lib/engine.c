// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "dice.h"
#include "engine.h"
#include "iommu.h"

#define PCI_COMMAND		0x04
#define PCI_COMMAND_MEMORY	0x02
#define PCI_COMMAND_MASTER	0x04

#define RING_SIZE	(MCOPY_ENTRIES_MAX * sizeof(struct mcopy_descriptor))
#define RECORDS_SIZE	(MCOPY_ENTRIES_MAX * sizeof(struct mcopy_completion))
/* In microseconds. */
#define POLL_INTERVAL	100

int guest_open(struct guest *guest, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return -errno;
	guest->at = at;
	guest->size = size;
	return 0;
}

void guest_close(struct guest *guest)
{
	if (guest->at)
		munmap(guest->at, guest->size);
	guest->at = NULL;
}

int guest_map(const struct guest *guest, const struct vfio *vfio)
{
	return iommu_map(vfio, guest->at, GUEST_IOVA, guest->size,
			 IOMMU_READ | IOMMU_WRITE);
}

void guest_scatter(const struct guest *guest, size_t offset, size_t length,
		   uint64_t seed)
{
	uint64_t state = seed | 1ULL << 63;
	size_t done, part;

	for (done = 0; done < length; done += part) {
		const uint64_t word = htole64(dice(&state));

		part = length - done < sizeof(word) ? length - done :
						      sizeof(word);
		memcpy(guest->at + offset + done, &word, part);
	}
}

int engine_master(const struct vfio *vfio, bool on)
{
	const uint16_t command = htole16(PCI_COMMAND_MEMORY |
					 (on ? PCI_COMMAND_MASTER : 0));

	return vfio_write(vfio, VFIO_PCI_CONFIG_REGION_INDEX, PCI_COMMAND,
			  &command, sizeof(command));
}

int engine_configure(struct device *device, unsigned int queues,
		     unsigned int entries)
{
	char text[16];
	int ret;

	device_close(device);
	/* By way of what goes with any number of queues. */
	ret = mdev_write(&device->mdev, ENGINE_RING_MAX, "2");
	snprintf(text, sizeof(text), "%u", queues);
	if (!ret)
		ret = mdev_write(&device->mdev, ENGINE_NUM_QUEUES, text);
	snprintf(text, sizeof(text), "%u", entries);
	if (!ret)
		ret = mdev_write(&device->mdev, ENGINE_RING_MAX, text);
	return ret ? ret : device_open(device);
}

int engine_set_queues(struct device *device, unsigned int count)
{
	return engine_configure(device, count, MCOPY_ENTRIES_MAX_MANY);
}

int engine_set_rate(const struct device *device, unsigned long long rate)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", rate);
	return mdev_write(&device->mdev, "mcopy/rate_limit", text);
}

size_t queue_ring_offset(const struct queue *queue)
{
	return queue->number * (RING_SIZE + RECORDS_SIZE);
}

size_t queue_completions_offset(const struct queue *queue)
{
	return queue_ring_offset(queue) + RING_SIZE;
}

volatile struct mcopy_descriptor *queue_entry(const struct queue *queue,
					      unsigned int index)
{
	return (volatile struct mcopy_descriptor *)
		(queue->guest->at + queue_ring_offset(queue)) + index;
}

volatile struct mcopy_completion *queue_completion(const struct queue *queue,
						   unsigned int index)
{
	return (volatile struct mcopy_completion *)
		(queue->guest->at + queue_completions_offset(queue)) + index;
}

uint32_t queue_get(const struct queue *queue, uint32_t reg)
{
	uint32_t value;

	mcopy_get(queue->vfio, MCOPY_QUEUE(queue->number, reg), &value);
	return value;
}

uint64_t queue_get64(const struct queue *queue, uint32_t reg)
{
	uint64_t value;

	mcopy_get64(queue->vfio, MCOPY_QUEUE(queue->number, reg), &value);
	return value;
}

int queue_set(const struct queue *queue, uint32_t reg, uint32_t value)
{
	return mcopy_set(queue->vfio, MCOPY_QUEUE(queue->number, reg), value);
}

static int set64(const struct queue *queue, uint32_t reg, uint64_t value)
{
	return mcopy_set64(queue->vfio, MCOPY_QUEUE(queue->number, reg),
			   value);
}

int queue_open(struct queue *queue, const struct vfio *vfio,
	       const struct guest *guest, unsigned int number,
	       unsigned int entries)
{
	int ret = engine_master(vfio, true);

	queue->vfio = vfio;
	queue->guest = guest;
	queue->number = number;
	queue->entries = entries;
	queue->tail = 0;
	if (!ret)
		ret = queue_reset(queue);
	if (!ret)
		ret = set64(queue, MCOPY_QUEUE_RING,
			    GUEST_IOVA + queue_ring_offset(queue));
	if (!ret)
		ret = set64(queue, MCOPY_QUEUE_COMPLETIONS,
			    GUEST_IOVA + queue_completions_offset(queue));
	if (!ret)
		ret = queue_set(queue, MCOPY_QUEUE_ENTRIES, entries);
	if (!ret)
		ret = queue_set(queue, MCOPY_QUEUE_CONTROL, MCOPY_QUEUE_ENABLE);
	return ret;
}

int queues_open(struct queue *queues, const struct vfio *vfio,
		const struct guest *guest, unsigned int entries)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < MCOPY_QUEUES_MAX && !ret; i++)
		ret = queue_open(&queues[i], vfio, guest, i, entries);
	return ret;
}

int queue_reset(const struct queue *queue)
{
	return queue_set(queue, MCOPY_QUEUE_CONTROL, MCOPY_QUEUE_RESET);
}

unsigned int queue_put(struct queue *queue,
		       const struct mcopy_descriptor *wanted)
{
	const unsigned int at = queue->tail;
	const struct mcopy_descriptor raw = {
		.operation = htole32(wanted->operation),
		.flags = htole32(wanted->flags),
		.source = htole64(wanted->source),
		.target = htole64(wanted->target),
		.length = htole64(wanted->length),
		.pattern = htole64(wanted->pattern),
		.tag = htole64(wanted->tag),
		.reserved = { htole64(wanted->reserved[0]),
			      htole64(wanted->reserved[1]) },
	};

	*queue_entry(queue, at) = raw;
	*queue_completion(queue, at) = (struct mcopy_completion) { 0 };
	queue->tail = (at + 1) % queue->entries;
	return at;
}

int queue_ring(const struct queue *queue)
{
	__sync_synchronize();
	return queue_set(queue, MCOPY_QUEUE_TAIL, queue->tail);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

int queue_wait_for(const struct queue *queue, unsigned int limit)
{
	const uint64_t end = now_ms() + limit;
	uint32_t error;

	for (;;) {
		const bool late = now_ms() > end;

		/* The error first: it comes with the head that is final. */
		error = queue_get(queue, MCOPY_QUEUE_ERROR);
		if (error)
			return error;
		if (queue_get(queue, MCOPY_QUEUE_HEAD) == queue->tail)
			return 0;
		if (late)
			return -ETIMEDOUT;
		usleep(POLL_INTERVAL);
	}
}

int queue_wait(const struct queue *queue)
{
	return queue_wait_for(queue, ENGINE_PATIENCE);
}

int queue_wait_error(const struct queue *queue)
{
	const uint64_t end = now_ms() + ENGINE_PATIENCE;
	uint32_t error;

	do {
		error = queue_get(queue, MCOPY_QUEUE_ERROR);
		if (error)
			break;
		usleep(POLL_INTERVAL);
	} while (now_ms() <= end);
	return error;
}

int queue_run(struct queue *queue, const struct mcopy_descriptor *wanted,
	      uint32_t *crc)
{
	const unsigned int at = queue_put(queue, wanted);
	volatile struct mcopy_completion *record = queue_completion(queue, at);
	int ret = queue_ring(queue);

	if (!ret)
		ret = queue_wait(queue);
	if (ret)
		return ret;
	if (le32toh(record->status) != MCOPY_COMPLETION_DONE ||
	    le64toh(record->tag) != wanted->tag)
		return -EBADMSG;
	if (crc)
		*crc = le32toh(record->crc);
	return 0;
}

bool queue_works(struct queue *queue)
{
	static uint64_t seed;
	const size_t from = GUEST_RINGS + 3, to = GUEST_RINGS + 70001;
	const size_t length = 66666;
	const struct mcopy_descriptor copy = {
		.operation = MCOPY_OPERATION_COPY,
		.source = GUEST_IOVA + from,
		.target = GUEST_IOVA + to,
		.length = length,
		.tag = ++seed,
	};

	guest_scatter(queue->guest, from, length, seed);
	memset(queue->guest->at + to, 0, length);
	return !queue_run(queue, &copy, NULL) &&
	       !memcmp(queue->guest->at + from, queue->guest->at + to, length);
}
