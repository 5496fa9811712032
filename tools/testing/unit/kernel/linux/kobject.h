/* SPDX-License-Identifier: GPL-2.0 */
/* Stand-in: a kobject is its name. */
#ifndef VMIG_UNIT_LINUX_KOBJECT_H
#define VMIG_UNIT_LINUX_KOBJECT_H

struct kobject {
	const char *name;
};

static inline const char *kobject_name(const struct kobject *kobj)
{
	return kobj->name;
}

#endif /* VMIG_UNIT_LINUX_KOBJECT_H */
