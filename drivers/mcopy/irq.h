/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts: from causes in a register to eventfds. */
#ifndef MCOPY_IRQ_H
#define MCOPY_IRQ_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <uapi/linux/mcopy.h>

struct eventfd_ctx;
struct mcopy;
struct vfio_irq_info;
struct vfio_irq_set;
struct virqfd;
struct vmig_device;

/**
 * struct mcopy_irq - where interrupts go
 * @setup:	serialises changes of the eventfds; taken before the mcopy's
 *		lock, because taking an eventfd away waits for its users
 * @msix:	eventfd of each vector, NULL where there is none
 * @msi:	eventfd of each message, likewise
 * @msi_count:	messages that were set up; causes share them
 * @intx:	eventfd of the pin
 * @intx_masked: no more interrupts from the pin until it is unmasked; set by
 *		each interrupt
 * @intx_unmask: eventfd that unmasks the pin
 * @request:	eventfd that asks the user to give the device back
 */
struct mcopy_irq {
	struct mutex setup;	/* changes of the eventfds */
	struct eventfd_ctx *msix[MCOPY_IRQ_VECTORS];
	struct eventfd_ctx *msi[MCOPY_IRQ_VECTORS];
	unsigned int msi_count;
	struct eventfd_ctx *intx;
	bool intx_masked;
	struct virqfd *intx_unmask;
	struct eventfd_ctx *request;
};

/* The mcopy's lock is held. */
void mcopy_irq_raise(struct mcopy *mcopy, u32 causes);
void mcopy_irq_update_pin(struct mcopy *mcopy);
void mcopy_irq_resignal(struct mcopy *mcopy);

/* It is not. */
void mcopy_irq_init(struct mcopy *mcopy);
int mcopy_irq_info(struct vmig_device *vmig, struct vfio_irq_info *info);
int mcopy_irq_set(struct vmig_device *vmig, const struct vfio_irq_set *set,
		  void *data);
void mcopy_irq_request(struct mcopy *mcopy, unsigned int count);
void mcopy_irq_release(struct mcopy *mcopy);

#endif /* MCOPY_IRQ_H */
