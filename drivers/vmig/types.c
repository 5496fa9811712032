// SPDX-License-Identifier: GPL-2.0
/*
 * The files of mdev types. The mdev core has no place for them: attributes in a
 * type's folder are called as its own, which are private to it. Binary ones are
 * called as what they are, so these are binary.
 */
#include <linux/container_of.h>
#include <linux/export.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "backport.h"
#include "describe.h"
#include "render.h"

/* Its text is what @emit makes of the type's document. */
struct type_file {
	struct bin_attribute attribute;
	vmig_emit_fn emit;
};

static ssize_t type_file_read(struct file *file, struct kobject *kobj,
			      backport_bin_attribute *attribute, char *buf,
			      loff_t pos, size_t count)
{
	const struct vmig_type *type = container_of(kobj, struct vmig_type,
						    mdev.kobj);
	const struct type_file *type_file =
		container_of_const(attribute, struct type_file, attribute);
	struct vmig_document document;
	ssize_t ret;
	char *text;

	text = kmalloc(VMIG_DOCUMENT_MAX, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	vmig_describe_type(&document, type);
	ret = type_file->emit(&document, text);
	if (ret > 0)
		ret = memory_read_from_buffer(buf, count, &pos, text, ret);
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
TYPE_FILE(features, vmig_emit_features);
TYPE_FILE(units, vmig_emit_units);
TYPE_FILE(pool, vmig_emit_pool);
TYPE_FILE(pool_total, vmig_emit_pool_total);
TYPE_FILE(compatible_type, vmig_emit_compatible_type);

static backport_bin_attribute *migration_files[] = {
	&device_model_file.attribute,
	&software_version_file.attribute,
	&features_file.attribute,
	&units_file.attribute,
	&pool_file.attribute,
	&pool_total_file.attribute,
	&compatible_type_file.attribute,
	NULL,
};

static const struct attribute_group migration_group = {
	.name = "migration",
	.bin_attrs = migration_files,
};

/* Never cut a document: refuse what could become too long for a read. */
static int check_length(const struct vmig_type *type)
{
	struct vmig_document document;
	int length;

	vmig_describe_type(&document, type);
	length = vmig_render_max(&document);
	if (length < 0)
		return length;
	/* That of a device says "device" where this one says "type". */
	if (length + strlen("device") - strlen("type") >= VMIG_DOCUMENT_MAX)
		return -E2BIG;
	return 0;
}

static int add_type(struct vmig_type *type)
{
	struct kobject *kobj = &type->mdev.kobj;
	int ret;

	ret = check_length(type);
	if (ret)
		return ret;
	ret = sysfs_create_group(kobj, &migration_group);
	if (ret)
		return ret;
	ret = sysfs_create_bin_file(kobj, &migration_compatible_file.attribute);
	if (ret)
		sysfs_remove_group(kobj, &migration_group);
	return ret;
}

static void remove_type(struct vmig_type *type)
{
	struct kobject *kobj = &type->mdev.kobj;

	sysfs_remove_bin_file(kobj, &migration_compatible_file.attribute);
	sysfs_remove_group(kobj, &migration_group);
}

static struct vmig_type *type_of(const struct mdev_parent *parent,
				 unsigned int number)
{
	return container_of(parent->types[number], struct vmig_type, mdev);
}

/**
 * vmig_types_remove() - undo vmig_types_add()
 * @parent:	as there
 *
 * Call it before mdev_unregister_parent().
 *
 * Context: may sleep; waits for those who read.
 */
void vmig_types_remove(struct mdev_parent *parent)
{
	unsigned int i;

	for (i = 0; i < parent->nr_types; i++)
		remove_type(type_of(parent, i));
}
EXPORT_SYMBOL_GPL(vmig_types_remove);

/**
 * vmig_types_add() - let the types of a parent say what they are
 * @parent:	registered; each of its types is in a struct vmig_type
 *
 * Call it after mdev_register_parent(). Each type gets the file
 * migration_compatible and the folder migration; what is in them is described in
 * Documentation/ABI. The parent's uevent was sent before there were any, so it
 * gets another one: KOBJ_CHANGE, without the variables of the first, which
 * mdevctl takes for a new parent.
 *
 * Context: may sleep.
 * Return: 0; -EINVAL if a text of a type can't stand in a document; -E2BIG if
 * its document could become VMIG_DOCUMENT_MAX bytes or more; or an error of
 * sysfs. After an error no type has any of these files.
 */
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
EXPORT_SYMBOL_GPL(vmig_types_add);
