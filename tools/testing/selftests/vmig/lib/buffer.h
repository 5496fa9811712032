/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes that grow at their end: a saved stream. */
#ifndef VMIG_TEST_BUFFER_H
#define VMIG_TEST_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct buffer - owns its bytes; all zero is an empty one
 * @data:	the bytes
 * @length:	how many
 * @room:	allocated
 */
struct buffer {
	uint8_t *data;
	size_t length;
	size_t room;
};

/* Return: @length more bytes at the end, not set yet, or NULL. */
void *buffer_extend(struct buffer *buffer, size_t length);

/* Return: 0 or -ENOMEM. */
int buffer_append(struct buffer *buffer, const void *data, size_t length);

/* Replace @cut bytes at @offset by others. Return: 0 or a negative errno. */
int buffer_splice(struct buffer *buffer, size_t offset, size_t cut,
		  const void *data, size_t length);

/* Make @to the same as @from. Return: 0 or -ENOMEM. */
int buffer_copy(struct buffer *to, const struct buffer *from);

void buffer_free(struct buffer *buffer);

/* Of any memory. */
bool bytes_are_zero(const void *data, size_t length);

#endif /* VMIG_TEST_BUFFER_H */
