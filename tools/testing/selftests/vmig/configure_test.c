// SPDX-License-Identifier: GPL-2.0
/* What is chosen for a device: profile, aggregator, parameters. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "lib/sysfs.h"
#include "lib/uevent.h"
#include "test.h"

#define PROFILE		"migration/profile"
#define NUM_QUEUES	"migration/param_num_queues"
#define RING_MAX	"migration/param_ring_max"
#define DOCUMENT	"migration_compatible"

#define TEXT_SIZE	4096

FIXTURE(configure)
{
	struct bench bench;
	struct device *device;
	const struct mdev *mdev;
};

FIXTURE_SETUP(configure)
{
	test_open(_metadata, &self->bench, 1);
	self->device = &self->bench.device[0];
	self->mdev = &self->device->mdev;
	device_close(self->device);
}

FIXTURE_TEARDOWN(configure)
{
	test_close(_metadata, &self->bench);
}

static void expect_value(struct __test_metadata *_metadata,
			 const struct mdev *mdev, const char *file,
			 const char *expected)
{
	char value[256];

	ASSERT_EQ(0, mdev_read(mdev, file, value, sizeof(value)));
	EXPECT_STREQ(expected, value) {
		TH_LOG("%s", file);
	}
}

static void expect_in_document(struct __test_metadata *_metadata,
			       const struct mdev *mdev, const char *part)
{
	char text[TEXT_SIZE];

	ASSERT_EQ(0, mdev_read(mdev, DOCUMENT, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, part)) {
		TH_LOG("%s is not in %s", part, text);
	}
}

#define SELF(version, profile, features)				\
	"\"version\":\"" version "\",\"profile\":\"" profile	"\","	\
	"\"capacity\":1,\"features\":[" features "]"

#define P3_FEATURES	"\"crc\",\"dma\",\"fill\",\"queues\""
#define P3_PARAMS	"\"params\":{\"num_queues\":4,\"ring_max\":1024}"

TEST_F(configure, profile_makes_it_a_device_of_that_time)
{
	static const struct {
		const char *profile, *version, *features, *queues, *entries;
		const char *self;
	} profiles[] = {
		{ "p1", "3.1.0", "dma", "1", "4096",
		  SELF("3.1.0", "p1", "\"dma\"") "}" },
		{ "p2", "3.2.0", "crc dma fill", "1", "4096",
		  SELF("3.2.0", "p2", "\"crc\",\"dma\",\"fill\"") "}" },
		{ "p3", "3.3.0", "crc dma fill queues", "4", "1024",
		  SELF("3.3.0", "p3", P3_FEATURES) "," P3_PARAMS "}" },
	};
	char gen[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(profiles); i++) {
		ASSERT_EQ(0, mdev_write(self->mdev, PROFILE,
					profiles[i].profile));
		expect_value(_metadata, self->mdev, PROFILE,
			     profiles[i].profile);
		expect_value(_metadata, self->mdev,
			     "migration/software_version",
			     profiles[i].version);
		expect_value(_metadata, self->mdev, "migration/features",
			     profiles[i].features);
		expect_value(_metadata, self->mdev, NUM_QUEUES,
			     profiles[i].queues);
		expect_value(_metadata, self->mdev, RING_MAX,
			     profiles[i].entries);
		snprintf(gen, sizeof(gen), "%zu", i + 2);
		expect_value(_metadata, self->mdev, "migration/generation",
			     gen);
		expect_in_document(_metadata, self->mdev, profiles[i].self);
	}
}

/* Whatever a shell, a C program or a tool writes. */
TEST_F(configure, values_may_end_in_a_newline)
{
	ASSERT_EQ(0, mdev_write(self->mdev, PROFILE, "p2\n"));
	expect_value(_metadata, self->mdev, PROFILE, "p2");
	ASSERT_EQ(0, mdev_write(self->mdev, PROFILE, "p3\n"));
	ASSERT_EQ(0, mdev_write(self->mdev, NUM_QUEUES, "2\n"));
	expect_value(_metadata, self->mdev, NUM_QUEUES, "2");
	ASSERT_EQ(0, mdev_write(self->mdev, "aggregator", "0x2\n"));
	expect_value(_metadata, self->mdev, "aggregator", "2");
}

/* What is off is not said: a device that does not know it has the same. */
TEST_F(configure, parameters_that_are_off_are_left_out)
{
	ASSERT_EQ(0, mdev_write(self->mdev, NUM_QUEUES, "1"));
	expect_in_document(_metadata, self->mdev,
			   "\"queues\"],\"params\":{\"ring_max\":1024}}");
	ASSERT_EQ(0, mdev_write(self->mdev, RING_MAX, "4096"));
	expect_in_document(_metadata, self->mdev, "\"queues\"]}");
}

