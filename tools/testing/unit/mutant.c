// SPDX-License-Identifier: GPL-2.0
#include "unit.h"
#include "mutant.h"

#define MOST_CHANGES	4
#define LONGEST_CUT	40

unsigned long mutant_count(unsigned long usual)
{
	const char *given = getenv("VMIG_MUTANTS");

	return given ? strtoul(given, NULL, 0) : usual;
}

void mutant_start(struct mutant *mutant, const char *text)
{
	mutant->length = strlen(text);
	if (mutant->length > sizeof(mutant->text) / 2)
		abort();
	memcpy(mutant->text, text, mutant->length);
}

static void cut(struct mutant *mutant, size_t at, size_t length)
{
	if (length > mutant->length - at)
		length = mutant->length - at;
	memmove(mutant->text + at, mutant->text + at + length,
		mutant->length - at - length);
	mutant->length -= length;
}

static void insert(struct mutant *mutant, size_t at, const char *piece,
		   size_t length)
{
	if (length > sizeof(mutant->text) - mutant->length)
		return;
	memmove(mutant->text + at + length, mutant->text + at,
		mutant->length - at);
	memcpy(mutant->text + at, piece, length);
	mutant->length += length;
}

static bool is_wordy(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_';
}

/* From the word that is here, or comes next, to its end. */
static size_t find_word(const struct mutant *mutant, size_t *at)
{
	size_t end;

	while (*at < mutant->length && !is_wordy(mutant->text[*at]))
		++*at;
	for (end = *at; end < mutant->length && is_wordy(mutant->text[end]);)
		end++;
	return end - *at;
}

static void change_digit(struct mutant *mutant, struct dice *dice, size_t at)
{
	while (at < mutant->length &&
	       (mutant->text[at] < '0' || mutant->text[at] > '9'))
		at++;
	if (at < mutant->length)
		mutant->text[at] = '0' + dice_roll(dice, 10);
}

static void exchange_words(struct mutant *mutant, struct dice *dice, size_t at)
{
	size_t from = dice_roll(dice, mutant->length);
	size_t length = find_word(mutant, &from), old;
	char word[LONGEST_CUT];

	if (length > sizeof(word))
		return;
	memcpy(word, mutant->text + from, length);
	old = find_word(mutant, &at);
	cut(mutant, at, old);
	insert(mutant, at, word, length);
}

/* From here, or from a comma, up to a comma or semicolon: often one member. */
static void cut_member(struct mutant *mutant, size_t at)
{
	size_t end;

	while (at && !strchr(",;", mutant->text[at]))
		at--;
	for (end = at + 1; end < mutant->length &&
	     !strchr(",;", mutant->text[end]);)
		end++;
	cut(mutant, at, end - at);
}

static void change(struct mutant *mutant, struct dice *dice,
		   const char * const *pieces, size_t count)
{
	size_t at = dice_roll(dice, mutant->length);
	const char *piece;
	char copy[LONGEST_CUT];
	size_t length;

	switch (dice_roll(dice, 9)) {
	case 0:
		mutant->text[at] = dice_roll(dice, 256);
		break;
	case 1:
		mutant->text[at] = ' ' + dice_roll(dice, 95);
		break;
	case 2:
		cut(mutant, at, 1 + dice_roll(dice, LONGEST_CUT));
		break;
	case 3:
		length = 1 + dice_roll(dice, LONGEST_CUT);
		if (length > mutant->length - at)
			break;
		memcpy(copy, mutant->text + at, length);
		insert(mutant, at, copy, length);
		break;
	case 4:
		piece = pieces[dice_roll(dice, count)];
		insert(mutant, at, piece, strlen(piece));
		break;
	case 5:
		change_digit(mutant, dice, at);
		break;
	case 6:
		exchange_words(mutant, dice, at);
		break;
	case 7:
		cut_member(mutant, at);
		break;
	case 8:
		piece = pieces[dice_roll(dice, count)];
		length = find_word(mutant, &at);
		cut(mutant, at, length);
		insert(mutant, at, piece, strlen(piece));
		break;
	}
}

void mutant_spoil(struct mutant *mutant, struct dice *dice,
		  const char * const *pieces, size_t count)
{
	unsigned int changes = 1 + dice_roll(dice, MOST_CHANGES);

	while (changes-- && mutant->length)
		change(mutant, dice, pieces, count);
}
