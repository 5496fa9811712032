/* SPDX-License-Identifier: GPL-2.0 */
/* What is behind a document's handle. */
#ifndef MDEVCOMPAT_HANDLE_H
#define MDEVCOMPAT_HANDLE_H

#include "document-load.h"
#include "mdevcompat.h"

/* What the driver's code sees of it; lives as long as @document. */
const struct vmig_document *
document_of(const struct mdevcompat_document *document);

/* Note the file it is from. Returns false for want of memory. */
bool set_path(struct mdevcompat_document *document, const char *path);

#endif /* MDEVCOMPAT_HANDLE_H */
