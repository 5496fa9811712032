/* SPDX-License-Identifier: GPL-2.0 */
/* Compatibility documents from their text. */
#ifndef MDEVCOMPAT_DOCUMENT_LOAD_H
#define MDEVCOMPAT_DOCUMENT_LOAD_H

#include "document.h"
#include "reason.h"

/* Room for what is said about a text that is no document. */
#define LOAD_ERROR_SIZE	400

/**
 * struct load_error - why a text could not be loaded
 * @reason:	VMIG_REASON_MALFORMED; VMIG_REASON_GRAMMAR_UNSUPPORTED for another
 *		abi than VMIG_ABI; VMIG_REASON_NO_MEMORY
 * @text:	for people: the place, such as "compatible[0].params.num_queues",
 *		and what is wrong there
 */
struct load_error {
	enum vmig_reason reason;
	char text[LOAD_ERROR_SIZE];
};

/* A document and all that it points to. */
struct loaded_document;

/**
 * loaded_document() - read a document
 * @text:	bytes from anywhere; need not end with a zero byte
 * @length:	how many
 * @error:	filled in if it fails
 *
 * Takes what vmig_render() writes, with the keys in any order, spaces between
 * the parts, and with or without the newline. Keys that are not known are
 * skipped in the document itself and in self; in an entry they make it one
 * that matches nothing; elsewhere they are an error.
 *
 * Return: to be freed with loaded_document_free(), or NULL with @error.
 */
struct loaded_document *loaded_document(const char *text, size_t length,
					struct load_error *error);

/* The document; it lives as long as @loaded. */
const struct vmig_document *
loaded_document_get(const struct loaded_document *loaded);

/* NULL is no harm. */
void loaded_document_free(struct loaded_document *loaded);

#endif /* MDEVCOMPAT_DOCUMENT_LOAD_H */
