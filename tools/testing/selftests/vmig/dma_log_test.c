// SPDX-License-Identifier: GPL-2.0
/*
 * DMA logging: what the device has written of the guest's memory, in the bits
 * of VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT, against the truth and against the
 * IOMMU's own bitmap.
 *
 * It is there where the kernel can hand bits out, and there only: a VMM that
 * finds it prefers it, and loses pages if there is nothing behind.
 *
 * VMIG_SEED=N rolls other dice.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/dice.h"
#include "lib/feature.h"
#include "lib/iommu.h"
#include "lib/model.h"
#include "lib/module.h"
#include "test.h"

#define SIZE		(8 * 1024 * 1024)
#define PAGES		(SIZE / IOMMU_PAGE)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define ENTRIES		16
#define ROUNDS		150
#define REPLAYS		25	/* of other ranges each time */
#define RANGES_MAX	12
#define SEED		20221208

/* Its name is longer than a line of code. */
#define LOG_RANGE	struct vfio_device_feature_dma_logging_range

FIXTURE(log)
{
	struct bench bench;
	struct device *device;
	const struct vfio *vfio;
	struct guest guest;
	struct model model;
	struct queue queue[MCOPY_QUEUES_MAX];
	uint64_t *type1;	/* its bitmap, all of the guest */
	uint8_t *tracked;	/* pages in the ranges of the log */
	uint8_t *written;	/* since START, or the last REPORT of the page */
	uint8_t *marked;	/* the same, as type1 says */
	bool offered;
};

/* Is there a real iova_bitmap_set() in this kernel? */
static bool kernel_has_bitmaps(void)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, " iova_bitmap_set\n") ||
			strstr(line, " iova_bitmap_set\t");
	if (file)
		fclose(file);
	return found;
}

FIXTURE_SETUP(log)
{
	test_open_by(_metadata, &self->bench, 1, &protocol_v2);
	self->device = &self->bench.device[0];
	self->vfio = &self->device->vfio;
	self->type1 = malloc(IOMMU_BITMAP_SIZE(SIZE));
	self->tracked = calloc(3, PAGES);
	ASSERT_NE(NULL, self->type1);
	ASSERT_NE(NULL, self->tracked);
	self->written = self->tracked + PAGES;
	self->marked = self->written + PAGES;
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, self->vfio));
	guest_scatter(&self->guest, GUEST_RINGS, SIZE - GUEST_RINGS, SEED);
	ASSERT_EQ(0, model_open(&self->model, &self->guest));
	ASSERT_EQ(0, queues_open(self->queue, self->vfio, &self->guest,
				 ENTRIES));
	ASSERT_EQ(0, iommu_track(self->vfio, true));
	self->offered = kernel_has_bitmaps();
}

FIXTURE_TEARDOWN(log)
{
	model_close(&self->model);
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
	free(self->type1);
	free(self->tracked);
}

static const LOG_RANGE all = { .iova = GUEST_IOVA, .length = SIZE };

static int start(const struct vfio *vfio, const LOG_RANGE *ranges, uint32_t count)
{
	uint64_t page_size = IOMMU_PAGE;

	return feature_log_start(vfio, &page_size, ranges, count);
}

/* Where there is none, none of its three requests is known. */
static void expect_none(struct __test_metadata *_metadata,
			const struct vfio *vfio)
{
	uint64_t bits[PAGES / 64];

	EXPECT_EQ(-ENOTTY, feature_probe(vfio, VFIO_DEVICE_FEATURE_SET |
					 VFIO_DEVICE_FEATURE_DMA_LOGGING_START));
	EXPECT_EQ(-ENOTTY, feature_probe(vfio, VFIO_DEVICE_FEATURE_SET |
					 VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP));
	EXPECT_EQ(-ENOTTY, feature_probe(vfio, VFIO_DEVICE_FEATURE_GET |
					 VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT));
	EXPECT_EQ(-ENOTTY, start(vfio, &all, 1));
	EXPECT_EQ(-ENOTTY, feature_log_report(vfio, GUEST_IOVA, SIZE,
					      IOMMU_PAGE, bits));
	EXPECT_EQ(-ENOTTY, feature_log_stop(vfio));
}

