// SPDX-License-Identifier: GPL-2.0
/* What a good stream delivers, however it is cut, and what callbacks can do. */
#include "unit.h"
#include "builder.h"
#include "dice.h"
#include "recorder.h"
#include "verdict.h"

#define ROUND_TRIPS	60
#define RECUTS		40
#define DEVICE_MEMORY	(256 * 1024)
#define SELF_LINE	"abi=1;model=m;api=a;ver=1.0.0"

/* A device as a source sees it, and the stream that its writer makes. */
struct source {
	u8 *memory;
	u8 *state;
	u32 state_length;
	u8 *stream;
	size_t length;
	struct vmig_writer writer;
};

static void source_init(struct source *source, struct dice *dice)
{
	memset(source, 0, sizeof(*source));
	source->memory = malloc(DEVICE_MEMORY);
	source->state = malloc(VMIG_PAYLOAD_MAX);
	/* room for pages sent one by one, twice, and for the rest */
	source->stream = malloc(3 * DEVICE_MEMORY + 2 * VMIG_PAYLOAD_MAX);
	if (!source->memory || !source->state || !source->stream)
		abort();
	source->state_length = 1 + dice_roll(dice, VMIG_PAYLOAD_MAX);
	dice_fill(dice, source->memory, DEVICE_MEMORY);
	dice_fill(dice, source->state, source->state_length);
}

static void source_free(struct source *source)
{
	free(source->memory);
	free(source->state);
	free(source->stream);
}

static void send_record(struct source *source, enum vmig_record_type type,
			u64 address, const void *payload, u32 length)
{
	u8 *out = source->stream + source->length;

	memcpy(out + VMIG_RECORD_SIZE, payload, length);
	source->length += vmig_write_record(&source->writer, type, address,
					    out, length);
}

static void send_memory(struct source *source, u64 address, u32 length)
{
	send_record(source, VMIG_RECORD_MEMORY, address,
		    source->memory + address, length);
}

static void open_session(struct source *source, u64 number)
{
	source->length += vmig_write_header(&source->writer, number,
					    source->stream + source->length);
	send_record(source, VMIG_RECORD_SELF, 0, SELF_LINE,
		    strlen(SELF_LINE));
}

static void close_session(struct source *source)
{
	send_record(source, VMIG_RECORD_STATE, 0, source->state,
		    source->state_length);
	source->length += vmig_write_end(&source->writer,
					 source->stream + source->length);
}

/* The whole memory, in records of any size up to the largest. */
static void send_all_memory(struct source *source, struct dice *dice)
{
	const u32 most = VMIG_PAYLOAD_MAX / VMIG_MEMORY_ALIGN;
	u64 address = 0;

	while (address < DEVICE_MEMORY) {
		u64 length = VMIG_MEMORY_ALIGN * (1 + dice_roll(dice, most));

		length = min_t(u64, length, DEVICE_MEMORY - address);
		send_memory(source, address, length);
		address += length;
	}
}

/* Pages that the guest changes while the session runs are sent again. */
static void send_changed_pages(struct source *source, struct dice *dice)
{
	unsigned int i, pages = dice_roll(dice, 20);

	for (i = 0; i < pages; i++) {
		u64 address = VMIG_MEMORY_ALIGN *
			dice_roll(dice, DEVICE_MEMORY / VMIG_MEMORY_ALIGN);

		dice_fill(dice, source->memory + address, VMIG_MEMORY_ALIGN);
		send_memory(source, address, VMIG_MEMORY_ALIGN);
	}
}

static void assert_arrived(struct recorder *recorder,
			   const struct source *source)
{
	assert_int_equal(vmig_reader_finish(&recorder->reader), 0);
	assert_int_equal(recorder->reader.refusal.reason, VMIG_REASON_NONE);
	assert_int_equal(recorder->ends, 1);
	assert_memory_equal(recorder->memory, source->memory, DEVICE_MEMORY);
	assert_int_equal(recorder->self.length, strlen(SELF_LINE));
	assert_memory_equal(recorder->self.bytes, SELF_LINE,
			    strlen(SELF_LINE));
	assert_int_equal(recorder->state.length, source->state_length);
	assert_memory_equal(recorder->state.bytes, source->state,
			    source->state_length);
}

