// SPDX-License-Identifier: GPL-2.0
/* A source's self against an entry, rule by rule. */
#include "unit.h"
#include "judge.h"

static void without_entries(void **state)
{
	(void)state;
	assert_device(SELF, SELF, "", "compatible 0");
	assert_device(PLAIN, PLAIN, "", "compatible 0");
	assert_device(SELF, SELF, "\"compatible\":[{}]", "compatible 0");
	/* A list that is there and empty is another thing. */
	assert_device(SELF, SELF, "\"compatible\":[]", "incompatible");
}

static void unknown_constraints(void **state)
{
	(void)state;
	assert_entry(PLAIN, "\"later\":1", "unknown-constraint:later");
	assert_entry(PLAIN, "\"version\":{\"min\":\"1.0\"},\"Model\":\"*\"",
		     "unknown-constraint:Model");
	assert_entry(PLAIN, "\"version\":{\"step\":2}",
		     "unknown-constraint:version.step");
	assert_entry(PLAIN, "\"features\":{\"none\":[]}",
		     "unknown-constraint:features.none");
	assert_entry(PLAIN, "\"params\":{\"n\":{\"min\":1,\"step\":2}}",
		     "unknown-constraint:params.n.step");
	assert_entry(PLAIN, "\"bus\":{\"ccw\":{\"type\":1}}",
		     "unknown-constraint:bus.ccw");
	assert_entry(PLAIN, "\"when\":[{\"if\":{\"n\":1},\"then\":{},\"else\":{}}]",
		     "unknown-constraint:when[0].else");
	/* It comes before all others, and another entry can still accept. */
	assert_device(PLAIN, PLAIN, "\"compatible\":[{\"x\":[1,{\"y\":2}],"
		      "\"model\":\"other\"},{}]",
		      "compatible 0:unknown-constraint:x 1");
}

static void api(void **state)
{
	static const char ccw[] = MODEL ",\"device_api\":\"vfio-ccw\"," VERSION
				  ",\"features\":[]";

	(void)state;
	assert_device(ccw, PLAIN, "", "incompatible 0:api-mismatch:device_api");
	assert_device(PLAIN, ccw, "", "incompatible 0:api-mismatch:device_api");
	assert_device(ccw, ccw, "", "compatible 0");
}

static void models(void **state)
{
	static const char other[] = "\"model\":\"example.org/o\"," API ","
				    VERSION ",\"features\":[]";
	static const char refused[] = "model-mismatch:model";

	(void)state;
	assert_device(other, PLAIN, "", "incompatible 0:model-mismatch:model");
	assert_entry(other, "", refused);
	assert_entry(other, "\"model\":\"example.org/o\"", ACCEPTED);
	assert_entry(other, "\"model\":[\"x\",\"example.org/o\"]", ACCEPTED);
	assert_entry(other, "\"model\":\"*\"", ACCEPTED);
	assert_entry(other, "\"model\":[\"*\"]", refused);
	assert_entry(other, "\"model\":[]", refused);
	assert_entry(other, "\"model\":[\"example.org/m\"]", refused);
	/* Named models are all: the target's own is not among them. */
	assert_entry(PLAIN, "\"model\":\"example.org/o\"", refused);
}

