// SPDX-License-Identifier: GPL-2.0
/* tally: a device that counts. Documentation/writing-a-driver.rst explains it. */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/pci_regs.h>
#include <linux/vmig.h>
#include <uapi/linux/tally.h>

#include "backport.h"

#define NAME		"tally"
#define REGION_SIZE	PCI_CFG_SPACE_SIZE

static_assert(REGION_SIZE == TALLY_BAR_SIZE);

struct tally {
	struct vmig_device vmig;	/* first */
	struct tally_state state, loaded;
};

static struct tally *tally_of(struct vmig_device *vmig)
{
	return container_of(vmig, struct tally, vmig);
}

static int tally_configure(struct vmig_device *vmig,
			   const struct vmig_config *config)
{
	tally_of(vmig)->state.counters = cpu_to_le32(config->params[0]);
	vmig->state_size = TALLY_STATE_SIZE(config->params[0]);
	return 0;
}

static void tally_save_state(struct vmig_device *vmig, void *state)
{
	memcpy(state, &tally_of(vmig)->state, vmig->state_size);
}

static const char *tally_load_state(struct vmig_device *vmig, const void *state,
				    u32 length)
{
	struct tally_state *loaded = &tally_of(vmig)->loaded;

	if (length < TALLY_STATE_SIZE(1) || length > vmig->state_size)
		return "size";
	memset(loaded, 0, sizeof(*loaded));
	memcpy(loaded, state, length);
	if (length != TALLY_STATE_SIZE((u64)le32_to_cpu(loaded->counters)))
		return "counters";
	if (le32_to_cpu(loaded->command) & ~TALLY_COMMAND_BITS)
		return "command";
	return NULL;
}

/* How many counters there are is not the state's: the others are 0. */
static void tally_commit_state(struct vmig_device *vmig)
{
	struct tally *tally = tally_of(vmig);

	tally->loaded.counters = tally->state.counters;
	tally->state = tally->loaded;
}

static void tally_clear(struct vmig_device *vmig)
{
	memset(&tally_of(vmig)->loaded, 0, sizeof(struct tally_state));
	tally_commit_state(vmig);
}

static u64 tally_region_size(struct vmig_device *vmig, u32 index)
{
	return index == VFIO_PCI_BAR0_REGION_INDEX ||
	       index == VFIO_PCI_CONFIG_REGION_INDEX ? REGION_SIZE : 0;
}

static void tally_region_read(struct vmig_device *vmig, u32 index, u64 pos,
			      void *buf, u32 length)
{
	const struct tally_state *state = &tally_of(vmig)->state;
	__le32 word[REGION_SIZE / sizeof(__le32)] = {};

	if (index == VFIO_PCI_BAR0_REGION_INDEX) {
		word[TALLY_REG_COUNTERS / sizeof(*word)] = state->counters;
		memcpy(&word[TALLY_REG_COUNT(0) / sizeof(*word)], state->count,
		       sizeof(state->count));
	} else {
		word[0] = cpu_to_le32(TALLY_PCI_DEVICE_ID << 16 |
				      TALLY_PCI_VENDOR_ID);
		word[PCI_COMMAND / sizeof(*word)] = state->command;
		word[PCI_CLASS_REVISION / sizeof(*word)] =
			cpu_to_le32(TALLY_CLASS_REVISION);
	}
	memcpy(buf, (u8 *)word + pos, length);
}

static int tally_region_write(struct vmig_device *vmig, u32 index, u64 pos,
			      const void *buf, u32 length)
{
	const u64 counter = (pos - TALLY_REG_COUNT(0)) / sizeof(__le64);
	struct tally_state *state = &tally_of(vmig)->state;
	const u8 *bytes = buf;
	__le64 value = 0;

	if (index == VFIO_PCI_CONFIG_REGION_INDEX) {
		/* None of these bits is in the other byte. */
		if (PCI_COMMAND - pos < length)
			state->command = cpu_to_le32(bytes[PCI_COMMAND - pos] &
						     TALLY_COMMAND_BITS);
	} else if (length >= sizeof(__le32) && pos == TALLY_REG_COUNT(counter) &&
		   counter < le32_to_cpu(state->counters)) {
		memcpy(&value, buf, length);
		le64_add_cpu(&state->count[counter], le64_to_cpu(value));
	}
	return 0;
}

