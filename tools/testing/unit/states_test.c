// SPDX-License-Identifier: GPL-2.0
/*
 * The two tables against what linux/vfio.h says in words: a list of arcs, and
 * two rules for what goes over several of them, "select the shortest path" and
 * "the path cannot have saving group states as interior arcs".
 */
#include <linux/vfio.h>

#include "unit.h"
#include "states.h"

#define ERR	VMIG_STATE_ERROR
#define STOP	VMIG_STATE_STOP
#define RUN	VMIG_STATE_RUNNING
#define SCOPY	VMIG_STATE_STOP_COPY
#define RESUM	VMIG_STATE_RESUMING
#define RUNP	VMIG_STATE_RUNNING_P2P
#define PRE	VMIG_STATE_PRE_COPY
#define PREP	VMIG_STATE_PRE_COPY_P2P

#define NO_PATH		99
#define LONGEST_PATH	4

static const struct arc {
	enum vmig_state from;
	enum vmig_state to;
	enum vmig_action action;
} arcs[] = {
	{ RUNP, STOP, VMIG_ACTION_HALT },
	{ STOP, RUNP, VMIG_ACTION_START },
	{ RUN, RUNP, VMIG_ACTION_QUIESCE },
	{ RUNP, RUN, VMIG_ACTION_UNQUIESCE },
	{ PRE, PREP, VMIG_ACTION_QUIESCE },
	{ PREP, PRE, VMIG_ACTION_UNQUIESCE },
	{ STOP, SCOPY, VMIG_ACTION_SAVE_OPEN },
	{ SCOPY, STOP, VMIG_ACTION_SAVE_CLOSE },
	{ RUN, PRE, VMIG_ACTION_PRECOPY_OPEN },
	{ RUNP, PREP, VMIG_ACTION_PRECOPY_OPEN },
	{ PRE, RUN, VMIG_ACTION_PRECOPY_CLOSE },
	{ PREP, RUNP, VMIG_ACTION_PRECOPY_CLOSE },
	{ PREP, SCOPY, VMIG_ACTION_PRECOPY_FREEZE },
	{ STOP, RESUM, VMIG_ACTION_LOAD_OPEN },
	{ RESUM, STOP, VMIG_ACTION_LOAD_CLOSE },
};

static enum vmig_action listed_action(unsigned int from, unsigned int to)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(arcs); i++)
		if (arcs[i].from == from && arcs[i].to == to)
			return arcs[i].action;
	return VMIG_ACTION_NONE;
}

static bool in_saving_group(unsigned int state)
{
	return state == PRE || state == PREP || state == SCOPY;
}

/* Asked for and yet not allowed, whatever arcs there are. */
static bool forbidden(unsigned int from, unsigned int wanted)
{
	return from == ERR || wanted == ERR ||
	       (from == SCOPY && (wanted == PRE || wanted == PREP));
}

/*
 * May a path from one to the other pass through this state? Within the saving
 * group it may, since that is one session all the way.
 */
static bool may_pass(unsigned int state, unsigned int from, unsigned int wanted)
{
	return !in_saving_group(state) ||
	       (in_saving_group(from) && in_saving_group(wanted));
}

/* Breadth first, back from the wanted state: the steps from each state. */
static void distances(unsigned int from, unsigned int wanted,
		      unsigned int steps[VMIG_STATES])
{
	unsigned int state, round;
	size_t i;

	for (state = 0; state < VMIG_STATES; state++)
		steps[state] = state == wanted ? 0 : NO_PATH;
	for (round = 0; round < VMIG_STATES; round++) {
		for (i = 0; i < ARRAY_SIZE(arcs); i++) {
			const struct arc *arc = &arcs[i];

			if (steps[arc->to] != round ||
			    steps[arc->from] != NO_PATH)
				continue;
			if (arc->to == wanted || may_pass(arc->to, from, wanted))
				steps[arc->from] = round + 1;
		}
	}
}

/* The neighbour on the shortest path; there must be just one. */
static unsigned int expected_step(unsigned int from, unsigned int wanted)
{
	unsigned int steps[VMIG_STATES], found = NO_PATH;
	size_t i;

	distances(from, wanted, steps);
	for (i = 0; i < ARRAY_SIZE(arcs); i++) {
		if (arcs[i].from != from ||
		    steps[arcs[i].to] + 1 != steps[from] ||
		    (arcs[i].to != wanted &&
		     !may_pass(arcs[i].to, from, wanted)))
			continue;
		assert_int_equal(found, NO_PATH);
		found = arcs[i].to;
	}
	assert_int_not_equal(found, NO_PATH);
	return found;
}

