// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "dice.h"
#include "line.h"
#include "same.h"

#define ROUNDS		2000

static void canonical_text(void **state)
{
	struct vmig_self self = full;
	char line[VMIG_SELF_MAX + 1];

	(void)state;
	assert_int_equal(vmig_self_format(&self, line, sizeof(line)),
			 strlen(FULL_LINE));
	assert_string_equal(line, FULL_LINE);

	assert_int_equal(vmig_self_format(&plain, line, sizeof(line)),
			 strlen(PLAIN_LINE));
	assert_string_equal(line, PLAIN_LINE);

	self = plain;
	self.has_capacity = false;
	self.type = NULL;
	self.bus.given = false;
	vmig_self_format(&self, line, sizeof(line));
	assert_string_equal(line,
			    "abi=1;model=vmig.example/mcopy;api=vfio-pci;ver=1.2.3");
	self.api = NULL;
	vmig_self_format(&self, line, sizeof(line));
	assert_string_equal(line, "abi=1;model=vmig.example/mcopy;ver=1.2.3");

	self = full;
	self.bus.vendor = 0xa;
	self.bus.device = 0;
	self.capacity = 0;
	vmig_self_format(&self, line, sizeof(line));
	assert_non_null(strstr(line, ";pci.vendor=000a;pci.device=0000;"));
	assert_non_null(strstr(line, ";capacity=0;"));
}

/* What a driver without features and profiles can have at most. */
static struct vmig_self longest(void)
{
	static char model[VMIG_NAME_MAX + 1], type[VMIG_NAME_MAX + 1];
	static char api[VMIG_NAME_MAX + 1];

	memset(model, 'm', VMIG_NAME_MAX);
	memset(api, 'a', VMIG_NAME_MAX);
	memset(type, 't', VMIG_NAME_MAX);
	return (struct vmig_self){
		.abi = VMIG_ABI, .model = model, .api = api, .type = type,
		.bus = { true, 0xffff, 0xffff },
		.version = { 0xffff, 0xffff, 0xffff },
		.has_capacity = true, .capacity = 0xffffffff,
	};
}

static void the_longest_line_fits_a_record(void **state)
{
	const struct vmig_self self = longest();
	struct vmig_self back;
	char line[VMIG_SELF_MAX + 1];

	(void)state;
	assert_true(vmig_self_format(&self, line, sizeof(line)) > 0);
	back = parsed(line);
	assert_same_self(&back, &self);
}

/* Exactly as long as a record can be, and one longer. */
static void a_line_longer_than_a_record(void **state)
{
	const struct vmig_self start = longest();
	char line[VMIG_SELF_MAX + 100], token[VMIG_TOKEN_MAX + 1];
	struct vmig_param some[VMIG_PARAMS_MAX];
	char names[VMIG_PARAMS_MAX][8];
	struct vmig_self self = start;
	unsigned int i;
	int length;

	(void)state;
	memset(token, 't', VMIG_TOKEN_MAX);
	token[VMIG_TOKEN_MAX] = '\0';
	self.params = some;
	for (i = 0; i < VMIG_PARAMS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "p%u", i);
		some[i].name = names[i];
		some[i].value.type = VMIG_VALUE_TOKEN;
		some[i].value.token = token;
		self.param_count = i + 1;
		length = vmig_self_format(&self, line, sizeof(line));
		if (length < 0)
			break;
	}
	assert_int_equal(length, -E2BIG);
	for (token[0] = 'x', i = VMIG_TOKEN_MAX; i && length < 0; i--) {
		token[i - 1] = '\0';
		length = vmig_self_format(&self, line, sizeof(line));
	}
	assert_true(length > VMIG_SELF_MAX - VMIG_PARAMS_MAX);
	assert_int_equal(strlen(line), length);
	parsed(line);
	memset(line + length, ';', VMIG_SELF_MAX - length);
	line[VMIG_SELF_MAX] = '\0';
	parsed(line);
	strcat(line, ";");
	assert_malformed(line, "abi");
}

static void too_small_a_buffer(void **state)
{
	const struct vmig_self selves[] = { plain, full, longest() };
	char whole[VMIG_SELF_MAX + 1];
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
	struct vmig_self least = { .abi = 1, .model = "m", .api = "a" };
	struct vmig_self self = parsed(FULL_LINE);

	(void)state;
	assert_same_self(&self, &full);
	self = parsed(PLAIN_LINE);
	assert_same_self(&self, &plain);
	self = parsed(LEAST);
	assert_same_self(&self, &least);
	least.api = NULL;
	self = parsed("abi=1;model=m;ver=0.0.0");
	assert_same_self(&self, &least);
}

static void keys_come_in_any_order_after_abi(void **state)
{
	struct vmig_self self =
		parsed("abi=1;p.num_queues=4;capacity=16;p.rss=true;ver=1.2.3;"
		       "pci.device=6d63;feat=rss,b_2;type=mcopy-16;p.x=false;"
		       "api=vfio-pci;pci.vendor=1234;p.remote=nqn_a;"
		       "profile=p1;model=vmig.example/mcopy");

	(void)state;
	assert_same_self(&self, &full);
	assert_malformed("model=m;abi=1;api=a;ver=0.0.0", "abi");
}

