// SPDX-License-Identifier: GPL-2.0
/* How to make a device that takes another's state, for mdevctl. */
#include "handle.h"
#include "error.h"
#include "json-out.h"

static struct json_object *attributes(struct json_out *out,
				      const struct mdevcompat_verdict *verdict)
{
	struct json_object *array = json_out_array(out);
	const struct mdevcompat_setting *setting;
	size_t i;

	for (i = 0; (setting = mdevcompat_setting(verdict, i)); i++) {
		struct json_object *one = json_out_object(out);

		json_out_string(out, one, setting->attribute, setting->value);
		json_out_append(out, array, one);
	}
	return array;
}

static char *definition(const struct mdevcompat_document *target,
			const struct mdevcompat_verdict *verdict,
			struct mdevcompat_error *error)
{
	struct json_out out = { false };
	struct json_object *object = json_out_object(&out);

	json_out_string(&out, object, "mdev_type", mdevcompat_type(target));
	json_out_string(&out, object, "start", "manual");
	json_out_add(&out, object, "attrs", attributes(&out, verdict));
	return json_out_text(&out, object, error);
}

char *mdevcompat_plan(const struct mdevcompat_document *source,
		      const struct mdevcompat_document *target,
		      struct mdevcompat_error *error)
{
	const struct mdevcompat_finding *finding;
	struct mdevcompat_verdict *verdict;
	char *text = NULL;

	if (!mdevcompat_is_type(target) || !mdevcompat_type(target))
		return error_set(error, MDEVCOMPAT_UNSUITABLE,
				 "%s: not the document of an mdev type",
				 mdevcompat_origin(target));
	verdict = mdevcompat_check(source, target, error);
	if (!verdict)
		return NULL;
	finding = mdevcompat_main_finding(verdict);
	if (finding)
		error_set(error, MDEVCOMPAT_UNSUITABLE, "%s: %s (%s): %s",
			  mdevcompat_origin(target), finding->reason,
			  finding->field, finding->text);
	else
		text = definition(target, verdict, error);
	mdevcompat_verdict_free(verdict);
	return text;
}
