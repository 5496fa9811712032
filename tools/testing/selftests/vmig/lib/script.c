// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "script.h"

/* An errno is kept where a value would be: no value of a script is as large. */
static bool answers(struct script_run *run, int ret, int expected)
{
	run->seen = ret;
	return ret == expected;
}

static bool read_register(struct script_run *run,
			  const struct script_step *step)
{
	uint64_t raw = 0;
	int ret = migration_get(&run->device->migration, step->offset, &raw,
				step->width);

	run->seen = ret ? (uint64_t)ret : le64toh(raw);
	return run->seen == step->value;
}

static bool write_register(struct script_run *run,
			   const struct script_step *step)
{
	const uint64_t raw = htole64(step->value);

	return answers(run, migration_set(&run->device->migration,
					  step->offset, &raw, step->width),
		       step->answer);
}

/* Both registers twice: what is staged stays until it is acknowledged. */
static bool fetch(struct script_run *run, const struct script_step *step)
{
	const struct migration *migration = &run->device->migration;
	uint64_t offset, again, size;
	int ret = migration_data_offset(migration, &offset);

	if (!ret)
		ret = migration_data_size(migration, &size);
	if (!ret)
		ret = migration_data_offset(migration, &again);
	if (!ret && (offset != migration->window_offset || again != offset))
		ret = -EBADSLT;
	if (ret)
		return answers(run, ret, step->answer);
	run->seen = size;
	return size == step->value &&
	       migration_segment(migration, run->stream) == (int)size;
}

static bool feed(struct script_run *run, const struct script_step *step)
{
	const struct migration *migration = &run->device->migration;
	const size_t left = run->stream->length - run->fed;
	const size_t size = step->value ? step->value : left;
	int ret;

	if (size > left)
		return answers(run, -ENOBUFS, 0);
	ret = migration_feed(migration, run->stream->data + run->fed, size,
			     migration->window_size);
	run->fed += size;
	return answers(run, ret, step->answer);
}

static int configure(const struct script_run *run,
		     const struct script_step *step)
{
	const uint64_t raw = htole64(step->value);

	return vfio_write(&run->device->vfio, VFIO_PCI_CONFIG_REGION_INDEX,
			  step->offset, &raw, step->width);
}

/* Steps of the client's own, which leave the region's registers alone. */
static int do_other(struct script_run *run, const struct script_step *step)
{
	switch (step->op) {
	case SCRIPT_SKIP:
		run->fed += step->value;
		return 0;
	case SCRIPT_FORGET:
		run->stream->length = 0;
		return 0;
	case SCRIPT_REWIND:
		run->fed = 0;
		return 0;
	case SCRIPT_CONFIG:
		return configure(run, step);
	case SCRIPT_RESET:
		return vfio_reset(&run->device->vfio);
	case SCRIPT_MAP:
		return run->trapped ? 0 :
				      migration_map(&run->device->migration);
	case SCRIPT_UNMAP:
		migration_unmap(&run->device->migration);
		return 0;
	case SCRIPT_GUEST:
		return mcopy_fill(&run->device->vfio,
				  step->offset * MCOPY_PAGE,
				  step->value * MCOPY_PAGE, step->width);
	default:
		return -EINVAL;
	}
}

static bool replay_step(struct script_run *run, const struct script_step *step)
{
	switch (step->op) {
	case SCRIPT_READ:
		return read_register(run, step);
	case SCRIPT_WRITE:
		return write_register(run, step);
	case SCRIPT_FETCH:
		return fetch(run, step);
	case SCRIPT_FEED:
		return feed(run, step);
	default:
		return answers(run, do_other(run, step), step->answer);
	}
}

bool script_replay(struct script_run *run, const struct script_step *steps)
{
	for (run->step = 0; steps[run->step].op != SCRIPT_END; run->step++)
		if (!replay_step(run, &steps[run->step]))
			return false;
	return true;
}
