// SPDX-License-Identifier: GPL-2.0
/* The mdev: made and removed through sysfs, with its attributes. */
#include <linux/err.h>
#include <linux/mdev.h>
#include <linux/module.h>

#include "mcopy.h"

static int make_device(struct mdev_device *mdev)
{
	struct mcopy *mcopy;
	int ret;

	mcopy = vfio_alloc_device(mcopy, vmig.vdev, &mdev->dev, &mcopy_vfio_ops);
	if (IS_ERR(mcopy))
		return PTR_ERR(mcopy);

	ret = vfio_register_emulated_iommu_dev(&mcopy->vmig.vdev);
	if (ret) {
		vfio_put_device(&mcopy->vmig.vdev);
		return ret;
	}
	dev_set_drvdata(&mdev->dev, &mcopy->vmig);
	return 0;
}

/*
 * The pool is settled here and not in the device's .release: that may come
 * later than the end of the parent.
 */
static int mcopy_probe(struct mdev_device *mdev)
{
	struct mcopy_parent *parent = mcopy_parent_of(mdev->type);
	const u32 units = mcopy_type_of(mdev->type)->units;
	int ret;

	if (!mcopy_parent_take(parent, units))
		return -ENOSPC;
	ret = make_device(mdev);
	if (ret)
		mcopy_parent_give(parent, units);
	return ret;
}

static void mcopy_remove(struct mdev_device *mdev)
{
	struct vmig_device *vmig = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&vmig->vdev);
	vfio_put_device(&vmig->vdev);
	mcopy_parent_give(mcopy_parent_of(mdev->type),
			  mcopy_type_of(mdev->type)->units);
}

static unsigned int mcopy_get_available(struct mdev_type *type)
{
	return mcopy_parent_free_units(mcopy_parent_of(type)) /
	       mcopy_type_of(type)->units;
}

static ssize_t mcopy_show_description(struct mdev_type *type, char *buf)
{
	return sysfs_emit(buf, "PCI device with %u MiB of migratable memory\n",
			  mcopy_type_of(type)->units);
}

struct mdev_driver mcopy_mdev_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.probe = mcopy_probe,
	.remove = mcopy_remove,
	.get_available = mcopy_get_available,
	.show_description = mcopy_show_description,
	.driver = {
		.name = MCOPY_NAME,
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
		.dev_groups = mcopy_groups,
	},
};
