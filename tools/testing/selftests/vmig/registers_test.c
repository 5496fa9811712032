// SPDX-License-Identifier: GPL-2.0
/* The device as its guest sees it: registers in BAR0, memory in BAR2. */
#include <endian.h>
#include <sys/mman.h>

#include "lib/stream.h"
#include "test.h"

#define SEED	0x1122334455667788ULL

FIXTURE(registers)
{
	struct bench bench;
	const struct vfio *vfio;
};

FIXTURE_SETUP(registers)
{
	test_open(_metadata, &self->bench, 1);
	self->vfio = &self->bench.device[0].vfio;
}

FIXTURE_TEARDOWN(registers)
{
	test_close(_metadata, &self->bench);
}

TEST_F(registers, identify_the_device)
{
	static const struct {
		uint32_t reg, value;
	} constants[] = {
		{ MCOPY_REG_ID, MCOPY_ID },
		{ MCOPY_REG_VERSION, MCOPY_VERSION_MAJOR << 16 |
				     MCOPY_VERSION_MINOR_P3 << 8 |
				     MCOPY_VERSION_FIX },
		{ MCOPY_REG_CAPACITY, 1 },
		{ MCOPY_REG_FEATURES, MCOPY_FEATURE_FILL | MCOPY_FEATURE_CRC |
				      MCOPY_FEATURE_DMA |
				      MCOPY_FEATURE_QUEUES },
		{ MCOPY_REG_QUEUES, MCOPY_QUEUES_MAX },
		{ MCOPY_REG_RING_MAX, MCOPY_ENTRIES_MAX_MANY },
	};
	uint32_t value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(constants); i++) {
		EXPECT_EQ(0, mcopy_get(self->vfio, constants[i].reg, &value));
		EXPECT_EQ(constants[i].value, value);
	}
}

TEST_F(registers, are_zero_at_first)
{
	uint32_t reg, value;

	for (reg = MCOPY_REG_CONTROL; reg < MCOPY_BAR_REGS_SIZE; reg += 4) {
		if (reg == MCOPY_REG_QUEUES || reg == MCOPY_REG_RING_MAX)
			continue;
		EXPECT_EQ(0, mcopy_get(self->vfio, reg, &value));
		EXPECT_EQ(0, value) {
			TH_LOG("register 0x%x", reg);
		}
	}
}

TEST_F(registers, ignore_writes_where_there_is_nothing_to_write)
{
	uint32_t reg, before, after;

	for (reg = 0; reg < MCOPY_BAR_REGS_SIZE; reg += 4) {
		if (reg >= MCOPY_REG_CONTROL && reg <= MCOPY_REG_COMMAND &&
		    reg != MCOPY_REG_DROPPED && reg != MCOPY_REG_MEM_CRC)
			continue;
		/* Of the queues; engine_queue_test knows these. */
		if (reg >= MCOPY_QUEUE(0, 0) &&
		    reg < MCOPY_QUEUE(MCOPY_QUEUES_MAX, 0))
			continue;
		EXPECT_EQ(0, mcopy_get(self->vfio, reg, &before));
		EXPECT_EQ(0, mcopy_set(self->vfio, reg, ~before));
		EXPECT_EQ(0, mcopy_get(self->vfio, reg, &after));
		EXPECT_EQ(before, after) {
			TH_LOG("register 0x%x", reg);
		}
	}
}

TEST_F(registers, keep_what_is_written)
{
	static const uint32_t regs[] = {
		MCOPY_REG_SCRATCH, MCOPY_REG_SCRATCH + 4,
		MCOPY_REG_SCRATCH + 8, MCOPY_REG_SCRATCH + 12,
		MCOPY_REG_MEM_ADDR, MCOPY_REG_MEM_ADDR + 4, MCOPY_REG_MEM_LEN,
		MCOPY_REG_MEM_SEED, MCOPY_REG_MEM_SEED + 4,
	};
	uint32_t value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		EXPECT_EQ(0, mcopy_set(self->vfio, regs[i], 0xa5000000 + i));
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		EXPECT_EQ(0, mcopy_get(self->vfio, regs[i], &value));
		EXPECT_EQ(0xa5000000 + i, value);
	}
	/* Only causes that exist can be enabled. */
	EXPECT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_ENABLE, ~0U));
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_IRQ_ENABLE, &value));
	EXPECT_EQ(MCOPY_IRQ_MASK, value);
}

