/*
 * The articles of one file, as watch would publish them, for commands that
 * need no bus: read whole, parsed by its format, named by its bytes.
 */
#ifndef FORMAT_ARTICLES_H
#define FORMAT_ARTICLES_H

#include "format/format.h"

/*
 * Calls emit once for each article, its uri set: ni:///sha-256 of the file,
 * or of the file and the member's name.  Each article's memory is the arena's;
 * the arena is not reset.  published: as in struct source; NULL: none.
 */
int articles_of_file(const char *path, const char *published, size_t ceiling,
		     struct arena *arena, format_emit_f *emit, void *arg,
		     struct err *err) MUST_CHECK;

#endif
