// SPDX-License-Identifier: GPL-2.0
/*
 * Profile, aggregator and parameters of a device. They are frozen while it is
 * open: its owner has seen what it is.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "configure.h"
#include "core.h"

static unsigned int window_kib;
module_param(window_kib, uint, 0644);
MODULE_PARM_DESC(window_kib,
		 "v1 window of devices made or configured from now on, KiB, cut to 128..16384; 0: a sixteenth of device memory, 1 MiB at least (default 0)");

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

static bool has_memory_ops(const struct vmig_ops *ops)
{
	return ops->track_start && ops->track_stop && ops->used_pages &&
	       ops->dirty_pages && ops->fetch_page && ops->load_memory;
}

static bool sizes_valid(const struct vmig_device *vmig)
{
	return vmig->state_size && vmig->state_size <= VMIG_PAYLOAD_MAX &&
	       !(vmig->memory_size % VMIG_PAGE_SIZE) &&
	       (!vmig->memory_size || has_memory_ops(vmig->ops));
}

static int configure(struct vmig_core *core, const struct vmig_config *config)
{
	struct vmig_device *vmig = core->vmig;
	const int ret = vmig->ops->configure(vmig, config);

	if (ret)
		return ret;
	if (WARN_ONCE(!sizes_valid(vmig),
		      "vmig: a driver has a state of %u and a memory of %llu bytes\n",
		      vmig->state_size, vmig->memory_size))
		return -EINVAL;
	core->config = *config;
	core->gen++;
	vmig_describe_device(&core->description, vmig->type, config, core->gen);
	core->window.room = window_room(vmig->memory_size);
	return 0;
}

int vmig_configure_first(struct vmig_core *core)
{
	const struct vmig_type *type = core->vmig->type;
	struct vmig_config config;

	vmig_config_default(type, type->newest, &config);
	return configure(core, &config);
}

int vmig_reconfigure(struct vmig_core *core, const struct vmig_config *config,
		     const char *field)
{
	enum vmig_reason reason;
	int ret;

	lockdep_assert_held(&core->lock);
	reason = vmig_config_check(core->vmig->type, config);
	if (reason)
		return vmig_refuse_errno(core, reason, field, -EINVAL);
	if (!memcmp(config, &core->config, sizeof(*config)))
		return 0;
	ret = configure(core, config);
	if (!ret)
		return 0;
	reason = ret == -ENOMEM ? VMIG_REASON_NO_MEMORY :
				  VMIG_REASON_NO_CAPACITY;
	return vmig_refuse_errno(core, reason, field, ret);
}
