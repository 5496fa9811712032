/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel modules through libkmod.
 *
 * A module whose file lies in the folder that the environment variable
 * VMIG_MODULES names (or in NAME/ or drivers/NAME/ below it) is taken from
 * there, any other from the running kernel's own folder, as modprobe does.
 */
#ifndef VMIG_TEST_MODULE_H
#define VMIG_TEST_MODULE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * module_insert() - load a module and nothing else
 * @name:	of the module
 * @options:	"parameter=value ..." or NULL
 *
 * Return: 0 or a negative errno; -ENOENT if there is no such file, or if the
 * module needs a symbol that no loaded module has.
 */
int module_insert(const char *name, const char *options);

/**
 * module_load() - load a module after those it says it depends on
 * @name:	of the module
 * @options:	"parameter=value ..." or NULL
 *
 * Return: 0, also if it was loaded before, or a negative errno.
 */
int module_load(const char *name, const char *options);

/**
 * module_unload() - remove a module and nothing else
 * @name:	of the module
 *
 * Return: 0, also if it was not loaded, -EBUSY if it is in use, or another
 * negative errno.
 */
int module_unload(const char *name);

bool module_is_loaded(const char *name);

/* Is there a file to load, or the module in the kernel already? */
bool module_is_available(const char *name);

/* Return: the reference count or a negative errno. */
int module_refcount(const char *name);

/* Does the loaded module @holder use symbols of @name? */
bool module_is_held_by(const char *name, const char *holder);

/**
 * module_info() - search the information that modinfo prints
 * @name:	of the module
 * @key:	for example "parm"
 * @prefix:	what the value must start with
 * @value:	the first value that does
 * @size:	room there
 *
 * Return: 0 or a negative errno, -ENOENT if there is none.
 */
int module_info(const char *name, const char *key, const char *prefix,
		char *value, size_t size);

/* A parameter of a loaded module. Return: 0 or a negative errno. */
int module_parameter(const char *name, const char *parameter, char *value,
		     size_t size);
int module_set_parameter(const char *name, const char *parameter,
			 const char *value);

#endif /* VMIG_TEST_MODULE_H */
