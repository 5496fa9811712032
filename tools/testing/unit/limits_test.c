// SPDX-License-Identifier: GPL-2.0
/*
 * What vmig_type_check() refuses: each of its rules is broken once, by tables that
 * are good but for that, and met as closely as can be. Whether what it takes can
 * be told is limits_chance_test's.
 */
#include "unit.h"
#include "describe.h"
#include "render.h"
#include "tables.h"

#define LONG_TOKEN	"abcdefghijklmnopqrstuvwxyz_01234"	/* 33 - 1 */
#define LONGER_TOKEN	LONG_TOKEN "5"
#define LONG_NAME	LONG_TOKEN "abcdefghijklmnopqrstuvwxyz_0123"	/* 63 */

static int setup(void **state)
{
	struct tables *tables = malloc(sizeof(*tables));

	if (!tables)
		return -1;
	tables_init(tables);
	*state = tables;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void assert_check(const struct tables *tables, int want)
{
	assert_int_equal(vmig_type_check(&tables->type), want);
}

/* The text in this place is good, bad, and good again. */
static void assert_token(struct tables *tables, const char **place)
{
	static const char * const bad[] = {
		"", "A", "a-b", "a b", "_a", "a;b", "a\"", LONGER_TOKEN,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		*place = bad[i];
		assert_check(tables, -EINVAL);
	}
	*place = LONG_TOKEN;
	assert_check(tables, 0);
	*place = "0";
	assert_check(tables, 0);
}

static void good_tables_are_good(void **state)
{
	assert_check(*state, 0);
}

static void profiles_are_not_too_many(void **state)
{
	struct tables *tables = *state;

	tables->model.param_count = 0;
	tables->model.rule_count = 0;
	tables->model.profile_count = VMIG_MODEL_PROFILES_MAX;
	tables->type.newest = VMIG_MODEL_PROFILES_MAX - 1;
	assert_check(tables, 0);
	tables->model.profile_count++;
	assert_check(tables, -EINVAL);
}

static void newest_profile_is_one(void **state)
{
	struct tables *tables = *state;

	tables->type.newest = 0;
	assert_check(tables, 0);
	tables->type.newest = 2;
	assert_check(tables, -EINVAL);
	tables->model.profile_count = 0;
	tables->type.newest = 0;
	assert_check(tables, -EINVAL);
}

static void params_are_not_too_many(void **state)
{
	struct tables *tables = *state;

	tables->model.param_count = VMIG_MODEL_PARAMS_MAX;
	assert_check(tables, 0);
	tables->model.param_count++;
	assert_check(tables, -EINVAL);
}

static void rules_are_not_too_many(void **state)
{
	struct tables *tables = *state;

	tables->model.rule_count = VMIG_MODEL_RULES_MAX;
	assert_check(tables, 0);
	tables->model.rule_count++;
	assert_check(tables, -EINVAL);
}

static void types_are_not_too_many(void **state)
{
	struct tables *tables = *state;

	tables->parent.nr_types = VMIG_PARENT_TYPES_MAX;
	assert_check(tables, 0);
	tables->parent.nr_types++;
	assert_check(tables, -EINVAL);
}

static void capacity_is_a_number(void **state)
{
	struct tables *tables = *state;

	tables->type.units = 0;
	assert_check(tables, -EINVAL);
	tables->type.units = 1;
	tables->type.aggregator_max = 0;
	assert_check(tables, -EINVAL);
	tables->type.aggregator_max = U32_MAX;
	assert_check(tables, 0);
	tables->type.units = 2;
	assert_check(tables, -EINVAL);
	tables->type.units = 0x10001;
	tables->type.aggregator_max = 0xffff;
	assert_check(tables, 0);
	tables->type.aggregator_max++;
	assert_check(tables, -EINVAL);
}

static void pool_is_a_token_or_none(void **state)
{
	struct tables *tables = *state;

	assert_token(tables, &tables->type.pool);
	tables->type.pool = NULL;
	assert_check(tables, 0);
}

static void param_has_a_name(void **state)
{
	struct tables *tables = *state;

	assert_token(tables, &tables->params[1].name);
	tables->params[1].name = NULL;
	assert_check(tables, -EINVAL);
	tables->params[1].name = tables->params[0].name;
	assert_check(tables, -EINVAL);
	/* Nor where no profile knows them: a document has them all the same. */
	tables->profiles[1].params = NULL;
	assert_check(tables, -EINVAL);
}

static void param_has_a_range(void **state)
{
	struct tables *tables = *state;
	struct vmig_model_param *param = &tables->params[0];

	param->min = 2;
	param->max = 2;
	assert_check(tables, 0);
	param->min = 3;
	assert_check(tables, -EINVAL);
	/* Whether a profile knows it or not. */
	tables->profiles[1].params = NULL;
	assert_check(tables, -EINVAL);
}

static void rule_is_on_params_that_there_are(void **state)
{
	struct tables *tables = *state;
	struct vmig_model_rule *rule = &tables->rules[0];

	rule->param = 2;
	assert_check(tables, -EINVAL);
	rule->param = 0;
	rule->other = 2;
	assert_check(tables, -EINVAL);
	rule->other = 0;
	assert_check(tables, -EINVAL);
}

/* The first is set while the second is what it is by default. */
static void rule_can_be_followed(void **state)
{
	struct tables *tables = *state;
	struct vmig_model_rule *rule = &tables->rules[0];

	tables->defaults[1] = 3;
	assert_check(tables, -EINVAL);
	tables->defaults[1] = 2;
	assert_check(tables, 0);
	rule->param = 1;
	rule->other = 0;
	tables->defaults[1] = 3;
	assert_check(tables, 0);
	tables->defaults[1] = 4;
	assert_check(tables, -EINVAL);
	/* A profile without parameters has nothing to follow. */
	tables->profiles[1].params = NULL;
	assert_check(tables, 0);
}

static void profile_has_a_name(void **state)
{
	struct tables *tables = *state;

	assert_token(tables, &tables->profiles[0].name);
	tables->profiles[0].name = NULL;
	assert_check(tables, -EINVAL);
	tables->profiles[0].name = tables->profiles[1].name;
	assert_check(tables, -EINVAL);
}

/* It need not have one, but what it has is one. */
static void only_profile_may_have_none(void **state)
{
	struct tables *tables = *state;

	tables->model.profile_count = 1;
	tables->type.newest = 0;
	assert_token(tables, &tables->profiles[0].name);
	tables->profiles[0].name = NULL;
	assert_check(tables, 0);
}

static void profiles_have_versions_that_go_up(void **state)
{
	struct tables *tables = *state;

	tables->profiles[0].minor = 1;
	assert_check(tables, -EINVAL);
	tables->profiles[0].minor = 2;
	assert_check(tables, -EINVAL);
	tables->profiles[1].minor = 0xffff;
	assert_check(tables, 0);
}

static void profile_has_defaults_that_can_be(void **state)
{
	struct tables *tables = *state;

	tables->defaults[0] = 0;
	assert_check(tables, -EINVAL);
	tables->defaults[0] = 9;
	assert_check(tables, -EINVAL);
	tables->defaults[0] = 8;
	assert_check(tables, 0);
}

static void features_are_not_too_many(void **state)
{
	struct tables *tables = *state;

	tables->type.newest = 0;
	tables->profiles[0].feature_count = VMIG_FEATURES_MAX;
	assert_check(tables, 0);
	tables->profiles[0].feature_count++;
	assert_check(tables, -EINVAL);
	/* Nor of one that is never told of. */
	tables->profiles[0].feature_count = 0;
	tables->profiles[1].feature_count = VMIG_FEATURES_MAX + 1;
	assert_check(tables, -EINVAL);
}

static void feature_has_a_name(void **state)
{
	struct tables *tables = *state;

	tables->profiles[1].feature_count = 3;
	assert_token(tables, &tables->features[1]);
	tables->features[1] = tables->features[2];
	assert_check(tables, -EINVAL);
}

/* It stands in a line whose parts end with ';', and in a document, in quotes. */
static void assert_name(struct tables *tables, const char **place)
{
	static const char * const bad[] = {
		"", "a;b", ";", "a\"b", "a\\b", "a\nb", "\x7f", "\xc3\xa9",
		LONG_NAME "4",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		*place = bad[i];
		assert_check(tables, -EINVAL);
	}
	*place = LONG_NAME;
	assert_check(tables, 0);
	*place = "~ !";
	assert_check(tables, 0);
}

static void model_has_a_name(void **state)
{
	struct tables *tables = *state;

	assert_name(tables, &tables->model.name);
}

static void api_has_a_name(void **state)
{
	struct tables *tables = *state;

	assert_name(tables, &tables->model.api);
}

static void type_has_a_name(void **state)
{
	struct tables *tables = *state;

	assert_name(tables, &tables->type.mdev.kobj.name);
}

/* So many features, all as long as can be. */
static void lengthen(struct tables *tables, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		memset(tables->texts[i], 'f', VMIG_TOKEN_MAX);
		tables->texts[i][0] = 'a' + i;
	}
	tables->profiles[1].feature_count = count;
}

