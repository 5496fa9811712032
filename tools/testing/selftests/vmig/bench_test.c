// SPDX-License-Identifier: GPL-2.0
/* The tests' own footing: a test that fails must end, and clean up. */
#include <sys/mman.h>

#include "lib/module.h"
#include "test.h"

FIXTURE(bench)
{
	struct bench bench;
	struct device *device;
};

FIXTURE_SETUP(bench)
{
	test_open(_metadata, &self->bench, 1);
	self->device = &self->bench.device[0];
}

FIXTURE_TEARDOWN(bench)
{
	test_close(_metadata, &self->bench);
}

/* As an assertion leaves it that fails in the midst of a test. */
TEST_F(bench, closes_what_a_test_left_open)
{
	ASSERT_EQ(0, bench_offer_mapping(&self->bench, true));
	ASSERT_NE(MAP_FAILED, device_map(self->device, 0, BENCH_MEMORY));
	ASSERT_NE(MAP_FAILED, device_map(self->device, 0, MCOPY_PAGE));
	ASSERT_EQ(0, migration_map(&self->device->migration));
	ASSERT_EQ(0, migration_set_state(&self->device->migration,
					 STATE_PRE_COPY));
	EXPECT_TRUE(mdev_is_in_use(&self->device->mdev));
	EXPECT_EQ(0, bench_close(&self->bench));
	EXPECT_FALSE(mdev_exists(&self->device->mdev));
}

TEST_F(bench, does_not_wait_for_ever)
{
	int copy = dup(self->device->vfio.device);

	ASSERT_GE(copy, 0);
	EXPECT_EQ(-EBUSY, device_destroy(self->device));
	EXPECT_TRUE(mdev_exists(&self->device->mdev));
	close(copy);
	EXPECT_EQ(0, device_destroy(self->device));
}

TEST_F(bench, restores_the_parameter_it_changed)
{
	char before[8], after[8];

	ASSERT_EQ(0, module_parameter(BENCH_MODULE, "map_memory", before,
				      sizeof(before)));
	ASSERT_EQ(0, bench_offer_mapping(&self->bench, *before != 'Y'));
	ASSERT_EQ(0, bench_offer_mapping(&self->bench, true));
	ASSERT_EQ(0, bench_close(&self->bench));
	ASSERT_EQ(0, module_parameter(BENCH_MODULE, "map_memory", after,
				      sizeof(after)));
	EXPECT_STREQ(before, after);
}

TEST_F(bench, reloads_with_other_options)
{
	char value[8];

	EXPECT_EQ(-EBUSY, bench_reload("parents=3 capacity=5"));
	ASSERT_EQ(0, bench_close(&self->bench));
	ASSERT_EQ(0, bench_reload("parents=3 capacity=5"));
	EXPECT_EQ(0, module_parameter(BENCH_MODULE, "capacity", value,
				      sizeof(value)));
	EXPECT_STREQ("5", value);
	EXPECT_EQ(0, bench_reload(BENCH_OPTIONS));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
