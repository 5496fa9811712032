// SPDX-License-Identifier: GPL-2.0
/* Writing and reading self lines. */
#include "selfline.h"
#include "text.h"
#include "token.h"

#define DECIMAL		10
#define HEXADECIMAL	16
/* In front of a parameter's name. */
#define PARAM_PREFIX	"p."

static void add_key(struct vmig_text *text, const char *key, const char *value)
{
	if (!value)
		return;
	vmig_text_add(text, key);
	vmig_text_add(text, value);
}

static void add_bus(struct vmig_text *text, const struct vmig_bus *bus)
{
	if (!bus->given)
		return;
	vmig_text_add(text, ";pci.vendor=");
	vmig_text_hex4(text, bus->vendor);
	vmig_text_add(text, ";pci.device=");
	vmig_text_hex4(text, bus->device);
}

static void add_version(struct vmig_text *text,
			const struct vmig_version *version)
{
	vmig_text_add(text, ";ver=");
	vmig_text_number(text, version->major);
	vmig_text_add(text, ".");
	vmig_text_number(text, version->minor);
	vmig_text_add(text, ".");
	vmig_text_number(text, version->fix);
}

static void add_param(struct vmig_text *text, const struct vmig_param *param)
{
	vmig_text_add(text, ";" PARAM_PREFIX);
	vmig_text_add(text, param->name);
	vmig_text_add(text, "=");
	switch (param->value.type) {
	case VMIG_VALUE_INT:
		vmig_text_number(text, param->value.number);
		break;
	case VMIG_VALUE_BOOL:
		vmig_text_add(text, param->value.flag ? "true" : "false");
		break;
	case VMIG_VALUE_TOKEN:
		vmig_text_add(text, param->value.token);
		break;
	}
}

int vmig_self_format(const struct vmig_self *self, char *line, size_t size)
{
	struct vmig_text text = { .at = line, .size = size };
	u32 i;

	vmig_text_add(&text, "abi=");
	vmig_text_number(&text, self->abi);
	add_key(&text, ";model=", self->model);
	add_key(&text, ";api=", self->api);
	add_bus(&text, &self->bus);
	add_key(&text, ";type=", self->type);
	add_version(&text, &self->version);
	add_key(&text, ";profile=", self->profile);
	if (self->has_capacity) {
		vmig_text_add(&text, ";capacity=");
		vmig_text_number(&text, self->capacity);
	}
	for (i = 0; i < self->feature_count; i++)
		add_key(&text, i ? "," : ";feat=", self->features[i]);
	for (i = 0; i < self->param_count; i++)
		add_param(&text, &self->params[i]);
	return vmig_text_end(&text, VMIG_SELF_MAX);
}

/*
 * A piece of the line, in the store's copy of it. The byte behind it is the
 * mark that ended it, or the zero byte behind the line, so it can be ended.
 */
struct span {
	char *at;
	size_t length;
};

/* What is read, and where to. */
struct parser {
	struct vmig_self *self;
	struct vmig_self_store *store;
};

