/* Anybody's bytes for a terminal: nothing in them moves its cursor, rings or turns text.
 */
#ifndef TEXT_SAFE_H
#define TEXT_SAFE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* No control character (a newline is one), nothing that turns text, not UTF8_BAD. */
bool safe_character(uint32_t c);

/*
 * Appends the text; control characters, what turns the direction of text and
 * bytes that are no UTF-8 as \xNN.  lines: newlines and tabs stay.
 */
void safe_text(struct buf *out, const char *text, size_t n, bool lines);

/* As 16 bytes a line: offset, digits, what of them is printable ASCII. */
void safe_hex(struct buf *out, const void *bytes, size_t n);

#endif
