// SPDX-License-Identifier: GPL-2.0
/* mdevcompat check: may one be loaded into the other? */
#include "cmd.h"
#include "answer.h"

static int check(bool json, const struct mdevcompat_document *source,
		 const struct mdevcompat_document *target)
{
	struct mdevcompat_verdict *verdict;
	struct mdevcompat_error error;
	int code;

	verdict = mdevcompat_check(source, target, &error);
	if (!verdict)
		return complain_of(&error);
	code = mdevcompat_outcome(verdict);
	if (!json)
		answer_print(verdict, "");
	else if (print_text(mdevcompat_verdict_json(verdict, &error), "\n",
			    &error))
		code = EXIT_UNREADABLE;
	mdevcompat_verdict_free(verdict);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' }, {},
	};
	struct pair pair;
	bool json = false;
	int option, code;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'j')
			return bad_option(&cmd_check, argv);
		json = true;
	}
	code = pair_operands(&pair, &cmd_check, argc - optind, argv + optind);
	if (code)
		return code;
	code = check(json, pair.source, pair.target);
	pair_free(&pair);
	return code;
}

const struct command cmd_check = {
	"check", "[--json] SOURCE TARGET",
	"may the state of SOURCE be loaded into TARGET",
	"TARGET is the document of a device, or of a type that one is to be made of.\n"
	"What has to be set is listed; why not, too, entry by entry.\n"
	"  --json    {\"verdict\":..,\"entry\":..,\"set\":{..},\"reasons\":[..]}\n\n"
	"Examples:\n"
	"  mdevcompat check source.json target.json\n"
	"  ssh host cat /sys/bus/mdev/devices/$UUID/migration_compatible |\n"
	"          mdevcompat check - /sys/class/mdev_bus/mcopy0/mdev_supported_types/mcopy-m1\n"
	"  mdevcompat check model=vmig/mcopy api=vfio-pci ver=3.1.0 capacity=4 target.json\n",
	run,
};
