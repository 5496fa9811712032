// SPDX-License-Identifier: GPL-2.0
/* Key by key: which values a document can have there. */
#include "unit.h"
#include "judge.h"

/*
 * A document with a %s in one place, what may stand there and what may not, and
 * the place as the error names it.
 */
struct slot {
	const char *place;
	const char *format;
	const char *good[8];
	const char *bad[16];
};

#define SELF_START "\"self\":{\"device_api\":\"a\",\"version\":\"1.0.0\","
#define HEAD	"{\"abi\":1,\"scope\":\"device\",\"gen\":1,"
#define IN_SELF(rest)	HEAD SELF_START "\"model\":\"m\",\"features\":[]," \
			rest "}}"
#define IN_DOC(rest)	HEAD SELF_START "\"model\":\"m\",\"features\":[]}," \
			rest "}"
#define IN_ENTRY(rest)	IN_DOC("\"compatible\":[{" rest "}]")

#define T32	"a123456789012345678901234567890_"
#define N63	"123456789 123456789 123456789 123456789 123456789 123456789 123"
#define NOT_STRINGS "1", "true", "[]", "{}"
#define NOT_INTEGERS "\"1\"", "true", "[]", "{}", "[1]"
#define NOT_LISTS "1", "true", "{}", "\"a\""
#define TOKENS	"\"a\"", "\"0\"", "\"a_1\"", "\"" T32 "\""
#define NOT_TOKENS "\"\"", "\"_a\"", "\"A\"", "\"a-b\"", "\"a b\"", "\"*\"", \
		"\"" T32 "a\""

