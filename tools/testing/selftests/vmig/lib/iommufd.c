// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "iommufd.h"
#include "sysfs.h"

#define IOMMUFD			"/dev/iommu"
#define DEVICE_FILES		"/dev/vfio/devices"

/*
 * What of linux/iommufd.h is used here; user space's headers don't all have it,
 * nor do they have what came into linux/vfio.h with it.
 */
#define CMD_IOAS_ALLOC		_IO(';', 0x81)
#define CMD_IOAS_MAP		_IO(';', 0x85)
#define MAP_FIXED_READ_WRITE	7

struct ioas_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t id;
};

struct ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas;
	uint32_t reserved;
	uint64_t at;
	uint64_t length;
	uint64_t iova;
};

#define CMD_BIND		_IO(VFIO_TYPE, VFIO_BASE + 18)
#define CMD_ATTACH		_IO(VFIO_TYPE, VFIO_BASE + 19)

struct bind {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t id;
};

struct attach {
	uint32_t argsz;
	uint32_t flags;
	uint32_t id;
};

bool iommufd_exists(void)
{
	/* The folder of the devices' files comes with the first device. */
	return sysfs_exists(IOMMUFD) && sysfs_exists("/sys/class/vfio-dev");
}

int iommufd_open(struct iommufd *iommufd)
{
	struct ioas_alloc alloc = { .size = sizeof(alloc) };

	memset(iommufd, 0, sizeof(*iommufd));
	iommufd->fd = open(IOMMUFD, O_RDWR | O_CLOEXEC);
	if (iommufd->fd < 0)
		return -errno;
	if (ioctl(iommufd->fd, CMD_IOAS_ALLOC, &alloc)) {
		int ret = -errno;

		iommufd_close(iommufd);
		return ret;
	}
	iommufd->ioas = alloc.id;
	return 0;
}

void iommufd_close(struct iommufd *iommufd)
{
	if (iommufd->fd > 0)
		close(iommufd->fd);
	memset(iommufd, 0, sizeof(*iommufd));
}

int iommufd_map(const struct iommufd *iommufd, void *at, uint64_t iova,
		uint64_t size)
{
	struct ioas_map map = {
		.size = sizeof(map),
		.flags = MAP_FIXED_READ_WRITE,
		.ioas = iommufd->ioas,
		.at = (uintptr_t)at,
		.length = size,
		.iova = iova,
	};

	return ioctl(iommufd->fd, CMD_IOAS_MAP, &map) ? -errno : 0;
}

/* The name of its file is that of a folder below it in sysfs. */
static int open_file(const struct mdev *mdev)
{
	char folder[SYSFS_PATH_MAX], path[SYSFS_PATH_MAX];
	struct dirent *entry;
	int fd = -ENOENT;
	DIR *dir;

	snprintf(folder, sizeof(folder), MDEV_DEVICES "/%s/vfio-dev",
		 mdev->uuid);
	dir = opendir(folder);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), DEVICE_FILES "/%.64s",
			 entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	closedir(dir);
	return fd;
}

static int join(const struct iommufd *iommufd, int fd)
{
	struct bind bind = {
		.argsz = sizeof(bind),
		.iommufd = iommufd->fd,
	};
	struct attach attach = {
		.argsz = sizeof(attach),
		.id = iommufd->ioas,
	};

	if (ioctl(fd, CMD_BIND, &bind) || ioctl(fd, CMD_ATTACH, &attach))
		return -errno;
	return 0;
}

int iommufd_open_device(const struct iommufd *iommufd, struct device *device)
{
	struct vfio *vfio = &device->vfio;
	int fd = open_file(&device->mdev);
	int ret;

	if (fd < 0)
		return fd;
	ret = join(iommufd, fd);
	memset(vfio, 0, sizeof(*vfio));
	vfio->device = fd;
	vfio->info.argsz = sizeof(vfio->info);
	if (!ret && ioctl(fd, VFIO_DEVICE_GET_INFO, &vfio->info))
		ret = -errno;
	if (!ret)
		ret = migration_find(&device->migration, vfio);
	client_open(&device->client, vfio, &device->migration);
	if (ret)
		iommufd_close_device(device);
	return ret;
}

void iommufd_close_device(struct device *device)
{
	client_close(&device->client);
	migration_unmap(&device->migration);
	if (!device->vfio.open && device->vfio.device > 0)
		close(device->vfio.device);
	device->vfio.device = -1;
}
