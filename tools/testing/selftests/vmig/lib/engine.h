/* SPDX-License-Identifier: GPL-2.0 */
/* The device's queues as a guest's driver would use them. */
#ifndef VMIG_TEST_ENGINE_H
#define VMIG_TEST_ENGINE_H

#include <linux/mcopy.h>

#include "bench.h"

/* Where a guest's memory is mapped: an address that needs all 64 bits. */
#define GUEST_IOVA	0x7654300000000000ULL
/* Its first bytes are for rings, the rest is for data. */
#define GUEST_RINGS	(2 * 1024 * 1024)

/* Milliseconds that nothing takes, even on a slow machine. */
#define ENGINE_PATIENCE	60000

/**
 * struct guest - memory that devices reach; all zero is none
 * @at:		where we have it
 * @size:	in bytes
 */
struct guest {
	uint8_t *at;
	size_t size;
};

/**
 * struct queue - one of a device's queues
 * @vfio:	the device
 * @guest:	where its rings are
 * @number:	of the queue
 * @entries:	of each ring
 * @tail:	where the next descriptor goes
 */
struct queue {
	const struct vfio *vfio;
	const struct guest *guest;
	unsigned int number;
	unsigned int entries;
	unsigned int tail;
};

/* Functions return 0 (or what they say) or a negative errno. */

/* Memory of zeros. */
int guest_open(struct guest *guest, size_t size);
void guest_close(struct guest *guest);
/* Let a device reach all of it from GUEST_IOVA on. */
int guest_map(const struct guest *guest, const struct vfio *vfio);
/* Fill a part with bytes that are the same for the same seed. */
void guest_scatter(const struct guest *guest, size_t offset, size_t length,
		   uint64_t seed);

/* PCI bus mastering: without, the device does nothing. */
int engine_master(const struct vfio *vfio, bool on);

/* Attributes of an instance that decide what its engine is. */
#define ENGINE_NUM_QUEUES	"migration/param_num_queues"
#define ENGINE_RING_MAX		"migration/param_ring_max"

/* Close the device, give it another engine, and open it again. */
int engine_configure(struct device *device, unsigned int queues,
		     unsigned int entries);
/* With rings as they are by default. */
int engine_set_queues(struct device *device, unsigned int count);
/* Bytes per second; 0 is no limit. */
int engine_set_rate(const struct device *device, unsigned long long rate);

/* Where the queue's rings are in the guest's memory. */
size_t queue_ring_offset(const struct queue *queue);
size_t queue_completions_offset(const struct queue *queue);
volatile struct mcopy_descriptor *queue_entry(const struct queue *queue,
					      unsigned int index);
volatile struct mcopy_completion *queue_completion(const struct queue *queue,
						   unsigned int index);

uint32_t queue_get(const struct queue *queue, uint32_t reg);
uint64_t queue_get64(const struct queue *queue, uint32_t reg);
int queue_set(const struct queue *queue, uint32_t reg, uint32_t value);

/* Reset it, set its rings up and enable it, and bus mastering. */
int queue_open(struct queue *queue, const struct vfio *vfio,
	       const struct guest *guest, unsigned int number,
	       unsigned int entries);
int queue_reset(const struct queue *queue);
/* The same for all of them: @queues has MCOPY_QUEUES_MAX. */
int queues_open(struct queue *queues, const struct vfio *vfio,
		const struct guest *guest, unsigned int entries);

/**
 * queue_put() - put a descriptor where the next one goes
 * @queue:	has a free entry
 * @wanted:	in the byte order of the machine
 *
 * Clears the completion record. The device is not told yet.
 *
 * Return: the entry.
 */
unsigned int queue_put(struct queue *queue,
		       const struct mcopy_descriptor *wanted);
/* Tell it: ring the doorbell. */
int queue_ring(const struct queue *queue);

/**
 * queue_wait() - wait until all that was put is done
 * @queue:	with the device told
 *
 * Return: 0, -ETIMEDOUT, or MCOPY_ERROR_* of the queue.
 */
int queue_wait(const struct queue *queue);

/* As above, no longer than this many milliseconds. */
int queue_wait_for(const struct queue *queue, unsigned int limit);

/* Wait for an error. Return: MCOPY_ERROR_*, 0 if none came. */
int queue_wait_error(const struct queue *queue);

/* Put one, ring, wait, and look at its completion record. */
int queue_run(struct queue *queue, const struct mcopy_descriptor *wanted,
	      uint32_t *crc);

/* A copy between two places in the guest's data works, bytes and all. */
bool queue_works(struct queue *queue);

#endif /* VMIG_TEST_ENGINE_H */
