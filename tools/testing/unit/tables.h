/* SPDX-License-Identifier: GPL-2.0 */
/* A driver's tables of one type, to be spoilt in one place. */
#ifndef VMIG_UNIT_TABLES_H
#define VMIG_UNIT_TABLES_H

#include <linux/vmig.h>

#include "document.h"
#include "limits.h"

/* More of each by one than there may be. */
#define TABLES_PROFILES	(VMIG_MODEL_PROFILES_MAX + 1)
#define TABLES_PARAMS	(VMIG_MODEL_PARAMS_MAX + 1)
#define TABLES_RULES	(VMIG_MODEL_RULES_MAX + 1)
#define TABLES_TYPES	(VMIG_PARENT_TYPES_MAX + 1)
#define TABLES_FEATURES	(VMIG_FEATURES_MAX + 1)

/**
 * struct tables - a type, and all that it points to
 * @type:	the one that is looked at, first of its parent
 * @others:	types of the same model
 * @list:	all of them
 * @parent:	theirs
 * @model:	theirs
 * @profiles:	a good one in each place, without features
 * @params:	likewise, from 1 to 8, off is 1
 * @rules:	likewise
 * @defaults:	of the last profile that is used
 * @features:	good ones, for who wants them
 * @texts:	room for names
 */
struct tables {
	struct vmig_type type;
	struct vmig_type others[TABLES_TYPES];
	struct mdev_type *list[TABLES_TYPES];
	struct mdev_parent parent;
	struct vmig_model model;
	struct vmig_profile profiles[TABLES_PROFILES];
	struct vmig_model_param params[TABLES_PARAMS];
	struct vmig_model_rule rules[TABLES_RULES];
	u32 defaults[TABLES_PARAMS];
	const char *features[TABLES_FEATURES];
	char texts[TABLES_FEATURES][VMIG_TOKEN_MAX + 1];
};

/*
 * Two profiles, the newer of which has two parameters, and a rule: with 4 or more
 * of the first there are at most 2 of the second. Two types that share a pool.
 */
void tables_init(struct tables *tables);

/* No memory for anyone from now on, or again. */
void tables_starve(bool starve);

#endif /* VMIG_UNIT_TABLES_H */
