/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Failing on demand: what authors of VMMs have to see go wrong, and what tests
 * need to prove which way the state machine goes.
 */
#ifndef VMIG_FAULT_H
#define VMIG_FAULT_H

#include <linux/bits.h>
#include <linux/types.h>

#include "states.h"

struct dentry;
struct vmig_core;

/**
 * struct vmig_faults - what is to go wrong with a device
 * @dir:	its folder in debugfs
 * @fail_from:	the arc that fails; ERROR is none
 * @fail_to:	likewise
 * @fail_errno:	what with, positive
 * @fail_in:	times from now until it does; 0 is each time
 * @delay_from:	the arc that takes longer; ERROR is none
 * @delay_to:	likewise
 * @delay_ms:	how much
 * @delay_read_ms: each fetch of stream data takes so much longer
 * @refuses:	a record is refused
 * @refuse_record: its sequence number
 * @never_converge: while the device runs there is always more to fetch
 * @ignore_self: streams are loaded whatever they say of their source
 *
 * Set through debugfs and kept until they are changed, whatever becomes of the
 * device's owner.
 */
struct vmig_faults {
	struct dentry *dir;
	enum vmig_state fail_from;
	enum vmig_state fail_to;
	u32 fail_errno;
	u32 fail_in;
	enum vmig_state delay_from;
	enum vmig_state delay_to;
	u32 delay_ms;
	u32 delay_read_ms;
	bool refuses;
	u32 refuse_record;
	bool never_converge;
	bool ignore_self;
};

/* What is told to be left while a device does not converge, in bytes: 1 TiB. */
#define VMIG_NEVER_CONVERGE	BIT_ULL(40)

void vmig_faults_module_init(void);
void vmig_faults_module_exit(void);
void vmig_faults_create(struct vmig_core *core);
void vmig_faults_destroy(struct vmig_core *core);

/* May an arc be taken? It may take its time. Returns 0 or the errno asked for. */
int vmig_fault_arc(struct vmig_core *core, enum vmig_state to);
/* Takes time, if that was asked for. The core's lock is not held. */
void vmig_fault_read(struct vmig_core *core);
bool vmig_fault_record(const struct vmig_core *core, u32 sequence);

#endif /* VMIG_FAULT_H */
