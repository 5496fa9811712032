/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cookies: the numbers by which clients know their transfers. They grow from
 * DMA_MIN_COOKIE on and wrap to it; less than that is an error to dmaengine,
 * whose own helpers for this are not for modules out of its tree.
 */
#ifndef MCOPY_GUEST_COOKIE_H
#define MCOPY_GUEST_COOKIE_H

#include <linux/dmaengine.h>

static inline void mcg_cookie_init(struct dma_chan *chan)
{
	chan->cookie = DMA_MIN_COOKIE;
	chan->completed_cookie = DMA_MIN_COOKIE;
}

/* Of a transfer that is submitted now. */
static inline dma_cookie_t mcg_cookie_next(struct dma_chan *chan)
{
	if (chan->cookie == INT_MAX)
		chan->cookie = DMA_MIN_COOKIE;
	else
		chan->cookie++;
	return chan->cookie;
}

#endif /* MCOPY_GUEST_COOKIE_H */
