/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Documents that were read from sysfs, judged here: loaded by json-c, and judged
 * by the same code as in the kernel, but that was given the stream.
 */
#ifndef VMIG_TEST_JUDGED_H
#define VMIG_TEST_JUDGED_H

#include "document-load.h"
#include "match.h"
#include "value-text.h"

#include "test.h"

#define JUDGED_DOCUMENT	"migration_compatible"

/* Two documents and what the judge says of them. */
struct judged {
	struct loaded_document *source, *target;
	struct vmig_verdict verdict;
};

static inline void judged_load(struct __test_metadata *_metadata,
			       const char *text, struct loaded_document **to)
{
	struct load_error error;

	*to = loaded_document(text, strlen(text), &error);
	ASSERT_NE(NULL, *to) {
		TH_LOG("%s: %s", error.text, text);
	}
}

static inline void judge(struct __test_metadata *_metadata,
			 struct judged *judged, const struct mdev *source,
			 const char *target)
{
	char text[VMIG_DOCUMENT_MAX];

	ASSERT_EQ(0, mdev_read(source, JUDGED_DOCUMENT, text, sizeof(text)));
	judged_load(_metadata, text, &judged->source);
	judged_load(_metadata, target, &judged->target);
	vmig_check(&loaded_document_get(judged->source)->self,
		   loaded_document_get(judged->target), &judged->verdict);
}

static inline void judge_device(struct __test_metadata *_metadata,
				struct judged *judged,
				const struct mdev *source,
				const struct mdev *target)
{
	char text[VMIG_DOCUMENT_MAX];

	ASSERT_EQ(0, mdev_read(target, JUDGED_DOCUMENT, text, sizeof(text)));
	judge(_metadata, judged, source, text);
}

static inline void judge_type(struct __test_metadata *_metadata,
			      struct judged *judged, const struct mdev *source,
			      const char *parent, const char *type)
{
	char text[VMIG_DOCUMENT_MAX];

	ASSERT_EQ(0, mdev_type_read(parent, type, JUDGED_DOCUMENT, text,
				    sizeof(text)));
	judge(_metadata, judged, source, text);
}

static inline void judged_free(struct judged *judged)
{
	loaded_document_free(judged->source);
	loaded_document_free(judged->target);
}

/* Do what the verdict says, in its order. */
static inline void judged_apply(struct __test_metadata *_metadata,
				const struct vmig_verdict *verdict,
				const struct mdev *mdev)
{
	char text[VALUE_TEXT_SIZE];
	u32 i;

	for (i = 0; i < verdict->setting_count; i++) {
		const struct vmig_setting *setting = &verdict->settings[i];
		const char *value = value_text(&setting->value, text);

		ASSERT_EQ(0, mdev_write(mdev, setting->attribute, value)) {
			TH_LOG("%s = %s", setting->attribute, value);
		}
	}
}

#endif /* VMIG_TEST_JUDGED_H */
