// SPDX-License-Identifier: GPL-2.0
#include <uapi/linux/vmig.h>

#include "unit.h"
#include "dice.h"
#include "selfline.h"

#define FULL_LINE	"abi=1;model=vmig.example/mcopy;api=vfio-pci;"	\
			"pci.vendor=1234;pci.device=6d63;type=mcopy-16;"\
			"ver=1.2.3;capacity=16"
/* As short as one can be, and what a parse of it must start with. */
#define LEAST		"abi=1;model=m;api=a;ver=0.0.0"
#define ROUNDS		2000

static const struct vmig_self full = {
	.model = "vmig.example/mcopy",
	.api = "vfio-pci",
	.has_pci = true,
	.pci_vendor = 0x1234,
	.pci_device = 0x6d63,
	.type = "mcopy-16",
	.major = 1,
	.minor = 2,
	.fix = 3,
	.has_capacity = true,
	.capacity = 16,
};

static void assert_same(const struct vmig_self *a, const struct vmig_self *b)
{
	assert_string_equal(a->model, b->model);
	assert_string_equal(a->api, b->api);
	assert_int_equal(a->has_pci, b->has_pci);
	assert_int_equal(a->pci_vendor, b->pci_vendor);
	assert_int_equal(a->pci_device, b->pci_device);
	assert_string_equal(a->type, b->type);
	assert_int_equal(a->major, b->major);
	assert_int_equal(a->minor, b->minor);
	assert_int_equal(a->fix, b->fix);
	assert_int_equal(a->has_capacity, b->has_capacity);
	assert_int_equal(a->capacity, b->capacity);
	assert_string_equal(a->feature, b->feature);
	assert_string_equal(a->param, b->param);
}

/* From a buffer that ends with the line's last byte. */
static enum vmig_reason parse(struct vmig_self *self, const char *line,
			      size_t length, const char **field)
{
	char *copy = exact_copy(line, length);
	enum vmig_reason reason;

	/* What was there before must not shine through. */
	memset(self, 0x5a, sizeof(*self));
	*field = "untouched";
	reason = vmig_self_parse(self, copy, length, field);
	free(copy);
	return reason;
}

static struct vmig_self parsed(const char *line)
{
	struct vmig_self self;
	const char *field;
	enum vmig_reason reason = parse(&self, line, strlen(line), &field);

	if (reason)
		fail_msg("%s: %s at %s", line, vmig_reason_name(reason), field);
	assert_null(field);
	return self;
}

static void assert_bad(const char *line, enum vmig_reason want,
		       const char *want_field)
{
	struct vmig_self self;
	const char *field;
	enum vmig_reason reason = parse(&self, line, strlen(line), &field);

	if (reason != want)
		fail_msg("%s: %s, not %s", line, vmig_reason_name(reason),
			 vmig_reason_name(want));
	if (!field || strcmp(field, want_field))
		fail_msg("%s: field %s, not %s", line, field, want_field);
}

static void assert_malformed(const char *line, const char *field)
{
	assert_bad(line, VMIG_REASON_MALFORMED, field);
}

static void canonical_text(void **state)
{
	struct vmig_self self = full;
	char line[VMIG_SELF_MAX];

	(void)state;
	assert_int_equal(vmig_self_format(&self, line, sizeof(line)),
			 strlen(FULL_LINE));
	assert_string_equal(line, FULL_LINE);

	self.has_capacity = false;
	self.type[0] = '\0';
	self.has_pci = false;
	vmig_self_format(&self, line, sizeof(line));
	assert_string_equal(line,
			    "abi=1;model=vmig.example/mcopy;api=vfio-pci;ver=1.2.3");

	self = full;
	self.pci_vendor = 0xa;
	self.pci_device = 0;
	self.capacity = 0;
	vmig_self_format(&self, line, sizeof(line));
	assert_non_null(strstr(line, ";pci.vendor=000a;pci.device=0000;"));
	assert_non_null(strstr(line, ";capacity=0"));
}

/* A device that states features is not one of ours: see selfline.h. */
static void features_and_params_are_not_written(void **state)
{
	struct vmig_self self = full;
	char line[VMIG_SELF_MAX];

	(void)state;
	strcpy(self.feature, "rss");
	strcpy(self.param, "num_queues");
	vmig_self_format(&self, line, sizeof(line));
	assert_string_equal(line, FULL_LINE);
}

