// SPDX-License-Identifier: GPL-2.0
/* Names and error numbers of the reasons. */
#include "reason.h"

static const struct {
	const char *name;
	int err;
} reasons[] = {
	[VMIG_REASON_NONE]		= { "none", 0 },
	[VMIG_REASON_BAD_MAGIC]		= { "bad-magic", -EINVAL },
	[VMIG_REASON_BAD_VERSION]	= { "bad-version", -EPROTONOSUPPORT },
	[VMIG_REASON_BAD_CHECKSUM]	= { "bad-checksum", -EBADMSG },
	[VMIG_REASON_BAD_RESERVED]	= { "bad-reserved", -EINVAL },
	[VMIG_REASON_BAD_LENGTH]	= { "bad-length", -EMSGSIZE },
	[VMIG_REASON_BAD_SEQUENCE]	= { "bad-sequence", -EILSEQ },
	[VMIG_REASON_BAD_ORDER]		= { "bad-order", -EPROTO },
	[VMIG_REASON_UNKNOWN_RECORD]	= { "unknown-record", -EOPNOTSUPP },
	[VMIG_REASON_OUT_OF_BOUNDS]	= { "out-of-bounds", -ERANGE },
	[VMIG_REASON_BAD_TOTAL]		= { "bad-total", -EBADMSG },
	[VMIG_REASON_TRUNCATED]		= { "truncated", -ENODATA },
	[VMIG_REASON_TRAILING_DATA]	= { "trailing-data", -E2BIG },
	[VMIG_REASON_BAD_STATE]		= { "bad-state", -EINVAL },
	[VMIG_REASON_NO_MEMORY]		= { "no-memory", -ENOMEM },
	[VMIG_REASON_MALFORMED]		= { "malformed", -EINVAL },
	[VMIG_REASON_GRAMMAR_UNSUPPORTED] = { "grammar-unsupported", -EPROTONOSUPPORT },
	[VMIG_REASON_NOT_MIGRATABLE]	= { "not-migratable", -ENODEV },
	[VMIG_REASON_UNKNOWN_CONSTRAINT] = { "unknown-constraint", -EOPNOTSUPP },
	[VMIG_REASON_API_MISMATCH]	= { "api-mismatch", -EXDEV },
	[VMIG_REASON_MODEL_MISMATCH]	= { "model-mismatch", -EXDEV },
	[VMIG_REASON_BUS_ID_MISMATCH]	= { "bus-id-mismatch", -EXDEV },
	[VMIG_REASON_TYPE_NOT_ACCEPTED]	= { "type-not-accepted", -EXDEV },
	[VMIG_REASON_VERSION_MAJOR]	= { "version-major", -ERANGE },
	[VMIG_REASON_VERSION_TOO_OLD]	= { "version-too-old", -ERANGE },
	[VMIG_REASON_VERSION_TOO_NEW]	= { "version-too-new", -ERANGE },
	[VMIG_REASON_CAPACITY_MISMATCH]	= { "capacity-mismatch", -ENOSPC },
	[VMIG_REASON_FEATURE_MISSING]	= { "feature-missing", -EOPNOTSUPP },
	[VMIG_REASON_FEATURE_UNSUPPORTED] = { "feature-unsupported", -EOPNOTSUPP },
	[VMIG_REASON_PARAM_MISSING]	= { "param-missing", -EOPNOTSUPP },
	[VMIG_REASON_PARAM_VALUE]	= { "param-value", -EOPNOTSUPP },
	[VMIG_REASON_PARAM_UNKNOWN]	= { "param-unknown", -EOPNOTSUPP },
	[VMIG_REASON_CONDITION_FAILED]	= { "condition-failed", -EOPNOTSUPP },
	[VMIG_REASON_CREATE_NOT_INTEGRAL] = { "create-not-integral", -ENOSPC },
	[VMIG_REASON_CREATE_OUT_OF_RANGE] = { "create-out-of-range", -ENOSPC },
	[VMIG_REASON_NOT_CONFIGURED]	= { "not-configured", -EOPNOTSUPP },
	[VMIG_REASON_BAD_TRANSITION]	= { "bad-transition", -EINVAL },
	[VMIG_REASON_WRONG_STATE]	= { "wrong-state", -EINVAL },
	[VMIG_REASON_BAD_ACCESS]	= { "bad-access", -EINVAL },
	[VMIG_REASON_BAD_VALUE]		= { "bad-value", -EINVAL },
	[VMIG_REASON_NO_CAPACITY]	= { "no-capacity", -ENOSPC },
	[VMIG_REASON_PROTOCOL_BUSY]	= { "protocol-busy", -EBUSY },
	[VMIG_REASON_NO_DIRTY_TRACKING]	= { "no-dirty-tracking", -EOPNOTSUPP },
	[VMIG_REASON_INJECTED]		= { "injected", -EIO },
};

static_assert(ARRAY_SIZE(reasons) == VMIG_REASONS, "a reason without a name");

/* A callback that returns what is no reason must not pass for success. */
const char *vmig_reason_name(enum vmig_reason reason)
{
	return reason < VMIG_REASONS ? reasons[reason].name : "?";
}

int vmig_reason_errno(enum vmig_reason reason)
{
	return reason < VMIG_REASONS ? reasons[reason].err : -EIO;
}
