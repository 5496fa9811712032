// SPDX-License-Identifier: GPL-2.0
/* vmig: migration for mdev drivers. A library: it has nothing to start. */
#include <linux/module.h>

MODULE_DESCRIPTION("VFIO migration for mdev drivers");
MODULE_AUTHOR("The vmig authors");
MODULE_VERSION(VMIG_VERSION);
MODULE_LICENSE("GPL");