static struct vmig_self longest(void)
{
	struct vmig_self self = {
		.has_pci = true, .pci_vendor = 0xffff, .pci_device = 0xffff,
		.major = 0xffff, .minor = 0xffff, .fix = 0xffff,
		.has_capacity = true, .capacity = 0xffffffff,
	};

	memset(self.model, 'm', sizeof(self.model) - 1);
	memset(self.api, 'a', sizeof(self.api) - 1);
	memset(self.type, 't', sizeof(self.type) - 1);
	return self;
}

static void the_longest_line_fits_a_record(void **state)
{
	const struct vmig_self self = longest();
	struct vmig_self back;
	char line[VMIG_SELF_MAX];

	(void)state;
	assert_true(vmig_self_format(&self, line, sizeof(line)) > 0);
	back = parsed(line);
	assert_same(&back, &self);
}

static void too_small_a_buffer(void **state)
{
	const struct vmig_self selves[] = { full, longest() };
	char whole[VMIG_SELF_MAX];
	size_t i, size;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(selves); i++) {
		int length = vmig_self_format(&selves[i], whole, sizeof(whole));

		for (size = 0; size <= (size_t)length + 1; size++) {
			char *line = exact_copy(whole, size);
			int got = vmig_self_format(&selves[i], line, size);

			/* The zero byte needs room too. */
			assert_int_equal(got, size > (size_t)length ?
					 length : -E2BIG);
			free(line);
		}
	}
}

static void parses_what_the_header_documents(void **state)
{
	struct vmig_self self = parsed(FULL_LINE);

	(void)state;
	assert_same(&self, &full);
	self = parsed(LEAST);
	assert_same(&self, &(struct vmig_self){ .model = "m", .api = "a" });
}

static void keys_come_in_any_order_after_abi(void **state)
{
	struct vmig_self self =
		parsed("abi=1;capacity=16;ver=1.2.3;pci.device=6d63;"
		       "type=mcopy-16;api=vfio-pci;pci.vendor=1234;"
		       "model=vmig.example/mcopy");

	(void)state;
	assert_same(&self, &full);
	assert_malformed("model=m;abi=1;api=a;ver=0.0.0", "abi");
}

static void random_token(struct dice *dice, char *text, size_t size)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCXYZ0123456789 ,./_-+=~!";
	size_t i, length = 1 + dice_roll(dice, size - 1);

	for (i = 0; i < length; i++)
		text[i] = letters[dice_roll(dice, sizeof(letters) - 1)];
	text[length] = '\0';
}

static struct vmig_self random_self(struct dice *dice)
{
	struct vmig_self self = {
		.has_pci = dice_roll(dice, 2),
		.major = dice_roll(dice, 0x10000),
		.minor = dice_roll(dice, 0x10000),
		.fix = dice_roll(dice, 0x10000),
		.has_capacity = dice_roll(dice, 2),
	};

	random_token(dice, self.model, sizeof(self.model));
	random_token(dice, self.api, sizeof(self.api));
	if (dice_roll(dice, 2))
		random_token(dice, self.type, sizeof(self.type));
	if (self.has_pci) {
		self.pci_vendor = dice_roll(dice, 0x10000);
		self.pci_device = dice_roll(dice, 0x10000);
	}
	if (self.has_capacity)
		self.capacity = dice_roll(dice, 1ULL << 32);
	return self;
}

static void round_trip(void **state)
{
	struct dice dice;
	unsigned int i;

	(void)state;
	dice_seed(&dice);
	for (i = 0; i < ROUNDS; i++) {
		struct vmig_self self = random_self(&dice), back;
		char line[VMIG_SELF_MAX], again[VMIG_SELF_MAX];

		assert_true(vmig_self_format(&self, line, sizeof(line)) > 0);
		back = parsed(line);
		assert_same(&back, &self);
		vmig_self_format(&back, again, sizeof(again));
		assert_string_equal(again, line);
	}
}

