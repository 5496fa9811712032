// SPDX-License-Identifier: GPL-2.0
/*
 * Many write to the attributes of a device, some open it, and others read what
 * it says of itself: each read is one document that is true in itself.
 */
#include "document-load.h"
#include "match.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "lib/dice.h"
#include "lib/engine.h"
#include "lib/sysfs.h"
#include "test.h"

/* All writers together. */
#define WRITES		100000
#define WRITERS		2
#define READERS		2
#define OPENS		200
#define SEED		0x5e7

static const struct write {
	const char *file, *value;
} writes[] = {
	{ "migration/profile", "p1" }, { "migration/profile", "p2" },
	{ "migration/profile", "p3" }, { "migration/profile", "p4" },
	{ "aggregator", "1" }, { "aggregator", "2" }, { "aggregator", "3" },
	{ "aggregator", "0" },
	{ ENGINE_NUM_QUEUES, "1" }, { ENGINE_NUM_QUEUES, "2" },
	{ ENGINE_NUM_QUEUES, "4" }, { ENGINE_NUM_QUEUES, "5" },
	{ ENGINE_RING_MAX, "2" }, { ENGINE_RING_MAX, "1024" },
	{ ENGINE_RING_MAX, "4096" },
};

static const struct {
	const char *profile;
	unsigned int minor, features;
} profiles[] = {
	{ "p1", 1, 1 }, { "p2", 2, 3 }, { "p3", 3, 4 },
};

/**
 * struct crowd - those who are at it
 * @error:	something that was wrong, NULL if nothing was
 * @mdev:	the device
 * @stop:	the writers are done
 * @changes:	writes that were taken
 * @refused:	those that were not possible
 * @busy:	those that came while the device was open
 * @reads:	documents that were looked at
 */
struct crowd {
	const char *_Atomic error;
	const struct mdev *mdev;
	atomic_bool stop;
	atomic_uint changes, refused, busy, reads;
};

struct one {
	struct crowd *crowd;
	pthread_t thread;
	uint64_t seed;
};

static void *keep_writing(void *argument)
{
	struct one *one = argument;
	struct crowd *crowd = one->crowd;
	unsigned int i;

	for (i = 0; i < WRITES / WRITERS; i++) {
		const struct write *write =
			&writes[dice(&one->seed) % ARRAY_SIZE(writes)];
		const int ret = mdev_write(crowd->mdev, write->file,
					   write->value);

		if (!ret)
			crowd->changes++;
		else if (ret == -EINVAL)
			crowd->refused++;
		else if (ret == -EBUSY)
			crowd->busy++;
		else
			crowd->error = strerror(-ret);
	}
	return NULL;
}

/* What belongs together was read together. */
static const char *wrong(const struct vmig_document *document)
{
	const struct vmig_self *self = &document->self;
	struct vmig_verdict verdict;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(profiles); i++)
		if (!strcmp(self->profile, profiles[i].profile))
			break;
	if (i == ARRAY_SIZE(profiles))
		return "the profile";
	if (self->version.minor != profiles[i].minor)
		return "the version";
	if (self->feature_count != profiles[i].features)
		return "the features";
	if (i < 2 && self->param_count)
		return "the parameters";
	if (self->capacity < 1 || self->capacity > 3)
		return "the capacity";
	vmig_check(self, document, &verdict);
	return verdict.outcome == VMIG_COMPATIBLE && verdict.entry == i ?
	       NULL : "that it does not take itself";
}

static const char *look(const char *text, size_t length, u32 *gen)
{
	struct load_error error;
	struct loaded_document *loaded = loaded_document(text, length,
							   &error);
	const struct vmig_document *document;
	const char *what;

	if (!loaded)
		return "the text";
	document = loaded_document_get(loaded);
	what = document->gen < *gen ? "the generation" : wrong(document);
	*gen = document->gen;
	loaded_document_free(loaded);
	return what;
}

static void *keep_reading(void *argument)
{
	struct one *one = argument;
	struct crowd *crowd = one->crowd;
	char path[SYSFS_PATH_MAX], text[VMIG_DOCUMENT_MAX];
	u32 gen = 0;

	snprintf(path, sizeof(path), MDEV_DEVICES "/%s/migration_compatible",
		 crowd->mdev->uuid);
	while (!crowd->stop && !crowd->error) {
		const int fd = open(path, O_RDONLY | O_CLOEXEC);
		const ssize_t length = read(fd, text, sizeof(text));

		close(fd);
		crowd->error = length > 0 ? look(text, length, &gen) :
					    "no document";
		crowd->reads++;
	}
	return NULL;
}

FIXTURE(race)
{
	struct bench bench;
};

FIXTURE_SETUP(race)
{
	test_open(_metadata, &self->bench, 1);
	device_close(&self->bench.device[0]);
}

FIXTURE_TEARDOWN(race)
{
	test_close(_metadata, &self->bench);
}

static void start(struct __test_metadata *_metadata, struct one *one,
		  unsigned int count, struct crowd *crowd,
		  void *(*run)(void *argument))
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		one[i].crowd = crowd;
		one[i].seed = SEED + i;
		ASSERT_EQ(0, pthread_create(&one[i].thread, NULL, run,
					    &one[i]));
	}
}

TEST_F(race, every_read_is_one_true_document)
{
	struct device *device = &self->bench.device[0];
	struct crowd crowd = { .mdev = &device->mdev };
	struct one writer[WRITERS], reader[READERS];
	unsigned int i, opened = 0;

	start(_metadata, reader, READERS, &crowd, keep_reading);
	start(_metadata, writer, WRITERS, &crowd, keep_writing);
	for (i = 0; i < OPENS; i++) {
		uint32_t units;

		ASSERT_EQ(0, device_open(device));
		opened += !mcopy_get(&device->vfio, MCOPY_REG_CAPACITY,
				     &units) && units && units <= 3;
		device_close(device);
		usleep(5000);
	}
	for (i = 0; i < WRITERS; i++)
		EXPECT_EQ(0, pthread_join(writer[i].thread, NULL));
	crowd.stop = true;
	for (i = 0; i < READERS; i++)
		EXPECT_EQ(0, pthread_join(reader[i].thread, NULL));
	EXPECT_EQ(NULL, crowd.error) {
		TH_LOG("wrong: %s", crowd.error);
	}
	EXPECT_EQ(OPENS, opened);
	EXPECT_EQ(WRITES, crowd.changes + crowd.refused + crowd.busy);
	EXPECT_LT(0, crowd.changes);
	EXPECT_LT(0, crowd.refused);
	EXPECT_LT(0, crowd.reads);
	TH_LOG("%u writes taken, %u impossible, %u while it was open, %u reads",
	       crowd.changes, crowd.refused, crowd.busy, crowd.reads);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
