// SPDX-License-Identifier: GPL-2.0
/*
 * The data file of a session of protocol v2: a stream of bytes, one way, of
 * which each is handed over once.
 *
 * A file has a buffer of its own, between the stream's records and the user's
 * memory, and a lock for it. That memory may answer when it likes, so the
 * device's lock is never held over an access to it: a reset takes the session
 * away under the nose of a reader that waits. He finds out when he comes for
 * more.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/vfio.h>

#include "backport.h"
#include "core.h"
#include "trace.h"

/* Room for the largest record, and for some pages at once. */
#define BUFFER_SIZE	VMIG_WINDOW_LEAST

/**
 * struct vmig_file - a data file
 * @core:	of the device; a reference
 * @lock:	one caller at a time; taken before the device's
 * @buffer:	BUFFER_SIZE bytes
 * @at:		of them, handed to the user
 * @length:	of them, filled
 * @handed:	bytes of the session that the user has got
 */
struct vmig_file {
	struct vmig_core *core;
	struct mutex lock;	/* buffer, at, length */
	void *buffer;
	u32 at;
	u32 length;
	u64 handed;
};

/* Its session goes on. */
static bool is_alive(const struct vmig_file *file)
{
	lockdep_assert_held(&file->core->lock);
	return file->core->file == file;
}

/*
 * Put more into an empty buffer: records that fit into the user's memory as a
 * whole or, if it has not room for one, as many as the buffer takes. Who reads
 * a lot at once gets whole records, so whoever writes what he got hands each
 * record over in one piece.
 */
static void refill(struct vmig_file *file, size_t room, bool first)
{
	struct vmig_core *core = file->core;

	file->at = 0;
	file->length = 0;
	if (!vmig_save_pending(core))
		return;
	if (first)
		vmig_save_begin(core);
	file->length = vmig_save_fetch(core, file->buffer,
				       min_t(size_t, room, BUFFER_SIZE));
	if (!file->length && first)
		file->length = vmig_save_fetch(core, file->buffer,
					       BUFFER_SIZE);
}

/*
 * Returns 1 if there is something in the buffer, and 0 at the end of what can be
 * had; -ENOMSG if there is nothing at all now, -ENODEV when the session is over.
 */
static int prepare_read(struct vmig_file *file, size_t room, bool first)
{
	struct vmig_core *core = file->core;
	const bool empty = file->at == file->length;
	int ret = 1;

	if (empty)
		vmig_fault_read(core);
	mutex_lock(&core->lock);
	if (!is_alive(file)) {
		ret = -ENODEV;
	} else if (empty) {
		refill(file, room, first);
		if (!file->length)
			ret = vmig_halted(core) || !first ? 0 : -ENOMSG;
	}
	mutex_unlock(&core->lock);
	return ret;
}

static ssize_t read_stream(struct vmig_file *file, struct iov_iter *to)
{
	ssize_t done = 0;

	while (iov_iter_count(to)) {
		size_t wanted, copied;
		int ret = prepare_read(file, iov_iter_count(to), !done);

		if (ret <= 0)
			return done ?: ret;
		wanted = min_t(size_t, file->length - file->at,
			       iov_iter_count(to));
		copied = copy_to_iter(file->buffer + file->at, wanted, to);
		file->at += copied;
		WRITE_ONCE(file->handed, file->handed + copied);
		done += copied;
		if (copied < wanted)
			return done ?: -EFAULT;
		if (signal_pending(current))
			break;
	}
	return done;
}

static ssize_t vmig_file_read_iter(struct kiocb *kiocb, struct iov_iter *to)
{
	struct vmig_file *file = kiocb->ki_filp->private_data;
	ssize_t done;

	if (mutex_lock_interruptible(&file->lock))
		return -ERESTARTSYS;
	done = read_stream(file, to);
	mutex_unlock(&file->lock);
	return done;
}

static int feed(struct vmig_file *file, u32 length)
{
	struct vmig_core *core = file->core;
	int ret = -ENODEV;

	mutex_lock(&core->lock);
	if (is_alive(file))
		ret = vmig_load_feed(core, file->buffer, length);
	mutex_unlock(&core->lock);
	return ret;
}

/*
 * What is refused ends the stream, so it is told at once, whatever went well
 * before it in the same call.
 */
static ssize_t write_stream(struct vmig_file *file, struct iov_iter *from)
{
	ssize_t done = 0;

	while (iov_iter_count(from)) {
		const size_t wanted = min_t(size_t, iov_iter_count(from),
					    BUFFER_SIZE);
		const size_t copied = copy_from_iter(file->buffer, wanted,
						     from);
		int ret;

		if (!copied)
			return done ?: -EFAULT;
		ret = feed(file, copied);
		if (ret)
			return ret;
		done += copied;
		if (copied < wanted || signal_pending(current))
			break;
	}
	return done;
}

static ssize_t vmig_file_write_iter(struct kiocb *kiocb, struct iov_iter *from)
{
	struct vmig_file *file = kiocb->ki_filp->private_data;
	ssize_t done;

	if (mutex_lock_interruptible(&file->lock))
		return -ERESTARTSYS;
	done = write_stream(file, from);
	mutex_unlock(&file->lock);
	return done;
}

