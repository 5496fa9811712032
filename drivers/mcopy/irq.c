// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts. A cause that is set and enabled signals its MSI-X vector or its
 * MSI message once; or it asserts the pin, which signals once and is masked
 * until user space unmasks it, and then signals again if it is still asserted.
 */
#include <linux/eventfd.h>
#include <linux/vfio.h>

#include "backport.h"
#include "mcopy.h"

static void signal_eventfd(struct eventfd_ctx *ctx)
{
	if (ctx)
		backport_eventfd_signal(ctx);
}

static void signal_pin(struct mcopy_irq *irq)
{
	irq->intx_masked = true;
	signal_eventfd(irq->intx);
}

/* Is the pin asserted, whether anyone listens or not? */
static bool pin_asserted(const struct mcopy *mcopy)
{
	return mcopy_irq_active(mcopy) && !mcopy_config_intx_disabled(mcopy);
}

/**
 * mcopy_irq_update_pin() - signal INTx if it has to be
 * @mcopy:	its lock is held
 *
 * To be called after whatever could assert or unmask the pin.
 */
void mcopy_irq_update_pin(struct mcopy *mcopy)
{
	struct mcopy_irq *irq = &mcopy->irq;

	if (!mcopy->running || !irq->intx || irq->intx_masked ||
	    !pin_asserted(mcopy))
		return;
	signal_pin(irq);
}

/**
 * mcopy_irq_raise() - interrupt for causes that came up
 * @mcopy:	its lock is held
 * @causes:	those that are enabled
 */
void mcopy_irq_raise(struct mcopy *mcopy, u32 causes)
{
	struct mcopy_irq *irq = &mcopy->irq;
	unsigned int cause;

	for (cause = 0; cause < MCOPY_IRQ_VECTORS; cause++) {
		if (!(causes & (1U << cause)))
			continue;
		signal_eventfd(irq->msix[cause]);
		if (irq->msi_count)
			signal_eventfd(irq->msi[cause % irq->msi_count]);
	}
	mcopy_irq_update_pin(mcopy);
}

/*
 * The pin is signalled even without a cause, if there is a driver for it: QEMU
 * 7.2 restores a line that was up when the guest was saved, but not that it has
 * to let it down, and the guest would be interrupted for ever. It lets it down
 * after the next interrupt (hw/vfio/pci.c).
 */
static void nudge_pin(struct mcopy *mcopy)
{
	struct mcopy_irq *irq = &mcopy->irq;

	if (!irq->intx || irq->intx_masked || !mcopy->regs.irq_enable ||
	    mcopy_config_intx_disabled(mcopy))
		return;
	signal_pin(irq);
}

/*
 * A device that starts signals every cause that is set: what was signalled
 * just before it stopped may not have reached the guest. One interrupt too
 * many does no harm, one too few does.
 */
void mcopy_irq_resignal(struct mcopy *mcopy)
{
	mcopy->irq.intx_masked = false;
	mcopy_irq_raise(mcopy, mcopy_irq_active(mcopy));
	nudge_pin(mcopy);
}

/* VFIO_DEVICE_GET_IRQ_INFO; the index is the caller's. */
int mcopy_irq_info(struct vmig_device *vmig, struct vfio_irq_info *info)
{
	switch (info->index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		info->flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE |
			      VFIO_IRQ_INFO_AUTOMASKED;
		info->count = 1;
		return 0;
	case VFIO_PCI_MSIX_IRQ_INDEX:
	case VFIO_PCI_MSI_IRQ_INDEX:
		info->flags = VFIO_IRQ_INFO_EVENTFD;
		info->count = MCOPY_IRQ_VECTORS;
		return 0;
	case VFIO_PCI_REQ_IRQ_INDEX:
		info->flags = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;
		info->count = 1;
		return 0;
	default:
		return -EINVAL;
	}
}

/* The eventfd of a descriptor; fd -1 is none. */
static struct eventfd_ctx *get_eventfd(s32 fd)
{
	if (fd == -1)
		return NULL;
	return eventfd_ctx_fdget(fd);
}

static void put_eventfd(struct eventfd_ctx *ctx)
{
	if (ctx)
		eventfd_ctx_put(ctx);
}

/* Put an eventfd, or none, in place of another. */
static void swap_eventfd(struct mcopy *mcopy, struct eventfd_ctx **slot,
			 struct eventfd_ctx *new)
{
	mutex_lock(&mcopy->lock);
	swap(*slot, new);
	mutex_unlock(&mcopy->lock);
	put_eventfd(new);
}

static void drop_vectors(struct mcopy *mcopy, struct eventfd_ctx **slots)
{
	unsigned int i;

	for (i = 0; i < MCOPY_IRQ_VECTORS; i++)
		swap_eventfd(mcopy, &slots[i], NULL);
}

