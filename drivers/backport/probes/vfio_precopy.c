// SPDX-License-Identifier: GPL-2.0
/* Since 6.2 protocol v2 has states for pre-copy. */
#include <linux/vfio.h>

struct vfio_precopy_info probe = { .flags = VFIO_MIGRATION_PRE_COPY };
