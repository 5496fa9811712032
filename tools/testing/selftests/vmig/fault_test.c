// SPDX-License-Identifier: GPL-2.0
/*
 * Failing on demand: what is set comes to pass, for this device and no other,
 * and ends when it is taken back. That every arc of v2 can be failed is
 * arcs_test's.
 */
#include "lib/clock.h"
#include "lib/engine.h"
#include "lib/fault.h"
#include "lib/feature.h"
#include "lib/patch.h"
#include "lib/sizes.h"
#include "test.h"

#define SEED	0xfa
#define PAGES	4
/*
 * Milliseconds of a delay; the least that it looks like by an emulated clock;
 * and what cannot be one.
 */
#define DELAY	1000
#define DELAYED	900
#define PROMPT	800

FIXTURE(control)
{
	struct bench bench;
	struct device *device;
	const struct mdev *mdev;
};

FIXTURE_SETUP(control)
{
	test_open_by(_metadata, &self->bench, 1, &protocol_v2);
	self->device = &self->bench.device[0];
	self->mdev = &self->device->mdev;
}

FIXTURE_TEARDOWN(control)
{
	test_close(_metadata, &self->bench);
}

static void expect_control(struct __test_metadata *_metadata,
			   const struct mdev *mdev, const char *name,
			   const char *expected)
{
	char text[128];

	ASSERT_EQ(0, fault_get(mdev, name, text, sizeof(text)));
	EXPECT_STREQ(expected, text) {
		TH_LOG("%s", name);
	}
}

static const struct {
	const char *name;
	const char *text;
	const char *reads;
} good[] = {
	{ "fail_arc", "STOP RESUMING 5 once", "STOP RESUMING 5 once" },
	{ "fail_arc", " PRE_COPY_P2P STOP_COPY 4095 always\n",
	  "PRE_COPY_P2P STOP_COPY 4095 always" },
	{ "fail_arc", "RUNNING PRE_COPY 1 nth 3", "RUNNING PRE_COPY 1 nth 3" },
	{ "fail_arc", "off", "off" },
	{ "delay_arc", "RUNNING_P2P STOP 60000", "RUNNING_P2P STOP 60000" },
	{ "delay_arc", "STOP RUNNING_P2P 0", "STOP RUNNING_P2P 0" },
	{ "delay_arc", "off\n", "off" },
	{ "delay_read", "60000", "60000" },
	{ "delay_read", "0", "0" },
	{ "refuse_record", "0", "0" },
	{ "refuse_record", "4294967295", "4294967295" },
	{ "refuse_record", "off", "off" },
	{ "never_converge", "1", "1" },
	{ "never_converge", "0", "0" },
	{ "ignore_self", "1", "1" },
	{ "ignore_self", "0", "0" },
};

TEST_F(control, reads_as_it_was_set)
{
	size_t i;

	expect_control(_metadata, self->mdev, "fail_arc", "off");
	expect_control(_metadata, self->mdev, "delay_arc", "off");
	expect_control(_metadata, self->mdev, "delay_read", "0");
	expect_control(_metadata, self->mdev, "refuse_record", "off");
	expect_control(_metadata, self->mdev, "never_converge", "0");
	expect_control(_metadata, self->mdev, "ignore_self", "0");
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, fault_set(self->mdev, good[i].name, "%s",
				       good[i].text)) {
			TH_LOG("%s: %s", good[i].name, good[i].text);
		}
		expect_control(_metadata, self->mdev, good[i].name,
			       good[i].reads);
	}
}

