/* SPDX-License-Identifier: GPL-2.0 */
/* Are two of them the same in all that they say? */
#ifndef VMIG_UNIT_SAME_H
#define VMIG_UNIT_SAME_H

#include "document.h"

void assert_same_self(const struct vmig_self *a, const struct vmig_self *b);

#endif /* VMIG_UNIT_SAME_H */
