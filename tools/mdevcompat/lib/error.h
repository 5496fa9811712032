/* SPDX-License-Identifier: GPL-2.0 */
/* Saying what went wrong. */
#ifndef MDEVCOMPAT_ERROR_H
#define MDEVCOMPAT_ERROR_H

#include "mdevcompat.h"

/**
 * error_set() - say what went wrong
 * @error:	NULL is no harm
 * @status:	kind
 * @format:	as of printf(); becomes one line of printable ASCII, whatever the
 *		arguments hold
 *
 * Return: NULL, for functions that return a pointer.
 */
void *error_set(struct mdevcompat_error *error, enum mdevcompat_status status,
		const char *format, ...) __attribute__((format(printf, 3, 4)));

void *error_no_memory(struct mdevcompat_error *error);

#endif /* MDEVCOMPAT_ERROR_H */
