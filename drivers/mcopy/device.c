// SPDX-License-Identifier: GPL-2.0
/* The mdev: made and removed through sysfs, with its attributes. */
#include <linux/mdev.h>
#include <linux/module.h>

#include "mcopy.h"

static int mcopy_probe(struct mdev_device *mdev)
{
	return vmig_mdev_probe(mdev, sizeof(struct mcopy), &mcopy_vfio_ops);
}

static unsigned int mcopy_get_available(struct mdev_type *type)
{
	const struct vmig_type *vmig_type = mcopy_type_of(type);

	return mcopy_parent_free_units(mcopy_parent_of(vmig_type)) /
	       vmig_type->units;
}

static ssize_t mcopy_show_description(struct mdev_type *type, char *buf)
{
	return sysfs_emit(buf, "PCI device with %u MiB of migratable memory times aggregator\n",
			  mcopy_type_of(type)->units);
}

struct mdev_driver mcopy_mdev_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.probe = mcopy_probe,
	.remove = vmig_mdev_remove,
	.get_available = mcopy_get_available,
	.show_description = mcopy_show_description,
	.driver = {
		.name = MCOPY_NAME,
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
		.dev_groups = mcopy_groups,
	},
};
