// SPDX-License-Identifier: GPL-2.0
/* What a parent has to offer, for OpenStack's Placement. */
#include <stdlib.h>

#include "error.h"
#include "handle.h"
#include "json-out.h"
#include "offer.h"
#include "trait-entry.h"
#include "trait-name.h"

/* Placement's database has integers of 31 bits. */
#define TOTAL_MAX	INT32_MAX

/* A pool, or a device that has its part of one already. */
struct pool {
	const char *id;
	bool is_device;
	struct offer offer;
	struct json_object *profiles;
	struct json_object *entries;
};

/* All that is told. */
struct telling {
	const char *space;
	struct mdevcompat_error *error;
	struct json_out out;
	struct json_object *names;
	/* Of what is being told. */
	struct json_object *traits;
	struct pool *pools;
	size_t count;
};

static void append_once(struct json_out *out, struct json_object *array,
			const char *text)
{
	size_t i, count = array ? json_object_array_length(array) : 0;

	for (i = 0; i < count; i++) {
		struct json_object *one = json_object_array_get_idx(array, i);

		if (!strcmp(json_object_get_string(one), text))
			return;
	}
	json_out_append_string(out, array, text);
}

static void take(const char *name, void *data)
{
	struct telling *telling = data;

	append_once(&telling->out, telling->names, name);
	append_once(&telling->out, telling->traits, name);
}

static struct pool *find_pool(struct telling *telling, const char *id)
{
	size_t i;

	for (i = 0; i < telling->count; i++)
		if (!telling->pools[i].is_device &&
		    !strcmp(telling->pools[i].id, id))
			return &telling->pools[i];
	return NULL;
}

/* The pool that a document is about, NULL after saying why there is none. */
static struct pool *pool_of(struct telling *telling,
			    const struct mdevcompat_document *document)
{
	const struct vmig_document *target = document_of(document);
	const char *origin = mdevcompat_origin(document);
	const bool is_device = target->scope == VMIG_SCOPE_DEVICE;
	struct pool *pool = NULL;

	if (!is_device && !target->pool.id)
		return error_set(telling->error, MDEVCOMPAT_UNSUITABLE,
				 "%s: a type without a pool, so it does not say how many can be made",
				 origin);
	if (!is_device)
		pool = find_pool(telling, target->pool.id);
	if (pool && pool->offer.total != target->pool.total)
		return error_set(telling->error, MDEVCOMPAT_UNSUITABLE,
				 "%s: pool %s has %u units, and %u in another document; are both of one parent?",
				 origin, pool->id, target->pool.total,
				 pool->offer.total);
	if (!pool) {
		pool = &telling->pools[telling->count++];
		pool->id = is_device ? origin : target->pool.id;
		pool->is_device = is_device;
		pool->profiles = json_out_array(&telling->out);
		pool->entries = json_out_array(&telling->out);
	}
	offer_add(&pool->offer, target);
	if (pool->offer.total <= TOTAL_MAX)
		return pool;
	return error_set(telling->error, MDEVCOMPAT_UNSUITABLE,
			 "%s: more units than Placement can count", origin);
}

/* Two types may well have entries that are the same; one will do. */
static void append_entry(struct telling *telling, struct pool *pool,
			 struct json_object *entry)
{
	size_t i, count = pool->entries ?
			  json_object_array_length(pool->entries) : 0;

	for (i = 0; i < count; i++) {
		struct json_object *one = json_object_array_get_idx(pool->entries, i);
		struct json_object *traits = json_object_object_get(one,
								    "traits");

		if (json_object_equal(traits, telling->traits)) {
			json_object_put(entry);
			return;
		}
	}
	json_out_append(&telling->out, pool->entries, entry);
}

