// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "mcopy.h"

int mcopy_get(const struct vfio *vfio, uint32_t reg, uint32_t *value)
{
	uint32_t raw;
	int ret = vfio_read(vfio, MCOPY_BAR_REGS, reg, &raw, sizeof(raw));

	*value = ret ? ~0U : le32toh(raw);
	return ret;
}

int mcopy_set(const struct vfio *vfio, uint32_t reg, uint32_t value)
{
	uint32_t raw = htole32(value);

	return vfio_write(vfio, MCOPY_BAR_REGS, reg, &raw, sizeof(raw));
}

int mcopy_get64(const struct vfio *vfio, uint32_t reg, uint64_t *value)
{
	uint64_t raw;
	int ret = vfio_read(vfio, MCOPY_BAR_REGS, reg, &raw, sizeof(raw));

	*value = ret ? ~0ULL : le64toh(raw);
	return ret;
}

int mcopy_set64(const struct vfio *vfio, uint32_t reg, uint64_t value)
{
	uint64_t raw = htole64(value);

	return vfio_write(vfio, MCOPY_BAR_REGS, reg, &raw, sizeof(raw));
}

int mcopy_memory_read(const struct vfio *vfio, uint64_t address, void *data,
		      size_t length)
{
	return vfio_read(vfio, MCOPY_BAR_MEMORY, address, data, length);
}

int mcopy_memory_write(const struct vfio *vfio, uint64_t address,
		       const void *data, size_t length)
{
	return vfio_write(vfio, MCOPY_BAR_MEMORY, address, data, length);
}

int mcopy_command(const struct vfio *vfio, uint32_t command, uint64_t address,
		  uint32_t length)
{
	uint32_t result;
	int ret = mcopy_set64(vfio, MCOPY_REG_MEM_ADDR, address);

	if (!ret)
		ret = mcopy_set(vfio, MCOPY_REG_MEM_LEN, length);
	if (!ret)
		ret = mcopy_set(vfio, MCOPY_REG_COMMAND, command);
	if (!ret)
		ret = mcopy_get(vfio, MCOPY_REG_RESULT, &result);
	return ret ? ret : (int)result;
}

int mcopy_fill(const struct vfio *vfio, uint64_t address, uint32_t length,
	       uint64_t seed)
{
	int ret = mcopy_set64(vfio, MCOPY_REG_MEM_SEED, seed);

	return ret ? ret : mcopy_command(vfio, MCOPY_COMMAND_FILL, address,
					 length);
}

int mcopy_crc(const struct vfio *vfio, uint64_t address, uint32_t length,
	      uint32_t *crc)
{
	int ret = mcopy_command(vfio, MCOPY_COMMAND_CRC, address, length);

	return ret ? ret : mcopy_get(vfio, MCOPY_REG_MEM_CRC, crc);
}

void mcopy_expected(uint64_t address, size_t length, uint64_t seed,
		    void *data)
{
	uint8_t *to = data;
	size_t at;

	for (at = 0; at + sizeof(uint64_t) <= length; at += sizeof(uint64_t)) {
		uint64_t word = htole64((seed + address + at) *
					MCOPY_FILL_FACTOR);

		memcpy(to + at, &word, sizeof(word));
	}
}
