// SPDX-License-Identifier: GPL-2.0
/* What can be chosen for an instance: what it is by default, and what it can be. */
#include "configure.h"

void vmig_config_default(const struct vmig_type *type, u32 profile,
			 struct vmig_config *config)
{
	const struct vmig_model *model = type->model;
	const u32 *params = model->profiles[profile].params;
	u32 i;

	*config = (struct vmig_config) {
		.profile = profile,
		.aggregator = 1,
	};
	for (i = 0; i < model->param_count; i++)
		config->params[i] = params ? params[i] : model->params[i].off;
}

static bool param_possible(const struct vmig_model_param *param, bool known,
			   u32 value)
{
	return known ? value >= param->min && value <= param->max :
		       value == param->off;
}

enum vmig_reason vmig_config_check(const struct vmig_type *type,
				   const struct vmig_config *config)
{
	const struct vmig_model *model = type->model;
	bool known;
	u32 i;

	if (config->profile > type->newest || !config->aggregator ||
	    config->aggregator > type->aggregator_max)
		return VMIG_REASON_BAD_VALUE;
	known = model->profiles[config->profile].params;
	for (i = 0; i < model->param_count; i++)
		if (!param_possible(&model->params[i], known,
				    config->params[i]))
			return VMIG_REASON_BAD_VALUE;
	if (!known)
		return VMIG_REASON_NONE;
	for (i = 0; i < model->rule_count; i++) {
		const struct vmig_model_rule *rule = &model->rules[i];

		if (config->params[rule->param] >= rule->least &&
		    config->params[rule->other] > rule->most)
			return VMIG_REASON_CONDITION_FAILED;
	}
	return VMIG_REASON_NONE;
}
