// SPDX-License-Identifier: GPL-2.0
/* mcopy: loading and unloading. */
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "mcopy.h"

static int __init mcopy_init(void)
{
	int ret;

	ret = mcopy_engine_module_init();
	if (ret)
		return ret;
	ret = mdev_register_driver(&mcopy_mdev_driver);
	if (ret)
		goto err_engine;
	ret = pci_register_driver(&mcopy_pci_driver);
	if (ret)
		goto err_driver;
	ret = mcopy_virtual_parents_create();
	if (ret)
		goto err_pci;
	return 0;

err_pci:
	pci_unregister_driver(&mcopy_pci_driver);
err_driver:
	mdev_unregister_driver(&mcopy_mdev_driver);
err_engine:
	mcopy_engine_module_exit();
	return ret;
}

static void __exit mcopy_exit(void)
{
	mcopy_virtual_parents_destroy();
	pci_unregister_driver(&mcopy_pci_driver);
	mdev_unregister_driver(&mcopy_mdev_driver);
	mcopy_engine_module_exit();
}

module_init(mcopy_init);
module_exit(mcopy_exit);

MODULE_DESCRIPTION("Sample mediated device that migrates");
MODULE_AUTHOR("The vmig authors");
MODULE_VERSION(VMIG_VERSION);
MODULE_LICENSE("GPL");
