/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What types and devices say of themselves: from a driver's tables and the
 * choices of an administrator to a document.
 */
#ifndef VMIG_DESCRIBE_H
#define VMIG_DESCRIBE_H

#include <linux/vmig.h>

#include "document.h"

/* How the name of a parameter's file begins. */
#define VMIG_PARAM_PREFIX	"param_"

/* An aggregator, a profile, and parameters. */
#define VMIG_RECIPE_MAX		(2 + VMIG_MODEL_PARAMS_MAX)

static_assert(VMIG_RECIPE_MAX <= VMIG_CREATE_MAX);
static_assert(VMIG_MODEL_PARAMS_MAX <= VMIG_PARAMS_MAX);
static_assert(VMIG_MODEL_PROFILES_MAX <= VMIG_ENTRIES_MAX);
static_assert(VMIG_MODEL_PROFILES_MAX <= VMIG_PROFILES_MAX);
static_assert(VMIG_MODEL_RULES_MAX <= VMIG_WHEN_MAX);
static_assert(VMIG_PARENT_TYPES_MAX <= VMIG_CHOICES_MAX);

/* What the parameters of a source with one profile have to be. */
struct vmig_wanted {
	struct vmig_rule rules[VMIG_MODEL_PARAMS_MAX];
	struct vmig_value values[VMIG_MODEL_PARAMS_MAX];
};

/**
 * struct vmig_description - a document, and the lists that it points to
 * @document:	the document; also points into the type and its parent, which
 *		live longer than what is described
 *
 * Several KiB: nothing for the kernel's stack. It must not be copied.
 */
struct vmig_description {
	struct vmig_document document;
	/* private: */
	struct vmig_param params[VMIG_MODEL_PARAMS_MAX];
	const char *profiles[VMIG_MODEL_PROFILES_MAX];
	const char *types[VMIG_PARENT_TYPES_MAX];
	u32 type_count;
	struct vmig_value capacity;
	struct vmig_param off[VMIG_MODEL_PARAMS_MAX];
	struct vmig_when when[VMIG_MODEL_RULES_MAX];
	struct vmig_rule then[VMIG_MODEL_RULES_MAX];
	struct vmig_wanted wanted[VMIG_MODEL_PROFILES_MAX];
	struct vmig_entry entries[VMIG_MODEL_PROFILES_MAX];
	char attributes[VMIG_MODEL_PARAMS_MAX][VMIG_NAME_MAX + 1];
	struct vmig_create create[VMIG_RECIPE_MAX];
};

/**
 * vmig_describe_type() - what an instance of a type is by default, could be
 *			  made to be, and would then take
 * @description: is overwritten
 * @type:	registered
 */
void vmig_describe_type(struct vmig_description *description,
			const struct vmig_type *type);

/**
 * vmig_describe_device() - what a device is, and takes; with another profile,
 *			    too, which it would first have to be given
 * @description: is overwritten
 * @type:	of the device
 * @config:	what was chosen for it
 * @gen:	generation of the document
 */
void vmig_describe_device(struct vmig_description *description,
			  const struct vmig_type *type,
			  const struct vmig_config *config, u32 gen);

#endif /* VMIG_DESCRIBE_H */
