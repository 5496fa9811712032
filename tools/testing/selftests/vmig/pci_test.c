// SPDX-License-Identifier: GPL-2.0
/* The PCI function that a guest finds: its configuration space. */
#include <endian.h>
#include <linux/pci_regs.h>

#include "test.h"

#define CONFIG_SIZE	256
/* With 64-bit addresses, and no masks. */
#define MSI_SIZE	14
#define CAP_NONE	0
#define D3_HOT		3

FIXTURE(pci)
{
	struct bench bench;
	const struct vfio *vfio;
	uint8_t config[CONFIG_SIZE];	/* as it was at first */
};

static int get(const struct vfio *vfio, uint32_t offset, void *value,
	       size_t size)
{
	return vfio_read(vfio, VFIO_PCI_CONFIG_REGION_INDEX, offset, value,
			 size);
}

static int set(const struct vfio *vfio, uint32_t offset, const void *value,
	       size_t size)
{
	return vfio_write(vfio, VFIO_PCI_CONFIG_REGION_INDEX, offset, value,
			  size);
}

static uint32_t get32(const struct vfio *vfio, uint32_t offset)
{
	uint32_t value = ~0U;

	get(vfio, offset, &value, sizeof(value));
	return le32toh(value);
}

FIXTURE_SETUP(pci)
{
	test_open(_metadata, &self->bench, 1);
	self->vfio = &self->bench.device[0].vfio;
	ASSERT_EQ(0, get(self->vfio, 0, self->config, CONFIG_SIZE));
}

FIXTURE_TEARDOWN(pci)
{
	test_close(_metadata, &self->bench);
}

static uint16_t word_at(const uint8_t *config, unsigned int offset)
{
	return config[offset] | config[offset + 1] << 8;
}

TEST_F(pci, device_is_described)
{
	const struct vfio_device_info *info = &self->vfio->info;

	EXPECT_EQ(VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET, info->flags);
	EXPECT_EQ(VFIO_PCI_NUM_REGIONS + 1, info->num_regions);
	EXPECT_EQ(VFIO_PCI_NUM_IRQS, info->num_irqs);
}

TEST_F(pci, regions_are_described)
{
	const uint32_t rw = VFIO_REGION_INFO_FLAG_READ |
			    VFIO_REGION_INFO_FLAG_WRITE;
	static const uint64_t sizes[VFIO_PCI_NUM_REGIONS] = {
		[MCOPY_BAR_REGS] = MCOPY_BAR_REGS_SIZE,
		[MCOPY_BAR_MSIX] = MCOPY_BAR_MSIX_SIZE,
		[MCOPY_BAR_MEMORY] = BENCH_MEMORY,
		[VFIO_PCI_CONFIG_REGION_INDEX] = CONFIG_SIZE,
	};
	struct vfio_region region;
	uint32_t i;

	for (i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
		ASSERT_EQ(0, vfio_region(self->vfio, i, &region));
		EXPECT_EQ(sizes[i], region.size);
		EXPECT_EQ((uint64_t)i << 40, region.offset);
		EXPECT_EQ(sizes[i] ? rw : 0, region.flags & rw);
		EXPECT_EQ(0, region.type);
	}
	EXPECT_EQ(-EINVAL, vfio_region(self->vfio, VFIO_PCI_NUM_REGIONS + 1,
				       &region));
}

TEST_F(pci, header_identifies_the_function)
{
	const uint8_t *config = self->config;

	EXPECT_EQ(MCOPY_PCI_VENDOR_ID, word_at(config, PCI_VENDOR_ID));
	EXPECT_EQ(MCOPY_PCI_DEVICE_ID, word_at(config, PCI_DEVICE_ID));
	EXPECT_EQ(MCOPY_PCI_VENDOR_ID, word_at(config, PCI_SUBSYSTEM_VENDOR_ID));
	EXPECT_EQ(MCOPY_PCI_DEVICE_ID, word_at(config, PCI_SUBSYSTEM_ID));
	EXPECT_EQ(PCI_HEADER_TYPE_NORMAL, config[PCI_HEADER_TYPE]);
	/* The revision is the major version: another one is another device. */
	EXPECT_EQ(MCOPY_VERSION_MAJOR, config[PCI_REVISION_ID]);
	EXPECT_EQ(0, word_at(config, PCI_COMMAND));
	EXPECT_EQ(PCI_STATUS_CAP_LIST, word_at(config, PCI_STATUS));
	EXPECT_EQ(1, config[PCI_INTERRUPT_PIN]);
	EXPECT_EQ(0, config[PCI_INTERRUPT_LINE]);
}

