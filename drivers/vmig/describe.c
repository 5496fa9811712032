// SPDX-License-Identifier: GPL-2.0
/* What types and devices say of themselves, and how the files have it. */
#include <linux/kernel.h>
#include <linux/kobject.h>

#include "describe.h"
#include "render.h"

/* A document that never changed; each change counts one more. */
#define FIRST_GENERATION	1

void vmig_describe_type(struct vmig_document *document,
			const struct vmig_type *type)
{
	const struct vmig_model *model = type->model;

	*document = (struct vmig_document) {
		.scope = VMIG_SCOPE_TYPE,
		.gen = FIRST_GENERATION,
		.pool = {
			.id = type->pool,
			.total = type->pool_total,
			.units = type->units,
		},
		.self = {
			.abi = VMIG_ABI,
			.model = model->name,
			.api = model->api,
			.bus = {
				.given = model->on_pci,
				.vendor = model->pci_vendor,
				.device = model->pci_device,
			},
			.type = kobject_name(&type->mdev.kobj),
			.version = {
				.major = model->version_major,
				.minor = model->version_minor,
				.fix = model->version_fix,
			},
			.has_capacity = true,
			.capacity = type->units,
		},
	};
}

static int emit_word(char *text, const char *word)
{
	return scnprintf(text, VMIG_DOCUMENT_MAX, "%s\n", word);
}

static int emit_number(char *text, u32 number)
{
	return scnprintf(text, VMIG_DOCUMENT_MAX, "%u\n", number);
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

int vmig_emit_features(const struct vmig_document *document, char *text)
{
	const struct vmig_self *self = &document->self;
	int length = 0;
	u32 i;

	for (i = 0; i < self->feature_count; i++)
		length += scnprintf(text + length, VMIG_DOCUMENT_MAX - length,
				    "%s%s", i ? " " : "", self->features[i]);
	return length + emit_word(text + length, "");
}

int vmig_emit_capacity(const struct vmig_document *document, char *text)
{
	return emit_number(text, document->self.capacity);
}

int vmig_emit_generation(const struct vmig_document *document, char *text)
{
	return emit_number(text, document->gen);
}

/* Without entries of its own a document accepts its own type alone. */
int vmig_emit_compatible_type(const struct vmig_document *document, char *text)
{
	return emit_word(text, document->self.type);
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

int vmig_emit_document(const struct vmig_document *document, char *text)
{
	return vmig_render(document, text, VMIG_DOCUMENT_MAX);
}
