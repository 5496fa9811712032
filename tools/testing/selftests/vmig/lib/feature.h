/* SPDX-License-Identifier: GPL-2.0 */
/* Protocol v2, call by call: VFIO_DEVICE_FEATURE and the data fd's ioctl. */
#ifndef VMIG_TEST_FEATURE_H
#define VMIG_TEST_FEATURE_H

#include <stddef.h>
#include <stdint.h>

#include "vfio.h"

/* Not in the headers of all kernels. */
#ifndef VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2
#define VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2	12
#endif

/* Numbers that are no state of the device. */
#define FEATURE_STATES	8

/* All functions return 0 (or what they say) or a negative errno. */

/**
 * feature_call() - VFIO_DEVICE_FEATURE with a header that is right
 * @vfio:	the device
 * @flags:	the feature's number and VFIO_DEVICE_FEATURE_{GET,SET,PROBE}
 * @data:	goes there and comes back
 * @size:	of it
 */
int feature_call(const struct vfio *vfio, uint32_t flags, void *data,
		 size_t size);

/* Can it be done? @flags as above, without PROBE. */
int feature_probe(const struct vfio *vfio, uint32_t flags);

/* VFIO_MIGRATION_*. */
int feature_migration(const struct vfio *vfio, uint64_t *flags);

/* Return: enum vfio_device_mig_state. */
int feature_state(const struct vfio *vfio);

/**
 * feature_set_state() - execute a migration state change
 * @vfio:	the device
 * @state:	any number
 * @fd:		the data fd or -1, also after an error; the caller closes it
 */
int feature_set_state(const struct vfio *vfio, uint32_t state, int *fd);

int feature_data_size(const struct vfio *vfio, uint64_t *bytes);

/* Of a data fd. */
int feature_precopy_info(int fd, uint64_t *initial, uint64_t *dirty);

/* Is there a thing such as DMA logging? */
bool feature_logs_dma(const struct vfio *vfio);

/**
 * feature_log_start() - log what the device writes
 * @vfio:	the device
 * @page_size:	as wished; then the one that it is
 * @ranges:	which addresses
 * @count:	of them
 */
int feature_log_start(const struct vfio *vfio, uint64_t *page_size,
		      const struct vfio_device_feature_dma_logging_range *ranges,
		      uint32_t count);
int feature_log_stop(const struct vfio *vfio);

/* Bits are set in @bitmap for pages of @page_size, and none is cleared. */
int feature_log_report(const struct vfio *vfio, uint64_t iova, uint64_t length,
		       uint64_t page_size, uint64_t *bitmap);

#endif /* VMIG_TEST_FEATURE_H */
