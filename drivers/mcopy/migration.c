// SPDX-License-Identifier: GPL-2.0
/* What vmig asks of the device when it migrates. */
#include "mcopy.h"

#define MODEL	"vmig/mcopy"

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
	state.size = cpu_to_le32(sizeof(state));
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
	memcpy(buf, &state, sizeof(state));
}

static const char *wrong_field(const struct mcopy *mcopy,
			       const struct mcopy_state *state)
{
	if (le32_to_cpu(state->version) != MCOPY_STATE_VERSION)
		return "version";
	if (le32_to_cpu(state->size) != sizeof(*state))
		return "size";
	if (le32_to_cpu(state->irq_status) & ~MCOPY_IRQ_MASK)
		return "irq_status";
	if (le32_to_cpu(state->irq_enable) & ~MCOPY_IRQ_MASK)
		return "irq_enable";
	if (le32_to_cpu(state->result) > MCOPY_RESULT_MEMORY)
		return "result";
	if (!mcopy_config_loadable(mcopy, state->config))
		return "config";
	return mcopy_engine_wrong_field(mcopy, state);
}

static const char *mcopy_load_state(struct vmig_device *vmig, const void *buf,
				    u32 length)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);
	const char *wrong;

	if (length != sizeof(mcopy->loaded))
		return "size";
	memcpy(&mcopy->loaded, buf, sizeof(mcopy->loaded));
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

static const struct vmig_ops mcopy_vmig_ops = {
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
	.state_size = sizeof(struct mcopy_state),
	.save_state = mcopy_save_state,
	.load_state = mcopy_load_state,
	.commit_state = mcopy_commit_state,
	.logs_dma = true,
};

const struct vmig_model mcopy_model = {
	.name = MODEL,
	.api = VFIO_DEVICE_API_PCI_STRING,
	.version_major = MCOPY_VERSION_MAJOR,
	.version_minor = MCOPY_VERSION_MINOR,
	.version_fix = MCOPY_VERSION_FIX,
	.on_pci = true,
	.pci_vendor = MCOPY_PCI_VENDOR_ID,
	.pci_device = MCOPY_PCI_DEVICE_ID,
};

int mcopy_migration_init(struct mcopy *mcopy, const struct vmig_type *type)
{
	return vmig_init(&mcopy->vmig, &mcopy_vmig_ops,
			 dev_name(mcopy->vmig.vdev.dev), type,
			 mcopy_memory_size(mcopy));
}
