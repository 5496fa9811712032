/* SPDX-License-Identifier: GPL-2.0 */
/* Small text files: sysfs attributes. */
#ifndef VMIG_TEST_SYSFS_H
#define VMIG_TEST_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

#include "kselftest.h"

#define SYSFS_PATH_MAX	512

/**
 * sysfs_read() - read an attribute
 * @value:	the content without its last newline
 * @size:	room there
 * @format:	path, as for printf()
 *
 * Return: 0 or a negative errno, -EOVERFLOW if there is no room.
 */
__printf(3, 4)
int sysfs_read(char *value, size_t size, const char *format, ...);

/* Read a decimal number, 0 or more. Return: it or a negative errno. */
__printf(1, 2)
int sysfs_read_number(const char *format, ...);

/* Write @value with one write(). Return: 0 or a negative errno. */
__printf(2, 3)
int sysfs_write(const char *value, const char *format, ...);

__printf(1, 2)
bool sysfs_exists(const char *format, ...);

/**
 * sysfs_link_name() - last component of what a link points to
 * @name:	the answer
 * @size:	room there
 * @format:	path, as for printf()
 *
 * Return: 0 or a negative errno.
 */
__printf(3, 4)
int sysfs_link_name(char *name, size_t size, const char *format, ...);

#endif /* VMIG_TEST_SYSFS_H */
