/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The migration state machine as data. Both protocols drive it; the v1
 * register's words are mapped onto its states.
 */
#ifndef VMIG_STATES_H
#define VMIG_STATES_H

#include "pure.h"

/* Numbered as enum vfio_device_mig_state, which older headers lack in part. */
enum vmig_state {
	VMIG_STATE_ERROR = 0,
	VMIG_STATE_STOP = 1,
	VMIG_STATE_RUNNING = 2,
	VMIG_STATE_STOP_COPY = 3,
	VMIG_STATE_RESUMING = 4,
	VMIG_STATE_RUNNING_P2P = 5,
	VMIG_STATE_PRE_COPY = 6,
	VMIG_STATE_PRE_COPY_P2P = 7,
	VMIG_STATES
};

/* What has to happen on one arc. */
enum vmig_action {
	VMIG_ACTION_NONE = 0,		/* there is no such arc */
	VMIG_ACTION_QUIESCE,		/* start no DMA, finish what runs */
	VMIG_ACTION_UNQUIESCE,
	VMIG_ACTION_HALT,		/* no internal change from here on */
	VMIG_ACTION_START,
	VMIG_ACTION_SAVE_OPEN,		/* open a saving session, halted */
	VMIG_ACTION_SAVE_CLOSE,
	VMIG_ACTION_PRECOPY_OPEN,	/* open a saving session, running */
	VMIG_ACTION_PRECOPY_CLOSE,
	VMIG_ACTION_PRECOPY_FREEZE,	/* halt, the session goes on */
	VMIG_ACTION_LOAD_OPEN,		/* clear the device, take a stream */
	VMIG_ACTION_LOAD_CLOSE,		/* the stream must be complete */
	VMIG_ACTIONS
};

/**
 * vmig_state_action() - the action on the arc between two neighbours
 * @from:	state to leave
 * @to:		state to enter
 *
 * Return: VMIG_ACTION_NONE if the two are not neighbours.
 */
enum vmig_action vmig_state_action(enum vmig_state from, enum vmig_state to);

/**
 * vmig_state_next() - the first step of the shortest path
 * @from:	current state
 * @wanted:	state to reach, not @from
 *
 * Return: the neighbour to go to, or VMIG_STATE_ERROR if there is no path that
 * the protocols allow (out of ERROR, into ERROR, back from STOP_COPY into
 * pre-copy) or an argument is no state.
 */
enum vmig_state vmig_state_next(enum vmig_state from, enum vmig_state wanted);

/* Upper-case name as in the kernel's documentation; "?" for no state. */
const char *vmig_state_name(enum vmig_state state);

static inline bool vmig_state_is_precopy(enum vmig_state state)
{
	return state == VMIG_STATE_PRE_COPY || state == VMIG_STATE_PRE_COPY_P2P;
}

static inline bool vmig_state_is_saving(enum vmig_state state)
{
	return state == VMIG_STATE_STOP_COPY || vmig_state_is_precopy(state);
}

/* The guest's accesses have effect: the device may change. */
static inline bool vmig_state_is_running(enum vmig_state state)
{
	return state == VMIG_STATE_RUNNING ||
	       state == VMIG_STATE_RUNNING_P2P || vmig_state_is_precopy(state);
}

/* Bits of the v1 device_state register (linux/vfio.h names them since 5.18). */
#define VMIG_V1_RUNNING		(1 << 0)
#define VMIG_V1_SAVING		(1 << 1)
#define VMIG_V1_RESUMING	(1 << 2)
#define VMIG_V1_MASK		(VMIG_V1_RUNNING | VMIG_V1_SAVING | VMIG_V1_RESUMING)
#define VMIG_V1_ERROR		(VMIG_V1_SAVING | VMIG_V1_RESUMING)

/**
 * vmig_v1_decode() - the state that a written device_state word asks for
 * @word:	value written; bits outside VMIG_V1_MASK are ignored, as the
 *		user preserves what it read there
 * @state:	the answer
 *
 * Return: false if the word is none a user may write.
 */
bool vmig_v1_decode(u32 word, enum vmig_state *state);

/* The word that device_state reads as. */
u32 vmig_v1_encode(enum vmig_state state);

#endif /* VMIG_STATES_H */
