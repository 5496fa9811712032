// SPDX-License-Identifier: GPL-2.0
/* mdevcompat lint: contradictions in documents. */
#include "cmd.h"

static void print_remark(const struct mdevcompat_remark *remark, void *data)
{
	print_name(data);
	printf(": %s: %s: %s\n", remark->severe ? "error" : "note", remark->place, remark->text);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { {} };
	const struct mdevcompat_document * const *known;
	struct inputs inputs = {};
	struct mdevcompat_error error;
	int severe = 0, one;
	size_t i;

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return bad_option(&cmd_lint, argv);
	if (optind == argc)
		return usage(&cmd_lint, "a document is needed");
	for (; optind < argc; optind++)
		inputs_add(&inputs, argv[optind]);
	known = (const struct mdevcompat_document * const *)inputs.documents;
	for (i = 0; i < inputs.count; i++) {
		one = mdevcompat_lint(known[i], known, inputs.count,
				      print_remark,
				      (void *)mdevcompat_origin(known[i]),
				      &error);
		if (one < 0) {
			complain_of(&error);
			inputs.bad++;
		} else {
			severe += one;
		}
	}
	if (!inputs.count && !inputs.bad)
		inputs.bad++;
	printf("%zu documents, %d errors\n", inputs.count, severe);
	one = inputs.bad ? EXIT_UNREADABLE : severe ? 1 : 0;
	inputs_free(&inputs);
	return one;
}

const struct command cmd_lint = {
	"lint", "DOCUMENT...",
	"contradictions in documents, for authors of drivers",
	"Does it accept its own kind, and each profile that it names? Can each entry be\n"
	"met? What a profile is it learns from the other documents. Exit code 1 after an\n"
	"error, 0 if there were only notes.\n\n"
	"Examples:\n"
	"  mdevcompat lint /sys/class/mdev_bus/mcopy0/mdev_supported_types/*\n"
	"  mdevcompat lint hosts/\n",
	run,
};