/* Guests get fewer messages than they would like, down to one. */
static void set_msi_count(struct mcopy *mcopy, unsigned int count)
{
	mutex_lock(&mcopy->lock);
	mcopy->irq.msi_count = count;
	mutex_unlock(&mcopy->lock);
}

static void drop_msi(struct mcopy *mcopy)
{
	set_msi_count(mcopy, 0);
	drop_vectors(mcopy, mcopy->irq.msi);
}

static void drop_intx(struct mcopy *mcopy)
{
	swap_eventfd(mcopy, &mcopy->irq.intx, NULL);
	/* Waits for intx_unmasked(), which takes the lock. */
	vfio_virqfd_disable(&mcopy->irq.intx_unmask);
}

static u32 data_type(const struct vfio_irq_set *set)
{
	return set->flags & VFIO_IRQ_SET_DATA_TYPE_MASK;
}

/* Is element @i of the request selected? */
static bool selected(const struct vfio_irq_set *set, const void *data,
		     unsigned int i)
{
	if (data_type(set) == VFIO_IRQ_SET_DATA_NONE)
		return true;
	return ((const u8 *)data)[i];
}

/* Signal as if the device had: the loopback test of the VFIO API. */
static int test_eventfds(struct mcopy *mcopy, const struct vfio_irq_set *set,
			 const void *data, struct eventfd_ctx **slots)
{
	unsigned int i;

	mutex_lock(&mcopy->lock);
	for (i = 0; i < set->count; i++)
		if (selected(set, data, i))
			signal_eventfd(slots[set->start + i]);
	mutex_unlock(&mcopy->lock);
	return 0;
}

/* All of them or, if one is no eventfd, none. */
static int set_eventfds(struct mcopy *mcopy, const struct vfio_irq_set *set,
			const void *data, struct eventfd_ctx **slots)
{
	struct eventfd_ctx *new[MCOPY_IRQ_VECTORS];
	const s32 *fds = data;
	unsigned int i;
	int ret;

	for (i = 0; i < set->count; i++) {
		new[i] = get_eventfd(fds[i]);
		if (IS_ERR(new[i])) {
			ret = PTR_ERR(new[i]);
			while (i--)
				put_eventfd(new[i]);
			return ret;
		}
	}
	for (i = 0; i < set->count; i++)
		swap_eventfd(mcopy, &slots[set->start + i], new[i]);
	return 0;
}

static int trigger(struct mcopy *mcopy, const struct vfio_irq_set *set,
		   const void *data, struct eventfd_ctx **slots)
{
	if (data_type(set) == VFIO_IRQ_SET_DATA_EVENTFD)
		return set_eventfds(mcopy, set, data, slots);
	return test_eventfds(mcopy, set, data, slots);
}

/* "No data, no vectors" takes all eventfds of an index away. */
static bool disables(const struct vfio_irq_set *set)
{
	return !set->count && data_type(set) == VFIO_IRQ_SET_DATA_NONE;
}

static u32 action(const struct vfio_irq_set *set)
{
	return set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK;
}

/* What came up while a vector had no eventfd is signalled on the new one. */
static void resignal(struct mcopy *mcopy, u32 causes)
{
	mutex_lock(&mcopy->lock);
	if (mcopy->running)
		mcopy_irq_raise(mcopy, mcopy_irq_active(mcopy) & causes);
	mutex_unlock(&mcopy->lock);
}

static int set_msix(struct mcopy *mcopy, const struct vfio_irq_set *set,
		    const void *data)
{
	int ret;

	if (action(set) != VFIO_IRQ_SET_ACTION_TRIGGER)
		return -ENOTTY;
	if (disables(set)) {
		drop_vectors(mcopy, mcopy->irq.msix);
		return 0;
	}
	if (!set->count)
		return -EINVAL;
	ret = trigger(mcopy, set, data, mcopy->irq.msix);
	if (!ret && data_type(set) == VFIO_IRQ_SET_DATA_EVENTFD)
		resignal(mcopy, GENMASK(set->start + set->count - 1,
					set->start));
	return ret;
}

static int set_msi(struct mcopy *mcopy, const struct vfio_irq_set *set,
		   const void *data)
{
	unsigned int count = set->start + set->count;
	int ret;

	if (action(set) != VFIO_IRQ_SET_ACTION_TRIGGER)
		return -ENOTTY;
	if (disables(set)) {
		drop_msi(mcopy);
		return 0;
	}
	if (!set->count)
		return -EINVAL;
	ret = trigger(mcopy, set, data, mcopy->irq.msi);
	if (!ret && data_type(set) == VFIO_IRQ_SET_DATA_EVENTFD) {
		set_msi_count(mcopy, max(count, mcopy->irq.msi_count));
		resignal(mcopy, MCOPY_IRQ_MASK);
	}
	return ret;
}

static void set_pin_mask(struct mcopy *mcopy, bool masked)
{
	mutex_lock(&mcopy->lock);
	mcopy->irq.intx_masked = masked;
	mcopy_irq_update_pin(mcopy);
	mutex_unlock(&mcopy->lock);
}

