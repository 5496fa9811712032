/* SPDX-License-Identifier: GPL-2.0 */
/* What texts look like in documents and self lines. */
#ifndef VMIG_TOKEN_H
#define VMIG_TOKEN_H

#include "document.h"

/**
 * vmig_is_token() - is it a token?
 * @text:	bytes, not ended
 * @length:	how many
 *
 * Return: true if it is [a-z0-9][a-z0-9_]*, of 1 to VMIG_TOKEN_MAX characters.
 */
bool vmig_is_token(const char *text, size_t length);

/**
 * vmig_is_name() - is it a name?
 * @text:	bytes, not ended
 * @length:	how many
 *
 * Return: true if it is printable ASCII without '"' and '\', of 1 to
 * VMIG_NAME_MAX characters.
 */
bool vmig_is_name(const char *text, size_t length);

/**
 * vmig_is_attribute() - is it the path of an attribute?
 * @text:	bytes, not ended
 * @length:	how many
 *
 * Return: true if it is as struct vmig_create wants it.
 */
bool vmig_is_attribute(const char *text, size_t length);

/**
 * vmig_is_ambiguous() - would a token in a self line be read as another type?
 * @text:	bytes, not ended
 * @length:	how many
 *
 * Return: true for "true", "false" and what is all digits.
 */
bool vmig_is_ambiguous(const char *text, size_t length);

/* Is @token one of @count @tokens? */
bool vmig_has_token(const char * const *tokens, u32 count, const char *token);

#endif /* VMIG_TOKEN_H */