static void numbers_are_the_kernels(void **state)
{
	(void)state;
	assert_int_equal(ERR, VFIO_DEVICE_STATE_ERROR);
	assert_int_equal(STOP, VFIO_DEVICE_STATE_STOP);
	assert_int_equal(RUN, VFIO_DEVICE_STATE_RUNNING);
	assert_int_equal(SCOPY, VFIO_DEVICE_STATE_STOP_COPY);
	assert_int_equal(RESUM, VFIO_DEVICE_STATE_RESUMING);
	assert_int_equal(RUNP, VFIO_DEVICE_STATE_RUNNING_P2P);
	/* Not in the headers of Linux before 6.2. */
	assert_int_equal(PRE, 6);
	assert_int_equal(PREP, 7);
	assert_int_equal(VMIG_STATES, 8);
}

static void arcs_have_actions_and_others_none(void **state)
{
	unsigned int from, to;

	(void)state;
	for (from = 0; from < VMIG_STATES; from++)
		for (to = 0; to < VMIG_STATES; to++)
			assert_int_equal(vmig_state_action(from, to),
					 listed_action(from, to));
}

static void walk(unsigned int from, unsigned int wanted)
{
	unsigned int at = from, steps = 0;
	enum vmig_action action;

	while (at != wanted) {
		unsigned int next = vmig_state_next(at, wanted);

		if (next != expected_step(at, wanted))
			fail_msg("%s to %s: from %s it goes to %s, not %s",
				 vmig_state_name(from), vmig_state_name(wanted),
				 vmig_state_name(at), vmig_state_name(next),
				 vmig_state_name(expected_step(at, wanted)));
		action = vmig_state_action(at, next);
		assert_int_not_equal(action, VMIG_ACTION_NONE);
		/* Only the last step can hand out a file. */
		if (next != wanted) {
			assert_int_not_equal(action, VMIG_ACTION_SAVE_OPEN);
			assert_int_not_equal(action, VMIG_ACTION_LOAD_OPEN);
			assert_int_not_equal(action, VMIG_ACTION_PRECOPY_OPEN);
		}
		at = next;
		assert_true(++steps <= LONGEST_PATH);
	}
}

static void every_pair_is_walked_to_its_end(void **state)
{
	unsigned int from, wanted, walked = 0;

	(void)state;
	for (from = 0; from < VMIG_STATES; from++) {
		for (wanted = 0; wanted < VMIG_STATES; wanted++) {
			if (from == wanted || forbidden(from, wanted))
				continue;
			walk(from, wanted);
			walked++;
		}
	}
	/* 7 states without ERROR, any to any other, but 2 pairs. */
	assert_int_equal(walked, 7 * 6 - 2);
}

/* The whole path from a state is the first step and then the next one's. */
static void paths_do_not_depend_on_where_they_began(void **state)
{
	unsigned int from, wanted;

	(void)state;
	for (from = 0; from < VMIG_STATES; from++) {
		for (wanted = 0; wanted < VMIG_STATES; wanted++) {
			unsigned int here[VMIG_STATES], there[VMIG_STATES];
			unsigned int next;

			if (from == wanted || forbidden(from, wanted))
				continue;
			next = vmig_state_next(from, wanted);
			distances(from, wanted, here);
			distances(next, wanted, there);
			assert_int_equal(there[next] + 1, here[from]);
		}
	}
}

static void forbidden_pairs_have_no_next(void **state)
{
	unsigned int from, wanted;

	(void)state;
	for (from = 0; from < VMIG_STATES; from++)
		for (wanted = 0; wanted < VMIG_STATES; wanted++)
			if (forbidden(from, wanted))
				assert_int_equal(vmig_state_next(from, wanted),
						 ERR);
}

static void asking_for_the_present_state_stays(void **state)
{
	unsigned int at;

	(void)state;
	for (at = 0; at < VMIG_STATES; at++) {
		assert_int_equal(vmig_state_next(at, at), at);
		assert_int_equal(vmig_state_action(at, at), VMIG_ACTION_NONE);
	}
}

