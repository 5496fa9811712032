// SPDX-License-Identifier: GPL-2.0
/* A verdict for people. */
#include <stdio.h>

#include "answer.h"

void answer_print(const struct mdevcompat_verdict *verdict, const char *indent)
{
	const struct mdevcompat_finding *finding;
	const struct mdevcompat_setting *setting;
	size_t i;

	printf("%s%s", indent, mdevcompat_outcome_name(verdict));
	if (mdevcompat_entry(verdict) >= 0)
		printf(" by entry %d", mdevcompat_entry(verdict));
	putchar('\n');
	for (i = 0; (setting = mdevcompat_setting(verdict, i)); i++)
		printf("%s  set %s to %s\n", indent, setting->attribute,
		       setting->value);
	/* Once an entry accepts, what others say is for programs. */
	if (mdevcompat_entry(verdict) >= 0)
		return;
	for (i = 0; (finding = mdevcompat_finding(verdict, i)); i++) {
		if (finding->entry >= 0)
			printf("%s  entry %d: ", indent, finding->entry);
		else
			printf("%s  ", indent);
		printf("%s (%s): %s\n", finding->reason, finding->field,
		       finding->text);
	}
}
