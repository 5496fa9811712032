// SPDX-License-Identifier: GPL-2.0
#include <ctype.h>

#include "unit.h"
#include "reason.h"

/*
 * Tools and people match on the words, and programs on the numbers: neither may
 * change, so both stand here once more.
 */
static const struct {
	enum vmig_reason reason;
	const char *name;
	int err;
} expected[] = {
	{ VMIG_REASON_NONE, "none", 0 },
	{ VMIG_REASON_BAD_MAGIC, "bad-magic", -EINVAL },
	{ VMIG_REASON_BAD_VERSION, "bad-version", -EPROTONOSUPPORT },
	{ VMIG_REASON_BAD_CHECKSUM, "bad-checksum", -EBADMSG },
	{ VMIG_REASON_BAD_RESERVED, "bad-reserved", -EINVAL },
	{ VMIG_REASON_BAD_LENGTH, "bad-length", -EMSGSIZE },
	{ VMIG_REASON_BAD_SEQUENCE, "bad-sequence", -EILSEQ },
	{ VMIG_REASON_BAD_ORDER, "bad-order", -EPROTO },
	{ VMIG_REASON_UNKNOWN_RECORD, "unknown-record", -EOPNOTSUPP },
	{ VMIG_REASON_OUT_OF_BOUNDS, "out-of-bounds", -ERANGE },
	{ VMIG_REASON_BAD_TOTAL, "bad-total", -EBADMSG },
	{ VMIG_REASON_TRUNCATED, "truncated", -ENODATA },
	{ VMIG_REASON_TRAILING_DATA, "trailing-data", -E2BIG },
	{ VMIG_REASON_BAD_STATE, "bad-state", -EINVAL },
	{ VMIG_REASON_NO_MEMORY, "no-memory", -ENOMEM },
	{ VMIG_REASON_MALFORMED, "malformed", -EINVAL },
	{ VMIG_REASON_GRAMMAR_UNSUPPORTED, "grammar-unsupported",
	  -EPROTONOSUPPORT },
	{ VMIG_REASON_NOT_MIGRATABLE, "not-migratable", -ENODEV },
	{ VMIG_REASON_UNKNOWN_CONSTRAINT, "unknown-constraint", -EOPNOTSUPP },
	{ VMIG_REASON_API_MISMATCH, "api-mismatch", -EXDEV },
	{ VMIG_REASON_MODEL_MISMATCH, "model-mismatch", -EXDEV },
	{ VMIG_REASON_BUS_ID_MISMATCH, "bus-id-mismatch", -EXDEV },
	{ VMIG_REASON_TYPE_NOT_ACCEPTED, "type-not-accepted", -EXDEV },
	{ VMIG_REASON_VERSION_MAJOR, "version-major", -ERANGE },
	{ VMIG_REASON_VERSION_TOO_OLD, "version-too-old", -ERANGE },
	{ VMIG_REASON_VERSION_TOO_NEW, "version-too-new", -ERANGE },
	{ VMIG_REASON_CAPACITY_MISMATCH, "capacity-mismatch", -ENOSPC },
	{ VMIG_REASON_FEATURE_MISSING, "feature-missing", -EOPNOTSUPP },
	{ VMIG_REASON_FEATURE_UNSUPPORTED, "feature-unsupported", -EOPNOTSUPP },
	{ VMIG_REASON_PARAM_MISSING, "param-missing", -EOPNOTSUPP },
	{ VMIG_REASON_PARAM_VALUE, "param-value", -EOPNOTSUPP },
	{ VMIG_REASON_PARAM_UNKNOWN, "param-unknown", -EOPNOTSUPP },
	{ VMIG_REASON_CONDITION_FAILED, "condition-failed", -EOPNOTSUPP },
	{ VMIG_REASON_CREATE_NOT_INTEGRAL, "create-not-integral", -ENOSPC },
	{ VMIG_REASON_CREATE_OUT_OF_RANGE, "create-out-of-range", -ENOSPC },
	{ VMIG_REASON_NOT_CONFIGURED, "not-configured", -EOPNOTSUPP },
	{ VMIG_REASON_BAD_TRANSITION, "bad-transition", -EINVAL },
	{ VMIG_REASON_WRONG_STATE, "wrong-state", -EINVAL },
	{ VMIG_REASON_BAD_ACCESS, "bad-access", -EINVAL },
	{ VMIG_REASON_BAD_VALUE, "bad-value", -EINVAL },
	{ VMIG_REASON_NO_CAPACITY, "no-capacity", -ENOSPC },
	{ VMIG_REASON_PROTOCOL_BUSY, "protocol-busy", -EBUSY },
	{ VMIG_REASON_NO_DIRTY_TRACKING, "no-dirty-tracking", -EOPNOTSUPP },
	{ VMIG_REASON_INJECTED, "injected", -EIO },
};

static void each_has_its_word_and_number(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_string_equal(vmig_reason_name(expected[i].reason),
				    expected[i].name);
		assert_int_equal(vmig_reason_errno(expected[i].reason),
				 expected[i].err);
	}
}

static void none_is_left_out_here(void **state)
{
	bool seen[VMIG_REASONS] = { false };
	size_t i;

	(void)state;
	assert_int_equal(ARRAY_SIZE(expected), VMIG_REASONS);
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_false(seen[expected[i].reason]);
		seen[expected[i].reason] = true;
	}
}

static void words_are_one_token_and_unique(void **state)
{
	unsigned int a, b;

	(void)state;
	for (a = 0; a < VMIG_REASONS; a++) {
		const char *c = vmig_reason_name(a);

		for (; *c; c++)
			assert_true(islower(*c) || *c == '-');
		for (b = 0; b < a; b++)
			assert_string_not_equal(vmig_reason_name(a),
						vmig_reason_name(b));
	}
}

/* What is no reason must not look like success either. */
static void out_of_range_is_an_error(void **state)
{
	const unsigned int wrong[] = { VMIG_REASONS, VMIG_REASONS + 1,
				       (unsigned int)-EINVAL, 0x80000000 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_string_equal(vmig_reason_name(wrong[i]), "?");
		assert_int_equal(vmig_reason_errno(wrong[i]), -EIO);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_has_its_word_and_number),
	cmocka_unit_test(none_is_left_out_here),
	cmocka_unit_test(words_are_one_token_and_unique),
	cmocka_unit_test(out_of_range_is_an_error),
};

UNIT_MAIN(tests)
