// SPDX-License-Identifier: GPL-2.0
/* mdevcompat plan: how to make a device that takes another. */
#include "cmd.h"

struct wish {
	const char *uuid;
	const char *parent;
	const char *embed;
	bool command;
};

/* What the device says of itself, for who wants to keep it. */
static int write_line(const char *path,
		      const struct mdevcompat_document *source)
{
	struct mdevcompat_error error;
	char *line = mdevcompat_self_line(source, &error);
	FILE *file;
	bool fine;

	if (!line)
		return complain_of(&error);
	file = fopen(path, "we");
	fine = file && fprintf(file, "%s\n", line) > 0;
	if (file)
		fine = !fclose(file) && fine;
	free(line);
	return fine ? 0 : complain(EXIT_UNREADABLE, "%s: cannot be written",
				   path);
}

/* For a shell. */
static void print_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++)
		if (*text == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*text);
	putchar('\'');
}

static int print_command(const struct wish *wish, const char *text,
			 const struct mdevcompat_document *target)
{
	struct live live;
	const char *parent;

	live_look(&live, target);
	parent = wish->parent ? wish->parent : live.parent;
	if (!*parent)
		return complain(EXIT_USAGE,
				"plan: the type is none of this machine; say --parent");
	fputs("echo ", stdout);
	print_quoted(text);
	fputs(" | mdevctl define --parent ", stdout);
	print_quoted(parent);
	if (wish->uuid) {
		fputs(" --uuid ", stdout);
		print_quoted(wish->uuid);
	}
	puts(" --jsonfile /dev/stdin");
	return 0;
}

static int plan(const struct wish *wish,
		const struct mdevcompat_document *source,
		const struct mdevcompat_document *target)
{
	struct mdevcompat_error error;
	char *text = mdevcompat_plan(source, target, &error);
	int code = 0;

	if (!text) {
		complain_of(&error);
		return error.status == MDEVCOMPAT_UNSUITABLE ?
		       (int)MDEVCOMPAT_INCOMPATIBLE : EXIT_UNREADABLE;
	}
	if (wish->command)
		code = print_command(wish, text, target);
	else
		puts(text);
	if (!code && wish->embed)
		code = write_line(wish->embed, source);
	free(text);
	return code;
}

static int parse(int argc, char **argv, struct wish *wish)
{
	static const struct option options[] = {
		{ "uuid", required_argument, NULL, 'u' },
		{ "parent", required_argument, NULL, 'p' },
		{ "embed", required_argument, NULL, 'e' },
		{ "command", no_argument, NULL, 'c' },
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'u':
			wish->uuid = optarg;
			break;
		case 'p':
			wish->parent = optarg;
			break;
		case 'e':
			wish->embed = optarg;
			break;
		case 'c':
			wish->command = true;
			break;
		default:
			return bad_option(&cmd_plan, argv);
		}
	if ((wish->uuid || wish->parent) && !wish->command)
		return usage(&cmd_plan,
			     "--uuid and --parent are mdevctl's own options, and so part of --command");
	return 0;
}

static int run(int argc, char **argv)
{
	struct wish wish = {};
	struct pair pair;
	int code = parse(argc, argv, &wish);

	if (!code)
		code = pair_operands(&pair, &cmd_plan, argc - optind,
				     argv + optind);
	if (code)
		return code;
	code = plan(&wish, pair.source, pair.target);
	pair_free(&pair);
	return code;
}

const struct command cmd_plan = {
	"plan", "[OPTION...] SOURCE TYPE",
	"how to make a device of TYPE that takes SOURCE",
	"Prints a definition, for 'mdevctl define --jsonfile'.\n"
	"  --command      print the whole command instead, to be run by a shell\n"
	"  --uuid UUID    in it: of the new device; otherwise mdevctl chooses one\n"
	"  --parent NAME  in it: its parent; otherwise the one TYPE belongs to\n"
	"  --embed FILE   write what SOURCE says of itself (its self line) into FILE\n\n"
	"Examples:\n"
	"  mdevcompat plan source.json /sys/class/mdev_bus/mcopy0/mdev_supported_types/mcopy-m1 |\n"
	"          mdevctl define --parent mcopy0 --jsonfile /dev/stdin\n"
	"  mdevcompat plan --command --parent mcopy0 --uuid $(uuidgen) source.json type.json | sh\n",
	run,
};
