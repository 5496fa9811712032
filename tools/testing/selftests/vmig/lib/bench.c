// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest.h"

#include "bench.h"
#include "kmsg.h"
#include "module.h"

/* How the drivers that may be loaded beside the first one are called. */
static const struct driver * const others[] = { &driver_tally };

#define OTHERS	(sizeof(others) / sizeof(others[0]))

int bench_load(const char *options)
{
	int ret = module_load("vfio_iommu_type1", NULL);

	return ret ? ret : module_load(BENCH_MODULE, options);
}

static int unload_others(void)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < OTHERS && !ret; i++)
		if (module_is_loaded(others[i]->name))
			ret = module_unload(others[i]->name);
	return ret;
}

int bench_unload(void)
{
	int ret = module_unload(BENCH_MODULE);

	if (!ret)
		ret = unload_others();
	return ret ? ret : module_unload("vmig");
}

/* The harness calls exit() itself, and only for the whole program. */
static void unload_at_exit(void)
{
	int ret = unload_others();

	if (!ret)
		return;
	printf("# a driver can't be unloaded after the tests: %s\n",
	       strerror(-ret));
	fflush(stdout);
	_exit(KSFT_FAIL);
}

const char *bench_missing(void)
{
	if (geteuid())
		return "must be run as root";
	if (!module_is_available(BENCH_MODULE))
		return "no module " BENCH_MODULE
		       ": not installed, and not where VMIG_MODULES points";
	if (!module_is_available("vfio_iommu_type1"))
		return "this kernel has no vfio_iommu_type1";
	if (bench_load(BENCH_OPTIONS) == -EPERM)
		return "this kernel lets no modules in";
	mdev_remove_leftovers();
	/* With each test it would take longer than most of the tests. */
	atexit(unload_at_exit);
	return NULL;
}

int bench_reload(const char *options)
{
	int ret = bench_unload();

	return ret ? ret : bench_load(options);
}

int bench_offer_mapping(struct bench *bench, bool offer)
{
	int ret = 0;

	if (!bench->offered[0])
		ret = module_parameter(BENCH_MODULE, "map_memory",
				       bench->offered, sizeof(bench->offered));
	return ret ? ret : module_set_parameter(BENCH_MODULE, "map_memory",
						offer ? "Y" : "N");
}

void *device_map(struct device *device, uint64_t offset, size_t length)
{
	struct vfio_region region;
	unsigned int i;
	void *at;

	for (i = 0; i < DEVICE_MAPS_MAX && device->maps[i].at; i++)
		;
	if (i == DEVICE_MAPS_MAX ||
	    vfio_region(&device->vfio, MCOPY_BAR_MEMORY, &region)) {
		errno = EMFILE;
		return MAP_FAILED;
	}
	at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED,
		  device->vfio.device, region.offset + offset);
	if (at != MAP_FAILED) {
		device->maps[i].at = at;
		device->maps[i].length = length;
	}
	return at;
}

void device_unmap(struct device *device, void *at)
{
	unsigned int i;

	for (i = 0; i < DEVICE_MAPS_MAX; i++) {
		if (at && device->maps[i].at == at) {
			munmap(at, device->maps[i].length);
			device->maps[i].at = NULL;
		}
	}
}

void device_close(struct device *device)
{
	client_close(&device->client);
	migration_unmap(&device->migration);
	vfio_close(&device->vfio);
}

int device_open(struct device *device)
{
	int ret = vfio_open(&device->vfio, device->mdev.uuid);

	if (ret)
		return ret;
	client_open(&device->client, &device->vfio, &device->migration);
	ret = migration_find(&device->migration, &device->vfio);
	if (ret == -ENODEV && device->client.protocol != &protocol_v1)
		ret = 0;
	if (ret)
		device_close(device);
	return ret;
}

int device_create(struct device *device, const char *type)
{
	struct mdev_names parents;
	char driver[MDEV_NAME_SIZE];
	unsigned int i;
	int ret;

	snprintf(driver, sizeof(driver), "%.*s", (int)strcspn(type, "-"), type);
	ret = mdev_parents(&parents, driver);
	if (ret)
		return ret;
	ret = -ENODEV;
	for (i = 0; i < parents.count && ret; i++)
		ret = mdev_create(&device->mdev, parents.name[i], type);
	return ret ? ret : device_open(device);
}

int device_destroy(struct device *device)
{
	unsigned int i;

	for (i = 0; i < DEVICE_MAPS_MAX; i++)
		device_unmap(device, device->maps[i].at);
	device_close(device);
	return mdev_remove(&device->mdev);
}

int bench_open_of(struct bench *bench, const struct driver *driver,
		  unsigned int count, const struct protocol *protocol)
{
	unsigned int i;
	int ret;

	memset(bench, 0, sizeof(*bench));
	bench->kmsg = kmsg_open();
	ret = module_load(driver->name, NULL);
	for (i = 0; i < count && i < BENCH_DEVICES_MAX && !ret; i++) {
		bench->device[i].client.protocol = protocol;
		ret = device_create(&bench->device[i], driver->type);
	}
	if (ret)
		bench_close(bench);
	return ret;
}

int bench_open(struct bench *bench, unsigned int count,
	       const struct protocol *protocol)
{
	return bench_open_of(bench, &driver_mcopy, count, protocol);
}

int bench_close(struct bench *bench)
{
	int complaints, left = 0;
	unsigned int i;

	if (bench->offered[0])
		module_set_parameter(BENCH_MODULE, "map_memory",
				     bench->offered);
	for (i = 0; i < BENCH_DEVICES_MAX; i++)
		left += !!device_destroy(&bench->device[i]);
	complaints = kmsg_complaint(bench->kmsg, bench->complaint,
				    sizeof(bench->complaint));
	kmsg_close(bench->kmsg);
	/* Closing twice is fine. */
	bench->kmsg = -1;
	bench->offered[0] = '\0';
	if (left && !complaints)
		snprintf(bench->complaint, sizeof(bench->complaint),
			 "nothing, but %d device(s) can't be removed: still open, or the window still mapped, in this process or a child",
			 left);
	return complaints + left;
}
