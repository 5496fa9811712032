// SPDX-License-Identifier: GPL-2.0
/*
 * What documents promise, for every pair of devices: what they accept is loaded
 * whole and saved again as the same bytes, what they refuse is refused. The
 * documents are read from sysfs, by json-c, and judged here, by the same code as
 * in the kernel, but that was given the stream.
 */
#include "document-load.h"
#include "match.h"

#include <errno.h>

#include "lib/engine.h"
#include "lib/stream.h"
#include "test.h"

#define PARENT		"mcopy0"
#define OPTIONS		"parents=1 capacity=2048"
#define PROFILE		"migration/profile"
#define DOCUMENT	"migration_compatible"
#define SCRATCH		0x1b1b1b1bU

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

static const char * const types[] = {
	"mcopy-m1", "mcopy-m16", "mcopy-m256", "mcopy-m1024",
};

/* Two documents and what the judge says of them. */
struct judged {
	struct loaded_document *source, *target;
	struct vmig_verdict verdict;
};

struct pair {
	struct device source, target;
	struct buffer stream, again;
	unsigned int outcomes[VMIG_INCOMPATIBLE + 1];
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

static void load_document(struct __test_metadata *_metadata, const char *text,
			  struct loaded_document **to)
{
	struct load_error error;

	*to = loaded_document(text, strlen(text), &error);
	ASSERT_NE(NULL, *to) {
		TH_LOG("%s: %s", error.text, text);
	}
}

static void judge(struct __test_metadata *_metadata, struct judged *judged,
		  const struct mdev *source, const char *target)
{
	char text[VMIG_DOCUMENT_MAX];

	ASSERT_EQ(0, mdev_read(source, DOCUMENT, text, sizeof(text)));
	load_document(_metadata, text, &judged->source);
	load_document(_metadata, target, &judged->target);
	vmig_check(&loaded_document_get(judged->source)->self,
		   loaded_document_get(judged->target), &judged->verdict);
}

static void judge_device(struct __test_metadata *_metadata,
			 struct judged *judged, const struct mdev *source,
			 const struct mdev *target)
{
	char text[VMIG_DOCUMENT_MAX];

	ASSERT_EQ(0, mdev_read(target, DOCUMENT, text, sizeof(text)));
	judge(_metadata, judged, source, text);
}

static void judged_free(struct judged *judged)
{
	loaded_document_free(judged->source);
	loaded_document_free(judged->target);
}

/* Do what the verdict says, in its order. */
static void apply(struct __test_metadata *_metadata,
		  const struct vmig_verdict *verdict, const struct mdev *mdev)
{
	char number[16];
	u32 i;

	for (i = 0; i < verdict->setting_count; i++) {
		const struct vmig_setting *setting = &verdict->settings[i];
		const char *value = number;

		snprintf(number, sizeof(number), "%u", setting->value.number);
		if (setting->value.type == VMIG_VALUE_TOKEN)
			value = setting->value.token;
		ASSERT_EQ(0, mdev_write(mdev, setting->attribute, value)) {
			TH_LOG("%s = %s", setting->attribute, value);
		}
	}
}

/* Its last page, a register, and no more: the device is closed afterwards. */
static void save(struct __test_metadata *_metadata, struct device *device,
		 struct buffer *stream)
{
	const struct vfio *vfio = &device->vfio;
	uint32_t units;

	ASSERT_EQ(0, device_open(device));
	ASSERT_EQ(0, mcopy_get(vfio, MCOPY_REG_CAPACITY, &units));
	ASSERT_EQ(0, mcopy_memory_write(vfio, (uint64_t)units *
					MCOPY_UNIT_SIZE - 8, "the end", 8));
	ASSERT_EQ(0, mcopy_set(vfio, MCOPY_REG_SCRATCH, SCRATCH));
	stream->length = 0;
	ASSERT_EQ(0, client_save(&device->client, stream));
	device_close(device);
}

/*
 * Load it, save it again, and compare the records: all of them, or all but what
 * the device says of itself, since a type of another name may have its size.
 */
static void expect_whole(struct __test_metadata *_metadata,
			 struct device *device, const struct buffer *stream,
			 struct buffer *again, unsigned int first)
{
	struct record a, b;
	unsigned int number;

	ASSERT_EQ(0, device_open(device));
	EXPECT_EQ(0, client_load(&device->client, stream));
	again->length = 0;
	ASSERT_EQ(0, client_save(&device->client, again));
	device_close(device);
	for (number = first; !stream_record(stream, number, &a); number++) {
		ASSERT_EQ(0, stream_record(again, number, &b));
		if (le16toh(a.head->type) == VMIG_RECORD_END)
			break;
		ASSERT_EQ(a.length, b.length);
		EXPECT_EQ(0, memcmp(a.payload, b.payload, a.length)) {
			TH_LOG("record %u", number);
		}
	}
	/* Self line, the last page, state. */
	EXPECT_EQ(3, number);
}

static void expect_refused(struct __test_metadata *_metadata,
			   struct device *device, const struct buffer *stream,
			   enum vmig_reason reason)
{
	const char *name = vmig_reason_name(reason);
	char text[256];

