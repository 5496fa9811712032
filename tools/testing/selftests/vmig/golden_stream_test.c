// SPDX-License-Identifier: GPL-2.0
/*
 * Streams of devices of the past. They are files, and are loaded for ever by
 * devices of the same major version, and refused by name by others: whoever
 * changes the format finds out here.
 *
 * golden_stream_test --write FOLDER writes them anew. That is for a new format
 * with new names; the old files stay as they are.
 */
#include <string.h>

#include "lib/golden.h"
#include "lib/stream.h"
#include "test.h"

FIXTURE(golden)
{
	struct bench bench;
	struct device *device;
	struct buffer stream;
	struct buffer now;
};

PROTOCOL_VARIANTS(golden);

FIXTURE_SETUP(golden)
{
	test_open_by(_metadata, &self->bench, 1, variant->protocol);
	self->device = &self->bench.device[0];
}

FIXTURE_TEARDOWN(golden)
{
	buffer_free(&self->stream);
	buffer_free(&self->now);
	test_close(_metadata, &self->bench);
}

/* Loaded anew, cut in this way. */
static void expect_loads(struct __test_metadata *_metadata,
			 const struct golden *golden,
			 struct device *device,
			 const struct buffer *stream, size_t chunk)
{
	struct client *client = &device->client;
	const char *wrong;

	ASSERT_EQ(0, client_set_state(client, MIG_RESUMING));
	ASSERT_EQ(0, client_feed(client, stream->data, stream->length, chunk)) {
		TH_LOG("%s", golden->file);
	}
	ASSERT_EQ(0, client_set_state(client, MIG_RUNNING));
	wrong = golden_check(golden, device);
	EXPECT_EQ(NULL, wrong) {
		TH_LOG("%s: %s", golden->file, wrong);
	}
}

static void expect_refused(struct __test_metadata *_metadata,
			   const struct golden *golden,
			   struct device *device,
			   const struct buffer *stream, size_t chunk)
{
	struct client *client = &device->client;

	ASSERT_EQ(0, client_set_state(client, MIG_RESUMING));
	EXPECT_EQ(-ERANGE, client_feed(client, stream->data,
				       stream->length, chunk)) {
		TH_LOG("%s", golden->file);
	}
	expect_last_error(_metadata, device, golden->refused);
	ASSERT_EQ(0, vfio_reset(&device->vfio));
}

/*
 * Trap 10 (Documentation/traps.rst): what the guest wrote to PCI config is in
 * the stream, and nowhere else.
 */
TEST_F(golden, stream_loads_or_is_refused_by_name)
{
	static const size_t chunks[] = { 1024 * 1024, 4097, 1 };
	unsigned int i;
	size_t j;

	for (i = 0; i < golden_count; i++) {
		ASSERT_EQ(0, golden_read(goldens[i].file, &self->stream)) {
			TH_LOG("%s: not found", goldens[i].file);
		}
		for (j = 0; j < ARRAY_SIZE(chunks); j++) {
			if (goldens[i].refused)
				expect_refused(_metadata, &goldens[i],
					       self->device, &self->stream,
					       chunks[j]);
			else
				expect_loads(_metadata, &goldens[i],
					     self->device, &self->stream,
					     chunks[j]);
		}
	}
}

/* A change of what is written is no accident. */
TEST_F(golden, stream_is_what_is_written_today)
{
	unsigned int i;

	for (i = 0; i < golden_count; i++) {
		if (!goldens[i].make)
			continue;
		ASSERT_EQ(0, golden_read(goldens[i].file, &self->stream));
		ASSERT_EQ(0, golden_make(&goldens[i], self->device,
					 &self->now));
		ASSERT_EQ(self->stream.length, self->now.length) {
			TH_LOG("%s", goldens[i].file);
		}
		EXPECT_EQ(0, memcmp(self->stream.data, self->now.data,
				    self->now.length)) {
			TH_LOG("%s", goldens[i].file);
		}
	}
}

/* Those that are one session each are sound to this test's own reader. */
TEST_F(golden, stream_is_sound)
{
	unsigned int i;

	for (i = 0; i < golden_count; i++) {
		ASSERT_EQ(0, golden_read(goldens[i].file, &self->stream));
		EXPECT_GT(16384, self->stream.length);
		if (!strstr(goldens[i].file, "abandoned"))
			EXPECT_EQ(0, stream_check(&self->stream,
						  BENCH_MEMORY));
	}
}

static int write_all(const char *folder)
{
	const char *missing = bench_missing();
	struct bench bench;
	int ret;

	if (missing)
		ksft_exit_skip("%s\n", missing);
	ret = bench_open(&bench, 1, &protocol_v1);
	if (!ret)
		ret = golden_write_all(&bench.device[0], folder);
	bench_close(&bench);
	if (ret)
		fprintf(stderr, "%s: %s\n", folder, strerror(-ret));
	return ret ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--write"))
		return write_all(argv[2]);
	return test_main(argc, argv);
}
