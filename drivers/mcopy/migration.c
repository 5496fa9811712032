// SPDX-License-Identifier: GPL-2.0
/* What vmig asks of the device when it migrates. */
#include <linux/err.h>

#include "mcopy.h"

static int mcopy_open(struct vmig_device *vmig)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);
	struct mcopy_memory *memory;
	int ret;

	memory = mcopy_memory_open(vmig);
	if (IS_ERR(memory))
		return PTR_ERR(memory);
	ret = mcopy_engine_open(mcopy);
	if (ret)
		mcopy_memory_close(memory);
	else
		mcopy->memory = memory;
	return ret;
}

static void mcopy_close(struct vmig_device *vmig)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);

	mcopy_engine_close(mcopy);
	mcopy_memory_close(mcopy->memory);
	mcopy->memory = NULL;
}

static void mcopy_quiesce(struct vmig_device *vmig)
{
	mcopy_engine_quiesce(mcopy_from_vmig(vmig));
}

static void mcopy_unquiesce(struct vmig_device *vmig)
{
	mcopy_engine_unquiesce(mcopy_from_vmig(vmig));
}

static void mcopy_halt(struct vmig_device *vmig)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);

	/* Once we have the lock, no access is under way and none has effect. */
	mutex_lock(&mcopy->lock);
	mcopy->running = false;
	mcopy_memory_freeze(mcopy->memory);
	mutex_unlock(&mcopy->lock);
}

static void mcopy_start(struct vmig_device *vmig)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);

	mutex_lock(&mcopy->lock);
	mcopy->running = true;
	mcopy_irq_resignal(mcopy);
	mutex_unlock(&mcopy->lock);
}

static void mcopy_clear(struct vmig_device *vmig)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);

	mutex_lock(&mcopy->lock);
	mcopy->dropped = 0;
	mcopy_registers_reset(mcopy);
	mcopy_config_reset(mcopy);
	mcopy_memory_clear(mcopy->memory);
	mutex_unlock(&mcopy->lock);
}

static void mcopy_track_start(struct vmig_device *vmig)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);

	mutex_lock(&mcopy->lock);
	mcopy_memory_track(mcopy->memory);
	if (!mcopy->running)
		mcopy_memory_freeze(mcopy->memory);
	mutex_unlock(&mcopy->lock);
}

static void mcopy_track_stop(struct vmig_device *vmig)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);

	mutex_lock(&mcopy->lock);
	mcopy_memory_untrack(mcopy->memory);
	mutex_unlock(&mcopy->lock);
}

static u64 mcopy_used_pages(struct vmig_device *vmig)
{
	return mcopy_memory_used(mcopy_from_vmig(vmig)->memory);
}

static u64 mcopy_dirty_pages(struct vmig_device *vmig)
{
	return mcopy_memory_dirty(mcopy_from_vmig(vmig)->memory);
}

/* Not under the lock: the guest goes on while pages are fetched. */
static bool mcopy_fetch_page(struct vmig_device *vmig, u64 *address,
			     void *page)
{
	return mcopy_memory_fetch(mcopy_from_vmig(vmig)->memory, address,
				  page);
}

static int mcopy_load_memory(struct vmig_device *vmig, u64 address,
			     const void *data, u32 length)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);
	int ret;

	mutex_lock(&mcopy->lock);
	ret = mcopy_memory_write(mcopy->memory, address, data, length);
	mutex_unlock(&mcopy->lock);
	return ret;
}

static void mcopy_save_state(struct vmig_device *vmig, void *buf)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);
	const struct mcopy_regs *regs = &mcopy->regs;
	struct mcopy_state state = {};
	unsigned int i;

	mutex_lock(&mcopy->lock);
	state.version = cpu_to_le32(MCOPY_STATE_VERSION);
	state.size = cpu_to_le32(vmig->state_size);
	state.irq_status = cpu_to_le32(regs->irq_status);
	state.irq_enable = cpu_to_le32(regs->irq_enable);
	for (i = 0; i < MCOPY_SCRATCH_COUNT; i++)
		state.scratch[i] = cpu_to_le32(regs->scratch[i]);
	state.mem_addr = cpu_to_le64(regs->mem_addr);
	state.mem_len = cpu_to_le32(regs->mem_len);
	state.mem_crc = cpu_to_le32(regs->mem_crc);
	state.mem_seed = cpu_to_le64(regs->mem_seed);
	state.result = cpu_to_le32(regs->result);
	mcopy_engine_save(mcopy, &state);
	memcpy(state.config, mcopy->config, sizeof(state.config));
	mutex_unlock(&mcopy->lock);
	memcpy(buf, &state, vmig->state_size);
}

