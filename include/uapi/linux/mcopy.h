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

/*
 * The device has had three interfaces, and each instance has one of them, its
 * profile. MCOPY_REG_VERSION tells them apart, and MCOPY_REG_FEATURES says what
 * is there. What a profile lacks is undefined in it.
 *
 *   p1   3.1   one queue that copies: MCOPY_FEATURE_DMA
 *   p2   3.2   commands, and queues that fill and sum up: _FILL, _CRC
 *   p3   3.3   1 to 4 queues: _QUEUES
 */

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
#define MCOPY_REG_QUEUES	0x60	/* RO: how many, 1 to MCOPY_QUEUES_MAX */
#define MCOPY_REG_RING_MAX	0x64	/* RO: entries that a ring may have */

#define MCOPY_ID		0x5950434d	/* "MCPY" */
#define MCOPY_VERSION_MAJOR	3
#define MCOPY_VERSION_MINOR_P1	1
#define MCOPY_VERSION_MINOR_P2	2
#define MCOPY_VERSION_MINOR_P3	3
#define MCOPY_VERSION_FIX	0
#define MCOPY_SCRATCH_COUNT	4

#define MCOPY_FEATURE_FILL	(1 << 0)	/* MCOPY_COMMAND_FILL, _OPERATION_FILL */
#define MCOPY_FEATURE_CRC	(1 << 1)	/* MCOPY_COMMAND_CRC, _OPERATION_CRC */
#define MCOPY_FEATURE_DMA	(1 << 2)	/* queue 0 */
#define MCOPY_FEATURE_QUEUES	(1 << 3)	/* MCOPY_REG_QUEUES, _RING_MAX */

/* Registers from MEM_ADDR to RESULT: there with both of these. */
#define MCOPY_FEATURES_COMMAND	(MCOPY_FEATURE_FILL | MCOPY_FEATURE_CRC)

/*
 * Registers and device memory become 0, but for DROPPED, which counts for the
 * VMM: since it last opened or reset the device or began to load it. It does
 * not migrate.
 */
#define MCOPY_CONTROL_RESET	(1 << 0)

/*
 * Cause n interrupts through MSI-X vector n; through MSI message n modulo the
 * number of messages; or through INTx while any cause is both set and enabled.
 * Cause q belongs to queue q, the others are for MCOPY_REG_IRQ_RAISE.
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

/*
 * Queues: each has a ring of descriptors and a ring of completion records in
 * the guest's memory, with the same number of entries. The guest fills entries
 * from the tail on and moves the tail; the device works on the entry at the
 * head and moves the head. Head equal to tail is empty, so one entry always
 * stays free. Nothing is done while PCI bus mastering is off.
 *
 * Done with entry i, the device stores completion record i, its status last,
 * moves the head, and sets the queue's cause if the descriptor asks for it.
 *
 * Whatever a queue can't do stops it: its ERROR says why, its cause is set, and
 * the head stays at the entry in question. Part of the transfer may have been
 * done; what the entry's record holds is not defined. MCOPY_QUEUE_RESET is the
 * way out. A tail that is moved back to the head takes back what is there, and
 * the same holds for that.
 */
#define MCOPY_QUEUES_MAX	4
#define MCOPY_QUEUE_FIRST	0x100	/* registers of queue 0 */
#define MCOPY_QUEUE_STRIDE	0x40	/* from one queue's to the next one's */
#define MCOPY_QUEUE(queue, reg)	\
	(MCOPY_QUEUE_FIRST + (queue) * MCOPY_QUEUE_STRIDE + (reg))

/* RW, but for the tail only while the queue is not enabled. */
#define MCOPY_QUEUE_RING	0x00	/* 64 bit: multiple of 64 */
#define MCOPY_QUEUE_COMPLETIONS	0x08	/* 64 bit: multiple of 16 */
#define MCOPY_QUEUE_ENTRIES	0x10	/* a power of two */
#define MCOPY_QUEUE_CONTROL	0x14	/* MCOPY_QUEUE_ENABLE, _RESET */
#define MCOPY_QUEUE_TAIL	0x18	/* doorbell: below ENTRIES */
#define MCOPY_QUEUE_HEAD	0x1c	/* RO */
#define MCOPY_QUEUE_ERROR	0x20	/* RO: MCOPY_ERROR_* */
#define MCOPY_QUEUE_ERROR_ADDR	0x28	/* RO, 64 bit: for READ and WRITE */

/*
 * The device keeps track of a number of entries in all. With many queues each can
 * have a part of them only.
 */
#define MCOPY_ENTRIES_MIN	2
#define MCOPY_ENTRIES_MAX	4096	/* with one or two queues */
#define MCOPY_ENTRIES_MAX_MANY	1024	/* with MCOPY_QUEUES_MANY or more */
#define MCOPY_QUEUES_MANY	3

/* RW: the rings are valid. Clearing it resets the queue, too. */
#define MCOPY_QUEUE_ENABLE	(1 << 0)
/*
 * WO: all of the queue's registers become 0. Once the write has returned, its
 * DMA is over.
 */
#define MCOPY_QUEUE_RESET	(1 << 1)

#define MCOPY_ERROR_NONE	0
#define MCOPY_ERROR_RING	1	/* bad address or number of entries */
#define MCOPY_ERROR_TAIL	2	/* not below ENTRIES */
#define MCOPY_ERROR_OPERATION	3	/* unknown operation or flag, or a
					 * field that is not 0 but unused
					 */
