// SPDX-License-Identifier: GPL-2.0
/* migration_version: read it here, write it there. */
#include <errno.h>
#include <string.h>

#include "lib/module.h"
#include "lib/sizes.h"
#include "lib/sysfs.h"
#include "test.h"

#define PARENT		"mcopy0"
#define FILE_NAME	"migration_version"
#define OPTIONS		"parents=1 capacity=64"

static int reload(const char *options)
{
	int ret = bench_unload();

	if (!ret)
		ret = module_load("vmig", options);
	return ret ? ret : bench_load(OPTIONS);
}

static int write_type(const char *type, const char *line)
{
	return sysfs_write(line, MDEV_CLASS "/" PARENT
			   "/mdev_supported_types/%s/" FILE_NAME, type);
}

FIXTURE(legacy)
{
	struct mdev mdev;
	char line[512];
};

FIXTURE_SETUP(legacy)
{
	const int ret = reload("legacy_version=1");

	if (ret == -EBUSY)
		SKIP(return, "somebody uses the modules");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, mdev_create(&self->mdev, PARENT, "mcopy-m1"));
	ASSERT_EQ(0, mdev_read(&self->mdev, FILE_NAME, self->line,
			       sizeof(self->line)));
}

FIXTURE_TEARDOWN(legacy)
{
	EXPECT_EQ(0, mdev_remove(&self->mdev));
	EXPECT_EQ(0, bench_unload());
}

TEST_F(legacy, line_is_the_first_record_of_a_stream)
{
	char of_type[512];

	EXPECT_STREQ(SIZE_SELF_LINE,
		     self->line);
	ASSERT_EQ(0, mdev_type_read(PARENT, "mcopy-m1", FILE_NAME, of_type,
				    sizeof(of_type)));
	EXPECT_STREQ(self->line, of_type);
}

TEST_F(legacy, line_is_taken_by_the_device_and_its_type)
{
	char newline[520];

	EXPECT_EQ(0, mdev_write(&self->mdev, FILE_NAME, self->line));
	EXPECT_EQ(0, write_type("mcopy-m1", self->line));
	snprintf(newline, sizeof(newline), "%s\n", self->line);
	EXPECT_EQ(0, mdev_write(&self->mdev, FILE_NAME, newline));
	EXPECT_EQ(0, write_type("mcopy-m1", newline));
	strcat(newline, "\n");
	EXPECT_EQ(-EINVAL, mdev_write(&self->mdev, FILE_NAME, newline));
	EXPECT_EQ(-ENOSPC, write_type("mcopy-m16", self->line));
}

#define LINE(model, type, ver, profile, capacity, feat, params)		\
	"abi=1;model=" model ";api=vfio-pci;pci.vendor=1234;"		\
	"pci.device=6d63;type=" type ";ver=" ver ";profile=" profile	\
	";capacity=" capacity ";feat=" feat params

#define NAMELESS							\
	"abi=1;model=vmig/mcopy;api=vfio-pci;pci.vendor=1234;"		\
	"pci.device=6d63;type=mcopy-m1;ver=3.1.0;capacity=1;feat=dma"

#define P3_FEATURES	"crc,dma,fill,queues"
#define P3_PARAMS	";p.num_queues=4;p.ring_max=1024"

TEST_F(legacy, line_of_others_is_refused_by_number)
{
	static const struct {
		const char *line;
		int err, type_err;
	} lines[] = {
		{ "\n", -EINVAL, -EINVAL },
		{ "junk", -EINVAL, -EINVAL },
		{ "abi=2;model=vmig/mcopy", -EPROTONOSUPPORT,
		  -EPROTONOSUPPORT },
		{ LINE("vmig/other", "mcopy-m1", "3.3.0", "p3", "1",
		       P3_FEATURES, P3_PARAMS), -EXDEV, -EXDEV },
		{ LINE("vmig/mcopy", "mcopy-m2", "3.3.0", "p3", "1",
		       P3_FEATURES, P3_PARAMS), -EXDEV, -EXDEV },
		{ LINE("vmig/mcopy", "mcopy-m1", "3.4.0", "p4", "1",
		       P3_FEATURES, P3_PARAMS), -ERANGE, -ERANGE },
		{ LINE("vmig/mcopy", "mcopy-m1", "3.3.0", "p3", "2",
		       P3_FEATURES, P3_PARAMS), -ENOSPC, 0 },
		{ LINE("vmig/mcopy", "mcopy-m1", "3.3.0", "p3", "1",
		       P3_FEATURES ",more", P3_PARAMS), -EOPNOTSUPP,
		  -EOPNOTSUPP },
		{ LINE("vmig/mcopy", "mcopy-m1", "3.3.0", "p3", "1",
		       P3_FEATURES, ";p.num_queues=4"), -EOPNOTSUPP,
		  -EOPNOTSUPP },
		{ LINE("vmig/mcopy", "mcopy-m1", "3.3.0", "p3", "1",
		       P3_FEATURES, ";p.num_queues=2;p.ring_max=2048"),
		  -EOPNOTSUPP, 0 },
		{ LINE("vmig/mcopy", "mcopy-m1", "3.1.0", "p1", "1", "dma",
		       ""), -EOPNOTSUPP, 0 },
		/* It does not matter what it calls itself. */
		{ LINE("vmig/mcopy", "mcopy-m1", "3.1.0", "p3", "1", "dma",
		       ""), -EOPNOTSUPP, 0 },
		{ NAMELESS, -EOPNOTSUPP, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		EXPECT_EQ(lines[i].err, mdev_write(&self->mdev, FILE_NAME,
						   lines[i].line)) {
			TH_LOG("%s", lines[i].line);
		}
		EXPECT_EQ(lines[i].type_err, write_type("mcopy-m1",
							lines[i].line)) {
			TH_LOG("%s", lines[i].line);
		}
	}
}

/* A question has no effect: not on the device, and not on what it says. */
TEST_F(legacy, line_changes_nothing)
{
	char before[4096], after[4096];

	ASSERT_EQ(0, mdev_read(&self->mdev, "migration_compatible", before,
			       sizeof(before)));
	EXPECT_EQ(0, mdev_write(&self->mdev, FILE_NAME, self->line));
	EXPECT_EQ(-EINVAL, mdev_write(&self->mdev, FILE_NAME, "junk"));
	ASSERT_EQ(0, mdev_read(&self->mdev, "migration_compatible", after,
			       sizeof(after)));
	EXPECT_STREQ(before, after);
	ASSERT_EQ(0, mdev_read(&self->mdev, "migration/last_error", after,
			       sizeof(after)));
	EXPECT_STREQ("none", after);
}

/* On both or on neither. */
TEST_F(legacy, files_are_not_there_by_default)
{
	char value[512];

	ASSERT_EQ(0, mdev_remove(&self->mdev));
	ASSERT_EQ(0, reload(NULL));
	ASSERT_EQ(0, mdev_create(&self->mdev, PARENT, "mcopy-m1"));
	EXPECT_EQ(-ENOENT, mdev_read(&self->mdev, FILE_NAME, value,
				     sizeof(value)));
	EXPECT_EQ(-ENOENT, mdev_type_read(PARENT, "mcopy-m1", FILE_NAME,
					  value, sizeof(value)));
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
