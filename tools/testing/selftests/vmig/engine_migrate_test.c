// SPDX-License-Identifier: GPL-2.0
/*
 * A device is saved in the midst of a transfer and another one loaded: it goes
 * on where the first one was. Both see the same memory at the same addresses,
 * as if all of the guest's had been migrated.
 */
#include <endian.h>
#include <sys/eventfd.h>

#include "lib/dice.h"
#include "lib/model.h"
#include "lib/patch.h"
#include "test.h"

#define SIZE		(16 * 1024 * 1024)
#define DATA		(GUEST_IOVA + GUEST_RINGS)
#define SEED		20201117
#define ENTRIES		8
#define SLOW		(1024 * 1024)
#define LENGTH		(3 * 1024 * 1024 + 77)
#define FROM		(GUEST_RINGS + 3)
#define TO		(GUEST_RINGS + SIZE / 2 + 5)

FIXTURE(migrate)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct guest guest;
	struct buffer stream;
	struct queue queue[MCOPY_QUEUES_MAX];	/* of the source */
	struct queue loaded[MCOPY_QUEUES_MAX];	/* of the target */
	int fd;
};

/* The target as it was loaded: its queues need no setting up. */
static void adopt(struct queue *loaded, const struct queue *queue,
		  const struct vfio *vfio)
{
	unsigned int i;

	for (i = 0; i < MCOPY_QUEUES_MAX; i++) {
		loaded[i] = queue[i];
		loaded[i].vfio = vfio;
	}
}

PROTOCOL_VARIANTS(migrate);

FIXTURE_SETUP(migrate)
{
	test_open_by(_metadata, &self->bench, 2, variant->protocol);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, &self->source->vfio));
	ASSERT_EQ(0, guest_map(&self->guest, &self->target->vfio));
	guest_scatter(&self->guest, GUEST_RINGS, SIZE / 2, SEED);
	ASSERT_EQ(0, queues_open(self->queue, &self->source->vfio, &self->guest,
				 ENTRIES));
	ASSERT_EQ(0, mcopy_set(&self->source->vfio, MCOPY_REG_IRQ_ENABLE,
			       MCOPY_IRQ_MASK));
	self->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(migrate)
{
	close(self->fd);
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
}

static int signals(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

static int listen_to(const struct device *device, unsigned int vector, int fd)
{
	return vfio_set_eventfds(&device->vfio, VFIO_PCI_MSIX_IRQ_INDEX,
				 VFIO_IRQ_SET_ACTION_TRIGGER, vector, 1, &fd);
}

/* A queue, as the stream has it. */
static int take_state(const struct buffer *stream, unsigned int queue,
		      struct mcopy_queue_state *state)
{
	struct record record;

	if (stream_find(stream, VMIG_RECORD_STATE, 0, &record) < 0 ||
	    record.length != sizeof(struct mcopy_state))
		return -ENOENT;
	memcpy(state, &((struct mcopy_state *)record.payload)->queue[queue],
	       sizeof(*state));
	return 0;
}

static const struct mcopy_descriptor slow_copy = {
	.operation = MCOPY_OPERATION_COPY,
	.flags = MCOPY_FLAG_INTERRUPT,
	.source = GUEST_IOVA + FROM,
	.target = GUEST_IOVA + TO,
	.length = LENGTH,
	.tag = SEED,
};

static int begin(struct device *device, struct queue *queue,
		 const struct mcopy_descriptor *wanted)
{
	int ret = engine_set_rate(device, SLOW);

	queue_put(queue, wanted);
	if (!ret)
		ret = queue_ring(queue);
	usleep(300000);
	return ret;
}

/* What is done is not done again, what is not is; once, and told. */
TEST_F(migrate, transfer_goes_on_where_it_was)
{
	uint8_t *from = self->guest.at + FROM, *to = self->guest.at + TO;
	struct queue *queue = &self->loaded[1];
	struct mcopy_queue_state state;
	volatile struct mcopy_completion *record;
	uint8_t *expected = malloc(LENGTH);
	uint64_t done;

	ASSERT_NE(NULL, expected);
	ASSERT_EQ(0, begin(self->source, &self->queue[1], &slow_copy));
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, take_state(&self->stream, 1, &state));
	done = le64toh(state.done);
	ASSERT_EQ(MCOPY_STAGE_WORKING, le32toh(state.stage));
	ASSERT_LT(0, done);
	ASSERT_LT(done, LENGTH);
	/* All of it and nothing more has reached the memory. */
	EXPECT_EQ(0, memcmp(from, to, done));
	EXPECT_TRUE(bytes_are_zero(to + done, LENGTH - done));
	/* Who touches these bytes again is found out. */
	memset(from, 0x11, done);
	memset(to, 0x22, done);
	memset(expected, 0x22, done);
	memcpy(expected + done, from + done, LENGTH - done);

	ASSERT_EQ(0, listen_to(self->target, 1, self->fd));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	adopt(self->loaded, self->queue, &self->target->vfio);
	EXPECT_EQ(0, queue_wait(queue));
	EXPECT_EQ(0, memcmp(expected, to, LENGTH));
	EXPECT_EQ(0, to[LENGTH]);
	record = queue_completion(queue, 0);
	EXPECT_EQ(SEED, le64toh(record->tag));
	EXPECT_EQ(MCOPY_COMPLETION_DONE, le32toh(record->status));
	usleep(20000);
	EXPECT_EQ(1, signals(self->fd));
	/* The source does not, and neither does it twice. */
	record->status = 0;
	usleep(200000);
	EXPECT_EQ(0, record->status);
	EXPECT_EQ(0, signals(self->fd));
	EXPECT_EQ(0, memcmp(expected, to, LENGTH));
	EXPECT_TRUE(queue_works(queue));
	free(expected);
}