/* Fragments of random size, mostly small, with empty ones in between. */
static int feed_randomly(struct recorder *recorder, const u8 *bytes,
			 size_t length, struct dice *dice)
{
	static const u32 sizes[] = { 1, 4, 40, 5000, 200000 };
	int err = 0;

	while (length && !err) {
		u32 most = sizes[dice_roll(dice, ARRAY_SIZE(sizes))];
		size_t now = dice_roll(dice, most + 1);

		now = now < length ? now : length;
		err = recorder_feed(recorder, bytes, now);
		bytes += now;
		length -= now;
	}
	return err;
}

static void round_trip(void **state)
{
	struct recorder recorder;
	struct dice dice;
	unsigned int i;

	(void)state;
	dice_seed(&dice);
	recorder_init(&recorder, DEVICE_MEMORY);
	for (i = 0; i < ROUND_TRIPS; i++) {
		struct source source;

		source_init(&source, &dice);
		open_session(&source, i);
		send_all_memory(&source, &dice);
		send_changed_pages(&source, &dice);
		close_session(&source);

		recorder_restart(&recorder);
		assert_int_equal(feed_randomly(&recorder, source.stream,
					       source.length, &dice), 0);
		assert_arrived(&recorder, &source);
		assert_int_equal(recorder.reader.session, i);
		source_free(&source);
	}
	recorder_free(&recorder);
}

/* What the first session had sent is gone: its pages must not be trusted. */
static void a_session_that_is_cut_is_forgotten(void **state)
{
	struct recorder recorder;
	struct dice dice;
	unsigned int i;

	(void)state;
	dice_seed(&dice);
	recorder_init(&recorder, DEVICE_MEMORY);
	for (i = 0; i < ROUND_TRIPS / 2; i++) {
		struct source source;
		unsigned int cut, cuts = 1 + dice_roll(&dice, 3);

		source_init(&source, &dice);
		for (cut = 0; cut < cuts; cut++) {
			open_session(&source, cut);
			send_changed_pages(&source, &dice);
		}
		/* Only one page now; all others must read as zero. */
		open_session(&source, 0x5e55);
		memset(source.memory, 0, DEVICE_MEMORY);
		dice_fill(&dice, source.memory, VMIG_MEMORY_ALIGN);
		send_memory(&source, 0, VMIG_MEMORY_ALIGN);
		close_session(&source);

		recorder_restart(&recorder);
		assert_int_equal(feed_randomly(&recorder, source.stream,
					       source.length, &dice), 0);
		assert_arrived(&recorder, &source);
		assert_int_equal(recorder.reader.session, 0x5e55);
		source_free(&source);
	}
	recorder_free(&recorder);
}

/* One letter for each piece, as build_order() takes them. */
static const char * const good_orders[] = {
	"HSTE", "HSMTE", "HSMMMTE", "HSMMMMMMMTE",
	/* unknown and optional records anywhere behind the self line */
	"HSOTE", "HSTOE", "HSOMOMOTOOE",
	/* sessions that were cut, at each kind of record */
	"HHSTE", "HSHSTE", "HSMHSTE", "HSMTHSMTE", "HSOHSTE", "HSTOHSMTE",
	"HHHHSHSMHSMMTE",
	/* complete ones that are followed by others */
	"HSTEHSTE", "HSMTEHSMTEHSMTE", "HSTEHHSMHSMMTE",
};

static void every_order_that_is_right(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good_orders); i++) {
		struct builder stream;

		builder_init(&stream);
		build_order(&stream, good_orders[i]);
		assert_accepted(good_orders[i], &stream, BUILDER_MEMORY);
		builder_free(&stream);
	}
}

static void every_split_in_two(void **state)
{
	struct recorder recorder, want;
	struct builder stream;
	size_t split;

	(void)state;
	builder_init(&stream);
	build_order(&stream, "HSMHSOMTE");
	recorder_init(&want, BUILDER_MEMORY);
	replay(&want, &stream, stream.count);
	recorder_init(&recorder, BUILDER_MEMORY);
	for (split = 0; split <= stream.length; split++) {
		recorder_restart(&recorder);
		assert_int_equal(recorder_feed(&recorder, stream.bytes, split),
				 0);
		assert_int_equal(recorder_feed(&recorder, stream.bytes + split,
					       stream.length - split), 0);
		assert_int_equal(vmig_reader_finish(&recorder.reader), 0);
		assert_true(log_equal(&recorder.delivered, &want.delivered));
		assert_true(log_equal(&recorder.accepted, &want.accepted));
	}
	recorder_free(&recorder);
	recorder_free(&want);
	builder_free(&stream);
}

