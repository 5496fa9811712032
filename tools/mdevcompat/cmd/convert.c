// SPDX-License-Identifier: GPL-2.0
/* mdevcompat convert: a document from migration info. */
#include <errno.h>

#include "cmd.h"

/* What the library takes, and one more to see that there is more. */
#define INFO_SIZE	(1024 * 1024 + 1)

static int convert(FILE *file, const char *name, const char *model)
{
	struct mdevcompat_error error;
	char *text = malloc(INFO_SIZE), *document;
	size_t length;

	if (!text)
		return complain(EXIT_UNREADABLE, "no memory");
	length = fread(text, 1, INFO_SIZE, file);
	if (ferror(file)) {
		free(text);
		return complain(EXIT_UNREADABLE, "%s: %s", name,
				strerror(errno));
	}
	document = mdevcompat_convert(text, length, model, &error);
	free(text);
	if (!document)
		return complain(EXIT_UNREADABLE, "%s: %s", name, error.text);
	return print_text(document, "", NULL);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "model", required_argument, NULL, 'm' }, {},
	};
	const char *model = NULL;
	FILE *file;
	int option, code;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'm')
			return bad_option(&cmd_convert, argv);
		model = optarg;
	}
	if (optind + 1 != argc)
		return usage(&cmd_convert, "one file is needed");
	if (!strcmp(argv[optind], "-"))
		return convert(stdin, "standard input", model);
	file = fopen(argv[optind], "re");
	if (!file)
		return complain(EXIT_UNREADABLE, "%s: %s", argv[optind],
				strerror(errno));
	code = convert(file, argv[optind], model);
	fclose(file);
	return code;
}

const struct command cmd_convert = {
	"convert", "[--model MODEL] FILE",
	"a document from migration info",
	"FILE is JSON with \"models\", and \"params\" or \"versions\" in each, as the VFIO\n"
	"migration proposals of 2020 and 2021 had it, or - for standard input.\n"
	"  --model MODEL   which of them, where there are several\n\n"
	"Example:\n"
	"  device-server --print-migration-info-json | mdevcompat convert -\n",
	run,
};
