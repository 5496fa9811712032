/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A verdict as it stands in expected.txt of the worked examples. Shared with the
 * unit test examples_test, which has the examples themselves.
 */
#ifndef VMIG_TEST_EXPECTED_H
#define VMIG_TEST_EXPECTED_H

#include <stdio.h>

#include "match.h"
#include "value-text.h"

static inline void verdict_line(const struct vmig_verdict *verdict, char *to,
				size_t size)
{
	const bool accepted = verdict->outcome != VMIG_INCOMPATIBLE;
	size_t at = snprintf(to, size, "%s %c",
			     vmig_outcome_name(verdict->outcome),
			     accepted ? '{' : '[');
	char value[VALUE_TEXT_SIZE];
	u32 i;

	for (i = 0; accepted && i < verdict->setting_count; i++)
		at += snprintf(to + at, size - at, "%s'%s': '%s'",
			       i ? ", " : "", verdict->settings[i].attribute,
			       value_text(&verdict->settings[i].value, value));
	for (i = 0; !accepted && i < verdict->entry_count; i++)
		at += snprintf(to + at, size - at, "%s(%u, '%s')",
			       i ? ", " : "", i,
			       vmig_reason_name(verdict->entries[i].reason));
	snprintf(to + at, size - at, "%c", accepted ? '}' : ']');
}

#endif /* VMIG_TEST_EXPECTED_H */
