// SPDX-License-Identifier: GPL-2.0
/*
 * What QEMU 7.2 does to the migration region, register by register, as traces
 * of it show: replayed, with the answers that it must get. lib/script.h has
 * the language.
 */
#include "lib/patch.h"
#include "lib/script.h"
#include "lib/sizes.h"
#include "test.h"

#define REPLAYS	3
#define PAGES	(BENCH_MEMORY / MCOPY_PAGE)

/* All pages do not fit into the window at once: two segments. */
#define FIT	((BENCH_MEMORY - SIZE_OPENING) / SIZE_PAGE)
#define WHOLE	(SIZE_OPENING + PAGES * SIZE_PAGE)
#define FIRST	(SIZE_OPENING + FIT * SIZE_PAGE)
#define REST	(WHOLE - FIRST)

/* How far the guest was when its memory was filled: any number. */
#define OLD	11
#define NEW	22
#define NEWEST	33

/* A destination that gets all of the stream. */
static const struct script_step load[] = {
	MAP, R4(1), W4(4),
	FEED(0),
	COMMAND(0x0103),
	UNMAP, R4(4), W4(1), R4(1), END
};

static const struct script_step migrate[] = {
	/* The first start of the VM. */
	R4(1), W4(1),
	GUEST(0, PAGES, OLD),
	MAP, R4(1), W4(3),
	PENDING(WHOLE), SEGMENT(FIRST),
	PENDING(REST), SEGMENT(REST),
	PENDING(0), PENDING(0),
	GUEST(3, 5, NEW),
	PENDING(5 * SIZE_PAGE), SEGMENT(5 * SIZE_PAGE),
	PENDING(0),
	GUEST(7, 2, NEWEST),
	R4(3), W4(2),
	R4(2), W4(2),
	PENDING(2 * SIZE_PAGE + SIZE_CLOSING),
	SEGMENT(2 * SIZE_PAGE + SIZE_CLOSING),
	PENDING(0),
	R4(2), W4(0),
	UNMAP, R4(0), END
};

/* Trap 33 (Documentation/traps.rst): 1 -> 2, 0 -> 1 and x -> x are all real. */
static const struct script_step snapshot_save[] = {
	GUEST(0, 3, OLD),
	R4(1), W4(2),
	MAP, R4(2), W4(2),
	PENDING(SIZE_OPENING + 3 * SIZE_PAGE + SIZE_CLOSING),
	SEGMENT(SIZE_OPENING + 3 * SIZE_PAGE + SIZE_CLOSING),
	PENDING(0),
	R4(2), W4(2),
	PENDING(0),
	R4(2), W4(0),
	UNMAP, R4(0), W4(1), R4(1), END
};

static const struct script_step snapshot_load[] = {
	GUEST(1, 1, NEWEST),
	R4(1), W4(0),
	COMMAND(0), RESET,
	MAP, R4(1), W4(4),
	FEED(0),
	COMMAND(0x0103),
	UNMAP, R4(4), W4(1), R4(1), END
};

/*
 * Trap 5 (Documentation/traps.rst): "stop" and "cont" drop SAVING, and nobody
 * says so in the stream. What comes then has to be complete in itself.
 */
static const struct script_step stop_cont[] = {
	GUEST(0, PAGES, OLD),
	MAP, R4(1), W4(3),
	PENDING(WHOLE), SEGMENT(FIRST),
	PENDING(REST),
	R4(3), W4(2),
	R4(2), W4(1),
	PENDING(0), PENDING(0),
	GUEST(0, 1, NEW),
	PENDING(0),
	R4(1), W4(0),
	R4(0), W4(2),
	PENDING(WHOLE + SIZE_CLOSING), SEGMENT(FIRST),
	PENDING(REST + SIZE_CLOSING), SEGMENT(REST + SIZE_CLOSING),
	PENDING(0),
	R4(2), W4(0),
	UNMAP, END
};

/* The same pattern from a guest that reboots. */
static const struct script_step reset_in_pre_copy[] = {
	GUEST(0, PAGES, OLD),
	MAP, R4(1), W4(3),
	PENDING(WHOLE), SEGMENT(FIRST),
	RESET,
	R4(1), PENDING(0),
	GUEST(9, 2, NEW),
	PENDING(0),
	R4(1), W4(0),
	R4(0), W4(2),
	PENDING(SIZE_OPENING + 2 * SIZE_PAGE + SIZE_CLOSING),
	SEGMENT(SIZE_OPENING + 2 * SIZE_PAGE + SIZE_CLOSING),
	PENDING(0),
	R4(2), W4(0),
	UNMAP, END
};