struct choice {
	const char *file, *value, *last_error;
};

#define BAD(file, value)	\
	{ file, value, "bad-value" }

static void expect_refused(struct __test_metadata *_metadata,
			   const struct mdev *mdev,
			   const struct choice *choice)
{
	char before[TEXT_SIZE], after[TEXT_SIZE], error[256];
	const char *field = strchr(choice->file, '_') ?:
			    strchr(choice->file, '/');

	ASSERT_EQ(0, mdev_read(mdev, DOCUMENT, before, sizeof(before)));
	EXPECT_EQ(-EINVAL, mdev_write(mdev, choice->file, choice->value)) {
		TH_LOG("%s: %s", choice->file, choice->value);
	}
	ASSERT_EQ(0, mdev_read(mdev, DOCUMENT, after, sizeof(after)));
	EXPECT_STREQ(before, after);
	snprintf(error, sizeof(error),
		 "%s record=0 type=- field=%s errno=22", choice->last_error,
		 field ? field + 1 : choice->file);
	expect_value(_metadata, mdev, "migration/last_error", error);
}

TEST_F(configure, bad_values_change_nothing)
{
	static const struct choice bad[] = {
		BAD(PROFILE, "\n"), BAD(PROFILE, "p"), BAD(PROFILE, "p4"),
		BAD(PROFILE, "p33"), BAD(PROFILE, "P1"), BAD(PROFILE, " p1"),
		BAD("aggregator", "\n"), BAD("aggregator", "0"),
		BAD("aggregator", "-1"), BAD("aggregator", "1025"),
		BAD("aggregator", "4294967295"), BAD("aggregator", "4294967297"),
		BAD("aggregator", "1 2"), BAD("aggregator", "two"),
		BAD(NUM_QUEUES, "\n"), BAD(NUM_QUEUES, "0"), BAD(NUM_QUEUES, "5"),
		BAD(NUM_QUEUES, "-1"), BAD(NUM_QUEUES, "true"),
		BAD(NUM_QUEUES, "99999999999"),
		BAD(RING_MAX, "1"), BAD(RING_MAX, "4097"),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		expect_refused(_metadata, self->mdev, &bad[i]);
	expect_value(_metadata, self->mdev, "migration/generation", "1");
}

TEST_F(configure, rule_holds_from_both_sides)
{
	static const struct choice bad[] = {
		{ RING_MAX, "1025", "condition-failed" },
		{ RING_MAX, "4096", "condition-failed" },
		{ NUM_QUEUES, "3", "condition-failed" },
		{ NUM_QUEUES, "4", "condition-failed" },
	};

	expect_refused(_metadata, self->mdev, &bad[0]);
	expect_refused(_metadata, self->mdev, &bad[1]);
	ASSERT_EQ(0, mdev_write(self->mdev, NUM_QUEUES, "2"));
	ASSERT_EQ(0, mdev_write(self->mdev, RING_MAX, "1025"));
	expect_refused(_metadata, self->mdev, &bad[2]);
	expect_refused(_metadata, self->mdev, &bad[3]);
	ASSERT_EQ(0, mdev_write(self->mdev, RING_MAX, "1024"));
	ASSERT_EQ(0, mdev_write(self->mdev, NUM_QUEUES, "3"));
}

/* A recipe may say so, all the same. */
TEST_F(configure, old_profiles_have_their_parameters_off)
{
	static const struct choice bad[] = {
		BAD(NUM_QUEUES, "2"), BAD(RING_MAX, "1024"),
	};

	ASSERT_EQ(0, mdev_write(self->mdev, PROFILE, "p1"));
	EXPECT_EQ(0, mdev_write(self->mdev, NUM_QUEUES, "1"));
	EXPECT_EQ(0, mdev_write(self->mdev, RING_MAX, "4096"));
	expect_value(_metadata, self->mdev, "migration/generation", "2");
	expect_refused(_metadata, self->mdev, &bad[0]);
	expect_refused(_metadata, self->mdev, &bad[1]);
}

TEST_F(configure, profile_brings_its_own_parameters_and_keeps_the_size)
{
	ASSERT_EQ(0, mdev_write(self->mdev, "aggregator", "3"));
	ASSERT_EQ(0, mdev_write(self->mdev, NUM_QUEUES, "2"));
	/* The one that it has: nothing to bring. */
	ASSERT_EQ(0, mdev_write(self->mdev, PROFILE, "p3"));
	expect_value(_metadata, self->mdev, NUM_QUEUES, "2");
	ASSERT_EQ(0, mdev_write(self->mdev, PROFILE, "p2"));
	ASSERT_EQ(0, mdev_write(self->mdev, PROFILE, "p3"));
	expect_value(_metadata, self->mdev, NUM_QUEUES, "4");
	expect_value(_metadata, self->mdev, "aggregator", "3");
	expect_value(_metadata, self->mdev, "migration/capacity", "3");
}

/* Its owner has seen what it is; last_error is for what he did. */
TEST_F(configure, nothing_can_be_chosen_while_it_is_open)
{
	static const struct choice choices[] = {
		BAD(PROFILE, "p1"), BAD(PROFILE, "p3"), BAD(PROFILE, "x"),
		BAD("aggregator", "2"), BAD(NUM_QUEUES, "1"),
		BAD(RING_MAX, "2"),
	};
	char before[TEXT_SIZE], after[TEXT_SIZE];
	size_t i;

	ASSERT_EQ(0, mdev_read(self->mdev, DOCUMENT, before, sizeof(before)));
	ASSERT_EQ(0, device_open(self->device));
	for (i = 0; i < ARRAY_SIZE(choices); i++) {
		EXPECT_EQ(-EBUSY, mdev_write(self->mdev, choices[i].file,
					     choices[i].value)) {
			TH_LOG("choice %zu", i);
		}
	}
	ASSERT_EQ(0, mdev_read(self->mdev, DOCUMENT, after, sizeof(after)));
	EXPECT_STREQ(before, after);
	expect_value(_metadata, self->mdev, "migration/last_error", "none");
	device_close(self->device);
	EXPECT_EQ(0, mdev_write(self->mdev, PROFILE, "p1"));
}

#define WAIT_MS		10000
#define SILENCE_MS	300

/* sysfs wants a file to be read before it is polled. */
static int watch(const struct mdev *mdev, const char *file)
{
	char path[SYSFS_PATH_MAX], text[TEXT_SIZE];
	int fd;

	snprintf(path, sizeof(path), MDEV_DEVICES "/%s/%s", mdev->uuid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || read(fd, text, sizeof(text)) < 0 ? -1 : fd;
}

static bool changed(int fd, int limit)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLPRI };

	return poll(&poll_fd, 1, limit) == 1 && poll_fd.revents & POLLPRI;
}

