/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libmdevcompat: may the state of one mediated device be loaded into another?
 *
 * Devices that can be migrated, and their types, say what they are and what they
 * take in a document, the file migration_compatible in sysfs. This library reads
 * such documents and judges them with the very code that the kernel judges a
 * migration stream with.
 *
 * Nothing here is global, prints, or ends the program. Handles may be used by
 * several threads at once, as long as none of them frees it meanwhile. Strings
 * that are returned as const belong to the handle that they were asked of;
 * those that are not are the caller's, to be freed with free().
 */
#ifndef MDEVCOMPAT_H
#define MDEVCOMPAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The file in the folders of devices and types in sysfs. */
#define MDEVCOMPAT_FILE	"migration_compatible"

#define MDEVCOMPAT_API __attribute__((visibility("default")))

/* Why something could not be done. */
enum mdevcompat_status {
	MDEVCOMPAT_OK,
	MDEVCOMPAT_UNREADABLE,	/* a file: see errno's text in the message */
	MDEVCOMPAT_MALFORMED,	/* not a document */
	MDEVCOMPAT_UNSUPPORTED,	/* a document, but of another grammar */
	MDEVCOMPAT_UNSUITABLE,	/* a document that this can't be done with */
	MDEVCOMPAT_NO_MEMORY,
};

#define MDEVCOMPAT_ERROR_SIZE	512

/**
 * struct mdevcompat_error - what went wrong
 * @status:	MDEVCOMPAT_OK if nothing did
 * @text:	one line of ASCII for people; names the file and the place in it
 *
 * Filled in by what fails, untouched by what does not. May be NULL wherever one
 * is asked for.
 */
struct mdevcompat_error {
	enum mdevcompat_status status;
	char text[MDEVCOMPAT_ERROR_SIZE];
};

/* A document that was loaded, and where it is from. */
struct mdevcompat_document;

/**
 * mdevcompat_parse() - load a document from memory
 * @text:	bytes from anywhere; need not end with a zero byte. Instead of a
 *		document it may be a self line, of which comes the document of a
 *		device that accepts nothing
 * @length:	how many; a document has less than 4096
 * @origin:	what to call it in messages; NULL: "document"
 * @error:	why not
 *
 * Return: to be freed with mdevcompat_free(), or NULL.
 */
MDEVCOMPAT_API struct mdevcompat_document *
mdevcompat_parse(const char *text, size_t length, const char *origin,
		 struct mdevcompat_error *error);

/**
 * mdevcompat_read() - load a document from a file
 * @path:	a file; a folder with the file migration_compatible in it, as
 *		devices and types have in sysfs; the UUID of a device of this
 *		machine, if no file is called that; or "-" for standard input
 * @error:	why not
 *
 * The environment variable MDEVCOMPAT_SYSFS names another folder than /sys.
 *
 * Return: to be freed with mdevcompat_free(), or NULL.
 */
MDEVCOMPAT_API struct mdevcompat_document *
mdevcompat_read(const char *path, struct mdevcompat_error *error);

/* NULL is no harm. */
MDEVCOMPAT_API void mdevcompat_free(struct mdevcompat_document *document);

/* The folder that sysfs is in: /sys, or what MDEVCOMPAT_SYSFS says. */
MDEVCOMPAT_API const char *mdevcompat_sysfs(void);

/* What it was loaded from, as it was given; for "-", "standard input". */
MDEVCOMPAT_API const char *
mdevcompat_origin(const struct mdevcompat_document *document);

/* The file that was read, its path without links; NULL if it was none. */
MDEVCOMPAT_API const char *
mdevcompat_path(const struct mdevcompat_document *document);

/* The document as the kernel writes it: one line of JSON with its newline. */
MDEVCOMPAT_API const char *
mdevcompat_text(const struct mdevcompat_document *document);

/* Is it about a device, or about a type of which devices can be made? */
MDEVCOMPAT_API bool
mdevcompat_is_type(const struct mdevcompat_document *document);

/* Its generation: another one later means that it has to be judged again. */
MDEVCOMPAT_API uint32_t
mdevcompat_gen(const struct mdevcompat_document *document);

/* What the device is; NULL for what it does not have. */
MDEVCOMPAT_API const char *
mdevcompat_model(const struct mdevcompat_document *document);
MDEVCOMPAT_API const char *
mdevcompat_version(const struct mdevcompat_document *document);
MDEVCOMPAT_API const char *
mdevcompat_type(const struct mdevcompat_document *document);
MDEVCOMPAT_API const char *
mdevcompat_profile(const struct mdevcompat_document *document);

