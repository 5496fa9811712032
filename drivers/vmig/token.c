// SPDX-License-Identifier: GPL-2.0
/* What texts look like in documents and self lines. */
#include "token.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

bool vmig_is_token(const char *text, size_t length)
{
	size_t i;

	if (!length || length > VMIG_TOKEN_MAX || text[0] == '_')
		return false;
	for (i = 0; i < length; i++)
		if (!is_lower(text[i]) && !is_digit(text[i]) && text[i] != '_')
			return false;
	return true;
}

bool vmig_is_name(const char *text, size_t length)
{
	size_t i;

	if (!length || length > VMIG_NAME_MAX)
		return false;
	for (i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '"' ||
		    text[i] == '\\')
			return false;
	return true;
}

/* Tools put it behind a folder's name, so it must not lead out of there. */
bool vmig_is_attribute(const char *text, size_t length)
{
	char before = '/';
	size_t i;

	if (length > VMIG_NAME_MAX)
		return false;
	for (i = 0; i < length; i++) {
		const char c = text[i];
		const bool inner = c == '.' || c == '-' || c == '/';

		if (!is_lower(c) && !(c >= 'A' && c <= 'Z') && !is_digit(c) &&
		    c != '_' && !(inner && before != '/'))
			return false;
		before = c;
	}
	return before != '/';
}

bool vmig_is_ambiguous(const char *text, size_t length)
{
	size_t i;

	if ((length == strlen("true") && !memcmp(text, "true", length)) ||
	    (length == strlen("false") && !memcmp(text, "false", length)))
		return true;
	for (i = 0; i < length; i++)
		if (!is_digit(text[i]))
			return false;
	return true;
}

bool vmig_has_token(const char * const *tokens, u32 count, const char *token)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (!strcmp(tokens[i], token))
			return true;
	return false;
}
