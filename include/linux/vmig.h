/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmig: migration for mdev drivers. A driver fills struct vmig_ops with what
 * its device can do; the state machine, the stream, the sessions and the VFIO
 * interfaces are done here.
 */
#ifndef _LINUX_VMIG_H
#define _LINUX_VMIG_H

#include <linux/mdev.h>
#include <linux/sysfs.h>
#include <linux/types.h>
#include <linux/vfio.h>
#include <uapi/linux/vmig.h>

struct vm_area_struct;
struct vmig_core;
struct vmig_device;

/* Bytes in a page of device memory, as dirty tracking and the stream see it. */
#define VMIG_PAGE_SIZE	VMIG_MEMORY_ALIGN

/**
 * struct vmig_model - what all devices of one state format have in common
 * @name:	the state format, "domain/path", 1 to 63 characters
 * @api:	VFIO device API, VFIO_DEVICE_API_PCI_STRING or another
 * @version_major: of the state format: another number is another format
 * @version_minor: a device loads its own and lower ones
 * @version_fix: never compared
 * @on_pci:	@pci_vendor and @pci_device are given
 * @pci_vendor:	PCI id as the guest sees it
 * @pci_device:	PCI id as the guest sees it
 *
 * @name and @api are printable ASCII without ';', which separates the keys of the
 * self line, and without '"' and '\', which documents can't have. All of it lives
 * as long as the driver's module.
 */
struct vmig_model {
	const char *name;
	const char *api;
	u16 version_major;
	u16 version_minor;
	u16 version_fix;
	bool on_pci;
	u16 pci_vendor;
	u16 pci_device;
};

/**
 * struct vmig_type - an mdev type whose instances migrate
 * @mdev:	for the mdev core, which keeps a kobject in it: it must not be
 *		used for a second registration
 * @model:	what its instances are
 * @units:	size of an instance in the smallest units of the model; source
 *		and destination must have the same
 * @pool:	name of what instances of several types share, a token of
 *		[a-z0-9_], at most 32 characters; NULL if they share nothing
 * @pool_total:	its size, in the same units
 */
struct vmig_type {
	struct mdev_type mdev;
	const struct vmig_model *model;
	u32 units;
	const char *pool;
	u32 pool_total;
};

/**
 * struct vmig_ops - what a driver brings
 * @quiesce:	finish the DMA that runs and start no more; NULL if there is no
 *		DMA. Writes to registers are still taken. May be called again
 *		when the device is quiesced.
 * @unquiesce:	undo @quiesce; NULL if there is no DMA
 * @halt:	the device stands still from here on: no DMA, no interrupts, no
 *		internal change, and no page becomes dirty any more. Called
 *		after @quiesce, and again when the device is halted and gets
 *		reset.
 * @start:	the device works again; interrupts whose cause is pending are
 *		signalled once more. Called before @unquiesce.
 * @clear:	power-on state: registers, PCI configuration space and device
 *		memory. Called on a halted device without a saving session; in
 *		RESUMING again for each session that follows one with content.
 * @track_start: begin to note which pages of device memory are written, and
 *		to call vmig_dirtied() for the first; all that were ever
 *		written count as dirty. The device may be halted: then these
 *		are all there will be. Called again in a session that is not to
 *		converge.
 * @track_stop:	stop that
 * @used_pages:	number of pages that were ever written, whether there is a
 *		session or not; as quick
 * @dirty_pages: number of dirty pages; quick, it is called on register reads
 * @fetch_page:	copy the next dirty page at or after *@address, turning around
 *		at the end of memory, and make it clean: a write after the copy
 *		makes it dirty again. Sets *@address, in bytes, and returns
 *		true, or returns false if none is dirty. @page has room for
 *		VMIG_PAGE_SIZE bytes and no alignment.
 * @load_memory: store @length bytes at @address; both are multiples of
 *		VMIG_PAGE_SIZE within the device's memory, and @length is at
 *		most VMIG_PAYLOAD_MAX. Returns 0, or an error if there is no
 *		memory: the stream is refused with -ENOMEM.
 * @state_size:	bytes that @save_state writes, 1 to VMIG_PAYLOAD_MAX
 * @save_state:	write the state of the halted device: all @state_size bytes,
 *		since @state is not zero before and goes to user space. It has
 *		no alignment.
 * @load_state:	check a state and keep it for @commit_state. @length is 1 to
 *		VMIG_PAYLOAD_MAX, whatever the source wrote. Returns NULL, or
 *		the name of the first field that is wrong, a string that lives
 *		as long as the device.
 * @commit_state: take over what the last @load_state kept
 * @logs_dma:	the driver calls vmig_dma_written() for each byte of guest memory
 *		that it writes, or writes none: DMA logging is offered
 *
 * All are called with the device's vmig lock held, may sleep and can't fail
 * unless said otherwise. None of them may call into vmig, but for vmig_dirtied()
 * and vmig_dma_written(), and nothing that takes this lock may be waited for.
 * Between vmig_open() and the return of vmig_close() they are called at any time,
 * and never otherwise.
 *
 * That halting and starting can't fail is QEMU 7.2's rule: it crashes when
 * they do while it has no outgoing migration (hw/vfio/migration.c).
 */
