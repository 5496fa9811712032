/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * tally: a device that counts, as its guest sees it, and the layout of its state
 * in a migration stream. The smallest driver on vmig.ko.
 *
 * BAR0 has the registers, little-endian. They are read in any pieces, and
 * written from their beginning by 4 or 8 bytes. Other writes have no effect.
 */
#ifndef _UAPI_LINUX_TALLY_H
#define _UAPI_LINUX_TALLY_H

#include <linux/types.h>

#define TALLY_PCI_VENDOR_ID	0x1234
#define TALLY_PCI_DEVICE_ID	0x7461

#define TALLY_COUNTERS_MAX	8

/* RO, 32 bits: how many counters there are, 1 to TALLY_COUNTERS_MAX. */
#define TALLY_REG_COUNTERS	0x00
/* 64 bits: reads as what counter n stands at; what is written is added to it. */
#define TALLY_REG_COUNT(n)	(0x10 + 8 * (n))
#define TALLY_BAR_SIZE		256

#define TALLY_CLASS_REVISION	0x08800001	/* "system peripheral, other" */
#define TALLY_COMMAND_BITS	0x0006		/* memory, bus master */

/**
 * struct tally_state - payload of the stream's STATE record
 * @counters:	how many follow; a reader refuses more than it has, and lets those
 *		it has more of be 0
 * @command:	PCI command register
 * @count:	where they stand
 *
 * All little-endian.
 */
struct tally_state {
	__le32 counters;
	__le32 command;
	__le64 count[TALLY_COUNTERS_MAX];
};

#define TALLY_STATE_SIZE(counters)	\
	(__builtin_offsetof(struct tally_state, count) + (counters) * 8UL)

#endif /* _UAPI_LINUX_TALLY_H */
