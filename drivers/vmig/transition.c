// SPDX-License-Identifier: GPL-2.0
/*
 * Walking the state machine. One small function per action; the tables in
 * states.c say when each is due. Only leaving RESUMING can fail, and it is
 * always the first step of a path: a request that fails leaves the state as it
 * was. It ends the stream all the same, if that was not complete.
 */
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
	core->vmig->ops->halt(core->vmig);
	return 0;
}

static int do_start(struct vmig_core *core)
{
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

static int step(struct vmig_core *core, enum vmig_state to)
{
	enum vmig_action action = vmig_state_action(core->state, to);
	int ret;

	if (WARN_ON_ONCE(!handlers[action]))
		return -EINVAL;
	ret = handlers[action](core);
	if (ret)
		return ret;

	core->state = to;
	if (action == VMIG_ACTION_PRECOPY_FREEZE ||
	    action == VMIG_ACTION_PRECOPY_OPEN ||
	    action == VMIG_ACTION_SAVE_OPEN)
		vmig_save_trace_phase(core);
	return 0;
}

/*
 * Go to a state by the shortest path. Returns 0, or -errno with the state
 * unchanged and the reason noted.
 */
int vmig_set_state(struct vmig_core *core, enum vmig_state wanted)
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
			ret = step(core, to);
	}
	trace_vmig_state(core, from, wanted, ret);
	return ret;
}
