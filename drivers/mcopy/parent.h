/* SPDX-License-Identifier: GPL-2.0 */
/* Parents: what mdevs are made on, each with a pool of capacity. */
#ifndef MCOPY_PARENT_H
#define MCOPY_PARENT_H

#include <linux/mdev.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/vmig.h>

#define MCOPY_TYPE_COUNT	4

/**
 * struct mcopy_parent - one parent, made when its device is bound
 * @mdev:	for the mdev core
 * @types:	its own: the core keeps a kobject in each
 * @type_list:	pointers to what the core has of them
 * @lock:	guards @used
 * @total:	units of capacity
 * @used:	units that mdevs have
 */
struct mcopy_parent {
	struct mdev_parent mdev;
	struct vmig_type types[MCOPY_TYPE_COUNT];
	struct mdev_type *type_list[MCOPY_TYPE_COUNT];
	spinlock_t lock;	/* used */
	u32 total;
	u32 used;
};

static inline struct vmig_type *mcopy_type_of(struct mdev_type *type)
{
	return container_of(type, struct vmig_type, mdev);
}

static inline struct mcopy_parent *mcopy_parent_of(const struct vmig_type *type)
{
	return container_of(type->mdev.parent, struct mcopy_parent, mdev);
}

struct mcopy_parent *mcopy_parent_create(struct device *dev, u32 newest);
void mcopy_parent_destroy(struct mcopy_parent *parent);
bool mcopy_parent_resize(struct mcopy_parent *parent, u32 from, u32 to);
u32 mcopy_parent_free_units(struct mcopy_parent *parent);

/* types.c */
void mcopy_types_init(struct mcopy_parent *parent, u32 newest);

/* virtual_parent.c */
int mcopy_virtual_parents_create(void);
void mcopy_virtual_parents_destroy(void);

/* pci_parent.c */
extern struct pci_driver mcopy_pci_driver;

#endif /* MCOPY_PARENT_H */
