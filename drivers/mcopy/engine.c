// SPDX-License-Identifier: GPL-2.0
/*
 * Working off the queues. A queue's work item repeats: decide what is next,
 * under the lock; do it, without; take the result over, under the lock. To
 * stop a queue is to make the decision "nothing" and to wait for the work; what
 * is unfinished then stands in the queue's job, between two parts.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "mcopy.h"
#include "trace.h"

/* A limited device moves this many parts a second, for a smooth flow. */
#define PARTS_PER_SECOND	32

/* After so long a queue goes to the end of the line of all devices' queues. */
#define TURN_MS			10

static struct workqueue_struct *workqueue;

int mcopy_engine_module_init(void)
{
	workqueue = alloc_workqueue(MCOPY_NAME, WQ_UNBOUND, 0);
	return workqueue ? 0 : -ENOMEM;
}

void mcopy_engine_module_exit(void)
{
	destroy_workqueue(workqueue);
}

/* May the queue begin with anything? */
static bool has_work(const struct mcopy_queue *queue)
{
	const struct mcopy_queue_regs *regs = &queue->regs;
	const struct mcopy *mcopy = queue->mcopy;

	return mcopy->running && mcopy_config_bus_master(mcopy) &&
	       !mcopy->engine.quiesced && !mcopy->engine.reset &&
	       !queue->reset && !queue->waiters && regs->enabled &&
	       !regs->error && regs->head != regs->tail;
}

/**
 * mcopy_engine_kick() - let a queue do what it has to do
 * @queue:	of a device whose lock is held
 */
void mcopy_engine_kick(struct mcopy_queue *queue)
{
	if (has_work(queue))
		mod_delayed_work(workqueue, &queue->work, 0);
}

static void kick_all(struct mcopy *mcopy)
{
	u32 i;

	for (i = 0; i < mcopy->engine.count; i++)
		mcopy_engine_kick(&mcopy->engine.queue[i]);
}

/* How much to move at once, and when, if the device is to be slow. */
static bool may_move(struct mcopy_queue *queue, u32 *length)
{
	struct mcopy_engine *engine = &queue->mcopy->engine;
	const u64 now = ktime_get_ns();

	if (!engine->rate)
		return true;
	if (now < engine->next_ns) {
		queue_delayed_work(workqueue, &queue->work,
				   nsecs_to_jiffies(engine->next_ns - now) + 1);
		return false;
	}
	*length = clamp_t(u64, engine->rate / PARTS_PER_SECOND, 1, *length);
	/* Who is late by a little makes up for it. */
	engine->next_ns = max(engine->next_ns,
			      now - NSEC_PER_SEC / PARTS_PER_SECOND) +
			  div64_u64(*length * NSEC_PER_SEC, engine->rate);
	return true;
}

/* Decide what is next. Return: false if that is nothing. */
static bool begin_part(struct mcopy_queue *queue, struct mcopy_part *part)
{
	const struct mcopy_queue_regs *regs = &queue->regs;
	const struct mcopy_job *job = &queue->job;
	const u64 head = regs->head;

	*part = (struct mcopy_part) {
		.generation = queue->generation,
		.job = *job,
	};
	if (!has_work(queue))
		return false;
	switch (job->stage) {
	case MCOPY_STAGE_IDLE:
		part->address = regs->ring +
				head * sizeof(struct mcopy_descriptor);
		return true;
	case MCOPY_STAGE_DONE:
		part->address = regs->completions +
				head * sizeof(struct mcopy_completion);
		return true;
	default:
		part->length = min_t(u64, MCOPY_PART_MAX,
				     le64_to_cpu(job->descriptor.length) -
				     job->done);
		return may_move(queue, &part->length);
	}
}

static void do_part(struct mcopy_queue *queue, struct mcopy_part *part)
{
	switch (part->job.stage) {
	case MCOPY_STAGE_IDLE:
		mcopy_transfer_fetch(queue, part);
		break;
	case MCOPY_STAGE_WORKING:
		mcopy_transfer_move(queue, part);
		break;
	case MCOPY_STAGE_DONE:
		mcopy_transfer_report(queue, part);
	}
}

