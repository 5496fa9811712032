/* SPDX-License-Identifier: GPL-2.0 */
/* What an administrator chose for a device, while nobody has it open. */
#ifndef VMIG_CONFIGURE_H
#define VMIG_CONFIGURE_H

#include <linux/vmig.h>

#include "reason.h"

struct vmig_core;

/* What a device with this profile is if nobody chooses anything else. */
void vmig_config_default(const struct vmig_type *type, u32 profile,
			 struct vmig_config *config);

/* Return: VMIG_REASON_NONE if an instance of the type can be like that. */
enum vmig_reason vmig_config_check(const struct vmig_type *type,
				   const struct vmig_config *config);

/**
 * vmig_reconfigure() - make a device another one
 * @core:	of a closed device, its lock is held
 * @config:	what it is to be
 * @field:	name of what was chosen, static storage
 *
 * Return: 0, also if it is like that already; -EINVAL if it can't be; or an error
 * of the driver, such as -ENOSPC. After an error it is what it was, and last_error
 * says why.
 */
int vmig_reconfigure(struct vmig_core *core, const struct vmig_config *config,
		     const char *field);

/* What nobody has chosen yet. Return: 0, or an error of the driver. */
int vmig_configure_first(struct vmig_core *core);

#endif /* VMIG_CONFIGURE_H */
