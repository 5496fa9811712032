// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <unistd.h>

#include "client.h"
#include "feature.h"

/* What QEMU asks for at once, and hands in at most. */
#define PIECE		(1024 * 1024)

static const struct {
	const char *name;
	int word;	/* of v1, -1 if it has none */
} states[MIG_STATES] = {
	[MIG_ERROR]	   = { "ERROR", -1 },
	[MIG_STOP]	   = { "STOP", STATE_STOP },
	[MIG_RUNNING]	   = { "RUNNING", STATE_RUNNING },
	[MIG_STOP_COPY]	   = { "STOP_COPY", STATE_STOP_COPY },
	[MIG_RESUMING]	   = { "RESUMING", STATE_RESUMING },
	[MIG_RUNNING_P2P]  = { "RUNNING_P2P", -1 },
	[MIG_PRE_COPY]	   = { "PRE_COPY", STATE_PRE_COPY },
	[MIG_PRE_COPY_P2P] = { "PRE_COPY_P2P", -1 },
};

const char *mig_name(unsigned int state)
{
	return state < MIG_STATES ? states[state].name : "?";
}

/* Protocol v1 */

static size_t v1_most(const struct client *client)
{
	return client->migration->window_size;
}

static int v1_set_state(struct client *client, enum mig_state state)
{
	if (states[state].word < 0)
		return -EOPNOTSUPP;
	return migration_set_state(client->migration, states[state].word);
}

static int v1_state(const struct client *client)
{
	int word = migration_state(client->migration);
	int i;

	if (word < 0)
		return word;
	for (i = 0; i < MIG_STATES; i++)
		if (states[i].word == word)
			return i;
	return -ERANGE;
}

static int v1_pending(const struct client *client, uint64_t *pending)
{
	return migration_pending(client->migration, pending);
}

static int v1_fetch(struct client *client, struct buffer *stream)
{
	uint64_t pending;
	int ret = migration_pending(client->migration, &pending);

	if (ret || !pending)
		return ret;
	ret = migration_segment(client->migration, stream);
	/* An empty segment ends QEMU's loop with data still missing. */
	return ret ? ret : -ENODATA;
}

static int v1_feed(struct client *client, const void *data, size_t length)
{
	return migration_feed(client->migration, data, length, length);
}

const struct protocol protocol_v1 = {
	.name = "v1",
	.over = -EINVAL,
	.most = v1_most,
	.set_state = v1_set_state,
	.state = v1_state,
	.pending = v1_pending,
	.fetch = v1_fetch,
	.feed = v1_feed,
};

/* Protocol v2 */

static size_t v2_most(const struct client *client)
{
	(void)client;
	return PIECE;
}

static int v2_set_state(struct client *client, enum mig_state state)
{
	int fd;
	int ret = feature_set_state(client->vfio, state, &fd);

	if (fd < 0)
		return ret;
	if (client->fd >= 0)
		close(client->fd);
	client->fd = fd;
	return ret;
}

static int v2_state(const struct client *client)
{
	return feature_state(client->vfio);
}

static int v2_pending(const struct client *client, uint64_t *pending)
{
	uint64_t initial = 0, dirty = 0;
	int ret = feature_precopy_info(client->fd, &initial, &dirty);

	*pending = initial + dirty;
	return ret;
}

static int read_piece(int fd, struct buffer *stream)
{
	void *to = buffer_extend(stream, PIECE);
	ssize_t got;

	if (!to)
		return -ENOMEM;
	got = read(fd, to, PIECE);
	if (got < 0)
		got = -errno;
	stream->length -= PIECE - (got > 0 ? got : 0);
	return got;
}

static bool is_pre_copy(int state)
{
	return state == MIG_PRE_COPY || state == MIG_PRE_COPY_P2P;
}

/*
 * "Nothing now" must not be said when the device is halted, nor "the end" when
 * it is not: QEMU takes both for the end. Somebody else may stop the device
 * between the read and the look at its state, so the first is asked again.
 */
static int v2_fetch(struct client *client, struct buffer *stream)
{
	int ret = read_piece(client->fd, stream);
	int state;

	if (ret && ret != -ENOMSG)
		return ret;
	state = feature_state(client->vfio);
	if (state < 0)
		return state;
	if (!ret)
		return is_pre_copy(state) ? -ENODATA : 0;
	return is_pre_copy(state) ? 0 : read_piece(client->fd, stream);
}

/* A write takes all, or fails: less would be a loop in QEMU. */
static int v2_feed(struct client *client, const void *data, size_t length)
{
	ssize_t done = write(client->fd, data, length);

	if (done < 0)
		return -errno;
	return (size_t)done == length ? 0 : -EIO;
}

const struct protocol protocol_v2 = {
	.name = "v2",
	.p2p = true,
	.over = -ENODEV,
	.most = v2_most,
	.set_state = v2_set_state,
	.state = v2_state,
	.pending = v2_pending,
	.fetch = v2_fetch,
	.feed = v2_feed,
};

const struct protocol * const protocols[PROTOCOLS] = {
	&protocol_v1, &protocol_v2,
};

/* Either */

void client_open(struct client *client, const struct vfio *vfio,
		 const struct migration *migration)
{
	if (!client->protocol)
		client->protocol = &protocol_v1;
	client->vfio = vfio;
	client->migration = migration;
	client->fd = -1;
}

void client_close(struct client *client)
{
	/* All zero is one that was never opened. */
	if (client->vfio && client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}

bool client_can_name(const struct client *client, enum mig_state state)
{
	if (state == MIG_RUNNING_P2P || state == MIG_PRE_COPY_P2P)
		return client->protocol->p2p;
	return state != MIG_ERROR;
}

int client_set_state(struct client *client, enum mig_state state)
{
	return client->protocol->set_state(client, state);
}

int client_state(const struct client *client)
{
	return client->protocol->state(client);
}

int client_pending(const struct client *client, uint64_t *pending)
{
	return client->protocol->pending(client, pending);
}

int client_fetch(struct client *client, struct buffer *stream)
{
	return client->protocol->fetch(client, stream);
}

int client_drain(struct client *client, struct buffer *stream)
{
	int ret;

	do {
		ret = client_fetch(client, stream);
	} while (ret > 0);
	return ret;
}

int client_feed(struct client *client, const void *data, size_t length,
		size_t chunk)
{
	const uint8_t *from = data;
	int ret = 0;

	while (length && !ret) {
		const size_t size = length < chunk ? length : chunk;

		ret = client->protocol->feed(client, from, size);
		from += size;
		length -= size;
	}
	return ret;
}

int client_feed_all(struct client *client, const struct buffer *stream)
{
	return client_feed(client, stream->data, stream->length,
			   client->protocol->most(client));
}

int client_save(struct client *client, struct buffer *stream)
{
	int ret = client_set_state(client, MIG_STOP_COPY);

	if (!ret)
		ret = client_drain(client, stream);
	return ret ? ret : client_set_state(client, MIG_STOP);
}

int client_save_live(struct client *client, struct buffer *stream)
{
	int ret = client_set_state(client, MIG_PRE_COPY);

	if (!ret)
		ret = client_drain(client, stream);
	return ret ? ret : client_save(client, stream);
}

int client_load(struct client *client, const struct buffer *stream)
{
	int ret = client_set_state(client, MIG_RESUMING);

	if (!ret)
		ret = client_feed_all(client, stream);
	return ret ? ret : client_set_state(client, MIG_RUNNING);
}
