// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory that is mapped: stores that nobody is told of must be found
 * while the device is saved, each of them, and no page more.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "lib/dice.h"
#include "lib/patch.h"
#include "test.h"

#define PAGES		(BENCH_MEMORY / MCOPY_PAGE)
#define WORDS		(BENCH_MEMORY / sizeof(uint64_t))
#define WRITERS		2
#define ROUNDS		64
/* In all, over the rounds: a million. */
#define STORES		(1000000 / ROUNDS)
#define SEED		20201110

FIXTURE(mapped)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	volatile uint64_t *memory;
	struct buffer stream;
};

PROTOCOL_VARIANTS(mapped);

FIXTURE_SETUP(mapped)
{
	test_open_by(_metadata, &self->bench, 2, variant->protocol);
	ASSERT_EQ(0, bench_offer_mapping(&self->bench, true));
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->memory = device_map(self->source, 0, BENCH_MEMORY);
	ASSERT_NE(MAP_FAILED, (void *)self->memory);
}

FIXTURE_TEARDOWN(mapped)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

static sigjmp_buf after_signal;

static void on_sigbus(int number)
{
	(void)number;
	siglongjmp(after_signal, 1);
}

/* Does a load from @at end in SIGBUS? */
static bool is_gone(const volatile uint64_t *at)
{
	struct sigaction action = { .sa_handler = on_sigbus }, before;
	bool gone = true;

	sigaction(SIGBUS, &action, &before);
	if (!sigsetjmp(after_signal, 1)) {
		(void)*at;
		gone = false;
	}
	sigaction(SIGBUS, &before, NULL);
	return gone;
}

TEST_F(mapped, is_the_memory_that_reads_and_writes_see)
{
	uint64_t word = 0;
	uint32_t crc, expected;

	self->memory[5] = SEED;
	ASSERT_EQ(0, mcopy_memory_read(&self->source->vfio, 5 * sizeof(word),
				       &word, sizeof(word)));
	EXPECT_EQ(SEED, word);
	word = ~(uint64_t)SEED;
	ASSERT_EQ(0, mcopy_memory_write(&self->source->vfio,
					BENCH_MEMORY - sizeof(word), &word,
					sizeof(word)));
	EXPECT_EQ(word, self->memory[WORDS - 1]);
	ASSERT_EQ(0, mcopy_crc(&self->source->vfio, 0, BENCH_MEMORY, &crc));
	expected = crc32c(0, (const void *)self->memory, BENCH_MEMORY);
	EXPECT_EQ(expected, crc);
}

TEST_F(mapped, only_where_it_is_offered)
{
	struct vfio_region region;

	ASSERT_EQ(0, bench_offer_mapping(&self->bench, false));
	EXPECT_EQ(MAP_FAILED, device_map(self->source, 0, BENCH_MEMORY));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_EQ(0, vfio_region(&self->source->vfio, MCOPY_BAR_MEMORY,
				 &region));
	EXPECT_FALSE(region.flags & VFIO_REGION_INFO_FLAG_MMAP);
}

TEST_F(mapped, only_what_there_is_and_only_shared)
{
	const struct vfio *vfio = &self->source->vfio;
	struct vfio_region region;
	void *part;

	ASSERT_EQ(0, vfio_region(vfio, MCOPY_BAR_MEMORY, &region));
	/* A private one would be a copy. */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, BENCH_MEMORY, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE, vfio->device, region.offset));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, device_map(self->source, 0,
					 BENCH_MEMORY + MCOPY_PAGE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, device_map(self->source, BENCH_MEMORY,
					 MCOPY_PAGE));
	EXPECT_EQ(EINVAL, errno);

	part = device_map(self->source, 3 * MCOPY_PAGE, MCOPY_PAGE);
	ASSERT_NE(MAP_FAILED, part);
	*(volatile uint64_t *)part = SEED;
	EXPECT_EQ(SEED, self->memory[3 * MCOPY_PAGE / sizeof(uint64_t)]);
}

