/* SPDX-License-Identifier: GPL-2.0 */
/* PCI functions of this machine that may serve as a parent. */
#ifndef VMIG_TEST_PCI_H
#define VMIG_TEST_PCI_H

#include <stdbool.h>
#include <stddef.h>

#define PCI_NAME_SIZE	32

/**
 * pci_find_spare() - a function that nobody will miss
 * @name:	its address: the one that the environment variable
 *		VMIG_PCI_FUNCTION names, else of a QEMU test device
 *
 * Return: 0, or -ENODEV if there is none without a driver.
 */
int pci_find_spare(char name[PCI_NAME_SIZE]);

/* Let @driver have it, and take it away again. Return: 0 or -errno. */
int pci_bind(const char *name, const char *driver);
int pci_unbind(const char *name, const char *driver);

/* Does it have a driver? */
bool pci_is_bound(const char *name);

#endif /* VMIG_TEST_PCI_H */
