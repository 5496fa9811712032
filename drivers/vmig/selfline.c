// SPDX-License-Identifier: GPL-2.0
/* Writing and reading self lines. */
#include "selfline.h"

#define DECIMAL		10
#define HEXADECIMAL	16

/* A piece of the line; never longer than what is left of it. */
struct span {
	const char *at;
	size_t length;
};

int vmig_self_format(const struct vmig_self *self, char *line, size_t size)
{
	char pci[sizeof(";pci.vendor=ffff;pci.device=ffff")] = "";
	char type[sizeof(";type=") + VMIG_SELF_NAME] = "";
	char capacity[sizeof(";capacity=4294967295")] = "";
	int length;

	if (self->has_pci)
		snprintf(pci, sizeof(pci), ";pci.vendor=%04x;pci.device=%04x",
			 self->pci_vendor, self->pci_device);
	if (self->type[0])
		snprintf(type, sizeof(type), ";type=%s", self->type);
	if (self->has_capacity)
		snprintf(capacity, sizeof(capacity), ";capacity=%u",
			 self->capacity);

	length = snprintf(line, size, "abi=%u;model=%s;api=%s%s%s;ver=%u.%u.%u%s",
			  VMIG_SELF_ABI, self->model, self->api, pci, type,
			  self->major, self->minor, self->fix, capacity);
	if (length < 0 || (size_t)length >= size)
		return -E2BIG;
	return length;
}

/* Cut the text before the next @mark off @rest, and the mark itself. */
static struct span take(struct span *rest, char mark)
{
	const char *end = memchr(rest->at, mark, rest->length);
	struct span piece = *rest;

	if (!end) {
		rest->at += rest->length;
		rest->length = 0;
		return piece;
	}
	piece.length = end - rest->at;
	rest->at = end + 1;
	rest->length -= piece.length + 1;
	return piece;
}

static bool equals(struct span piece, const char *text)
{
	return piece.length == strlen(text) &&
	       !memcmp(piece.at, text, piece.length);
}

static bool copy_text(char *to, size_t size, struct span value)
{
	if (!value.length || value.length >= size)
		return false;
	memcpy(to, value.at, value.length);
	to[value.length] = '\0';
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + DECIMAL;
	return HEXADECIMAL;
}

static bool number(struct span value, unsigned int base, u64 max, u64 *result)
{
	u64 sum = 0;
	size_t i;

	if (!value.length)
		return false;
	for (i = 0; i < value.length; i++) {
		unsigned int d = digit(value.at[i]);

		if (d >= base)
			return false;
		sum = sum * base + d;
		if (sum > max)
			return false;
	}
	*result = sum;
	return true;
}

static bool read_u16(struct span value, unsigned int base, u16 *result)
{
	u64 wide;

	if (!number(value, base, 0xffff, &wide))
		return false;
	*result = wide;
	return true;
}

static bool read_version(struct vmig_self *self, struct span value)
{
	struct span rest = value;
	struct span major = take(&rest, '.');
	struct span minor = take(&rest, '.');

	return read_u16(major, DECIMAL, &self->major) &&
	       read_u16(minor, DECIMAL, &self->minor) &&
	       read_u16(rest, DECIMAL, &self->fix);
}

static bool read_capacity(struct vmig_self *self, struct span value)
{
	u64 wide;

	if (!number(value, DECIMAL, 0xffffffff, &wide))
		return false;
	self->capacity = wide;
	self->has_capacity = true;
	return true;
}

static bool read_model(struct vmig_self *self, struct span value)
{
	return copy_text(self->model, sizeof(self->model), value);
}

static bool read_api(struct vmig_self *self, struct span value)
{
	return copy_text(self->api, sizeof(self->api), value);
}

static bool read_type(struct vmig_self *self, struct span value)
{
	return copy_text(self->type, sizeof(self->type), value);
}

static bool read_pci_vendor(struct vmig_self *self, struct span value)
{
	self->has_pci = true;
	return read_u16(value, HEXADECIMAL, &self->pci_vendor);
}

static bool read_pci_device(struct vmig_self *self, struct span value)
{
	self->has_pci = true;
	return read_u16(value, HEXADECIMAL, &self->pci_device);
}

static bool read_features(struct vmig_self *self, struct span value)
{
	if (!value.length)
		return true;
	return copy_text(self->feature, sizeof(self->feature),
			 take(&value, ','));
}

static const struct key {
	const char *name;
	bool (*read)(struct vmig_self *self, struct span value);
	bool required;
} keys[] = {
	{ "model", read_model, true },
	{ "api", read_api, true },
	{ "pci.vendor", read_pci_vendor, false },
	{ "pci.device", read_pci_device, false },
	{ "type", read_type, false },
	{ "ver", read_version, true },
	{ "capacity", read_capacity, false },
	{ "feat", read_features, false },
};

/* Every byte of a line is printable; so is what we show of it later. */
static bool printable(const char *line, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (line[i] < ' ' || line[i] > '~')
			return false;
	return true;
}

static bool read_param(struct vmig_self *self, struct span name)
{
	static const char prefix[] = "p.";
	const size_t skip = sizeof(prefix) - 1;

	if (name.length < skip || memcmp(name.at, prefix, skip))
		return true;
	name.at += skip;
	name.length -= skip;
	return self->param[0] ||
	       copy_text(self->param, sizeof(self->param), name);
}

static bool read_pair(struct vmig_self *self, struct span pair,
		      unsigned int *seen, const char **field)
{
	struct span name = take(&pair, '=');
	size_t i;

	*field = "abi";
	if (equals(name, *field))
		return false;
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!equals(name, keys[i].name))
			continue;
		*field = keys[i].name;
		if (*seen & (1U << i))
			return false;
		*seen |= 1U << i;
		return keys[i].read(self, pair);
	}
	*field = "p";
	return read_param(self, name);
}

enum vmig_reason vmig_self_parse(struct vmig_self *self, const char *line,
				 size_t length, const char **field)
{
	struct span rest = { line, length };
	struct span abi = take(&rest, ';');
	struct span abi_name = take(&abi, '=');
	unsigned int seen = 0;
	u64 version;
	size_t i;

	memset(self, 0, sizeof(*self));
	*field = "abi";
	if (!printable(line, length) || !equals(abi_name, "abi") ||
	    !number(abi, DECIMAL, 0xffffffff, &version))
		return VMIG_REASON_MALFORMED;
	if (version != VMIG_SELF_ABI)
		return VMIG_REASON_GRAMMAR_UNSUPPORTED;

	while (rest.length)
		if (!read_pair(self, take(&rest, ';'), &seen, field))
			return VMIG_REASON_MALFORMED;
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		*field = keys[i].name;
		if (keys[i].required && !(seen & (1U << i)))
			return VMIG_REASON_MALFORMED;
	}
	*field = NULL;
	return VMIG_REASON_NONE;
}
