// SPDX-License-Identifier: GPL-2.0
/* mdevcompat: decide, plan and place. */
#include "cmd.h"

static const struct command * const commands[] = {
	&cmd_show, &cmd_list, &cmd_lint, &cmd_check, &cmd_plan, &cmd_find,
	&cmd_convert, &cmd_traits,
};

#define COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static const char documents[] =
	"A DOCUMENT is a file; a folder with migration_compatible in it, as types and\n"
	"devices have in sysfs; the UUID of a device of this machine; or - for standard\n"
	"input. Where several may stand, another folder means the types of a parent, or\n"
	"all *.json below it.\n"
	"A SOURCE is a DOCUMENT or the parts of a self line, each as key=value.\n";

static const char codes[] =
	"Exit codes: 0 compatible, or done; 1 incompatible; 3 compatible once the\n"
	"device has been configured; 4 a document is unreadable or malformed; 64 usage.\n";

static void put_line(FILE *to, const char *text)
{
	for (; *text; text++)
		fputc(*text < ' ' || *text > '~' ? '?' : *text, to);
}

void print_name(const char *name)
{
	put_line(stdout, name);
}

int complain(int code, const char *format, ...)
{
	char text[MDEVCOMPAT_ERROR_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fputs("mdevcompat: ", stderr);
	put_line(stderr, text);
	fputc('\n', stderr);
	return code;
}

int complain_of(const struct mdevcompat_error *error)
{
	return complain(EXIT_UNREADABLE, "%s", error->text);
}

int usage(const struct command *command, const char *what)
{
	return complain(EXIT_USAGE,
			"%s: %s; 'mdevcompat %s --help' tells more",
			command->name, what, command->name);
}

int bad_option(const struct command *command, char **argv)
{
	char *what;
	int code;

	if ((optopt ? asprintf(&what, "no option '-%c'", optopt) :
	     asprintf(&what, "no option '%s', or not like that",
		      argv[optind - 1])) < 0)
		return usage(command, "a bad option");
	code = usage(command, what);
	free(what);
	return code;
}

int print_text(char *text, const char *end,
	       const struct mdevcompat_error *error)
{
	if (!text)
		return complain_of(error);
	printf("%s%s", text, end);
	free(text);
	return 0;
}

static int help_on_all(void)
{
	size_t i;

	puts("usage: mdevcompat COMMAND [OPTION...] OPERAND...\n"
	     "Read the compatibility documents of mediated devices: may the state of one be\n"
	     "loaded into another, and how is one made that takes it?\n");
	for (i = 0; i < COMMANDS; i++)
		printf("  %-9s%s\n", commands[i]->name, commands[i]->purpose);
	printf("\n%s\n%s\n"
	       "Examples:\n"
	       "  mdevcompat list\n"
	       "  mdevcompat check source.json target.json\n"
	       "  mdevcompat find source.json hosts/\n"
	       "'mdevcompat COMMAND --help' tells more of one.\n",
	       documents, codes);
	return 0;
}

static int help_on(const struct command *command)
{
	printf("usage: mdevcompat %s %s\n%s.\n\n%s\n%s", command->name,
	       command->operands, command->purpose, command->help, documents);
	return 0;
}

static int run(const struct command *command, int argc, char **argv)
{
	int i, code;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return help_on(command);
	/* We complain ourselves. */
	opterr = 0;
	code = command->run(argc, argv);
	/* A full disk is no success. */
	if (fflush(stdout) || ferror(stdout))
		return complain(EXIT_UNREADABLE, "cannot write the answer");
	return code;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		complain(EXIT_USAGE, "no command; 'mdevcompat --help' lists them");
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help"))
		return help_on_all();
	if (!strcmp(argv[1], "--version")) {
		puts("mdevcompat " MDEVCOMPAT_VERSION);
		return 0;
	}
	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i]->name))
			return run(commands[i], argc - 1, argv + 1);
	return complain(EXIT_USAGE,
			"no command '%s'; 'mdevcompat --help' lists them",
			argv[1]);
}
