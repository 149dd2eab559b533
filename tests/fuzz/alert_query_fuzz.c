/*
 * A question, a newline, a text.  Any question is refused with a reason and a
 * place in it, or holds or not; NOT of it is the contrary, brackets change
 * nothing, and where it holds one of the words that it needs is there.
 */
#include <string.h>

#include "alert/query.h"
#include "base/buf.h"
#include "tests/fuzz/fuzz.h"

enum { MOST = 64 };

static struct arena arena, room;

static const struct query *
parsed(struct terms *terms, const char *before, const char *text, size_t n,
       const char *after)
{
	struct buf whole;
	const struct query *q;
	struct err err;
	size_t at;
	int failed;

	buf_init(&whole, 1 << 24);
	buf_adds(&whole, before);
	buf_add(&whole, text, n);
	buf_adds(&whole, after);
	failed = query_parse(&q, whole.data ? whole.data : "", whole.size, terms, &arena,
			     &at, &err);
	assert(at <= whole.size);
	assert(!failed || (err.class == ERR_USAGE && err.text[0]));
	buf_release(&whole);
	return failed ? NULL : q;
}

static void
ask(const struct terms *terms, const struct query *q[3], const char *text, size_t n)
{
	struct scan scan;
	int needs[MOST];
	size_t needed = query_needs(q[0], terms, needs, MOST), there = 0;
	bool holds;

	scan_init(&scan, terms);
	scan_text(&scan, text, n, &room);
	holds = query_holds(q[0], &scan, &room);
	assert(!q[1] || query_holds(q[1], &scan, &room) == holds);
	assert(!q[2] || query_holds(q[2], &scan, &room) != holds);
	for (size_t i = 0; i < needed; i++)
		there += scan.places[needs[i]].count > 0;
	assert(room.full || !holds || !needed || there);
	scan_release(&scan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *begin = (const char *)data, *newline = memchr(data, '\n', size);
	size_t n = newline ? (size_t)(newline - begin) : size;
	struct terms terms;
	const struct query *q[3];

	if (!arena.base) {
		arena_init(&arena, 16 << 20);
		arena_init(&room, 64 << 20);
	}
	arena_reset(&arena);
	arena_reset(&room);
	terms_init(&terms);
	q[0] = parsed(&terms, "", begin, n, "");
	if (q[0]) {
		q[1] = parsed(&terms, "(", begin, n, ")");
		q[2] = parsed(&terms, "NOT (", begin, n, ")");
		ask(&terms, q, newline ? newline + 1 : "", newline ? size - n - 1 : 0);
	}
	terms_release(&terms);
	return 0;
}
