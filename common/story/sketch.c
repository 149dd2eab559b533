#include "story/sketch.h"

#include <string.h>

#include "text/utf8.h"

enum { MOST_BYTES = 64 << 10, FEW = 4 };

/* FNV-1a spreads a word's bytes; the mixer makes the smallest of them a fair sample. */
static uint64_t
mix(uint64_t x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

static void
keep(struct sketch *s, uint32_t hash)
{
	uint32_t i = s->count;

	if (i == SKETCH_MOST && hash >= s->items[i - 1])
		return;
	while (i > 0 && s->items[i - 1] > hash)
		i--;
	if (i > 0 && s->items[i - 1] == hash)
		return;
	if (s->count < SKETCH_MOST)
		s->count++;
	memmove(s->items + i + 1, s->items + i, (s->count - i - 1) * sizeof(s->items[0]));
	s->items[i] = hash;
}

void
sketch_read(struct sketch *s, const char *text, size_t n)
{
	const char *p = text, *end = text + (n < MOST_BYTES ? n : MOST_BYTES);
	uint64_t words[SKETCH_RUN] = { 0 }, word = 0;
	size_t count = 0;

	s->count = 0;
	for (;;) {
		uint32_t c = p < end ? utf8_next(&p, end) : ' ';
		bool spaceless = utf8_is_spaceless(c);

		if (utf8_is_letter(c) || utf8_is_digit(c)) {
			word = ((word ? word : UINT64_C(0xcbf29ce484222325)) ^ utf8_lower(c)) *
			       UINT64_C(0x100000001b3);
			if (!spaceless)
				continue;
		}
		if (word) {
			uint64_t run = 0;

			words[count++ % SKETCH_RUN] = word;
			for (size_t i = 0; i < SKETCH_RUN; i++)
				run = mix(run ^ words[(count + i) % SKETCH_RUN]);
			if (count >= SKETCH_RUN)
				keep(s, (uint32_t)(run >> 32));
			word = 0;
		}
		if (p >= end)
			break;
	}
}

double
sketch_contains(const struct sketch *a, const struct sketch *b)
{
	uint32_t i = 0, j = 0, both = 0;

	if (a->count < FEW || b->count < FEW)
		return 0;
	/* Up to the lower of their ends each says of every hash whether it has it. */
	while (i < a->count && j < b->count) {
		both += a->items[i] == b->items[j];
		if (a->items[i] == b->items[j]) {
			i++;
			j++;
		} else if (a->items[i] < b->items[j]) {
			i++;
		} else {
			j++;
		}
	}
	return both < FEW / 2 ? 0 : (double)both / (i < j ? i : j);
}
