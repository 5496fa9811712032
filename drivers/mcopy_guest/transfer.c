// SPDX-License-Identifier: GPL-2.0
/*
 * What a transfer goes through once its client has issued it: it waits for
 * room in the ring, is done by the device, and its client is told.
 */
#include <linux/slab.h>

#include "guest.h"

/* The transfer has ended; its client will be told by mcg_tell(). */
static void finish(struct mcg_chan *chan, struct mcg_tx *tx,
		   enum dmaengine_tx_result result)
{
	tx->result = result;
	if (result != DMA_TRANS_NOERROR)
		chan->failed[chan->failures++ % MCG_FAILED] = tx->tx.cookie;
	chan->chan.completed_cookie = tx->tx.cookie;
	list_move_tail(&tx->node, &chan->done);
}

/*
 * Did it fail? Cookies say only how far a channel has come, so those of the
 * last failures are kept for clients that ask.
 */
bool mcg_has_failed(const struct mcg_chan *chan, dma_cookie_t cookie)
{
	unsigned int i;

	for (i = 0; i < MCG_FAILED; i++)
		if (chan->failed[i] == cookie)
			return true;
	return false;
}

/**
 * mcg_feed() - fill the ring from what was issued
 * @chan:	its lock is held
 *
 * The ring is enabled as late as this, so that whatever the device finds wrong
 * with it is found with a transfer in it, which can be failed.
 *
 * A client need not ask for an interrupt, but the last transfer that fits
 * always does, or nobody would notice that there is room again.
 */
void mcg_feed(struct mcg_chan *chan)
{
	struct mcg_ring *ring = &chan->ring;
	struct mcg_tx *tx, *next;

	if (chan->access != MCG_READY || !ring->descriptors ||
	    list_empty(&chan->issued))
		return;
	if (!ring->enabled)
		mcg_ring_enable(ring);
	if (!mcg_ring_room(ring))
		return;
	list_for_each_entry_safe(tx, next, &chan->issued, node) {
		unsigned int room = mcg_ring_room(ring);

		if (!room)
			break;
		mcg_ring_put(ring, &tx->hw, room == 1 ||
			     tx->tx.flags & DMA_PREP_INTERRUPT);
		list_move_tail(&tx->node, &chan->active);
	}
	mcg_ring_doorbell(ring);
}

/* Take the records of what the device has done. */
void mcg_reap(struct mcg_chan *chan)
{
	struct mcg_tx *tx;
	u64 tag;

	while (!list_empty(&chan->active) && mcg_ring_take(&chan->ring, &tag)) {
		tx = list_first_entry(&chan->active, struct mcg_tx, node);
		if (tag == le64_to_cpu(tx->hw.tag)) {
			finish(chan, tx, DMA_TRANS_NOERROR);
			continue;
		}
		dev_err_ratelimited(chan->ring.dev,
				    "queue %u: record of %llu, not of %llu\n",
				    chan->index, tag,
				    le64_to_cpu(tx->hw.tag));
		finish(chan, tx, DMA_TRANS_ABORTED);
	}
}

/* Reset the queue; what the device has not done waits for the next feed. */
void mcg_requeue(struct mcg_chan *chan)
{
	if (!chan->ring.enabled)
		return;
	mcg_ring_reset(&chan->ring);
	mcg_reap(chan);
	/* In front of those that had to wait. */
	list_splice_init(&chan->active, &chan->issued);
}

static enum dmaengine_tx_result result_of(u32 error)
{
	switch (error) {
	case MCOPY_ERROR_READ:
		return DMA_TRANS_READ_FAILED;
	case MCOPY_ERROR_WRITE:
		return DMA_TRANS_WRITE_FAILED;
	default:
		return DMA_TRANS_ABORTED;
	}
}

/**
 * mcg_check() - look for an error when an interrupt leaves something undone
 * @chan:	its lock is held, its records were taken
 *
 * An error and the completions before it may share an interrupt, so the
 * register has to be read even if there were some.
 */
void mcg_check(struct mcg_chan *chan)
{
	struct mcg_stop stop;
	struct mcg_tx *tx;

	if (chan->access != MCG_READY || !chan->ring.enabled ||
	    list_empty(&chan->active) || !mcg_ring_stopped(&chan->ring, &stop))
		return;
	/* More may have been done before it stopped. */
	mcg_reap(chan);
	tx = list_first_entry_or_null(&chan->active, struct mcg_tx, node);
	dev_err_ratelimited(chan->ring.dev,
			    "queue %u: error %u at descriptor %u, address %#llx\n",
			    chan->index, stop.error, stop.head, stop.address);
	if (tx)
		finish(chan, tx, result_of(stop.error));
	mcg_requeue(chan);
}

/* The device won't do any of it. */
void mcg_fail_all(struct mcg_chan *chan)
{
	struct mcg_tx *tx, *next;

	list_splice_tail_init(&chan->submitted, &chan->issued);
	list_for_each_entry_safe(tx, next, &chan->issued, node)
		finish(chan, tx, DMA_TRANS_ABORTED);
}

static void tell(struct mcg_tx *tx)
{
	struct dmaengine_result result = { .result = tx->result };

	if (tx->result != DMA_TRANS_NOERROR)
		result.residue = le64_to_cpu(tx->hw.length);
	dma_descriptor_unmap(&tx->tx);
	if (tx->tx.callback_result)
		tx->tx.callback_result(tx->tx.callback_param, &result);
	else if (tx->tx.callback)
		tx->tx.callback(tx->tx.callback_param);
	kfree(tx);
}

/**
 * mcg_tell() - tell the clients whose transfers have ended
 * @chan:	its lock is not held: clients prepare the next ones in there
 *
 * One by one, so that none is told after it has terminated the channel.
 */
void mcg_tell(struct mcg_chan *chan)
{
	unsigned long flags;
	struct mcg_tx *tx;

	for (;;) {
		spin_lock_irqsave(&chan->lock, flags);
		tx = list_first_entry_or_null(&chan->done, struct mcg_tx, node);
		if (tx)
			list_del(&tx->node);
		spin_unlock_irqrestore(&chan->lock, flags);
		if (!tx)
			return;
		tell(tx);
	}
}

/* Nobody is to hear of these. */
void mcg_drop(struct list_head *list)
{
	struct mcg_tx *tx, *next;

	list_for_each_entry_safe(tx, next, list, node) {
		dma_descriptor_unmap(&tx->tx);
		kfree(tx);
	}
}