TEST_F(registers, write_only_ones_read_zero)
{
	uint32_t value;

	EXPECT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_RAISE, 3));
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_IRQ_RAISE, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_COMMAND,
			       MCOPY_COMMAND_CRC));
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_COMMAND, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_CONTROL, &value));
	EXPECT_EQ(0, value);
}

/* Each width, at each aligned place of an 8-byte stretch. */
static void expect_widths(struct __test_metadata *_metadata,
			  const struct vfio *vfio, uint32_t bar,
			  uint64_t offset)
{
	uint8_t model[8], seen[8], bytes[8];
	size_t width, at, i;

	memset(model, 0, sizeof(model));
	ASSERT_EQ(0, vfio_write(vfio, bar, offset, model, sizeof(model)));
	for (width = 1; width <= 8; width *= 2) {
		for (at = 0; at < 8; at += width) {
			for (i = 0; i < width; i++)
				bytes[i] = 16 * width + at + i + 1;
			memcpy(model + at, bytes, width);
			EXPECT_EQ(0, vfio_write(vfio, bar, offset + at, bytes,
						width));
			EXPECT_EQ(0, vfio_read(vfio, bar, offset, seen, 8));
			EXPECT_EQ(0, memcmp(model, seen, 8)) {
				TH_LOG("width %zu at %zu", width, at);
			}
			EXPECT_EQ(0, vfio_read(vfio, bar, offset + at, seen,
					       width));
			EXPECT_EQ(0, memcmp(model + at, seen, width));
		}
	}
}

TEST_F(registers, take_every_width)
{
	expect_widths(_metadata, self->vfio, MCOPY_BAR_REGS,
		      MCOPY_REG_SCRATCH);
	expect_widths(_metadata, self->vfio, MCOPY_BAR_REGS,
		      MCOPY_REG_MEM_SEED);
}

TEST_F(registers, memory_takes_every_width)
{
	expect_widths(_metadata, self->vfio, MCOPY_BAR_MEMORY, 0);
	expect_widths(_metadata, self->vfio, MCOPY_BAR_MEMORY,
		      BENCH_MEMORY - 8);
}

/* What no guest does in one access is taken as several that are aligned. */
TEST_F(registers, take_accesses_that_are_not_aligned)
{
	static const uint32_t bars[] = { MCOPY_BAR_REGS, MCOPY_BAR_MEMORY };
	const uint64_t offset = MCOPY_REG_SCRATCH;
	uint8_t model[16], seen[16];
	size_t bar, at, length, i;

	for (bar = 0; bar < ARRAY_SIZE(bars); bar++) {
		for (i = 0; i < sizeof(model); i++)
			model[i] = i + 1;
		ASSERT_EQ(0, vfio_write(self->vfio, bars[bar], offset, model,
					sizeof(model)));
		for (at = 0; at < 8; at++) {
			for (length = 1; length <= 8; length++) {
				model[at] += 0x11;
				ASSERT_EQ(0, vfio_write(self->vfio, bars[bar],
							offset + at,
							model + at, length));
				ASSERT_EQ(0, vfio_read(self->vfio, bars[bar],
						       offset + at, seen,
						       length));
				EXPECT_EQ(0, memcmp(model + at, seen, length));
				ASSERT_EQ(0, vfio_read(self->vfio, bars[bar],
						       offset, seen, 16));
				EXPECT_EQ(0, memcmp(model, seen, 16)) {
					TH_LOG("BAR %u, %zu bytes at %zu",
					       bars[bar], length, at);
				}
			}
		}
	}
}

