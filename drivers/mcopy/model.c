// SPDX-License-Identifier: GPL-2.0
/* The generations of the device: what there was, and what an instance can be. */
#include <linux/string.h>

#include "mcopy.h"

enum param {
	NUM_QUEUES,
	RING_MAX,
	PARAMS
};

/* What the oldest generation had, without a word for it. */
static const struct vmig_model_param params[PARAMS] = {
	[NUM_QUEUES] = {
		.name = "num_queues",
		.min = 1,
		.max = MCOPY_QUEUES_MAX,
		.off = 1,
	},
	[RING_MAX] = {
		.name = "ring_max",
		.min = MCOPY_ENTRIES_MIN,
		.max = MCOPY_ENTRIES_MAX,
		.off = MCOPY_ENTRIES_MAX,
	},
};

static const struct vmig_model_rule rules[] = {
	{ NUM_QUEUES, MCOPY_QUEUES_MANY, RING_MAX, MCOPY_ENTRIES_MAX_MANY },
};

static const u32 defaults[PARAMS] = {
	[NUM_QUEUES] = MCOPY_QUEUES_MAX,
	[RING_MAX] = MCOPY_ENTRIES_MAX_MANY,
};

static const char * const p1_features[] = { "dma" };
static const char * const p2_features[] = { "crc", "dma", "fill" };
static const char * const p3_features[] = { "crc", "dma", "fill", "queues" };

static const struct vmig_profile profiles[] = {
	{
		.name = "p1",
		.minor = MCOPY_VERSION_MINOR_P1,
		.fix = MCOPY_VERSION_FIX,
		.features = p1_features,
		.feature_count = ARRAY_SIZE(p1_features),
	},
	{
		.name = "p2",
		.minor = MCOPY_VERSION_MINOR_P2,
		.fix = MCOPY_VERSION_FIX,
		.features = p2_features,
		.feature_count = ARRAY_SIZE(p2_features),
	},
	{
		.name = "p3",
		.minor = MCOPY_VERSION_MINOR_P3,
		.fix = MCOPY_VERSION_FIX,
		.features = p3_features,
		.feature_count = ARRAY_SIZE(p3_features),
		.params = defaults,
	},
};

const struct vmig_model mcopy_model = {
	.name = "vmig/mcopy",
	.api = VFIO_DEVICE_API_PCI_STRING,
	.version_major = MCOPY_VERSION_MAJOR,
	.on_pci = true,
	.pci_vendor = MCOPY_PCI_VENDOR_ID,
	.pci_device = MCOPY_PCI_DEVICE_ID,
	.profiles = profiles,
	.profile_count = ARRAY_SIZE(profiles),
	.params = params,
	.param_count = ARRAY_SIZE(params),
	.rules = rules,
	.rule_count = ARRAY_SIZE(rules),
};

/* The same in the guest's words. */
static const u32 features[] = {
	MCOPY_FEATURE_DMA,
	MCOPY_FEATURE_DMA | MCOPY_FEATURES_COMMAND,
	MCOPY_FEATURE_DMA | MCOPY_FEATURES_COMMAND | MCOPY_FEATURE_QUEUES,
};

static_assert(ARRAY_SIZE(features) == ARRAY_SIZE(profiles));

/* Return: the index of a profile, or -EINVAL. */
int mcopy_profile_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(profiles); i++)
		if (!strcmp(profiles[i].name, name))
			return i;
	return -EINVAL;
}

/* MCOPY_REG_VERSION */
u32 mcopy_version(const struct mcopy *mcopy)
{
	return MCOPY_VERSION_MAJOR << 16 | profiles[mcopy->profile].minor << 8 |
	       profiles[mcopy->profile].fix;
}

/* Become what was chosen, if the pool has so much. */
int mcopy_configure(struct vmig_device *vmig, const struct vmig_config *config)
{
	struct mcopy *mcopy = mcopy_from_vmig(vmig);
	const u32 units = vmig->type->units * config->aggregator;
	const u32 queues = config->params[NUM_QUEUES];

	if (!mcopy_parent_resize(mcopy_parent_of(vmig->type), mcopy->units,
				 units))
		return -ENOSPC;
	mutex_lock(&mcopy->lock);
	mcopy->units = units;
	mcopy->profile = config->profile;
	mcopy->features = features[config->profile];
	mcopy->engine.count = queues;
	mcopy->engine.ring_max = config->params[RING_MAX];
	mutex_unlock(&mcopy->lock);
	vmig->memory_size = mcopy_memory_size(mcopy);
	vmig->state_size = MCOPY_STATE_SIZE(queues);
	return 0;
}

void mcopy_retire(struct vmig_device *vmig)
{
	mcopy_parent_resize(mcopy_parent_of(vmig->type),
			    mcopy_from_vmig(vmig)->units, 0);
}
