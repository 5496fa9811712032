// SPDX-License-Identifier: GPL-2.0
/* A device is saved and another one loaded: is it the same device? */
#include "lib/patch.h"
#include "test.h"

#define SEED		0x5eed
#define PAGES		(BENCH_MEMORY / MCOPY_PAGE)

FIXTURE(copy)
{
	struct bench bench;
	struct device *source;
	struct device *target;
	struct buffer stream;
	uint8_t *before;
	uint8_t *after;
};

FIXTURE_VARIANT(copy)
{
	const struct protocol *protocol;
	bool mapped;
	bool precopy;
};

FIXTURE_VARIANT_ADD(copy, v1_stopped_trapped)
{
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(copy, v1_stopped_mapped)
{
	.protocol = &protocol_v1,
	.mapped = true,
};

FIXTURE_VARIANT_ADD(copy, v1_live_trapped)
{
	.protocol = &protocol_v1,
	.precopy = true,
};

FIXTURE_VARIANT_ADD(copy, v1_live_mapped)
{
	.protocol = &protocol_v1,
	.mapped = true,
	.precopy = true,
};

FIXTURE_VARIANT_ADD(copy, v2_stopped)
{
	.protocol = &protocol_v2,
};

FIXTURE_VARIANT_ADD(copy, v2_live)
{
	.protocol = &protocol_v2,
	.precopy = true,
};

FIXTURE_SETUP(copy)
{
	test_open_by(_metadata, &self->bench, 2, variant->protocol);
	self->source = &self->bench.device[0];
	self->target = &self->bench.device[1];
	self->before = malloc(BENCH_MEMORY);
	self->after = malloc(BENCH_MEMORY);
	ASSERT_NE(NULL, self->before);
	ASSERT_NE(NULL, self->after);
	if (variant->mapped) {
		ASSERT_EQ(0, migration_map(&self->source->migration));
		ASSERT_EQ(0, migration_map(&self->target->migration));
	}
}

FIXTURE_TEARDOWN(copy)
{
	free(self->before);
	free(self->after);
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* As QEMU does: into pre-copy and drain it, or stop at once. */
static int save(struct device *device, bool precopy, struct buffer *stream)
{
	return precopy ? client_save_live(&device->client, stream) :
			 client_save(&device->client, stream);
}

/* All registers that keep what is written, and a few of the others. */
static int set_registers(const struct vfio *vfio)
{
	uint32_t i, crc;
	int ret = 0;

	for (i = 0; i < MCOPY_SCRATCH_COUNT && !ret; i++)
		ret = mcopy_set(vfio, MCOPY_REG_SCRATCH + 4 * i, SEED + i);
	if (!ret)
		ret = mcopy_set(vfio, MCOPY_REG_IRQ_ENABLE, 0x55);
	if (!ret)
		ret = mcopy_set(vfio, MCOPY_REG_IRQ_RAISE, 0xa3);
	if (!ret)
		ret = mcopy_set64(vfio, MCOPY_REG_MEM_SEED, 0x0123456789abcdefULL);
	if (!ret)
		ret = mcopy_crc(vfio, 8, BENCH_MEMORY - 16, &crc);
	/* An address that no command would take is a register's value too. */
	if (!ret)
		ret = mcopy_set64(vfio, MCOPY_REG_MEM_ADDR, ~3ULL);
	return ret;
}

static int set_config(const struct vfio *vfio)
{
	static const struct {
		uint32_t offset, value;
	} fields[] = {
		{ 0x04, 0x0406 },	/* command */
		{ 0x10, 0xfeb01000 },	/* BAR0 */
		{ 0x18, 0xfd000000 },	/* BAR2, low */
		{ 0x1c, 0x00000007 },	/* BAR2, high */
		{ 0x3c, 0x0b },		/* interrupt line */
	};
	size_t i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(fields) && !ret; i++)
		ret = vfio_write(vfio, VFIO_PCI_CONFIG_REGION_INDEX,
				 fields[i].offset, &fields[i].value,
				 sizeof(fields[i].value));
	return ret;
}

static void expect_same(struct __test_metadata *_metadata,
			const struct vfio *a, const struct vfio *b)
{
	uint8_t one[256], other[256];
	uint32_t reg;

	for (reg = 0; reg < MCOPY_QUEUE(MCOPY_QUEUES_MAX, 0); reg += 4) {
		EXPECT_EQ(0, mcopy_get(a, reg, (uint32_t *)one));
		EXPECT_EQ(0, mcopy_get(b, reg, (uint32_t *)other));
		EXPECT_EQ(0, memcmp(one, other, 4)) {
			TH_LOG("register 0x%x", reg);
		}
	}
	EXPECT_EQ(0, vfio_read(a, VFIO_PCI_CONFIG_REGION_INDEX, 0, one,
			       sizeof(one)));
	EXPECT_EQ(0, vfio_read(b, VFIO_PCI_CONFIG_REGION_INDEX, 0, other,
			       sizeof(other)));
	EXPECT_EQ(0, memcmp(one, other, sizeof(one)));
}

/* Trap 10 (Documentation/traps.rst): QEMU restores the command register only. */
TEST_F(copy, is_the_same_device)
{
	const struct vfio *source = &self->source->vfio;
	const struct vfio *target = &self->target->vfio;

	ASSERT_EQ(0, mcopy_fill(source, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, set_config(source));
	ASSERT_EQ(0, set_registers(source));
	ASSERT_EQ(0, mcopy_memory_read(source, 0, self->before, BENCH_MEMORY));

	ASSERT_EQ(0, save(self->source, variant->precopy, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, BENCH_MEMORY));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));

	EXPECT_EQ(MIG_RUNNING, client_state(&self->target->client));
	ASSERT_EQ(0, mcopy_memory_read(target, 0, self->after, BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(self->before, self->after, BENCH_MEMORY));
	expect_same(_metadata, source, target);
	/* The source still is what it was. */
	ASSERT_EQ(0, mcopy_memory_read(source, 0, self->after, BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(self->before, self->after, BENCH_MEMORY));
}

/* MEMORY records by address: their payloads, as @memory holds them. */
static unsigned int take_memory(const struct buffer *stream, uint8_t *memory)
{
	struct record record;
	unsigned int count = 0;

	while (stream_find(stream, VMIG_RECORD_MEMORY, count, &record) >= 0) {
		memcpy(memory + record.address, record.payload, record.length);
		count++;
	}
	return count;
}

TEST_F(copy, can_be_saved_again)
{
	struct buffer again = { 0 };

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, BENCH_MEMORY, SEED));
	ASSERT_EQ(0, set_registers(&self->source->vfio));
	ASSERT_EQ(0, save(self->source, variant->precopy, &self->stream));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	ASSERT_EQ(0, save(self->target, variant->precopy, &again));
	EXPECT_EQ(0, stream_check(&again, BENCH_MEMORY));

	memset(self->before, 0xee, BENCH_MEMORY);
	memset(self->after, 0xdd, BENCH_MEMORY);
	EXPECT_EQ(PAGES, take_memory(&self->stream, self->before));
	EXPECT_EQ(PAGES, take_memory(&again, self->after));
	EXPECT_EQ(0, memcmp(self->before, self->after, BENCH_MEMORY));
	/* All but the session's number is the same. */
	stream_header(&again)->session = stream_header(&self->stream)->session;
	patch_seal_header(&again);
	EXPECT_EQ(self->stream.length, again.length);
	EXPECT_EQ(0, memcmp(self->stream.data, again.data, again.length));
	buffer_free(&again);
}

