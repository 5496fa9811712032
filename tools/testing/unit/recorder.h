/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A reader with callbacks that write down all they are given, and a shadow of
 * the device's memory that the records land in.
 */
#ifndef VMIG_UNIT_RECORDER_H
#define VMIG_UNIT_RECORDER_H

#include "stream.h"

/* Bytes in the order in which they came. */
struct log {
	u8 *bytes;
	size_t length;
	size_t room;
	unsigned int entries;
};

/**
 * struct recorder - a reader and what it told
 * @reader:	first, so that a callback finds the rest
 * @ops:	all callbacks; a test may replace one before recorder_restart()
 * @memory:	shadow of the device's memory, cleared when a session begins
 * @self:	self line of the session
 * @state:	state of the session
 * @delivered:	every call but that of @record, with all its arguments
 * @accepted:	every call of ops->record
 * @ends:	calls of ops->end
 * @refuse_at:	the call, counted from 0, that answers with @refuse_with
 * @refuse_field: what it sets the refusal's field to, if not NULL
 */
struct recorder {
	struct vmig_reader reader;
	struct vmig_reader_ops ops;
	u8 *payload;
	u8 *memory;
	u64 memory_size;
	struct log self;
	struct log state;
	struct log delivered;
	struct log accepted;
	unsigned int ends;
	unsigned int refuse_at;
	enum vmig_reason refuse_with;
	const char *refuse_field;
};

/* One entry of @accepted. */
struct accepted {
	u16 type;
	u32 sequence;
	u64 address;
	u32 length;
};

void recorder_init(struct recorder *recorder, u64 memory_size);
void recorder_free(struct recorder *recorder);
/* Start the reader over; forget everything but sizes and ops. */
void recorder_restart(struct recorder *recorder);

/*
 * Feed bytes from a buffer of exactly their size, which is freed before this
 * returns: the reader may keep no pointer to it.
 */
int recorder_feed(struct recorder *recorder, const void *data, size_t length);
/* The same in pieces of @step bytes. */
int recorder_feed_steps(struct recorder *recorder, const void *data,
			size_t length, size_t step);

const struct accepted *recorder_accepted(const struct recorder *recorder,
					 unsigned int number);

bool log_equal(const struct log *a, const struct log *b);
bool log_starts_with(const struct log *whole, const struct log *start);

#endif /* VMIG_UNIT_RECORDER_H */
