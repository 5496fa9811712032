// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "mdev.h"
#include "sysfs.h"
#include "vfio.h"

/* Region offsets are the driver's choice; ours is part of its contract. */
#define REGION_SHIFT	40

static int open_group(const char *uuid)
{
	char path[SYSFS_PATH_MAX];
	char number[32];
	int fd, ret;

	ret = sysfs_link_name(number, sizeof(number),
			      MDEV_DEVICES "/%s/iommu_group", uuid);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/dev/vfio/%s", number);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int join(struct vfio *vfio)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(vfio->container, VFIO_GET_API_VERSION) != VFIO_API_VERSION)
		return -EPROTONOSUPPORT;
	if (ioctl(vfio->group, VFIO_GROUP_GET_STATUS, &status))
		return -errno;
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return -EPERM;
	if (ioctl(vfio->group, VFIO_GROUP_SET_CONTAINER, &vfio->container))
		return -errno;
	if (ioctl(vfio->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	return 0;
}

int vfio_open_device(struct vfio *vfio)
{
	int fd = ioctl(vfio->group, VFIO_GROUP_GET_DEVICE_FD, vfio->name);

	if (fd < 0)
		return -errno;
	vfio->device = fd;
	memset(&vfio->info, 0, sizeof(vfio->info));
	vfio->info.argsz = sizeof(vfio->info);
	if (ioctl(fd, VFIO_DEVICE_GET_INFO, &vfio->info)) {
		int ret = -errno;

		vfio_close_device(vfio);
		return ret;
	}
	return 0;
}

int vfio_open(struct vfio *vfio, const char *uuid)
{
	int ret;

	memset(vfio, 0, sizeof(*vfio));
	vfio->device = -1;
	snprintf(vfio->name, sizeof(vfio->name), "%s", uuid);
	vfio->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (vfio->container < 0)
		return -errno;
	vfio->group = open_group(uuid);
	if (vfio->group < 0) {
		close(vfio->container);
		return vfio->group;
	}
	vfio->open = true;
	ret = join(vfio);
	if (!ret)
		ret = vfio_open_device(vfio);
	if (ret)
		vfio_close(vfio);
	return ret;
}

void vfio_close_device(struct vfio *vfio)
{
	if (vfio->open && vfio->device >= 0)
		close(vfio->device);
	vfio->device = -1;
}

void vfio_close(struct vfio *vfio)
{
	if (!vfio->open)
		return;
	vfio_close_device(vfio);
	close(vfio->group);
	close(vfio->container);
	vfio->open = false;
}

/* The kernel fills what fits and tells how much it would have been. */
static struct vfio_region_info *query_region(int fd, uint32_t index)
{
	size_t size = sizeof(struct vfio_region_info);
	struct vfio_region_info *info = NULL, *bigger;

	for (;;) {
		bigger = realloc(info, size);
		if (!bigger)
			break;
		info = bigger;
		memset(info, 0, size);
		info->argsz = size;
		info->index = index;
		if (ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info))
			break;
		if (info->argsz <= size)
			return info;
		size = info->argsz;
	}
	free(info);
	return NULL;
}

static void take_sparse(struct vfio_region *region, const void *cap)
{
	const struct vfio_region_info_cap_sparse_mmap *sparse = cap;
	uint32_t i;

	region->sparse = true;
	region->areas = sparse->nr_areas;
	for (i = 0; i < sparse->nr_areas && i < VFIO_AREAS_MAX; i++)
		region->area[i] = sparse->areas[i];
}

static int take_capabilities(struct vfio_region *region,
			     const struct vfio_region_info *info)
{
	const struct vfio_region_info_cap_type *type;
	const struct vfio_info_cap_header *cap;
	uint32_t at, last = 0;

	if (!(info->flags & VFIO_REGION_INFO_FLAG_CAPS))
		return 0;
	for (at = info->cap_offset; at; at = cap->next) {
		if (at <= last || at % 8 || at + sizeof(*cap) > info->argsz)
			return -EBADMSG;
		last = at;
		cap = (const void *)((const char *)info + at);
		if (cap->id == VFIO_REGION_INFO_CAP_TYPE) {
			type = (const void *)cap;
			region->type = type->type;
			region->subtype = type->subtype;
		} else if (cap->id == VFIO_REGION_INFO_CAP_SPARSE_MMAP) {
			take_sparse(region, cap);
		}
	}
	return 0;
}

int vfio_region(const struct vfio *vfio, uint32_t index,
		struct vfio_region *region)
{
	struct vfio_region_info *info;
	int ret;

	info = query_region(vfio->device, index);
	if (!info)
		return -errno;
	memset(region, 0, sizeof(*region));
	region->index = index;
	region->flags = info->flags;
	region->size = info->size;
	region->offset = info->offset;
	ret = take_capabilities(region, info);
	free(info);
	return ret;
}

static off_t file_offset(uint32_t index, uint64_t offset)
{
	return ((uint64_t)index << REGION_SHIFT) + offset;
}

int vfio_read(const struct vfio *vfio, uint32_t index, uint64_t offset,
	      void *data, size_t length)
{
	ssize_t done = pread(vfio->device, data, length,
			     file_offset(index, offset));

	if (done < 0)
		return -errno;
	return (size_t)done == length ? 0 : -EIO;
}

int vfio_write(const struct vfio *vfio, uint32_t index, uint64_t offset,
	       const void *data, size_t length)
{
	ssize_t done = pwrite(vfio->device, data, length,
			      file_offset(index, offset));

	if (done < 0)
		return -errno;
	return (size_t)done == length ? 0 : -EIO;
}

int vfio_irq(const struct vfio *vfio, uint32_t index,
	     struct vfio_irq_info *info)
{
	memset(info, 0, sizeof(*info));
	info->argsz = sizeof(*info);
	info->index = index;
	if (ioctl(vfio->device, VFIO_DEVICE_GET_IRQ_INFO, info))
		return -errno;
	return 0;
}

static int set_irqs(const struct vfio *vfio, struct vfio_irq_set *set)
{
	return ioctl(vfio->device, VFIO_DEVICE_SET_IRQS, set) ? -errno : 0;
}

int vfio_set_eventfds(const struct vfio *vfio, uint32_t index, uint32_t action,
		      uint32_t start, uint32_t count, const int *fds)
{
	size_t size = sizeof(struct vfio_irq_set) + count * sizeof(*fds);
	struct vfio_irq_set *set = calloc(1, size);
	int ret;

	if (!set)
		return -ENOMEM;
	set->argsz = size;
	set->flags = VFIO_IRQ_SET_DATA_EVENTFD | action;
	set->index = index;
	set->start = start;
	set->count = count;
	memcpy(set->data, fds, count * sizeof(*fds));
	ret = set_irqs(vfio, set);
	free(set);
	return ret;
}

int vfio_set_irqs(const struct vfio *vfio, uint32_t index, uint32_t action,
		  uint32_t start, uint32_t count)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | action,
		.index = index,
		.start = start,
		.count = count,
	};

	return set_irqs(vfio, &set);
}

int vfio_reset(const struct vfio *vfio)
{
	return ioctl(vfio->device, VFIO_DEVICE_RESET) ? -errno : 0;
}
