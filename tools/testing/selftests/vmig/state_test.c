// SPDX-License-Identifier: GPL-2.0
/*
 * What a device does in each state, and the device_state register of v1: every
 * word, written in every state. arcs_test does the same with v2.
 */
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "lib/feature.h"
#include "lib/stream.h"
#include "test.h"

#define WORDS	8

FIXTURE(word)
{
	struct bench bench;
	struct device *device;
	struct migration *migration;
	struct buffer stream;
};

DRIVER_VARIANTS(word);

FIXTURE_SETUP(word)
{
	TEST_OPEN_OF(&self->bench, variant->driver, 1, &protocol_v1);
	self->device = &self->bench.device[0];
	self->migration = &self->device->migration;
}

FIXTURE_TEARDOWN(word)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* What writing word w in the state of a row answers. */
struct row {
	const char *name;
	uint32_t state;
	bool loaded;	/* a complete stream was handed in */
	int answer[WORDS];
};

#define BAD	(-EINVAL)
#define NONE	(-ENODATA)

static const struct row rows[] = {
	{ "STOP", STATE_STOP, false,
	  { 0, 0, 0, 0, 0, BAD, BAD, BAD } },
	{ "RUNNING", STATE_RUNNING, false,
	  { 0, 0, 0, 0, 0, BAD, BAD, BAD } },
	{ "STOP_COPY", STATE_STOP_COPY, false,
	  { 0, 0, 0, BAD, 0, BAD, BAD, BAD } },
	{ "PRE_COPY", STATE_PRE_COPY, false,
	  { 0, 0, 0, 0, 0, BAD, BAD, BAD } },
	/* Without a stream there is no state to go on with. */
	{ "RESUMING, empty", STATE_RESUMING, false,
	  { NONE, NONE, NONE, NONE, 0, BAD, BAD, BAD } },
	{ "RESUMING, loaded", STATE_RESUMING, true,
	  { 0, 0, 0, 0, 0, BAD, BAD, BAD } },
};

static int enter(const struct migration *migration, const struct row *row,
		 const struct buffer *stream)
{
	int ret = vfio_reset(migration->vfio);

	if (!ret)
		ret = migration_set_state(migration, row->state);
	if (!ret && row->loaded)
		ret = migration_feed(migration, stream->data, stream->length,
				     migration->window_size);
	return ret;
}

/*
 * Trap 15 (Documentation/traps.rst): what QEMU may write outside of an outgoing
 * migration never fails, unless a stream is incomplete.
 */
TEST_F(word, takes_or_refuses_every_word_in_every_state)
{
	uint32_t word;
	size_t i;

	ASSERT_EQ(0, migration_save(self->migration, &self->stream));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		for (word = 0; word < WORDS; word++) {
			const int answer = rows[i].answer[word];

			ASSERT_EQ(0, enter(self->migration, &rows[i],
					   &self->stream));
			EXPECT_EQ(answer, migration_set_state(self->migration,
							      word)) {
				TH_LOG("%s -> %u", rows[i].name, word);
			}
			EXPECT_EQ(answer ? rows[i].state : word,
				  migration_state(self->migration)) {
				TH_LOG("%s -> %u", rows[i].name, word);
			}
		}
	}
}

/* The user reads, changes three bits and writes back; ours is not the rest. */
TEST_F(word, does_not_mind_the_reserved_bits)
{
	const uint32_t reserved = ~(uint32_t)VFIO_DEVICE_STATE_MASK;
	uint32_t word;

	for (word = STATE_STOP; word <= STATE_RESUMING; word++) {
		ASSERT_EQ(0, vfio_reset(&self->device->vfio));
		EXPECT_EQ(0, migration_set_state(self->migration,
						 word | reserved));
		EXPECT_EQ(word, migration_state(self->migration));
	}
	EXPECT_EQ(-EINVAL, migration_set_state(self->migration, 5 | reserved));
}

