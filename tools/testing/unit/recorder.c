// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "recorder.h"

static void append(struct log *log, const void *data, size_t length)
{
	if (log->length + length > log->room) {
		log->room = 2 * (log->length + length);
		log->bytes = realloc(log->bytes, log->room);
		if (!log->bytes)
			abort();
	}
	if (length)
		memcpy(log->bytes + log->length, data, length);
	log->length += length;
}

static void forget(struct log *log)
{
	log->length = 0;
	log->entries = 0;
}

bool log_starts_with(const struct log *whole, const struct log *start)
{
	return whole->length >= start->length &&
	       whole->entries >= start->entries &&
	       (!start->length ||
		!memcmp(whole->bytes, start->bytes, start->length));
}

bool log_equal(const struct log *a, const struct log *b)
{
	return a->length == b->length && a->entries == b->entries &&
	       log_starts_with(a, b);
}

static struct recorder *recorder_of(struct vmig_reader *reader)
{
	return (struct recorder *)reader;
}

static enum vmig_reason note(struct vmig_reader *reader, char what, u64 number,
			     const void *data, u32 length)
{
	struct recorder *recorder = recorder_of(reader);
	struct log *log = &recorder->delivered;
	unsigned int call = log->entries++;

	append(log, &what, sizeof(what));
	append(log, &number, sizeof(number));
	append(log, &length, sizeof(length));
	append(log, data, length);
	if (!recorder->refuse_with || call != recorder->refuse_at)
		return VMIG_REASON_NONE;
	if (recorder->refuse_field)
		reader->refusal.field = recorder->refuse_field;
	return recorder->refuse_with;
}

static enum vmig_reason on_begin(struct vmig_reader *reader, u64 session)
{
	struct recorder *recorder = recorder_of(reader);

	if (recorder->memory_size)
		memset(recorder->memory, 0, recorder->memory_size);
	forget(&recorder->self);
	forget(&recorder->state);
	return note(reader, 'b', session, NULL, 0);
}

static enum vmig_reason on_self(struct vmig_reader *reader, const char *line,
				u32 length)
{
	append(&recorder_of(reader)->self, line, length);
	return note(reader, 's', 0, line, length);
}

static enum vmig_reason on_memory(struct vmig_reader *reader, u64 address,
				  const void *data, u32 length)
{
	struct recorder *recorder = recorder_of(reader);

	assert_true(address <= recorder->memory_size);
	assert_true(length <= recorder->memory_size - address);
	memcpy(recorder->memory + address, data, length);
	return note(reader, 'm', address, data, length);
}

static enum vmig_reason on_state(struct vmig_reader *reader, const void *data,
				 u32 length)
{
	append(&recorder_of(reader)->state, data, length);
	return note(reader, 't', 0, data, length);
}

static enum vmig_reason on_end(struct vmig_reader *reader)
{
	recorder_of(reader)->ends++;
	return note(reader, 'e', 0, NULL, 0);
}

static void on_record(struct vmig_reader *reader, u16 type, u32 sequence,
		      u64 address, u32 length)
{
	struct log *log = &recorder_of(reader)->accepted;
	struct accepted entry;

	memset(&entry, 0, sizeof(entry));
	entry.type = type;
	entry.sequence = sequence;
	entry.address = address;
	entry.length = length;
	append(log, &entry, sizeof(entry));
	log->entries++;
}

void recorder_init(struct recorder *recorder, u64 memory_size)
{
	memset(recorder, 0, sizeof(*recorder));
	recorder->ops = (struct vmig_reader_ops){
		.begin = on_begin,
		.self = on_self,
		.memory = on_memory,
		.state = on_state,
		.end = on_end,
		.record = on_record,
	};
	recorder->payload = malloc(VMIG_PAYLOAD_MAX);
	recorder->memory_size = memory_size;
	recorder->memory = calloc(1, memory_size ? memory_size : 1);
	if (!recorder->payload || !recorder->memory)
		abort();
	recorder_restart(recorder);
}

void recorder_free(struct recorder *recorder)
{
	free(recorder->payload);
	free(recorder->memory);
	free(recorder->self.bytes);
	free(recorder->state.bytes);
	free(recorder->delivered.bytes);
	free(recorder->accepted.bytes);
}

void recorder_restart(struct recorder *recorder)
{
	forget(&recorder->self);
	forget(&recorder->state);
	forget(&recorder->delivered);
	forget(&recorder->accepted);
	recorder->ends = 0;
	vmig_reader_start(&recorder->reader, &recorder->ops,
			  recorder->memory_size, recorder->payload);
}

int recorder_feed(struct recorder *recorder, const void *data, size_t length)
{
	void *copy = exact_copy(data, length);
	int err = vmig_reader_feed(&recorder->reader, copy, length);

	free(copy);
	return err;
}

int recorder_feed_steps(struct recorder *recorder, const void *data,
			size_t length, size_t step)
{
	const u8 *at = data;
	int err = 0;

	while (length && !err) {
		size_t now = length < step ? length : step;

		err = recorder_feed(recorder, at, now);
		at += now;
		length -= now;
	}
	return err;
}

const struct accepted *recorder_accepted(const struct recorder *recorder,
					 unsigned int number)
{
	assert_true(number < recorder->accepted.entries);
	return (const void *)(recorder->accepted.bytes +
			      number * sizeof(struct accepted));
}
