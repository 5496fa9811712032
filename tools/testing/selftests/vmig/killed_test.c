// SPDX-License-Identifier: GPL-2.0
/*
 * An owner that is killed in the midst of what it does: of a fetch, of a
 * data_size write, of a transition. The next one finds a new device, and the
 * host has its memory back.
 */
#include <signal.h>
#include <sys/mman.h>

#include "lib/child.h"
#include "test.h"

#define KILLS		12
#define SEED		0x6b696c6c
#define LARGE_TYPE	"mcopy-m16"
#define LARGE_MEMORY	(16 * MCOPY_UNIT_SIZE)
/* In all this many MiB would be missing, if each kill lost the device's. */
#define LARGE_KILLS	12
#define MAY_MISS_KIB	(64 * 1024)

FIXTURE(killed)
{
	struct bench bench;
	struct device *device;
	unsigned int *rounds;	/* done by the child */
};

/* What the child does over and over. Return: 0 or -errno. */
FIXTURE_VARIANT(killed)
{
	int (*work)(struct device *device, struct buffer *stream);
	const struct protocol *protocol;
};

static int fill(struct device *device, struct buffer *stream)
{
	(void)stream;
	return mcopy_fill(&device->vfio, 0, BENCH_MEMORY, SEED);
}

static int reset(struct device *device, struct buffer *stream)
{
	(void)stream;
	return vfio_reset(&device->vfio);
}

static int change_state(struct device *device, struct buffer *stream)
{
	static const enum mig_state states[] = {
		MIG_PRE_COPY, MIG_STOP_COPY, MIG_STOP, MIG_RUNNING,
	};
	size_t i;
	int ret = 0;

	(void)stream;
	for (i = 0; i < ARRAY_SIZE(states) && !ret; i++)
		ret = client_set_state(&device->client, states[i]);
	return ret;
}

static int fetch_running(struct device *device, struct buffer *stream)
{
	int ret = client_set_state(&device->client, MIG_PRE_COPY);

	stream->length = 0;
	if (!ret)
		ret = client_drain(&device->client, stream);
	return ret ? ret : client_set_state(&device->client, MIG_RUNNING);
}

static int fetch_stopped(struct device *device, struct buffer *stream)
{
	stream->length = 0;
	return client_save(&device->client, stream);
}

static int feed(struct device *device, struct buffer *stream)
{
	int ret = 0;

	if (!stream->length) {
		ret = client_save(&device->client, stream);
		if (!ret)
			ret = client_set_state(&device->client, MIG_RESUMING);
	}
	/* In one write of data_size each, as long as they can take. */
	return ret ? ret : client_feed_all(&device->client, stream);
}

static int store(struct device *device, struct buffer *stream)
{
	(void)stream;
	memset(device->maps[0].at, 0x5a, BENCH_MEMORY);
	memset(device->migration.window, 0x5a, device->migration.window_size);
	return 0;
}

