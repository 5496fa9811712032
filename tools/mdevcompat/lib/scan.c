// SPDX-License-Identifier: GPL-2.0
/* What a JSON library does not tell of a text. */
#include <stdarg.h>

#include "scan.h"

/* A key and its value take four characters and more. */
#define KEYS_MAX	(VMIG_DOCUMENT_MAX / 4)

struct span {
	const char *at;
	size_t length;
};

/* An object or array that is open, and how far we are in it. */
struct frame {
	char bracket;
	unsigned int index;
	struct span key;
	size_t first_key;
};

struct scanner {
	const char *text;
	size_t length;
	size_t at;
	unsigned int depth;
	struct frame frames[VMIG_DOCUMENT_DEPTH];
	struct span keys[KEYS_MAX];
	size_t key_count;
	struct load_error *error;
};

static size_t write_path(const struct scanner *scanner, char *to, size_t size)
{
	size_t done = 0;
	unsigned int i;

	to[0] = '\0';
	for (i = 0; i < scanner->depth && done < size; i++) {
		const struct frame *frame = &scanner->frames[i];

		if (frame->bracket == '[')
			done += snprintf(to + done, size - done, "[%u]",
					 frame->index);
		else if (frame->key.at)
			done += snprintf(to + done, size - done, "%s%.*s",
					 done ? "." : "",
					 (int)frame->key.length, frame->key.at);
	}
	return done < size ? done : size - 1;
}

static bool __attribute__((format(printf, 2, 3)))
refuse(struct scanner *scanner, const char *format, ...)
{
	struct load_error *error = scanner->error;
	char path[LOAD_ERROR_SIZE / 2], what[LOAD_ERROR_SIZE / 4];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	error->reason = VMIG_REASON_MALFORMED;
	if (write_path(scanner, path, sizeof(path)))
		snprintf(error->text, sizeof(error->text), "%s: %s (byte %zu)",
			 path, what, scanner->at);
	else
		snprintf(error->text, sizeof(error->text), "%s (byte %zu)",
			 what, scanner->at);
	return false;
}

static struct frame *top(struct scanner *scanner)
{
	return scanner->depth ? &scanner->frames[scanner->depth - 1] : NULL;
}

static bool open_bracket(struct scanner *scanner)
{
	struct frame *frame;

	if (scanner->depth == VMIG_DOCUMENT_DEPTH)
		return refuse(scanner, "more than %u brackets deep",
			      VMIG_DOCUMENT_DEPTH);
	scanner->depth++;
	frame = top(scanner);
	*frame = (struct frame){
		.bracket = scanner->text[scanner->at++],
		.first_key = scanner->key_count,
	};
	return true;
}

static bool close_bracket(struct scanner *scanner)
{
	const char bracket = scanner->text[scanner->at];
	const struct frame *frame = top(scanner);

	if (!frame || (frame->bracket == '{') != (bracket == '}'))
		return refuse(scanner, "'%c' closes nothing", bracket);
	scanner->key_count = frame->first_key;
	scanner->depth--;
	scanner->at++;
	return true;
}

static bool note_key(struct scanner *scanner, struct span key)
{
	struct frame *frame = top(scanner);
	size_t i;

	frame->key = key;
	for (i = frame->first_key; i < scanner->key_count; i++)
		if (scanner->keys[i].length == key.length &&
		    !memcmp(scanner->keys[i].at, key.at, key.length))
			return refuse(scanner, "this key comes twice");
	if (scanner->key_count == KEYS_MAX)
		return refuse(scanner, "too many keys");
	scanner->keys[scanner->key_count++] = key;
	return true;
}

/* Is the string that ends here a key? */
static bool before_colon(const struct scanner *scanner)
{
	size_t at = scanner->at;

	while (at < scanner->length && scanner->text[at] == ' ')
		at++;
	return at < scanner->length && scanner->text[at] == ':';
}

static bool scan_string(struct scanner *scanner)
{
	const size_t start = ++scanner->at;
	const struct frame *frame = top(scanner);
	struct span string;

	for (;; scanner->at++) {
		char c;

		if (scanner->at == scanner->length)
			return refuse(scanner, "the string does not end");
		c = scanner->text[scanner->at];
		if (c == '"')
			break;
		if (c == '\\')
			return refuse(scanner, "escapes are not allowed");
		if (c < ' ' || c > '~')
			return refuse(scanner, "not a printable character");
	}
	string.at = scanner->text + start;
	string.length = scanner->at++ - start;
	if (frame && frame->bracket == '{' && before_colon(scanner))
		return note_key(scanner, string);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool scan_number(struct scanner *scanner)
{
	const size_t start = scanner->at;
	u64 sum = 0;

	while (scanner->at < scanner->length &&
	       is_digit(scanner->text[scanner->at])) {
		sum = sum * 10 + (scanner->text[scanner->at++] - '0');
		if (sum > UINT32_MAX)
			return refuse(scanner, "a number above %u", UINT32_MAX);
	}
	if (scanner->text[start] == '0' && scanner->at - start > 1)
		return refuse(scanner, "a number with a leading 0");
	return true;
}

static bool scan_word(struct scanner *scanner)
{
	static const char * const words[] = { "true", "false" };
	const char *at = scanner->text + scanner->at;
	const size_t left = scanner->length - scanner->at;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		const size_t length = strlen(words[i]);

		if (left >= length && !memcmp(at, words[i], length)) {
			scanner->at += length;
			return true;
		}
	}
	if (left >= 4 && !memcmp(at, "null", 4))
		return refuse(scanner, "null is no value");
	/* A point or an exponent comes here behind the digits. */
	return refuse(scanner,
		      "neither string, integer, true, false nor punctuation");
}

static bool scan_part(struct scanner *scanner)
{
	const char c = scanner->text[scanner->at];

	switch (c) {
	case '{':
	case '[':
		return open_bracket(scanner);
	case '}':
	case ']':
		return close_bracket(scanner);
	case '"':
		return scan_string(scanner);
	case ',':
		if (top(scanner))
			top(scanner)->index++;
		scanner->at++;
		return true;
	case ':':
	case ' ':
		scanner->at++;
		return true;
	default:
		return is_digit(c) ? scan_number(scanner) : scan_word(scanner);
	}
}

bool scan_document(const char *text, size_t length, struct load_error *error)
{
	struct scanner scanner = { .text = text, .error = error };

	if (length >= VMIG_DOCUMENT_MAX)
		return refuse(&scanner, "longer than %u bytes",
			      VMIG_DOCUMENT_MAX - 1);
	if (length && text[length - 1] == '\n')
		length--;
	scanner.length = length;
	while (scanner.at < length)
		if (!scan_part(&scanner))
			return false;
	if (scanner.depth)
		return refuse(&scanner, "'%c' is not closed",
			      top(&scanner)->bracket);
	return true;
}
