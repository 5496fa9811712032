// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "line.h"

static const char * const features[] = { "rss", "b_2" };
static const struct vmig_param params[] = {
	{ "num_queues", { .type = VMIG_VALUE_INT, .number = 4 } },
	{ "rss", { .type = VMIG_VALUE_BOOL, .flag = true } },
	{ "x", { .type = VMIG_VALUE_BOOL, .flag = false } },
	{ "remote", { .type = VMIG_VALUE_TOKEN, .token = "nqn_a" } },
};

#define PLAIN_SELF						\
	.abi = VMIG_ABI,					\
	.model = "vmig.example/mcopy",				\
	.api = "vfio-pci",					\
	.bus = { true, 0x1234, 0x6d63 },			\
	.type = "mcopy-16",					\
	.version = { 1, 2, 3 },					\
	.has_capacity = true,					\
	.capacity = 16

const struct vmig_self plain = { PLAIN_SELF };
const struct vmig_self full = {
	PLAIN_SELF,
	.profile = "p1",
	.features = features,
	.feature_count = ARRAY_SIZE(features),
	.params = params,
	.param_count = ARRAY_SIZE(params),
};

/* What parse() has filled last. */
static struct vmig_self_store store;

enum vmig_reason parse(struct vmig_self *self, const char *line, size_t length,
		       const char **field)
{
	char *copy = exact_copy(line, length);
	enum vmig_reason reason;

	/* What was there before must not shine through. */
	memset(self, 0x5a, sizeof(*self));
	memset(&store, 0x5a, sizeof(store));
	*field = "untouched";
	reason = vmig_self_parse(self, &store, copy, length, field);
	free(copy);
	return reason;
}

struct vmig_self parsed(const char *line)
{
	struct vmig_self self;
	const char *field;
	enum vmig_reason reason = parse(&self, line, strlen(line), &field);

	if (reason)
		fail_msg("%s: %s at %s", line, vmig_reason_name(reason), field);
	assert_null(field);
	return self;
}

void assert_bad(const char *line, enum vmig_reason want, const char *want_field)
{
	struct vmig_self self;
	const char *field;
	enum vmig_reason reason = parse(&self, line, strlen(line), &field);

	if (reason != want)
		fail_msg("%s: %s, not %s", line, vmig_reason_name(reason),
			 vmig_reason_name(want));
	if (!field || strcmp(field, want_field))
		fail_msg("%s: field %s, not %s", line, field, want_field);
}

void assert_malformed(const char *line, const char *field)
{
	assert_bad(line, VMIG_REASON_MALFORMED, field);
}