static void random_cuts_of_many_sessions(void **state)
{
	struct recorder recorder, want;
	struct builder stream;
	struct dice dice;
	unsigned int i;

	(void)state;
	dice_seed(&dice);
	builder_init(&stream);
	build_order(&stream, "HSMHHSMMTHSOMMTEHSMTOE");
	recorder_init(&want, BUILDER_MEMORY);
	replay(&want, &stream, stream.count);
	recorder_init(&recorder, BUILDER_MEMORY);
	for (i = 0; i < RECUTS; i++) {
		recorder_restart(&recorder);
		assert_int_equal(feed_randomly(&recorder, stream.bytes,
					       stream.length, &dice), 0);
		assert_int_equal(vmig_reader_finish(&recorder.reader), 0);
		assert_true(log_equal(&recorder.delivered, &want.delivered));
	}
	recorder_free(&recorder);
	recorder_free(&want);
	builder_free(&stream);
}

static void a_device_without_memory(void **state)
{
	struct builder stream;

	(void)state;
	builder_init(&stream);
	build_order(&stream, "HSTE");
	assert_accepted("no memory", &stream, 0);
	builder_free(&stream);
}

/* Everything as large as it may be, and the last byte of memory. */
static void the_largest_payloads(void **state)
{
	const u16 mandatory = VMIG_RECORD_MANDATORY;
	u8 *payload = malloc(VMIG_PAYLOAD_MAX);
	struct builder stream;
	struct dice dice;

	(void)state;
	assert_non_null(payload);
	dice_seed(&dice);
	dice_fill(&dice, payload, VMIG_PAYLOAD_MAX);
	builder_init(&stream);
	build_header(&stream, UINT64_MAX);
	build_record(&stream, VMIG_RECORD_SELF, mandatory, 0, payload,
		     VMIG_SELF_MAX);
	build_record(&stream, VMIG_RECORD_MEMORY, mandatory, VMIG_PAYLOAD_MAX,
		     payload, VMIG_PAYLOAD_MAX);
	build_record(&stream, VMIG_RECORD_MEMORY, mandatory,
		     VMIG_MEMORY_ALIGN, payload + VMIG_MEMORY_ALIGN,
		     VMIG_PAYLOAD_MAX - VMIG_MEMORY_ALIGN);
	build_record(&stream, UNKNOWN_TYPE, 0, 0, payload, VMIG_PAYLOAD_MAX);
	build_record(&stream, VMIG_RECORD_STATE, mandatory, 0, payload,
		     VMIG_PAYLOAD_MAX);
	build_end(&stream);
	assert_accepted("largest", &stream, 2 * VMIG_PAYLOAD_MAX);
	builder_free(&stream);
	free(payload);
}

static void the_smallest_payloads(void **state)
{
	struct builder stream;

	(void)state;
	builder_init(&stream);
	build_header(&stream, 0);
	build_record(&stream, VMIG_RECORD_SELF, VMIG_RECORD_MANDATORY, 0, "s",
		     1);
	build_record(&stream, UNKNOWN_TYPE, 0, 0, NULL, 0);
	build_record(&stream, VMIG_RECORD_STATE, VMIG_RECORD_MANDATORY, 0, "t",
		     1);
	build_record(&stream, UNKNOWN_TYPE + 1, 0, 0, NULL, 0);
	build_end(&stream);
	assert_accepted("smallest", &stream, 0);
	builder_free(&stream);
}

/* A newer writer that says that we can read it. */
static void a_newer_version_that_we_can_read(void **state)
{
	static const u16 versions[] = { 3, 4, 0xffff };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		struct builder stream;

		builder_init(&stream);
		build_order(&stream, "HSMOTE");
		patch(&stream, 0, HEADER_FIELD(version), versions[i]);
		seal(&stream, 0);
		assert_accepted("newer", &stream, BUILDER_MEMORY);
		builder_free(&stream);
	}
}