/* Trap 9 (Documentation/traps.rst) */
TEST_F(log, is_offered_where_it_is_real)
{
	if (!self->offered)
		expect_none(_metadata, self->vfio);
	else
		EXPECT_TRUE(feature_logs_dma(self->vfio));
}

/* Ranges that touch the guest's memory, and some that don't; whole pages. */
static uint32_t roll_ranges(uint64_t *state, uint64_t page_size,
			    LOG_RANGE *ranges)
{
	const uint64_t unit = page_size < IOMMU_PAGE ? IOMMU_PAGE : page_size;
	const uint32_t count = 1 + dice(state) % RANGES_MAX;
	const uint64_t most = SIZE / unit * 2 / count + 1;
	uint64_t at = GUEST_IOVA - dice(state) % 4 * unit;
	uint32_t i;

	for (i = 0; i < count; i++) {
		at += dice(state) % most * unit;
		ranges[i].iova = at;
		ranges[i].length = (1 + dice(state) % most) * unit;
		at += ranges[i].length;
	}
	return count;
}

static void track(uint8_t *tracked, const LOG_RANGE *ranges, uint32_t count)
{
	size_t page;
	uint32_t i;

	memset(tracked, 0, PAGES);
	for (page = 0; page < PAGES; page++) {
		const uint64_t at = GUEST_IOVA + page * IOMMU_PAGE;

		for (i = 0; i < count; i++)
			if (at < ranges[i].iova + ranges[i].length &&
			    at + IOMMU_PAGE > ranges[i].iova)
				tracked[page] = 1;
	}
}

static bool is_set(const uint64_t *bitmap, size_t page)
{
	return bitmap[page / 64] >> page % 64 & 1;
}

/* The device writes; the model and type1 say where. */
static int write_some(FIXTURE_DATA(log) * self, uint64_t *state)
{
	size_t page;
	int ret = model_play(&self->model, &self->queue[dice(state) % 4],
			     state, 60000);

	if (!ret)
		ret = iommu_dirty(self->vfio, GUEST_IOVA, SIZE, self->type1);
	for (page = 0; page < PAGES; page++) {
		self->written[page] |= is_set(self->model.dirty, page);
		self->marked[page] |= is_set(self->type1, page);
	}
	model_unmark_all(&self->model);
	return ret;
}

#define GUARD	64

/* Ask, and say what the answer must be. Both have a guard behind them. */
static int report(FIXTURE_DATA(log) * self, uint64_t iova, uint64_t length,
		  uint64_t page_size, uint64_t *state, bool *right)
{
	const size_t bits = (length + page_size - 1) / page_size;
	const size_t size = (bits + 63) / 64 * 8 + GUARD;
	uint64_t *seen = malloc(2 * size);
	uint64_t *expected = seen + size / 8;
	size_t i, page;
	int ret;

	if (!seen)
		return -ENOMEM;
	/* It sets bits, and clears none: not everything has to be zero. */
	for (i = 0; i < size / 8; i++)
		seen[i] = dice(state) & dice(state) & dice(state);
	memcpy(expected, seen, size);
	for (page = 0; page < PAGES; page++) {
		const uint64_t at = GUEST_IOVA + page * IOMMU_PAGE;
		const uint64_t bit = (at - iova) / page_size;

		if (at < iova || at >= iova + length || !self->tracked[page])
			continue;
		if (self->written[page])
			expected[bit / 64] |= 1ULL << bit % 64;
		*right &= self->written[page] == self->marked[page];
		self->written[page] = 0;
		self->marked[page] = 0;
	}
	ret = feature_log_report(self->vfio, iova, length, page_size, seen);
	*right &= !memcmp(seen, expected, size);
	free(seen);
	return ret;
}

