// SPDX-License-Identifier: GPL-2.0
/* Compiles on every kernel: if it does not, no probe's answer means a thing. */
#include <linux/eventfd.h>
#include <linux/mm.h>
#include <linux/vfio.h>

struct vfio_device_ops control = { .name = "control" };
