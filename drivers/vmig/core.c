// SPDX-License-Identifier: GPL-2.0
/* Life of a device: made, opened, reset, closed; and what it refused last. */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>
#include <linux/vmalloc.h>

#include "core.h"
#include "trace.h"

static unsigned int window_kib;
module_param(window_kib, uint, 0644);
MODULE_PARM_DESC(window_kib,
		 "v1 window of devices made from now on, KiB, cut to 128..16384; 0: a sixteenth of device memory, 1 MiB at least (default 0)");

static u32 window_room(u64 memory_size)
{
	const unsigned int wanted = READ_ONCE(window_kib);
	u64 room;

	if (wanted)
		room = clamp_t(u64, (u64)wanted * SZ_1K, VMIG_WINDOW_LEAST,
			       VMIG_WINDOW_MAX);
	else
		room = clamp_t(u64, memory_size / VMIG_WINDOW_PART,
			       VMIG_WINDOW_MIN, VMIG_WINDOW_MAX);
	return PAGE_ALIGN(room);
}

/* Better no device than one that is read as another. */
static int check_self(struct vmig_core *core)
{
	struct vmig_self parsed;
	char line[VMIG_SELF_MAX + 1];
	const char *field;
	int length;

	length = vmig_self_format(&core->document.self, line, sizeof(line));
	if (length < 0)
		return length;
	if (vmig_self_parse(&parsed, &core->load.source, line, length,
			    &field) ||
	    vmig_match(&parsed, &core->document.self, &field))
		return -EINVAL;
	return 0;
}

static int describe(struct vmig_core *core, const struct vmig_type *type)
{
	int ret;

	/* The type may be gone before the device is. */
	ret = strscpy(core->type, kobject_name(&type->mdev.kobj),
		      sizeof(core->type));
	if (ret < 0)
		return -EINVAL;
	vmig_describe_type(&core->document, type);
	core->document.scope = VMIG_SCOPE_DEVICE;
	core->document.self.type = core->type;
	return check_self(core);
}

/**
 * vmig_init() - make a device migratable
 * @vmig:	embedded in the driver's own device
 * @ops:	what the device can do; lives as long as the device
 * @name:	of the device in traces, cut to 36 characters there, and of its
 *		folder in debugfs: one of its own that lives as long as the
 *		device, such as its UUID
 * @type:	what the device is an instance of; copied
 * @memory_size: bytes of device memory, a multiple of VMIG_PAGE_SIZE
 *
 * Call it when the device is made, from .init. The buffers that a migration
 * needs are allocated by vmig_open(), so that no transition can fail for want
 * of them. The size of the v1 window is chosen here and stays, so that every
 * owner is told the same. The VFIO device gets its migration operations.
 *
 * Context: may sleep; calls none of @ops.
 * Return: 0, -ENOMEM, -EINVAL for a memory size or a state size out of range
 * and for a @type that can't be told in a self line, or -E2BIG if that line
 * would not fit into VMIG_SELF_MAX bytes.
 */
int vmig_init(struct vmig_device *vmig, const struct vmig_ops *ops,
	      const char *name, const struct vmig_type *type, u64 memory_size)
{
	struct vmig_core *core;
	int ret;

	if (!ops->state_size || ops->state_size > VMIG_PAYLOAD_MAX ||
	    memory_size % VMIG_PAGE_SIZE)
		return -EINVAL;

	core = kzalloc(sizeof(*core), GFP_KERNEL);
	if (!core)
		return -ENOMEM;
	ret = describe(core, type);
	if (ret) {
		kfree(core);
		return ret;
	}

	kref_init(&core->references);
	mutex_init(&core->lock);
	init_waitqueue_head(&core->wait);
	vmig_log_init(&core->log);
	core->state = VMIG_STATE_RUNNING;
	core->protocols = VMIG_PROTOCOLS;
	core->window.room = window_room(memory_size);
	core->vmig = vmig;
	vmig->ops = ops;
	vmig->name = name;
	vmig->memory_size = memory_size;
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
	kfree(core);
}

