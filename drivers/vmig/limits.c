// SPDX-License-Identifier: GPL-2.0
/* Can what a driver says of its types be told at all? */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "configure.h"
#include "describe.h"
#include "judge.h"
#include "limits.h"
#include "render.h"
#include "token.h"

/* Nothing for the stack. */
struct draft {
	struct vmig_description type;
	struct vmig_description device;
	struct vmig_trial judge;
	char line[VMIG_SELF_MAX + 1];
};

static bool is_token(const char *text)
{
	return text && vmig_is_token(text, strlen(text));
}

static bool param_is_new(const struct vmig_model *model, u32 index)
{
	u32 i;

	for (i = 0; i < index; i++)
		if (!strcmp(model->params[i].name, model->params[index].name))
			return false;
	return true;
}

/* A name that comes twice makes keys that do, which no document can have. */
static bool params_valid(const struct vmig_model *model)
{
	u32 i;

	for (i = 0; i < model->param_count; i++)
		if (!is_token(model->params[i].name) ||
		    !param_is_new(model, i) ||
		    model->params[i].min > model->params[i].max)
			return false;
	return true;
}

/*
 * A recipe sets parameters one after the other, on a device with the profile's
 * defaults: what it sets first must not break a rule that the next would mend.
 */
static bool rule_can_be_followed(const struct vmig_model_rule *rule,
				 const u32 *defaults)
{
	if (!defaults)
		return true;
	return rule->param < rule->other ? defaults[rule->other] <= rule->most :
					   defaults[rule->param] < rule->least;
}

static bool rules_valid(const struct vmig_model *model)
{
	u32 i, j;

	for (i = 0; i < model->rule_count; i++) {
		const struct vmig_model_rule *rule = &model->rules[i];

		if (rule->param >= model->param_count ||
		    rule->other >= model->param_count ||
		    rule->param == rule->other)
			return false;
		for (j = 0; j < model->profile_count; j++)
			if (!rule_can_be_followed(rule,
						  model->profiles[j].params))
				return false;
	}
	return true;
}

/* One alone need not have a name: nobody has to choose it. */
static bool profile_has_name(const struct vmig_model *model, u32 index)
{
	const char *name = model->profiles[index].name;
	u32 i;

	if (model->profile_count == 1 && !name)
		return true;
	if (!is_token(name))
		return false;
	for (i = 0; i < index; i++)
		if (!strcmp(model->profiles[i].name, name))
			return false;
	return true;
}

/* It is by its version that the state of a profile is known. */
static bool profiles_valid(const struct vmig_model *model)
{
	u32 i;

	for (i = 0; i < model->profile_count; i++) {
		const struct vmig_profile *profile = &model->profiles[i];

		if (profile->feature_count > VMIG_FEATURES_MAX ||
		    !profile_has_name(model, i) ||
		    (i && profile->minor <= model->profiles[i - 1].minor))
			return false;
	}
	return true;
}

static bool tables_valid(const struct vmig_type *type)
{
	const struct vmig_model *model = type->model;

	return model->profile_count <= VMIG_MODEL_PROFILES_MAX &&
	       type->newest < model->profile_count &&
	       model->param_count <= VMIG_MODEL_PARAMS_MAX &&
	       model->rule_count <= VMIG_MODEL_RULES_MAX &&
	       type->units && type->aggregator_max &&
	       type->aggregator_max <= U32_MAX / type->units &&
	       type->mdev.parent->nr_types <= VMIG_PARENT_TYPES_MAX &&
	       (!type->pool || is_token(type->pool)) && params_valid(model) &&
	       rules_valid(model) && profiles_valid(model);
}

/* As many parameters in effect as can be, with as many digits. */
static void widest(const struct vmig_type *type, struct vmig_config *config)
{
	const struct vmig_model *model = type->model;
	u32 i;

	config->aggregator = type->aggregator_max;
	if (!model->profiles[config->profile].params)
		return;
	for (i = 0; i < model->param_count; i++) {
		const struct vmig_model_param *param = &model->params[i];

		config->params[i] = param->max;
		if (param->max == param->off && param->max > param->min)
			config->params[i]--;
	}
}

static int check_length(const struct vmig_document *document)
{
	const int length = vmig_render_max(document);

	if (length < 0)
		return length;
	return length < VMIG_DOCUMENT_MAX ? 0 : -E2BIG;
}

/* Does the device, told by its self line, go into @target? */
static int check_accepted(struct draft *draft, const struct vmig_document *target)
{
	const char *field;
	int length;

	length = vmig_self_format(&draft->device.document.self, draft->line,
				  sizeof(draft->line));
	if (length < 0)
		return length;
	return vmig_judge(&draft->judge, target, draft->line, length, &field) ?
	       -EINVAL : 0;
}

static int check_profile(struct draft *draft, const struct vmig_type *type,
			 u32 profile)
{
	struct vmig_config config;
	int ret;

	vmig_config_default(type, profile, &config);
	if (vmig_config_check(type, &config))
		return -EINVAL;
	vmig_describe_device(&draft->device, type, &config, 0);
	ret = check_accepted(draft, &draft->type.document);
	if (ret)
		return ret;
	widest(type, &config);
	vmig_describe_device(&draft->device, type, &config, 0);
	ret = check_length(&draft->device.document);
	if (ret)
		return ret;
	return check_accepted(draft, &draft->device.document);
}

int vmig_type_check(const struct vmig_type *type)
{
	struct draft *draft;
	int ret;
	u32 i;

	if (!tables_valid(type))
		return -EINVAL;
	draft = kvzalloc(sizeof(*draft), GFP_KERNEL);
	if (!draft)
		return -ENOMEM;
	vmig_describe_type(&draft->type, type);
	ret = check_length(&draft->type.document);
	for (i = 0; i <= type->newest && !ret; i++)
		ret = check_profile(draft, type, i);
	kvfree(draft);
	return ret;
}