/*
 * Trap 13 (Documentation/traps.rst): while a device resumes, the guest's memory
 * is not what it will be, rings and sources included.
 */
TEST_F(migrate, memory_counts_when_the_device_runs)
{
	uint8_t *from = self->guest.at + FROM, *to = self->guest.at + TO;
	struct client *client = &self->target->client;
	struct mcopy_descriptor next = slow_copy;
	struct mcopy_queue_state state;
	uint64_t done;

	next.length = 1;
	next.target += LENGTH;
	queue_put(&self->queue[1], &slow_copy);
	ASSERT_EQ(0, begin(self->source, &self->queue[1], &next));
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, take_state(&self->stream, 1, &state));
	done = le64toh(state.done);
	ASSERT_EQ(MCOPY_STAGE_WORKING, le32toh(state.stage));

	ASSERT_EQ(0, client_set_state(client, MIG_RESUMING));
	ASSERT_EQ(0, client_feed_all(client, &self->stream));
	usleep(200000);
	EXPECT_TRUE(bytes_are_zero(to + done, LENGTH - done));
	memset(from + done, 0x33, LENGTH - done);
	queue_entry(&self->queue[1], 1)->tag = htole64(SEED + 1);

	ASSERT_EQ(0, client_set_state(client, MIG_RUNNING));
	adopt(self->loaded, self->queue, &self->target->vfio);
	EXPECT_EQ(0, queue_wait(&self->loaded[1]));
	EXPECT_EQ(0, memcmp(from + done, to + done, LENGTH - done));
	EXPECT_EQ(SEED + 1,
		  le64toh(queue_completion(&self->loaded[1], 1)->tag));
}

/* The phase of a pattern and a checksum are carried, too. */
TEST_F(migrate, fill_and_checksum_go_on_where_they_were)
{
	const struct mcopy_descriptor fill = {
		.operation = MCOPY_OPERATION_FILL,
		.target = GUEST_IOVA + TO,
		.length = LENGTH / 3,
		.pattern = 0x1122334455667788ULL,
	};
	const struct mcopy_descriptor sum = {
		.operation = MCOPY_OPERATION_CRC,
		.source = GUEST_IOVA + FROM,
		.length = LENGTH / 3,
	};
	const uint8_t *to = self->guest.at + TO;
	size_t i;

	/* Not a multiple of 8 at once. */
	ASSERT_EQ(0, begin(self->source, &self->queue[0], &sum));
	ASSERT_EQ(0, engine_set_rate(self->source, 999999));
	queue_put(&self->queue[2], &fill);
	ASSERT_EQ(0, queue_ring(&self->queue[2]));
	usleep(200000);
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	adopt(self->loaded, self->queue, &self->target->vfio);
	EXPECT_EQ(0, queue_wait(&self->loaded[0]));
	EXPECT_EQ(0, queue_wait(&self->loaded[2]));
	EXPECT_EQ(crc32c(0, self->guest.at + FROM, LENGTH / 3),
		  le32toh(queue_completion(&self->loaded[0], 0)->crc));
	for (i = 0; i < fill.length; i++)
		ASSERT_EQ((uint8_t)(fill.pattern >> i % 8 * 8), to[i]) {
			TH_LOG("byte %zu", i);
		}
}

/* From one device to the other, which are here and there then. */
static int hop(struct device **here, struct device **there,
	       struct buffer *stream)
{
	struct device *left = *here;
	int ret;

