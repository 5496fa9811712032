// SPDX-License-Identifier: GPL-2.0
/* From several entries to one verdict, and what has to be set. */
#include "unit.h"
#include "judge.h"

#define RECIPE	"\"create\":{\"aggregator\":{\"capacity_div\":3,\"min\":2," \
		"\"max\":4},\"migration/profile\":\"profile\","		    \
		"\"mode\":\"params.m\"}"
#define ANY_SIZE "\"compatible\":[{\"capacity\":{},\"params\":{\"m\":[1,2]}," \
		"\"off\":{\"m\":2}}]"

static void made(const char *source, const char *want)
{
	assert_scope("type", source, PLAIN, RECIPE "," ANY_SIZE, want);
}

static void recipes(void **state)
{
	(void)state;
	made(SIZED(9) ",\"params\":{\"m\":1}",
	     "compatible 0 aggregator=3 mode=1");
	made(SIZED(9), "compatible 0 aggregator=3 mode=2");
	made(SIZED(6) ",\"profile\":\"p9\"",
	     "compatible 0 aggregator=2 migration/profile=p9 mode=2");
	made(SIZED(12), "compatible 0 aggregator=4 mode=2");
	made(SIZED(3), "incompatible 0:create-out-of-range:aggregator");
	made(SIZED(15), "incompatible 0:create-out-of-range:aggregator");
	made(SIZED(0), "incompatible 0:create-out-of-range:aggregator");
	made(SIZED(10), "incompatible 0:create-not-integral:aggregator");
	assert_scope("type", PLAIN, PLAIN, RECIPE,
		     "incompatible 0:create-not-integral:aggregator");
	assert_scope("type", PLAIN, PLAIN, "\"create\":{\"x\":\"params.n\"}",
		     "incompatible 0:param-missing:n");
	assert_scope("type", WITH("\"n\":true"), WITH("\"n\":true"),
		     "\"create\":{\"x\":\"params.n\"}", "compatible 0 x=true");
	/* For a device that exists it is of no matter. */
	assert_device(SIZED(10), PLAIN, RECIPE "," ANY_SIZE, "compatible 0");
}

/* A recipe that fails leaves nothing behind for the entry that accepts. */
static void recipes_and_entries(void **state)
{
	(void)state;
	assert_scope("type", PLAIN ",\"profile\":\"p\"", PLAIN,
		     "\"create\":{\"p\":\"profile\",\"x\":\"params.n\"},"
		     "\"compatible\":[{},{\"off\":{\"n\":7}}]",
		     "compatible 0:param-missing:n 1 p=p x=7");
	assert_scope("type", PLAIN ",\"profile\":\"p\"", PLAIN,
		     "\"create\":{\"p\":\"profile\",\"x\":\"params.n\"}",
		     "incompatible 0:param-missing:n");
}

#define PROFILE(p)	PLAIN ",\"profile\":\"" p "\""
#define PROFILES	"\"profiles\":{\"default\":\"p1\"," \
			"\"accepts\":[\"p1\",\"p2\"]}"

static void profiles_of_a_device(void **state)
{
	(void)state;
	assert_device(PROFILE("p2"), PROFILE("p1"), PROFILES,
		      "compatible-after-config 0 migration/profile=p2");
	assert_device(PROFILE("p1"), PROFILE("p1"), PROFILES, "compatible 0");
	assert_device(PROFILE("p2"), PLAIN, PROFILES,
		      "compatible-after-config 0 migration/profile=p2");
	/* One that can't be set is judged by what it is. */
	assert_device(PROFILE("p3"), PROFILE("p1"), PROFILES, "compatible 0");
	assert_device(PROFILE("p2"), PROFILE("p1"), "", "compatible 0");
	assert_device(PLAIN, PROFILE("p1"), PROFILES, "compatible 0");
	assert_device(PROFILE("p2"), PROFILE("p1"),
		      PROFILES ",\"compatible\":[{\"model\":\"x\"}]",
		      "incompatible 0:model-mismatch:model");
}

static void profiles_of_a_type(void **state)
{
	static const char rest[] =
		PROFILES ",\"create\":{\"migration/profile\":\"profile\"}";

	(void)state;
	assert_scope("type", PROFILE("p2"), PROFILE("p1"), rest,
		     "compatible 0 migration/profile=p2");
	assert_scope("type", PROFILE("p1"), PROFILE("p1"), rest,
		     "compatible 0 migration/profile=p1");
	assert_scope("type", PROFILE("p3"), PROFILE("p1"), rest,
		     "compatible 0");
	assert_scope("type", PLAIN, PROFILE("p1"), rest, "compatible 0");
	/* Without a recipe nothing is set. */
	assert_scope("type", PROFILE("p2"), PROFILE("p1"), PROFILES,
		     "compatible 0");
}