TEST_F(word, names_what_it_refused)
{
	static const struct {
		uint32_t from, word;
		const char *last_error;
	} steps[] = {
		{ STATE_STOP_COPY, STATE_PRE_COPY,
		  "bad-transition record=0 type=- field=PRE_COPY errno=22" },
		{ STATE_STOP, 6,
		  "bad-transition record=0 type=- field=device_state errno=22" },
		{ STATE_RESUMING, STATE_RUNNING,
		  "truncated record=0 type=- field=- errno=61" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		ASSERT_EQ(0, migration_set_state(self->migration,
						 steps[i].from));
		ASSERT_GT(0, migration_set_state(self->migration,
						 steps[i].word));
		expect_last_error(_metadata, self->device,
				  steps[i].last_error);
	}
}

FIXTURE(state)
{
	struct bench bench;
	struct device *device;
	struct client *client;
	struct buffer stream;
};

DRIVER_PROTOCOL_VARIANTS(state);

FIXTURE_SETUP(state)
{
	TEST_OPEN_OF(&self->bench, variant->driver, 1, variant->protocol);
	self->device = &self->bench.device[0];
	self->client = &self->device->client;
}

FIXTURE_TEARDOWN(state)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* Trap 19 (Documentation/traps.rst): QEMU aborts when a reset fails. */
TEST_F(state, runs_after_a_reset_from_anywhere)
{
	const struct driver *driver = variant->driver;
	const struct vfio *vfio = &self->device->vfio;
	const uint8_t zero = 0;
	enum mig_state state;

	for (state = MIG_STOP; state < MIG_STATES; state++) {
		if (!client_can_name(self->client, state))
			continue;
		ASSERT_EQ(0, driver->leave(vfio, 77));
		EXPECT_FALSE(driver->is_new(vfio));
		ASSERT_EQ(0, client_set_state(self->client, state));
		/* A halted device may count this one. */
		ASSERT_EQ(0, driver->leave(vfio, 78));
		ASSERT_EQ(0, vfio_reset(vfio));
		EXPECT_EQ(MIG_RUNNING, client_state(self->client));
		/* Without a session there is nobody to be fed. */
		if (state == MIG_RESUMING)
			EXPECT_EQ(self->client->protocol->over,
				  client_feed(self->client, &zero, 1, 1));
		EXPECT_TRUE(driver->is_new(vfio));
	}
}

TEST_F(state, clears_the_device_when_it_starts_to_load)
{
	const struct driver *driver = variant->driver;
	const struct vfio *vfio = &self->device->vfio;

	ASSERT_EQ(0, driver->leave(vfio, 77));
	ASSERT_TRUE(driver->has(vfio, 77));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RESUMING));
	EXPECT_TRUE(driver->is_new(vfio));
}

/* Going nowhere keeps the session that there is. */
TEST_F(state, does_nothing_for_the_state_it_has)
{
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_GT(client_fetch(self->client, &self->stream), 0);
	ASSERT_EQ(0, client_set_state(self->client, MIG_PRE_COPY));
	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	ASSERT_EQ(0, client_set_state(self->client, MIG_STOP_COPY));
	EXPECT_EQ(0, client_drain(self->client, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, variant->driver->memory));

	ASSERT_EQ(0, client_set_state(self->client, MIG_RESUMING));
	ASSERT_EQ(0, client_feed(self->client, self->stream.data, 100, 100));
	ASSERT_EQ(0, client_set_state(self->client, MIG_RESUMING));
	ASSERT_EQ(0, client_feed(self->client, self->stream.data + 100,
				 self->stream.length - 100, 4096));
	EXPECT_EQ(0, client_set_state(self->client, MIG_RUNNING));
}

/* Several threads of one owner, each with its own idea of how and what next. */
struct caller {
	pthread_t thread;
	const struct driver *driver;
	struct device *device;
	unsigned int seed;
	int unexpected;
};

