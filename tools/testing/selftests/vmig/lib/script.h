/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Register scripts: what a client does to the migration region, step by step,
 * and what each step must answer.
 */
#ifndef VMIG_TEST_SCRIPT_H
#define VMIG_TEST_SCRIPT_H

#include "bench.h"

enum script_op {
	SCRIPT_END,
	SCRIPT_READ,	/* of @width at @offset: reads as @value */
	SCRIPT_WRITE,	/* of @value in @width at @offset: answers @answer */
	SCRIPT_FETCH,	/* a segment of @value bytes, to the end of the stream */
	SCRIPT_FEED,	/* the next @value bytes of the stream, 0 for the rest */
	SCRIPT_SKIP,	/* leave @value bytes of the stream out */
	SCRIPT_FORGET,	/* the client starts a new stream */
	SCRIPT_REWIND,	/* the client reads the stream from its start */
	SCRIPT_CONFIG,	/* @value in @width to PCI config at @offset */
	SCRIPT_RESET,
	SCRIPT_MAP,
	SCRIPT_UNMAP,
	SCRIPT_GUEST,	/* fills @value pages from page @offset, seed @width */
};

struct script_step {
	enum script_op op;
	uint32_t offset;
	uint32_t width;
	uint64_t value;
	int answer;
};

#define REG_READ(field, size, expected)					\
	{ .op = SCRIPT_READ, .offset = MIGRATION_OFFSET(field),		\
	  .width = (size), .value = (expected) }
#define REG_WRITE(field, size, new, result)				\
	{ .op = SCRIPT_WRITE, .offset = MIGRATION_OFFSET(field),	\
	  .width = (size), .value = (new), .answer = (result) }

/* In the order and with the words of a trace. */
#define R4(word)		REG_READ(device_state, 4, word)
#define W4(word)		REG_WRITE(device_state, 4, word, 0)
#define W4_BAD(word, err)	REG_WRITE(device_state, 4, word, -(err))
#define PENDING(bytes)		REG_READ(pending_bytes, 8, bytes)
#define SEGMENT(bytes)		{ .op = SCRIPT_FETCH, .value = (bytes) }
#define FEED(bytes)		{ .op = SCRIPT_FEED, .value = (bytes) }
#define FEED_BAD(bytes, err)						\
	{ .op = SCRIPT_FEED, .value = (bytes), .answer = -(err) }
#define SKIP_BYTES(bytes)	{ .op = SCRIPT_SKIP, .value = (bytes) }
#define FORGET			{ .op = SCRIPT_FORGET }
#define REWIND			{ .op = SCRIPT_REWIND }
#define COMMAND(bits)							\
	{ .op = SCRIPT_CONFIG, .offset = 4, .width = 2, .value = (bits) }
#define RESET			{ .op = SCRIPT_RESET }
#define MAP			{ .op = SCRIPT_MAP }
#define UNMAP			{ .op = SCRIPT_UNMAP }
#define GUEST(first, count, seed)					\
	{ .op = SCRIPT_GUEST, .offset = (first), .width = (seed),	\
	  .value = (count) }
#define END			{ .op = SCRIPT_END }

/**
 * struct script_run - a replay
 * @device:	that it is replayed on
 * @trapped:	MAP does nothing, as with x-no-mmap
 * @stream:	what was fetched, or is fed
 * @fed:	bytes of @stream that were
 * @step:	the one that went wrong, counted from 0
 * @seen:	what it answered: a value, or an errno
 */
struct script_run {
	struct device *device;
	bool trapped;
	struct buffer *stream;
	size_t fed;
	unsigned int step;
	uint64_t seen;
};

/* Replay up to END. Return: true if every step answered as it must. */
bool script_replay(struct script_run *run, const struct script_step *steps);

#endif /* VMIG_TEST_SCRIPT_H */
