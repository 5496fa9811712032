// SPDX-License-Identifier: GPL-2.0
/*
 * What documents promise, for every pair of devices: what they accept is loaded
 * whole and saved again as the same bytes, and what they refuse is refused, with
 * good reason: a device that loads it all the same fails, or becomes another one.
 */
#include "judged.h"

#include <errno.h>

#include "lib/engine.h"
#include "lib/fault.h"
#include "lib/stream.h"

#define PARENT		"mcopy0"
#define OPTIONS		"parents=1 capacity=2048"
#define PROFILE		"migration/profile"
#define SCRATCH		0x1b1b1b1bU
#define RING		0x10000
/* Self line, the last page, state. */
#define RECORDS		3

/* One of each kind, and what is at the end of a range. */
static const struct choice {
	const char *profile, *queues, *entries;
} choices[] = {
	{ "p1", NULL, NULL }, { "p2", NULL, NULL },
	{ "p3", "4", "1024" }, { "p3", "1", "4096" }, { "p3", "1", "1024" },
	{ "p3", "2", "4096" }, { "p3", "2", "2" }, { "p3", "3", "1024" },
	{ "p3", "4", "2" },
};

#define CHOICES		ARRAY_SIZE(choices)

/* Of the same size by different ways, and of others. */
static const struct size {
	const char *type, *aggregator;
} sizes[] = {
	{ "mcopy-m1", "1" }, { "mcopy-m1", "16" }, { "mcopy-m16", "1" },
	{ "mcopy-m1", "3" },
};

#define SIZES		ARRAY_SIZE(sizes)

static const char * const types[] = {
	"mcopy-m1", "mcopy-m16", "mcopy-m256", "mcopy-m1024",
};

/* What the guest sees: all registers, and how much memory there is. */
struct sight {
	uint32_t reg[MCOPY_QUEUE(MCOPY_QUEUES_MAX, 0) / 4];
	uint64_t bar;
};

/**
 * struct pair - a source and those that are to take its state
 * @source:	the one
 * @target:	the other
 * @sight:	of the source, as it was saved
 * @stream:	of the source
 * @again:	of the target
 * @outcomes:	verdicts, counted
 * @failed:	streams that were refused, and not loaded without the judge
 * @differed:	those that were, by what was not the source any more
 */
struct pair {
	struct device source, target;
	struct sight sight;
	struct buffer stream, again;
	unsigned int outcomes[VMIG_INCOMPATIBLE + 1];
	unsigned int failed, differed;
};

FIXTURE(promises)
{
	struct pair pair;
};

FIXTURE_SETUP(promises)
{
	const int ret = bench_reload(OPTIONS);

	if (ret == -EBUSY)
		SKIP(return, "somebody uses the modules");
	ASSERT_EQ(0, ret);
	self->pair.source.client.protocol = &protocol_v2;
	self->pair.target.client.protocol = &protocol_v2;
}

FIXTURE_TEARDOWN(promises)
{
	EXPECT_EQ(0, device_destroy(&self->pair.source));
	EXPECT_EQ(0, device_destroy(&self->pair.target));
	buffer_free(&self->pair.stream);
	buffer_free(&self->pair.again);
	EXPECT_EQ(0, bench_unload());
}

static void become(struct __test_metadata *_metadata, const struct mdev *mdev,
		   const struct choice *choice)
{
	ASSERT_EQ(0, mdev_write(mdev, PROFILE, choice->profile));
	if (!choice->queues)
		return;
	/* By way of what goes with any number of queues. */
	ASSERT_EQ(0, mdev_write(mdev, ENGINE_RING_MAX, "2"));
	ASSERT_EQ(0, mdev_write(mdev, ENGINE_NUM_QUEUES, choice->queues));
	ASSERT_EQ(0, mdev_write(mdev, ENGINE_RING_MAX, choice->entries));
}

static void make(struct __test_metadata *_metadata, struct mdev *mdev,
		 const struct size *size)
{
	ASSERT_EQ(0, mdev_create(mdev, PARENT, size->type));
	ASSERT_EQ(0, mdev_write(mdev, "aggregator", size->aggregator));
}

