/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Drivers: what a test has to know of one that is written for all of them. It is
 * about what the core does, whatever the device is.
 */
#ifndef VMIG_TEST_DRIVER_H
#define VMIG_TEST_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "vfio.h"

/**
 * struct driver - a driver, and a guest that knows its devices
 * @name:	of the module, and how the names of its parents and types begin
 * @type:	of the devices
 * @memory:	bytes of device memory that they have
 * @leave:	have the guest leave something all over the device, another thing
 *		for each seed: 0, or a negative errno. No error in any state, but
 *		without effect where the device is halted
 * @has:	is all of that there, and of that seed?
 * @is_new:	is there nothing that any guest has left?
 */
struct driver {
	const char *name;
	const char *type;
	uint64_t memory;
	int (*leave)(const struct vfio *vfio, uint64_t seed);
	bool (*has)(const struct vfio *vfio, uint64_t seed);
	bool (*is_new)(const struct vfio *vfio);
};

extern const struct driver driver_mcopy;
extern const struct driver driver_tally;

#endif /* VMIG_TEST_DRIVER_H */
