// SPDX-License-Identifier: GPL-2.0
/* vmig: migration for mdev drivers. A library, but for a folder in debugfs. */
#include <linux/module.h>

#include "backport.h"
#include "fault.h"

static int __init vmig_module_init(void)
{
	vmig_faults_module_init();
	return 0;
}

static void __exit vmig_module_exit(void)
{
	vmig_faults_module_exit();
}

module_init(vmig_module_init);
module_exit(vmig_module_exit);

MODULE_DESCRIPTION("VFIO migration for mdev drivers");
MODULE_AUTHOR("The vmig authors");
MODULE_VERSION(VMIG_VERSION);
MODULE_LICENSE("GPL");
BACKPORT_IMPORT_IOMMUFD;
