// SPDX-License-Identifier: GPL-2.0
/* Does one entry of a document accept a source? */
#include "entry.h"
#include "token.h"

bool vmig_same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_bus(const struct vmig_bus *a, const struct vmig_bus *b)
{
	if (a->given != b->given)
		return false;
	return !a->given || (a->vendor == b->vendor && a->device == b->device);
}

static bool same_value(const struct vmig_value *a, const struct vmig_value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VMIG_VALUE_INT:
		return a->number == b->number;
	case VMIG_VALUE_BOOL:
		return a->flag == b->flag;
	case VMIG_VALUE_TOKEN:
		return !strcmp(a->token, b->token);
	}
	return false;
}

static bool within(const struct vmig_value *value,
		   const struct vmig_range *range)
{
	return value->type == VMIG_VALUE_INT &&
	       (!range->has_min || value->number >= range->min) &&
	       (!range->has_max || value->number <= range->max);
}

bool vmig_satisfies(const struct vmig_value *value,
		    const struct vmig_constraint *constraint)
{
	u32 count = constraint->count;
	u32 i;

	switch (constraint->form) {
	case VMIG_RANGE:
		return within(value, &constraint->range);
	case VMIG_SCALAR:
		count = 1;
		break;
	case VMIG_SET:
		break;
	}
	for (i = 0; i < count; i++)
		if (same_value(value, &constraint->values[i]))
			return true;
	return false;
}

/* What the source lacks is none of the names. */
static bool chosen_name(const struct vmig_names *names, const char *name,
			const char *own)
{
	u32 count = names->form == VMIG_LIST ? names->count : 1;
	u32 i;

	if (names->form == VMIG_ABSENT)
		return vmig_same_text(name, own);
	if (names->form == VMIG_ANY)
		return true;
	for (i = 0; i < count; i++)
		if (name && !strcmp(name, names->names[i]))
			return true;
	return false;
}

static bool chosen_bus(const struct vmig_buses *buses,
		       const struct vmig_bus *bus, const struct vmig_bus *own)
{
	u32 count = buses->form == VMIG_LIST ? buses->count : 1;
	u32 i;

	if (buses->form == VMIG_ABSENT)
		return same_bus(bus, own);
	if (buses->form == VMIG_ANY)
		return true;
	for (i = 0; i < count; i++)
		if (same_bus(bus, &buses->buses[i]))
			return true;
	return false;
}

const struct vmig_value *vmig_find_param(const struct vmig_param *params,
					 u32 count, const char *name)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (!strcmp(params[i].name, name))
			return &params[i].value;
	return NULL;
}

const struct vmig_value *vmig_trial_value(const struct vmig_trial *trial,
					  const char *name)
{
	const struct vmig_entry *entry = trial->entry;
	const struct vmig_value *value =
		vmig_find_param(trial->source->params,
				trial->source->param_count, name);

	return value ? value : vmig_find_param(entry->off, entry->off_count,
					       name);
}

static enum vmig_reason check_grammar(struct vmig_trial *trial)
{
	trial->field = trial->entry->unknown;
	return trial->field ? VMIG_REASON_UNKNOWN_CONSTRAINT : VMIG_REASON_NONE;
}

static enum vmig_reason check_api(struct vmig_trial *trial)
{
	trial->field = "device_api";
	return vmig_same_text(trial->source->api, trial->target->api) ?
	       VMIG_REASON_NONE : VMIG_REASON_API_MISMATCH;
}

static enum vmig_reason check_model(struct vmig_trial *trial)
{
	trial->field = "model";
	return chosen_name(&trial->entry->model, trial->source->model,
			   trial->target->model) ?
	       VMIG_REASON_NONE : VMIG_REASON_MODEL_MISMATCH;
}

static enum vmig_reason check_bus(struct vmig_trial *trial)
{
	trial->field = "bus";
	return chosen_bus(&trial->entry->bus, &trial->source->bus,
			  &trial->target->bus) ?
	       VMIG_REASON_NONE : VMIG_REASON_BUS_ID_MISMATCH;
}

static enum vmig_reason check_type(struct vmig_trial *trial)
{
	trial->field = "mdev_type";
	return chosen_name(&trial->entry->type, trial->source->type,
			   trial->target->type) ?
	       VMIG_REASON_NONE : VMIG_REASON_TYPE_NOT_ACCEPTED;
}

bool vmig_older(const struct vmig_version *a, const struct vmig_version *b)
{
	return a->major != b->major ? a->major < b->major :
				      a->minor < b->minor;
}

static enum vmig_reason check_version(struct vmig_trial *trial)
{
	const struct vmig_versions *window = &trial->entry->versions;
	const struct vmig_version *source = &trial->source->version;
	const struct vmig_version *target = &trial->target->version;

	trial->field = "version";
	if (window->given) {
		if (window->has_min && vmig_older(source, &window->min))
			return VMIG_REASON_VERSION_TOO_OLD;
		if (window->has_max && vmig_older(&window->max, source))
			return VMIG_REASON_VERSION_TOO_NEW;
		return VMIG_REASON_NONE;
	}
	if (source->major != target->major)
		return VMIG_REASON_VERSION_MAJOR;
	return source->minor > target->minor ? VMIG_REASON_VERSION_TOO_NEW :
					       VMIG_REASON_NONE;
}

static bool right_capacity(const struct vmig_trial *trial)
{
	const struct vmig_self *source = trial->source;
	const struct vmig_self *target = trial->target;
	const struct vmig_value value = {
		.type = VMIG_VALUE_INT,
		.number = source->capacity,
	};

	if (trial->entry->has_capacity)
		return source->has_capacity &&
		       vmig_satisfies(&value, &trial->entry->capacity);
	if (source->has_capacity != target->has_capacity)
		return false;
	return !source->has_capacity || source->capacity == target->capacity;
}

