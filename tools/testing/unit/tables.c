// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

#include "unit.h"
#include "tables.h"

static bool starving;

void tables_starve(bool starve)
{
	starving = starve;
}

void *kvzalloc(size_t size, int flags)
{
	(void)flags;
	return starving ? NULL : calloc(1, size);
}

void kvfree(void *memory)
{
	free(memory);
}

static void init_types(struct tables *tables)
{
	static const char * const names[] = {
		"t-0", "t-1", "t-2", "t-3", "t-4", "t-5", "t-6", "t-7", "t-8",
		"t-9", "t-10", "t-11", "t-12", "t-13", "t-14", "t-15", "t-16",
	};
	struct vmig_type *type = &tables->type;
	u32 i;

	*type = (struct vmig_type) {
		.mdev = { .kobj.name = names[0], .parent = &tables->parent },
		.model = &tables->model,
		.newest = 1,
		.units = 2,
		.aggregator_max = 8,
		.pool = "pool",
		.pool_total = 64,
	};
	tables->list[0] = &type->mdev;
	for (i = 1; i < TABLES_TYPES; i++) {
		tables->others[i] = *type;
		tables->others[i].mdev.kobj.name = names[i];
		tables->list[i] = &tables->others[i].mdev;
	}
	tables->parent.types = tables->list;
	tables->parent.nr_types = 2;
}

static void init_params(struct tables *tables)
{
	static const char * const names[] = { "a", "b", "c", "d", "e" };
	u32 i;

	for (i = 0; i < TABLES_PARAMS; i++) {
		tables->params[i] = (struct vmig_model_param) {
			.name = names[i],
			.min = 1,
			.max = 8,
			.off = 1,
		};
		tables->defaults[i] = 2;
	}
	for (i = 0; i < TABLES_RULES; i++)
		tables->rules[i] = (struct vmig_model_rule) { 0, 4, 1, 2 };
}

static void init_profiles(struct tables *tables)
{
	static const char * const names[] = {
		"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8",
	};
	u32 i;

	for (i = 0; i < TABLES_FEATURES; i++) {
		snprintf(tables->texts[i], sizeof(tables->texts[i]), "f%02u",
			 i);
		tables->features[i] = tables->texts[i];
	}
	for (i = 0; i < TABLES_PROFILES; i++)
		tables->profiles[i] = (struct vmig_profile) {
			.name = names[i],
			.minor = i,
			.features = tables->features,
		};
	tables->profiles[1].params = tables->defaults;
}

void tables_init(struct tables *tables)
{
	memset(tables, 0, sizeof(*tables));
	init_types(tables);
	init_params(tables);
	init_profiles(tables);
	tables->model = (struct vmig_model) {
		.name = "unit/model",
		.api = "vfio-pci",
		.version_major = 1,
		.on_pci = true,
		.profiles = tables->profiles,
		.profile_count = 2,
		.params = tables->params,
		.param_count = 2,
		.rules = tables->rules,
		.rule_count = 1,
	};
}
