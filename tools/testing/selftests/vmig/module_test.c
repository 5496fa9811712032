// SPDX-License-Identifier: GPL-2.0
/* Loading and unloading, as administrators do it. */
#include "lib/kmsg.h"
#include "lib/module.h"
#include "lib/sysfs.h"
#include "test.h"

#define CORE	"vmig"

FIXTURE(module)
{
	int kmsg;
	struct device device;
};

FIXTURE_SETUP(module)
{
	const int ret = bench_unload();

	if (ret == -EBUSY)
		SKIP(return, "somebody uses the modules");
	ASSERT_EQ(0, ret);
	self->kmsg = kmsg_open();
}

FIXTURE_TEARDOWN(module)
{
	device_destroy(&self->device);
	EXPECT_EQ(0, bench_unload());
	test_end_of_log(_metadata, self->kmsg);
}

TEST_F(module, needs_the_core_first)
{
	ASSERT_EQ(0, module_load("vfio_iommu_type1", NULL));
	ASSERT_EQ(0, module_load("mdev", NULL));
	EXPECT_EQ(-ENOENT, module_insert(BENCH_MODULE, NULL));
	EXPECT_FALSE(module_is_loaded(BENCH_MODULE));
	EXPECT_EQ(0, module_insert(CORE, NULL));
	EXPECT_EQ(0, module_insert(BENCH_MODULE, NULL));
	EXPECT_TRUE(module_is_loaded(BENCH_MODULE));
}

/* Debian's kernels have it as a module, others need not. */
static bool is_built_in(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	return !sysfs_exists(path);
}

TEST_F(module, says_what_it_needs)
{
	char depends[256];

	ASSERT_EQ(0, module_info(BENCH_MODULE, "depends", "", depends,
				 sizeof(depends)));
	EXPECT_NE(NULL, strstr(depends, CORE));
	EXPECT_NE(NULL, strstr(depends, "mdev"));
	if (!is_built_in("vfio"))
		EXPECT_NE(NULL, strstr(depends, "vfio"));
	EXPECT_EQ(0, bench_load(NULL));
	EXPECT_TRUE(module_is_loaded(CORE));
	EXPECT_TRUE(module_is_loaded("mdev"));
	EXPECT_TRUE(module_is_loaded("vfio"));
}

TEST_F(module, describes_itself)
{
	static const char * const names[] = { CORE, BENCH_MODULE };
	static const char * const parameters[] = { "parents:", "capacity:" };
	char value[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(0, module_info(names[i], "license", "GPL", value,
					 sizeof(value)));
		EXPECT_EQ(0, module_info(names[i], "description", "", value,
					 sizeof(value)));
		EXPECT_EQ(0, module_info(names[i], "version", "", value,
					 sizeof(value)));
	}
	for (i = 0; i < ARRAY_SIZE(parameters); i++)
		EXPECT_EQ(0, module_info(BENCH_MODULE, "parm", parameters[i],
					 value, sizeof(value)));
}

static unsigned int count_parents(void)
{
	struct mdev_names names;

	if (mdev_parents(&names, BENCH_MODULE))
		return 0;
	return names.count;
}

TEST_F(module, obeys_its_parameters)
{
	char value[32];

	ASSERT_EQ(0, bench_load("parents=3 capacity=48"));
	EXPECT_EQ(0, module_parameter(BENCH_MODULE, "parents", value,
				      sizeof(value)));
	EXPECT_STREQ("3", value);
	EXPECT_EQ(0, module_parameter(BENCH_MODULE, "capacity", value,
				      sizeof(value)));
	EXPECT_STREQ("48", value);
	EXPECT_EQ(3, count_parents());
	EXPECT_EQ(48, mdev_available("mcopy2", "mcopy-m1"));
	EXPECT_EQ(3, mdev_available("mcopy2", "mcopy-m16"));
	EXPECT_EQ(0, mdev_available("mcopy2", "mcopy-m256"));
}

TEST_F(module, has_one_parent_by_default)
{
	ASSERT_EQ(0, bench_load(NULL));
	EXPECT_EQ(1, count_parents());
	EXPECT_EQ(2, mdev_available("mcopy0", "mcopy-m1024"));
}

TEST_F(module, may_have_no_virtual_parent)
{
	ASSERT_EQ(0, bench_load("parents=0"));
	EXPECT_EQ(0, count_parents());
}

