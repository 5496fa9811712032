// SPDX-License-Identifier: GPL-2.0
/* What sysfs says of a type or a device beside its document. */
#include <limits.h>

#include "cmd.h"

#define TYPES_FOLDER	"/mdev_supported_types/"

const char *sysfs_folder(void)
{
	const char *folder = getenv("MDEVCOMPAT_SYSFS");

	return folder && *folder ? folder : "/sys";
}

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

static bool is_sysfs(const char *path)
{
	char folder[PATH_MAX];

	return realpath(sysfs_folder(), folder) &&
	       !strncmp(path, folder, strlen(folder)) &&
	       path[strlen(folder)] == '/';
}

/* Both are given as their folder, or as the file in it. */
static bool find_folder(const char *origin, char folder[PATH_MAX])
{
	char path[PATH_MAX];
	char *end;

	snprintf(path, sizeof(path), "%s/bus/mdev/devices/%s", sysfs_folder(),
		 origin);
	if (!realpath(strchr(origin, '/') ? origin : path, folder) &&
	    !realpath(origin, folder))
		return false;
	if (!is_sysfs(folder))
		return false;
	end = strrchr(folder, '/');
	if (!strcmp(end, "/migration_compatible"))
		*end = '\0';
	return true;
}

void live_look(struct live *live, const struct mdevcompat_document *document)
{
	char folder[PATH_MAX];
	char *end;

	memset(live, 0, sizeof(*live));
	live->available = -1;
	live->numa_node = -1;
	if (!find_folder(mdevcompat_origin(document), folder))
		return;
	end = strstr(folder, TYPES_FOLDER);
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
	if (!*live->parent)
		return;
	tell_string(json, "parent", live->parent);
	if (live->available >= 0) {
		tell_number(json, "available_instances", live->available);
		tell_number(json, "room", live_room(live, document));
	}
	tell_number(json, "numa_node", live->numa_node);
}

long long live_room(const struct live *live,
		    const struct mdevcompat_document *document)
{
	const struct mdevcompat_pool pool = mdevcompat_pool(document);

	if (live->available < 0)
		return -1;
	return (long long)live->available * (pool.id ? pool.units : 1);
}
