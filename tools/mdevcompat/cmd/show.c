// SPDX-License-Identifier: GPL-2.0
/* mdevcompat show: a document for people. */
#include <json-c/json.h>

#include "cmd.h"

/* Of the names in front. */
#define COLUMN	(-10)

static void print_value(struct json_object *json)
{
	struct json_object *min, *max;
	size_t i;

	if (json_object_is_type(json, json_type_string)) {
		fputs(json_object_get_string(json), stdout);
	} else if (json_object_is_type(json, json_type_array)) {
		for (i = 0; i < json_object_array_length(json); i++) {
			if (i)
				putchar(' ');
			print_value(json_object_array_get_idx(json, i));
		}
		if (!i)
			fputs("none", stdout);
	} else if (json_object_object_get_ex(json, "min", &min) &&
		   json_object_object_get_ex(json, "max", &max) &&
		   json_object_object_length(json) == 2) {
		print_value(min);
		if (!json_object_equal(min, max)) {
			fputs(" to ", stdout);
			print_value(max);
		}
	} else {
		fputs(tell_text(json), stdout);
	}
}

static void print_members(struct json_object *object, const char *indent)
{
	json_object_object_foreach(object, name, value) {
		printf("%s%*s ", indent, COLUMN, name);
		print_value(value);
		putchar('\n');
	}
}

static void print_entries(struct json_object *document)
{
	struct json_object *entries;
	size_t i;

	if (!json_object_object_get_ex(document, "compatible", &entries)) {
		puts("accepts what is like itself");
		return;
	}
	if (!json_object_array_length(entries))
		puts("accepts nothing");
	for (i = 0; i < json_object_array_length(entries); i++) {
		struct json_object *entry =
			json_object_array_get_idx(entries, i);

		printf("accepts, by entry %zu%s\n", i,
		       json_object_object_length(entry) ? "" :
		       ", what is like itself");
		print_members(entry, "  ");
	}
}

static void print_part(struct json_object *document, const char *key,
		       const char *title)
{
	struct json_object *part;

	if (!json_object_object_get_ex(document, key, &part))
		return;
	puts(title);
	print_members(part, "  ");
}

static void print_live(const struct mdevcompat_document *document)
{
	struct live live;

	live_look(&live, document);
	if (*live.parent)
		printf("  %*s %s\n", COLUMN, "parent", live.parent);
	if (live.available >= 0)
		printf("  %*s %ld instances, %lld units\n", COLUMN,
		       "available", live.available,
		       live_room(&live, document));
	if (live.numa_node >= 0)
		printf("  %*s %ld\n", COLUMN, "numa_node", live.numa_node);
}

static int show(const struct mdevcompat_document *document)
{
	const char *text = mdevcompat_text(document);
	struct json_object *json = json_tokener_parse(text);

	if (!json)
		return complain(EXIT_UNREADABLE, "no memory");
	print_name(mdevcompat_origin(document));
	printf(": a %s, generation %u\n", mdevcompat_is_type(document) ? "type" : "device",
	       mdevcompat_gen(document));
	print_live(document);
	print_part(json, "self", "is");
	print_part(json, "pool", "takes from the pool");
	print_part(json, "profiles", "profiles");
	print_part(json, "create", "is made with");
	print_entries(json);
	json_object_put(json);
	return 0;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "self-line", no_argument, NULL, 's' },
		{},
	};
	struct mdevcompat_document *document;
	struct mdevcompat_error error;
	int option, used, code = 0;
	int how = 0;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return bad_option(&cmd_show, argv);
		how = option;
	}
	if (optind == argc)
		return usage(&cmd_show, "a document is needed");
	for (; optind < argc && !code; optind += used) {
		document = source_operand(argc - optind, argv + optind, &used);
		if (!document)
			return EXIT_UNREADABLE;
		if (how == 'j')
			fputs(mdevcompat_text(document), stdout);
		else if (how == 's')
			code = print_text(mdevcompat_self_line(document, &error),
					  "\n", &error);
		else
			code = show(document);
		mdevcompat_free(document);
	}
	return code;
}

const struct command cmd_show = {
	"show", "[OPTION] SOURCE...",
	"what a device or a type is, and what it accepts",
	"  --json       the document as the kernel writes it\n"
	"  --self-line  what the device says of itself in a migration stream\n\n"
	"Examples:\n"
	"  mdevcompat show 83b8f4f2-509f-382f-3c1e-e6bfe0fa1001\n"
	"  mdevcompat show /sys/class/mdev_bus/mcopy0/mdev_supported_types/mcopy-m1\n",
	run,
};