static void the_first_entry_wins(void **state)
{
	(void)state;
	assert_device(PLAIN, PLAIN, "\"compatible\":[{\"model\":\"x\"},"
		      "{\"version\":{\"min\":\"2.0\"}},{},{\"model\":\"y\"}]",
		      "compatible 0:model-mismatch:model "
		      "1:version-too-old:version 2");
}

/* Everything is wrong; one after the other is put right. */
static void precedence(void **state)
{
	static const char entry[] =
		"\"version\":{\"min\":\"2.0\"},\"capacity\":1,"
		"\"features\":{\"all\":[\"a\"],\"only\":[\"a\"]},"
		"\"params\":{\"n\":1,\"m\":2},\"when\":[{\"if\":{\"n\":1},"
		"\"then\":{\"n\":2}}]";
#define STEP(api, model, bus, type, rest, want)				     \
	assert_entry("\"device_api\":\"" api "\",\"model\":\"" model "\"" bus \
		     type rest, entry, want)

	(void)state;
	STEP("x", "x", "," BUS, "," TYPE, ",\"version\":\"1.0.0\",\"features\":"
	     "[\"c\"],\"params\":{\"z\":1}", "api-mismatch:device_api");
	STEP("vfio-pci", "x", "," BUS, "," TYPE, ",\"version\":\"1.0.0\","
	     "\"features\":[\"c\"],\"params\":{\"z\":1}",
	     "model-mismatch:model");
	STEP("vfio-pci", "example.org/m", "," BUS, "," TYPE,
	     ",\"version\":\"1.0.0\",\"features\":[\"c\"],"
	     "\"params\":{\"z\":1}", "bus-id-mismatch:bus");
	STEP("vfio-pci", "example.org/m", "", "," TYPE,
	     ",\"version\":\"1.0.0\",\"features\":[\"c\"],"
	     "\"params\":{\"z\":1}", "type-not-accepted:mdev_type");
	STEP("vfio-pci", "example.org/m", "", "", ",\"version\":\"1.0.0\","
	     "\"features\":[\"c\"],\"params\":{\"z\":1}",
	     "version-too-old:version");
	STEP("vfio-pci", "example.org/m", "", "", ",\"version\":\"2.0.0\","
	     "\"features\":[\"c\"],\"params\":{\"z\":1}",
	     "capacity-mismatch:capacity");
	STEP("vfio-pci", "example.org/m", "", "", ",\"version\":\"2.0.0\","
	     "\"capacity\":1,\"features\":[\"c\"],\"params\":{\"z\":1}",
	     "feature-missing:a");
	STEP("vfio-pci", "example.org/m", "", "", ",\"version\":\"2.0.0\","
	     "\"capacity\":1,\"features\":[\"a\",\"c\"],\"params\":{\"z\":1}",
	     "feature-unsupported:c");
	STEP("vfio-pci", "example.org/m", "", "", ",\"version\":\"2.0.0\","
	     "\"capacity\":1,\"features\":[\"a\"],\"params\":{\"z\":1}",
	     "param-missing:n");
	STEP("vfio-pci", "example.org/m", "", "", ",\"version\":\"2.0.0\","
	     "\"capacity\":1,\"features\":[\"a\"],"
	     "\"params\":{\"z\":1,\"n\":2,\"m\":2}", "param-value:n");
	STEP("vfio-pci", "example.org/m", "", "", ",\"version\":\"2.0.0\","
	     "\"capacity\":1,\"features\":[\"a\"],"
	     "\"params\":{\"z\":1,\"n\":1,\"m\":2}", "param-unknown:z");
	STEP("vfio-pci", "example.org/m", "", "", ",\"version\":\"2.0.0\","
	     "\"capacity\":1,\"features\":[\"a\"],"
	     "\"params\":{\"n\":1,\"m\":2}", "condition-failed:n");
#undef STEP
}

