// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"

#include "engine.h"
#include "golden.h"
#include "iommu.h"
#include "patch.h"

#define SCRATCH		0x600d0000U
#define IRQ_ENABLE	0x55U
#define IRQ_STATUS	0xa3U
#define MEM_ADDR	0x0123456789abcdf3ULL
#define MEM_LEN		0x12345677U
#define MEM_SEED	0xfedcba9876543210ULL
/* CRC32C of a page of zeros. */
#define MEM_CRC		0x98f94189U

/* Written by the guest, or by the VMM, and kept. */
static const struct {
	uint32_t offset, value;
} config[] = {
	{ 0x04, 0x00180406 },	/* command; INTx is raised, says the status */
	{ 0x10, 0xfeb01000 },	/* BAR0 */
	{ 0x14, 0xfeb02000 },	/* BAR1 */
	{ 0x18, 0xfd00000c },	/* BAR2, low */
	{ 0x1c, 0x00000007 },	/* BAR2, high */
};

static const struct {
	uint32_t offset, value;
} registers[] = {
	{ MCOPY_REG_SCRATCH, SCRATCH },
	{ MCOPY_REG_SCRATCH + 4, SCRATCH + 1 },
	{ MCOPY_REG_SCRATCH + 8, SCRATCH + 2 },
	{ MCOPY_REG_SCRATCH + 12, SCRATCH + 3 },
	{ MCOPY_REG_IRQ_ENABLE, IRQ_ENABLE },
	{ MCOPY_REG_IRQ_STATUS, IRQ_STATUS },
	{ MCOPY_REG_MEM_ADDR, (uint32_t)MEM_ADDR },
	{ MCOPY_REG_MEM_ADDR + 4, MEM_ADDR >> 32 },
	{ MCOPY_REG_MEM_LEN, MEM_LEN },
	{ MCOPY_REG_MEM_CRC, MEM_CRC },
	{ MCOPY_REG_MEM_SEED, (uint32_t)MEM_SEED },
	{ MCOPY_REG_MEM_SEED + 4, MEM_SEED >> 32 },
	{ MCOPY_REG_RESULT, MCOPY_RESULT_RANGE },
};

static int fill_page(const struct device *device, unsigned int page,
		     uint64_t seed)
{
	return mcopy_fill(&device->vfio, page * MCOPY_PAGE, MCOPY_PAGE, seed);
}

static int set_config(const struct vfio *vfio)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(config) && !ret; i++)
		ret = vfio_write(vfio, VFIO_PCI_CONFIG_REGION_INDEX,
				 config[i].offset, &config[i].value,
				 sizeof(config[i].value));
	return ret;
}

/* After the memory, which takes some of them to fill. */
static int set_registers(const struct device *device)
{
	const struct vfio *vfio = &device->vfio;
	uint32_t i, crc;
	int ret = set_config(vfio);

	for (i = 0; i < MCOPY_SCRATCH_COUNT && !ret; i++)
		ret = mcopy_set(vfio, MCOPY_REG_SCRATCH + 4 * i, SCRATCH + i);
	if (!ret)
		ret = mcopy_set(vfio, MCOPY_REG_IRQ_ENABLE, IRQ_ENABLE);
	if (!ret)
		ret = mcopy_set(vfio, MCOPY_REG_IRQ_RAISE, IRQ_STATUS);
	if (!ret)
		ret = mcopy_set64(vfio, MCOPY_REG_MEM_SEED, MEM_SEED);
	/* A page that no golden stream has. */
	if (!ret)
		ret = mcopy_crc(vfio, 100 * MCOPY_PAGE, MCOPY_PAGE, &crc);
	/* A range that does not exist: the operands stay, and so does why. */
	if (!ret)
		ret = mcopy_command(vfio, MCOPY_COMMAND_CRC, MEM_ADDR,
				    MEM_LEN);
	return ret == MCOPY_RESULT_RANGE ? 0 : -EPROTO;
}

static int make_stopped(struct device *device, struct buffer *stream)
{
	int ret = fill_page(device, 0, 1);

	if (!ret)
		ret = fill_page(device, 255, 2);
	if (!ret)
		ret = set_registers(device);
	return ret ? ret : client_save(&device->client, stream);
}

/* A page that is sent, stored to, and sent again. */
static int make_precopy(struct device *device, struct buffer *stream)
{
	int ret = fill_page(device, 7, 3);

	if (!ret)
		ret = client_set_state(&device->client, MIG_PRE_COPY);
	if (!ret)
		ret = client_drain(&device->client, stream);
	if (!ret)
		ret = fill_page(device, 7, 4);
	if (!ret)
		ret = fill_page(device, 9, 5);
	if (!ret)
		ret = set_registers(device);
	return ret ? ret : client_save(&device->client, stream);
}

