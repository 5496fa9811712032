// SPDX-License-Identifier: GPL-2.0
/*
 * Saving sessions: which record comes next, and how much is left. Both
 * protocols fetch from here, in slices that hold whole records.
 */
#include <linux/atomic.h>
#include <linux/sched.h>

#include "core.h"
#include "memory.h"
#include "trace.h"

#define PAGE_RECORD_SIZE	(VMIG_RECORD_SIZE + VMIG_PAGE_SIZE)

/* A slice must be able to hold the largest record. */
static_assert(VMIG_RECORD_SIZE + VMIG_PAYLOAD_MAX <= VMIG_WINDOW_LEAST);

static const char *phase_name(const struct vmig_core *core)
{
	return vmig_halted(core) ? "stopcopy" : "precopy";
}

static u64 dirty_bytes(const struct vmig_core *core)
{
	return vmig_memory_dirty(core->vmig) * VMIG_PAGE_SIZE;
}

void vmig_save_trace_phase(struct vmig_core *core)
{
	trace_vmig_phase(core, phase_name(core), dirty_bytes(core));
}

/* Header and self line. */
static size_t opening_size(const struct vmig_core *core)
{
	char line[VMIG_SELF_MAX + 1];

	return VMIG_HEADER_SIZE + VMIG_RECORD_SIZE +
	       vmig_self_format(&core->description.document.self, line, sizeof(line));
}

/* State and end. */
static size_t closing_size(const struct vmig_core *core)
{
	return VMIG_RECORD_SIZE + core->vmig->state_size + VMIG_END_SIZE;
}

/* What the session has yet to write, if the device stays as it is. */
static u64 records_left(const struct vmig_core *core, bool halted)
{
	const struct vmig_save *save = &core->save;
	u64 left = 0;

	if (save->stage == VMIG_SAVE_DONE)
		return 0;
	if (save->stage == VMIG_SAVE_HEADER)
		left += opening_size(core);
	if (save->stage <= VMIG_SAVE_MEMORY)
		left += vmig_memory_dirty(core->vmig) * PAGE_RECORD_SIZE;
	if (halted)
		left += save->stage <= VMIG_SAVE_STATE ? closing_size(core) :
							 VMIG_END_SIZE;
	return left;
}

/*
 * Bytes that a device which is not to converge claims to have. There must be
 * something to fetch all the same.
 */
static u64 excess(const struct vmig_core *core)
{
	if (!core->faults.never_converge || vmig_halted(core) ||
	    !vmig_memory_used(core->vmig))
		return 0;
	return VMIG_NEVER_CONVERGE;
}

/*
 * Open a session that is complete in itself: whatever an earlier one has
 * carried, all memory that was ever written counts as dirty again.
 */
void vmig_save_open(struct vmig_core *core)
{
	static atomic64_t sessions;

	lockdep_assert_held(&core->lock);
	vmig_memory_track(core->vmig);
	core->save = (struct vmig_save) {
		.open = true,
		.writer.session = atomic64_inc_return(&sessions),
	};
	core->save.initial_bytes = records_left(core, false);
	core->window.staged = false;
	trace_vmig_session(core, "save", core->save.writer.session, "open", 0,
			   0);
}

void vmig_save_close(struct vmig_core *core)
{
	struct vmig_save *save = &core->save;

	lockdep_assert_held(&core->lock);
	if (!save->open)
		return;
	vmig_memory_untrack(core->vmig);
	trace_vmig_session(core, "save", save->writer.session,
			   save->stage == VMIG_SAVE_DONE ? "complete" : "drop",
			   save->writer.bytes, save->writer.records);
	save->open = false;
	core->file = NULL;
	core->window.staged = false;
}

/*
 * Bytes that can be fetched now. While the device runs, the state is not
 * counted: it can't be fetched before the device stops, and a number that
 * does not fall would keep the user iterating for ever.
 */
u64 vmig_save_pending(const struct vmig_core *core)
{
	if (!core->save.open)
		return 0;
	return records_left(core, vmig_halted(core)) + excess(core);
}

/*
 * Bytes that are yet to be written if the device is stopped now, whether a
 * session is open or is opened then.
 */
u64 vmig_save_needed(const struct vmig_core *core)
{
	if (core->save.open)
		return records_left(core, true) + excess(core);
	return opening_size(core) +
	       vmig_memory_used(core->vmig) * PAGE_RECORD_SIZE +
	       closing_size(core);
}

