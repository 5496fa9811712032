// SPDX-License-Identifier: GPL-2.0
/*
 * Self lines and documents that are spoilt at random: whatever comes of them,
 * nothing is read or written that it should not be, and what is still accepted
 * means the same when it was written and read once more.
 *
 * VMIG_MUTANTS=n (environment) makes n of each.
 */
#include "unit.h"
#include "judge.h"
#include "mutant.h"
#include "render.h"
#include "same.h"
#include "selfline.h"

#define USUAL_MUTANTS	10000

static const char * const lines[] = {
	"abi=1;model=example.org/nic;api=vfio-pci;pci.vendor=1d1d;"
	"pci.device=0001;type=nic-q;ver=1.1.0;feat=a,b,c;p.num_queues=4;"
	"p.new_feature=true;p.mode=fast",
	"abi=1;model=example.org/gvtg-like;api=vfio-pci;pci.vendor=8086;"
	"pci.device=591d;type=i915-GVTg_V5_4;ver=1.0.0;profile=p1;capacity=4",
	"abi=1;model=example.org/nvme-vf;api=vfio-pci;ver=1.2.0;p.remote=nqn_a",
	"abi=1;model=m;ver=0.0.0",
};

static const char * const line_pieces[] = {
	";", "=", ",", "abi=1", ";feat=", ";feat=a", ";p.x=", ";p.x=1",
	";p.num_queues=4", ";profile=p2", ";capacity=", "pci.vendor=", "p.",
	"true", "false", "4294967295", "4294967296", "0", "00", "a_b", "65535",
	";later=1", "ver=", "0.0.0", "api", "\n", "", "ffff",
};

static const char * const documents[] = {
	"ex1_uuid1", "ex1_uuid2", "ex2_source_capacity3", "ex2_type_v5_1",
	"ex2_type_v5_4", "ex2_type_v5_8", "ex3_nic_source1", "ex3_nic_source6",
	"ex3_nic_target", "ex4_nvme_vf",
};

/* Has what the examples lack. */
static const char everything[] =
	"{\"abi\":1,\"scope\":\"type\",\"gen\":7,"
	"\"pool\":{\"id\":\"pool0\",\"total\":64,\"units\":2},"
	"\"self\":{\"model\":\"m\",\"device_api\":\"vfio-pci\","
	"\"version\":\"1.2.3\",\"profile\":\"p1\",\"capacity\":6,"
	"\"features\":[\"a\",\"b\"],\"params\":{\"n\":4,\"on\":true,\"s\":\"x\"}},"
	"\"profiles\":{\"default\":\"p1\",\"accepts\":[\"p1\",\"p2\"]},"
	"\"create\":{\"aggregator\":{\"capacity_div\":2,\"min\":1,\"max\":4},"
	"\"n\":\"params.n\",\"migration/profile\":\"profile\"},"
	"\"compatible\":[{\"model\":\"*\",\"bus\":[{\"pci\":{\"vendor\":\"8086\","
	"\"device\":\"591d\"}}],\"later\":{\"x\":[1,2]}},"
	"{\"model\":[\"m\",\"example.org/nic\"],\"bus\":\"*\",\"mdev_type\":\"*\","
	"\"version\":{\"min\":\"1.0\",\"max\":\"3.0\"},\"capacity\":[4,6,8],"
	"\"features\":{\"all\":[\"a\"],\"any\":[\"a\",\"b\"],\"only\":[\"a\",\"b\"]},"
	"\"params\":{\"n\":{\"min\":1},\"on\":[true,false],\"s\":\"x\"},"
	"\"off\":{\"n\":4,\"on\":false,\"z\":0},\"when\":[{\"if\":{\"on\":true},"
	"\"then\":{\"n\":{\"max\":7},\"s\":[\"x\",\"y\"]}}]}]}\n";

static const char * const document_pieces[] = {
	"{", "}", "[", "]", ",", ":", "\"", "{}", "[]", "\"*\"", "\"a\"", "0",
	"1", "4", "true", "false", "4294967295", "4294967296", "65536", "null",
	"1.5", "-1", "\"x\":1,", "\"only\":[],", "\"any\":[],", "\"min\":2,",
	"\"params\":{},", "\"off\":{\"n\":1},", "\"model\":\"*\",", "{},",
	"\"version\":{},", "\"capacity\":{},", "\\u0041", "\xc3\xa4", "\n",
	"type", "device", "abi", "profile", "params", "min", "max", "features",
	"[[[[[[[[", "\"mdev_type\":[\"a\"],", "\"create\":{},", "",
};

/* What mutants are compared with; each text and its document. */
static struct {
	char *text;
	struct loaded_document *loaded;
} base[ARRAY_SIZE(documents) + 1];

static int load_base(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(documents); i++)
		base[i].loaded = example(documents[i], &base[i].text);
	base[i].text = exact_copy(everything, sizeof(everything));
	base[i].loaded = loaded(everything, strlen(everything));
	return 0;
}