static const struct {
	const char *name;
	const char *text;
} bad[] = {
	{ "fail_arc", "" }, { "fail_arc", "on" }, { "fail_arc", "STOP" },
	{ "fail_arc", "STOP RESUMING" }, { "fail_arc", "STOP RESUMING 5" },
	{ "fail_arc", "STOP RESUMING 0 once" },
	{ "fail_arc", "STOP RESUMING 4096 once" },
	{ "fail_arc", "STOP RESUMING -5 once" },
	{ "fail_arc", "STOP RESUMING five once" },
	{ "fail_arc", "STOP RESUMING 5 twice" },
	{ "fail_arc", "STOP RESUMING 5 nth" },
	{ "fail_arc", "STOP RESUMING 5 nth 0" },
	{ "fail_arc", "STOP RESUMING 5 nth x" },
	{ "fail_arc", "STOP RESUMING 5 once more" },
	{ "fail_arc", "stop resuming 5 once" },
	{ "fail_arc", "STOP NOWHERE 5 once" },
	{ "delay_arc", "STOP RESUMING" }, { "delay_arc", "STOP RESUMING x" },
	{ "delay_arc", "STOP RESUMING 60001" },
	{ "delay_arc", "STOP RUNNING 5" }, { "delay_arc", "5" },
	{ "delay_read", "off" }, { "delay_read", "-1" },
	{ "delay_read", "60001" }, { "delay_read", "" },
	{ "refuse_record", "-1" }, { "refuse_record", "4294967296" },
	{ "refuse_record", "on" }, { "refuse_record", "" },
	{ "never_converge", "2" }, { "never_converge", "" },
	{ "never_converge", "maybe" },
	{ "ignore_self", "2" }, { "ignore_self", "" },
};

TEST_F(control, stays_when_what_is_written_is_bad)
{
	char before[128], after[128];
	size_t i;

	ASSERT_EQ(0, fault_set(self->mdev, "fail_arc",
			       "RUNNING PRE_COPY 7 always"));
	ASSERT_EQ(0, fault_set(self->mdev, "delay_arc", "RUNNING PRE_COPY 7"));
	ASSERT_EQ(0, fault_set(self->mdev, "delay_read", "7"));
	ASSERT_EQ(0, fault_set(self->mdev, "refuse_record", "7"));
	ASSERT_EQ(0, fault_set(self->mdev, "never_converge", "1"));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ASSERT_EQ(0, fault_get(self->mdev, bad[i].name, before,
				       sizeof(before)));
		/* With a newline: nothing at all is never even written. */
		EXPECT_EQ(-EINVAL, fault_set(self->mdev, bad[i].name, "%s\n",
					     bad[i].text)) {
			TH_LOG("%s: \"%s\"", bad[i].name, bad[i].text);
		}
		ASSERT_EQ(0, fault_get(self->mdev, bad[i].name, after,
				       sizeof(after)));
		EXPECT_STREQ(before, after);
	}
}

/* The arcs that linux/vfio.h has, and no others. */
TEST_F(control, knows_the_arcs)
{
	static const enum mig_state arcs[][2] = {
		{ MIG_RUNNING_P2P, MIG_STOP }, { MIG_STOP_COPY, MIG_STOP },
		{ MIG_RESUMING, MIG_STOP }, { MIG_PRE_COPY, MIG_RUNNING },
		{ MIG_RUNNING_P2P, MIG_RUNNING },
		{ MIG_PRE_COPY_P2P, MIG_RUNNING_P2P },
		{ MIG_RUNNING, MIG_RUNNING_P2P }, { MIG_STOP, MIG_RUNNING_P2P },
		{ MIG_RUNNING, MIG_PRE_COPY },
		{ MIG_RUNNING_P2P, MIG_PRE_COPY_P2P },
		{ MIG_STOP, MIG_STOP_COPY }, { MIG_PRE_COPY, MIG_PRE_COPY_P2P },
		{ MIG_PRE_COPY_P2P, MIG_PRE_COPY },
		{ MIG_PRE_COPY_P2P, MIG_STOP_COPY }, { MIG_STOP, MIG_RESUMING },
	};
	bool known[MIG_STATES][MIG_STATES] = {};
	enum mig_state from, to;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(arcs); i++)
		known[arcs[i][0]][arcs[i][1]] = true;
	for (from = MIG_ERROR; from < MIG_STATES; from++)
		for (to = MIG_ERROR; to < MIG_STATES; to++)
			EXPECT_EQ(known[from][to] ? 0 : -EINVAL,
				  fault_fail_arc(self->mdev, from, to, 5,
						 "once")) {
				TH_LOG("%s -> %s", mig_name(from),
				       mig_name(to));
			}
}

