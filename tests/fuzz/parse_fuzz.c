/*
 * Whatever the bytes: tokens that cover all but blanks and are pieces of the
 * text, sentences in order, every token with tags, lemma and relation, and
 * each sentence one tree.  The first byte says how the text is to be read; 3
 * takes it as CoNLL-U, whose tokens then are read, and again what was printed.
 */
#include <stdlib.h>
#include <string.h>

#include "language/conllu.h"
#include "language/parser.h"
#include "language/reader.h"
#include "tests/fuzz/fuzz.h"
#include "text/utf8.h"

static struct parser *parser;
static struct arena arena;

static void
check_tree(const struct token *t, int count, int base)
{
	int roots = 0;

	for (int i = 0; i < count; i++) {
		int at = i, steps = 0;

		assert(t[i].upos && t[i].xpos && t[i].lemma && t[i].deprel);
		roots += t[i].head < 0;
		while (t[at].head >= 0) {
			assert(t[at].head - base < count && t[at].head >= base);
			at = t[at].head - base;
			/* A long sentence is checked where it is cheap. */
			if (++steps > count || (count > 500 && steps > 300))
				break;
		}
		assert(steps <= count);
	}
	assert(roots == 1);
}

static bool
is_blank(const char *text, size_t n)
{
	while (n) {
		int used;
		uint32_t c = utf8_decode(text, n, &used);

		if (c == UTF8_BAD ||
		    (c > ' ' && c != 0x200b && c != 0xfeff && !utf8_is_space(c)))
			return false;
		text += used;
		n -= (size_t)used;
	}
	return true;
}

static void
check_text(const char *text, size_t n, const struct parsed *d)
{
	size_t at = 0;
	int next = 0;

	for (size_t i = 0; i < d->token_count; i++) {
		const struct token *t = &d->tokens[i];
		size_t size = strlen(t->form);

		assert(size > 0 && (size_t)t->byte >= at && (size_t)t->byte + size <= n);
		assert(is_blank(text + at, (size_t)t->byte - at));
		assert(memcmp(text + t->byte, t->form, size) == 0);
		assert(t->start < t->end && !(t->joined && t->blank));
		at = (size_t)t->byte + size;
	}
	assert(is_blank(text + at, n - at));
	for (size_t i = 0; i < d->sentence_count; i++) {
		const struct sentence *s = &d->sentences[i];

		assert(s->first == next && s->count > 0);
		check_tree(d->tokens + s->first, s->count, s->first);
		next += s->count;
	}
	assert((size_t)next == d->token_count);
}

static void
read_conllu(const char *text, size_t n, bool again)
{
	struct conllu in = { .p = text, .end = text + n };
	struct conllu_sentence s;
	struct buf out;
	struct err err;
	int rc;

	buf_init(&out, 64 << 20);
	while ((rc = conllu_next(&in, &s, &arena, &err)) == 1) {
		for (int i = 0; i < s.count; i++) {
			char norm[NORM_MAX];

			fold(s.tokens[i].form, strlen(s.tokens[i].form), norm,
			     sizeof norm);
			s.tokens[i].norm = arena_strdup(&arena, norm);
		}
		if (arena.full || parser_sentence(parser, s.tokens, s.count, 0, false,
						  NULL, 0, &arena, &err))
			break;
		check_tree(s.tokens, s.count, 0);
		conllu_print(&s, &out);
	}
	assert(rc >= 0 || err.class == ERR_REJECT);
	if (again && out.size && !out.full && memchr(text, 0, n) == NULL) {
		arena_reset(&arena);
		read_conllu(out.data, out.size, false);
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parsed d = { 0 };
	struct err err;

	if (!parser) {
		parser = parser_new("lexicon/english.model", &err);
		arena_init(&arena, (size_t)512 << 20);
	}
	assert(parser);
	if (size < 1)
		return 0;
	arena_reset(&arena);
	if ((data[0] & 3) == 3) {
		read_conllu((const char *)data + 1, size - 1, true);
		return 0;
	}
	if (parser_text(parser, (const char *)data + 1, size - 1,
			(enum text_kind)(data[0] & 3), &d, &arena, &err) == 0)
		check_text((const char *)data + 1, size - 1, &d);
	else
		assert(err.class == ERR_REJECT);
	return 0;
}
