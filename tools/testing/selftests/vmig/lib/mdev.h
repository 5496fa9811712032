/* SPDX-License-Identifier: GPL-2.0 */
/* Mediated devices in sysfs: parents, types, instances. */
#ifndef VMIG_TEST_MDEV_H
#define VMIG_TEST_MDEV_H

#include <stdbool.h>
#include <stddef.h>

#define MDEV_CLASS		"/sys/class/mdev_bus"
#define MDEV_DEVICES		"/sys/bus/mdev/devices"
#define MDEV_UUID_SIZE		37
#define MDEV_NAME_SIZE		64
#define MDEV_PARENTS_MAX	16

/**
 * struct mdev - an instance
 * @uuid:	its name; "" if there is none
 */
struct mdev {
	char uuid[MDEV_UUID_SIZE];
};

/* An array of names: of parents, or of a parent's types. */
struct mdev_names {
	unsigned int count;
	char name[MDEV_PARENTS_MAX][MDEV_NAME_SIZE];
};

/* Parents whose name starts with @prefix, sorted. Return: 0 or -errno. */
int mdev_parents(struct mdev_names *names, const char *prefix);

/* Types of a parent, sorted. Return: 0 or -errno. */
int mdev_types(struct mdev_names *names, const char *parent);

/* An attribute of a type. Return: 0 or -errno. */
int mdev_type_read(const char *parent, const char *type, const char *attribute,
		   char *value, size_t size);

/* Instances of the type that could be created now. Return: -errno if unknown. */
int mdev_available(const char *parent, const char *type);

/*
 * A random UUID that starts with a word of our own, which tells what a killed
 * test left behind from devices of others.
 */
void mdev_new_uuid(char uuid[MDEV_UUID_SIZE]);

/* Create an instance; @mdev has a UUID, or gets one. Return: 0 or -errno. */
int mdev_create(struct mdev *mdev, const char *parent, const char *type);

/* Does anybody have it open? */
bool mdev_is_in_use(const struct mdev *mdev);

/**
 * mdev_remove() - remove an instance
 * @mdev:	the instance; none is fine, and so is left on success
 *
 * Waits for its user to go, but not for ever as the kernel does: a user that
 * is this very process would never go.
 *
 * Return: 0 or -errno, -EBUSY if it is still in use.
 */
int mdev_remove(struct mdev *mdev);

bool mdev_exists(const struct mdev *mdev);

/* An attribute of an instance. These return 0 or -errno. */
int mdev_read(const struct mdev *mdev, const char *attribute, char *value,
	      size_t size);
int mdev_write(const struct mdev *mdev, const char *attribute,
	       const char *value);

/* Remove all instances that tests before this one left behind. */
void mdev_remove_leftovers(void);

#endif /* VMIG_TEST_MDEV_H */
