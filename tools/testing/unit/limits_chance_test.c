// SPDX-License-Identifier: GPL-2.0
/*
 * What vmig_type_check() takes, whatever a driver's tables are: all that can be
 * chosen for an instance makes a document that programs can read and a line that
 * fits, a device takes itself back, and a type's recipe makes it.
 */
#include "unit.h"
#include "configure.h"
#include "describe.h"
#include "dice.h"
#include "judge.h"
#include "mutant.h"
#include "render.h"
#include "selfline.h"
#include "tables.h"

#define MOST_CHANGES	5
#define INSTANCES	4

static const char * const texts[] = {
	"a", "b", "x_1", "true", "7", "p1", "queues", "t-0", "a.b/c", "",
	"A", "a;b", "\"", "abcdefghijklmnopqrstuvwxyz_01234", NULL,
};

static const u32 numbers[] = { 0, 1, 2, 3, 4, 5, 8, 9, 0xffff, U32_MAX };

static const char *some_text(struct dice *dice)
{
	return texts[dice_roll(dice, ARRAY_SIZE(texts))];
}

static u32 some_number(struct dice *dice)
{
	return numbers[dice_roll(dice, ARRAY_SIZE(numbers))];
}

static void change_model(struct tables *tables, struct dice *dice)
{
	struct vmig_model *model = &tables->model;

	switch (dice_roll(dice, 6)) {
	case 0:
		model->name = some_text(dice) ?: "m";
		break;
	case 1:
		model->api = some_text(dice) ?: "m";
		break;
	case 2:
		model->on_pci = false;
		break;
	case 3:
		model->profile_count = dice_roll(dice, TABLES_PROFILES + 1);
		break;
	case 4:
		model->param_count = dice_roll(dice, TABLES_PARAMS + 1);
		break;
	case 5:
		model->rule_count = dice_roll(dice, TABLES_RULES + 1);
		break;
	}
}

static void change_type(struct tables *tables, struct dice *dice)
{
	struct vmig_type *type = &tables->type;

	switch (dice_roll(dice, 6)) {
	case 0:
		type->newest = dice_roll(dice, TABLES_PROFILES);
		break;
	case 1:
		type->units = some_number(dice);
		break;
	case 2:
		type->aggregator_max = some_number(dice);
		break;
	case 3:
		type->pool = some_text(dice);
		break;
	case 4:
		type->mdev.kobj.name = some_text(dice) ?: "t";
		break;
	case 5:
		tables->parent.nr_types = 1 + dice_roll(dice, TABLES_TYPES);
		break;
	}
}

static void change_param(struct tables *tables, struct dice *dice)
{
	const u32 index = dice_roll(dice, TABLES_PARAMS);
	struct vmig_model_param *param = &tables->params[index];

	switch (dice_roll(dice, 6)) {
	case 0:
		param->name = some_text(dice);
		break;
	case 1:
		param->min = some_number(dice);
		break;
	case 2:
		param->max = some_number(dice);
		break;
	case 3:
		param->off = some_number(dice);
		break;
	case 4:
		param->grows = true;
		break;
	case 5:
		tables->defaults[index] = some_number(dice);
		break;
	}
}

static void change_rule(struct tables *tables, struct dice *dice)
{
	tables->rules[dice_roll(dice, TABLES_RULES)] =
		(struct vmig_model_rule) {
			.param = dice_roll(dice, 4),
			.least = some_number(dice),
			.other = dice_roll(dice, 4),
			.most = some_number(dice),
		};
}

static void change_profile(struct tables *tables, struct dice *dice)
{
	struct vmig_profile *profile =
		&tables->profiles[dice_roll(dice, TABLES_PROFILES)];

	switch (dice_roll(dice, 5)) {
	case 0:
		profile->name = some_text(dice);
		break;
	case 1:
		profile->minor = some_number(dice);
		break;
	case 2:
		profile->feature_count = dice_roll(dice, TABLES_FEATURES + 1);
		break;
	case 3:
		profile->params = profile->params ? NULL : tables->defaults;
		break;
	case 4:
		tables->features[dice_roll(dice, 4)] = some_text(dice) ?: "f";
		break;
	}
}

static void change(struct tables *tables, struct dice *dice)
{
	static void (* const changes[])(struct tables *tables,
					struct dice *dice) = {
		change_model, change_type, change_param, change_rule,
		change_profile,
	};
	u64 count = 1 + dice_roll(dice, MOST_CHANGES);

	while (count--)
		changes[dice_roll(dice, ARRAY_SIZE(changes))](tables, dice);
}

/* As a program reads it. */
static struct loaded_document *read_again(const struct vmig_document *document)
{
	char text[VMIG_DOCUMENT_MAX];
	const int length = vmig_render(document, text, sizeof(text));

