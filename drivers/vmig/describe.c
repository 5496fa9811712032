// SPDX-License-Identifier: GPL-2.0
/*
 * What types and devices say of themselves.
 *
 * There is an entry for each profile that an instance can have. A type accepts
 * all that can be made; a device what it is, and of the other profiles what it
 * would become if it was given them, so that all that is left to do is that.
 */
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/string.h>

#include "configure.h"
#include "describe.h"
#include "match.h"

#define AGGREGATOR_ATTRIBUTE	"aggregator"

/* A document that never changed; each change counts one more. */
#define FIRST_GENERATION	1

static struct vmig_value number(u32 value)
{
	return (struct vmig_value) {
		.type = VMIG_VALUE_INT,
		.number = value,
	};
}

static struct vmig_constraint range(u32 min, u32 max)
{
	return (struct vmig_constraint) {
		.form = VMIG_RANGE,
		.range = {
			.has_min = true,
			.min = min,
			.has_max = true,
			.max = max,
		},
	};
}

static struct vmig_constraint just(struct vmig_value *at, u32 value)
{
	*at = number(value);
	return (struct vmig_constraint) {
		.form = VMIG_SCALAR,
		.values = at,
		.count = 1,
	};
}

/* A parameter that is off is not there. */
static u32 params_in_effect(struct vmig_param *params,
			    const struct vmig_model *model,
			    const struct vmig_config *config)
{
	u32 count = 0;
	u32 i;

	for (i = 0; i < model->param_count; i++)
		if (config->params[i] != model->params[i].off)
			params[count++] = (struct vmig_param) {
				.name = model->params[i].name,
				.value = number(config->params[i]),
			};
	return count;
}

static void describe_self(struct vmig_description *description,
			  const struct vmig_type *type,
			  const struct vmig_config *config)
{
	const struct vmig_model *model = type->model;
	const struct vmig_profile *profile = &model->profiles[config->profile];

	description->document.self = (struct vmig_self) {
		.abi = VMIG_ABI,
		.model = model->name,
		.api = model->api,
		.bus = {
			.given = model->on_pci,
			.vendor = model->pci_vendor,
			.device = model->pci_device,
		},
		.type = kobject_name(&type->mdev.kobj),
		.version = {
			.major = model->version_major,
			.minor = profile->minor,
			.fix = profile->fix,
		},
		.profile = profile->name,
		.has_capacity = true,
		.capacity = type->units * config->aggregator,
		.features = profile->features,
		.feature_count = profile->feature_count,
		.params = description->params,
		.param_count = params_in_effect(description->params, model,
						config),
	};
}

static void describe_profiles(struct vmig_description *description,
			      const struct vmig_type *type)
{
	const struct vmig_profile *profiles = type->model->profiles;
	u32 i;

	if (!profiles[0].name)
		return;
	for (i = 0; i <= type->newest; i++)
		description->profiles[i] = profiles[i].name;
	description->document.profiles = (struct vmig_profiles) {
		.standard = profiles[type->newest].name,
		.accepts = description->profiles,
		.count = type->newest + 1,
	};
}

/* Those of the same parent that have the same model. */
static void list_types(struct vmig_description *description,
		       const struct vmig_type *type)
{
	const struct mdev_parent *parent = type->mdev.parent;
	u32 count = 0;
	u32 i;

	for (i = 0; i < parent->nr_types; i++) {
		const struct vmig_type *other =
			container_of(parent->types[i], struct vmig_type, mdev);

		if (other->model == type->model &&
		    count < ARRAY_SIZE(description->types))
			description->types[count++] =
				kobject_name(&other->mdev.kobj);
	}
	description->type_count = count;
}

static void list_off(struct vmig_description *description,
		     const struct vmig_model *model)
{
	u32 i;

	for (i = 0; i < model->param_count; i++)
		description->off[i] = (struct vmig_param) {
			.name = model->params[i].name,
			.value = number(model->params[i].off),
		};
}

static void list_rules(struct vmig_description *description,
		       const struct vmig_model *model)
{
	u32 i;

	for (i = 0; i < model->rule_count; i++) {
		const struct vmig_model_rule *rule = &model->rules[i];

		description->then[i] = (struct vmig_rule) {
			.name = model->params[rule->other].name,
			.constraint = {
				.form = VMIG_RANGE,
				.range = {
					.has_max = true,
					.max = rule->most,
				},
			},
		};
		description->when[i] = (struct vmig_when) {
			.premise = {
				.name = model->params[rule->param].name,
				.constraint = {
					.form = VMIG_RANGE,
					.range = {
						.has_min = true,
						.min = rule->least,
					},
				},
			},
			.then = &description->then[i],
			.then_count = 1,
		};
	}
}

