// SPDX-License-Identifier: GPL-2.0
/* mcopy_guest: the PCI function, from being bound to being let go. */
#include <linux/dma-mapping.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "guest.h"

#define ENTRIES_DEFAULT	256
/* Two of them are never used, see mcg_ring_room(). */
#define ENTRIES_MIN	4

static uint entries = ENTRIES_DEFAULT;
module_param(entries, uint, 0444);
MODULE_PARM_DESC(entries,
		 "entries of each ring, a power of two from 4 to 4096, or as many as the device can have (default 256)");

/* What a device that this driver knows has. */
struct identity {
	u32 features;
	u32 queues;
	u32 ring_max;
};

static int identify(const struct mcg *mcg, struct identity *identity)
{
	u32 version = readl(mcg->regs + MCOPY_REG_VERSION);

	if (readl(mcg->regs + MCOPY_REG_ID) != MCOPY_ID ||
	    version >> 16 != MCOPY_VERSION_MAJOR)
		return -ENODEV;
	*identity = (struct identity) {
		.features = readl(mcg->regs + MCOPY_REG_FEATURES),
		.queues = 1,
		.ring_max = MCOPY_ENTRIES_MAX,
	};
	if (identity->features & MCOPY_FEATURE_QUEUES) {
		identity->queues = readl(mcg->regs + MCOPY_REG_QUEUES);
		identity->ring_max = readl(mcg->regs + MCOPY_REG_RING_MAX);
	}
	if (!(identity->features & MCOPY_FEATURE_DMA) || !identity->queues ||
	    identity->queues > MCOPY_QUEUES_MAX ||
	    identity->ring_max < ENTRIES_MIN)
		return -ENODEV;
	return 0;
}

/* Is it still the device that it was? */
static bool is_back(const struct mcg *mcg)
{
	struct identity identity;

	return !identify(mcg, &identity) && identity.queues == mcg->queues &&
	       identity.ring_max >= mcg->entries;
}

/* dmaengine and the last client have let go. */
static void release(struct dma_device *dma)
{
	struct mcg *mcg = container_of(dma, struct mcg, dma);

	pci_dev_put(mcg->pdev);
	kfree(mcg);
}

static struct mcg *create(struct pci_dev *pdev)
{
	struct mcg *mcg = kzalloc(sizeof(*mcg), GFP_KERNEL);

	if (!mcg)
		return NULL;
	mcg->pdev = pci_dev_get(pdev);
	mcg->regs = pcim_iomap_table(pdev)[MCOPY_BAR_REGS];
	mutex_init(&mcg->setup);
	mcg->dma.dev = &pdev->dev;
	mcg->dma.device_release = release;
	mcg_dma_init(&mcg->dma);
	return mcg;
}

/*
 * Queues that someone else, a kernel before us perhaps, has left behind are
 * reset before the device may do DMA.
 */
static void start(struct mcg *mcg)
{
	unsigned int i;

	for (i = 0; i < mcg->queues; i++) {
		mcg_chan_init(mcg, i);
		mcg_ring_reset(&mcg->chans[i].ring);
	}
	pci_set_master(mcg->pdev);
}

/* It does no DMA and does not interrupt any more. */
static void stop(struct mcg *mcg)
{
	unsigned int i;

	mcg_irq_off(mcg);
	for (i = 0; i < mcg->queues; i++)
		mcg_chan_abandon(&mcg->chans[i]);
	mcg_irq_free(mcg);
	for (i = 0; i < mcg->queues; i++)
		mcg_chan_cleanup(&mcg->chans[i]);
	pci_clear_master(mcg->pdev);
}