static u32 write_record(struct vmig_core *core, enum vmig_record_type type,
			u64 address, void *out, u32 length)
{
	struct vmig_writer *writer = &core->save.writer;

	trace_vmig_record(core, "save", type, writer->records, address,
			  length);
	return vmig_write_record(writer, type, address, out, length);
}

static u32 write_opening(struct vmig_core *core, void *out)
{
	struct vmig_writer *writer = &core->save.writer;
	u32 done = vmig_write_header(writer, writer->session, out);
	char line[VMIG_SELF_MAX + 1];
	int length = vmig_self_format(&core->description.document.self, line, sizeof(line));

	memcpy(out + done + VMIG_RECORD_SIZE, line, length);
	core->save.stage = VMIG_SAVE_MEMORY;
	return done + write_record(core, VMIG_RECORD_SELF, 0, out + done,
				   length);
}

/*
 * The page is copied first and the checksum taken of the copy: the guest may
 * store to it at any moment.
 */
static u32 write_page(struct vmig_core *core, void *out)
{
	struct vmig_save *save = &core->save;
	u64 address = save->cursor;

	/* Pages that are dirty again at once must not fill the slice. */
	if (!vmig_halted(core) && !save->budget)
		return 0;
	if (!vmig_memory_fetch(core->vmig, &address, out + VMIG_RECORD_SIZE)) {
		if (vmig_halted(core))
			save->stage = VMIG_SAVE_STATE;
		return 0;
	}
	save->budget--;
	/* On to the next one: a page that is always hot must have its turn. */
	save->cursor = address + VMIG_PAGE_SIZE;
	save->memory_bytes += VMIG_PAGE_SIZE;
	return write_record(core, VMIG_RECORD_MEMORY, address, out,
			    VMIG_PAGE_SIZE);
}

static u32 write_state(struct vmig_core *core, void *out)
{
	struct vmig_device *vmig = core->vmig;

	vmig->ops->save_state(vmig, out + VMIG_RECORD_SIZE);
	core->save.stage = VMIG_SAVE_END;
	return write_record(core, VMIG_RECORD_STATE, 0, out, vmig->state_size);
}

static u32 write_end(struct vmig_core *core, void *out)
{
	struct vmig_writer *writer = &core->save.writer;

	trace_vmig_record(core, "save", VMIG_RECORD_END, writer->records, 0,
			  sizeof(struct vmig_end));
	core->save.stage = VMIG_SAVE_DONE;
	return vmig_write_end(writer, out);
}

/* The most that the next record can take. */
static u32 next_size(const struct vmig_core *core)
{
	switch (core->save.stage) {
	case VMIG_SAVE_HEADER:
		return VMIG_HEADER_SIZE + VMIG_RECORD_SIZE + VMIG_SELF_MAX;
	case VMIG_SAVE_MEMORY:
		return PAGE_RECORD_SIZE;
	case VMIG_SAVE_STATE:
		return VMIG_RECORD_SIZE + core->vmig->state_size;
	default:
		return VMIG_END_SIZE;
	}
}

/* Write the next record to buf + *done. Returns false if there is none now. */
static bool write_next(struct vmig_core *core, void *buf, u32 *done)
{
	void *out = buf + *done;

	switch (core->save.stage) {
	case VMIG_SAVE_HEADER:
		*done += write_opening(core, out);
		return true;
	case VMIG_SAVE_MEMORY:
		*done += write_page(core, out);
		return *done != out - buf || vmig_halted(core);
	case VMIG_SAVE_STATE:
		*done += write_state(core, out);
		return true;
	case VMIG_SAVE_END:
		*done += write_end(core, out);
		return true;
	default:
		return false;
	}
}

/*
 * Each page that is dirty now may be fetched once, and no more before this is
 * called again: one that is always hot must not fill all that a user reads.
 */
void vmig_save_begin(struct vmig_core *core)
{
	lockdep_assert_held(&core->lock);
	if (excess(core) && !vmig_memory_dirty(core->vmig))
		vmig_memory_track(core->vmig);
	core->save.budget = vmig_memory_dirty(core->vmig);
}

/*
 * Write whole records to @buf until it is full or nothing is left. Returns the
 * bytes written.
 */
u32 vmig_save_fetch(struct vmig_core *core, void *buf, u32 size)
{
	const u32 records = core->save.writer.records;
	const u64 memory = core->save.memory_bytes;
	u32 done = 0;

	lockdep_assert_held(&core->lock);
	while (next_size(core) <= size - done && write_next(core, buf, &done))
		cond_resched();
	trace_vmig_segment(core, "save", phase_name(core), done,
			   core->save.writer.records - records,
			   core->save.memory_bytes - memory);
	return done;
}