static const struct slot slots[] = {
	{ "scope", "{\"abi\":1,\"gen\":1," SELF_START "\"model\":\"m\","
	  "\"features\":[]},\"scope\":%s}",
	  { "\"type\"", "\"device\"" },
	  { NOT_STRINGS, "\"\"", "\"Type\"", "\"devices\"" } },
	{ "gen", "{\"abi\":1,\"scope\":\"type\"," SELF_START "\"model\":\"m\","
	  "\"features\":[]},\"gen\":%s}",
	  { "0", "4294967295" }, { NOT_INTEGERS } },
	{ "self", HEAD "\"self\":%s}",
	  { "{\"model\":\"m\",\"device_api\":\"a\",\"version\":\"0.0.0\","
	    "\"features\":[]}" }, { "1", "\"a\"", "[]", "true", "[{}]" } },
	{ "self.model", HEAD SELF_START "\"features\":[],\"model\":%s}}",
	  { "\"m\"", "\"a b/C.d-e;*\"", "\"" N63 "\"" },
	  { NOT_STRINGS, "\"\"", "\"" N63 "4\"" } },
	{ "self.mdev_type", IN_SELF("\"mdev_type\":%s"),
	  { "\"i915-GVTg_V5_4\"", "\"" N63 "\"" },
	  { NOT_STRINGS, "\"\"", "\"" N63 "4\"" } },
	{ "self.version", HEAD "\"self\":{\"model\":\"m\",\"device_api\":\"a\","
	  "\"features\":[],\"version\":%s}}",
	  { "\"0.0.0\"", "\"65535.65535.65535\"", "\"10.0.7\"" },
	  { NOT_STRINGS, "\"\"", "\"1\"", "\"1.0\"", "\"1.0.0.0\"",
	    "\"1.0.\"", "\"1..0\"", "\"01.0.0\"", "\"65536.0.0\"",
	    "\"1.0.99999999999999999999\"", "\"1.0.x\"", "\" 1.0.0\"" } },
	{ "self.profile", IN_SELF("\"profile\":%s"), { TOKENS },
	  { NOT_STRINGS, NOT_TOKENS } },
	{ "self.capacity", IN_SELF("\"capacity\":%s"), { "0", "4294967295" },
	  { NOT_INTEGERS } },
	{ "self.features", HEAD SELF_START "\"model\":\"m\",\"features\":%s}}",
	  { "[]", "[\"a\"]", "[\"a\",\"" T32 "\"]" },
	  { NOT_LISTS, "[1]", "[true]", "[[]]", "[\"A\"]", "[\"a\",\"a\"]",
	    "[\"\"]", "[{}]" } },
	{ "self.bus", IN_SELF("\"bus\":%s"),
	  { "{\"pci\":{\"device\":\"00ff\",\"vendor\":\"8086\"}}" },
	  { NOT_STRINGS, "\"*\"", "{\"pci\":{}}", "{\"pci\":1}",
	    "{\"pci\":{\"vendor\":\"8086\"}}" } },
	{ "self.bus.pci.vendor",
	  IN_SELF("\"bus\":{\"pci\":{\"device\":\"0000\",\"vendor\":%s}}"),
	  { "\"0000\"", "\"ffff\"", "\"12ab\"" },
	  { NOT_STRINGS, "\"\"", "\"123\"", "\"12345\"", "\"FFFF\"",
	    "\"0x12\"", "\"12g4\"" } },
	{ "self.params", IN_SELF("\"params\":%s"),
	  { "{}", "{\"" T32 "\":1}" },
	  { "1", "[]", "\"a\"", "{\"A\":1}", "{\"\":1}", "{\"_a\":1}" } },
	{ "self.params.n", IN_SELF("\"params\":{\"n\":%s}"),
	  { "0", "4294967295", "true", "false", "\"a\"", "\"0a\"",
	    "\"truth\"" },
	  { "[]", "{}", "[1]", NOT_TOKENS, "\"1\"", "\"true\"", "\"false\"",
	    "\"007\"" } },
	{ "pool", IN_DOC("\"pool\":%s"),
	  { "{\"id\":\"a\",\"total\":1,\"units\":1}" },
	  { "1", "[]", "{\"id\":\"A\",\"total\":1,\"units\":1}",
	    "{\"id\":\"a\",\"total\":\"1\",\"units\":1}",
	    "{\"id\":\"a\",\"total\":1,\"units\":true}" } },
	{ "profiles", IN_DOC("\"profiles\":%s"),
	  { "{\"default\":\"a\",\"accepts\":[]}",
	    "{\"default\":\"a\",\"accepts\":[\"b\",\"c\"]}" },
	  { "1", "[]", "{\"default\":1,\"accepts\":[]}",
	    "{\"default\":\"a\",\"accepts\":\"a\"}",
	    "{\"default\":\"a\",\"accepts\":[\"A\"]}" } },
	{ "create", IN_DOC("\"create\":%s"),
	  { "{}", "{\"a/b-c.d_E\":\"profile\"}" },
	  { "1", "[]", "{\"\":\"profile\"}", "{\"/a\":\"profile\"}",
	    "{\"a/\":\"profile\"}", "{\"a//b\":\"profile\"}",
	    "{\"../a\":\"profile\"}", "{\"a/../b\":\"profile\"}",
	    "{\".\":\"profile\"}", "{\"a b\":\"profile\"}",
	    "{\"" T32 T32 "\":\"profile\"}" } },
	{ "create.a", IN_DOC("\"create\":{\"a\":%s}"),
	  { "\"profile\"", "\"params.n\"",
	    "{\"capacity_div\":1,\"min\":0,\"max\":0}" },
	  { "1", "[]", "true", "\"capacity\"", "\"params.\"", "\"params\"",
	    "\"params.N\"", "\"Profile\"", "\"\"",
	    "{\"capacity_div\":0,\"min\":0,\"max\":0}",
	    "{\"capacity_div\":1,\"min\":true,\"max\":0}",
	    "{\"capacity_div\":1,\"min\":0,\"max\":\"1\"}" } },
	{ "compatible", IN_DOC("\"compatible\":%s"), { "[]", "[{}]", "[{},{}]" },
	  { NOT_LISTS, "[1]", "[[]]", "[\"*\"]", "\"*\"" } },
	{ "compatible[0].model", IN_ENTRY("\"model\":%s"),
	  { "\"*\"", "\"m\"", "[]", "[\"a\",\"*\"]" },
	  { "1", "true", "{}", "[1]", "[[\"a\"]]", "\"\"", "[\"\"]",
	    "\"" N63 "4\"" } },
	{ "compatible[0].mdev_type", IN_ENTRY("\"mdev_type\":%s"),
	  { "\"*\"", "\"m\"", "[]", "[\"a\",\"*\"]" },
	  { "1", "true", "{}", "[1]", "[\"" N63 "4\"]" } },
	{ "compatible[0].bus", IN_ENTRY("\"bus\":%s"),
	  { "\"*\"", "{\"pci\":{\"vendor\":\"8086\",\"device\":\"591d\"}}",
	    "[{\"pci\":{\"vendor\":\"8086\",\"device\":\"591d\"}}]", "[]",
	    "{\"ccw\":1}" },
	  { "1", "true", "\"pci\"", "{}", "[{}]", "[\"*\"]",
	    "{\"pci\":{\"vendor\":\"8086\"}}" } },
	{ "compatible[0].version", IN_ENTRY("\"version\":%s"),
	  { "{}", "{\"min\":\"0.0\"}", "{\"max\":\"65535.65535\"}",
	    "{\"min\":\"9.0\",\"max\":\"1.0\"}" },
	  { "1", "\"1.0\"", "[]", "{\"min\":1}", "{\"min\":\"1\"}",
	    "{\"max\":\"1.0.0\"}", "{\"max\":\"1.65536\"}",
	    "{\"max\":\"*\"}" } },
	{ "compatible[0].capacity", IN_ENTRY("\"capacity\":%s"),
	  { "1", "[]", "[1,2]", "{}", "{\"min\":1}", "{\"max\":1,\"min\":0}" },
	  { "\"a\"", "true", "\"*\"", "[true]", "[\"a\"]", "[[1]]",
	    "{\"min\":\"1\"}", "{\"min\":true}" } },
	{ "compatible[0].features", IN_ENTRY("\"features\":%s"),
	  { "{}", "{\"all\":[],\"any\":[],\"only\":[]}", "{\"x\":1}" },
	  { "1", "[]", "\"*\"", "{\"all\":\"a\"}", "{\"any\":[1]}",
	    "{\"only\":[\"A\"]}", "{\"only\":{}}" } },
	{ "compatible[0].params", IN_ENTRY("\"params\":%s"),
	  { "{}", "{\"a\":1}" }, { "1", "[]", "\"*\"", "{\"A\":1}" } },
	{ "compatible[0].params.n", IN_ENTRY("\"params\":{\"n\":%s}"),
	  { "1", "true", "\"a\"", "[]", "[1,true,\"a\"]", "{}",
	    "{\"min\":1,\"max\":2}" },
	  { "\"*\"", "\"true\"", "\"12\"", "[[1]]", "[{}]", "[\"1\"]",
	    "{\"min\":true}", "{\"max\":\"a\"}" } },
	{ "compatible[0].off", IN_ENTRY("\"off\":%s"),
	  { "{}", "{\"a\":1,\"b\":false,\"c\":\"d\"}" },
	  { "1", "[]", "{\"A\":1}", "{\"a\":[1]}", "{\"a\":{}}",
	    "{\"a\":\"1\"}" } },
	{ "compatible[0].when", IN_ENTRY("\"when\":%s"),
	  { "[]", "[{\"if\":{\"a\":1},\"then\":{}}]" },
	  { "1", "{}", "[1]", "[[]]", "[{}]",
	    "[{\"if\":{},\"then\":{}}]",
	    "[{\"if\":{\"a\":1,\"b\":1},\"then\":{}}]",
	    "[{\"if\":1,\"then\":{}}]", "[{\"if\":{\"a\":1},\"then\":[]}]",
	    "[{\"if\":{\"a\":\"*\"},\"then\":{}}]" } },
};

