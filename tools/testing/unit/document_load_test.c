// SPDX-License-Identifier: GPL-2.0
/* Texts that are no documents, and what is said of them. */
#include "unit.h"
#include "judge.h"

#define HEAD	"{\"abi\":1,\"scope\":\"device\",\"gen\":1,"
#define SELF_OF(more)	"\"self\":{\"model\":\"m\",\"device_api\":\"a\"," \
			"\"version\":\"1.0.0\",\"features\":[]" more "}"
#define DOC(more)	HEAD SELF_OF("") more "}"
#define ENTRY(more)	DOC(",\"compatible\":[{" more "}]")

static void assert_refused_as(const char *text, size_t length,
			      enum vmig_reason reason, const char *place,
			      const char *what)
{
	struct load_error error = { VMIG_REASONS, "" };
	char *copy = exact_copy(text, length);
	struct loaded_document *answer = loaded_document(copy, length,
							   &error);

	free(copy);
	if (answer)
		fail_msg("%.*s: loaded", (int)length, text);
	if (error.reason != reason)
		fail_msg("%.*s: %s: %s", (int)length, text,
			 vmig_reason_name(error.reason), error.text);
	if (strncmp(error.text, place, strlen(place)) ||
	    !strstr(error.text, what))
		fail_msg("%.*s: %s, not %s: %s", (int)length, text, error.text,
			 place, what);
}

static void assert_malformed(const char *text, const char *place,
			     const char *what)
{
	assert_refused_as(text, strlen(text), VMIG_REASON_MALFORMED, place,
			  what);
}

static void accept(const char *text)
{
	loaded_document_free(loaded(text, strlen(text)));
}

static void good_ones(void **state)
{
	(void)state;
	accept(DOC(""));
	accept(DOC("") "\n");
	accept(" { \"abi\" : 1 , \"scope\":\"type\",\"gen\":4294967295, "
	       SELF_OF("") " }\n");
	/* In any order. */
	accept("{" SELF_OF("") ",\"gen\":0,\"scope\":\"type\",\"abi\":1}");
	loaded_document_free(NULL);
}

/* Where the unknown is of no matter. */
static void keys_that_are_skipped(void **state)
{
	(void)state;
	accept(DOC(",\"later\":{\"x\":[1,true,\"A\"]},\"Gen\":2"));
	accept(HEAD SELF_OF(",\"colour\":\"dark blue\",\"x\":{}") "}");
}

static void keys_that_are_not(void **state)
{
	(void)state;
	assert_malformed(DOC(",\"pool\":{\"id\":\"a\",\"total\":1,\"units\":1,"
			     "\"x\":1}"), "pool.x: ", "not known");
	assert_malformed(DOC(",\"profiles\":{\"default\":\"a\",\"accepts\":[],"
			     "\"x\":1}"), "profiles.x: ", "not known");
	assert_malformed(DOC(",\"create\":{\"a\":{\"capacity_div\":1,\"min\":0,"
			     "\"max\":1,\"x\":1}}"), "create.a.x: ", "not known");
	assert_malformed(HEAD SELF_OF(",\"bus\":{\"ccw\":{}}") "}",
			 "self.bus.ccw: ", "not known");
	assert_malformed(HEAD SELF_OF(",\"bus\":{\"pci\":{\"vendor\":\"0000\","
				      "\"device\":\"0000\",\"x\":1}}") "}",
			 "self.bus.pci.x: ", "not known");
}

static void keys_that_are_missing(void **state)
{
	static const char doc[] = DOC("");
	static const char * const keys[] = {
		"\"abi\":1,", "\"scope\":\"device\",", "\"gen\":1,",
		"\"model\":\"m\",", "\"device_api\":\"a\",",
		"\"version\":\"1.0.0\",",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *at = strstr(doc, keys[i]);
		char text[300];

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s", (int)(at - doc), doc,
			 at + strlen(keys[i]));
		assert_malformed(text, i < 3 ? "'" : "self: '", "is missing");
	}
	assert_malformed(HEAD "\"x\":1}", "'self'", "is missing");
	assert_malformed(HEAD "\"self\":{\"model\":\"m\",\"device_api\":\"a\","
			 "\"version\":\"1.0.0\"}}", "self: 'features'",
			 "is missing");
	assert_malformed(DOC(",\"pool\":{}"), "pool: 'id'", "is missing");
	assert_malformed(DOC(",\"profiles\":{\"default\":\"a\"}"),
			 "profiles: 'accepts'", "is missing");
	assert_malformed(DOC(",\"create\":{\"a\":{\"min\":1,\"max\":2}}"),
			 "create.a: 'capacity_div'", "is missing");
	assert_malformed(ENTRY("\"when\":[{\"if\":{\"a\":1}}]"),
			 "compatible[0].when[0]: 'then'", "is missing");
	assert_malformed(ENTRY("\"x\":1,\"when\":[{\"then\":{}}]"),
			 "compatible[0].when[0]: 'if'", "is missing");
	assert_malformed(ENTRY("\"bus\":{}"), "compatible[0].bus: 'pci'",
			 "is missing");
}

