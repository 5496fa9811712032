/* SPDX-License-Identifier: GPL-2.0 */
/* A verdict for people. */
#ifndef MDEVCOMPAT_ANSWER_H
#define MDEVCOMPAT_ANSWER_H

#include "mdevcompat.h"

/* The verdict, what has to be set, and why not; each line behind @indent. */
void answer_print(const struct mdevcompat_verdict *verdict,
		  const char *indent);

#endif /* MDEVCOMPAT_ANSWER_H */
