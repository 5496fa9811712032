// SPDX-License-Identifier: GPL-2.0
/* Key by key: what its value may be. */
#include "unit.h"
#include "line.h"
#include "same.h"

static void versions(void **state)
{
	static const char * const bad[] = {
		"", ".", "..", "1", "1.2", "1.2.", "1..2", ".1.2", "1.2.3.4",
		"1.2.x", "x.2.3", "1.x.3", "65536.0.0", "0.65536.0",
		"0.0.65536", "-1.0.0", "0.0.0 ", " 0.0.0", "0,0,0", "0x1.0.0",
		"1.2.3=", "99999999999999999999.0.0",
	};
	struct vmig_self self =
		parsed("abi=1;model=m;api=a;ver=65535.65534.65533");
	size_t i;

	(void)state;
	assert_int_equal(self.version.major, 65535);
	assert_int_equal(self.version.minor, 65534);
	assert_int_equal(self.version.fix, 65533);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		char line[128];

		snprintf(line, sizeof(line), "abi=1;model=m;api=a;ver=%s",
			 bad[i]);
		assert_malformed(line, "ver");
	}
	assert_malformed("abi=1;model=m;api=a;ver", "ver");
}

static void capacities(void **state)
{
	static const char * const bad[] = {
		"", "4294967296", "18446744073709551616", "-1", "1 ", "0x10",
		"a", "1.5", "1,000",
	};
	struct vmig_self self = parsed(LEAST ";capacity=4294967295");
	size_t i;

	(void)state;
	assert_true(self.has_capacity);
	assert_int_equal(self.capacity, 4294967295);
	self = parsed(LEAST ";capacity=0");
	assert_true(self.has_capacity);
	assert_int_equal(self.capacity, 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		char line[128];

		snprintf(line, sizeof(line), LEAST ";capacity=%s", bad[i]);
		assert_malformed(line, "capacity");
	}
	assert_malformed(LEAST ";capacity", "capacity");
}

static void bus_ids(void **state)
{
	static const char * const bad[] = {
		"", "10000", "g", "0x10", "-1", "12 4", "ABCD", "fffff",
	};
	struct vmig_self self = parsed(LEAST ";pci.vendor=ffff;pci.device=0a9f");
	size_t i;

	(void)state;
	assert_true(self.bus.given);
	assert_int_equal(self.bus.vendor, 0xffff);
	assert_int_equal(self.bus.device, 0x0a9f);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		char line[128];

		snprintf(line, sizeof(line),
			 LEAST ";pci.vendor=%s;pci.device=1", bad[i]);
		assert_malformed(line, "pci.vendor");
		snprintf(line, sizeof(line),
			 LEAST ";pci.vendor=1;pci.device=%s", bad[i]);
		assert_malformed(line, "pci.device");
	}
}

static void text_lengths(void **state)
{
	static const struct {
		const char *key;
		const char *format;
		size_t most;
	} texts[] = {
		{ "model", "abi=1;model=%s;api=a;ver=0.0.0", VMIG_NAME_MAX },
		{ "api", "abi=1;model=m;api=%s;ver=0.0.0", VMIG_NAME_MAX },
		{ "type", LEAST ";type=%s", VMIG_NAME_MAX },
		{ "profile", LEAST ";profile=%s", VMIG_TOKEN_MAX },
		{ "feat", LEAST ";feat=%s", VMIG_TOKEN_MAX },
		{ "feat", LEAST ";feat=%s,more", VMIG_TOKEN_MAX },
		{ "feat", LEAST ";feat=more,%s", VMIG_TOKEN_MAX },
		{ "p", LEAST ";p.%s=1", VMIG_TOKEN_MAX },
		{ "p", LEAST ";p.a=%s", VMIG_TOKEN_MAX },
	};
	char text[300], line[400];
	size_t i, length;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		for (length = 1; length < sizeof(text); length++) {
			memset(text, 'x', length);
			text[length] = '\0';
			snprintf(line, sizeof(line), texts[i].format, text);
			if (length <= texts[i].most)
				parsed(line);
			else
				assert_malformed(line, texts[i].key);
		}
	}
	assert_malformed("abi=1;model=;api=a;ver=0.0.0", "model");
	assert_malformed("abi=1;model=m;api=;ver=0.0.0", "api");
	assert_malformed("abi=1;model=m;api;ver=0.0.0", "api");
	assert_malformed("abi=1;model=\";api=a;ver=0.0.0", "model");
	assert_malformed("abi=1;model=\\;api=a;ver=0.0.0", "model");
	assert_malformed(LEAST ";type=", "type");
}

