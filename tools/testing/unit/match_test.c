// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "match.h"

static const struct vmig_self base = {
	.model = "vmig.example/mcopy",
	.api = "vfio-pci",
	.has_pci = true,
	.pci_vendor = 0x1234,
	.pci_device = 0x6d63,
	.type = "mcopy-16",
	.major = 2,
	.minor = 5,
	.fix = 1,
	.has_capacity = true,
	.capacity = 16,
};

static void assert_match(const struct vmig_self *source,
			 const struct vmig_self *target,
			 enum vmig_reason want, const char *want_field)
{
	const char *field = "untouched";

	assert_string_equal(vmig_reason_name(vmig_match(source, target,
							&field)),
			    vmig_reason_name(want));
	if (want_field)
		assert_string_equal(field, want_field);
	else
		assert_null(field);
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
	self.has_pci = false;
	assert_match(&self, &self, VMIG_REASON_NONE, NULL);
	self.has_capacity = false;
	assert_match(&self, &self, VMIG_REASON_NONE, NULL);
	self.type[0] = '\0';
	assert_match(&self, &self, VMIG_REASON_NONE, NULL);
}

static void api(void **state)
{
	struct vmig_self other = base;

	(void)state;
	strcpy(other.api, "vfio-ccw");
	assert_differ(&base, &other, VMIG_REASON_API_MISMATCH, "api");
	strcpy(other.api, "vfio-pci2");
	assert_differ(&base, &other, VMIG_REASON_API_MISMATCH, "api");
}

static void model(void **state)
{
	struct vmig_self other = base;

	(void)state;
	strcpy(other.model, "vmig.example/other");
	assert_differ(&base, &other, VMIG_REASON_MODEL_MISMATCH, "model");
	strcpy(other.model, "vmig.example/mcop");
	assert_differ(&base, &other, VMIG_REASON_MODEL_MISMATCH, "model");
}

static void bus_ids(void **state)
{
	struct vmig_self other = base;

	(void)state;
	other.pci_vendor++;
	assert_differ(&base, &other, VMIG_REASON_BUS_ID_MISMATCH, "pci");
	other = base;
	other.pci_device++;
	assert_differ(&base, &other, VMIG_REASON_BUS_ID_MISMATCH, "pci");
	other = base;
	other.has_pci = false;
	assert_differ(&base, &other, VMIG_REASON_BUS_ID_MISMATCH, "pci");
	/* One that is on a bus with id 0 is not one that is on none. */
	other = base;
	other.pci_vendor = 0;
	other.pci_device = 0;
	assert_differ(&base, &other, VMIG_REASON_BUS_ID_MISMATCH, "pci");
}

static void type(void **state)
{
	struct vmig_self other = base;

	(void)state;
	strcpy(other.type, "mcopy-64");
	assert_differ(&base, &other, VMIG_REASON_TYPE_NOT_ACCEPTED, "type");
	other.type[0] = '\0';
	assert_differ(&base, &other, VMIG_REASON_TYPE_NOT_ACCEPTED, "type");
}

static void major_version(void **state)
{
	struct vmig_self other = base;

	(void)state;
	other.major++;
	assert_differ(&base, &other, VMIG_REASON_VERSION_MAJOR, "ver");
	/* A lower minor version does not make up for it. */
	other.minor = 0;
	assert_differ(&base, &other, VMIG_REASON_VERSION_MAJOR, "ver");
}

static void minor_version_goes_up_only(void **state)
{
	struct vmig_self newer = base;

	(void)state;
	newer.minor++;
	assert_match(&base, &newer, VMIG_REASON_NONE, NULL);
	assert_match(&newer, &base, VMIG_REASON_VERSION_TOO_NEW, "ver");
	newer.minor = 0xffff;
	assert_match(&base, &newer, VMIG_REASON_NONE, NULL);
	assert_match(&newer, &base, VMIG_REASON_VERSION_TOO_NEW, "ver");
}

static void fix_version_is_never_compared(void **state)
{
	struct vmig_self other = base;

	(void)state;
	other.fix = 0xffff;
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
	a.has_pci = false;
	b.has_pci = false;
	b.pci_vendor++;
	b.pci_device++;
	assert_match(&a, &b, VMIG_REASON_NONE, NULL);
}

static void a_feature_of_the_source(void **state)
{
	struct vmig_self other = base;

	(void)state;
	strcpy(other.feature, "rss");
	assert_match(&other, &base, VMIG_REASON_FEATURE_UNSUPPORTED, "feat");
	assert_match(&base, &other, VMIG_REASON_NONE, NULL);
}

static void a_parameter_of_the_source(void **state)
{
	struct vmig_self other = base;

	(void)state;
	strcpy(other.param, "num_queues");
	assert_match(&other, &base, VMIG_REASON_PARAM_UNKNOWN, "p");
	assert_match(&base, &other, VMIG_REASON_NONE, NULL);
}

/*
 * Everything is wrong with the source; then one thing after the other is put
 * right, and each time the next in the order of precedence is the answer.
 */
static void precedence(void **state)
{
	struct vmig_self source = {
		.model = "other", .api = "other", .has_pci = false,
		.type = "other", .major = 3, .minor = 6, .has_capacity = false,
		.feature = "rss", .param = "num_queues",
	};

	(void)state;
	assert_match(&source, &base, VMIG_REASON_API_MISMATCH, "api");
	strcpy(source.api, base.api);
	assert_match(&source, &base, VMIG_REASON_MODEL_MISMATCH, "model");
	strcpy(source.model, base.model);
	assert_match(&source, &base, VMIG_REASON_BUS_ID_MISMATCH, "pci");
	source.has_pci = true;
	source.pci_vendor = base.pci_vendor;
	source.pci_device = base.pci_device;
	assert_match(&source, &base, VMIG_REASON_TYPE_NOT_ACCEPTED, "type");
	strcpy(source.type, base.type);
	assert_match(&source, &base, VMIG_REASON_VERSION_MAJOR, "ver");
	source.major = base.major;
	assert_match(&source, &base, VMIG_REASON_VERSION_TOO_NEW, "ver");
	source.minor = base.minor;
	assert_match(&source, &base, VMIG_REASON_CAPACITY_MISMATCH, "capacity");
	source.has_capacity = true;
	source.capacity = base.capacity;
	assert_match(&source, &base, VMIG_REASON_FEATURE_UNSUPPORTED, "feat");
	source.feature[0] = '\0';
	assert_match(&source, &base, VMIG_REASON_PARAM_UNKNOWN, "p");
	source.param[0] = '\0';
	assert_match(&source, &base, VMIG_REASON_NONE, NULL);
}

/* A line that was written and read again is the device that wrote it. */
static void what_the_line_carries_matches(void **state)
{
	struct vmig_self back;
	const char *field;
	char line[512];
	int length = vmig_self_format(&base, line, sizeof(line));

	(void)state;
	assert_int_equal(vmig_self_parse(&back, line, length, &field),
			 VMIG_REASON_NONE);
	assert_match(&back, &base, VMIG_REASON_NONE, NULL);
	assert_match(&base, &back, VMIG_REASON_NONE, NULL);
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
	cmocka_unit_test(what_the_line_carries_matches),
};

UNIT_MAIN(tests)