	ASSERT_EQ(0, device_open(device));
	EXPECT_EQ(vmig_reason_errno(reason),
		  client_load(&device->client, stream));
	device_close(device);
	ASSERT_EQ(0, mdev_read(&device->mdev, "migration/last_error", text,
			       sizeof(text)));
	EXPECT_EQ(0, strncmp(text, name, strlen(name))) {
		TH_LOG("%s, not %s", text, name);
	}
}

static void try_pair(struct __test_metadata *_metadata,
		     struct pair *pair)
{
	struct device *target = &pair->target;
	struct judged judged = { 0 };
	struct vmig_verdict *verdict = &judged.verdict;

	judge_device(_metadata, &judged, &pair->source.mdev, &target->mdev);
	pair->outcomes[verdict->outcome]++;
	switch (verdict->outcome) {
	case VMIG_INCOMPATIBLE:
		expect_refused(_metadata, target, &pair->stream,
			       verdict->finding.reason);
		break;
	case VMIG_COMPATIBLE_AFTER_CONFIG:
		expect_refused(_metadata, target, &pair->stream,
			       VMIG_REASON_NOT_CONFIGURED);
		apply(_metadata, verdict, &target->mdev);
		/* fall through */
	case VMIG_COMPATIBLE:
		expect_whole(_metadata, target, &pair->stream, &pair->again, 0);
		break;
	}
	judged_free(&judged);
}

TEST_F(promises, devices_do_what_their_documents_say)
{
	size_t i, j;

	ASSERT_EQ(0, mdev_create(&self->pair.source.mdev, PARENT, "mcopy-m1"));
	ASSERT_EQ(0, mdev_create(&self->pair.target.mdev, PARENT, "mcopy-m1"));
	for (i = 0; i < CHOICES; i++) {
		become(_metadata, &self->pair.source.mdev, &choices[i]);
		save(_metadata, &self->pair.source, &self->pair.stream);
		for (j = 0; j < CHOICES; j++) {
			become(_metadata, &self->pair.target.mdev, &choices[j]);
			try_pair(_metadata, &self->pair);
		}
	}
	EXPECT_EQ(CHOICES, self->pair.outcomes[VMIG_COMPATIBLE]);
	/* Of p1 and p2 all others; of p3 p1 and p2 the one that is default. */
	EXPECT_EQ(2 * (CHOICES - 1) + 2,
		  self->pair.outcomes[VMIG_COMPATIBLE_AFTER_CONFIG]);
}

/* The recipe makes a device that takes the source as it is. */
static void try_recipe(struct __test_metadata *_metadata,
		       struct pair *pair, const char *type)
{
	struct device *target = &pair->target;
	struct judged of_type = { 0 }, of_device = { 0 };
	char text[VMIG_DOCUMENT_MAX];

	ASSERT_EQ(0, mdev_type_read(PARENT, type, DOCUMENT, text,
				    sizeof(text)));
	judge(_metadata, &of_type, &pair->source.mdev, text);
	pair->outcomes[of_type.verdict.outcome]++;
	ASSERT_EQ(0, mdev_create(&target->mdev, PARENT, type));
	apply(_metadata, &of_type.verdict, &target->mdev);
	judge_device(_metadata, &of_device, &pair->source.mdev, &target->mdev);
	/* Without a recipe it is what it is by default. */
	if (of_type.verdict.outcome == VMIG_COMPATIBLE) {
		EXPECT_EQ(VMIG_COMPATIBLE, of_device.verdict.outcome);
		expect_whole(_metadata, target, &pair->stream, &pair->again, 1);
	} else {
		EXPECT_EQ(VMIG_INCOMPATIBLE, of_device.verdict.outcome);
		expect_refused(_metadata, target, &pair->stream,
			       of_device.verdict.finding.reason);
	}
	judged_free(&of_type);
	judged_free(&of_device);
	ASSERT_EQ(0, mdev_remove(&target->mdev));
}

TEST_F(promises, types_make_what_their_documents_say)
{
	size_t i, j, k;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, mdev_create(&self->pair.source.mdev, PARENT,
					 sizes[i].type));
		ASSERT_EQ(0, mdev_write(&self->pair.source.mdev, "aggregator",
					sizes[i].aggregator));
		for (j = 0; j < CHOICES; j++) {
			become(_metadata, &self->pair.source.mdev, &choices[j]);
			save(_metadata, &self->pair.source, &self->pair.stream);
			for (k = 0; k < ARRAY_SIZE(types); k++)
				try_recipe(_metadata, &self->pair, types[k]);
		}
		ASSERT_EQ(0, device_destroy(&self->pair.source));
	}
	/* m1 makes all of them, m16 those of 16. */
	EXPECT_EQ(CHOICES * (4 + 2), self->pair.outcomes[VMIG_COMPATIBLE]);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
