/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints of the device: what its engine has at hand when it stops. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mcopy

#if !defined(MCOPY_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MCOPY_TRACE_H

#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/uuid.h>

#include "mcopy.h"

#define MCOPY_TRACE_NAME	(UUID_STRING_LEN + 1)

TRACE_EVENT(mcopy_parked,
	TP_PROTO(const struct mcopy *mcopy, u32 queue, u64 ns),
	TP_ARGS(mcopy, queue, ns),
	TP_STRUCT__entry(
		__array(char, dev, MCOPY_TRACE_NAME)
		__field(u32, queue)
		__field(u32, head)
		__field(u32, queued)
		__field(u32, stage)
		__field(u64, done)
		__field(u64, length)
		__field(u64, ns)
	),
	TP_fast_assign(
		const struct mcopy_queue *parked = &mcopy->engine.queue[queue];

		strscpy(__entry->dev, mcopy->vmig.name,
			MCOPY_TRACE_NAME);
		__entry->queue = queue;
		__entry->head = parked->regs.head;
		__entry->queued = (parked->regs.tail - parked->regs.head) &
				  (parked->regs.entries - 1);
		__entry->stage = parked->job.stage;
		__entry->done = parked->job.done;
		__entry->length = le64_to_cpu(parked->job.descriptor.length);
		__entry->ns = ns;
	),
	TP_printk("dev=%s queue=%u head=%u queued=%u stage=%u done=%llu length=%llu ns=%llu",
		  __entry->dev, __entry->queue, __entry->head, __entry->queued,
		  __entry->stage, __entry->done, __entry->length, __entry->ns)
);

#endif /* MCOPY_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
