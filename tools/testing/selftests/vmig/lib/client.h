/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Migration without a word of how: a test that is written with this runs with
 * both protocols. What only one of them has is in migration.h and feature.h.
 */
#ifndef VMIG_TEST_CLIENT_H
#define VMIG_TEST_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "migration.h"
#include "vfio.h"

/* The states; v2's numbers, which v1 says by its words. */
enum mig_state {
	MIG_ERROR	 = VFIO_DEVICE_STATE_ERROR,
	MIG_STOP	 = VFIO_DEVICE_STATE_STOP,
	MIG_RUNNING	 = VFIO_DEVICE_STATE_RUNNING,
	MIG_STOP_COPY	 = VFIO_DEVICE_STATE_STOP_COPY,
	MIG_RESUMING	 = VFIO_DEVICE_STATE_RESUMING,
	MIG_RUNNING_P2P	 = VFIO_DEVICE_STATE_RUNNING_P2P,
	MIG_PRE_COPY	 = VFIO_DEVICE_STATE_PRE_COPY,
	MIG_PRE_COPY_P2P = VFIO_DEVICE_STATE_PRE_COPY_P2P,
};

#define MIG_STATES	(MIG_PRE_COPY_P2P + 1)

/* As the stream's tools, traces and debugfs spell them. */
const char *mig_name(unsigned int state);

/**
 * struct client - who migrates a device
 * @protocol:	by which protocol; v1 if nobody says
 * @vfio:	the device
 * @migration:	its migration region, for v1
 * @fd:		the last data fd, for v2; -1 if there was none. It stays when its
 *		session is over, as it does in a VMM
 */
struct client {
	const struct protocol *protocol;
	const struct vfio *vfio;
	const struct migration *migration;
	int fd;
};

/**
 * struct protocol - what a client can do
 * @name:	"v1" or "v2", as in migration/protocols
 * @p2p:	it has words for the two P2P states
 * @over:	the errno of who hands in bytes when there is no session, negative
 * @most:	bytes that can be handed in at once
 *
 * The others are as the functions below.
 */
struct protocol {
	const char *name;
	bool p2p;
	int over;
	size_t (*most)(const struct client *client);
	int (*set_state)(struct client *client, enum mig_state state);
	int (*state)(const struct client *client);
	int (*pending)(const struct client *client, uint64_t *pending);
	int (*fetch)(struct client *client, struct buffer *stream);
	int (*feed)(struct client *client, const void *data, size_t length);
};

extern const struct protocol protocol_v1;
extern const struct protocol protocol_v2;

/* Both, for a loop. A client may change over in RUNNING without a session. */
#define PROTOCOLS	2
extern const struct protocol * const protocols[PROTOCOLS];

/* All functions return 0 (or what they say) or a negative errno. */

/* The device was opened, or is about to be closed. @protocol stays. */
void client_open(struct client *client, const struct vfio *vfio,
		 const struct migration *migration);
void client_close(struct client *client);

/* Has its protocol a word for that state, and can it be asked for? */
bool client_can_name(const struct client *client, enum mig_state state);

/* Go there; -EOPNOTSUPP if the protocol has no word for it. */
int client_set_state(struct client *client, enum mig_state state);
/* Return: enum mig_state. */
int client_state(const struct client *client);

/* What can be fetched now. v2 tells in pre-copy only, and is -EINVAL else. */
int client_pending(const struct client *client, uint64_t *pending);

/**
 * client_fetch() - fetch what one step of a VMM fetches, and append it
 * @client:	in a saving state
 * @stream:	where to
 *
 * What would end a VMM's loop with data still missing is an error.
 *
 * Return: bytes, 0 if there are none now, or -errno.
 */
int client_fetch(struct client *client, struct buffer *stream);

/* Fetch until there is nothing. */
int client_drain(struct client *client, struct buffer *stream);

/* Hand in bytes, at most @chunk at once, in MIG_RESUMING. */
int client_feed(struct client *client, const void *data, size_t length,
		size_t chunk);

/* All of a stream, in chunks as large as can be. */
int client_feed_all(struct client *client, const struct buffer *stream);

/* Stop the device and save it in one go; it ends in MIG_STOP. */
int client_save(struct client *client, struct buffer *stream);

/* Save it while it runs, as far as can be, and then as above. */
int client_save_live(struct client *client, struct buffer *stream);

/* Load a stream; the device runs afterwards. */
int client_load(struct client *client, const struct buffer *stream);

#endif /* VMIG_TEST_CLIENT_H */