/* What is undone by itself. */
static int prepare(struct pci_dev *pdev)
{
	int ret;

	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	/* Device memory, BAR2, is left to programs that map it. */
	ret = pcim_iomap_regions(pdev, BIT(MCOPY_BAR_REGS), MCG_NAME);
	if (ret)
		return ret;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;
	dma_set_max_seg_size(&pdev->dev, MCOPY_LENGTH_MAX);
	return 0;
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct identity identity;
	struct mcg *mcg;
	int ret;

	ret = prepare(pdev);
	if (ret)
		return ret;
	mcg = create(pdev);
	if (!mcg)
		return -ENOMEM;
	ret = identify(mcg, &identity);
	if (ret) {
		dev_err(&pdev->dev, "not a device this driver knows\n");
		goto err_release;
	}
	mcg->queues = identity.queues;
	mcg->entries = min_t(u32, entries,
			     rounddown_pow_of_two(identity.ring_max));
	if (!(identity.features & MCOPY_FEATURE_FILL))
		dma_cap_clear(DMA_MEMSET, mcg->dma.cap_mask);
	start(mcg);
	ret = mcg_irq_setup(mcg);
	if (ret) {
		dev_err(&pdev->dev, "no interrupts\n");
		goto err_master;
	}
	mcg_irq_on(mcg);
	pci_set_drvdata(pdev, mcg);
	ret = dma_async_device_register(&mcg->dma);
	if (ret) {
		stop(mcg);
		goto err_release;
	}
	return 0;

err_master:
	pci_clear_master(pdev);
err_release:
	release(&mcg->dma);
	return ret;
}

static void remove(struct pci_dev *pdev)
{
	struct mcg *mcg = pci_get_drvdata(pdev);

	stop(mcg);
	/* If no channel has a client, this was the last reference. */
	dma_async_device_unregister(&mcg->dma);
}

/* Nothing may be written into the memory of the kernel that comes next. */
static void shutdown(struct pci_dev *pdev)
{
	struct mcg *mcg = pci_get_drvdata(pdev);
	unsigned int i;

	mcg_irq_off(mcg);
	for (i = 0; i < mcg->queues; i++)
		mcg_chan_hold(&mcg->chans[i]);
	pci_clear_master(pdev);
}

static void reset_prepare(struct pci_dev *pdev)
{
	struct mcg *mcg = pci_get_drvdata(pdev);
	unsigned int i;

	mcg_irq_off(mcg);
	for (i = 0; i < mcg->queues; i++)
		mcg_chan_hold(&mcg->chans[i]);
}

/* The core has restored configuration space; registers are all 0. */
static void reset_done(struct pci_dev *pdev)
{
	struct mcg *mcg = pci_get_drvdata(pdev);
	const bool back = is_back(mcg);
	unsigned int i;

	if (back)
		mcg_irq_on(mcg);
	else
		dev_err(&pdev->dev, "lost in a reset\n");
	for (i = 0; i < mcg->queues; i++) {
		if (back)
			mcg_chan_release(&mcg->chans[i]);
		else
			mcg_chan_abandon(&mcg->chans[i]);
	}
}

static const struct pci_error_handlers error_handlers = {
	.reset_prepare = reset_prepare,
	.reset_done = reset_done,
};

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(MCOPY_PCI_VENDOR_ID, MCOPY_PCI_DEVICE_ID) },
	{}
};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver driver = {
	.name = MCG_NAME,
	.id_table = ids,
	.probe = probe,
	.remove = remove,
	.shutdown = shutdown,
	.err_handler = &error_handlers,
};

static int __init mcopy_guest_init(void)
{
	if (mcg_irq_check() || !is_power_of_2(entries) ||
	    entries < ENTRIES_MIN || entries > MCOPY_ENTRIES_MAX)
		return -EINVAL;
	return pci_register_driver(&driver);
}

static void __exit mcopy_guest_exit(void)
{
	pci_unregister_driver(&driver);
}

module_init(mcopy_guest_init);
module_exit(mcopy_guest_exit);

MODULE_DESCRIPTION("dmaengine driver of the mcopy device");
MODULE_AUTHOR("The vmig authors");
MODULE_VERSION(VMIG_VERSION);
MODULE_LICENSE("GPL");
