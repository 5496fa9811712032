/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * mcopy: the registers of the sample device, as its guest sees them, and the
 * layout of its state in a migration stream.
 *
 *   BAR0      registers, below; little-endian, 32 bits each, 64-bit ones are a
 *             low and a high half. Accesses of 1, 2, 4 and 8 bytes, aligned
 *             to their size.
 *   BAR1      MSI-X table and pending bits
 *   BAR2/3    device memory, 64-bit prefetchable, MCOPY_REG_CAPACITY MiB
 */
#ifndef _UAPI_LINUX_MCOPY_H
#define _UAPI_LINUX_MCOPY_H

#include <linux/types.h>

/*
 * 0x1234 is the vendor number that virtual test devices use by custom; no
 * maker of hardware owns it.
 */
#define MCOPY_PCI_VENDOR_ID	0x1234
#define MCOPY_PCI_DEVICE_ID	0x6d63

#define MCOPY_BAR_REGS		0
#define MCOPY_BAR_MSIX		1
#define MCOPY_BAR_MEMORY	2

#define MCOPY_BAR_REGS_SIZE	4096
#define MCOPY_BAR_MSIX_SIZE	8192
#define MCOPY_MSIX_TABLE	0
#define MCOPY_MSIX_PBA		4096

/* One unit of capacity, and the range an instance can have. */
#define MCOPY_UNIT_SIZE		(1024 * 1024)
#define MCOPY_CAPACITY_MIN	1
#define MCOPY_CAPACITY_MAX	1024

/* Registers in BAR0. RO and undefined ones ignore writes and read 0. */
#define MCOPY_REG_ID		0x00	/* RO: MCOPY_ID */
#define MCOPY_REG_VERSION	0x04	/* RO: major << 16 | minor << 8 | fix */
#define MCOPY_REG_CAPACITY	0x08	/* RO: device memory, MiB */
#define MCOPY_REG_FEATURES	0x0c	/* RO: MCOPY_FEATURE_* */
#define MCOPY_REG_CONTROL	0x10	/* WO: MCOPY_CONTROL_* */
#define MCOPY_REG_DROPPED	0x14	/* RO: writes ignored while halted */
#define MCOPY_REG_IRQ_STATUS	0x18	/* RW: causes; write 1 to clear */
#define MCOPY_REG_IRQ_ENABLE	0x1c	/* RW: causes that may interrupt */
#define MCOPY_REG_IRQ_RAISE	0x20	/* WO: causes to set, for tests */
#define MCOPY_REG_SCRATCH	0x30	/* RW: MCOPY_SCRATCH_COUNT words */
#define MCOPY_REG_MEM_ADDR	0x40	/* RW, 64 bit: operand of COMMAND */
#define MCOPY_REG_MEM_LEN	0x48	/* RW: bytes, operand of COMMAND */
#define MCOPY_REG_MEM_CRC	0x4c	/* RO: result of MCOPY_COMMAND_CRC */
#define MCOPY_REG_MEM_SEED	0x50	/* RW, 64 bit: operand of FILL */
#define MCOPY_REG_COMMAND	0x58	/* WO: MCOPY_COMMAND_*, done on return */
#define MCOPY_REG_RESULT	0x5c	/* RO: MCOPY_RESULT_* of last command */

#define MCOPY_ID		0x5950434d	/* "MCPY" */
#define MCOPY_VERSION_MAJOR	1
#define MCOPY_VERSION_MINOR	0
#define MCOPY_VERSION_FIX	0
#define MCOPY_SCRATCH_COUNT	4

#define MCOPY_FEATURE_FILL	(1 << 0)
#define MCOPY_FEATURE_CRC	(1 << 1)

/*
 * Registers and device memory become 0, but for DROPPED, which counts for the
 * VMM: since it last opened or reset the device or began to load it. It does
 * not migrate.
 */
#define MCOPY_CONTROL_RESET	(1 << 0)

/*
 * Cause n interrupts through MSI-X vector n, or through INTx while any cause
 * is both set and enabled.
 */
#define MCOPY_IRQ_VECTORS	8
#define MCOPY_IRQ_MASK		((1 << MCOPY_IRQ_VECTORS) - 1)

/*
 * Commands work on MEM_LEN bytes of device memory from MEM_ADDR; both are
 * multiples of 8, MEM_LEN at most MCOPY_COMMAND_MAX.
 *
 * FILL stores, at each address a that is a multiple of 8, the little-endian
 * word (MEM_SEED + a) * MCOPY_FILL_FACTOR modulo 2^64.
 * CRC puts the CRC32C of the range into MEM_CRC.
 */
#define MCOPY_COMMAND_FILL	1
#define MCOPY_COMMAND_CRC	2
#define MCOPY_COMMAND_MAX	(1024 * 1024)
#define MCOPY_FILL_FACTOR	0x9e3779b97f4a7c15ULL

#define MCOPY_RESULT_OK		0
#define MCOPY_RESULT_UNKNOWN	1	/* no such command */
#define MCOPY_RESULT_RANGE	2	/* bad alignment, length or end */
#define MCOPY_RESULT_MEMORY	3	/* the host has no memory left */

#define MCOPY_STATE_CONFIG_SIZE	256
#define MCOPY_STATE_VERSION	1

/**
 * struct mcopy_state - payload of the stream's STATE record
 * @version:	MCOPY_STATE_VERSION; it alone decides the layout
 * @size:	bytes of this struct, 320
 * @irq_status:	MCOPY_REG_IRQ_STATUS, within MCOPY_IRQ_MASK
 * @irq_enable:	MCOPY_REG_IRQ_ENABLE, within MCOPY_IRQ_MASK
 * @scratch:	MCOPY_REG_SCRATCH, any values
 * @mem_addr:	MCOPY_REG_MEM_ADDR, any value: a command checks its operands
 * @mem_len:	MCOPY_REG_MEM_LEN, any value
 * @mem_crc:	MCOPY_REG_MEM_CRC, any value
 * @mem_seed:	MCOPY_REG_MEM_SEED, any value
 * @result:	MCOPY_REG_RESULT, one of MCOPY_RESULT_*
 * @reserved:	0
 * @config:	PCI configuration space; a reader takes the writable bits and
 *		refuses a stream in which the others differ from its own
 *
 * All little-endian. A value out of its range is refused as bad-state, with the
 * field's name.
 */
struct mcopy_state {
	__le32 version;
	__le32 size;
	__le32 irq_status;
	__le32 irq_enable;
	__le32 scratch[MCOPY_SCRATCH_COUNT];
	__le64 mem_addr;
	__le32 mem_len;
	__le32 mem_crc;
	__le64 mem_seed;
	__le32 result;
	__le32 reserved;
	__u8 config[MCOPY_STATE_CONFIG_SIZE];
};

#endif /* _UAPI_LINUX_MCOPY_H */
