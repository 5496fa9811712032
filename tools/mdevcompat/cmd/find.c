// SPDX-License-Identifier: GPL-2.0
/* mdevcompat find: of many, which take it? */
#include <json-c/json.h>

#include "answer.h"
#include "cmd.h"

/* One that was asked. */
struct candidate {
	const struct mdevcompat_document *target;
	struct mdevcompat_verdict *verdict;
	struct live live;
	long long room;
};

/* Those that take it as they are, then those to be configured, then no others. */
static int grade(const struct candidate *candidate)
{
	switch (mdevcompat_outcome(candidate->verdict)) {
	case MDEVCOMPAT_COMPATIBLE:
		return 0;
	case MDEVCOMPAT_AFTER_CONFIG:
		return 1;
	default:
		return 2;
	}
}

static int by_rank(const void *a, const void *b)
{
	const struct candidate *one = a, *other = b;

	if (grade(one) != grade(other))
		return grade(one) - grade(other);
	if (one->room != other->room)
		return one->room < other->room ? 1 : -1;
	return strcmp(mdevcompat_origin(one->target),
		      mdevcompat_origin(other->target));
}

static void print_for_people(const struct candidate *candidate)
{
	printf("%s", mdevcompat_origin(candidate->target));
	if (candidate->room >= 0)
		printf(" (room for %lld units)", candidate->room);
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
	size_t i;

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
	}
	return true;
}

/* The best answer there was; a document that could not be read is none. */
static int code_of(const struct candidate *candidates, size_t count,
		   size_t bad)
{
	int best = 2;
	size_t i;

	for (i = 0; i < count; i++)
		if (grade(&candidates[i]) < best)
			best = grade(&candidates[i]);
	if (best == 2)
		return bad ? EXIT_UNREADABLE : MDEVCOMPAT_INCOMPATIBLE;
	return best ? MDEVCOMPAT_AFTER_CONFIG : MDEVCOMPAT_COMPATIBLE;
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
			if (!wish->all && grade(&candidates[i]) == 2)
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
	if (optind + used == argc)
		inputs_add_machine(&inputs);
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
	"A TARGET may be a folder of documents; without any, those of this machine are\n"
	"asked. The exit code is that of the best answer; 4 if there is none, and a\n"
	"document could not be read.\n"
	"  --all     tell of those, too, that do not, and why\n"
	"  --rank    the best first: as it is before to be configured, more room before less\n"
	"  --json    a line each: {\"target\":..,\"answer\":..}, and for types of this\n"
	"            machine parent, available_instances, room in units, numa_node\n\n"
	"Examples:\n"
	"  mdevcompat find source.json hosts/\n"
	"  mdevcompat find --rank --json source.json | head -1\n",
	run,
};
