// SPDX-License-Identifier: GPL-2.0
/* The worked examples: documents and verdicts as they are written down. */
#include "unit.h"
#include "expected.h"
#include "judge.h"
#include "render.h"

static const char * const names[] = {
	"ex1_uuid1", "ex1_uuid2", "ex2_source_capacity3", "ex2_type_v5_1",
	"ex2_type_v5_2", "ex2_type_v5_4", "ex2_type_v5_8", "ex3_nic_source1",
	"ex3_nic_source2", "ex3_nic_source3", "ex3_nic_source4",
	"ex3_nic_source5", "ex3_nic_source6", "ex3_nic_source7",
	"ex3_nic_target", "ex4_nvme_vf",
};

static void assert_expected(const char *line)
{
	struct loaded_document *source, *target;
	char source_name[64], target_name[64];
	struct vmig_verdict verdict;
	char made[400], text[200];
	int found = sscanf(line, "%63s -> %63[^:]:", source_name, target_name);

	assert_int_equal(found, 2);
	source = example(source_name, NULL);
	target = example(target_name, NULL);
	vmig_check(&loaded_document_get(source)->self,
		   loaded_document_get(target), &verdict);
	verdict_line(&verdict, text, sizeof(text));
	snprintf(made, sizeof(made), "%s -> %s: %s\n", source_name,
		 target_name, text);
	assert_string_equal(made, line);
	loaded_document_free(source);
	loaded_document_free(target);
}

static void verdicts(void **state)
{
	FILE *file = fopen(EXAMPLES_FOLDER "/expected.txt", "r");
	unsigned int count = 0;
	char line[400];

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		assert_expected(line);
		count++;
	}
	fclose(file);
	assert_int_equal(count, 19);
}

static int by_value(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

/*
 * The types' entries name the capacity behind the features, we write it before
 * them. So there the characters are the same, in another order.
 */
static void the_text_comes_out_again(void **state)
{
	unsigned int i, moved = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *text, out[VMIG_DOCUMENT_MAX];
		struct loaded_document *document = example(names[i], &text);
		int length = vmig_render(loaded_document_get(document), out,
					 sizeof(out));

		assert_int_equal(length, strlen(text));
		if (strstr(names[i], "_type_")) {
			moved += !!strcmp(out, text);
			qsort(out, length, 1, by_value);
			qsort(text, length, 1, by_value);
		}
		assert_string_equal(out, text);
		loaded_document_free(document);
		free(text);
	}
	assert_int_equal(moved, 4);
}

/* Rendered and loaded again they judge, and are judged, as before. */
static void a_copy_judges_the_same(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct loaded_document *first = example(names[i], NULL);
		const struct vmig_document *one = loaded_document_get(first);
		const struct vmig_document *other;
		struct loaded_document *copy;
		char out[VMIG_DOCUMENT_MAX];

		copy = loaded(out, vmig_render(one, out, sizeof(out)));
		other = loaded_document_get(copy);
		for (j = 0; j < ARRAY_SIZE(names); j++) {
			struct loaded_document *third = example(names[j],
								  NULL);
			const struct vmig_document *with =
				loaded_document_get(third);
			struct vmig_verdict a, b;

			vmig_check(&one->self, with, &a);
			vmig_check(&other->self, with, &b);
			assert_true(same_verdict(&a, &b));
			vmig_check(&with->self, one, &a);
			vmig_check(&with->self, other, &b);
			assert_true(same_verdict(&a, &b));
			loaded_document_free(third);
		}
		loaded_document_free(copy);
		loaded_document_free(first);
	}
}

/* Those with an entry for themselves; sources of example 3 accept nothing. */
static void a_device_takes_itself(void **state)
{
	unsigned int i, count = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct loaded_document *each = example(names[i], NULL);
		const struct vmig_document *document =
			loaded_document_get(each);
		struct vmig_verdict verdict;

		vmig_check(&document->self, document, &verdict);
		if (document->entry_count) {
			assert_true(verdict.outcome == VMIG_COMPATIBLE);
			count++;
		} else {
			assert_true(verdict.outcome == VMIG_INCOMPATIBLE);
			assert_int_equal(verdict.finding.reason,
					 VMIG_REASON_NOT_MIGRATABLE);
		}
		loaded_document_free(each);
	}
	assert_int_equal(count, 9);
}

/* An instance that was made by a type's recipe says what the type said. */
static void assert_same_when_made(const char *source_name, const char *type)
{
	struct loaded_document *source = example(source_name, NULL);
	struct loaded_document *target = example(type, NULL);
	const struct vmig_self *self = &loaded_document_get(source)->self;
	struct vmig_document made = *loaded_document_get(target);
	struct vmig_verdict verdict;
	u32 i;

	vmig_check(self, &made, &verdict);
	assert_true(verdict.outcome == VMIG_COMPATIBLE);
	for (i = 0; i < verdict.setting_count; i++) {
		const struct vmig_value *value = &verdict.settings[i].value;

		if (!strcmp(verdict.settings[i].attribute, "aggregator"))
			made.self.capacity = made.pool.units * value->number;
		else
			made.self.profile = value->token;
	}
	made.scope = VMIG_SCOPE_DEVICE;
	made.create_count = 0;
	assert_int_equal(made.self.capacity, self->capacity);
	vmig_check(self, &made, &verdict);
	assert_true(verdict.outcome == VMIG_COMPATIBLE);
	assert_int_equal(verdict.setting_count, 0);
	loaded_document_free(target);
	loaded_document_free(source);
}

static void what_a_recipe_makes(void **state)
{
	(void)state;
	assert_same_when_made("ex1_uuid2", "ex2_type_v5_8");
	assert_same_when_made("ex1_uuid2", "ex2_type_v5_4");
	assert_same_when_made("ex1_uuid2", "ex2_type_v5_2");
	assert_same_when_made("ex1_uuid1", "ex2_type_v5_2");
	assert_same_when_made("ex2_source_capacity3", "ex2_type_v5_8");
}

/* Of the profiles that a document accepts, those we have a device with. */
static void accepted_profiles_are_accepted(void **state)
{
	static const char * const sources[] = {
		"ex1_uuid1", "ex1_uuid2", "ex2_source_capacity3",
	};
	unsigned int i, j, k, count = 0;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct loaded_document *target = example(names[i], NULL);
		struct vmig_document document = *loaded_document_get(target);

		for (j = 0; j < ARRAY_SIZE(sources); j++) {
			struct loaded_document *source = example(sources[j],
								   NULL);
			struct vmig_self self =
				loaded_document_get(source)->self;
			struct vmig_verdict verdict;

			for (k = 0; k < document.profiles.count; k++)
				if (!strcmp(self.profile,
					    document.profiles.accepts[k]))
					break;
			/* One of the right size. */
			self.capacity = document.self.capacity;
			vmig_check(&self, &document, &verdict);
			if (k < document.profiles.count) {
				assert_true(verdict.outcome !=
					    VMIG_INCOMPATIBLE);
				count++;
			}
			loaded_document_free(source);
		}
		loaded_document_free(target);
	}
	/* Three sources for five targets, and p1 alone for two. */
	assert_int_equal(count, 19);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(verdicts),
	cmocka_unit_test(the_text_comes_out_again),
	cmocka_unit_test(a_copy_judges_the_same),
	cmocka_unit_test(a_device_takes_itself),
	cmocka_unit_test(what_a_recipe_makes),
	cmocka_unit_test(accepted_profiles_are_accepted),
};

UNIT_MAIN(tests)
