// SPDX-License-Identifier: GPL-2.0
/* A document without entries: what the target is decides what it takes. */
#include "unit.h"
#include "match.h"
#include "selfline.h"

static const struct vmig_self base = {
	.abi = VMIG_ABI,
	.model = "vmig.example/mcopy",
	.api = "vfio-pci",
	.bus = { true, 0x1234, 0x6d63 },
	.type = "mcopy-16",
	.version = { 2, 5, 1 },
	.has_capacity = true,
	.capacity = 16,
};

static const char * const rss[] = { "rss" };

static const struct vmig_param queues[] = {
	{ "num_queues", { .type = VMIG_VALUE_INT, .number = 1 } },
};

static const struct vmig_param more_queues[] = {
	{ "num_queues", { .type = VMIG_VALUE_INT, .number = 2 } },
};

/* Not the same as the number. */
static const struct vmig_param flag[] = {
	{ "num_queues", { .type = VMIG_VALUE_BOOL, .flag = true } },
};

static void assert_match(const struct vmig_self *source,
			 const struct vmig_self *target,
			 enum vmig_reason want, const char *want_field)
{
	const struct vmig_document document = {
		.scope = VMIG_SCOPE_DEVICE,
		.self = *target,
	};
	struct vmig_verdict verdict;

	vmig_check(source, &document, &verdict);
	assert_int_equal(verdict.outcome, want ? VMIG_INCOMPATIBLE :
						 VMIG_COMPATIBLE);
	assert_string_equal(vmig_reason_name(verdict.finding.reason),
			    vmig_reason_name(want));
	if (want_field)
		assert_string_equal(verdict.finding.field, want_field);
	else
		assert_null(verdict.finding.field);
}

/* Different in one way: refused like this in both directions. */
static void assert_differ(const struct vmig_self *a, const struct vmig_self *b,
			  enum vmig_reason want, const char *field)
{
	assert_match(a, b, want, field);
	assert_match(b, a, want, field);
}

static void reflexive(void **state)
{
	struct vmig_self self = base;

	(void)state;
	assert_match(&base, &base, VMIG_REASON_NONE, NULL);
	self.bus.given = false;
	assert_match(&self, &self, VMIG_REASON_NONE, NULL);
	self.has_capacity = false;
	assert_match(&self, &self, VMIG_REASON_NONE, NULL);
	self.type = NULL;
	assert_match(&self, &self, VMIG_REASON_NONE, NULL);
}

static void api(void **state)
{
	struct vmig_self other = base;

	(void)state;
	other.api = "vfio-ccw";
	assert_differ(&base, &other, VMIG_REASON_API_MISMATCH, "device_api");
	other.api = "vfio-pci2";
	assert_differ(&base, &other, VMIG_REASON_API_MISMATCH, "device_api");
	other.api = NULL;
	assert_differ(&base, &other, VMIG_REASON_API_MISMATCH, "device_api");
	assert_match(&other, &other, VMIG_REASON_NONE, NULL);
}

static void model(void **state)
{
	struct vmig_self other = base;

	(void)state;
	other.model = "vmig.example/other";
	assert_differ(&base, &other, VMIG_REASON_MODEL_MISMATCH, "model");
	other.model = "vmig.example/mcop";
	assert_differ(&base, &other, VMIG_REASON_MODEL_MISMATCH, "model");
}

static void bus_ids(void **state)
{
	struct vmig_self other = base;

	(void)state;
	other.bus.vendor++;
	assert_differ(&base, &other, VMIG_REASON_BUS_ID_MISMATCH, "bus");
	other = base;
	other.bus.device++;
	assert_differ(&base, &other, VMIG_REASON_BUS_ID_MISMATCH, "bus");
	other = base;
	other.bus.given = false;
	assert_differ(&base, &other, VMIG_REASON_BUS_ID_MISMATCH, "bus");
	/* One that is on a bus with id 0 is not one that is on none. */
	other = base;
	other.bus.vendor = 0;
	other.bus.device = 0;
	assert_differ(&base, &other, VMIG_REASON_BUS_ID_MISMATCH, "bus");
}

static void type(void **state)
{
	struct vmig_self other = base;

	(void)state;
	other.type = "mcopy-64";
	assert_differ(&base, &other, VMIG_REASON_TYPE_NOT_ACCEPTED, "mdev_type");
	other.type = NULL;
	assert_differ(&base, &other, VMIG_REASON_TYPE_NOT_ACCEPTED, "mdev_type");
}

static void major_version(void **state)
{
	struct vmig_self other = base;

	(void)state;
	other.version.major++;
	assert_differ(&base, &other, VMIG_REASON_VERSION_MAJOR, "version");
	/* A lower minor version does not make up for it. */
	other.version.minor = 0;
	assert_differ(&base, &other, VMIG_REASON_VERSION_MAJOR, "version");
}

static void minor_version_goes_up_only(void **state)
{
	struct vmig_self newer = base;

	(void)state;
	newer.version.minor++;
	assert_match(&base, &newer, VMIG_REASON_NONE, NULL);
	assert_match(&newer, &base, VMIG_REASON_VERSION_TOO_NEW, "version");
	newer.version.minor = 0xffff;
	assert_match(&base, &newer, VMIG_REASON_NONE, NULL);
	assert_match(&newer, &base, VMIG_REASON_VERSION_TOO_NEW, "version");
}

static void fix_version_is_never_compared(void **state)
{
	struct vmig_self other = base;

	(void)state;
	other.version.fix = 0xffff;
	assert_match(&base, &other, VMIG_REASON_NONE, NULL);
	assert_match(&other, &base, VMIG_REASON_NONE, NULL);
}

