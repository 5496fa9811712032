// SPDX-License-Identifier: GPL-2.0
/* Values as they stand in sysfs. */
#include "value-text.h"

const char *value_text(const struct vmig_value *value,
		       char text[VALUE_TEXT_SIZE])
{
	switch (value->type) {
	case VMIG_VALUE_INT:
		snprintf(text, VALUE_TEXT_SIZE, "%u", value->number);
		break;
	case VMIG_VALUE_BOOL:
		strcpy(text, value->flag ? "true" : "false");
		break;
	case VMIG_VALUE_TOKEN:
		snprintf(text, VALUE_TEXT_SIZE, "%s", value->token);
		break;
	}
	return text;
}
