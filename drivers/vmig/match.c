// SPDX-License-Identifier: GPL-2.0
#include "match.h"

static bool same_bus(const struct vmig_self *a, const struct vmig_self *b)
{
	if (a->has_pci != b->has_pci)
		return false;
	return !a->has_pci || (a->pci_vendor == b->pci_vendor &&
			       a->pci_device == b->pci_device);
}

static bool same_capacity(const struct vmig_self *a, const struct vmig_self *b)
{
	if (a->has_capacity != b->has_capacity)
		return false;
	return !a->has_capacity || a->capacity == b->capacity;
}

enum vmig_reason vmig_match(const struct vmig_self *source,
			    const struct vmig_self *target,
			    const char **field)
{
	const struct {
		bool against;
		enum vmig_reason reason;
		const char *field;
	} checks[] = {
		{ strcmp(source->api, target->api),
		  VMIG_REASON_API_MISMATCH, "api" },
		{ strcmp(source->model, target->model),
		  VMIG_REASON_MODEL_MISMATCH, "model" },
		{ !same_bus(source, target),
		  VMIG_REASON_BUS_ID_MISMATCH, "pci" },
		{ strcmp(source->type, target->type),
		  VMIG_REASON_TYPE_NOT_ACCEPTED, "type" },
		{ source->major != target->major,
		  VMIG_REASON_VERSION_MAJOR, "ver" },
		{ source->minor > target->minor,
		  VMIG_REASON_VERSION_TOO_NEW, "ver" },
		{ !same_capacity(source, target),
		  VMIG_REASON_CAPACITY_MISMATCH, "capacity" },
		{ source->feature[0],
		  VMIG_REASON_FEATURE_UNSUPPORTED, "feat" },
		{ source->param[0],
		  VMIG_REASON_PARAM_UNKNOWN, "p" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		if (checks[i].against) {
			*field = checks[i].field;
			return checks[i].reason;
		}
	}
	*field = NULL;
	return VMIG_REASON_NONE;
}
