/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmig: migration for mdev drivers. A driver fills struct vmig_ops with what
 * its device can do; the state machine, the stream, the sessions and the VFIO
 * interfaces are done here.
 */
#ifndef _LINUX_VMIG_H
#define _LINUX_VMIG_H

#include <linux/mdev.h>
#include <linux/types.h>
#include <linux/vfio.h>
#include <uapi/linux/vmig.h>

struct vm_area_struct;
struct vmig_core;
struct vmig_device;

/* Bytes in a page of device memory, as dirty tracking and the stream see it. */
#define VMIG_PAGE_SIZE	VMIG_MEMORY_ALIGN

/* Accesses to regions reach a driver in parts of at most this many bytes. */
#define VMIG_VFIO_PART_MAX	256

/* How many of each a driver can have. */
#define VMIG_MODEL_PARAMS_MAX	4
#define VMIG_MODEL_RULES_MAX	4
#define VMIG_MODEL_PROFILES_MAX	8
#define VMIG_PARENT_TYPES_MAX	16

/**
 * struct vmig_model_param - a number that devices of a model may differ in
 * @name:	token of [a-z0-9_], at most 32 characters
 * @min:	lowest value
 * @max:	highest value
 * @off:	value of a device whose profile does not know the parameter. A
 *		device that has it by choice says no more than that one does.
 *		Need not be in the range
 * @grows:	a device takes the state of one that has less, down to @min;
 *		else only of one that has the same
 */
struct vmig_model_param {
	const char *name;
	u32 min;
	u32 max;
	u32 off;
	bool grows;
};

/**
 * struct vmig_model_rule - what parameters can't have together
 * @param:	index of a parameter
 * @least:	if it has this value or a higher one,
 * @other:	index of another one,
 * @most:	which then can't have a higher one than this
 */
struct vmig_model_rule {
	u32 param;
	u32 least;
	u32 other;
	u32 most;
};

/**
 * struct vmig_profile - one generation of a model's interface
 * @name:	token, at most 32 characters; NULL in a model that has one only
 * @minor:	of the version
 * @fix:	of the version; never compared
 * @features:	tokens: what its devices have, in alphabetical order
 * @feature_count: how many
 * @params:	values that they have by default, one for each parameter of the
 *		model; NULL if all of them are off and stay so
 */
struct vmig_profile {
	const char *name;
	u16 minor;
	u16 fix;
	const char * const *features;
	u32 feature_count;
	const u32 *params;
};

/**
 * struct vmig_model - what all devices of one state format have in common
 * @name:	the state format, "domain/path", 1 to 63 characters
 * @api:	VFIO device API, VFIO_DEVICE_API_PCI_STRING or another
 * @version_major: of the state format: another number is another format
 * @on_pci:	@pci_vendor and @pci_device are given
 * @pci_vendor:	PCI id as the guest sees it
 * @pci_device:	PCI id as the guest sees it
 * @profiles:	generations of the interface, from the oldest, one at least,
 *		each with a higher minor version than the one before, and a name
 *		of its own
 * @profile_count: how many, at most VMIG_MODEL_PROFILES_MAX
 * @params:	parameters, each with a name of its own
 * @param_count: how many, at most VMIG_MODEL_PARAMS_MAX
 * @rules:	what is not possible though each value is. Who sets all
 *		parameters, in their order, on a device with a profile's
 *		defaults must not meet one on the way to what is possible
 * @rule_count:	how many, at most VMIG_MODEL_RULES_MAX
 *
 * @name and @api are printable ASCII without ';', which separates the keys of the
 * self line, and without '"' and '\', which documents can't have. All of it lives
 * as long as the driver's module. vmig_parent_register() refuses what can't be.
 */
struct vmig_model {
	const char *name;
	const char *api;
	u16 version_major;
	bool on_pci;
	u16 pci_vendor;
	u16 pci_device;
	const struct vmig_profile *profiles;
	u32 profile_count;
	const struct vmig_model_param *params;
	u32 param_count;
	const struct vmig_model_rule *rules;
	u32 rule_count;
};

/**
 * struct vmig_type - an mdev type whose instances migrate
 * @mdev:	for the mdev core, which keeps a kobject in it: it must not be
 *		used for a second registration
 * @model:	what its instances are
 * @newest:	index of the newest profile that they can have, and have by
 *		default
 * @units:	size of an instance with an aggregator of 1, in the smallest
 *		units of the model. Source and destination must have the same
 *		size; types of a parent that have the same model take each
 *		other's instances
 * @aggregator_max: highest aggregator, which multiplies that; @units * this is
 *		a u32. At least 1, which is none
 * @pool:	name of what instances of several types share, a token of
 *		[a-z0-9_], at most 32 characters; NULL if they share nothing
 * @pool_total:	its size, in the same units
 */