/* Features, and parameters as "name=value"; NULL from @index on. */
MDEVCOMPAT_API const char *
mdevcompat_feature(const struct mdevcompat_document *document, size_t index);
MDEVCOMPAT_API const char *
mdevcompat_param(const struct mdevcompat_document *document, size_t index);

/**
 * mdevcompat_capacity() - the size of a device
 * @document:	its document
 * @capacity:	set to it, in the smallest units of its pool
 *
 * Return: false if it has none.
 */
MDEVCOMPAT_API bool
mdevcompat_capacity(const struct mdevcompat_document *document,
		    uint32_t *capacity);

/* Pool that the capacity is taken from; @id is NULL if there is none. */
struct mdevcompat_pool {
	const char *id;
	uint32_t total;
	uint32_t units;
};

MDEVCOMPAT_API struct mdevcompat_pool
mdevcompat_pool(const struct mdevcompat_document *document);

/**
 * mdevcompat_self_line() - what a device says in its first record
 * @document:	its document
 * @error:	why not
 *
 * Return: one line without newline, or NULL, with MDEVCOMPAT_UNSUITABLE if a name
 * has a character that would make the line say something else.
 */
MDEVCOMPAT_API char *
mdevcompat_self_line(const struct mdevcompat_document *document,
		     struct mdevcompat_error *error);

/* The values are exit codes of the program mdevcompat, too. */
enum mdevcompat_outcome {
	MDEVCOMPAT_COMPATIBLE = 0,
	MDEVCOMPAT_INCOMPATIBLE = 1,
	MDEVCOMPAT_AFTER_CONFIG = 3,
};

/* An answer. It stays true of what the documents said; it needs them no more. */
struct mdevcompat_verdict;

/**
 * mdevcompat_check() - may the state of @source be loaded into @target?
 * @source:	document of a device; what it takes itself does not matter
 * @target:	document of a device, or of a type that one is to be made of
 * @error:	why not
 *
 * Return: to be freed with mdevcompat_verdict_free(), or NULL for want of
 * memory.
 */
MDEVCOMPAT_API struct mdevcompat_verdict *
mdevcompat_check(const struct mdevcompat_document *source,
		 const struct mdevcompat_document *target,
		 struct mdevcompat_error *error);

MDEVCOMPAT_API void mdevcompat_verdict_free(struct mdevcompat_verdict *verdict);

MDEVCOMPAT_API enum mdevcompat_outcome
mdevcompat_outcome(const struct mdevcompat_verdict *verdict);

/* "compatible", "compatible-after-config" or "incompatible". */
MDEVCOMPAT_API const char *
mdevcompat_outcome_name(const struct mdevcompat_verdict *verdict);

/* The entry of the target that takes it, -1 if none does. */
MDEVCOMPAT_API int mdevcompat_entry(const struct mdevcompat_verdict *verdict);

/**
 * struct mdevcompat_setting - an attribute to be set on the device
 * @attribute:	its path below the device's folder in sysfs
 * @value:	to what
 */
struct mdevcompat_setting {
	const char *attribute;
	const char *value;
};

/**
 * mdevcompat_setting() - what has to be set, in this order
 * @verdict:	on what
 * @index:	from 0
 *
 * For a type that is how to make the device; for a device, what makes it take
 * the source.
 *
 * Return: NULL from the number of settings on.
 */
MDEVCOMPAT_API const struct mdevcompat_setting *
mdevcompat_setting(const struct mdevcompat_verdict *verdict, size_t index);

/**
 * struct mdevcompat_finding - what stands against it
 * @entry:	number of the target's entry that says so; -1 for the whole
 *		document
 * @reason:	code, such as "version-too-new"; always one of a fixed set
 * @field:	name of the key, feature, parameter or attribute
 * @text:	what the source has and the entry wants, for people
 */
struct mdevcompat_finding {
	int entry;
	const char *reason;
	const char *field;
	const char *text;
};

/**
 * mdevcompat_finding() - why the entries before the one that takes it do not
 * @verdict:	on what
 * @index:	from 0
 *
 * Return: NULL from the number of findings on.
 */
MDEVCOMPAT_API const struct mdevcompat_finding *
mdevcompat_finding(const struct mdevcompat_verdict *verdict, size_t index);

/* Of the findings that which came furthest; NULL if it may be loaded. */
MDEVCOMPAT_API const struct mdevcompat_finding *
mdevcompat_main_finding(const struct mdevcompat_verdict *verdict);