TEST_F(configure, changes_are_announced)
{
	static const char * const watched[] = {
		DOCUMENT, "migration/generation",
	};
	const int sock = uevent_open();
	struct uevent event;
	int fd[ARRAY_SIZE(watched)];
	size_t i;

	ASSERT_GE(sock, 0);
	for (i = 0; i < ARRAY_SIZE(watched); i++) {
		fd[i] = watch(self->mdev, watched[i]);
		ASSERT_GE(fd[i], 0);
	}
	ASSERT_EQ(0, mdev_write(self->mdev, PROFILE, "p1"));
	for (i = 0; i < ARRAY_SIZE(watched); i++) {
		EXPECT_TRUE(changed(fd[i], WAIT_MS)) {
			TH_LOG("%s", watched[i]);
		}
		close(fd[i]);
	}
	EXPECT_EQ(0, uevent_next(sock, &event, "change", self->mdev->uuid,
				 WAIT_MS));
	close(sock);
}

TEST_F(configure, what_is_no_change_is_not_announced)
{
	const int sock = uevent_open(), fd = watch(self->mdev, DOCUMENT);
	struct uevent event;

	ASSERT_GE(sock, 0);
	ASSERT_GE(fd, 0);
	EXPECT_EQ(0, mdev_write(self->mdev, PROFILE, "p3"));
	EXPECT_EQ(0, mdev_write(self->mdev, "aggregator", "1"));
	EXPECT_EQ(0, mdev_write(self->mdev, NUM_QUEUES, "4"));
	EXPECT_EQ(-EINVAL, mdev_write(self->mdev, NUM_QUEUES, "9"));
	EXPECT_EQ(-ETIMEDOUT, uevent_next(sock, &event, "change",
					  self->mdev->uuid, SILENCE_MS));
	EXPECT_FALSE(changed(fd, 0));
	expect_value(_metadata, self->mdev, "migration/generation", "1");
	close(fd);
	close(sock);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
