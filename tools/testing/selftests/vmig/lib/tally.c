// SPDX-License-Identifier: GPL-2.0
#include <endian.h>

#include "tally.h"

#define BAR0	VFIO_PCI_BAR0_REGION_INDEX

uint64_t tally_count(const struct vfio *vfio, unsigned int counter)
{
	uint64_t value = ~0ULL;

	vfio_read(vfio, BAR0, TALLY_REG_COUNT(counter), &value, sizeof(value));
	return le64toh(value);
}

int tally_add(const struct vfio *vfio, unsigned int counter, uint64_t number)
{
	const uint64_t value = htole64(number);

	return vfio_write(vfio, BAR0, TALLY_REG_COUNT(counter), &value,
			  sizeof(value));
}
