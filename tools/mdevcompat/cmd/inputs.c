// SPDX-License-Identifier: GPL-2.0
/* From operands to documents. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

#define DOCUMENT_FILE	"migration_compatible"
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
	char *path = join(folder, DOCUMENT_FILE);
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

static void add_folder(struct inputs *inputs, const char *folder, int depth)
{
	struct dirent **names;
	int i, count = scandir(folder, &names, NULL, alphasort);

	if (count < 0 || depth > FOLDERS_MAX) {
		complain(EXIT_UNREADABLE, "%s: %s", folder, count < 0 ?
			 strerror(errno) : "folders too deep");
		inputs->bad++;
	}
	for (i = 0; i < count; i++) {
		char *path = join(folder, names[i]->d_name);

		if (names[i]->d_name[0] == '.')
			;
		else if (is_folder(path) && !has_document(path))
			add_folder(inputs, path, depth + 1);
		else if (is_folder(path) || ends_in_json(path))
			add_one(inputs, path);
		free(path);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

void inputs_add(struct inputs *inputs, const char *operand)
{
	if (is_folder(operand) && !has_document(operand))
		add_folder(inputs, operand, 1);
	else
		add_one(inputs, operand);
}

/* Of all folders below @folder, those with a document. */
static void add_those_of(struct inputs *inputs, const char *folder)
{
	struct dirent **names;
	int i, count = scandir(folder, &names, NULL, alphasort);

	for (i = 0; i < count; i++) {
		char *path = join(folder, names[i]->d_name);

		if (names[i]->d_name[0] != '.' && has_document(path))
			add_one(inputs, path);
		free(path);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

void inputs_add_machine(struct inputs *inputs)
{
	char *folder = join(sysfs_folder(), "class/mdev_bus");
	struct dirent **names;
	int i, count = scandir(folder, &names, NULL, alphasort);

	for (i = 0; i < count; i++) {
		char *parent = join(folder, names[i]->d_name);
		char *types = join(parent, "mdev_supported_types");

		if (names[i]->d_name[0] != '.')
			add_those_of(inputs, types);
		free(types);
		free(parent);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	free(folder);
	folder = join(sysfs_folder(), "bus/mdev/devices");
	add_those_of(inputs, folder);
	free(folder);
}

void inputs_free(struct inputs *inputs)
{
	size_t i;

	for (i = 0; i < inputs->count; i++)
		mdevcompat_free(inputs->documents[i]);
	free(inputs->documents);
}

/* Parts of a self line, joined. */
static struct mdevcompat_document *join_line(int argc, char **argv, int count)
{
	struct mdevcompat_document *document;
	struct mdevcompat_error error;
	char *line = strdup("abi=1"), *longer;
	int i;

	for (i = 0; i < count && i < argc; i++) {
		if (!strncmp(argv[i], "abi=", 4))
			continue;
		if (!line || asprintf(&longer, "%s;%s", line, argv[i]) < 0)
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
		return join_line(argc, argv, count);
	document = mdevcompat_read(argv[0], &error);
	if (!document)
		complain_of(&error);
	return document;
}
