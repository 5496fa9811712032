// SPDX-License-Identifier: GPL-2.0
/*
 * The documents that live devices have, judged. The kselftest compatible_test
 * compares what is read from sysfs with the same texts.
 */
#include "unit.h"
#include "documents.h"
#include "judge.h"
#include "render.h"

static struct loaded_document *live(unsigned int type, enum vmig_scope scope,
				    char text[VMIG_DOCUMENT_MAX])
{
	const struct mcopy_document *document = &mcopy_documents[type];
	const int length = snprintf(text, VMIG_DOCUMENT_MAX, "%s\n",
				    scope == VMIG_SCOPE_TYPE ?
				    document->type : document->device);

	return loaded(text, length);
}

static void they_come_out_again(void **state)
{
	char text[VMIG_DOCUMENT_MAX], out[VMIG_DOCUMENT_MAX];
	enum vmig_scope scope;
	unsigned int i;

	(void)state;
	for (i = 0; i < MCOPY_DOCUMENTS; i++)
		for (scope = VMIG_SCOPE_TYPE; scope <= VMIG_SCOPE_DEVICE;
		     scope++) {
			struct loaded_document *one = live(i, scope, text);

			assert_int_equal(vmig_render(loaded_document_get(one),
						     out, sizeof(out)),
					 strlen(text));
			assert_string_equal(out, text);
			loaded_document_free(one);
		}
}

static void judge_pair(unsigned int source, unsigned int target,
		       enum vmig_scope scope,
		       void (*look)(const struct vmig_document *source,
				    const struct vmig_document *target,
				    const struct vmig_verdict *verdict))
{
	char text[VMIG_DOCUMENT_MAX];
	struct loaded_document *from = live(source, VMIG_SCOPE_DEVICE, text);
	struct loaded_document *to = live(target, scope, text);
	const struct vmig_document *a = loaded_document_get(from);
	const struct vmig_document *b = loaded_document_get(to);
	struct vmig_verdict verdict;

	vmig_check(&a->self, b, &verdict);
	look(a, b, &verdict);
	loaded_document_free(to);
	loaded_document_free(from);
}

static void assert_as_it_is(const struct vmig_document *source,
			    const struct vmig_document *target,
			    const struct vmig_verdict *verdict)
{
	if (source->self.capacity == target->self.capacity) {
		assert_true(verdict->outcome == VMIG_COMPATIBLE);
		assert_int_equal(verdict->entry, 2);
	} else {
		assert_true(verdict->outcome == VMIG_INCOMPATIBLE);
		assert_int_equal(verdict->finding.reason,
				 VMIG_REASON_CAPACITY_MISMATCH);
	}
}

static void devices_take_their_own_size(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < MCOPY_DOCUMENTS; i++)
		for (j = 0; j < MCOPY_DOCUMENTS; j++)
			judge_pair(i, j, VMIG_SCOPE_DEVICE, assert_as_it_is);
}

/* Smaller instances, put together, are a larger one. */
static void assert_makable(const struct vmig_document *source,
			   const struct vmig_document *target,
			   const struct vmig_verdict *verdict)
{
	const u32 units = target->self.capacity;

	if (source->self.capacity < units) {
		assert_true(verdict->outcome == VMIG_INCOMPATIBLE);
		assert_int_equal(verdict->finding.reason,
				 VMIG_REASON_CAPACITY_MISMATCH);
		return;
	}
	assert_true(verdict->outcome == VMIG_COMPATIBLE);
	assert_int_equal(verdict->setting_count, target->create_count);
	if (verdict->setting_count == 4) {
		assert_string_equal(verdict->settings[0].attribute,
				    "aggregator");
		assert_int_equal(verdict->settings[0].value.number,
				 source->self.capacity / units);
	}
}

static void types_take_what_they_can_make(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < MCOPY_DOCUMENTS; i++)
		for (j = 0; j < MCOPY_DOCUMENTS; j++)
			judge_pair(i, j, VMIG_SCOPE_TYPE, assert_makable);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(they_come_out_again),
	cmocka_unit_test(devices_take_their_own_size),
	cmocka_unit_test(types_take_what_they_can_make),
};

UNIT_MAIN(tests)
