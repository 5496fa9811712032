// SPDX-License-Identifier: GPL-2.0
/*
 * Accesses to the migration region that nobody should make: wrong widths,
 * wrong offsets, wrong words. None may have an effect, in any state.
 */
#include "lib/dice.h"
#include "lib/stream.h"
#include "test.h"

#define REGISTERS_SIZE	0x1000U
#define SEED		20201110

static const unsigned int widths[] = { 1, 2, 3, 4, 8, 16 };

FIXTURE(access)
{
	struct bench bench;
	struct device *device;
	struct migration *migration;
};

FIXTURE_VARIANT(access)
{
	const struct driver *driver;
	uint32_t word;
};

DRIVER_VARIANT_ADD(access, running, .word = STATE_RUNNING);
DRIVER_VARIANT_ADD(access, pre_copy, .word = STATE_PRE_COPY);
DRIVER_VARIANT_ADD(access, stop_copy, .word = STATE_STOP_COPY);
DRIVER_VARIANT_ADD(access, stop, .word = STATE_STOP);
DRIVER_VARIANT_ADD(access, resuming, .word = STATE_RESUMING);

FIXTURE_SETUP(access)
{
	TEST_OPEN_OF(&self->bench, variant->driver, 1, &protocol_v1);
	self->device = &self->bench.device[0];
	self->migration = &self->device->migration;
	ASSERT_EQ(0, variant->driver->leave(&self->device->vfio, SEED));
	ASSERT_EQ(0, migration_set_state(self->migration, variant->word));
}

FIXTURE_TEARDOWN(access)
{
	test_close(_metadata, &self->bench);
}

/*
 * Trap 28 (Documentation/traps.rst): a client that sees the region at an odd
 * place would split its accesses. They are refused, not guessed at.
 */
TEST_F(access, has_no_other_registers_in_its_page)
{
	uint8_t value[16] = { 0 };
	unsigned int offset;
	size_t i;

	EXPECT_EQ(0, self->migration->region.offset % REGISTERS_SIZE);
	for (offset = 0; offset < REGISTERS_SIZE; offset++) {
		for (i = 0; i < ARRAY_SIZE(widths); i++) {
			if (migration_has_register(offset, widths[i]))
				continue;
			ASSERT_EQ(-EINVAL, migration_get(self->migration,
							 offset, value,
							 widths[i])) {
				TH_LOG("read %u at 0x%x", widths[i], offset);
			}
			ASSERT_EQ(-EINVAL, migration_set(self->migration,
							 offset, value,
							 widths[i])) {
				TH_LOG("write %u at 0x%x", widths[i], offset);
			}
		}
	}
	EXPECT_EQ(variant->word, migration_state(self->migration));
}

/* The page's last bytes belong to it, the window's first to the window. */
TEST_F(access, does_not_cross_its_borders)
{
	const uint64_t end = REGISTERS_SIZE + self->migration->window_size;
	uint8_t value[16] = { 0 };
	unsigned int before;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		const unsigned int width = widths[i];

		EXPECT_EQ(0, migration_get(self->migration, REGISTERS_SIZE,
					   value, width));
		EXPECT_EQ(0, migration_get(self->migration, end - width, value,
					   width));
		for (before = 1; before < width; before++) {
			EXPECT_EQ(-EINVAL, migration_get(self->migration,
							 REGISTERS_SIZE - before,
							 value, width));
			EXPECT_EQ(-EINVAL, migration_set(self->migration,
							 REGISTERS_SIZE - before,
							 value, width));
			EXPECT_EQ(-EINVAL, migration_get(self->migration,
							 end - before, value,
							 width));
			EXPECT_EQ(-EINVAL, migration_set(self->migration,
							 end - before, value,
							 width));
		}
	}
}

TEST_F(access, has_nothing_behind_its_end)
{
	const uint64_t end = REGISTERS_SIZE + self->migration->window_size;
	const uint64_t places[] = {
		end, end + 1, end + REGISTERS_SIZE, 2 * end, 1ULL << 31,
		1ULL << 32, (1ULL << 32) + REGISTERS_SIZE, (1ULL << 40) - 16,
	};
	uint8_t value[16] = { 0 };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		for (j = 0; j < ARRAY_SIZE(widths); j++) {
			EXPECT_EQ(-EINVAL, migration_get(self->migration,
							 places[i], value,
							 widths[j]));
			EXPECT_EQ(-EINVAL, migration_set(self->migration,
							 places[i], value,
							 widths[j]));
		}
	}
}

/*
 * Trap 29 (Documentation/traps.rst): a short count is an error to QEMU. An
 * access is done in full or not at all, however long it is.
 */
