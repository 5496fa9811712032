// SPDX-License-Identifier: GPL-2.0
/* However one owner left the device, the next one finds it new. */
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "test.h"

#define SEED		0x1234
#define CONFIG_SIZE	256

FIXTURE(owner)
{
	struct bench bench;
	struct device *device;
	uint8_t config[CONFIG_SIZE];
};

FIXTURE_VARIANT(owner)
{
	const struct driver *driver;
	const struct protocol *protocol;
	enum mig_state state;
	bool spoiled;	/* with a stream that was refused */
};

DRIVER_VARIANT_ADD(owner, v1_running,
		   .protocol = &protocol_v1, .state = MIG_RUNNING);
DRIVER_VARIANT_ADD(owner, v1_pre_copy,
		   .protocol = &protocol_v1, .state = MIG_PRE_COPY);
DRIVER_VARIANT_ADD(owner, v1_stop_copy,
		   .protocol = &protocol_v1, .state = MIG_STOP_COPY);
DRIVER_VARIANT_ADD(owner, v1_stop,
		   .protocol = &protocol_v1, .state = MIG_STOP);
DRIVER_VARIANT_ADD(owner, v1_resuming,
		   .protocol = &protocol_v1, .state = MIG_RESUMING);
DRIVER_VARIANT_ADD(owner, v1_resuming_refused,
		   .protocol = &protocol_v1, .state = MIG_RESUMING,
		   .spoiled = true);
DRIVER_VARIANT_ADD(owner, v2_pre_copy,
		   .protocol = &protocol_v2, .state = MIG_PRE_COPY);
DRIVER_VARIANT_ADD(owner, v2_stop_copy,
		   .protocol = &protocol_v2, .state = MIG_STOP_COPY);
DRIVER_VARIANT_ADD(owner, v2_stop,
		   .protocol = &protocol_v2, .state = MIG_STOP);
DRIVER_VARIANT_ADD(owner, v2_resuming,
		   .protocol = &protocol_v2, .state = MIG_RESUMING);
DRIVER_VARIANT_ADD(owner, v2_resuming_refused,
		   .protocol = &protocol_v2, .state = MIG_RESUMING,
		   .spoiled = true);
DRIVER_VARIANT_ADD(owner, v2_running_p2p,
		   .protocol = &protocol_v2, .state = MIG_RUNNING_P2P);
DRIVER_VARIANT_ADD(owner, v2_pre_copy_p2p,
		   .protocol = &protocol_v2, .state = MIG_PRE_COPY_P2P);

static int set_config(const struct vfio *vfio, uint32_t offset, uint32_t value)
{
	return vfio_write(vfio, VFIO_PCI_CONFIG_REGION_INDEX, offset, &value,
			  sizeof(value));
}

/* Leave a trace wherever one can be left. */
static int use(const struct driver *driver, struct device *device)
{
	const struct vfio *vfio = &device->vfio;
	const size_t room = device->migration.window_size;
	uint8_t *secret = malloc(room);
	int ret = secret ? driver->leave(vfio, SEED) : -ENOMEM;

	if (secret)
		memset(secret, 0x5a, room);
	/* All of the memory, where there is some. */
	if (!ret && driver->memory)
		ret = mcopy_fill(vfio, 0, driver->memory, SEED);
	if (!ret)
		ret = set_config(vfio, 0x04, 0x0006);
	if (!ret)
		ret = set_config(vfio, 0x10, 0xfebf0000);
	if (!ret)
		ret = set_config(vfio, 0x18, 0xfe000000);
	if (!ret)
		ret = migration_store(&device->migration,
				      device->migration.window_offset, secret,
				      room);
	free(secret);
	return ret;
}

FIXTURE_SETUP(owner)
{
	static const uint8_t junk[64] = { 1 };

	TEST_OPEN_OF(&self->bench, variant->driver, 1, variant->protocol);
	self->device = &self->bench.device[0];
	ASSERT_EQ(0, vfio_read(&self->device->vfio,
			       VFIO_PCI_CONFIG_REGION_INDEX, 0, self->config,
			       sizeof(self->config)));
	ASSERT_EQ(0, use(variant->driver, self->device));
	ASSERT_EQ(0, client_set_state(&self->device->client, variant->state));
	/* A halted device may count this. */
	ASSERT_EQ(0, variant->driver->leave(&self->device->vfio, SEED + 1));
	if (variant->spoiled)
		ASSERT_GT(0, client_feed(&self->device->client, junk,
					 sizeof(junk), sizeof(junk)));
}

FIXTURE_TEARDOWN(owner)
{
	test_close(_metadata, &self->bench);
}

static void expect_new(struct __test_metadata *_metadata,
		       const struct driver *driver, struct device *device,
		       const uint8_t *config)
{
	const struct vfio *vfio = &device->vfio;
	const size_t room = device->migration.window_size;
	uint8_t *window = malloc(room);
	uint8_t now[CONFIG_SIZE];

	ASSERT_NE(NULL, window);
	EXPECT_EQ(MIG_RUNNING, client_state(&device->client));
	EXPECT_TRUE(driver->is_new(vfio));
	EXPECT_EQ(0, vfio_read(vfio, VFIO_PCI_CONFIG_REGION_INDEX, 0, now,
			       sizeof(now)));
	EXPECT_EQ(0, memcmp(now, config, sizeof(now)));
	EXPECT_EQ(0, migration_fetch(&device->migration,
				     device->migration.window_offset, window,
				     room));
	EXPECT_TRUE(bytes_are_zero(window, room));
	free(window);
}

