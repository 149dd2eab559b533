/*
 * The treebank has no headlines and hardly a sentence in capitals.  Some of
 * its sentences are put in again as they would stand there: articles, forms of
 * "be" and the full stop go where nothing hangs on them, the past is told as
 * the present, words get capitals.
 */
#include "tools/train.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/reader.h"
#include "text/utf8.h"

enum { HEADLINE_MIN = 4, HEADLINE_MAX = 22 };

static bool
has_children(const struct conllu_sentence *s, int at)
{
	for (int i = 0; i < s->count; i++)
		if (s->tokens[i].head == at)
			return true;
	return false;
}

static bool
falls(const struct conllu_sentence *s, int at)
{
	const struct token *t = &s->tokens[at];

	if (has_children(s, at))
		return false;
	if (!strcmp(t->norm, "a") || !strcmp(t->norm, "an") || !strcmp(t->norm, "the"))
		return !strcmp(t->upos, "DET");
	if (!strcmp(t->norm, "."))
		return at == s->count - 1;
	return t->lemma && !strcmp(t->lemma, "be") && !strcmp(t->upos, "AUX") &&
	       (!strcmp(t->xpos, "VBZ") || !strcmp(t->xpos, "VBP") ||
		(!strcmp(t->xpos, "VBD") && !strcmp(t->deprel, "aux:pass")));
}

/* One or many; 0: no subject that says it. */
static int
subjects_of(const struct conllu_sentence *s, int verb)
{
	int count = 0;

	for (int i = 0; i < s->count; i++) {
		const struct token *t = &s->tokens[i];

		if (t->head != verb || strncmp(t->deprel, "nsubj", 5))
			continue;
		count = 1;
		if (!strcmp(t->xpos, "NNS") || !strcmp(t->xpos, "NNPS"))
			count = 2;
		if (t->xpos[0] == 'W' || !strcmp(t->xpos, "PRP"))
			return 0;
		for (int k = 0; k < s->count; k++)
			if (s->tokens[k].head == i && !strcmp(s->tokens[k].deprel, "conj"))
				count = 2;
	}
	return count;
}

static bool
ends_with_one_of(const char *word, const char *const *ends)
{
	size_t n = strlen(word);

	for (; *ends; ends++)
		if (n >= strlen(*ends) && !strcmp(word + n - strlen(*ends), *ends))
			return true;
	return false;
}

/* inspected: inspects, or inspect of many */
static void
tell_as_present(const struct conllu_sentence *s, int verb, struct token *t,
		struct arena *arena)
{
	static const char *const hissing[] = { "s", "x", "z", "ch", "sh", "o", NULL };
	static const char *const ys[] = { "ay", "ey", "oy", "uy", NULL };
	int count = subjects_of(s, verb);
	size_t n = t->lemma ? strlen(t->lemma) : 0;

	if (strcmp(t->xpos, "VBD") || strcmp(t->upos, "VERB") || !count || n < 2)
		return;
	t->xpos = count > 1 ? "VBP" : "VBZ";
	if (count > 1 || !strcmp(t->lemma, "have"))
		t->form = count > 1 ? t->lemma : "has";
	else if (ends_with_one_of(t->lemma, hissing))
		t->form = arena_printf(arena, "%ses", t->lemma);
	else if (t->lemma[n - 1] == 'y' && !ends_with_one_of(t->lemma, ys))
		t->form = arena_printf(arena, "%.*sies", (int)n - 1, t->lemma);
	else
		t->form = arena_printf(arena, "%ss", t->lemma);
}

char *
with_capitals(const char *form, bool all, struct arena *arena)
{
	const char *p = form, *end = form + strlen(form);
	struct buf b;
	char *copy;

	buf_init(&b, 1 << 16);
	while (p < end) {
		uint32_t c = utf8_next(&p, end);
		char bytes[4];

		if (all || b.size == 0)
			c = utf8_upper(c);
		buf_add(&b, bytes, (size_t)utf8_encode(c, bytes));
	}
	copy = arena_strdup(arena, b.data ? b.data : "");
	buf_release(&b);
	return copy;
}

static bool
is_small_word(const struct token *t)
{
	return !strcmp(t->upos, "ADP") || !strcmp(t->upos, "DET") ||
	       !strcmp(t->upos, "CCONJ") || !strcmp(t->upos, "PART");
}

static void
dress(struct token *t, bool first, bool titles, bool capitals, struct arena *arena)
{
	char norm[NORM_MAX];

	if (!strcmp(t->norm, "\""))
		t->form = "'";
	else if (capitals || first || (titles && !is_small_word(t)))
		t->form = with_capitals(t->form, capitals, arena);
	fold(t->form, strlen(t->form), norm, sizeof norm);
	t->norm = arena_strdup(arena, norm);
}

static void
as_headline(const struct conllu_sentence *s, struct conllu_sentence *out, bool titles,
	    bool capitals, struct arena *arena)
{
	int *place = must_alloc((size_t)s->count * sizeof *place);
	int n = 0;

	*out = (struct conllu_sentence){ .comments = headline_mark };
	out->tokens = arena_alloc(arena, (size_t)s->count * sizeof *out->tokens);
	for (int i = 0; i < s->count; i++) {
		place[i] = n;
		if (falls(s, i))
			continue;
		out->tokens[n] = s->tokens[i];
		if (s->count % 4) /* not all of them are told so */
			tell_as_present(s, i, &out->tokens[n], arena);
		n++;
	}
	out->count = n;
	for (int i = 0; i < n; i++) {
		struct token *t = &out->tokens[i];

		t->head = t->head < 0 ? -1 : place[t->head];
		dress(t, i == 0, titles, capitals, arena);
	}
	free(place);
}

static void
in_capitals(const struct conllu_sentence *s, struct conllu_sentence *out,
	    struct arena *arena)
{
	*out = *s;
	out->tokens = arena_alloc(arena, (size_t)s->count * sizeof *out->tokens);
	memcpy(out->tokens, s->tokens, (size_t)s->count * sizeof *out->tokens);
	for (int i = 0; i < s->count; i++)
		dress(&out->tokens[i], false, false, true, arena);
}

void
treebank_add_copies(struct treebank *t, uint64_t seed, struct arena *arena)
{
	struct rng r = { seed + 77 };
	int count = t->count;

	t->sentences =
	    must_realloc(t->sentences, 2 * (size_t)count * sizeof *t->sentences);
	for (int i = 0; i < count; i++) {
		const struct conllu_sentence *s = &t->sentences[i];
		struct conllu_sentence *copy = &t->sentences[t->count];
		uint32_t chance = rng_next(&r) % 100, style = rng_next(&r) % 8;

		if (!s->tokens[0].upos) /* tags alone */
			continue;
		if (chance < 15 && s->count >= HEADLINE_MIN && s->count <= HEADLINE_MAX)
			as_headline(s, copy, style & 1, style == 6, arena);
		else if (chance >= 97)
			in_capitals(s, copy, arena);
		else
			continue;
		t->words += copy->count;
		t->count++;
	}
}
