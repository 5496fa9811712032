/* SPDX-License-Identifier: GPL-2.0 */
/* Can what a driver says of its types be told at all? */
#ifndef VMIG_LIMITS_H
#define VMIG_LIMITS_H

#include <linux/vmig.h>

/**
 * vmig_type_check() - check the tables behind a type
 * @type:	registered
 *
 * Whatever is chosen for an instance, its document will fit into a read, its
 * self line into a record, and it takes back what it saved. Better no device
 * than one that is read as another, or not at all.
 *
 * Return: 0; -ENOMEM; -EINVAL for a table that contradicts itself or a text
 * that can't stand in a document; -E2BIG for what could become too long.
 */
int vmig_type_check(const struct vmig_type *type);

#endif /* VMIG_LIMITS_H */
