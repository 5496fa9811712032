// SPDX-License-Identifier: GPL-2.0
/* The size of a device: units times aggregator, out of its parent's pool. */
#include <errno.h>
#include <sys/mman.h>

#include "lib/kmsg.h"
#include "test.h"

#define CAPACITY	64
#define OPTIONS		"parents=1 capacity=64"
#define PARENT		"mcopy0"

#define MIB		MCOPY_UNIT_SIZE

FIXTURE(capacity)
{
	int kmsg;
	struct device device[3];
	struct buffer stream;
};

FIXTURE_SETUP(capacity)
{
	const int ret = bench_reload(OPTIONS);

	if (ret == -EBUSY)
		SKIP(return, "somebody uses the modules");
	ASSERT_EQ(0, ret);
	self->kmsg = kmsg_open();
}

FIXTURE_TEARDOWN(capacity)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(self->device); i++)
		EXPECT_EQ(0, device_destroy(&self->device[i]));
	buffer_free(&self->stream);
	EXPECT_EQ(CAPACITY, mdev_available(PARENT, "mcopy-m1"));
	EXPECT_EQ(0, bench_unload());
	test_end_of_log(_metadata, self->kmsg);
}

static void make(struct __test_metadata *_metadata, struct device *device,
		 const char *type, const char *aggregator)
{
	ASSERT_EQ(0, mdev_create(&device->mdev, PARENT, type));
	ASSERT_EQ(0, mdev_write(&device->mdev, "aggregator", aggregator));
}

TEST_F(capacity, is_taken_from_the_pool_and_given_back)
{
	const struct mdev *mdev = &self->device[0].mdev;
	char value[64];

	make(_metadata, &self->device[0], "mcopy-m16", "3");
	EXPECT_EQ(CAPACITY - 48, mdev_available(PARENT, "mcopy-m1"));
	EXPECT_EQ(1, mdev_available(PARENT, "mcopy-m16"));
	ASSERT_EQ(0, mdev_read(mdev, "migration/capacity", value,
			       sizeof(value)));
	EXPECT_STREQ("48", value);
	EXPECT_EQ(0, mdev_write(mdev, "aggregator", "4"));
	EXPECT_EQ(0, mdev_available(PARENT, "mcopy-m1"));
	EXPECT_EQ(0, mdev_write(mdev, "aggregator", "1"));
	EXPECT_EQ(CAPACITY - 16, mdev_available(PARENT, "mcopy-m1"));
}

TEST_F(capacity, that_is_not_there_is_refused)
{
	const struct mdev *mdev = &self->device[0].mdev;
	char before[4096], after[4096];

	make(_metadata, &self->device[0], "mcopy-m16", "2");
	make(_metadata, &self->device[1], "mcopy-m1", "1");
	ASSERT_EQ(0, mdev_read(mdev, "migration_compatible", before,
			       sizeof(before)));
	EXPECT_EQ(-ENOSPC, mdev_write(mdev, "aggregator", "4"));
	ASSERT_EQ(0, mdev_read(mdev, "migration_compatible", after,
			       sizeof(after)));
	EXPECT_STREQ(before, after);
	expect_last_error(_metadata, &self->device[0],
			  "no-capacity record=0 type=- field=aggregator errno=28");
	EXPECT_EQ(CAPACITY - 33, mdev_available(PARENT, "mcopy-m1"));
	EXPECT_EQ(0, mdev_write(mdev, "aggregator", "3"));
	ASSERT_EQ(0, mdev_remove(&self->device[1].mdev));
	EXPECT_EQ(0, mdev_write(mdev, "aggregator", "4"));
}

/* QEMU makes a BAR as large as the region, and has to make a power of two. */
static void expect_size(struct __test_metadata *_metadata,
			const struct device *device, uint64_t size,
			uint64_t bar)
{
	struct vfio_region region;
	uint32_t value;

	ASSERT_EQ(0, vfio_region(&device->vfio, MCOPY_BAR_MEMORY, &region));
	EXPECT_EQ(bar, region.size);
	EXPECT_TRUE(region.flags & VFIO_REGION_INFO_FLAG_MMAP);
	EXPECT_EQ(size != bar, region.sparse);
	if (region.sparse) {
		EXPECT_EQ(1, region.areas);
		EXPECT_EQ(0, region.area[0].offset);
		EXPECT_EQ(size, region.area[0].size);
	}
	ASSERT_EQ(0, mcopy_get(&device->vfio, MCOPY_REG_CAPACITY, &value));
	EXPECT_EQ(size / MIB, value);
	/* As firmware finds out. */
	value = ~0U;
	ASSERT_EQ(0, vfio_write(&device->vfio, VFIO_PCI_CONFIG_REGION_INDEX,
				0x18, &value, sizeof(value)));
	ASSERT_EQ(0, vfio_read(&device->vfio, VFIO_PCI_CONFIG_REGION_INDEX,
			       0x18, &value, sizeof(value)));
	EXPECT_EQ(bar, -(uint64_t)(int32_t)(value & ~0xfU));
}