TEST_F(owner, leaves_nothing_by_closing_all)
{
	device_close(self->device);
	ASSERT_EQ(0, device_open(self->device));
	expect_new(_metadata, variant->driver, self->device, self->config);
}

/* Group and container live on, as when a VMM unplugs and plugs again. */
TEST_F(owner, leaves_nothing_by_closing_the_device)
{
	vfio_close_device(&self->device->vfio);
	ASSERT_EQ(0, vfio_open_device(&self->device->vfio));
	expect_new(_metadata, variant->driver, self->device, self->config);
}

/* A mapping keeps the device open: it must not become the next owner's. */
TEST_F(owner, keeps_the_device_by_a_mapped_window)
{
	struct migration *migration = &self->device->migration;

	ASSERT_EQ(0, migration_map(migration));
	vfio_close(&self->device->vfio);
	migration->window[0] = 1;
	EXPECT_EQ(1, migration->window[0]);
	migration_unmap(migration);
	ASSERT_EQ(0, device_open(self->device));
	expect_new(_metadata, variant->driver, self->device, self->config);
}

typedef int (*use_fn)(const struct driver *driver, struct device *device,
		      enum mig_state state);

/* A child does as it is told with the device, and is killed. */
static void be_killed(struct __test_metadata *_metadata,
		      const struct driver *driver, struct device *device,
		      enum mig_state state, use_fn use_it)
{
	pid_t child;
	int status;

	device_close(device);
	child = fork();
	ASSERT_GE(child, 0);
	if (!child) {
		if (!use_it(driver, device, state))
			raise(SIGKILL);
		_exit(1);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFSIGNALED(status));
	ASSERT_EQ(0, device_open(device));
}

static int use_files(const struct driver *driver, struct device *device,
		     enum mig_state state)
{
	int ret = device_open(device);

	if (!ret)
		ret = use(driver, device);
	return ret ? ret : client_set_state(&device->client, state);
}

TEST_F(owner, leaves_nothing_by_being_killed)
{
	be_killed(_metadata, variant->driver, self->device, variant->state,
		  use_files);
	expect_new(_metadata, variant->driver, self->device, self->config);
}

/* With all mapped that can be, and stores through it until the end. */
static int use_maps(const struct driver *driver, struct device *device,
		    enum mig_state state)
{
	const uint64_t size = driver->memory;
	volatile uint8_t *memory;
	int ret = device_open(device);

	if (!ret)
		ret = use(driver, device);
	if (!ret)
		ret = migration_map(&device->migration);
	if (ret)
		return ret;
	memory = size ? device_map(device, 0, size) : NULL;
	if (memory == MAP_FAILED)
		return -errno;
	if (size)
		memory[0] = 1;
	ret = client_set_state(&device->client, state);
	if (size)
		memory[size - 1] = 2;
	device->migration.window[device->migration.window_size - 1] = 3;
	return ret;
}

TEST_F(owner, leaves_nothing_by_being_killed_with_maps)
{
	const uint64_t size = variant->driver->memory;

	ASSERT_EQ(0, bench_offer_mapping(&self->bench, true));
	be_killed(_metadata, variant->driver, self->device, variant->state,
		  use_maps);
	expect_new(_metadata, variant->driver, self->device, self->config);
	if (!size)
		return;
	ASSERT_NE(MAP_FAILED, device_map(self->device, 0, size));
	EXPECT_TRUE(bytes_are_zero(self->device->maps[0].at, size));
}

/* Whoever asks why a migration failed asks when the VMM has exited. */
TEST_F(owner, leaves_its_last_error_until_the_next_one_comes)
{
	char before[256], after[256];

	ASSERT_EQ(0, mdev_read(&self->device->mdev, "migration/last_error",
			       before, sizeof(before)));
	EXPECT_EQ(!variant->spoiled, !strcmp(before, "none"));
	device_close(self->device);
	ASSERT_EQ(0, mdev_read(&self->device->mdev, "migration/last_error",
			       after, sizeof(after)));
	EXPECT_STREQ(before, after);
	ASSERT_EQ(0, device_open(self->device));
	ASSERT_EQ(0, mdev_read(&self->device->mdev, "migration/last_error",
			       after, sizeof(after)));
	EXPECT_STREQ("none", after);
}

/* What the device says by another of its files. */
static int state_by(const struct device *device, int fd)
{
	struct vfio vfio = device->vfio;
	struct migration migration = device->migration;
	struct client client = device->client;

	vfio.device = fd;
	migration.vfio = &vfio;
	client.vfio = &vfio;
	client.migration = &migration;
	return client_state(&client);
}

TEST_F(owner, is_the_only_one)
{
	int fd = ioctl(self->device->vfio.group, VFIO_GROUP_GET_DEVICE_FD,
		       self->device->vfio.name);
	struct vfio second;

	/* The same owner may have it twice: one device, one state. */
	if (fd >= 0) {
		EXPECT_EQ(variant->state, state_by(self->device, fd));
		close(fd);
		EXPECT_EQ(variant->state, client_state(&self->device->client));
	}
	EXPECT_EQ(-EBUSY, vfio_open(&second, self->device->mdev.uuid));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
