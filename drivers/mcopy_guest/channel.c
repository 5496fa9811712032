// SPDX-License-Identifier: GPL-2.0
/*
 * What dmaengine and its clients call. A ring that is full is none of their
 * business: transfers wait in a list, so preparing one fails for lack of memory
 * only and a client need not come back to try again.
 */
#include <linux/slab.h>

#include "cookie.h"
#include "guest.h"

static void take_completions(struct tasklet_struct *tasklet)
{
	struct mcg_chan *chan = from_tasklet(chan, tasklet, tasklet);
	unsigned long flags;

	spin_lock_irqsave(&chan->lock, flags);
	mcg_reap(chan);
	mcg_check(chan);
	mcg_feed(chan);
	spin_unlock_irqrestore(&chan->lock, flags);
	mcg_tell(chan);
}

static int alloc_chan_resources(struct dma_chan *dchan)
{
	struct mcg_chan *chan = mcg_from_chan(dchan);
	int ret = -ENODEV;

	mcg_cookie_init(dchan);
	memset(chan->failed, 0, sizeof(chan->failed));
	mutex_lock(&chan->mcg->setup);
	if (READ_ONCE(chan->access) != MCG_GONE)
		ret = mcg_ring_alloc(&chan->ring, chan->mcg->entries);
	mutex_unlock(&chan->mcg->setup);
	return ret;
}

/* The ring is not enabled, if there is one. */
void mcg_chan_cleanup(struct mcg_chan *chan)
{
	tasklet_kill(&chan->tasklet);
	mutex_lock(&chan->mcg->setup);
	mcg_ring_free(&chan->ring);
	mutex_unlock(&chan->mcg->setup);
}

/* Take all out that was submitted, done or not. */
static void collect(struct mcg_chan *chan, struct list_head *list)
{
	list_splice_tail_init(&chan->done, list);
	list_splice_tail_init(&chan->active, list);
	list_splice_tail_init(&chan->issued, list);
	list_splice_tail_init(&chan->submitted, list);
}

/* The client has gone, and so has all that it had not submitted. */
static void free_chan_resources(struct dma_chan *dchan)
{
	struct mcg_chan *chan = mcg_from_chan(dchan);
	unsigned long flags;
	LIST_HEAD(dropped);

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->ring.enabled)
		mcg_ring_reset(&chan->ring);
	collect(chan, &dropped);
	list_splice_tail_init(&chan->prepared, &dropped);
	spin_unlock_irqrestore(&chan->lock, flags);
	mcg_drop(&dropped);
	mcg_chan_cleanup(chan);
}

static dma_cookie_t tx_submit(struct dma_async_tx_descriptor *dtx)
{
	struct mcg_chan *chan = mcg_from_chan(dtx->chan);
	struct mcg_tx *tx = mcg_from_tx(dtx);
	dma_cookie_t cookie = -ENODEV;
	unsigned long flags;

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->access != MCG_GONE) {
		cookie = mcg_cookie_next(&chan->chan);
		dtx->cookie = cookie;
		tx->hw.tag = cpu_to_le64(cookie);
		list_move_tail(&tx->node, &chan->submitted);
	}
	spin_unlock_irqrestore(&chan->lock, flags);
	return cookie;
}

/* A transfer of the client's, or NULL. */
static struct mcg_tx *prepare(struct mcg_chan *chan, u32 operation,
			      dma_addr_t target, size_t length,
			      unsigned long prep)
{
	unsigned long flags;
	struct mcg_tx *tx;

	if (!length || length > MCOPY_LENGTH_MAX)
		return NULL;
	tx = kzalloc(sizeof(*tx), GFP_NOWAIT);
	if (!tx)
		return NULL;
	dma_async_tx_descriptor_init(&tx->tx, &chan->chan);
	tx->tx.flags = prep;
	tx->tx.tx_submit = tx_submit;
	tx->tx.cookie = -EBUSY;
	tx->hw.operation = cpu_to_le32(operation);
	tx->hw.target = cpu_to_le64(target);
	tx->hw.length = cpu_to_le64(length);
	spin_lock_irqsave(&chan->lock, flags);
	list_add_tail(&tx->node, &chan->prepared);
	spin_unlock_irqrestore(&chan->lock, flags);
	return tx;
}

