/* SPDX-License-Identifier: GPL-2.0 */
/* What descriptors do, done in software: bytes, checksums, pages written. */
#ifndef VMIG_TEST_MODEL_H
#define VMIG_TEST_MODEL_H

#include "engine.h"

/**
 * struct model - a guest's memory and a device's, as they must be
 * @guest:	the guest's
 * @size:	of it
 * @device:	the device's, BENCH_MEMORY bytes
 * @dirty:	a bit for each of the guest's pages that the device wrote
 */
struct model {
	uint8_t *guest;
	size_t size;
	uint8_t *device;
	uint64_t *dirty;
};

/* Take over what the guest has now; device memory is zero. */
int model_open(struct model *model, const struct guest *guest);
void model_close(struct model *model);

/**
 * model_roll() - a descriptor that is valid, and moves bytes that matter
 * @model:	says what there is
 * @state:	of the dice
 * @longest:	bytes it moves at most
 * @wanted:	the answer; source and target do not overlap
 */
void model_roll(const struct model *model, uint64_t *state, size_t longest,
		struct mcopy_descriptor *wanted);

/* Do the first @done bytes of a descriptor. Return: its CRC, or 0. */
uint32_t model_run(struct model *model, const struct mcopy_descriptor *wanted,
		   size_t done);
/* Store a completion record. */
void model_complete(struct model *model, const struct queue *queue,
		    unsigned int at, const struct mcopy_descriptor *wanted,
		    uint32_t crc);

/**
 * model_play() - roll descriptors, and have them done here and there
 * @model:	what it is to be
 * @queue:	of the device; idle
 * @state:	of the dice
 * @longest:	bytes that one moves at most
 *
 * One after the other on one queue, so that their order is known, and fewer
 * than its entries.
 *
 * Return: 0, -errno, or MCOPY_ERROR_* of the queue.
 */
int model_play(struct model *model, struct queue *queue, uint64_t *state,
	       size_t longest);

/* The device wrote there. */
void model_mark(struct model *model, size_t offset, size_t length);
void model_unmark_all(struct model *model);

/* The first byte of the guest's data that differs, or its end. */
size_t model_differs(const struct model *model, const struct guest *guest);
/* The same of device memory; BENCH_MEMORY is its end. */
size_t model_device_differs(const struct model *model,
			    const struct vfio *vfio);

#endif /* VMIG_TEST_MODEL_H */
