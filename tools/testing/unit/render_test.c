// SPDX-License-Identifier: GPL-2.0
/* Documents as a driver has them, to text. */
#include "unit.h"
#include "judge.h"
#include "render.h"

#define INT(n)		{ .type = VMIG_VALUE_INT, .number = (n) }
#define BOOL(f)		{ .type = VMIG_VALUE_BOOL, .flag = (f) }
#define TOKEN(t)	{ .type = VMIG_VALUE_TOKEN, .token = (t) }

/* Everything that there is, once at least. */
static const char * const tokens[] = { "a", "b" };
static const char * const names[] = { "x/y", "x z" };
static const struct vmig_param params[] = {
	{ "n", INT(4) }, { "on", BOOL(true) }, { "at", TOKEN("here") },
};

static const struct vmig_value values[] = {
	INT(4294967295), BOOL(false), TOKEN("t"),
};

static const struct vmig_bus buses[] = {
	{ true, 0x8086, 0x591d }, { true, 0xa, 0 },
};

static const struct vmig_rule rules[] = {
	{ "r", { .form = VMIG_SCALAR, .values = values, .count = 1 } },
	{ "s", { .form = VMIG_SET, .values = values, .count = 3 } },
	{ "t", { .form = VMIG_RANGE, .range = { true, true, 0, 7 } } },
	{ "u", { .form = VMIG_RANGE, .range = { true, false, 1, 0 } } },
	{ "v", { .form = VMIG_RANGE } },
};

static const struct vmig_when when[] = {
	{ { "on", { .form = VMIG_SCALAR, .values = &values[1] } }, rules, 2 },
	{ { "n", { .form = VMIG_RANGE, .range = { false, true, 0, 3 } } },
	  NULL, 0 },
};

static const struct vmig_entry entries[] = {
	{ .unknown = NULL },
	{
		.unknown = "features.none",
		.model = { VMIG_ONE, names, 1 },
		.bus = { VMIG_ONE, buses, 1 },
		.type = { VMIG_LIST, names, 2 },
		.versions = { true, true, true, { 1, 2, 9 }, { 3, 4, 9 } },
		.has_capacity = true,
		.capacity = { .form = VMIG_RANGE,
			      .range = { true, true, 2, 8 } },
		.all = { true, tokens, 1 },
		.any = { true, tokens, 2 },
		.only = { true, NULL, 0 },
		.has_params = true, .params = rules, .param_count = 5,
		.off = params, .off_count = 3,
		.when = when, .when_count = 2,
	},
	{
		.model = { VMIG_ANY, NULL, 0 },
		.bus = { VMIG_LIST, buses, 2 },
		.type = { VMIG_LIST, NULL, 0 },
		.versions = { .given = true },
		.has_params = true,
	},
	/* A list of one is a list. */
	{
		.model = { VMIG_LIST, names, 1 },
		.bus = { VMIG_ANY, NULL, 0 },
		.has_capacity = true,
		.capacity = { .form = VMIG_SET, .values = values, .count = 1 },
	},
};

static const struct vmig_create create[] = {
	{ "aggregator", VMIG_FROM_CAPACITY, 2, 1, 4, NULL },
	{ .attribute = "migration/profile", .from = VMIG_FROM_PROFILE },
	{ .attribute = "n", .from = VMIG_FROM_PARAM, .param = "n" },
};

static const struct vmig_document full = {
	.scope = VMIG_SCOPE_TYPE,
	.gen = 7,
	.pool = { "pool0", 64, 2 },
	.self = {
		.abi = VMIG_ABI, .model = "example.org/m", .api = "vfio-pci",
		.bus = { true, 0x1d1d, 1 }, .type = "T 1",
		.version = { 1, 2, 3 }, .profile = "p1",
		.has_capacity = true, .capacity = 6,
		.features = tokens, .feature_count = 2,
		.params = params, .param_count = 3,
	},
	.profiles = { "p1", tokens, 2 },
	.create = create, .create_count = 3,
	.has_compatible = true, .entries = entries, .entry_count = 4,
};

