/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel tells udev. */
#ifndef VMIG_TEST_UEVENT_H
#define VMIG_TEST_UEVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define UEVENT_SIZE	4096

/**
 * struct uevent - one event
 * @text:	words, each ended by a zero byte
 * @length:	bytes of @text
 */
struct uevent {
	char text[UEVENT_SIZE + 1];
	size_t length;
};

/* Listen from now on. Return: a socket, or -errno. */
int uevent_open(void);

/**
 * uevent_next() - the next event of a device
 * @sock:	of uevent_open()
 * @event:	is overwritten
 * @action:	such as "change"
 * @device:	last part of the device's path
 * @limit:	milliseconds to wait
 *
 * Return: 0, -ETIMEDOUT, or another negative errno.
 */
int uevent_next(int sock, struct uevent *event, const char *action,
		const char *device, int limit);

/* Does one of its words begin like that? */
bool uevent_has(const struct uevent *event, const char *start);

#endif /* VMIG_TEST_UEVENT_H */
