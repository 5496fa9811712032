// SPDX-License-Identifier: GPL-2.0
/*
 * The worked examples of compatibility documents (tools/testing/unit/examples), by
 * devices and types that there are: an old host and a new one, sizes that a type
 * makes or can't, a condition, and a device of another driver. Each line says what
 * the judge says, as in expected.txt, and then the device does so.
 *
 * Of the 19 lines 16 have their like here. These can't be had from mcopy and tally:
 *
 * - ex3_nic_source2 (a source that breaks the target's condition): who has the
 *   condition can't be told to break it. See conditions_hold_for_sources_too.
 * - ex3_nic_source7 (a parameter that the target does not know): mcopy's came with
 *   the version, which is refused before.
 * - ex4_nvme_vf with itself (no mdev, and a parameter that is a token): all that
 *   there is here are mdevs, whose parameters are numbers.
 */
#include "expected.h"
#include "judged.h"

#include <errno.h>

#include "lib/engine.h"
#include "lib/module.h"

/* Two parents, one of which plays an old host. */
#define HOSTS		"parents=2 capacity=2048 max_profile=p1,p3"
#define OLD_HOST	"mcopy0"
#define NEW_HOST	"mcopy1"
#define COUNTER		"tally"

/* A source, who is to take it, and how many lines were seen to be so. */
struct scene {
	struct device source, target;
	struct buffer stream;
	unsigned int lines;
};

FIXTURE(examples)
{
	struct scene scene;
};

FIXTURE_SETUP(examples)
{
	const int ret = bench_reload(HOSTS);

	if (ret == -EBUSY)
		SKIP(return, "somebody uses the modules");
	ASSERT_EQ(0, ret);
	self->scene.source.client.protocol = &protocol_v2;
	self->scene.target.client.protocol = &protocol_v2;
}

FIXTURE_TEARDOWN(examples)
{
	EXPECT_EQ(0, device_destroy(&self->scene.source));
	EXPECT_EQ(0, device_destroy(&self->scene.target));
	buffer_free(&self->scene.stream);
	EXPECT_EQ(0, bench_unload());
}

/* A name for people, and what makes it; NULL is what it is by default. */
struct kind {
	const char *name, *parent, *type;
	const char *aggregator, *profile, *queues, *entries;
};

static void set(struct __test_metadata *_metadata, const struct mdev *mdev,
		const char *attribute, const char *value)
{
	if (value)
		ASSERT_EQ(0, mdev_write(mdev, attribute, value)) {
			TH_LOG("%s = %s", attribute, value);
		}
}

static void make(struct __test_metadata *_metadata, struct device *device,
		 const struct kind *kind)
{
	ASSERT_EQ(0, device_destroy(device));
	ASSERT_EQ(0, mdev_create(&device->mdev, kind->parent, kind->type));
	set(_metadata, &device->mdev, "aggregator", kind->aggregator);
	set(_metadata, &device->mdev, "migration/profile", kind->profile);
	set(_metadata, &device->mdev, ENGINE_NUM_QUEUES, kind->queues);
	set(_metadata, &device->mdev, ENGINE_RING_MAX, kind->entries);
}

/* Its last bytes, so that it is of some use what it is loaded into. */
static void save(struct __test_metadata *_metadata, struct device *source,
		 struct buffer *stream)
{
	uint32_t units;

	ASSERT_EQ(0, device_open(source));
	ASSERT_EQ(0, mcopy_get(&source->vfio, MCOPY_REG_CAPACITY, &units));
	ASSERT_EQ(0, mcopy_memory_write(&source->vfio, (uint64_t)units *
					MCOPY_UNIT_SIZE - 8, "the end", 8));
	stream->length = 0;
	ASSERT_EQ(0, client_save(&source->client, stream));
	device_close(source);
}

static void expect_line(struct __test_metadata *_metadata,
			const struct vmig_verdict *verdict, const char *source,
			const char *target, const char *expected)
{
	char text[400];

	verdict_line(verdict, text, sizeof(text));
	TH_LOG("%s -> %s: %s", source, target, text);
	EXPECT_STREQ(expected, text);
}

