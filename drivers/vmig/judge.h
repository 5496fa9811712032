/* SPDX-License-Identifier: GPL-2.0 */
/* May what a self line tells of be loaded here, as it is now? */
#ifndef VMIG_JUDGE_H
#define VMIG_JUDGE_H

#include "document.h"
#include "match.h"
#include "reason.h"
#include "selfline.h"

/**
 * struct vmig_trial - room for a judgement; more than 2 KiB
 * @source:	what the line said
 * @store:	its texts
 * @verdict:	on that
 */
struct vmig_trial {
	struct vmig_self source;
	struct vmig_self_store store;
	struct vmig_verdict verdict;
};

/**
 * vmig_judge() - ask a document about a self line
 * @trial:	is overwritten
 * @target:	document of a device or a type
 * @line:	bytes from anywhere
 * @length:	how many
 * @field:	set to what stands against it, in static storage, in @trial or in
 *		@target; untouched if nothing does
 *
 * A device takes what its document says it takes as it is. What it would take
 * with another profile, it would have to be given before it is opened: its owner
 * has seen this one.
 *
 * Return: VMIG_REASON_NONE if it may, else why not.
 */
enum vmig_reason vmig_judge(struct vmig_trial *trial,
			    const struct vmig_document *target,
			    const char *line, size_t length,
			    const char **field);

#endif /* VMIG_JUDGE_H */
