// SPDX-License-Identifier: GPL-2.0
/*
 * PCI configuration space: one table says what each field reads as after
 * reset and which of its bits can be written. The layout is ABI: QEMU refuses
 * a stream from a device whose capabilities lie elsewhere.
 */
#include <linux/log2.h>
#include <linux/pci_regs.h>

#include "mcopy.h"

#define CAP_PM		0x40
#define CAP_MSIX	0x50
#define CAP_MSI		0x60

/* As many messages as vectors: their logarithm in PCI_MSI_FLAGS_QMASK. */
#define MSI_MESSAGES	(ilog2(MCOPY_IRQ_VECTORS) << 1)

/* "System peripheral, other" */
#define CLASS_REVISION	(0x08800000 | MCOPY_VERSION_MAJOR)

#define COMMAND_BITS	(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | \
			 PCI_COMMAND_PARITY | PCI_COMMAND_SERR | \
			 PCI_COMMAND_INTX_DISABLE)

/* PM 1.2; the device keeps its state in D3hot. */
#define PM_VERSION	3

/* Messages are aligned words. */
#define MSI_ADDRESS_BITS	(~3U)

/* Address bits of a 32-bit BAR of @size bytes, a power of two. */
#define BAR_BITS(size)	(~((u32)(size) - 1))

struct field {
	u8 pos;
	u8 width;
	u32 value;
	u32 writable;
};

static const struct field fields[] = {
	{ PCI_VENDOR_ID, 2, MCOPY_PCI_VENDOR_ID, 0 },
	{ PCI_DEVICE_ID, 2, MCOPY_PCI_DEVICE_ID, 0 },
	{ PCI_COMMAND, 2, 0, COMMAND_BITS },
	{ PCI_STATUS, 2, PCI_STATUS_CAP_LIST, 0 },
	{ PCI_CLASS_REVISION, 4, CLASS_REVISION, 0 },
	{ PCI_CACHE_LINE_SIZE, 1, 0, 0xff },
	{ PCI_LATENCY_TIMER, 1, 0, 0xff },
	{ PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_NORMAL, 0 },
	{ PCI_BASE_ADDRESS_0, 4, PCI_BASE_ADDRESS_MEM_TYPE_32,
	  BAR_BITS(MCOPY_BAR_REGS_SIZE) },
	{ PCI_BASE_ADDRESS_1, 4, PCI_BASE_ADDRESS_MEM_TYPE_32,
	  BAR_BITS(MCOPY_BAR_MSIX_SIZE) },
	/* The low half's writable bits depend on the size: bar2_bits(). */
	{ PCI_BASE_ADDRESS_2, 4, PCI_BASE_ADDRESS_MEM_TYPE_64 |
				 PCI_BASE_ADDRESS_MEM_PREFETCH, 0 },
	{ PCI_BASE_ADDRESS_3, 4, 0, ~0U },
	{ PCI_SUBSYSTEM_VENDOR_ID, 2, MCOPY_PCI_VENDOR_ID, 0 },
	{ PCI_SUBSYSTEM_ID, 2, MCOPY_PCI_DEVICE_ID, 0 },
	{ PCI_CAPABILITY_LIST, 1, CAP_PM, 0 },
	{ PCI_INTERRUPT_LINE, 1, 0, 0xff },
	{ PCI_INTERRUPT_PIN, 1, 1, 0 },

	{ CAP_PM + PCI_CAP_LIST_ID, 1, PCI_CAP_ID_PM, 0 },
	{ CAP_PM + PCI_CAP_LIST_NEXT, 1, CAP_MSIX, 0 },
	{ CAP_PM + PCI_PM_PMC, 2, PM_VERSION, 0 },
	{ CAP_PM + PCI_PM_CTRL, 2, PCI_PM_CTRL_NO_SOFT_RESET,
	  PCI_PM_CTRL_STATE_MASK },

	{ CAP_MSIX + PCI_CAP_LIST_ID, 1, PCI_CAP_ID_MSIX, 0 },
	{ CAP_MSIX + PCI_CAP_LIST_NEXT, 1, CAP_MSI, 0 },
	{ CAP_MSIX + PCI_MSIX_FLAGS, 2, MCOPY_IRQ_VECTORS - 1,
	  PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL },
	{ CAP_MSIX + PCI_MSIX_TABLE, 4, MCOPY_MSIX_TABLE | MCOPY_BAR_MSIX, 0 },
	{ CAP_MSIX + PCI_MSIX_PBA, 4, MCOPY_MSIX_PBA | MCOPY_BAR_MSIX, 0 },

	{ CAP_MSI + PCI_CAP_LIST_ID, 1, PCI_CAP_ID_MSI, 0 },
	{ CAP_MSI + PCI_CAP_LIST_NEXT, 1, 0, 0 },
	{ CAP_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_64BIT | MSI_MESSAGES,
	  PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE },
	{ CAP_MSI + PCI_MSI_ADDRESS_LO, 4, 0, MSI_ADDRESS_BITS },
	{ CAP_MSI + PCI_MSI_ADDRESS_HI, 4, 0, ~0U },
	{ CAP_MSI + PCI_MSI_DATA_64, 2, 0, 0xffff },
};

