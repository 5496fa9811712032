/* SPDX-License-Identifier: GPL-2.0 */
/* Self lines to be parsed, and what must come of it. */
#ifndef VMIG_UNIT_LINE_H
#define VMIG_UNIT_LINE_H

#include "selfline.h"

#define PLAIN_LINE	"abi=1;model=vmig.example/mcopy;api=vfio-pci;"	\
			"pci.vendor=1234;pci.device=6d63;type=mcopy-16;"\
			"ver=1.2.3;capacity=16"
#define FULL_LINE	"abi=1;model=vmig.example/mcopy;api=vfio-pci;"	\
			"pci.vendor=1234;pci.device=6d63;type=mcopy-16;"\
			"ver=1.2.3;profile=p1;capacity=16;feat=rss,b_2;"\
			"p.num_queues=4;p.rss=true;p.x=false;p.remote=nqn_a"
/* As short as one can be, and what a parse of it must start with. */
#define LEAST		"abi=1;model=m;api=a;ver=0.0.0"

/* What PLAIN_LINE and FULL_LINE say. */
extern const struct vmig_self plain, full;

/*
 * Parse from a buffer that ends with the line's last byte. What @self points to
 * stays until the next line is parsed.
 */
enum vmig_reason parse(struct vmig_self *self, const char *line, size_t length,
		       const char **field);

/* The same for a line that has to be good. */
struct vmig_self parsed(const char *line);

/* It is refused like this. */
void assert_bad(const char *line, enum vmig_reason want,
		const char *want_field);
void assert_malformed(const char *line, const char *field);

#endif /* VMIG_UNIT_LINE_H */