static void bus_ids(void **state)
{
	static const char on_bus[] = MODEL "," API "," BUS "," VERSION
				     ",\"features\":[]";
	static const char second[] =
		"\"bus\":[{\"pci\":{\"vendor\":\"8086\",\"device\":\"0002\"}},"
		"{\"pci\":{\"vendor\":\"8086\",\"device\":\"0001\"}}]";
	static const char wrong_vendor[] =
		"\"bus\":{\"pci\":{\"vendor\":\"8087\",\"device\":\"0001\"}}";
	static const char wrong_device[] =
		"\"bus\":{\"pci\":{\"vendor\":\"8086\",\"device\":\"0002\"}}";
	static const char none[] =
		"\"bus\":{\"pci\":{\"vendor\":\"0000\",\"device\":\"0000\"}}";
	static const char refused[] = "bus-id-mismatch:bus";

	(void)state;
	assert_device(on_bus, on_bus, "", "compatible 0");
	assert_entry(on_bus, "", refused);
	assert_device(PLAIN, on_bus, "", "incompatible 0:bus-id-mismatch:bus");
	assert_entry(on_bus, BUS, ACCEPTED);
	assert_entry(on_bus, second, ACCEPTED);
	assert_entry(on_bus, wrong_vendor, refused);
	assert_entry(on_bus, wrong_device, refused);
	assert_entry(on_bus, "\"bus\":[]", refused);
	assert_entry(on_bus, "\"bus\":\"*\"", ACCEPTED);
	/* What is on no bus is none of the ids. */
	assert_entry(PLAIN, BUS, refused);
	assert_entry(PLAIN, none, refused);
	assert_entry(PLAIN, "\"bus\":\"*\"", ACCEPTED);
}

static void types(void **state)
{
	static const char typed[] = MODEL "," API "," TYPE "," VERSION
				    ",\"features\":[]";
	static const char refused[] = "type-not-accepted:mdev_type";

	(void)state;
	assert_device(typed, typed, "", "compatible 0");
	assert_entry(typed, "", refused);
	assert_device(PLAIN, typed, "",
		      "incompatible 0:type-not-accepted:mdev_type");
	assert_entry(typed, TYPE, ACCEPTED);
	assert_entry(typed, "\"mdev_type\":[\"t0\",\"t1\"]", ACCEPTED);
	assert_entry(typed, "\"mdev_type\":[\"t0\",\"t11\"]", refused);
	assert_entry(typed, "\"mdev_type\":\"*\"", ACCEPTED);
	assert_entry(PLAIN, "\"mdev_type\":\"*\"", ACCEPTED);
	assert_entry(PLAIN, TYPE, refused);
	assert_entry(PLAIN, "\"mdev_type\":[]", refused);
}

static void window(const char *version, const char *bounds, const char *want)
{
	char source[300], entry[100];

	snprintf(source, sizeof(source),
		 MODEL "," API ",\"version\":\"%s\",\"features\":[]", version);
	snprintf(entry, sizeof(entry), "\"version\":{%s}", bounds);
	assert_entry(source, entry, want);
}

static void version_windows(void **state)
{
	static const char both[] = "\"min\":\"1.5\",\"max\":\"3.2\"";
	static const char old[] = "version-too-old:version";
	static const char new[] = "version-too-new:version";

	(void)state;
	window("1.4.9", both, old);
	window("1.5.0", both, ACCEPTED);
	window("2.65535.65535", both, ACCEPTED);
	window("3.2.65535", both, ACCEPTED);
	window("3.3.0", both, new);
	window("0.9.0", both, old);
	window("4.0.0", both, new);
	window("0.0.0", "\"max\":\"3.2\"", ACCEPTED);
	window("3.3.0", "\"max\":\"3.2\"", new);
	window("65535.65535.0", "\"min\":\"1.5\"", ACCEPTED);
	window("1.4.0", "\"min\":\"1.5\"", old);
	window("9.9.9", "", ACCEPTED);
}

static void version_without_a_window(void **state)
{
	(void)state;
	assert_entry(MODEL "," API ",\"version\":\"1.2.9\",\"features\":[]", "",
		     ACCEPTED);
	assert_entry(MODEL "," API ",\"version\":\"1.0.9\",\"features\":[]", "",
		     ACCEPTED);
	assert_entry(MODEL "," API ",\"version\":\"1.3.0\",\"features\":[]", "",
		     "version-too-new:version");
	assert_entry(MODEL "," API ",\"version\":\"2.0.0\",\"features\":[]", "",
		     "version-major:version");
	assert_entry(MODEL "," API ",\"version\":\"0.2.3\",\"features\":[]", "",
		     "version-major:version");
}

