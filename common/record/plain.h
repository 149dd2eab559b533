/* The inside of a JSON string, eight bytes at a time, for all who read or write one. */
#ifndef RECORD_PLAIN_H
#define RECORD_PLAIN_H

#include <stdint.h>
#include <string.h>

#define PLAIN_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
/* The high bit of each byte that is below, or is; right up to the first that is. */
#define PLAIN_BELOW(w, byte) (((w)-PLAIN_EACH(byte)) & ~(w)&PLAIN_EACH(0x80))
#define PLAIN_IS(w, byte)    PLAIN_BELOW((w) ^ PLAIN_EACH(byte), 1)

/* To the first quote, backslash or control character; *wide: above ASCII on the way. */
static inline const char *
plain_run(const char *p, const char *end, uint64_t *wide)
{
	for (; end - p >= 8; p += 8) {
		uint64_t w, stop;

		memcpy(&w, p, 8);
		if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
			w = __builtin_bswap64(w);
		stop = PLAIN_BELOW(w, 0x20) | PLAIN_IS(w, '"') | PLAIN_IS(w, '\\');
		if (stop) {
			*wide |= w & PLAIN_EACH(0x80) & (stop ^ (stop - 1));
			return p + __builtin_ctzll(stop) / 8;
		}
		*wide |= w & PLAIN_EACH(0x80);
	}
	for (; p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20; p++)
		*wide |= (uint64_t)(*p & 0x80);
	return p;
}

#endif