TEST_F(registers, end_where_the_region_ends)
{
	static const struct {
		uint32_t index;
		uint64_t size;
	} regions[] = {
		{ MCOPY_BAR_REGS, MCOPY_BAR_REGS_SIZE },
		{ MCOPY_BAR_MSIX, MCOPY_BAR_MSIX_SIZE },
		{ MCOPY_BAR_MEMORY, BENCH_MEMORY },
		{ VFIO_PCI_CONFIG_REGION_INDEX, 256 },
		{ VFIO_PCI_BAR3_REGION_INDEX, 0 },
		{ VFIO_PCI_ROM_REGION_INDEX, 0 },
		{ VFIO_PCI_NUM_REGIONS + 1, 0 },
	};
	const uint64_t farthest = (1ULL << 40) - 1;
	uint8_t bytes[16] = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		const uint32_t index = regions[i].index;
		const uint64_t size = regions[i].size;

		EXPECT_EQ(-EINVAL, vfio_read(self->vfio, index, size, bytes, 1));
		EXPECT_EQ(-EINVAL, vfio_write(self->vfio, index, size, bytes, 1));
		EXPECT_EQ(-EINVAL, vfio_read(self->vfio, index, farthest, bytes,
					     1));
		if (!size)
			continue;
		EXPECT_EQ(0, vfio_read(self->vfio, index, size - 1, bytes, 1));
		/* Cut short, or refused, but never more than there is. */
		EXPECT_NE(0, vfio_read(self->vfio, index, size - 4, bytes, 8));
		EXPECT_NE(0, vfio_write(self->vfio, index, size - 4, bytes, 8));
	}
}

TEST_F(registers, do_not_follow_bad_pointers)
{
	const struct vfio *vfio = self->vfio;

	EXPECT_EQ(-EFAULT, vfio_read(vfio, MCOPY_BAR_REGS, 0, NULL, 4));
	EXPECT_EQ(-EFAULT, vfio_write(vfio, MCOPY_BAR_REGS,
				      MCOPY_REG_SCRATCH, NULL, 4));
	EXPECT_EQ(-EFAULT, vfio_read(vfio, MCOPY_BAR_MEMORY, 0, NULL, 4096));
	EXPECT_EQ(-EFAULT, vfio_write(vfio, MCOPY_BAR_MEMORY, 0, NULL, 4096));
	EXPECT_EQ(-EFAULT, vfio_read(vfio, VFIO_PCI_CONFIG_REGION_INDEX, 0,
				     NULL, 4));
}

TEST_F(registers, command_fill_stores_the_pattern)
{
	static const struct {
		uint64_t address;
		uint32_t length;
	} ranges[] = {
		{ 0, BENCH_MEMORY }, { 8, 8 }, { 4088, 16 },
		{ BENCH_MEMORY - 8, 8 }, { 12280, 3 * MCOPY_PAGE }, { 16, 0 },
	};
	uint8_t *model = malloc(BENCH_MEMORY), *seen = malloc(BENCH_MEMORY);
	size_t i;

	ASSERT_NE(NULL, model);
	ASSERT_NE(NULL, seen);
	memset(model, 0, BENCH_MEMORY);
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		EXPECT_EQ(MCOPY_RESULT_OK,
			  mcopy_fill(self->vfio, ranges[i].address,
				     ranges[i].length, SEED + i));
		mcopy_expected(ranges[i].address, ranges[i].length, SEED + i,
			       model + ranges[i].address);
		EXPECT_EQ(0, mcopy_memory_read(self->vfio, 0, seen,
					       BENCH_MEMORY));
		EXPECT_EQ(0, memcmp(model, seen, BENCH_MEMORY)) {
			TH_LOG("range %zu", i);
		}
	}
	free(model);
	free(seen);
}

TEST_F(registers, command_crc_sums_the_range)
{
	static const struct {
		uint64_t address;
		uint32_t length;
	} ranges[] = {
		{ 0, BENCH_MEMORY }, { 8, 8 }, { 4088, 16 }, { 24, 0 },
		{ BENCH_MEMORY / 2, 4096 }, { BENCH_MEMORY - 8, 8 },
	};
	uint8_t *memory = malloc(BENCH_MEMORY);
	uint32_t crc;
	size_t i;

	ASSERT_NE(NULL, memory);
	/* Half of it is never written. */
	ASSERT_EQ(0, mcopy_fill(self->vfio, 0, BENCH_MEMORY / 2, SEED));
	ASSERT_EQ(0, mcopy_memory_read(self->vfio, 0, memory, BENCH_MEMORY));
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		EXPECT_EQ(MCOPY_RESULT_OK,
			  mcopy_crc(self->vfio, ranges[i].address,
				    ranges[i].length, &crc));
		EXPECT_EQ(crc32c(0, memory + ranges[i].address,
				 ranges[i].length), crc) {
			TH_LOG("range %zu", i);
		}
	}
	free(memory);
}