/* The device, as it is: does it take the stream? */
static void expect_load(struct __test_metadata *_metadata,
			struct device *target, const struct buffer *stream,
			enum vmig_reason reason)
{
	ASSERT_EQ(0, device_open(target));
	EXPECT_EQ(vmig_reason_errno(reason),
		  client_load(&target->client, stream));
	device_close(target);
}

/* A device that exists. */
static void try_device(struct __test_metadata *_metadata,
		       struct scene *scene,
		       const struct kind *source, const struct kind *target,
		       const char *expected)
{
	struct judged judged = { 0 };
	struct vmig_verdict *verdict = &judged.verdict;

	make(_metadata, &scene->source, source);
	make(_metadata, &scene->target, target);
	judge_device(_metadata, &judged, &scene->source.mdev,
		     &scene->target.mdev);
	expect_line(_metadata, verdict, source->name, target->name, expected);
	save(_metadata, &scene->source, &scene->stream);
	if (verdict->outcome == VMIG_COMPATIBLE_AFTER_CONFIG) {
		expect_load(_metadata, &scene->target, &scene->stream,
			    VMIG_REASON_NOT_CONFIGURED);
		judged_apply(_metadata, verdict, &scene->target.mdev);
	}
	expect_load(_metadata, &scene->target, &scene->stream,
		    verdict->finding.reason);
	judged_free(&judged);
	scene->lines++;
}

/* One that does not, and is made as its type's document says. */
static void try_type(struct __test_metadata *_metadata,
		     struct scene *scene, const struct kind *source,
		     const struct kind *target, const char *expected)
{
	struct judged judged = { 0 };
	struct vmig_verdict *verdict = &judged.verdict;

	make(_metadata, &scene->source, source);
	judge_type(_metadata, &judged, &scene->source.mdev, target->parent,
		   target->type);
	expect_line(_metadata, verdict, source->name, target->name, expected);
	save(_metadata, &scene->source, &scene->stream);
	make(_metadata, &scene->target, target);
	judged_apply(_metadata, verdict, &scene->target.mdev);
	if (verdict->outcome == VMIG_COMPATIBLE) {
		expect_load(_metadata, &scene->target, &scene->stream,
			    VMIG_REASON_NONE);
	} else {
		ASSERT_EQ(0, device_open(&scene->target));
		EXPECT_GT(0, client_load(&scene->target.client, &scene->stream));
		device_close(&scene->target);
	}
	judged_free(&judged);
	scene->lines++;
}

/* By four attributes. An old device has one queue, and no word for that. */
#define MADE(aggregator, profile, queues, entries)			\
	"compatible {'aggregator': '" aggregator "', "			\
	"'migration/profile': '" profile "', "				\
	"'migration/param_num_queues': '" queues "', "			\
	"'migration/param_ring_max': '" entries "'}"

/* For each entry, in the order of profiles. */
#define REFUSED(p1, p2, p3)						\
	"incompatible [(0, '" p1 "'), (1, '" p2 "'), (2, '" p3 "')]"
#define TOO_OLD	"version-too-old"
#define TOO_NEW	"version-too-new"

static const struct kind m1 = {
	.name = "mcopy-m1", .parent = NEW_HOST, .type = "mcopy-m1",
};

static const struct kind m16 = {
	.name = "mcopy-m16", .parent = NEW_HOST, .type = "mcopy-m16",
};

static const struct kind m256 = {
	.name = "mcopy-m256", .parent = NEW_HOST, .type = "mcopy-m256",
};

static const struct kind m1024 = {
	.name = "mcopy-m1024", .parent = NEW_HOST, .type = "mcopy-m1024",
};

/* Example 1: two devices of one size, by different types; UUID2 is the old one. */
TEST_F(examples, up_but_not_down)
{
	static const struct kind uuid1 = {
		.name = "uuid1", .parent = NEW_HOST, .type = "mcopy-m16",
	};
	static const struct kind uuid2 = {
		.name = "uuid2", .parent = OLD_HOST, .type = "mcopy-m1",
		.aggregator = "16",
	};

	try_device(_metadata, &self->scene, &uuid2, &uuid1,
		   "compatible-after-config {'migration/profile': 'p1'}");
	try_device(_metadata, &self->scene, &uuid1, &uuid2,
		   "incompatible [(0, 'version-too-new')]");
	EXPECT_EQ(2, self->scene.lines);
}

