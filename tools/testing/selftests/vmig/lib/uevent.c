// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uevent.h"

/* Of the kernel's own messages. */
#define KERNEL_GROUP	1

int uevent_open(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = KERNEL_GROUP,
	};
	const int sock = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
				NETLINK_KOBJECT_UEVENT);

	if (sock < 0)
		return -errno;
	if (bind(sock, (void *)&address, sizeof(address))) {
		const int ret = -errno;

		close(sock);
		return ret;
	}
	return sock;
}

/* The first word is "<action>@<path>". */
static bool is_of(const struct uevent *event, const char *action,
		  const char *device)
{
	const size_t action_length = strlen(action);
	const char *last = strrchr(event->text, '/');

	return !strncmp(event->text, action, action_length) &&
	       event->text[action_length] == '@' && last &&
	       !strcmp(last + 1, device);
}

int uevent_next(int sock, struct uevent *event, const char *action,
		const char *device, int limit)
{
	struct pollfd fd = { .fd = sock, .events = POLLIN };
	ssize_t length;
	int ret;

	do {
		ret = poll(&fd, 1, limit);
		if (ret <= 0)
			return ret ? -errno : -ETIMEDOUT;
		length = recv(sock, event->text, UEVENT_SIZE, 0);
		if (length < 0)
			return -errno;
		event->text[length] = '\0';
		event->length = length;
	} while (!is_of(event, action, device));
	return 0;
}

bool uevent_has(const struct uevent *event, const char *start)
{
	const char *word = event->text;

	for (; word < event->text + event->length; word += strlen(word) + 1)
		if (!strncmp(word, start, strlen(start)))
			return true;
	return false;
}
