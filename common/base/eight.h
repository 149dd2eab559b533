/*
 * Eight bytes of text at once, the first of them lowest: questions about each
 * are answered in its top bit.
 */
#ifndef BASE_EIGHT_H
#define BASE_EIGHT_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EIGHT_ONES UINT64_C(0x0101010101010101)
#define EIGHT_TOPS (EIGHT_ONES << 7)

static inline uint64_t
eight_load(const char *s)
{
	uint64_t word;

	memcpy(&word, s, sizeof(word));
	return le64toh(word);
}

/* The last n < 8 bytes of a text, and spaces behind them. */
static inline uint64_t
eight_load_end(const char *s, size_t n)
{
	char bytes[8] = { ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ' };

	memcpy(bytes, s, n);
	return eight_load(bytes);
}

/* Which of them are c. */
static inline uint64_t
eight_equal(uint64_t word, char c)
{
	uint64_t x = word ^ EIGHT_ONES * (unsigned char)c;

	return ~(((x & ~EIGHT_TOPS) + ~EIGHT_TOPS) | x | ~EIGHT_TOPS);
}

/* How many top bits are set, where no other bit is. */
static inline unsigned
eight_count(uint64_t tops)
{
	return (unsigned)((tops >> 7) * EIGHT_ONES >> 56);
}

#endif
