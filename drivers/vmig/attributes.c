// SPDX-License-Identifier: GPL-2.0
/* The files of a migratable device in sysfs. */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/sysfs.h>

#include "attributes.h"
#include "core.h"

/* Under the lock, so that what is read was true at one moment. */
static ssize_t show(struct device *dev, char *buf, vmig_emit_fn emit)
{
	struct vmig_core *core = vmig_core_of_device(dev);
	ssize_t length;

	mutex_lock(&core->lock);
	length = emit(&core->document, buf);
	mutex_unlock(&core->lock);
	return length;
}

#define DOCUMENT_ATTR(_name, _emit)					\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	return show(dev, buf, _emit);					\
}									\
static DEVICE_ATTR_RO(_name)

DOCUMENT_ATTR(migration_compatible, vmig_emit_document);
DOCUMENT_ATTR(device_model, vmig_emit_model);
DOCUMENT_ATTR(software_version, vmig_emit_version);
DOCUMENT_ATTR(features, vmig_emit_features);
DOCUMENT_ATTR(capacity, vmig_emit_capacity);
DOCUMENT_ATTR(generation, vmig_emit_generation);
DOCUMENT_ATTR(compatible_type, vmig_emit_compatible_type);

static ssize_t last_error_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return vmig_last_error(vmig_core_of_device(dev), buf);
}
static DEVICE_ATTR_RO(last_error);

static struct attribute *attributes[] = {
	&dev_attr_migration_compatible.attr,
	NULL,
};

static struct attribute *migration_attributes[] = {
	&dev_attr_capacity.attr,
	&dev_attr_compatible_type.attr,
	&dev_attr_device_model.attr,
	&dev_attr_features.attr,
	&dev_attr_generation.attr,
	&dev_attr_last_error.attr,
	&dev_attr_protocols.attr,
	&dev_attr_software_version.attr,
	NULL,
};

/*
 * vmig_attribute_group: what a device has in its own folder in sysfs
 *
 * Goes into the groups of the mdev driver, with vmig_migration_group. The
 * driver's data of the mdev's struct device (dev_set_drvdata()) is the struct
 * vmig_device. What the files are is described in Documentation/ABI.
 */
const struct attribute_group vmig_attribute_group = {
	.attrs = attributes,
};
EXPORT_SYMBOL_GPL(vmig_attribute_group);

/*
 * vmig_migration_group: the folder "migration" there, one value a file
 */
const struct attribute_group vmig_migration_group = {
	.name = "migration",
	.attrs = migration_attributes,
};
EXPORT_SYMBOL_GPL(vmig_migration_group);
