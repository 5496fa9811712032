// SPDX-License-Identifier: GPL-2.0
/*
 * VFIO_MIG_GET_PRECOPY_INFO on the data fd: how much there is to be read now, of
 * what was there at the start and of what came since.
 */
#include <sys/ioctl.h>

#include "lib/feature.h"
#include "lib/sizes.h"
#include "test.h"

#define PAGES	8
#define ROOM	(1024 * 1024)
#define MINSZ	(offsetof(struct vfio_precopy_info, dirty_bytes) + 8)

FIXTURE(info)
{
	struct bench bench;
	struct device *device;
	const struct vfio *vfio;
	struct client *client;
	uint8_t *room;
};

FIXTURE_SETUP(info)
{
	test_open_by(_metadata, &self->bench, 1, &protocol_v2);
	self->device = &self->bench.device[0];
	self->vfio = &self->device->vfio;
	self->client = &self->device->client;
	self->room = malloc(ROOM);
	ASSERT_NE(NULL, self->room);
	ASSERT_EQ(0, mcopy_fill(self->vfio, 0, PAGES * MCOPY_PAGE, 1));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
}

FIXTURE_TEARDOWN(info)
{
	free(self->room);
	test_close(_metadata, &self->bench);
}

static void expect_info(struct __test_metadata *_metadata,
			const struct client *client, uint64_t initial,
			uint64_t dirty)
{
	uint64_t seen_initial = ~0ULL, seen_dirty = ~0ULL;

	EXPECT_EQ(0, feature_precopy_info(client->fd, &seen_initial,
					  &seen_dirty));
	EXPECT_EQ(initial, seen_initial);
	EXPECT_EQ(dirty, seen_dirty);
}

/*
 * Trap 27 (Documentation/traps.rst): what was there at the start is more than
 * nothing, falls with every byte that is read, and reaches nothing. Before that
 * no VMM that waits for the switchover's acknowledgment goes on.
 */
TEST_F(info, start_falls_to_nothing)
{
	uint64_t initial = SIZE_OPENING + PAGES * SIZE_PAGE;
	size_t size = 1;

	expect_info(_metadata, self->client, initial, 0);
	while (initial) {
		ssize_t got = read(self->client->fd, self->room, size);

		ASSERT_LT(0, got);
		initial -= got;
		expect_info(_metadata, self->client, initial, 0);
		size = size * 2 + 1;
	}
	EXPECT_EQ(-1, read(self->client->fd, self->room, 1));
	EXPECT_EQ(ENOMSG, errno);
	expect_info(_metadata, self->client, 0, 0);
}

/* Even of a device that nobody ever wrote to. */
TEST_F(info, start_is_never_nothing)
{
	ASSERT_EQ(0, vfio_reset(self->vfio));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY_P2P));
	expect_info(_metadata, self->client, SIZE_OPENING, 0);
}

TEST_F(info, stores_make_it_more)
{
	unsigned int i;

	while (read(self->client->fd, self->room, ROOM) > 0)
		;
	for (i = 1; i <= PAGES; i++) {
		ASSERT_EQ(0, mcopy_fill(self->vfio, 0, i * MCOPY_PAGE, i));
		expect_info(_metadata, self->client, 0, i * SIZE_PAGE);
		/* Once is enough. */
		ASSERT_EQ(0, mcopy_fill(self->vfio, 0, i * MCOPY_PAGE, i + 1));
		expect_info(_metadata, self->client, 0, i * SIZE_PAGE);
	}
	/* The rest of a page that was begun is there to be read, too. */
	ASSERT_EQ(100, read(self->client->fd, self->room, 100));
	expect_info(_metadata, self->client, 0, PAGES * SIZE_PAGE - 100);
	ASSERT_EQ(PAGES * SIZE_PAGE - 100,
		  read(self->client->fd, self->room, ROOM));
	expect_info(_metadata, self->client, 0, 0);
}