/* What was written for the user and waits in the buffer. */
u64 vmig_file_unread(const struct vmig_core *core)
{
	lockdep_assert_held(&core->lock);
	if (!core->file || !core->save.open)
		return 0;
	return core->save.writer.bytes - READ_ONCE(core->file->handed);
}

/*
 * linux/vfio.h: initial_bytes is what was there when the session began, and
 * falls to 0 as it is read; dirty_bytes is what came since, and starts with 0.
 */
static int precopy_info(struct vmig_file *file, struct vfio_precopy_info *info)
{
	struct vmig_core *core = file->core;
	const u64 handed = READ_ONCE(file->handed);
	u64 left;

	if (!is_alive(file))
		return -ENODEV;
	if (!vmig_state_is_precopy(core->state))
		return -EINVAL;
	left = vmig_file_unread(core) + vmig_save_pending(core);
	if (handed < core->save.initial_bytes)
		info->initial_bytes = min(core->save.initial_bytes - handed,
					  left);
	info->dirty_bytes = left - info->initial_bytes;
	trace_vmig_pending(core, left);
	return 0;
}

static long vmig_file_ioctl(struct file *handle, unsigned int cmd,
			    unsigned long arg)
{
	const size_t minsz = offsetofend(struct vfio_precopy_info, dirty_bytes);
	struct vmig_file *file = handle->private_data;
	void __user *user = (void __user *)arg;
	struct vfio_precopy_info info = {};
	u32 argsz;
	int ret;

	if (cmd != VFIO_MIG_GET_PRECOPY_INFO)
		return -ENOTTY;
	if (copy_from_user(&argsz, user, sizeof(argsz)))
		return -EFAULT;
	if (argsz < minsz)
		return -EINVAL;
	/* No flags: an answer from us never starts anew. */
	info.argsz = argsz;

	mutex_lock(&file->core->lock);
	ret = precopy_info(file, &info);
	mutex_unlock(&file->core->lock);
	if (ret)
		return ret;
	return copy_to_user(user, &info, minsz) ? -EFAULT : 0;
}

/*
 * A reader that was told ENOMSG can wait for the device to change, which it may
 * never do, or for the end of pre-copy: after that there is always an answer.
 */
static __poll_t vmig_file_poll(struct file *handle, poll_table *table)
{
	struct vmig_file *file = handle->private_data;
	struct vmig_core *core = file->core;
	__poll_t mask = 0;

	poll_wait(handle, &core->wait, table);
	mutex_lock(&core->lock);
	if (!is_alive(file) || vmig_halted(core) || vmig_file_unread(core) ||
	    vmig_save_pending(core))
		mask = EPOLLIN | EPOLLRDNORM;
	mutex_unlock(&core->lock);
	return mask;
}

/**
 * vmig_dirtied() - a page of device memory has become dirty
 * @vmig:	an open device
 *
 * Call it when there was no dirty page before, and dirty_pages() counts this one
 * already, while track_start() is in effect: a VMM may sleep until there is
 * something to fetch.
 *
 * Context: any that may wake others; takes no lock of the core's.
 */
void vmig_dirtied(struct vmig_device *vmig)
{
	if (wq_has_sleeper(&vmig->core->wait))
		wake_up_interruptible(&vmig->core->wait);
}
EXPORT_SYMBOL_GPL(vmig_dirtied);

static void free_file(struct vmig_file *file)
{
	vmig_core_put(file->core);
	mutex_destroy(&file->lock);
	kvfree(file->buffer);
	kfree(file);
}

/* The session goes on without it: a paused VM's VMM closes it early. */
static int vmig_file_release(struct inode *inode, struct file *handle)
{
	struct vmig_file *file = handle->private_data;
	struct vmig_core *core = file->core;

	mutex_lock(&core->lock);
	if (core->file == file)
		core->file = NULL;
	mutex_unlock(&core->lock);
	free_file(file);
	return 0;
}

static const struct file_operations saving_fops = {
	.owner = THIS_MODULE,
	.read_iter = vmig_file_read_iter,
	.poll = vmig_file_poll,
	.unlocked_ioctl = vmig_file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = vmig_file_release,
};

static const struct file_operations resuming_fops = {
	.owner = THIS_MODULE,
	.write_iter = vmig_file_write_iter,
	.unlocked_ioctl = vmig_file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = vmig_file_release,
};

static struct vmig_file *alloc_file(struct vmig_core *core)
{
	struct vmig_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return NULL;
	file->buffer = kvmalloc(BUFFER_SIZE, GFP_KERNEL_ACCOUNT);
	if (!file->buffer) {
		kfree(file);
		return NULL;
	}
	mutex_init(&file->lock);
	file->core = core;
	vmig_core_get(core);
	return file;
}

/*
 * Make the data file of the session that is about to be opened. Returns it, or
 * an ERR_PTR.
 */
struct file *vmig_file_open(struct vmig_core *core, bool saving)
{
	struct vmig_file *file = alloc_file(core);
	struct file *handle;

	lockdep_assert_held(&core->lock);
	if (!file)
		return ERR_PTR(-ENOMEM);
	handle = anon_inode_getfile("[vmig]", saving ? &saving_fops :
						     &resuming_fops,
				  file, saving ? O_RDONLY : O_WRONLY);
	if (IS_ERR(handle)) {
		free_file(file);
		return handle;
	}
	/* No position, so no seeking and no pread(). */
	stream_open(handle->f_inode, handle);
	core->file = file;
	return handle;
}