/* It is the device's, and outlives its owners. */
TEST_F(control, stays_until_it_is_changed)
{
	ASSERT_EQ(0, fault_fail_arc(self->mdev, MIG_RUNNING, MIG_PRE_COPY, 5,
				    "nth 2"));
	ASSERT_EQ(0, vfio_reset(&self->device->vfio));
	device_close(self->device);
	expect_control(_metadata, self->mdev, "fail_arc",
		       "RUNNING PRE_COPY 5 nth 2");
	ASSERT_EQ(0, device_open(self->device));
	EXPECT_EQ(0, client_set_state(&self->device->client, MIG_PRE_COPY));
	EXPECT_EQ(0, client_set_state(&self->device->client, MIG_RUNNING));
	expect_control(_metadata, self->mdev, "fail_arc",
		       "RUNNING PRE_COPY 5 once");
	ASSERT_EQ(0, vfio_reset(&self->device->vfio));
	EXPECT_EQ(-EIO, client_set_state(&self->device->client, MIG_PRE_COPY));
	expect_control(_metadata, self->mdev, "fail_arc", "off");
}

TEST_F(control, is_gone_with_the_device)
{
	struct mdev gone = *self->mdev;

	ASSERT_EQ(0, fault_ready(&gone));
	ASSERT_EQ(0, device_destroy(self->device));
	EXPECT_EQ(-ENOENT, fault_ready(&gone));
}

FIXTURE(fault)
{
	struct bench bench;
	struct device *device;
	struct device *bystander;
	struct client *client;
	const struct mdev *mdev;
	struct buffer stream;
};

PROTOCOL_VARIANTS(fault);

FIXTURE_SETUP(fault)
{
	test_open_by(_metadata, &self->bench, 2, variant->protocol);
	self->device = &self->bench.device[0];
	self->bystander = &self->bench.device[1];
	self->client = &self->device->client;
	self->mdev = &self->device->mdev;
	ASSERT_EQ(0, mcopy_fill(&self->device->vfio, 0, PAGES * MCOPY_PAGE,
				SEED));
	ASSERT_EQ(0, client_save(self->client, &self->stream));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
}

FIXTURE_TEARDOWN(fault)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

TEST_F(fault, arc_fails_the_nth_time_or_always)
{
	struct client *client = self->client;
	unsigned int i;

	ASSERT_EQ(0, fault_fail_arc(self->mdev, MIG_RUNNING, MIG_PRE_COPY,
				    EMLINK, "nth 3"));
	for (i = 1; i <= 5; i++) {
		EXPECT_EQ(i == 3 ? -EMLINK : 0,
			  client_set_state(client, MIG_PRE_COPY));
		ASSERT_EQ(0, client_set_state(client, MIG_RUNNING));
	}
	expect_last_error(_metadata, self->device,
			  "injected record=0 type=- field=PRE_COPY errno=31");
	ASSERT_EQ(0, fault_fail_arc(self->mdev, MIG_RUNNING, MIG_PRE_COPY,
				    EMLINK, "always"));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-EMLINK, client_set_state(client, MIG_PRE_COPY));
		EXPECT_EQ(MIG_RUNNING, client_state(client));
	}
	/* Other arcs are not this one, nor is another device this one. */
	EXPECT_EQ(0, client_set_state(client, MIG_STOP_COPY));
	EXPECT_EQ(0, client_set_state(&self->bystander->client, MIG_PRE_COPY));
	EXPECT_EQ(0, client_set_state(client, MIG_RUNNING));
	ASSERT_EQ(0, fault_set(self->mdev, "fail_arc", "off"));
	EXPECT_EQ(0, client_set_state(client, MIG_PRE_COPY));
}

/* What is asked for is not reached; where the device is instead is said. */
static const struct {
	enum mig_state from, to;
	enum mig_state arc[2];
	enum mig_state then;	/* in v1's words */
} stops[] = {
	{ MIG_RUNNING, MIG_STOP, { MIG_RUNNING, MIG_RUNNING_P2P },
	  MIG_RUNNING },
	{ MIG_RUNNING, MIG_STOP, { MIG_RUNNING_P2P, MIG_STOP }, MIG_RUNNING },
	{ MIG_RUNNING, MIG_STOP_COPY, { MIG_STOP, MIG_STOP_COPY }, MIG_STOP },
	{ MIG_RUNNING, MIG_RESUMING, { MIG_STOP, MIG_RESUMING }, MIG_STOP },
	{ MIG_PRE_COPY, MIG_STOP_COPY, { MIG_PRE_COPY, MIG_PRE_COPY_P2P },
	  MIG_PRE_COPY },
	{ MIG_PRE_COPY, MIG_STOP_COPY, { MIG_PRE_COPY_P2P, MIG_STOP_COPY },
	  MIG_PRE_COPY },
	{ MIG_PRE_COPY, MIG_STOP, { MIG_RUNNING_P2P, MIG_STOP }, MIG_RUNNING },
	{ MIG_STOP_COPY, MIG_RUNNING, { MIG_STOP, MIG_RUNNING_P2P },
	  MIG_STOP },
	{ MIG_STOP, MIG_PRE_COPY, { MIG_RUNNING, MIG_PRE_COPY }, MIG_RUNNING },
};