static void sessions_of_version_1(void **state)
{
	static const char * const orders[] = {
		"HSTE", "HSMOTE", "HSMMHSMTE", "HSMTEHSTE",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		struct builder stream;

		builder_init(&stream);
		stream.old = true;
		build_order(&stream, orders[i]);
		assert_accepted("version 1", &stream, BUILDER_MEMORY);
		builder_free(&stream);
	}
}

/* Each session is of the version that its own header says. */
static void sessions_of_both_versions(void **state)
{
	struct builder stream;

	(void)state;
	builder_init(&stream);
	stream.old = true;
	build_order(&stream, "HSMTE");
	stream.old = false;
	build_order(&stream, "HSMTE");
	stream.old = true;
	build_order(&stream, "HSTE");
	assert_accepted("both versions", &stream, BUILDER_MEMORY);
	builder_free(&stream);
}

static void empty_fragments_do_nothing(void **state)
{
	struct recorder recorder;
	struct builder stream;
	size_t i;

	(void)state;
	builder_init(&stream);
	build_order(&stream, "HSTE");
	recorder_init(&recorder, 0);
	for (i = 0; i < stream.length; i++) {
		assert_int_equal(vmig_reader_feed(&recorder.reader, NULL, 0),
				 0);
		assert_int_equal(recorder_feed(&recorder, stream.bytes + i, 1),
				 0);
	}
	assert_int_equal(vmig_reader_feed(&recorder.reader, NULL, 0), 0);
	assert_int_equal(vmig_reader_finish(&recorder.reader), 0);
	recorder_free(&recorder);
	builder_free(&stream);
}

/* The device is whole with the last byte of END and not one byte sooner. */
static void end_comes_with_the_last_byte(void **state)
{
	struct recorder recorder;
	struct builder stream;

	(void)state;
	builder_init(&stream);
	build_order(&stream, "HSMTE");
	recorder_init(&recorder, BUILDER_MEMORY);
	assert_int_equal(recorder_feed(&recorder, stream.bytes,
				       stream.length - 1), 0);
	assert_int_equal(recorder.ends, 0);
	assert_int_equal(recorder_feed(&recorder,
				       stream.bytes + stream.length - 1, 1),
			 0);
	assert_int_equal(recorder.ends, 1);
	/* Asking twice, and going on after it with a session, are both fine. */
	assert_int_equal(vmig_reader_finish(&recorder.reader), 0);
	assert_int_equal(vmig_reader_finish(&recorder.reader), 0);
	assert_int_equal(recorder_feed(&recorder, stream.bytes, stream.length),
			 0);
	assert_int_equal(vmig_reader_finish(&recorder.reader), 0);
	assert_int_equal(recorder.ends, 2);
	recorder_free(&recorder);
	builder_free(&stream);
}

static void each_record_is_reported_once(void **state)
{
	static const u16 types[] = {
		VMIG_RECORD_SELF, UNKNOWN_TYPE, VMIG_RECORD_MEMORY,
		VMIG_RECORD_STATE, VMIG_RECORD_END,
	};
	struct recorder recorder;
	struct builder stream;
	size_t i;

	(void)state;
	builder_init(&stream);
	build_order(&stream, "HSOMTE");
	recorder_init(&recorder, BUILDER_MEMORY);
	assert_int_equal(recorder_feed(&recorder, stream.bytes, stream.length),
			 0);
	assert_int_equal(recorder.accepted.entries, ARRAY_SIZE(types));
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		const struct accepted *entry = recorder_accepted(&recorder, i);

		assert_int_equal(entry->type, types[i]);
		assert_int_equal(entry->sequence, i);
		assert_int_equal(entry->address, types[i] == VMIG_RECORD_MEMORY
				 ? 2 * BUILDER_PAGE : 0);
		assert_int_equal(entry->length,
				 stream.pieces[i + 1].length - BUILDER_HEAD);
	}
	recorder_free(&recorder);
	builder_free(&stream);
}

static void nobody_needs_to_watch_records(void **state)
{
	struct recorder recorder;
	struct builder stream;

	(void)state;
	builder_init(&stream);
	build_order(&stream, "HSMOTE");
	recorder_init(&recorder, BUILDER_MEMORY);
	recorder.ops.record = NULL;
	recorder_restart(&recorder);
	assert_int_equal(recorder_feed(&recorder, stream.bytes, stream.length),
			 0);
	assert_int_equal(vmig_reader_finish(&recorder.reader), 0);
	recorder_free(&recorder);
	builder_free(&stream);
}

