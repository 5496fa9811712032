// SPDX-License-Identifier: GPL-2.0
/* Can what a driver says of its types be told at all? */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "configure.h"
#include "describe.h"
#include "limits.h"
#include "match.h"
#include "render.h"
#include "selfline.h"

/* Nothing for the stack. */
struct trial {
	struct vmig_description type;
	struct vmig_description device;
	struct vmig_self_store store;
	struct vmig_verdict verdict;
	char line[VMIG_SELF_MAX + 1];
};

static bool rules_valid(const struct vmig_model *model)
{
	u32 i;

	for (i = 0; i < model->rule_count; i++)
		if (model->rules[i].param >= model->param_count ||
		    model->rules[i].other >= model->param_count)
			return false;
	return true;
}

static bool profiles_valid(const struct vmig_model *model)
{
	u32 i;

	for (i = 0; i < model->profile_count; i++) {
		const struct vmig_profile *profile = &model->profiles[i];

		if (profile->feature_count > VMIG_FEATURES_MAX ||
		    (!profile->name && model->profile_count > 1))
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

/* Does @description's device, told by its self line, go into @target? */
static int check_accepted(struct trial *trial, const struct vmig_document *target)
{
	const struct vmig_self *self = &trial->device.document.self;
	struct vmig_self parsed;
	const char *field;
	int length;

	length = vmig_self_format(self, trial->line, sizeof(trial->line));
	if (length < 0)
		return length;
	if (vmig_self_parse(&parsed, &trial->store, trial->line, length,
			    &field))
		return -EINVAL;
	vmig_check(&parsed, target, &trial->verdict);
	return trial->verdict.outcome == VMIG_COMPATIBLE ? 0 : -EINVAL;
}

static int check_profile(struct trial *trial, const struct vmig_type *type,
			 u32 profile)
{
	struct vmig_config config;
	int ret;

	vmig_config_default(type, profile, &config);
	if (vmig_config_check(type, &config))
		return -EINVAL;
	vmig_describe_device(&trial->device, type, &config, 0);
	ret = check_accepted(trial, &trial->type.document);
	if (ret)
		return ret;
	widest(type, &config);
	vmig_describe_device(&trial->device, type, &config, 0);
	ret = check_length(&trial->device.document);
	if (ret)
		return ret;
	return check_accepted(trial, &trial->device.document);
}

int vmig_type_check(const struct vmig_type *type)
{
	struct trial *trial;
	int ret;
	u32 i;

	if (!tables_valid(type))
		return -EINVAL;
	trial = kvzalloc(sizeof(*trial), GFP_KERNEL);
	if (!trial)
		return -ENOMEM;
	vmig_describe_type(&trial->type, type);
	ret = check_length(&trial->type.document);
	for (i = 0; i <= type->newest && !ret; i++)
		ret = check_profile(trial, type, i);
	kvfree(trial);
	return ret;
}
