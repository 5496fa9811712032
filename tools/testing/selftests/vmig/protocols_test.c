// SPDX-License-Identifier: GPL-2.0
/*
 * Two protocols for one device: who leads it out of RUNNING has it until it is
 * back there, and an operator can hide one of them.
 */
#include <sys/mman.h>

#include "lib/feature.h"
#include "lib/stream.h"
#include "test.h"

#define ATTRIBUTE	"migration/protocols"
#define SEED		0x9207

FIXTURE(owned)
{
	struct bench bench;
	struct device *device;
	struct client *client;
	struct client other;	/* the same device's, by the other protocol */
	struct buffer stream;
};

DRIVER_PROTOCOL_VARIANTS(owned);

FIXTURE_SETUP(owned)
{
	TEST_OPEN_OF(&self->bench, variant->driver, 1, variant->protocol);
	self->device = &self->bench.device[0];
	self->client = &self->device->client;
	self->other.protocol = variant->protocol == &protocol_v1 ?
			       &protocol_v2 : &protocol_v1;
	client_open(&self->other, self->client->vfio, self->client->migration);
	ASSERT_EQ(0, variant->driver->leave(&self->device->vfio, SEED));
	ASSERT_EQ(0, client_save(self->client, &self->stream));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
}

FIXTURE_TEARDOWN(owned)
{
	client_close(&self->other);
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* Every register, each way it can be accessed. */
static void expect_v1_busy(struct __test_metadata *_metadata,
			   const struct migration *migration)
{
	uint64_t value = 0;
	uint8_t byte = 0;

	EXPECT_EQ(-EBUSY, migration_state(migration));
	EXPECT_EQ(-EBUSY, migration_pending(migration, &value));
	EXPECT_EQ(-EBUSY, migration_data_offset(migration, &value));
	EXPECT_EQ(-EBUSY, migration_data_size(migration, &value));
	EXPECT_EQ(-EBUSY, migration_set_state(migration, STATE_STOP));
	EXPECT_EQ(-EBUSY, migration_set_state(migration, STATE_RUNNING));
	EXPECT_EQ(-EBUSY, migration_set(migration, MIGRATION_OFFSET(data_size),
					&value, sizeof(value)));
	/* The window is memory, and nobody's. */
	EXPECT_EQ(0, migration_store(migration, migration->window_offset,
				     &byte, 1));
	EXPECT_EQ(0, migration_fetch(migration, migration->window_offset,
				     &byte, 1));
}

static void expect_v2_busy(struct __test_metadata *_metadata,
			   const struct vfio *vfio)
{
	uint64_t value;
	uint32_t state;
	int fd;

	EXPECT_EQ(-EBUSY, feature_state(vfio));
	for (state = MIG_STOP; state < MIG_STATES; state++) {
		EXPECT_EQ(-EBUSY, feature_set_state(vfio, state, &fd));
		EXPECT_EQ(-1, fd);
	}
	/* What is no session's is answered. */
	EXPECT_EQ(0, feature_data_size(vfio, &value));
	EXPECT_EQ(0, feature_migration(vfio, &value));
	EXPECT_EQ(0, feature_probe(vfio, VFIO_DEVICE_FEATURE_SET |
				   VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE));
}

static void expect_busy(struct __test_metadata *_metadata,
			const struct device *device,
			const struct client *other)
{
	char expected[128];

	if (other->protocol == &protocol_v1)
		expect_v1_busy(_metadata, &device->migration);
	else
		expect_v2_busy(_metadata, &device->vfio);
	snprintf(expected, sizeof(expected),
		 "protocol-busy record=0 type=- field=%s errno=16",
		 device->client.protocol->name);
	expect_last_error(_metadata, device, expected);
}

TEST_F(owned, device_answers_one_protocol)
{
	enum mig_state state;

	for (state = MIG_STOP; state < MIG_STATES; state++) {
		if (state == MIG_RUNNING ||
		    !client_can_name(self->client, state))
			continue;
		ASSERT_EQ(0, vfio_reset(&self->device->vfio));
		ASSERT_EQ(0, client_set_state(self->client, state)) {
			TH_LOG("%s", mig_name(state));
		}
		expect_busy(_metadata, self->device, &self->other);
		EXPECT_EQ(state, client_state(self->client));
	}
}

/* Neither a fetch nor a feed notices that somebody has asked. */
TEST_F(owned, session_is_not_disturbed)
{
	const size_t half = self->stream.length / 2;
	struct client *client = self->client;
	struct buffer again = { 0 };

	ASSERT_EQ(0, client_set_state(client, MIG_PRE_COPY));
	expect_busy(_metadata, self->device, &self->other);
	ASSERT_LT(0, client_fetch(client, &again));
	expect_busy(_metadata, self->device, &self->other);
	ASSERT_EQ(0, client_set_state(client, MIG_STOP_COPY));
	expect_busy(_metadata, self->device, &self->other);
	ASSERT_EQ(0, client_drain(client, &again));
	EXPECT_EQ(0, stream_check(&again, variant->driver->memory));
	buffer_free(&again);

	ASSERT_EQ(0, client_set_state(client, MIG_RESUMING));
	ASSERT_EQ(0, client_feed(client, self->stream.data, half, half));
	expect_busy(_metadata, self->device, &self->other);
	ASSERT_EQ(0, client_feed(client, self->stream.data + half,
				 self->stream.length - half, 4096));
	expect_busy(_metadata, self->device, &self->other);
	EXPECT_EQ(0, client_set_state(client, MIG_RUNNING));
	expect_has(_metadata, variant->driver, self->device, SEED);
}

/* In RUNNING it is anybody's again, whichever way it came there. */
TEST_F(owned, running_device_is_free)
{
	struct client *client = self->client, *other = &self->other;
	struct buffer again = { 0 };

	ASSERT_EQ(0, client_set_state(client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_set_state(client, MIG_RUNNING));
	EXPECT_EQ(MIG_RUNNING, client_state(other));
	EXPECT_EQ(MIG_RUNNING, client_state(client));
	EXPECT_EQ(0, client_save(other, &again));
	EXPECT_EQ(-EBUSY, client_state(client));
	EXPECT_EQ(-EBUSY, client_set_state(client, MIG_RUNNING));
	EXPECT_EQ(0, client_set_state(other, MIG_RUNNING));

	ASSERT_EQ(0, client_set_state(client, MIG_RESUMING));
	ASSERT_EQ(0, vfio_reset(&self->device->vfio));
	EXPECT_EQ(0, client_load(other, &again));
	expect_has(_metadata, variant->driver, self->device, SEED);

	ASSERT_EQ(0, client_set_state(client, MIG_STOP));
	vfio_close_device(&self->device->vfio);
	ASSERT_EQ(0, vfio_open_device(&self->device->vfio));
	EXPECT_EQ(0, client_load(other, &again));
	expect_has(_metadata, variant->driver, self->device, SEED);
	buffer_free(&again);
}

/* Who asks for what can't be has not become the owner by it. */
TEST_F(owned, refused_request_owns_nothing)
{
	const uint32_t bad_word = 5;
	int fd;

	EXPECT_EQ(-EINVAL, variant->protocol == &protocol_v1 ?
		  migration_set_state(self->client->migration, bad_word) :
		  feature_set_state(self->client->vfio, MIG_ERROR, &fd));
	EXPECT_EQ(0, client_set_state(&self->other, MIG_STOP));
	EXPECT_EQ(0, client_set_state(&self->other, MIG_RUNNING));
	/* Nor who goes nowhere. */
	EXPECT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	EXPECT_EQ(0, client_set_state(&self->other, MIG_STOP));
}

FIXTURE(offered)
{
	struct bench bench;
	struct device *device;
	struct device *bystander;
	struct buffer stream;
};

DRIVER_VARIANTS(offered);

FIXTURE_SETUP(offered)
{
	TEST_OPEN_OF(&self->bench, variant->driver, 2, &protocol_v2);
	self->device = &self->bench.device[0];
	self->bystander = &self->bench.device[1];
	ASSERT_EQ(0, variant->driver->leave(&self->bystander->vfio, SEED));
	ASSERT_EQ(0, client_save(&self->bystander->client, &self->stream));
	ASSERT_EQ(0, client_set_state(&self->bystander->client, MIG_RUNNING));
	device_close(self->device);
}

FIXTURE_TEARDOWN(offered)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

static void expect_offer(struct __test_metadata *_metadata,
			 const struct device *device, const char *expected)
{
	char text[64];

	ASSERT_EQ(0, mdev_read(&device->mdev, ATTRIBUTE, text, sizeof(text)));
	EXPECT_STREQ(expected, text);
}

static int offer(const struct device *device, const char *text)
{
	return mdev_write(&device->mdev, ATTRIBUTE, text);
}

TEST_F(offered, are_both_if_nobody_says_else)
{
	expect_offer(_metadata, self->device, "v1 v2");
	expect_offer(_metadata, self->bystander, "v1 v2");
}

TEST_F(offered, are_those_that_were_named)
{
	static const struct {
		const char *text;
		const char *offer;
	} good[] = {
		{ "v1", "v1" }, { "v2\n", "v2" }, { "v2 v1\n", "v1 v2" },
		{ " v1 ", "v1" }, { "v1  v2", "v1 v2" }, { "v2 v2", "v2" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, offer(self->device, good[i].text));
		expect_offer(_metadata, self->device, good[i].offer);
		expect_offer(_metadata, self->bystander, "v1 v2");
	}
}

TEST_F(offered, stay_when_what_is_written_is_bad)
{
	static const char * const bad[] = {
		"\n", " ", "v3", "v1 v3", "v3 v1", "v1,v2", "V1", "v", "v1v2",
		"v11", "1", "none", "v1 v2 x",
	};
	size_t i;

	ASSERT_EQ(0, offer(self->device, "v2"));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, offer(self->device, bad[i])) {
			TH_LOG("\"%s\"", bad[i]);
		}
		expect_offer(_metadata, self->device, "v2");
	}
}