/* Cut the text before the next @mark off @rest, and the mark itself. */
static struct span take(struct span *rest, char mark)
{
	char *end = memchr(rest->at, mark, rest->length);
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

static const char *string(struct span piece)
{
	piece.at[piece.length] = '\0';
	return piece.at;
}

static bool read_name(const char **to, struct span value)
{
	if (!vmig_is_name(value.at, value.length))
		return false;
	*to = string(value);
	return true;
}

static bool read_token(const char **to, struct span value)
{
	if (!vmig_is_token(value.at, value.length))
		return false;
	*to = string(value);
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

static bool read_u32(struct span value, u32 *result)
{
	u64 wide;

	if (!number(value, DECIMAL, 0xffffffff, &wide))
		return false;
	*result = wide;
	return true;
}

static bool read_model(struct parser *parser, struct span value)
{
	return read_name(&parser->self->model, value);
}

static bool read_api(struct parser *parser, struct span value)
{
	return read_name(&parser->self->api, value);
}

static bool read_type(struct parser *parser, struct span value)
{
	return read_name(&parser->self->type, value);
}

static bool read_profile(struct parser *parser, struct span value)
{
	return read_token(&parser->self->profile, value);
}

static bool read_version(struct parser *parser, struct span value)
{
	struct vmig_version *version = &parser->self->version;
	struct span rest = value;
	struct span major = take(&rest, '.');
	struct span minor = take(&rest, '.');

	return read_u16(major, DECIMAL, &version->major) &&
	       read_u16(minor, DECIMAL, &version->minor) &&
	       read_u16(rest, DECIMAL, &version->fix);
}

static bool read_capacity(struct parser *parser, struct span value)
{
	parser->self->has_capacity = true;
	return read_u32(value, &parser->self->capacity);
}

static bool read_pci_vendor(struct parser *parser, struct span value)
{
	parser->self->bus.given = true;
	return read_u16(value, HEXADECIMAL, &parser->self->bus.vendor);
}

static bool read_pci_device(struct parser *parser, struct span value)
{
	parser->self->bus.given = true;
	return read_u16(value, HEXADECIMAL, &parser->self->bus.device);
}

static bool read_features(struct parser *parser, struct span value)
{
	struct vmig_self *self = parser->self;
	const char **features = parser->store->features;
	const char *feature;
	bool more;

	if (!value.length)
		return true;
	self->features = features;
	do {
		struct span piece = take(&value, ',');

		/* A comma at the end has nothing behind it. */
		more = piece.at + piece.length != value.at;
		if (self->feature_count == VMIG_FEATURES_MAX ||
		    !read_token(&feature, piece) ||
		    vmig_has_token(features, self->feature_count, feature))
			return false;
		features[self->feature_count++] = feature;
	} while (more);
	return true;
}

static const struct key {
	const char *name;
	bool (*read)(struct parser *parser, struct span value);
	bool required;
} keys[] = {
	{ "model", read_model, true },
	{ "api", read_api, false },
	{ "pci.vendor", read_pci_vendor, false },
	{ "pci.device", read_pci_device, false },
	{ "type", read_type, false },
	{ "ver", read_version, true },
	{ "profile", read_profile, false },
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

static bool read_value(struct vmig_value *to, struct span value)
{
	if (equals(value, "true") || equals(value, "false")) {
		to->type = VMIG_VALUE_BOOL;
		to->flag = equals(value, "true");
		return true;
	}
	if (vmig_is_ambiguous(value.at, value.length)) {
		to->type = VMIG_VALUE_INT;
		return read_u32(value, &to->number);
	}
	to->type = VMIG_VALUE_TOKEN;
	return read_token(&to->token, value);
}

static bool has_param(const struct vmig_self *self, const char *name)
{
	u32 i;

	for (i = 0; i < self->param_count; i++)
		if (!strcmp(self->params[i].name, name))
			return true;
	return false;
}

static bool read_param(struct parser *parser, struct span name,
		       struct span value)
{
	const size_t skip = strlen(PARAM_PREFIX);
	struct vmig_self *self = parser->self;
	struct vmig_param *param;

	if (name.length < skip || memcmp(name.at, PARAM_PREFIX, skip))
		return true;
	name.at += skip;
	name.length -= skip;
	if (self->param_count == VMIG_PARAMS_MAX)
		return false;
	param = &parser->store->params[self->param_count];
	if (!read_token(&param->name, name) ||
	    has_param(self, param->name) || !read_value(&param->value, value))
		return false;
	self->params = parser->store->params;
	self->param_count++;
	return true;
}

static bool read_pair(struct parser *parser, struct span pair,
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
		return keys[i].read(parser, pair);
	}
	*field = "p";
	return read_param(parser, name, pair);
}

static bool seen_key(unsigned int seen, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, name))
			return seen & (1U << i);
	return false;
}

/* The key that is missing, or NULL. */
static const char *missing_key(unsigned int seen)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].required && !(seen & (1U << i)))
			return keys[i].name;
	/* Half a bus id would be completed with a 0 that nobody wrote. */
	if (seen_key(seen, "pci.vendor") != seen_key(seen, "pci.device"))
		return seen_key(seen, "pci.vendor") ? "pci.device" :
						      "pci.vendor";
	return NULL;
}

static enum vmig_reason parse_abi(struct vmig_self *self, struct span abi)
{
	struct span name = take(&abi, '=');

	if (!equals(name, "abi") || !read_u32(abi, &self->abi))
		return VMIG_REASON_MALFORMED;
	return self->abi == VMIG_ABI ? VMIG_REASON_NONE :
				       VMIG_REASON_GRAMMAR_UNSUPPORTED;
}

enum vmig_reason vmig_self_parse(struct vmig_self *self,
				 struct vmig_self_store *store,
				 const char *line, size_t length,
				 const char **field)
{
	struct parser parser = { self, store };
	struct span rest = { store->text, length };
	enum vmig_reason reason;
	unsigned int seen = 0;

	memset(self, 0, sizeof(*self));
	*field = "abi";
	if (length > VMIG_SELF_MAX || !printable(line, length))
		return VMIG_REASON_MALFORMED;
	memcpy(store->text, line, length);
	store->text[length] = '\0';
	reason = parse_abi(self, take(&rest, ';'));
	if (reason)
		return reason;
	while (rest.length)
		if (!read_pair(&parser, take(&rest, ';'), &seen, field))
			return VMIG_REASON_MALFORMED;
	*field = missing_key(seen);
	return *field ? VMIG_REASON_MALFORMED : VMIG_REASON_NONE;
}
