// SPDX-License-Identifier: GPL-2.0
/* The registers of the queues. */
#include <linux/log2.h>

#include "mcopy.h"

#define WORD_SIZE	sizeof(u32)

static struct mcopy_queue *queue_at(struct mcopy *mcopy, u32 pos, u32 *reg)
{
	u32 index;

	if (pos < MCOPY_QUEUE_FIRST)
		return NULL;
	index = (pos - MCOPY_QUEUE_FIRST) / MCOPY_QUEUE_STRIDE;
	if (index >= mcopy->engine.count)
		return NULL;
	*reg = (pos - MCOPY_QUEUE_FIRST) % MCOPY_QUEUE_STRIDE;
	return &mcopy->engine.queue[index];
}

u32 mcopy_queue_read(struct mcopy *mcopy, u32 pos)
{
	const struct mcopy_queue_regs *regs;
	struct mcopy_queue *queue;
	u32 reg;

	queue = queue_at(mcopy, pos, &reg);
	if (!queue)
		return 0;
	regs = &queue->regs;
	switch (reg) {
	case MCOPY_QUEUE_RING:
		return lower_32_bits(regs->ring);
	case MCOPY_QUEUE_RING + WORD_SIZE:
		return upper_32_bits(regs->ring);
	case MCOPY_QUEUE_COMPLETIONS:
		return lower_32_bits(regs->completions);
	case MCOPY_QUEUE_COMPLETIONS + WORD_SIZE:
		return upper_32_bits(regs->completions);
	case MCOPY_QUEUE_ENTRIES:
		return regs->entries;
	case MCOPY_QUEUE_CONTROL:
		return regs->enabled ? MCOPY_QUEUE_ENABLE : 0;
	case MCOPY_QUEUE_TAIL:
		return regs->tail;
	case MCOPY_QUEUE_HEAD:
		return regs->head;
	case MCOPY_QUEUE_ERROR:
		return regs->error;
	case MCOPY_QUEUE_ERROR_ADDR:
		return lower_32_bits(regs->error_address);
	case MCOPY_QUEUE_ERROR_ADDR + WORD_SIZE:
		return upper_32_bits(regs->error_address);
	default:
		return 0;
	}
}

/* Can the device find its descriptors, and a place for its records? */
bool mcopy_queue_rings_valid(const struct mcopy_engine *engine,
			     const struct mcopy_queue_regs *regs)
{
	const u64 last = U64_MAX - sizeof(struct mcopy_descriptor) *
				   MCOPY_ENTRIES_MAX;

	return is_power_of_2(regs->entries) &&
	       regs->entries >= MCOPY_ENTRIES_MIN &&
	       regs->entries <= engine->ring_max &&
	       IS_ALIGNED(regs->ring, sizeof(struct mcopy_descriptor)) &&
	       IS_ALIGNED(regs->completions, sizeof(struct mcopy_completion)) &&
	       regs->ring <= last && regs->completions <= last;
}

static void write_control(struct mcopy_queue *queue, u32 value, u32 mask)
{
	struct mcopy_queue_regs *regs = &queue->regs;

	/* A part of the register leaves the rest as it is. */
	value = (value & mask) | (regs->enabled * MCOPY_QUEUE_ENABLE & ~mask);
	if (value & MCOPY_QUEUE_RESET ||
	    (regs->enabled && !(value & MCOPY_QUEUE_ENABLE))) {
		queue->reset = true;
		queue->mcopy->engine.requests++;
	} else if (value & MCOPY_QUEUE_ENABLE && !regs->enabled) {
		regs->enabled = true;
		if (!mcopy_queue_rings_valid(&queue->mcopy->engine, regs))
			mcopy_queue_fail(queue, MCOPY_ERROR_RING, 0);
	}
}

static void write_tail(struct mcopy_queue *queue, u32 value)
{
	struct mcopy_queue_regs *regs = &queue->regs;

	if (!regs->enabled || regs->error)
		return;
	if (value >= regs->entries) {
		mcopy_queue_fail(queue, MCOPY_ERROR_TAIL, 0);
		return;
	}
	regs->tail = value;
	/* Nothing is at the head any more. */
	if (regs->head == regs->tail)
		mcopy_queue_drop_job(queue);
	mcopy_engine_kick(queue);
}

/* The registers that say where the rings are. */
static void write_setup(struct mcopy_queue_regs *regs, u32 reg, u32 value,
			u32 mask)
{
	const u64 low = mask & value, high = low << 32;

	switch (reg) {
	case MCOPY_QUEUE_RING:
		regs->ring = (regs->ring & ~(u64)mask) | low;
		break;
	case MCOPY_QUEUE_RING + WORD_SIZE:
		regs->ring = (regs->ring & ~((u64)mask << 32)) | high;
		break;
	case MCOPY_QUEUE_COMPLETIONS:
		regs->completions = (regs->completions & ~(u64)mask) | low;
		break;
	case MCOPY_QUEUE_COMPLETIONS + WORD_SIZE:
		regs->completions = (regs->completions & ~((u64)mask << 32)) |
				    high;
		break;
	case MCOPY_QUEUE_ENTRIES:
		regs->entries = (regs->entries & ~mask) | low;
		break;
	}
}

void mcopy_queue_write(struct mcopy *mcopy, u32 pos, u32 value, u32 mask)
{
	struct mcopy_queue *queue;
	u32 reg;

	queue = queue_at(mcopy, pos, &reg);
	if (!queue || queue->reset)
		return;
	if (reg == MCOPY_QUEUE_CONTROL)
		write_control(queue, value, mask);
	else if (reg == MCOPY_QUEUE_TAIL)
		write_tail(queue, (queue->regs.tail & ~mask) | (value & mask));
	else if (!queue->regs.enabled)
		write_setup(&queue->regs, reg, value, mask);
}

/**
 * mcopy_queue_fail() - stop a queue for its guest to see
 * @queue:	of a device whose lock is held
 * @error:	MCOPY_ERROR_*
 * @address:	guest address, or 0
 */
void mcopy_queue_fail(struct mcopy_queue *queue, u32 error, u64 address)
{
	queue->regs.error = error;
	queue->regs.error_address = address;
	mcopy_queue_drop_job(queue);
	mcopy_queue_interrupt(queue);
}

/* Forget what is at the head, and the part of it that may be under way. */
void mcopy_queue_drop_job(struct mcopy_queue *queue)
{
	queue->job = (struct mcopy_job) {};
	queue->generation++;
}

/* Set the queue's cause. */
void mcopy_queue_interrupt(struct mcopy_queue *queue)
{
	struct mcopy *mcopy = queue->mcopy;
	const u32 cause = 1U << (queue - mcopy->engine.queue);

	mcopy->regs.irq_status |= cause;
	mcopy_irq_raise(mcopy, cause & mcopy->regs.irq_enable);
}

void mcopy_queue_clear(struct mcopy_queue *queue)
{
	queue->regs = (struct mcopy_queue_regs) {};
	mcopy_queue_drop_job(queue);
	queue->reset = false;
}
