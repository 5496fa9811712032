/* SPDX-License-Identifier: GPL-2.0 */
/* What an entry of a document accepts, as traits. */
#ifndef MDEVCOMPAT_TRAIT_ENTRY_H
#define MDEVCOMPAT_TRAIT_ENTRY_H

#include "document.h"

typedef void (*trait_fn)(const char *name, void *data);

/**
 * trait_entry_count() - how many entries a document has
 * @target:	the document; one that names none has one without keys
 */
u32 trait_entry_count(const struct vmig_document *target);

/**
 * trait_entry() - the traits of an entry
 * @target:	its document
 * @index:	which
 * @space:	see trait_is_space()
 * @take:	called with each name, and @data
 * @data:	whatever the caller wants
 *
 * All that vmig_check() asks for but `when`, which can't be told by traits: the
 * entry seems to take more than it does.
 *
 * Return: false if the entry matches nothing; then nothing was told.
 */
bool trait_entry(const struct vmig_document *target, u32 index,
		 const char *space, trait_fn take, void *data);

#endif /* MDEVCOMPAT_TRAIT_ENTRY_H */
