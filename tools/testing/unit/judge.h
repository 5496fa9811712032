/* SPDX-License-Identifier: GPL-2.0 */
/* Documents from text, and verdicts as text. */
#ifndef VMIG_UNIT_JUDGE_H
#define VMIG_UNIT_JUDGE_H

#include "document-load.h"
#include "match.h"

#define JUDGE_SIZE	2000

/* Load from a buffer that ends with the last byte; the test fails if it can't. */
struct loaded_document *loaded(const char *text, size_t length);

/* An example document, by its name without ".json". The text is optional. */
struct loaded_document *example(const char *name, char **text);

/*
 * A verdict with all that it says, such as
 *   incompatible 0:version-too-old:version 1:feature-missing:rss
 *   compatible 0:param-value:x 1 aggregator=4
 */
const char *describe(const struct vmig_verdict *verdict,
		     char text[JUDGE_SIZE]);

/* The same verdict: on copies of documents, so by text and not by pointer. */
bool same_verdict(const struct vmig_verdict *a, const struct vmig_verdict *b);

/* Members of self, for the functions below. */
#define MODEL	"\"model\":\"example.org/m\""
#define API	"\"device_api\":\"vfio-pci\""
#define BUS	"\"bus\":{\"pci\":{\"vendor\":\"8086\",\"device\":\"0001\"}}"
#define TYPE	"\"mdev_type\":\"t1\""
#define VERSION	"\"version\":\"1.2.3\""
#define LISTS	"\"features\":[\"a\",\"b\"],\"params\":{\"n\":4,\"on\":true," \
		"\"at\":\"x\"}"
#define SELF	MODEL "," API "," BUS "," TYPE "," VERSION \
		",\"profile\":\"p2\",\"capacity\":6," LISTS
/* Without lists, so that what is tested is all there is. */
#define PLAIN	MODEL "," API "," VERSION ",\"features\":[]"
#define WITH(params)	PLAIN ",\"params\":{" params "}"
#define SIZED(n)	PLAIN ",\"capacity\":" #n

/* A document of these members of self, with these members beside it. */
struct loaded_document *document(const char *scope, const char *self,
				 const char *rest);

/* @source against a document: the verdict is that, as describe() has it. */
void assert_scope(const char *scope, const char *source, const char *target,
		  const char *rest, const char *want);
void assert_device(const char *source, const char *target, const char *rest,
		   const char *want);

/*
 * @source against a PLAIN target with an entry of these members: refused with
 * "reason:field", or ACCEPTED.
 */
void assert_entry(const char *source, const char *entry, const char *want);
#define ACCEPTED	""

#endif /* VMIG_UNIT_JUDGE_H */
