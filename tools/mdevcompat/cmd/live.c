// SPDX-License-Identifier: GPL-2.0
/* What sysfs says of a type or a device beside its document. */
#include <limits.h>

#include "cmd.h"

static long read_number(const char *folder, const char *name)
{
	char *path;
	long number;
	FILE *file;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return -1;
	file = fopen(path, "re");
	free(path);
	if (!file)
		return -1;
	if (fscanf(file, "%ld", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

/* What is behind the last slash. */
static void keep_name(char name[LIVE_NAME_SIZE], const char *path)
{
	const char *slash = strrchr(path, '/');

	snprintf(name, LIVE_NAME_SIZE, "%.*s", LIVE_NAME_SIZE - 1,
		 slash ? slash + 1 : path);
}

/* The folder of a type or a device of this machine. */
static bool find_folder(const char *path, char folder[PATH_MAX])
{
	char machine[PATH_MAX];
	size_t length;

	if (!path || !realpath(mdevcompat_sysfs(), machine))
		return false;
	length = strlen(machine);
	if (strncmp(path, machine, length) || path[length] != '/')
		return false;
	snprintf(folder, PATH_MAX, "%s", path);
	*strrchr(folder, '/') = '\0';
	return true;
}

void live_look(struct live *live, const struct mdevcompat_document *document)
{
	char folder[PATH_MAX];
	char *end;

	memset(live, 0, sizeof(*live));
	live->available = -1;
	live->numa_node = -1;
	if (!find_folder(mdevcompat_path(document), folder))
		return;
	end = strstr(folder, "/" TYPES_FOLDER "/");
	if (end) {
		live->available = read_number(folder, "available_instances");
	} else {
		keep_name(live->uuid, folder);
		end = strrchr(folder, '/');
	}
	*end = '\0';
	keep_name(live->parent, folder);
	live->numa_node = read_number(folder, "numa_node");
}

void live_tell(const struct live *live,
	       const struct mdevcompat_document *document,
	       struct json_object *json)
{
	tell_string(json, "scope", mdevcompat_is_type(document) ? "type" :
								  "device");
	if (mdevcompat_type(document))
		tell_string(json, "mdev_type", mdevcompat_type(document));
	if (!*live->parent)
		return;
	tell_string(json, "parent", live->parent);
	if (*live->uuid)
		tell_string(json, "uuid", live->uuid);
	if (live->available >= 0) {
		tell_number(json, "available_instances", live->available);
		tell_number(json, "room", live_room(live, document));
	}
	if (live->numa_node >= 0)
		tell_number(json, "numa_node", live->numa_node);
}

long long live_room(const struct live *live,
		    const struct mdevcompat_document *document)
{
	uint32_t capacity;

	if (live->available < 0)
		return -1;
	/* A type's is that of one instance. */
	if (!mdevcompat_capacity(document, &capacity))
		capacity = 1;
	return (long long)live->available * capacity;
}