/* Example 2: 256 is some number of each type's units, but for the largest. */
TEST_F(examples, type_is_chosen_by_capacity)
{
	static const struct kind source = {
		.name = "capacity256", .parent = OLD_HOST, .type = "mcopy-m16",
		.aggregator = "16",
	};

	try_type(_metadata, &self->scene, &source, &m1,
		 MADE("256", "p1", "1", "4096"));
	try_type(_metadata, &self->scene, &source, &m16,
		 MADE("16", "p1", "1", "4096"));
	try_type(_metadata, &self->scene, &source, &m256,
		 MADE("1", "p1", "1", "4096"));
	try_type(_metadata, &self->scene, &source, &m1024,
		 REFUSED("capacity-mismatch", TOO_OLD, TOO_OLD));
	EXPECT_EQ(4, self->scene.lines);
}

/* And one that is no multiple of the second type's. */
TEST_F(examples, type_makes_whole_multiples)
{
	static const struct kind source = {
		.name = "capacity24", .parent = OLD_HOST, .type = "mcopy-m1",
		.aggregator = "24",
	};

	try_type(_metadata, &self->scene, &source, &m1,
		 MADE("24", "p1", "1", "4096"));
	try_type(_metadata, &self->scene, &source, &m16,
		 REFUSED("create-not-integral", TOO_OLD, TOO_OLD));
	try_type(_metadata, &self->scene, &source, &m256,
		 REFUSED("capacity-mismatch", TOO_OLD, TOO_OLD));
	try_type(_metadata, &self->scene, &source, &m1024,
		 REFUSED("capacity-mismatch", TOO_OLD, TOO_OLD));
	EXPECT_EQ(4, self->scene.lines);
}

/*
 * Example 3: with three queues or more a ring has 1024 entries at most; the old
 * device has one queue, and no word for that.
 */
TEST_F(examples, condition_allows_combinations)
{
	static const struct kind many = {
		.name = "4 queues, 1024 entries", .parent = NEW_HOST,
		.type = "mcopy-m1",
	};
	static const struct kind few = {
		.name = "2 queues, 4096 entries", .parent = NEW_HOST,
		.type = "mcopy-m1", .queues = "2", .entries = "4096",
	};
	static const struct kind old = {
		.name = "old", .parent = OLD_HOST, .type = "mcopy-m1",
	};
	static const struct kind old_type = {
		.name = "mcopy-m1 of the old host", .parent = OLD_HOST,
		.type = "mcopy-m1",
	};

	try_type(_metadata, &self->scene, &many, &m1,
		 MADE("1", "p3", "4", "1024"));
	try_type(_metadata, &self->scene, &few, &m1,
		 MADE("1", "p3", "2", "4096"));
	try_type(_metadata, &self->scene, &old, &m1,
		 MADE("1", "p1", "1", "4096"));
	try_type(_metadata, &self->scene, &many, &old_type,
		 "incompatible [(0, 'version-too-new')]");
	/* More queues than it has. */
	try_device(_metadata, &self->scene, &many, &few,
		   REFUSED(TOO_NEW, TOO_NEW, "param-value"));
	EXPECT_EQ(5, self->scene.lines);
}

TEST_F(examples, conditions_hold_for_sources_too)
{
	make(_metadata, &self->scene.source, &m1);
	EXPECT_EQ(-EINVAL, mdev_write(&self->scene.source.mdev, ENGINE_RING_MAX,
				      "4096"));
	expect_last_error(_metadata, &self->scene.source,
			  "condition-failed record=0 type=- field=ring_max errno=22");
}

/* Example 4: devices that have nothing to do with each other. */
TEST_F(examples, models_differ)
{
	static const struct kind tally = {
		.name = "tally", .parent = COUNTER, .type = "tally-1",
	};

	if (!module_is_available(COUNTER))
		SKIP(return, "no module " COUNTER);
	ASSERT_EQ(0, module_load(COUNTER, NULL));
	try_device(_metadata, &self->scene, &m1, &tally,
		   "incompatible [(0, 'model-mismatch')]");
	EXPECT_EQ(1, self->scene.lines);
	ASSERT_EQ(0, device_destroy(&self->scene.target));
	EXPECT_EQ(0, module_unload(COUNTER));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
