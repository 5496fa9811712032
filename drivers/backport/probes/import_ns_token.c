// SPDX-License-Identifier: GPL-2.0
/* Until 6.12 a namespace was named by a word, since then by a string. */
#include <linux/module.h>

MODULE_IMPORT_NS(IOMMUFD);
