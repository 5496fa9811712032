/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the loader share: where we are, and simple values. */
#ifndef MDEVCOMPAT_LOADER_H
#define MDEVCOMPAT_LOADER_H

#include <json-c/json.h>

#include "document-load.h"

#define LOADER_PATH_SIZE	256

/**
 * struct loader - one load
 * @loaded:	owns all that is allocated
 * @error:	to be filled in
 * @path:	of the value that is looked at
 * @entry:	what a key that is not known makes useless, NULL outside of
 *		entries
 * @entry_path:	length of @path for @entry itself
 */
struct loader {
	struct loaded_document *loaded;
	struct load_error *error;
	char path[LOADER_PATH_SIZE];
	struct vmig_entry *entry;
	size_t entry_path;
};

/*
 * All that follows returns false, or NULL, when the load has failed; the error
 * is filled in then.
 */

/* Zeroed memory for the document, at least one byte. */
void *loader_alloc(struct loader *loader, size_t count, size_t size);

/* Say what is wrong at the current path. Returns false. */
bool loader_refuse(struct loader *loader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Go to a member or element, and back with what that returned. */
size_t loader_enter_key(struct loader *loader, const char *key);
size_t loader_enter_index(struct loader *loader, size_t index);
void loader_leave(struct loader *loader, size_t mark);

bool loader_is_object(struct loader *loader, struct json_object *json);
/* With at most @most elements or members. */
bool loader_is_array(struct loader *loader, struct json_object *json,
		     size_t most);
bool loader_is_map(struct loader *loader, struct json_object *json,
		   size_t most);

/* Takes one element of an array. */
typedef bool (*loader_element)(struct loader *loader, struct json_object *json,
			       void *to);

/*
 * An array of at most @most elements, each taken by @load into @size bytes.
 * Returns them, which is never NULL but for a failure.
 */
void *loader_list(struct loader *loader, struct json_object *json, size_t most,
		  size_t size, loader_element load, u32 *count);
/* The same for an array or, in the place of an array of one, its element. */
void *loader_one_or_list(struct loader *loader, struct json_object *json,
			 size_t most, size_t size, loader_element load,
			 u32 *count);

/* A key that the grammar does not have: fatal, unless in an entry. */
bool loader_unknown_key(struct loader *loader, const char *key);

/**
 * struct loader_key - a member of an object with fixed keys
 * @name:	the key
 * @load:	takes the value, and what loader_keys() was given
 * @required:	it must be there
 */
struct loader_key {
	const char *name;
	bool (*load)(struct loader *loader, struct json_object *json, void *to);
	bool required;
};

enum loader_others { LOADER_SKIP, LOADER_STRICT };

bool loader_keys(struct loader *loader, struct json_object *json,
		 const struct loader_key *keys, size_t count,
		 enum loader_others others, void *to);

bool loader_u32(struct loader *loader, struct json_object *json, u32 *to);
bool loader_string(struct loader *loader, struct json_object *json,
		   const char **to);
bool loader_token(struct loader *loader, struct json_object *json,
		  const char **to);
bool loader_name(struct loader *loader, struct json_object *json,
		 const char **to);
/* "M.m", and with @fix "M.m.b". */
bool loader_version(struct loader *loader, struct json_object *json, bool fix,
		    struct vmig_version *to);
/* Different tokens, at most @most. */
bool loader_tokens(struct loader *loader, struct json_object *json,
		   size_t most, const char * const **to, u32 *count);
bool loader_bus(struct loader *loader, struct json_object *json,
		struct vmig_bus *to);
bool loader_value(struct loader *loader, struct json_object *json,
		  struct vmig_value *to);
/* Is the key a token? */
bool loader_token_key(struct loader *loader, const char *key);
bool loader_params(struct loader *loader, struct json_object *json,
		   const struct vmig_param **to, u32 *count);

/* The array of entries, in load-entry.c. */
bool loader_entries(struct loader *loader, struct json_object *json,
		    struct vmig_document *to);

#endif /* MDEVCOMPAT_LOADER_H */
