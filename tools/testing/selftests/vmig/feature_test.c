// SPDX-License-Identifier: GPL-2.0
/*
 * VFIO_DEVICE_FEATURE as a VMM asks: what there is, and what is said to
 * questions that are put wrongly. Where a state leads to is arcs_test's.
 */
#include <sys/ioctl.h>
#include <sys/utsname.h>

#include "lib/feature.h"
#include "test.h"

#define GET	VFIO_DEVICE_FEATURE_GET
#define SET	VFIO_DEVICE_FEATURE_SET
#define PROBE	VFIO_DEVICE_FEATURE_PROBE

FIXTURE(feature)
{
	struct bench bench;
	struct device *device;
	const struct vfio *vfio;
	struct client *client;
};

DRIVER_VARIANTS(feature);

FIXTURE_SETUP(feature)
{
	TEST_OPEN_OF(&self->bench, variant->driver, 1, &protocol_v2);
	self->device = &self->bench.device[0];
	self->vfio = &self->device->vfio;
	self->client = &self->device->client;
}

FIXTURE_TEARDOWN(feature)
{
	test_close(_metadata, &self->bench);
}

/* PRE_COPY on kernels, too, whose own headers don't know it. */
TEST_F(feature, migration_has_all_optional_states)
{
	uint64_t flags;

	ASSERT_EQ(0, feature_migration(self->vfio, &flags));
	EXPECT_EQ(VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P |
		  VFIO_MIGRATION_PRE_COPY, flags);
}

TEST_F(feature, device_runs_when_it_was_opened)
{
	EXPECT_EQ(MIG_RUNNING, feature_state(self->vfio));
}

static const struct {
	uint32_t number;
	uint32_t ways;		/* GET, SET or both */
	size_t size;
} known[] = {
	{ VFIO_DEVICE_FEATURE_MIGRATION, GET,
	  sizeof(struct vfio_device_feature_migration) },
	{ VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, GET | SET,
	  sizeof(struct vfio_device_feature_mig_state) },
	{ VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, GET,
	  sizeof(struct vfio_device_feature_mig_data_size) },
};

/* Can it be got, can it be set: asked without doing it. */
TEST_F(feature, answers_a_probe)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		const uint32_t number = known[i].number;
		const bool set = known[i].ways & SET;

		EXPECT_EQ(0, feature_call(self->vfio, PROBE | number, NULL, 0));
		EXPECT_EQ(0, feature_probe(self->vfio, GET | number));
		EXPECT_EQ(set ? 0 : -EINVAL,
			  feature_probe(self->vfio, SET | number)) {
			TH_LOG("feature %u", number);
		}
		EXPECT_EQ(set ? 0 : -EINVAL,
			  feature_probe(self->vfio, GET | SET | number));
	}
	EXPECT_EQ(MIG_RUNNING, feature_state(self->vfio));
}

/* A byte less than the answer takes is too little; more is welcome. */
TEST_F(feature, answers_whom_there_is_room_for)
{
	size_t i, size, at;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		for (size = 0; size < known[i].size + 16; size++) {
			const int answer = size < known[i].size ? -EINVAL : 0;
			uint8_t data[64];

			memset(data, 0xee, sizeof(data));
			EXPECT_EQ(answer,
				  feature_call(self->vfio,
					       GET | known[i].number, data,
					       size)) {
				TH_LOG("feature %u, %zu bytes",
				       known[i].number, size);
			}
			/* Behind the answer is nothing of it. */
			for (at = known[i].size; at < size; at++)
				EXPECT_EQ(0xee, data[at]);
		}
	}
}

TEST_F(feature, refuses_what_is_no_question)
{
	uint64_t data[8] = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		const uint32_t number = known[i].number;

		/* Neither, both, and flags that nobody has defined. */
		EXPECT_EQ(-EINVAL, feature_call(self->vfio, number, data,
						sizeof(data)));
		EXPECT_EQ(-EINVAL, feature_call(self->vfio, GET | SET | number,
						data, sizeof(data)));
		EXPECT_EQ(-EINVAL, feature_call(self->vfio,
						GET | 1U << 31 | number, data,
						sizeof(data)));
		if (!(known[i].ways & SET))
			EXPECT_EQ(-EINVAL, feature_call(self->vfio,
							SET | number, data,
							sizeof(data)));
	}
	EXPECT_EQ(-1, ioctl(self->vfio->device, VFIO_DEVICE_FEATURE, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(MIG_RUNNING, feature_state(self->vfio));
}

/* Of other devices, or of nobody. */
TEST_F(feature, knows_no_others)
{
	static const uint32_t others[] = {
		VFIO_DEVICE_FEATURE_PCI_VF_TOKEN,
		VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,
		VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, 10, 100, 0xffff,
	};
	uint64_t data[8] = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		EXPECT_EQ(-ENOTTY, feature_probe(self->vfio,
						 GET | others[i])) {
			TH_LOG("feature %u", others[i]);
		}
		EXPECT_EQ(-ENOTTY, feature_call(self->vfio, SET | others[i],
						data, sizeof(data)));
	}
}

/* Numbers are those of the uAPI, whatever the kernel's headers know. */
TEST_F(feature, state_is_set_and_got)
{
	static const enum mig_state states[] = {
		MIG_PRE_COPY, MIG_PRE_COPY_P2P, MIG_STOP_COPY, MIG_STOP,
		MIG_RUNNING_P2P, MIG_RUNNING, MIG_RESUMING,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		EXPECT_EQ(0, client_set_state(self->client, states[i]));
		EXPECT_EQ(states[i], feature_state(self->vfio));
	}
}

static bool kernel_is_newer_than_6(void)
{
	unsigned int major = 0;
	struct utsname name;

	return !uname(&name) && sscanf(name.release, "%u", &major) == 1 &&
	       major > 6;
}

/*
 * A VMM opts in to answers of PRECOPY_INFO that start anew. Ours never do, with
 * or without; and kernels that don't know the question say so.
 */
TEST_F(feature, precopy_info_never_starts_anew)
{
	const uint32_t opt_in = VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2;
	const int answer = kernel_is_newer_than_6() ? 0 : -ENOTTY;
	uint64_t initial, dirty, data = 0;
	struct buffer stream = { 0 };

	EXPECT_EQ(answer, feature_probe(self->vfio, SET | opt_in));
	EXPECT_EQ(answer, feature_call(self->vfio, SET | opt_in, &data, 0));
	ASSERT_EQ(0, variant->driver->leave(self->vfio, 1));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	EXPECT_EQ(0, feature_precopy_info(self->client->fd, &initial, &dirty));
	EXPECT_EQ(0, client_drain(self->client, &stream));
	EXPECT_EQ(stream.length, initial + dirty);
	EXPECT_EQ(0, feature_precopy_info(self->client->fd, &initial, &dirty));
	EXPECT_EQ(0, initial + dirty);
	buffer_free(&stream);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
