/* SPDX-License-Identifier: GPL-2.0 */
/* The one judge of whether a device may take another's state. */
#ifndef VMIG_MATCH_H
#define VMIG_MATCH_H

#include "selfline.h"

/**
 * vmig_match() - may the state of @source be loaded into @target?
 * @source:	what the stream says of itself
 * @target:	the device that would take it
 * @field:	set to the key of the self line that stands against it
 *
 * The default rule: same api, model, bus ids and type; same major version and
 * a minor one that is not higher; same capacity, or none on both sides; no
 * feature and no parameter that the target lacks.
 *
 * Return: VMIG_REASON_NONE if it may, else why not.
 */
enum vmig_reason vmig_match(const struct vmig_self *source,
			    const struct vmig_self *target,
			    const char **field);

#endif /* VMIG_MATCH_H */
