// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "verdict.h"

#define WORDS	256

/* How a stream is cut: one of these sizes throughout. */
static const size_t steps[] = { 1, 13, 4096, SIZE_MAX };

struct verdict in_piece(const struct builder *builder, unsigned int piece,
			enum vmig_reason reason, int err, const char *field)
{
	const struct piece *p = &builder->pieces[piece];

	return (struct verdict){
		.reason = reason,
		.err = err,
		.type = p->type ? peek(builder, piece, RECORD_FIELD(type)) : 0,
		.record = p->record,
		.field = field,
		.at = p->at + p->length,
		.pieces = piece,
	};
}

struct verdict in_head(const struct builder *builder, unsigned int piece,
		       enum vmig_reason reason, int err, const char *field)
{
	struct verdict verdict = in_piece(builder, piece, reason, err, field);

	verdict.at = builder->pieces[piece].at + BUILDER_HEAD;
	return verdict;
}

static void describe(char *words, const char *name, const struct verdict *v)
{
	snprintf(words, WORDS, "%s: %s (%d) type %u record %u field %s at %zd",
		 name, vmig_reason_name(v->reason), v->err, v->type, v->record,
		 v->field ? v->field : "-", (ssize_t)v->at);
}

static void assert_verdict(const char *name, const struct recorder *recorder,
			   int err, size_t at, const struct verdict *want)
{
	const struct vmig_refusal *refusal = &recorder->reader.refusal;
	const struct verdict got = {
		.reason = refusal->reason,
		.err = err,
		.type = refusal->type,
		.record = refusal->record,
		.field = refusal->field,
		.at = at,
	};
	char want_words[WORDS], got_words[WORDS];

	describe(want_words, name, want);
	describe(got_words, name, &got);
	assert_string_equal(got_words, want_words);
}

static void replay_record(struct recorder *recorder,
			  const struct builder *stream, unsigned int number)
{
	const struct piece *piece = &stream->pieces[number];
	const u8 *payload = stream->bytes + piece->at + BUILDER_HEAD;
	u16 type = peek(stream, number, RECORD_FIELD(type));
	u32 length = peek(stream, number, RECORD_FIELD(length));
	u64 address = peek(stream, number, RECORD_FIELD(address));
	struct vmig_reader *reader = &recorder->reader;

	switch (type) {
	case VMIG_RECORD_SELF:
		recorder->ops.self(reader, (const char *)payload, length);
		break;
	case VMIG_RECORD_MEMORY:
		recorder->ops.memory(reader, address, payload, length);
		break;
	case VMIG_RECORD_STATE:
		recorder->ops.state(reader, payload, length);
		break;
	case VMIG_RECORD_END:
		recorder->ops.end(reader);
		break;
	}
	recorder->ops.record(reader, type,
			     peek(stream, number, RECORD_FIELD(sequence)),
			     address, length);
}

void replay(struct recorder *recorder, const struct builder *stream,
	    unsigned int pieces)
{
	unsigned int i;

	for (i = 0; i < pieces; i++)
		if (stream->pieces[i].type)
			replay_record(recorder, stream, i);
		else
			recorder->ops.begin(&recorder->reader,
					    peek(stream, i,
						 HEADER_FIELD(session)));
}

static void assert_delivered(const char *name, const struct recorder *recorder,
			     const struct builder *stream, unsigned int pieces)
{
	struct recorder want;

	recorder_init(&want, recorder->memory_size);
	replay(&want, stream, pieces);
	if (!log_equal(&want.delivered, &recorder->delivered) ||
	    !log_equal(&want.accepted, &recorder->accepted))
		fail_msg("%s: %u calls and %u records, not these %u and %u",
			 name, recorder->delivered.entries,
			 recorder->accepted.entries, want.delivered.entries,
			 want.accepted.entries);
	assert_int_equal(recorder->ends, want.ends);
	recorder_free(&want);
}

/* Bytes after the fault, good as they may be, change nothing any more. */
static void assert_sticky(const char *name, struct recorder *recorder,
			  const struct verdict *want)
{
	struct builder good;
	int err;

	builder_init(&good);
	build_order(&good, "HSMTE");
	err = recorder_feed_steps(recorder, good.bytes, good.length, 100);
	assert_verdict(name, recorder, err, want->at, want);
	err = recorder_feed(recorder, good.bytes, good.length);
	assert_verdict(name, recorder, err, want->at, want);
	err = vmig_reader_finish(&recorder->reader);
	assert_verdict(name, recorder, err, want->at, want);
	builder_free(&good);
}

/* Feed until it is refused or nothing is left; check how it was refused. */
static void feed_to_refusal(const char *name, struct recorder *recorder,
			    const struct builder *stream, size_t step,
			    const struct verdict *want)
{
	size_t now, fed = 0;
	int err = 0;

	for (; fed < stream->length && !err; fed += now) {
		now = min_t(size_t, step, stream->length - fed);
		err = recorder_feed(recorder, stream->bytes + fed, now);
	}
	if (!err) {
		err = vmig_reader_finish(&recorder->reader);
		assert_verdict(name, recorder, err, AT_FINISH, want);
	} else if (step == 1) {
		assert_verdict(name, recorder, err, fed, want);
	} else {
		/* Which byte of a fragment it was can't be seen from outside. */
		assert_verdict(name, recorder, err, want->at, want);
		assert_true(fed >= want->at && fed - want->at < step);
	}

	err = recorder_feed(recorder, stream->bytes + fed,
			    stream->length - fed);
	if (fed < stream->length)
		assert_int_equal(err, want->err);
}

void assert_refused_in_steps(const char *name, struct recorder *recorder,
			     const struct builder *stream, size_t step,
			     const struct verdict *want)
{
	recorder_restart(recorder);
	feed_to_refusal(name, recorder, stream, step, want);
	assert_sticky(name, recorder, want);
	assert_delivered(name, recorder, stream, want->pieces);
}

void assert_refused(const char *name, const struct builder *stream,
		    u64 memory_size, const struct verdict *want)
{
	struct recorder recorder;
	size_t i;

	recorder_init(&recorder, memory_size);
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		assert_refused_in_steps(name, &recorder, stream, steps[i],
					want);
	recorder_free(&recorder);
}

void assert_accepted(const char *name, const struct builder *stream,
		     u64 memory_size)
{
	const struct verdict want = { .at = AT_FINISH };
	struct recorder recorder;
	size_t i;

	recorder_init(&recorder, memory_size);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		int err;

		recorder_restart(&recorder);
		err = recorder_feed_steps(&recorder, stream->bytes,
					  stream->length, steps[i]);
		assert_verdict(name, &recorder, err, want.at, &want);
		err = vmig_reader_finish(&recorder.reader);
		assert_verdict(name, &recorder, err, want.at, &want);
		assert_delivered(name, &recorder, stream, stream->count);
	}
	recorder_free(&recorder);
}
