// SPDX-License-Identifier: GPL-2.0
/*
 * The engine's part of the STATE record. What is loaded comes from anywhere:
 * nothing is taken that the guest could not have brought about.
 */
#include <linux/string.h>

#include "mcopy.h"

static void save_queue(const struct mcopy_queue *queue,
		       struct mcopy_queue_state *state)
{
	const struct mcopy_queue_regs *regs = &queue->regs;
	const struct mcopy_job *job = &queue->job;

	state->ring = cpu_to_le64(regs->ring);
	state->completions = cpu_to_le64(regs->completions);
	state->entries = cpu_to_le32(regs->entries);
	state->control = cpu_to_le32(regs->enabled ? MCOPY_QUEUE_ENABLE : 0);
	state->tail = cpu_to_le32(regs->tail);
	state->head = cpu_to_le32(regs->head);
	state->error = cpu_to_le32(regs->error);
	state->stage = cpu_to_le32(job->stage);
	state->error_address = cpu_to_le64(regs->error_address);
	state->done = cpu_to_le64(job->done);
	state->crc = cpu_to_le32(job->crc);
	state->descriptor = job->descriptor;
}

void mcopy_engine_save(const struct mcopy *mcopy, struct mcopy_state *state)
{
	u32 i;

	state->queues = cpu_to_le32(mcopy->engine.count);
	for (i = 0; i < mcopy->engine.count; i++)
		save_queue(&mcopy->engine.queue[i], &state->queue[i]);
}

static struct mcopy_queue_regs
decode_regs(const struct mcopy_queue_state *state)
{
	return (struct mcopy_queue_regs) {
		.ring = le64_to_cpu(state->ring),
		.completions = le64_to_cpu(state->completions),
		.entries = le32_to_cpu(state->entries),
		.enabled = state->control,
		.tail = le32_to_cpu(state->tail),
		.head = le32_to_cpu(state->head),
		.error = le32_to_cpu(state->error),
		.error_address = le64_to_cpu(state->error_address),
	};
}

static struct mcopy_job decode_job(const struct mcopy_queue_state *state)
{
	return (struct mcopy_job) {
		.stage = le32_to_cpu(state->stage),
		.descriptor = state->descriptor,
		.done = le64_to_cpu(state->done),
		.crc = le32_to_cpu(state->crc),
	};
}

static bool all_zero(const void *data, size_t length)
{
	return !memchr_inv(data, 0, length);
}

static bool is_idle(const struct mcopy_job *job)
{
	return !job->done && !job->crc &&
	       all_zero(&job->descriptor, sizeof(job->descriptor));
}

/* The guest can put nothing into a queue that is not enabled but its setup. */
static const char *wrong_position(const struct mcopy_engine *engine,
				  const struct mcopy_queue_regs *regs)
{
	const bool valid = mcopy_queue_rings_valid(engine, regs);
	const u32 end = regs->enabled && valid ? regs->entries : 1;

	if (regs->tail >= end)
		return "queue.tail";
	if (regs->head >= end)
		return "queue.head";
	if (regs->error > MCOPY_ERROR_MEMORY ||
	    (regs->error && !regs->enabled))
		return "queue.error";
	if (regs->enabled && regs->error != MCOPY_ERROR_RING && !valid)
		return "queue.ring";
	return NULL;
}

static const char *wrong_job(const struct mcopy *mcopy,
			     const struct mcopy_queue_regs *regs,
			     const struct mcopy_job *job)
{
	const u64 length = le64_to_cpu(job->descriptor.length);

	if (job->stage > MCOPY_STAGE_DONE)
		return "queue.stage";
	if (job->stage == MCOPY_STAGE_IDLE)
		return is_idle(job) ? NULL : "queue.descriptor";
	if (!regs->enabled || regs->error || regs->head == regs->tail)
		return "queue.stage";
	if (mcopy_descriptor_error(mcopy, &job->descriptor))
		return "queue.descriptor";
	/* The last byte is done in the step that leads to DONE. */
	if (job->stage == MCOPY_STAGE_DONE ? job->done != length :
					     job->done >= length)
		return "queue.done";
	return NULL;
}

static const char *wrong_queue(const struct mcopy *mcopy,
			       const struct mcopy_queue_state *state)
{
	const struct mcopy_queue_regs regs = decode_regs(state);
	const struct mcopy_job job = decode_job(state);
	const char *wrong;

	if (le32_to_cpu(state->control) & ~MCOPY_QUEUE_ENABLE)
		return "queue.control";
	if (state->reserved)
		return "queue.reserved";
	wrong = wrong_position(&mcopy->engine, &regs);
	if (wrong)
		return wrong;
	return wrong_job(mcopy, &regs, &job);
}

/* Return: the name of the first field that is wrong, or NULL. */
const char *mcopy_engine_wrong_field(const struct mcopy *mcopy,
				     const struct mcopy_state *state)
{
	const u32 count = mcopy->engine.count;
	u32 i;

	if (le32_to_cpu(state->queues) != count)
		return "queues";
	for (i = 0; i < count; i++) {
		const char *wrong = wrong_queue(mcopy, &state->queue[i]);

		if (wrong)
			return wrong;
	}
	return NULL;
}

/* Take over what was found to be right. */
void mcopy_engine_load(struct mcopy *mcopy, const struct mcopy_state *state)
{
	u32 i;

	for (i = 0; i < mcopy->engine.count; i++) {
		struct mcopy_queue *queue = &mcopy->engine.queue[i];

		queue->regs = decode_regs(&state->queue[i]);
		queue->job = decode_job(&state->queue[i]);
	}
}
