// SPDX-License-Identifier: GPL-2.0
/* The files of a migratable device in sysfs. */
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "attributes.h"
#include "configure.h"
#include "core.h"
#include "emit.h"
#include "legacy.h"

/* Under the lock, so that what is read was true at one moment. */
static ssize_t show(struct device *dev, char *buf, vmig_emit_fn emit)
{
	struct vmig_core *core = vmig_core_of_device(dev);
	ssize_t length;

	mutex_lock(&core->lock);
	length = emit(&core->description.document, buf);
	mutex_unlock(&core->lock);
	return length;
}

#define DOCUMENT_SHOW(_name, _emit)					\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	return show(dev, buf, _emit);					\
}

DOCUMENT_SHOW(migration_compatible, vmig_emit_document)
DOCUMENT_SHOW(device_model, vmig_emit_model)
DOCUMENT_SHOW(software_version, vmig_emit_version)
DOCUMENT_SHOW(features, vmig_emit_features)
DOCUMENT_SHOW(capacity, vmig_emit_capacity)
DOCUMENT_SHOW(generation, vmig_emit_generation)
DOCUMENT_SHOW(compatible_type, vmig_emit_compatible_type)
DOCUMENT_SHOW(profile, vmig_emit_profile)
DOCUMENT_SHOW(migration_version, vmig_emit_self)

static DEVICE_ATTR_RO(migration_compatible);
static DEVICE_ATTR_RO(device_model);
static DEVICE_ATTR_RO(software_version);
static DEVICE_ATTR_RO(features);
static DEVICE_ATTR_RO(capacity);
static DEVICE_ATTR_RO(generation);
static DEVICE_ATTR_RO(compatible_type);

/**
 * typedef edit_fn - take what was written into a configuration
 * @vmig:	the device
 * @config:	what it is, to be changed
 * @param:	index of the parameter, if it is one
 * @text:	what was written
 *
 * Return: false if it is not even the right kind of thing.
 */
typedef bool (*edit_fn)(struct vmig_device *vmig, struct vmig_config *config,
			u32 param, const char *text);

static bool edit_aggregator(struct vmig_device *vmig,
			    struct vmig_config *config, u32 param,
			    const char *text)
{
	return !kstrtou32(text, 0, &config->aggregator);
}

static bool edit_param(struct vmig_device *vmig, struct vmig_config *config,
		       u32 param, const char *text)
{
	return !kstrtou32(text, 0, &config->params[param]);
}

/* The parameters become what they are in that profile by default. */
static bool edit_profile(struct vmig_device *vmig, struct vmig_config *config,
			 u32 param, const char *text)
{
	const struct vmig_model *model = vmig->type->model;
	const u32 aggregator = config->aggregator;
	u32 i;

	if (!model->profiles[0].name)
		return false;
	for (i = 0; i <= vmig->type->newest; i++)
		if (sysfs_streq(text, model->profiles[i].name))
			break;
	if (i > vmig->type->newest)
		return false;
	if (i == config->profile)
		return true;
	vmig_config_default(vmig->type, i, config);
	config->aggregator = aggregator;
	return true;
}

/* For who polls a file, and for who listens to udev. */
static void announce(struct device *dev)
{
	sysfs_notify(&dev->kobj, NULL, "migration_compatible");
	sysfs_notify(&dev->kobj, VMIG_FOLDER, "generation");
	kobject_uevent(&dev->kobj, KOBJ_CHANGE);
}

static int choose(struct device *dev, const char *field, edit_fn edit,
		  u32 param, const char *text)
{
	struct vmig_core *core = vmig_core_of_device(dev);
	struct vmig_config config;
	u32 gen;
	int ret;

	mutex_lock(&core->lock);
	gen = core->gen;
	config = core->config;
	if (core->open)
		ret = -EBUSY;
	else if (!edit(core->vmig, &config, param, text))
		ret = vmig_refuse_errno(core, VMIG_REASON_BAD_VALUE, field,
					-EINVAL);
	else
		ret = vmig_reconfigure(core, &config, field);
	gen = core->gen - gen;
	mutex_unlock(&core->lock);
	if (gen)
		announce(dev);
	return ret;
}

static ssize_t show_number(struct device *dev, char *buf, const u32 *number)
{
	struct vmig_core *core = vmig_core_of_device(dev);
	u32 value;

	mutex_lock(&core->lock);
	value = *number;
	mutex_unlock(&core->lock);
	return sysfs_emit(buf, "%u\n", value);
}

static ssize_t profile_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t count)
{
	return choose(dev, "profile", edit_profile, 0, buf) ?: count;
}
static DEVICE_ATTR_RW(profile);

static ssize_t aggregator_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return show_number(dev, buf,
			   &vmig_core_of_device(dev)->config.aggregator);
}