static void capacity(void **state)
{
	struct vmig_self other = base, neither = base;

	(void)state;
	other.capacity++;
	assert_differ(&base, &other, VMIG_REASON_CAPACITY_MISMATCH, "capacity");
	other = base;
	other.has_capacity = false;
	other.capacity = 0;
	assert_differ(&base, &other, VMIG_REASON_CAPACITY_MISMATCH, "capacity");
	/* None is not 0. */
	neither.capacity = 0;
	assert_differ(&neither, &other, VMIG_REASON_CAPACITY_MISMATCH,
		      "capacity");
}

/* What is not given is not compared, whatever stands in its place. */
static void absent_values_are_not_compared(void **state)
{
	struct vmig_self a = base, b = base;

	(void)state;
	a.has_capacity = false;
	b.has_capacity = false;
	b.capacity++;
	a.bus.given = false;
	b.bus.given = false;
	b.bus.vendor++;
	b.bus.device++;
	assert_match(&a, &b, VMIG_REASON_NONE, NULL);
}

static void a_feature_of_the_source(void **state)
{
	struct vmig_self other = base;

	(void)state;
	other.features = rss;
	other.feature_count = 1;
	assert_match(&other, &base, VMIG_REASON_FEATURE_UNSUPPORTED, "rss");
	assert_match(&base, &other, VMIG_REASON_NONE, NULL);
}

static void a_parameter_of_the_source(void **state)
{
	struct vmig_self other = base, more;

	(void)state;
	other.params = queues;
	other.param_count = 1;
	assert_match(&other, &other, VMIG_REASON_NONE, NULL);
	assert_match(&other, &base, VMIG_REASON_PARAM_UNKNOWN, "num_queues");
	assert_match(&base, &other, VMIG_REASON_PARAM_MISSING, "num_queues");
	more = other;
	more.params = more_queues;
	assert_differ(&more, &other, VMIG_REASON_PARAM_VALUE, "num_queues");
	more.params = flag;
	assert_differ(&more, &other, VMIG_REASON_PARAM_VALUE, "num_queues");
}

/*
 * Everything is wrong with the source; then one thing after the other is put
 * right, and each time the next in the order of precedence is the answer.
 */
static void precedence(void **state)
{
	struct vmig_self source = {
		.model = "other", .api = "other", .type = "other",
		.version = { 3, 6, 0 },
		.features = rss, .feature_count = 1,
		.params = queues, .param_count = 1,
	};

	(void)state;
	assert_match(&source, &base, VMIG_REASON_GRAMMAR_UNSUPPORTED, "abi");
	source.abi = VMIG_ABI;
	assert_match(&source, &base, VMIG_REASON_API_MISMATCH, "device_api");
	source.api = base.api;
	assert_match(&source, &base, VMIG_REASON_MODEL_MISMATCH, "model");
	source.model = base.model;
	assert_match(&source, &base, VMIG_REASON_BUS_ID_MISMATCH, "bus");
	source.bus.given = true;
	source.bus.vendor = base.bus.vendor;
	source.bus.device = base.bus.device;
	assert_match(&source, &base, VMIG_REASON_TYPE_NOT_ACCEPTED, "mdev_type");
	source.type = base.type;
	assert_match(&source, &base, VMIG_REASON_VERSION_MAJOR, "version");
	source.version.major = base.version.major;
	assert_match(&source, &base, VMIG_REASON_VERSION_TOO_NEW, "version");
	source.version.minor = base.version.minor;
	assert_match(&source, &base, VMIG_REASON_CAPACITY_MISMATCH, "capacity");
	source.has_capacity = true;
	source.capacity = base.capacity;
	assert_match(&source, &base, VMIG_REASON_FEATURE_UNSUPPORTED, "rss");
	source.feature_count = 0;
	assert_match(&source, &base, VMIG_REASON_PARAM_UNKNOWN, "num_queues");
	source.param_count = 0;
	assert_match(&source, &base, VMIG_REASON_NONE, NULL);
}

/* Another grammar may mean anything by the same words. */
static void another_abi(void **state)
{
	struct vmig_self other = base;

	(void)state;
	other.abi++;
	assert_differ(&base, &other, VMIG_REASON_GRAMMAR_UNSUPPORTED, "abi");
	assert_match(&other, &other, VMIG_REASON_GRAMMAR_UNSUPPORTED, "abi");
}

/* A line that was written and read again is the device that wrote it. */
static void what_the_line_carries_matches(void **state)
{
	struct vmig_self_store store;
	struct vmig_self self = base, back;
	const char *field;
	char line[VMIG_SELF_MAX + 1];
	int length;

	(void)state;
	self.features = rss;
	self.feature_count = 1;
	self.params = queues;
	self.param_count = 1;
	length = vmig_self_format(&self, line, sizeof(line));
	assert_int_equal(vmig_self_parse(&back, &store, line, length, &field),
			 VMIG_REASON_NONE);
	assert_match(&back, &self, VMIG_REASON_NONE, NULL);
	assert_match(&self, &back, VMIG_REASON_NONE, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(reflexive),
	cmocka_unit_test(api),
	cmocka_unit_test(model),
	cmocka_unit_test(bus_ids),
	cmocka_unit_test(type),
	cmocka_unit_test(major_version),
	cmocka_unit_test(minor_version_goes_up_only),
	cmocka_unit_test(fix_version_is_never_compared),
	cmocka_unit_test(capacity),
	cmocka_unit_test(absent_values_are_not_compared),
	cmocka_unit_test(a_feature_of_the_source),
	cmocka_unit_test(a_parameter_of_the_source),
	cmocka_unit_test(precedence),
	cmocka_unit_test(another_abi),
	cmocka_unit_test(what_the_line_carries_matches),
};

UNIT_MAIN(tests)