static uint64_t seed_of_today(void)
{
	const char *text = getenv("VMIG_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : 0;

	return seed ? seed : SEED;
}

/* Ranges, sizes, sizes of pages: bit for bit what was written, and type1's. */
TEST_F_TIMEOUT(log, bits_are_those_of_the_pages_written, 240)
{
	static const uint64_t units[] = {
		IOMMU_PAGE, 2 * IOMMU_PAGE, 65536, 512, 1, 2 * 1024 * 1024,
	};
	const uint64_t seed = seed_of_today();
	uint64_t state = seed, length, first, page_size;
	LOG_RANGE ranges[RANGES_MAX];
	unsigned int round;
	uint32_t count;

	if (!self->offered) {
		expect_none(_metadata, self->vfio);
		return;
	}
	TH_LOG("VMIG_SEED=%llu", (unsigned long long)seed);
	for (round = 0; round < ROUNDS; round++) {
		bool right = true;

		if (round % (ROUNDS / REPLAYS) == 0) {
			page_size = units[dice(&state) % ARRAY_SIZE(units)];
			count = roll_ranges(&state, page_size, ranges);
			ASSERT_EQ(0, feature_log_stop(self->vfio));
			ASSERT_EQ(0, feature_log_start(self->vfio, &page_size,
						       ranges, count));
			EXPECT_EQ(IOMMU_PAGE, page_size);
			track(self->tracked, ranges, count);
			memset(self->written, 0, 2 * PAGES);
		}
		ASSERT_EQ(0, write_some(self, &state));
		page_size = IOMMU_PAGE << dice(&state) % 10;
		first = dice(&state) % PAGES;
		length = 1 + dice(&state) % (PAGES + 50 - first);
		if (round % 3 == 0) {
			first = 0;
			length = PAGES;
		}
		ASSERT_EQ(0, report(self, GUEST_IOVA + first * IOMMU_PAGE,
				    length * IOMMU_PAGE, page_size, &state,
				    &right));
		EXPECT_TRUE(right) {
			TH_LOG("round %u, pages of %llu from page %llu on, %llu pages",
			       round, (unsigned long long)page_size,
			       (unsigned long long)first,
			       (unsigned long long)length);
		}
	}
}

/* Asked at any time while all queues write, the answers add up. */
TEST_F(log, bits_add_up_while_the_device_writes)
{
	const struct mcopy_descriptor fill = {
		.operation = MCOPY_OPERATION_FILL, .target = DATA + 77,
		.length = SIZE - GUEST_RINGS - 77, .pattern = ~0ULL,
	};
	uint64_t *sum = calloc(1, IOMMU_BITMAP_SIZE(SIZE));
	unsigned int round, i;
	size_t page;

	ASSERT_NE(NULL, sum);
	if (!self->offered) {
		expect_none(_metadata, self->vfio);
		return;
	}
	ASSERT_EQ(0, start(self->vfio, &all, 1));
	for (round = 0; round < 20; round++) {
		memset(sum, 0, IOMMU_BITMAP_SIZE(SIZE));
		ASSERT_EQ(0, iommu_dirty(self->vfio, GUEST_IOVA, SIZE,
					 self->type1));
		queue_put(&self->queue[round % 4], &fill);
		ASSERT_EQ(0, queue_ring(&self->queue[round % 4]));
		for (i = 0; i < 3; i++) {
			usleep(round * 200);
			ASSERT_EQ(0, feature_log_report(self->vfio, GUEST_IOVA,
							SIZE, IOMMU_PAGE, sum));
		}
		/* What the stop lets through is in the next answer. */
		ASSERT_EQ(0, client_set_state(&self->device->client,
					      MIG_STOP_COPY));
		ASSERT_EQ(0, feature_log_report(self->vfio, GUEST_IOVA, SIZE,
						IOMMU_PAGE, sum));
		ASSERT_EQ(0, iommu_dirty(self->vfio, GUEST_IOVA, SIZE,
					 self->type1));
		for (page = 0; page < PAGES; page++)
			EXPECT_EQ(is_set(self->type1, page),
				  is_set(sum, page)) {
				TH_LOG("round %u, page %zu", round, page);
			}
		ASSERT_EQ(0, client_set_state(&self->device->client,
					      MIG_RUNNING));
		ASSERT_EQ(0, queue_wait(&self->queue[round % 4]));
		ASSERT_EQ(0, feature_log_report(self->vfio, GUEST_IOVA, SIZE,
						IOMMU_PAGE, sum));
	}
	free(sum);
}

/* Reports of it go through more than one of the kernel's own windows. */
TEST_F(log, may_be_of_all_that_there_is)
{
	const uint64_t huge = 1ULL << 40, page_size = 2 * 1024 * 1024;
	const LOG_RANGE range = {
		.iova = GUEST_IOVA - huge / 2, .length = huge,
	};
	const uint64_t here = huge / 2 / page_size;
	uint64_t *bits = calloc(1, huge / page_size / 8);
	uint64_t state = SEED, i;

	ASSERT_NE(NULL, bits);
	if (!self->offered) {
		expect_none(_metadata, self->vfio);
		return;
	}
	ASSERT_EQ(0, start(self->vfio, &range, 1));
	ASSERT_EQ(0, model_play(&self->model, &self->queue[0], &state, 9999));
	ASSERT_EQ(0, feature_log_report(self->vfio, range.iova, range.length,
					page_size, bits));
	for (i = 0; i < huge / page_size; i++) {
		/* The rings at least are written, and nothing outside. */
		if (i < here || i >= here + SIZE / page_size)
			ASSERT_FALSE(is_set(bits, i));
	}
	EXPECT_TRUE(is_set(bits, here));
	free(bits);
}

TEST_F(log, starts_once)
{
	uint64_t bits[PAGES / 64] = { 0 };

	if (!self->offered) {
		expect_none(_metadata, self->vfio);
		return;
	}
	EXPECT_EQ(0, feature_log_stop(self->vfio));
	EXPECT_EQ(-EINVAL, feature_log_report(self->vfio, GUEST_IOVA, SIZE,
					      IOMMU_PAGE, bits));
	EXPECT_EQ(0, start(self->vfio, &all, 1));
	EXPECT_EQ(-EBUSY, start(self->vfio, &all, 1));
	EXPECT_EQ(0, feature_log_report(self->vfio, GUEST_IOVA, SIZE,
					IOMMU_PAGE, bits));
	EXPECT_EQ(0, feature_log_stop(self->vfio));
	EXPECT_EQ(0, feature_log_stop(self->vfio));
	EXPECT_EQ(-EINVAL, feature_log_report(self->vfio, GUEST_IOVA, SIZE,
					      IOMMU_PAGE, bits));
	EXPECT_EQ(0, start(self->vfio, &all, 1));
	EXPECT_TRUE(bytes_are_zero(bits, sizeof(bits)));
}

static const struct {
	uint64_t page_size;
	uint32_t count;
	LOG_RANGE range[2];
	int answer;
} odd[] = {
	{ 4096, 0, {}, -EINVAL },
	{ 3 * 4096, 1, { { GUEST_IOVA, 3 * 4096 } }, -EINVAL },
	{ 0, 1, { { GUEST_IOVA, SIZE } }, -EINVAL },
	{ 4096, 1, { { GUEST_IOVA + 1, 4096 } }, -EINVAL },
	/* A page has one bit, however small the user wants them. */
	{ 512, 1, { { GUEST_IOVA + 512, 4096 } }, -EINVAL },
	{ 512, 1, { { GUEST_IOVA, 512 } }, -EINVAL },
	{ 4096, 1, { { GUEST_IOVA, 4095 } }, -EINVAL },
	{ 4096, 1, { { -4096ULL, 8192 } }, -EOVERFLOW },
	{ 4096, 2, { { GUEST_IOVA, 8192 }, { GUEST_IOVA + 4096, 4096 } },
	  -EINVAL },
	/* More than a terabyte of bits. */
	{ 4096, 1, { { 0, 1ULL << 62 } }, -E2BIG },
};

TEST_F(log, refuses_odd_ranges)
{
	const LOG_RANGE *nowhere = (void *)4096;
	uint64_t page_size;
	size_t i;

	if (!self->offered) {
		expect_none(_metadata, self->vfio);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		page_size = odd[i].page_size;
		EXPECT_EQ(odd[i].answer,
			  feature_log_start(self->vfio, &page_size,
					    odd[i].range, odd[i].count)) {
			TH_LOG("case %zu", i);
		}
	}
	EXPECT_EQ(-EFAULT, start(self->vfio, nowhere, 1));
	/* None of these has started anything. */
	EXPECT_EQ(0, start(self->vfio, &all, 1));
}

TEST_F(log, refuses_odd_reports)
{
	uint64_t bits[PAGES / 64] = { 0 };
	int ret;

	if (!self->offered) {
		expect_none(_metadata, self->vfio);
		return;
	}
	ASSERT_EQ(0, start(self->vfio, &all, 1));
	EXPECT_EQ(-EINVAL, feature_log_report(self->vfio, GUEST_IOVA, SIZE,
					      2048, bits));
	EXPECT_EQ(-EINVAL, feature_log_report(self->vfio, GUEST_IOVA, SIZE,
					      3 * 4096, bits));
	/* The rest of a page would be lost. */
	EXPECT_EQ(-EINVAL, feature_log_report(self->vfio, GUEST_IOVA + 512,
					      4096, 4096, bits));
	EXPECT_EQ(-EINVAL, feature_log_report(self->vfio, GUEST_IOVA, 512,
					      4096, bits));
	EXPECT_EQ(-EINVAL, feature_log_report(self->vfio, GUEST_IOVA, 0, 4096,
					      bits));
	EXPECT_EQ(-EOVERFLOW, feature_log_report(self->vfio, -4096ULL, SIZE,
						 4096, bits));
	/* Later kernels don't look where the bits go before there are any. */
	ret = feature_log_report(self->vfio, GUEST_IOVA, SIZE, 4096,
				 (void *)4096);
	EXPECT_TRUE(!ret || ret == -EFAULT);
	/* Where nobody asked to look there is nothing. */
	EXPECT_EQ(0, feature_log_report(self->vfio, GUEST_IOVA - SIZE, SIZE,
					4096, bits));
	EXPECT_TRUE(bytes_are_zero(bits, sizeof(bits)));
}

/* Not a part of any session: it outlives them, a reset, and either protocol. */
TEST_F(log, goes_on_until_the_device_is_closed)
{
	static const enum mig_state states[] = {
		MIG_STOP_COPY, MIG_RUNNING, MIG_RESUMING,
	};
	const struct mcopy_descriptor fill = {
		.operation = MCOPY_OPERATION_FILL, .target = DATA + 4096,
		.length = 4096, .pattern = 1,
	};
	uint64_t bits[PAGES / 64] = { 0 };
	unsigned int i, j;

	if (!self->offered) {
		expect_none(_metadata, self->vfio);
		return;
	}
	ASSERT_EQ(0, start(self->vfio, &all, 1));
	ASSERT_EQ(0, queue_run(&self->queue[0], &fill, NULL));
	for (i = 0; i < PROTOCOLS; i++) {
		self->device->client.protocol = protocols[i];
		for (j = 0; j < ARRAY_SIZE(states); j++)
			ASSERT_EQ(0, client_set_state(&self->device->client,
						      states[j]));
		ASSERT_EQ(0, vfio_reset(self->vfio));
	}
	EXPECT_EQ(-EBUSY, start(self->vfio, &all, 1));
	ASSERT_EQ(0, feature_log_report(self->vfio, GUEST_IOVA, SIZE,
					IOMMU_PAGE, bits));
	EXPECT_TRUE(is_set(bits, GUEST_RINGS / IOMMU_PAGE + 1));
	vfio_close_device(&self->device->vfio);
	ASSERT_EQ(0, vfio_open_device(&self->device->vfio));
	EXPECT_EQ(-EINVAL, feature_log_report(self->vfio, GUEST_IOVA, SIZE,
					      IOMMU_PAGE, bits));
	memset(bits, 0, sizeof(bits));
	EXPECT_EQ(0, start(self->vfio, &all, 1));
	EXPECT_EQ(0, feature_log_report(self->vfio, GUEST_IOVA, SIZE,
					IOMMU_PAGE, bits));
	EXPECT_TRUE(bytes_are_zero(bits, sizeof(bits)));
}

/* For those that are made from then on, and not for those that there are. */
TEST_F(log, can_be_switched_off)
{
	struct device without = { .client.protocol = &protocol_v2 };
	char before[8];

	ASSERT_EQ(0, module_parameter("vmig", "dma_logging", before,
				      sizeof(before)));
	EXPECT_STREQ("Y", before);
	ASSERT_EQ(0, module_set_parameter("vmig", "dma_logging", "N"));
	EXPECT_EQ(0, device_create(&without, BENCH_TYPE));
	EXPECT_EQ(0, module_set_parameter("vmig", "dma_logging", before));
	expect_none(_metadata, &without.vfio);
	EXPECT_EQ(self->offered, feature_logs_dma(self->vfio));
	/* By the IOMMU's own bitmap it migrates all the same. */
	EXPECT_EQ(0, client_set_state(&without.client, MIG_PRE_COPY));
	device_close(&without);
	ASSERT_EQ(0, device_open(&without));
	expect_none(_metadata, &without.vfio);
	EXPECT_EQ(0, device_destroy(&without));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