#define MCOPY_ERROR_RANGE	4	/* length, or end of device memory */
#define MCOPY_ERROR_READ	5	/* from guest memory, at ERROR_ADDR */
#define MCOPY_ERROR_WRITE	6	/* to guest memory, at ERROR_ADDR */
#define MCOPY_ERROR_MEMORY	7	/* the host has no memory left */

#define MCOPY_OPERATION_COPY	1	/* source to target */
#define MCOPY_OPERATION_FILL	2	/* pattern to target, over and over */
#define MCOPY_OPERATION_CRC	3	/* CRC32C of source */

#define MCOPY_FLAG_INTERRUPT	(1 << 0)	/* when done */
#define MCOPY_FLAG_SOURCE_DEVICE (1 << 1)	/* an offset in device memory, */
#define MCOPY_FLAG_TARGET_DEVICE (1 << 2)	/* not an address of the guest's */

/* Of one descriptor, bytes. */
#define MCOPY_LENGTH_MAX	(1024 * 1024 * 1024)

/**
 * struct mcopy_descriptor - one entry of a ring
 * @operation:	MCOPY_OPERATION_*
 * @flags:	MCOPY_FLAG_*
 * @source:	any alignment; 0 for FILL
 * @target:	any alignment; 0 for CRC
 * @length:	bytes, 1 to MCOPY_LENGTH_MAX
 * @pattern:	for FILL, from its lowest byte on; else 0
 * @tag:	goes to the completion record
 * @reserved:	0
 *
 * All little-endian. Where the ranges of a copy overlap, what the target holds
 * afterwards is not defined.
 */
struct mcopy_descriptor {
	__le32 operation;
	__le32 flags;
	__le64 source;
	__le64 target;
	__le64 length;
	__le64 pattern;
	__le64 tag;
	__le64 reserved[2];
};

/**
 * struct mcopy_completion - what the device stores when a descriptor is done
 * @tag:	of the descriptor
 * @crc:	result of MCOPY_OPERATION_CRC, else 0
 * @status:	MCOPY_COMPLETION_DONE; stored after the rest. The guest clears
 *		it before it moves the tail.
 */
struct mcopy_completion {
	__le64 tag;
	__le32 crc;
	__le32 status;
};

#define MCOPY_COMPLETION_DONE	1

#define MCOPY_STATE_CONFIG_SIZE	256
#define MCOPY_STATE_VERSION	3

/* Where a queue stands with the descriptor at its head. */
#define MCOPY_STAGE_IDLE	0	/* not fetched yet */
#define MCOPY_STAGE_WORKING	1	/* some of it is done */
#define MCOPY_STAGE_DONE	2	/* the completion record is owed */

/**
 * struct mcopy_queue_state - a queue, as part of the STATE record
 * @ring:	MCOPY_QUEUE_RING
 * @completions: MCOPY_QUEUE_COMPLETIONS
 * @entries:	MCOPY_QUEUE_ENTRIES
 * @control:	0 or MCOPY_QUEUE_ENABLE
 * @tail:	MCOPY_QUEUE_TAIL; below @entries, or 0, if the queue is enabled
 *		and has no error
 * @head:	MCOPY_QUEUE_HEAD; likewise
 * @error:	MCOPY_QUEUE_ERROR
 * @stage:	MCOPY_STAGE_*; IDLE if the queue is empty, has an error or is
 *		not enabled
 * @error_address: MCOPY_QUEUE_ERROR_ADDR
 * @done:	bytes of @descriptor that are done; 0 in IDLE
 * @crc:	CRC32C so far, as it is carried from part to part; 0 in IDLE
 * @reserved:	0
 * @descriptor:	the one at the head, all 0 in IDLE
 */
struct mcopy_queue_state {
	__le64 ring;
	__le64 completions;
	__le32 entries;
	__le32 control;
	__le32 tail;
	__le32 head;
	__le32 error;
	__le32 stage;
	__le64 error_address;
	__le64 done;
	__le32 crc;
	__le32 reserved;
	struct mcopy_descriptor descriptor;
};

/**
 * struct mcopy_state - payload of the stream's STATE record
 * @version:	MCOPY_STATE_VERSION; it alone decides the layout
 * @size:	bytes of this struct up to the end of the last queue that the device
 *		has, MCOPY_STATE_SIZE(@queues)
 * @irq_status:	MCOPY_REG_IRQ_STATUS, within MCOPY_IRQ_MASK
 * @irq_enable:	MCOPY_REG_IRQ_ENABLE, within MCOPY_IRQ_MASK
 * @scratch:	MCOPY_REG_SCRATCH, any values
 * @mem_addr:	MCOPY_REG_MEM_ADDR, any value: a command checks its operands
 * @mem_len:	MCOPY_REG_MEM_LEN, any value
 * @mem_crc:	MCOPY_REG_MEM_CRC, any value
 * @mem_seed:	MCOPY_REG_MEM_SEED, any value
 * @result:	MCOPY_REG_RESULT, one of MCOPY_RESULT_*. As the five before it, 0
 *		in a device without MCOPY_FEATURES_COMMAND
 * @queues:	how many; another number than the reader's own is refused
 * @config:	PCI configuration space; a reader takes the writable bits and
 *		refuses a stream in which the others differ from its own
 * @queue:	the first @queues of them
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
	__le32 queues;
	__u8 config[MCOPY_STATE_CONFIG_SIZE];
	struct mcopy_queue_state queue[MCOPY_QUEUES_MAX];
};

/* Of a device with that many queues, bytes. */
#define MCOPY_STATE_SIZE(queues)					\
	(__builtin_offsetof(struct mcopy_state, queue) +		\
	 (queues) * sizeof(struct mcopy_queue_state))

#endif /* _UAPI_LINUX_MCOPY_H */
