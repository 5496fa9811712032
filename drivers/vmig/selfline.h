/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The self line: one line of KEY=VALUE pairs that says what a device is. It is
 * the first record of every session.
 *
 *   abi=1;model=..;api=vfio-pci;pci.vendor=1234;pci.device=6d63;type=..;
 *   ver=1.0.0;profile=p1;capacity=16;feat=a,b;p.num_queues=4;p.rss=true
 *
 * This is the order in which it is written; a reader wants abi first and takes
 * the others in any order, none twice. What a device does not have is left out.
 * A parameter is a bool if its value is "true" or "false", a number if it is
 * all digits, and a token otherwise.
 *
 * Keys that a reader does not know are skipped. What matters is a feature or a
 * parameter, and a device that lacks one of those can't be loaded into.
 */
#ifndef VMIG_SELFLINE_H
#define VMIG_SELFLINE_H

#include <uapi/linux/vmig.h>

#include "document.h"
#include "reason.h"

/**
 * struct vmig_self_store - where the texts and lists of a parsed line are
 *
 * More than 1 KiB: nothing for the kernel's stack.
 */
struct vmig_self_store {
	char text[VMIG_SELF_MAX + 1];
	const char *features[VMIG_FEATURES_MAX];
	struct vmig_param params[VMIG_PARAMS_MAX];
};

/**
 * vmig_self_format() - write the canonical line
 * @self:	what to say; not checked: a line that says something else is what
 *		vmig_self_parse() is for
 * @line:	where to, ended by a zero byte
 * @size:	room there; VMIG_SELF_MAX + 1 is enough for every line
 *
 * Return: length without the zero byte, or -E2BIG if it does not fit or is
 * longer than VMIG_SELF_MAX.
 */
int vmig_self_format(const struct vmig_self *self, char *line, size_t size);

/**
 * vmig_self_parse() - read a line
 * @self:	the answer; what it points to is in @store
 * @store:	must live as long as @self is used
 * @line:	bytes from anywhere; need not end with a zero byte
 * @length:	how many
 * @field:	set to the key that was wrong, if one was, otherwise to NULL;
 *		static storage
 *
 * Features and parameters keep their order, so what was formatted and parsed
 * is the same again.
 *
 * Return: VMIG_REASON_NONE, VMIG_REASON_MALFORMED or
 * VMIG_REASON_GRAMMAR_UNSUPPORTED (another abi than VMIG_ABI). @self is not to
 * be used but for VMIG_REASON_NONE.
 */
enum vmig_reason vmig_self_parse(struct vmig_self *self,
				 struct vmig_self_store *store,
				 const char *line, size_t length,
				 const char **field);

#endif /* VMIG_SELFLINE_H */