TEST_F(pci, bars_tell_their_size)
{
	static const struct {
		uint32_t offset, flags, size;
	} bars[] = {
		{ PCI_BASE_ADDRESS_0, 0, MCOPY_BAR_REGS_SIZE },
		{ PCI_BASE_ADDRESS_1, 0, MCOPY_BAR_MSIX_SIZE },
		{ PCI_BASE_ADDRESS_2, PCI_BASE_ADDRESS_MEM_TYPE_64 |
		  PCI_BASE_ADDRESS_MEM_PREFETCH, BENCH_MEMORY },
	};
	const uint32_t ones = ~0U, zero = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bars); i++) {
		EXPECT_EQ(bars[i].flags, get32(self->vfio, bars[i].offset));
		EXPECT_EQ(0, set(self->vfio, bars[i].offset, &ones, 4));
		EXPECT_EQ(~(bars[i].size - 1) | bars[i].flags,
			  get32(self->vfio, bars[i].offset));
		EXPECT_EQ(0, set(self->vfio, bars[i].offset, &zero, 4));
		EXPECT_EQ(bars[i].flags, get32(self->vfio, bars[i].offset));
	}
	/* The high half of BAR2 is all address; the others do not exist. */
	EXPECT_EQ(0, set(self->vfio, PCI_BASE_ADDRESS_3, &ones, 4));
	EXPECT_EQ(~0U, get32(self->vfio, PCI_BASE_ADDRESS_3));
	EXPECT_EQ(0, set(self->vfio, PCI_BASE_ADDRESS_4, &ones, 4));
	EXPECT_EQ(0, get32(self->vfio, PCI_BASE_ADDRESS_4));
	EXPECT_EQ(0, set(self->vfio, PCI_BASE_ADDRESS_5, &ones, 4));
	EXPECT_EQ(0, get32(self->vfio, PCI_BASE_ADDRESS_5));
	EXPECT_EQ(0, set(self->vfio, PCI_ROM_ADDRESS, &ones, 4));
	EXPECT_EQ(0, get32(self->vfio, PCI_ROM_ADDRESS));
}

TEST_F(pci, memory_bar_is_as_large_as_the_memory)
{
	struct device *larger = &self->bench.device[1];
	const uint32_t ones = ~0U;
	struct vfio_region region;

	ASSERT_EQ(0, device_create(larger, "mcopy-m16"));
	ASSERT_EQ(0, vfio_region(&larger->vfio, MCOPY_BAR_MEMORY, &region));
	EXPECT_EQ(16 * MCOPY_UNIT_SIZE, region.size);
	EXPECT_EQ(0, set(&larger->vfio, PCI_BASE_ADDRESS_2, &ones, 4));
	EXPECT_EQ(~(16U * MCOPY_UNIT_SIZE - 1) |
		  PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH,
		  get32(&larger->vfio, PCI_BASE_ADDRESS_2));
}

/* Offset of a capability, CAP_NONE if it is not in the list. */
static unsigned int find_capability(const uint8_t *config, uint8_t id)
{
	unsigned int at = config[PCI_CAPABILITY_LIST];
	unsigned int steps;

	for (steps = 0; at && steps < 48; steps++) {
		if (at < PCI_STD_HEADER_SIZEOF || at % 4)
			return CAP_NONE;
		if (config[at + PCI_CAP_LIST_ID] == id)
			return at;
		at = config[at + PCI_CAP_LIST_NEXT];
	}
	return CAP_NONE;
}

