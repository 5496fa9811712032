/* SPDX-License-Identifier: GPL-2.0 */
/* What is behind a verdict's handle. */
#ifndef MDEVCOMPAT_VERDICT_H
#define MDEVCOMPAT_VERDICT_H

#include <json-c/json.h>

#include "match.h"
#include "mdevcompat.h"

/**
 * struct explaining - two documents that findings are about
 * @source_text: of the source
 * @target_text: of the target
 * @source:	parsed with the first finding, since most verdicts have none
 * @target:	the same. Of their own, because writing values changes them, and
 *		others may look at those of the documents
 */
struct explaining {
	const char *source_text;
	const char *target_text;
	struct json_object *source;
	struct json_object *target;
};

/**
 * explain() - say what the source has and what was wanted instead
 * @explaining:	the documents
 * @entry:	number of the target's entry, -1 for none
 * @finding:	what stands against it
 *
 * Return: one line, to be freed; NULL for want of memory.
 */
char *explain(struct explaining *explaining, int entry,
	      const struct vmig_finding *finding);

void explain_end(struct explaining *explaining);

#endif /* MDEVCOMPAT_VERDICT_H */