static void every_byte_is_printable(void **state)
{
	static const char line[] = FULL_LINE ";unknown=value";
	struct vmig_self self;
	const char *field;
	unsigned int c;
	size_t at;

	(void)state;
	for (at = 0; at < sizeof(line) - 1; at++) {
		char bad[sizeof(line)];

		memcpy(bad, line, sizeof(line));
		for (c = 0; c < 256; c++) {
			if (c >= ' ' && c <= '~')
				continue;
			bad[at] = c;
			assert_int_equal(parse(&self, bad, sizeof(line) - 1,
					       &field), VMIG_REASON_MALFORMED);
			assert_string_equal(field, "abi");
		}
	}
	/* No newline and no zero byte at the end. */
	assert_int_equal(parse(&self, line, sizeof(line), &field),
			 VMIG_REASON_MALFORMED);
	assert_malformed(FULL_LINE "\n", "abi");
}

static void unknown_keys_are_skipped(void **state)
{
	struct vmig_self self =
		parsed("abi=1;model=vmig.example/mcopy;x=;"
		       "api=vfio-pci;pci.vendor=1234;pci.device=6d63;"
		       "pci.revision=1;type=mcopy-16;pp.x=1;P.x=1;profiles=1;"
		       "ver=1.2.3;capacity=16;later=a=b,c;later=a;feature=z;p=1");

	(void)state;
	assert_same_self(&self, &plain);
}

static const char * const bad_tokens[] = {
	"_a", "A", "a-b", "a.b", "a b", " a", "a ", "\"", "a\\", "a=b", "a/",
};

static void feature_lists(void **state)
{
	static const char * const bad[] = {
		"a,a", "a,b,c,b", ",tso", "a,", "a,,b", ",", "A", "a,B",
	};
	struct vmig_self self = parsed(LEAST ";feat=");
	char line[400] = LEAST ";feat=f0", *end = line + strlen(line);
	unsigned int i;

	(void)state;
	assert_int_equal(self.feature_count, 0);
	self = parsed(LEAST ";feat");
	assert_int_equal(self.feature_count, 0);
	for (i = 1; i < VMIG_FEATURES_MAX; i++)
		end += sprintf(end, ",f%u", i);
	self = parsed(line);
	assert_int_equal(self.feature_count, VMIG_FEATURES_MAX);
	assert_string_equal(self.features[0], "f0");
	assert_string_equal(self.features[VMIG_FEATURES_MAX - 1], "f63");
	strcpy(end, ",f64");
	assert_malformed(line, "feat");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		sprintf(line, LEAST ";feat=%s", bad[i]);
		assert_malformed(line, "feat");
	}
	for (i = 0; i < ARRAY_SIZE(bad_tokens); i++) {
		sprintf(line, LEAST ";feat=a,%s", bad_tokens[i]);
		assert_malformed(line, "feat");
		sprintf(line, LEAST ";profile=%s", bad_tokens[i]);
		assert_malformed(line, "profile");
	}
}

