// SPDX-License-Identifier: GPL-2.0
/* A kernel that nobody asked for it leaves wp_shared_mapping_range() out. */
#include <linux/mm.h>

#ifndef CONFIG_MAPPING_DIRTY_HELPERS
#error "declared, but not there"
#endif

unsigned long probe(struct address_space *mapping);

unsigned long probe(struct address_space *mapping)
{
	return wp_shared_mapping_range(mapping, 0, 1);
}
