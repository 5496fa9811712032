// SPDX-License-Identifier: GPL-2.0
/*
 * Protocol v1: the migration region that QEMU 5.2 to 7.2 speak. Registers in
 * the first page, always trapped; behind it the window, trapped or mapped.
 *
 * Reads of two registers have effects: data_offset stages the next segment,
 * pending_bytes acknowledges it. All else answers the same until then.
 */
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/vmalloc.h>

#include "core.h"
#include "region.h"
#include "trace.h"

/* The registers have a page of their own, so that the window can be mapped. */
#define WINDOW_OFFSET	PAGE_SIZE

#define REG(name)	offsetof(struct vfio_device_migration_info, name)
#define REG_RESERVED	4

static_assert(VMIG_V1_RUNNING == VFIO_DEVICE_STATE_V1_RUNNING);
static_assert(VMIG_V1_SAVING == VFIO_DEVICE_STATE_V1_SAVING);
static_assert(VMIG_V1_RESUMING == VFIO_DEVICE_STATE_V1_RESUMING);

/**
 * vmig_region_count() - how many regions the core adds
 * @vmig:	an open device
 *
 * Return: 1 for the migration region, or 0 if protocol v1 is hidden.
 */
u32 vmig_region_count(const struct vmig_device *vmig)
{
	return vmig->core->offered & VMIG_PROTOCOL_V1 ? 1 : 0;
}

/**
 * vmig_region_info() - VFIO_DEVICE_GET_REGION_INFO for the migration region
 * @vmig:	the device
 * @info:	flags and size (bytes) are set; index and offset are the
 *		driver's. The offset must be a multiple of the page size: mmap
 *		needs that, and QEMU 7.2 cuts registers in pieces whose offset
 *		in the file is no multiple of 8.
 * @caps:	capabilities are added: type (linux/vfio.h) and sparse mmap
 *
 * Only the window is offered for mmap. That the register page is not matters:
 * mapped, its reads would have no effects.
 *
 * Context: may sleep; takes no lock.
 * Return: 0 or -ENOMEM
 */
int vmig_region_info(struct vmig_device *vmig, struct vfio_region_info *info,
		     struct vfio_info_cap *caps)
{
	struct vfio_region_info_cap_type type = {
		.header = { .id = VFIO_REGION_INFO_CAP_TYPE, .version = 1 },
		.type = VFIO_REGION_TYPE_MIGRATION_DEPRECATED,
		.subtype = VFIO_REGION_SUBTYPE_MIGRATION_DEPRECATED,
	};
	struct {
		struct vfio_region_info_cap_sparse_mmap sparse;
		struct vfio_region_sparse_mmap_area area;
	} mmap = {
		.sparse.header = {
			.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP,
			.version = 1,
		},
		.sparse.nr_areas = 1,
		.area = {
			.offset = WINDOW_OFFSET,
			.size = vmig->core->window.room,
		},
	};
	int ret;

	info->flags = VFIO_REGION_INFO_FLAG_READ |
		      VFIO_REGION_INFO_FLAG_WRITE |
		      VFIO_REGION_INFO_FLAG_MMAP;
	info->size = WINDOW_OFFSET + vmig->core->window.room;
	ret = vfio_info_add_capability(caps, &type.header, sizeof(type));
	if (ret)
		return ret;
	return vfio_info_add_capability(caps, &mmap.sparse.header,
					sizeof(mmap));
}

static u64 read_pending(struct vmig_core *core)
{
	u64 pending = vmig_save_pending(core);

	core->window.staged = false;
	trace_vmig_pending(core, pending);
	return pending;
}

static u64 read_data_offset(struct vmig_core *core)
{
	struct vmig_window *window = &core->window;

	if (core->save.open && !window->staged) {
		vmig_save_begin(core);
		window->size = vmig_save_fetch(core, window->data,
					       window->room);
		window->staged = true;
	}
	return WINDOW_OFFSET;
}

static int read_data_size(struct vmig_core *core, u64 *value)
{
	*value = 0;
	if (!core->save.open)
		return 0;
	if (!core->window.staged)
		return vmig_refuse_access(core, VMIG_REASON_BAD_ACCESS,
					  "data_size");
	*value = core->window.size;
	return 0;
}

static int read_register(struct vmig_core *core, u64 pos, size_t count,
			 u64 *value)
{
	if (pos == REG(device_state) && count == sizeof(u32))
		*value = vmig_v1_encode(core->state);
	else if (pos == REG_RESERVED && count == sizeof(u32))
		*value = 0;
	else if (pos == REG(pending_bytes) && count == sizeof(u64))
		*value = read_pending(core);
	else if (pos == REG(data_offset) && count == sizeof(u64))
		*value = read_data_offset(core);
	else if (pos == REG(data_size) && count == sizeof(u64))
		return read_data_size(core, value);
	else
		return vmig_refuse_access(core, VMIG_REASON_BAD_ACCESS,
					  "register");
	return 0;
}

static int write_device_state(struct vmig_core *core, u32 word)
{
	enum vmig_state wanted;
	int ret;

	if (!vmig_v1_decode(word, &wanted))
		return vmig_refuse_access(core, VMIG_REASON_BAD_TRANSITION,
					  "device_state");
	ret = vmig_set_state(core, wanted, NULL);
	if (ret)
		vmig_leave_p2p(core);
	return ret;
}