FIXTURE_VARIANT_ADD(killed, filling)
{
	.work = fill,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(killed, resetting)
{
	.work = reset,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(killed, storing)
{
	.work = store,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(killed, v1_changing_state)
{
	.work = change_state,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(killed, v2_changing_state)
{
	.work = change_state,
	.protocol = &protocol_v2,
};

FIXTURE_VARIANT_ADD(killed, v1_fetching_running)
{
	.work = fetch_running,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(killed, v2_fetching_running)
{
	.work = fetch_running,
	.protocol = &protocol_v2,
};

FIXTURE_VARIANT_ADD(killed, v1_fetching_stopped)
{
	.work = fetch_stopped,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(killed, v2_fetching_stopped)
{
	.work = fetch_stopped,
	.protocol = &protocol_v2,
};

FIXTURE_VARIANT_ADD(killed, v1_feeding)
{
	.work = feed,
	.protocol = &protocol_v1,
};

FIXTURE_VARIANT_ADD(killed, v2_feeding)
{
	.work = feed,
	.protocol = &protocol_v2,
};

FIXTURE_SETUP(killed)
{
	test_open_by(_metadata, &self->bench, 1, variant->protocol);
	ASSERT_EQ(0, bench_offer_mapping(&self->bench, true));
	self->device = &self->bench.device[0];
	device_close(self->device);
	self->rounds = mmap(NULL, sizeof(*self->rounds),
			    PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->rounds);
}

FIXTURE_TEARDOWN(killed)
{
	test_close(_metadata, &self->bench);
}

/* The child: never returns. */
static void work_for_ever(struct device *device, unsigned int *rounds,
			  int (*work)(struct device *device,
				      struct buffer *stream))
{
	struct buffer stream = { 0 };

	if (device_open(device) || migration_map(&device->migration) ||
	    device_map(device, 0, BENCH_MEMORY) == MAP_FAILED ||
	    fill(device, NULL))
		_exit(2);
	while (!work(device, &stream))
		__atomic_fetch_add(rounds, 1, __ATOMIC_RELAXED);
	_exit(3);
}

static void expect_new(struct __test_metadata *_metadata,
		       struct device *device)
{
	uint32_t value;
	void *memory;

	ASSERT_EQ(0, device_open(device));
	EXPECT_EQ(MIG_RUNNING, client_state(&device->client));
	memory = device_map(device, 0, BENCH_MEMORY);
	ASSERT_NE(MAP_FAILED, memory);
	EXPECT_TRUE(bytes_are_zero(memory, BENCH_MEMORY));
	device_unmap(device, memory);
	ASSERT_EQ(0, migration_map(&device->migration));
	EXPECT_TRUE(bytes_are_zero(device->migration.window,
				   device->migration.window_size));
	EXPECT_EQ(0, mcopy_get(&device->vfio, MCOPY_REG_MEM_SEED, &value));
	EXPECT_EQ(0, value);
	device_close(device);
}

TEST_F_TIMEOUT(killed, leaves_nothing, 120)
{
	unsigned int i;
	int status;
	pid_t child;

	for (i = 0; i < KILLS; i++) {
		*self->rounds = 0;
		child = fork();
		ASSERT_GE(child, 0);
		if (!child)
			work_for_ever(self->device, self->rounds,
				      variant->work);
		status = kill_at_work(child, self->rounds, i * 777);
		ASSERT_TRUE(WIFSIGNALED(status)) {
			TH_LOG("the child ended with status 0x%x", status);
		}
		ASSERT_EQ(SIGKILL, WTERMSIG(status));
		expect_new(_metadata, self->device);
	}
}

FIXTURE(memory)
{
	struct bench bench;
	struct device device;
};

FIXTURE_SETUP(memory)
{
	test_open(_metadata, &self->bench, 0);
	ASSERT_EQ(0, bench_offer_mapping(&self->bench, true));
	ASSERT_EQ(0, device_create(&self->device, LARGE_TYPE));
	device_close(&self->device);
}

FIXTURE_TEARDOWN(memory)
{
	EXPECT_EQ(0, device_destroy(&self->device));
	test_close(_metadata, &self->bench);
}

/* In KiB; device memory is none that could be reclaimed. */
static long available(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	long kib = -1;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib;
}

static void die_with_memory(struct device *device)
{
	uint8_t *memory;

	if (device_open(device))
		_exit(2);
	memory = device_map(device, 0, LARGE_MEMORY);
	if (memory == MAP_FAILED)
		_exit(3);
	memset(memory, 0x5a, LARGE_MEMORY);
	if (client_set_state(&device->client, MIG_PRE_COPY))
		_exit(4);
	raise(SIGKILL);
}

TEST_F_TIMEOUT(memory, is_given_back, 120)
{
	const long before = available();
	unsigned int i;
	int status;
	pid_t child;

	ASSERT_LT(0, before);
	for (i = 0; i < LARGE_KILLS; i++) {
		child = fork();
		ASSERT_GE(child, 0);
		if (!child)
			die_with_memory(&self->device);
		ASSERT_EQ(child, waitpid(child, &status, 0));
		ASSERT_TRUE(WIFSIGNALED(status));
	}
	EXPECT_GT(available() + MAY_MISS_KIB, before);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