static void intx_unmasked(void *opaque, void *unused)
{
	set_pin_mask(opaque, false);
}

/* KVM unmasks by an eventfd when the guest acknowledges the interrupt. */
static int set_unmask_eventfd(struct mcopy *mcopy, s32 fd)
{
	if (fd < 0) {
		vfio_virqfd_disable(&mcopy->irq.intx_unmask);
		return 0;
	}
	return vfio_virqfd_enable(mcopy, NULL, intx_unmasked, NULL,
				  &mcopy->irq.intx_unmask, fd);
}

static int mask_intx(struct mcopy *mcopy, const struct vfio_irq_set *set,
		     const void *data, bool masked)
{
	if (data_type(set) == VFIO_IRQ_SET_DATA_EVENTFD)
		return masked ? -ENOTTY :
				set_unmask_eventfd(mcopy, *(const s32 *)data);
	if (selected(set, data, 0))
		set_pin_mask(mcopy, masked);
	return 0;
}

static int trigger_intx(struct mcopy *mcopy, const struct vfio_irq_set *set,
			const void *data)
{
	int ret;

	if (disables(set)) {
		drop_intx(mcopy);
		return 0;
	}
	ret = trigger(mcopy, set, data, &mcopy->irq.intx);
	if (!ret && data_type(set) == VFIO_IRQ_SET_DATA_EVENTFD)
		set_pin_mask(mcopy, false);
	return ret;
}

static int set_intx(struct mcopy *mcopy, const struct vfio_irq_set *set,
		    const void *data)
{
	if (set->count != 1 && !(action(set) == VFIO_IRQ_SET_ACTION_TRIGGER &&
				 disables(set)))
		return -EINVAL;
	switch (action(set)) {
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return trigger_intx(mcopy, set, data);
	case VFIO_IRQ_SET_ACTION_MASK:
		return mask_intx(mcopy, set, data, true);
	case VFIO_IRQ_SET_ACTION_UNMASK:
		return mask_intx(mcopy, set, data, false);
	default:
		return -ENOTTY;
	}
}

static int set_request(struct mcopy *mcopy, const struct vfio_irq_set *set,
		       const void *data)
{
	if (action(set) != VFIO_IRQ_SET_ACTION_TRIGGER)
		return -ENOTTY;
	if (disables(set)) {
		swap_eventfd(mcopy, &mcopy->irq.request, NULL);
		return 0;
	}
	if (set->count != 1)
		return -EINVAL;
	return trigger(mcopy, set, data, &mcopy->irq.request);
}

/**
 * mcopy_irq_set() - VFIO_DEVICE_SET_IRQS
 * @vmig:	the device; its lock is not held
 * @set:	checked by vfio_set_irqs_validate_and_prepare()
 * @data:	what follows it, in kernel memory
 *
 * Works in every state of a migration: QEMU sets interrupts up while it
 * resumes.
 *
 * Return: 0, -ENOTTY for an action that an index lacks, -EINVAL, or the error
 * of an eventfd that is none.
 */
int mcopy_irq_set(struct vmig_device *vmig, const struct vfio_irq_set *set,
		  void *data)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);
	int ret;

	mutex_lock(&mcopy->irq.setup);
	switch (set->index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		ret = set_intx(mcopy, set, data);
		break;
	case VFIO_PCI_MSIX_IRQ_INDEX:
		ret = set_msix(mcopy, set, data);
		break;
	case VFIO_PCI_MSI_IRQ_INDEX:
		ret = set_msi(mcopy, set, data);
		break;
	case VFIO_PCI_REQ_IRQ_INDEX:
		ret = set_request(mcopy, set, data);
		break;
	default:
		ret = -EINVAL;
	}
	mutex_unlock(&mcopy->irq.setup);
	return ret;
}

/* The device is to go away: ask its user to close it. */
void mcopy_irq_request(struct mcopy *mcopy, unsigned int count)
{
	mutex_lock(&mcopy->lock);
	if (mcopy->irq.request)
		signal_eventfd(mcopy->irq.request);
	else if (!count)
		dev_notice(mcopy->vmig.vdev.dev,
			   "in use; waiting for its user to close it\n");
	mutex_unlock(&mcopy->lock);
}

void mcopy_irq_init(struct mcopy *mcopy)
{
	mutex_init(&mcopy->irq.setup);
}

/* Take all eventfds away. */
void mcopy_irq_release(struct mcopy *mcopy)
{
	mutex_lock(&mcopy->irq.setup);
	drop_vectors(mcopy, mcopy->irq.msix);
	drop_msi(mcopy);
	drop_intx(mcopy);
	swap_eventfd(mcopy, &mcopy->irq.request, NULL);
	mcopy->irq.intx_masked = false;
	mutex_unlock(&mcopy->irq.setup);
}
