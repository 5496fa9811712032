// SPDX-License-Identifier: GPL-2.0
/* What types and devices say of themselves: documents, and one value a file. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "lib/kmsg.h"
#include "lib/pci.h"
#include "lib/sysfs.h"
#include "lib/uevent.h"
#include "documents.h"
#include "test.h"

#define OPTIONS		"parents=1 capacity=" MCOPY_DOCUMENT_POOL
#define PARENT		"mcopy0"
#define TYPE_FILE	MDEV_CLASS "/%s/mdev_supported_types/%s/%s"

#define types		mcopy_documents
#define TYPES		MCOPY_DOCUMENTS

#define TEXT_SIZE	4096

FIXTURE(documents)
{
	int kmsg;
	struct mdev mdev;
};

FIXTURE_SETUP(documents)
{
	const int ret = bench_reload(OPTIONS);

	if (ret == -EBUSY)
		SKIP(return, "somebody uses the modules");
	ASSERT_EQ(0, ret);
	self->kmsg = kmsg_open();
}

FIXTURE_TEARDOWN(documents)
{
	EXPECT_EQ(0, mdev_remove(&self->mdev));
	EXPECT_EQ(0, bench_unload());
	test_end_of_log(_metadata, self->kmsg);
}

/* All of a file, @step bytes at a time. Returns its length or -errno. */
static ssize_t read_steps(const char *path, char text[TEXT_SIZE], size_t step)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t done = 0, ret = 0;

	if (fd < 0)
		return -errno;
	while (done < TEXT_SIZE - 1) {
		ret = read(fd, text + done,
			   step < (size_t)(TEXT_SIZE - 1 - done) ?
			   step : (size_t)(TEXT_SIZE - 1 - done));
		if (ret <= 0)
			break;
		done += ret;
	}
	text[done] = '\0';
	ret = ret < 0 ? -errno : done;
	close(fd);
	return ret;
}

static void expect_text(struct __test_metadata *_metadata, const char *path,
			const char *document)
{
	static const size_t steps[] = { TEXT_SIZE, 1, 7 };
	char expected[TEXT_SIZE], text[TEXT_SIZE];
	size_t i;

	snprintf(expected, sizeof(expected), "%s\n", document);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		EXPECT_EQ((ssize_t)strlen(expected),
			  read_steps(path, text, steps[i]));
		EXPECT_STREQ(expected, text) {
			TH_LOG("%s, %zu bytes at once", path, steps[i]);
		}
	}
}

TEST_F(documents, of_types)
{
	char path[SYSFS_PATH_MAX];
	size_t i;

	for (i = 0; i < TYPES; i++) {
		snprintf(path, sizeof(path), TYPE_FILE, PARENT, types[i].name,
			 "migration_compatible");
		expect_text(_metadata, path, types[i].type);
	}
}

TEST_F(documents, of_devices)
{
	char path[SYSFS_PATH_MAX];
	size_t i;

	for (i = 0; i < TYPES; i++) {
		ASSERT_EQ(0, mdev_create(&self->mdev, PARENT, types[i].name));
		snprintf(path, sizeof(path), MDEV_DEVICES "/%s/%s",
			 self->mdev.uuid, "migration_compatible");
		expect_text(_metadata, path, types[i].device);
		ASSERT_EQ(0, mdev_remove(&self->mdev));
	}
}

TEST_F(documents, of_an_open_device_are_the_same)
{
	struct device device = { 0 };
	char path[SYSFS_PATH_MAX];

	ASSERT_EQ(0, device_create(&device, "mcopy-m16"));
	snprintf(path, sizeof(path), MDEV_DEVICES "/%s/%s", device.mdev.uuid,
		 "migration_compatible");
	expect_text(_metadata, path, types[1].device);
	EXPECT_EQ(0, device_destroy(&device));
}

#define PARAMS	"migration/param_num_queues migration/param_ring_max"

TEST_F(documents, of_types_have_a_value_a_file)
{
	const struct {
		const char *file;
		const char *value;
	} values[] = {
		{ "migration/device_model", "vmig/mcopy" },
		{ "migration/software_version", "3.3.0" },
		{ "migration/profiles", "p1 p2 p3" },
		{ "migration/default_profile", "p3" },
		{ "migration/features", "crc dma fill queues" },
		{ "migration/units", types[1].units },
		{ "migration/pool", "mcopy" },
		{ "migration/pool_total", MCOPY_DOCUMENT_POOL },
		{ "migration/compatible_type",
		  "mcopy-m1 mcopy-m16 mcopy-m256 mcopy-m1024" },
		{ "migration/dynamic_resources",
		  "aggregator migration/profile " PARAMS },
	};
	char value[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		EXPECT_EQ(0, mdev_type_read(PARENT, types[1].name,
					    values[i].file, value,
					    sizeof(value)));
		EXPECT_STREQ(values[i].value, value) {
			TH_LOG("%s", values[i].file);
		}
	}
}

