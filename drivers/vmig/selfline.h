/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The self line: one line of KEY=VALUE pairs that says what a device is. It is
 * the first record of every session.
 *
 *   abi=1;model=..;api=vfio-pci;pci.vendor=1234;pci.device=6d63;type=..;
 *   ver=1.0.0;capacity=16
 *
 * Keys that a reader does not know are skipped, except those of features
 * (feat) and parameters (p.*): a device that has one that the reader lacks
 * can't be loaded.
 */
#ifndef VMIG_SELFLINE_H
#define VMIG_SELFLINE_H

#include "reason.h"

#define VMIG_SELF_ABI	1
#define VMIG_SELF_NAME	64
#define VMIG_SELF_TOKEN	32

/**
 * struct vmig_self - the content of a self line
 * @model:	the state format, "domain/path"; versions are relative to it
 * @api:	VFIO device API
 * @has_pci:	@pci_vendor and @pci_device are given
 * @pci_vendor:	as the guest sees it
 * @pci_device:	as the guest sees it
 * @type:	mdev type, empty for a device that is no mdev
 * @major:	version of the state format: a higher one is another format
 * @minor:	version: a device loads its own and lower ones
 * @fix:	version: never compared
 * @has_capacity: @capacity is given
 * @capacity:	size in the smallest units of the model
 * @feature:	first of the features, empty if there are none
 * @param:	name of the first parameter, empty if there are none
 */
struct vmig_self {
	char model[VMIG_SELF_NAME];
	char api[VMIG_SELF_TOKEN];
	bool has_pci;
	u16 pci_vendor;
	u16 pci_device;
	char type[VMIG_SELF_NAME];
	u16 major;
	u16 minor;
	u16 fix;
	bool has_capacity;
	u32 capacity;
	char feature[VMIG_SELF_TOKEN];
	char param[VMIG_SELF_TOKEN];
};

/**
 * vmig_self_format() - write the canonical line
 * @self:	what to say; @feature and @param are not written
 * @line:	where to, ended by a zero byte
 * @size:	room there
 *
 * Return: length without the zero byte, or -E2BIG if it does not fit.
 */
int vmig_self_format(const struct vmig_self *self, char *line, size_t size);

/**
 * vmig_self_parse() - read a line
 * @self:	the answer
 * @line:	bytes from anywhere; need not end with a zero byte
 * @length:	how many
 * @field:	set to the key that was wrong, if one was
 *
 * Return: VMIG_REASON_NONE, VMIG_REASON_MALFORMED or
 * VMIG_REASON_GRAMMAR_UNSUPPORTED (another abi than 1).
 */
enum vmig_reason vmig_self_parse(struct vmig_self *self, const char *line,
				 size_t length, const char **field);

#endif /* VMIG_SELFLINE_H */
