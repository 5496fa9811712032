// SPDX-License-Identifier: GPL-2.0
/*
 * The documents that live devices have, judged. The kselftest compatible_test
 * compares what is read from sysfs with the same texts.
 */
#include "unit.h"
#include "documents.h"
#include "judge.h"
#include "render.h"

static const char * const formats[] = {
	MCOPY_DOCUMENT("1"),
	MCOPY_DOCUMENT("16"),
	MCOPY_DOCUMENT("256"),
	MCOPY_DOCUMENT("1024"),
};

static struct mdevcompat_loaded *live(unsigned int type, const char *scope,
				      char text[VMIG_DOCUMENT_MAX])
{
	int length = snprintf(text, VMIG_DOCUMENT_MAX, formats[type], scope);

	length += snprintf(text + length, VMIG_DOCUMENT_MAX - length, "\n");
	return loaded(text, length);
}

static void they_come_out_again(void **state)
{
	static const char * const scopes[] = { "type", "device" };
	char text[VMIG_DOCUMENT_MAX], out[VMIG_DOCUMENT_MAX];
	unsigned int i, scope;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(formats); i++)
		for (scope = 0; scope < ARRAY_SIZE(scopes); scope++) {
			struct mdevcompat_loaded *one =
				live(i, scopes[scope], text);

			assert_int_equal(vmig_render(mdevcompat_document(one),
						     out, sizeof(out)),
					 strlen(text));
			assert_string_equal(out, text);
			mdevcompat_free(one);
		}
}

static void assert_verdict(unsigned int source, unsigned int target,
			   const char *scope)
{
	char text[VMIG_DOCUMENT_MAX];
	struct mdevcompat_loaded *from = live(source, "device", text);
	struct mdevcompat_loaded *to = live(target, scope, text);
	struct vmig_verdict verdict;

	vmig_check(&mdevcompat_document(from)->self, mdevcompat_document(to),
		   &verdict);
	if (source == target) {
		assert_true(verdict.outcome == VMIG_COMPATIBLE);
		assert_int_equal(verdict.setting_count, 0);
	} else {
		assert_true(verdict.outcome == VMIG_INCOMPATIBLE);
		assert_int_equal(verdict.finding.reason,
				 VMIG_REASON_TYPE_NOT_ACCEPTED);
	}
	mdevcompat_free(to);
	mdevcompat_free(from);
}

static void they_take_their_own_type(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(formats); i++)
		for (j = 0; j < ARRAY_SIZE(formats); j++) {
			assert_verdict(i, j, "type");
			assert_verdict(i, j, "device");
		}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(they_come_out_again),
	cmocka_unit_test(they_take_their_own_type),
};

UNIT_MAIN(tests)