static uint32_t get(const struct vfio *vfio, uint32_t reg)
{
	uint32_t value = ~0U;

	mcopy_get(vfio, reg, &value);
	return value;
}

static void look(struct __test_metadata *_metadata, const struct vfio *vfio,
		 struct sight *sight)
{
	struct vfio_region region;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sight->reg); i++)
		ASSERT_EQ(0, mcopy_get(vfio, 4 * i, &sight->reg[i]));
	ASSERT_EQ(0, vfio_region(vfio, MCOPY_BAR_MEMORY, &region));
	sight->bar = region.size;
}

/* The last queue there is, with as many entries as it can have. */
static void use_queue(struct __test_metadata *_metadata,
		      const struct vfio *vfio)
{
	const uint32_t count = get(vfio, MCOPY_REG_QUEUES);
	const uint32_t most = get(vfio, MCOPY_REG_RING_MAX);
	const uint32_t queue = MCOPY_QUEUE(count ? count - 1 : 0, 0);

	ASSERT_EQ(0, mcopy_set(vfio, queue + MCOPY_QUEUE_RING, RING));
	ASSERT_EQ(0, mcopy_set(vfio, queue + MCOPY_QUEUE_COMPLETIONS, RING));
	ASSERT_EQ(0, mcopy_set(vfio, queue + MCOPY_QUEUE_ENTRIES,
			       most ? most : MCOPY_ENTRIES_MAX));
	ASSERT_EQ(0, mcopy_set(vfio, queue + MCOPY_QUEUE_CONTROL,
			       MCOPY_QUEUE_ENABLE));
	EXPECT_EQ(MCOPY_QUEUE_ENABLE, get(vfio, queue + MCOPY_QUEUE_CONTROL));
	EXPECT_EQ(MCOPY_ERROR_NONE, get(vfio, queue + MCOPY_QUEUE_ERROR));
}

/* As a guest that makes use of all that its device has. */
static void use(struct __test_metadata *_metadata, const struct vfio *vfio)
{
	const uint64_t end = (uint64_t)get(vfio, MCOPY_REG_CAPACITY) *
			     MCOPY_UNIT_SIZE;

	if (get(vfio, MCOPY_REG_FEATURES) & MCOPY_FEATURE_FILL)
		ASSERT_EQ(MCOPY_RESULT_OK, mcopy_fill(vfio, end - 16, 8, 1));
	ASSERT_EQ(0, mcopy_memory_write(vfio, end - 8, "the end", 8));
	ASSERT_EQ(0, mcopy_set(vfio, MCOPY_REG_SCRATCH, SCRATCH));
	use_queue(_metadata, vfio);
}

static void save(struct __test_metadata *_metadata, struct pair *pair)
{
	struct device *source = &pair->source;
	struct record record;

	ASSERT_EQ(0, device_open(source));
	use(_metadata, &source->vfio);
	pair->stream.length = 0;
	ASSERT_EQ(0, client_save(&source->client, &pair->stream));
	look(_metadata, &source->vfio, &pair->sight);
	device_close(source);
	EXPECT_EQ(RECORDS, stream_find(&pair->stream, VMIG_RECORD_END, 0,
				       &record));
}

/* The first record, from one on, in which they differ; -1 if there is none. */
static int difference(const struct buffer *one, const struct buffer *other,
		      int first)
{
	struct record a, b;
	int number;

	for (number = first; number < RECORDS; number++) {
		if (stream_record(one, number, &a) ||
		    stream_record(other, number, &b) || a.type != b.type ||
		    a.address != b.address || a.length != b.length ||
		    memcmp(a.payload, b.payload, a.length))
			return number;
	}
	return stream_count(other, VMIG_RECORD_END) ? -1 : number;
}

/* What has become of the source in a target that has loaded it. */
static bool is_whole(struct __test_metadata *_metadata, struct pair *pair,
		     int first)
{
	struct device *target = &pair->target;
	struct sight sight;
	int record;

	look(_metadata, &target->vfio, &sight);
	pair->again.length = 0;
	EXPECT_EQ(0, client_save(&target->client, &pair->again));
	record = difference(&pair->stream, &pair->again, first);
	return record < 0 && sight.bar == pair->sight.bar &&
	       !memcmp(sight.reg, pair->sight.reg, sizeof(sight.reg));
}

