// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory as a guest has it: a vCPU stores to it through KVM's own page
 * tables, with instructions that KVM could not emulate, and every page that it
 * stored to is found, and no other.
 *
 * VMIG_STORES=n in the environment: how many stores, for slow machines. The
 * rounds get fewer, not smaller.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "lib/dice.h"
#include "lib/stream.h"
#include "lib/vcpu.h"
#include "test.h"

#define PAGES		(BENCH_MEMORY / MCOPY_PAGE)
#define STORES		1000000
/* On average. */
#define ROUND_STORES	15625
/* The vCPU stores as much as all threads together. */
#define THREADS		2
#define SEED		20201110

FIXTURE(vcpu)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	uint8_t *memory;
	struct vcpu vcpu;
	struct buffer stream;
};

FIXTURE_SETUP(vcpu)
{
	test_open(_metadata, &self->bench, 2);
	ASSERT_EQ(0, bench_offer_mapping(&self->bench, true));
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->memory = device_map(self->source, 0, BENCH_MEMORY);
	ASSERT_NE(MAP_FAILED, (void *)self->memory);
	ASSERT_EQ(0, vcpu_open(&self->vcpu, self->memory, BENCH_MEMORY));
}

FIXTURE_TEARDOWN(vcpu)
{
	vcpu_close(&self->vcpu);
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* In any page, and anywhere in it where the widest store stays within. */
static struct vcpu_store next_store(uint64_t *state)
{
	const uint64_t roll = dice(state);
	const uint32_t page = roll % PAGES;

	return (struct vcpu_store) {
		.offset = page * MCOPY_PAGE +
			  (roll >> 32) % (MCOPY_PAGE - VCPU_WIDEST),
		.kind = (roll >> 56) % VCPU_KINDS,
	};
}

/* An even number of rounds. */
static unsigned int round_count(void)
{
	const char *wanted = getenv("VMIG_STORES");
	const unsigned long count = wanted ? strtoul(wanted, NULL, 10) : 0;

	return ((count ? count : STORES) / ROUND_STORES + 2) & ~1U;
}

/* A thread of the host that stores, too; plainly, as the VMM's would. */
struct storer {
	pthread_t thread;
	uint8_t *memory;
	uint64_t state;
	unsigned int count;
	bool stored[PAGES];
};

static void *store_plainly(void *argument)
{
	struct storer *storer = argument;
	unsigned int i;

	for (i = 0; i < storer->count; i++) {
		const struct vcpu_store store = next_store(&storer->state);

		*(volatile uint8_t *)(storer->memory + store.offset) = i;
		storer->stored[store.offset / MCOPY_PAGE] = true;
	}
	return NULL;
}

static int store_by_vcpu(struct vcpu *vcpu, uint64_t *state,
			 unsigned int count, bool *stored)
{
	static struct vcpu_store list[VCPU_STORES_MAX];
	int ret = 0;

	while (count && !ret) {
		unsigned int i, part = count < VCPU_STORES_MAX ?
				       count : VCPU_STORES_MAX;

		for (i = 0; i < part; i++) {
			list[i] = next_store(state);
			stored[list[i].offset / MCOPY_PAGE] = true;
		}
		ret = vcpu_store(vcpu, list, part);
		count -= part;
	}
	return ret;
}

/* All at once; ends when all have ended. Return: 0 or the vCPU's error. */
static int store_together(struct vcpu *vcpu, uint64_t *state,
			  struct storer *storers, unsigned int count,
			  bool *stored)
{
	unsigned int i, page;
	int ret;

	for (i = 0; i < THREADS; i++) {
		memset(storers[i].stored, 0, sizeof(storers[i].stored));
		storers[i].count = count / 2 / THREADS;
		if (pthread_create(&storers[i].thread, NULL, store_plainly,
				   &storers[i]))
			return -EAGAIN;
	}
	ret = store_by_vcpu(vcpu, state, count / 2, stored);
	for (i = 0; i < THREADS; i++) {
		pthread_join(storers[i].thread, NULL);
		for (page = 0; page < PAGES; page++)
			stored[page] |= storers[i].stored[page];
	}
	return ret;
}

/* Tick off the pages that a part of a stream carries. */
static void carried(const struct buffer *stream, size_t from, bool *pages)
{
	struct record record;

	while (stream_next(stream, &from, &record) > 0)
		if (record.type == VMIG_RECORD_MEMORY)
			pages[record.address / MCOPY_PAGE] = true;
}

static void expect_copied(struct __test_metadata *_metadata,
			  const struct device *target, const uint8_t *memory)
{
	uint8_t *loaded = malloc(BENCH_MEMORY);

	ASSERT_NE(NULL, loaded);
	ASSERT_EQ(0, mcopy_memory_read(&target->vfio, 0, loaded,
				       BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(loaded, memory, BENCH_MEMORY));
	free(loaded);
}

/* Each kind alone, to know which one it was. */
TEST_F(vcpu, every_kind_of_store_is_found)
{
	const struct migration *migration = &self->source->migration;
	unsigned int kind;

	ASSERT_EQ(0, migration_set_state(migration, STATE_PRE_COPY));
	ASSERT_EQ(0, migration_drain(migration, &self->stream));
	for (kind = 0; kind < 2 * VCPU_KINDS; kind++) {
		const struct vcpu_store store = {
			.offset = 3 * MCOPY_PAGE + 4091 - VCPU_WIDEST,
			.kind = kind % VCPU_KINDS,
		};
		bool seen[PAGES] = {};
		size_t from = self->stream.length;

		ASSERT_EQ(0, vcpu_store(&self->vcpu, &store, 1)) {
			TH_LOG("kind %u: exit reason %u", kind,
			       self->vcpu.exit_reason);
		}
		ASSERT_EQ(0, migration_drain(migration, &self->stream));
		EXPECT_EQ(from + RECORD_HEADER + MCOPY_PAGE,
			  self->stream.length);
		carried(&self->stream, from, seen);
		EXPECT_TRUE(seen[3]) {
			TH_LOG("kind %u", kind);
		}
	}
	if (!self->vcpu.has_avx)
		TH_LOG("this machine has no AVX: not tried");
}

/*
 * Trap 12 (Documentation/traps.rst): what a guest stores to memory that was
 * fetched already is fetched again; and what it did not store to is not.
 */
TEST_F_TIMEOUT(vcpu, exactly_the_pages_stored_to_are_carried, 280)
{
	const struct migration *migration = &self->source->migration;
	const unsigned int rounds = round_count();
	struct storer storers[THREADS];
	uint64_t state = SEED;
	unsigned int round, i;
	size_t start;

	for (i = 0; i < THREADS; i++)
		storers[i] = (struct storer) {
			.memory = self->memory, .state = SEED + 1 + i,
		};
	ASSERT_EQ(0, migration_set_state(migration, STATE_PRE_COPY));
	ASSERT_EQ(0, migration_drain(migration, &self->stream));
	start = self->stream.length;
	for (round = 0; round < rounds; round++) {
		bool stored[PAGES] = {}, seen[PAGES] = {};
		/* Few in one round, many in the next. */
		const unsigned int count = round % 2 ? 2 * ROUND_STORES : 40;

		ASSERT_EQ(0, store_together(&self->vcpu, &state, storers,
					    count, stored)) {
			TH_LOG("round %u: exit reason %u", round,
			       self->vcpu.exit_reason);
		}
		ASSERT_EQ(0, migration_drain(migration, &self->stream));
		carried(&self->stream, start, seen);
		ASSERT_EQ(0, memcmp(stored, seen, sizeof(seen))) {
			TH_LOG("round %u, seed %u", round, SEED);
		}
		self->stream.length = start;
	}
}

/* A vCPU that stores until it is stopped. */
struct runner {
	pthread_t thread;
	struct vcpu *vcpu;
	uint64_t state;
	bool stop;
	unsigned int batches;
	int error;
};

#define BATCH	500

static void *keep_storing(void *argument)
{
	struct runner *runner = argument;
	bool stored[PAGES];

	while (!runner->error &&
	       !__atomic_load_n(&runner->stop, __ATOMIC_ACQUIRE)) {
		runner->error = store_by_vcpu(runner->vcpu, &runner->state,
					      BATCH, stored);
		__atomic_fetch_add(&runner->batches, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Fetch while the vCPU runs, then stop: it first, then the device. */
static int save_live(const struct migration *migration, struct runner *runner,
		     struct buffer *stream)
{
	unsigned int segment;
	uint64_t pending;
	int ret = migration_set_state(migration, STATE_PRE_COPY);

	if (ret || pthread_create(&runner->thread, NULL, keep_storing, runner))
		return ret ? ret : -EAGAIN;
	for (segment = 0; segment < 12 && ret >= 0; segment++) {
		/* So that it has something to do between any two. */
		while (__atomic_load_n(&runner->batches, __ATOMIC_ACQUIRE) <
		       segment * 2 && !runner->error)
			sched_yield();
		ret = migration_pending(migration, &pending);
		if (!ret)
			ret = migration_segment(migration, stream);
	}
	__atomic_store_n(&runner->stop, true, __ATOMIC_RELEASE);
	pthread_join(runner->thread, NULL);
	return ret < 0 ? ret : migration_save(migration, stream);
}

TEST_F_TIMEOUT(vcpu, nothing_is_lost_while_it_stores, 120)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		struct runner runner = {
			.vcpu = &self->vcpu, .state = SEED + i,
		};

		self->stream.length = 0;
		ASSERT_EQ(0, save_live(&self->source->migration, &runner,
				       &self->stream));
		ASSERT_EQ(0, runner.error) {
			TH_LOG("exit reason %u", self->vcpu.exit_reason);
		}
		ASSERT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
		ASSERT_EQ(0, migration_load(&self->target->migration,
					    &self->stream));
		expect_copied(_metadata, self->target, self->memory);
		ASSERT_EQ(0, migration_set_state(&self->source->migration,
						 STATE_RUNNING));
	}
}

/* What a load brings, the destination's guest sees; and goes on from there. */
TEST_F(vcpu, goes_on_where_the_source_was)
{
	uint64_t state = SEED;
	bool stored[PAGES];

	ASSERT_EQ(0, mcopy_fill(&self->target->vfio, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, migration_save(&self->target->migration, &self->stream));
	/* The vCPU's page tables have pages that the load takes away. */
	ASSERT_EQ(0, store_by_vcpu(&self->vcpu, &state, 2000, stored));
	ASSERT_EQ(0, migration_load(&self->source->migration, &self->stream));
	expect_copied(_metadata, self->target, self->memory);
	ASSERT_EQ(0, store_by_vcpu(&self->vcpu, &state, 2000, stored));
	self->stream.length = 0;
	ASSERT_EQ(0, migration_save(&self->source->migration, &self->stream));
	ASSERT_EQ(0, migration_load(&self->target->migration, &self->stream));
	expect_copied(_metadata, self->target, self->memory);
}

int main(int argc, char **argv)
{
	const char *missing = bench_missing();

	if (!missing)
		missing = vcpu_missing();
	if (missing)
		ksft_exit_skip("%s\n", missing);
	return test_main(argc, argv);
}