TEST_F(access, is_never_cut_short)
{
	const uint64_t size = self->migration->window_size;
	uint8_t *out = malloc(size + REGISTERS_SIZE);
	size_t i;

	ASSERT_NE(NULL, out);
	for (i = 0; i < size; i++)
		out[i] = i * 31;
	EXPECT_EQ(0, migration_set(self->migration, REGISTERS_SIZE, out, size));
	memset(out, 0, size);
	EXPECT_EQ(0, migration_get(self->migration, REGISTERS_SIZE, out, size));
	for (i = 0; i < size && out[i] == (uint8_t)(i * 31); i++)
		;
	EXPECT_EQ(size, i);
	EXPECT_EQ(-EINVAL, migration_get(self->migration, REGISTERS_SIZE, out,
					 size + 1));
	EXPECT_EQ(-EINVAL, migration_get(self->migration, 0, out,
					 size + REGISTERS_SIZE));
	free(out);
}

/* A bad pointer is a bad pointer, and the device is where it was. */
TEST_F(access, does_not_follow_bad_pointers)
{
	static const unsigned int places[] = {
		MIGRATION_OFFSET(device_state), REGISTERS_SIZE,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		EXPECT_EQ(-EFAULT, migration_get(self->migration, places[i],
						 (void *)8, 4));
		EXPECT_EQ(-EFAULT, migration_set(self->migration, places[i],
						 (void *)8, 4));
	}
	EXPECT_EQ(variant->word, migration_state(self->migration));
}

/* Words as nobody writes them; the low three bits are what they mean. */
static uint32_t junk_word(unsigned int i, uint64_t *state)
{
	const uint32_t low = i % 8;

	if (i < 8 * 29)
		return 1U << (3 + i / 8) | low;
	return (dice(state) >> 32 & ~7U) | low;
}

/* Device_state's reserved bits are the user's: they change no answer. */
TEST_F(access, takes_words_by_their_low_bits)
{
	uint64_t state = SEED;
	unsigned int i;

	for (i = 0; i < 8 * 29 + 200; i++) {
		const uint32_t word = junk_word(i, &state);
		int plain, junk;

		ASSERT_EQ(0, vfio_reset(&self->device->vfio));
		ASSERT_EQ(0, migration_set_state(self->migration,
						 variant->word));
		plain = migration_set_state(self->migration, word & 7);
		plain = plain ? plain : migration_state(self->migration);

		ASSERT_EQ(0, vfio_reset(&self->device->vfio));
		ASSERT_EQ(0, migration_set_state(self->migration,
						 variant->word));
		junk = migration_set_state(self->migration, word);
		junk = junk ? junk : migration_state(self->migration);
		ASSERT_EQ(plain, junk) {
			TH_LOG("word 0x%x", word);
		}
	}
}

FIXTURE(session)
{
	struct bench bench;
	struct migration *migration;
	struct buffer stream;
};

DRIVER_VARIANTS(session);

FIXTURE_SETUP(session)
{
	TEST_OPEN_OF(&self->bench, variant->driver, 1, &protocol_v1);
	self->migration = &self->bench.device[0].migration;
	ASSERT_EQ(0, variant->driver->leave(&self->bench.device[0].vfio, SEED));
}

FIXTURE_TEARDOWN(session)
{
	buffer_free(&self->stream);
	test_close(_metadata, &self->bench);
}

/* All of that in the midst of a segment: what is staged stays as it is. */
TEST_F(session, is_not_disturbed)
{
	const uint64_t ones = ~0ULL;
	uint8_t value[16] = { 0 };
	uint64_t before, after;
	unsigned int offset;

	ASSERT_EQ(0, migration_set_state(self->migration, STATE_STOP_COPY));
	ASSERT_EQ(0, migration_pending(self->migration, &before));
	ASSERT_EQ(0, migration_data_offset(self->migration, &after));
	for (offset = 0; offset < 64; offset++) {
		EXPECT_EQ(-EINVAL, migration_get(self->migration, offset,
						 value, 3));
		EXPECT_EQ(-EINVAL, migration_set(self->migration, offset,
						 value, 2));
	}
	/* Read-only registers ignore what is written. */
	EXPECT_EQ(0, migration_set(self->migration,
				   MIGRATION_OFFSET(pending_bytes), &ones, 8));
	EXPECT_EQ(0, migration_set(self->migration,
				   MIGRATION_OFFSET(data_offset), &ones, 8));
	EXPECT_EQ(-EINVAL, migration_set(self->migration,
					 MIGRATION_OFFSET(data_size), &ones,
					 8));
	ASSERT_EQ(before, migration_segment(self->migration, &self->stream));
	EXPECT_EQ(0, stream_check(&self->stream, variant->driver->memory));
	ASSERT_EQ(0, migration_pending(self->migration, &after));
	EXPECT_EQ(0, after);
}

int main(int argc, char **argv)
{
	return test_main(argc, argv);
}
