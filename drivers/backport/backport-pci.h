/* SPDX-License-Identifier: GPL-2.0 */
/* What differs between kernels in PCI. */
#ifndef VMIG_BACKPORT_PCI_H
#define VMIG_BACKPORT_PCI_H

#include <linux/pci.h>

#include "backport-features.h"

#if BACKPORT_HAS_PCI_IRQ_INTX
#define BACKPORT_PCI_IRQ_INTX	PCI_IRQ_INTX
#else
#define BACKPORT_PCI_IRQ_INTX	PCI_IRQ_LEGACY
#endif

#endif /* VMIG_BACKPORT_PCI_H */