static void random_text(struct dice *dice, char *text, size_t size)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCXYZ0123456789 ,./_-+=~!";
	size_t i, length = 1 + dice_roll(dice, size - 1);

	for (i = 0; i < length; i++)
		text[i] = letters[dice_roll(dice, sizeof(letters) - 1)];
	text[length] = '\0';
}

/* Different for each number; starts with a letter. */
static const char *random_token(struct dice *dice, char *text,
				unsigned int number)
{
	static const char letters[] = "abcxyz0123456789_";
	size_t i, length = 3 + dice_roll(dice, 6);

	text[0] = 'a' + number;
	for (i = 1; i < length; i++)
		text[i] = letters[dice_roll(dice, sizeof(letters) - 1)];
	text[length] = '\0';
	return text;
}

#define SOME	8

/* With the texts that it points to, so it must stay where it is. */
struct random {
	struct vmig_self self;
	char model[64], api[64], type[64], profile[16];
	char texts[3 * SOME][16];
	const char *features[SOME];
	struct vmig_param params[SOME];
};

static void random_lists(struct dice *dice, struct random *random)
{
	struct vmig_self *self = &random->self;
	char (*text)[16] = random->texts;
	unsigned int i;

	self->features = random->features;
	self->feature_count = dice_roll(dice, SOME + 1);
	for (i = 0; i < self->feature_count; i++) {
		random_token(dice, *text, i);
		random->features[i] = *text++;
	}
	self->params = random->params;
	self->param_count = dice_roll(dice, SOME + 1);
	for (i = 0; i < self->param_count; i++) {
		struct vmig_value *value = &random->params[i].value;

		random_token(dice, *text, i);
		random->params[i].name = *text++;
		value->type = dice_roll(dice, 3);
		if (value->type == VMIG_VALUE_INT)
			value->number = dice_roll(dice, 1ULL << 32);
		else if (value->type == VMIG_VALUE_BOOL)
			value->flag = dice_roll(dice, 2);
		else
			value->token = random_token(dice, *text++, i);
	}
}

static void random_self(struct dice *dice, struct random *random)
{
	struct vmig_self *self = &random->self;

	*self = (struct vmig_self){
		.abi = VMIG_ABI,
		.version.major = dice_roll(dice, 0x10000),
		.version.minor = dice_roll(dice, 0x10000),
		.version.fix = dice_roll(dice, 0x10000),
		.has_capacity = dice_roll(dice, 2),
	};
	random_text(dice, random->model, sizeof(random->model));
	self->model = random->model;
	random_text(dice, random->api, sizeof(random->api));
	if (dice_roll(dice, 4))
		self->api = random->api;
	random_text(dice, random->type, sizeof(random->type));
	if (dice_roll(dice, 2))
		self->type = random->type;
	random_token(dice, random->profile, 0);
	if (dice_roll(dice, 2))
		self->profile = random->profile;
	if (dice_roll(dice, 2))
		self->bus = (struct vmig_bus){ true, dice_roll(dice, 0x10000),
					       dice_roll(dice, 0x10000) };
	if (self->has_capacity)
		self->capacity = dice_roll(dice, 1ULL << 32);
	random_lists(dice, random);
}

static void round_trip(void **state)
{
	unsigned int i, passed = 0;
	struct dice dice;

	(void)state;
	dice_seed(&dice);
	for (i = 0; i < ROUNDS; i++) {
		char line[VMIG_SELF_MAX + 1], again[VMIG_SELF_MAX + 1];
		struct random random;
		struct vmig_self back;

		random_self(&dice, &random);
		if (vmig_self_format(&random.self, line, sizeof(line)) < 0)
			continue;
		passed++;
		back = parsed(line);
		assert_same_self(&back, &random.self);
		vmig_self_format(&back, again, sizeof(again));
		assert_string_equal(again, line);
	}
	assert_true(passed > ROUNDS / 2);
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
	assert_malformed(LEAST ";pci.vendor=1", "pci.device");
	assert_malformed(LEAST ";pci.device=1", "pci.vendor");
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
	assert_malformed(LEAST ";profile=p;profile=p", "profile");
	assert_malformed(LEAST ";p.a=1;p.b=1;p.a=1", "p");
	assert_malformed(LEAST ";capacity=1;capacity=1", "capacity");
	assert_malformed(LEAST ";feat=a;feat=a", "feat");
	assert_malformed(LEAST ";feat=;feat=a", "feat");
	assert_malformed(LEAST ";pci.vendor=1;pci.device=2;pci.vendor=1",
			 "pci.vendor");
	assert_malformed(LEAST ";pci.vendor=1;pci.device=2;pci.device=2",
			 "pci.device");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(canonical_text),
	cmocka_unit_test(the_longest_line_fits_a_record),
	cmocka_unit_test(a_line_longer_than_a_record),
	cmocka_unit_test(too_small_a_buffer),
	cmocka_unit_test(parses_what_the_header_documents),
	cmocka_unit_test(keys_come_in_any_order_after_abi),
	cmocka_unit_test(round_trip),
	cmocka_unit_test(abi_is_first_and_is_one),
	cmocka_unit_test(another_abi_may_look_any_way),
	cmocka_unit_test(required_keys),
	cmocka_unit_test(a_key_comes_once),
};

UNIT_MAIN(tests)