static void capacities(void **state)
{
	static const char refused[] = "capacity-mismatch:capacity";

	(void)state;
	assert_device(SIZED(4), SIZED(4), "", "compatible 0");
	assert_device(SIZED(4), SIZED(5), "",
		      "incompatible 0:capacity-mismatch:capacity");
	assert_device(SIZED(0), PLAIN, "",
		      "incompatible 0:capacity-mismatch:capacity");
	assert_device(PLAIN, SIZED(0), "",
		      "incompatible 0:capacity-mismatch:capacity");
	assert_entry(SIZED(4), "\"capacity\":4", ACCEPTED);
	assert_entry(SIZED(4), "\"capacity\":5", refused);
	assert_entry(SIZED(4), "\"capacity\":[1,4]", ACCEPTED);
	assert_entry(SIZED(4), "\"capacity\":[1,5]", refused);
	assert_entry(SIZED(4), "\"capacity\":[]", refused);
	assert_entry(SIZED(4), "\"capacity\":{\"min\":4,\"max\":4}", ACCEPTED);
	assert_entry(SIZED(4), "\"capacity\":{\"min\":5}", refused);
	assert_entry(SIZED(4), "\"capacity\":{\"max\":3}", refused);
	assert_entry(SIZED(4), "\"capacity\":{\"min\":4}", ACCEPTED);
	assert_entry(SIZED(4), "\"capacity\":{\"max\":4}", ACCEPTED);
	assert_entry(SIZED(4294967295), "\"capacity\":{\"min\":4294967295}",
		     ACCEPTED);
	/* One that is not given is not 0. */
	assert_entry(PLAIN, "\"capacity\":{\"min\":0}", refused);
	assert_entry(PLAIN, "\"capacity\":0", refused);
}

#define HAS(list)	MODEL "," API "," VERSION ",\"features\":[" list "]"

static void features_that_are_supported(void **state)
{
	static const char a_unsupported[] = "feature-unsupported:a";

	(void)state;
	assert_entry(HAS(""), "", ACCEPTED);
	assert_entry(HAS("\"a\""), "", a_unsupported);
	assert_entry(HAS("\"a\""), "\"features\":{}", a_unsupported);
	assert_device(HAS("\"a\""), HAS("\"b\",\"a\""), "", "compatible 0");
	assert_device(HAS("\"a\",\"c\""), HAS("\"b\",\"a\""), "",
		      "incompatible 0:feature-unsupported:c");
	/* What an entry lists as needed is not thereby supported. */
	assert_entry(HAS("\"a\""), "\"features\":{\"all\":[\"a\"]}",
		     a_unsupported);
	assert_entry(HAS("\"a\""), "\"features\":{\"any\":[\"a\"]}",
		     a_unsupported);
	assert_entry(HAS("\"a\""), "\"features\":{\"only\":[\"b\",\"a\"]}",
		     ACCEPTED);
	assert_entry(HAS("\"a\""), "\"features\":{\"only\":[\"b\"]}",
		     a_unsupported);
	assert_entry(HAS("\"a\""), "\"features\":{\"only\":[]}", a_unsupported);
	assert_entry(HAS(""), "\"features\":{\"only\":[]}", ACCEPTED);
	/* Not what the target has itself, but nothing. */
	assert_device(HAS("\"a\""), HAS("\"a\""),
		      "\"compatible\":[{\"features\":{\"only\":[]}}]",
		      "incompatible 0:feature-unsupported:a");
	assert_entry(HAS(""), "\"features\":{\"only\":[\"a\"]}", ACCEPTED);
}

