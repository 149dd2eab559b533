/*
 * The lines of a text, and which of them begin a paragraph: blank lines,
 * indents, hard-wrapped lines, a line for each paragraph, with or without
 * blank lines between.
 */
#ifndef TEXT_LAYOUT_H
#define TEXT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

struct line {
	const char *s;
	uint32_t n;       /* bytes; never 0 */
	uint32_t columns; /* Han, kana and the like take two */
	uint16_t indent;
	bool after_blank, starts;
	bool is_gone; /* for the caller */
};

struct layout {
	struct line *lines;
	size_t count;
	unsigned width; /* of the lines of wrapped text */
	bool is_wrapped;
};

/*
 * Cuts text, which is clean (charset.h), in place: ends trimmed, spaces
 * collapsed.  Blank lines are not lines.  ERR_REJECT: the arena is full.
 */
int layout_read(struct layout *l, char *text, size_t n, struct arena *arena,
		struct err *err) MUST_CHECK;

/* Decides anew which lines of [first, end) start paragraphs: without a head, the body
 * shows better. */
void layout_mark(struct layout *l, size_t first, size_t end);

/* Appends lines [first, end) as one paragraph, joined by a space where one belongs. */
void layout_join(const struct layout *l, size_t first, size_t end, struct buf *out);

bool is_bullet(const struct line *l); /* "- ", a dot: an item of a list */

/* Does the text end as a sentence does?  Closing quotes and brackets may follow the stop.
 */
bool ends_sentence(const char *s, size_t n);

#endif
