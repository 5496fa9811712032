// SPDX-License-Identifier: GPL-2.0
/* The attributes of an mdev in sysfs; see Documentation/ABI. */
#include <linux/device.h>
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

#include "mcopy.h"

static struct mcopy *mcopy_of(struct device *dev)
{
	return mcopy_from_vmig(dev_get_drvdata(dev));
}

static ssize_t rate_limit_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	struct mcopy *mcopy = mcopy_of(dev);

	return sysfs_emit(buf, "%llu\n", READ_ONCE(mcopy->engine.rate));
}

static ssize_t rate_limit_store(struct device *dev,
				struct device_attribute *attr, const char *buf,
				size_t count)
{
	u64 rate;
	int ret;

	ret = kstrtou64(buf, 0, &rate);
	if (ret)
		return ret;
	mcopy_engine_set_rate(mcopy_of(dev), rate);
	return count;
}
static DEVICE_ATTR_RW(rate_limit);

static struct attribute *mcopy_attrs[] = {
	&dev_attr_rate_limit.attr,
	NULL,
};

static const struct attribute_group mcopy_group = {
	.name = MCOPY_NAME,
	.attrs = mcopy_attrs,
};

const struct attribute_group *mcopy_groups[] = {
	&mcopy_group,
	NULL,
};
