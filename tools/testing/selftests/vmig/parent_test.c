// SPDX-License-Identifier: GPL-2.0
/* Parents: their types, their pool, and PCI functions in that role. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "lib/kmsg.h"
#include "lib/pci.h"
#include "test.h"

#define CAPACITY	64
#define OPTIONS		"parents=2 capacity=64"
#define PARENT		"mcopy0"
#define OTHER		"mcopy1"

static const struct {
	const char *name;
	unsigned int units;
} types[] = {
	{ "mcopy-m1", 1 },
	{ "mcopy-m1024", 1024 },
	{ "mcopy-m16", 16 },
	{ "mcopy-m256", 256 },
};

#define TYPES	ARRAY_SIZE(types)

FIXTURE(pool)
{
	int kmsg;
	struct mdev mdev[CAPACITY + 1];
};

FIXTURE_SETUP(pool)
{
	const int ret = bench_reload(OPTIONS);

	if (ret == -EBUSY)
		SKIP(return, "somebody uses the modules");
	ASSERT_EQ(0, ret);
	self->kmsg = kmsg_open();
}

FIXTURE_TEARDOWN(pool)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(self->mdev); i++)
		EXPECT_EQ(0, mdev_remove(&self->mdev[i]));
	EXPECT_EQ(CAPACITY, mdev_available(PARENT, "mcopy-m1"));
	EXPECT_EQ(CAPACITY, mdev_available(OTHER, "mcopy-m1"));
	test_end_of_log(_metadata, self->kmsg);
	EXPECT_EQ(0, bench_unload());
}

/* All types tell what is left of the one pool, in their own unit. */
static void expect_left(struct __test_metadata *_metadata, unsigned int units)
{
	size_t i;

	for (i = 0; i < TYPES; i++)
		EXPECT_EQ(units / types[i].units,
			  mdev_available(PARENT, types[i].name)) {
			TH_LOG("%s", types[i].name);
		}
}

TEST_F(pool, has_four_types)
{
	struct mdev_names names;
	char value[128];
	size_t i;

	ASSERT_EQ(0, mdev_types(&names, PARENT));
	ASSERT_EQ(TYPES, names.count);
	for (i = 0; i < TYPES; i++) {
		EXPECT_STREQ(types[i].name, names.name[i]);
		EXPECT_EQ(0, mdev_type_read(PARENT, types[i].name, "device_api",
					    value, sizeof(value)));
		EXPECT_STREQ(VFIO_DEVICE_API_PCI_STRING, value);
		EXPECT_EQ(0, mdev_type_read(PARENT, types[i].name, "name",
					    value, sizeof(value)));
		EXPECT_NE(0, value[0]);
		EXPECT_EQ(0, mdev_type_read(PARENT, types[i].name,
					    "description", value,
					    sizeof(value)));
		EXPECT_NE(0, value[0]);
	}
	expect_left(_metadata, CAPACITY);
}

TEST_F(pool, is_one_for_all_types)
{
	ASSERT_EQ(0, mdev_create(&self->mdev[0], PARENT, "mcopy-m16"));
	expect_left(_metadata, CAPACITY - 16);
	ASSERT_EQ(0, mdev_create(&self->mdev[1], PARENT, "mcopy-m1"));
	expect_left(_metadata, CAPACITY - 17);
	/* 47 units left are two of 16. */
	EXPECT_EQ(2, mdev_available(PARENT, "mcopy-m16"));
	ASSERT_EQ(0, mdev_remove(&self->mdev[0]));
	expect_left(_metadata, CAPACITY - 1);
}

TEST_F(pool, is_each_parents_own)
{
	ASSERT_EQ(0, mdev_create(&self->mdev[0], PARENT, "mcopy-m16"));
	EXPECT_EQ(CAPACITY, mdev_available(OTHER, "mcopy-m1"));
}

TEST_F(pool, can_be_used_up)
{
	unsigned int i;

	for (i = 0; i < CAPACITY / 16; i++)
		ASSERT_EQ(0, mdev_create(&self->mdev[i], PARENT, "mcopy-m16"));
	expect_left(_metadata, 0);
	EXPECT_EQ(-ENOSPC, mdev_create(&self->mdev[i], PARENT, "mcopy-m1"));
	EXPECT_EQ(-ENOSPC, mdev_create(&self->mdev[i], PARENT, "mcopy-m16"));
	expect_left(_metadata, 0);
	ASSERT_EQ(0, mdev_remove(&self->mdev[0]));
	EXPECT_EQ(0, mdev_create(&self->mdev[0], PARENT, "mcopy-m1"));
	expect_left(_metadata, 15);
}

