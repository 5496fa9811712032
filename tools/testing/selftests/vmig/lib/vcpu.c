// SPDX-License-Identifier: GPL-2.0
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/kvm.h>

#include "module.h"
#include "vcpu.h"

/* The guest's memory: its own low part, and the caller's. */
#define LOW_SIZE	0x20000
#define PML4		0x1000
#define PDPT		0x2000
#define DIRECTORY	0x3000
#define CODE		0x5000
#define LIST		0x10000
#define MEMORY		0x200000ULL
/* Directory entries of 2 MiB each: the low part and 16 MiB of the caller's. */
#define LARGE_PAGES	9

#define PAGE_PRESENT	0x03	/* and writable */
#define PAGE_LARGE	0x83

#define CR0_BITS	0x80000033ULL	/* PG NE ET MP PE */
#define CR4_BITS	0x00000620ULL	/* OSXMMEXCPT OSFXSR PAE */
#define CR4_OSXSAVE	0x00040000ULL
#define EFER_BITS	0x500ULL	/* LMA LME */
#define XCR0_BITS	7ULL		/* AVX SSE x87 */

#define CPUID_XSAVE	(1U << 26)
#define CPUID_AVX	(1U << 28)
#define CPUID_ENTRIES	100

static_assert(LIST + VCPU_STORES_MAX * sizeof(struct vcpu_store) <= LOW_SIZE,
	      "the list does not fit");

const char *vcpu_missing(void)
{
	int fd;

	if (access("/dev/kvm", R_OK | W_OK) &&
	    module_load("kvm_amd", NULL))
		module_load("kvm_intel", NULL);
	fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return "no /dev/kvm, and neither kvm_amd nor kvm_intel loads";
	close(fd);
	return NULL;
}

static void put64(struct vcpu *vcpu, size_t at, uint64_t value)
{
	memcpy(vcpu->low + at, &value, sizeof(value));
}

/* Addresses are physical ones. */
static void fill_low(struct vcpu *vcpu)
{
	unsigned int i;

	put64(vcpu, PML4, PDPT | PAGE_PRESENT);
	put64(vcpu, PDPT, DIRECTORY | PAGE_PRESENT);
	for (i = 0; i < LARGE_PAGES; i++)
		put64(vcpu, DIRECTORY + i * sizeof(uint64_t),
		      i * MEMORY | PAGE_LARGE);
	memcpy(vcpu->low + CODE, vcpu_code, vcpu_code_end - vcpu_code);
}

static int add_memory(struct vcpu *vcpu, unsigned int slot, uint64_t address,
		      void *memory, size_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = address,
		.memory_size = size,
		.userspace_addr = (uintptr_t)memory,
	};

	return ioctl(vcpu->vm, KVM_SET_USER_MEMORY_REGION, &region) ?
	       -errno : 0;
}

/* Give the guest what the host has. */
static int set_cpuid(struct vcpu *vcpu)
{
	struct kvm_cpuid2 *cpuid;
	unsigned int i;
	int ret = 0;

	cpuid = calloc(1, sizeof(*cpuid) +
			  CPUID_ENTRIES * sizeof(cpuid->entries[0]));
	if (!cpuid)
		return -ENOMEM;
	cpuid->nent = CPUID_ENTRIES;
	if (ioctl(vcpu->kvm, KVM_GET_SUPPORTED_CPUID, cpuid) ||
	    ioctl(vcpu->fd, KVM_SET_CPUID2, cpuid))
		ret = -errno;
	for (i = 0; !ret && i < cpuid->nent; i++)
		if (cpuid->entries[i].function == 1)
			vcpu->has_avx = cpuid->entries[i].ecx & CPUID_AVX &&
					cpuid->entries[i].ecx & CPUID_XSAVE;
	free(cpuid);
	return ret;
}

static int set_avx(struct vcpu *vcpu)
{
	struct kvm_xcrs xcrs = {
		.nr_xcrs = 1,
		.xcrs[0].value = XCR0_BITS,
	};

	if (!vcpu->has_avx)
		return 0;
	return ioctl(vcpu->fd, KVM_SET_XCRS, &xcrs) ? -errno : 0;
}

