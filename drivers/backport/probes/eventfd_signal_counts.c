// SPDX-License-Identifier: GPL-2.0
/* eventfd_signal() took a count until 6.8. */
#include <linux/eventfd.h>

__u64 probe(struct eventfd_ctx *ctx);

__u64 probe(struct eventfd_ctx *ctx)
{
	return eventfd_signal(ctx, 1);
}
