// SPDX-License-Identifier: GPL-2.0
/* Three generations of the device: registers, streams, old and new hosts. */
#include <errno.h>

#include "lib/engine.h"
#include "lib/stream.h"
#include "test.h"

#define PROFILE		"migration/profile"

#define GUEST_SIZE	(GUEST_RINGS + 1024 * 1024)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define ENTRIES		8
#define SCRATCH		0x5c5c5c5cU

FIXTURE(profiles)
{
	struct bench bench;
	struct device *one, *other;
	struct guest guest;
	struct queue queue;
	struct buffer stream, again;
};

PROTOCOL_VARIANTS(profiles);

FIXTURE_SETUP(profiles)
{
	test_open_by(_metadata, &self->bench, 2, variant->protocol);
	self->one = &self->bench.device[0];
	self->other = &self->bench.device[1];
	ASSERT_EQ(0, guest_open(&self->guest, GUEST_SIZE));
}

FIXTURE_TEARDOWN(profiles)
{
	buffer_free(&self->stream);
	buffer_free(&self->again);
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
}

static void become(struct __test_metadata *_metadata, struct device *device,
		   const char *profile)
{
	device_close(device);
	ASSERT_EQ(0, mdev_write(&device->mdev, PROFILE, profile));
	ASSERT_EQ(0, device_open(device));
}

static const struct generation {
	const char *profile;
	uint32_t minor, features, queues, ring_max;
	size_t state;
} generations[] = {
	{ "p1", MCOPY_VERSION_MINOR_P1, MCOPY_FEATURE_DMA, 0, 0,
	  MCOPY_STATE_SIZE(1) },
	{ "p2", MCOPY_VERSION_MINOR_P2, MCOPY_FEATURE_DMA |
	  MCOPY_FEATURE_FILL | MCOPY_FEATURE_CRC, 0, 0, MCOPY_STATE_SIZE(1) },
	{ "p3", MCOPY_VERSION_MINOR_P3, MCOPY_FEATURE_DMA |
	  MCOPY_FEATURE_FILL | MCOPY_FEATURE_CRC | MCOPY_FEATURE_QUEUES,
	  MCOPY_QUEUES_MAX, MCOPY_ENTRIES_MAX_MANY,
	  MCOPY_STATE_SIZE(MCOPY_QUEUES_MAX) },
};

#define GENERATIONS	ARRAY_SIZE(generations)

static uint32_t get(const struct device *device, uint32_t reg)
{
	uint32_t value = ~0U;

	mcopy_get(&device->vfio, reg, &value);
	return value;
}

TEST_F(profiles, say_what_they_are)
{
	size_t i;

	for (i = 0; i < GENERATIONS; i++) {
		become(_metadata, self->one, generations[i].profile);
		EXPECT_EQ(MCOPY_VERSION_MAJOR << 16 | generations[i].minor << 8,
			  get(self->one, MCOPY_REG_VERSION));
		EXPECT_EQ(generations[i].features,
			  get(self->one, MCOPY_REG_FEATURES));
		EXPECT_EQ(generations[i].queues,
			  get(self->one, MCOPY_REG_QUEUES));
		EXPECT_EQ(generations[i].ring_max,
			  get(self->one, MCOPY_REG_RING_MAX));
	}
}

/* What came later is no register in them: it takes nothing and reads 0. */
TEST_F(profiles, lack_what_came_later)
{
	static const uint32_t commands[] = {
		MCOPY_REG_MEM_ADDR, MCOPY_REG_MEM_ADDR + 4, MCOPY_REG_MEM_LEN,
		MCOPY_REG_MEM_CRC, MCOPY_REG_MEM_SEED, MCOPY_REG_MEM_SEED + 4,
		MCOPY_REG_COMMAND, MCOPY_REG_RESULT,
	};
	size_t i;

	become(_metadata, self->one, "p1");
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		ASSERT_EQ(0, mcopy_set(&self->one->vfio, commands[i], ~0U));
		EXPECT_EQ(0, get(self->one, commands[i])) {
			TH_LOG("0x%x", commands[i]);
		}
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, mcopy_set(&self->one->vfio,
				       MCOPY_QUEUE(1, MCOPY_QUEUE_ENTRIES), 8));
		EXPECT_EQ(0, get(self->one,
				 MCOPY_QUEUE(1, MCOPY_QUEUE_ENTRIES)));
		become(_metadata, self->one, "p2");
	}
	EXPECT_EQ(MCOPY_RESULT_OK, mcopy_fill(&self->one->vfio, 0, 8, 1));
}

