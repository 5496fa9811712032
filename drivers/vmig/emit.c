// SPDX-License-Identifier: GPL-2.0
/* A document's values, one a file. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "emit.h"
#include "render.h"
#include "selfline.h"

static int emit_word(char *text, const char *word)
{
	return scnprintf(text, VMIG_DOCUMENT_MAX, "%s\n", word);
}

static int emit_number(char *text, u32 number)
{
	return scnprintf(text, VMIG_DOCUMENT_MAX, "%u\n", number);
}

static int emit_list(char *text, const char * const *words, u32 count)
{
	int length = 0;
	u32 i;

	for (i = 0; i < count; i++)
		length += scnprintf(text + length, VMIG_DOCUMENT_MAX - length,
				    "%s%s", i ? " " : "", words[i]);
	return length + scnprintf(text + length, VMIG_DOCUMENT_MAX - length,
				  "\n");
}

int vmig_emit_model(const struct vmig_document *document, char *text)
{
	return emit_word(text, document->self.model);
}

int vmig_emit_version(const struct vmig_document *document, char *text)
{
	const struct vmig_version *version = &document->self.version;

	return scnprintf(text, VMIG_DOCUMENT_MAX, "%u.%u.%u\n", version->major,
			 version->minor, version->fix);
}

int vmig_emit_profile(const struct vmig_document *document, char *text)
{
	return emit_word(text, document->self.profile ?: "");
}

int vmig_emit_profiles(const struct vmig_document *document, char *text)
{
	return emit_list(text, document->profiles.accepts,
			 document->profiles.count);
}

int vmig_emit_default_profile(const struct vmig_document *document, char *text)
{
	return emit_word(text, document->profiles.standard ?: "");
}

int vmig_emit_features(const struct vmig_document *document, char *text)
{
	return emit_list(text, document->self.features,
			 document->self.feature_count);
}

int vmig_emit_capacity(const struct vmig_document *document, char *text)
{
	return emit_number(text, document->self.capacity);
}

int vmig_emit_generation(const struct vmig_document *document, char *text)
{
	return emit_number(text, document->gen);
}

/* All entries have the same types. */
int vmig_emit_compatible_type(const struct vmig_document *document, char *text)
{
	const struct vmig_names *types = &document->entries[0].type;

	return emit_list(text, types->names, types->count);
}

int vmig_emit_pool(const struct vmig_document *document, char *text)
{
	return emit_word(text, document->pool.id ?: "");
}

int vmig_emit_pool_total(const struct vmig_document *document, char *text)
{
	return emit_number(text, document->pool.total);
}

int vmig_emit_units(const struct vmig_document *document, char *text)
{
	return emit_number(text, document->pool.units);
}

/* What an instance may have to be told, in the order in which to tell it. */
int vmig_emit_dynamic_resources(const struct vmig_document *document,
				char *text)
{
	const char *attributes[VMIG_CREATE_MAX];
	u32 i;

	for (i = 0; i < document->create_count; i++)
		attributes[i] = document->create[i].attribute;
	return emit_list(text, attributes, document->create_count);
}

int vmig_emit_document(const struct vmig_document *document, char *text)
{
	return vmig_render(document, text, VMIG_DOCUMENT_MAX);
}

int vmig_emit_self(const struct vmig_document *document, char *text)
{
	int length = vmig_self_format(&document->self, text, VMIG_SELF_MAX + 1);

	return length < 0 ? length : length + strscpy(text + length, "\n", 2);
}
