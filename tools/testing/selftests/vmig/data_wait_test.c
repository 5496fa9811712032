// SPDX-License-Identifier: GPL-2.0
/*
 * A reader or writer of the data fd that waits for its own memory: nobody waits
 * for him, and when he gets it he has lost nothing.
 */
#include <pthread.h>

#include "lib/clock.h"
#include "lib/feature.h"
#include "lib/patch.h"
#include "lib/userfault.h"
#include "test.h"

#define SEED	0xd3
#define PAGES	(BENCH_MEMORY / MCOPY_PAGE)
/* In seconds: what waits for the reader waits for ever. */
#define BOUND	20.0

FIXTURE(wait)
{
	struct bench bench;
	struct device *source;
	struct client *client;	/* of the source */
	struct buffer good;	/* all of the source */
	struct buffer seen;
	struct userfault fault;
};

FIXTURE_SETUP(wait)
{
	test_open_by(_metadata, &self->bench, 1, &protocol_v2);
	self->source = &self->bench.device[0];
	self->client = &self->source->client;
	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, client_save(self->client, &self->good));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	patch_sessions(&self->good);
}

FIXTURE_TEARDOWN(wait)
{
	userfault_close(&self->fault);
	buffer_free(&self->good);
	buffer_free(&self->seen);
	test_close(_metadata, &self->bench);
}

/* One that waits for its memory, in the midst of a read or a write. */
struct waiter {
	pthread_t thread;
	int fd;
	bool writes;
	uint8_t *at;
	size_t size;
	int ret;
};

static void *wait_for_memory(void *argument)
{
	struct waiter *waiter = argument;
	ssize_t done = waiter->writes ?
		       write(waiter->fd, waiter->at, waiter->size) :
		       read(waiter->fd, waiter->at, waiter->size);

	waiter->ret = done < 0 ? -errno : (int)done;
	return NULL;
}

static int start_waiting(struct waiter *waiter, struct client *client,
			 struct userfault *fault, bool writes)
{
	int ret = userfault_open(fault, 16 * MCOPY_PAGE);

	*waiter = (struct waiter) {
		.fd = client->fd, .writes = writes, .at = fault->at,
		.size = fault->size,
	};
	if (!ret)
		ret = pthread_create(&waiter->thread, NULL, wait_for_memory,
				     waiter);
	return ret ? ret : userfault_wait(fault);
}

/* Let it go on, with the start of a good stream for who writes. */
static int end_waiting(struct waiter *waiter, struct userfault *fault,
		       const struct buffer *stream)
{
	int ret = userfault_serve(fault, stream->data);

	if (!ret)
		ret = pthread_join(waiter->thread, NULL);
	userfault_close(fault);
	return ret;
}

static const struct {
	enum mig_state from;
	enum mig_state to;	/* MIG_ERROR: a reset */
} ways[] = {
	{ MIG_PRE_COPY, MIG_ERROR }, { MIG_PRE_COPY, MIG_RUNNING },
	{ MIG_PRE_COPY, MIG_STOP_COPY }, { MIG_STOP_COPY, MIG_ERROR },
	{ MIG_STOP_COPY, MIG_RUNNING }, { MIG_RESUMING, MIG_ERROR },
};

/* Who else wants something of the device meanwhile. */
struct other {
	pthread_t thread;
	struct client *client;
	enum mig_state to;
	int state;	/* before */
	int ret;
	bool done;
};

static void *go_there(void *argument)
{
	struct other *other = argument;
	struct client *client = other->client;
	uint64_t bytes;

	other->state = client_state(client);
	other->ret = feature_data_size(client->vfio, &bytes);
	if (!other->ret)
		other->ret = other->to == MIG_ERROR ?
			     vfio_reset(client->vfio) :
			     client_set_state(client, other->to);
	__atomic_store_n(&other->done, true, __ATOMIC_RELEASE);
	return NULL;
}