static void what_is_no_state(void **state)
{
	const unsigned int wrong[] = { 8, 9, 255, 0x7fffffff, 0xffffffff };
	unsigned int other;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		for (other = 0; other < VMIG_STATES; other++) {
			assert_int_equal(vmig_state_next(wrong[i], other), ERR);
			assert_int_equal(vmig_state_next(other, wrong[i]), ERR);
			assert_int_equal(vmig_state_action(wrong[i], other),
					 VMIG_ACTION_NONE);
			assert_int_equal(vmig_state_action(other, wrong[i]),
					 VMIG_ACTION_NONE);
		}
		assert_int_equal(vmig_state_next(wrong[i], wrong[i]), ERR);
		assert_string_equal(vmig_state_name(wrong[i]), "?");
		assert_int_equal(vmig_v1_encode(wrong[i]), 6);
	}
}

/* What the user writes, and what it reads back when that has worked. */
static const struct {
	u32 word;
	bool valid;
	enum vmig_state state;
} words[] = {
	{ 0, true, STOP },
	{ 1, true, RUN },
	{ 2, true, SCOPY },
	{ 3, true, PRE },
	{ 4, true, RESUM },
	{ 5, false, ERR },
	{ 6, false, ERR },
	{ 7, false, ERR },
};

static void v1_words_decode(void **state)
{
	enum vmig_state decoded;
	unsigned int bit;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		/* bit 32 stands for none of the upper ones */
		for (bit = 3; bit <= 32; bit++) {
			u32 upper = bit < 32 ? 1U << bit : 0;

			decoded = VMIG_STATES;
			assert_int_equal(vmig_v1_decode(words[i].word | upper,
							&decoded),
					 words[i].valid);
			assert_int_equal(decoded, words[i].valid ?
					 words[i].state : VMIG_STATES);
		}
		assert_int_equal(vmig_v1_decode(words[i].word | ~7U, &decoded),
				 words[i].valid);
	}
}

static void v1_words_encode(void **state)
{
	static const u32 encoded[VMIG_STATES] = {
		[ERR] = 6, [STOP] = 0, [RUN] = 1, [SCOPY] = 2, [RESUM] = 4,
		[RUNP] = 1, [PRE] = 3, [PREP] = 3,
	};
	unsigned int at;

	(void)state;
	for (at = 0; at < VMIG_STATES; at++)
		assert_int_equal(vmig_v1_encode(at), encoded[at]);
}

static void v1_words_are_read_back_as_written(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		enum vmig_state decoded;

		if (!words[i].valid)
			continue;
		assert_true(vmig_v1_decode(words[i].word, &decoded));
		assert_int_equal(vmig_v1_encode(decoded), words[i].word);
	}
}

static void names_are_the_documentations(void **state)
{
	static const char * const names[VMIG_STATES] = {
		"ERROR", "STOP", "RUNNING", "STOP_COPY", "RESUMING",
		"RUNNING_P2P", "PRE_COPY", "PRE_COPY_P2P",
	};
	unsigned int at;

	(void)state;
	for (at = 0; at < VMIG_STATES; at++)
		assert_string_equal(vmig_state_name(at), names[at]);
}

static void saving_and_running(void **state)
{
	unsigned int at;

	(void)state;
	for (at = 0; at < VMIG_STATES + 2; at++) {
		assert_int_equal(vmig_state_is_saving(at), in_saving_group(at));
		assert_int_equal(vmig_state_is_running(at),
				 at == RUN || at == RUNP || at == PRE ||
				 at == PREP);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(numbers_are_the_kernels),
	cmocka_unit_test(arcs_have_actions_and_others_none),
	cmocka_unit_test(every_pair_is_walked_to_its_end),
	cmocka_unit_test(paths_do_not_depend_on_where_they_began),
	cmocka_unit_test(forbidden_pairs_have_no_next),
	cmocka_unit_test(asking_for_the_present_state_stays),
	cmocka_unit_test(what_is_no_state),
	cmocka_unit_test(v1_words_decode),
	cmocka_unit_test(v1_words_encode),
	cmocka_unit_test(v1_words_are_read_back_as_written),
	cmocka_unit_test(names_are_the_documentations),
	cmocka_unit_test(saving_and_running),
};

UNIT_MAIN(tests)