TEST_F(profiles, engine_does_what_there_was)
{
	static const struct mcopy_descriptor later[] = {
		{ .operation = MCOPY_OPERATION_FILL, .target = DATA,
		  .length = 8, .pattern = 1 },
		{ .operation = MCOPY_OPERATION_CRC, .source = DATA,
		  .length = 8 },
	};
	struct queue *queue = &self->queue;
	uint32_t crc;
	size_t i, j;

	for (i = 0; i < 2; i++) {
		become(_metadata, self->one, generations[i].profile);
		ASSERT_EQ(0, guest_map(&self->guest, &self->one->vfio));
		ASSERT_EQ(0, queue_open(queue, &self->one->vfio, &self->guest,
					0, ENTRIES));
		EXPECT_TRUE(queue_works(queue));
		for (j = 0; j < ARRAY_SIZE(later); j++) {
			const int ret = queue_run(queue, &later[j], &crc);

			EXPECT_EQ(i ? 0 : MCOPY_ERROR_OPERATION, ret);
			if (ret)
				ASSERT_EQ(0, queue_open(queue,
							&self->one->vfio,
							&self->guest, 0,
							ENTRIES));
		}
	}
}

/* Some memory, a register, and a queue that is set up. */
static void use(struct __test_metadata *_metadata, struct device *device,
		struct guest *guest, struct queue *queue)
{
	static const uint8_t text[] = "of that generation";

	ASSERT_EQ(0, guest_map(guest, &device->vfio));
	ASSERT_EQ(0, queue_open(queue, &device->vfio, guest, 0, ENTRIES));
	EXPECT_TRUE(queue_works(queue));
	ASSERT_EQ(0, mcopy_memory_write(&device->vfio, 3 * MCOPY_PAGE + 5,
					text, sizeof(text)));
	ASSERT_EQ(0, mcopy_set(&device->vfio, MCOPY_REG_SCRATCH, SCRATCH));
}

/* All but the numbers of the sessions, and what hangs on them. */
static void expect_same_stream(struct __test_metadata *_metadata,
			       const struct buffer *a, const struct buffer *b)
{
	ASSERT_EQ(a->length, b->length);
	EXPECT_EQ(0, memcmp(a->data + sizeof(struct vmig_stream_header),
			    b->data + sizeof(struct vmig_stream_header),
			    a->length - sizeof(struct vmig_stream_header)));
}

TEST_F(profiles, have_their_own_state_and_load_it_whole)
{
	struct record record;
	size_t i;

	for (i = 0; i < GENERATIONS; i++) {
		become(_metadata, self->one, generations[i].profile);
		become(_metadata, self->other, generations[i].profile);
		use(_metadata, self->one, &self->guest, &self->queue);
		self->stream.length = 0;
		ASSERT_EQ(0, client_save(&self->one->client, &self->stream));
		ASSERT_LE(0, stream_find(&self->stream, VMIG_RECORD_STATE, 0,
					 &record));
		EXPECT_EQ(generations[i].state, record.length);
		ASSERT_EQ(0, client_load(&self->other->client, &self->stream));
		EXPECT_EQ(SCRATCH, get(self->other, MCOPY_REG_SCRATCH));
		self->again.length = 0;
		ASSERT_EQ(0, client_save(&self->other->client, &self->again));
		expect_same_stream(_metadata, &self->stream, &self->again);
	}
}

/* The document says compatible-after-config, the device says how. */
TEST_F(profiles, of_others_are_refused_until_it_has_them)
{
	size_t i, j;

	for (i = 0; i < GENERATIONS; i++) {
		become(_metadata, self->one, generations[i].profile);
		use(_metadata, self->one, &self->guest, &self->queue);
		self->stream.length = 0;
		ASSERT_EQ(0, client_save(&self->one->client, &self->stream));
		for (j = 0; j < GENERATIONS; j++) {
			become(_metadata, self->other, generations[j].profile);
			if (i == j)
				continue;
			EXPECT_EQ(-EOPNOTSUPP,
				  client_load(&self->other->client,
					      &self->stream));
			expect_last_error(_metadata, self->other,
					  "not-configured record=0 type=SELF field=migration/profile errno=95");
		}
		become(_metadata, self->other, generations[i].profile);
		EXPECT_EQ(0, client_load(&self->other->client, &self->stream));
	}
}