/* A wrong call, or junk that was handed in as a stream: nothing else. */
static bool may_answer(int ret)
{
	static const int errors[] = {
		0, EINVAL, ENODATA, EBADMSG, EPROTO, EPROTONOSUPPORT, EILSEQ,
		EMSGSIZE, ERANGE, EOPNOTSUPP, E2BIG, EBUSY,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (ret == -errors[i])
			return true;
	return false;
}

/* The other protocol's; a data fd is used once and closed. */
static int call_v2(struct device *device, unsigned int *seed)
{
	const uint32_t state = rand_r(seed) % (FEATURE_STATES + 1);
	uint8_t bytes[4096] = { 0 };
	int ret, fd;

	ret = feature_set_state(&device->vfio, state, &fd);
	if (fd < 0)
		return ret;
	/* What comes of it is the session's affair, which may be over. */
	if (read(fd, bytes, sizeof(bytes)) < 0)
		(void)!write(fd, bytes, 100);
	close(fd);
	return ret;
}

static int call_something(const struct driver *driver, struct device *device,
			  unsigned int *seed)
{
	const struct migration *migration = &device->migration;
	const uint64_t size = rand_r(seed) % 100;
	uint64_t value;
	int ret;

	switch (rand_r(seed) % 12) {
	case 0:
		return vfio_reset(&device->vfio);
	case 1:
		return migration_pending(migration, &value);
	case 2:
		return migration_data_offset(migration, &value);
	case 3:
		return migration_data_size(migration, &value);
	case 4:
		return migration_set(migration, MIGRATION_OFFSET(data_size),
				     &size, sizeof(size));
	case 5:
		return driver->leave(&device->vfio, size) < 0;
	case 6:
	case 7:
	case 8:
		return call_v2(device, seed);
	case 9:
		ret = feature_state(&device->vfio);
		return ret < 0 ? ret : 0;
	default:
		return migration_set_state(migration, rand_r(seed) % WORDS);
	}
}

static void *keep_calling(void *argument)
{
	struct caller *caller = argument;
	unsigned int i;

	for (i = 0; i < 2000 && !caller->unexpected; i++) {
		const int ret = call_something(caller->driver, caller->device,
					       &caller->seed);

		if (!may_answer(ret))
			caller->unexpected = ret;
	}
	return NULL;
}

TEST_F(word, survives_callers_that_race)
{
	struct caller callers[4] = { 0 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(callers); i++) {
		callers[i].driver = variant->driver;
		callers[i].device = self->device;
		callers[i].seed = i + 1;
		ASSERT_EQ(0, pthread_create(&callers[i].thread, NULL,
					    keep_calling, &callers[i]));
	}
	for (i = 0; i < ARRAY_SIZE(callers); i++) {
		EXPECT_EQ(0, pthread_join(callers[i].thread, NULL));
		EXPECT_EQ(0, callers[i].unexpected);
	}
	/* And it can still do what it is for. */
	ASSERT_EQ(0, vfio_reset(&self->device->vfio));
	ASSERT_EQ(0, variant->driver->leave(&self->device->vfio, 1));
	ASSERT_EQ(0, migration_save(self->migration, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, variant->driver->memory));
	EXPECT_EQ(0, migration_load(self->migration, &self->stream));
	expect_has(_metadata, variant->driver, self->device, 1);
}

FIXTURE(wired)
{
	struct bench bench;
	struct device *device;
	struct client *client;
};

PROTOCOL_VARIANTS(wired);

FIXTURE_SETUP(wired)
{
	test_open_by(_metadata, &self->bench, 1, variant->protocol);
	self->device = &self->bench.device[0];
	self->client = &self->device->client;
}

FIXTURE_TEARDOWN(wired)
{
	test_close(_metadata, &self->bench);
}

/* What QEMU does to a device whatever its state: config, interrupts, maps. */
static int configure(struct device *device, int fd)
{
	const uint32_t action = VFIO_IRQ_SET_ACTION_TRIGGER;
	const struct vfio *vfio = &device->vfio;
	const uint16_t command = 0x0506;
	uint16_t seen = 0;
	int ret = vfio_write(vfio, VFIO_PCI_CONFIG_REGION_INDEX, 4, &command,
			     sizeof(command));

	if (!ret)
		ret = vfio_read(vfio, VFIO_PCI_CONFIG_REGION_INDEX, 4, &seen,
				sizeof(seen));
	if (!ret && seen != command)
		ret = -EBADMSG;
	if (!ret)
		ret = vfio_set_eventfds(vfio, VFIO_PCI_INTX_IRQ_INDEX, action,
					0, 1, &fd);
	if (!ret)
		ret = vfio_set_irqs(vfio, VFIO_PCI_INTX_IRQ_INDEX, action, 0,
				    0);
	if (!ret)
		ret = vfio_set_eventfds(vfio, VFIO_PCI_MSIX_IRQ_INDEX, action,
					0, 1, &fd);
	if (!ret)
		ret = vfio_set_irqs(vfio, VFIO_PCI_MSIX_IRQ_INDEX, action, 0,
				    0);
	return ret;
}

/* Trap 31 (Documentation/traps.rst): none of it is refused in any state. */
TEST_F(wired, leaves_config_interrupts_and_maps_alone)
{
	static const enum mig_state states[] = {
		MIG_RUNNING, MIG_RUNNING_P2P, MIG_PRE_COPY, MIG_PRE_COPY_P2P,
		MIG_STOP_COPY, MIG_STOP, MIG_RESUMING,
	};
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	size_t i;

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, bench_offer_mapping(&self->bench, true));
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		void *memory;

		if (!client_can_name(self->client, states[i]))
			continue;
		ASSERT_EQ(0, client_set_state(self->client, states[i]));
		EXPECT_EQ(0, configure(self->device, fd)) {
			TH_LOG("in %s", mig_name(states[i]));
		}
		EXPECT_EQ(0, migration_map(&self->device->migration));
		migration_unmap(&self->device->migration);
		memory = device_map(self->device, 0, BENCH_MEMORY);
		EXPECT_NE(MAP_FAILED, memory);
		device_unmap(self->device, memory);
		EXPECT_EQ(states[i], client_state(self->client));
	}
	close(fd);
}