/* Unmapped in state 3, RUNNING written twice; then once more, for good. */
static const struct script_step cancel[] = {
	GUEST(0, PAGES, OLD),
	MAP, R4(1), W4(3),
	PENDING(WHOLE), SEGMENT(FIRST),
	PENDING(REST),
	UNMAP,
	R4(3), W4(1),
	R4(1), W4(1),
	FORGET,
	GUEST(0, 2, NEW),
	MAP, R4(1), W4(3),
	PENDING(WHOLE), SEGMENT(FIRST),
	PENDING(REST), SEGMENT(REST),
	PENDING(0),
	R4(3), W4(2),
	R4(2), W4(2),
	PENDING(SIZE_CLOSING), SEGMENT(SIZE_CLOSING),
	PENDING(0),
	R4(2), W4(0),
	UNMAP, END
};

/*
 * Trap 14 (Documentation/traps.rst): a paused VM whose migration was cancelled
 * has a device that runs; the next migration clears RUNNING only at the end.
 */
static const struct script_step paused[] = {
	GUEST(0, 4, OLD),
	R4(1), W4(0),
	R4(0), W4(2),
	PENDING(SIZE_OPENING + 4 * SIZE_PAGE + SIZE_CLOSING),
	R4(2), W4(1),
	R4(1), W4(1),
	FORGET,
	MAP, R4(1), W4(3),
	PENDING(SIZE_OPENING + 4 * SIZE_PAGE),
	R4(3), W4(2),
	PENDING(SIZE_OPENING + 4 * SIZE_PAGE + SIZE_CLOSING),
	SEGMENT(SIZE_OPENING + 4 * SIZE_PAGE + SIZE_CLOSING),
	PENDING(0),
	R4(2), W4(0),
	UNMAP, END
};

/* It fails when all is sent, the source goes on, and later it works. */
static const struct script_step fail_late[] = {
	GUEST(0, 2, OLD),
	MAP, R4(1), W4(3),
	R4(3), W4(2),
	R4(2), W4(2),
	PENDING(SIZE_OPENING + 2 * SIZE_PAGE + SIZE_CLOSING),
	SEGMENT(SIZE_OPENING + 2 * SIZE_PAGE + SIZE_CLOSING),
	PENDING(0),
	R4(2), W4(0),
	UNMAP,
	R4(0), W4(1),
	R4(1), W4(1),
	FORGET,
	GUEST(1, 2, NEW),
	MAP, R4(1), W4(3),
	PENDING(SIZE_OPENING + 3 * SIZE_PAGE),
	SEGMENT(SIZE_OPENING + 3 * SIZE_PAGE),
	PENDING(0),
	R4(3), W4(2),
	R4(2), W4_BAD(3, EINVAL),
	R4(2), W4(2),
	PENDING(SIZE_CLOSING), SEGMENT(SIZE_CLOSING),
	PENDING(0),
	R4(2), W4(0),
	R4(0), W4_BAD(5, EINVAL),
	R4(0), W4_BAD(6, EINVAL),
	R4(0), W4_BAD(7, EINVAL),
	UNMAP, R4(0), END
};

/*
 * Trap 16 (Documentation/traps.rst): a destination that gives up half way. The
 * state is RESUMING after every refusal and never the one that aborts QEMU.
 */
static const struct script_step give_up[] = {
	MAP, R4(1), W4(4),
	FEED(SIZE_OPENING + SIZE_PAGE),
	R4(4), W4_BAD(1, ENODATA),
	R4(4), W4_BAD(0, ENODATA),
	R4(4), FEED_BAD(100, ENODATA),
	UNMAP,
	RESET,
	R4(1), W4(0),
	REWIND,
	MAP, R4(0), W4(4),
	FEED(0),
	UNMAP, R4(4), W4(1), R4(1), END
};

/*
 * Trap 18 (Documentation/traps.rst): a source that failed in the midst of a
 * section makes QEMU feed what it has, for ever. The first bad byte ends it.
 */
static const struct script_step garbage[] = {
	MAP, R4(1), W4(4),
	FEED(SIZE_OPENING),
	SKIP_BYTES(8),
	FEED_BAD(4096, EBADMSG),
	FEED_BAD(1, EBADMSG),
	REWIND,
	FEED_BAD(SIZE_OPENING, EBADMSG),
	R4(4), W4_BAD(1, EBADMSG),
	R4(4), RESET, R4(1),
	REWIND,
	W4(4), FEED(0), R4(4),
	UNMAP, W4(1), R4(1), END
};

/* Loaded and paused, and on to the next host before it ever ran. */
static const struct script_step onward[] = {
	MAP, R4(1), W4(4),
	FEED(0),
	COMMAND(0x0103),
	UNMAP, R4(4), W4(1),
	FORGET,
	MAP, R4(1), W4(3),
	R4(3), W4(2),
	PENDING(SIZE_OPENING + 2 * SIZE_PAGE + SIZE_CLOSING),
	SEGMENT(SIZE_OPENING + 2 * SIZE_PAGE + SIZE_CLOSING),
	PENDING(0),
	R4(2), W4(0),
	REWIND, R4(0), W4(4), FEED(0),
	UNMAP, R4(4), W4(1), R4(1), END
};

