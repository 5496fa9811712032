// SPDX-License-Identifier: GPL-2.0
/*
 * A file system for the files that device memory is mapped through. Write
 * protecting and unmapping work on all mappings of an inode, and the inode of
 * a VFIO device's file is shared with others.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>

#include "mcopy.h"
#include "memory.h"

#define MEMORY_FS_MAGIC	MCOPY_ID

static struct vfsmount *memory_mount;
static int memory_users;

static int memory_fs_init(struct fs_context *context)
{
	return init_pseudo(context, MEMORY_FS_MAGIC) ? 0 : -ENOMEM;
}

/* Never registered: it is mounted from here only. */
static struct file_system_type memory_fs = {
	.name = MCOPY_NAME,
	.owner = THIS_MODULE,
	.init_fs_context = memory_fs_init,
	.kill_sb = kill_anon_super,
};

/**
 * mcopy_memory_fs_file() - make a file with an inode of its own
 * @fops:	its operations, in this module; .release ends with
 *		mcopy_memory_fs_release()
 * @data:	its private data
 *
 * The mount is held while there are such files. Held by the module itself, it
 * would keep the module from being unloaded for ever.
 *
 * Return: the file or an ERR_PTR
 */
struct file *mcopy_memory_fs_file(const struct file_operations *fops,
				  void *data)
{
	struct inode *inode;
	struct file *file;
	int ret;

	ret = simple_pin_fs(&memory_fs, &memory_mount, &memory_users);
	if (ret)
		return ERR_PTR(ret);
	inode = alloc_anon_inode(memory_mount->mnt_sb);
	if (IS_ERR(inode)) {
		mcopy_memory_fs_release();
		return ERR_CAST(inode);
	}

	/* Given back when the file is released. */
	__module_get(THIS_MODULE);
	file = alloc_file_pseudo(inode, memory_mount, MCOPY_NAME, O_RDWR,
				 fops);
	if (IS_ERR(file)) {
		module_put(THIS_MODULE);
		iput(inode);
		mcopy_memory_fs_release();
		return file;
	}
	file->private_data = data;
	return file;
}

/* A file that mcopy_memory_fs_file() made is gone. */
void mcopy_memory_fs_release(void)
{
	simple_release_fs(&memory_mount, &memory_users);
}