/*
 * Load it, save it again, and compare the records: all of them, or all but what
 * the device says of itself, since a type of another name may have its size.
 */
static void expect_whole(struct __test_metadata *_metadata, struct pair *pair,
			 int first)
{
	struct device *target = &pair->target;

	ASSERT_EQ(0, device_open(target));
	EXPECT_EQ(0, client_load(&target->client, &pair->stream));
	EXPECT_TRUE(is_whole(_metadata, pair, first));
	device_close(target);
}

static void expect_refused(struct __test_metadata *_metadata,
			   struct pair *pair, enum vmig_reason reason)
{
	const char *name = vmig_reason_name(reason);
	struct device *target = &pair->target;
	char text[256];

	ASSERT_EQ(0, device_open(target));
	EXPECT_EQ(vmig_reason_errno(reason),
		  client_load(&target->client, &pair->stream));
	device_close(target);
	ASSERT_EQ(0, mdev_read(&target->mdev, "migration/last_error", text,
			       sizeof(text)));
	EXPECT_EQ(0, strncmp(text, name, strlen(name))) {
		TH_LOG("%s, not %s", text, name);
	}
}

/* It was refused, and without the judge it is not the source, whatever it is. */
static void expect_no_use(struct __test_metadata *_metadata, struct pair *pair)
{
	struct device *target = &pair->target;

	ASSERT_EQ(0, fault_set(&target->mdev, "ignore_self", "1"));
	ASSERT_EQ(0, device_open(target));
	if (client_load(&target->client, &pair->stream)) {
		EXPECT_EQ(MIG_RESUMING, client_state(&target->client));
		pair->failed++;
	} else {
		EXPECT_FALSE(is_whole(_metadata, pair, 1)) {
			TH_LOG("refused, and is the same device all the same");
		}
		pair->differed++;
	}
	device_close(target);
	ASSERT_EQ(0, fault_set(&target->mdev, "ignore_self", "0"));
}

static bool same_type(const struct judged *judged)
{
	return !strcmp(loaded_document_get(judged->source)->self.type,
		       loaded_document_get(judged->target)->self.type);
}

static void try_pair(struct __test_metadata *_metadata,
		     struct pair *pair)
{
	const struct mdev *target = &pair->target.mdev;
	struct judged judged = { 0 };
	struct vmig_verdict *verdict = &judged.verdict;

	judge_device(_metadata, &judged, &pair->source.mdev, target);
	pair->outcomes[verdict->outcome]++;
	switch (verdict->outcome) {
	case VMIG_INCOMPATIBLE:
		expect_refused(_metadata, pair, verdict->finding.reason);
		expect_no_use(_metadata, pair);
		break;
	case VMIG_COMPATIBLE_AFTER_CONFIG:
		expect_refused(_metadata, pair, VMIG_REASON_NOT_CONFIGURED);
		expect_no_use(_metadata, pair);
		judged_apply(_metadata, verdict, target);
		/* fall through */
	case VMIG_COMPATIBLE:
		expect_whole(_metadata, pair, same_type(&judged) ? 0 : 1);
		break;
	}
	judged_free(&judged);
}

static void report(struct __test_metadata *_metadata,
		   const struct pair *pair)
{
	TH_LOG("loaded whole: %u, and %u when they were set up",
	       pair->outcomes[VMIG_COMPATIBLE],
	       pair->outcomes[VMIG_COMPATIBLE_AFTER_CONFIG]);
	TH_LOG("of those refused, without the judge: %u failed, %u differed",
	       pair->failed, pair->differed);
}