/* "stop" and "cont", or a reset, while it is saved: a session breaks off. */
static int make_abandoned(struct device *device, struct buffer *stream)
{
	int ret = fill_page(device, 1, 6);

	if (!ret)
		ret = client_set_state(&device->client, MIG_PRE_COPY);
	if (!ret)
		ret = client_drain(&device->client, stream);
	if (!ret)
		ret = vfio_reset(&device->vfio);
	if (!ret)
		ret = fill_page(device, 2, 7);
	if (!ret)
		ret = set_registers(device);
	return ret ? ret : client_save(&device->client, stream);
}

/* Of the queue whose transfer is under way; its cause is in IRQ_STATUS. */
#define PARKED_QUEUE	1
#define PARKED_ENTRIES	8
#define PARKED_SIZE	(GUEST_RINGS + 1024 * 1024)
#define PARKED_SOURCE	(GUEST_IOVA + GUEST_RINGS + 1)
#define PARKED_TARGET	(GUEST_IOVA + GUEST_RINGS + 0x80003)

static const struct mcopy_descriptor parked = {
	.operation = MCOPY_OPERATION_COPY,
	.source = PARKED_SOURCE,
	.target = PARKED_TARGET,
	.length = 0x12345,
	.tag = 0x600d600d600d600dULL,
};

/* At a byte a second there is time to stop it after the first one. */
static int start_parked(const struct device *device, struct guest *guest)
{
	struct queue queue;
	int ret = guest_open(guest, PARKED_SIZE);

	if (!ret)
		ret = guest_map(guest, &device->vfio);
	if (!ret)
		ret = queue_open(&queue, &device->vfio, guest, PARKED_QUEUE,
				 PARKED_ENTRIES);
	if (!ret)
		ret = set_registers(device);
	if (!ret)
		ret = engine_set_rate(device, 1);
	if (ret)
		return ret;
	memset(guest->at + GUEST_RINGS, 0xff, parked.length);
	queue_put(&queue, &parked);
	ret = queue_ring(&queue);
	while (!ret && !*(volatile uint8_t *)(guest->at + PARKED_TARGET -
					      GUEST_IOVA))
		usleep(100);
	return ret;
}

static bool is_parked(const struct buffer *stream)
{
	const struct mcopy_state *state;
	struct record record;

	if (stream_find(stream, VMIG_RECORD_STATE, 0, &record) < 0)
		return false;
	state = (const void *)record.payload;
	return le64toh(state->queue[PARKED_QUEUE].done) == 1;
}

/* A transfer that was stopped in the midst, and a queue behind it. */
static int make_parked(struct device *device, struct buffer *stream)
{
	struct guest guest = { 0 };
	int ret;

	do {
		stream->length = 0;
		ret = vfio_reset(&device->vfio);
		if (!ret)
			ret = fill_page(device, 3, 8);
		if (!ret)
			ret = start_parked(device, &guest);
		if (!ret)
			ret = client_save(&device->client, stream);
		engine_set_rate(device, 0);
		iommu_unmap(&device->vfio, GUEST_IOVA, PARKED_SIZE);
		guest_close(&guest);
	} while (!ret && !is_parked(stream));
	return ret;
}

/* It goes on with the second byte, which is not there: no memory is mapped. */
static const char *check_parked(const struct vfio *vfio)
{
	const struct queue queue = { .vfio = vfio, .number = PARKED_QUEUE };

	if (queue_wait_error(&queue) != MCOPY_ERROR_READ)
		return "error";
	if (queue_get64(&queue, MCOPY_QUEUE_ERROR_ADDR) != PARKED_SOURCE + 1)
		return "error's address";
	if (queue_get(&queue, MCOPY_QUEUE_ENTRIES) != PARKED_ENTRIES ||
	    queue_get(&queue, MCOPY_QUEUE_CONTROL) != MCOPY_QUEUE_ENABLE ||
	    queue_get(&queue, MCOPY_QUEUE_HEAD) != 0 ||
	    queue_get(&queue, MCOPY_QUEUE_TAIL) != 1)
		return "queue";
	return NULL;
}

/* What became of these versions: the device is another one. */
#define OLD	"version-too-old record=0 type=SELF field=version errno=34"

