// SPDX-License-Identifier: GPL-2.0
/* Saying what went wrong. */
#include <stdarg.h>
#include <stdio.h>

#include "error.h"

void *error_set(struct mdevcompat_error *error, enum mdevcompat_status status,
		const char *format, ...)
{
	va_list arguments;
	char *at;

	if (!error)
		return NULL;
	error->status = status;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	/* Names of files can have anything in them. */
	for (at = error->text; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return NULL;
}

void *error_no_memory(struct mdevcompat_error *error)
{
	return error_set(error, MDEVCOMPAT_NO_MEMORY, "no memory");
}
