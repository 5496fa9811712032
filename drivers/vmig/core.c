// SPDX-License-Identifier: GPL-2.0
/* Life of a device: made, opened, reset, closed; and what it refused last. */
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>
#include <linux/vmalloc.h>

#include "configure.h"
#include "core.h"
#include "limits.h"
#include "trace.h"

/* The device is to go, and was never opened or has been closed. */
void vmig_retire(struct vmig_device *vmig)
{
	mutex_lock(&vmig->core->lock);
	if (vmig->ops->retire)
		vmig->ops->retire(vmig);
	mutex_unlock(&vmig->core->lock);
}

/**
 * vmig_init() - make a device migratable
 * @vmig:	embedded in the driver's own device
 * @ops:	what the device can do; lives as long as the device
 * @name:	of the device in traces, cut to 36 characters there, and of its
 *		folder in debugfs: one of its own that lives as long as the
 *		device, such as its UUID
 * @type:	what the device is an instance of
 *
 * Call it when the device is made, from .init. It calls @ops->configure, for the
 * newest profile, an aggregator of 1 and the default parameters. The buffers that
 * a migration needs are allocated when the device is opened, so that no transition
 * can fail for want of them. The size of the v1 window is chosen here and with
 * each change of the configuration, so that every owner is told the same. The VFIO
 * device gets its migration operations.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, an error of @ops->configure, -EINVAL for a @type that
 * can't be told in a document, for sizes out of range and for memory without
 * the ops for it, or -E2BIG for a @type whose document could become too long.
 */
int vmig_init(struct vmig_device *vmig, const struct vmig_ops *ops,
	      const char *name, const struct vmig_type *type)
{
	struct vmig_core *core;
	int ret;

	/* It can be asked for an instance before vmig_types_add() has looked. */
	ret = vmig_type_check(type);
	if (ret)
		return ret;
	core = kvzalloc(sizeof(*core), GFP_KERNEL);
	if (!core)
		return -ENOMEM;
	kref_init(&core->references);
	mutex_init(&core->lock);
	init_waitqueue_head(&core->wait);
	vmig_log_init(&core->log);
	core->state = VMIG_STATE_RUNNING;
	core->protocols = VMIG_PROTOCOLS;
	core->vmig = vmig;
	vmig->ops = ops;
	vmig->name = name;
	vmig->type = type;
	mutex_lock(&core->lock);
	ret = vmig_configure_first(core);
	mutex_unlock(&core->lock);
	if (ret) {
		vmig_core_put(core);
		return ret;
	}
	vmig->core = core;
	vmig_feature_offer(core);
	vmig_faults_create(core);
	return 0;
}
EXPORT_SYMBOL_GPL(vmig_init);

void vmig_core_get(struct vmig_core *core)
{
	kref_get(&core->references);
}

static void release_core(struct kref *references)
{
	struct vmig_core *core = container_of(references, struct vmig_core,
					      references);

	mutex_destroy(&core->log.lock);
	mutex_destroy(&core->lock);
	kvfree(core);
}

void vmig_core_put(struct vmig_core *core)
{
	kref_put(&core->references, release_core);
}

/*
 * Undo vmig_init(), if it was called and did not fail: the driver allocates the
 * device zeroed. Nobody else uses it any more.
 */
void vmig_destroy(struct vmig_device *vmig)
{
	if (!vmig->core)
		return;
	vmig_faults_destroy(vmig->core);
	vmig_core_put(vmig->core);
	vmig->core = NULL;
}

/*
 * Whatever state the device is in, end the sessions and go back to power-on,
 * running. Never fails.
 */
static void power_on(struct vmig_core *core)
{
	const struct vmig_ops *ops = core->vmig->ops;
	const enum vmig_state from = core->state;

	lockdep_assert_held(&core->lock);
	vmig_save_close(core);
	vmig_load_close(core);
	core->window.staged = false;
	if (ops->quiesce)
		ops->quiesce(core->vmig);
	if (ops->halt)
		ops->halt(core->vmig);
	ops->clear(core->vmig);
	if (ops->start)
		ops->start(core->vmig);
	if (ops->unquiesce)
		ops->unquiesce(core->vmig);
	core->state = VMIG_STATE_RUNNING;
	trace_vmig_state(core, from, core->state, 0);
	wake_up_interruptible(&core->wait);
}

