// SPDX-License-Identifier: GPL-2.0
/* Contradictions in a document. */
#include <stdarg.h>

#include "entry.h"
#include "error.h"
#include "handle.h"
#include "match.h"
#include "token.h"

#define PLACE_SIZE	256
#define TEXT_SIZE	256

/**
 * struct lint - one look at a document
 * @document:	which
 * @entry:	number of the entry that is looked at
 * @severe:	how many severe remarks there were
 * @remark:	who wants to know
 * @data:	what he gave
 */
struct lint {
	const struct vmig_document *document;
	u32 entry;
	int severe;
	mdevcompat_remark_fn remark;
	void *data;
};

static void say(struct lint *lint, bool severe, const char *place,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

static void say(struct lint *lint, bool severe, const char *place,
		const char *format, ...)
{
	char text[TEXT_SIZE];
	const struct mdevcompat_remark remark = { severe, place, text };
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	lint->severe += severe;
	lint->remark(&remark, lint->data);
}

/* A key of the entry that is looked at. */
static const char *place_of(const struct lint *lint, const char *key,
			    const char *name, char place[PLACE_SIZE])
{
	snprintf(place, PLACE_SIZE, "compatible[%u].%s%s%s", lint->entry, key,
		 name ? "." : "", name ? name : "");
	return place;
}

static void look_at_range(struct lint *lint, const char *key, const char *name,
			  const struct vmig_constraint *constraint)
{
	const struct vmig_range *range = &constraint->range;
	char place[PLACE_SIZE];

	place_of(lint, key, name, place);
	if (constraint->form == VMIG_RANGE && range->has_min &&
	    range->has_max && range->min > range->max)
		say(lint, true, place, "nothing is between %u and %u",
		    range->min, range->max);
	if (constraint->form == VMIG_SET && !constraint->count)
		say(lint, true, place, "nothing is one of none");
}

static void look_at_versions(struct lint *lint, const struct vmig_entry *entry)
{
	const struct vmig_versions *versions = &entry->versions;
	char place[PLACE_SIZE];

	if (versions->given && versions->has_min && versions->has_max &&
	    vmig_older(&versions->max, &versions->min))
		say(lint, true, place_of(lint, "version", NULL, place),
		    "no version is between %u.%u and %u.%u",
		    versions->min.major, versions->min.minor,
		    versions->max.major, versions->max.minor);
}

static bool may_have(const struct lint *lint, const struct vmig_entry *entry,
		     const char *feature)
{
	const struct vmig_self *self = &lint->document->self;

	if (entry->only.given)
		return vmig_has_token(entry->only.tokens, entry->only.count,
				      feature);
	return vmig_has_token(self->features, self->feature_count, feature);
}

static void look_at_features(struct lint *lint, const struct vmig_entry *entry)
{
	char place[PLACE_SIZE];
	bool one = !entry->any.given;
	u32 i;

	for (i = 0; i < entry->all.count; i++)
		if (!may_have(lint, entry, entry->all.tokens[i]))
			say(lint, true,
			    place_of(lint, "features.all", NULL, place),
			    "'%s' is needed and not accepted",
			    entry->all.tokens[i]);
	for (i = 0; i < entry->any.count; i++)
		one |= may_have(lint, entry, entry->any.tokens[i]);
	if (!one)
		say(lint, true, place_of(lint, "features.any", NULL, place),
		    "none of these is accepted");
}

/* Can a source that gets so far have this parameter? */
static bool knows(const struct lint *lint, const struct vmig_entry *entry,
		  const char *name)
{
	return vmig_find_param(entry->off, entry->off_count, name) ||
	       vmig_has_rule(entry, &lint->document->self, name);
}

static void look_at_then(struct lint *lint, const struct vmig_entry *entry,
			 const struct vmig_when *when)
{
	char place[PLACE_SIZE];
	u32 i;

	for (i = 0; i < when->then_count; i++) {
		const struct vmig_rule *rule = &when->then[i];

		look_at_range(lint, "when", rule->name, &rule->constraint);
		if (!knows(lint, entry, rule->name))
			say(lint, false, place_of(lint, "when", NULL, place),
			    "no source that is accepted has '%s'", rule->name);
	}
}

static void look_at_params(struct lint *lint, const struct vmig_entry *entry)
{
	char place[PLACE_SIZE];
	u32 i;

	for (i = 0; i < entry->param_count; i++)
		look_at_range(lint, "params", entry->params[i].name,
			      &entry->params[i].constraint);
	for (i = 0; i < entry->when_count; i++) {
		const struct vmig_when *when = &entry->when[i];

		if (!knows(lint, entry, when->premise.name))
			say(lint, false, place_of(lint, "when", NULL, place),
			    "no source that is accepted has '%s'",
			    when->premise.name);
		look_at_then(lint, entry, when);
	}
}

static void look_at_list(struct lint *lint, const char *key,
			 enum vmig_form form, u32 count)
{
	char place[PLACE_SIZE];

	if (form == VMIG_LIST && !count)
		say(lint, true, place_of(lint, key, NULL, place),
		    "nothing is one of none");
}

static void look_at_entry(struct lint *lint, const struct vmig_entry *entry)
{
	char place[PLACE_SIZE];

	if (entry->unknown)
		say(lint, false, place_of(lint, entry->unknown, NULL, place),
		    "not known here: to this program the entry accepts nothing");
	look_at_list(lint, "model", entry->model.form, entry->model.count);
	look_at_list(lint, "bus", entry->bus.form, entry->bus.count);
	look_at_list(lint, "mdev_type", entry->type.form, entry->type.count);
	look_at_versions(lint, entry);
	look_at_features(lint, entry);
	look_at_params(lint, entry);
	if (entry->has_capacity)
		look_at_range(lint, "capacity", NULL, &entry->capacity);
}

/* A device takes another that is just like it. */
static void look_at_itself(struct lint *lint)
{
	const struct vmig_document *document = lint->document;
	struct vmig_verdict verdict;

	if (document->has_compatible && !document->entry_count) {
		say(lint, false, "compatible", "it accepts nothing");
		return;
	}
	vmig_check(&document->self, document, &verdict);
	if (verdict.outcome != VMIG_COMPATIBLE)
		say(lint, true, "compatible", "it does not accept its own kind: %s (%s)",
		    vmig_reason_name(verdict.finding.reason),
		    verdict.finding.field ? verdict.finding.field : "");
}

/* What is said of a profile, made a device like this one in all else. */
static bool would_take(const struct vmig_document *document,
		       const struct vmig_self *like, struct vmig_verdict *said)
{
	struct vmig_self self = *like;

	self.api = document->self.api;
	self.bus = document->self.bus;
	self.type = document->self.type;
	self.has_capacity = document->self.has_capacity;
	self.capacity = document->self.capacity;
	vmig_check(&self, document, said);
	return said->outcome != VMIG_INCOMPATIBLE;
}

static void look_at_profile(struct lint *lint, const char *profile,
			    const struct mdevcompat_document * const *known,
			    size_t count)
{
	const struct vmig_document *document = lint->document;
	struct vmig_verdict said;
	bool defined = document->self.profile &&
		       !strcmp(profile, document->self.profile);
	size_t i;

	for (i = 0; i < count; i++) {
		const struct vmig_self *like = &document_of(known[i])->self;

		/* It has been asked about itself. */
		if (like == &document->self)
			continue;
		if (!like->profile || strcmp(like->profile, profile) ||
		    strcmp(like->model, document->self.model))
			continue;
		defined = true;
		if (!would_take(document, like, &said))
			say(lint, true, "profiles.accepts",
			    "'%s', as in %s, is refused: %s (%s)", profile,
			    mdevcompat_origin(known[i]),
			    vmig_reason_name(said.finding.reason),
			    said.finding.field ? said.finding.field : "");
	}
	if (!defined)
		say(lint, false, "profiles.accepts",
		    "no document given here has '%s', so it was not tried",
		    profile);
}

static void look_at_profiles(struct lint *lint,
			     const struct mdevcompat_document * const *known,
			     size_t count)
{
	const struct vmig_profiles *profiles = &lint->document->profiles;
	const char *own = lint->document->self.profile;
	u32 i;

	if (!profiles->standard)
		return;
	if (!vmig_has_token(profiles->accepts, profiles->count,
			    profiles->standard))
		say(lint, true, "profiles.default", "'%s' is not among those accepted",
		    profiles->standard);
	if (own && !vmig_has_token(profiles->accepts, profiles->count, own))
		say(lint, true, "self.profile", "'%s' is not among those accepted",
		    own);
	for (i = 0; i < profiles->count; i++)
		look_at_profile(lint, profiles->accepts[i], known, count);
}

static void look_at_recipe(struct lint *lint)
{
	const struct vmig_document *document = lint->document;
	const struct vmig_pool *pool = &document->pool;
	u32 i;

	if (document->scope == VMIG_SCOPE_DEVICE && document->create_count)
		say(lint, false, "create", "a device is not made any more");
	for (i = 0; i < document->create_count; i++) {
		const struct vmig_create *create = &document->create[i];

		if (create->from != VMIG_FROM_CAPACITY)
			continue;
		if (create->min > create->max)
			say(lint, true, create->attribute,
			    "nothing is between %u and %u", create->min,
			    create->max);
		if (pool->id && create->divisor != pool->units)
			say(lint, false, create->attribute,
			    "the capacity is divided by %u, an instance takes %u of the pool",
			    create->divisor, pool->units);
		if (pool->id && create->max &&
		    create->divisor > pool->total / create->max)
			say(lint, false, create->attribute,
			    "%u times %u is more than the pool has", create->max,
			    create->divisor);
	}
}

int mdevcompat_lint(const struct mdevcompat_document *document,
		    const struct mdevcompat_document * const *known,
		    size_t count, mdevcompat_remark_fn remark, void *data,
		    struct mdevcompat_error *error)
{
	struct lint lint = {
		.document = document_of(document),
		.remark = remark,
		.data = data,
	};

	if (!remark) {
		error_set(error, MDEVCOMPAT_UNSUITABLE, "nobody to tell");
		return -1;
	}
	look_at_itself(&lint);
	look_at_profiles(&lint, known, count);
	look_at_recipe(&lint);
	for (; lint.entry < lint.document->entry_count; lint.entry++)
		look_at_entry(&lint, &lint.document->entries[lint.entry]);
	return lint.severe;
}