static void features_that_are_needed(void **state)
{
	(void)state;
	assert_entry(HAS("\"a\",\"b\""), "\"features\":{\"all\":[\"a\",\"b\"],"
		     "\"only\":[\"a\",\"b\"]}", ACCEPTED);
	assert_entry(HAS("\"a\""), "\"features\":{\"all\":[\"a\",\"b\"],"
		     "\"only\":[\"a\",\"b\"]}", "feature-missing:b");
	assert_entry(HAS(""), "\"features\":{\"all\":[]}", ACCEPTED);
	assert_entry(HAS("\"b\""), "\"features\":{\"any\":[\"a\",\"b\"],"
		     "\"only\":[\"b\"]}", ACCEPTED);
	assert_entry(HAS("\"c\""), "\"features\":{\"any\":[\"a\",\"b\"],"
		     "\"only\":[\"c\"]}", "feature-missing:any");
	/* None is one of none. */
	assert_entry(HAS(""), "\"features\":{\"any\":[]}",
		     "feature-missing:any");
	/* What is missing is told before what is too much. */
	assert_entry(HAS("\"c\""), "\"features\":{\"all\":[\"a\"]}",
		     "feature-missing:a");
}

static void params_of_the_target_itself(void **state)
{
	static const char n4[] = WITH("\"n\":4");

	(void)state;
	assert_device(n4, n4, "", "compatible 0");
	assert_device(n4, WITH("\"n\":5"), "", "incompatible 0:param-value:n");
	assert_device(n4, PLAIN, "", "incompatible 0:param-unknown:n");
	assert_device(PLAIN, n4, "", "incompatible 0:param-missing:n");
	assert_device(n4, WITH("\"n\":\"x4\""), "",
		      "incompatible 0:param-value:n");
	assert_device(WITH("\"n\":1"), WITH("\"n\":true"), "",
		      "incompatible 0:param-value:n");
	assert_device(WITH("\"n\":false"), WITH("\"n\":true"), "",
		      "incompatible 0:param-value:n");
	assert_device(WITH("\"n\":\"a\""), WITH("\"n\":\"b\""), "",
		      "incompatible 0:param-value:n");
	/* What is off goes without saying, here too. */
	assert_device(PLAIN, n4, "\"compatible\":[{\"off\":{\"n\":4}}]",
		      "compatible 0");
	/* An empty list of rules is another thing. */
	assert_device(n4, n4, "\"compatible\":[{\"params\":{}}]",
		      "incompatible 0:param-unknown:n");
	assert_device(PLAIN, n4, "\"compatible\":[{\"params\":{}}]",
		      "compatible 0");
}

static void params_by_rule(void **state)
{
	static const char n4[] = WITH("\"n\":4");

	(void)state;
	assert_entry(n4, "\"params\":{\"n\":4}", ACCEPTED);
	assert_entry(n4, "\"params\":{\"n\":5}", "param-value:n");
	assert_entry(n4, "\"params\":{\"n\":[5,4]}", ACCEPTED);
	assert_entry(n4, "\"params\":{\"n\":[true,\"x\"]}", "param-value:n");
	assert_entry(n4, "\"params\":{\"n\":[]}", "param-value:n");
	assert_entry(n4, "\"params\":{\"n\":{\"min\":4,\"max\":4}}", ACCEPTED);
	assert_entry(n4, "\"params\":{\"n\":{\"min\":5}}", "param-value:n");
	assert_entry(n4, "\"params\":{\"n\":{\"max\":3}}", "param-value:n");
	assert_entry(n4, "\"params\":{\"n\":{\"min\":5,\"max\":3}}",
		     "param-value:n");
	assert_entry(WITH("\"n\":true"), "\"params\":{\"n\":{}}",
		     "param-value:n");
	assert_entry(WITH("\"n\":\"x\""), "\"params\":{\"n\":{\"min\":0}}",
		     "param-value:n");
	assert_entry(WITH("\"n\":\"x\""), "\"params\":{\"n\":[\"y\",\"x\"]}",
		     ACCEPTED);
	assert_entry(PLAIN, "\"params\":{\"n\":{\"min\":0}}",
		     "param-missing:n");
	assert_entry(WITH("\"n\":4,\"m\":1"), "\"params\":{\"n\":4}",
		     "param-unknown:m");
	assert_entry(WITH("\"m\":1"), "\"params\":{\"n\":4}",
		     "param-missing:n");
}