void vmig_core_put(struct vmig_core *core)
{
	kref_put(&core->references, release_core);
}

/**
 * vmig_destroy() - undo vmig_init()
 * @vmig:	a closed device, or one whose vmig_init() was never called or
 *		failed, if it was allocated zeroed
 *
 * Call it from .release. Data files that the user still has are dead since the
 * device was closed, and stay so.
 *
 * Context: may sleep; nobody else uses @vmig any more. Calls none of the
 * driver's ops.
 */
void vmig_destroy(struct vmig_device *vmig)
{
	if (!vmig->core)
		return;
	vmig_faults_destroy(vmig->core);
	vmig_core_put(vmig->core);
	vmig->core = NULL;
}
EXPORT_SYMBOL_GPL(vmig_destroy);

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
	ops->halt(core->vmig);
	ops->clear(core->vmig);
	ops->start(core->vmig);
	if (ops->unquiesce)
		ops->unquiesce(core->vmig);
	core->state = VMIG_STATE_RUNNING;
	trace_vmig_state(core, from, core->state, 0);
	wake_up_interruptible(&core->wait);
}

/**
 * vmig_open() - a new owner opens the device
 * @vmig:	a closed device
 *
 * Call it from .open_device, when all that the ops use is there: they are
 * called from here on. The owner finds a device at power-on: RUNNING, which is
 * the default of linux/vfio.h of 5.10, with zeros in registers, device memory
 * and window.
 *
 * Context: may sleep; takes the device's vmig lock.
 * Return: 0, or -ENOMEM with none of the ops called.
 */
int vmig_open(struct vmig_device *vmig)
{
	struct vmig_core *core = vmig->core;
	int ret = -ENOMEM;

	mutex_lock(&core->lock);
	core->window.data = vmalloc_user(core->window.room);
	if (!core->window.data)
		goto out;
	core->load.payload = kvmalloc(VMIG_PAYLOAD_MAX, GFP_KERNEL_ACCOUNT);
	if (!core->load.payload) {
		vfree(core->window.data);
		core->window.data = NULL;
		goto out;
	}
	core->refusal = (struct vmig_refusal) {};
	core->refusal_err = 0;
	core->offered = core->protocols;
	core->open = true;
	vmig_feature_offer(core);
	power_on(core);
	ret = 0;
out:
	mutex_unlock(&core->lock);
	return ret;
}
EXPORT_SYMBOL_GPL(vmig_open);

/**
 * vmig_close() - the owner is gone, however it went
 * @vmig:	an open device
 *
 * Call it from .close_device. Ends the sessions and brings the device to
 * power-on, whatever state it is in; when it returns, no op is called any more.
 * What was refused last stays readable.
 *
 * Context: may sleep; takes the device's vmig lock. No mapping of the window
 * is left: they hold the device's file.
 */
void vmig_close(struct vmig_device *vmig)
{
	struct vmig_core *core = vmig->core;

	mutex_lock(&core->lock);
	power_on(core);
	vmig_log_end(&core->log);
	core->open = false;
	kvfree(core->load.payload);
	core->load.payload = NULL;
	vfree(core->window.data);
	core->window.data = NULL;
	mutex_unlock(&core->lock);
}
EXPORT_SYMBOL_GPL(vmig_close);

/**
 * vmig_reset() - VFIO_DEVICE_RESET
 * @vmig:	an open device, in any state
 *
 * Ends the sessions and brings the device to power-on, RUNNING. It can't fail.
 * linux/vfio.h of 5.10 asks for it as the way out of the error state; that it
 * leads to RUNNING from everywhere is the rule of protocol v2, and QEMU 7.2
 * resets halted devices too.
 *
 * Context: may sleep; takes the device's vmig lock.
 */
void vmig_reset(struct vmig_device *vmig)
{
	mutex_lock(&vmig->core->lock);
	power_on(vmig->core);
	mutex_unlock(&vmig->core->lock);
}
EXPORT_SYMBOL_GPL(vmig_reset);

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