static struct dma_async_tx_descriptor *
prep_memcpy(struct dma_chan *dchan, dma_addr_t target, dma_addr_t source,
	    size_t length, unsigned long flags)
{
	struct mcg_tx *tx = prepare(mcg_from_chan(dchan), MCOPY_OPERATION_COPY,
				    target, length, flags);

	if (!tx)
		return NULL;
	tx->hw.source = cpu_to_le64(source);
	return &tx->tx;
}

/* Of @value, only a byte counts, as for memset(). */
static struct dma_async_tx_descriptor *
prep_memset(struct dma_chan *dchan, dma_addr_t target, int value,
	    size_t length, unsigned long flags)
{
	struct mcg_tx *tx = prepare(mcg_from_chan(dchan), MCOPY_OPERATION_FILL,
				    target, length, flags);

	if (!tx)
		return NULL;
	tx->hw.pattern = cpu_to_le64((u8)value * 0x0101010101010101ULL);
	return &tx->tx;
}

static void issue_pending(struct dma_chan *dchan)
{
	struct mcg_chan *chan = mcg_from_chan(dchan);
	unsigned long flags;

	spin_lock_irqsave(&chan->lock, flags);
	list_splice_tail_init(&chan->submitted, &chan->issued);
	mcg_feed(chan);
	spin_unlock_irqrestore(&chan->lock, flags);
}

static struct mcg_tx *find(struct list_head *list, dma_cookie_t cookie)
{
	struct mcg_tx *tx;

	list_for_each_entry(tx, list, node)
		if (tx->tx.cookie == cookie)
			return tx;
	return NULL;
}

static enum dma_status status_of(struct mcg_chan *chan, dma_cookie_t cookie)
{
	enum dma_status status =
		dma_async_is_complete(cookie, chan->chan.completed_cookie,
				      chan->chan.cookie);

	if (status == DMA_COMPLETE && mcg_has_failed(chan, cookie))
		return DMA_ERROR;
	return status;
}

/*
 * Who wants no interrupt for a transfer asks for it here, and only then are
 * records taken here: for all others an interrupt that gets lost must not go
 * unnoticed.
 */
static void poll_for(struct mcg_chan *chan, dma_cookie_t cookie)
{
	struct mcg_tx *tx = find(&chan->active, cookie);

	if (!tx || tx->tx.flags & DMA_PREP_INTERRUPT)
		return;
	mcg_reap(chan);
	mcg_feed(chan);
	if (!list_empty(&chan->done))
		tasklet_schedule(&chan->tasklet);
}

/* The transfer's, as a whole; it must be somewhere if it is not done. */
static enum dma_status residue_of(struct mcg_chan *chan, dma_cookie_t cookie,
				  u32 *residue)
{
	struct mcg_tx *tx = find(&chan->active, cookie) ?:
			    find(&chan->issued, cookie) ?:
			    find(&chan->submitted, cookie);

	if (!tx)
		return DMA_ERROR;	/* terminated */
	*residue = le64_to_cpu(tx->hw.length);
	return DMA_IN_PROGRESS;
}

static enum dma_status tx_status(struct dma_chan *dchan, dma_cookie_t cookie,
				 struct dma_tx_state *state)
{
	struct mcg_chan *chan = mcg_from_chan(dchan);
	enum dma_status status;
	unsigned long flags;
	u32 residue = 0;

	spin_lock_irqsave(&chan->lock, flags);
	if (status_of(chan, cookie) == DMA_IN_PROGRESS)
		poll_for(chan, cookie);
	status = status_of(chan, cookie);
	if (status == DMA_IN_PROGRESS)
		status = residue_of(chan, cookie, &residue);
	dma_set_tx_state(state, dchan->completed_cookie, dchan->cookie,
			 residue);
	spin_unlock_irqrestore(&chan->lock, flags);
	return status;
}

/*
 * What another thread has prepared but not submitted is left to it: it holds
 * a pointer to that.
 */