static ssize_t aggregator_store(struct device *dev,
				struct device_attribute *attr, const char *buf,
				size_t count)
{
	return choose(dev, "aggregator", edit_aggregator, 0, buf) ?: count;
}
static DEVICE_ATTR_RW(aggregator);

static ssize_t migration_version_store(struct device *dev,
				       struct device_attribute *attr,
				       const char *buf, size_t count)
{
	struct vmig_core *core = vmig_core_of_device(dev);
	ssize_t ret;

	mutex_lock(&core->lock);
	ret = vmig_legacy_write(&core->description.document, buf, count);
	mutex_unlock(&core->lock);
	return ret;
}
static DEVICE_ATTR_RW(migration_version);

static ssize_t last_error_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	return vmig_last_error(vmig_core_of_device(dev), buf);
}
static DEVICE_ATTR_RO(last_error);

static struct attribute *attributes[] = {
	&dev_attr_aggregator.attr,
	&dev_attr_migration_compatible.attr,
	&dev_attr_migration_version.attr,
	NULL,
};

static umode_t is_visible(struct kobject *kobj, struct attribute *attr, int i)
{
	if (attr == &dev_attr_migration_version.attr && !vmig_legacy_version)
		return 0;
	return attr->mode;
}

static const struct attribute_group group = {
	.attrs = attributes,
	.is_visible = is_visible,
};

/* In each device's folder; its parameters come behind. */
static struct attribute *migration_attributes[] = {
	&dev_attr_capacity.attr,
	&dev_attr_compatible_type.attr,
	&dev_attr_device_model.attr,
	&dev_attr_features.attr,
	&dev_attr_generation.attr,
	&dev_attr_last_error.attr,
	&dev_attr_profile.attr,
	&dev_attr_protocols.attr,
	&dev_attr_software_version.attr,
};

/* The file of a parameter. */
struct param_file {
	struct device_attribute attribute;
	char name[sizeof(VMIG_PARAM_PREFIX) + VMIG_TOKEN_MAX];
};

/**
 * struct vmig_files - the folder "migration" of one device
 * @group:	the folder
 * @attributes:	all of its files
 * @params:	those of its parameters
 */
struct vmig_files {
	struct attribute_group group;
	struct attribute *attributes[ARRAY_SIZE(migration_attributes) +
				     VMIG_MODEL_PARAMS_MAX + 1];
	struct param_file params[VMIG_MODEL_PARAMS_MAX];
};

static u32 param_of(const struct vmig_core *core,
		    const struct device_attribute *attribute)
{
	return container_of_const(attribute, struct param_file, attribute) -
	       core->files->params;
}

static ssize_t param_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct vmig_core *core = vmig_core_of_device(dev);

	return show_number(dev, buf,
			   &core->config.params[param_of(core, attr)]);
}

static ssize_t param_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	struct vmig_core *core = vmig_core_of_device(dev);
	const u32 param = param_of(core, attr);
	const char *name = core->vmig->type->model->params[param].name;

	return choose(dev, name, edit_param, param, buf) ?: count;
}

static struct attribute *init_param(struct param_file *file, const char *name)
{
	snprintf(file->name, sizeof(file->name), VMIG_PARAM_PREFIX "%s", name);
	sysfs_attr_init(&file->attribute.attr);
	file->attribute.attr.name = file->name;
	file->attribute.attr.mode = 0644;
	file->attribute.show = param_show;
	file->attribute.store = param_store;
	return &file->attribute.attr;
}

static struct vmig_files *make_files(const struct vmig_model *model)
{
	struct vmig_files *files = kzalloc(sizeof(*files), GFP_KERNEL);
	u32 i;

	if (!files)
		return NULL;
	memcpy(files->attributes, migration_attributes,
	       sizeof(migration_attributes));
	for (i = 0; i < model->param_count; i++)
		files->attributes[ARRAY_SIZE(migration_attributes) + i] =
			init_param(&files->params[i], model->params[i].name);
	files->group.name = VMIG_FOLDER;
	files->group.attrs = files->attributes;
	return files;
}

int vmig_files_add(struct vmig_device *vmig)
{
	struct kobject *kobj = &vmig->vdev.dev->kobj;
	struct vmig_files *files = make_files(vmig->type->model);
	int ret;

	if (!files)
		return -ENOMEM;
	vmig->core->files = files;
	ret = sysfs_create_group(kobj, &files->group);
	if (ret)
		goto err_free;
	ret = sysfs_create_group(kobj, &group);
	if (ret)
		goto err_migration;
	return 0;

err_migration:
	sysfs_remove_group(kobj, &files->group);
err_free:
	vmig->core->files = NULL;
	kfree(files);
	return ret;
}

void vmig_files_remove(struct vmig_device *vmig)
{
	struct kobject *kobj = &vmig->vdev.dev->kobj;

	sysfs_remove_group(kobj, &group);
	sysfs_remove_group(kobj, &vmig->core->files->group);
	kfree(vmig->core->files);
	vmig->core->files = NULL;
}
