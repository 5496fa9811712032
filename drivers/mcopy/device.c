// SPDX-License-Identifier: GPL-2.0
/* The mdev: made and removed through sysfs, with its attributes. */
#include <linux/err.h>
#include <linux/mdev.h>
#include <linux/module.h>

#include "mcopy.h"

/* After this the pool has back what the device took of it. */
static void release(struct mcopy *mcopy)
{
	mcopy_parent_resize(mcopy_parent_of(mcopy->vmig.type), mcopy->units, 0);
	vfio_put_device(&mcopy->vmig.vdev);
}

static int mcopy_probe(struct mdev_device *mdev)
{
	struct mcopy *mcopy;
	int ret;

	mcopy = vfio_alloc_device(mcopy, vmig.vdev, &mdev->dev, &mcopy_vfio_ops);
	if (IS_ERR(mcopy))
		return PTR_ERR(mcopy);

	dev_set_drvdata(&mdev->dev, &mcopy->vmig);
	ret = vfio_register_emulated_iommu_dev(&mcopy->vmig.vdev);
	if (ret)
		goto err_release;
	ret = vmig_files_add(&mcopy->vmig);
	if (ret)
		goto err_unregister;
	return 0;

err_unregister:
	vfio_unregister_group_dev(&mcopy->vmig.vdev);
err_release:
	release(mcopy);
	return ret;
}

/*
 * The pool is settled here and not in the device's .release: that may come
 * later than the end of the parent.
 */
static void mcopy_remove(struct mdev_device *mdev)
{
	struct vmig_device *vmig = dev_get_drvdata(&mdev->dev);

	vmig_files_remove(vmig);
	vfio_unregister_group_dev(&vmig->vdev);
	release(mcopy_from_vmig(vmig));
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
