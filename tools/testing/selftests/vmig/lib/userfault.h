/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that makes whoever touches it wait: the kernel, in a system call. */
#ifndef VMIG_TEST_USERFAULT_H
#define VMIG_TEST_USERFAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct userfault - all zero is none
 * @fd:		of the faults
 * @at:		the memory, which is not there
 * @size:	of it
 */
struct userfault {
	int fd;
	uint8_t *at;
	size_t size;
};

/* Has this kernel such a thing? */
bool userfault_exists(void);

/* The others return 0 or a negative errno. */
int userfault_open(struct userfault *fault, size_t size);

/* Wait until somebody waits for the memory, some seconds at most. */
int userfault_wait(const struct userfault *fault);

/* The memory is there from now on: @data, of its size. */
int userfault_serve(const struct userfault *fault, const void *data);

void userfault_close(struct userfault *fault);

#endif /* VMIG_TEST_USERFAULT_H */
