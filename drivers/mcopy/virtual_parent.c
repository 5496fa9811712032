// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual parents, so that plain insmod is enough. Their class has the name
 * of the PCI driver: the mdev core puts one or the other before the names of
 * the types, and these must agree between hosts.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>

#include "mcopy.h"

#define PARENTS_MAX	16

static uint parents = 1;
module_param(parents, uint, 0444);
MODULE_PARM_DESC(parents, "virtual parents to make, 0 to 16 (default 1)");

static char *max_profile[PARENTS_MAX];
static uint max_profile_count;
module_param_array(max_profile, charp, &max_profile_count, 0444);
MODULE_PARM_DESC(max_profile,
		 "newest profile of each virtual parent, p1 to p3, separated by commas; one parent can play a host with an older driver (default p3)");

static struct class mcopy_class = {
	.name = MCOPY_NAME,
};

static struct virtual_parent {
	struct device *dev;
	struct mcopy_parent *parent;
} made[PARENTS_MAX];

/* Return: index of the newest profile, or -EINVAL. */
static int newest_profile(unsigned int index)
{
	if (index >= max_profile_count || !*max_profile[index])
		return mcopy_model.profile_count - 1;
	return mcopy_profile_find(max_profile[index]);
}

static bool parameters_valid(void)
{
	unsigned int i;

	if (parents > PARENTS_MAX) {
		pr_err(MCOPY_NAME ": parents=%u: at most %u\n", parents,
		       PARENTS_MAX);
		return false;
	}
	if (max_profile_count > parents) {
		pr_err(MCOPY_NAME ": max_profile: for %u parents, but there are %u\n",
		       max_profile_count, parents);
		return false;
	}
	for (i = 0; i < max_profile_count; i++) {
		if (newest_profile(i) >= 0)
			continue;
		pr_err(MCOPY_NAME ": max_profile: \"%s\" is no profile\n",
		       max_profile[i]);
		return false;
	}
	return true;
}

static int create_one(struct virtual_parent *one, unsigned int index)
{
	one->dev = device_create(&mcopy_class, NULL, 0, NULL,
				 MCOPY_NAME "%u", index);
	if (IS_ERR(one->dev))
		return PTR_ERR(one->dev);
	one->parent = mcopy_parent_create(one->dev, newest_profile(index));
	if (IS_ERR(one->parent)) {
		device_unregister(one->dev);
		return PTR_ERR(one->parent);
	}
	return 0;
}

static void destroy_last(unsigned int count)
{
	while (count--) {
		mcopy_parent_destroy(made[count].parent);
		device_unregister(made[count].dev);
	}
}

/* Make as many as the module parameter says. */
int mcopy_virtual_parents_create(void)
{
	unsigned int i;
	int ret;

	if (!parameters_valid())
		return -EINVAL;
	ret = class_register(&mcopy_class);
	if (ret)
		return ret;

	for (i = 0; i < parents; i++) {
		ret = create_one(&made[i], i);
		if (ret) {
			destroy_last(i);
			class_unregister(&mcopy_class);
			return ret;
		}
	}
	return 0;
}

void mcopy_virtual_parents_destroy(void)
{
	destroy_last(parents);
	class_unregister(&mcopy_class);
}
