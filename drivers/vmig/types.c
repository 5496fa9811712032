// SPDX-License-Identifier: GPL-2.0
/*
 * The files of mdev types. The mdev core has no place for them: attributes in a
 * type's folder are called as its own, which are private to it. Binary ones are
 * called as what they are, so these are binary.
 */
#include <linux/container_of.h>
#include <linux/kobject.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "backport.h"
#include "describe.h"
#include "emit.h"
#include "legacy.h"
#include "limits.h"
#include "match.h"
#include "types.h"

/* Its text is what @emit makes of the type's document. */
struct type_file {
	struct bin_attribute attribute;
	vmig_emit_fn emit;
};

static struct vmig_type *type_of_kobj(struct kobject *kobj)
{
	return container_of(kobj, struct vmig_type, mdev.kobj);
}

static ssize_t type_file_read(struct file *file, struct kobject *kobj,
			      backport_bin_attribute *attribute, char *buf,
			      loff_t pos, size_t count)
{
	const struct type_file *type_file =
		container_of_const(attribute, struct type_file, attribute);
	struct vmig_description *description;
	ssize_t ret = -ENOMEM;
	char *text;

	text = kmalloc(VMIG_DOCUMENT_MAX, GFP_KERNEL);
	description = kvmalloc(sizeof(*description), GFP_KERNEL);
	if (text && description) {
		vmig_describe_type(description, type_of_kobj(kobj));
		ret = type_file->emit(&description->document, text);
	}
	if (ret > 0)
		ret = memory_read_from_buffer(buf, count, &pos, text, ret);
	kvfree(description);
	kfree(text);
	return ret;
}

#define TYPE_FILE(_name, _emit)						\
static struct type_file _name##_file = {				\
	.attribute = {							\
		.attr = { .name = #_name, .mode = 0444 },		\
		.read = type_file_read,					\
	},								\
	.emit = _emit,							\
}

TYPE_FILE(migration_compatible, vmig_emit_document);
TYPE_FILE(device_model, vmig_emit_model);
TYPE_FILE(software_version, vmig_emit_version);
TYPE_FILE(profiles, vmig_emit_profiles);
TYPE_FILE(default_profile, vmig_emit_default_profile);
TYPE_FILE(features, vmig_emit_features);
TYPE_FILE(units, vmig_emit_units);
TYPE_FILE(pool, vmig_emit_pool);
TYPE_FILE(pool_total, vmig_emit_pool_total);
TYPE_FILE(compatible_type, vmig_emit_compatible_type);
TYPE_FILE(dynamic_resources, vmig_emit_dynamic_resources);

static ssize_t migration_version_write(struct file *file, struct kobject *kobj,
				       backport_bin_attribute *attribute,
				       char *buf, loff_t pos, size_t count)
{
	struct vmig_description *description;
	ssize_t ret;

	/* A line is shorter than what one write can bring. */
	if (pos)
		return -EINVAL;
	description = kvmalloc(sizeof(*description), GFP_KERNEL);
	if (!description)
		return -ENOMEM;
	vmig_describe_type(description, type_of_kobj(kobj));
	ret = vmig_legacy_write(&description->document, buf, count);
	kvfree(description);
	return ret;
}

static struct type_file migration_version_file = {
	.attribute = {
		.attr = { .name = "migration_version", .mode = 0644 },
		.read = type_file_read,
		.write = migration_version_write,
	},
	.emit = vmig_emit_self,
};

static backport_bin_attribute *migration_files[] = {
	&device_model_file.attribute,
	&software_version_file.attribute,
	&profiles_file.attribute,
	&default_profile_file.attribute,
	&features_file.attribute,
	&units_file.attribute,
	&pool_file.attribute,
	&pool_total_file.attribute,
	&compatible_type_file.attribute,
	&dynamic_resources_file.attribute,
	NULL,
};

static const struct attribute_group migration_group = {
	.name = VMIG_FOLDER,
	.bin_attrs = migration_files,
};

static backport_bin_attribute *plain_files[] = {
	&migration_compatible_file.attribute,
	NULL,
};

static const struct attribute_group plain_group = {
	.bin_attrs = plain_files,
};

static backport_bin_attribute *legacy_files[] = {
	&migration_version_file.attribute,
	NULL,
};

static const struct attribute_group legacy_group = {
	.bin_attrs = legacy_files,
};

static const struct attribute_group *groups[] = {
	&migration_group,
	&plain_group,
	NULL,
};

static int add_type(struct vmig_type *type)
{
	struct kobject *kobj = &type->mdev.kobj;
	int ret;

	ret = vmig_type_check(type);
	if (ret) {
		pr_err("vmig: type %s: what its driver says of it makes no document (%d)\n",
		       kobject_name(kobj), ret);
		return ret;
	}
	ret = sysfs_create_groups(kobj, groups);
	if (ret || !vmig_legacy_version)
		return ret;
	ret = sysfs_create_group(kobj, &legacy_group);
	if (ret)
		sysfs_remove_groups(kobj, groups);
	return ret;
}

static void remove_type(struct vmig_type *type)
{
	struct kobject *kobj = &type->mdev.kobj;

	if (vmig_legacy_version)
		sysfs_remove_group(kobj, &legacy_group);
	sysfs_remove_groups(kobj, groups);
}

static struct vmig_type *type_of(const struct mdev_parent *parent,
				 unsigned int number)
{
	return container_of(parent->types[number], struct vmig_type, mdev);
}

void vmig_types_remove(struct mdev_parent *parent)
{
	unsigned int i;

	for (i = 0; i < parent->nr_types; i++)
		remove_type(type_of(parent, i));
}

int vmig_types_add(struct mdev_parent *parent)
{
	unsigned int i;
	int ret;

	for (i = 0; i < parent->nr_types; i++) {
		ret = add_type(type_of(parent, i));
		if (ret)
			goto err_remove;
	}
	kobject_uevent(&parent->dev->kobj, KOBJ_CHANGE);
	return 0;

err_remove:
	while (i--)
		remove_type(type_of(parent, i));
	return ret;
}
