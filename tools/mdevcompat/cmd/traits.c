// SPDX-License-Identifier: GPL-2.0
/* mdevcompat traits: what OpenStack's Placement is told, and what it is asked. */
#include <errno.h>
#include <json-c/json.h>

#include "cmd.h"

#define SPACE_LETTERS	"abcdefghijklmnopqrstuvwxyz0123456789"

/* How it was called. */
struct wish {
	const char *space;
	const char *known;
	bool request;
	bool profiles;
};

/* Names that Placement knows, in the order of the file. */
struct names {
	char *text;
	const char **names;
	size_t count;
};

/* All of a file, NULL after a complaint. */
static char *contents(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t length;
	FILE *file;

	errno = 0;
	file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	length = file ? getdelim(&text, &size, '\0', file) : -1;
	if (length < 0 && errno) {
		complain(EXIT_UNREADABLE, "%s: %s", path, strerror(errno));
		free(text);
		text = NULL;
	} else if (length < 0) {
		/* Nothing in it. */
		free(text);
		text = strdup("");
	}
	if (file && file != stdin)
		fclose(file);
	return text;
}

/*
 * Names in a text have nothing but A-Z, 0-9 and '_', and what is around them in
 * Placement's answer is in lower case. So both that and a plain list are read by
 * looking for them.
 */
static void find_names(struct names *names)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	char *at = names->text + strcspn(names->text, letters);
	size_t room = 0;

	while (*at) {
		char *end = at + strspn(at, letters);

		if (names->count == room) {
			room = 2 * room + 64;
			names->names = realloc(names->names,
					       room * sizeof(*names->names));
			if (!names->names)
				exit(complain(EXIT_UNREADABLE, "no memory"));
		}
		names->names[names->count++] = at;
		at = *end ? end + 1 : end;
		*end = '\0';
		at += strcspn(at, letters);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char * const *)a, *(const char * const *)b);
}

/* What "mdevcompat traits" prints itself will do, too, but has most names often. */
static void sort_names(struct names *names)
{
	size_t i, count = 0;

	if (names->count)
		qsort(names->names, names->count, sizeof(*names->names),
		      by_name);
	for (i = 0; i < names->count; i++)
		if (!count || strcmp(names->names[i], names->names[count - 1]))
			names->names[count++] = names->names[i];
	names->count = count;
}

static int request(const struct wish *wish, const struct inputs *inputs)
{
	struct names names = { .text = contents(wish->known) };
	struct mdevcompat_error error;
	char *text;

	if (!names.text)
		return EXIT_UNREADABLE;
	find_names(&names);
	sort_names(&names);
	text = mdevcompat_request((const struct mdevcompat_document * const *)
				  inputs->documents, inputs->count,
				  wish->space, wish->profiles ?
				  MDEVCOMPAT_PROFILES : MDEVCOMPAT_RULES,
				  names.names, names.count, &error);
	free(names.names);
	free(names.text);
	if (!text || *text)
		return print_text(text, "\n", &error);
	free(text);
	return complain(MDEVCOMPAT_INCOMPATIBLE,
			"traits: no host takes them all: there is no trait for something they need");
}

static int tell(const struct wish *wish, const struct inputs *inputs)
{
	struct mdevcompat_error error;
	char *text = mdevcompat_traits((const struct mdevcompat_document *
				       const *)inputs->documents,
				       inputs->count, wish->space, &error);

	return print_text(text, "\n", &error);
}

static int parse(int argc, char **argv, struct wish *wish)
{
	static const struct option options[] = {
		{ "namespace", required_argument, NULL, 'n' },
		{ "request", no_argument, NULL, 'r' },
		{ "profiles", no_argument, NULL, 'p' },
		{ "known", required_argument, NULL, 'k' },
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'n':
			wish->space = optarg;
			break;
		case 'r':
			wish->request = true;
			break;
		case 'p':
			wish->profiles = true;
			break;
		case 'k':
			wish->known = optarg;
			break;
		default:
			return bad_option(&cmd_traits, argv);
		}
	if (!wish->space || !*wish->space ||
	    wish->space[strspn(wish->space, SPACE_LETTERS)])
		return usage(&cmd_traits, "--namespace of a-z and 0-9 is needed");
	if (wish->request != !!wish->known || wish->profiles > wish->request)
		return usage(&cmd_traits,
			     "--request needs --known; they and --profiles go together");
	return optind == argc ? usage(&cmd_traits, "a document is needed") : 0;
}

static int run(int argc, char **argv)
{
	struct inputs inputs = {};
	struct wish wish = {};
	int code = parse(argc, argv, &wish);

	if (code)
		return code;
	for (; optind < argc; optind++)
		inputs_add(&inputs, argv[optind]);
	if (inputs.bad)
		code = EXIT_UNREADABLE;
	else
		code = wish.request ? request(&wish, &inputs) :
				      tell(&wish, &inputs);
	inputs_free(&inputs);
	return code;
}

const struct command cmd_traits = {
	"traits", "--namespace NAME [--request --known FILE [--profiles]] DOCUMENT...",
	"what OpenStack's Placement is to be told, or asked",
	"Without --request, prints in JSON what to PUT for the types of one parent: a\n"
	"resource class, traits, and for each pool a provider with those below it.\n"
	"  --namespace NAME  part of all names: a-z and 0-9\n"
	"  --request         print the query of GET /allocation_candidates for a virtual\n"
	"                    machine with these devices; microversion 1.39\n"
	"  --known FILE      traits that Placement has: its answer to\n"
	"                    GET /traits?name=startswith:CUSTOM_VFIOMIG_<NAME>_\n"
	"  --profiles        ask for profile and capacity alone\n"
	"Exit code 1 of --request: no host can take them all.\n\n"
	"Examples:\n"
	"  mdevcompat traits --namespace mcopy /sys/class/mdev_bus/mcopy0/mdev_supported_types/*\n"
	"  mdevcompat traits --namespace mcopy --request --known known.json vm/*.json\n",
	run,
};