static void assert_slot(const struct slot *slot, const char *value, bool good)
{
	struct load_error error = {};
	struct loaded_document *answer;
	char text[1000];
	const int length = snprintf(text, sizeof(text), slot->format, value);

	answer = loaded_document(text, length, &error);
	if (good != !!answer)
		fail_msg("%s = %s: %s", slot->place, value,
			 answer ? "loaded" : error.text);
	if (!good) {
		assert_int_equal(error.reason, VMIG_REASON_MALFORMED);
		if (strncmp(error.text, slot->place, strlen(slot->place)))
			fail_msg("%s = %s: %s", slot->place, value, error.text);
	}
	loaded_document_free(answer);
}

static void each_key(void **state)
{
	unsigned int good = 0, bad = 0;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		const struct slot *slot = &slots[i];

		for (j = 0; j < ARRAY_SIZE(slot->good) && slot->good[j]; j++)
			assert_slot(slot, slot->good[j], true);
		good += j;
		for (j = 0; j < ARRAY_SIZE(slot->bad) && slot->bad[j]; j++)
			assert_slot(slot, slot->bad[j], false);
		bad += j;
	}
	print_message("%u values taken, %u refused\n", good, bad);
}

/* "name0<after>,name1<after>, .." */
static void many(char *text, const char *format, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		text += sprintf(text, i ? "," : "");
		text += sprintf(text, format, i);
	}
}

