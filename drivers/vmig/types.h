/* SPDX-License-Identifier: GPL-2.0 */
/* The files of mdev types. */
#ifndef VMIG_TYPES_H
#define VMIG_TYPES_H

struct mdev_parent;

/**
 * vmig_types_add() - let the types of a parent say what they are
 * @parent:	registered; each of its types is in a struct vmig_type
 *
 * The parent's uevent was sent before there were any files, so it gets another
 * one: KOBJ_CHANGE, without the variables of the first, which mdevctl takes for a
 * new parent.
 *
 * Return: 0; an error of vmig_type_check(), which the kernel's log has more of;
 * or an error of sysfs. After an error no type has any file.
 */
int vmig_types_add(struct mdev_parent *parent);

/* Undo it, before mdev_unregister_parent(). Waits for those who read. */
void vmig_types_remove(struct mdev_parent *parent);

#endif /* VMIG_TYPES_H */