static void tell_entry(struct telling *telling, struct pool *pool,
		       const struct vmig_document *target, u32 index)
{
	struct json_object *entry = json_out_object(&telling->out);

	telling->traits = json_out_array(&telling->out);
	json_out_string(&telling->out, entry, "type", target->self.type);
	json_out_number(&telling->out, entry, "entry", index);
	json_out_add(&telling->out, entry, "traits", telling->traits);
	if (trait_entry(target, index, telling->space, take, telling))
		append_entry(telling, pool, entry);
	else
		json_object_put(entry);
}

static void tell_profiles(struct telling *telling, struct pool *pool,
			  const struct vmig_document *target)
{
	struct trait_name name;
	u32 i;

	telling->traits = pool->profiles;
	for (i = 0; i < target->profiles.count; i++) {
		trait_start(&name, telling->space, TRAIT_PROFILE);
		trait_token(&name, target->profiles.accepts[i]);
		take(name.text, telling);
	}
}

static bool tell(struct telling *telling,
		 const struct mdevcompat_document *document)
{
	const struct vmig_document *target = document_of(document);
	struct pool *pool = pool_of(telling, document);
	u32 i;

	if (!pool)
		return false;
	if (trait_entry_count(target))
		tell_profiles(telling, pool, target);
	for (i = 0; i < trait_entry_count(target); i++)
		tell_entry(telling, pool, target, i);
	return true;
}

static struct json_object *inventory(struct json_out *out,
				     const struct offer *offer)
{
	struct json_object *json = json_out_object(out);

	json_out_number(out, json, "total", offer->total);
	json_out_number(out, json, "min_unit", offer->least);
	json_out_number(out, json, "max_unit", offer->total);
	json_out_number(out, json, "step_size", offer->step);
	return json;
}

/* Of a pool of nothing Placement would not want to know. */
static struct json_object *end_pools(struct telling *telling)
{
	struct json_out *out = &telling->out;
	struct json_object *pools = json_out_array(out);
	size_t i;

	for (i = 0; i < telling->count; i++) {
		struct pool *pool = &telling->pools[i];
		struct json_object *json = json_out_object(out);

		json_out_string(out, json, "pool", pool->id);
		offer_end(&pool->offer);
		json_out_add(out, json, "inventory",
			     inventory(out, &pool->offer));
		json_out_add(out, json, "traits", pool->profiles);
		json_out_add(out, json, "entries", pool->entries);
		if (pool->offer.total)
			json_out_append(out, pools, json);
		else
			json_object_put(json);
	}
	return pools;
}

/* What was begun and will not be part of anything. */
static void drop(struct telling *telling)
{
	size_t i;

	for (i = 0; i < telling->count; i++) {
		json_object_put(telling->pools[i].profiles);
		json_object_put(telling->pools[i].entries);
	}
	json_object_put(telling->names);
}

static char *end(struct telling *telling)
{
	struct json_object *json = json_out_object(&telling->out);
	struct trait_name unit;

	trait_start(&unit, telling->space, TRAIT_UNIT);
	json_out_string(&telling->out, json, "resource_class", unit.text);
	json_out_add(&telling->out, json, "traits", telling->names);
	json_out_add(&telling->out, json, "pools", end_pools(telling));
	return json_out_text(&telling->out, json, telling->error);
}

char *mdevcompat_traits(const struct mdevcompat_document * const *targets,
			size_t count, const char *space,
			struct mdevcompat_error *error)
{
	struct telling telling = { .space = space, .error = error };
	char *text = NULL;
	size_t i;

	if (!trait_is_space(space))
		return error_set(error, MDEVCOMPAT_UNSUITABLE,
				 "'%s' is no namespace: a-z and 0-9, at most %d",
				 space, VMIG_TOKEN_MAX);
	telling.pools = calloc(count + 1, sizeof(*telling.pools));
	if (!telling.pools)
		return error_no_memory(error);
	telling.names = json_out_array(&telling.out);
	for (i = 0; i < count && tell(&telling, targets[i]); i++)
		;
	if (i == count)
		text = end(&telling);
	else
		drop(&telling);
	free(telling.pools);
	return text;
}
