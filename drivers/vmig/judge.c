// SPDX-License-Identifier: GPL-2.0
/* From a self line to yes or no. */
#include "judge.h"

/*
 * The entry of its profile accepts a line, whatever profile that names or does
 * not name. There is one for each, and a device is of one of them.
 */
static bool is_of_another_profile(const struct vmig_verdict *verdict,
				  const struct vmig_document *target)
{
	const struct vmig_profiles *profiles = &target->profiles;

	return verdict->outcome == VMIG_COMPATIBLE_AFTER_CONFIG ||
	       (target->scope == VMIG_SCOPE_DEVICE && target->self.profile &&
		verdict->entry < profiles->count &&
		strcmp(profiles->accepts[verdict->entry],
		       target->self.profile));
}

enum vmig_reason vmig_judge(struct vmig_trial *trial,
			    const struct vmig_document *target,
			    const char *line, size_t length,
			    const char **field)
{
	struct vmig_verdict *verdict = &trial->verdict;
	enum vmig_reason reason;

	reason = vmig_self_parse(&trial->source, &trial->store, line, length,
				 field);
	if (reason)
		return reason;
	vmig_check(&trial->source, target, verdict);
	if (verdict->outcome == VMIG_INCOMPATIBLE) {
		*field = verdict->finding.field;
		return verdict->finding.reason;
	}
	if (is_of_another_profile(verdict, target)) {
		*field = VMIG_PROFILE_ATTRIBUTE;
		return VMIG_REASON_NOT_CONFIGURED;
	}
	return VMIG_REASON_NONE;
}
