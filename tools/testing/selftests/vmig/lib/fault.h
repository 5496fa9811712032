/* SPDX-License-Identifier: GPL-2.0 */
/* Failing on demand: a device's controls in debugfs. */
#ifndef VMIG_TEST_FAULT_H
#define VMIG_TEST_FAULT_H

#include "client.h"
#include "mdev.h"
#include "sysfs.h"

#define FAULT_FOLDER	"/sys/kernel/debug/vmig"

/* All return 0 or a negative errno. */

/* The controls are there; debugfs is mounted if it is not. */
int fault_ready(const struct mdev *mdev);

/* One control, by its file's name; the text as for printf(). */
__printf(3, 4)
int fault_set(const struct mdev *mdev, const char *control,
	      const char *format, ...);
int fault_get(const struct mdev *mdev, const char *control, char *value,
	      size_t size);

/* fail_arc: "once", "always" or "nth N". */
int fault_fail_arc(const struct mdev *mdev, enum mig_state from,
		   enum mig_state to, int error, const char *when);

/* All controls off. */
int fault_clear(const struct mdev *mdev);

#endif /* VMIG_TEST_FAULT_H */
