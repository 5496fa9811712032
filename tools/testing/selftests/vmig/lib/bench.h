/* SPDX-License-Identifier: GPL-2.0 */
/* What nearly every test starts with: modules, and devices that are open. */
#ifndef VMIG_TEST_BENCH_H
#define VMIG_TEST_BENCH_H

#include "client.h"
#include "driver.h"
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

#define DEVICE_MAPS_MAX		4

/**
 * struct device - an instance, opened
 * @mdev:	in sysfs
 * @vfio:	its files
 * @migration:	its migration region; v1's own tests use it as it is
 * @client:	migrates it by the protocol that it names
 * @maps:	parts of device memory that are mapped
 */
struct device {
	struct mdev mdev;
	struct vfio vfio;
	struct migration migration;
	struct client client;
	struct {
		void *at;
		size_t length;
	} maps[DEVICE_MAPS_MAX];
};

/**
 * struct bench - the devices of one test; all zero is an empty one
 * @kmsg:	listens to the kernel's log, 0 if not
 * @complaint:	what the kernel complained of, or what is left in use
 * @offered:	value of the module's map_memory before bench_offer_mapping()
 * @device:	all of the driver's type
 */
struct bench {
	int kmsg;
	char complaint[256];
	char offered[8];
	struct device device[BENCH_DEVICES_MAX];
};

/**
 * bench_missing() - make ready, or say why this machine can't run the tests
 *
 * Loads the modules and removes what earlier tests left behind. Drivers that
 * tests load besides are unloaded when the program ends, which fails if they
 * can't be.
 *
 * Return: a sentence for people, or NULL if nothing is missing.
 */
const char *bench_missing(void);

/* Load the drivers; loaded ones stay as they are. Return: 0 or -errno. */
int bench_load(const char *options);

/* Unload all that there are, in order. Return: 0, or -EBUSY if one is used. */
int bench_unload(void);

/* Load them with other options. Return: 0 or -errno, -EBUSY as above. */
int bench_reload(const char *options);

/**
 * bench_open_of() - create devices and open them
 * @bench:	anything
 * @driver:	of the devices; is loaded if it is not
 * @count:	of devices
 * @protocol:	that their clients speak
 *
 * Return: 0 or -errno.
 */
int bench_open_of(struct bench *bench, const struct driver *driver,
		  unsigned int count, const struct protocol *protocol);

/* The same with mcopy's, of BENCH_TYPE. */
int bench_open(struct bench *bench, unsigned int count,
	       const struct protocol *protocol);

/**
 * bench_close() - remove the devices
 * @bench:	what a test left of it: open files and maps are no hindrance,
 *		if lib knows of them
 *
 * Return: 0, or how often the kernel complained since bench_open(), plus the
 * number of devices that could not be removed.
 */
int bench_close(struct bench *bench);

/**
 * bench_offer_mapping() - let device memory be mapped, or not
 * @bench:	its bench_close() restores what was before
 * @offer:	what mcopy's parameter map_memory is set to
 *
 * Return: 0 or -errno.
 */
int bench_offer_mapping(struct bench *bench, bool offer);

/*
 * Create an instance on a parent of the type's driver that has room, and open it.
 */
int device_create(struct device *device, const char *type);
/*
 * Open and close one that exists; closing twice is fine. Without the migration
 * region it can't be opened for a client of v1.
 */
int device_open(struct device *device);
void device_close(struct device *device);
/* Unmap what device_map() has mapped, close, and remove it. */
int device_destroy(struct device *device);

/**
 * device_map() - map a part of device memory, shared
 * @device:	an open one; the map survives device_close()
 * @offset:	in device memory
 * @length:	of the part
 *
 * Return: where it is, or MAP_FAILED with errno set.
 */
void *device_map(struct device *device, uint64_t offset, size_t length);
void device_unmap(struct device *device, void *at);

#endif /* VMIG_TEST_BENCH_H */
