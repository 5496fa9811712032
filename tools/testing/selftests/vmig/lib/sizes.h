/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long the parts of a stream are that a device of BENCH_TYPE writes: what
 * pending_bytes must say to the byte.
 */
#ifndef VMIG_TEST_SIZES_H
#define VMIG_TEST_SIZES_H

#include <string.h>
#include <linux/mcopy.h>

#include "stream.h"

#define SIZE_SELF_LINE	"abi=1;model=vmig/mcopy;api=vfio-pci;"		\
			"pci.vendor=1234;pci.device=6d63;type=mcopy-m1;" \
			"ver=3.3.0;profile=p3;capacity=1;"	\
			"feat=crc,dma,fill,queues;"		\
			"p.num_queues=4;p.ring_max=1024"

/* Session header and self line. */
#define SIZE_OPENING	(STREAM_HEADER + RECORD_HEADER +		\
			 sizeof(SIZE_SELF_LINE) - 1)
#define SIZE_PAGE	(RECORD_HEADER + VMIG_MEMORY_ALIGN)
#define SIZE_STATE	(RECORD_HEADER + sizeof(struct mcopy_state))
#define SIZE_END	(RECORD_HEADER + sizeof(struct vmig_end))
/* What comes after the last page, when the device is stopped. */
#define SIZE_CLOSING	(SIZE_STATE + SIZE_END)

#endif /* VMIG_TEST_SIZES_H */