TEST_F(offered, stay_while_the_device_is_open)
{
	uint64_t flags;

	ASSERT_EQ(0, device_open(self->device));
	EXPECT_EQ(-EBUSY, offer(self->device, "v1"));
	EXPECT_EQ(-EBUSY, offer(self->device, "v1 v2"));
	EXPECT_EQ(-EINVAL, offer(self->device, "v3"));
	expect_offer(_metadata, self->device, "v1 v2");
	EXPECT_EQ(0, feature_migration(&self->device->vfio, &flags));
	device_close(self->device);
	EXPECT_EQ(0, offer(self->device, "v1"));
	/* It is the device's, and not its owner's. */
	ASSERT_EQ(0, device_open(self->device));
	device_close(self->device);
	expect_offer(_metadata, self->device, "v1");
}

/* A new one knows nothing of it, not even by the same name. */
TEST_F(offered, are_forgotten_with_the_device)
{
	struct device device = { .mdev = self->device->mdev };

	ASSERT_EQ(0, offer(self->device, "v2"));
	ASSERT_EQ(0, device_destroy(self->device));
	device.client.protocol = &protocol_v2;
	ASSERT_EQ(0, device_create(&device, variant->driver->type));
	expect_offer(_metadata, &device, "v1 v2");
	EXPECT_EQ(0, device_destroy(&device));
}

