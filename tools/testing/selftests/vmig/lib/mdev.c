// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "mdev.h"
#include "sysfs.h"

#define UUID_PREFIX	"766d6967-"	/* "vmig" */

/* How long to wait for the last user of a device to be gone. */
#define FREE_TRIES	200
#define FREE_INTERVAL	10000	/* microseconds */

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int list_names(struct mdev_names *names, const char *prefix,
		      const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	names->count = 0;
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)) && names->count < MDEV_PARENTS_MAX) {
		if (entry->d_name[0] == '.' ||
		    strncmp(entry->d_name, prefix, strlen(prefix)))
			continue;
		snprintf(names->name[names->count++], MDEV_NAME_SIZE, "%.*s",
			 MDEV_NAME_SIZE - 1, entry->d_name);
	}
	closedir(dir);
	qsort(names->name, names->count, MDEV_NAME_SIZE, by_name);
	return 0;
}

int mdev_parents(struct mdev_names *names, const char *prefix)
{
	return list_names(names, prefix, MDEV_CLASS);
}

int mdev_types(struct mdev_names *names, const char *parent)
{
	char folder[SYSFS_PATH_MAX];

	snprintf(folder, sizeof(folder), MDEV_CLASS "/%s/mdev_supported_types",
		 parent);
	return list_names(names, "", folder);
}

int mdev_type_read(const char *parent, const char *type, const char *attribute,
		   char *value, size_t size)
{
	return sysfs_read(value, size,
			  MDEV_CLASS "/%s/mdev_supported_types/%s/%s",
			  parent, type, attribute);
}

int mdev_available(const char *parent, const char *type)
{
	return sysfs_read_number(MDEV_CLASS "/%s/mdev_supported_types/%s/%s",
				 parent, type, "available_instances");
}

void mdev_new_uuid(char uuid[MDEV_UUID_SIZE])
{
	uint16_t part[6];

	if (getrandom(part, sizeof(part), 0) != sizeof(part))
		memset(part, 0, sizeof(part));
	snprintf(uuid, MDEV_UUID_SIZE, UUID_PREFIX "%04x-4%03x-8%03x-%04x%04x%04x",
		 part[0], part[1] & 0xfff, part[2] & 0xfff, part[3], part[4],
		 part[5]);
}

int mdev_create(struct mdev *mdev, const char *parent, const char *type)
{
	bool chosen = mdev->uuid[0];
	int ret;

	if (!chosen)
		mdev_new_uuid(mdev->uuid);
	ret = sysfs_write(mdev->uuid,
			  MDEV_CLASS "/%s/mdev_supported_types/%s/create",
			  parent, type);
	if (ret && !chosen)
		mdev->uuid[0] = '\0';
	return ret;
}

/* Whoever has the device open or its window mapped has its group open. */
bool mdev_is_in_use(const struct mdev *mdev)
{
	char path[SYSFS_PATH_MAX], number[32];
	int fd;

	if (sysfs_link_name(number, sizeof(number),
			    MDEV_DEVICES "/%s/iommu_group", mdev->uuid))
		return false;
	snprintf(path, sizeof(path), "/dev/vfio/%s", number);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno == EBUSY;
	close(fd);
	return false;
}

static bool wait_until_free(const struct mdev *mdev)
{
	unsigned int i;

	for (i = 0; i < FREE_TRIES; i++) {
		if (!mdev_is_in_use(mdev))
			return true;
		usleep(FREE_INTERVAL);
	}
	return false;
}

int mdev_remove(struct mdev *mdev)
{
	int ret;

	if (!mdev->uuid[0])
		return 0;
	/* The kernel would wait for as long as it takes, and can't be killed. */
	if (!wait_until_free(mdev))
		return -EBUSY;
	ret = sysfs_write("1", MDEV_DEVICES "/%s/remove", mdev->uuid);
	if (!ret)
		mdev->uuid[0] = '\0';
	return ret;
}

bool mdev_exists(const struct mdev *mdev)
{
	return mdev->uuid[0] && sysfs_exists(MDEV_DEVICES "/%s", mdev->uuid);
}

int mdev_read(const struct mdev *mdev, const char *attribute, char *value,
	      size_t size)
{
	return sysfs_read(value, size, MDEV_DEVICES "/%s/%s", mdev->uuid,
			  attribute);
}

int mdev_write(const struct mdev *mdev, const char *attribute,
	       const char *value)
{
	return sysfs_write(value, MDEV_DEVICES "/%s/%s", mdev->uuid,
			   attribute);
}

void mdev_remove_leftovers(void)
{
	struct mdev_names names;
	struct mdev mdev;
	unsigned int i;

	/* The list holds a limited number: again until it stays empty. */
	do {
		unsigned int removed = 0;

		if (list_names(&names, UUID_PREFIX, MDEV_DEVICES))
			return;
		for (i = 0; i < names.count; i++) {
			snprintf(mdev.uuid, sizeof(mdev.uuid), "%.36s",
				 names.name[i]);
			removed += !mdev_remove(&mdev);
		}
		if (!removed)
			return;
	} while (names.count);
}