static void abi_is_first_and_is_one(void **state)
{
	static const char rest[] = ";model=m;api=a;ver=0.0.0";
	static const struct {
		const char *abi;
		enum vmig_reason reason;
	} cases[] = {
		{ "abi=0", VMIG_REASON_GRAMMAR_UNSUPPORTED },
		{ "abi=2", VMIG_REASON_GRAMMAR_UNSUPPORTED },
		{ "abi=10", VMIG_REASON_GRAMMAR_UNSUPPORTED },
		{ "abi=4294967295", VMIG_REASON_GRAMMAR_UNSUPPORTED },
		{ "abi=4294967296", VMIG_REASON_MALFORMED },
		{ "abi=18446744073709551617", VMIG_REASON_MALFORMED },
		{ "abi=", VMIG_REASON_MALFORMED },
		{ "abi", VMIG_REASON_MALFORMED },
		{ "abi=-1", VMIG_REASON_MALFORMED },
		{ "abi=+1", VMIG_REASON_MALFORMED },
		{ "abi= 1", VMIG_REASON_MALFORMED },
		{ "abi=1 ", VMIG_REASON_MALFORMED },
		{ "abi=1=1", VMIG_REASON_MALFORMED },
		{ "abi=a", VMIG_REASON_MALFORMED },
		{ "ABI=1", VMIG_REASON_MALFORMED },
		{ " abi=1", VMIG_REASON_MALFORMED },
		{ "ab=1", VMIG_REASON_MALFORMED },
		{ "abi2=1", VMIG_REASON_MALFORMED },
		{ "=1", VMIG_REASON_MALFORMED },
		{ "", VMIG_REASON_MALFORMED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char line[128];

		snprintf(line, sizeof(line), "%s%s", cases[i].abi, rest);
		assert_bad(line, cases[i].reason, "abi");
	}
	assert_malformed("", "abi");
	assert_malformed("abi", "abi");
	assert_malformed("abi=", "abi");
}

/* Another grammar may have other keys: only the number is judged. */
static void another_abi_may_look_any_way(void **state)
{
	(void)state;
	assert_bad("abi=2", VMIG_REASON_GRAMMAR_UNSUPPORTED, "abi");
	assert_bad("abi=2;model=", VMIG_REASON_GRAMMAR_UNSUPPORTED, "abi");
}

static void required_keys(void **state)
{
	(void)state;
	assert_malformed("abi=1", "model");
	assert_malformed("abi=1;", "model");
	assert_malformed("abi=1;api=a;ver=0.0.0", "model");
	assert_malformed("abi=1;model=m;ver=0.0.0", "api");
	assert_malformed("abi=1;model=m;api=a", "ver");
	assert_malformed("abi=1;Model=m;api=a;ver=0.0.0", "model");
	assert_malformed("abi=1;mode=m;api=a;ver=0.0.0", "model");
	assert_malformed("abi=1;modelx=m;api=a;ver=0.0.0", "model");
	assert_malformed("abi=1; model=m;api=a;ver=0.0.0", "model");
}

static void a_key_comes_once(void **state)
{
	(void)state;
	assert_malformed(LEAST ";abi=1", "abi");
	assert_malformed("abi=1;abi=2;model=m;api=a;ver=0.0.0", "abi");
	assert_malformed(LEAST ";model=m", "model");
	assert_malformed(LEAST ";api=a", "api");
	assert_malformed(LEAST ";ver=0.0.0", "ver");
	assert_malformed(LEAST ";type=t;type=t", "type");
	assert_malformed(LEAST ";capacity=1;capacity=1", "capacity");
	assert_malformed(LEAST ";feat=a;feat=a", "feat");
	assert_malformed(LEAST ";feat=;feat=a", "feat");
	assert_malformed(LEAST ";pci.vendor=1;pci.device=2;pci.vendor=1",
			 "pci.vendor");
	assert_malformed(LEAST ";pci.vendor=1;pci.device=2;pci.device=2",
			 "pci.device");
}

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
	assert_int_equal(self.major, 65535);
	assert_int_equal(self.minor, 65534);
	assert_int_equal(self.fix, 65533);
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
	assert_true(self.has_pci);
	assert_int_equal(self.pci_vendor, 0xffff);
	assert_int_equal(self.pci_device, 0x0a9f);
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

/* Room for the zero byte is part of each size. */
static void text_lengths(void **state)
{
	static const struct {
		const char *key;
		const char *format;
		size_t size;
	} texts[] = {
		{ "model", "abi=1;model=%s;api=a;ver=0.0.0", VMIG_SELF_NAME },
		{ "api", "abi=1;model=m;api=%s;ver=0.0.0", VMIG_SELF_TOKEN },
		{ "type", LEAST ";type=%s", VMIG_SELF_NAME },
		{ "feat", LEAST ";feat=%s", VMIG_SELF_TOKEN },
		{ "feat", LEAST ";feat=%s,more", VMIG_SELF_TOKEN },
		{ "p", LEAST ";p.%s=1", VMIG_SELF_TOKEN },
	};
	char text[300], line[400];
	size_t i, length;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		for (length = 1; length < sizeof(text); length++) {
			memset(text, 'x', length);
			text[length] = '\0';
			snprintf(line, sizeof(line), texts[i].format, text);
			if (length < texts[i].size)
				parsed(line);
			else
				assert_malformed(line, texts[i].key);
		}
	}
	assert_malformed("abi=1;model=;api=a;ver=0.0.0", "model");
	assert_malformed("abi=1;model=m;api=;ver=0.0.0", "api");
	assert_malformed("abi=1;model=m;api;ver=0.0.0", "api");
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
		parsed("abi=1;profile=p1;model=vmig.example/mcopy;x=;"
		       "api=vfio-pci;pci.vendor=1234;pci.device=6d63;"
		       "pci.revision=1;type=mcopy-16;pp.x=1;P.x=1;"
		       "ver=1.2.3;capacity=16;later=a=b,c;later=a;feature=z;p=1");

	(void)state;
	assert_same(&self, &full);
}

