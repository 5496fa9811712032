// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "same.h"

static void assert_same_text(const char *a, const char *b)
{
	if (!a || !b)
		assert_ptr_equal(a, b);
	else
		assert_string_equal(a, b);
}

static void assert_same_value(const struct vmig_value *a,
			      const struct vmig_value *b)
{
	assert_int_equal(a->type, b->type);
	if (a->type == VMIG_VALUE_INT)
		assert_int_equal(a->number, b->number);
	else if (a->type == VMIG_VALUE_BOOL)
		assert_int_equal(a->flag, b->flag);
	else
		assert_string_equal(a->token, b->token);
}

void assert_same_self(const struct vmig_self *a, const struct vmig_self *b)
{
	u32 i;

	assert_int_equal(a->abi, b->abi);
	assert_same_text(a->model, b->model);
	assert_same_text(a->api, b->api);
	assert_int_equal(a->bus.given, b->bus.given);
	assert_int_equal(a->bus.vendor, b->bus.vendor);
	assert_int_equal(a->bus.device, b->bus.device);
	assert_same_text(a->type, b->type);
	assert_int_equal(a->version.major, b->version.major);
	assert_int_equal(a->version.minor, b->version.minor);
	assert_int_equal(a->version.fix, b->version.fix);
	assert_same_text(a->profile, b->profile);
	assert_int_equal(a->has_capacity, b->has_capacity);
	assert_int_equal(a->capacity, b->capacity);
	assert_int_equal(a->feature_count, b->feature_count);
	for (i = 0; i < a->feature_count; i++)
		assert_string_equal(a->features[i], b->features[i]);
	assert_int_equal(a->param_count, b->param_count);
	for (i = 0; i < a->param_count; i++) {
		assert_string_equal(a->params[i].name, b->params[i].name);
		assert_same_value(&a->params[i].value, &b->params[i].value);
	}
}