TEST_F(documents, of_devices_have_a_value_a_file)
{
	static const struct {
		const char *file;
		const char *value;
	} values[] = {
		{ "migration/device_model", "vmig/mcopy" },
		{ "migration/software_version", "3.3.0" },
		{ "migration/features", "crc dma fill queues" },
		{ "migration/capacity", "16" },
		{ "migration/generation", "1" },
		{ "migration/compatible_type",
		  "mcopy-m1 mcopy-m16 mcopy-m256 mcopy-m1024" },
	}, choices[] = {
		{ "aggregator", "1" },
		{ "migration/profile", "p3" },
		{ "migration/param_num_queues", "4" },
		{ "migration/param_ring_max", "1024" },
	};
	char value[128];
	size_t i;

	ASSERT_EQ(0, mdev_create(&self->mdev, PARENT, "mcopy-m16"));
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		EXPECT_EQ(0, mdev_read(&self->mdev, values[i].file, value,
				       sizeof(value)));
		EXPECT_STREQ(values[i].value, value) {
			TH_LOG("%s", values[i].file);
		}
		EXPECT_EQ(-EACCES, mdev_write(&self->mdev, values[i].file,
					      "1")) {
			TH_LOG("%s", values[i].file);
		}
	}
	for (i = 0; i < ARRAY_SIZE(choices); i++) {
		EXPECT_EQ(0, mdev_read(&self->mdev, choices[i].file, value,
				       sizeof(value)));
		EXPECT_STREQ(choices[i].value, value) {
			TH_LOG("%s", choices[i].file);
		}
	}
}

#define WAIT_MS	10000

/*
 * The parent's own event comes before its types have files; another one tells
 * of them, and is not taken for a new parent.
 */
TEST_F(documents, are_announced)
{
	const int sock = uevent_open();
	bool registered = false, announced = false;
	struct uevent event;

	ASSERT_GE(sock, 0);
	ASSERT_EQ(0, bench_unload());
	ASSERT_EQ(0, bench_load(OPTIONS));
	while (!announced) {
		ASSERT_EQ(0, uevent_next(sock, &event, "change", PARENT,
					 WAIT_MS));
		if (uevent_has(&event, "MDEV_STATE=unregistered"))
			continue;
		if (uevent_has(&event, "MDEV_STATE="))
			registered = true;
		else
			announced = registered;
	}
	close(sock);
}

struct reader {
	const char *parent;
	atomic_bool stop;
	unsigned int read;
	int error;
};

static void read_one(struct reader *reader, const char *type, const char *file)
{
	char text[TEXT_SIZE];
	const int ret = mdev_type_read(reader->parent, type, file, text,
				       sizeof(text));

	if (!ret && text[0])
		reader->read++;
	else if (ret != -ENOENT && ret != -ENODEV)
		reader->error = ret ?: -ENODATA;
}

static void *keep_reading(void *argument)
{
	struct reader *reader = argument;
	size_t i = 0;

	while (!atomic_load(&reader->stop)) {
		read_one(reader, types[i].name, "migration_compatible");
		read_one(reader, types[i].name, "migration/units");
		i = (i + 1) % TYPES;
	}
	return NULL;
}

#define ROUNDS	25

/* Whoever reads has the text or an error, and the parent can go. */
TEST_F_TIMEOUT(documents, can_be_read_while_the_parent_goes, 240)
{
	struct reader reader = { 0 };
	char name[PCI_NAME_SIZE];
	unsigned int round;
	pthread_t thread;

	if (pci_find_spare(name))
		SKIP(return, "no spare PCI function (QEMU: -device pci-testdev)");
	reader.parent = name;
	ASSERT_EQ(0, pthread_create(&thread, NULL, keep_reading, &reader));
	for (round = 0; round < ROUNDS; round++) {
		EXPECT_EQ(0, pci_bind(name, BENCH_MODULE));
		EXPECT_EQ(0, pci_unbind(name, BENCH_MODULE));
	}
	atomic_store(&reader.stop, true);
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, reader.error);
	EXPECT_LT(0, reader.read);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
