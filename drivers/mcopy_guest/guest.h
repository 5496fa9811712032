/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mcopy_guest: the driver of a guest for the mcopy device. Each queue of the
 * device is a channel that dmaengine's clients copy and fill memory by.
 *
 * ring.c writes and reads what the device shares with us, transfer.c says what
 * a client's transfer goes through, channel.c is what dmaengine calls, irq.c
 * where interrupts come in, main.c the PCI function.
 */
#ifndef MCOPY_GUEST_H
#define MCOPY_GUEST_H

#include <linux/dmaengine.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <uapi/linux/mcopy.h>

#define MCG_NAME	"mcopy_guest"

/* Failed transfers whose cookies a channel remembers. */
#define MCG_FAILED	16

/**
 * struct mcg_ring - a queue of the device
 * @dev:	for DMA
 * @regs:	the queue's registers
 * @descriptors: shared with the device, NULL if there is no ring
 * @completions: shared with the device
 * @descriptors_dma: where the device finds them
 * @completions_dma: where the device finds them
 * @entries:	of both, a power of two
 * @head:	entry of the oldest descriptor whose record was not taken yet
 * @tail:	entry of the next descriptor
 * @enabled:	the device knows the ring
 */
struct mcg_ring {
	struct device *dev;
	void __iomem *regs;
	struct mcopy_descriptor *descriptors;
	struct mcopy_completion *completions;
	dma_addr_t descriptors_dma;
	dma_addr_t completions_dma;
	unsigned int entries;
	unsigned int head;
	unsigned int tail;
	bool enabled;
};

/**
 * struct mcg_stop - why the device stopped a queue
 * @error:	MCOPY_ERROR_*
 * @head:	entry in question
 * @address:	in question
 */
struct mcg_stop {
	u32 error;
	u32 head;
	u64 address;
};

/**
 * struct mcg_tx - a transfer
 * @tx:		what the client has of it
 * @node:	in one of the channel's lists
 * @hw:		what the device gets; its tag is the cookie
 * @result:	how it ended
 */
struct mcg_tx {
	struct dma_async_tx_descriptor tx;
	struct list_head node;
	struct mcopy_descriptor hw;
	enum dmaengine_tx_result result;
};

/**
 * enum mcg_access - what may be done with the device
 * @MCG_READY:	all
 * @MCG_HELD:	nothing for now; transfers wait
 * @MCG_GONE:	nothing any more; transfers fail
 */
enum mcg_access {
	MCG_READY,
	MCG_HELD,
	MCG_GONE,
};

/**
 * struct mcg_chan - a channel
 * @chan:	for dmaengine
 * @mcg:	the device
 * @index:	of its queue and of its cause
 * @lock:	of all that follows; clients may call with interrupts off
 * @ring:	its queue
 * @access:	what may be done with it
 * @prepared:	transfers that the client has not submitted yet
 * @submitted:	those that were not issued yet
 * @issued:	those that wait for room in the ring
 * @active:	those in the ring, in its order
 * @done:	those whose clients have to be told, good or bad
 * @failed:	cookies of the last transfers that failed
 * @failures:	how many there were
 * @tasklet:	takes completions and tells clients
 */
struct mcg_chan {
	struct dma_chan chan;
	struct mcg *mcg;
	unsigned int index;
	spinlock_t lock;	/* all that follows */
	struct mcg_ring ring;
	enum mcg_access access;
	struct list_head prepared;
	struct list_head submitted;
	struct list_head issued;
	struct list_head active;
	struct list_head done;
	dma_cookie_t failed[MCG_FAILED];
	unsigned int failures;
	struct tasklet_struct tasklet;
};

/**
 * struct mcg - a device
 * @dma:	for dmaengine, which may keep it for longer than it is bound
 * @pdev:	PCI function
 * @regs:	BAR0
 * @entries:	of each ring
 * @queues:	how many
 * @vectors:	interrupts that are in use
 * @own_vectors: each queue has one
 * @quiet:	the device can't be asked for causes now
 * @setup:	serialises making and freeing rings; clients come and go while the
 *		device does
 * @chans:	one for each queue
 */
struct mcg {
	struct dma_device dma;
	struct pci_dev *pdev;
	void __iomem *regs;
	unsigned int entries;
	unsigned int queues;
	unsigned int vectors;
	bool own_vectors;
	bool quiet;
	struct mutex setup;	/* making and freeing rings */
	struct mcg_chan chans[MCOPY_QUEUES_MAX];
};

/* ring.c; of a ring with an owner, the channel's lock is held */
int mcg_ring_alloc(struct mcg_ring *ring, unsigned int entries);
void mcg_ring_free(struct mcg_ring *ring);
void mcg_ring_enable(struct mcg_ring *ring);
void mcg_ring_reset(struct mcg_ring *ring);
unsigned int mcg_ring_room(const struct mcg_ring *ring);
void mcg_ring_put(struct mcg_ring *ring, const struct mcopy_descriptor *from,
		  bool interrupt);
void mcg_ring_doorbell(struct mcg_ring *ring);
bool mcg_ring_take(struct mcg_ring *ring, u64 *tag);
bool mcg_ring_stopped(struct mcg_ring *ring, struct mcg_stop *stop);

/* transfer.c; the channel's lock is held, but for mcg_tell() and mcg_drop() */
void mcg_feed(struct mcg_chan *chan);
void mcg_reap(struct mcg_chan *chan);
void mcg_check(struct mcg_chan *chan);
void mcg_requeue(struct mcg_chan *chan);
void mcg_fail_all(struct mcg_chan *chan);
bool mcg_has_failed(const struct mcg_chan *chan, dma_cookie_t cookie);
void mcg_tell(struct mcg_chan *chan);
void mcg_drop(struct list_head *list);

/* channel.c */
void mcg_chan_init(struct mcg *mcg, unsigned int index);
void mcg_chan_hold(struct mcg_chan *chan);
void mcg_chan_release(struct mcg_chan *chan);
void mcg_chan_abandon(struct mcg_chan *chan);
void mcg_chan_cleanup(struct mcg_chan *chan);
void mcg_dma_init(struct dma_device *dma);

/* irq.c */
int mcg_irq_check(void);
int mcg_irq_setup(struct mcg *mcg);
void mcg_irq_free(struct mcg *mcg);
void mcg_irq_on(struct mcg *mcg);
void mcg_irq_off(struct mcg *mcg);

static inline struct mcg_chan *mcg_from_chan(struct dma_chan *chan)
{
	return container_of(chan, struct mcg_chan, chan);
}

static inline struct mcg_tx *mcg_from_tx(struct dma_async_tx_descriptor *tx)
{
	return container_of(tx, struct mcg_tx, tx);
}

#endif /* MCOPY_GUEST_H */
