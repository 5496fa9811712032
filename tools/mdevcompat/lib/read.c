// SPDX-License-Identifier: GPL-2.0
/* Documents from files, from sysfs and from standard input. */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handle.h"
#include "error.h"

#define UUID_LENGTH	36
/* Of a path, in messages: there has to be room for the reason. */
#define PATH_SHOWN	400

const char *mdevcompat_sysfs(void)
{
	const char *folder = getenv("MDEVCOMPAT_SYSFS");

	return folder && *folder ? folder : "/sys";
}

static bool is_uuid(const char *text)
{
	size_t i;

	for (i = 0; i < UUID_LENGTH; i++) {
		const bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return !text[UUID_LENGTH];
}

/* sysfs has them in lower case. */
static char *locate_uuid(const char *uuid)
{
	char lower[UUID_LENGTH + 1], *name;
	size_t i;

	for (i = 0; i <= UUID_LENGTH; i++)
		lower[i] = tolower((unsigned char)uuid[i]);
	if (asprintf(&name, "%s/bus/mdev/devices/%s/" MDEVCOMPAT_FILE,
		     mdevcompat_sysfs(), lower) < 0)
		return NULL;
	return name;
}

/* The file that is meant. */
static char *locate(const char *path)
{
	const char *format = "%s";
	struct stat stat_;
	char *name;

	if (stat(path, &stat_)) {
		if (is_uuid(path))
			return locate_uuid(path);
	} else if (S_ISDIR(stat_.st_mode)) {
		format = "%s/" MDEVCOMPAT_FILE;
	}
	return asprintf(&name, format, path) < 0 ? NULL : name;
}

/* sysfs gives a document whole to a read that has room for the longest. */
static ssize_t read_all(int file, char *text, size_t size)
{
	size_t length = 0;

	while (length < size) {
		const ssize_t got = read(file, text + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? got : (ssize_t)length;
		length += got;
	}
	return length;
}

static struct mdevcompat_document *
load_file(int file, const char *origin, struct mdevcompat_error *error)
{
	/* One more than there can be, to see that it is too long. */
	char text[VMIG_DOCUMENT_MAX + 1];
	const ssize_t length = read_all(file, text, sizeof(text));

	if (length < 0)
		return error_set(error, MDEVCOMPAT_UNREADABLE, "%.*s: %s",
				 PATH_SHOWN, origin, strerror(errno));
	return mdevcompat_parse(text, length, origin, error);
}

struct mdevcompat_document *mdevcompat_read(const char *path,
					    struct mdevcompat_error *error)
{
	struct mdevcompat_document *document;
	char *name;
	int file;

	if (!strcmp(path, "-"))
		return load_file(STDIN_FILENO, "standard input", error);
	name = locate(path);
	if (!name)
		return error_no_memory(error);
	file = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (file < 0) {
		error_set(error, MDEVCOMPAT_UNREADABLE, "%.*s: %s", PATH_SHOWN,
			  name, strerror(errno));
		free(name);
		return NULL;
	}
	document = load_file(file, path, error);
	close(file);
	if (document && !set_path(document, name)) {
		mdevcompat_free(document);
		document = error_set(error, MDEVCOMPAT_UNREADABLE,
				     "%.*s: it has vanished", PATH_SHOWN, name);
	}
	free(name);
	return document;
}
