// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>

#include "fault.h"

#define DEBUGFS		"/sys/kernel/debug"

int fault_ready(const struct mdev *mdev)
{
	if (!sysfs_exists(FAULT_FOLDER) &&
	    mount("debugfs", DEBUGFS, "debugfs", 0, NULL) && errno != EBUSY)
		return -errno;
	return sysfs_exists(FAULT_FOLDER "/%s", mdev->uuid) ? 0 : -ENOENT;
}

int fault_set(const struct mdev *mdev, const char *control,
	      const char *format, ...)
{
	char text[128];
	va_list args;
	int ret = fault_ready(mdev);

	if (ret)
		return ret;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return sysfs_write(text, FAULT_FOLDER "/%s/%s", mdev->uuid, control);
}

int fault_get(const struct mdev *mdev, const char *control, char *value,
	      size_t size)
{
	int ret = fault_ready(mdev);

	return ret ? ret : sysfs_read(value, size, FAULT_FOLDER "/%s/%s",
				      mdev->uuid, control);
}

int fault_fail_arc(const struct mdev *mdev, enum mig_state from,
		   enum mig_state to, int error, const char *when)
{
	return fault_set(mdev, "fail_arc", "%s %s %d %s", mig_name(from),
			 mig_name(to), error, when);
}

int fault_clear(const struct mdev *mdev)
{
	int ret = fault_set(mdev, "fail_arc", "off");

	if (!ret)
		ret = fault_set(mdev, "delay_arc", "off");
	if (!ret)
		ret = fault_set(mdev, "delay_read", "0");
	if (!ret)
		ret = fault_set(mdev, "refuse_record", "off");
	if (!ret)
		ret = fault_set(mdev, "never_converge", "0");
	return ret ? ret : fault_set(mdev, "ignore_self", "0");
}