static void param_lists(void **state)
{
	static const char * const bad[] = {
		";p.a", ";p.=4", ";p.", ";p.a=", ";p.a=1;p.a=2", ";p.A=1",
		";p.a=4294967296", ";p.a=18446744073709551617", ";p.a=-1",
		";p.a=True", ";p.a=1.5", ";p.a=1,2", ";p._a=1",
	};
	char line[500] = LEAST, *end = line + strlen(line);
	unsigned int i;

	(void)state;
	for (i = 0; i < VMIG_PARAMS_MAX; i++)
		end += sprintf(end, ";p.q%u=%u", i, i);
	assert_int_equal(parsed(line).param_count, VMIG_PARAMS_MAX);
	strcpy(end, ";p.last=1");
	assert_malformed(line, "p");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		sprintf(line, LEAST "%s", bad[i]);
		assert_malformed(line, "p");
	}
	for (i = 0; i < ARRAY_SIZE(bad_tokens); i++) {
		sprintf(line, LEAST ";p.a=%s", bad_tokens[i]);
		assert_malformed(line, "p");
		sprintf(line, LEAST ";p.%s=1", bad_tokens[i]);
		assert_malformed(line, "p");
	}
}

/* Digits alone are a number, two words are a bool, the rest are tokens. */
static void types_of_values(void **state)
{
	struct vmig_self self =
		parsed(LEAST ";p.a=4294967295;p.b=true;p.c=false;p.d=0x10;"
		       "p.e=truest;p.f=1_000;p.g=0");
	static const enum vmig_value_type types[] = {
		VMIG_VALUE_INT, VMIG_VALUE_BOOL, VMIG_VALUE_BOOL,
		VMIG_VALUE_TOKEN, VMIG_VALUE_TOKEN, VMIG_VALUE_TOKEN,
		VMIG_VALUE_INT,
	};
	unsigned int i;

	(void)state;
	assert_int_equal(self.param_count, ARRAY_SIZE(types));
	for (i = 0; i < ARRAY_SIZE(types); i++)
		assert_int_equal(self.params[i].value.type, types[i]);
	assert_int_equal(self.params[0].value.number, 4294967295);
	assert_true(self.params[1].value.flag);
	assert_false(self.params[2].value.flag);
	assert_string_equal(self.params[3].value.token, "0x10");
}

/* Whatever the bytes: a known answer, and texts that can be shown. */
static void assert_sane(const char *line, size_t length)
{
	struct vmig_self self;
	const char *field;
	enum vmig_reason reason = parse(&self, line, length, &field);

	if (reason == VMIG_REASON_NONE) {
		char out[VMIG_SELF_MAX + 1];
		struct vmig_self back;
		struct vmig_self_store second;

		assert_null(field);
		assert_true(self.model && self.model[0]);
		/* A shorter way to say the same may exist, no longer one. */
		assert_true(vmig_self_format(&self, out, sizeof(out)) > 0);
		assert_int_equal(vmig_self_parse(&back, &second, out,
						 strlen(out), &field), 0);
		assert_same_self(&back, &self);
	} else {
		assert_non_null(field);
		assert_string_not_equal(field, "untouched");
		assert_true(reason == VMIG_REASON_MALFORMED ||
			    reason == VMIG_REASON_GRAMMAR_UNSUPPORTED);
	}
}

static void every_prefix_and_every_changed_byte(void **state)
{
	static const char whole[] = FULL_LINE;
	const size_t length = sizeof(whole) - 1;
	char line[sizeof(whole)];
	unsigned int c;
	size_t at;

	(void)state;
	for (at = 1; at <= length; at++)
		assert_sane(whole, at);
	for (at = 0; at < length; at++) {
		memcpy(line, whole, sizeof(line));
		for (c = 0; c < 256; c++) {
			line[at] = c;
			assert_sane(line, length);
		}
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(versions),
	cmocka_unit_test(capacities),
	cmocka_unit_test(bus_ids),
	cmocka_unit_test(text_lengths),
	cmocka_unit_test(every_byte_is_printable),
	cmocka_unit_test(unknown_keys_are_skipped),
	cmocka_unit_test(feature_lists),
	cmocka_unit_test(param_lists),
	cmocka_unit_test(types_of_values),
	cmocka_unit_test(every_prefix_and_every_changed_byte),
};

UNIT_MAIN(tests)
