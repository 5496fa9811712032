// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pci.h"
#include "sysfs.h"

#define PCI_DEVICES	"/sys/bus/pci/devices"
#define PCI_DRIVERS	"/sys/bus/pci/drivers"

/*
 * Only QEMU's pci-testdev is taken unasked: a function without a driver may
 * still be one that the machine needs.
 */
#define SPARE_VENDOR	"0x1b36"
#define SPARE_DEVICE	"0x0005"

bool pci_is_bound(const char *name)
{
	return sysfs_exists(PCI_DEVICES "/%s/driver", name);
}

static bool is_spare(const char *name)
{
	char vendor[16], device[16];

	return !sysfs_read(vendor, sizeof(vendor), PCI_DEVICES "/%s/vendor",
			   name) &&
	       !sysfs_read(device, sizeof(device), PCI_DEVICES "/%s/device",
			   name) &&
	       !strcmp(vendor, SPARE_VENDOR) && !strcmp(device, SPARE_DEVICE) &&
	       !pci_is_bound(name);
}

int pci_find_spare(char name[PCI_NAME_SIZE])
{
	const char *wanted = getenv("VMIG_PCI_FUNCTION");
	struct dirent *entry;
	int ret = -ENODEV;
	DIR *dir;

	if (wanted) {
		snprintf(name, PCI_NAME_SIZE, "%s", wanted);
		return sysfs_exists(PCI_DEVICES "/%s", name) &&
		       !pci_is_bound(name) ? 0 : -ENODEV;
	}
	dir = opendir(PCI_DEVICES);
	if (!dir)
		return -ENODEV;
	while (ret && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !is_spare(entry->d_name))
			continue;
		snprintf(name, PCI_NAME_SIZE, "%.*s", PCI_NAME_SIZE - 1,
			 entry->d_name);
		ret = 0;
	}
	closedir(dir);
	return ret;
}

int pci_bind(const char *name, const char *driver)
{
	int ret = sysfs_write(driver, PCI_DEVICES "/%s/driver_override", name);

	if (!ret)
		ret = sysfs_write(name, PCI_DRIVERS "/%s/bind", driver);
	return ret;
}

int pci_unbind(const char *name, const char *driver)
{
	int ret = sysfs_write(name, PCI_DRIVERS "/%s/unbind", driver);

	/* Otherwise the function would wait for this driver for ever. */
	sysfs_write("\n", PCI_DEVICES "/%s/driver_override", name);
	return ret;
}
