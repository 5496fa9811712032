// SPDX-License-Identifier: GPL-2.0
/* How fast a large copy is, beside memcpy() on the same machine. */

#include "lib/clock.h"
#include "lib/engine.h"
#include "test.h"

#define MIB		(1024 * 1024)
#define LENGTH		(64 * MIB)
#define SIZE		(GUEST_RINGS + 2 * LENGTH)
#define SEED		20201120

FIXTURE(speed)
{
	struct bench bench;
	struct guest guest;
	struct queue queue;
};

FIXTURE_SETUP(speed)
{
	const struct vfio *vfio = &self->bench.device[0].vfio;

	test_open(_metadata, &self->bench, 1);
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, vfio));
	ASSERT_EQ(0, queue_open(&self->queue, vfio, &self->guest, 0, 2));
	guest_scatter(&self->guest, GUEST_RINGS, LENGTH, SEED);
}

FIXTURE_TEARDOWN(speed)
{
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
}

TEST_F(speed, of_a_copy)
{
	const struct mcopy_descriptor copy = {
		.operation = MCOPY_OPERATION_COPY,
		.source = GUEST_IOVA + GUEST_RINGS,
		.target = GUEST_IOVA + GUEST_RINGS + LENGTH,
		.length = LENGTH,
	};
	const uint8_t *from = self->guest.at + GUEST_RINGS;
	uint8_t *to = self->guest.at + GUEST_RINGS + LENGTH;
	double begin, by_device, by_us;

	/* All pages are there before anything is measured. */
	memset(to, 1, LENGTH);
	begin = seconds();
	memcpy(to, from, LENGTH);
	by_us = seconds() - begin;
	memset(to, 1, LENGTH);
	begin = seconds();
	ASSERT_EQ(0, queue_run(&self->queue, &copy, NULL));
	by_device = seconds() - begin;
	EXPECT_EQ(0, memcmp(from, to, LENGTH));
	ksft_print_msg("copy: %.0f MiB/s, memcpy %.0f MiB/s, ratio %.2f\n",
		       LENGTH / MIB / by_device, LENGTH / MIB / by_us,
		       by_us / by_device);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