TEST_F(registers, command_refuses_bad_operands)
{
	static const struct {
		uint64_t address;
		uint32_t length;
	} ranges[] = {
		{ 4, 8 }, { 0, 4 }, { 1, 1 }, { 0, MCOPY_COMMAND_MAX + 8 },
		{ BENCH_MEMORY, 8 }, { BENCH_MEMORY - 8, 16 },
		{ ~7ULL, 8 }, { ~7ULL, 16 }, { 1ULL << 32, 8 }, { 0, ~7U },
	};
	static const uint32_t commands[] = {
		MCOPY_COMMAND_FILL, MCOPY_COMMAND_CRC,
	};
	uint32_t first, crc;
	size_t i, j;

	ASSERT_EQ(0, mcopy_fill(self->vfio, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, mcopy_crc(self->vfio, 0, BENCH_MEMORY, &first));
	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		for (j = 0; j < ARRAY_SIZE(commands); j++)
			EXPECT_EQ(MCOPY_RESULT_RANGE,
				  mcopy_command(self->vfio, commands[j],
						ranges[i].address,
						ranges[i].length)) {
				TH_LOG("range %zu", i);
			}
	/* Nothing was done. */
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_MEM_CRC, &crc));
	EXPECT_EQ(first, crc);
	ASSERT_EQ(0, mcopy_crc(self->vfio, 0, BENCH_MEMORY, &crc));
	EXPECT_EQ(first, crc);
}

/* Also where there would be enough memory for more. */
TEST_F(registers, command_has_a_longest_range)
{
	struct device *larger = &self->bench.device[1];

	ASSERT_EQ(0, device_create(larger, "mcopy-m16"));
	EXPECT_EQ(MCOPY_RESULT_OK,
		  mcopy_fill(&larger->vfio, 5 * MCOPY_UNIT_SIZE,
			     MCOPY_COMMAND_MAX, SEED));
	EXPECT_EQ(MCOPY_RESULT_RANGE,
		  mcopy_fill(&larger->vfio, 5 * MCOPY_UNIT_SIZE,
			     MCOPY_COMMAND_MAX + 8, SEED));
	EXPECT_EQ(MCOPY_RESULT_RANGE,
		  mcopy_command(&larger->vfio, MCOPY_COMMAND_CRC,
				5 * MCOPY_UNIT_SIZE, MCOPY_COMMAND_MAX + 8));
}

TEST_F(registers, command_must_exist)
{
	static const uint32_t commands[] = { 0, 3, 0x100, ~0U };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		EXPECT_EQ(MCOPY_RESULT_UNKNOWN,
			  mcopy_command(self->vfio, commands[i], 0, 8));
	EXPECT_EQ(MCOPY_RESULT_OK,
		  mcopy_command(self->vfio, MCOPY_COMMAND_CRC, 0, 8));
}

TEST_F(registers, status_is_cleared_by_writing_ones)
{
	const uint8_t byte = 0x0f;
	uint32_t value;

	EXPECT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_RAISE, ~0U));
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_IRQ_STATUS, &value));
	EXPECT_EQ(MCOPY_IRQ_MASK, value);
	EXPECT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_STATUS, 0x81));
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_IRQ_STATUS, &value));
	EXPECT_EQ(0x7e, value);
	EXPECT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_STATUS, 0));
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_IRQ_STATUS, &value));
	EXPECT_EQ(0x7e, value);
	EXPECT_EQ(0, vfio_write(self->vfio, MCOPY_BAR_REGS,
				MCOPY_REG_IRQ_STATUS, &byte, 1));
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_IRQ_STATUS, &value));
	EXPECT_EQ(0x70, value);
	/* Raising adds. */
	EXPECT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_RAISE, 1));
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_IRQ_STATUS, &value));
	EXPECT_EQ(0x71, value);
}

