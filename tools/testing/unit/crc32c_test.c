// SPDX-License-Identifier: GPL-2.0
/* The checksum of this build against the vectors of RFC 3720, B.4. */
#include "unit.h"

#define VECTOR	32

static u32 whole(const void *data, size_t length)
{
	return ~vmig_crc32c(~0U, data, length);
}

static void known_patterns(void **state)
{
	u8 bytes[VECTOR];
	unsigned int i;

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(whole(bytes, sizeof(bytes)), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(whole(bytes, sizeof(bytes)), 0x62a8ab43);
	for (i = 0; i < VECTOR; i++)
		bytes[i] = i;
	assert_int_equal(whole(bytes, sizeof(bytes)), 0x46dd794e);
	for (i = 0; i < VECTOR; i++)
		bytes[i] = VECTOR - 1 - i;
	assert_int_equal(whole(bytes, sizeof(bytes)), 0x113fdb5c);
}

static void known_message(void **state)
{
	static const u8 read_command[] = {
		0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
		0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18,
		0x28, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	};

	(void)state;
	assert_int_equal(whole(read_command, sizeof(read_command)), 0xd9963a56);
	assert_int_equal(whole("123456789", 9), 0xe3069283);
}

static void nothing_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(vmig_crc32c(0x12345678, NULL, 0), 0x12345678);
	assert_int_equal(whole("", 0), 0);
}

/* One bit at a time, from the definition; no table that could be wrong. */
static u32 slowly(u32 crc, const u8 *data, size_t length)
{
	int bit;

	for (; length; length--, data++) {
		crc ^= *data;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	}
	return crc;
}

static void any_start_length_and_split(void **state)
{
	size_t start, length, split;
	u8 bytes[3 * VECTOR];

	(void)state;
	for (start = 0; start < sizeof(bytes); start++)
		bytes[start] = start * 37 + 11;
	for (start = 0; start < VECTOR / 2; start++)
		for (length = 0; length < 2 * VECTOR; length++)
			assert_int_equal(vmig_crc32c(7, bytes + start, length),
					 slowly(7, bytes + start, length));
	for (split = 0; split <= sizeof(bytes); split++)
		assert_int_equal(vmig_crc32c(vmig_crc32c(7, bytes, split),
					     bytes + split,
					     sizeof(bytes) - split),
				 slowly(7, bytes, sizeof(bytes)));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(known_patterns),
	cmocka_unit_test(known_message),
	cmocka_unit_test(nothing_changes_nothing),
	cmocka_unit_test(any_start_length_and_split),
};

UNIT_MAIN(tests)