static int terminate_all(struct dma_chan *dchan)
{
	struct mcg_chan *chan = mcg_from_chan(dchan);
	unsigned long flags;
	LIST_HEAD(dropped);

	spin_lock_irqsave(&chan->lock, flags);
	if (!list_empty(&chan->active))
		mcg_ring_reset(&chan->ring);
	collect(chan, &dropped);
	spin_unlock_irqrestore(&chan->lock, flags);
	mcg_drop(&dropped);
	return 0;
}

/* Until no client is being told any more. */
static void synchronize(struct dma_chan *dchan)
{
	tasklet_kill(&mcg_from_chan(dchan)->tasklet);
}

/**
 * mcg_chan_hold() - leave the device alone until mcg_chan_release()
 * @chan:	its lock is not held
 *
 * Transfers that the device had begun begin again then: until a client hears
 * that a transfer is done, it leaves the source as it is.
 */
void mcg_chan_hold(struct mcg_chan *chan)
{
	unsigned long flags;

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->access == MCG_READY) {
		mcg_requeue(chan);
		chan->access = MCG_HELD;
	}
	spin_unlock_irqrestore(&chan->lock, flags);
	tasklet_schedule(&chan->tasklet);
}

void mcg_chan_release(struct mcg_chan *chan)
{
	unsigned long flags;

	spin_lock_irqsave(&chan->lock, flags);
	if (chan->access == MCG_HELD)
		chan->access = MCG_READY;
	mcg_feed(chan);
	spin_unlock_irqrestore(&chan->lock, flags);
}

/**
 * mcg_chan_abandon() - the device is about to go, or did not come back
 * @chan:	its lock is not held
 *
 * Clients, if there are any, hear that their transfers have failed, and so
 * will all that they submit.
 */
void mcg_chan_abandon(struct mcg_chan *chan)
{
	unsigned long flags;

	spin_lock_irqsave(&chan->lock, flags);
	mcg_requeue(chan);
	chan->access = MCG_GONE;
	mcg_fail_all(chan);
	spin_unlock_irqrestore(&chan->lock, flags);
	tasklet_schedule(&chan->tasklet);
}

void mcg_chan_init(struct mcg *mcg, unsigned int index)
{
	struct mcg_chan *chan = &mcg->chans[index];

	chan->mcg = mcg;
	chan->index = index;
	spin_lock_init(&chan->lock);
	INIT_LIST_HEAD(&chan->prepared);
	INIT_LIST_HEAD(&chan->submitted);
	INIT_LIST_HEAD(&chan->issued);
	INIT_LIST_HEAD(&chan->active);
	INIT_LIST_HEAD(&chan->done);
	tasklet_setup(&chan->tasklet, take_completions);
	chan->ring.dev = &mcg->pdev->dev;
	chan->ring.regs = mcg->regs + MCOPY_QUEUE(index, 0);
	chan->chan.device = &mcg->dma;
	list_add_tail(&chan->chan.device_node, &mcg->dma.channels);
}

void mcg_dma_init(struct dma_device *dma)
{
	INIT_LIST_HEAD(&dma->channels);
	dma_cap_set(DMA_MEMCPY, dma->cap_mask);
	dma_cap_set(DMA_MEMSET, dma->cap_mask);
	/* For those who ask: the processor copies faster than a trap costs. */
	dma_cap_set(DMA_PRIVATE, dma->cap_mask);
	dma->copy_align = DMAENGINE_ALIGN_1_BYTE;
	dma->fill_align = DMAENGINE_ALIGN_1_BYTE;
	dma->directions = BIT(DMA_MEM_TO_MEM);
	dma->residue_granularity = DMA_RESIDUE_GRANULARITY_DESCRIPTOR;
	dma->device_alloc_chan_resources = alloc_chan_resources;
	dma->device_free_chan_resources = free_chan_resources;
	dma->device_prep_dma_memcpy = prep_memcpy;
	dma->device_prep_dma_memset = prep_memset;
	dma->device_issue_pending = issue_pending;
	dma->device_tx_status = tx_status;
	dma->device_terminate_all = terminate_all;
	dma->device_synchronize = synchronize;
}