const struct golden goldens[] = {
	{ .file = "v1-mcopy-1.0.0-m1.stream", .refused = OLD },
	{ .file = "v1-mcopy-1.0.0-m1-precopy.stream", .refused = OLD },
	{ .file = "v1-mcopy-1.0.0-m1-abandoned.stream", .refused = OLD },
	{ .file = "v1-mcopy-2.0.0-m1.stream", .refused = OLD },
	{ .file = "v1-mcopy-2.0.0-m1-precopy.stream", .refused = OLD },
	{ .file = "v1-mcopy-2.0.0-m1-abandoned.stream", .refused = OLD },
	{ .file = "v1-mcopy-2.0.0-m1-parked.stream", .refused = OLD },
	{ .file = "v2-mcopy-2.0.0-m1.stream", .refused = OLD },
	{ .file = "v2-mcopy-2.0.0-m1-precopy.stream", .refused = OLD },
	{ .file = "v2-mcopy-2.0.0-m1-abandoned.stream", .refused = OLD },
	{ .file = "v2-mcopy-2.0.0-m1-parked.stream", .refused = OLD },
	{
		.file = "v2-mcopy-3.3.0-m1.stream",
		.make = make_stopped,
		.pages = { { 0, 1 }, { 255, 2 } },
	},
	{
		.file = "v2-mcopy-3.3.0-m1-precopy.stream",
		.make = make_precopy,
		.pages = { { 7, 4 }, { 9, 5 } },
	},
	{
		.file = "v2-mcopy-3.3.0-m1-abandoned.stream",
		.make = make_abandoned,
		.pages = { { 2, 7 } },
	},
	{
		.file = "v2-mcopy-3.3.0-m1-parked.stream",
		.make = make_parked,
		.check = check_parked,
		.pages = { { 3, 8 } },
	},
};

const unsigned int golden_count = ARRAY_SIZE(goldens);

/* Beside the program, where an install puts it; else where the source is. */
static FILE *open_file(const char *name)
{
	char program[PATH_MAX], path[PATH_MAX];
	const char *folder = getenv("VMIG_GOLDEN");
	ssize_t length = readlink("/proc/self/exe", program,
				  sizeof(program) - 1);
	FILE *file;

	if (folder) {
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		return fopen(path, "r");
	}
	program[length < 0 ? 0 : length] = '\0';
	snprintf(path, sizeof(path), "%s/golden/%s", dirname(program), name);
	file = fopen(path, "r");
#ifdef GOLDEN_FOLDER
	if (!file)
		file = fopen(strcat(strcpy(path, GOLDEN_FOLDER "/"), name),
			     "r");
#endif
	return file;
}

int golden_read(const char *name, struct buffer *stream)
{
	FILE *file = open_file(name);
	uint8_t part[4096];
	size_t got;
	int ret = 0;

	if (!file)
		return -errno;
	stream->length = 0;
	while (!ret && (got = fread(part, 1, sizeof(part), file)))
		ret = buffer_append(stream, part, got);
	fclose(file);
	return ret;
}

int golden_make(const struct golden *golden, struct device *device,
		struct buffer *stream)
{
	int ret = vfio_reset(&device->vfio);

	stream->length = 0;
	if (!ret)
		ret = golden->make(device, stream);
	patch_sessions(stream);
	return ret;
}

static int write_file(const char *path, const struct buffer *stream)
{
	FILE *file = fopen(path, "w");
	size_t done;

	if (!file)
		return -errno;
	done = fwrite(stream->data, 1, stream->length, file);
	return fclose(file) || done != stream->length ? -EIO : 0;
}

int golden_write_all(struct device *device, const char *folder)
{
	struct buffer stream = { 0 };
	char path[PATH_MAX];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < golden_count && !ret; i++) {
		if (!goldens[i].make)
			continue;
		ret = golden_make(&goldens[i], device, &stream);
		snprintf(path, sizeof(path), "%s/%s", folder, goldens[i].file);
		if (!ret)
			ret = write_file(path, &stream);
	}
	buffer_free(&stream);
	return ret;
}

static const char *check_memory(const struct golden *golden,
				const struct vfio *vfio)
{
	uint8_t *expected = calloc(2, BENCH_MEMORY);
	uint8_t *seen = expected + BENCH_MEMORY;
	const char *wrong = NULL;
	unsigned int i;

	if (!expected)
		return "no memory for the test";
	for (i = 0; i < GOLDEN_PAGES_MAX && golden->pages[i].seed; i++) {
		const unsigned int at = golden->pages[i].number * MCOPY_PAGE;

		mcopy_expected(at, MCOPY_PAGE, golden->pages[i].seed,
			       expected + at);
	}
	if (mcopy_memory_read(vfio, 0, seen, BENCH_MEMORY) ||
	    memcmp(expected, seen, BENCH_MEMORY))
		wrong = "memory";
	free(expected);
	return wrong;
}

const char *golden_check(const struct golden *golden,
			 const struct device *device)
{
	static char wrong[32];
	uint32_t value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(registers); i++) {
		snprintf(wrong, sizeof(wrong), "register 0x%x",
			 registers[i].offset);
		if (mcopy_get(&device->vfio, registers[i].offset, &value) ||
		    value != registers[i].value)
			return wrong;
	}
	for (i = 0; i < ARRAY_SIZE(config); i++) {
		snprintf(wrong, sizeof(wrong), "config 0x%x",
			 config[i].offset);
		if (vfio_read(&device->vfio, VFIO_PCI_CONFIG_REGION_INDEX,
			      config[i].offset, &value, sizeof(value)) ||
		    value != config[i].value)
			return wrong;
	}
	if (golden->check) {
		const char *missing = golden->check(&device->vfio);

		if (missing)
			return missing;
	}
	return check_memory(golden, &device->vfio);
}
