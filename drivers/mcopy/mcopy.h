/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcopy: the sample device. It has registers, memory of its own and
 * interrupts, and it migrates by what vmig asks of it; it knows nothing of
 * migration protocols.
 */
#ifndef MCOPY_H
#define MCOPY_H

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/vfio.h>
#include <linux/vmig.h>
#include <uapi/linux/mcopy.h>

#include "engine.h"
#include "irq.h"
#include "memory.h"
#include "parent.h"

/* PCI driver, class of the virtual parents: type names begin with it. */
#define MCOPY_NAME	"mcopy"

/**
 * struct mcopy_regs - the registers in BAR0 that hold something
 * @irq_status:	causes that are set
 * @irq_enable:	causes that may interrupt
 * @scratch:	the guest's
 * @mem_addr:	operand
 * @mem_len:	operand
 * @mem_crc:	result of the last CRC
 * @mem_seed:	operand
 * @result:	MCOPY_RESULT_*
 */
struct mcopy_regs {
	u32 irq_status;
	u32 irq_enable;
	u32 scratch[MCOPY_SCRATCH_COUNT];
	u64 mem_addr;
	u32 mem_len;
	u32 mem_crc;
	u64 mem_seed;
	u32 result;
};

/**
 * struct mcopy - one device
 * @vmig:	for VFIO and migration
 * @units:	of capacity; 0 until the device has some
 * @profile:	which of its model's
 * @features:	MCOPY_FEATURE_* that go with that
 * @lock:	serialises the guest's accesses with halt and start; innermost
 *		but for page locks, and never held over accesses to user memory
 * @running:	the guest's writes have effect
 * @dropped:	writes that had none
 * @regs:	registers
 * @config:	PCI configuration space
 * @loaded:	state that was checked and waits for the end of the stream
 * @memory:	device memory; NULL while the device is closed
 * @irq:	interrupts
 * @engine:	DMA
 */
struct mcopy {
	struct vmig_device vmig;
	u32 units;
	u32 profile;
	u32 features;
	struct mutex lock;	/* accesses against halt and start */
	bool running;
	u32 dropped;
	struct mcopy_regs regs;
	u8 config[MCOPY_STATE_CONFIG_SIZE];
	struct mcopy_state loaded;
	struct mcopy_memory *memory;
	struct mcopy_irq irq;
	struct mcopy_engine engine;
};

static inline struct mcopy *mcopy_from_vdev(struct vfio_device *vdev)
{
	return container_of(vdev, struct mcopy, vmig.vdev);
}

static inline struct mcopy *mcopy_from_vmig(struct vmig_device *vmig)
{
	return container_of(vmig, struct mcopy, vmig);
}

static inline u64 mcopy_memory_size(const struct mcopy *mcopy)
{
	return (u64)mcopy->units * MCOPY_UNIT_SIZE;
}

/* Of all of these features. */
static inline bool mcopy_has(const struct mcopy *mcopy, u32 features)
{
	return (mcopy->features & features) == features;
}

/* Causes that ask for an interrupt. */
static inline u32 mcopy_irq_active(const struct mcopy *mcopy)
{
	return mcopy->regs.irq_status & mcopy->regs.irq_enable;
}

/* device.c */
extern struct mdev_driver mcopy_mdev_driver;

/* attributes.c */
extern const struct attribute_group *mcopy_groups[];

/* vfio.c */
extern const struct vfio_device_ops mcopy_vfio_ops;
extern const struct vmig_vfio_ops mcopy_region_ops;

/* migration.c */
extern const struct vmig_ops mcopy_vmig_ops;

/* model.c */
extern const struct vmig_model mcopy_model;
int mcopy_configure(struct vmig_device *vmig, const struct vmig_config *config);
void mcopy_retire(struct vmig_device *vmig);
int mcopy_profile_find(const char *name);
u32 mcopy_version(const struct mcopy *mcopy);

/* config.c; the lock is held */
void mcopy_config_reset(struct mcopy *mcopy);
void mcopy_config_read(struct mcopy *mcopy, u32 pos, void *buf, u32 length);
void mcopy_config_write(struct mcopy *mcopy, u32 pos, const void *buf,
			u32 length);
bool mcopy_config_loadable(const struct mcopy *mcopy, const u8 *config);
bool mcopy_config_intx_disabled(const struct mcopy *mcopy);
bool mcopy_config_bus_master(const struct mcopy *mcopy);
void mcopy_config_load(struct mcopy *mcopy, const u8 *config);

/* registers.c; the lock is held; an access is aligned to its size */
void mcopy_registers_reset(struct mcopy *mcopy);
void mcopy_registers_read(struct mcopy *mcopy, u32 pos, void *buf, u32 length);
void mcopy_registers_write(struct mcopy *mcopy, u32 pos, const void *buf,
			   u32 length);
void mcopy_device_reset(struct mcopy *mcopy);

#endif /* MCOPY_H */
