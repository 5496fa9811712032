// SPDX-License-Identifier: GPL-2.0
/*
 * A queue of the device: two rings in memory and a few registers. Each access
 * to a register leaves the virtual machine, so what can be learnt from memory
 * is learnt there.
 */
#include <linux/dma-mapping.h>
#include <linux/io-64-nonatomic-lo-hi.h>

#include "guest.h"

static size_t descriptors_size(const struct mcg_ring *ring)
{
	return ring->entries * sizeof(*ring->descriptors);
}

static size_t completions_size(const struct mcg_ring *ring)
{
	return ring->entries * sizeof(*ring->completions);
}

/**
 * mcg_ring_alloc() - memory for a ring
 * @ring:	knows its device and its registers
 * @entries:	a power of two
 *
 * The device hears of it in mcg_ring_enable().
 *
 * Return: 0 or -ENOMEM
 */
int mcg_ring_alloc(struct mcg_ring *ring, unsigned int entries)
{
	ring->entries = entries;
	ring->head = 0;
	ring->tail = 0;
	ring->descriptors = dma_alloc_coherent(ring->dev,
					       descriptors_size(ring),
					       &ring->descriptors_dma,
					       GFP_KERNEL);
	if (!ring->descriptors)
		return -ENOMEM;
	ring->completions = dma_alloc_coherent(ring->dev,
					       completions_size(ring),
					       &ring->completions_dma,
					       GFP_KERNEL);
	if (!ring->completions) {
		dma_free_coherent(ring->dev, descriptors_size(ring),
				  ring->descriptors, ring->descriptors_dma);
		ring->descriptors = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* The ring is not enabled; there may be none. Sleeps. */
void mcg_ring_free(struct mcg_ring *ring)
{
	if (!ring->descriptors)
		return;
	dma_free_coherent(ring->dev, completions_size(ring), ring->completions,
			  ring->completions_dma);
	dma_free_coherent(ring->dev, descriptors_size(ring), ring->descriptors,
			  ring->descriptors_dma);
	ring->descriptors = NULL;
	ring->completions = NULL;
}

/* The queue was reset, so the device begins at entry 0. */
void mcg_ring_enable(struct mcg_ring *ring)
{
	ring->head = 0;
	ring->tail = 0;
	writeq(ring->descriptors_dma, ring->regs + MCOPY_QUEUE_RING);
	writeq(ring->completions_dma, ring->regs + MCOPY_QUEUE_COMPLETIONS);
	writel(ring->entries, ring->regs + MCOPY_QUEUE_ENTRIES);
	writel(MCOPY_QUEUE_ENABLE, ring->regs + MCOPY_QUEUE_CONTROL);
	ring->enabled = true;
}

/*
 * When this returns the device has stored its last byte. The records of what
 * it had done can still be taken.
 */
void mcg_ring_reset(struct mcg_ring *ring)
{
	writel(MCOPY_QUEUE_RESET, ring->regs + MCOPY_QUEUE_CONTROL);
	ring->enabled = false;
}

/*
 * Entries that may be used. One has to stay free, or the ring would look empty.
 * Another one does because a record can be taken just before the device moves
 * its head: seen from there, our head is one ahead.
 */
unsigned int mcg_ring_room(const struct mcg_ring *ring)
{
	return (ring->head - ring->tail - 2) & (ring->entries - 1);
}

/**
 * mcg_ring_put() - write the next entry
 * @ring:	has room
 * @from:	goes there
 * @interrupt:	when it is done
 *
 * The device sees it with the next mcg_ring_doorbell().
 */
void mcg_ring_put(struct mcg_ring *ring, const struct mcopy_descriptor *from,
		  bool interrupt)
{
	struct mcopy_descriptor *to = &ring->descriptors[ring->tail];

	*to = *from;
	if (interrupt)
		to->flags |= cpu_to_le32(MCOPY_FLAG_INTERRUPT);
	/* What was done in this entry before is not what is done now. */
	ring->completions[ring->tail].status = 0;
	ring->tail = (ring->tail + 1) & (ring->entries - 1);
}

void mcg_ring_doorbell(struct mcg_ring *ring)
{
	/* writel() has the entries written before. */
	writel(ring->tail, ring->regs + MCOPY_QUEUE_TAIL);
}

/**
 * mcg_ring_take() - take the next completion record
 * @ring:	has an entry whose record was not taken
 * @tag:	of the descriptor
 *
 * Return: whether there was one.
 */
bool mcg_ring_take(struct mcg_ring *ring, u64 *tag)
{
	const struct mcopy_completion *record = &ring->completions[ring->head];

	if (READ_ONCE(record->status) != cpu_to_le32(MCOPY_COMPLETION_DONE))
		return false;
	/* The device stored the status last: the rest, and the data, is there. */
	dma_rmb();
	*tag = le64_to_cpu(record->tag);
	ring->head = (ring->head + 1) & (ring->entries - 1);
	return true;
}

/**
 * mcg_ring_stopped() - has the device given up?
 * @ring:	is enabled
 * @stop:	says why, if so
 *
 * Records of what it had done before are there when this returns.
 *
 * Return: whether it has.
 */
bool mcg_ring_stopped(struct mcg_ring *ring, struct mcg_stop *stop)
{
	stop->error = readl(ring->regs + MCOPY_QUEUE_ERROR);
	if (stop->error == MCOPY_ERROR_NONE)
		return false;
	stop->head = readl(ring->regs + MCOPY_QUEUE_HEAD);
	stop->address = readq(ring->regs + MCOPY_QUEUE_ERROR_ADDR);
	return true;
}
