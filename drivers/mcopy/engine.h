/* SPDX-License-Identifier: GPL-2.0 */
/* The DMA engine: queues of descriptors, each worked off by a work item. */
#ifndef MCOPY_ENGINE_H
#define MCOPY_ENGINE_H

#include <linux/types.h>
#include <linux/workqueue.h>
#include <uapi/linux/mcopy.h>

struct mcopy;

/**
 * struct mcopy_job - the descriptor at the head of a queue
 * @stage:	MCOPY_STAGE_*
 * @descriptor:	as fetched, and checked; zeros in MCOPY_STAGE_IDLE
 * @done:	bytes of it
 * @crc:	CRC32C so far
 */
struct mcopy_job {
	u32 stage;
	struct mcopy_descriptor descriptor;
	u64 done;
	u32 crc;
};

/**
 * struct mcopy_queue_regs - what the guest sees of a queue
 * @ring:	MCOPY_QUEUE_RING
 * @completions: MCOPY_QUEUE_COMPLETIONS
 * @entries:	MCOPY_QUEUE_ENTRIES
 * @enabled:	MCOPY_QUEUE_ENABLE
 * @tail:	MCOPY_QUEUE_TAIL
 * @head:	MCOPY_QUEUE_HEAD
 * @error:	MCOPY_ERROR_*
 * @error_address: MCOPY_QUEUE_ERROR_ADDR
 */
struct mcopy_queue_regs {
	u64 ring;
	u64 completions;
	u32 entries;
	bool enabled;
	u32 tail;
	u32 head;
	u32 error;
	u64 error_address;
};

/**
 * struct mcopy_queue - one queue
 * @mcopy:	its device
 * @work:	does what is to be done, part by part; takes the mcopy's lock
 *		between parts only
 * @regs:	registers
 * @job:	at the head
 * @generation:	counts what makes a part that is under way void
 * @waiters:	wait for the work to end; none begins meanwhile
 * @reset:	the guest asked for a reset, which waits for the work
 * @buffer:	MCOPY_PART_MAX bytes, the work's own; NULL while the device is
 *		closed
 */
struct mcopy_queue {
	struct mcopy *mcopy;
	struct delayed_work work;
	struct mcopy_queue_regs regs;
	struct mcopy_job job;
	u32 generation;
	u32 waiters;
	bool reset;
	void *buffer;
};

/**
 * struct mcopy_engine - all queues
 * @count:	queues that the device has; changes only while it is closed
 * @ring_max:	entries that a ring may have; likewise
 * @quiesced:	no part may begin
 * @requests:	of the guest that have to wait for the work
 * @settled:	how many of them are done
 * @reset:	a reset of the whole device is one of the others
 * @rate:	bytes a second for all queues together, 0 for no limit
 * @next_ns:	when the next part may begin, if there is a limit
 * @queue:	the first @count are there
 */
struct mcopy_engine {
	u32 count;
	u32 ring_max;
	bool quiesced;
	u32 requests;
	u32 settled;
	bool reset;
	u64 rate;
	u64 next_ns;
	struct mcopy_queue queue[MCOPY_QUEUES_MAX];
};

/*
 * Bytes that are moved at once. Type1 holds its lock meanwhile, and QEMU waits
 * for that when it asks for dirty pages.
 */
#define MCOPY_PART_MAX	(64 * 1024)

/* engine.c */
int mcopy_engine_module_init(void);
void mcopy_engine_module_exit(void);
void mcopy_engine_init(struct mcopy *mcopy);
int mcopy_engine_open(struct mcopy *mcopy);
void mcopy_engine_close(struct mcopy *mcopy);
void mcopy_engine_quiesce(struct mcopy *mcopy);
void mcopy_engine_unquiesce(struct mcopy *mcopy);
void mcopy_engine_settle(struct mcopy *mcopy);
void mcopy_engine_set_rate(struct mcopy *mcopy, u64 rate);

/* engine.c; the mcopy's lock is held */
void mcopy_engine_clear(struct mcopy *mcopy);
void mcopy_engine_kick(struct mcopy_queue *queue);
void mcopy_engine_bus_master(struct mcopy *mcopy, bool on);

static inline bool mcopy_engine_unsettled(const struct mcopy_engine *engine)
{
	return engine->requests != engine->settled;
}

/* queue.c; the mcopy's lock is held */
u32 mcopy_queue_read(struct mcopy *mcopy, u32 pos);
void mcopy_queue_write(struct mcopy *mcopy, u32 pos, u32 value, u32 mask);
bool mcopy_queue_rings_valid(const struct mcopy_engine *engine,
			     const struct mcopy_queue_regs *regs);
void mcopy_queue_fail(struct mcopy_queue *queue, u32 error, u64 address);
void mcopy_queue_interrupt(struct mcopy_queue *queue);
void mcopy_queue_drop_job(struct mcopy_queue *queue);
void mcopy_queue_clear(struct mcopy_queue *queue);

/* descriptor.c */
u32 mcopy_descriptor_error(const struct mcopy *mcopy,
			   const struct mcopy_descriptor *descriptor);

/**
 * struct mcopy_part - what the work of a queue does next, and how it went
 * @generation:	of the queue when it began
 * @length:	bytes; 0 to fetch the descriptor or to store the record
 * @address:	guest address of the descriptor or of the record
 * @error:	MCOPY_ERROR_*
 * @error_address: guest address that goes with it
 * @job:	copy of the queue's; the work changes this one
 */
struct mcopy_part {
	u32 generation;
	u32 length;
	u64 address;
	u32 error;
	u64 error_address;
	struct mcopy_job job;
};

/* transfer.c; no lock is held */
void mcopy_transfer_fetch(struct mcopy_queue *queue, struct mcopy_part *part);
void mcopy_transfer_move(struct mcopy_queue *queue, struct mcopy_part *part);
void mcopy_transfer_report(struct mcopy_queue *queue,
			   struct mcopy_part *part);

/* engine_state.c; the mcopy's lock is held */
void mcopy_engine_save(const struct mcopy *mcopy, struct mcopy_state *state);
const char *mcopy_engine_wrong_field(const struct mcopy *mcopy,
				     const struct mcopy_state *state);
void mcopy_engine_load(struct mcopy *mcopy, const struct mcopy_state *state);

#endif /* MCOPY_ENGINE_H */
