// SPDX-License-Identifier: GPL-2.0
/* mdevcompat list: a line for each document. */
#include <json-c/json.h>

#include "cmd.h"

static const char header[] =
	"SCOPE   MODEL                  VERSION  PROFILE  CAPACITY  ROOM  NUMA  NAME";

/* What it is called in sysfs, otherwise the file. */
static void print_called(const struct mdevcompat_document *document,
			 const struct live *live)
{
	const char *type = mdevcompat_type(document);

	if (*live->uuid) {
		print_name(live->uuid);
	} else if (*live->parent) {
		print_name(live->parent);
		printf(" %s", type ? type : "");
	} else {
		print_name(mdevcompat_origin(document));
	}
}

static void print_number(int width, long long number)
{
	if (number < 0)
		printf("%*s", width, "-");
	else
		printf("%*lld", width, number);
}

static void print_line(const struct mdevcompat_document *document)
{
	const char *profile = mdevcompat_profile(document);
	uint32_t capacity;
	struct live live;

	live_look(&live, document);
	printf("%-7s %-22s %-8s %-7s ",
	       mdevcompat_is_type(document) ? "type" : "device",
	       mdevcompat_model(document), mdevcompat_version(document),
	       profile ? profile : "-");
	print_number(9, mdevcompat_capacity(document, &capacity) ?
			(long long)capacity : -1);
	print_number(6, live_room(&live, document));
	print_number(6, live.numa_node);
	fputs("  ", stdout);
	print_called(document, &live);
	putchar('\n');
}

static void print_json(const struct mdevcompat_document *document)
{
	struct json_object *line = json_object_new_object();
	struct live live;

	live_look(&live, document);
	tell_string(line, "name", mdevcompat_origin(document));
	live_tell(&live, document, line);
	tell_json(line, "document", mdevcompat_text(document));
	tell_end(line);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' }, {},
	};
	struct inputs inputs = {};
	bool json = false;
	int option, code;
	size_t i;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'j')
			return bad_option(&cmd_list, argv);
		json = true;
	}
	if (optind == argc)
		inputs_add_machine(&inputs);
	for (; optind < argc; optind++)
		inputs_add(&inputs, argv[optind]);
	if (!json && inputs.count)
		puts(header);
	for (i = 0; i < inputs.count; i++)
		if (json)
			print_json(inputs.documents[i]);
		else
			print_line(inputs.documents[i]);
	code = inputs.bad ? EXIT_UNREADABLE : 0;
	inputs_free(&inputs);
	return code;
}

const struct command cmd_list = {
	"list", "[--json] [DOCUMENT...]",
	"a line for each document; without any, for all types and devices of this machine",
	"CAPACITY and ROOM are in the smallest units of the model; ROOM is what all\n"
	"instances that can still be made of a type would have.\n"
	"  --json    a line each, with the document in it\n\n"
	"Examples:\n"
	"  mdevcompat list\n"
	"  mdevcompat list hosts/\n",
	run,
};
