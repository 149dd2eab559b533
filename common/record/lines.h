/* The lines of a file, packed or plain. */
#ifndef RECORD_LINES_H
#define RECORD_LINES_H

#include <stdint.h>

#include "record/packed.h"

struct lines {
	struct unpacker *from; /* NULL: not open */
	const char *path;
	char *chunk;
	size_t at, have;
	int64_t number; /* of the line that was read last, from 1 */
};

int lines_open(struct lines *l, const char *path, struct err *err) MUST_CHECK;
void lines_close(struct lines *l); /* also one that is zeroed */

/* 1: *line has the next, without its newline; 0: there is none; -1. */
int lines_next(struct lines *l, struct buf *line, struct err *err) MUST_CHECK;

#endif
