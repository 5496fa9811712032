/* SPDX-License-Identifier: GPL-2.0 */
/* What all test programs share: the harness, a bench, expectations. */
#ifndef VMIG_TEST_H
#define VMIG_TEST_H

#include "kselftest_harness.h"

#include "lib/bench.h"
#include "lib/kmsg.h"
#include "lib/module.h"

/*
 * The harness ends a test after 30 s, which is little on an emulated machine
 * with KASAN. The runner's limit for the whole program holds all the same.
 */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	280

/* A behaviour that is the same, whoever asks for it. */
#define PROTOCOL_VARIANTS(fixture)					\
	FIXTURE_VARIANT(fixture)					\
	{								\
		const struct protocol *protocol;			\
	};								\
	FIXTURE_VARIANT_ADD(fixture, v1)				\
	{								\
		.protocol = &protocol_v1,				\
	};								\
	FIXTURE_VARIANT_ADD(fixture, v2)				\
	{								\
		.protocol = &protocol_v2,				\
	}

/* And whatever the device is. */
#define DRIVER_VARIANTS(fixture)					\
	FIXTURE_VARIANT(fixture)					\
	{								\
		const struct driver *driver;				\
	};								\
	FIXTURE_VARIANT_ADD(fixture, mcopy)				\
	{								\
		.driver = &driver_mcopy,				\
	};								\
	FIXTURE_VARIANT_ADD(fixture, tally)				\
	{								\
		.driver = &driver_tally,				\
	}

/* One with each driver, of a fixture whose variants have more than that. */
#define DRIVER_VARIANT_ADD(fixture, name, ...)				\
	FIXTURE_VARIANT_ADD(fixture, mcopy_##name)			\
	{								\
		.driver = &driver_mcopy,				\
		__VA_ARGS__						\
	};								\
	FIXTURE_VARIANT_ADD(fixture, tally_##name)			\
	{								\
		.driver = &driver_tally,				\
		__VA_ARGS__						\
	}

#define DRIVER_PROTOCOL_VARIANTS(fixture)				\
	FIXTURE_VARIANT(fixture)					\
	{								\
		const struct driver *driver;				\
		const struct protocol *protocol;			\
	};								\
	DRIVER_VARIANT_ADD(fixture, v1, .protocol = &protocol_v1);	\
	DRIVER_VARIANT_ADD(fixture, v2, .protocol = &protocol_v2)

/* For FIXTURE_SETUP of a fixture with a bench in it, of any driver. */
#define TEST_OPEN_OF(bench, driver, count, protocol)			\
	do {								\
		if (!module_is_available((driver)->name))		\
			SKIP(return, "no module %s", (driver)->name);	\
		ASSERT_EQ(0, bench_open_of(bench, driver, count, protocol)); \
	} while (0)

/* The device runs, and has what its guest left. */
static inline void expect_has(struct __test_metadata *_metadata,
			      const struct driver *driver,
			      const struct device *device, uint64_t seed)
{
	EXPECT_EQ(MIG_RUNNING, client_state(&device->client));
	EXPECT_TRUE(driver->has(&device->vfio, seed));
}

/* For FIXTURE_SETUP and FIXTURE_TEARDOWN of a fixture with a bench in it. */
static inline void test_open_by(struct __test_metadata *_metadata,
				struct bench *bench, unsigned int count,
				const struct protocol *protocol)
{
	ASSERT_EQ(0, bench_open(bench, count, protocol));
}

/* Of what is v1's own, or has no protocol at all. */
static inline void test_open(struct __test_metadata *_metadata,
			     struct bench *bench, unsigned int count)
{
	test_open_by(_metadata, bench, count, &protocol_v1);
}

static inline void test_close(struct __test_metadata *_metadata,
			      struct bench *bench)
{
	EXPECT_EQ(0, bench_close(bench)) {
		TH_LOG("the kernel said: %s", bench->complaint);
	}
}

/* Of fixtures without a bench: the kernel had nothing to complain of. */
static inline void test_end_of_log(struct __test_metadata *_metadata, int kmsg)
{
	char line[256];

	EXPECT_EQ(0, kmsg_complaint(kmsg, line, sizeof(line))) {
		TH_LOG("the kernel said: %s", line);
	}
	kmsg_close(kmsg);
}

static inline void expect_last_error(struct __test_metadata *_metadata,
				     const struct device *device,
				     const char *expected)
{
	char text[256];

	ASSERT_EQ(0, mdev_read(&device->mdev, "migration/last_error", text,
			       sizeof(text)));
	EXPECT_STREQ(expected, text);
}

/* The device runs, and its first pages are those of a FILL. */
static inline void expect_pattern(struct __test_metadata *_metadata,
				  const struct device *device,
				  unsigned int pages, uint64_t seed)
{
	const size_t length = pages * MCOPY_PAGE;
	uint8_t *expected = malloc(length), *seen = malloc(length);

	ASSERT_NE(NULL, expected);
	ASSERT_NE(NULL, seen);
	mcopy_expected(0, length, seed, expected);
	EXPECT_EQ(MIG_RUNNING, client_state(&device->client));
	EXPECT_EQ(0, mcopy_memory_read(&device->vfio, 0, seen, length));
	EXPECT_EQ(0, memcmp(expected, seen, length));
	free(expected);
	free(seen);
}

/* A machine that can't run any of the tests skips the program. */
static inline int test_main(int argc, char **argv)
{
	const char *missing = bench_missing();

	if (missing)
		ksft_exit_skip("%s\n", missing);
	return test_harness_run(argc, argv);
}

#endif /* VMIG_TEST_H */