static int write_data_size(struct vmig_core *core, u64 size)
{
	if (!core->load.open)
		return vmig_refuse_access(core, VMIG_REASON_WRONG_STATE,
					  "data_size");
	if (size > core->window.room)
		return vmig_refuse_access(core, VMIG_REASON_BAD_ACCESS,
					  "data_size");
	return vmig_load_feed(core, core->window.data, size);
}

static int write_register(struct vmig_core *core, u64 pos, size_t count,
			  u64 value)
{
	if (pos == REG(device_state) && count == sizeof(u32))
		return write_device_state(core, value);
	if (pos == REG(data_size) && count == sizeof(u64))
		return write_data_size(core, value);
	/* Read-only ones, at their width: no effect. */
	if (pos == REG_RESERVED && count == sizeof(u32))
		return 0;
	if ((pos == REG(pending_bytes) || pos == REG(data_offset)) &&
	    count == sizeof(u64))
		return 0;
	return vmig_refuse_access(core, VMIG_REASON_BAD_ACCESS, "register");
}

/*
 * The window is memory that the user may have mapped: no lock makes an access
 * to it more orderly than it is.
 */
static bool in_window(const struct vmig_core *core, u64 pos, size_t count)
{
	const u64 end = WINDOW_OFFSET + core->window.room;

	return pos >= WINDOW_OFFSET && pos <= end && count <= end - pos;
}

static int refuse_range(struct vmig_core *core)
{
	int ret;

	mutex_lock(&core->lock);
	ret = vmig_refuse_access(core, VMIG_REASON_BAD_ACCESS, "offset");
	mutex_unlock(&core->lock);
	return ret;
}

/**
 * vmig_region_read() - read from the migration region
 * @vmig:	an open device
 * @buf:	user's buffer
 * @count:	a register's own width, or any number of bytes of the window
 * @pos:	offset in the region, bytes
 *
 * A read of data_offset in a saving session returns when the next segment is in
 * the window; one of pending_bytes acknowledges it (linux/vfio.h of 5.10).
 *
 * Context: may sleep; takes the device's vmig lock, but not for the window and
 * never over the access to @buf.
 * Return: @count, -EFAULT, -EBUSY for a register while protocol v2 drives the
 * device, or -EINVAL for a width, an offset or an order that the protocol does
 * not have.
 */
ssize_t vmig_region_read(struct vmig_device *vmig, char __user *buf,
			 size_t count, u64 pos)
{
	struct vmig_core *core = vmig->core;
	u64 value;
	int ret;

	if (in_window(core, pos, count)) {
		if (copy_to_user(buf, core->window.data + pos - WINDOW_OFFSET,
				 count))
			return -EFAULT;
		return count;
	}
	if (pos >= WINDOW_OFFSET)
		return refuse_range(core);

	if (pos == REG(data_offset))
		vmig_fault_read(core);
	mutex_lock(&core->lock);
	ret = vmig_protocol_claim(core, VMIG_PROTOCOL_V1);
	if (!ret)
		ret = read_register(core, pos, count, &value);
	mutex_unlock(&core->lock);
	if (ret)
		return ret;
	return copy_to_user(buf, &value, count) ? -EFAULT : count;
}

/**
 * vmig_region_write() - write to the migration region
 * @vmig:	an open device
 * @buf:	user's buffer
 * @count:	a register's own width, or any number of bytes of the window
 * @pos:	offset in the region, bytes
 *
 * A write to device_state returns when the transition is done; one to
 * data_size when the segment is taken or refused (linux/vfio.h of 5.10). A
 * transition that fails leaves the state as it was, or on the way, but never in
 * error: QEMU 7.2 aborts when it reads that.
 *
 * Context: may sleep; takes the device's vmig lock, but not for the window and
 * never over the access to @buf.
 * Return: @count, -EFAULT, -EBUSY or -EINVAL as for vmig_region_read() or for a
 * transition that does not exist, or the errno with which the stream was
 * refused. migration/last_error has the reason.
 */
ssize_t vmig_region_write(struct vmig_device *vmig, const char __user *buf,
			  size_t count, u64 pos)
{
	struct vmig_core *core = vmig->core;
	u64 value = 0;
	int ret;

	if (in_window(core, pos, count)) {
		if (copy_from_user(core->window.data + pos - WINDOW_OFFSET,
				   buf, count))
			return -EFAULT;
		return count;
	}
	if (pos >= WINDOW_OFFSET || count > sizeof(value))
		return refuse_range(core);
	if (copy_from_user(&value, buf, count))
		return -EFAULT;

	mutex_lock(&core->lock);
	ret = vmig_protocol_claim(core, VMIG_PROTOCOL_V1);
	if (!ret)
		ret = write_register(core, pos, count, value);
	mutex_unlock(&core->lock);
	return ret ?: count;
}

/**
 * vmig_region_mmap() - map the window, or a part of it
 * @vmig:	an open device
 * @vma:	to fill
 * @first_page:	page of the region that @vma starts with
 *
 * Works in every state: QEMU 7.2 maps before it saves and unmaps while
 * resuming.
 *
 * Context: from .mmap, with the mmap lock held; takes no other. May sleep.
 * Return: 0, or -EINVAL for the register page, pages behind the end and
 * private mappings, which would be copies.
 */
int vmig_region_mmap(struct vmig_device *vmig, struct vm_area_struct *vma,
		     unsigned long first_page)
{
	const unsigned long window_page = WINDOW_OFFSET >> PAGE_SHIFT;

	if (!(vma->vm_flags & VM_SHARED) || first_page < window_page)
		return -EINVAL;
	return remap_vmalloc_range(vma, vmig->core->window.data,
				   first_page - window_page);
}