static enum vmig_reason check_capacity(struct vmig_trial *trial)
{
	trial->field = "capacity";
	return right_capacity(trial) ? VMIG_REASON_NONE :
				       VMIG_REASON_CAPACITY_MISMATCH;
}

static bool meets_any(const struct vmig_trial *trial)
{
	const struct vmig_features *any = &trial->entry->any;
	const struct vmig_self *source = trial->source;
	u32 i;

	for (i = 0; i < any->count; i++)
		if (vmig_has_token(source->features, source->feature_count,
				   any->tokens[i]))
			return true;
	return !any->given;
}

static enum vmig_reason check_features_missing(struct vmig_trial *trial)
{
	const struct vmig_features *all = &trial->entry->all;
	const struct vmig_self *source = trial->source;
	u32 i;

	for (i = 0; i < all->count; i++) {
		trial->field = all->tokens[i];
		if (!vmig_has_token(source->features, source->feature_count,
				    trial->field))
			return VMIG_REASON_FEATURE_MISSING;
	}
	trial->field = "any";
	return meets_any(trial) ? VMIG_REASON_NONE :
				  VMIG_REASON_FEATURE_MISSING;
}

static enum vmig_reason check_features_supported(struct vmig_trial *trial)
{
	const struct vmig_features *only = &trial->entry->only;
	const struct vmig_features own = {
		.tokens = trial->target->features,
		.count = trial->target->feature_count,
	};
	const struct vmig_self *source = trial->source;
	u32 i;

	if (!only->given)
		only = &own;
	for (i = 0; i < source->feature_count; i++) {
		trial->field = source->features[i];
		if (!vmig_has_token(only->tokens, only->count, trial->field))
			return VMIG_REASON_FEATURE_UNSUPPORTED;
	}
	return VMIG_REASON_NONE;
}

static enum vmig_reason check_param(struct vmig_trial *trial, const char *name,
				    const struct vmig_constraint *constraint)
{
	const struct vmig_value *value = vmig_trial_value(trial, name);

	trial->field = name;
	if (!value)
		return VMIG_REASON_PARAM_MISSING;
	return vmig_satisfies(value, constraint) ? VMIG_REASON_NONE :
						   VMIG_REASON_PARAM_VALUE;
}

static enum vmig_reason check_own_params(struct vmig_trial *trial)
{
	const struct vmig_self *target = trial->target;
	enum vmig_reason reason = VMIG_REASON_NONE;
	u32 i;

	for (i = 0; i < target->param_count && !reason; i++) {
		const struct vmig_constraint own = {
			.form = VMIG_SCALAR,
			.values = &target->params[i].value,
			.count = 1,
		};

		reason = check_param(trial, target->params[i].name, &own);
	}
	return reason;
}

static enum vmig_reason check_params(struct vmig_trial *trial)
{
	const struct vmig_entry *entry = trial->entry;
	enum vmig_reason reason = VMIG_REASON_NONE;
	u32 i;

	if (!entry->has_params)
		return check_own_params(trial);
	for (i = 0; i < entry->param_count && !reason; i++)
		reason = check_param(trial, entry->params[i].name,
				     &entry->params[i].constraint);
	return reason;
}

bool vmig_has_rule(const struct vmig_entry *entry,
		   const struct vmig_self *target, const char *name)
{
	u32 i;

	if (!entry->has_params)
		return vmig_find_param(target->params, target->param_count,
				       name);
	for (i = 0; i < entry->param_count; i++)
		if (!strcmp(entry->params[i].name, name))
			return true;
	return false;
}

/* One that nobody judges may be there as long as it is off. */
static enum vmig_reason check_params_known(struct vmig_trial *trial)
{
	const struct vmig_entry *entry = trial->entry;
	const struct vmig_self *source = trial->source;
	u32 i;

	for (i = 0; i < source->param_count; i++) {
		const struct vmig_param *param = &source->params[i];
		const struct vmig_value *off;

		trial->field = param->name;
		if (vmig_has_rule(entry, trial->target, param->name))
			continue;
		off = vmig_find_param(entry->off, entry->off_count,
				      param->name);
		if (!off || !same_value(off, &param->value))
			return VMIG_REASON_PARAM_UNKNOWN;
	}
	return VMIG_REASON_NONE;
}

static bool holds(const struct vmig_trial *trial, const struct vmig_rule *rule)
{
	const struct vmig_value *value = vmig_trial_value(trial, rule->name);

	return value && vmig_satisfies(value, &rule->constraint);
}

static enum vmig_reason check_conditions(struct vmig_trial *trial)
{
	const struct vmig_entry *entry = trial->entry;
	u32 i, j;

	for (i = 0; i < entry->when_count; i++) {
		const struct vmig_when *when = &entry->when[i];

		if (!holds(trial, &when->premise))
			continue;
		for (j = 0; j < when->then_count; j++) {
			trial->field = when->then[j].name;
			if (!holds(trial, &when->then[j]))
				return VMIG_REASON_CONDITION_FAILED;
		}
	}
	return VMIG_REASON_NONE;
}

enum vmig_reason vmig_try_entry(struct vmig_trial *trial)
{
	static enum vmig_reason (* const checks[])(struct vmig_trial *trial) = {
		check_grammar, check_api, check_model, check_bus, check_type,
		check_version, check_capacity, check_features_missing,
		check_features_supported, check_params, check_params_known,
		check_conditions,
	};
	enum vmig_reason reason = VMIG_REASON_NONE;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(checks) && !reason; i++)
		reason = checks[i](trial);
	if (!reason)
		trial->field = NULL;
	return reason;
}
