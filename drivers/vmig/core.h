/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the core share about one device. */
#ifndef VMIG_CORE_H
#define VMIG_CORE_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/vmig.h>
#include <linux/wait.h>

#include "describe.h"
#include "fault.h"
#include "judge.h"
#include "log.h"
#include "states.h"
#include "stream.h"

/*
 * The window, the data section of the v1 region, has a part of the size of the
 * device's memory, within bounds. QEMU 7.2 looks for dirty pages in all of the
 * guest's memory once for each segment, so large devices want few of them.
 */
#define VMIG_WINDOW_PART	16
#define VMIG_WINDOW_MIN		(1 * 1024 * 1024)
#define VMIG_WINDOW_MAX		(16 * 1024 * 1024)
/* What a user who wants a small one can have: the largest record must fit. */
#define VMIG_WINDOW_LEAST	(128 * 1024)

struct vmig_files;

/* Who drives the state machine, as bits of the attribute that hides some. */
enum vmig_protocol {
	VMIG_PROTOCOL_V1 = 1 << 0,
	VMIG_PROTOCOL_V2 = 1 << 1,
};

#define VMIG_PROTOCOLS	(VMIG_PROTOCOL_V1 | VMIG_PROTOCOL_V2)

/* What a saving session has to write next. */
enum vmig_save_stage {
	VMIG_SAVE_HEADER,	/* session header and self line */
	VMIG_SAVE_MEMORY,
	VMIG_SAVE_STATE,	/* only when halted and no page is dirty */
	VMIG_SAVE_END,
	VMIG_SAVE_DONE,
};

/**
 * struct vmig_save - the saving session
 * @open:	there is one
 * @stage:	what comes next
 * @writer:	counts what was written
 * @cursor:	where to look for the next dirty page
 * @budget:	pages that may still be fetched before the next vmig_save_begin(),
 *		while the device runs
 * @memory_bytes: device memory written so far
 * @initial_bytes: of the session that were there when it was opened
 */
struct vmig_save {
	bool open;
	enum vmig_save_stage stage;
	struct vmig_writer writer;
	u64 cursor;
	u64 budget;
	u64 memory_bytes;
	u64 initial_bytes;
};

/**
 * struct vmig_load - the resuming session
 * @open:	there is one
 * @reader:	judges the stream
 * @payload:	its buffer
 * @trial:	of the last self line that was read
 * @against:	what stood against the last one that was refused; a refusal may
 *		point here
 * @touched:	the device is not clear any more
 * @records:	taken in since RESUMING was entered, all sessions together
 * @memory_bytes: device memory taken in, likewise
 */
struct vmig_load {
	bool open;
	struct vmig_reader reader;
	void *payload;
	struct vmig_trial trial;
	char against[VMIG_NAME_MAX + 1];
	bool touched;
	u32 records;
	u64 memory_bytes;
};

/**
 * struct vmig_window - the data section of the v1 region
 * @data:	memory that user space may map and write to at any time; nothing
 *		that is read from here can be trusted
 * @room:	bytes of @data, whole pages
 * @staged:	a segment was staged and is not acknowledged yet
 * @size:	its size
 */
struct vmig_window {
	void *data;
	u32 room;
	bool staged;
	u32 size;
};

/**
 * struct vmig_core - private part of a device
 * @vmig:	the device
 * @references:	the device's own, and one for each data file: a file may
 *		outlive the device
 * @lock:	taken by every register access, transition, reset, open and
 *		close. Taken before any lock of the driver; never in a fault
 *		handler.
 * @state:	where the state machine stands
 * @protocol:	who moved it out of RUNNING
 * @protocols:	offered to the next owner
 * @offered:	offered to this one
 * @open:	there is an owner
 * @file:	the session's data file, if it is one of protocol v2 and the
 *		user has not closed it. Not a reference: it is taken away when
 *		either ends
 * @wait:	where those wait who poll the data file
 * @config:	what was chosen for the device
 * @gen:	goes up with each change of that
 * @description: what the device says of itself
 * @files:	in sysfs; NULL while there are none
 * @save:	saving session
 * @load:	resuming session
 * @window:	v1 data section
 * @log:	DMA log, with a lock of its own
 * @faults:	what is to go wrong
 * @refusal:	what was refused last since the device was opened
 * @refusal_err: the errno that came with it
 */
struct vmig_core {
	struct vmig_device *vmig;
	struct kref references;
	struct mutex lock;	/* everything below but the log */
	enum vmig_state state;
	enum vmig_protocol protocol;
	u8 protocols;
	u8 offered;
	bool open;
	struct vmig_file *file;
	wait_queue_head_t wait;
	struct vmig_config config;
	u32 gen;
	struct vmig_description description;
	struct vmig_files *files;
	struct vmig_save save;
	struct vmig_load load;
	struct vmig_window window;
	struct vmig_log log;
	struct vmig_faults faults;
	struct vmig_refusal refusal;
	int refusal_err;
};

static inline bool vmig_halted(const struct vmig_core *core)
{
	return !vmig_state_is_running(core->state);
}

/* Remember and trace why something was refused. Returns the errno. */
int vmig_refuse(struct vmig_core *core, const struct vmig_refusal *refusal);
/* The same for what is no part of a stream. */
int vmig_refuse_access(struct vmig_core *core, enum vmig_reason reason,
		       const char *field);

ssize_t vmig_last_error(struct vmig_core *core, char *buf);
/* With an errno that the reason does not tell. */
int vmig_refuse_errno(struct vmig_core *core, enum vmig_reason reason,
		      const char *field, int err);

static inline struct vmig_core *vmig_core_of(struct vfio_device *vdev)
{
	return container_of(vdev, struct vmig_device, vdev)->core;
}

void vmig_retire(struct vmig_device *vmig);
void vmig_destroy(struct vmig_device *vmig);
int vmig_open(struct vmig_device *vmig);
void vmig_close(struct vmig_device *vmig);
void vmig_reset(struct vmig_device *vmig);

void vmig_core_get(struct vmig_core *core);
void vmig_core_put(struct vmig_core *core);

int vmig_protocol_claim(struct vmig_core *core, enum vmig_protocol protocol);

int vmig_set_state(struct vmig_core *core, enum vmig_state wanted,
		   struct file **opened);
void vmig_leave_p2p(struct vmig_core *core);

void vmig_save_open(struct vmig_core *core);
void vmig_save_close(struct vmig_core *core);
u64 vmig_save_pending(const struct vmig_core *core);
u64 vmig_save_needed(const struct vmig_core *core);
void vmig_save_begin(struct vmig_core *core);
u32 vmig_save_fetch(struct vmig_core *core, void *buf, u32 size);
void vmig_save_trace_phase(struct vmig_core *core);

void vmig_load_open(struct vmig_core *core);
int vmig_load_feed(struct vmig_core *core, const void *data, u32 size);
int vmig_load_finish(struct vmig_core *core);
void vmig_load_close(struct vmig_core *core);

struct file *vmig_file_open(struct vmig_core *core, bool saving);
u64 vmig_file_unread(const struct vmig_core *core);

void vmig_feature_offer(struct vmig_core *core);

#endif /* VMIG_CORE_H */