struct vmig_type {
	struct mdev_type mdev;
	const struct vmig_model *model;
	u32 newest;
	u32 units;
	u32 aggregator_max;
	const char *pool;
	u32 pool_total;
};

/**
 * struct vmig_config - what can be chosen for a device while it is closed
 * @profile:	index of a profile of the model
 * @aggregator:	its capacity is the type's units times this
 * @params:	values of the model's parameters
 */
struct vmig_config {
	u32 profile;
	u32 aggregator;
	u32 params[VMIG_MODEL_PARAMS_MAX];
};

/**
 * struct vmig_vfio_ops - what a driver's regions and interrupts are
 * @exclusive:	@region_read and @region_write are called with the device's vmig
 *		lock held, and @region_write only while the guest's writes have
 *		effect, or for the configuration space. For devices that change in
 *		no other way, and migrate so little that an access can wait for it
 * @registers:	bit of each region that is accessed as a guest can: in parts that
 *		are aligned to their length of 1, 2, 4 or 8 bytes. Of the others
 *		parts are as they come, of up to VMIG_VFIO_PART_MAX bytes
 * @region_size: bytes of the region with this index, below VFIO_PCI_NUM_REGIONS;
 *		0 if there is none. Each that there is can be read and written
 * @region_read: fill @buf, all of it: it goes to user space. The part does not go
 *		beyond the region's size
 * @region_write: take what the user has written, likewise. What has no effect is
 *		no error: a halted device ignores its guest. It does not ignore the
 *		VMM, which accesses the configuration space in every state.
 *		Returns 0, or an error for the user
 * @region_info: change @info->flags and add @caps for a region that is more than
 *		read and written; NULL if there is none. Returns 0, or an error for
 *		the user
 * @mmap:	map a region from @first_page on; called with the mmap lock held.
 *		NULL if none can be mapped. Returns 0, or an error for the user
 * @irq_info:	set flags and count for @info->index; NULL if there are no
 *		interrupts. Returns 0, or -EINVAL for an index that is none
 * @set_irqs:	VFIO_DEVICE_SET_IRQS, checked against @irq_info, with @data in
 *		kernel memory; NULL if there are no interrupts. Returns 0, or an
 *		error for the user
 *
 * The device is one on PCI, with the indices that linux/vfio.h has for these. All
 * ops are called while it is open, in every state of a migration, and without the
 * device's vmig lock if not @exclusive. They may sleep, and may run at the same
 * time as each other and as the ops of struct vmig_ops.
 */
struct vmig_vfio_ops {
	bool exclusive;
	u32 registers;
	u64 (*region_size)(struct vmig_device *vmig, u32 index);
	void (*region_read)(struct vmig_device *vmig, u32 index, u64 pos,
			    void *buf, u32 length);
	int (*region_write)(struct vmig_device *vmig, u32 index, u64 pos,
			    const void *buf, u32 length);
	int (*region_info)(struct vmig_device *vmig,
			   struct vfio_region_info *info,
			   struct vfio_info_cap *caps);
	int (*mmap)(struct vmig_device *vmig, u32 index,
		    struct vm_area_struct *vma, unsigned long first_page);
	int (*irq_info)(struct vmig_device *vmig, struct vfio_irq_info *info);
	int (*set_irqs)(struct vmig_device *vmig,
			const struct vfio_irq_set *set, void *data);
};

