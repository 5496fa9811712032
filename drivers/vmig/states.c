// SPDX-License-Identifier: GPL-2.0
/*
 * Two tables and a name list. The arcs and the paths are those that
 * linux/vfio.h prescribes for a v2 device with P2P and PRE_COPY; the unit tests
 * compare them with what it says in words.
 */
#include "states.h"

/* Short names keep the tables readable as tables. */
#define ERR	VMIG_STATE_ERROR
#define STOP	VMIG_STATE_STOP
#define RUN	VMIG_STATE_RUNNING
#define SCOPY	VMIG_STATE_STOP_COPY
#define RESUM	VMIG_STATE_RESUMING
#define RUNP	VMIG_STATE_RUNNING_P2P
#define PRE	VMIG_STATE_PRE_COPY
#define PREP	VMIG_STATE_PRE_COPY_P2P

static const u8 actions[VMIG_STATES][VMIG_STATES] = {
	[STOP][RUNP]	= VMIG_ACTION_START,
	[STOP][SCOPY]	= VMIG_ACTION_SAVE_OPEN,
	[STOP][RESUM]	= VMIG_ACTION_LOAD_OPEN,
	[RUN][RUNP]	= VMIG_ACTION_QUIESCE,
	[RUN][PRE]	= VMIG_ACTION_PRECOPY_OPEN,
	[SCOPY][STOP]	= VMIG_ACTION_SAVE_CLOSE,
	[RESUM][STOP]	= VMIG_ACTION_LOAD_CLOSE,
	[RUNP][RUN]	= VMIG_ACTION_UNQUIESCE,
	[RUNP][STOP]	= VMIG_ACTION_HALT,
	[RUNP][PREP]	= VMIG_ACTION_PRECOPY_OPEN,
	[PRE][RUN]	= VMIG_ACTION_PRECOPY_CLOSE,
	[PRE][PREP]	= VMIG_ACTION_QUIESCE,
	[PREP][PRE]	= VMIG_ACTION_UNQUIESCE,
	[PREP][RUNP]	= VMIG_ACTION_PRECOPY_CLOSE,
	[PREP][SCOPY]	= VMIG_ACTION_PRECOPY_FREEZE,
};

/* Row: where the device is. Column: where it is wanted. */
static const u8 next[VMIG_STATES][VMIG_STATES] = {
	/*            ERR  STOP  RUN   SCOPY  RESUM  RUNP  PRE   PREP */
	[ERR]	= { ERR, ERR,  ERR,  ERR,   ERR,   ERR,  ERR,  ERR },
	[STOP]	= { ERR, STOP, RUNP, SCOPY, RESUM, RUNP, RUNP, RUNP },
	[RUN]	= { ERR, RUNP, RUN,  RUNP,  RUNP,  RUNP, PRE,  RUNP },
	[SCOPY]	= { ERR, STOP, STOP, SCOPY, STOP,  STOP, ERR,  ERR },
	[RESUM]	= { ERR, STOP, STOP, STOP,  RESUM, STOP, STOP, STOP },
	[RUNP]	= { ERR, STOP, RUN,  STOP,  STOP,  RUNP, RUN,  PREP },
	[PRE]	= { ERR, RUN,  RUN,  PREP,  RUN,   RUN,  PRE,  PREP },
	[PREP]	= { ERR, RUNP, RUNP, SCOPY, RUNP,  RUNP, PRE,  PREP },
};

static const char * const names[] = {
	[ERR] = "ERROR", [STOP] = "STOP", [RUN] = "RUNNING",
	[SCOPY] = "STOP_COPY", [RESUM] = "RESUMING", [RUNP] = "RUNNING_P2P",
	[PRE] = "PRE_COPY", [PREP] = "PRE_COPY_P2P",
};

static const u8 v1_words[] = {
	[ERR] = VMIG_V1_ERROR,
	[STOP] = 0,
	[RUN] = VMIG_V1_RUNNING,
	[SCOPY] = VMIG_V1_SAVING,
	[RESUM] = VMIG_V1_RESUMING,
	[RUNP] = VMIG_V1_RUNNING,
	[PRE] = VMIG_V1_SAVING | VMIG_V1_RUNNING,
	[PREP] = VMIG_V1_SAVING | VMIG_V1_RUNNING,
};

static_assert(ARRAY_SIZE(next) == VMIG_STATES, "a state without a row");
static_assert(ARRAY_SIZE(names) == VMIG_STATES, "a state without a name");
static_assert(ARRAY_SIZE(v1_words) == VMIG_STATES, "a state without a word");

enum vmig_action vmig_state_action(enum vmig_state from, enum vmig_state to)
{
	if (from >= VMIG_STATES || to >= VMIG_STATES)
		return VMIG_ACTION_NONE;
	return actions[from][to];
}

enum vmig_state vmig_state_next(enum vmig_state from, enum vmig_state wanted)
{
	if (from >= VMIG_STATES || wanted >= VMIG_STATES)
		return VMIG_STATE_ERROR;
	return next[from][wanted];
}

const char *vmig_state_name(enum vmig_state state)
{
	return state < VMIG_STATES ? names[state] : "?";
}

bool vmig_v1_decode(u32 word, enum vmig_state *state)
{
	switch (word & VMIG_V1_MASK) {
	case 0:
		*state = VMIG_STATE_STOP;
		return true;
	case VMIG_V1_RUNNING:
		*state = VMIG_STATE_RUNNING;
		return true;
	case VMIG_V1_SAVING:
		*state = VMIG_STATE_STOP_COPY;
		return true;
	case VMIG_V1_SAVING | VMIG_V1_RUNNING:
		*state = VMIG_STATE_PRE_COPY;
		return true;
	case VMIG_V1_RESUMING:
		*state = VMIG_STATE_RESUMING;
		return true;
	default:
		return false;
	}
}

u32 vmig_v1_encode(enum vmig_state state)
{
	return v1_words[state < VMIG_STATES ? state : VMIG_STATE_ERROR];
}
