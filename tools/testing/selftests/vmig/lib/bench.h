/* SPDX-License-Identifier: GPL-2.0 */
/* What nearly every test starts with: modules, and devices that are open. */
#ifndef VMIG_TEST_BENCH_H
#define VMIG_TEST_BENCH_H

#include "mcopy.h"
#include "mdev.h"
#include "migration.h"
#include "vfio.h"

#define BENCH_DEVICES_MAX	4
#define BENCH_MODULE		"mcopy"
#define BENCH_TYPE		"mcopy-m1"
/* Bytes of device memory that an instance of BENCH_TYPE has. */
#define BENCH_MEMORY		MCOPY_UNIT_SIZE
/* Two parents, so that one of them can be seen to mind its own business. */
#define BENCH_OPTIONS		"parents=2 capacity=64"

/**
 * struct device - an instance, opened
 * @mdev:	in sysfs
 * @vfio:	its files
 * @migration:	its migration region
 */
struct device {
	struct mdev mdev;
	struct vfio vfio;
	struct migration migration;
};

/**
 * struct bench - the devices of one test; all zero is an empty one
 * @kmsg:	listens to the kernel's log, 0 if not
 * @complaint:	what the kernel complained of, if it did
 * @device:	all of BENCH_TYPE
 */
struct bench {
	int kmsg;
	char complaint[256];
	struct device device[BENCH_DEVICES_MAX];
};

/**
 * bench_missing() - make ready, or say why this machine can't run the tests
 *
 * Loads the modules and removes what earlier tests left behind.
 *
 * Return: a sentence for people, or NULL if nothing is missing.
 */
const char *bench_missing(void);

/* Load the drivers; loaded ones stay as they are. Return: 0 or -errno. */
int bench_load(const char *options);

/* Unload them, in order. Return: 0, or -EBUSY if somebody uses them. */
int bench_unload(void);

/* Create @count devices and open them. Return: 0 or -errno. */
int bench_open(struct bench *bench, unsigned int count);

/* Remove them. Return: 0, or how often the kernel complained meanwhile. */
int bench_close(struct bench *bench);

/* Create an instance on a virtual parent that has room, and open it. */
int device_create(struct device *device, const char *type);
/* Open and close one that exists; closing twice is fine. */
int device_open(struct device *device);
void device_close(struct device *device);
/* Close and remove it. */
int device_destroy(struct device *device);

#endif /* VMIG_TEST_BENCH_H */