FIXTURE(halted)
{
	struct bench bench;
	struct device *device;
	const struct vfio *vfio;
};

FIXTURE_VARIANT(halted)
{
	const struct protocol *protocol;
	enum mig_state state;
};

FIXTURE_VARIANT_ADD(halted, v1_stop)
{
	.protocol = &protocol_v1,
	.state = MIG_STOP,
};

FIXTURE_VARIANT_ADD(halted, v1_stop_copy)
{
	.protocol = &protocol_v1,
	.state = MIG_STOP_COPY,
};

FIXTURE_VARIANT_ADD(halted, v1_resuming)
{
	.protocol = &protocol_v1,
	.state = MIG_RESUMING,
};

FIXTURE_VARIANT_ADD(halted, v2_stop)
{
	.protocol = &protocol_v2,
	.state = MIG_STOP,
};

FIXTURE_VARIANT_ADD(halted, v2_stop_copy)
{
	.protocol = &protocol_v2,
	.state = MIG_STOP_COPY,
};

FIXTURE_VARIANT_ADD(halted, v2_resuming)
{
	.protocol = &protocol_v2,
	.state = MIG_RESUMING,
};

FIXTURE_SETUP(halted)
{
	test_open_by(_metadata, &self->bench, 1, variant->protocol);
	self->device = &self->bench.device[0];
	self->vfio = &self->device->vfio;
	ASSERT_EQ(0, client_set_state(&self->device->client, variant->state));
}

FIXTURE_TEARDOWN(halted)
{
	test_close(_metadata, &self->bench);
}

TEST_F(halted, ignores_and_counts_writes)
{
	const uint64_t word = 0x1122334455667788ULL;
	uint64_t memory;
	uint32_t value;

	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_DROPPED, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_SCRATCH, 5));
	EXPECT_EQ(0, mcopy_set(self->vfio, MCOPY_REG_IRQ_RAISE, 1));
	EXPECT_EQ(0, mcopy_memory_write(self->vfio, 8, &word, sizeof(word)));
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_SCRATCH, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_IRQ_STATUS, &value));
	EXPECT_EQ(0, value);
	EXPECT_EQ(0, mcopy_memory_read(self->vfio, 8, &memory, sizeof(memory)));
	EXPECT_EQ(0, memory);
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_DROPPED, &value));
	EXPECT_EQ(3, value);
}

TEST_F(halted, answers_reads)
{
	uint32_t value;

	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_ID, &value));
	EXPECT_EQ(MCOPY_ID, value);
	EXPECT_EQ(0, mcopy_get(self->vfio, MCOPY_REG_CAPACITY, &value));
	EXPECT_EQ(1, value);
}

/* QEMU restores the command register and the interrupts while RESUMING. */
TEST_F(halted, keeps_configuration_and_interrupts_working)
{
	const uint32_t action = VFIO_IRQ_SET_ACTION_TRIGGER;
	const uint16_t command = 0x0006;
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	uint16_t seen;

	ASSERT_GE(fd, 0);
	EXPECT_EQ(0, vfio_write(self->vfio, VFIO_PCI_CONFIG_REGION_INDEX, 4,
				&command, sizeof(command)));
	EXPECT_EQ(0, vfio_read(self->vfio, VFIO_PCI_CONFIG_REGION_INDEX, 4,
			       &seen, sizeof(seen)));
	EXPECT_EQ(command, seen);
	EXPECT_EQ(0, vfio_set_eventfds(self->vfio, VFIO_PCI_MSIX_IRQ_INDEX,
				       action, 0, 1, &fd));
	EXPECT_EQ(0, vfio_set_irqs(self->vfio, VFIO_PCI_MSIX_IRQ_INDEX, action,
				   0, 0));
	close(fd);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
