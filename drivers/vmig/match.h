/* SPDX-License-Identifier: GPL-2.0 */
/* The one judge of whether a device may take another's state. */
#ifndef VMIG_MATCH_H
#define VMIG_MATCH_H

#include "document.h"
#include "reason.h"

/* Below a device's folder in sysfs, and a type's. */
#define VMIG_FOLDER		"migration"
/* Set on a device to make it take a source that has another profile. */
#define VMIG_PROFILE_ATTRIBUTE	VMIG_FOLDER "/profile"

enum vmig_outcome {
	VMIG_COMPATIBLE,
	VMIG_COMPATIBLE_AFTER_CONFIG,
	VMIG_INCOMPATIBLE,
};

/**
 * struct vmig_finding - what an entry says
 * @reason:	VMIG_REASON_NONE if it accepts, else the first thing against it
 * @field:	name of the key, feature, parameter or attribute that @reason is
 *		about, in static storage or in one of the documents; NULL for
 *		VMIG_REASON_NONE
 */
struct vmig_finding {
	enum vmig_reason reason;
	const char *field;
};

/**
 * struct vmig_setting - an attribute that is to be set
 * @attribute:	path below the instance's folder in sysfs
 * @value:	to what
 */
struct vmig_setting {
	const char *attribute;
	struct vmig_value value;
};

/**
 * struct vmig_verdict - may it, and why not
 * @outcome:	the answer. For a document of a type it is never
 *		VMIG_COMPATIBLE_AFTER_CONFIG: @settings are part of making the
 *		instance
 * @finding:	VMIG_REASON_NONE if it may. Else why not: what is wrong with the
 *		documents, or of the entries' findings that which came furthest,
 *		the first of those
 * @entry:	the entry that accepts, if one does; the first that does
 * @entry_count: how many entries were looked at
 * @entries:	what each of those said
 * @setting_count: how many attributes are to be set, 0 if it may not
 * @settings:	which, in the order in which to set them
 *
 * About 1 KiB: nothing for the kernel's stack.
 */
struct vmig_verdict {
	enum vmig_outcome outcome;
	struct vmig_finding finding;
	u32 entry;
	u32 entry_count;
	struct vmig_finding entries[VMIG_ENTRIES_MAX];
	u32 setting_count;
	struct vmig_setting settings[VMIG_CREATE_MAX];
};

/**
 * vmig_check() - may the state of @source be loaded into @target?
 * @source:	what the source says of itself
 * @target:	the document of the device that would take it, or of the type it
 *		would be made of
 * @verdict:	the answer; it points into both documents
 *
 * @target has no more of anything than document.h allows; one with more entries
 * or attributes to set than that is VMIG_REASON_MALFORMED. The time it takes is
 * linear in the size of @target, for a given @source.
 */
void vmig_check(const struct vmig_self *source,
		const struct vmig_document *target,
		struct vmig_verdict *verdict);

/* The word for an outcome, "?" for what is none. */
const char *vmig_outcome_name(enum vmig_outcome outcome);

#endif /* VMIG_MATCH_H */
