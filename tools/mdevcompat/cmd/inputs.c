// SPDX-License-Identifier: GPL-2.0
/* From operands to documents. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

/* A tree deeper than that is a mistake, or a loop. */
#define FOLDERS_MAX	8

static void *no_memory(void)
{
	complain(EXIT_UNREADABLE, "no memory");
	exit(EXIT_UNREADABLE);
}

static char *join(const char *folder, const char *name)
{
	char *path;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? no_memory() : path;
}

static bool is_folder(const char *path)
{
	struct stat stat_;

	return !stat(path, &stat_) && S_ISDIR(stat_.st_mode);
}

static bool has_document(const char *folder)
{
	char *path = join(folder, MDEVCOMPAT_FILE);
	const bool has = !access(path, F_OK);

	free(path);
	return has;
}

static bool ends_in_json(const char *name)
{
	const size_t length = strlen(name);

	return length > 5 && !strcmp(name + length - 5, ".json");
}

static void add_one(struct inputs *inputs, const char *path)
{
	struct mdevcompat_document *document;
	struct mdevcompat_error error;

	document = mdevcompat_read(path, &error);
	if (!document) {
		complain_of(&error);
		inputs->bad++;
		return;
	}
	if (inputs->count == inputs->room) {
		inputs->room = 2 * inputs->room + 8;
		inputs->documents = realloc(inputs->documents, inputs->room *
					    sizeof(*inputs->documents));
		if (!inputs->documents)
			no_memory();
	}
	inputs->documents[inputs->count++] = document;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

typedef void (*visit_fn)(struct inputs *inputs, const char *path, int depth);

/* Whatever is in a folder, by name, but for what is hidden. */
static void visit(struct inputs *inputs, const char *folder, int depth,
		  visit_fn look)
{
	struct dirent **names;
	int i, count = scandir(folder, &names, NULL, by_name);

	if (count < 0) {
		complain(EXIT_UNREADABLE, "%s: %s", folder, strerror(errno));
		inputs->bad++;
		return;
	}
	for (i = 0; i < count; i++) {
		char *path = join(folder, names[i]->d_name);

		if (names[i]->d_name[0] != '.')
			look(inputs, path, depth);
		free(path);
		free(names[i]);
	}
	free(names);
}

static void add_if_migratable(struct inputs *inputs, const char *folder,
			      int depth)
{
	(void)depth;
	if (has_document(folder))
		add_one(inputs, folder);
}

static bool is_types(const char *path)
{
	const char *slash = strrchr(path, '/');

	return !strcmp(slash ? slash + 1 : path, TYPES_FOLDER);
}

/*
 * sysfs is full of links that lead back: of a parent only its types are meant.
 * Returns false if it is none of sysfs' folders.
 */
static bool add_of_sysfs(struct inputs *inputs, const char *folder)
{
	char *types = join(folder, TYPES_FOLDER);
	bool known = true;

	if (is_types(folder))
		visit(inputs, folder, 0, add_if_migratable);
	else if (is_folder(types))
		visit(inputs, types, 0, add_if_migratable);
	else if (has_document(folder))
		add_one(inputs, folder);
	else
		known = false;
	free(types);
	return known;
}

static bool is_link(const char *path)
{
	struct stat stat_;

	return !lstat(path, &stat_) && S_ISLNK(stat_.st_mode);
}

static void add_below(struct inputs *inputs, const char *path, int depth)
{
	if (!is_folder(path)) {
		if (ends_in_json(path))
			add_one(inputs, path);
	} else if (!add_of_sysfs(inputs, path) && !is_link(path)) {
		if (depth < FOLDERS_MAX) {
			visit(inputs, path, depth + 1, add_below);
		} else {
			complain(EXIT_UNREADABLE, "%s: folders too deep", path);
			inputs->bad++;
		}
	}
}

void inputs_add(struct inputs *inputs, const char *operand)
{
	const size_t before = inputs->count + inputs->bad;

	if (!is_folder(operand)) {
		add_one(inputs, operand);
		return;
	}
	if (!add_of_sysfs(inputs, operand))
		visit(inputs, operand, 1, add_below);
	if (inputs->count + inputs->bad > before)
		return;
	complain(EXIT_UNREADABLE, "%s: no document in this folder", operand);
	inputs->bad++;
}

static void add_parent(struct inputs *inputs, const char *folder, int depth)
{
	(void)depth;
	add_of_sysfs(inputs, folder);
}

void inputs_add_machine(struct inputs *inputs)
{
	char *parents = join(mdevcompat_sysfs(), "class/mdev_bus");
	char *devices = join(mdevcompat_sysfs(), "bus/mdev/devices");

	if (is_folder(parents))
		visit(inputs, parents, 0, add_parent);
	if (is_folder(devices))
		visit(inputs, devices, 0, add_if_migratable);
	if (!inputs->count && !inputs->bad)
		complain(0, "no mediated device or type of this machine can be migrated");
	free(devices);
	free(parents);
}

void inputs_free(struct inputs *inputs)
{
	size_t i;

	for (i = 0; i < inputs->count; i++)
		mdevcompat_free(inputs->documents[i]);
	free(inputs->documents);
}

/* Parts of a self line, joined. */
static struct mdevcompat_document *join_line(char **argv, int count)
{
	struct mdevcompat_document *document;
	struct mdevcompat_error error;
	/* Where the first does not say the grammar, it is the one there is. */
	const bool says = !strncmp(argv[0], "abi=", 4);
	char *line = strdup(says ? argv[0] : "abi=1"), *longer;
	int i;

	if (!line)
		no_memory();
	for (i = says; i < count; i++) {
		if (asprintf(&longer, "%s;%s", line, argv[i]) < 0)
			no_memory();
		free(line);
		line = longer;
	}
	document = mdevcompat_parse(line, strlen(line), "the operands",
				    &error);
	free(line);
	if (!document)
		complain_of(&error);
	return document;
}

struct mdevcompat_document *source_operand(int argc, char **argv, int *used)
{
	struct mdevcompat_document *document;
	struct mdevcompat_error error;
	int count = 0;

	while (count < argc && strchr(argv[count], '=') &&
	       access(argv[count], F_OK))
		count++;
	*used = count ? count : 1;
	if (count)
		return join_line(argv, count);
	document = mdevcompat_read(argv[0], &error);
	if (!document)
		complain_of(&error);
	return document;
}

int pair_operands(struct pair *pair, const struct command *command, int argc,
		  char **argv)
{
	struct mdevcompat_error error;
	int used;

	memset(pair, 0, sizeof(*pair));
	if (argc < 2)
		return usage(command, "a source and a target are needed");
	pair->source = source_operand(argc, argv, &used);
	if (!pair->source)
		return EXIT_UNREADABLE;
	if (argc != used + 1) {
		pair_free(pair);
		return usage(command, "one target is needed");
	}
	pair->target = mdevcompat_read(argv[used], &error);
	if (pair->target)
		return 0;
	pair_free(pair);
	return complain_of(&error);
}

void pair_free(struct pair *pair)
{
	mdevcompat_free(pair->target);
	mdevcompat_free(pair->source);
}
