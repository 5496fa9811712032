// SPDX-License-Identifier: GPL-2.0
/*
 * Anything a guest can do to the queues, at random: descriptors of junk, rings
 * of junk, registers of junk, while the queues run. Nothing breaks, and what
 * comes of it is a device that migrates and that a reset makes new.
 *
 * VMIG_FUZZ=n in the environment is how many things to do, VMIG_SEED=n where
 * the dice begin.
 */
#include <endian.h>
#include <stdlib.h>

#include "lib/dice.h"
#include "lib/model.h"
#include "test.h"

#define SIZE		(4 * 1024 * 1024)
#define ENTRIES		16
#define ACTIONS		100000
#define SEED		20201119
/* So often it is stopped, saved, and loaded into the other device. */
#define MIGRATE_EVERY	1000
/* So often the device may catch up, in milliseconds: it is slower than we. */
#define BREATHE_EVERY	32
#define BREATH		4

FIXTURE(fuzz)
{
	struct bench bench;
	struct device *here;
	struct device *there;
	struct guest guest;
	struct model model;	/* for its dice only */
	struct queue queue[MCOPY_QUEUES_MAX];
	struct buffer stream;
	uint64_t state;
	unsigned long actions;
};

static unsigned long long from_environment(const char *name,
					   unsigned long long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

FIXTURE_SETUP(fuzz)
{
	self->state = from_environment("VMIG_SEED", SEED) | 1;
	self->actions = from_environment("VMIG_FUZZ", ACTIONS);
	TH_LOG("%lu actions, seed %llu", self->actions,
	       (unsigned long long)self->state);
	test_open(_metadata, &self->bench, 2);
	self->here = &self->bench.device[0];
	self->there = &self->bench.device[1];
	ASSERT_EQ(0, guest_open(&self->guest, SIZE));
	ASSERT_EQ(0, guest_map(&self->guest, &self->here->vfio));
	ASSERT_EQ(0, guest_map(&self->guest, &self->there->vfio));
	ASSERT_EQ(0, model_open(&self->model, &self->guest));
}

FIXTURE_TEARDOWN(fuzz)
{
	buffer_free(&self->stream);
	model_close(&self->model);
	test_close(_metadata, &self->bench);
	guest_close(&self->guest);
}

/* Junk that looks like something: small numbers, ends, addresses, any. */
static uint64_t junk(uint64_t *state)
{
	const uint64_t roll = dice(state);

	switch (roll % 8) {
	case 0:
		return (roll >> 8) % 20;
	case 1:
		return -((roll >> 8) % 20);
	case 2:
		return GUEST_IOVA + (roll >> 8) % (SIZE + MCOPY_PAGE);
	case 3:
		return BENCH_MEMORY - 10 + (roll >> 8) % 20;
	case 4:
		return 1ULL << (roll >> 8) % 64;
	case 5:
		return MCOPY_LENGTH_MAX - 10 + (roll >> 8) % 20;
	case 6:
		return (roll >> 8) % BENCH_MEMORY;
	default:
		return roll;
	}
}

/* A good descriptor, now and then with some of it turned into junk. */
static void put_descriptor(struct queue *queue, const struct model *model,
			   uint64_t *state)
{
	struct mcopy_descriptor wanted;
	uint64_t *words = (uint64_t *)&wanted;
	unsigned int spoilt = dice(state) % 4 ? 0 : 1 + dice(state) % 3;

	model_roll(model, state, 20000, &wanted);
	if (dice(state) % 2)
		wanted.flags |= MCOPY_FLAG_INTERRUPT;
	while (spoilt--)
		words[dice(state) % (sizeof(wanted) / 8)] = junk(state);
	/* Or it takes all the time there is. */
	if (wanted.length > SIZE && dice(state) % 16)
		wanted.length %= SIZE;
	if (dice(state) % 16 == 0)
		queue->tail = dice(state) % ENTRIES;
	queue_put(queue, &wanted);
}

static int write_register(const struct queue *queue, uint64_t *state)
{
	const uint32_t width = 1U << dice(state) % 4;
	const uint64_t value = htole64(junk(state));
	uint32_t reg = MCOPY_QUEUE(queue->number, 0) +
		       dice(state) % MCOPY_QUEUE_STRIDE;

	/* The whole device's, too, rarely with its reset. */
	if (dice(state) % 4 == 0)
		reg = MCOPY_REG_DROPPED + dice(state) % 0x60;
	return vfio_write(queue->vfio, MCOPY_BAR_REGS, reg / width * width,
			  &value, width);
}

static int scribble(const struct guest *guest, uint64_t *state)
{
	const uint64_t value = junk(state);

	memcpy(guest->at + dice(state) % (GUEST_RINGS - sizeof(value)),
	       &value, sizeof(value));
	return 0;
}

/* A guest that resets what has failed gets further than one that does not. */
static bool is_stuck(const struct queue *queue)
{
	return queue_get(queue, MCOPY_QUEUE_ERROR) ||
	       !queue_get(queue, MCOPY_QUEUE_CONTROL);
}

static int act(const struct guest *guest, const struct model *model,
	       struct queue *queue, uint64_t *state)
{
	switch (dice(state) % 64) {
	case 0:
		return queue_set(queue, MCOPY_QUEUE_CONTROL, dice(state));
	case 1:
		return engine_master(queue->vfio, false);
	case 2 ... 5:
		return write_register(queue, state);
	case 6 ... 7:
		return scribble(guest, state);
	case 8 ... 11:
		return queue_set(queue, MCOPY_QUEUE_TAIL,
				 dice(state) % (ENTRIES + 1));
	case 12 ... 27:
		if (is_stuck(queue))
			return queue_open(queue, queue->vfio, guest,
					  queue->number, ENTRIES);
		return engine_master(queue->vfio, true);
	default:
		put_descriptor(queue, model, state);
		return queue_ring(queue);
	}
}

static int migrate(const struct device *here, const struct device *there,
		   struct buffer *stream)
{
	int ret;

	stream->length = 0;
	ret = migration_save(&here->migration, stream);
	return ret ? ret : migration_load(&there->migration, stream);
}

static void expect_recovery(struct __test_metadata *_metadata,
			    const struct device *device,
			    const struct guest *guest, struct queue *queue)
{
	unsigned int i;

	ASSERT_EQ(0, vfio_reset(&device->vfio));
	for (i = 0; i < MCOPY_QUEUES_MAX; i++) {
		ASSERT_EQ(0, queue_open(&queue[i], &device->vfio, guest, i,
					ENTRIES));
		EXPECT_TRUE(queue_works(&queue[i]));
	}
}

/* Is the fuzzing any good? Each error comes, and so does success. */
struct tally {
	unsigned long errors[MCOPY_ERROR_MEMORY + 1];
	unsigned long busy;
	unsigned long idle;
};

static void take_sample(struct tally *tally, const struct queue *queue)
{
	uint32_t error;

	queue_wait_for(queue, BREATH);
	error = queue_get(queue, MCOPY_QUEUE_ERROR);
	if (error <= MCOPY_ERROR_MEMORY)
		tally->errors[error]++;
	if (queue_get(queue, MCOPY_QUEUE_HEAD) !=
	    queue_get(queue, MCOPY_QUEUE_TAIL))
		tally->busy++;
	else if (!error && queue_get(queue, MCOPY_QUEUE_HEAD))
		tally->idle++;
}

static void expect_variety(struct __test_metadata *_metadata,
			   const struct tally *tally)
{
	uint32_t error;

	for (error = 0; error < MCOPY_ERROR_MEMORY; error++) {
		TH_LOG("error %u: %lu samples", error, tally->errors[error]);
		EXPECT_LT(0, tally->errors[error]);
	}
	TH_LOG("busy %lu, idle %lu", tally->busy, tally->idle);
	EXPECT_LT(0, tally->busy);
	EXPECT_LT(0, tally->idle);
}

static void change_sides(struct device **here, struct device **there,
			 struct queue *queue)
{
	struct device *next = *there;
	unsigned int i;

	*there = *here;
	*here = next;
	for (i = 0; i < MCOPY_QUEUES_MAX; i++)
		queue[i].vfio = &next->vfio;
}

TEST_F(fuzz, does_no_harm)
{
	struct tally tally = { 0 };
	unsigned int i;
	unsigned long action;
	char text[256];
	int ret;

	expect_recovery(_metadata, self->here, &self->guest, self->queue);
	for (action = 1; action <= self->actions; action++) {
		i = dice(&self->state) % MCOPY_QUEUES_MAX;
		ASSERT_EQ(0, act(&self->guest, &self->model, &self->queue[i],
				 &self->state));
		if (action % BREATHE_EVERY == 0)
			take_sample(&tally, &self->queue[i]);
		if (action % MIGRATE_EVERY)
			continue;
		ret = migrate(self->here, self->there, &self->stream);
		ASSERT_EQ(0, mdev_read(&self->there->mdev,
				       "migration/last_error", text,
				       sizeof(text)));
		ASSERT_EQ(0, ret) {
			TH_LOG("action %lu: %s", action, text);
		}
		change_sides(&self->here, &self->there, self->queue);
		if (action / MIGRATE_EVERY % 8 == 0)
			expect_recovery(_metadata, self->here, &self->guest,
					self->queue);
	}
	expect_recovery(_metadata, self->here, &self->guest, self->queue);
	if (self->actions >= ACTIONS)
		expect_variety(_metadata, &tally);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
