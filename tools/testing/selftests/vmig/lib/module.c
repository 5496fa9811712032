// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"

#include "module.h"
#include "sysfs.h"

#define NAME_SIZE	64
#define DEPENDS_SIZE	512
#define STATE_SIZE	16

/* A library context and one module of it. */
struct handle {
	struct kmod_ctx *context;
	struct kmod_module *module;
	bool own;	/* from the folder that VMIG_MODULES names */
};

static void handle_close(struct handle *handle)
{
	if (handle->module)
		kmod_module_unref(handle->module);
	if (handle->context)
		kmod_unref(handle->context);
}

static bool find_file(const char *name, char *path, size_t size)
{
	static const char * const places[] = {
		"%s/%s.ko", "%s/%s/%s.ko", "%s/drivers/%s/%s.ko",
	};
	const char *folder = getenv("VMIG_MODULES");
	size_t i;

	if (!folder || !*folder)
		return false;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(path, size, places[i], folder, name, name);
		if (!access(path, R_OK))
			return true;
	}
	return false;
}

static int lookup(struct handle *handle, const char *name)
{
	struct kmod_list *list = NULL;
	int ret = kmod_module_new_from_lookup(handle->context, name, &list);

	if (ret < 0)
		return ret;
	if (!list)
		return -ENOENT;
	handle->module = kmod_module_get_module(list);
	kmod_module_unref_list(list);
	return 0;
}

/* A fresh context each time: it would remember a module's first path. */
static int handle_open(struct handle *handle, const char *name)
{
	char path[PATH_MAX];
	int ret;

	memset(handle, 0, sizeof(*handle));
	handle->context = kmod_new(NULL, NULL);
	if (!handle->context)
		return -ENOMEM;
	handle->own = find_file(name, path, sizeof(path));
	if (handle->own)
		ret = kmod_module_new_from_path(handle->context, path,
						&handle->module);
	else
		ret = lookup(handle, name);
	if (ret < 0)
		handle_close(handle);
	return ret < 0 ? ret : 0;
}

static bool is_live(struct kmod_module *module)
{
	int state = kmod_module_get_initstate(module);

	return state == KMOD_MODULE_LIVE || state == KMOD_MODULE_BUILTIN;
}

/* Without the library, which reads its settings anew each time. */
static bool is_known_live(const char *name)
{
	char state[STATE_SIZE];

	return !sysfs_read(state, sizeof(state), "/sys/module/%s/initstate",
			   name) && !strcmp(state, "live");
}

bool module_is_loaded(const char *name)
{
	struct handle handle;
	bool loaded;

	if (is_known_live(name))
		return true;
	if (handle_open(&handle, name))
		return sysfs_exists("/sys/module/%s/initstate", name);
	loaded = is_live(handle.module);
	handle_close(&handle);
	return loaded;
}

bool module_is_available(const char *name)
{
	struct handle handle;
	int ret = handle_open(&handle, name);

	if (ret)
		return false;
	handle_close(&handle);
	return true;
}

int module_insert(const char *name, const char *options)
{
	struct handle handle;
	int ret = handle_open(&handle, name);

	if (ret)
		return ret;
	ret = kmod_module_insert_module(handle.module, 0, options);
	handle_close(&handle);
	return ret;
}

/* "a,b,c", as the module's own information lists them. */
static int load_dependencies(const char *name)
{
	char depends[DEPENDS_SIZE];
	char *rest = depends;
	char *one;
	int ret = module_info(name, "depends", "", depends, sizeof(depends));

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	while ((one = strsep(&rest, ","))) {
		if (!*one)
			continue;
		ret = module_load(one, NULL);
		if (ret)
			return ret;
	}
	return 0;
}

int module_load(const char *name, const char *options)
{
	struct handle handle;
	int ret;

	if (is_known_live(name))
		return 0;
	ret = handle_open(&handle, name);
	if (ret)
		return ret;
	if (is_live(handle.module)) {
		ret = 0;
	} else if (handle.own) {
		ret = load_dependencies(name);
		if (!ret)
			ret = kmod_module_insert_module(handle.module, 0,
							options);
	} else {
		ret = kmod_module_probe_insert_module(handle.module, 0,
						      options, NULL, NULL,
						      NULL);
	}
	handle_close(&handle);
	return ret;
}

int module_unload(const char *name)
{
	struct handle handle;
	int ret = handle_open(&handle, name);

	if (ret)
		return ret;
	ret = 0;
	if (is_live(handle.module))
		ret = kmod_module_remove_module(handle.module, O_NONBLOCK);
	handle_close(&handle);
	/* The system call's word for "in use" is that it would block. */
	return ret == -EWOULDBLOCK ? -EBUSY : ret;
}

int module_refcount(const char *name)
{
	struct handle handle;
	int ret = handle_open(&handle, name);

	if (ret)
		return ret;
	ret = kmod_module_get_refcnt(handle.module);
	handle_close(&handle);
	return ret;
}

bool module_is_held_by(const char *name, const char *holder)
{
	struct kmod_list *list, *at;
	struct handle handle;
	bool held = false;

	if (handle_open(&handle, name))
		return false;
	list = kmod_module_get_holders(handle.module);
	kmod_list_foreach(at, list) {
		struct kmod_module *module = kmod_module_get_module(at);

		held |= !strcmp(kmod_module_get_name(module), holder);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	handle_close(&handle);
	return held;
}

static int find_info(struct kmod_list *list, const char *key,
		     const char *prefix, char *value, size_t size)
{
	struct kmod_list *at;

	kmod_list_foreach(at, list) {
		const char *found = kmod_module_info_get_value(at);

		if (strcmp(kmod_module_info_get_key(at), key) ||
		    strncmp(found, prefix, strlen(prefix)))
			continue;
		if (strlen(found) >= size)
			return -EOVERFLOW;
		memcpy(value, found, strlen(found) + 1);
		return 0;
	}
	return -ENOENT;
}

int module_info(const char *name, const char *key, const char *prefix,
		char *value, size_t size)
{
	struct kmod_list *list = NULL;
	struct handle handle;
	int ret = handle_open(&handle, name);

	if (ret)
		return ret;
	ret = kmod_module_get_info(handle.module, &list);
	if (ret >= 0)
		ret = find_info(list, key, prefix, value, size);
	kmod_module_info_free_list(list);
	handle_close(&handle);
	return ret;
}

int module_parameter(const char *name, const char *parameter, char *value,
		     size_t size)
{
	return sysfs_read(value, size, "/sys/module/%s/parameters/%s", name,
			  parameter);
}

int module_set_parameter(const char *name, const char *parameter,
			 const char *value)
{
	return sysfs_write(value, "/sys/module/%s/parameters/%s", name,
			   parameter);
}
