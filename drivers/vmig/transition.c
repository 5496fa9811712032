// SPDX-License-Identifier: GPL-2.0
/*
 * Walking the state machine. One small function per action; the tables in
 * states.c say when each is due. Leaving RESUMING can fail, and is always the
 * first step of a path; opening a session can, and is always the last. In the
 * first case the state stays as it was, and the stream has ended all the same,
 * if it was not complete; in the second the device stays where it got to.
 */
#include <linux/err.h>

#include "backport.h"
#include "core.h"
#include "trace.h"

static int do_quiesce(struct vmig_core *core)
{
	if (core->vmig->ops->quiesce)
		core->vmig->ops->quiesce(core->vmig);
	return 0;
}

static int do_unquiesce(struct vmig_core *core)
{
	if (core->vmig->ops->unquiesce)
		core->vmig->ops->unquiesce(core->vmig);
	return 0;
}

static int do_halt(struct vmig_core *core)
{
	if (core->vmig->ops->halt)
		core->vmig->ops->halt(core->vmig);
	return 0;
}

static int do_start(struct vmig_core *core)
{
	if (core->vmig->ops->start)
		core->vmig->ops->start(core->vmig);
	return 0;
}

static int do_save_open(struct vmig_core *core)
{
	vmig_save_open(core);
	return 0;
}

static int do_save_close(struct vmig_core *core)
{
	vmig_save_close(core);
	return 0;
}

static int do_load_open(struct vmig_core *core)
{
	vmig_load_open(core);
	return 0;
}

static int do_load_close(struct vmig_core *core)
{
	int ret = vmig_load_finish(core);

	if (!ret)
		vmig_load_close(core);
	return ret;
}

static int (* const handlers[VMIG_ACTIONS])(struct vmig_core *core) = {
	[VMIG_ACTION_QUIESCE] = do_quiesce,
	[VMIG_ACTION_UNQUIESCE] = do_unquiesce,
	[VMIG_ACTION_HALT] = do_halt,
	[VMIG_ACTION_START] = do_start,
	[VMIG_ACTION_SAVE_OPEN] = do_save_open,
	[VMIG_ACTION_SAVE_CLOSE] = do_save_close,
	[VMIG_ACTION_PRECOPY_OPEN] = do_save_open,
	[VMIG_ACTION_PRECOPY_CLOSE] = do_save_close,
	[VMIG_ACTION_PRECOPY_FREEZE] = do_halt,
	[VMIG_ACTION_LOAD_OPEN] = do_load_open,
	[VMIG_ACTION_LOAD_CLOSE] = do_load_close,
};

static bool opens_saving(enum vmig_action action)
{
	return action == VMIG_ACTION_PRECOPY_OPEN ||
	       action == VMIG_ACTION_SAVE_OPEN;
}

/*
 * An mdev's DMA through iommufd is marked in no bitmap but ours, and QEMU 10
 * does not even look for one: what the device writes would not be sent again.
 */
static bool dma_goes_unseen(const struct vmig_core *core)
{
	const struct vfio_device *vdev = &core->vmig->vdev;

	return backport_bound_to_iommufd(vdev) && !vdev->log_ops;
}

/* What a session needs before it is opened. Only v2 has files. */
static int prepare_session(struct vmig_core *core, enum vmig_action action,
			   struct file **opened)
{
	struct file *file;

	if (opens_saving(action) && dma_goes_unseen(core))
		return vmig_refuse_access(core, VMIG_REASON_NO_DIRTY_TRACKING,
					  "iommufd");
	if (!opened ||
	    (!opens_saving(action) && action != VMIG_ACTION_LOAD_OPEN))
		return 0;
	file = vmig_file_open(core, opens_saving(action));
	if (IS_ERR(file))
		return vmig_refuse_errno(core, VMIG_REASON_NO_MEMORY, "file",
					 PTR_ERR(file));
	*opened = file;
	return 0;
}

static int take_arc(struct vmig_core *core, enum vmig_state to,
		    struct file **opened)
{
	enum vmig_action action = vmig_state_action(core->state, to);
	int ret;

	if (WARN_ON_ONCE(!handlers[action]))
		return -EINVAL;
	ret = prepare_session(core, action, opened);
	if (!ret)
		ret = handlers[action](core);
	if (ret)
		return ret;

	core->state = to;
	if (action == VMIG_ACTION_PRECOPY_FREEZE || opens_saving(action))
		vmig_save_trace_phase(core);
	return 0;
}

static int step(struct vmig_core *core, enum vmig_state to,
		struct file **opened)
{
	const enum vmig_state from = core->state;
	int ret = vmig_fault_arc(core, to);

	if (!ret)
		ret = take_arc(core, to, opened);
	trace_vmig_arc(core, from, to, ret);
	return ret;
}

/* One that can't fail, and is not made to. */
static void step_back(struct vmig_core *core, enum vmig_state to)
{
	const enum vmig_state from = core->state;

	WARN_ON_ONCE(take_arc(core, to, NULL));
	trace_vmig_arc(core, from, to, 0);
}

/*
 * For protocol v1, which has no word for these two: on to the state whose word
 * is read, when a request has ended before it was there.
 */
void vmig_leave_p2p(struct vmig_core *core)
{
	lockdep_assert_held(&core->lock);
	if (core->state == VMIG_STATE_RUNNING_P2P)
		step_back(core, VMIG_STATE_RUNNING);
	else if (core->state == VMIG_STATE_PRE_COPY_P2P)
		step_back(core, VMIG_STATE_PRE_COPY);
}

/*
 * Go to a state by the shortest path. Returns 0, or -errno with the reason
 * noted and the device where it got to: that is where it was, unless the last
 * step of several has failed, or one was made to.
 *
 * @opened is where protocol v2 wants the new session's file; NULL for v1.
 */
int vmig_set_state(struct vmig_core *core, enum vmig_state wanted,
		   struct file **opened)
{
	const enum vmig_state from = core->state;
	int ret = 0;

	lockdep_assert_held(&core->lock);
	while (!ret && core->state != wanted) {
		enum vmig_state to = vmig_state_next(core->state, wanted);

		if (to == VMIG_STATE_ERROR)
			ret = vmig_refuse_access(core,
						 VMIG_REASON_BAD_TRANSITION,
						 vmig_state_name(wanted));
		else
			ret = step(core, to, opened);
	}
	trace_vmig_state(core, from, wanted, ret);
	wake_up_interruptible(&core->wait);
	return ret;
}
