// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "driver.h"
#include "mcopy.h"
#include "tally.h"

/* mcopy: the first pages and the last one, a register, and causes. */

#define MEMORY		MCOPY_UNIT_SIZE
#define FIRST		(3 * MCOPY_PAGE)
#define LAST		(MEMORY - MCOPY_PAGE)

static int mcopy_leave(const struct vfio *vfio, uint64_t seed)
{
	int ret = mcopy_fill(vfio, 0, FIRST, seed);

	if (!ret)
		ret = mcopy_fill(vfio, LAST, MCOPY_PAGE, seed);
	if (!ret)
		ret = mcopy_set(vfio, MCOPY_REG_SCRATCH, seed);
	if (!ret)
		ret = mcopy_set(vfio, MCOPY_REG_IRQ_ENABLE, MCOPY_IRQ_MASK);
	if (!ret)
		ret = mcopy_set(vfio, MCOPY_REG_IRQ_RAISE, MCOPY_IRQ_MASK);
	return ret;
}

static bool mcopy_pages_are(const struct vfio *vfio, uint64_t address,
			    size_t length, uint64_t seed)
{
	uint8_t seen[FIRST], expected[FIRST];

	mcopy_expected(address, length, seed, expected);
	return !mcopy_memory_read(vfio, address, seen, length) &&
	       !memcmp(seen, expected, length);
}

static bool mcopy_register_is(const struct vfio *vfio, uint32_t reg,
			      uint32_t expected)
{
	uint32_t value;

	return !mcopy_get(vfio, reg, &value) && value == expected;
}

static bool mcopy_has(const struct vfio *vfio, uint64_t seed)
{
	return mcopy_pages_are(vfio, 0, FIRST, seed) &&
	       mcopy_pages_are(vfio, LAST, MCOPY_PAGE, seed) &&
	       mcopy_register_is(vfio, MCOPY_REG_SCRATCH, seed) &&
	       mcopy_register_is(vfio, MCOPY_REG_IRQ_ENABLE, MCOPY_IRQ_MASK) &&
	       mcopy_register_is(vfio, MCOPY_REG_IRQ_STATUS, MCOPY_IRQ_MASK);
}

static bool mcopy_is_new(const struct vfio *vfio)
{
	uint8_t *memory = malloc(MEMORY);
	uint32_t reg;
	bool is_new = memory && !mcopy_memory_read(vfio, 0, memory, MEMORY) &&
		      bytes_are_zero(memory, MEMORY);

	for (reg = MCOPY_REG_CONTROL; reg <= MCOPY_REG_RESULT; reg += 4)
		is_new = is_new && mcopy_register_is(vfio, reg, 0);
	free(memory);
	return is_new;
}

const struct driver driver_mcopy = {
	.name = "mcopy",
	.type = "mcopy-m1",
	.memory = MEMORY,
	.leave = mcopy_leave,
	.has = mcopy_has,
	.is_new = mcopy_is_new,
};

/* tally: all counters that its devices have by default. */

#define COUNTERS	4

static int tally_leave(const struct vfio *vfio, uint64_t seed)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < COUNTERS && !ret; i++)
		ret = tally_add(vfio, i, seed + i - tally_count(vfio, i));
	return ret;
}

static bool tally_has(const struct vfio *vfio, uint64_t seed)
{
	unsigned int i;

	for (i = 0; i < COUNTERS; i++)
		if (tally_count(vfio, i) != seed + i)
			return false;
	return true;
}

static bool tally_is_new(const struct vfio *vfio)
{
	unsigned int i;

	for (i = 0; i < TALLY_COUNTERS_MAX; i++)
		if (tally_count(vfio, i))
			return false;
	return true;
}

const struct driver driver_tally = {
	.name = "tally",
	.type = "tally-1",
	.leave = tally_leave,
	.has = tally_has,
	.is_new = tally_is_new,
};
