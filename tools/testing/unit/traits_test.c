// SPDX-License-Identifier: GPL-2.0
/* What is told to OpenStack's Placement: names, entries and inventories. */
#include <ctype.h>

#include "unit.h"
#include "judge.h"
#include "offer.h"
#include "trait-entry.h"
#include "trait-name.h"

#define PREFIX	"CUSTOM_VFIOMIG_NS_"

/* All that entries of a document tell, without what all names begin with. */
struct told {
	char text[4000];
};

static void take(const char *name, void *data)
{
	struct told *told = data;
	const size_t at = strlen(told->text);

	assert_memory_equal(name, PREFIX, strlen(PREFIX));
	snprintf(told->text + at, sizeof(told->text) - at, "%s%s",
		 at ? " " : "", name + strlen(PREFIX));
}

/* Of an entry of the document of a type that is PLAIN, and the rest of both. */
static void assert_told(const char *self, const char *entry, const char *rest,
			const char *want)
{
	struct loaded_document *type;
	struct told told = {};
	char members[2000];

	snprintf(members, sizeof(members), "%s%s\"compatible\":[{%s}]", rest,
		 rest[0] ? "," : "", entry);
	type = document("type", self, members);
	assert_true(trait_entry(loaded_document_get(type), 0, "ns", take,
				&told));
	assert_string_equal(told.text, want);
	loaded_document_free(type);
}

#define IS	"API_VFIO_2DPCI MODEL_EXAMPLE_2EORG_2FM NOBUS NOTYPE "
#define OLDER	"V_1_0_1_2 "

static void an_entry_without_keys(void **state)
{
	(void)state;
	assert_told(PLAIN, "", "", IS OLDER "NOCAPACITY NOANYF");
	assert_told(SELF, "", "",
		    "API_VFIO_2DPCI MODEL_EXAMPLE_2EORG_2FM BUS_8086_0001 TYPE_T1 "
		    OLDER "C_6 F_A F_B NOANYF "
		    "NEEDP_N P_N_4 NEEDP_ON P_ON_TRUE NEEDP_AT P_AT_X");
}

static void what_it_is(void **state)
{
	(void)state;
	assert_told(PLAIN, "\"model\":\"*\",\"bus\":\"*\",\"mdev_type\":\"*\"", "",
		    "API_VFIO_2DPCI ANYMODEL ANYBUS ANYTYPE " OLDER
		    "NOCAPACITY NOANYF");
	assert_told(PLAIN, "\"mdev_type\":[\"a\",\"B\"],"
		    "\"version\":{\"max\":\"2.0\"},\"capacity\":{\"min\":3}", "",
		    "API_VFIO_2DPCI MODEL_EXAMPLE_2EORG_2FM NOBUS TYPE_A TYPE__B "
		    "V_X_X_2_0 CR_3_X NOANYF");
}

static void what_it_has(void **state)
{
	(void)state;
	assert_told(PLAIN, "\"features\":{\"all\":[\"a\"],\"any\":[\"b\",\"c\"],"
		    "\"only\":[\"a\",\"b_c\"]}", "",
		    IS OLDER "NOCAPACITY F_A F_B_C NEEDF_A ANYF_B ANYF_C");
}

/* Needed are those without an off value, or with one that would not do. */
static void what_is_set(void **state)
{
	(void)state;
	assert_told(PLAIN, "\"params\":{\"a_b\":[1,true],\"b\":{\"max\":2},"
		    "\"c\":\"x\"},\"off\":{\"a_b\":1,\"b\":3,\"d\":0}", "",
		    IS OLDER "NOCAPACITY NOANYF P_A__B_1 P_A__B_TRUE NEEDP_B "
		    "PR_B_X_2 NEEDP_C P_C_X P_D_0");
}

static void recipes(void **state)
{
	(void)state;
	assert_told(PLAIN, "\"off\":{\"y\":1},\"params\":{}",
		    "\"create\":{\"aggregator\":{\"capacity_div\":4,\"min\":1,"
		    "\"max\":16},\"x\":\"params.x\",\"y\":\"params.y\"}",
		    IS OLDER "NOCAPACITY NOANYF P_Y_1 DIV_4_1_16 NEEDP_X");
}