struct vmig_ops {
	void (*quiesce)(struct vmig_device *vmig);
	void (*unquiesce)(struct vmig_device *vmig);
	void (*halt)(struct vmig_device *vmig);
	void (*start)(struct vmig_device *vmig);
	void (*clear)(struct vmig_device *vmig);
	void (*track_start)(struct vmig_device *vmig);
	void (*track_stop)(struct vmig_device *vmig);
	u64 (*used_pages)(struct vmig_device *vmig);
	u64 (*dirty_pages)(struct vmig_device *vmig);
	bool (*fetch_page)(struct vmig_device *vmig, u64 *address, void *page);
	int (*load_memory)(struct vmig_device *vmig, u64 address,
			   const void *data, u32 length);
	u32 state_size;
	void (*save_state)(struct vmig_device *vmig, void *state);
	const char *(*load_state)(struct vmig_device *vmig, const void *state,
				  u32 length);
	void (*commit_state)(struct vmig_device *vmig);
	bool logs_dma;
};

/**
 * struct vmig_device - one migratable device, first in the driver's own
 * @vdev:	for VFIO; first, because vfio_alloc_device() wants it so. Its
 *		mig_ops, log_ops and migration_flags are the core's
 * @ops:	set by vmig_init()
 * @name:	set by vmig_init()
 * @memory_size: bytes of device memory, a multiple of VMIG_PAGE_SIZE, set by
 *		vmig_init()
 * @core:	private; NULL before vmig_init() and after vmig_destroy(), if
 *		the driver allocates it zeroed, as vfio_alloc_device() does
 *
 * Nothing of the core's part changes between vmig_init() and vmig_destroy().
 */
struct vmig_device {
	struct vfio_device vdev;
	const struct vmig_ops *ops;
	const char *name;
	u64 memory_size;
	struct vmig_core *core;
};

int vmig_types_add(struct mdev_parent *parent);
void vmig_types_remove(struct mdev_parent *parent);

int vmig_init(struct vmig_device *vmig, const struct vmig_ops *ops,
	      const char *name, const struct vmig_type *type, u64 memory_size);
void vmig_destroy(struct vmig_device *vmig);

int vmig_open(struct vmig_device *vmig);
void vmig_close(struct vmig_device *vmig);
void vmig_reset(struct vmig_device *vmig);

int vmig_device_feature(struct vfio_device *vdev, u32 flags, void __user *arg,
			size_t argsz);
void vmig_dirtied(struct vmig_device *vmig);
void vmig_dma_written(struct vmig_device *vmig, u64 iova, u64 length);

u32 vmig_region_count(const struct vmig_device *vmig);
int vmig_region_info(struct vmig_device *vmig, struct vfio_region_info *info,
		     struct vfio_info_cap *caps);
ssize_t vmig_region_read(struct vmig_device *vmig, char __user *buf,
			 size_t count, u64 pos);
ssize_t vmig_region_write(struct vmig_device *vmig, const char __user *buf,
			  size_t count, u64 pos);
int vmig_region_mmap(struct vmig_device *vmig, struct vm_area_struct *vma,
		     unsigned long first_page);

extern const struct attribute_group vmig_attribute_group;
extern const struct attribute_group vmig_migration_group;

#endif /* _LINUX_VMIG_H */