/**
 * struct vmig_ops - what a driver brings
 * @vfio:	its regions and interrupts
 * @configure:	become a device of @config, which was found to be possible for
 *		its type. Sets the memory_size and the state_size of @vmig.
 *		Called by vmig_init(), at its end, and later on a closed device.
 *		Returns 0, or -ENOSPC if there is not enough left of what the
 *		instances share, or -ENOMEM; then nothing has changed
 * @retire:	give back what @configure took of what the instances share, once
 *		and for all; NULL if that is nothing
 * @open:	allocate what the device needs while it is open; NULL if that is
 *		nothing. Returns 0, or an error for the one who opens it
 * @close:	undo @open; NULL if there is nothing to undo
 * @quiesce:	finish the DMA that runs and start no more; NULL if there is no
 *		DMA. Writes to registers are still taken. May be called again
 *		when the device is quiesced.
 * @unquiesce:	undo @quiesce; NULL if there is no DMA
 * @halt:	the device stands still from here on: no DMA, no interrupts, no
 *		internal change, and no page becomes dirty any more. Called
 *		after @quiesce, and again when the device is halted and gets
 *		reset. NULL if it stands still by itself, since @vfio is exclusive
 * @start:	the device works again; interrupts whose cause is pending are
 *		signalled once more. Called before @unquiesce. NULL if there is no
 *		@halt
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
 * @save_state:	write the state of the halted device: all bytes of its
 *		state_size, since @state is not zero before and goes to user
 *		space. It has no alignment.
 * @load_state:	check a state and keep it for @commit_state. @length is 1 to
 *		VMIG_PAYLOAD_MAX, whatever the source wrote. Returns NULL, or
 *		the name of the first field that is wrong, a string that lives
 *		as long as the device.
 * @commit_state: take over what the last @load_state kept
 * @logs_dma:	the driver calls vmig_dma_written() for each byte of guest memory
 *		that it writes, or writes none: DMA logging is offered
 *
 * A driver whose devices have no memory of their own, a memory_size of 0 whatever
 * is chosen for them, has none of @track_start, @track_stop, @used_pages,
 * @dirty_pages, @fetch_page and @load_memory: they are NULL.
 *
 * All but those of @vfio are called with the device's vmig lock held, may sleep
 * and can't fail unless said otherwise. None of them may call into vmig, but for
 * vmig_dirtied() and vmig_dma_written(), and nothing that takes this lock may be
 * waited for. But for @configure and @retire, they are called at any time from
 * @open to @close, and never otherwise.
 *
 * That halting and starting can't fail is QEMU 7.2's rule: it crashes when
 * they do while it has no outgoing migration (hw/vfio/migration.c).
 */
struct vmig_ops {
	const struct vmig_vfio_ops *vfio;
	int (*configure)(struct vmig_device *vmig,
			 const struct vmig_config *config);
	void (*retire)(struct vmig_device *vmig);
	int (*open)(struct vmig_device *vmig);
	void (*close)(struct vmig_device *vmig);
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
 * @type:	what it is an instance of, set by vmig_init()
 * @memory_size: bytes of device memory, a multiple of VMIG_PAGE_SIZE, or 0;
 *		set by @ops->configure
 * @state_size:	bytes of the rest of its state, 1 to VMIG_PAYLOAD_MAX, set by
 *		@ops->configure
 * @core:	private; NULL before vmig_init(): the driver allocates it zeroed, as
 *		vfio_alloc_device() does
 *
 * Nothing of the core's part changes between vmig_init() and vmig_vfio_release(),
 * but for the two sizes, and these not while the device is open.
 */
struct vmig_device {
	struct vfio_device vdev;
	const struct vmig_ops *ops;
	const char *name;
	const struct vmig_type *type;
	u64 memory_size;
	u32 state_size;
	struct vmig_core *core;
};

int vmig_parent_register(struct mdev_parent *parent, struct device *dev,
			 struct mdev_driver *driver, struct mdev_type **types,
			 unsigned int count);
void vmig_parent_unregister(struct mdev_parent *parent);

int vmig_mdev_probe(struct mdev_device *mdev, size_t size,
		    const struct vfio_device_ops *ops);
void vmig_mdev_remove(struct mdev_device *mdev);

int vmig_init(struct vmig_device *vmig, const struct vmig_ops *ops,
	      const char *name, const struct vmig_type *type);

void vmig_vfio_release(struct vfio_device *vdev);
int vmig_vfio_open(struct vfio_device *vdev);
void vmig_vfio_close(struct vfio_device *vdev);
ssize_t vmig_vfio_read(struct vfio_device *vdev, char __user *buf, size_t count,
		       loff_t *ppos);
ssize_t vmig_vfio_write(struct vfio_device *vdev, const char __user *buf,
			size_t count, loff_t *ppos);
long vmig_vfio_ioctl(struct vfio_device *vdev, unsigned int cmd,
		     unsigned long arg);
int vmig_vfio_mmap(struct vfio_device *vdev, struct vm_area_struct *vma);
int vmig_vfio_region_info(struct vfio_device *vdev,
			  struct vfio_region_info *info,
			  struct vfio_info_cap *caps);
int vmig_device_feature(struct vfio_device *vdev, u32 flags, void __user *arg,
			size_t argsz);
void vmig_dirtied(struct vmig_device *vmig);
void vmig_dma_written(struct vmig_device *vmig, u64 iova, u64 length);

#endif /* _LINUX_VMIG_H */
