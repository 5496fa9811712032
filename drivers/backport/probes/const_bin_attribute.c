// SPDX-License-Identifier: GPL-2.0
/* Binary attributes are constant for those who read them since 6.16. */
#include <linux/sysfs.h>

ssize_t probe(struct file *file, struct kobject *kobj,
	      const struct bin_attribute *attribute, char *buf, loff_t pos,
	      size_t count);

struct bin_attribute probe_attribute = { .read = probe };
