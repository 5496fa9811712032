// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "feature.h"

/* A number that no file has: who fails to answer is found out. */
#define NO_ANSWER	0x7ffffff0

int feature_call(const struct vfio *vfio, uint32_t flags, void *data,
		 size_t size)
{
	struct vfio_device_feature *feature;
	int ret = 0;

	feature = calloc(1, sizeof(*feature) + size);
	if (!feature)
		return -ENOMEM;
	feature->argsz = sizeof(*feature) + size;
	feature->flags = flags;
	if (size)
		memcpy(feature->data, data, size);
	if (ioctl(vfio->device, VFIO_DEVICE_FEATURE, feature) < 0)
		ret = -errno;
	else if (size)
		memcpy(data, feature->data, size);
	free(feature);
	return ret;
}

int feature_probe(const struct vfio *vfio, uint32_t flags)
{
	return feature_call(vfio, flags | VFIO_DEVICE_FEATURE_PROBE, NULL, 0);
}

int feature_migration(const struct vfio *vfio, uint64_t *flags)
{
	struct vfio_device_feature_migration migration = { .flags = 0 };
	int ret = feature_call(vfio, VFIO_DEVICE_FEATURE_GET |
				     VFIO_DEVICE_FEATURE_MIGRATION,
			       &migration, sizeof(migration));

	*flags = migration.flags;
	return ret;
}

int feature_state(const struct vfio *vfio)
{
	struct vfio_device_feature_mig_state state = { .data_fd = NO_ANSWER };
	int ret = feature_call(vfio, VFIO_DEVICE_FEATURE_GET |
				     VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			       &state, sizeof(state));

	if (!ret && state.data_fd != -1)
		return -EBADMSG;
	return ret ? ret : (int)state.device_state;
}

int feature_set_state(const struct vfio *vfio, uint32_t state, int *fd)
{
	struct vfio_device_feature_mig_state wanted = {
		.device_state = state,
		.data_fd = NO_ANSWER,
	};
	int ret = feature_call(vfio, VFIO_DEVICE_FEATURE_SET |
				     VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			       &wanted, sizeof(wanted));

	*fd = -1;
	if (ret)
		return ret;
	if (wanted.data_fd == NO_ANSWER)
		return -EBADMSG;
	*fd = wanted.data_fd;
	return 0;
}

int feature_data_size(const struct vfio *vfio, uint64_t *bytes)
{
	struct vfio_device_feature_mig_data_size size = { .stop_copy_length = 0 };
	int ret = feature_call(vfio, VFIO_DEVICE_FEATURE_GET |
				     VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,
			       &size, sizeof(size));

	*bytes = size.stop_copy_length;
	return ret;
}

int feature_precopy_info(int fd, uint64_t *initial, uint64_t *dirty)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) };

	if (ioctl(fd, VFIO_MIG_GET_PRECOPY_INFO, &info))
		return -errno;
	*initial = info.initial_bytes;
	*dirty = info.dirty_bytes;
	/* Nobody has opted in to a flag. */
	return info.flags ? -EBADMSG : 0;
}

bool feature_logs_dma(const struct vfio *vfio)
{
	return !feature_probe(vfio, VFIO_DEVICE_FEATURE_SET |
				    VFIO_DEVICE_FEATURE_DMA_LOGGING_START);
}

int feature_log_start(const struct vfio *vfio, uint64_t *page_size,
		      const struct vfio_device_feature_dma_logging_range *ranges,
		      uint32_t count)
{
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = *page_size,
		.num_ranges = count,
		.ranges = (uintptr_t)ranges,
	};
	int ret = feature_call(vfio, VFIO_DEVICE_FEATURE_SET |
				     VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
			       &control, sizeof(control));

	*page_size = control.page_size;
	return ret;
}

int feature_log_stop(const struct vfio *vfio)
{
	return feature_call(vfio, VFIO_DEVICE_FEATURE_SET |
				  VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,
			    NULL, 0);
}

int feature_log_report(const struct vfio *vfio, uint64_t iova, uint64_t length,
		       uint64_t page_size, uint64_t *bitmap)
{
	struct vfio_device_feature_dma_logging_report report = {
		.iova = iova,
		.length = length,
		.page_size = page_size,
		.bitmap = (uintptr_t)bitmap,
	};

	return feature_call(vfio, VFIO_DEVICE_FEATURE_GET |
				  VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
			    &report, sizeof(report));
}
