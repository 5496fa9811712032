// SPDX-License-Identifier: GPL-2.0
/*
 * The streams of devices of the past, as the kselftests have them: the pure
 * reader takes each, however it is cut.
 */
#include "unit.h"
#include "recorder.h"
#include "selfline.h"

#define MEMORY		(1024 * 1024)
#define PAGE		4096
#define FACTOR		0x9e3779b97f4a7c15ULL
#define SELF_LINE(ver)	"abi=1;model=vmig/mcopy;api=vfio-pci;"		\
			"pci.vendor=1234;pci.device=6d63;type=mcopy-m1;" \
			"ver=" ver ";capacity=1"
#define SELF_LINE_P3	"abi=1;model=vmig/mcopy;api=vfio-pci;"		\
			"pci.vendor=1234;pci.device=6d63;type=mcopy-m1;" \
			"ver=3.3.0;profile=p3;capacity=1;"		\
			"feat=crc,dma,fill,queues;"			\
			"p.num_queues=4;p.ring_max=1024"

/* What it leaves behind: pages of a pattern, and how many sessions ended. */
static const struct {
	const char *file;
	const char *self;
	unsigned int records;
	struct {
		unsigned int number;
		u64 seed;
	} pages[2];
} goldens[] = {
	{ "v1-mcopy-1.0.0-m1.stream",
	  SELF_LINE("1.0.0"), 5, { { 0, 1 }, { 255, 2 } } },
	{ "v1-mcopy-1.0.0-m1-precopy.stream",
	  SELF_LINE("1.0.0"), 6, { { 7, 4 }, { 9, 5 } } },
	{ "v1-mcopy-1.0.0-m1-abandoned.stream",
	  SELF_LINE("1.0.0"), 6, { { 2, 7 } } },
	{ "v1-mcopy-2.0.0-m1.stream",
	  SELF_LINE("2.0.0"), 5, { { 0, 1 }, { 255, 2 } } },
	{ "v1-mcopy-2.0.0-m1-precopy.stream",
	  SELF_LINE("2.0.0"), 6, { { 7, 4 }, { 9, 5 } } },
	{ "v1-mcopy-2.0.0-m1-abandoned.stream",
	  SELF_LINE("2.0.0"), 6, { { 2, 7 } } },
	{ "v1-mcopy-2.0.0-m1-parked.stream",
	  SELF_LINE("2.0.0"), 4, { { 3, 8 } } },
	{ "v2-mcopy-2.0.0-m1.stream",
	  SELF_LINE("2.0.0"), 5, { { 0, 1 }, { 255, 2 } } },
	{ "v2-mcopy-2.0.0-m1-precopy.stream",
	  SELF_LINE("2.0.0"), 6, { { 7, 4 }, { 9, 5 } } },
	{ "v2-mcopy-2.0.0-m1-abandoned.stream",
	  SELF_LINE("2.0.0"), 6, { { 2, 7 } } },
	{ "v2-mcopy-2.0.0-m1-parked.stream",
	  SELF_LINE("2.0.0"), 4, { { 3, 8 } } },
	{ "v2-mcopy-3.3.0-m1.stream",
	  SELF_LINE_P3, 5, { { 0, 1 }, { 255, 2 } } },
	{ "v2-mcopy-3.3.0-m1-precopy.stream",
	  SELF_LINE_P3, 6, { { 7, 4 }, { 9, 5 } } },
	{ "v2-mcopy-3.3.0-m1-abandoned.stream",
	  SELF_LINE_P3, 6, { { 2, 7 } } },
	{ "v2-mcopy-3.3.0-m1-parked.stream",
	  SELF_LINE_P3, 4, { { 3, 8 } } },
};

struct file {
	u8 *bytes;
	size_t length;
};

static struct file read_file(const char *name)
{
	struct file file = {};
	char path[1024];
	FILE *from;

	snprintf(path, sizeof(path), "%s/%s", GOLDEN_FOLDER, name);
	from = fopen(path, "r");
	if (!from)
		fail_msg("%s is not there", path);
	file.bytes = malloc(MEMORY);
	if (!file.bytes)
		abort();
	file.length = fread(file.bytes, 1, MEMORY, from);
	fclose(from);
	return file;
}

static void fill_page(u8 *memory, unsigned int number, u64 seed)
{
	const u64 at = (u64)number * PAGE;
	u64 i, word;
	unsigned int byte;

	for (i = at; i < at + PAGE; i += sizeof(word)) {
		word = (seed + i) * FACTOR;
		for (byte = 0; byte < sizeof(word); byte++)
			memory[i + byte] = word >> (8 * byte);
	}
}

/* It is read, and written as it was. */
static void assert_self_line(const char *line)
{
	static struct vmig_self_store store;
	char again[VMIG_SELF_MAX + 1];
	struct vmig_self self;
	const char *field;

	assert_int_equal(vmig_self_parse(&self, &store, line, strlen(line),
					 &field), VMIG_REASON_NONE);
	assert_true(vmig_self_format(&self, again, sizeof(again)) > 0);
	assert_string_equal(again, line);
}

static void assert_golden(unsigned int number,
			  const struct recorder *recorder)
{
	u8 *expected = calloc(1, MEMORY);
	unsigned int i;

	if (!expected)
		abort();
	for (i = 0; i < ARRAY_SIZE(goldens[number].pages); i++)
		if (goldens[number].pages[i].seed)
			fill_page(expected, goldens[number].pages[i].number,
				  goldens[number].pages[i].seed);
	assert_memory_equal(expected, recorder->memory, MEMORY);
	assert_int_equal(recorder->self.length, strlen(goldens[number].self));
	assert_memory_equal(recorder->self.bytes, goldens[number].self,
			    strlen(goldens[number].self));
	assert_self_line(goldens[number].self);
	assert_int_equal(recorder->accepted.entries, goldens[number].records);
	assert_int_equal(recorder->ends, 1);
	free(expected);
}

static void reader_takes_golden_streams(void **state)
{
	static const size_t steps[] = { 1, 7, PAGE, MEMORY };
	struct recorder recorder;
	unsigned int i, j;

	(void)state;
	recorder_init(&recorder, MEMORY);
	for (i = 0; i < ARRAY_SIZE(goldens); i++) {
		struct file file = read_file(goldens[i].file);

		for (j = 0; j < ARRAY_SIZE(steps); j++) {
			recorder_restart(&recorder);
			assert_int_equal(0, recorder_feed_steps(&recorder,
								file.bytes,
								file.length,
								steps[j]));
			assert_int_equal(0, vmig_reader_finish(&recorder.reader));
			assert_golden(i, &recorder);
		}
		free(file.bytes);
	}
	recorder_free(&recorder);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(reader_takes_golden_streams),
};

UNIT_MAIN(tests)
