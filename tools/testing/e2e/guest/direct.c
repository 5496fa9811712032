// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>

#include "device.h"
#include "direct.h"

#define PAGE_WORDS	(DEVICE_PAGE / 8)

static void by_bytes(uint8_t *page, const uint64_t *words)
{
	const uint8_t *from = (const uint8_t *)words;
	volatile uint8_t *to = page;

	for (unsigned int i = 0; i < DEVICE_PAGE; i++)
		to[i] = from[i];
}

static void by_halves(uint8_t *page, const uint64_t *words)
{
	const uint32_t *from = (const uint32_t *)words;
	volatile uint32_t *to = (volatile uint32_t *)page;

	for (unsigned int i = 0; i < DEVICE_PAGE / sizeof(*to); i++)
		to[i] = from[i];
}

static void by_words(uint8_t *page, const uint64_t *words)
{
	volatile uint64_t *to = (volatile uint64_t *)page;

	for (unsigned int i = 0; i < PAGE_WORDS; i++)
		to[i] = words[i];
}

static void by_string(uint8_t *page, const uint64_t *words)
{
	unsigned long count = DEVICE_PAGE;

	asm volatile("rep movsb" : "+D" (page), "+S" (words), "+c" (count)
		     : : "memory");
}

static void by_sse(uint8_t *page, const uint64_t *words)
{
	for (unsigned int i = 0; i < PAGE_WORDS; i += 2)
		asm volatile("movups %1, %%xmm0; movups %%xmm0, %0"
			     : "=m" (*(char (*)[16])(page + 8 * i))
			     : "m" (*(const char (*)[16])(words + i))
			     : "xmm0");
}

/* A hypervisor that emulates the store would have to know the old FPU. */
static void by_x87(uint8_t *page, const uint64_t *words)
{
	for (unsigned int i = 0; i < PAGE_WORDS; i++)
		asm volatile("fildll %1; fistpll %0"
			     : "=m" (*(uint64_t *)(page + 8 * i))
			     : "m" (words[i]));
}

static void (* const stores[])(uint8_t *page, const uint64_t *words) = {
	by_words, by_sse, by_x87, by_string, by_halves, by_bytes,
};

void direct_fill(uint8_t *page, uint64_t first, uint64_t step,
		 unsigned int kind)
{
	uint64_t words[PAGE_WORDS];

	for (unsigned int i = 0; i < PAGE_WORDS; i++)
		words[i] = first + i * step;
	stores[kind % (sizeof(stores) / sizeof(stores[0]))](page, words);
}

bool direct_holds(const uint8_t *at, uint64_t first, uint64_t step,
		  unsigned int count)
{
	const volatile uint64_t *words = (const volatile uint64_t *)at;

	for (unsigned int i = 0; i < count; i++)
		if (words[i] != first + i * step)
			return false;
	return true;
}