/* What was fine before is not part of the place. */
static void place_behind_other_elements(void **state)
{
	(void)state;
	assert_malformed(ENTRY("\"model\":[\"m\",1]"), "compatible[0].model[1]: ",
			 "not a string");
	assert_malformed(ENTRY("},{\"when\":[{\"if\":{\"a\":[1,2]},\"then\":{}},"
			       "{\"if\":{\"a\":1}}]"),
			 "compatible[1].when[1]: 'then'", "is missing");
	assert_malformed(ENTRY("\"params\":{\"n\":[1,2],\"m\":[1,[]]}"),
			 "compatible[0].params.m[1]: ", "neither");
}

static void another_abi(void **state)
{
	static const char two[] = "{\"abi\":2,\"scope\":7}";
	static const char zero[] = "{\"x\":[],\"abi\":0}";

	(void)state;
	assert_refused_as(two, strlen(two), VMIG_REASON_GRAMMAR_UNSUPPORTED,
			  "abi: ", "2 is not 1");
	assert_refused_as(zero, strlen(zero), VMIG_REASON_GRAMMAR_UNSUPPORTED,
			  "abi: ", "0 is not 1");
	assert_malformed("{\"abi\":\"1\"}", "abi: ", "not an integer");
	assert_malformed("{\"abi\":true}", "abi: ", "not an integer");
}

/* Whatever the length, it is either a whole document or none. */
static void every_length(void **state)
{
	char *text;
	struct loaded_document *whole = example("ex3_nic_target", &text);
	const size_t length = strlen(text);
	size_t i;

	(void)state;
	for (i = 0; i < length - 1; i++)
		assert_refused_as(text, i, VMIG_REASON_MALFORMED, "", "");
	loaded_document_free(whole);
	free(text);
}

static void duplicate_keys(void **state)
{
	(void)state;
	assert_malformed(DOC(",\"abi\":1"), "abi: ", "twice");
	assert_malformed(DOC(",\"x\":1,\"x\":1"), "x: ", "twice");
	assert_malformed(HEAD SELF_OF(",\"model\":\"m\"") "}", "self.model: ",
			 "twice");
	assert_malformed(HEAD SELF_OF(",\"params\":{\"n\":1,\"m\":1,\"n\":2}")
			 "}", "self.params.n: ", "twice");
	assert_malformed(ENTRY("\"params\":{\"n\":{\"min\":1,\"max\":2,"
			       "\"min\":1}}"),
			 "compatible[0].params.n.min: ", "twice");
	assert_malformed(DOC(",\"compatible\":[{},{\"off\":{\"n\":1 , \"n\" :"
			     "1}}]"), "compatible[1].off.n: ", "twice");
	/* The same key in another object, and as a value. */
	accept(DOC(",\"x\":{\"y\":{\"x\":1}},\"y\":1"));
	accept(DOC(",\"compatible\":[{\"off\":{\"off\":1}},"
		   "{\"off\":{\"off\":\"off\"},\"params\":{\"off\":[\"off\"]}}]"));
}

static void duplicate_tokens(void **state)
{
	(void)state;
	assert_malformed(ENTRY("\"features\":{\"all\":[\"a\",\"b\",\"a\"]}"),
			 "compatible[0].features.all[2]: ", "twice");
	assert_malformed(DOC(",\"profiles\":{\"default\":\"a\",\"accepts\":"
			     "[\"a\",\"a\"]}"), "profiles.accepts[1]: ",
			 "twice");
}

static void deep_nesting(void **state)
{
	char text[VMIG_DOCUMENT_MAX];
	size_t depth;

	(void)state;
	/* As deep as a document can be, and one deeper. */
	accept(ENTRY("\"when\":[{\"if\":{\"a\":1},\"then\":{\"b\":[1]}}]"));
	accept(DOC(",\"x\":[[[[[[]]]]]]"));
	assert_malformed(DOC(",\"x\":[[[[[[[]]]]]]]"), "x[0]", "deep");
	for (depth = 1; depth < sizeof(text); depth++) {
		memset(text, depth % 2 ? '[' : '{', depth);
		assert_refused_as(text, depth, VMIG_REASON_MALFORMED, "", "");
	}
}