static void make_busy(struct __test_metadata *_metadata,
		      const struct vfio *vfio)
{
	uint32_t crc;

	ASSERT_EQ(0, mcopy_fill(vfio, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, mcopy_crc(vfio, 0, BENCH_MEMORY, &crc));
	ASSERT_EQ(0, mcopy_set(vfio, MCOPY_REG_SCRATCH, 1));
	ASSERT_EQ(0, mcopy_set(vfio, MCOPY_REG_IRQ_ENABLE, 0xff));
	ASSERT_EQ(0, mcopy_set(vfio, MCOPY_REG_IRQ_RAISE, 0xff));
	ASSERT_EQ(0, mcopy_set(vfio, MCOPY_REG_COMMAND, 77));
}

static void expect_power_on(struct __test_metadata *_metadata,
			    const struct vfio *vfio)
{
	uint8_t *memory = malloc(BENCH_MEMORY);
	uint32_t reg, value;
	size_t i;

	ASSERT_NE(NULL, memory);
	for (reg = MCOPY_REG_CONTROL; reg <= MCOPY_REG_RESULT; reg += 4) {
		EXPECT_EQ(0, mcopy_get(vfio, reg, &value));
		EXPECT_EQ(0, value) {
			TH_LOG("register 0x%x", reg);
		}
	}
	memset(memory, 1, BENCH_MEMORY);
	EXPECT_EQ(0, mcopy_memory_read(vfio, 0, memory, BENCH_MEMORY));
	for (i = 0; i < BENCH_MEMORY && !memory[i]; i++)
		;
	EXPECT_EQ(BENCH_MEMORY, i);
	free(memory);
}

TEST_F(registers, are_reset_by_their_own_bit)
{
	make_busy(_metadata, self->vfio);
	EXPECT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_CONTROL,
			       ~MCOPY_CONTROL_RESET));
	ASSERT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_CONTROL,
			       MCOPY_CONTROL_RESET));
	expect_power_on(_metadata, self->vfio);
	EXPECT_EQ(STATE_RUNNING,
		  migration_state(&self->bench.device[0].migration));
}

TEST_F(registers, are_reset_by_the_vfio_reset)
{
	make_busy(_metadata, self->vfio);
	ASSERT_EQ(0, vfio_reset(self->vfio));
	expect_power_on(_metadata, self->vfio);
}

/* Mapped or not: the answer must fit what the region says of itself. */
TEST_F(registers, memory_maps_only_if_it_says_so)
{
	const int access = PROT_READ | PROT_WRITE;
	struct vfio_region region;
	uint64_t word;
	void *map;

	ASSERT_EQ(0, vfio_region(self->vfio, MCOPY_BAR_MEMORY, &region));
	map = mmap(NULL, BENCH_MEMORY, access, MAP_SHARED, self->vfio->device,
		   region.offset);
	if (!(region.flags & VFIO_REGION_INFO_FLAG_MMAP)) {
		EXPECT_EQ(MAP_FAILED, map);
		EXPECT_EQ(EINVAL, errno);
		return;
	}
	ASSERT_NE(MAP_FAILED, map);
	word = htole64(SEED);
	memcpy(map, &word, sizeof(word));
	word = 0;
	EXPECT_EQ(0, mcopy_memory_read(self->vfio, 0, &word, sizeof(word)));
	EXPECT_EQ(SEED, le64toh(word));
	munmap(map, BENCH_MEMORY);
}

TEST_F(registers, can_not_be_mapped)
{
	static const uint32_t regions[] = {
		MCOPY_BAR_REGS, MCOPY_BAR_MSIX, VFIO_PCI_CONFIG_REGION_INDEX,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
				 self->vfio->device,
				 (uint64_t)regions[i] << 40);

		EXPECT_EQ(MAP_FAILED, map);
		EXPECT_EQ(EINVAL, errno);
	}
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
