// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "userfault.h"

/* Milliseconds: a slow machine gets there in the end. */
#define PATIENCE	60000

bool userfault_exists(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int set_up(struct userfault *fault)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range.start = (uintptr_t)fault->at,
		.range.len = fault->size,
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (ioctl(fault->fd, UFFDIO_API, &api) ||
	    ioctl(fault->fd, UFFDIO_REGISTER, &range))
		return -errno;
	return 0;
}

int userfault_open(struct userfault *fault, size_t size)
{
	int ret;

	memset(fault, 0, sizeof(*fault));
	fault->size = size;
	fault->at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fault->at == MAP_FAILED) {
		fault->at = NULL;
		return -errno;
	}
	fault->fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	ret = fault->fd < 0 ? -errno : set_up(fault);
	if (ret)
		userfault_close(fault);
	return ret;
}

int userfault_wait(const struct userfault *fault)
{
	struct pollfd poll_fd = { .fd = fault->fd, .events = POLLIN };
	struct uffd_msg message;

	if (poll(&poll_fd, 1, PATIENCE) != 1)
		return -ETIMEDOUT;
	if (read(fault->fd, &message, sizeof(message)) != sizeof(message))
		return -errno;
	return message.event == UFFD_EVENT_PAGEFAULT ? 0 : -EBADMSG;
}

int userfault_serve(const struct userfault *fault, const void *data)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)fault->at,
		.src = (uintptr_t)data,
		.len = fault->size,
	};

	return ioctl(fault->fd, UFFDIO_COPY, &copy) ? -errno : 0;
}

void userfault_close(struct userfault *fault)
{
	if (fault->fd > 0)
		close(fault->fd);
	if (fault->at)
		munmap(fault->at, fault->size);
	memset(fault, 0, sizeof(*fault));
}