	assert_in_range(length, 1, VMIG_DOCUMENT_MAX - 1);
	return loaded(text, length);
}

/* Something that an instance can be, or nothing that was found in a few tries. */
static bool choose(struct tables *tables, struct dice *dice,
		   struct vmig_config *config)
{
	const struct vmig_type *type = &tables->type;
	u32 i, tries;

	for (tries = 0; tries < 20; tries++) {
		vmig_config_default(type, dice_roll(dice, type->newest + 1),
				    config);
		config->aggregator += dice_roll(dice, type->aggregator_max);
		for (i = 0; i < tables->model.param_count; i++)
			if (dice_roll(dice, 2))
				config->params[i] = some_number(dice);
		if (!vmig_config_check(type, config))
			return true;
	}
	return false;
}

static u32 profile_index(const struct vmig_type *type, const char *name)
{
	u32 i;

	for (i = 0; i <= type->newest; i++)
		if (!strcmp(type->model->profiles[i].name, name))
			return i;
	fail_msg("no profile %s", name);
	return 0;
}

/* As a device does that is told to. */
static void set(const struct vmig_type *type, struct vmig_config *config,
		const struct vmig_setting *setting)
{
	static const char prefix[] = VMIG_FOLDER "/" VMIG_PARAM_PREFIX;
	const u32 aggregator = config->aggregator;
	u32 i;

	if (!strcmp(setting->attribute, "aggregator")) {
		config->aggregator = setting->value.number;
	} else if (!strcmp(setting->attribute, VMIG_PROFILE_ATTRIBUTE)) {
		vmig_config_default(type, profile_index(type,
							setting->value.token),
				    config);
		config->aggregator = aggregator;
	} else {
		for (i = 0; i < type->model->param_count; i++)
			if (!strcmp(setting->attribute + strlen(prefix),
				    type->model->params[i].name))
				config->params[i] = setting->value.number;
	}
	assert_int_equal(vmig_config_check(type, config), VMIG_REASON_NONE);
}

static void assert_recipe(const struct vmig_type *type,
			  const struct vmig_config *config,
			  const struct vmig_verdict *verdict)
{
	struct vmig_config made;
	u32 i;

	assert_true(verdict->outcome == VMIG_COMPATIBLE);
	vmig_config_default(type, type->newest, &made);
	for (i = 0; i < verdict->setting_count; i++)
		set(type, &made, &verdict->settings[i]);
	assert_memory_equal(&made, config, sizeof(made));
}

static void assert_instance(const struct vmig_type *type,
			    const struct vmig_config *config,
			    const struct vmig_document *type_document)
{
	struct vmig_description *description = malloc(sizeof(*description));
	struct loaded_document *device;
	const struct vmig_document *document;
	struct vmig_verdict verdict;
	char line[VMIG_SELF_MAX + 1];

	if (!description)
		abort();
	vmig_describe_device(description, type, config, U32_MAX);
	assert_in_range(vmig_self_format(&description->document.self, line,
					 sizeof(line)), 1, VMIG_SELF_MAX);
	device = read_again(&description->document);
	document = loaded_document_get(device);
	vmig_check(&document->self, document, &verdict);
	assert_true(verdict.outcome == VMIG_COMPATIBLE);
	vmig_check(&document->self, type_document, &verdict);
	assert_recipe(type, config, &verdict);
	loaded_document_free(device);
	free(description);
}

static void assert_can_be_told(struct tables *tables, struct dice *dice)
{
	struct vmig_description *description = malloc(sizeof(*description));
	struct loaded_document *type;
	struct vmig_config config;
	u32 i;

	if (!description)
		abort();
	vmig_describe_type(description, &tables->type);
	type = read_again(&description->document);
	for (i = 0; i <= tables->type.newest; i++) {
		vmig_config_default(&tables->type, i, &config);
		assert_instance(&tables->type, &config,
				loaded_document_get(type));
	}
	for (i = 0; i < INSTANCES; i++)
		if (choose(tables, dice, &config))
			assert_instance(&tables->type, &config,
					loaded_document_get(type));
	loaded_document_free(type);
	free(description);
}

static void what_is_taken_can_be_told(void **state)
{
	const unsigned long count = mutant_count(4000);
	unsigned long i, taken = 0;
	struct tables *tables = malloc(sizeof(*tables));
	struct dice dice;

	(void)state;
	if (!tables)
		abort();
	dice_seed(&dice);
	for (i = 0; i < count; i++) {
		tables_init(tables);
		change(tables, &dice);
		if (vmig_type_check(&tables->type))
			continue;
		assert_can_be_told(tables, &dice);
		taken++;
	}
	print_message("%lu of %lu were taken\n", taken, count);
	/* Neither all nor none. */
	assert_in_range(taken, count / 10, count - count / 10);
	free(tables);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_taken_can_be_told),
};

UNIT_MAIN(tests)