/* Registers that the device does not have hold nothing. */
static const char *wrong_operand(const struct mcopy *mcopy,
				 const struct mcopy_state *state)
{
	if (le32_to_cpu(state->result) > MCOPY_RESULT_MEMORY)
		return "result";
	if (mcopy_has(mcopy, MCOPY_FEATURES_COMMAND))
		return NULL;
	if (state->mem_addr)
		return "mem_addr";
	if (state->mem_len)
		return "mem_len";
	if (state->mem_crc)
		return "mem_crc";
	if (state->mem_seed)
		return "mem_seed";
	return state->result ? "result" : NULL;
}

static const char *wrong_field(const struct mcopy *mcopy,
			       const struct mcopy_state *state)
{
	const char *wrong;

	if (le32_to_cpu(state->version) != MCOPY_STATE_VERSION)
		return "version";
	if (le32_to_cpu(state->size) != mcopy->vmig.state_size)
		return "size";
	if (le32_to_cpu(state->irq_status) & ~MCOPY_IRQ_MASK)
		return "irq_status";
	if (le32_to_cpu(state->irq_enable) & ~MCOPY_IRQ_MASK)
		return "irq_enable";
	wrong = wrong_operand(mcopy, state);
	if (wrong)
		return wrong;
	if (!mcopy_config_loadable(mcopy, state->config))
		return "config";
	return mcopy_engine_wrong_field(mcopy, state);
}

static const char *mcopy_load_state(struct vmig_device *vmig, const void *buf,
				    u32 length)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);
	const char *wrong;

	if (length != vmig->state_size)
		return "size";
	memset(&mcopy->loaded, 0, sizeof(mcopy->loaded));
	memcpy(&mcopy->loaded, buf, length);
	wrong = wrong_field(mcopy, &mcopy->loaded);
	if (wrong)
		memset(&mcopy->loaded, 0, sizeof(mcopy->loaded));
	return wrong;
}

static void mcopy_commit_state(struct vmig_device *vmig)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);
	const struct mcopy_state *state = &mcopy->loaded;
	struct mcopy_regs *regs = &mcopy->regs;
	unsigned int i;

	mutex_lock(&mcopy->lock);
	regs->irq_status = le32_to_cpu(state->irq_status);
	regs->irq_enable = le32_to_cpu(state->irq_enable);
	for (i = 0; i < MCOPY_SCRATCH_COUNT; i++)
		regs->scratch[i] = le32_to_cpu(state->scratch[i]);
	regs->mem_addr = le64_to_cpu(state->mem_addr);
	regs->mem_len = le32_to_cpu(state->mem_len);
	regs->mem_crc = le32_to_cpu(state->mem_crc);
	regs->mem_seed = le64_to_cpu(state->mem_seed);
	regs->result = le32_to_cpu(state->result);
	mcopy_config_load(mcopy, state->config);
	mcopy_engine_load(mcopy, state);
	mutex_unlock(&mcopy->lock);
}

const struct vmig_ops mcopy_vmig_ops = {
	.vfio = &mcopy_region_ops,
	.configure = mcopy_configure,
	.retire = mcopy_retire,
	.open = mcopy_open,
	.close = mcopy_close,
	.quiesce = mcopy_quiesce,
	.unquiesce = mcopy_unquiesce,
	.halt = mcopy_halt,
	.start = mcopy_start,
	.clear = mcopy_clear,
	.track_start = mcopy_track_start,
	.track_stop = mcopy_track_stop,
	.used_pages = mcopy_used_pages,
	.dirty_pages = mcopy_dirty_pages,
	.fetch_page = mcopy_fetch_page,
	.load_memory = mcopy_load_memory,
	.save_state = mcopy_save_state,
	.load_state = mcopy_load_state,
	.commit_state = mcopy_commit_state,
	.logs_dma = true,
};