/* A machine that is saved when it was stopped. */
static const struct script_step stopped[] = {
	GUEST(5, 2, OLD),
	R4(1), W4(0),
	R4(0), W4(0),
	PENDING(0),
	MAP, R4(0), W4(2),
	R4(2), W4(2),
	PENDING(SIZE_OPENING + 2 * SIZE_PAGE + SIZE_CLOSING),
	SEGMENT(SIZE_OPENING + 2 * SIZE_PAGE + SIZE_CLOSING),
	PENDING(0),
	R4(2), W4(0),
	UNMAP, END
};

FIXTURE(golden)
{
	struct bench bench;
};

FIXTURE_VARIANT(golden)
{
	const struct script_step *source;
	const struct script_step *target;
};

FIXTURE_VARIANT_ADD(golden, migrate)
{
	.source = migrate,
	.target = load,
};

FIXTURE_VARIANT_ADD(golden, snapshot)
{
	.source = snapshot_save,
	.target = snapshot_load,
};

FIXTURE_VARIANT_ADD(golden, stop_cont)
{
	.source = stop_cont,
	.target = load,
};

FIXTURE_VARIANT_ADD(golden, reset_in_pre_copy)
{
	.source = reset_in_pre_copy,
	.target = load,
};

FIXTURE_VARIANT_ADD(golden, cancel_retry)
{
	.source = cancel,
	.target = load,
};

FIXTURE_VARIANT_ADD(golden, paused)
{
	.source = paused,
	.target = load,
};

FIXTURE_VARIANT_ADD(golden, fail_late)
{
	.source = fail_late,
	.target = load,
};

FIXTURE_VARIANT_ADD(golden, give_up)
{
	.source = migrate,
	.target = give_up,
};

FIXTURE_VARIANT_ADD(golden, garbage)
{
	.source = migrate,
	.target = garbage,
};

FIXTURE_VARIANT_ADD(golden, onward)
{
	.source = stopped,
	.target = onward,
};

FIXTURE_VARIANT_ADD(golden, stopped)
{
	.source = stopped,
	.target = load,
};

FIXTURE_SETUP(golden)
{
	test_open(_metadata, &self->bench, 2);
}

FIXTURE_TEARDOWN(golden)
{
	test_close(_metadata, &self->bench);
}

static void replay(struct __test_metadata *_metadata, struct device *device,
		   bool trapped, struct buffer *stream,
		   const struct script_step *steps)
{
	struct script_run run = {
		.device = device,
		.trapped = trapped,
		.stream = stream,
	};

	ASSERT_TRUE(script_replay(&run, steps)) {
		TH_LOG("step %u: expected %lld or answer %d, seen %lld",
		       run.step, (long long)steps[run.step].value,
		       steps[run.step].answer, (long long)run.seen);
	}
}

static void expect_copied(struct __test_metadata *_metadata,
			  const struct vfio *source, const struct vfio *target)
{
	uint8_t *one = malloc(BENCH_MEMORY), *other = malloc(BENCH_MEMORY);
	uint32_t reg, a, b;

	ASSERT_NE(NULL, one);
	ASSERT_NE(NULL, other);
	ASSERT_EQ(0, mcopy_memory_read(source, 0, one, BENCH_MEMORY));
	ASSERT_EQ(0, mcopy_memory_read(target, 0, other, BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(one, other, BENCH_MEMORY));
	for (reg = MCOPY_REG_IRQ_STATUS; reg <= MCOPY_REG_RESULT; reg += 4) {
		EXPECT_EQ(0, mcopy_get(source, reg, &a));
		EXPECT_EQ(0, mcopy_get(target, reg, &b));
		EXPECT_EQ(a, b);
	}
	free(one);
	free(other);
}

static void replay_often(struct __test_metadata *_metadata,
			 struct bench *bench, bool trapped,
			 const struct script_step *source_steps,
			 const struct script_step *target_steps)
{
	struct device *source = &bench->device[0];
	struct device *target = &bench->device[1];
	struct buffer stream = { 0 }, first = { 0 };
	unsigned int i;

	for (i = 0; i < REPLAYS; i++) {
		stream.length = 0;
		replay(_metadata, source, trapped, &stream, source_steps);
		replay(_metadata, target, trapped, &stream, target_steps);
		expect_copied(_metadata, &source->vfio, &target->vfio);
		/* Two replays differ in these numbers and in nothing else. */
		patch_sessions(&stream);
		if (!i)
			EXPECT_EQ(0, buffer_copy(&first, &stream));
		ASSERT_EQ(first.length, stream.length);
		EXPECT_EQ(0, memcmp(first.data, stream.data, first.length));
		ASSERT_EQ(0, vfio_reset(&source->vfio));
		ASSERT_EQ(0, vfio_reset(&target->vfio));
	}
	buffer_free(&stream);
	buffer_free(&first);
}

TEST_F(golden, replays_the_same)
{
	replay_often(_metadata, &self->bench, false, variant->source,
		     variant->target);
}

/* With x-no-mmap=on: the same steps, and no window mapped. */
TEST_F(golden, replays_the_same_trapped)
{
	replay_often(_metadata, &self->bench, true, variant->source,
		     variant->target);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