/* The record is stored: on to the next descriptor. */
static void finish_job(struct mcopy_queue *queue)
{
	const u32 flags = le32_to_cpu(queue->job.descriptor.flags);
	struct mcopy_queue_regs *regs = &queue->regs;

	regs->head = (regs->head + 1) & (regs->entries - 1);
	queue->job = (struct mcopy_job) {};
	if (flags & MCOPY_FLAG_INTERRUPT)
		mcopy_queue_interrupt(queue);
}

static void end_part(struct mcopy_queue *queue, const struct mcopy_part *part)
{
	const u32 stage = queue->job.stage;

	/* A wrong tail has stopped the queue, or the guest has taken it back. */
	if (part->generation != queue->generation)
		return;
	queue->job = part->job;
	if (part->error)
		mcopy_queue_fail(queue, part->error, part->error_address);
	else if (stage == MCOPY_STAGE_DONE)
		finish_job(queue);
}

static void work(struct work_struct *item)
{
	struct mcopy_queue *queue = container_of(to_delayed_work(item),
						 struct mcopy_queue, work);
	const unsigned long turn = jiffies + msecs_to_jiffies(TURN_MS);
	struct mcopy *mcopy = queue->mcopy;
	struct mcopy_part part;

	mutex_lock(&mcopy->lock);
	while (begin_part(queue, &part)) {
		mutex_unlock(&mcopy->lock);
		do_part(queue, &part);
		cond_resched();
		mutex_lock(&mcopy->lock);
		end_part(queue, &part);
		if (time_after(jiffies, turn)) {
			mcopy_engine_kick(queue);
			break;
		}
	}
	mutex_unlock(&mcopy->lock);
}

/* Keep a queue from going on if it may not now. Return: whether it may not. */
static bool hold(struct mcopy_queue *queue)
{
	bool stops;

	mutex_lock(&queue->mcopy->lock);
	stops = !has_work(queue);
	if (stops)
		queue->waiters++;
	mutex_unlock(&queue->mcopy->lock);
	return stops;
}

static void unhold(struct mcopy_queue *queue)
{
	mutex_lock(&queue->mcopy->lock);
	queue->waiters--;
	/* What came while we waited may have been cancelled. */
	mcopy_engine_kick(queue);
	mutex_unlock(&queue->mcopy->lock);
}

/*
 * Wait for the queues that may not go on; the others may have work for hours.
 * What they are at is finished, up to the next decision.
 */
static void wait_for_work(struct mcopy *mcopy)
{
	struct mcopy_engine *engine = &mcopy->engine;
	u32 i;

	lockdep_assert_not_held(&mcopy->lock);
	for (i = 0; i < engine->count; i++) {
		if (!hold(&engine->queue[i]))
			continue;
		cancel_delayed_work_sync(&engine->queue[i].work);
		unhold(&engine->queue[i]);
	}
}

/**
 * mcopy_engine_quiesce() - let no DMA run
 * @mcopy:	the device; its lock is not held
 *
 * Takes as long as a part of a descriptor. What is unfinished is kept.
 */
void mcopy_engine_quiesce(struct mcopy *mcopy)
{
	struct mcopy_engine *engine = &mcopy->engine;
	const u64 begun = ktime_get_ns();
	u32 i;

	mutex_lock(&mcopy->lock);
	engine->quiesced = true;
	mutex_unlock(&mcopy->lock);
	wait_for_work(mcopy);
	for (i = 0; i < engine->count; i++)
		trace_mcopy_parked(mcopy, i, ktime_get_ns() - begun);
}

/* Go on where the engine was quiesced, here or in another device. */
void mcopy_engine_unquiesce(struct mcopy *mcopy)
{
	mutex_lock(&mcopy->lock);
	mcopy->engine.quiesced = false;
	kick_all(mcopy);
	mutex_unlock(&mcopy->lock);
}