/* Two parents, one of which plays an old host. */
#define HOSTS		"parents=2 max_profile=p1"
#define OLD_HOST	"mcopy0"
#define NEW_HOST	"mcopy1"

FIXTURE(hosts)
{
	struct device old_device, new_device;
	struct buffer stream;
};

PROTOCOL_VARIANTS(hosts);

FIXTURE_SETUP(hosts)
{
	const int ret = bench_reload(HOSTS);

	if (ret == -EBUSY)
		SKIP(return, "somebody uses the modules");
	ASSERT_EQ(0, ret);
	self->old_device.client.protocol = variant->protocol;
	self->new_device.client.protocol = variant->protocol;
	ASSERT_EQ(0, mdev_create(&self->old_device.mdev, OLD_HOST, BENCH_TYPE));
	ASSERT_EQ(0, mdev_create(&self->new_device.mdev, NEW_HOST, BENCH_TYPE));
	ASSERT_EQ(0, device_open(&self->old_device));
	ASSERT_EQ(0, device_open(&self->new_device));
}

FIXTURE_TEARDOWN(hosts)
{
	EXPECT_EQ(0, device_destroy(&self->old_device));
	EXPECT_EQ(0, device_destroy(&self->new_device));
	buffer_free(&self->stream);
	EXPECT_EQ(0, bench_unload());
}

TEST_F(hosts, know_the_profiles_of_their_time)
{
	char value[64];

	ASSERT_EQ(0, mdev_type_read(OLD_HOST, BENCH_TYPE,
				    "migration/profiles", value,
				    sizeof(value)));
	EXPECT_STREQ("p1", value);
	ASSERT_EQ(0, mdev_type_read(OLD_HOST, BENCH_TYPE,
				    "migration/software_version", value,
				    sizeof(value)));
	EXPECT_STREQ("3.1.0", value);
	ASSERT_EQ(0, mdev_type_read(NEW_HOST, BENCH_TYPE,
				    "migration/profiles", value,
				    sizeof(value)));
	EXPECT_STREQ("p1 p2 p3", value);
	device_close(&self->old_device);
	EXPECT_EQ(-EINVAL, mdev_write(&self->old_device.mdev, PROFILE, "p3"));
}

TEST_F(hosts, go_up_with_the_old_profile)
{
	ASSERT_EQ(0, mcopy_set(&self->old_device.vfio, MCOPY_REG_SCRATCH,
			       SCRATCH));
	ASSERT_EQ(0, client_save(&self->old_device.client, &self->stream));
	EXPECT_EQ(-EOPNOTSUPP,
		  client_load(&self->new_device.client, &self->stream));
	become(_metadata, &self->new_device, "p1");
	ASSERT_EQ(0, client_load(&self->new_device.client, &self->stream));
	EXPECT_EQ(SCRATCH, get(&self->new_device, MCOPY_REG_SCRATCH));
	/* And back. */
	self->stream.length = 0;
	ASSERT_EQ(0, client_save(&self->new_device.client, &self->stream));
	EXPECT_EQ(0, client_load(&self->old_device.client, &self->stream));
}

TEST_F(hosts, do_not_go_down)
{
	ASSERT_EQ(0, client_save(&self->new_device.client, &self->stream));
	EXPECT_EQ(-ERANGE,
		  client_load(&self->old_device.client, &self->stream));
	expect_last_error(_metadata, &self->old_device,
			  "version-too-new record=0 type=SELF field=version errno=34");
	/* The source is as it was. */
	EXPECT_EQ(0, client_set_state(&self->new_device.client, MIG_RUNNING));
}

TEST_F(hosts, need_a_profile_that_there_is)
{
	ASSERT_EQ(0, device_destroy(&self->old_device));
	ASSERT_EQ(0, device_destroy(&self->new_device));
	EXPECT_EQ(-EINVAL, bench_reload("parents=2 max_profile=p2,p9"));
	EXPECT_EQ(-EINVAL, bench_reload("parents=1 max_profile=p1,p2"));
	EXPECT_EQ(0, bench_reload("parents=3 max_profile=,p2"));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
