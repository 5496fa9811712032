// SPDX-License-Identifier: GPL-2.0
/*
 * Moving bytes. Guest memory is reached by vfio_dma_rw() alone, because that
 * marks what it writes in the IOMMU's bitmap of dirty pages; nobody else would
 * know of it. It takes the IOMMU's lock and then faults in what it needs, which
 * may be device memory that the guest, too, can see. So no lock of ours that a
 * fault handler takes may be held around it, and none is.
 */
#include <linux/crc32c.h>
#include <linux/mm.h>

#include "mcopy.h"

/* Returns whether all of it was accessed. What is written is logged. */
static bool access_piece(struct mcopy *mcopy, u64 address, void *buf,
			 u32 length, bool write)
{
	if (vfio_dma_rw(&mcopy->vmig.vdev, address, buf, length, write))
		return false;
	if (write)
		vmig_dma_written(&mcopy->vmig, address, length);
	return true;
}

/*
 * Access guest memory. Of a range that is not all there, what lies before the
 * first page that is missing is done, page by page: the IOMMU marks none of the
 * pages of an access that fails in the middle.
 *
 * Return: bytes done
 */
static u32 access_guest(struct mcopy *mcopy, u64 address, void *buf,
			u32 length, bool write)
{
	u32 done = 0;

	if (access_piece(mcopy, address, buf, length, write))
		return length;
	while (done < length) {
		u32 piece = min_t(u32, length - done,
				  PAGE_SIZE - offset_in_page(address + done));

		if (!access_piece(mcopy, address + done, buf + done, piece,
				  write))
			break;
		done += piece;
	}
	return done;
}

static bool is_crc(const struct mcopy_descriptor *descriptor)
{
	return le32_to_cpu(descriptor->operation) == MCOPY_OPERATION_CRC;
}

static void fail(struct mcopy_part *part, u32 error, u64 address)
{
	part->error = error;
	part->error_address = address;
}

/* Get bytes of the source into the buffer. Return: bytes done */
static u32 get_source(struct mcopy_queue *queue, struct mcopy_part *part)
{
	const struct mcopy_descriptor *descriptor = &part->job.descriptor;
	const u64 from = le64_to_cpu(descriptor->source) + part->job.done;
	u32 done;

	if (le32_to_cpu(descriptor->flags) & MCOPY_FLAG_SOURCE_DEVICE) {
		mcopy_memory_read(queue->mcopy->memory, from, queue->buffer,
				  part->length);
		return part->length;
	}
	done = access_guest(queue->mcopy, from, queue->buffer, part->length,
			    false);
	if (done < part->length)
		fail(part, MCOPY_ERROR_READ, from + done);
	return done;
}

/* Put @length bytes of the buffer to the target. Return: bytes done */
static u32 put_target(struct mcopy_queue *queue, struct mcopy_part *part,
		      u32 length)
{
	const struct mcopy_descriptor *descriptor = &part->job.descriptor;
	const u64 to = le64_to_cpu(descriptor->target) + part->job.done;
	u32 done;

	if (!length)
		return 0;
	if (le32_to_cpu(descriptor->flags) & MCOPY_FLAG_TARGET_DEVICE) {
		if (!mcopy_memory_write(queue->mcopy->memory, to,
					queue->buffer, length))
			return length;
		fail(part, MCOPY_ERROR_MEMORY, 0);
		return 0;
	}
	done = access_guest(queue->mcopy, to, queue->buffer, length, true);
	if (done < length)
		fail(part, MCOPY_ERROR_WRITE, to + done);
	return done;
}

/* The pattern from where the last part has left it. */
static u32 make_pattern(struct mcopy_queue *queue, struct mcopy_part *part)
{
	const u8 *pattern = (const u8 *)&part->job.descriptor.pattern;
	u8 *buffer = queue->buffer;
	u32 i;

	for (i = 0; i < part->length; i++)
		buffer[i] = pattern[(part->job.done + i) % sizeof(__le64)];
	return part->length;
}

/**
 * mcopy_transfer_move() - do the next part of a descriptor
 * @queue:	whose buffer is used
 * @part:	with the job as it stands; brought up to date
 *
 * Context: may sleep, for as long as user space makes it wait for its memory.
 */
void mcopy_transfer_move(struct mcopy_queue *queue, struct mcopy_part *part)
{
	struct mcopy_job *job = &part->job;
	u32 done;

	if (le32_to_cpu(job->descriptor.operation) == MCOPY_OPERATION_FILL)
		done = make_pattern(queue, part);
	else
		done = get_source(queue, part);
	if (is_crc(&job->descriptor))
		job->crc = crc32c(job->crc, queue->buffer, done);
	else
		done = put_target(queue, part, done);
	job->done += done;
	if (job->done == le64_to_cpu(job->descriptor.length))
		job->stage = MCOPY_STAGE_DONE;
}

/**
 * mcopy_transfer_fetch() - get a descriptor and look at it
 * @queue:	which one's
 * @part:	gets the job
 */
void mcopy_transfer_fetch(struct mcopy_queue *queue, struct mcopy_part *part)
{
	struct mcopy_job *job = &part->job;
	u32 done;

	done = access_guest(queue->mcopy, part->address, &job->descriptor,
			    sizeof(job->descriptor), false);
	if (done < sizeof(job->descriptor)) {
		fail(part, MCOPY_ERROR_READ, part->address + done);
		return;
	}
	part->error = mcopy_descriptor_error(queue->mcopy, &job->descriptor);
	job->stage = MCOPY_STAGE_WORKING;
	if (is_crc(&job->descriptor))
		job->crc = ~0U;
}

/**
 * mcopy_transfer_report() - store the completion record
 * @queue:	which one's
 * @part:	with the job that is done
 *
 * The status by an access of its own: whoever sees it sees the rest.
 */
void mcopy_transfer_report(struct mcopy_queue *queue, struct mcopy_part *part)
{
	const struct mcopy_descriptor *descriptor = &part->job.descriptor;
	const u32 last = offsetof(struct mcopy_completion, status);
	struct mcopy_completion record = {
		.tag = descriptor->tag,
		.crc = cpu_to_le32(is_crc(descriptor) ? ~part->job.crc : 0),
		.status = cpu_to_le32(MCOPY_COMPLETION_DONE),
	};
	u32 done;

	done = access_guest(queue->mcopy, part->address, &record, last, true);
	if (done == last)
		done += access_guest(queue->mcopy, part->address + last,
				     &record.status, sizeof(record.status),
				     true);
	if (done < sizeof(record))
		fail(part, MCOPY_ERROR_WRITE, part->address + done);
}
