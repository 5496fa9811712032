/* SPDX-License-Identifier: GPL-2.0 */
/* Does one entry of a document accept a source? For match.c and the tools. */
#ifndef VMIG_ENTRY_H
#define VMIG_ENTRY_H

#include "document.h"
#include "reason.h"

/**
 * struct vmig_trial - one entry put to the test
 * @source:	what the source says of itself
 * @target:	what the target says of itself
 * @entry:	what the target accepts
 * @field:	what the check that failed was about, NULL if none did
 */
struct vmig_trial {
	const struct vmig_self *source;
	const struct vmig_self *target;
	const struct vmig_entry *entry;
	const char *field;
};

/**
 * vmig_try_entry() - check all that an entry asks for
 * @trial:	the entry, and whom it is put to
 *
 * Return: VMIG_REASON_NONE, or the first thing that stands against it, in the
 * order of enum vmig_reason.
 */
enum vmig_reason vmig_try_entry(struct vmig_trial *trial);

/**
 * vmig_trial_value() - a parameter of the source
 * @trial:	whose
 * @name:	its name
 *
 * Return: the source's value, or the one that the entry says it has where it
 * is not named, or NULL if there is neither.
 */
const struct vmig_value *vmig_trial_value(const struct vmig_trial *trial,
					  const char *name);

/* Its value, or NULL if it is not among them. */
const struct vmig_value *vmig_find_param(const struct vmig_param *params,
					 u32 count, const char *name);

/* Is a parameter judged: by the entry, or, if that has no rules, as the target's? */
bool vmig_has_rule(const struct vmig_entry *entry,
		   const struct vmig_self *target, const char *name);

/* Does @a come before @b? The last number does not count. */
bool vmig_older(const struct vmig_version *a, const struct vmig_version *b);

/* Is the value one of those that are wanted? */
bool vmig_satisfies(const struct vmig_value *value,
		    const struct vmig_constraint *constraint);

/* The same text, or none on both sides. */
bool vmig_same_text(const char *a, const char *b);

#endif /* VMIG_ENTRY_H */
