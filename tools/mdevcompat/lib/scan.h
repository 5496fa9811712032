/* SPDX-License-Identifier: GPL-2.0 */
/* What a JSON library does not tell of a text. For document-load.c. */
#ifndef MDEVCOMPAT_SCAN_H
#define MDEVCOMPAT_SCAN_H

#include "document-load.h"

/**
 * scan_document() - is it JSON of the kind that documents are?
 * @text:	bytes
 * @length:	how many
 * @error:	filled in if not
 *
 * Shorter than VMIG_DOCUMENT_MAX, one line of printable ASCII, no escapes, no
 * numbers but integers of 32 bits, no null, no key twice in an object, brackets
 * in pairs and no deeper than VMIG_DOCUMENT_DEPTH. Where commas and colons
 * stand is left to the library.
 *
 * Return: true if it is.
 */
bool scan_document(const char *text, size_t length, struct load_error *error);

#endif /* MDEVCOMPAT_SCAN_H */
