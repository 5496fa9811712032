/* SPDX-License-Identifier: GPL-2.0 */
/*
 * migration_version, the interface that was proposed on the lists before there
 * were documents: what is read from one device and can be written to another
 * one is compatible with it.
 */
#ifndef VMIG_LEGACY_H
#define VMIG_LEGACY_H

#include "document.h"

/* Parameter of the module: are there such files? */
extern bool vmig_legacy_version;

/**
 * vmig_legacy_write() - may what somebody wrote be loaded?
 * @target:	document of the device or the type that it was written to
 * @text:	a self line, with or without a newline
 * @length:	bytes
 *
 * The same judge as for streams. Nothing is changed.
 *
 * Return: @length, or the errno of the reason.
 */
ssize_t vmig_legacy_write(const struct vmig_document *target, const char *text,
			  size_t length);

#endif /* VMIG_LEGACY_H */
