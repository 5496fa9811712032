// SPDX-License-Identifier: GPL-2.0
/*
 * Access to the device from a process: sysfs finds it, its resource files are
 * mapped, and every load or store below is one instruction of a known width,
 * because each one leaves the guest and is what the device sees.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/mcopy.h>

#include "device.h"

#define PCI_DEVICES "/sys/bus/pci/devices"

char device_error[400];

static uint8_t *regs, *memory;
static uint64_t memory_size;

static int failed(const char *what, const char *name)
{
	snprintf(device_error, sizeof(device_error), "%s %s: %s", what, name,
		 strerror(errno));
	return -1;
}

static unsigned long attribute(const char *function, const char *name)
{
	char path[320], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", function, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return strtoul(text, NULL, 0);
}

static int is_ours(const struct dirent *entry)
{
	return attribute(entry->d_name, "vendor") == MCOPY_PCI_VENDOR_ID &&
	       attribute(entry->d_name, "device") == MCOPY_PCI_DEVICE_ID;
}

static int find_function(unsigned int index, char *name, size_t size)
{
	struct dirent **entries;
	int count = scandir(PCI_DEVICES, &entries, is_ours, alphasort);

	if (count < 0)
		return failed("open", PCI_DEVICES);
	if (index < (unsigned int)count)
		snprintf(name, size, "%s", entries[index]->d_name);
	else
		snprintf(device_error, sizeof(device_error),
			 "%d functions %04x:%04x on the PCI bus", count,
			 MCOPY_PCI_VENDOR_ID, MCOPY_PCI_DEVICE_ID);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return index < (unsigned int)count ? 0 : -1;
}

static int enable_function(const char *function)
{
	char path[320];
	int fd, written;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/enable", function);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return failed("open", path);
	written = write(fd, "1", 1);
	close(fd);
	/* One that has a driver is the driver's to enable. */
	if (written == 1 || errno == EBUSY)
		return 0;
	return failed("write", path);
}

static uint8_t *map_bar(const char *function, int bar, uint64_t *size)
{
	char path[320];
	struct stat st;
	void *map;
	int fd;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/resource%d", function,
		 bar);
	fd = open(path, O_RDWR | O_SYNC);
	if (fd < 0 || fstat(fd, &st)) {
		failed("open", path);
		return NULL;
	}
	map = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED) {
		failed("map", path);
		return NULL;
	}
	*size = st.st_size;
	return map;
}

int device_open(unsigned int index)
{
	char function[256];
	uint64_t size;

	if (find_function(index, function, sizeof(function)) ||
	    enable_function(function))
		return -1;
	regs = map_bar(function, MCOPY_BAR_REGS, &size);
	if (!regs)
		return -1;
	memory = map_bar(function, MCOPY_BAR_MEMORY, &memory_size);
	return memory ? 0 : -1;
}

uint8_t *device_memory(void)
{
	return memory;
}

uint64_t device_memory_size(void)
{
	return memory_size;
}

static inline uint32_t load32(const uint8_t *at)
{
	uint32_t value;

	asm volatile("movl %1, %0" : "=r" (value)
		     : "m" (*(const volatile uint32_t *)at) : "memory");
	return value;
}

static inline void store32(uint8_t *at, uint32_t value)
{
	asm volatile("movl %1, %0" : "=m" (*(volatile uint32_t *)at)
		     : "r" (value) : "memory");
}

static inline uint64_t load64(const uint8_t *at)
{
	uint64_t value;

	asm volatile("movq %1, %0" : "=r" (value)
		     : "m" (*(const volatile uint64_t *)at) : "memory");
	return value;
}

static inline void store64(uint8_t *at, uint64_t value)
{
	asm volatile("movq %1, %0" : "=m" (*(volatile uint64_t *)at)
		     : "r" (value) : "memory");
}

uint32_t device_read32(unsigned int reg)
{
	return load32(regs + reg);
}

void device_write32(unsigned int reg, uint32_t value)
{
	store32(regs + reg, value);
}

uint64_t device_read64(unsigned int reg)
{
	return load64(regs + reg);
}

void device_write64(unsigned int reg, uint64_t value)
{
	store64(regs + reg, value);
}

uint64_t device_mem_read64(uint64_t offset)
{
	return load64(memory + offset);
}

void device_mem_write64(uint64_t offset, uint64_t value)
{
	store64(memory + offset, value);
}