static void what_matches_nothing_tells_nothing(void **state)
{
	struct loaded_document *type;
	struct told told = {};

	(void)state;
	type = document("type", PLAIN, "\"compatible\":[{\"new\":1},"
			"{\"features\":{\"any\":[]}},{}]");
	assert_int_equal(trait_entry_count(loaded_document_get(type)), 3);
	assert_false(trait_entry(loaded_document_get(type), 0, "ns", take,
				 &told));
	assert_false(trait_entry(loaded_document_get(type), 1, "ns", take,
				 &told));
	assert_string_equal(told.text, "");
	assert_true(trait_entry(loaded_document_get(type), 2, "ns", take,
				&told));
	loaded_document_free(type);
}

static void assert_part(const char *text, const char *want)
{
	struct trait_name name;

	trait_start(&name, "ns", TRAIT_MODEL);
	trait_part(&name, text);
	assert_string_equal(name.text + strlen(PREFIX TRAIT_MODEL "_"), want);
}

static void names_can_be_read(void **state)
{
	(void)state;
	assert_part("vmig/mcopy", "VMIG_2FMCOPY");
	assert_part("i915-GVTg_V5_2", "I915_2D_G_V_TG___V5__2");
	assert_part("a~ b", "A_7E_20B");
}

static void put_name(char **names, size_t *count, const struct trait_name *name)
{
	names[*count] = strdup(name->text);
	assert_non_null(names[*count]);
	(*count)++;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

static void assert_all_differ(char **names, size_t count)
{
	size_t i;

	qsort(names, count, sizeof(*names), by_text);
	for (i = 0; i < count; i++) {
		if (i && !strcmp(names[i], names[i - 1]))
			fail_msg("%s stands for two things", names[i]);
		if (i)
			free(names[i - 1]);
	}
	free(names[count - 1]);
	free(names);
}

/* All names of up to four of these characters. */
static void names_are_of_one_thing(void **state)
{
	static const char letters[] = "aA2_-/ ";
	const size_t base = sizeof(letters);
	char **names = calloc(base * base * base * base, sizeof(*names));
	size_t i, count = 0;

	(void)state;
	assert_non_null(names);
	for (i = 1; i < base * base * base * base; i++) {
		struct trait_name name;
		char text[5] = "";
		size_t at, rest = i;

		for (at = 0; rest && rest % base; rest /= base)
			text[at++] = letters[rest % base - 1];
		/* A digit of 0 ends the text; what follows was one before. */
		if (rest)
			continue;
		trait_start(&name, "ns", TRAIT_TYPE);
		trait_part(&name, text);
		put_name(names, &count, &name);
	}
	assert_int_equal(count, 7 + 49 + 343 + 2401);
	assert_all_differ(names, count);
}

static void pairs_are_of_one_thing(void **state)
{
	static const char * const tokens[] = {
		"a", "a_", "a__", "a_b", "a_b_c", "a__b", "b", "b_", "b_c",
		"b__c", "c", "0", "0_", "0_1", "1", "x", "x_x", "x_1", "range",
	};
	const size_t each = ARRAY_SIZE(tokens);
	char **names = calloc(3 * each * each + each, sizeof(*names));
	size_t i, j, count = 0;
	struct trait_name name;

	(void)state;
	assert_non_null(names);
	for (i = 0; i < each; i++) {
		trait_start(&name, "ns", TRAIT_NEEDS_PARAM);
		trait_token(&name, tokens[i]);
		put_name(names, &count, &name);
		for (j = 0; j < each; j++) {
			const struct vmig_range range = {
				.has_min = j & 1, .has_max = j & 2, .min = j,
				.max = j,
			};

			trait_start(&name, "ns", TRAIT_PARAM);
			trait_part(&name, tokens[i]);
			trait_token(&name, tokens[j]);
			put_name(names, &count, &name);
			if (j < 2)
				continue;
			trait_start(&name, "ns", TRAIT_PARAM_RANGE);
			trait_part(&name, tokens[i]);
			trait_range(&name, &range);
			/* Without bounds they are the same range. */
			if (j & 3)
				put_name(names, &count, &name);
		}
	}
	assert_all_differ(names, count);
}

static void the_longest_name_fits(void **state)
{
	char space[VMIG_TOKEN_MAX + 1], model[VMIG_NAME_MAX + 1];
	struct trait_name name;
	size_t i;

	(void)state;
	memset(space, 'z', VMIG_TOKEN_MAX);
	space[VMIG_TOKEN_MAX] = '\0';
	memset(model, '~', VMIG_NAME_MAX);
	model[VMIG_NAME_MAX] = '\0';
	assert_true(trait_is_space(space));
	trait_start(&name, space, TRAIT_MODEL);
	trait_part(&name, model);
	assert_int_equal(name.length, 15 + 32 + 1 + 5 + 1 + 3 * 63);
	assert_true(name.length <= TRAIT_NAME_MAX);
	for (i = 0; i < name.length; i++)
		assert_true(isupper(name.text[i]) || isdigit(name.text[i]) ||
			    name.text[i] == '_');
}

static void a_namespace_has_no_joints(void **state)
{
	(void)state;
	assert_true(trait_is_space("mcopy0"));
	assert_false(trait_is_space("a_f"));
	assert_false(trait_is_space("A"));
	assert_false(trait_is_space(""));
}

static void bounds_are_read_again(void **state)
{
	struct trait_bound bounds[2];

	(void)state;
	assert_true(trait_rest_bounds("1_4294967295", bounds, 2));
	assert_true(bounds[0].given && bounds[0].number == 1);
	assert_true(bounds[1].given && bounds[1].number == UINT32_MAX);
	assert_true(trait_rest_bounds("X_7", bounds, 2));
	assert_true(!bounds[0].given && bounds[1].number == 7);
	assert_false(trait_rest_bounds("1_4294967296", bounds, 2));
	assert_false(trait_rest_bounds("1", bounds, 2));
	assert_false(trait_rest_bounds("1_2_3", bounds, 2));
	assert_false(trait_rest_bounds("_B_1_2", bounds, 2));
	assert_false(trait_rest_bounds("", bounds, 2));
}

static void add_example(struct offer *offer, const char *name)
{
	struct loaded_document *one = example(name, NULL);

	offer_add(offer, loaded_document_get(one));
	loaded_document_free(one);
}

static void inventories(void **state)
{
	struct offer offer = {};

	(void)state;
	add_example(&offer, "ex2_type_v5_4");
	offer_end(&offer);
	assert_int_equal(offer.total, 8);
	assert_int_equal(offer.least, 2);
	assert_int_equal(offer.step, 2);
	add_example(&offer, "ex2_type_v5_8");
	add_example(&offer, "ex2_type_v5_1");
	offer_end(&offer);
	assert_int_equal(offer.total, 8);
	assert_int_equal(offer.least, 1);
	assert_int_equal(offer.step, 1);
	/* Who takes a device that is there takes all of it. */
	memset(&offer, 0, sizeof(offer));
	add_example(&offer, "ex1_uuid1");
	offer_end(&offer);
	assert_int_equal(offer.total, 4);
	assert_int_equal(offer.least, 4);
	assert_int_equal(offer.step, 4);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(an_entry_without_keys),
	cmocka_unit_test(what_it_is),
	cmocka_unit_test(what_it_has),
	cmocka_unit_test(what_is_set),
	cmocka_unit_test(recipes),
	cmocka_unit_test(what_matches_nothing_tells_nothing),
	cmocka_unit_test(names_can_be_read),
	cmocka_unit_test(names_are_of_one_thing),
	cmocka_unit_test(pairs_are_of_one_thing),
	cmocka_unit_test(the_longest_name_fits),
	cmocka_unit_test(a_namespace_has_no_joints),
	cmocka_unit_test(bounds_are_read_again),
	cmocka_unit_test(inventories),
};

UNIT_MAIN(tests)
