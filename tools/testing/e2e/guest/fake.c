// SPDX-License-Identifier: GPL-2.0
/*
 * A device in the workload's own memory, so that the model and the line
 * protocol can be tested without a virtual machine. Capacity in MiB comes
 * from VMIG_FAKE_CAPACITY; VMIG_FAKE_LOSE=N drops every Nth FILL, which is
 * what losing pages in a migration looks like.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/mcopy.h>

#include "crc32c.h"
#include "device.h"

char device_error[400];

static uint8_t regs[MCOPY_BAR_REGS_SIZE], *memory;
static uint64_t size;
static unsigned long lose, fills;

static unsigned long setting(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

int device_open(unsigned int index)
{
	unsigned long capacity = setting("VMIG_FAKE_CAPACITY", 1);

	(void)index;
	lose = setting("VMIG_FAKE_LOSE", 0);
	size = capacity * MCOPY_UNIT_SIZE;
	memory = calloc(1, size);
	if (!memory)
		return -1;
	device_write32(MCOPY_REG_ID, MCOPY_ID);
	device_write32(MCOPY_REG_VERSION, MCOPY_VERSION_MAJOR << 16);
	device_write32(MCOPY_REG_CAPACITY, capacity);
	device_write32(MCOPY_REG_FEATURES,
		       MCOPY_FEATURE_FILL | MCOPY_FEATURE_CRC);
	return 0;
}

uint8_t *device_memory(void)
{
	return memory;
}

uint64_t device_memory_size(void)
{
	return size;
}

static void fill(uint64_t address, uint32_t length, uint64_t seed)
{
	fills++;
	if (lose && fills % lose == 0)
		return;
	for (uint64_t a = address; a < address + length; a += 8)
		device_mem_write64(a, (seed + a) * MCOPY_FILL_FACTOR);
}

static uint32_t run(uint32_t command)
{
	uint64_t address = device_read64(MCOPY_REG_MEM_ADDR);
	uint32_t length = device_read32(MCOPY_REG_MEM_LEN);
	uint32_t crc;

	if (length > MCOPY_COMMAND_MAX || length > size ||
	    address > size - length)
		return MCOPY_RESULT_RANGE;
	if (command == MCOPY_COMMAND_FILL) {
		fill(address, length, device_read64(MCOPY_REG_MEM_SEED));
	} else if (command == MCOPY_COMMAND_CRC) {
		crc = ~crc32c_bytes(~0u, memory + address, length);
		device_write32(MCOPY_REG_MEM_CRC, crc);
	} else {
		return MCOPY_RESULT_UNKNOWN;
	}
	return MCOPY_RESULT_OK;
}

uint32_t device_read32(unsigned int reg)
{
	uint32_t value;

	memcpy(&value, regs + reg, sizeof(value));
	return value;
}

void device_write32(unsigned int reg, uint32_t value)
{
	if (reg == MCOPY_REG_COMMAND) {
		reg = MCOPY_REG_RESULT;
		value = run(value);
	}
	memcpy(regs + reg, &value, sizeof(value));
}

uint64_t device_read64(unsigned int reg)
{
	uint64_t value;

	memcpy(&value, regs + reg, sizeof(value));
	return value;
}

void device_write64(unsigned int reg, uint64_t value)
{
	memcpy(regs + reg, &value, sizeof(value));
}

uint64_t device_mem_read64(uint64_t offset)
{
	uint64_t value;

	memcpy(&value, memory + offset, sizeof(value));
	return value;
}

void device_mem_write64(uint64_t offset, uint64_t value)
{
	memcpy(memory + offset, &value, sizeof(value));
}