/* As many as there may be, and one more. */
static void numbers_of_things(void **state)
{
	static const struct {
		const char *format;
		const char *each;
		unsigned int most;
	} lists[] = {
		{ HEAD SELF_START "\"model\":\"m\",\"features\":[%s]}}",
		  "\"f%u\"", VMIG_FEATURES_MAX },
		{ IN_SELF("\"params\":{%s}"), "\"p%u\":1", VMIG_PARAMS_MAX },
		{ IN_DOC("\"profiles\":{\"default\":\"a\",\"accepts\":[%s]}"),
		  "\"p%u\"", VMIG_PROFILES_MAX },
		{ IN_DOC("\"create\":{%s}"), "\"a%u\":\"profile\"",
		  VMIG_CREATE_MAX },
		{ IN_DOC("\"compatible\":[%s]"), "{\"x\":%u}",
		  VMIG_ENTRIES_MAX },
		{ IN_ENTRY("\"model\":[%s]"), "\"m%u\"", VMIG_CHOICES_MAX },
		{ IN_ENTRY("\"bus\":[%s]"), "{\"x\":%u}", VMIG_CHOICES_MAX },
		{ IN_ENTRY("\"capacity\":[%s]"), "%u", VMIG_CHOICES_MAX },
		{ IN_ENTRY("\"params\":{\"n\":[%s]}"), "%u", VMIG_CHOICES_MAX },
		{ IN_ENTRY("\"features\":{\"only\":[%s]}"), "\"f%u\"",
		  VMIG_FEATURES_MAX },
		{ IN_ENTRY("\"params\":{%s}"), "\"p%u\":1", VMIG_PARAMS_MAX },
		{ IN_ENTRY("\"off\":{%s}"), "\"p%u\":1", VMIG_PARAMS_MAX },
		{ IN_ENTRY("\"when\":[%s]"),
		  "{\"if\":{\"a\":%u},\"then\":{}}", VMIG_WHEN_MAX },
		{ IN_ENTRY("\"when\":[{\"if\":{\"a\":1},\"then\":{%s}}]"),
		  "\"p%u\":1", VMIG_PARAMS_MAX },
	};
	char list[2000], text[VMIG_DOCUMENT_MAX];
	struct load_error error;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		int length;

		many(list, lists[i].each, lists[i].most);
		length = snprintf(text, sizeof(text), lists[i].format, list);
		loaded_document_free(loaded(text, length));
		many(list, lists[i].each, lists[i].most + 1);
		length = snprintf(text, sizeof(text), lists[i].format, list);
		assert_null(loaded_document(text, length, &error));
		assert_non_null(strstr(error.text, "more than"));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_key),
	cmocka_unit_test(numbers_of_things),
};

UNIT_MAIN(tests)