static void line_fits_into_a_record(void **state)
{
	struct tables *tables = *state;
	const int rest = strlen("abi=1;model=unit/model;api=vfio-pci;"
				"pci.vendor=0000;pci.device=0000;type=t-0;"
				"ver=1.1.0;profile=p1;capacity=16;feat=;"
				"p.a=8;p.b=8");
	u32 count = (VMIG_SELF_MAX - rest) / (VMIG_TOKEN_MAX + 1);
	u32 left = (VMIG_SELF_MAX - rest) % (VMIG_TOKEN_MAX + 1);

	lengthen(tables, count + 1);
	/* There is a comma less than features. */
	tables->texts[count][left] = '\0';
	assert_check(tables, 0);
	tables->texts[count][left] = '0';
	tables->texts[count][left + 1] = '\0';
	assert_check(tables, -E2BIG);
	/* What is left out by default, and need not be. */
	tables->params[0].off = 8;
	tables->defaults[0] = 8;
	assert_check(tables, -E2BIG);
	/* The device with its defaults is shorter, and too long all the same. */
	lengthen(tables, count + 2);
	assert_check(tables, -E2BIG);
}

/* Its digits counted as if all numbers were as long as can be. */
static int longest_document(const struct tables *tables)
{
	struct vmig_description *description = malloc(sizeof(*description));
	int length;

	if (!description)
		abort();
	vmig_describe_type(description, &tables->type);
	length = vmig_render_max(&description->document);
	free(description);
	return length;
}

