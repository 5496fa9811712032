// SPDX-License-Identifier: GPL-2.0
/*
 * The registers in BAR0. A table says what each is; an access of any width is
 * turned into accesses to 32-bit words with a mask of the bytes it touches.
 */
#include "mcopy.h"

#define WORD_SIZE	sizeof(u32)

/* Where the device lacks one of the features, there is no register. */
struct word {
	u32 pos;
	u32 features;
	u32 (*read)(struct mcopy *mcopy, u32 pos);
	void (*write)(struct mcopy *mcopy, u32 pos, u32 value, u32 mask);
};

static u32 merge(u32 old, u32 value, u32 mask)
{
	return (old & ~mask) | (value & mask);
}

static u32 read_constant(struct mcopy *mcopy, u32 pos)
{
	switch (pos) {
	case MCOPY_REG_ID:
		return MCOPY_ID;
	case MCOPY_REG_VERSION:
		return mcopy_version(mcopy);
	case MCOPY_REG_CAPACITY:
		return mcopy->units;
	case MCOPY_REG_QUEUES:
		return mcopy->engine.count;
	case MCOPY_REG_RING_MAX:
		return mcopy->engine.ring_max;
	default:
		return mcopy->features;
	}
}

static u32 read_dropped(struct mcopy *mcopy, u32 pos)
{
	return mcopy->dropped;
}

static void write_control(struct mcopy *mcopy, u32 pos, u32 value, u32 mask)
{
	if (!(value & mask & MCOPY_CONTROL_RESET))
		return;
	mcopy->engine.reset = true;
	mcopy->engine.requests++;
}

static u32 read_irq_status(struct mcopy *mcopy, u32 pos)
{
	return mcopy->regs.irq_status;
}

static void write_irq_status(struct mcopy *mcopy, u32 pos, u32 value, u32 mask)
{
	mcopy->regs.irq_status &= ~(value & mask);
	mcopy_irq_update_pin(mcopy);
}

static u32 read_irq_enable(struct mcopy *mcopy, u32 pos)
{
	return mcopy->regs.irq_enable;
}

static void write_irq_enable(struct mcopy *mcopy, u32 pos, u32 value, u32 mask)
{
	const u32 before = mcopy_irq_active(mcopy);

	mcopy->regs.irq_enable = merge(mcopy->regs.irq_enable, value, mask) &
				 MCOPY_IRQ_MASK;
	mcopy_irq_raise(mcopy, mcopy_irq_active(mcopy) & ~before);
}

static void write_irq_raise(struct mcopy *mcopy, u32 pos, u32 value, u32 mask)
{
	const u32 causes = value & mask & MCOPY_IRQ_MASK;

	mcopy->regs.irq_status |= causes;
	mcopy_irq_raise(mcopy, causes & mcopy->regs.irq_enable);
}

static u32 *scratch(struct mcopy *mcopy, u32 pos)
{
	return &mcopy->regs.scratch[(pos - MCOPY_REG_SCRATCH) / WORD_SIZE];
}

static u32 read_scratch(struct mcopy *mcopy, u32 pos)
{
	return *scratch(mcopy, pos);
}

static void write_scratch(struct mcopy *mcopy, u32 pos, u32 value, u32 mask)
{
	*scratch(mcopy, pos) = merge(*scratch(mcopy, pos), value, mask);
}

/* The halves of a 64-bit register. */
static u64 *wide(struct mcopy *mcopy, u32 pos)
{
	return pos < MCOPY_REG_MEM_SEED ? &mcopy->regs.mem_addr :
					  &mcopy->regs.mem_seed;
}

static bool is_high(u32 pos)
{
	return pos == MCOPY_REG_MEM_ADDR + WORD_SIZE ||
	       pos == MCOPY_REG_MEM_SEED + WORD_SIZE;
}

static u32 read_wide(struct mcopy *mcopy, u32 pos)
{
	u64 value = *wide(mcopy, pos);

	return is_high(pos) ? upper_32_bits(value) : lower_32_bits(value);
}

static void write_wide(struct mcopy *mcopy, u32 pos, u32 value, u32 mask)
{
	u64 *reg = wide(mcopy, pos);
	u32 low = lower_32_bits(*reg);
	u32 high = upper_32_bits(*reg);

	if (is_high(pos))
		high = merge(high, value, mask);
	else
		low = merge(low, value, mask);
	*reg = (u64)high << 32 | low;
}

static u32 read_mem_len(struct mcopy *mcopy, u32 pos)
{
	return mcopy->regs.mem_len;
}

static void write_mem_len(struct mcopy *mcopy, u32 pos, u32 value, u32 mask)
{
	mcopy->regs.mem_len = merge(mcopy->regs.mem_len, value, mask);
}

static u32 read_mem_crc(struct mcopy *mcopy, u32 pos)
{
	return mcopy->regs.mem_crc;
}

static u32 read_result(struct mcopy *mcopy, u32 pos)
{
	return mcopy->regs.result;
}

static bool operands_valid(const struct mcopy *mcopy)
{
	const struct mcopy_regs *regs = &mcopy->regs;
	const u64 size = mcopy_memory_size(mcopy);

	return IS_ALIGNED(regs->mem_addr, sizeof(u64)) &&
	       IS_ALIGNED(regs->mem_len, sizeof(u64)) &&
	       regs->mem_len <= MCOPY_COMMAND_MAX &&
	       regs->mem_addr <= size && regs->mem_len <= size - regs->mem_addr;
}