static int set_mode(struct vcpu *vcpu)
{
	struct kvm_segment data = {
		.limit = ~0U, .selector = 0x10, .type = 3, .present = 1,
		.db = 1, .s = 1, .g = 1,
	};
	struct kvm_segment code = {
		.limit = ~0U, .selector = 0x08, .type = 11, .present = 1,
		.l = 1, .s = 1, .g = 1,
	};
	struct kvm_sregs sregs;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &sregs))
		return -errno;
	sregs.cs = code;
	sregs.ds = data;
	sregs.es = data;
	sregs.fs = data;
	sregs.gs = data;
	sregs.ss = data;
	sregs.cr3 = PML4;
	sregs.cr4 = CR4_BITS | (vcpu->has_avx ? CR4_OSXSAVE : 0);
	sregs.cr0 = CR0_BITS;
	sregs.efer = EFER_BITS;
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &sregs))
		return -errno;
	return set_avx(vcpu);
}

static int open_files(struct vcpu *vcpu)
{
	int size;

	vcpu->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vcpu->kvm < 0)
		return -errno;
	vcpu->vm = ioctl(vcpu->kvm, KVM_CREATE_VM, 0);
	if (vcpu->vm < 0)
		return -errno;
	/* Old Intel processors need it; others don't mind. */
	ioctl(vcpu->vm, KVM_SET_TSS_ADDR, 0xfffbd000);
	vcpu->fd = ioctl(vcpu->vm, KVM_CREATE_VCPU, 0);
	size = ioctl(vcpu->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (vcpu->fd < 0 || size < 0)
		return -errno;
	vcpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED) {
		vcpu->run = NULL;
		return -errno;
	}
	vcpu->run_size = size;
	return 0;
}

int vcpu_open(struct vcpu *vcpu, void *memory, size_t size)
{
	int ret;

	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->kvm = -1;
	vcpu->vm = -1;
	vcpu->fd = -1;
	vcpu->low = mmap(NULL, LOW_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (vcpu->low == MAP_FAILED) {
		vcpu->low = NULL;
		return -ENOMEM;
	}
	fill_low(vcpu);
	ret = open_files(vcpu);
	if (!ret)
		ret = add_memory(vcpu, 0, 0, vcpu->low, LOW_SIZE);
	if (!ret)
		ret = add_memory(vcpu, 1, MEMORY, memory, size);
	if (!ret)
		ret = set_cpuid(vcpu);
	if (!ret)
		ret = set_mode(vcpu);
	if (ret)
		vcpu_close(vcpu);
	return ret;
}

static void close_file(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void vcpu_close(struct vcpu *vcpu)
{
	if (!vcpu->low)
		return;
	if (vcpu->run)
		munmap(vcpu->run, vcpu->run_size);
	close_file(&vcpu->fd);
	close_file(&vcpu->vm);
	close_file(&vcpu->kvm);
	munmap(vcpu->low, LOW_SIZE);
	vcpu->low = NULL;
}

int vcpu_store(struct vcpu *vcpu, const struct vcpu_store *stores,
	       unsigned int count)
{
	struct vcpu_store *list = (void *)(vcpu->low + LIST);
	struct kvm_regs regs;
	unsigned int i;

	if (count > VCPU_STORES_MAX)
		return -E2BIG;
	for (i = 0; i < count; i++) {
		list[i] = stores[i];
		if (list[i].kind == VCPU_AVX && !vcpu->has_avx)
			list[i].kind = VCPU_SSE;
	}
	if (ioctl(vcpu->fd, KVM_GET_REGS, &regs))
		return -errno;
	regs.rip = CODE;
	regs.rflags = 2;
	regs.rsi = LIST;
	regs.rcx = count;
	regs.r10 = MEMORY;
	if (ioctl(vcpu->fd, KVM_SET_REGS, &regs))
		return -errno;
	do {
		if (!ioctl(vcpu->fd, KVM_RUN, 0))
			break;
	} while (errno == EINTR);
	vcpu->exit_reason = vcpu->run->exit_reason;
	return vcpu->exit_reason == KVM_EXIT_HLT ? 0 : -EIO;
}
