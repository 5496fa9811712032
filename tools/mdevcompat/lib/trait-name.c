// SPDX-License-Identifier: GPL-2.0
/*
 * Names of traits and resource classes for OpenStack's Placement.
 *
 * They are made of A-Z, 0-9 and '_', and no two things have the same name:
 * behind the kind each part follows a '_'. A token as the last part is in upper
 * case, and that is all. Other parts have lower-case letters in upper case, and
 * a '_' in front of what is different: an upper-case letter; a '_'; or the two
 * hexadecimal digits of any other character, the first of which is never a
 * letter, as all of them are below 0x80. A token never starts with '_', so a '_'
 * in one can be told from its end: "a_b" and "c" are A__B_C, "a" and "b_c" are
 * A_B_C.
 *
 * The longest has a space of VMIG_TOKEN_MAX, and a model of VMIG_NAME_MAX
 * characters that each take three: 15 + 32 + 1 + 5 + 1 + 189 = 243.
 */
#include "token.h"
#include "trait-name.h"

#define PREFIX	"CUSTOM_VFIOMIG_"

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char upper(char c)
{
	return is_lower(c) ? c - 'a' + 'A' : c;
}

static void put(struct trait_name *name, char c)
{
	if (name->length >= TRAIT_NAME_MAX)
		return;
	name->text[name->length++] = c;
	name->text[name->length] = '\0';
}

static void put_text(struct trait_name *name, const char *text)
{
	while (*text)
		put(name, upper(*text++));
}

static void put_hex(struct trait_name *name, unsigned int number, int digits)
{
	while (digits--)
		put(name, "0123456789ABCDEF"[number >> (4 * digits) & 15]);
}

bool trait_is_space(const char *space)
{
	return vmig_is_token(space, strlen(space)) && !strchr(space, '_');
}

void trait_start(struct trait_name *name, const char *space, const char *kind)
{
	name->length = 0;
	put_text(name, PREFIX);
	put_text(name, space);
	put(name, '_');
	put_text(name, kind);
}

void trait_token(struct trait_name *name, const char *token)
{
	put(name, '_');
	put_text(name, token);
}

void trait_part(struct trait_name *name, const char *text)
{
	put(name, '_');
	for (; *text; text++) {
		if (is_lower(*text) || is_digit(*text)) {
			put(name, upper(*text));
			continue;
		}
		put(name, '_');
		if (is_upper(*text) || *text == '_')
			put(name, *text);
		else
			put_hex(name, (unsigned char)*text, 2);
	}
}

void trait_number(struct trait_name *name, u32 number)
{
	char text[sizeof("4294967295")];

	snprintf(text, sizeof(text), "%u", number);
	trait_token(name, text);
}

/* The texts of values of different types differ. */
void trait_value(struct trait_name *name, const struct vmig_value *value)
{
	switch (value->type) {
	case VMIG_VALUE_INT:
		trait_number(name, value->number);
		break;
	case VMIG_VALUE_BOOL:
		trait_token(name, value->flag ? "true" : "false");
		break;
	case VMIG_VALUE_TOKEN:
		trait_token(name, value->token);
		break;
	}
}

static void bound(struct trait_name *name, bool given, u32 number)
{
	if (given)
		trait_number(name, number);
	else
		trait_token(name, TRAIT_NO_BOUND);
}

void trait_range(struct trait_name *name, const struct vmig_range *range)
{
	bound(name, range->has_min, range->min);
	bound(name, range->has_max, range->max);
}

void trait_bus(struct trait_name *name, const struct vmig_bus *bus)
{
	put(name, '_');
	put_hex(name, bus->vendor, 4);
	put(name, '_');
	put_hex(name, bus->device, 4);
}

void trait_versions(struct trait_name *name,
		    const struct vmig_versions *versions,
		    const struct vmig_version *own)
{
	const struct vmig_versions standard = {
		.has_min = true,
		.has_max = true,
		.min.major = own->major,
		.max = *own,
	};

	if (!versions->given)
		versions = &standard;
	bound(name, versions->has_min, versions->min.major);
	bound(name, versions->has_min, versions->min.minor);
	bound(name, versions->has_max, versions->max.major);
	bound(name, versions->has_max, versions->max.minor);
}

const char *trait_rest(const struct trait_name *name, const char *known)
{
	if (strncmp(known, name->text, name->length) ||
	    known[name->length] != '_')
		return NULL;
	return known + name->length + 1;
}

bool trait_rest_is_token(const char *rest, const char *token)
{
	while (*token && upper(*token) == *rest) {
		token++;
		rest++;
	}
	return !*token && !*rest;
}

/* One bound; returns what is behind it, NULL if there is none. */
static const char *read_bound(const char *rest, struct trait_bound *bound)
{
	u64 number = 0;

	bound->given = is_digit(*rest);
	if (!bound->given)
		return *rest == TRAIT_NO_BOUND[0] ? rest + 1 : NULL;
	for (; is_digit(*rest); rest++) {
		number = number * 10 + (*rest - '0');
		if (number > UINT32_MAX)
			return NULL;
	}
	bound->number = number;
	return rest;
}

bool trait_rest_bounds(const char *rest, struct trait_bound *bounds,
		       size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (i && *rest++ != '_')
			return false;
		rest = read_bound(rest, &bounds[i]);
		if (!rest)
			return false;
	}
	return !*rest;
}
