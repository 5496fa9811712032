/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why something was refused: one code for the errno that the caller gets, for
 * the word that a person reads in last_error, and for the tracepoint.
 */
#ifndef VMIG_REASON_H
#define VMIG_REASON_H

#include "pure.h"

enum vmig_reason {
	VMIG_REASON_NONE = 0,
	/* the bytes of the stream */
	VMIG_REASON_BAD_MAGIC,
	VMIG_REASON_BAD_VERSION,
	VMIG_REASON_BAD_CHECKSUM,
	VMIG_REASON_BAD_RESERVED,
	VMIG_REASON_BAD_LENGTH,
	VMIG_REASON_BAD_SEQUENCE,
	VMIG_REASON_BAD_ORDER,
	VMIG_REASON_UNKNOWN_RECORD,
	VMIG_REASON_OUT_OF_BOUNDS,
	VMIG_REASON_BAD_TOTAL,
	VMIG_REASON_TRUNCATED,
	VMIG_REASON_TRAILING_DATA,
	/* what they say */
	VMIG_REASON_BAD_STATE,
	VMIG_REASON_NO_MEMORY,
	VMIG_REASON_MALFORMED,
	VMIG_REASON_GRAMMAR_UNSUPPORTED,
	VMIG_REASON_NOT_MIGRATABLE,
	/*
	 * What stands against it, in the order of looking: of two refusals, the
	 * later one came further.
	 */
	VMIG_REASON_UNKNOWN_CONSTRAINT,
	VMIG_REASON_API_MISMATCH,
	VMIG_REASON_MODEL_MISMATCH,
	VMIG_REASON_BUS_ID_MISMATCH,
	VMIG_REASON_TYPE_NOT_ACCEPTED,
	VMIG_REASON_VERSION_MAJOR,
	VMIG_REASON_VERSION_TOO_OLD,
	VMIG_REASON_VERSION_TOO_NEW,
	VMIG_REASON_CAPACITY_MISMATCH,
	VMIG_REASON_FEATURE_MISSING,
	VMIG_REASON_FEATURE_UNSUPPORTED,
	VMIG_REASON_PARAM_MISSING,
	VMIG_REASON_PARAM_VALUE,
	VMIG_REASON_PARAM_UNKNOWN,
	VMIG_REASON_CONDITION_FAILED,
	VMIG_REASON_CREATE_NOT_INTEGRAL,
	VMIG_REASON_CREATE_OUT_OF_RANGE,
	/* nothing, once the device has been given that profile */
	VMIG_REASON_NOT_CONFIGURED,
	/* the state machine and the registers */
	VMIG_REASON_BAD_TRANSITION,
	VMIG_REASON_WRONG_STATE,
	VMIG_REASON_BAD_ACCESS,
	/* the files of an administrator */
	VMIG_REASON_BAD_VALUE,
	VMIG_REASON_NO_CAPACITY,
	/* other owners, other kernels */
	VMIG_REASON_PROTOCOL_BUSY,
	VMIG_REASON_NO_DIRTY_TRACKING,
	/* asked for, to see what a VMM does */
	VMIG_REASON_INJECTED,
	VMIG_REASONS
};

/**
 * struct vmig_refusal - the first thing that was wrong
 * @reason:	VMIG_REASON_NONE while nothing was
 * @type:	enum vmig_record_type it was found in, 0 if in none
 * @record:	sequence number of that record
 * @field:	name of the field, static storage; NULL if it was no field
 */
struct vmig_refusal {
	enum vmig_reason reason;
	u16 type;
	u32 record;
	const char *field;
};

/* The word for a reason, "none" for VMIG_REASON_NONE. */
const char *vmig_reason_name(enum vmig_reason reason);
/* The negative errno for a reason, 0 for VMIG_REASON_NONE. */
int vmig_reason_errno(enum vmig_reason reason);

#endif /* VMIG_REASON_H */
