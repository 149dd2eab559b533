/*
 * Bytes in, clean text out: valid UTF-8 in normalisation form C, lines ended
 * by '\n', no control characters but that and '\t'.
 *
 * The charset is, in this order: a BOM's; UTF-16 where the NUL bytes lie so;
 * UTF-8 where it is well formed, or nearly; what uchardet takes it for; else
 * windows-1252.  Characters of the C1 block get their windows-1252 meaning.
 */
#ifndef TEXT_CHARSET_H
#define TEXT_CHARSET_H

#include "base/buf.h"

/*
 * Appends to out, which the caller has initialised; *charset is static text.
 * ERR_REJECT: binary (known magic, or more than one byte in a hundred is a
 * control character that no text has; fewer are dropped), or out is full.
 */
int text_decode(const void *bytes, size_t n, struct buf *out, const char **charset,
		struct err *err) MUST_CHECK;

/* The second half of it, for text that is UTF-8 already, as JSON and XML parsers give it.
 */
void text_clean(const char *s, size_t n, struct buf *out);

#endif
