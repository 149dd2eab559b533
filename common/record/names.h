/* A list of words in a record: ["GOV", "PTY"]. */
#ifndef RECORD_NAMES_H
#define RECORD_NAMES_H

#include <stddef.h>

struct names {
	const char *const *items;
	size_t count;
};

#endif