TEST_F(pool, loses_nothing_to_failures)
{
	struct mdev same;

	EXPECT_EQ(-ENOSPC, mdev_create(&self->mdev[1], PARENT, "mcopy-m1024"));
	expect_left(_metadata, CAPACITY);
	ASSERT_EQ(0, mdev_create(&self->mdev[0], PARENT, "mcopy-m1"));
	same = self->mdev[0];
	EXPECT_EQ(-EEXIST, mdev_create(&same, PARENT, "mcopy-m16"));
	EXPECT_EQ(-EEXIST, mdev_create(&same, OTHER, "mcopy-m16"));
	expect_left(_metadata, CAPACITY - 1);
	EXPECT_EQ(CAPACITY, mdev_available(OTHER, "mcopy-m1"));
}

TEST_F(pool, device_knows_no_error_at_first)
{
	char value[128];

	ASSERT_EQ(0, mdev_create(&self->mdev[0], PARENT, "mcopy-m1"));
	EXPECT_EQ(0, mdev_read(&self->mdev[0], "migration/last_error", value,
			       sizeof(value)));
	EXPECT_STREQ("none", value);
}

/* Threads that create and remove; between them they want more than there is. */
#define WORKERS		8
#define ROUNDS		12
#define KEPT		4

struct worker {
	pthread_t thread;
	unsigned int number;
	struct mdev mdev[KEPT];
	unsigned int units[KEPT];
	unsigned int held;
	int error;
	atomic_int *taken;	/* by all; never more than there is */
};

/* Counted after it was taken and before it is given: never too high. */
static void replace(struct worker *worker, unsigned int slot)
{
	const unsigned int type = (worker->number + slot) % 3 ? 0 : 2;
	struct mdev *mdev = &worker->mdev[slot];
	int ret;

	if (mdev->uuid[0]) {
		worker->held -= worker->units[slot];
		atomic_fetch_sub(worker->taken, worker->units[slot]);
		ret = mdev_remove(mdev);
		if (ret)
			worker->error = ret;
	}
	ret = mdev_create(mdev, PARENT, types[type].name);
	if (!ret) {
		worker->units[slot] = types[type].units;
		worker->held += types[type].units;
		if (atomic_fetch_add(worker->taken, types[type].units) +
		    (int)types[type].units > CAPACITY)
			worker->error = -EOVERFLOW;
	} else if (ret != -ENOSPC) {
		worker->error = ret;
	}
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	unsigned int i;

	for (i = 0; i < ROUNDS && !worker->error; i++) {
		const int left = mdev_available(PARENT, "mcopy-m1");

		if (left < 0 || left > CAPACITY)
			worker->error = -ERANGE;
		replace(worker, i % KEPT);
	}
	return NULL;
}

TEST_F_TIMEOUT(pool, is_never_oversubscribed, 120)
{
	struct worker workers[WORKERS] = { 0 };
	atomic_int taken = 0;
	unsigned int held = 0, i, slot;

	for (i = 0; i < WORKERS; i++) {
		workers[i].number = i;
		workers[i].taken = &taken;
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL, work,
					    &workers[i]));
	}
	for (i = 0; i < WORKERS; i++) {
		EXPECT_EQ(0, pthread_join(workers[i].thread, NULL));
		EXPECT_EQ(0, workers[i].error);
		held += workers[i].held;
	}
	EXPECT_EQ(held, atomic_load(&taken));
	expect_left(_metadata, CAPACITY - held);
	for (i = 0; i < WORKERS; i++)
		for (slot = 0; slot < KEPT; slot++)
			EXPECT_EQ(0, mdev_remove(&workers[i].mdev[slot]));
	expect_left(_metadata, CAPACITY);
}

/* All at once for the last ones: exactly as many succeed as there are. */
static void *create_one(void *argument)
{
	struct worker *worker = argument;

	worker->error = mdev_create(&worker->mdev[0], PARENT, "mcopy-m16");
	return NULL;
}

TEST_F(pool, goes_to_as_many_as_it_has_units)
{
	struct worker workers[WORKERS] = { 0 };
	unsigned int won = 0, i;

	for (i = 0; i < WORKERS; i++)
		ASSERT_EQ(0, pthread_create(&workers[i].thread, NULL,
					    create_one, &workers[i]));
	for (i = 0; i < WORKERS; i++) {
		EXPECT_EQ(0, pthread_join(workers[i].thread, NULL));
		EXPECT_TRUE(!workers[i].error || workers[i].error == -ENOSPC);
		won += !workers[i].error;
	}
	EXPECT_EQ(CAPACITY / 16, won);
	expect_left(_metadata, 0);
	for (i = 0; i < WORKERS; i++)
		EXPECT_EQ(0, mdev_remove(&workers[i].mdev[0]));
}

FIXTURE(function)
{
	int kmsg;
	char name[PCI_NAME_SIZE];
	struct device device;
};

FIXTURE_SETUP(function)
{
	if (pci_find_spare(self->name))
		SKIP(return, "no spare PCI function (QEMU: -device pci-testdev)");
	ASSERT_EQ(0, bench_load(OPTIONS));
	self->kmsg = kmsg_open();
	ASSERT_EQ(0, pci_bind(self->name, BENCH_MODULE));
}

