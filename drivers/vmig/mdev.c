// SPDX-License-Identifier: GPL-2.0
/* Mdevs and their parents: registered with VFIO, the mdev core, and sysfs. */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mdev.h>
#include <linux/vfio.h>

#include "attributes.h"
#include "core.h"
#include "types.h"

/* Others may hold the device for longer. */
static void drop(struct vmig_device *vmig)
{
	vmig_retire(vmig);
	vfio_put_device(&vmig->vdev);
}

/**
 * vmig_mdev_probe() - for .probe of an mdev driver
 * @mdev:	that was made
 * @size:	bytes of the driver's own structure, which begins with a
 *		struct vmig_device
 * @ops:	of its VFIO device; .init calls vmig_init()
 *
 * Makes the VFIO device, and the files in sysfs before user space is told that
 * there is one. The mdev's data (dev_get_drvdata()) is the struct vmig_device.
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or an error of .init, of VFIO or of sysfs
 */
int vmig_mdev_probe(struct mdev_device *mdev, size_t size,
		    const struct vfio_device_ops *ops)
{
	struct vfio_device *vdev;
	struct vmig_device *vmig;
	int ret;

	vdev = _vfio_alloc_device(size, &mdev->dev, ops);
	if (IS_ERR(vdev))
		return PTR_ERR(vdev);
	vmig = container_of(vdev, struct vmig_device, vdev);
	dev_set_drvdata(&mdev->dev, vmig);
	ret = vfio_register_emulated_iommu_dev(vdev);
	if (ret)
		goto err_put;
	ret = vmig_files_add(vmig);
	if (ret)
		goto err_unregister;
	return 0;

err_unregister:
	vfio_unregister_group_dev(vdev);
err_put:
	drop(vmig);
	return ret;
}
EXPORT_SYMBOL_GPL(vmig_mdev_probe);

/**
 * vmig_mdev_remove() - for .remove of an mdev driver
 * @mdev:	whose vmig_mdev_probe() did not fail
 *
 * What the device took of its parent is given back here and not in .release: that
 * may come later than the end of the parent.
 *
 * Context: may sleep; waits for those who read and write files, and for the owner
 * to close the device.
 */
void vmig_mdev_remove(struct mdev_device *mdev)
{
	struct vmig_device *vmig = dev_get_drvdata(&mdev->dev);

	vmig_files_remove(vmig);
	vfio_unregister_group_dev(&vmig->vdev);
	drop(vmig);
}
EXPORT_SYMBOL_GPL(vmig_mdev_remove);

/**
 * vmig_parent_register() - let mdevs be made on a device
 * @parent:	for the mdev core, zeroed
 * @dev:	the device
 * @driver:	of the mdevs, registered
 * @types:	members of struct vmig_type, which were never registered before
 * @count:	how many
 *
 * Each type gets the file migration_compatible and the folder migration; what is in
 * them is described in Documentation/ABI.
 *
 * Context: may sleep.
 * Return: 0; an error of the mdev core or of sysfs; or for what a driver says of
 * its types, and the kernel's log has more of, -EINVAL or -E2BIG
 */
int vmig_parent_register(struct mdev_parent *parent, struct device *dev,
			 struct mdev_driver *driver, struct mdev_type **types,
			 unsigned int count)
{
	int ret;

	ret = mdev_register_parent(parent, dev, driver, types, count);
	if (ret)
		return ret;
	ret = vmig_types_add(parent);
	if (ret)
		mdev_unregister_parent(parent);
	return ret;
}
EXPORT_SYMBOL_GPL(vmig_parent_register);

/**
 * vmig_parent_unregister() - undo vmig_parent_register()
 * @parent:	as there
 *
 * Context: may sleep; removes the mdevs, too, and waits for those that are open.
 */
void vmig_parent_unregister(struct mdev_parent *parent)
{
	vmig_types_remove(parent);
	mdev_unregister_parent(parent);
}
EXPORT_SYMBOL_GPL(vmig_parent_unregister);
