/* SPDX-License-Identifier: GPL-2.0 */
/* What the subcommands of mdevcompat share. */
#ifndef MDEVCOMPAT_CMD_H
#define MDEVCOMPAT_CMD_H

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mdevcompat.h"

/* Beside those of enum mdevcompat_outcome. Not 2: that is mdevctl's. */
#define EXIT_UNREADABLE		4
#define EXIT_USAGE		64

/**
 * struct command - a subcommand
 * @name:	as it is typed
 * @operands:	for the first line of its help
 * @purpose:	one line
 * @help:	its options and examples
 * @run:	given its own name and what follows; returns the exit code
 */
struct command {
	const char *name;
	const char *operands;
	const char *purpose;
	const char *help;
	int (*run)(int argc, char **argv);
};

extern const struct command cmd_show, cmd_list, cmd_lint, cmd_check, cmd_plan,
			    cmd_find, cmd_convert, cmd_traits;

/* A name of whatever bytes, as one line of printable ASCII. */
void print_name(const char *name);

/* "mdevcompat: " and a line of ASCII, to standard error. Returns @code. */
int complain(int code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for a failed call of the library. Returns EXIT_UNREADABLE. */
int complain_of(const struct mdevcompat_error *error);

/* That it was called wrongly. Returns EXIT_USAGE. */
int usage(const struct command *command, const char *what);
/* The same for what getopt_long() has just refused. */
int bad_option(const struct command *command, char **argv);

/* Print and free a text; @end follows. Returns 0, or EXIT_UNREADABLE for NULL. */
int print_text(char *text, const char *end,
	       const struct mdevcompat_error *error);

/* A member of an object for programs to read. */
struct json_object;
void tell_string(struct json_object *json, const char *key, const char *text);
void tell_number(struct json_object *json, const char *key, int64_t number);
/* The same with a text of JSON. */
void tell_json(struct json_object *json, const char *key, const char *text);
/* Of a part of a document, as it stands there; lives as long as @json. */
const char *tell_text(struct json_object *json);
/* Print it as a line, and free it. */
void tell_end(struct json_object *json);

/**
 * struct inputs - documents that were named, or found in folders
 * @documents:	in the order of their names
 * @count:	how many
 * @room:	for how many
 * @bad:	how many could not be read; each was complained of
 */
struct inputs {
	struct mdevcompat_document **documents;
	size_t count;
	size_t room;
	size_t bad;
};

/* Whatever the operand means; see mdevcompat(1). */
void inputs_add(struct inputs *inputs, const char *operand);
/* All types and devices of this machine. */
void inputs_add_machine(struct inputs *inputs);
void inputs_free(struct inputs *inputs);

/**
 * source_operand() - the document of a source
 * @argc:	number of operands
 * @argv:	a document, or the parts of a self line, each key=value
 * @used:	set to how many operands that were
 *
 * Return: NULL after a complaint.
 */
struct mdevcompat_document *source_operand(int argc, char **argv, int *used);

/* Documents of a source and of a target. */
struct pair {
	struct mdevcompat_document *source;
	struct mdevcompat_document *target;
};

/* From all operands that there are. Returns 0, or the exit code. */
int pair_operands(struct pair *pair, const struct command *command, int argc,
		  char **argv);
void pair_free(struct pair *pair);

/* Of a parent, in sysfs: those of its types. */
#define TYPES_FOLDER	"mdev_supported_types"

#define LIVE_NAME_SIZE	256

/**
 * struct live - what this machine says beside the document
 * @parent:	name of the parent device, empty if it is none of this machine
 * @uuid:	of a device, else empty
 * @available:	instances of a type that can be made, -1 if not known
 * @numa_node:	of the parent, -1 if not known
 */
struct live {
	char parent[LIVE_NAME_SIZE];
	char uuid[LIVE_NAME_SIZE];
	long available;
	long numa_node;
};

void live_look(struct live *live, const struct mdevcompat_document *document);

/* The same as members of an object, with what it is: those that are known. */
void live_tell(const struct live *live,
	       const struct mdevcompat_document *document,
	       struct json_object *json);

/* Room in the smallest units, -1 if not known. */
long long live_room(const struct live *live,
		    const struct mdevcompat_document *document);

#endif /* MDEVCOMPAT_CMD_H */
