/* SPDX-License-Identifier: GPL-2.0 */
/* Values as they stand in sysfs. */
#ifndef MDEVCOMPAT_VALUE_TEXT_H
#define MDEVCOMPAT_VALUE_TEXT_H

#include "document.h"

/* Room for a value in digits, or a token. */
#define VALUE_TEXT_SIZE		(VMIG_TOKEN_MAX + 1)

/* What would be written to an attribute. Returns @text. */
const char *value_text(const struct vmig_value *value,
		       char text[VALUE_TEXT_SIZE]);

#endif /* MDEVCOMPAT_VALUE_TEXT_H */
