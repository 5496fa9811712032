// SPDX-License-Identifier: GPL-2.0
/* Two protocols, one device: who drives it, and which of them are offered. */
#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "attributes.h"
#include "backport.h"

static const struct {
	enum vmig_protocol protocol;
	const char *name;
} names[] = {
	{ VMIG_PROTOCOL_V1, "v1" },
	{ VMIG_PROTOCOL_V2, "v2" },
};

static const char *protocol_name(enum vmig_protocol protocol)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].protocol == protocol)
			return names[i].name;
	return "-";
}

/*
 * May somebody use a protocol? Whoever leads the device out of RUNNING has it
 * until it is back there: the other one could not tell what it is in. In
 * RUNNING there is no session, and nobody to be disturbed.
 */
int vmig_protocol_claim(struct vmig_core *core, enum vmig_protocol protocol)
{
	lockdep_assert_held(&core->lock);
	if (core->state != VMIG_STATE_RUNNING && core->protocol != protocol)
		return vmig_refuse_access(core, VMIG_REASON_PROTOCOL_BUSY,
					  protocol_name(core->protocol));
	core->protocol = protocol;
	return 0;
}

static ssize_t protocols_show(struct device *dev,
			      struct device_attribute *attr, char *buf)
{
	const u8 protocols = READ_ONCE(vmig_core_of_device(dev)->protocols);
	int length = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (protocols & names[i].protocol)
			length += sysfs_emit_at(buf, length, "%s%s",
						length ? " " : "",
						names[i].name);
	return length + sysfs_emit_at(buf, length, "\n");
}

/* Returns the bits, or 0 for what is no list of protocols. */
static u8 parse_protocols(const char *text)
{
	u8 protocols = 0;
	size_t i;

	text = skip_spaces(text);
	while (*text) {
		for (i = 0; i < ARRAY_SIZE(names); i++)
			if (!strncmp(text, names[i].name,
				     strlen(names[i].name)))
				break;
		if (i == ARRAY_SIZE(names))
			return 0;
		protocols |= names[i].protocol;
		text += strlen(names[i].name);
		if (*text && !isspace(*text))
			return 0;
		text = skip_spaces(text);
	}
	return protocols;
}

static ssize_t protocols_store(struct device *dev,
			       struct device_attribute *attr, const char *buf,
			       size_t count)
{
	struct vmig_core *core = vmig_core_of_device(dev);
	const u8 protocols = parse_protocols(buf);
	int ret = 0;

	if (!protocols)
		return -EINVAL;
	if (!(protocols & VMIG_PROTOCOL_V2) &&
	    !backport_migration_can_be_hidden())
		return -EOPNOTSUPP;
	mutex_lock(&core->lock);
	if (core->open)
		ret = -EBUSY;
	else
		core->protocols = protocols;
	mutex_unlock(&core->lock);
	return ret ?: count;
}
DEVICE_ATTR_RW(protocols);
