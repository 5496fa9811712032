// SPDX-License-Identifier: GPL-2.0
/* mdevcompat find: of many, which take it? */
#include <json-c/json.h>

#include "answer.h"
#include "cmd.h"

/*
 * Devices that take it as they are, those to be configured, types to make one of,
 * types that have no room for it now, and those that don't take it.
 */
enum grade { AS_IT_IS, AFTER_CONFIG, TO_BE_MADE, NO_ROOM, NOT_AT_ALL };

/* One that was asked. */
struct candidate {
	const struct mdevcompat_document *target;
	struct mdevcompat_verdict *verdict;
	struct live live;
	long long room;
	enum grade grade;
};

/* @need: capacity of the source */
static enum grade grade(const struct candidate *candidate, uint32_t need)
{
	switch (mdevcompat_outcome(candidate->verdict)) {
	case MDEVCOMPAT_COMPATIBLE:
		if (!mdevcompat_is_type(candidate->target))
			return AS_IT_IS;
		return candidate->room >= 0 &&
		       candidate->room < need ? NO_ROOM : TO_BE_MADE;
	case MDEVCOMPAT_AFTER_CONFIG:
		return AFTER_CONFIG;
	default:
		return NOT_AT_ALL;
	}
}

static int by_rank(const void *a, const void *b)
{
	const struct candidate *one = a, *other = b;

	if (one->grade != other->grade)
		return (int)one->grade - (int)other->grade;
	if (one->room != other->room)
		return one->room < other->room ? 1 : -1;
	return strcmp(mdevcompat_origin(one->target),
		      mdevcompat_origin(other->target));
}

static void print_for_people(const struct candidate *candidate)
{
	print_name(mdevcompat_origin(candidate->target));
	if (candidate->room >= 0)
		printf(" (room for %lld units%s)", candidate->room,
		       candidate->grade == NO_ROOM ? ": not enough" : "");
	putchar('\n');
	answer_print(candidate->verdict, "  ");
}

static void print_json(const struct candidate *candidate)
{
	struct json_object *line;
	struct mdevcompat_error error;
	char *text = mdevcompat_verdict_json(candidate->verdict, &error);

	if (!text) {
		complain_of(&error);
		return;
	}
	line = json_object_new_object();
	tell_string(line, "target", mdevcompat_origin(candidate->target));
	live_tell(&candidate->live, candidate->target, line);
	tell_json(line, "answer", text);
	tell_end(line);
	free(text);
}

static bool ask(struct candidate *candidates, const struct inputs *inputs,
		const struct mdevcompat_document *source)
{
	struct mdevcompat_error error;
	uint32_t need;
	size_t i;

	if (!mdevcompat_capacity(source, &need))
		need = 1;
	for (i = 0; i < inputs->count; i++) {
		struct candidate *one = &candidates[i];

		one->target = inputs->documents[i];
		one->verdict = mdevcompat_check(source, one->target, &error);
		if (!one->verdict) {
			complain_of(&error);
			return false;
		}
		live_look(&one->live, one->target);
		one->room = live_room(&one->live, one->target);
		one->grade = grade(one, need);
	}
	return true;
}

/* The best answer there was; a document that could not be read is none. */
static int code_of(const struct candidate *candidates, size_t count,
		   size_t bad)
{
	bool after_config = false;
	size_t i;

	for (i = 0; i < count; i++)
		if (candidates[i].grade == AFTER_CONFIG)
			after_config = true;
		else if (candidates[i].grade != NOT_AT_ALL)
			return MDEVCOMPAT_COMPATIBLE;
	if (after_config)
		return MDEVCOMPAT_AFTER_CONFIG;
	return bad ? EXIT_UNREADABLE : MDEVCOMPAT_INCOMPATIBLE;
}

/* The source is no target of its own, unless it was named. */
static void leave_out(struct inputs *inputs,
		      const struct mdevcompat_document *source)
{
	const char *path = mdevcompat_path(source);
	size_t i, kept = 0;

	for (i = 0; i < inputs->count; i++)
		if (path && !strcmp(mdevcompat_path(inputs->documents[i]), path))
			mdevcompat_free(inputs->documents[i]);
		else
			inputs->documents[kept++] = inputs->documents[i];
	inputs->count = kept;
}

struct wish {
	bool json;
	bool rank;
	bool all;
};

static int find(const struct wish *wish, const struct inputs *inputs,
		const struct mdevcompat_document *source)
{
	struct candidate *candidates = calloc(inputs->count + 1,
					      sizeof(*candidates));
	int code = EXIT_UNREADABLE;
	size_t i;

	if (!candidates)
		return complain(code, "no memory");
	if (ask(candidates, inputs, source)) {
		if (wish->rank)
			qsort(candidates, inputs->count, sizeof(*candidates),
			      by_rank);
		for (i = 0; i < inputs->count; i++)
			if (!wish->all && candidates[i].grade == NOT_AT_ALL)
				continue;
			else if (wish->json)
				print_json(&candidates[i]);
			else
				print_for_people(&candidates[i]);
		code = code_of(candidates, inputs->count, inputs->bad);
	}
	for (i = 0; i < inputs->count; i++)
		mdevcompat_verdict_free(candidates[i].verdict);
	free(candidates);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "rank", no_argument, NULL, 'r' },
		{ "all", no_argument, NULL, 'a' },
		{},
	};
	struct mdevcompat_document *source;
	struct inputs inputs = {};
	struct wish wish = {};
	int option, used, code;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return bad_option(&cmd_find, argv);
		wish.json |= option == 'j';
		wish.rank |= option == 'r';
		wish.all |= option == 'a';
	}
	if (optind == argc)
		return usage(&cmd_find, "a source is needed");
	source = source_operand(argc - optind, argv + optind, &used);
	if (!source)
		return EXIT_UNREADABLE;
	if (optind + used == argc) {
		inputs_add_machine(&inputs);
		leave_out(&inputs, source);
	}
	for (optind += used; optind < argc; optind++)
		inputs_add(&inputs, argv[optind]);
	code = find(&wish, &inputs, source);
	inputs_free(&inputs);
	mdevcompat_free(source);
	return code;
}

const struct command cmd_find = {
	"find", "[OPTION...] SOURCE [TARGET...]",
	"which of the TARGETs take SOURCE",
	"A TARGET may be a folder of documents; without any, the others of this machine\n"
	"are asked. The exit code is that of the best answer; 4 if there is none, and a\n"
	"document could not be read.\n"
	"  --all     tell of those, too, that do not, and why\n"
	"  --rank    the best first: devices as they are, devices to be configured, types\n"
	"            with room, types without; among these more room before less\n"
	"  --json    a line each: {\"target\":..,\"scope\":..,\"answer\":..}, and for what is\n"
	"            of this machine parent, uuid, available_instances, room, numa_node\n\n"
	"Examples:\n"
	"  mdevcompat find source.json hosts/\n"
	"  mdevcompat find --rank --json source.json | head -1\n",
	run,
};
