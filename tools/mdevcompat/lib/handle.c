// SPDX-License-Identifier: GPL-2.0
/* A document's handle, and what can be asked of it. */
#include <stdlib.h>

#include "handle.h"
#include "error.h"
#include "render.h"
#include "selfline.h"
#include "value-text.h"

/* "M.m.b" of three numbers of 16 bits. */
#define VERSION_SIZE		18
/* Of the origin, in messages: there has to be room for the rest. */
#define ORIGIN_SHOWN		100
/* "name=value" */
#define PARAM_SIZE		(VMIG_TOKEN_MAX + 1 + VALUE_TEXT_SIZE)

struct mdevcompat_document {
	struct loaded_document *loaded;
	char *origin;
	char *path;
	char text[VMIG_DOCUMENT_MAX];
	char version[VERSION_SIZE];
	char params[VMIG_PARAMS_MAX][PARAM_SIZE];
};

const struct vmig_document *
document_of(const struct mdevcompat_document *document)
{
	return loaded_document_get(document->loaded);
}

/* What is not text yet becomes it here, so that a handle never changes. */
static bool prepare(struct mdevcompat_document *document,
		    struct mdevcompat_error *error)
{
	const struct vmig_document *inside = document_of(document);
	const struct vmig_self *self = &inside->self;
	char value[VALUE_TEXT_SIZE];
	u32 i;

	snprintf(document->version, sizeof(document->version), "%u.%u.%u",
		 self->version.major, self->version.minor, self->version.fix);
	for (i = 0; i < self->param_count; i++)
		snprintf(document->params[i], PARAM_SIZE, "%s=%s",
			 self->params[i].name,
			 value_text(&self->params[i].value, value));
	if (vmig_render(inside, document->text, sizeof(document->text)) >= 0)
		return true;
	error_set(error, MDEVCOMPAT_MALFORMED,
		  "%s: too long when written as the kernel does",
		  document->origin);
	return false;
}

static enum mdevcompat_status status_of(enum vmig_reason reason)
{
	switch (reason) {
	case VMIG_REASON_NO_MEMORY:
		return MDEVCOMPAT_NO_MEMORY;
	case VMIG_REASON_GRAMMAR_UNSUPPORTED:
		return MDEVCOMPAT_UNSUPPORTED;
	default:
		return MDEVCOMPAT_MALFORMED;
	}
}

static bool load(struct mdevcompat_document *document, const char *text,
		 size_t length, struct mdevcompat_error *error)
{
	struct load_error why;

	document->loaded = loaded_document(text, length, &why);
	if (document->loaded)
		return prepare(document, error);
	error_set(error, status_of(why.reason), "%.*s: %s", ORIGIN_SHOWN,
		  document->origin, why.text);
	return false;
}

/* A self line says what a device is; what it would take is not known. */
static bool is_line(const char *text, size_t length)
{
	static const char start[] = "abi=";

	return length >= sizeof(start) && !memcmp(text, start, sizeof(start) - 1);
}

/* The document of a device of which only that is known. */
static int render_bare(const struct vmig_self *self,
		       char text[VMIG_DOCUMENT_MAX])
{
	const struct vmig_document bare = {
		.scope = VMIG_SCOPE_DEVICE,
		.self = *self,
		.has_compatible = true,
	};

	return vmig_render(&bare, text, VMIG_DOCUMENT_MAX);
}

static bool load_line(struct mdevcompat_document *document, const char *line,
		      size_t length, struct mdevcompat_error *error)
{
	struct vmig_self_store store;
	struct vmig_self self;
	enum vmig_reason reason;
	const char *field;
	int size = -EINVAL;

	if (line[length - 1] == '\n')
		length--;
	reason = vmig_self_parse(&self, &store, line, length, &field);
	if (!reason && self.api)
		size = render_bare(&self, document->text);
	if (size > 0)
		return load(document, document->text, size, error);
	if (reason == VMIG_REASON_GRAMMAR_UNSUPPORTED)
		error_set(error, status_of(reason),
			  "%s: abi: a self line of another grammar than %d",
			  document->origin, VMIG_ABI);
	else
		error_set(error, MDEVCOMPAT_MALFORMED,
			  "%s: %s: not a self line of at most %d characters",
			  document->origin, reason ? field ? field : "abi" :
			  "api", VMIG_SELF_MAX);
	return false;
}

