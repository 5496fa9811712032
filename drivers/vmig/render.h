/* SPDX-License-Identifier: GPL-2.0 */
/* A compatibility document as text. */
#ifndef VMIG_RENDER_H
#define VMIG_RENDER_H

#include "document.h"

/**
 * vmig_render() - write a document
 * @document:	what to say
 * @text:	where to, ended by a zero byte
 * @size:	room there; VMIG_DOCUMENT_MAX is enough for every document
 *
 * One line of JSON in ASCII with a newline. The keys have always the same
 * order, that of the structures in document.h. The same document is always the
 * same text.
 *
 * Return: length without the zero byte; -E2BIG if that does not fit, or is not
 * less than VMIG_DOCUMENT_MAX; -EINVAL if a string has a character that can't
 * stand in such a text. Nothing is cut off: after an error @text is of no use.
 */
int vmig_render(const struct vmig_document *document, char *text, size_t size);

/**
 * vmig_render_max() - how long can a document become?
 * @document:	its tokens are as long as they will ever be
 *
 * Lets a driver be refused when it is loaded and not when somebody reads the
 * document: if this is less than VMIG_DOCUMENT_MAX, vmig_render() will not
 * fail for want of room whatever becomes of the generation, of any other
 * integer, of bools, of the device's version, and of its profile among those
 * that it accepts.
 *
 * Return: length without the zero byte if all of these were as long as they
 * can be; -EINVAL as above.
 */
int vmig_render_max(const struct vmig_document *document);

#endif /* VMIG_RENDER_H */
