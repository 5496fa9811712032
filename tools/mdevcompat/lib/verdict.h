/* SPDX-License-Identifier: GPL-2.0 */
/* What is behind a verdict's handle. */
#ifndef MDEVCOMPAT_VERDICT_H
#define MDEVCOMPAT_VERDICT_H

#include "match.h"
#include "mdevcompat.h"

/**
 * explain() - say what a source has and what was wanted instead
 * @source:	text of its document
 * @target:	text of the target's
 * @entry:	number of the target's entry, -1 for none
 * @finding:	what stands against it
 *
 * Return: one line, to be freed; NULL for want of memory.
 */
char *explain(const char *source, const char *target, int entry,
	      const struct vmig_finding *finding);

#endif /* MDEVCOMPAT_VERDICT_H */