TEST_F(capacity, is_the_size_of_the_memory)
{
	static const struct {
		const char *type, *aggregator;
		unsigned int size, bar;
	} sizes[] = {
		{ "mcopy-m1", "1", 1, 1 }, { "mcopy-m1", "2", 2, 2 },
		{ "mcopy-m1", "3", 3, 4 }, { "mcopy-m1", "5", 5, 8 },
		{ "mcopy-m1", "64", 64, 64 }, { "mcopy-m16", "1", 16, 16 },
		{ "mcopy-m16", "3", 48, 64 }, { "mcopy-m16", "4", 64, 64 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		make(_metadata, &self->device[0], sizes[i].type,
		     sizes[i].aggregator);
		ASSERT_EQ(0, device_open(&self->device[0]));
		expect_size(_metadata, &self->device[0],
			    (uint64_t)sizes[i].size * MIB,
			    (uint64_t)sizes[i].bar * MIB);
		ASSERT_EQ(0, device_destroy(&self->device[0]));
	}
}

/* What is behind the memory takes stores and reads as ones. */
TEST_F(capacity, ends_within_the_bar)
{
	static const uint8_t stored[16] = "0123456789abcdef";
	const struct vfio *vfio = &self->device[0].vfio;
	uint8_t seen[16];
	unsigned int i;

	make(_metadata, &self->device[0], "mcopy-m1", "3");
	ASSERT_EQ(0, device_open(&self->device[0]));
	ASSERT_EQ(0, vfio_write(vfio, MCOPY_BAR_MEMORY, 3 * MIB - 8, stored,
				sizeof(stored)));
	ASSERT_EQ(0, vfio_read(vfio, MCOPY_BAR_MEMORY, 3 * MIB - 8, seen,
			       sizeof(seen)));
	EXPECT_EQ(0, memcmp(stored, seen, 8));
	for (i = 8; i < 16; i++)
		EXPECT_EQ(0xff, seen[i]);
	ASSERT_EQ(0, vfio_read(vfio, MCOPY_BAR_MEMORY, 4 * MIB - 8, seen, 8));
	EXPECT_EQ(0xff, seen[7]);
	EXPECT_EQ(-EINVAL, vfio_read(vfio, MCOPY_BAR_MEMORY, 4 * MIB, seen, 8));

	EXPECT_NE(MAP_FAILED, device_map(&self->device[0], 0, 3 * MIB));
	EXPECT_EQ(MAP_FAILED, device_map(&self->device[0], 0, 4 * MIB));
	EXPECT_EQ(MAP_FAILED, device_map(&self->device[0], 3 * MIB, 4096));
}

/* Of whatever type and by whatever aggregator they came to it. */
TEST_F(capacity, that_is_the_same_is_all_that_matters)
{
	struct device *one = &self->device[0], *other = &self->device[1];
	uint8_t last[8] = "the end", seen[8];

	make(_metadata, one, "mcopy-m1", "16");
	make(_metadata, other, "mcopy-m16", "1");
	ASSERT_EQ(0, device_open(one));
	ASSERT_EQ(0, device_open(other));
	ASSERT_EQ(0, vfio_write(&one->vfio, MCOPY_BAR_MEMORY, 16 * MIB - 8,
				last, sizeof(last)));
	ASSERT_EQ(0, client_save(&one->client, &self->stream));
	ASSERT_EQ(0, client_load(&other->client, &self->stream));
	ASSERT_EQ(0, vfio_read(&other->vfio, MCOPY_BAR_MEMORY, 16 * MIB - 8,
			       seen, sizeof(seen)));
	EXPECT_EQ(0, memcmp(last, seen, sizeof(seen)));

	make(_metadata, &self->device[2], "mcopy-m1", "15");
	ASSERT_EQ(0, device_open(&self->device[2]));
	EXPECT_EQ(-ENOSPC,
		  client_load(&self->device[2].client, &self->stream));
	expect_last_error(_metadata, &self->device[2],
			  "capacity-mismatch record=0 type=SELF field=capacity errno=28");
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
