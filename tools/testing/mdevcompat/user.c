// SPDX-License-Identifier: GPL-2.0
/* A program of somebody who has installed the library. */
#include <stdio.h>

#include <mdevcompat.h>

static void print_remark(const struct mdevcompat_remark *remark, void *data)
{
	(void)data;
	printf("%s\n", remark->place);
}

static int judge(const struct mdevcompat_document *source,
		 const struct mdevcompat_document *target)
{
	struct mdevcompat_error error;
	struct mdevcompat_verdict *verdict = mdevcompat_check(source, target,
							      &error);
	const struct mdevcompat_setting *setting;
	int outcome;
	size_t i;

	if (!verdict)
		return 4;
	outcome = mdevcompat_outcome(verdict);
	printf("%s -> %s: %s\n", mdevcompat_model(source),
	       mdevcompat_type(target), mdevcompat_outcome_name(verdict));
	for (i = 0; (setting = mdevcompat_setting(verdict, i)); i++)
		printf("%s=%s\n", setting->attribute, setting->value);
	if (mdevcompat_main_finding(verdict))
		printf("%s\n", mdevcompat_main_finding(verdict)->reason);
	mdevcompat_lint(target, &target, 1, print_remark, NULL, &error);
	mdevcompat_verdict_free(verdict);
	return outcome;
}

int main(int argc, char **argv)
{
	struct mdevcompat_document *source, *target;
	struct mdevcompat_error error;
	int code = 4;

	if (argc != 3)
		return 64;
	source = mdevcompat_read(argv[1], &error);
	target = source ? mdevcompat_read(argv[2], &error) : NULL;
	if (target)
		code = judge(source, target);
	else
		printf("%d %s\n", error.status, error.text);
	mdevcompat_free(target);
	mdevcompat_free(source);
	return code;
}