static const struct vmig_vfio_ops region_ops = {
	.exclusive = true,
	.registers = BIT(VFIO_PCI_BAR0_REGION_INDEX),
	.region_size = tally_region_size,
	.region_read = tally_region_read,
	.region_write = tally_region_write,
};

static const struct vmig_ops tally_ops = {
	.vfio = &region_ops,
	.configure = tally_configure,
	.clear = tally_clear,
	.save_state = tally_save_state,
	.load_state = tally_load_state,
	.commit_state = tally_commit_state,
	.logs_dma = true,	/* it does none */
};

static const struct vmig_model_param counters = {
	.name = "counters",
	.min = 1,
	.max = TALLY_COUNTERS_MAX,
	.grows = true,
};

static const u32 defaults[] = { 4 };
static const struct vmig_profile profile = { .params = defaults };

static const struct vmig_model model = {
	.name = "vmig/tally",
	.api = VFIO_DEVICE_API_PCI_STRING,
	.version_major = 1,
	.on_pci = true,
	.pci_vendor = TALLY_PCI_VENDOR_ID,
	.pci_device = TALLY_PCI_DEVICE_ID,
	.profiles = &profile,
	.profile_count = 1,
	.params = &counters,
	.param_count = 1,
};

static struct vmig_type type = {
	.mdev = { .sysfs_name = "1", .pretty_name = "tally, 1 to 8 counters" },
	.model = &model,
	.units = 1,
	.aggregator_max = 1,
};

static int tally_init(struct vfio_device *vdev)
{
	return vmig_init(container_of(vdev, struct vmig_device, vdev),
			 &tally_ops, dev_name(vdev->dev), &type);
}

static const struct vfio_device_ops tally_vfio_ops = {
	.name = NAME,
	.init = tally_init,
	.release = vmig_vfio_release,
	.open_device = vmig_vfio_open,
	.close_device = vmig_vfio_close,
	.read = vmig_vfio_read,
	.write = vmig_vfio_write,
	.ioctl = vmig_vfio_ioctl,
	.mmap = vmig_vfio_mmap,
	.device_feature = vmig_device_feature,
	BACKPORT_VFIO_REGION_INFO_OPS(vmig_vfio_region_info)
	BACKPORT_VFIO_IOMMUFD_OPS
};

static int tally_probe(struct mdev_device *mdev)
{
	return vmig_mdev_probe(mdev, sizeof(struct tally), &tally_vfio_ops);
}

static struct mdev_driver tally_driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.max_instances = 64,
	.probe = tally_probe,
	.remove = vmig_mdev_remove,
	.driver = {
		.name = NAME,
		.owner = THIS_MODULE,
	},
};

static struct class tally_class = { .name = NAME };
static struct device *parent_dev;
static struct mdev_parent parent;
static struct mdev_type *types[] = { &type.mdev };

static int __init tally_module_init(void)
{
	int ret;

	ret = class_register(&tally_class);
	if (ret)
		return ret;
	parent_dev = device_create(&tally_class, NULL, 0, NULL, NAME);
	ret = PTR_ERR_OR_ZERO(parent_dev);
	if (ret)
		goto err_class;
	ret = mdev_register_driver(&tally_driver);
	if (ret)
		goto err_device;
	ret = vmig_parent_register(&parent, parent_dev, &tally_driver, types, 1);
	if (ret)
		goto err_driver;
	return 0;

err_driver:
	mdev_unregister_driver(&tally_driver);
err_device:
	device_unregister(parent_dev);
err_class:
	class_unregister(&tally_class);
	return ret;
}
module_init(tally_module_init);

static void __exit tally_module_exit(void)
{
	vmig_parent_unregister(&parent);
	mdev_unregister_driver(&tally_driver);
	device_unregister(parent_dev);
	class_unregister(&tally_class);
}
module_exit(tally_module_exit);

MODULE_DESCRIPTION("Sample mediated device that counts");
MODULE_AUTHOR("The vmig authors");
MODULE_VERSION(VMIG_VERSION);
MODULE_LICENSE("GPL");