static int free_base(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(base); i++) {
		loaded_document_free(base[i].loaded);
		free(base[i].text);
	}
	return 0;
}

static const struct vmig_document *any_base(struct dice *dice)
{
	return loaded_document_get(base[dice_roll(dice, ARRAY_SIZE(base))]
				   .loaded);
}

static bool same_as_source(const struct vmig_self *a, const struct vmig_self *b,
			   const struct vmig_document *target)
{
	struct vmig_verdict one, other;

	vmig_check(a, target, &one);
	vmig_check(b, target, &other);
	return same_verdict(&one, &other);
}

static bool same_as_target(const struct vmig_document *a,
			   const struct vmig_document *b,
			   const struct vmig_self *source)
{
	struct vmig_verdict one, other;

	vmig_check(source, a, &one);
	vmig_check(source, b, &other);
	return same_verdict(&one, &other);
}

/* Returns whether it was accepted. */
static bool line_survives(const struct mutant *mutant, struct dice *dice)
{
	static struct vmig_self_store store, again;
	char *text = exact_copy(mutant->text, mutant->length);
	char line[VMIG_SELF_MAX + 1];
	struct vmig_self self, back;
	enum vmig_reason reason;
	const char *field = "untouched";
	int length;

	reason = vmig_self_parse(&self, &store, text, mutant->length, &field);
	free(text);
	if (reason) {
		assert_non_null(field);
		assert_string_not_equal(field, "untouched");
		return false;
	}
	assert_null(field);
	length = vmig_self_format(&self, line, sizeof(line));
	/* A bus id can have fewer digits than we write. */
	if (length < 0 && mutant->length > VMIG_SELF_MAX - 6)
		return true;
	assert_true(length > 0);
	assert_int_equal(vmig_self_parse(&back, &again, line, length, &field),
			 VMIG_REASON_NONE);
	assert_same_self(&self, &back);
	assert_true(same_as_source(&self, &back, any_base(dice)));
	return true;
}

static bool document_survives(const struct mutant *mutant, struct dice *dice)
{
	char *text = exact_copy(mutant->text, mutant->length);
	struct load_error error = { VMIG_REASON_NONE, "" };
	struct loaded_document *first, *second;
	const struct vmig_document *one, *other, *with = any_base(dice);
	char out[VMIG_DOCUMENT_MAX], again[VMIG_DOCUMENT_MAX];
	int length;

	first = loaded_document(text, mutant->length, &error);
	free(text);
	if (!first) {
		assert_true(error.reason == VMIG_REASON_MALFORMED ||
			    error.reason == VMIG_REASON_GRAMMAR_UNSUPPORTED);
		assert_true(error.text[0]);
		return false;
	}
	one = loaded_document_get(first);
	length = vmig_render(one, out, sizeof(out));
	assert_true(length > 0 && length <= vmig_render_max(one));
	second = loaded(out, length);
	other = loaded_document_get(second);
	assert_int_equal(vmig_render(other, again, sizeof(again)), length);
	assert_string_equal(out, again);
	assert_same_self(&one->self, &other->self);
	assert_true(same_as_source(&one->self, &other->self, one));
	assert_true(same_as_source(&one->self, &other->self, with));
	assert_true(same_as_target(one, other, &one->self));
	assert_true(same_as_target(one, other, &with->self));
	loaded_document_free(second);
	loaded_document_free(first);
	return true;
}

/* Spoils copies of texts, of which there are @texts, one after the other. */
static void spoil_all(const char *what,
		      const char *(*text)(unsigned long number),
		      unsigned long texts, const char * const *pieces,
		      size_t piece_count,
		      bool (*survives)(const struct mutant *mutant,
				       struct dice *dice))
{
	const unsigned long count = mutant_count(USUAL_MUTANTS);
	unsigned long i, accepted = 0;
	static struct mutant mutant;
	struct dice dice;

	dice_seed(&dice);
	for (i = 0; i < count; i++) {
		mutant_start(&mutant, text(i % texts));
		mutant_spoil(&mutant, &dice, pieces, piece_count);
		accepted += survives(&mutant, &dice);
	}
	print_message("%lu %s, %lu accepted\n", count, what, accepted);
	assert_true(accepted > 0 && accepted < count);
}

static const char *line_text(unsigned long number)
{
	return lines[number];
}

static void self_lines(void **state)
{
	(void)state;
	spoil_all("self lines", line_text, ARRAY_SIZE(lines), line_pieces,
		  ARRAY_SIZE(line_pieces), line_survives);
}

static const char *document_text(unsigned long number)
{
	return base[number].text;
}

static void whole_documents(void **state)
{
	(void)state;
	spoil_all("documents", document_text, ARRAY_SIZE(base),
		  document_pieces, ARRAY_SIZE(document_pieces),
		  document_survives);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(self_lines),
	cmocka_unit_test(whole_documents),
};

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	return cmocka_run_group_tests(tests, load_base, free_base);
}