/* A source with this profile; what its parameters may be comes later. */
static struct vmig_entry *add_entry(struct vmig_description *description,
				    const struct vmig_type *type, u32 index)
{
	const struct vmig_profile *profile = &type->model->profiles[index];
	const struct vmig_version version = {
		.major = type->model->version_major,
		.minor = profile->minor,
	};
	const struct vmig_features features = {
		.given = true,
		.tokens = profile->features,
		.count = profile->feature_count,
	};
	struct vmig_entry *entry = &description->entries[index];

	*entry = (struct vmig_entry) {
		.type = {
			.form = VMIG_LIST,
			.names = description->types,
			.count = description->type_count,
		},
		.versions = {
			.given = true,
			.has_min = true,
			.min = version,
			.has_max = true,
			.max = version,
		},
		.only = features,
		.has_params = true,
		.params = description->wanted[index].rules,
		.off = description->off,
		.off_count = type->model->param_count,
	};
	if (features.count)
		entry->all = features;
	return entry;
}

static void want(struct vmig_description *description, u32 profile,
		 const char *name, struct vmig_constraint constraint)
{
	struct vmig_entry *entry = &description->entries[profile];
	struct vmig_wanted *wanted = &description->wanted[profile];

	wanted->rules[entry->param_count++] = (struct vmig_rule) {
		.name = name,
		.constraint = constraint,
	};
}

/* All that an instance can be made to have. */
static void accept_possible(struct vmig_description *description,
			    const struct vmig_type *type, u32 profile)
{
	const struct vmig_model *model = type->model;
	struct vmig_entry *entry = add_entry(description, type, profile);
	u32 i;

	entry->has_capacity = true;
	entry->capacity = type->aggregator_max > 1 ?
			  range(type->units,
				type->units * type->aggregator_max) :
			  just(&description->capacity, type->units);
	if (!model->profiles[profile].params)
		return;
	for (i = 0; i < model->param_count; i++)
		want(description, profile, model->params[i].name,
		     range(model->params[i].min, model->params[i].max));
	entry->when = description->when;
	entry->when_count = model->rule_count;
}

/* What a device of this configuration has. */
static void accept_same(struct vmig_description *description,
			const struct vmig_type *type,
			const struct vmig_config *config)
{
	const struct vmig_model *model = type->model;
	const u32 profile = config->profile;
	u32 i;

	add_entry(description, type, profile);
	if (!model->profiles[profile].params)
		return;
	for (i = 0; i < model->param_count; i++) {
		const struct vmig_model_param *param = &model->params[i];
		const u32 own = config->params[i];

		want(description, profile, param->name,
		     param->grows ? range(param->min, own) :
		     just(&description->wanted[profile].values[i], own));
	}
}

static void add_create(struct vmig_description *description,
		       const struct vmig_create *create)
{
	description->create[description->document.create_count++] = *create;
}

static void describe_recipe(struct vmig_description *description,
			    const struct vmig_type *type)
{
	const struct vmig_model *model = type->model;
	const struct vmig_create aggregator = {
		.attribute = AGGREGATOR_ATTRIBUTE,
		.from = VMIG_FROM_CAPACITY,
		.divisor = type->units,
		.min = 1,
		.max = type->aggregator_max,
	};
	const struct vmig_create profile = {
		.attribute = VMIG_PROFILE_ATTRIBUTE,
		.from = VMIG_FROM_PROFILE,
	};
	u32 i;

	description->document.create = description->create;
	if (type->aggregator_max > 1)
		add_create(description, &aggregator);
	if (model->profiles[0].name)
		add_create(description, &profile);
	for (i = 0; i < model->param_count; i++) {
		const struct vmig_create param = {
			.attribute = description->attributes[i],
			.from = VMIG_FROM_PARAM,
			.param = model->params[i].name,
		};

		snprintf(description->attributes[i],
			 sizeof(description->attributes[i]),
			 VMIG_FOLDER "/" VMIG_PARAM_PREFIX "%s",
			 model->params[i].name);
		add_create(description, &param);
	}
}

/* What types and devices have in common. */
static void describe(struct vmig_description *description,
		     const struct vmig_type *type,
		     const struct vmig_config *config)
{
	struct vmig_document *document = &description->document;

	memset(description, 0, sizeof(*description));
	document->pool = (struct vmig_pool) {
		.id = type->pool,
		.total = type->pool_total,
		.units = type->units,
	};
	describe_self(description, type, config);
	describe_profiles(description, type);
	list_types(description, type);
	list_off(description, type->model);
	document->has_compatible = true;
	document->entries = description->entries;
	document->entry_count = type->newest + 1;
}

void vmig_describe_type(struct vmig_description *description,
			const struct vmig_type *type)
{
	struct vmig_config config;
	u32 i;

	vmig_config_default(type, type->newest, &config);
	describe(description, type, &config);
	description->document.scope = VMIG_SCOPE_TYPE;
	description->document.gen = FIRST_GENERATION;
	list_rules(description, type->model);
	describe_recipe(description, type);
	for (i = 0; i <= type->newest; i++)
		accept_possible(description, type, i);
}

void vmig_describe_device(struct vmig_description *description,
			  const struct vmig_type *type,
			  const struct vmig_config *config, u32 gen)
{
	struct vmig_config other;
	u32 i;

	describe(description, type, config);
	description->document.scope = VMIG_SCOPE_DEVICE;
	description->document.gen = gen;
	for (i = 0; i <= type->newest; i++) {
		vmig_config_default(type, i, &other);
		accept_same(description, type,
			    i == config->profile ? config : &other);
	}
}