static void brackets(void **state)
{
	static const char * const bad[] = {
		"", "\n", " ", "{", "}", "[", "]", "{]", "[}", "{}}", "{}{}",
		"{},", ",{}", "[{}]", "{{}}", "{[]}", "[]", "1", "true", "\"a\"",
		"{}\n\n", "\n{}", "{\n}", "{\"abi\":1]", "{}\t", "{} x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_malformed(bad[i], "", "");
}

/* What the JSON library has to find. */
static void commas_and_colons(void **state)
{
	(void)state;
	assert_malformed("{\"abi\":1,}", "", "");
	assert_malformed("{,\"abi\":1}", "", "");
	assert_malformed("{\"abi\" 1}", "", "");
	assert_malformed("{\"abi\":}", "", "");
	assert_malformed("{\"abi\"}", "", "");
	assert_malformed("{\"abi\"::1}", "", "");
	assert_malformed("{1:1}", "", "");
	assert_malformed("{true:1}", "", "");
	assert_malformed(DOC(",\"x\":[1,]"), "", "");
	assert_malformed(DOC(",\"x\":[,1]"), "", "");
	assert_malformed(DOC(",\"x\":[1 2]"), "", "");
	assert_malformed(DOC(",\"x\":[1:2]"), "", "");
	assert_malformed(DOC(",\"x\":truefalse"), "", "");
	assert_malformed(DOC(",\"x\":\"a\"\"b\""), "", "");
	assert_malformed(DOC(",,\"x\":1"), "", "");
	assert_malformed(DOC("") ",", "", "");
	assert_malformed(DOC("") DOC(""), "", "");
	assert_malformed(DOC("") " 1", "", "");
}

static void numbers(void **state)
{
	static const char * const bad[] = {
		"-1", "-0", "+1", "1.0", "1.5", ".5", "1.", "1e3", "1E3", "01",
		"00", "0x10", "4294967296", "18446744073709551617", "NaN",
		"Infinity", "-Infinity", "1a", "null", "True", "TRUE", "tru",
		"nul", "'a'", "/**/1", "//", "\"1", "a", "\x7f", "\xc3\xa4",
	};
	size_t i;

	(void)state;
	accept(DOC(",\"x\":[0,4294967295]"));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		char text[400];

		snprintf(text, sizeof(text), DOC(",\"x\":%s"), bad[i]);
		assert_malformed(text, "", "");
		snprintf(text, sizeof(text),
			 ENTRY("\"params\":{\"n\":%s}"), bad[i]);
		assert_malformed(text, "", "");
	}
	assert_malformed(DOC(",\"x\":1.5"), "x: ", "integer");
	assert_malformed(DOC(",\"x\":4294967296"), "x: ", "above 4294967295");
	assert_malformed(DOC(",\"x\":null"), "x: ", "null");
}

static void characters(void **state)
{
	char text[200];
	unsigned int c;

	(void)state;
	for (c = 0; c < 256; c++) {
		const size_t length = snprintf(text, sizeof(text), "%s",
					       DOC(",\"x\":\"a\""));

		text[length - 3] = c;
		if (c >= ' ' && c <= '~' && c != '"' && c != '\\')
			accept(text);
		else
			assert_refused_as(text, length, VMIG_REASON_MALFORMED,
					  "", "");
	}
	assert_malformed(DOC(",\"x\":\"\\n\""), "x: ", "escape");
	assert_malformed(DOC(",\"x\":\"\\u0041\""), "x: ", "escape");
	assert_malformed(DOC(",\"\\u0061bi\":1"), "", "escape");
	assert_malformed(DOC(",\"x\":\"\xc3\xa4\""), "x: ", "printable");
	/* A zero byte behind a document is a part of the text. */
	assert_refused_as(DOC(""), sizeof(DOC("")), VMIG_REASON_MALFORMED, "",
			  "");
}

static void lengths(void **state)
{
	char text[2 * VMIG_DOCUMENT_MAX];
	size_t length;

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, DOC(""), strlen(DOC("")));
	for (length = VMIG_DOCUMENT_MAX - 3; length < VMIG_DOCUMENT_MAX;
	     length++)
		loaded_document_free(loaded(text, length));
	for (; length < VMIG_DOCUMENT_MAX + 3; length++)
		assert_refused_as(text, length, VMIG_REASON_MALFORMED, "",
				  "longer than 4095 bytes");
	assert_refused_as(text, sizeof(text), VMIG_REASON_MALFORMED, "",
			  "longer than 4095 bytes");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(good_ones),
	cmocka_unit_test(keys_that_are_skipped),
	cmocka_unit_test(keys_that_are_not),
	cmocka_unit_test(keys_that_are_missing),
	cmocka_unit_test(place_behind_other_elements),
	cmocka_unit_test(another_abi),
	cmocka_unit_test(every_length),
	cmocka_unit_test(duplicate_keys),
	cmocka_unit_test(duplicate_tokens),
	cmocka_unit_test(deep_nesting),
	cmocka_unit_test(brackets),
	cmocka_unit_test(commas_and_colons),
	cmocka_unit_test(numbers),
	cmocka_unit_test(characters),
	cmocka_unit_test(lengths),
};

UNIT_MAIN(tests)
