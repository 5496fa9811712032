/* SPDX-License-Identifier: GPL-2.0 */
/* The sample device as its guest driver would use it, and its software twin. */
#ifndef VMIG_TEST_MCOPY_H
#define VMIG_TEST_MCOPY_H

#include <stddef.h>
#include <stdint.h>
#include <linux/mcopy.h>

#include "vfio.h"

#define MCOPY_PAGE	4096

/* These return 0 or a negative errno. */
int mcopy_get(const struct vfio *vfio, uint32_t reg, uint32_t *value);
int mcopy_set(const struct vfio *vfio, uint32_t reg, uint32_t value);
int mcopy_get64(const struct vfio *vfio, uint32_t reg, uint64_t *value);
int mcopy_set64(const struct vfio *vfio, uint32_t reg, uint64_t value);
int mcopy_memory_read(const struct vfio *vfio, uint64_t address, void *data,
		      size_t length);
int mcopy_memory_write(const struct vfio *vfio, uint64_t address,
		       const void *data, size_t length);

/* Return: MCOPY_RESULT_* or a negative errno. */
int mcopy_command(const struct vfio *vfio, uint32_t command, uint64_t address,
		  uint32_t length);
int mcopy_fill(const struct vfio *vfio, uint64_t address, uint32_t length,
	       uint64_t seed);
int mcopy_crc(const struct vfio *vfio, uint64_t address, uint32_t length,
	      uint32_t *crc);

/* What FILL would store. */
void mcopy_expected(uint64_t address, size_t length, uint64_t seed,
		    void *data);

#endif /* VMIG_TEST_MCOPY_H */
