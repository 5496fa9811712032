/* SPDX-License-Identifier: GPL-2.0 */
/* A VFIO device by its own file, and what it reaches by an iommufd. */
#ifndef VMIG_TEST_IOMMUFD_H
#define VMIG_TEST_IOMMUFD_H

#include "bench.h"

/**
 * struct iommufd - all zero is none
 * @fd:		of the iommufd
 * @ioas:	an address space in it
 */
struct iommufd {
	int fd;
	uint32_t ioas;
};

/* Has this kernel such a thing? VFIO has to be loaded. */
bool iommufd_exists(void);

/* All return 0 or a negative errno. */
int iommufd_open(struct iommufd *iommufd);
void iommufd_close(struct iommufd *iommufd);

/* Let devices reach @size bytes @at by @iova, to read and to write. */
int iommufd_map(const struct iommufd *iommufd, void *at, uint64_t iova,
		uint64_t size);

/* Open a closed device by its own file, for its client, too; and close it. */
int iommufd_open_device(const struct iommufd *iommufd, struct device *device);
void iommufd_close_device(struct device *device);

#endif /* VMIG_TEST_IOMMUFD_H */