TEST_F(copy, forgets_what_the_target_had)
{
	ASSERT_EQ(0, mcopy_fill(&self->target->vfio, 0, BENCH_MEMORY, 99));
	ASSERT_EQ(0, set_registers(&self->target->vfio));
	ASSERT_EQ(0, save(self->source, variant->precopy, &self->stream));
	ASSERT_EQ(0, client_load(&self->target->client, &self->stream));
	memset(self->before, 0, BENCH_MEMORY);
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, self->after,
				       BENCH_MEMORY));
	EXPECT_EQ(0, memcmp(self->before, self->after, BENCH_MEMORY));
	expect_same(_metadata, &self->source->vfio, &self->target->vfio);
}

/* Chunks are not what the source made of the stream: QEMU cuts it anew. */
TEST_F(copy, loads_in_pieces_of_any_size)
{
	static const size_t chunks[] = { 1, 7, 4096, 4097, 65536 };
	size_t i;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, 2 * MCOPY_PAGE, SEED));
	ASSERT_EQ(0, save(self->source, variant->precopy, &self->stream));
	mcopy_expected(0, 2 * MCOPY_PAGE, SEED, self->before);
	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		struct client *target = &self->target->client;

		ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
		ASSERT_EQ(0, client_feed(target, self->stream.data,
					 self->stream.length, chunks[i]));
		ASSERT_EQ(0, client_set_state(target, MIG_RUNNING));
		ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0,
					       self->after, 2 * MCOPY_PAGE));
		EXPECT_EQ(0, memcmp(self->before, self->after, 2 * MCOPY_PAGE));
	}
}

/* What was handed in is taken: QEMU unmaps, or closes, before it resumes. */
static int put_away(struct device *device)
{
	struct migration *migration = &device->migration;
	uint8_t junk[4096];
	int ret;

	if (device->client.fd >= 0) {
		client_close(&device->client);
		return 0;
	}
	memset(junk, 0xff, sizeof(junk));
	ret = migration_store(migration, migration->window_offset, junk,
			      sizeof(junk));
	migration_unmap(migration);
	return ret;
}

/* Trap 32 (Documentation/traps.rst): it has come to stay. */
TEST_F(copy, needs_neither_window_nor_file_afterwards)
{
	struct client *target = &self->target->client;

	ASSERT_EQ(0, mcopy_fill(&self->source->vfio, 0, MCOPY_PAGE, SEED));
	ASSERT_EQ(0, save(self->source, variant->precopy, &self->stream));
	ASSERT_EQ(0, client_set_state(target, MIG_RESUMING));
	ASSERT_EQ(0, client_feed_all(target, &self->stream));
	ASSERT_EQ(0, put_away(self->target));
	EXPECT_EQ(MIG_RESUMING, client_state(target));
	ASSERT_EQ(0, client_set_state(target, MIG_RUNNING));
	mcopy_expected(0, MCOPY_PAGE, SEED, self->before);
	ASSERT_EQ(0, mcopy_memory_read(&self->target->vfio, 0, self->after,
				       MCOPY_PAGE));
	EXPECT_EQ(0, memcmp(self->before, self->after, MCOPY_PAGE));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