struct mdevcompat_document *mdevcompat_parse(const char *text, size_t length,
					     const char *origin,
					     struct mdevcompat_error *error)
{
	struct mdevcompat_document *document = calloc(1, sizeof(*document));

	if (!document)
		return error_no_memory(error);
	document->origin = strdup(origin ? origin : "document");
	if (!document->origin)
		error_no_memory(error);
	else if (is_line(text, length) ? load_line(document, text, length, error) :
					 load(document, text, length, error))
		return document;
	mdevcompat_free(document);
	return NULL;
}

void mdevcompat_free(struct mdevcompat_document *document)
{
	if (!document)
		return;
	loaded_document_free(document->loaded);
	free(document->origin);
	free(document->path);
	free(document);
}

const char *mdevcompat_origin(const struct mdevcompat_document *document)
{
	return document->origin;
}

bool set_path(struct mdevcompat_document *document, const char *path)
{
	document->path = realpath(path, NULL);
	return document->path;
}

const char *mdevcompat_path(const struct mdevcompat_document *document)
{
	return document->path;
}

const char *mdevcompat_text(const struct mdevcompat_document *document)
{
	return document->text;
}

bool mdevcompat_is_type(const struct mdevcompat_document *document)
{
	return document_of(document)->scope == VMIG_SCOPE_TYPE;
}

uint32_t mdevcompat_gen(const struct mdevcompat_document *document)
{
	return document_of(document)->gen;
}

const char *mdevcompat_model(const struct mdevcompat_document *document)
{
	return document_of(document)->self.model;
}

const char *mdevcompat_version(const struct mdevcompat_document *document)
{
	return document->version;
}

const char *mdevcompat_type(const struct mdevcompat_document *document)
{
	return document_of(document)->self.type;
}

const char *mdevcompat_profile(const struct mdevcompat_document *document)
{
	return document_of(document)->self.profile;
}

const char *mdevcompat_feature(const struct mdevcompat_document *document,
			       size_t index)
{
	const struct vmig_self *self = &document_of(document)->self;

	return index < self->feature_count ? self->features[index] : NULL;
}

const char *mdevcompat_param(const struct mdevcompat_document *document,
			     size_t index)
{
	const struct vmig_self *self = &document_of(document)->self;

	return index < self->param_count ? document->params[index] : NULL;
}

bool mdevcompat_capacity(const struct mdevcompat_document *document,
			 uint32_t *capacity)
{
	const struct vmig_self *self = &document_of(document)->self;

	if (self->has_capacity)
		*capacity = self->capacity;
	return self->has_capacity;
}

struct mdevcompat_pool
mdevcompat_pool(const struct mdevcompat_document *document)
{
	const struct vmig_pool *pool = &document_of(document)->pool;

	return (struct mdevcompat_pool){ pool->id, pool->total, pool->units };
}

/* Does the line mean what it was made of? */
static bool says(const char *line, const struct vmig_self *self)
{
	char one[VMIG_DOCUMENT_MAX], other[VMIG_DOCUMENT_MAX];
	struct vmig_self_store store;
	struct vmig_self read;
	const char *field;

	return !vmig_self_parse(&read, &store, line, strlen(line), &field) &&
	       render_bare(self, one) > 0 && render_bare(&read, other) > 0 &&
	       !strcmp(one, other);
}

char *mdevcompat_self_line(const struct mdevcompat_document *document,
			   struct mdevcompat_error *error)
{
	const struct vmig_self *self = &document_of(document)->self;
	char line[VMIG_SELF_MAX + 1], *copy;

	if (vmig_self_format(self, line, sizeof(line)) < 0)
		return error_set(error, MDEVCOMPAT_UNSUITABLE,
				 "%s: its self line would be longer than %d",
				 document->origin, VMIG_SELF_MAX);
	if (!says(line, self))
		return error_set(error, MDEVCOMPAT_UNSUITABLE,
				 "%s: a name in it has a ';', which no self line can hold",
				 document->origin);
	copy = strdup(line);
	return copy ? copy : error_no_memory(error);
}