static void free_buffers(struct vmig_core *core)
{
	kvfree(core->load.payload);
	core->load.payload = NULL;
	vfree(core->window.data);
	core->window.data = NULL;
}

static int alloc_buffers(struct vmig_core *core)
{
	core->window.data = vmalloc_user(core->window.room);
	core->load.payload = kvmalloc(VMIG_PAYLOAD_MAX, GFP_KERNEL_ACCOUNT);
	if (core->window.data && core->load.payload)
		return 0;
	free_buffers(core);
	return -ENOMEM;
}

static int open(struct vmig_core *core)
{
	const struct vmig_ops *ops = core->vmig->ops;
	int ret;

	ret = alloc_buffers(core);
	if (ret)
		return ret;
	if (ops->open)
		ret = ops->open(core->vmig);
	if (ret) {
		free_buffers(core);
		return ret;
	}
	core->refusal = (struct vmig_refusal) {};
	core->refusal_err = 0;
	core->offered = core->protocols;
	core->open = true;
	vmig_feature_offer(core);
	power_on(core);
	return 0;
}

/* For vmig_vfio_open(). */
int vmig_open(struct vmig_device *vmig)
{
	struct vmig_core *core = vmig->core;
	int ret;

	mutex_lock(&core->lock);
	ret = open(core);
	mutex_unlock(&core->lock);
	return ret;
}

/* For vmig_vfio_close(). */
void vmig_close(struct vmig_device *vmig)
{
	struct vmig_core *core = vmig->core;

	mutex_lock(&core->lock);
	power_on(core);
	vmig_log_end(&core->log);
	core->open = false;
	if (vmig->ops->close)
		vmig->ops->close(vmig);
	free_buffers(core);
	mutex_unlock(&core->lock);
}

/* For VFIO_DEVICE_RESET, in any state. */
void vmig_reset(struct vmig_device *vmig)
{
	mutex_lock(&vmig->core->lock);
	power_on(vmig->core);
	mutex_unlock(&vmig->core->lock);
}

static int refuse(struct vmig_core *core, const struct vmig_refusal *refusal,
		  int err)
{
	lockdep_assert_held(&core->lock);
	core->refusal = *refusal;
	core->refusal_err = err;
	trace_vmig_refused(core, refusal, err);
	return err;
}

int vmig_refuse(struct vmig_core *core, const struct vmig_refusal *refusal)
{
	return refuse(core, refusal, vmig_reason_errno(refusal->reason));
}

int vmig_refuse_errno(struct vmig_core *core, enum vmig_reason reason,
		      const char *field, int err)
{
	const struct vmig_refusal refusal = {
		.reason = reason,
		.field = field,
	};

	return refuse(core, &refusal, err);
}

int vmig_refuse_access(struct vmig_core *core, enum vmig_reason reason,
		       const char *field)
{
	return vmig_refuse_errno(core, reason, field,
				 vmig_reason_errno(reason));
}

static const char *record_name(u16 type)
{
	switch (type) {
	case VMIG_RECORD_SELF:
		return "SELF";
	case VMIG_RECORD_MEMORY:
		return "MEMORY";
	case VMIG_RECORD_STATE:
		return "STATE";
	case VMIG_RECORD_END:
		return "END";
	default:
		return "-";
	}
}

/*
 * The attribute migration/last_error, one line: "none", or the reason, the
 * number and type of the record, the field and the errno of what was refused
 * last since the device was opened. It outlives reset and close: an operator
 * looks when QEMU has exited.
 */
ssize_t vmig_last_error(struct vmig_core *core, char *buf)
{
	struct vmig_refusal refusal;
	int err;

	mutex_lock(&core->lock);
	refusal = core->refusal;
	err = core->refusal_err;
	mutex_unlock(&core->lock);

	if (!refusal.reason)
		return sysfs_emit(buf, "none\n");
	return sysfs_emit(buf, "%s record=%u type=%s field=%s errno=%d\n",
			  vmig_reason_name(refusal.reason), refusal.record,
			  record_name(refusal.type), refusal.field ?: "-",
			  -err);
}
