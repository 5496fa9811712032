// SPDX-License-Identifier: GPL-2.0
/*
 * A PCI function as parent: libvirt and OpenStack look for parents there. The
 * function's hardware is not touched, so any spare one will do:
 *
 *   echo mcopy > /sys/bus/pci/devices/<function>/driver_override
 *   echo <function> > /sys/bus/pci/drivers/mcopy/bind
 */
#include <linux/err.h>
#include <linux/pci.h>

#include "mcopy.h"

static int pci_parent_probe(struct pci_dev *pdev,
			    const struct pci_device_id *id)
{
	const u32 newest = mcopy_model.profile_count - 1;
	struct mcopy_parent *parent;

	parent = mcopy_parent_create(&pdev->dev, newest);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	pci_set_drvdata(pdev, parent);
	return 0;
}

static void pci_parent_remove(struct pci_dev *pdev)
{
	mcopy_parent_destroy(pci_get_drvdata(pdev));
}

/* No ids: a function is bound because someone asked for it. */
struct pci_driver mcopy_pci_driver = {
	.name = MCOPY_NAME,
	.probe = pci_parent_probe,
	.remove = pci_parent_remove,
};