static u32 run_command(struct mcopy *mcopy, u32 command)
{
	struct mcopy_regs *regs = &mcopy->regs;

	if (command != MCOPY_COMMAND_FILL && command != MCOPY_COMMAND_CRC)
		return MCOPY_RESULT_UNKNOWN;
	if (!operands_valid(mcopy))
		return MCOPY_RESULT_RANGE;
	if (command == MCOPY_COMMAND_CRC)
		regs->mem_crc = mcopy_memory_crc(mcopy->memory,
						 regs->mem_addr,
						 regs->mem_len);
	else if (mcopy_memory_fill(mcopy->memory, regs->mem_addr,
				   regs->mem_len, regs->mem_seed))
		return MCOPY_RESULT_MEMORY;
	return MCOPY_RESULT_OK;
}

static void write_command(struct mcopy *mcopy, u32 pos, u32 value, u32 mask)
{
	mcopy->regs.result = run_command(mcopy, value & mask);
}

#define COMMANDS	MCOPY_FEATURES_COMMAND

static const struct word words[] = {
	{ MCOPY_REG_ID, 0, read_constant },
	{ MCOPY_REG_VERSION, 0, read_constant },
	{ MCOPY_REG_CAPACITY, 0, read_constant },
	{ MCOPY_REG_FEATURES, 0, read_constant },
	{ MCOPY_REG_CONTROL, 0, NULL, write_control },
	{ MCOPY_REG_DROPPED, 0, read_dropped },
	{ MCOPY_REG_IRQ_STATUS, 0, read_irq_status, write_irq_status },
	{ MCOPY_REG_IRQ_ENABLE, 0, read_irq_enable, write_irq_enable },
	{ MCOPY_REG_IRQ_RAISE, 0, NULL, write_irq_raise },
	{ MCOPY_REG_SCRATCH, 0, read_scratch, write_scratch },
	{ MCOPY_REG_SCRATCH + 1 * WORD_SIZE, 0, read_scratch, write_scratch },
	{ MCOPY_REG_SCRATCH + 2 * WORD_SIZE, 0, read_scratch, write_scratch },
	{ MCOPY_REG_SCRATCH + 3 * WORD_SIZE, 0, read_scratch, write_scratch },
	{ MCOPY_REG_MEM_ADDR, COMMANDS, read_wide, write_wide },
	{ MCOPY_REG_MEM_ADDR + WORD_SIZE, COMMANDS, read_wide, write_wide },
	{ MCOPY_REG_MEM_LEN, COMMANDS, read_mem_len, write_mem_len },
	{ MCOPY_REG_MEM_CRC, COMMANDS, read_mem_crc },
	{ MCOPY_REG_MEM_SEED, COMMANDS, read_wide, write_wide },
	{ MCOPY_REG_MEM_SEED + WORD_SIZE, COMMANDS, read_wide, write_wide },
	{ MCOPY_REG_COMMAND, COMMANDS, NULL, write_command },
	{ MCOPY_REG_RESULT, COMMANDS, read_result },
	{ MCOPY_REG_QUEUES, MCOPY_FEATURE_QUEUES, read_constant },
	{ MCOPY_REG_RING_MAX, MCOPY_FEATURE_QUEUES, read_constant },
};

static const struct word *word_at(const struct mcopy *mcopy, u32 pos)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].pos == pos && mcopy_has(mcopy, words[i].features))
			return &words[i];
	return NULL;
}

static u32 read_word(struct mcopy *mcopy, u32 pos)
{
	const struct word *word = word_at(mcopy, pos);

	if (!word)
		return mcopy_queue_read(mcopy, pos);
	return word->read ? word->read(mcopy, pos) : 0;
}

static void write_word(struct mcopy *mcopy, u32 pos, u32 value, u32 mask)
{
	const struct word *word = word_at(mcopy, pos);

	if (!word)
		mcopy_queue_write(mcopy, pos, value, mask);
	else if (word->write)
		word->write(mcopy, pos, value, mask);
}

void mcopy_registers_reset(struct mcopy *mcopy)
{
	mcopy->regs = (struct mcopy_regs) {};
	mcopy_engine_clear(mcopy);
}

/* MCOPY_CONTROL_RESET, once the engine stands still */
void mcopy_device_reset(struct mcopy *mcopy)
{
	mcopy_registers_reset(mcopy);
	mcopy_memory_wipe(mcopy->memory);
	mcopy_irq_update_pin(mcopy);
}

/* @length is 1, 2, 4 or 8 and @pos a multiple of it. */
void mcopy_registers_read(struct mcopy *mcopy, u32 pos, void *buf, u32 length)
{
	__le32 raw[2] = {};
	u32 first = round_down(pos, WORD_SIZE);

	raw[0] = cpu_to_le32(read_word(mcopy, first));
	if (length > WORD_SIZE)
		raw[1] = cpu_to_le32(read_word(mcopy, first + WORD_SIZE));
	memcpy(buf, (u8 *)raw + pos - first, length);
}

void mcopy_registers_write(struct mcopy *mcopy, u32 pos, const void *buf,
			   u32 length)
{
	__le32 raw[2] = {}, mask[2] = {};
	u32 first = round_down(pos, WORD_SIZE);
	unsigned int i;

	memcpy((u8 *)raw + pos - first, buf, length);
	memset((u8 *)mask + pos - first, 0xff, length);
	for (i = 0; i < ARRAY_SIZE(raw); i++)
		if (mask[i])
			write_word(mcopy, first + i * WORD_SIZE,
				   le32_to_cpu(raw[i]), le32_to_cpu(mask[i]));
}