/* The device runs, and not just for who looks at it. */
static bool dma_works(const struct vfio *vfio, const struct guest *guest)
{
	struct queue queue;

	return !queue_open(&queue, vfio, guest, 0, 8) && queue_works(&queue);
}

TEST_F(fault, state_is_never_a_lie)
{
	struct client *client = self->client;
	struct guest guest;
	uint64_t word, seen;
	size_t i;

	ASSERT_EQ(0, guest_open(&guest, 2 * GUEST_RINGS));
	ASSERT_EQ(0, guest_map(&guest, &self->device->vfio));

	for (i = 0; i < ARRAY_SIZE(stops); i++) {
		const bool runs = stops[i].then == MIG_RUNNING ||
				  stops[i].then == MIG_PRE_COPY;
		const bool v1 = variant->protocol == &protocol_v1;

		ASSERT_EQ(0, vfio_reset(&self->device->vfio));
		ASSERT_EQ(0, client_set_state(client, stops[i].from));
		ASSERT_EQ(0, fault_fail_arc(self->mdev, stops[i].arc[0],
					    stops[i].arc[1], 5, "once"));
		EXPECT_EQ(-EIO, client_set_state(client, stops[i].to));
		EXPECT_EQ(v1 ? stops[i].then : stops[i].arc[0],
			  client_state(client)) {
			TH_LOG("%s -> %s by %s -> %s", mig_name(stops[i].from),
			       mig_name(stops[i].to), mig_name(stops[i].arc[0]),
			       mig_name(stops[i].arc[1]));
		}
		/* It does what it says: it runs, or it is halted. */
		word = i + 1;
		ASSERT_EQ(0, mcopy_memory_write(&self->device->vfio, 0, &word,
						sizeof(word)));
		ASSERT_EQ(0, mcopy_memory_read(&self->device->vfio, 0, &seen,
					       sizeof(seen)));
		EXPECT_EQ(runs ? word : 0, seen);
		if (runs && client_state(client) == (int)stops[i].then)
			EXPECT_TRUE(dma_works(&self->device->vfio, &guest));
		/* And goes on from there. */
		EXPECT_EQ(0, client_set_state(client, stops[i].to));
		EXPECT_EQ(stops[i].to, client_state(client));
	}
	device_close(self->device);
	guest_close(&guest);
}

/* A source whose switchover fails still has all that it had. */
TEST_F(fault, session_survives_a_failed_stop)
{
	struct buffer again = { 0 };

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_LT(0, client_fetch(self->client, &again));
	ASSERT_EQ(0, fault_fail_arc(self->mdev, MIG_PRE_COPY_P2P,
				    MIG_STOP_COPY, 5, "once"));
	ASSERT_EQ(-EIO, client_set_state(self->client, MIG_STOP_COPY));
	ASSERT_EQ(0, mcopy_fill(&self->device->vfio, 0, MCOPY_PAGE, SEED));
	ASSERT_EQ(0, client_drain(self->client, &again));
	ASSERT_EQ(0, client_save(self->client, &again));
	EXPECT_EQ(0, stream_check(&again, BENCH_MEMORY));
	EXPECT_EQ(PAGES + 1, stream_count(&again, VMIG_RECORD_MEMORY));
	EXPECT_EQ(0, client_load(&self->bystander->client, &again));
	expect_pattern(_metadata, self->bystander, PAGES, SEED);
	buffer_free(&again);
}

/* A destination that would run, but for this once. */
TEST_F(fault, loaded_stream_survives_a_failed_start)
{
	ASSERT_EQ(0, client_set_state(self->client, MIG_RESUMING));
	ASSERT_EQ(0, client_feed_all(self->client, &self->stream));
	ASSERT_EQ(0, fault_fail_arc(self->mdev, MIG_RESUMING, MIG_STOP, 5,
				    "once"));
	EXPECT_EQ(-EIO, client_set_state(self->client, MIG_RUNNING));
	EXPECT_EQ(MIG_RESUMING, client_state(self->client));
	EXPECT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	expect_pattern(_metadata, self->device, PAGES, SEED);
}