	stream->length = 0;
	ret = client_save(&left->client, stream);
	if (!ret)
		ret = client_load(&(*there)->client, stream);
	*here = *there;
	*there = left;
	return ret;
}

/* From host to host, some parts on each. */
TEST_F(migrate, transfer_goes_on_over_many_hosts)
{
	struct device *here = self->source, *there = self->target;
	unsigned int hops = 0;

	ASSERT_EQ(0, engine_set_rate(there, SLOW));
	ASSERT_EQ(0, begin(here, &self->queue[3], &slow_copy));
	adopt(self->loaded, self->queue, &here->vfio);
	while (queue_wait_for(&self->loaded[3], 100)) {
		ASSERT_GT(100, hops++);
		ASSERT_EQ(0, hop(&here, &there, &self->stream));
		adopt(self->loaded, self->queue, &here->vfio);
	}
	EXPECT_LT(3, hops);
	EXPECT_EQ(0, memcmp(self->guest.at + FROM, self->guest.at + TO,
			    LENGTH));
	EXPECT_TRUE(queue_works(&self->loaded[3]));
}

/* Queues with much to do on both sides, stopped anywhere at full speed. */
TEST_F(migrate, random_work_goes_on_anywhere)
{
	struct device *here = self->source, *there = self->target;
	struct mcopy_descriptor wanted;
	struct model model;
	uint64_t state = SEED;
	unsigned int round, i;

	ASSERT_EQ(0, model_open(&model, &self->guest));
	adopt(self->loaded, self->queue, &here->vfio);
	for (round = 0; round < 40; round++) {
		struct queue *queue = &self->loaded[round % 4];

		for (i = 0; i < ENTRIES - 1; i++) {
			model_roll(&model, &state, 300000, &wanted);
			queue_put(queue, &wanted);
			model_run(&model, &wanted, wanted.length);
		}
		ASSERT_EQ(0, queue_ring(queue));
		usleep(dice(&state) % 3000);
		ASSERT_EQ(0, hop(&here, &there, &self->stream));
		for (i = 0; i < MCOPY_QUEUES_MAX; i++)
			self->loaded[i].vfio = &here->vfio;
		ASSERT_EQ(0, queue_wait(queue));
		ASSERT_EQ(SIZE, model_differs(&model, &self->guest));
		ASSERT_EQ(BENCH_MEMORY,
			  model_device_differs(&model, &here->vfio));
	}
	model_close(&model);
}

/* A cause that was set, and perhaps signalled, is signalled there. */
TEST_F(migrate, interrupt_that_is_owed_is_signalled)
{
	const struct mcopy_descriptor quick = {
		.operation = MCOPY_OPERATION_CRC,
		.flags = MCOPY_FLAG_INTERRUPT,
		.source = DATA,
		.length = 1,
	};

	ASSERT_EQ(0, queue_run(&self->queue[2], &quick, NULL));
	usleep(20000);
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, listen_to(self->target, 2, self->fd));
	EXPECT_EQ(0, signals(self->fd));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	EXPECT_EQ(1, signals(self->fd));
}

/* Change a field of a queue's state in the stream. */
static int patch_queue(struct buffer *stream, unsigned int queue,
		       const struct mcopy_queue_state *state)
{
	struct record record;

	if (stream_find(stream, VMIG_RECORD_STATE, 0, &record) < 0)
		return -ENOENT;
	memcpy(&((struct mcopy_state *)record.payload)->queue[queue], state,
	       sizeof(*state));
	patch_seal(&record);
	return 0;
}

/* Stopped between the last byte and the record, which takes luck to hit. */
TEST_F(migrate, record_that_is_owed_is_stored)
{
	struct mcopy_queue_state state;

	ASSERT_EQ(0, begin(self->source, &self->queue[1], &slow_copy));
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, take_state(&self->stream, 1, &state));
	memset(self->guest.at + TO, 0, LENGTH);
	state.stage = htole32(MCOPY_STAGE_DONE);
	state.done = htole64(LENGTH);
	ASSERT_EQ(0, patch_queue(&self->stream, 1, &state));
	ASSERT_EQ(0, listen_to(self->target, 1, self->fd));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	adopt(self->loaded, self->queue, &self->target->vfio);
	EXPECT_EQ(0, queue_wait(&self->loaded[1]));
	EXPECT_EQ(SEED, le64toh(queue_completion(&self->loaded[1], 0)->tag));
	EXPECT_TRUE(bytes_are_zero(self->guest.at + TO, LENGTH));
	usleep(20000);
	EXPECT_EQ(1, signals(self->fd));
}

