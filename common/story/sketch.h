/*
 * Whether one text is another, whole, cut or lightly edited.  A sketch is the
 * smallest hashes of a text's runs of five words (Broder 1997, "On the
 * resemblance and containment of documents"; as coordinated samples: Cohen and
 * Kaplan 2007).  Of a text cut from the bottom those that are left are the
 * smallest of the whole too, so containment is seen, which SimHash cannot.
 */
#ifndef STORY_SKETCH_H
#define STORY_SKETCH_H

#include <stddef.h>
#include <stdint.h>

enum { SKETCH_MOST = 24, SKETCH_RUN = 5 };

struct sketch {
	uint32_t items[SKETCH_MOST]; /* rising */
	uint32_t count;
};

void sketch_read(struct sketch *s, const char *text, size_t n);

/* Of the runs that the shorter text has, the share that the other has too: 0 to 1. */
double sketch_contains(const struct sketch *a, const struct sketch *b);

#endif
