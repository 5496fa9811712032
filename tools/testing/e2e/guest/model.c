// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include <linux/mcopy.h>

#include "crc32c.h"
#include "device.h"
#include "direct.h"
#include "model.h"

#define PAGE_WORDS	(DEVICE_PAGE / 8)
#define BATCH_PAGES	(MCOPY_COMMAND_MAX / DEVICE_PAGE)

static uint64_t mix(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

static uint64_t name_of(uint32_t page, uint32_t seq)
{
	return (uint64_t)page << 32 | seq;
}

static uint64_t fill_seed(const struct model *model, uint32_t page,
			  uint32_t seq)
{
	return mix(model->seed ^ name_of(page, seq));
}

/* Which word of the page carries its name; wanders with every write. */
static uint32_t name_index(const struct model *model, uint32_t page,
			   uint32_t seq)
{
	return seq ? mix(fill_seed(model, page, seq)) % PAGE_WORDS : 0;
}

static uint64_t name_offset(const struct model *model, uint32_t page,
			    uint32_t seq)
{
	return (uint64_t)page * DEVICE_PAGE + 8 * name_index(model, page, seq);
}

/* The pattern that MCOPY_COMMAND_FILL stores: its first word, and its step. */
static uint64_t first_word(const struct model *model, uint32_t page,
			   uint32_t seq)
{
	return (fill_seed(model, page, seq) + (uint64_t)page * DEVICE_PAGE) *
	       MCOPY_FILL_FACTOR;
}

static const uint64_t step = 8 * MCOPY_FILL_FACTOR;

static uint32_t page_crc(const struct model *model, uint32_t page, uint32_t seq)
{
	uint32_t index = name_index(model, page, seq);
	uint64_t word = first_word(model, page, seq);
	uint32_t crc = ~0u;

	if (!seq)
		return ~crc32c_words(crc, 0, 0, PAGE_WORDS);
	crc = crc32c_words(crc, word, step, index);
	crc = crc32c_word(crc, name_of(page, seq));
	word += (index + 1) * step;
	return ~crc32c_words(crc, word, step, PAGE_WORDS - index - 1);
}

int model_init(struct model *model, uint32_t pages, uint64_t seed)
{
	uint32_t zero;

	model->seed = seed;
	model->pages = pages;
	model->seq = calloc(pages, sizeof(*model->seq));
	model->crc = calloc(pages, sizeof(*model->crc));
	if (!model->seq || !model->crc)
		return -1;
	zero = page_crc(model, 0, 0);
	for (uint32_t page = 0; page < pages; page++)
		model->crc[page] = zero;
	return 0;
}

static uint8_t *page_at(uint32_t page)
{
	return device_memory() + (uint64_t)page * DEVICE_PAGE;
}

static uint32_t put_page(const struct model *model, uint32_t page, uint32_t seq)
{
	uint64_t seed = fill_seed(model, page, seq);
	uint32_t result = MCOPY_RESULT_OK;

	if (model->direct)
		direct_fill(page_at(page), first_word(model, page, seq), step,
			    mix(seed));
	else
		result = device_fill((uint64_t)page * DEVICE_PAGE, DEVICE_PAGE,
				     seed);
	if (result == MCOPY_RESULT_OK)
		device_mem_write64(name_offset(model, page, seq),
				   name_of(page, seq));
	return result;
}

uint32_t model_write(struct model *model, uint32_t page)
{
	uint32_t seq = ++model->seq[page];

	model->crc[page] = page_crc(model, page, seq);
	return put_page(model, page, seq);
}

/* Word by word, as the guest sees the page. */
static bool page_holds(const struct model *model, uint32_t page)
{
	uint32_t seq = model->seq[page];
	uint32_t index = name_index(model, page, seq);
	uint64_t word = first_word(model, page, seq);
	const uint8_t *at = page_at(page);

	if (!seq)
		return direct_holds(at, 0, 0, PAGE_WORDS);
	return direct_holds(at, word, step, index) &&
	       direct_holds(at + 8 * index, name_of(page, seq), 0, 1) &&
	       direct_holds(at + 8 * (index + 1), word + (index + 1) * step,
			    step, PAGE_WORDS - index - 1);
}

/* Checksum of a page: by the device, or of what the guest itself loads. */
static uint32_t sum_page(const struct model *model, uint32_t page,
			 uint32_t *crc)
{
	if (!model->direct)
		return device_crc((uint64_t)page * DEVICE_PAGE, DEVICE_PAGE,
				  crc);
	*crc = ~crc32c_bytes(~0u, page_at(page), DEVICE_PAGE);
	return MCOPY_RESULT_OK;
}

/*
 * The expected checksum is computed anew here, not taken from the array, so
 * that a guest whose own memory was damaged finds out as well.
 */
uint32_t model_check(const struct model *model, uint32_t page,
		     struct tally *tally)
{
	struct finding f = { .page = page, .seq = model->seq[page] };
	uint32_t result;

	f.word = device_mem_read64(name_offset(model, page, f.seq));
	f.crc_expected = page_crc(model, page, f.seq);
	result = sum_page(model, page, &f.crc_found);
	if (result != MCOPY_RESULT_OK)
		return result;
	tally->bytes += DEVICE_PAGE;
	if (f.crc_found == f.crc_expected &&
	    f.crc_expected == model->crc[page] &&
	    f.word == (f.seq ? name_of(page, f.seq) : 0))
		return result;
	tally->wrong += DEVICE_PAGE;
	tally->report(&f);
	return result;
}

/* A batch that disagrees though each page agrees is still wrong somewhere. */
static uint32_t narrow(const struct model *model, uint32_t first,
		       uint32_t count, struct tally *tally)
{
	struct tally pages = { .report = tally->report };
	uint32_t result = MCOPY_RESULT_OK;

	for (uint32_t i = 0; i < count && result == MCOPY_RESULT_OK; i++)
		result = model_check(model, first + i, &pages);
	tally->wrong += pages.wrong ? pages.wrong : DEVICE_PAGE;
	return result;
}

/* What the guest sees has to be what the device sees. */
static uint32_t verify_direct(const struct model *model, struct tally *tally)
{
	uint32_t result = MCOPY_RESULT_OK;

	for (uint32_t page = 0; page < model->pages; page++)
		if (!page_holds(model, page) && result == MCOPY_RESULT_OK)
			result = narrow(model, page, 1, tally);
	return result;
}

static uint32_t verify_by_device(const struct model *model,
				 struct tally *tally)
{
	for (uint32_t first = 0; first < model->pages; first += BATCH_PAGES) {
		uint32_t count = model->pages - first;
		uint32_t expected = 0, found, result;

		if (count > BATCH_PAGES)
			count = BATCH_PAGES;
		for (uint32_t i = 0; i < count; i++)
			expected = crc32c_join_page(expected,
						    model->crc[first + i]);
		result = device_crc((uint64_t)first * DEVICE_PAGE,
				    count * DEVICE_PAGE, &found);
		if (result == MCOPY_RESULT_OK && found != expected)
			result = narrow(model, first, count, tally);
		if (result != MCOPY_RESULT_OK)
			return result;
		tally->bytes += (uint64_t)count * DEVICE_PAGE;
	}
	return MCOPY_RESULT_OK;
}

uint32_t model_verify(const struct model *model, struct tally *tally)
{
	uint32_t result = MCOPY_RESULT_OK;

	if (model->commands)
		result = verify_by_device(model, tally);
	else
		tally->bytes += (uint64_t)model->pages * DEVICE_PAGE;
	/* A page that is wrong for both shall count once. */
	if (result == MCOPY_RESULT_OK && model->direct && !tally->wrong)
		result = verify_direct(model, tally);
	return result;
}

/* The page as it was one write ago: what a missed dirty page looks like. */
uint32_t model_make_stale(const struct model *model, uint32_t page)
{
	uint32_t seq = model->seq[page];

	return put_page(model, page, seq > 1 ? seq - 1 : seq + 1);
}

void model_flip_bit(const struct model *model, uint32_t page)
{
	uint64_t at = name_offset(model, page, model->seq[page]);

	device_mem_write64(at, device_mem_read64(at) ^ 1ULL << page % 64);
}