TEST_F(pci, capability_list_ends)
{
	unsigned int at = self->config[PCI_CAPABILITY_LIST];
	uint8_t seen[CONFIG_SIZE] = { 0 };

	while (at) {
		ASSERT_GE(at, PCI_STD_HEADER_SIZEOF);
		ASSERT_EQ(0, at % 4);
		ASSERT_EQ(0, seen[at]);
		seen[at] = 1;
		at = self->config[at + PCI_CAP_LIST_NEXT];
	}
	EXPECT_NE(CAP_NONE, find_capability(self->config, PCI_CAP_ID_MSIX));
	EXPECT_NE(CAP_NONE, find_capability(self->config, PCI_CAP_ID_MSI));
}

TEST_F(pci, msix_tables_are_in_their_bar)
{
	unsigned int at = find_capability(self->config, PCI_CAP_ID_MSIX);
	const uint16_t writable = PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL;
	uint16_t flags = 0xffff;

	ASSERT_NE(CAP_NONE, at);
	EXPECT_EQ(MCOPY_IRQ_VECTORS - 1,
		  word_at(self->config, at + PCI_MSIX_FLAGS));
	EXPECT_EQ(MCOPY_MSIX_TABLE | MCOPY_BAR_MSIX,
		  get32(self->vfio, at + PCI_MSIX_TABLE));
	EXPECT_EQ(MCOPY_MSIX_PBA | MCOPY_BAR_MSIX,
		  get32(self->vfio, at + PCI_MSIX_PBA));
	EXPECT_EQ(0, set(self->vfio, at + PCI_MSIX_FLAGS, &flags, 2));
	EXPECT_EQ(0, get(self->vfio, at + PCI_MSIX_FLAGS, &flags, 2));
	EXPECT_EQ(writable | (MCOPY_IRQ_VECTORS - 1), le16toh(flags));
}

TEST_F(pci, msi_offers_a_message_for_each_cause)
{
	unsigned int at = find_capability(self->config, PCI_CAP_ID_MSI);
	const uint16_t offered = PCI_MSI_FLAGS_64BIT | 3 << 1;
	const uint64_t ones = ~0ULL;
	uint64_t address;
	uint16_t word;

	ASSERT_NE(CAP_NONE, at);
	EXPECT_EQ(offered, word_at(self->config, at + PCI_MSI_FLAGS));
	EXPECT_EQ(0, set(self->vfio, at + PCI_MSI_FLAGS, &ones, 2));
	EXPECT_EQ(0, get(self->vfio, at + PCI_MSI_FLAGS, &word, 2));
	EXPECT_EQ(offered | PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE,
		  le16toh(word));
	EXPECT_EQ(0, set(self->vfio, at + PCI_MSI_ADDRESS_LO, &ones, 8));
	EXPECT_EQ(0, get(self->vfio, at + PCI_MSI_ADDRESS_LO, &address, 8));
	EXPECT_EQ(~3ULL, le64toh(address));
	EXPECT_EQ(0, set(self->vfio, at + PCI_MSI_DATA_64, &ones, 2));
	EXPECT_EQ(0, get(self->vfio, at + PCI_MSI_DATA_64, &word, 2));
	EXPECT_EQ(0xffff, word);
}

TEST_F(pci, power_state_can_be_changed)
{
	unsigned int at = find_capability(self->config, PCI_CAP_ID_PM);
	const uint16_t deep = D3_HOT;
	uint32_t value;
	uint16_t state;

	ASSERT_NE(CAP_NONE, at);
	ASSERT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_SCRATCH, 3));
	EXPECT_EQ(0, set(self->vfio, at + PCI_PM_CTRL, &deep, 2));
	EXPECT_EQ(0, get(self->vfio, at + PCI_PM_CTRL, &state, 2));
	EXPECT_EQ(D3_HOT, state & PCI_PM_CTRL_STATE_MASK);
	/* It promises to keep its registers through that. */
	EXPECT_TRUE(state & PCI_PM_CTRL_NO_SOFT_RESET);
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_SCRATCH, &value));
	EXPECT_EQ(3, value);
}

