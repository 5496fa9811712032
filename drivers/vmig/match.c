// SPDX-License-Identifier: GPL-2.0
/* From what the entries say to a verdict, and to what has to be set. */
#include "entry.h"
#include "match.h"
#include "token.h"

static void set(struct vmig_verdict *verdict, const char *attribute,
		const struct vmig_value *value)
{
	struct vmig_setting *setting =
		&verdict->settings[verdict->setting_count++];

	setting->attribute = attribute;
	setting->value = *value;
}

static void set_profile(struct vmig_verdict *verdict, const char *attribute,
			const char *profile)
{
	const struct vmig_value value = {
		.type = VMIG_VALUE_TOKEN,
		.token = profile,
	};

	set(verdict, attribute, &value);
}

static enum vmig_reason divide(const struct vmig_self *source,
			       const struct vmig_create *create,
			       struct vmig_verdict *verdict)
{
	struct vmig_value value = { .type = VMIG_VALUE_INT };

	if (!source->has_capacity || !create->divisor ||
	    source->capacity % create->divisor)
		return VMIG_REASON_CREATE_NOT_INTEGRAL;
	value.number = source->capacity / create->divisor;
	if (value.number < create->min || value.number > create->max)
		return VMIG_REASON_CREATE_OUT_OF_RANGE;
	set(verdict, create->attribute, &value);
	return VMIG_REASON_NONE;
}

/*
 * A profile that can't be chosen is not asked for: the instance gets the
 * default one, and the entry has accepted the source for what it is. That is
 * what the document of the instance says, too.
 */
static bool can_choose(const struct vmig_document *target, const char *profile)
{
	const struct vmig_profiles *profiles = &target->profiles;

	if (!profile || !profiles->standard)
		return profile;
	return vmig_has_token(profiles->accepts, profiles->count, profile);
}

static enum vmig_reason follow(struct vmig_trial *trial,
			       const struct vmig_document *target,
			       const struct vmig_create *create,
			       struct vmig_verdict *verdict)
{
	const struct vmig_value *value;

	switch (create->from) {
	case VMIG_FROM_CAPACITY:
		trial->field = create->attribute;
		return divide(trial->source, create, verdict);
	case VMIG_FROM_PROFILE:
		if (can_choose(target, trial->source->profile))
			set_profile(verdict, create->attribute,
				    trial->source->profile);
		break;
	case VMIG_FROM_PARAM:
		trial->field = create->param;
		value = vmig_trial_value(trial, create->param);
		if (!value)
			return VMIG_REASON_PARAM_MISSING;
		set(verdict, create->attribute, value);
		break;
	}
	return VMIG_REASON_NONE;
}

/* How to make an instance that is like the source. */
static enum vmig_reason follow_recipe(struct vmig_trial *trial,
				      const struct vmig_document *target,
				      struct vmig_verdict *verdict)
{
	enum vmig_reason reason = VMIG_REASON_NONE;
	u32 i;

	for (i = 0; i < target->create_count && !reason; i++)
		reason = follow(trial, target, &target->create[i], verdict);
	if (reason)
		verdict->setting_count = 0;
	else
		trial->field = NULL;
	return reason;
}

/* What has to be set on the instance that there is. */
static void adapt(const struct vmig_self *source,
		  const struct vmig_document *target,
		  struct vmig_verdict *verdict)
{
	const char *profile = source->profile;

	if (!profile || vmig_same_text(profile, target->self.profile) ||
	    !vmig_has_token(target->profiles.accepts, target->profiles.count,
		       profile))
		return;
	set_profile(verdict, VMIG_PROFILE_ATTRIBUTE, profile);
}

static const struct vmig_entry default_entry;

static struct vmig_finding judge(const struct vmig_self *source,
				 const struct vmig_document *target,
				 const struct vmig_entry *entry,
				 struct vmig_verdict *verdict)
{
	struct vmig_trial trial = { source, &target->self, entry, NULL };
	struct vmig_finding finding = { vmig_try_entry(&trial), NULL };

	if (!finding.reason && target->scope == VMIG_SCOPE_TYPE)
		finding.reason = follow_recipe(&trial, target, verdict);
	else if (!finding.reason)
		adapt(source, target, verdict);
	finding.field = trial.field;
	return finding;
}

/* What can't be judged at all. */
static struct vmig_finding examine(const struct vmig_self *source,
				   const struct vmig_document *target)
{
	struct vmig_finding finding = { VMIG_REASON_MALFORMED, "compatible" };

	if (source->abi != VMIG_ABI || target->self.abi != VMIG_ABI) {
		finding.reason = VMIG_REASON_GRAMMAR_UNSUPPORTED;
		finding.field = "abi";
	} else if (target->create_count > VMIG_CREATE_MAX) {
		finding.field = "create";
	} else if (target->has_compatible &&
		   target->entry_count <= VMIG_ENTRIES_MAX) {
		/* Nothing is accepted until an entry does. */
		finding.reason = target->entry_count ?
				 VMIG_REASON_NONE : VMIG_REASON_NOT_MIGRATABLE;
	} else if (!target->has_compatible) {
		finding.reason = VMIG_REASON_NONE;
	}
	return finding;
}

void vmig_check(const struct vmig_self *source,
		const struct vmig_document *target,
		struct vmig_verdict *verdict)
{
	const struct vmig_entry *entries = &default_entry;
	u32 i, count = 1;

	memset(verdict, 0, sizeof(*verdict));
	verdict->outcome = VMIG_INCOMPATIBLE;
	verdict->finding = examine(source, target);
	if (verdict->finding.reason)
		return;
	if (target->has_compatible) {
		entries = target->entries;
		count = target->entry_count;
	}
	for (i = 0; i < count; i++) {
		struct vmig_finding finding = judge(source, target, &entries[i],
						    verdict);

		verdict->entries[i] = finding;
		verdict->entry_count = i + 1;
		if (!finding.reason)
			break;
		if (finding.reason > verdict->finding.reason)
			verdict->finding = finding;
	}
	if (i == count)
		return;
	verdict->entry = i;
	verdict->finding = verdict->entries[i];
	verdict->outcome = verdict->setting_count &&
			   target->scope == VMIG_SCOPE_DEVICE ?
			   VMIG_COMPATIBLE_AFTER_CONFIG : VMIG_COMPATIBLE;
}

const char *vmig_outcome_name(enum vmig_outcome outcome)
{
	static const char * const names[] = {
		[VMIG_COMPATIBLE] = "compatible",
		[VMIG_COMPATIBLE_AFTER_CONFIG] = "compatible-after-config",
		[VMIG_INCOMPATIBLE] = "incompatible",
	};

	return (size_t)outcome < ARRAY_SIZE(names) ? names[outcome] : "?";
}
