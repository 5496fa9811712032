/* SPDX-License-Identifier: GPL-2.0 */
/* The device that counts, as its guest would use it. */
#ifndef VMIG_TEST_TALLY_H
#define VMIG_TEST_TALLY_H

#include <stdint.h>
#include <linux/tally.h>

#include "vfio.h"

/* Return: where it stands, or ~0 if that can't be read. */
uint64_t tally_count(const struct vfio *vfio, unsigned int counter);

/* Return: 0 or a negative errno. */
int tally_add(const struct vfio *vfio, unsigned int counter, uint64_t number);

#endif /* VMIG_TEST_TALLY_H */
