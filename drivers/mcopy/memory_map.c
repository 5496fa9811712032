// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory in user space. A guest stores to its BAR without an exit; the
 * first store to a page after it was fetched faults, and that is how it is
 * found dirty.
 *
 * The pages are ordinary ones in an ordinary mapping. For VM_PFNMAP and VM_IO
 * KVM would emulate a store to a write-protected page instead of letting it
 * fault, and its emulator knows too few instructions.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>

#include "backport-mm.h"
#include "mcopy.h"
#include "memory.h"

static bool map_memory = true;
module_param(map_memory, bool, 0644);
MODULE_PARM_DESC(map_memory,
		 "offer device memory for mmap; asked when a VMM looks (default Y)");

bool mcopy_memory_mappable(void)
{
	return READ_ONCE(map_memory);
}

static vm_fault_t memory_fault(struct vm_fault *vmf)
{
	struct mcopy_memory *memory = vmf->vma->vm_file->private_data;
	struct page *page;

	if (vmf->pgoff >= memory->count || READ_ONCE(memory->closed))
		return VM_FAULT_SIGBUS;
	page = mcopy_page_make(memory, vmf->pgoff);
	if (!page)
		return VM_FAULT_OOM;
	/* Closing sets this before it takes the pages away. */
	if (READ_ONCE(memory->closed)) {
		mcopy_page_release(page);
		return VM_FAULT_SIGBUS;
	}
	vmf->page = page;
	return VM_FAULT_LOCKED;
}

/* Leaves the page locked until the entry in the page table is writable. */
static vm_fault_t memory_mkwrite(struct vm_fault *vmf)
{
	struct mcopy_memory *memory = vmf->vma->vm_file->private_data;

	lock_page(vmf->page);
	if (!mcopy_page_is_at(memory, vmf->pgoff, vmf->page)) {
		unlock_page(vmf->page);
		return VM_FAULT_NOPAGE;
	}
	mcopy_page_mark(memory, vmf->pgoff);
	return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct memory_vm_ops = {
	.fault = memory_fault,
	.page_mkwrite = memory_mkwrite,
};

/* The device is closed and the last mapping gone. */
static int memory_release(struct inode *inode, struct file *file)
{
	mcopy_memory_free(file->private_data);
	mcopy_memory_fs_release();
	return 0;
}

static const struct file_operations memory_fops = {
	.owner = THIS_MODULE,
	.release = memory_release,
};

/* The file that @memory is mapped through; owns @memory from then on. */
struct file *mcopy_memory_file(struct mcopy_memory *memory)
{
	return mcopy_memory_fs_file(&memory_fops, memory);
}

/**
 * mcopy_memory_mmap() - map device memory, or a part of it
 * @memory:	of the device
 * @vma:	to fill
 * @first_page:	page of the memory that it starts with
 *
 * Return: 0, or -EINVAL for pages behind the end, for private mappings, which
 * would be copies, and where mapping is not offered at all.
 */
int mcopy_memory_mmap(struct mcopy_memory *memory, struct vm_area_struct *vma,
		      unsigned long first_page)
{
	if (!mcopy_memory_mappable())
		return -EINVAL;
	if (!(vma->vm_flags & VM_SHARED) || first_page > memory->count ||
	    vma_pages(vma) > memory->count - first_page)
		return -EINVAL;
	vma_set_file(vma, memory->file);
	vma->vm_pgoff = first_page;
	vma->vm_ops = &memory_vm_ops;
	backport_vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return 0;
}

/*
 * Make the next access to a page fault. Its lock is held.
 *
 * To look for stores it would be enough to take the right to write away, but
 * wp_shared_mapping_range() leaves the entry of the page table dirty, and
 * mprotect() gives a dirty entry that right back without asking us.
 */
void mcopy_memory_unmap(struct mcopy_memory *memory, unsigned long index)
{
	if (mapping_mapped(memory->file->f_mapping))
		unmap_mapping_range(memory->file->f_mapping,
				    (loff_t)index << PAGE_SHIFT, PAGE_SIZE, 0);
}