/* Of several refusals, the one that came furthest stands for all. */
static void the_most_telling_refusal(void **state)
{
	struct loaded_document *from = document("device", PLAIN, "");
	struct loaded_document *to =
		document("device", PLAIN, "\"compatible\":[{\"model\":\"x\"},"
			 "{\"params\":{\"n\":1}},{\"params\":{\"m\":1}},"
			 "{\"version\":{\"max\":\"1.0\"}}]");
	struct vmig_verdict verdict;

	(void)state;
	vmig_check(&loaded_document_get(from)->self, loaded_document_get(to),
		   &verdict);
	assert_int_equal(verdict.entry_count, 4);
	assert_int_equal(verdict.finding.reason, VMIG_REASON_PARAM_MISSING);
	assert_string_equal(verdict.finding.field, "n");
	loaded_document_free(from);
	loaded_document_free(to);
}

/* What a driver could get wrong in its tables. */
static void documents_that_cant_be_judged(void **state)
{
	static const struct vmig_entry entries[VMIG_ENTRIES_MAX + 1];
	static const struct vmig_create create[VMIG_CREATE_MAX + 1] = {
		[0 ... VMIG_CREATE_MAX] = { "a", .from = VMIG_FROM_CAPACITY,
					    .divisor = 1, .max = 9 },
	};
	struct vmig_document document = {
		.scope = VMIG_SCOPE_TYPE,
		.self = { .abi = VMIG_ABI, .model = "m", .has_capacity = true },
		.has_compatible = true, .entries = entries, .create = create,
		.entry_count = VMIG_ENTRIES_MAX,
		.create_count = VMIG_CREATE_MAX,
	};
	struct vmig_self other = document.self;
	struct vmig_verdict verdict;

	(void)state;
	vmig_check(&document.self, &document, &verdict);
	assert_int_equal(verdict.outcome, VMIG_COMPATIBLE);
	assert_int_equal(verdict.setting_count, VMIG_CREATE_MAX);
	other.model = "n";
	vmig_check(&other, &document, &verdict);
	assert_int_equal(verdict.entry_count, VMIG_ENTRIES_MAX);
	document.entry_count++;
	vmig_check(&document.self, &document, &verdict);
	assert_int_equal(verdict.finding.reason, VMIG_REASON_MALFORMED);
	assert_string_equal(verdict.finding.field, "compatible");
	document.create_count++;
	vmig_check(&document.self, &document, &verdict);
	assert_int_equal(verdict.finding.reason, VMIG_REASON_MALFORMED);
	assert_string_equal(verdict.finding.field, "create");
	other.abi++;
	vmig_check(&other, &document, &verdict);
	assert_int_equal(verdict.finding.reason,
			 VMIG_REASON_GRAMMAR_UNSUPPORTED);
	assert_string_equal(verdict.finding.field, "abi");
	document.self.abi++;
	vmig_check(&other, &document, &verdict);
	assert_int_equal(verdict.finding.reason,
			 VMIG_REASON_GRAMMAR_UNSUPPORTED);
	assert_int_equal(verdict.entry_count, 0);
	assert_int_equal(verdict.outcome, VMIG_INCOMPATIBLE);
}

static void a_division_by_nothing(void **state)
{
	static const struct vmig_create create = { .attribute = "a" };
	const struct vmig_document document = {
		.scope = VMIG_SCOPE_TYPE,
		.self = { .abi = VMIG_ABI, .model = "m", .has_capacity = true },
		.create = &create, .create_count = 1,
	};
	struct vmig_verdict verdict;

	(void)state;
	vmig_check(&document.self, &document, &verdict);
	assert_int_equal(verdict.finding.reason,
			 VMIG_REASON_CREATE_NOT_INTEGRAL);
}

static void words_for_outcomes(void **state)
{
	(void)state;
	assert_string_equal(vmig_outcome_name(VMIG_INCOMPATIBLE),
			    "incompatible");
	assert_string_equal(vmig_outcome_name(VMIG_INCOMPATIBLE + 1), "?");
	assert_string_equal(vmig_outcome_name(-1), "?");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(recipes),
	cmocka_unit_test(recipes_and_entries),
	cmocka_unit_test(profiles_of_a_device),
	cmocka_unit_test(profiles_of_a_type),
	cmocka_unit_test(the_first_entry_wins),
	cmocka_unit_test(precedence),
	cmocka_unit_test(the_most_telling_refusal),
	cmocka_unit_test(documents_that_cant_be_judged),
	cmocka_unit_test(a_division_by_nothing),
	cmocka_unit_test(words_for_outcomes),
};

UNIT_MAIN(tests)