static void features_are_remembered(void **state)
{
	struct vmig_self self = parsed(LEAST ";feat=rss,tso");

	(void)state;
	assert_string_equal(self.feature, "rss");
	self = parsed(LEAST ";feat=rss");
	assert_string_equal(self.feature, "rss");
	self = parsed(LEAST ";feat=");
	assert_string_equal(self.feature, "");
	assert_malformed(LEAST ";feat=,tso", "feat");
}

static void params_are_remembered(void **state)
{
	struct vmig_self self = parsed(LEAST ";p.num_queues=4;p.rss=1");

	(void)state;
	assert_string_equal(self.param, "num_queues");
	self = parsed(LEAST ";p.x");
	assert_string_equal(self.param, "x");
	self = parsed("abi=1;p.y=;model=m;api=a;ver=0.0.0");
	assert_string_equal(self.param, "y");
	/* One without a name can't be reported, so it can't be skipped. */
	assert_malformed(LEAST ";p.=4", "p");
	assert_malformed(LEAST ";p.", "p");
}

/* Whatever the bytes: a known answer, and texts that can be shown. */
static void assert_sane(const char *line, size_t length)
{
	struct vmig_self self;
	const char *field;
	enum vmig_reason reason = parse(&self, line, length, &field);

	if (reason == VMIG_REASON_NONE) {
		assert_null(field);
		assert_true(self.model[0] && self.api[0]);
	} else {
		assert_non_null(field);
		assert_string_not_equal(field, "untouched");
		assert_true(reason == VMIG_REASON_MALFORMED ||
			    reason == VMIG_REASON_GRAMMAR_UNSUPPORTED);
	}
	assert_non_null(memchr(self.model, 0, sizeof(self.model)));
	assert_non_null(memchr(self.api, 0, sizeof(self.api)));
	assert_non_null(memchr(self.type, 0, sizeof(self.type)));
	assert_non_null(memchr(self.feature, 0, sizeof(self.feature)));
	assert_non_null(memchr(self.param, 0, sizeof(self.param)));
}

static void every_prefix_and_every_changed_byte(void **state)
{
	static const char whole[] = FULL_LINE ";feat=a,b;p.num_queues=4";
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
	cmocka_unit_test(canonical_text),
	cmocka_unit_test(features_and_params_are_not_written),
	cmocka_unit_test(the_longest_line_fits_a_record),
	cmocka_unit_test(too_small_a_buffer),
	cmocka_unit_test(parses_what_the_header_documents),
	cmocka_unit_test(keys_come_in_any_order_after_abi),
	cmocka_unit_test(round_trip),
	cmocka_unit_test(abi_is_first_and_is_one),
	cmocka_unit_test(another_abi_may_look_any_way),
	cmocka_unit_test(required_keys),
	cmocka_unit_test(a_key_comes_once),
	cmocka_unit_test(versions),
	cmocka_unit_test(capacities),
	cmocka_unit_test(bus_ids),
	cmocka_unit_test(text_lengths),
	cmocka_unit_test(every_byte_is_printable),
	cmocka_unit_test(unknown_keys_are_skipped),
	cmocka_unit_test(features_are_remembered),
	cmocka_unit_test(params_are_remembered),
	cmocka_unit_test(every_prefix_and_every_changed_byte),
};

UNIT_MAIN(tests)