static const char full_text[] =
	"{\"abi\":1,\"scope\":\"type\",\"gen\":7,"
	"\"pool\":{\"id\":\"pool0\",\"total\":64,\"units\":2},"
	"\"self\":{\"model\":\"example.org/m\",\"device_api\":\"vfio-pci\","
	"\"bus\":{\"pci\":{\"vendor\":\"1d1d\",\"device\":\"0001\"}},"
	"\"mdev_type\":\"T 1\",\"version\":\"1.2.3\",\"profile\":\"p1\","
	"\"capacity\":6,\"features\":[\"a\",\"b\"],"
	"\"params\":{\"n\":4,\"on\":true,\"at\":\"here\"}},"
	"\"profiles\":{\"default\":\"p1\",\"accepts\":[\"a\",\"b\"]},"
	"\"create\":{\"aggregator\":{\"capacity_div\":2,\"min\":1,\"max\":4},"
	"\"migration/profile\":\"profile\",\"n\":\"params.n\"},"
	"\"compatible\":[{},"
	"{\"model\":\"x/y\","
	"\"bus\":{\"pci\":{\"vendor\":\"8086\",\"device\":\"591d\"}},"
	"\"mdev_type\":[\"x/y\",\"x z\"],"
	"\"version\":{\"min\":\"1.2\",\"max\":\"3.4\"},"
	"\"capacity\":{\"min\":2,\"max\":8},"
	"\"features\":{\"all\":[\"a\"],\"any\":[\"a\",\"b\"],\"only\":[]},"
	"\"params\":{\"r\":4294967295,\"s\":[4294967295,false,\"t\"],"
	"\"t\":{\"min\":0,\"max\":7},\"u\":{\"min\":1},\"v\":{}},"
	"\"off\":{\"n\":4,\"on\":true,\"at\":\"here\"},"
	"\"when\":[{\"if\":{\"on\":false},\"then\":{\"r\":4294967295,"
	"\"s\":[4294967295,false,\"t\"]}},"
	"{\"if\":{\"n\":{\"max\":3}},\"then\":{}}],"
	"\"features.none\":true},"
	"{\"model\":\"*\","
	"\"bus\":[{\"pci\":{\"vendor\":\"8086\",\"device\":\"591d\"}},"
	"{\"pci\":{\"vendor\":\"000a\",\"device\":\"0000\"}}],"
	"\"mdev_type\":[],\"version\":{},\"params\":{}},"
	"{\"model\":[\"x/y\"],\"bus\":\"*\",\"capacity\":[4294967295]}]}\n";

static const struct vmig_document least = {
	.scope = VMIG_SCOPE_DEVICE,
	.self = { .abi = VMIG_ABI, .model = "m", .api = "a" },
};

static const char least_text[] =
	"{\"abi\":1,\"scope\":\"device\",\"gen\":0,\"self\":{\"model\":\"m\","
	"\"device_api\":\"a\",\"version\":\"0.0.0\",\"features\":[]}}\n";

static void assert_text(const struct vmig_document *document, const char *want)
{
	char text[VMIG_DOCUMENT_MAX];

	assert_int_equal(vmig_render(document, text, sizeof(text)),
			 strlen(want));
	assert_string_equal(text, want);
}

static void canonical_text(void **state)
{
	struct vmig_document none = least;

	(void)state;
	assert_text(&full, full_text);
	assert_text(&least, least_text);
	/* A list that is there and empty. */
	none.has_compatible = true;
	assert_text(&none, "{\"abi\":1,\"scope\":\"device\",\"gen\":0,"
		    "\"self\":{\"model\":\"m\",\"device_api\":\"a\","
		    "\"version\":\"0.0.0\",\"features\":[]},"
		    "\"compatible\":[]}\n");
}

static void it_loads_and_comes_out_again(void **state)
{
	struct loaded_document *copy = loaded(full_text, strlen(full_text));
	const struct vmig_document *document = loaded_document_get(copy);
	struct vmig_verdict a, b;

	(void)state;
	assert_text(document, full_text);
	vmig_check(&full.self, &full, &a);
	vmig_check(&full.self, document, &b);
	assert_true(same_verdict(&a, &b));
	vmig_check(&document->self, &full, &b);
	assert_true(same_verdict(&a, &b));
	loaded_document_free(copy);
}

static void too_small_a_buffer(void **state)
{
	const size_t length = strlen(full_text);
	size_t size;

	(void)state;
	for (size = 0; size <= length + 1; size++) {
		char *text = exact_copy(full_text, size);

		/* The zero byte needs room too. */
		assert_int_equal(vmig_render(&full, text, size),
				 size > length ? (int)length : -E2BIG);
		free(text);
	}
}