/* A load that fails leaves nothing behind that a good one would trip over. */
TEST_F(module, refuses_parameters_that_make_no_sense)
{
	EXPECT_EQ(-EINVAL, bench_load("parents=17"));
	EXPECT_FALSE(module_is_loaded(BENCH_MODULE));
	EXPECT_GT(0, bench_load("parents=many"));
	EXPECT_FALSE(module_is_loaded(BENCH_MODULE));
	EXPECT_EQ(0, bench_load("parents=16"));
	EXPECT_EQ(16, count_parents());
}

TEST_F(module, holds_what_it_uses)
{
	int before;

	ASSERT_EQ(0, module_load("mdev", NULL));
	ASSERT_EQ(0, module_insert(CORE, NULL));
	EXPECT_EQ(0, module_refcount(CORE));
	before = module_refcount("mdev");
	ASSERT_EQ(0, bench_load(NULL));
	EXPECT_TRUE(module_is_held_by(CORE, BENCH_MODULE));
	EXPECT_TRUE(module_is_held_by("mdev", BENCH_MODULE));
	if (!is_built_in("vfio"))
		EXPECT_TRUE(module_is_held_by("vfio", BENCH_MODULE));
	EXPECT_GE(module_refcount(CORE), 1);
	EXPECT_GT(module_refcount("mdev"), before);
	EXPECT_EQ(-EBUSY, module_unload(CORE));
	EXPECT_TRUE(module_is_loaded(CORE));
}

TEST_F(module, stays_while_a_device_is_open)
{
	int idle;

	ASSERT_EQ(0, bench_load(BENCH_OPTIONS));
	idle = module_refcount(BENCH_MODULE);
	ASSERT_EQ(0, device_create(&self->device, BENCH_TYPE));
	EXPECT_GT(module_refcount(BENCH_MODULE), idle);
	EXPECT_EQ(-EBUSY, module_unload(BENCH_MODULE));
	EXPECT_TRUE(module_is_loaded(BENCH_MODULE));
	/* It works as before. */
	EXPECT_EQ(STATE_RUNNING, migration_state(&self->device.migration));
	device_close(&self->device);
	EXPECT_EQ(idle, module_refcount(BENCH_MODULE));
	EXPECT_EQ(0, module_unload(BENCH_MODULE));
	self->device.mdev.uuid[0] = '\0';
}

/* The mapping keeps the device's file open. */
TEST_F(module, stays_while_a_window_is_mapped)
{
	ASSERT_EQ(0, bench_load(BENCH_OPTIONS));
	ASSERT_EQ(0, device_create(&self->device, BENCH_TYPE));
	ASSERT_EQ(0, migration_map(&self->device.migration));
	vfio_close(&self->device.vfio);
	EXPECT_EQ(-EBUSY, module_unload(BENCH_MODULE));
	migration_unmap(&self->device.migration);
	EXPECT_EQ(0, module_unload(BENCH_MODULE));
	self->device.mdev.uuid[0] = '\0';
}

TEST_F(module, takes_idle_devices_with_it)
{
	struct mdev idle = { 0 };

	ASSERT_EQ(0, bench_load(BENCH_OPTIONS));
	ASSERT_EQ(0, mdev_create(&idle, "mcopy1", BENCH_TYPE));
	EXPECT_TRUE(mdev_exists(&idle));
	EXPECT_EQ(0, module_unload(BENCH_MODULE));
	EXPECT_FALSE(mdev_exists(&idle));
}

TEST_F(module, leaves_nothing_behind)
{
	ASSERT_EQ(0, bench_load(BENCH_OPTIONS));
	EXPECT_EQ(2, count_parents());
	EXPECT_TRUE(sysfs_exists("/sys/class/mcopy"));
	EXPECT_TRUE(sysfs_exists("/sys/bus/pci/drivers/mcopy"));
	ASSERT_EQ(0, bench_unload());
	EXPECT_EQ(0, count_parents());
	EXPECT_FALSE(sysfs_exists("/sys/class/mcopy"));
	EXPECT_FALSE(sysfs_exists("/sys/bus/pci/drivers/mcopy"));
	EXPECT_FALSE(sysfs_exists("/sys/bus/mdev/drivers/mcopy"));
}

TEST_F(module, loads_again_and_again)
{
	unsigned int round;

	for (round = 0; round < 10; round++) {
		ASSERT_EQ(0, bench_load(BENCH_OPTIONS));
		ASSERT_EQ(0, device_create(&self->device, BENCH_TYPE));
		ASSERT_EQ(0, mcopy_fill(&self->device.vfio, 0, MCOPY_PAGE, 1));
		ASSERT_EQ(0, device_destroy(&self->device));
		ASSERT_EQ(0, bench_unload());
	}
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