TEST_F(fault, reset_is_no_arc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(stops); i++) {
		ASSERT_EQ(0, vfio_reset(&self->device->vfio));
		ASSERT_EQ(0, client_set_state(self->client, stops[i].from));
		ASSERT_EQ(0, fault_fail_arc(self->mdev, stops[i].arc[0],
					    stops[i].arc[1], 5, "always"));
		EXPECT_EQ(0, vfio_reset(&self->device->vfio));
		ASSERT_EQ(0, fault_set(self->mdev, "fail_arc", "off"));
		EXPECT_EQ(MIG_RUNNING, client_state(self->client));
	}
}

/* In milliseconds. */
static double time_state(struct client *client, enum mig_state state)
{
	const double begin = seconds();

	return client_set_state(client, state) ? -1 :
						 (seconds() - begin) * 1000;
}

TEST_F(fault, arc_takes_its_time)
{
	ASSERT_EQ(0, fault_set(self->mdev, "delay_arc", "RUNNING_P2P STOP %d",
			       DELAY));
	EXPECT_LE(DELAYED, time_state(self->client, MIG_STOP_COPY));
	EXPECT_GT(PROMPT, time_state(self->client, MIG_RUNNING));
	EXPECT_LE(DELAYED, time_state(self->client, MIG_STOP));
	EXPECT_GT(PROMPT, time_state(&self->bystander->client, MIG_STOP));
	EXPECT_GT(PROMPT, time_state(self->client, MIG_RUNNING));
	ASSERT_EQ(0, fault_set(self->mdev, "delay_arc", "off"));
	EXPECT_GT(PROMPT, time_state(self->client, MIG_STOP));
}

static double time_fetch(struct client *client, struct buffer *stream)
{
	const double begin = seconds();

	return client_fetch(client, stream) <= 0 ? -1 :
						   (seconds() - begin) * 1000;
}

TEST_F(fault, fetch_takes_its_time)
{
	struct client *other = &self->bystander->client;
	struct buffer again = { 0 };

	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_set_state(other, MIG_STOP_COPY));
	ASSERT_EQ(0, fault_set(self->mdev, "delay_read", "%d", DELAY));
	EXPECT_LE(DELAYED, time_fetch(self->client, &again));
	EXPECT_GT(PROMPT, time_state(self->client, MIG_STOP_COPY));
	EXPECT_LE(DELAYED, time_fetch(self->client, &again));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RUNNING));
	again.length = 0;
	EXPECT_GT(PROMPT, time_fetch(other, &again));
	ASSERT_EQ(0, fault_set(self->mdev, "delay_read", "0"));
	again.length = 0;
	ASSERT_EQ(0, client_save(self->client, &again));
	EXPECT_EQ(0, stream_check(&again, BENCH_MEMORY));
	buffer_free(&again);
}

/* A destination that does not like the nth record, for no good reason. */
TEST_F(fault, record_is_refused)
{
	static const char * const types[] = {
		"SELF", "MEMORY", "MEMORY", "MEMORY", "MEMORY", "STATE", "END",
	};
	struct client *client = self->client;
	char expected[128], text[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		ASSERT_EQ(0, vfio_reset(&self->device->vfio));
		ASSERT_EQ(0, fault_set(self->mdev, "refuse_record", "%u", i));
		ASSERT_EQ(0, client_set_state(client, MIG_RESUMING));
		EXPECT_EQ(-EIO, client_feed_all(client, &self->stream)) {
			TH_LOG("record %u", i);
		}
		ASSERT_EQ(0, mdev_read(self->mdev, "migration/last_error",
				       text, sizeof(text)));
		snprintf(expected, sizeof(expected),
			 "injected record=%u type=%s ", i, types[i]);
		EXPECT_EQ(0, strncmp(expected, text, strlen(expected))) {
			TH_LOG("%s", text);
		}
		/* As sticky as any refusal. */
		ASSERT_EQ(0, fault_set(self->mdev, "refuse_record", "off"));
		EXPECT_EQ(-EIO, client_feed_all(client, &self->stream));
		EXPECT_EQ(-EIO, client_set_state(client, MIG_RUNNING));
		EXPECT_EQ(MIG_RESUMING, client_state(client));
	}
	ASSERT_EQ(0, vfio_reset(&self->device->vfio));
	/* There is no such record, and no such device. */
	ASSERT_EQ(0, fault_set(self->mdev, "refuse_record", "%u", i));
	EXPECT_EQ(0, client_load(client, &self->stream));
	ASSERT_EQ(0, fault_set(self->mdev, "refuse_record", "0"));
	EXPECT_EQ(0, client_load(&self->bystander->client, &self->stream));
}