/* A guest that takes back what it asked for, in the midst of it. */
TEST_F(migrate, tail_moved_back_is_no_hindrance)
{
	ASSERT_EQ(0, begin(self->source, &self->queue[1], &slow_copy));
	ASSERT_EQ(0, queue_set(&self->queue[1], MCOPY_QUEUE_TAIL, 0));
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	adopt(self->loaded, self->queue, &self->target->vfio);
	ASSERT_EQ(0, queue_open(&self->loaded[1], &self->target->vfio,
				&self->guest, 1, ENTRIES));
	EXPECT_TRUE(queue_works(&self->loaded[1]));
}

static const struct {
	uint32_t tail;
	struct mcopy_descriptor wanted;
	uint32_t error;
} failures[] = {
	{ .wanted = { .operation = 9, .length = 1 },
	  .error = MCOPY_ERROR_OPERATION },
	{ .wanted = { .operation = MCOPY_OPERATION_CRC },
	  .error = MCOPY_ERROR_RANGE },
	{ .wanted = { .operation = MCOPY_OPERATION_CRC, .source = 4097,
		      .length = 1 }, .error = MCOPY_ERROR_READ },
	{ .tail = ENTRIES, .error = MCOPY_ERROR_TAIL },
};

TEST_F(migrate, errors_are_carried)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		queue_put(&self->queue[i], &failures[i].wanted);
		if (failures[i].tail)
			self->queue[i].tail = failures[i].tail;
		ASSERT_EQ(0, queue_ring(&self->queue[i]));
		ASSERT_EQ(failures[i].error,
			  queue_wait_error(&self->queue[i]));
	}
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	adopt(self->loaded, self->queue, &self->target->vfio);
	for (i = 0; i < ARRAY_SIZE(failures); i++) {
		EXPECT_EQ(failures[i].error,
			  queue_get(&self->loaded[i], MCOPY_QUEUE_ERROR));
		EXPECT_EQ(failures[i].error == MCOPY_ERROR_READ ? 4097 : 0,
			  queue_get64(&self->loaded[i],
				      MCOPY_QUEUE_ERROR_ADDR));
		ASSERT_EQ(0, queue_open(&self->loaded[i], &self->target->vfio,
					&self->guest, i, ENTRIES));
		EXPECT_TRUE(queue_works(&self->loaded[i]));
	}
}

/* So is one that has no ring to speak of. */
TEST_F(migrate, ring_error_is_carried)
{
	ASSERT_EQ(0, queue_reset(&self->queue[0]));
	ASSERT_EQ(0, queue_set(&self->queue[0], MCOPY_QUEUE_RING, 7));
	ASSERT_EQ(0, queue_set(&self->queue[0], MCOPY_QUEUE_CONTROL,
			       MCOPY_QUEUE_ENABLE));
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	adopt(self->loaded, self->queue, &self->target->vfio);
	EXPECT_EQ(MCOPY_ERROR_RING,
		  queue_get(&self->loaded[0], MCOPY_QUEUE_ERROR));
}

/* Set up in part, or enabled with an odd size, and never used. */
TEST_F(migrate, queues_in_the_making_are_carried)
{
	uint32_t reg;

	ASSERT_EQ(0, queue_reset(&self->queue[0]));
	ASSERT_EQ(0, queue_set(&self->queue[0], MCOPY_QUEUE_RING, 0x777));
	ASSERT_EQ(0, queue_set(&self->queue[0], MCOPY_QUEUE_ENTRIES, ~0U));
	ASSERT_EQ(0, queue_set(&self->queue[0], MCOPY_QUEUE_TAIL, 5));
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	adopt(self->loaded, self->queue, &self->target->vfio);
	for (reg = 0; reg < MCOPY_QUEUE_STRIDE; reg += 4)
		EXPECT_EQ(queue_get(&self->queue[0], reg),
			  queue_get(&self->loaded[0], reg));
}

TEST_F(migrate, number_of_queues_must_be_the_same)
{
	ASSERT_EQ(0, client_save(&self->source->client, &self->stream));
	ASSERT_EQ(0, engine_set_queues(self->target, 3));
	EXPECT_EQ(-EOPNOTSUPP,
		  client_load(&self->target->client, &self->stream));
	expect_last_error(_metadata, self->target,
			  "param-value record=0 type=SELF field=num_queues errno=95");
	ASSERT_EQ(0, engine_set_queues(self->target, 4));
	EXPECT_EQ(0, client_load(&self->target->client, &self->stream));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
