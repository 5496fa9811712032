/* SPDX-License-Identifier: GPL-2.0 */
#ifndef E2E_DEVICE_H
#define E2E_DEVICE_H

#include <stdint.h>

#define DEVICE_PAGE	4096u

/*
 * Opens one of the mcopy functions on the PCI bus, counted from 0 in the order
 * of their addresses; 0, or -1 and device_error says what failed.
 */
int device_open(unsigned int index);
extern char device_error[400];

uint8_t *device_memory(void);
uint64_t device_memory_size(void);	/* of the BAR, not of the register */
uint32_t device_capacity(void);
uint32_t device_version(void);

/* One access of exactly this width each. */
uint32_t device_read32(unsigned int reg);
void device_write32(unsigned int reg, uint32_t value);
uint64_t device_read64(unsigned int reg);
void device_write64(unsigned int reg, uint64_t value);
uint64_t device_mem_read64(uint64_t offset);
void device_mem_write64(uint64_t offset, uint64_t value);

/* Commands; they return MCOPY_RESULT_*. */
uint32_t device_fill(uint64_t address, uint32_t length, uint64_t seed);
uint32_t device_crc(uint64_t address, uint32_t length, uint32_t *crc);

#endif
