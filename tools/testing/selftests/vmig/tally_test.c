// SPDX-License-Identifier: GPL-2.0
/* The second driver: no memory, no DMA, and devices that take smaller ones. */
#include <errno.h>

#include "lib/fault.h"
#include "lib/stream.h"
#include "lib/sysfs.h"
#include "lib/tally.h"
#include "test.h"

#define PARENT		"tally"
#define TYPE		"tally-1"
#define COUNTERS	"migration/param_counters"
#define BAR0		VFIO_PCI_BAR0_REGION_INDEX

FIXTURE(tally)
{
	struct bench bench;
	struct device *one, *other;
	struct buffer stream, again;
};

PROTOCOL_VARIANTS(tally);

FIXTURE_SETUP(tally)
{
	TEST_OPEN_OF(&self->bench, &driver_tally, 2, variant->protocol);
	self->one = &self->bench.device[0];
	self->other = &self->bench.device[1];
}

FIXTURE_TEARDOWN(tally)
{
	buffer_free(&self->stream);
	buffer_free(&self->again);
	test_close(_metadata, &self->bench);
}

static uint64_t count_of(const struct device *device, unsigned int counter)
{
	return tally_count(&device->vfio, counter);
}

static int add(const struct device *device, unsigned int counter,
	       uint64_t number)
{
	return tally_add(&device->vfio, counter, number);
}

static void have(struct __test_metadata *_metadata, struct device *device,
		 const char *counters)
{
	device_close(device);
	ASSERT_EQ(0, mdev_write(&device->mdev, COUNTERS, counters));
	ASSERT_EQ(0, device_open(device));
}

TEST_F(tally, counts)
{
	const uint32_t small = htole32(7);
	uint32_t counters;

	ASSERT_EQ(0, vfio_read(&self->one->vfio, BAR0, TALLY_REG_COUNTERS,
			       &counters, sizeof(counters)));
	EXPECT_EQ(4, le32toh(counters));
	EXPECT_EQ(0, count_of(self->one, 3));
	EXPECT_EQ(0, add(self->one, 3, 1ULL << 40));
	EXPECT_EQ(0, vfio_write(&self->one->vfio, BAR0, TALLY_REG_COUNT(3),
				&small, sizeof(small)));
	EXPECT_EQ((1ULL << 40) + 7, count_of(self->one, 3));
	/* One that it does not have. */
	EXPECT_EQ(0, add(self->one, 4, 1));
	EXPECT_EQ(0, count_of(self->one, 4));
	EXPECT_EQ(0, vfio_reset(&self->one->vfio));
	EXPECT_EQ(0, count_of(self->one, 3));
}

TEST_F(tally, stands_still_when_it_is_halted)
{
	ASSERT_EQ(0, add(self->one, 0, 5));
	ASSERT_EQ(0, client_set_state(&self->one->client, MIG_STOP));
	EXPECT_EQ(0, add(self->one, 0, 5));
	EXPECT_EQ(5, count_of(self->one, 0));
	ASSERT_EQ(0, client_set_state(&self->one->client, MIG_RUNNING));
	EXPECT_EQ(0, add(self->one, 0, 5));
	EXPECT_EQ(10, count_of(self->one, 0));
}

TEST_F(tally, is_saved_and_loaded_whole)
{
	const size_t head = sizeof(struct vmig_stream_header);
	unsigned int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, add(self->one, i, 1000 + i));
	ASSERT_EQ(0, client_save_live(&self->one->client, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, 0));
	EXPECT_EQ(0, stream_count(&self->stream, VMIG_RECORD_MEMORY));
	ASSERT_EQ(0, client_load(&self->other->client, &self->stream));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(1000 + i, count_of(self->other, i));
	EXPECT_EQ(MIG_RUNNING, client_state(&self->other->client));
	ASSERT_EQ(0, client_save(&self->other->client, &self->again));
	ASSERT_EQ(self->stream.length, self->again.length);
	EXPECT_EQ(0, memcmp(self->stream.data + head, self->again.data + head,
			    self->stream.length - head));
}

/* Its own rule: what a smaller one has fits. */
TEST_F(tally, takes_what_is_smaller)
{
	unsigned int i;

	have(_metadata, self->one, "2");
	have(_metadata, self->other, "7");
	ASSERT_EQ(0, add(self->one, 0, 11));
	ASSERT_EQ(0, add(self->one, 1, 22));
	ASSERT_EQ(0, add(self->other, 6, 33));
	ASSERT_EQ(0, client_save(&self->one->client, &self->stream));
	ASSERT_EQ(0, client_load(&self->other->client, &self->stream));
	EXPECT_EQ(11, count_of(self->other, 0));
	EXPECT_EQ(22, count_of(self->other, 1));
	for (i = 2; i < 7; i++)
		EXPECT_EQ(0, count_of(self->other, i));
	EXPECT_EQ(0, add(self->other, 6, 1));
	EXPECT_EQ(1, count_of(self->other, 6));
}

TEST_F(tally, refuses_what_is_larger)
{
	ASSERT_EQ(0, client_save(&self->one->client, &self->stream));
	have(_metadata, self->other, "3");
	EXPECT_EQ(-EOPNOTSUPP,
		  client_load(&self->other->client, &self->stream));
	expect_last_error(_metadata, self->other,
			  "param-value record=0 type=SELF field=counters errno=95");
	/* With good reason. */
	ASSERT_EQ(0, vfio_reset(&self->other->vfio));
	ASSERT_EQ(0, fault_set(&self->other->mdev, "ignore_self", "1"));
	EXPECT_EQ(-EINVAL, client_load(&self->other->client, &self->stream));
	expect_last_error(_metadata, self->other,
			  "bad-state record=1 type=STATE field=size errno=22");
	ASSERT_EQ(0, vfio_reset(&self->other->vfio));
	EXPECT_EQ(MIG_RUNNING, client_state(&self->other->client));
}

#define UP_TO(most)	"\"params\":{\"counters\":{\"min\":1,\"max\":" most "}}"
#define RECIPE		"\"create\":{\"" COUNTERS "\":\"params.counters\"}"

TEST_F(tally, says_so)
{
	char text[4096];

	ASSERT_EQ(0, mdev_type_read(PARENT, TYPE, "migration_compatible", text,
				    sizeof(text)));
	EXPECT_NE(NULL, strstr(text, UP_TO("8")));
	EXPECT_NE(NULL, strstr(text, RECIPE));
	ASSERT_EQ(0, mdev_read(&self->one->mdev, "migration_compatible", text,
			       sizeof(text)));
	EXPECT_NE(NULL, strstr(text, UP_TO("4")));
	EXPECT_EQ(NULL, strstr(text, "profile"));
	device_close(self->one);
	EXPECT_EQ(-EINVAL, mdev_write(&self->one->mdev, "migration/profile",
				      "p1"));
	EXPECT_EQ(-EINVAL, mdev_write(&self->one->mdev, COUNTERS, "9"));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