TEST_F(offered, v1_can_be_hidden)
{
	const off_t region = (off_t)VFIO_PCI_NUM_REGIONS << 40;
	struct vfio_region info;
	uint32_t word = 0;

	ASSERT_EQ(0, offer(self->device, "v2"));
	ASSERT_EQ(0, device_open(self->device));
	EXPECT_EQ(VFIO_PCI_NUM_REGIONS, self->device->vfio.info.num_regions);
	EXPECT_EQ(-EINVAL, vfio_region(&self->device->vfio,
				       VFIO_PCI_NUM_REGIONS, &info));
	EXPECT_EQ(-1, pread(self->device->vfio.device, &word, sizeof(word),
			    region));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwrite(self->device->vfio.device, &word, sizeof(word),
			     region));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED,
				   self->device->vfio.device, region + 4096));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, client_load(&self->device->client, &self->stream));
	expect_has(_metadata, variant->driver, self->device, SEED);
}

TEST_F(offered, v2_can_be_hidden)
{
	static const uint32_t features[] = {
		VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIGRATION,
		VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
		VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
		VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,
		VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,
		VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
	};
	const struct vfio *vfio = &self->device->vfio;
	uint64_t value;
	size_t i;
	int fd;

	ASSERT_EQ(0, offer(self->device, "v1"));
	self->device->client.protocol = &protocol_v1;
	ASSERT_EQ(0, device_open(self->device));
	for (i = 0; i < ARRAY_SIZE(features); i++)
		EXPECT_EQ(-ENOTTY, feature_probe(vfio, features[i])) {
			TH_LOG("feature 0x%x", features[i]);
		}
	EXPECT_EQ(-ENOTTY, feature_migration(vfio, &value));
	EXPECT_EQ(-ENOTTY, feature_state(vfio));
	EXPECT_EQ(-ENOTTY, feature_set_state(vfio, MIG_STOP, &fd));
	EXPECT_EQ(-ENOTTY, feature_data_size(vfio, &value));
	EXPECT_EQ(VFIO_PCI_NUM_REGIONS + 1, vfio->info.num_regions);
	EXPECT_EQ(0, client_load(&self->device->client, &self->stream));
	expect_has(_metadata, variant->driver, self->device, SEED);
	/* The other device is none of it. */
	EXPECT_EQ(0, feature_migration(&self->bystander->vfio, &value));

	device_close(self->device);
	ASSERT_EQ(0, offer(self->device, "v1 v2"));
	ASSERT_EQ(0, device_open(self->device));
	EXPECT_EQ(0, feature_migration(vfio, &value));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
