// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts. A cause is cleared first and completions are looked at after
 * that: whatever the device does in between sets it again. The access that
 * clears is over when the instruction is, because it traps; nothing needs to
 * be read back.
 *
 * An interrupt without a cause, or without completions, does no harm: a device
 * that was migrated signals once more what it may have signalled before. There
 * is nothing that makes up for one that gets lost, and there should not be.
 */
#include <linux/module.h>
#include <linux/string.h>

#include "backport-pci.h"
#include "guest.h"

static char *irq = "auto";
module_param(irq, charp, 0444);
MODULE_PARM_DESC(irq,
		 "interrupts: msix, msi, intx, or auto, the first of these that works (default auto)");

static const char * const kinds[] = { "msix", "msi", "intx" };

static const unsigned int kind_flags[] = {
	PCI_IRQ_MSIX, PCI_IRQ_MSI, BACKPORT_PCI_IRQ_INTX,
};

/* Is the module parameter one of those? */
int mcg_irq_check(void)
{
	if (!strcmp(irq, "auto"))
		return 0;
	return match_string(kinds, ARRAY_SIZE(kinds), irq) < 0 ? -EINVAL : 0;
}

/* A vector that stands for its queue alone. */
static irqreturn_t own_interrupt(int number, void *data)
{
	struct mcg_chan *chan = data;

	writel(BIT(chan->index), chan->mcg->regs + MCOPY_REG_IRQ_STATUS);
	tasklet_schedule(&chan->tasklet);
	return IRQ_HANDLED;
}

/* One for all queues, perhaps for other devices too: the device must tell. */
static irqreturn_t shared_interrupt(int number, void *data)
{
	struct mcg *mcg = data;
	unsigned int i;
	u32 causes;

	if (READ_ONCE(mcg->quiet))
		return IRQ_NONE;
	causes = readl(mcg->regs + MCOPY_REG_IRQ_STATUS) &
		 GENMASK(mcg->queues - 1, 0);
	if (!causes)
		return IRQ_NONE;
	writel(causes, mcg->regs + MCOPY_REG_IRQ_STATUS);
	for (i = 0; i < mcg->queues; i++)
		if (causes & BIT(i))
			tasklet_schedule(&mcg->chans[i].tasklet);
	return IRQ_HANDLED;
}

/*
 * MSI-X has a vector for each queue, or it isn't worth it. More than one MSI
 * message takes an interrupt remapper, which few guests have.
 */
static int alloc_vectors(struct mcg *mcg, unsigned int kind)
{
	const unsigned int count = kind_flags[kind] == PCI_IRQ_MSIX ?
				   mcg->queues : 1;

	return pci_alloc_irq_vectors(mcg->pdev, count, count, kind_flags[kind]);
}

static void *vector_owner(struct mcg *mcg, unsigned int vector)
{
	return mcg->own_vectors ? (void *)&mcg->chans[vector] : (void *)mcg;
}

static void free_vectors(struct mcg *mcg)
{
	while (mcg->vectors) {
		mcg->vectors--;
		pci_free_irq(mcg->pdev, mcg->vectors,
			     vector_owner(mcg, mcg->vectors));
	}
	pci_free_irq_vectors(mcg->pdev);
}

static int request_vectors(struct mcg *mcg, unsigned int count)
{
	irq_handler_t handler = mcg->own_vectors ? own_interrupt :
						   shared_interrupt;
	int ret;

	for (; mcg->vectors < count; mcg->vectors++) {
		ret = pci_request_irq(mcg->pdev, mcg->vectors, handler, NULL,
				      vector_owner(mcg, mcg->vectors),
				      MCG_NAME "-%u:%s", mcg->vectors,
				      pci_name(mcg->pdev));
		if (ret) {
			free_vectors(mcg);
			return ret;
		}
	}
	return 0;
}

static int setup_kind(struct mcg *mcg, unsigned int kind)
{
	int count = alloc_vectors(mcg, kind);
	int ret;

	if (count < 0)
		return count;
	mcg->own_vectors = kind_flags[kind] == PCI_IRQ_MSIX;
	ret = request_vectors(mcg, count);
	if (!ret)
		dev_info(&mcg->pdev->dev, "%u queues of %u entries, %s\n",
			 mcg->queues, mcg->entries, kinds[kind]);
	return ret;
}

/**
 * mcg_irq_setup() - be ready for interrupts
 * @mcg:	has its channels; its device does not interrupt yet
 *
 * Return: 0 or the error of the last kind of interrupts that was tried.
 */
int mcg_irq_setup(struct mcg *mcg)
{
	int kind = match_string(kinds, ARRAY_SIZE(kinds), irq);
	int ret = -ENODEV;

	if (kind >= 0)
		return setup_kind(mcg, kind);
	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		ret = setup_kind(mcg, kind);
		if (!ret)
			break;
	}
	return ret;
}

/* The device does not interrupt any more. */
void mcg_irq_free(struct mcg *mcg)
{
	free_vectors(mcg);
}

/* Let the device interrupt; of what was before, nothing counts. */
void mcg_irq_on(struct mcg *mcg)
{
	WRITE_ONCE(mcg->quiet, false);
	writel(MCOPY_IRQ_MASK, mcg->regs + MCOPY_REG_IRQ_STATUS);
	writel(GENMASK(mcg->queues - 1, 0), mcg->regs + MCOPY_REG_IRQ_ENABLE);
}

/* When this returns, no handler asks the device for anything. */
void mcg_irq_off(struct mcg *mcg)
{
	unsigned int i;

	writel(0, mcg->regs + MCOPY_REG_IRQ_ENABLE);
	WRITE_ONCE(mcg->quiet, true);
	for (i = 0; i < mcg->vectors; i++)
		synchronize_irq(pci_irq_vector(mcg->pdev, i));
}
