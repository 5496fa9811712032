/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A compatibility document: what a device is (self), and what it takes into
 * itself (compatible). A driver builds one from static tables, a program
 * allocates one; who reads it does not see the difference, since all of it is
 * const pointers and counts.
 *
 * As text it is one line of JSON (render.h). The judge is in match.h.
 */
#ifndef VMIG_DOCUMENT_H
#define VMIG_DOCUMENT_H

#include "pure.h"

/* The grammar of documents and self lines that is meant here. */
#define VMIG_ABI		1

/* A document is shorter than this, its newline included. */
#define VMIG_DOCUMENT_MAX	4096
/* Brackets within brackets, the outermost included. */
#define VMIG_DOCUMENT_DEPTH	7

/* Longest token and name, in characters. */
#define VMIG_TOKEN_MAX		32
#define VMIG_NAME_MAX		63

/*
 * How many of each there can be. A text that has more is malformed, and so is a
 * driver's table: vmig_check() has room for just as many.
 */
#define VMIG_FEATURES_MAX	64
#define VMIG_PARAMS_MAX		32
#define VMIG_PROFILES_MAX	64
#define VMIG_CREATE_MAX		16
#define VMIG_ENTRIES_MAX	32
#define VMIG_CHOICES_MAX	64
#define VMIG_WHEN_MAX		32

/*
 * A token is [a-z0-9][a-z0-9_]*, at most VMIG_TOKEN_MAX characters. A name is
 * printable ASCII without '"' and '\', 1 to VMIG_NAME_MAX characters; in a self
 * line, without ';' too.
 */

enum vmig_value_type {
	VMIG_VALUE_INT,
	VMIG_VALUE_BOOL,
	VMIG_VALUE_TOKEN,
};

/**
 * struct vmig_value - of a parameter
 * @type:	which of the others is meant; values of different types differ
 * @number:	of VMIG_VALUE_INT
 * @flag:	of VMIG_VALUE_BOOL
 * @token:	of VMIG_VALUE_TOKEN: neither "true" nor "false" nor all digits,
 *		which a self line could not tell from the other types
 */
struct vmig_value {
	enum vmig_value_type type;
	union {
		u32 number;
		bool flag;
		const char *token;
	};
};

/* A parameter and its value; @name is a token. */
struct vmig_param {
	const char *name;
	struct vmig_value value;
};

/* @fix is never compared. */
struct vmig_version {
	u16 major;
	u16 minor;
	u16 fix;
};

/* PCI ids as the guest sees them. Without @given the device is on no bus. */
struct vmig_bus {
	bool given;
	u16 vendor;
	u16 device;
};

/**
 * struct vmig_self - what a device is; one of it makes a self line
 * @abi:	VMIG_ABI
 * @model:	name of the state format, "domain/path"; versions are relative
 *		to it
 * @api:	name of the VFIO device API, NULL if it has none. A document
 *		always has one
 * @bus:	ids on the bus
 * @type:	name of the mdev type, NULL if it is no mdev
 * @version:	of the state format
 * @profile:	token for one fixed set of version, features and parameters;
 *		NULL if there is none
 * @has_capacity: @capacity is given
 * @capacity:	size in the smallest units of the model
 * @features:	tokens, none twice
 * @feature_count: how many, at most VMIG_FEATURES_MAX
 * @params:	those in effect, none twice
 * @param_count: how many, at most VMIG_PARAMS_MAX
 */
struct vmig_self {
	u32 abi;
	const char *model;
	const char *api;
	struct vmig_bus bus;
	const char *type;
	struct vmig_version version;
	const char *profile;
	bool has_capacity;
	u32 capacity;
	const char * const *features;
	u32 feature_count;
	const struct vmig_param *params;
	u32 param_count;
};

/* How a choice is written; what is absent is the target's own value. */
enum vmig_form {
	VMIG_ABSENT,
	VMIG_ONE,
	VMIG_LIST,
	VMIG_ANY,		/* "*": not compared */
};

/* Of @names, VMIG_ONE has one, VMIG_LIST @count, at most VMIG_CHOICES_MAX. */
struct vmig_names {
	enum vmig_form form;
	const char * const *names;
	u32 count;
};

struct vmig_buses {
	enum vmig_form form;
	const struct vmig_bus *buses;
	u32 count;
};

/* A range of integers that includes its bounds; it may lack either. */
struct vmig_range {
	bool has_min;
	bool has_max;
	u32 min;
	u32 max;
};

enum vmig_constraint_form {
	VMIG_SCALAR,
	VMIG_SET,
	VMIG_RANGE,
};

/**
 * struct vmig_constraint - what a value has to be
 * @form:	VMIG_SCALAR is the first of @values, VMIG_SET one of them,
 *		VMIG_RANGE an integer in @range
 * @values:	the values
 * @count:	how many, at most VMIG_CHOICES_MAX
 * @range:	the range
 */