/* However much room there is. */
static void a_document_that_is_too_long(void **state)
{
	static char names_text[VMIG_CHOICES_MAX][VMIG_NAME_MAX + 1];
	const char *list[VMIG_CHOICES_MAX];
	struct vmig_entry entry = {
		.type = { VMIG_LIST, list, VMIG_CHOICES_MAX },
		.model = { VMIG_LIST, list, 0 },
	};
	struct vmig_document document = least;
	char text[2 * VMIG_DOCUMENT_MAX];
	int length;
	u32 i;

	(void)state;
	document.has_compatible = true;
	document.entries = &entry;
	document.entry_count = 1;
	for (i = 0; i < VMIG_CHOICES_MAX; i++) {
		memset(names_text[i], 'x', VMIG_NAME_MAX);
		list[i] = names_text[i];
	}
	length = vmig_render(&document, text, sizeof(text));
	assert_int_equal(length, -E2BIG);
	assert_true(vmig_render_max(&document) >= VMIG_DOCUMENT_MAX);
	/* Byte by byte down to the first that is short enough. */
	for (i = 0; length < 0; i++) {
		/* One character of each name is left. */
		names_text[i / (VMIG_NAME_MAX - 1)]
			  [VMIG_NAME_MAX - 1 - i % (VMIG_NAME_MAX - 1)] = '\0';
		length = vmig_render(&document, text, sizeof(text));
	}
	assert_int_equal(length, VMIG_DOCUMENT_MAX - 1);
	assert_int_equal(vmig_render(&document, text, VMIG_DOCUMENT_MAX),
			 length);
	loaded_document_free(loaded(text, length));
}

/* Change one thing after the other; it never becomes longer than that. */
static void the_longest_it_can_become(void **state)
{
	static const struct vmig_param long_params[] = {
		{ "n", INT(4294967295) }, { "on", BOOL(false) },
		{ "at", TOKEN("here") },
	};
	struct vmig_document document = full;
	const int most = vmig_render_max(&full);
	char text[VMIG_DOCUMENT_MAX];
	int before = strlen(full_text);

	(void)state;
	assert_true(most > before);
	document.gen = 4294967295;
	assert_int_equal(vmig_render(&document, text, sizeof(text)),
			 before + 9);
	document.self.capacity = 4294967295;
	document.self.version = (struct vmig_version){ 65535, 65535, 65535 };
	document.pool.total = 4294967295;
	document.pool.units = 4294967295;
	document.self.params = long_params;
	before = vmig_render(&document, text, sizeof(text));
	assert_true(before > 0 && before <= most);
	/* Where all is at its longest, there is nothing to add. */
	document = least;
	document.gen = 4294967295;
	document.self.abi = 4294967295;
	document.self.version = (struct vmig_version){ 65535, 65535, 65535 };
	document.self.params = long_params;
	document.self.param_count = 3;
	assert_int_equal(vmig_render(&document, text, sizeof(text)),
			 vmig_render_max(&document));
}

static void the_longest_profile(void **state)
{
	static const char * const accepts[] = { "p1", "a_long_one", "p2" };
	struct vmig_document document = least;
	char text[VMIG_DOCUMENT_MAX];
	int most, length;

	(void)state;
	document.self.profile = "p1";
	most = vmig_render_max(&document);
	document.profiles = (struct vmig_profiles){ "p1", accepts, 3 };
	length = strlen(",\"profiles\":{\"default\":\"p1\",\"accepts\":"
			"[\"p1\",\"a_long_one\",\"p2\"]}");
	assert_int_equal(vmig_render_max(&document),
			 most + length + strlen("a_long_one") - strlen("p1"));
	assert_true(vmig_render(&document, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\"profile\":\"p1\""));
}

static void characters_that_would_need_escapes(void **state)
{
	static const char * const bad[] = {
		"\"", "\\", "a\nb", "\t", "\x7f", "\x80", "\xc3\xa4", "\x1f",
	};
	char text[VMIG_DOCUMENT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct vmig_create made = { .attribute = bad[i],
					    .from = VMIG_FROM_PROFILE };
		struct vmig_document document = least;

		document.self.model = bad[i];
		assert_int_equal(vmig_render(&document, text, sizeof(text)),
				 -EINVAL);
		assert_int_equal(vmig_render_max(&document), -EINVAL);
		document.self.model = "m";
		document.self.features = &bad[i];
		document.self.feature_count = 1;
		assert_int_equal(vmig_render(&document, text, sizeof(text)),
				 -EINVAL);
		document.self.feature_count = 0;
		document.create = &made;
		document.create_count = 1;
		assert_int_equal(vmig_render(&document, text, sizeof(text)),
				 -EINVAL);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(canonical_text),
	cmocka_unit_test(it_loads_and_comes_out_again),
	cmocka_unit_test(too_small_a_buffer),
	cmocka_unit_test(a_document_that_is_too_long),
	cmocka_unit_test(the_longest_it_can_become),
	cmocka_unit_test(the_longest_profile),
	cmocka_unit_test(characters_that_would_need_escapes),
};

UNIT_MAIN(tests)