/* Carry out the resets that were asked for; no work is under way. */
static void reset_what_waits(struct mcopy *mcopy)
{
	struct mcopy_engine *engine = &mcopy->engine;
	u32 i;

	if (engine->reset)
		mcopy_device_reset(mcopy);
	for (i = 0; i < engine->count; i++)
		if (engine->queue[i].reset)
			mcopy_queue_clear(&engine->queue[i]);
}

/* A device that was halted meanwhile has not taken the write. */
static void forget_resets(struct mcopy *mcopy)
{
	struct mcopy_engine *engine = &mcopy->engine;
	bool forgot = engine->reset;
	u32 i;

	for (i = 0; i < engine->count; i++) {
		forgot |= engine->queue[i].reset;
		engine->queue[i].reset = false;
	}
	engine->reset = false;
	if (forgot)
		mcopy->dropped++;
}

/**
 * mcopy_engine_settle() - do what the guest's last write has to wait for
 * @mcopy:	the device; its lock is not held
 *
 * A reset frees what DMA was going on with, and so does the end of bus
 * mastering: both are over when the guest's write is, not later.
 */
void mcopy_engine_settle(struct mcopy *mcopy)
{
	struct mcopy_engine *engine = &mcopy->engine;
	u32 seen;

	mutex_lock(&mcopy->lock);
	do {
		seen = engine->requests;
		mutex_unlock(&mcopy->lock);
		wait_for_work(mcopy);
		mutex_lock(&mcopy->lock);
		/* Of a request that came meanwhile the work may still run. */
	} while (engine->requests != seen);
	engine->settled = seen;
	if (mcopy->running)
		reset_what_waits(mcopy);
	else
		forget_resets(mcopy);
	mutex_unlock(&mcopy->lock);
}

/**
 * mcopy_engine_set_rate() - slow the device down, or let it go
 * @mcopy:	the device; its lock is not held
 * @rate:	bytes a second for all queues together, 0 for no limit
 */
void mcopy_engine_set_rate(struct mcopy *mcopy, u64 rate)
{
	mutex_lock(&mcopy->lock);
	mcopy->engine.rate = rate;
	mcopy->engine.next_ns = 0;
	kick_all(mcopy);
	mutex_unlock(&mcopy->lock);
}

/* The guest has changed the command register. */
void mcopy_engine_bus_master(struct mcopy *mcopy, bool on)
{
	if (on)
		kick_all(mcopy);
	else
		mcopy->engine.requests++;
}

/* Power-on state of the registers. */
void mcopy_engine_clear(struct mcopy *mcopy)
{
	struct mcopy_engine *engine = &mcopy->engine;
	u32 i;

	for (i = 0; i < MCOPY_QUEUES_MAX; i++)
		mcopy_queue_clear(&engine->queue[i]);
	engine->reset = false;
	engine->next_ns = 0;
}

void mcopy_engine_init(struct mcopy *mcopy)
{
	struct mcopy_engine *engine = &mcopy->engine;
	u32 i;

	for (i = 0; i < MCOPY_QUEUES_MAX; i++) {
		engine->queue[i].mcopy = mcopy;
		INIT_DELAYED_WORK(&engine->queue[i].work, work);
	}
}

static void free_buffers(struct mcopy_engine *engine)
{
	u32 i;

	for (i = 0; i < engine->count; i++) {
		kvfree(engine->queue[i].buffer);
		engine->queue[i].buffer = NULL;
	}
}

/* Return: 0 or -ENOMEM. */
int mcopy_engine_open(struct mcopy *mcopy)
{
	struct mcopy_engine *engine = &mcopy->engine;
	u32 i;

	for (i = 0; i < engine->count; i++) {
		engine->queue[i].buffer = kvmalloc(MCOPY_PART_MAX,
						   GFP_KERNEL_ACCOUNT);
		if (!engine->queue[i].buffer) {
			mcopy_engine_close(mcopy);
			return -ENOMEM;
		}
	}
	return 0;
}

/* The registers are clear, and nobody can write to them any more. */
void mcopy_engine_close(struct mcopy *mcopy)
{
	wait_for_work(mcopy);
	free_buffers(&mcopy->engine);
}
