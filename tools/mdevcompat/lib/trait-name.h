/* SPDX-License-Identifier: GPL-2.0 */
/* Names of traits and resource classes for OpenStack's Placement. */
#ifndef MDEVCOMPAT_TRAIT_NAME_H
#define MDEVCOMPAT_TRAIT_NAME_H

#include "document.h"

/* Placement takes no longer ones. */
#define TRAIT_NAME_MAX		255

/*
 * CUSTOM_VFIOMIG_<space>_<kind>, and for most kinds what it is about. No kind has
 * a '_', so the first word tells how the rest is to be read.
 */
#define TRAIT_API		"API"		/* name */
#define TRAIT_MODEL		"MODEL"		/* name */
#define TRAIT_ANY_MODEL		"ANYMODEL"
#define TRAIT_BUS		"BUS"		/* vendor, device */
#define TRAIT_NO_BUS		"NOBUS"
#define TRAIT_ANY_BUS		"ANYBUS"
#define TRAIT_TYPE		"TYPE"		/* name */
#define TRAIT_NO_TYPE		"NOTYPE"
#define TRAIT_ANY_TYPE		"ANYTYPE"
#define TRAIT_VERSIONS		"V"		/* lowest, highest */
#define TRAIT_CAPACITY		"C"		/* number */
#define TRAIT_CAPACITIES	"CR"		/* lowest, highest */
#define TRAIT_NO_CAPACITY	"NOCAPACITY"
#define TRAIT_DIVIDED		"DIV"		/* divisor, least and most */
#define TRAIT_FEATURE		"F"		/* token */
#define TRAIT_NEEDS_FEATURE	"NEEDF"		/* token */
#define TRAIT_ONE_OF		"ANYF"		/* token */
#define TRAIT_NONE_OF		"NOANYF"
#define TRAIT_PARAM		"P"		/* token, value */
#define TRAIT_PARAM_RANGE	"PR"		/* token, lowest, highest */
#define TRAIT_NEEDS_PARAM	"NEEDP"		/* token */
#define TRAIT_PROFILE		"IN"		/* token */
/* Of a resource class. */
#define TRAIT_UNIT		"UNIT"

/* In the place of a bound that is not there. */
#define TRAIT_NO_BOUND		"X"

/**
 * struct trait_name - a name that grows
 * @text:	the name so far
 * @length:	of it
 */
struct trait_name {
	char text[TRAIT_NAME_MAX + 1];
	size_t length;
};

/* Can it be part of names? A token without '_', or it would run into the kind. */
bool trait_is_space(const char *space);

void trait_start(struct trait_name *name, const char *space, const char *kind);

/* A token as the last part. */
void trait_token(struct trait_name *name, const char *token);
/* Any name; or a token that is not the last part. */
void trait_part(struct trait_name *name, const char *text);
void trait_number(struct trait_name *name, u32 number);
void trait_value(struct trait_name *name, const struct vmig_value *value);
void trait_range(struct trait_name *name, const struct vmig_range *range);
void trait_bus(struct trait_name *name, const struct vmig_bus *bus);
/* Without @given: what holds for a target that is @own and says nothing. */
void trait_versions(struct trait_name *name,
		    const struct vmig_versions *versions,
		    const struct vmig_version *own);

/*
 * The other direction: what comes behind @name in @known, which is more than
 * that; NULL if it is not so.
 */
const char *trait_rest(const struct trait_name *name, const char *known);
bool trait_rest_is_token(const char *rest, const char *token);
/* All of @rest is @count numbers of 32 bits, or bounds that are not there. */
struct trait_bound {
	bool given;
	u32 number;
};

bool trait_rest_bounds(const char *rest, struct trait_bound *bounds,
		       size_t count);

#endif /* MDEVCOMPAT_TRAIT_NAME_H */
