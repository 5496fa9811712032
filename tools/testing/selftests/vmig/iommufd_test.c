// SPDX-License-Identifier: GPL-2.0
/*
 * Trap 7 (Documentation/traps.rst): a device that is bound to an iommufd. There
 * nobody but the device knows which pages its DMA has written, and QEMU 10 does
 * not even ask: without a log it must not be saved. Needs a kernel with device
 * files, as the debug kernel is.
 */
#include <sys/mman.h>

#include "lib/feature.h"
#include "lib/iommufd.h"
#include "lib/model.h"
#include "lib/module.h"
#include "lib/stream.h"
#include "test.h"

#define SIZE		(4 * 1024 * 1024)
#define PAGES		(SIZE / MCOPY_PAGE)
#define ENTRIES		16
#define SEED		0x10f

FIXTURE(bound)
{
	struct bench bench;
	struct device device;
	struct device target;
	struct iommufd iommufd;
	struct guest guest;
	struct buffer stream;
};

FIXTURE_VARIANT(bound)
{
	const struct protocol *protocol;
	const char *logging;
};

FIXTURE_VARIANT_ADD(bound, v1_with_log)
{
	.protocol = &protocol_v1,
	.logging = "Y",
};

FIXTURE_VARIANT_ADD(bound, v2_with_log)
{
	.protocol = &protocol_v2,
	.logging = "Y",
};

FIXTURE_VARIANT_ADD(bound, v1_without)
{
	.protocol = &protocol_v1,
	.logging = "N",
};

FIXTURE_VARIANT_ADD(bound, v2_without)
{
	.protocol = &protocol_v2,
	.logging = "N",
};

FIXTURE_SETUP(bound)
{
	test_open(_metadata, &self->bench, 0);
	self->device.client.protocol = variant->protocol;
	self->target.client.protocol = variant->protocol;
	ASSERT_EQ(0, module_set_parameter("vmig", "dma_logging",
					  variant->logging));
	ASSERT_EQ(0, device_create(&self->device, BENCH_TYPE));
	ASSERT_EQ(0, module_set_parameter("vmig", "dma_logging", "Y"));
	ASSERT_EQ(0, device_create(&self->target, BENCH_TYPE));
	device_close(&self->device);
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, iommufd_open(&self->iommufd));
	ASSERT_EQ(0, iommufd_map(&self->iommufd, self->guest.at, GUEST_IOVA,
				 SIZE));
	ASSERT_EQ(0, iommufd_open_device(&self->iommufd, &self->device));
}

FIXTURE_TEARDOWN(bound)
{
	iommufd_close_device(&self->device);
	EXPECT_EQ(0, device_destroy(&self->device));
	EXPECT_EQ(0, device_destroy(&self->target));
	iommufd_close(&self->iommufd);
	guest_close(&self->guest);
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

static void expect_refused(struct __test_metadata *_metadata,
			   struct device *device, enum mig_state to,
			   enum mig_state then)
{
	ASSERT_EQ(0, vfio_reset(&device->vfio));
	EXPECT_EQ(-EOPNOTSUPP, client_set_state(&device->client, to));
	EXPECT_EQ(then, client_state(&device->client));
	expect_last_error(_metadata, device,
			  "no-dirty-tracking record=0 type=- field=iommufd errno=95");
}

TEST_F(bound, device_is_saved_with_a_log_only)
{
	struct client *client = &self->device.client;

	if (*variant->logging == 'N') {
		expect_refused(_metadata, &self->device, MIG_PRE_COPY,
			       MIG_RUNNING);
		/* It got as far as that. */
		expect_refused(_metadata, &self->device, MIG_STOP_COPY,
			       MIG_STOP);
		EXPECT_EQ(0, client_set_state(client, MIG_RUNNING));
		return;
	}
	EXPECT_TRUE(feature_logs_dma(&self->device.vfio));
	ASSERT_EQ(0, mcopy_fill(&self->device.vfio, 0, MCOPY_PAGE, SEED));
	ASSERT_EQ(0, client_save_live(client, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	EXPECT_EQ(0, client_load(&self->target.client, &self->stream));
	expect_pattern(_metadata, &self->target, 1, SEED);
}

/* What is loaded was written by nobody here. */
TEST_F(bound, device_is_loaded_at_any_rate)
{
	ASSERT_EQ(0, mcopy_fill(&self->target.vfio, 0, MCOPY_PAGE, SEED));
	ASSERT_EQ(0, client_save(&self->target.client, &self->stream));
	EXPECT_EQ(0, client_load(&self->device.client, &self->stream));
	expect_pattern(_metadata, &self->device, 1, SEED);
	/* And whoever has it by a container has the container's bitmap. */
	iommufd_close_device(&self->device);
	ASSERT_EQ(0, device_open(&self->device));
	self->stream.length = 0;
	EXPECT_EQ(0, client_save_live(&self->device.client, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	device_close(&self->device);
	ASSERT_EQ(0, iommufd_open_device(&self->iommufd, &self->device));
}

/* Where there is no other bitmap to be compared with, there is the truth. */
TEST_F(bound, log_has_what_was_written)
{
	const struct vfio_device_feature_dma_logging_range range = {
		.iova = GUEST_IOVA, .length = SIZE,
	};
	uint64_t bits[PAGES / 64] = { 0 };
	uint64_t page_size = MCOPY_PAGE, state = SEED;
	struct queue queue;
	struct model model;
	unsigned int round;

	if (*variant->logging == 'N') {
		EXPECT_EQ(-ENOTTY, feature_log_start(&self->device.vfio,
						     &page_size, &range, 1));
		return;
	}
	ASSERT_EQ(0, model_open(&model, &self->guest));
	ASSERT_EQ(0, queue_open(&queue, &self->device.vfio, &self->guest, 0,
				ENTRIES));
	ASSERT_EQ(0, feature_log_start(&self->device.vfio, &page_size, &range,
				       1));
	for (round = 0; round < 20; round++) {
		ASSERT_EQ(0, model_play(&model, &queue, &state, 60000));
		memset(bits, 0, sizeof(bits));
		ASSERT_EQ(0, feature_log_report(&self->device.vfio, GUEST_IOVA,
						SIZE, MCOPY_PAGE, bits));
		EXPECT_EQ(0, memcmp(bits, model.dirty, sizeof(bits))) {
			TH_LOG("round %u", round);
		}
		model_unmark_all(&model);
	}
	EXPECT_EQ(SIZE, model_differs(&model, &self->guest));
	model_close(&model);
}

int main(int argc, char **argv)
{
	const char *missing = bench_missing();

	/* That comes with the modules. */
	if (missing || !iommufd_exists())
		ksft_exit_skip("%s\n", missing ? missing :
			       "this kernel has no /dev/iommu");
	return test_main(argc, argv);
}