struct vmig_constraint {
	enum vmig_constraint_form form;
	const struct vmig_value *values;
	u32 count;
	struct vmig_range range;
};

/* The parameter @name has to be like that. */
struct vmig_rule {
	const char *name;
	struct vmig_constraint constraint;
};

/* If @premise holds, all of @then have to. */
struct vmig_when {
	struct vmig_rule premise;
	const struct vmig_rule *then;
	u32 then_count;
};

/* Versions accepted, bounds included; fix is not looked at. */
struct vmig_versions {
	bool given;
	bool has_min;
	bool has_max;
	struct vmig_version min;
	struct vmig_version max;
};

/* Tokens, at most VMIG_FEATURES_MAX. An empty list is not an absent one. */
struct vmig_features {
	bool given;
	const char * const *tokens;
	u32 count;
};

/**
 * struct vmig_entry - one kind of source that is accepted; all of it must hold
 * @unknown:	a key that is not of this grammar, which makes the entry match
 *		nothing; NULL if there is none
 * @model:	names of models; absent: the target's own
 * @bus:	bus ids; absent: the target's own
 * @type:	names of mdev types; absent: the target's own
 * @versions:	absent: same major version, and a minor that is not higher
 * @has_capacity: @capacity is given; otherwise the target's own
 * @capacity:	what the capacity must be
 * @all:	features that the source must have
 * @any:	features of which it must have one
 * @only:	features that it may have; absent: the target's own
 * @has_params:	@params is given; otherwise the source must have the target's
 *		own parameters, with their values
 * @params:	parameters that the source must have, and how
 * @param_count: how many, at most VMIG_PARAMS_MAX
 * @off:	the value that a parameter has where it is not named
 * @off_count:	how many, at most VMIG_PARAMS_MAX
 * @when:	conditions
 * @when_count:	how many, at most VMIG_WHEN_MAX
 */
struct vmig_entry {
	const char *unknown;
	struct vmig_names model;
	struct vmig_buses bus;
	struct vmig_names type;
	struct vmig_versions versions;
	bool has_capacity;
	struct vmig_constraint capacity;
	struct vmig_features all;
	struct vmig_features any;
	struct vmig_features only;
	bool has_params;
	const struct vmig_rule *params;
	u32 param_count;
	const struct vmig_param *off;
	u32 off_count;
	const struct vmig_when *when;
	u32 when_count;
};

/**
 * struct vmig_pool - what instances of several types share
 * @id:		token, NULL if there is no pool
 * @total:	size, in smallest units
 * @units:	what one instance takes, with an aggregator of 1
 */
struct vmig_pool {
	const char *id;
	u32 total;
	u32 units;
};

/**
 * struct vmig_profiles - profiles that can be chosen
 * @standard:	token of the default one, NULL if there are no profiles
 * @accepts:	tokens of those that are accepted
 * @count:	how many, at most VMIG_PROFILES_MAX
 */
struct vmig_profiles {
	const char *standard;
	const char * const *accepts;
	u32 count;
};

enum vmig_create_from {
	VMIG_FROM_CAPACITY,
	VMIG_FROM_PROFILE,
	VMIG_FROM_PARAM,
};

/**
 * struct vmig_create - an attribute to be set when an instance is made
 * @attribute:	its path below the instance's folder in sysfs: names of
 *		[A-Za-z0-9_.-], none with a dot in front, separated by '/'; at
 *		most VMIG_NAME_MAX characters
 * @from:	what it is set to: the source's capacity / @divisor, its profile,
 *		or its parameter @param
 * @divisor:	not 0; the division has to be exact
 * @min:	lowest quotient
 * @max:	highest quotient
 * @param:	token
 */
struct vmig_create {
	const char *attribute;
	enum vmig_create_from from;
	u32 divisor;
	u32 min;
	u32 max;
	const char *param;
};

enum vmig_scope {
	VMIG_SCOPE_TYPE,	/* of instances that could be made */
	VMIG_SCOPE_DEVICE,	/* of one that exists */
};

/**
 * struct vmig_document - all of it
 * @scope:	of what
 * @gen:	goes up with every change of the document
 * @pool:	where the capacity is from
 * @self:	what the device is; @self.abi is the document's
 * @profiles:	what its profile could be
 * @create:	how an instance for a given source is made
 * @create_count: how many, at most VMIG_CREATE_MAX
 * @has_compatible: @entries is given; otherwise there is one entry without keys
 * @entries:	what is accepted: the source must match one of them
 * @entry_count: how many, at most VMIG_ENTRIES_MAX; 0: nothing is
 */
struct vmig_document {
	enum vmig_scope scope;
	u32 gen;
	struct vmig_pool pool;
	struct vmig_self self;
	struct vmig_profiles profiles;
	const struct vmig_create *create;
	u32 create_count;
	bool has_compatible;
	const struct vmig_entry *entries;
	u32 entry_count;
};

#endif /* VMIG_DOCUMENT_H */
