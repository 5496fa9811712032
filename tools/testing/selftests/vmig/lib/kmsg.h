/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's log: a test that passed while the kernel warned has failed. */
#ifndef VMIG_TEST_KMSG_H
#define VMIG_TEST_KMSG_H

#include <stddef.h>

/* Start listening here. Return: a file descriptor or a negative errno. */
int kmsg_open(void);

/**
 * kmsg_complaint() - look for warnings and worse since the last call
 * @fd:		of kmsg_open(); a negative one hears nothing
 * @line:	the first complaint
 * @size:	room there
 *
 * Return: how many there were.
 */
int kmsg_complaint(int fd, char *line, size_t size);

void kmsg_close(int fd);

#endif /* VMIG_TEST_KMSG_H */