/* Of what was there at the start and was stored to before it was read. */
TEST_F(info, sum_is_what_can_be_read)
{
	uint64_t initial, dirty, before;
	ssize_t got;
	size_t i;

	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, mcopy_fill(self->vfio, i * 5 % 32 * MCOPY_PAGE,
					MCOPY_PAGE, i));
		ASSERT_EQ(0, feature_precopy_info(self->client->fd, &initial,
						  &dirty));
		before = initial + dirty;
		got = read(self->client->fd, self->room, 1 + i * 331);
		ASSERT_LT(0, got);
		ASSERT_EQ(0, feature_precopy_info(self->client->fd, &initial,
						  &dirty));
		EXPECT_EQ(before - got, initial + dirty);
	}
	/* Nothing by both numbers is nothing by read(), and only then. */
	do {
		ASSERT_EQ(0, feature_precopy_info(self->client->fd, &initial,
						  &dirty));
		got = read(self->client->fd, self->room, 5000);
		EXPECT_EQ(!initial && !dirty, got < 0);
	} while (got > 0);
	EXPECT_EQ(ENOMSG, errno);
}

TEST_F(info, is_for_pre_copy_only)
{
	static const struct {
		enum mig_state state;
		int answer;
	} steps[] = {
		{ MIG_PRE_COPY, 0 }, { MIG_PRE_COPY_P2P, 0 },
		{ MIG_PRE_COPY, 0 }, { MIG_STOP_COPY, -EINVAL },
		{ MIG_STOP, -ENODEV }, { MIG_STOP_COPY, -EINVAL },
		{ MIG_RESUMING, -EINVAL },
	};
	uint64_t initial, dirty;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		ASSERT_EQ(0, client_set_state(self->client, steps[i].state));
		EXPECT_EQ(steps[i].answer,
			  feature_precopy_info(self->client->fd, &initial,
					       &dirty)) {
			TH_LOG("in %s", mig_name(steps[i].state));
		}
	}
}

/* A user may be older or newer than the kernel. */
TEST_F(info, takes_any_size_that_is_large_enough)
{
	struct {
		struct vfio_precopy_info info;
		uint64_t more;
	} asked;
	uint32_t argsz;

	for (argsz = 0; argsz < MINSZ; argsz++) {
		asked.info.argsz = argsz;
		EXPECT_EQ(-1, ioctl(self->client->fd, VFIO_MIG_GET_PRECOPY_INFO,
				    &asked));
		EXPECT_EQ(EINVAL, errno);
	}
	for (argsz = MINSZ; argsz <= MINSZ + 8; argsz++) {
		memset(&asked, 0xff, sizeof(asked));
		asked.info.argsz = argsz;
		EXPECT_EQ(0, ioctl(self->client->fd, VFIO_MIG_GET_PRECOPY_INFO,
				   &asked));
		/* Nobody has asked for a flag, and what is ours stays. */
		EXPECT_EQ(0, asked.info.flags);
		EXPECT_EQ(SIZE_OPENING + PAGES * SIZE_PAGE,
			  asked.info.initial_bytes);
		EXPECT_EQ(0, asked.info.dirty_bytes);
		EXPECT_EQ(~0ULL, asked.more);
	}
}

TEST_F(info, is_the_only_ioctl)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) };

	EXPECT_EQ(-1, ioctl(self->client->fd, VFIO_MIG_GET_PRECOPY_INFO, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->client->fd, VFIO_DEVICE_RESET));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(self->client->fd, VFIO_DEVICE_FEATURE, &info));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(self->client->fd,
			    VFIO_MIG_GET_PRECOPY_INFO + 0x100, &info));
	EXPECT_EQ(ENOTTY, errno);
	/* And not one of the device's. */
	EXPECT_EQ(-1, ioctl(self->vfio->device, VFIO_MIG_GET_PRECOPY_INFO,
			    &info));
	EXPECT_EQ(MIG_PRE_COPY, client_state(self->client));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
