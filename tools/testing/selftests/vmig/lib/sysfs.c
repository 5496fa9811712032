// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

static int read_path(char *value, size_t size, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	do {
		got = read(fd, value + used, size - used);
		if (got > 0)
			used += got;
	} while (got > 0 && used < size);
	if (got < 0)
		got = -errno;
	close(fd);
	if (got < 0)
		return got;
	if (used == size)
		return -EOVERFLOW;
	if (used && value[used - 1] == '\n')
		used--;
	value[used] = '\0';
	return 0;
}

int sysfs_read(char *value, size_t size, const char *format, ...)
{
	char path[SYSFS_PATH_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return read_path(value, size, path);
}

int sysfs_read_number(const char *format, ...)
{
	char path[SYSFS_PATH_MAX];
	va_list args;
	char text[32];
	char *end;
	long number;
	int ret;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	ret = read_path(text, sizeof(text), path);
	if (ret)
		return ret;
	number = strtol(text, &end, 10);
	if (end == text || *end || number < 0)
		return -EINVAL;
	return number;
}

int sysfs_write(const char *value, const char *format, ...)
{
	char path[SYSFS_PATH_MAX];
	va_list args;
	ssize_t done;
	int ret = 0;
	int fd;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	done = write(fd, value, strlen(value));
	if (done < 0)
		ret = -errno;
	close(fd);
	return ret;
}

bool sysfs_exists(const char *format, ...)
{
	char path[SYSFS_PATH_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return !access(path, F_OK);
}

int sysfs_link_name(char *name, size_t size, const char *format, ...)
{
	char path[SYSFS_PATH_MAX];
	va_list args;
	char target[SYSFS_PATH_MAX];
	const char *last;
	ssize_t length;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	if (strlen(last) >= size)
		return -EOVERFLOW;
	memcpy(name, last, strlen(last) + 1);
	return 0;
}