TEST_F(mapped, reset_and_load_show_through)
{
	self->memory[0] = SEED;
	ASSERT_EQ(0, vfio_reset(&self->source->vfio));
	EXPECT_EQ(0, self->memory[0]);

	ASSERT_EQ(0, mcopy_fill(&self->target->vfio, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, client_save(&self->target->client, &self->stream));
	self->memory[0] = SEED;
	ASSERT_EQ(0, client_load(&self->source->client, &self->stream));
	EXPECT_EQ(htole64(SEED * MCOPY_FILL_FACTOR), self->memory[0]);
	EXPECT_EQ(htole64((SEED + BENCH_MEMORY - 8) * MCOPY_FILL_FACTOR),
		  self->memory[WORDS - 1]);
}

/* A mapping outlives the device's file; the memory does not. */
TEST_F(mapped, is_gone_when_the_device_is_closed)
{
	self->memory[0] = SEED;
	device_close(self->source);
	EXPECT_TRUE(is_gone(&self->memory[0]));
	EXPECT_TRUE(is_gone(&self->memory[WORDS - 1]));
	ASSERT_EQ(0, device_open(self->source));
	EXPECT_TRUE(is_gone(&self->memory[0]));
}

/* Not a plain store: what a KVM emulator, or a careless one, does not know. */
static void store_by_x87(volatile void *at)
{
	asm volatile("fld1; fstpt %0" : "=m" (*(volatile char (*)[10])at));
}

static void store_by_sse(volatile void *at)
{
	asm volatile("pcmpeqd %%xmm0, %%xmm0; movdqu %%xmm0, %0"
		     : "=m" (*(volatile char (*)[16])at) : : "xmm0");
}

static void store_by_avx(volatile void *at)
{
	if (__builtin_cpu_supports("avx"))
		asm volatile("vpcmpeqd %%xmm0, %%xmm0, %%xmm0;"
			     "vmovdqu %%xmm0, %0"
			     : "=m" (*(volatile char (*)[16])at) : : "xmm0");
	else
		store_by_sse(at);
}

static void store_by_string(volatile void *at)
{
	void *to = (void *)at;
	unsigned long count = 16;

	asm volatile("rep stosb" : "+D" (to), "+c" (count) : "a" (0x5a)
		     : "memory");
}

static void store_plainly(volatile void *at)
{
	*(volatile uint8_t *)at = 1;
}

static void (* const stores[])(volatile void *at) = {
	store_plainly, store_by_string, store_by_sse, store_by_avx,
	store_by_x87,
};

/* One store to a random place, of a random kind. Returns the page. */
static unsigned int store_somewhere(volatile uint64_t *memory, uint64_t *state)
{
	uint64_t roll = dice(state);
	unsigned int page = roll % PAGES;
	/* Anywhere in the page, so that the widest store stays in it. */
	unsigned int offset = (roll >> 32) % (MCOPY_PAGE - 16);

	stores[(roll >> 56) % ARRAY_SIZE(stores)]
		((volatile uint8_t *)memory + page * MCOPY_PAGE + offset);
	return page;
}

/* Tick off the pages that a stream carries. Returns how many there were. */
static unsigned int carried(const struct buffer *stream, size_t from,
			    bool *pages)
{
	unsigned int count = 0;
	struct record record;

	while (stream_next(stream, &from, &record) > 0) {
		if (record.type != VMIG_RECORD_MEMORY)
			continue;
		pages[record.address / MCOPY_PAGE] = true;
		count++;
	}
	return count;
}

TEST_F(mapped, exactly_the_pages_stored_to_are_carried)
{
	uint64_t state = SEED;
	unsigned int round, i;
	size_t from;

	ASSERT_EQ(0, client_set_state(&self->source->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(&self->source->client, &self->stream));
	for (round = 0; round < ROUNDS; round++) {
		bool stored[PAGES] = {}, seen[PAGES] = {};
		/* Few in one round, many in the next. */
		unsigned int count = round % 2 ? 2 * STORES - 10 : 10;

		for (i = 0; i < count; i++)
			stored[store_somewhere(self->memory, &state)] = true;
		from = self->stream.length;
		ASSERT_EQ(0, client_drain(&self->source->client,
					  &self->stream));
		carried(&self->stream, from, seen);
		ASSERT_EQ(0, memcmp(stored, seen, sizeof(seen))) {
			TH_LOG("round %u, seed %u", round, SEED);
		}
		self->stream.length = from;
	}
}

/* Take the next piece. Returns its pages. */
static int next_piece(struct device *device, struct buffer *stream,
		      bool *pages)
{
	const size_t from = stream->length;
	int ret = client_fetch(&device->client, stream);

	return ret < 0 ? ret : (int)carried(stream, from, pages);
}

/* The right to write, taken away and given back by the user itself. */
TEST_F(mapped, store_is_found_after_mprotect)
{
	void *page = (void *)self->memory;
	bool seen[PAGES] = {};

	self->memory[0] = SEED;
	ASSERT_EQ(0, client_set_state(&self->source->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(&self->source->client, &self->stream));
	ASSERT_EQ(0, mprotect(page, MCOPY_PAGE, PROT_READ));
	ASSERT_EQ(0, mprotect(page, MCOPY_PAGE, PROT_READ | PROT_WRITE));
	self->memory[0] = SEED + 1;
	EXPECT_EQ(1, next_piece(self->source, &self->stream, seen));
	EXPECT_TRUE(seen[0]);
}

/* Who holds a page, as a pipe does here, may write to it without a fault. */
TEST_F(mapped, page_that_is_held_stays_dirty)
{
	struct iovec held = { (void *)self->memory, MCOPY_PAGE };
	bool seen[PAGES] = {};
	unsigned int i;
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	self->memory[0] = SEED;
	ASSERT_EQ(0, client_set_state(&self->source->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(&self->source->client, &self->stream));
	self->memory[0] = SEED + 1;
	ASSERT_EQ(MCOPY_PAGE, vmsplice(ends[1], &held, 1, 0));
	/* Once in each piece, and not for ever in one. */
	for (i = 0; i < 3; i++)
		EXPECT_EQ(1, next_piece(self->source, &self->stream, seen));
	close(ends[0]);
	close(ends[1]);
	EXPECT_EQ(1, next_piece(self->source, &self->stream, seen));
	EXPECT_EQ(0, next_piece(self->source, &self->stream, seen));
}

struct writer {
	pthread_t thread;
	volatile uint64_t *memory;
	unsigned int number;
	const volatile bool *stop;
	volatile uint64_t stores;
};

/*
 * Each writer has every WRITERS-th word for itself and stores a sequence
 * number there, round and round, with no more care than a guest takes.
 */
static void *write_sequence(void *arg)
{
	struct writer *writer = arg;
	uint64_t state = SEED + writer->number;

	while (!*writer->stop) {
		uint64_t word = dice(&state) % (WORDS / WRITERS);

		writer->memory[word * WRITERS + writer->number] =
			++writer->stores;
	}
	return NULL;
}

/*
 * Save while they write, from pre-copy through the stop. They go on for a
 * while after it; what they store then may or may not be carried, so the
 * truth is taken when they have ended, in the order that a VMM stops: vCPUs,
 * then the device.
 */
static int save_live(struct device *device, struct writer *writers,
		     volatile bool *stop, struct buffer *stream)
{
	unsigned int i;
	int ret;

	for (i = 0; i < WRITERS; i++)
		pthread_create(&writers[i].thread, NULL, write_sequence,
			       &writers[i]);
	for (i = 0; i < WRITERS; i++)
		while (!writers[i].stores)
			sched_yield();
	ret = client_set_state(&device->client, MIG_PRE_COPY);
	for (i = 0; i < 8 && ret >= 0; i++)
		ret = client_fetch(&device->client, stream);
	*stop = true;
	for (i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	return ret < 0 ? ret : client_save(&device->client, stream);
}

TEST_F(mapped, nothing_is_lost_while_threads_store)
{
	volatile bool stop = false;
	struct writer writers[WRITERS];
	uint64_t *loaded = malloc(BENCH_MEMORY);
	unsigned int i;

	ASSERT_NE(NULL, loaded);
	for (i = 0; i < WRITERS; i++)
		writers[i] = (struct writer) {
			.memory = self->memory, .number = i, .stop = &stop,
		};
	ASSERT_EQ(0, save_live(self->source, writers, &stop, &self->stream));
	for (i = 0; i < WRITERS; i++)
		EXPECT_LT(0, writers[i].stores);
	ASSERT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, loaded,
				       BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(loaded, (const void *)self->memory, BENCH_MEMORY));
	free(loaded);
}

/*
 * Trap 41 (Documentation/traps.rst), and stores through the stop itself: the
 * stream has to be sound all the same.
 */
TEST_F(mapped, stream_is_sound_while_threads_store_through_the_stop)
{
	volatile bool stop = false;
	struct writer writer = { .memory = self->memory, .stop = &stop };
	unsigned int i;
	int ret = 0;

	ASSERT_EQ(0, pthread_create(&writer.thread, NULL, write_sequence,
				    &writer));
	for (i = 0; i < 8 && !ret; i++) {
		self->stream.length = 0;
		ret = client_set_state(&self->source->client, MIG_PRE_COPY);
		if (!ret)
			ret = client_fetch(&self->source->client,
					   &self->stream);
		if (ret > 0)
			ret = client_save(&self->source->client, &self->stream);
		if (!ret)
			ret = client_load(&self->target->client, &self->stream);
		if (!ret)
			ret = client_set_state(&self->source->client,
					       MIG_RUNNING);
	}
	stop = true;
	pthread_join(writer.thread, NULL);
	EXPECT_EQ(0, ret) {
		TH_LOG("round %u", i);
	}
}

/* One thread resets, loads and closes while another touches the memory. */
TEST_F(mapped, survives_resets_while_threads_store)
{
	volatile bool stop = false;
	struct writer writers[WRITERS];
	unsigned int i;

	for (i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer) {
			.memory = self->memory, .number = i, .stop = &stop,
		};
		ASSERT_EQ(0, pthread_create(&writers[i].thread, NULL,
					    write_sequence, &writers[i]));
	}
	for (i = 0; i < 50; i++)
		EXPECT_EQ(0, vfio_reset(&self->source->vfio));
	stop = true;
	for (i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	ASSERT_EQ(0, vfio_reset(&self->source->vfio));
	for (i = 0; i < WORDS; i++)
		ASSERT_EQ(0, self->memory[i]);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
