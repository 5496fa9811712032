// SPDX-License-Identifier: GPL-2.0
/* Resuming sessions: from the reader's callbacks to the device. */
#include <linux/sched.h>
#include <linux/string.h>

#include "core.h"
#include "memory.h"
#include "trace.h"

static struct vmig_core *core_of(struct vmig_reader *reader)
{
	return container_of(reader, struct vmig_core, load.reader);
}

static enum vmig_reason load_begin(struct vmig_reader *reader, u64 session)
{
	struct vmig_core *core = core_of(reader);

	/*
	 * What an earlier session left must not show through. If it left
	 * nothing, spare the work: a segment can hold many headers.
	 */
	if (core->load.touched)
		core->vmig->ops->clear(core->vmig);
	core->load.touched = false;
	trace_vmig_session(core, "load", session, "open", 0, 0);
	return VMIG_REASON_NONE;
}

static enum vmig_reason load_self(struct vmig_reader *reader, const char *line,
				  u32 length)
{
	struct vmig_core *core = core_of(reader);
	struct vmig_load *load = &core->load;
	enum vmig_reason reason;
	const char *field;

	if (vmig_fault_record(core, reader->records))
		return VMIG_REASON_INJECTED;
	/* It only asks early: what comes is checked for what it is all the same. */
	if (core->faults.ignore_self)
		return VMIG_REASON_NONE;
	reason = vmig_judge(&load->trial, &core->description.document, line,
			    length, &field);
	if (!reason)
		return VMIG_REASON_NONE;
	/* It may be part of the line, which goes with the next one. */
	strscpy(load->against, field, sizeof(load->against));
	reader->refusal.field = load->against;
	return reason;
}

static enum vmig_reason load_memory(struct vmig_reader *reader, u64 address,
				    const void *data, u32 length)
{
	struct vmig_core *core = core_of(reader);

	if (vmig_fault_record(core, reader->records))
		return VMIG_REASON_INJECTED;
	core->load.touched = true;
	if (vmig_memory_load(core->vmig, address, data, length))
		return VMIG_REASON_NO_MEMORY;
	return VMIG_REASON_NONE;
}

static enum vmig_reason load_state(struct vmig_reader *reader,
				   const void *data, u32 length)
{
	struct vmig_device *vmig = core_of(reader)->vmig;

	if (vmig_fault_record(core_of(reader), reader->records))
		return VMIG_REASON_INJECTED;
	reader->refusal.field = vmig->ops->load_state(vmig, data, length);
	return reader->refusal.field ? VMIG_REASON_BAD_STATE :
				       VMIG_REASON_NONE;
}

static enum vmig_reason load_end(struct vmig_reader *reader)
{
	struct vmig_core *core = core_of(reader);

	if (vmig_fault_record(core, reader->records))
		return VMIG_REASON_INJECTED;
	core->load.touched = true;
	core->vmig->ops->commit_state(core->vmig);
	return VMIG_REASON_NONE;
}

static void load_record(struct vmig_reader *reader, u16 type, u32 sequence,
			u64 address, u32 length)
{
	struct vmig_core *core = core_of(reader);

	cond_resched();
	trace_vmig_record(core, "load", type, sequence, address, length);
	core->load.records++;
	if (type == VMIG_RECORD_MEMORY)
		core->load.memory_bytes += length;
	/* The reader counts the END record when we return. */
	if (type == VMIG_RECORD_END)
		trace_vmig_session(core, "load", reader->session, "complete",
				   reader->bytes + VMIG_END_SIZE,
				   reader->records + 1);
}

static const struct vmig_reader_ops load_ops = {
	.begin = load_begin,
	.self = load_self,
	.memory = load_memory,
	.state = load_state,
	.end = load_end,
	.record = load_record,
};

/* Take a stream from its beginning, into a device that is clear. */
void vmig_load_open(struct vmig_core *core)
{
	lockdep_assert_held(&core->lock);
	core->vmig->ops->clear(core->vmig);
	vmig_reader_start(&core->load.reader, &load_ops,
			  core->vmig->memory_size, core->load.payload);
	core->load.records = 0;
	core->load.memory_bytes = 0;
	core->load.touched = false;
	core->load.open = true;
	core->window.staged = false;
}

int vmig_load_feed(struct vmig_core *core, const void *data, u32 size)
{
	struct vmig_reader *reader = &core->load.reader;
	const bool refused = reader->refusal.reason;
	const u64 memory = core->load.memory_bytes;
	const u32 records = core->load.records;
	int ret;

	lockdep_assert_held(&core->lock);
	ret = vmig_reader_feed(reader, data, size);
	if (ret && !refused)
		vmig_refuse(core, &reader->refusal);
	trace_vmig_segment(core, "load", "resuming", size,
			   core->load.records - records,
			   core->load.memory_bytes - memory);
	return ret;
}

/* May the device leave RESUMING with what it has? */
int vmig_load_finish(struct vmig_core *core)
{
	struct vmig_reader *reader = &core->load.reader;
	const bool refused = reader->refusal.reason;
	int ret;

	lockdep_assert_held(&core->lock);
	ret = vmig_reader_finish(reader);
	if (ret && !refused)
		vmig_refuse(core, &reader->refusal);
	return ret;
}

void vmig_load_close(struct vmig_core *core)
{
	lockdep_assert_held(&core->lock);
	core->load.open = false;
	core->file = NULL;
}
