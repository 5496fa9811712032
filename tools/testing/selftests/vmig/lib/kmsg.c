// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"

#include "kmsg.h"

/*
 * A backtrace alone is none: a stall of an emulated processor prints one and
 * says nothing about the driver.
 */
static const char * const complaints[] = {
	"BUG:", "WARNING:", "Oops", "UBSAN:", "KASAN:", "KFENCE:", "KCSAN:",
	"general protection fault", "refcount_t:", "DEBUG_LOCKS_WARN_ON",
	"tried to init an initialized object", "cannot create duplicate",
	"blocked for more than",
};

int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (lseek(fd, 0, SEEK_END) < 0) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

static bool is_complaint(const char *record)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(complaints); i++)
		if (strstr(record, complaints[i]))
			return true;
	return false;
}

int kmsg_complaint(int fd, char *line, size_t size)
{
	char record[8192];
	int count = 0;
	ssize_t got;

	line[0] = '\0';
	if (fd < 0)
		return 0;
	for (;;) {
		got = read(fd, record, sizeof(record) - 1);
		if (got < 0 && errno == EPIPE)
			continue;	/* the oldest were overwritten */
		if (got <= 0)
			return count;
		record[got] = '\0';
		record[strcspn(record, "\n")] = '\0';
		if (is_complaint(record) && !count++)
			snprintf(line, size, "%s", record);
	}
}

void kmsg_close(int fd)
{
	if (fd >= 0)
		close(fd);
}
