/*
 * Files that are packed by gzip (RFC 1952) or Zstandard (RFC 8878), or not at
 * all.  A packed file is any number of members, one after the other, so that
 * it may be appended to, and cut at the end of each.
 */
#ifndef RECORD_PACKED_H
#define RECORD_PACKED_H

#include <stddef.h>

#include "base/buf.h"

struct packing {
	const char *name, *suffix;
	int usual, most; /* levels; the least is 1 */
};

extern const struct packing packings[]; /* ended by one without a name */

/* ERR_USAGE: no such way, or not at that level; 0: the usual one. */
int packing_find(const struct packing **how, const char *name, int level,
		 struct err *err) MUST_CHECK;

struct packer;

struct packer *packer_new(const struct packing *how, int level);
void packer_free(struct packer *p);
int packer_add(struct packer *p, const void *bytes, size_t n, struct buf *out,
	       struct err *err) MUST_CHECK;
int packer_end(struct packer *p, struct buf *out,
	       struct err *err) MUST_CHECK; /* of the member */
void packer_reset(struct packer *p);        /* nothing of a member was begun */

/* A file, however it is packed: its bytes say so. */
struct unpacker;

int unpacker_open(struct unpacker **u, const char *path, struct err *err) MUST_CHECK;
void unpacker_close(struct unpacker *u);

/* How many bytes came, 0 at the end, or -1; ERR_FATAL: it is cut short or damaged. */
long unpacker_read(struct unpacker *u, void *to, size_t n, struct err *err) MUST_CHECK;

#endif