TEST_F(promises, devices_do_what_their_documents_say)
{
	struct pair *pair = &self->pair;
	size_t i, j;

	ASSERT_EQ(0, mdev_create(&pair->source.mdev, PARENT, "mcopy-m1"));
	ASSERT_EQ(0, mdev_create(&pair->target.mdev, PARENT, "mcopy-m1"));
	for (i = 0; i < CHOICES; i++) {
		become(_metadata, &pair->source.mdev, &choices[i]);
		save(_metadata, pair);
		for (j = 0; j < CHOICES; j++) {
			become(_metadata, &pair->target.mdev, &choices[j]);
			try_pair(_metadata, pair);
		}
	}
	report(_metadata, pair);
	EXPECT_EQ(CHOICES, pair->outcomes[VMIG_COMPATIBLE]);
	/* Of p1 and p2 all others; of p3 p1 and p2 the one that is default. */
	EXPECT_EQ(2 * (CHOICES - 1) + 2,
		  pair->outcomes[VMIG_COMPATIBLE_AFTER_CONFIG]);
	/*
	 * Another number of queues is another state, and fails; 16 pairs have the
	 * same. Half of these go down: to less of a ring, or without commands.
	 */
	EXPECT_EQ(56 + 8, pair->failed);
	EXPECT_EQ(8, pair->differed);
}

TEST_F(promises, sizes_do_what_their_documents_say)
{
	struct pair *pair = &self->pair;
	size_t i, j;

	for (i = 0; i < SIZES; i++) {
		make(_metadata, &pair->source.mdev, &sizes[i]);
		save(_metadata, pair);
		for (j = 0; j < SIZES; j++) {
			make(_metadata, &pair->target.mdev, &sizes[j]);
			try_pair(_metadata, pair);
			ASSERT_EQ(0, device_destroy(&pair->target));
		}
		ASSERT_EQ(0, device_destroy(&pair->source));
	}
	report(_metadata, pair);
	/* Two of them are the same size. */
	EXPECT_EQ(SIZES + 2, pair->outcomes[VMIG_COMPATIBLE]);
	/* The last page has no place in a smaller one; a larger one is larger. */
	EXPECT_EQ(5, pair->failed);
	EXPECT_EQ(5, pair->differed);
}

/* The recipe makes a device that takes the source as it is. */
static void try_recipe(struct __test_metadata *_metadata,
		       struct pair *pair, const char *type)
{
	struct device *target = &pair->target;
	struct judged of_type = { 0 }, of_device = { 0 };

	judge_type(_metadata, &of_type, &pair->source.mdev, PARENT, type);
	pair->outcomes[of_type.verdict.outcome]++;
	ASSERT_EQ(0, mdev_create(&target->mdev, PARENT, type));
	judged_apply(_metadata, &of_type.verdict, &target->mdev);
	judge_device(_metadata, &of_device, &pair->source.mdev, &target->mdev);
	/* Without a recipe it is what it is by default. */
	if (of_type.verdict.outcome == VMIG_COMPATIBLE) {
		EXPECT_EQ(VMIG_COMPATIBLE, of_device.verdict.outcome);
		expect_whole(_metadata, pair, 1);
	} else {
		EXPECT_EQ(VMIG_INCOMPATIBLE, of_device.verdict.outcome);
		expect_refused(_metadata, pair,
			       of_device.verdict.finding.reason);
		expect_no_use(_metadata, pair);
	}
	judged_free(&of_type);
	judged_free(&of_device);
	ASSERT_EQ(0, mdev_remove(&target->mdev));
}

TEST_F(promises, types_make_what_their_documents_say)
{
	struct pair *pair = &self->pair;
	size_t i, j, k;

	for (i = 0; i < SIZES; i++) {
		make(_metadata, &pair->source.mdev, &sizes[i]);
		for (j = 0; j < CHOICES; j++) {
			become(_metadata, &pair->source.mdev, &choices[j]);
			save(_metadata, pair);
			for (k = 0; k < ARRAY_SIZE(types); k++)
				try_recipe(_metadata, pair, types[k]);
		}
		ASSERT_EQ(0, device_destroy(&pair->source));
	}
	report(_metadata, pair);
	/* m1 makes all of them, m16 those of 16. */
	EXPECT_EQ(CHOICES * (4 + 2), pair->outcomes[VMIG_COMPATIBLE]);
	/* The others fail by the number of queues, or are too large. */
	EXPECT_EQ((CHOICES - 2) * 10, pair->failed);
	EXPECT_EQ(2 * 10, pair->differed);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
