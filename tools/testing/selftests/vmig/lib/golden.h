/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Streams that were written once, and must load for ever after; or, those of
 * an earlier major version, must be refused as such.
 */
#ifndef VMIG_TEST_GOLDEN_H
#define VMIG_TEST_GOLDEN_H

#include "bench.h"
#include "buffer.h"

#define GOLDEN_PAGES_MAX	4

/**
 * struct golden - one of them
 * @file:	its name: stream version, device version, type, what it shows
 * @refused:	last_error, if this version takes it no more
 * @make:	brings a new device to write it; what newer devices write may
 *		differ, then @make is NULL and the file stays
 * @check:	what else must be there after the load, or NULL
 * @pages:	what memory holds after the load; all other pages are zero
 * @pages.number: of the page
 * @pages.seed:	of the FILL that it is from, 0 ends the list
 */
struct golden {
	const char *file;
	const char *refused;
	int (*make)(struct device *device, struct buffer *stream);
	const char *(*check)(const struct vfio *vfio);
	struct {
		unsigned int number;
		uint64_t seed;
	} pages[GOLDEN_PAGES_MAX];
};

extern const struct golden goldens[];
extern const unsigned int golden_count;

/* Read a file of that name. Return: 0 or -errno. */
int golden_read(const char *name, struct buffer *stream);

/* Make all that can be made with a new device, into @folder. */
int golden_write_all(struct device *device, const char *folder);

/* The same bytes as the file has, made now. */
int golden_make(const struct golden *golden, struct device *device,
		struct buffer *stream);

/* Is the device as it must be after the load? Return: NULL or what is not. */
const char *golden_check(const struct golden *golden,
			 const struct device *device);

#endif /* VMIG_TEST_GOLDEN_H */