/* A start forgets a refusal and all the rest; reset does this to a device. */
static void a_start_forgets_all(void **state)
{
	struct recorder recorder;
	struct builder stream;
	size_t cut;

	(void)state;
	builder_init(&stream);
	build_order(&stream, "HSMTE");
	recorder_init(&recorder, BUILDER_MEMORY);
	for (cut = 0; cut < stream.length; cut += 7) {
		recorder_feed(&recorder, stream.bytes, cut);
		recorder_feed(&recorder, "\xff\xff\xff\xff", 4);
		vmig_reader_finish(&recorder.reader);
		recorder_restart(&recorder);
		assert_int_equal(recorder_feed(&recorder, stream.bytes,
					       stream.length), 0);
		assert_int_equal(vmig_reader_finish(&recorder.reader), 0);
	}
	recorder_free(&recorder);
	builder_free(&stream);
}

/* Call number @call of the good stream refuses; nothing comes after it. */
static void callback_refuses(unsigned int call, enum vmig_reason reason,
			     const char *field)
{
	static const u16 types[] = {
		0, VMIG_RECORD_SELF, VMIG_RECORD_MEMORY, VMIG_RECORD_STATE,
		VMIG_RECORD_END,
	};
	const int err = vmig_reason_errno(reason);
	struct recorder recorder;
	struct builder stream;

	builder_init(&stream);
	build_order(&stream, "HSMTE");
	recorder_init(&recorder, BUILDER_MEMORY);
	recorder.refuse_at = call;
	recorder.refuse_with = reason;
	recorder.refuse_field = field;
	assert_int_equal(recorder_feed_steps(&recorder, stream.bytes,
					     stream.length, 50), err);
	assert_int_equal(recorder_feed(&recorder, stream.bytes, stream.length),
			 err);
	assert_int_equal(vmig_reader_finish(&recorder.reader), err);

	assert_int_equal(recorder.reader.refusal.reason, reason);
	assert_int_equal(recorder.reader.refusal.type, types[call]);
	assert_int_equal(recorder.reader.refusal.record, call ? call - 1 : 0);
	if (field)
		assert_string_equal(recorder.reader.refusal.field, field);
	else
		assert_null(recorder.reader.refusal.field);
	assert_int_equal(recorder.delivered.entries, call + 1);
	assert_int_equal(recorder.accepted.entries, call ? call - 1 : 0);
	recorder_free(&recorder);
	builder_free(&stream);
}

static void a_callback_ends_the_stream(void **state)
{
	unsigned int call;

	(void)state;
	for (call = 0; call < 5; call++) {
		callback_refuses(call, VMIG_REASON_NO_MEMORY, NULL);
		callback_refuses(call, VMIG_REASON_MODEL_MISMATCH, "model");
		callback_refuses(call, VMIG_REASON_BAD_STATE, "ring.head");
		/* A driver that returns an errno by mistake is no success. */
		callback_refuses(call, (enum vmig_reason)-EINVAL, NULL);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(round_trip),
	cmocka_unit_test(a_session_that_is_cut_is_forgotten),
	cmocka_unit_test(every_order_that_is_right),
	cmocka_unit_test(every_split_in_two),
	cmocka_unit_test(random_cuts_of_many_sessions),
	cmocka_unit_test(a_device_without_memory),
	cmocka_unit_test(the_largest_payloads),
	cmocka_unit_test(the_smallest_payloads),
	cmocka_unit_test(a_newer_version_that_we_can_read),
	cmocka_unit_test(sessions_of_version_1),
	cmocka_unit_test(sessions_of_both_versions),
	cmocka_unit_test(empty_fragments_do_nothing),
	cmocka_unit_test(end_comes_with_the_last_byte),
	cmocka_unit_test(each_record_is_reported_once),
	cmocka_unit_test(nobody_needs_to_watch_records),
	cmocka_unit_test(a_start_forgets_all),
	cmocka_unit_test(a_callback_ends_the_stream),
};

UNIT_MAIN(tests)
