/* SPDX-License-Identifier: GPL-2.0 */
/* A document as files have it: whole, or one value of it. */
#ifndef VMIG_EMIT_H
#define VMIG_EMIT_H

#include "document.h"

/**
 * typedef vmig_emit_fn - write one value of a document
 * @document:	what to take it from
 * @text:	room for VMIG_DOCUMENT_MAX bytes
 *
 * One line with its newline; lists are separated by spaces, and an empty one is
 * an empty line.
 *
 * Return: its length.
 */
typedef int (*vmig_emit_fn)(const struct vmig_document *document, char *text);

int vmig_emit_model(const struct vmig_document *document, char *text);
int vmig_emit_version(const struct vmig_document *document, char *text);
int vmig_emit_profile(const struct vmig_document *document, char *text);
int vmig_emit_profiles(const struct vmig_document *document, char *text);
int vmig_emit_default_profile(const struct vmig_document *document, char *text);
int vmig_emit_features(const struct vmig_document *document, char *text);
int vmig_emit_capacity(const struct vmig_document *document, char *text);
int vmig_emit_generation(const struct vmig_document *document, char *text);
int vmig_emit_compatible_type(const struct vmig_document *document, char *text);
int vmig_emit_pool(const struct vmig_document *document, char *text);
int vmig_emit_pool_total(const struct vmig_document *document, char *text);
int vmig_emit_units(const struct vmig_document *document, char *text);
int vmig_emit_dynamic_resources(const struct vmig_document *document,
				char *text);

/* The whole of it, as JSON. Return: its length, or an error of vmig_render(). */
int vmig_emit_document(const struct vmig_document *document, char *text);

/* The self line. Return: its length, or an error of vmig_self_format(). */
int vmig_emit_self(const struct vmig_document *document, char *text);

#endif /* VMIG_EMIT_H */
