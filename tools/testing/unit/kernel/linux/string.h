/* SPDX-License-Identifier: GPL-2.0 */
/* Stand-in: the library's are the same. */
#include <string.h>