/**
 * mdevcompat_verdict_json() - an answer for programs
 * @verdict:	the answer
 * @error:	why not
 *
 * Return: one line of JSON without newline: verdict, entry, set, reasons; or
 * NULL.
 */
MDEVCOMPAT_API char *
mdevcompat_verdict_json(const struct mdevcompat_verdict *verdict,
			struct mdevcompat_error *error);

/**
 * mdevcompat_plan() - a definition for mdevctl
 * @source:	the device that is to be taken
 * @target:	the type that a device is to be made of
 * @error:	why not; MDEVCOMPAT_UNSUITABLE if the type does not take it, or
 *		is none
 *
 * Return: one line of JSON without newline, for "mdevctl define --jsonfile", or
 * NULL.
 */
MDEVCOMPAT_API char *mdevcompat_plan(const struct mdevcompat_document *source,
				     const struct mdevcompat_document *target,
				     struct mdevcompat_error *error);

/**
 * struct mdevcompat_remark - something odd in a document
 * @severe:	it breaks what documents promise; otherwise only worth a look
 * @place:	where, such as "compatible[0].version"
 * @text:	what, for people
 */
struct mdevcompat_remark {
	bool severe;
	const char *place;
	const char *text;
};

typedef void (*mdevcompat_remark_fn)(const struct mdevcompat_remark *remark,
				     void *data);

/**
 * mdevcompat_lint() - look for contradictions in a document
 * @document:	which
 * @known:	other documents, which tell what profiles are
 * @count:	how many
 * @remark:	called for each, with @data
 * @data:	whatever the caller wants
 * @error:	why not
 *
 * Return: how many were severe, or -1.
 */
MDEVCOMPAT_API int
mdevcompat_lint(const struct mdevcompat_document *document,
		const struct mdevcompat_document * const *known, size_t count,
		mdevcompat_remark_fn remark, void *data,
		struct mdevcompat_error *error);

/**
 * mdevcompat_convert() - a document from a migration info file
 * @text:	JSON with "models", and in those "params" or "versions", as the
 *		VFIO migration proposals of 2020 and 2021 have it
 * @length:	how many bytes
 * @model:	which of the models; NULL if there is but one
 * @error:	why not
 *
 * Return: a document, one line with newline, or NULL.
 */
MDEVCOMPAT_API char *mdevcompat_convert(const char *text, size_t length,
					const char *model,
					struct mdevcompat_error *error);

/*
 * Placement: what a host offers, and what a virtual machine asks for, in traits
 * and inventories of OpenStack's Placement.
 */

/**
 * mdevcompat_traits() - what is to be told to Placement of a parent
 * @targets:	documents of its types, and of devices of it that can be taken
 * @count:	how many
 * @space:	of the operator's, part of all names: a-z and 0-9, at most 32
 * @error:	why not; MDEVCOMPAT_UNSUITABLE for a type without a pool
 *
 * Return: one line of JSON without newline, or NULL. resource_class and traits
 * are names that have to be there. Each of pools becomes a provider with its
 * inventory and traits, and each of entries, the ways to match the pool, one
 * below that.
 */
MDEVCOMPAT_API char *
mdevcompat_traits(const struct mdevcompat_document * const *targets,
		  size_t count, const char *space,
		  struct mdevcompat_error *error);

enum mdevcompat_mapping {
	/* All rules but `when`, by entries. */
	MDEVCOMPAT_RULES,
	/* Profiles alone, by pools: where model and profile say it all. */
	MDEVCOMPAT_PROFILES,
};

/**
 * mdevcompat_request() - the query for a virtual machine's devices
 * @sources:	their documents
 * @count:	how many
 * @space:	as above
 * @mapping:	by what to ask
 * @known:	names of the traits that Placement has; others in a query are an
 *		error to it, and which ranges there are is told by these alone
 * @known_count: how many
 * @error:	why not
 *
 * Return: the query of GET /allocation_candidates, of microversion 1.39; the
 * empty string if there can be no host that takes them all; or NULL.
 */
MDEVCOMPAT_API char *
mdevcompat_request(const struct mdevcompat_document * const *sources,
		   size_t count, const char *space,
		   enum mdevcompat_mapping mapping, const char * const *known,
		   size_t known_count, struct mdevcompat_error *error);

#ifdef __cplusplus
}
#endif

#endif /* MDEVCOMPAT_H */
