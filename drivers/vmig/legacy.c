// SPDX-License-Identifier: GPL-2.0
/* Read from here, write there: migration_version. */
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "legacy.h"
#include "match.h"
#include "selfline.h"

bool vmig_legacy_version;
module_param_named(legacy_version, vmig_legacy_version, bool, 0444);
MODULE_PARM_DESC(legacy_version,
		 "files migration_version, to be read and written to test for compatibility (default N)");

struct trial {
	struct vmig_self source;
	struct vmig_self_store store;
	struct vmig_verdict verdict;
};

static enum vmig_reason judge(struct trial *trial,
			      const struct vmig_document *target,
			      const char *text, size_t length)
{
	const char *field;
	enum vmig_reason reason;

	if (length && text[length - 1] == '\n')
		length--;
	reason = vmig_self_parse(&trial->source, &trial->store, text, length,
				 &field);
	if (reason)
		return reason;
	vmig_check(&trial->source, target, &trial->verdict);
	if (trial->verdict.outcome == VMIG_COMPATIBLE_AFTER_CONFIG)
		return VMIG_REASON_NOT_CONFIGURED;
	return trial->verdict.finding.reason;
}

ssize_t vmig_legacy_write(const struct vmig_document *target, const char *text,
			  size_t length)
{
	struct trial *trial = kmalloc(sizeof(*trial), GFP_KERNEL);
	enum vmig_reason reason;

	if (!trial)
		return -ENOMEM;
	reason = judge(trial, target, text, length);
	kfree(trial);
	if (!reason)
		return length;
	pr_debug("vmig: migration_version of %s: %s\n", target->self.type,
		 vmig_reason_name(reason));
	return vmig_reason_errno(reason);
}