static void params_that_are_off(void **state)
{
	static const char off0[] = "\"off\":{\"n\":0}";

	(void)state;
	assert_entry(WITH("\"n\":0"), off0, ACCEPTED);
	assert_entry(WITH("\"n\":1"), off0, "param-unknown:n");
	assert_entry(WITH("\"n\":false"), off0, "param-unknown:n");
	assert_entry(PLAIN, "\"params\":{\"n\":[0,1]},\"off\":{\"n\":0}",
		     ACCEPTED);
	assert_entry(PLAIN, "\"params\":{\"n\":1},\"off\":{\"n\":0}",
		     "param-value:n");
	/* The source's word counts for more. */
	assert_entry(WITH("\"n\":1"), "\"params\":{\"n\":1},\"off\":{\"n\":0}",
		     ACCEPTED);
}

static void conditions(void **state)
{
	static const char entry[] =
		"\"params\":{\"q\":{\"min\":1},\"on\":[true,false]},"
		"\"off\":{\"on\":false},"
		"\"when\":[{\"if\":{\"on\":true},\"then\":{\"q\":{\"min\":3}}}]";

	(void)state;
	assert_entry(WITH("\"q\":4,\"on\":true"), entry, ACCEPTED);
	assert_entry(WITH("\"q\":2,\"on\":true"), entry, "condition-failed:q");
	assert_entry(WITH("\"q\":2,\"on\":false"), entry, ACCEPTED);
	assert_entry(WITH("\"q\":2"), entry, ACCEPTED);
}

static void conditions_on_what_is_off_or_missing(void **state)
{
	static const char absent[] =
		"\"when\":[{\"if\":{\"x\":{}},\"then\":{\"y\":1}}]";
	static const char off[] =
		"\"off\":{\"x\":0},"
		"\"when\":[{\"if\":{\"x\":0},\"then\":{\"y\":1}}]";
	static const char both[] =
		"\"off\":{\"x\":0,\"y\":1,\"z\":2},"
		"\"when\":[{\"if\":{\"x\":0},\"then\":{\"y\":1,\"z\":3}}]";
	static const char several[] =
		"\"off\":{\"x\":0,\"y\":1},"
		"\"when\":[{\"if\":{\"x\":1},\"then\":{\"q\":1}},"
		"{\"if\":{\"y\":1},\"then\":{\"x\":[0]}},"
		"{\"if\":{\"y\":1},\"then\":{\"x\":[1]}}]";

	(void)state;
	assert_entry(PLAIN, absent, ACCEPTED);
	assert_entry(PLAIN, off, "condition-failed:y");
	assert_entry(PLAIN, both, "condition-failed:z");
	assert_entry(PLAIN, several, "condition-failed:x");
	/* Nothing has to hold. */
	assert_entry(PLAIN, "\"off\":{\"x\":0},"
		     "\"when\":[{\"if\":{\"x\":0},\"then\":{}}]", ACCEPTED);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(without_entries),
	cmocka_unit_test(unknown_constraints),
	cmocka_unit_test(api),
	cmocka_unit_test(models),
	cmocka_unit_test(bus_ids),
	cmocka_unit_test(types),
	cmocka_unit_test(version_windows),
	cmocka_unit_test(version_without_a_window),
	cmocka_unit_test(capacities),
	cmocka_unit_test(features_that_are_supported),
	cmocka_unit_test(features_that_are_needed),
	cmocka_unit_test(params_of_the_target_itself),
	cmocka_unit_test(params_by_rule),
	cmocka_unit_test(params_that_are_off),
	cmocka_unit_test(conditions),
	cmocka_unit_test(conditions_on_what_is_off_or_missing),
};

UNIT_MAIN(tests)