/* Of the MSI capability, from its beginning. */
static uint8_t writable_msi(unsigned int offset)
{
	switch (offset) {
	case PCI_MSI_FLAGS:
		return PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE;
	case PCI_MSI_ADDRESS_LO:
		return 0xfc;
	case PCI_MSI_ADDRESS_LO + 1 ... PCI_MSI_ADDRESS_HI + 3:
	case PCI_MSI_DATA_64 ... PCI_MSI_DATA_64 + 1:
		return 0xff;
	default:
		return 0;
	}
}

/* Bits that a guest may change, by byte; all others are as they were. */
static uint8_t writable(const uint8_t *config, unsigned int offset)
{
	const unsigned int msix = find_capability(config, PCI_CAP_ID_MSIX);
	const unsigned int msi = find_capability(config, PCI_CAP_ID_MSI);
	const unsigned int pm = find_capability(config, PCI_CAP_ID_PM);

	if (offset >= msi && offset < msi + MSI_SIZE)
		return writable_msi(offset - msi);
	if (offset == msix + PCI_MSIX_FLAGS + 1)
		return 0xc0;
	if (offset == pm + PCI_PM_CTRL)
		return PCI_PM_CTRL_STATE_MASK;
	switch (offset) {
	case PCI_COMMAND:
		return PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
		       PCI_COMMAND_PARITY;
	case PCI_COMMAND + 1:
		return (PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE) >> 8;
	case PCI_CACHE_LINE_SIZE:
	case PCI_LATENCY_TIMER:
	case PCI_INTERRUPT_LINE:
	case PCI_BASE_ADDRESS_0 + 2 ... PCI_BASE_ADDRESS_0 + 3:
	case PCI_BASE_ADDRESS_1 + 2 ... PCI_BASE_ADDRESS_1 + 3:
	case PCI_BASE_ADDRESS_2 + 3 ... PCI_BASE_ADDRESS_3 + 3:
		return 0xff;
	case PCI_BASE_ADDRESS_0 + 1:
	case PCI_BASE_ADDRESS_2 + 2:
		return 0xf0;
	case PCI_BASE_ADDRESS_1 + 1:
		return 0xe0;
	default:
		return 0;
	}
}

TEST_F(pci, read_only_bits_stay)
{
	unsigned int offset;
	uint8_t byte;

	for (offset = 0; offset < CONFIG_SIZE; offset++) {
		const uint8_t before = self->config[offset];
		const uint8_t mask = writable(self->config, offset);

		byte = ~before;
		EXPECT_EQ(0, set(self->vfio, offset, &byte, 1));
		EXPECT_EQ(0, get(self->vfio, offset, &byte, 1));
		EXPECT_EQ(before ^ mask, byte) {
			TH_LOG("offset 0x%02x", offset);
		}
	}
	EXPECT_EQ(0, vfio_reset(self->vfio));
	for (offset = 0; offset < CONFIG_SIZE; offset++) {
		EXPECT_EQ(0, get(self->vfio, offset, &byte, 1));
		EXPECT_EQ(self->config[offset], byte);
	}
}

TEST_F(pci, configuration_is_read_in_pieces_of_any_size)
{
	static const size_t lengths[] = { 1, 2, 3, 4, 8, 64 };
	uint8_t piece[64];
	size_t i, at;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (at = 0; at + lengths[i] <= CONFIG_SIZE; at += lengths[i]) {
			ASSERT_EQ(0, get(self->vfio, at, piece, lengths[i]));
			EXPECT_EQ(0, memcmp(self->config + at, piece,
					    lengths[i]));
		}
	}
}

/* The VMM keeps the table itself; it must only not be refused. */
TEST_F(pci, msix_bar_can_be_accessed)
{
	const uint32_t value = 0x1234;
	uint32_t seen;

	EXPECT_EQ(0, vfio_read(self->vfio, MCOPY_BAR_MSIX, MCOPY_MSIX_TABLE,
			       &seen, sizeof(seen)));
	EXPECT_EQ(0, vfio_write(self->vfio, MCOPY_BAR_MSIX, MCOPY_MSIX_TABLE,
				&value, sizeof(value)));
	EXPECT_EQ(0, vfio_read(self->vfio, MCOPY_BAR_MSIX, MCOPY_MSIX_PBA,
			       &seen, sizeof(seen)));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