/* Return: whether it has ended, within the bound. */
static bool ends(const struct other *other)
{
	const double begin = seconds();

	while (!__atomic_load_n(&other->done, __ATOMIC_ACQUIRE)) {
		if (seconds() - begin > BOUND)
			return false;
		usleep(1000);
	}
	return true;
}

/* A device must not hang on its user's memory: others wait for it. */
TEST_F(wait, nobody_waits_for_who_waits_for_memory)
{
	const struct vfio *vfio = &self->source->vfio;
	struct waiter waiter;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		struct other other = {
			.client = self->client, .to = ways[i].to,
		};

		ASSERT_EQ(0, vfio_reset(vfio));
		ASSERT_EQ(0, mcopy_fill(vfio, 0, BENCH_MEMORY, SEED));
		ASSERT_EQ(0, client_set_state(self->client, ways[i].from));
		ASSERT_EQ(0, start_waiting(&waiter, self->client, &self->fault,
					   ways[i].from == MIG_RESUMING));
		ASSERT_EQ(0, pthread_create(&other.thread, NULL, go_there,
					    &other));
		EXPECT_TRUE(ends(&other)) {
			TH_LOG("%s -> %s", mig_name(ways[i].from),
			       mig_name(ways[i].to));
		}
		ASSERT_EQ(0, end_waiting(&waiter, &self->fault, &self->good));
		EXPECT_TRUE(waiter.ret > 0 || waiter.ret == -ENODEV) {
			TH_LOG("%s -> %s: %d", mig_name(ways[i].from),
			       mig_name(ways[i].to), waiter.ret);
		}
		pthread_join(other.thread, NULL);
		EXPECT_EQ(ways[i].from, other.state);
		EXPECT_EQ(0, other.ret);
		EXPECT_EQ(ways[i].to == MIG_ERROR ? MIG_RUNNING : ways[i].to,
			  client_state(self->client));
	}
}

/* Stopped under the reader's hands: what it gets then is still all there is. */
TEST_F(wait, waiting_reader_loses_nothing)
{
	struct waiter waiter;

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, start_waiting(&waiter, self->client, &self->fault,
				   false));
	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	ASSERT_EQ(0, userfault_serve(&self->fault, self->good.data));
	ASSERT_EQ(0, pthread_join(waiter.thread, NULL));
	ASSERT_LT(0, waiter.ret);
	ASSERT_EQ(0, buffer_append(&self->seen, waiter.at, waiter.ret));
	ASSERT_EQ(0, client_drain(self->client, &self->seen));
	EXPECT_EQ(0, stream_check(&self->seen, BENCH_MEMORY));
	patch_sessions(&self->seen);
	ASSERT_EQ(self->good.length, self->seen.length);
	EXPECT_EQ(0, memcmp(self->good.data, self->seen.data,
			    self->good.length));
}

/* The device is closed, and opened by somebody else, while one waits. */
TEST_F(wait, device_is_closed_while_one_waits)
{
	struct waiter waiter;
	unsigned int i;
	int fd;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, client_set_state(self->client, i ? MIG_RESUMING :
							MIG_STOP_COPY));
		fd = dup(self->client->fd);
		ASSERT_EQ(0, start_waiting(&waiter, self->client,
					   &self->fault, i));
		device_close(self->source);
		ASSERT_EQ(0, device_open(self->source));
		EXPECT_EQ(MIG_RUNNING, client_state(self->client));
		EXPECT_EQ(0, client_load(self->client, &self->good));
		ASSERT_EQ(0, end_waiting(&waiter, &self->fault, &self->good));
		EXPECT_TRUE(waiter.ret > 0 || waiter.ret == -ENODEV);
		expect_pattern(_metadata, self->source, PAGES, SEED);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	if (!userfault_exists())
		ksft_exit_skip("this kernel has no userfaultfd\n");
	return test_main(argc, argv);
}
