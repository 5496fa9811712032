// SPDX-License-Identifier: GPL-2.0
/* The device's commands, on top of any way to reach its registers. */
#include <linux/mcopy.h>

#include "device.h"

static uint32_t command(uint64_t address, uint32_t length, uint32_t number)
{
	device_write64(MCOPY_REG_MEM_ADDR, address);
	device_write32(MCOPY_REG_MEM_LEN, length);
	device_write32(MCOPY_REG_COMMAND, number);
	return device_read32(MCOPY_REG_RESULT);
}

uint32_t device_fill(uint64_t address, uint32_t length, uint64_t seed)
{
	device_write64(MCOPY_REG_MEM_SEED, seed);
	return command(address, length, MCOPY_COMMAND_FILL);
}

uint32_t device_crc(uint64_t address, uint32_t length, uint32_t *crc)
{
	uint32_t result = command(address, length, MCOPY_COMMAND_CRC);

	*crc = device_read32(MCOPY_REG_MEM_CRC);
	return result;
}

uint32_t device_capacity(void)
{
	return device_read32(MCOPY_REG_CAPACITY);
}

uint32_t device_version(void)
{
	return device_read32(MCOPY_REG_VERSION);
}