FIXTURE_TEARDOWN(function)
{
	device_destroy(&self->device);
	if (pci_is_bound(self->name))
		EXPECT_EQ(0, pci_unbind(self->name, BENCH_MODULE));
	test_end_of_log(_metadata, self->kmsg);
}

TEST_F(function, has_the_types_of_a_virtual_parent)
{
	struct mdev_names virtual, pci;
	unsigned int i;

	ASSERT_EQ(0, mdev_types(&virtual, PARENT));
	ASSERT_EQ(0, mdev_types(&pci, self->name));
	ASSERT_EQ(virtual.count, pci.count);
	for (i = 0; i < pci.count; i++) {
		EXPECT_STREQ(virtual.name[i], pci.name[i]);
		EXPECT_EQ(mdev_available(PARENT, virtual.name[i]),
			  mdev_available(self->name, pci.name[i]));
	}
}

TEST_F(function, has_devices_that_migrate)
{
	struct device target = { 0 };
	struct buffer stream = { 0 };

	ASSERT_EQ(0, mdev_create(&self->device.mdev, self->name, BENCH_TYPE));
	ASSERT_EQ(0, device_open(&self->device));
	ASSERT_EQ(0, mcopy_fill(&self->device.vfio, 0, MCOPY_PAGE, 5));
	ASSERT_EQ(0, migration_save(&self->device.migration, &stream));
	/* The kind of parent is no part of what a device is. */
	ASSERT_EQ(0, device_create(&target, BENCH_TYPE));
	EXPECT_EQ(0, migration_load(&target.migration, &stream));
	EXPECT_EQ(0, device_destroy(&target));
	buffer_free(&stream);
}

struct unbinding {
	const char *name;
	atomic_bool done;
	int result;
};

static void *unbind(void *argument)
{
	struct unbinding *unbinding = argument;

	unbinding->result = pci_unbind(unbinding->name, BENCH_MODULE);
	atomic_store(&unbinding->done, true);
	return NULL;
}

/* Going away is asked for politely, and waited for. */
TEST_F_TIMEOUT(function, asks_for_its_devices_before_it_goes, 60)
{
	struct unbinding unbinding = { .name = self->name };
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	pthread_t thread;

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, mdev_create(&self->device.mdev, self->name, BENCH_TYPE));
	ASSERT_EQ(0, device_open(&self->device));
	ASSERT_EQ(0, vfio_set_eventfds(&self->device.vfio,
				       VFIO_PCI_REQ_IRQ_INDEX,
				       VFIO_IRQ_SET_ACTION_TRIGGER, 0, 1, &fd));
	ASSERT_EQ(0, pthread_create(&thread, NULL, unbind, &unbinding));
	EXPECT_EQ(1, poll(&poll_fd, 1, 20000));
	EXPECT_FALSE(atomic_load(&unbinding.done));
	/* Until it is closed it works. */
	EXPECT_EQ(0, mcopy_fill(&self->device.vfio, 0, MCOPY_PAGE, 5));
	device_close(&self->device);
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, unbinding.result);
	EXPECT_FALSE(mdev_exists(&self->device.mdev));
	self->device.mdev.uuid[0] = '\0';
	close(fd);
}

TEST_F(function, takes_idle_devices_with_it)
{
	ASSERT_EQ(0, mdev_create(&self->device.mdev, self->name, BENCH_TYPE));
	EXPECT_EQ(0, pci_unbind(self->name, BENCH_MODULE));
	EXPECT_FALSE(mdev_exists(&self->device.mdev));
	self->device.mdev.uuid[0] = '\0';
}

TEST_F(function, keeps_the_module_in_use_while_a_device_is_open)
{
	ASSERT_EQ(0, mdev_create(&self->device.mdev, self->name, BENCH_TYPE));
	ASSERT_EQ(0, device_open(&self->device));
	EXPECT_EQ(-EBUSY, bench_unload());
}

/*
 * Trap 42 (Documentation/traps.rst): types must not be used twice, the core
 * would complain of its kobjects.
 */
TEST_F_TIMEOUT(function, is_bound_a_hundred_times, 240)
{
	struct mdev mdev = { 0 };
	unsigned int round;

	for (round = 0; round < 100; round++) {
		ASSERT_EQ(0, pci_unbind(self->name, BENCH_MODULE));
		ASSERT_EQ(0, pci_bind(self->name, BENCH_MODULE));
		ASSERT_EQ(CAPACITY, mdev_available(self->name, "mcopy-m1"));
		if (round % 10)
			continue;
		ASSERT_EQ(0, mdev_create(&mdev, self->name, BENCH_TYPE));
		ASSERT_EQ(0, mdev_remove(&mdev));
	}
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