/* That of the type, which is never shorter than that of a device. */
static void document_fits_into_a_read(void **state)
{
	struct tables *tables = *state;
	char model[VMIG_NAME_MAX + 1] = "m", api[VMIG_NAME_MAX + 1] = "a";
	u32 i;

	tables->model.param_count = VMIG_MODEL_PARAMS_MAX;
	tables->model.profile_count = 6;
	tables->type.newest = 5;
	for (i = 0; i < tables->model.profile_count; i++)
		tables->profiles[i].params = tables->defaults;
	tables->model.name = model;
	tables->model.api = api;
	for (i = 0; longest_document(tables) < VMIG_DOCUMENT_MAX - 80; i++)
		lengthen(tables, i);
	/* As much as can be, by one character after the other. */
	for (i = 1; longest_document(tables) < VMIG_DOCUMENT_MAX; i++) {
		assert_in_range(i, 1, 2 * VMIG_NAME_MAX - 2);
		assert_check(tables, 0);
		memset(i < VMIG_NAME_MAX ? model : api, 'x',
		       i % VMIG_NAME_MAX + 1);
	}
	assert_int_equal(longest_document(tables), VMIG_DOCUMENT_MAX);
	assert_check(tables, -E2BIG);
}

static void memory_is_wanted(void **state)
{
	tables_starve(true);
	assert_check(*state, -ENOMEM);
	tables_starve(false);
	assert_check(*state, 0);
}

#define RULE(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	RULE(good_tables_are_good),
	RULE(profiles_are_not_too_many),
	RULE(newest_profile_is_one),
	RULE(params_are_not_too_many),
	RULE(rules_are_not_too_many),
	RULE(types_are_not_too_many),
	RULE(capacity_is_a_number),
	RULE(pool_is_a_token_or_none),
	RULE(param_has_a_name),
	RULE(param_has_a_range),
	RULE(rule_is_on_params_that_there_are),
	RULE(rule_can_be_followed),
	RULE(profile_has_a_name),
	RULE(only_profile_may_have_none),
	RULE(profiles_have_versions_that_go_up),
	RULE(profile_has_defaults_that_can_be),
	RULE(features_are_not_too_many),
	RULE(feature_has_a_name),
	RULE(model_has_a_name),
	RULE(api_has_a_name),
	RULE(type_has_a_name),
	RULE(line_fits_into_a_record),
	RULE(document_fits_into_a_read),
	RULE(memory_is_wanted),
};

UNIT_MAIN(tests)
