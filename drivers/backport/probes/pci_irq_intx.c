// SPDX-License-Identifier: GPL-2.0
/* Since 6.8 legacy interrupts have a better name; 6.12 has lost the old one. */
#include <linux/pci.h>

int probe(struct pci_dev *pdev);

int probe(struct pci_dev *pdev)
{
	return pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_INTX);
}