/* BARs are sized in powers of two; what is behind the memory reads ones. */
static u32 bar2_bits(const struct mcopy *mcopy)
{
	return BAR_BITS(roundup_pow_of_two(mcopy_memory_size(mcopy)));
}

static u32 writable_bits(const struct mcopy *mcopy, const struct field *field)
{
	if (field->pos == PCI_BASE_ADDRESS_2)
		return bar2_bits(mcopy);
	return field->writable;
}

static const struct field *field_at(u32 pos)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (pos >= fields[i].pos &&
		    pos < fields[i].pos + fields[i].width)
			return &fields[i];
	return NULL;
}

/* The byte at @pos of a field's value or mask. */
static u8 byte_of(const struct field *field, u32 pos, u32 value)
{
	return value >> ((pos - field->pos) * BITS_PER_BYTE);
}

static u8 initial_byte(u32 pos)
{
	const struct field *field = field_at(pos);

	return field ? byte_of(field, pos, field->value) : 0;
}

static u8 writable_byte(const struct mcopy *mcopy, u32 pos)
{
	const struct field *field = field_at(pos);

	return field ? byte_of(field, pos, writable_bits(mcopy, field)) : 0;
}

void mcopy_config_reset(struct mcopy *mcopy)
{
	u32 pos;

	for (pos = 0; pos < sizeof(mcopy->config); pos++)
		mcopy->config[pos] = initial_byte(pos);
}

static void write_byte(struct mcopy *mcopy, u32 pos, u8 value)
{
	u8 mask = writable_byte(mcopy, pos);

	mcopy->config[pos] = (mcopy->config[pos] & ~mask) | (value & mask);
}

/* Works whether the device runs or not: a VMM restores config while resuming. */
void mcopy_config_write(struct mcopy *mcopy, u32 pos, const void *buf,
			u32 length)
{
	const bool master = mcopy_config_bus_master(mcopy);
	const u8 *bytes = buf;
	u32 i;

	for (i = 0; i < length; i++)
		write_byte(mcopy, pos + i, bytes[i]);
	mcopy_irq_update_pin(mcopy);
	if (mcopy_config_bus_master(mcopy) != master)
		mcopy_engine_bus_master(mcopy, !master);
}

void mcopy_config_read(struct mcopy *mcopy, u32 pos, void *buf, u32 length)
{
	u8 *bytes = buf;
	u32 i;

	for (i = 0; i < length; i++) {
		bytes[i] = mcopy->config[pos + i];
		if (pos + i == PCI_STATUS && mcopy_irq_active(mcopy))
			bytes[i] |= PCI_STATUS_INTERRUPT;
	}
}

bool mcopy_config_intx_disabled(const struct mcopy *mcopy)
{
	/* The bit is in the command register's upper byte. */
	return mcopy->config[PCI_COMMAND + 1] &
	       (PCI_COMMAND_INTX_DISABLE >> BITS_PER_BYTE);
}

/* Without this the device may not do DMA. */
bool mcopy_config_bus_master(const struct mcopy *mcopy)
{
	return mcopy->config[PCI_COMMAND] & PCI_COMMAND_MASTER;
}

/* Could this have been the configuration space of a device like @mcopy? */
bool mcopy_config_loadable(const struct mcopy *mcopy, const u8 *config)
{
	u32 pos;

	for (pos = 0; pos < sizeof(mcopy->config); pos++)
		if ((config[pos] ^ initial_byte(pos)) &
		    ~writable_byte(mcopy, pos))
			return false;
	return true;
}

void mcopy_config_load(struct mcopy *mcopy, const u8 *config)
{
	memcpy(mcopy->config, config, sizeof(mcopy->config));
}