/* Of whatever it says it is, and of what says nothing that can be understood. */
TEST_F(fault, self_line_is_ignored)
{
	static const char junk[] = "\x01 no line";
	struct client *client = self->client;

	ASSERT_EQ(0, patch_self(&self->stream, "model", "other/device"));
	EXPECT_EQ(-EXDEV, client_load(client, &self->stream));
	ASSERT_EQ(0, vfio_reset(client->vfio));
	ASSERT_EQ(0, fault_set(self->mdev, "ignore_self", "1"));
	EXPECT_EQ(0, client_load(client, &self->stream));
	expect_pattern(_metadata, self->device, PAGES, SEED);
	EXPECT_EQ(-EXDEV, client_load(&self->bystander->client, &self->stream));
	ASSERT_EQ(0, patch_payload(&self->stream, 0, junk, sizeof(junk)));
	ASSERT_EQ(0, patch_settle(&self->stream));
	EXPECT_EQ(0, client_load(client, &self->stream));
	ASSERT_EQ(0, fault_set(self->mdev, "ignore_self", "0"));
	EXPECT_EQ(-EINVAL, client_load(client, &self->stream));
}

/* A host is as safe as ever: bounds, and what the device can't be in. */
TEST_F(fault, rest_is_not_ignored_with_it)
{
	struct client *client = self->client;
	struct record record;

	ASSERT_EQ(0, fault_set(self->mdev, "ignore_self", "1"));
	ASSERT_EQ(0, stream_record(&self->stream, PAGES, &record));
	record.head->address = htole64(BENCH_MEMORY);
	patch_seal(&record);
	EXPECT_EQ(-ERANGE, client_load(client, &self->stream));
	ASSERT_EQ(0, vfio_reset(client->vfio));
	record.head->address = htole64(record.address);
	patch_seal(&record);
	ASSERT_EQ(0, patch_payload(&self->stream, PAGES + 1, "state", 5));
	EXPECT_EQ(-EINVAL, client_load(client, &self->stream));
	expect_last_error(_metadata, self->device,
			  "bad-state record=5 type=STATE field=size errno=22");
	ASSERT_EQ(0, vfio_reset(client->vfio));
	ASSERT_EQ(0, fault_set(self->mdev, "refuse_record", "0"));
	EXPECT_EQ(-EIO, client_load(client, &self->stream));
}

/* A guest that is always faster than the migration. */
TEST_F(fault, there_is_always_more)
{
	struct buffer again = { 0 };
	uint64_t least = ~0ULL, pending, size;
	unsigned int i;

	ASSERT_EQ(0, fault_set(self->mdev, "never_converge", "1"));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, client_pending(self->client, &pending));
		ASSERT_EQ(0, feature_data_size(&self->device->vfio, &size));
		least = pending < least ? pending : least;
		least = size < least ? size : least;
		/* There is something behind the number, too. */
		ASSERT_LT(0, client_fetch(self->client, &again));
	}
	/* More than any downtime that a test allows. */
	EXPECT_LT(1024 * 1024, least);
	/* It can be stopped all the same, and is whole then. */
	ASSERT_EQ(0, client_save(self->client, &again));
	EXPECT_EQ(0, stream_check(&again, BENCH_MEMORY));
	EXPECT_EQ(0, client_load(&self->bystander->client, &again));
	expect_pattern(_metadata, self->bystander, PAGES, SEED);
	buffer_free(&again);

	ASSERT_EQ(0, fault_set(self->mdev, "never_converge", "0"));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_drain(self->client, &again));
	ASSERT_EQ(0, client_pending(self->client, &pending));
	EXPECT_EQ(0, pending);
	buffer_free(&again);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
