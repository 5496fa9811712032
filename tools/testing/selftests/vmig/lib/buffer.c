// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

#define FIRST_ROOM	4096

void *buffer_extend(struct buffer *buffer, size_t length)
{
	size_t room = buffer->room ? buffer->room : FIRST_ROOM;
	uint8_t *data;

	while (room < buffer->length + length)
		room *= 2;
	if (room != buffer->room) {
		data = realloc(buffer->data, room);
		if (!data)
			return NULL;
		buffer->data = data;
		buffer->room = room;
	}
	data = buffer->data + buffer->length;
	buffer->length += length;
	return data;
}

int buffer_append(struct buffer *buffer, const void *data, size_t length)
{
	return buffer_splice(buffer, buffer->length, 0, data, length);
}

int buffer_splice(struct buffer *buffer, size_t offset, size_t cut,
		  const void *data, size_t length)
{
	size_t tail;

	if (offset > buffer->length || cut > buffer->length - offset)
		return -EINVAL;
	tail = buffer->length - offset - cut;
	if (!buffer_extend(buffer, length))
		return -ENOMEM;
	memmove(buffer->data + offset + length, buffer->data + offset + cut,
		tail);
	if (length)
		memcpy(buffer->data + offset, data, length);
	buffer->length -= cut;
	return 0;
}

int buffer_copy(struct buffer *to, const struct buffer *from)
{
	to->length = 0;
	return buffer_append(to, from->data, from->length);
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->data);
	memset(buffer, 0, sizeof(*buffer));
}

bool bytes_are_zero(const void *data, size_t length)
{
	const uint8_t *at = data;

	while (length--)
		if (*at++)
			return false;
	return true;
}
