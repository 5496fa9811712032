// SPDX-License-Identifier: GPL-2.0
/* Read from here, write there: migration_version. */
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "judge.h"
#include "legacy.h"

bool vmig_legacy_version;
module_param_named(legacy_version, vmig_legacy_version, bool, 0444);
MODULE_PARM_DESC(legacy_version,
		 "files migration_version, to be read and written to test for compatibility (default N)");

ssize_t vmig_legacy_write(const struct vmig_document *target, const char *text,
			  size_t length)
{
	struct vmig_trial *trial = kmalloc(sizeof(*trial), GFP_KERNEL);
	size_t line = length;
	enum vmig_reason reason;
	const char *field;

	if (!trial)
		return -ENOMEM;
	if (line && text[line - 1] == '\n')
		line--;
	reason = vmig_judge(trial, target, text, line, &field);
	kfree(trial);
	if (!reason)
		return length;
	pr_debug("vmig: migration_version of %s: %s\n", target->self.type,
		 vmig_reason_name(reason));
	return vmig_reason_errno(reason);
}
