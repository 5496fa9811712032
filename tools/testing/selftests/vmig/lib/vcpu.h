/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bare virtual machine: one vCPU in 64-bit mode that does nothing but store
 * to a memory of the caller's, and halt.
 */
#ifndef VMIG_TEST_VCPU_H
#define VMIG_TEST_VCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of store; the numbers are those of the guest's code. */
enum vcpu_kind {
	VCPU_BYTE,
	VCPU_WORD,
	VCPU_LONG,
	VCPU_QUAD,
	VCPU_STRING,	/* rep stosb */
	VCPU_LOCKED,	/* lock xadd */
	VCPU_SSE,	/* movups */
	VCPU_X87,	/* fstp, 80 bits */
	VCPU_AVX,	/* vmovups, 256 bits; movups where there is no AVX */
	VCPU_KINDS
};

/* No store is wider. */
#define VCPU_WIDEST	32

/**
 * struct vcpu_store - as the guest reads it
 * @offset:	in the memory
 * @kind:	enum vcpu_kind
 */
struct vcpu_store {
	uint32_t offset;
	uint32_t kind;
};

/* As many can be done at once. */
#define VCPU_STORES_MAX	8192

/**
 * struct vcpu - all zero is a closed one
 * @kvm:	/dev/kvm
 * @vm:		the machine
 * @fd:		its processor
 * @run:	mapped
 * @run_size:	of the map
 * @low:	the first bytes of the guest's memory
 * @has_avx:	stores of kind VCPU_AVX are such
 * @exit_reason: KVM's, after the last stores
 */
struct vcpu {
	int kvm;
	int vm;
	int fd;
	struct kvm_run *run;
	size_t run_size;
	uint8_t *low;
	bool has_avx;
	uint32_t exit_reason;
};

/* Load KVM's modules. Return: NULL, or why there is no KVM. */
const char *vcpu_missing(void);

/* Make a machine that has @memory. Return: 0 or -errno. */
int vcpu_open(struct vcpu *vcpu, void *memory, size_t size);
void vcpu_close(struct vcpu *vcpu);

/**
 * vcpu_store() - let the guest store
 * @vcpu:	an open one
 * @stores:	what, in this order
 * @count:	how many, at most VCPU_STORES_MAX
 *
 * Return: 0, -EIO if the guest did not come to its end (see exit_reason), or
 * another -errno.
 */
int vcpu_store(struct vcpu *vcpu, const struct vcpu_store *stores,
	       unsigned int count);

/* The guest's code; position independent. */
extern const uint8_t vcpu_code[], vcpu_code_end[];

#endif /* VMIG_TEST_VCPU_H */
