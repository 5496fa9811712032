/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of the migration core. Each transition, session, segment,
 * record, refusal and answer about what is pending has one: QEMU shows little
 * of what a device does.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vmig

#if !defined(VMIG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define VMIG_TRACE_H

#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/uuid.h>

#include "core.h"

/* Longest device name that a trace shows, a UUID. */
#define VMIG_TRACE_NAME		(UUID_STRING_LEN + 1)
/* Longest field name. */
#define VMIG_TRACE_FIELD	24

#define vmig_show_type(type) __print_symbolic(type,	\
	{ VMIG_RECORD_SELF, "SELF" },			\
	{ VMIG_RECORD_MEMORY, "MEMORY" },		\
	{ VMIG_RECORD_STATE, "STATE" },			\
	{ VMIG_RECORD_END, "END" })

DECLARE_EVENT_CLASS(vmig_transition,
	TP_PROTO(const struct vmig_core *core, int from, int to, int err),
	TP_ARGS(core, from, to, err),
	TP_STRUCT__entry(
		__array(char, dev, VMIG_TRACE_NAME)
		__field(int, from)
		__field(int, to)
		__field(int, err)
	),
	TP_fast_assign(
		strscpy(__entry->dev, core->vmig->name,
			VMIG_TRACE_NAME);
		__entry->from = from;
		__entry->to = to;
		__entry->err = err;
	),
	TP_printk("dev=%s from=%s to=%s err=%d", __entry->dev,
		  vmig_state_name(__entry->from),
		  vmig_state_name(__entry->to), __entry->err)
);

/* A request, from where the device was to where it was to go. */
DEFINE_EVENT(vmig_transition, vmig_state,
	TP_PROTO(const struct vmig_core *core, int from, int to, int err),
	TP_ARGS(core, from, to, err)
);

/* One step of it. */
DEFINE_EVENT(vmig_transition, vmig_arc,
	TP_PROTO(const struct vmig_core *core, int from, int to, int err),
	TP_ARGS(core, from, to, err)
);

TRACE_EVENT(vmig_session,
	TP_PROTO(const struct vmig_core *core, const char *dir, u64 id,
		 const char *event, u64 bytes, u32 records),
	TP_ARGS(core, dir, id, event, bytes, records),
	TP_STRUCT__entry(
		__array(char, dev, VMIG_TRACE_NAME)
		__field(const char *, dir)
		__field(u64, id)
		__field(const char *, event)
		__field(u64, bytes)
		__field(u32, records)
	),
	TP_fast_assign(
		strscpy(__entry->dev, core->vmig->name,
			VMIG_TRACE_NAME);
		__entry->dir = dir;
		__entry->id = id;
		__entry->event = event;
		__entry->bytes = bytes;
		__entry->records = records;
	),
	TP_printk("dev=%s dir=%s id=%llu event=%s bytes=%llu records=%u",
		  __entry->dev, __entry->dir, __entry->id, __entry->event,
		  __entry->bytes, __entry->records)
);

TRACE_EVENT(vmig_phase,
	TP_PROTO(const struct vmig_core *core, const char *phase,
		 u64 dirty_bytes),
	TP_ARGS(core, phase, dirty_bytes),
	TP_STRUCT__entry(
		__array(char, dev, VMIG_TRACE_NAME)
		__field(const char *, phase)
		__field(u64, dirty_bytes)
	),
	TP_fast_assign(
		strscpy(__entry->dev, core->vmig->name,
			VMIG_TRACE_NAME);
		__entry->phase = phase;
		__entry->dirty_bytes = dirty_bytes;
	),
	TP_printk("dev=%s phase=%s dirty_bytes=%llu", __entry->dev,
		  __entry->phase, __entry->dirty_bytes)
);

/* What the user was told, at each time it asked. */
TRACE_EVENT(vmig_pending,
	TP_PROTO(const struct vmig_core *core, u64 bytes),
	TP_ARGS(core, bytes),
	TP_STRUCT__entry(
		__array(char, dev, VMIG_TRACE_NAME)
		__field(u64, bytes)
	),
	TP_fast_assign(
		strscpy(__entry->dev, core->vmig->name,
			VMIG_TRACE_NAME);
		__entry->bytes = bytes;
	),
	TP_printk("dev=%s bytes=%llu", __entry->dev, __entry->bytes)
);

TRACE_EVENT(vmig_segment,
	TP_PROTO(const struct vmig_core *core, const char *dir,
		 const char *phase, u32 bytes, u32 records, u64 memory_bytes),
	TP_ARGS(core, dir, phase, bytes, records, memory_bytes),
	TP_STRUCT__entry(
		__array(char, dev, VMIG_TRACE_NAME)
		__field(const char *, dir)
		__field(const char *, phase)
		__field(u32, bytes)
		__field(u32, records)
		__field(u64, memory_bytes)
	),
	TP_fast_assign(
		strscpy(__entry->dev, core->vmig->name,
			VMIG_TRACE_NAME);
		__entry->dir = dir;
		__entry->phase = phase;
		__entry->bytes = bytes;
		__entry->records = records;
		__entry->memory_bytes = memory_bytes;
	),
	TP_printk("dev=%s dir=%s phase=%s bytes=%u records=%u memory_bytes=%llu",
		  __entry->dev, __entry->dir, __entry->phase, __entry->bytes,
		  __entry->records, __entry->memory_bytes)
);

TRACE_EVENT(vmig_record,
	TP_PROTO(const struct vmig_core *core, const char *dir, u16 type,
		 u32 seq, u64 address, u32 len),
	TP_ARGS(core, dir, type, seq, address, len),
	TP_STRUCT__entry(
		__array(char, dev, VMIG_TRACE_NAME)
		__field(const char *, dir)
		__field(u16, type)
		__field(u32, seq)
		__field(u64, address)
		__field(u32, len)
	),
	TP_fast_assign(
		strscpy(__entry->dev, core->vmig->name,
			VMIG_TRACE_NAME);
		__entry->dir = dir;
		__entry->type = type;
		__entry->seq = seq;
		__entry->address = address;
		__entry->len = len;
	),
	TP_printk("dev=%s dir=%s type=%s seq=%u addr=0x%llx len=%u",
		  __entry->dev, __entry->dir, vmig_show_type(__entry->type),
		  __entry->seq, __entry->address, __entry->len)
);

TRACE_EVENT(vmig_refused,
	TP_PROTO(const struct vmig_core *core,
		 const struct vmig_refusal *refusal, int err),
	TP_ARGS(core, refusal, err),
	TP_STRUCT__entry(
		__array(char, dev, VMIG_TRACE_NAME)
		__field(const char *, reason)
		__array(char, field, VMIG_TRACE_FIELD)
		__field(u32, record)
		__field(int, err)
	),
	TP_fast_assign(
		strscpy(__entry->dev, core->vmig->name,
			VMIG_TRACE_NAME);
		__entry->reason = vmig_reason_name(refusal->reason);
		/* A copy: the name may be in the driver's module. */
		strscpy(__entry->field, refusal->field ?: "-",
			VMIG_TRACE_FIELD);
		__entry->record = refusal->record;
		__entry->err = err;
	),
	TP_printk("dev=%s reason=%s record=%u field=%s err=%d", __entry->dev,
		  __entry->reason, __entry->record, __entry->field,
		  __entry->err)
);

#endif /* VMIG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
