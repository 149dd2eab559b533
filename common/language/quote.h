/* Between pairing quotation marks and asking who speaks. */
#ifndef LANGUAGE_QUOTE_H
#define LANGUAGE_QUOTE_H

#include "language/reader.h"

struct stretch {
	int a, b; /* tokens inside the marks: [a, b) */
	bool cut; /* no closing mark: the paragraph ended first */
	bool is_continued; /* the paragraph before was cut, and this one opens again */
};

struct stretches {
	struct stretch *items; /* in order, apart from each other */
	size_t count, room;
};

/* Marks are paired in their paragraph; one inside another's stretch is not looked at. */
void quote_marks(struct reader *r, struct stretches *s);

#endif
