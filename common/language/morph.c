#include "language/morph.h"

#include <stdlib.h>
#include <string.h>

#include "language/spelling.h"
#include "text/utf8.h"

enum { FORM_MAX = 4096 };

int
morph_open(struct morph *m, const struct model *model, struct err *err)
{
	memset(m, 0, sizeof *m);
	if (keyed_open(&m->lemmas, model, "lemmas", err) ||
	    keyed_open(&m->feats, model, "feats", err))
		return -1;
	m->scripts = strings_open(model, "scripts", &m->script_count, err);
	m->sets = m->scripts ? strings_open(model, "sets", &m->set_count, err) : NULL;
	return m->sets ? 0 : -1;
}

void
morph_release(struct morph *m)
{
	free(m->scripts);
	free(m->sets);
}

uint64_t
morph_key(int part, const char *tag, const char *bytes, size_t n)
{
	char key[64 + 16];
	size_t size = strlen(tag);

	if (size > 16)
		size = 16;
	if (n > 63)
		n = 63;
	memcpy(key, tag, size);
	memcpy(key + size, bytes, n);
	return spelling_key(part, key, size + n);
}

/* Curly apostrophes as straight ones: the lemma of ’s is 's. */
void
morph_base(const char *form, bool keep_case, struct buf *out)
{
	const char *p = form, *end = form + strlen(form);

	buf_reset(out);
	while (p < end) {
		uint32_t c = utf8_next(&p, end);
		char bytes[4];

		if (c == 0x2019 || c == 0x2018 || c == 0x02bc || c == '`')
			c = '\'';
		buf_add(out, bytes,
			(size_t)utf8_encode(keep_case ? c : utf8_lower(c), bytes));
	}
}

size_t
morph_cut(const char *s, size_t n, int characters)
{
	while (characters-- > 0 && n > 0) {
		do
			n--;
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80);
	}
	return n;
}

static const char *
apply(const char *script, const char *form, struct buf *base, struct arena *arena)
{
	size_t n;

	if (*script == '=')
		return script + 1;
	morph_base(form, *script == 'k', base);
	n = morph_cut(base->data, base->size, script[1] - '0');
	return arena_printf(arena, "%.*s%s", (int)n, base->data, script + 2);
}

static const char *
script_of(const struct morph *m, const struct token *t, const struct buf *low)
{
	int row =
	    keyed_find(&m->lemmas, morph_key(MORPH_WHOLE, t->xpos, low->data, low->size));

	for (int k = MORPH_END_MAX; k >= 0 && row < 0; k--) {
		size_t from = morph_cut(low->data, low->size, k);

		row = keyed_find(&m->lemmas, morph_key(k, t->xpos, low->data + from,
						       low->size - from));
	}
	return row >= 0 && row < m->script_count ? m->scripts[row] : "l0";
}

static const char *
set_of(const struct morph *m, const struct token *t, const struct buf *low)
{
	int row =
	    keyed_find(&m->feats, morph_key(MORPH_FEATS, t->xpos, low->data, low->size));

	if (row < 0)
		row = keyed_find(&m->feats, morph_key(MORPH_FEATS + 1, t->xpos, t->upos,
						      strlen(t->upos)));
	return row >= 0 && row < m->set_count && *m->sets[row] ? m->sets[row] : NULL;
}

static bool
has(const struct token *t, const char *feature)
{
	return t->feats && strstr(t->feats, feature);
}

/* The subject of a verb, or of the word that it is auxiliary or copula to. */
static const struct token *
subject_of(const struct token *t, int count, int verb)
{
	int head = verb, steps = 0;

	while (steps++ < 3) {
		for (int i = 0; i < count; i++)
			if (t[i].head == head && t[i].deprel &&
			    !strncmp(t[i].deprel, "nsubj", 5))
				return &t[i];
		if (t[head].head < 0 || strcmp(t[verb].upos, "AUX") != 0 ||
		    (strncmp(t[head].deprel, "aux", 3) != 0 &&
		     strcmp(t[head].deprel, "cop") != 0 &&
		     strcmp(t[head].deprel, "conj") != 0))
			return NULL;
		head = t[head].head;
	}
	return NULL;
}

static bool
has_child(const struct token *t, int count, int head, const char *relation,
	  const char *lemma)
{
	for (int i = 0; i < count; i++)
		if (t[i].head == head && t[i].deprel && !strcmp(t[i].deprel, relation) &&
		    (!lemma || (t[i].norm && !strcmp(t[i].norm, lemma))))
			return true;
	return false;
}

/* English verbs hardly show person and number: they are the subject's. */
static void
agree(struct token *t, int count, int verb, struct arena *arena)
{
	const struct token *s = subject_of(t, count, verb);
	const char *tense = t[verb].xpos[2] == 'D' ? "Past" : "Pres";
	const char *person = "3", *number;

	if (!s)
		return;
	number = has(s, "Number=Plur") || has_child(t, count, (int)(s - t), "conj", NULL)
		     ? "Plur"
		     : "Sing";
	if (has(s, "Person=1"))
		person = "1";
	else if (has(s, "Person=2"))
		person = "2", number = "Sing";
	t[verb].feats =
	    arena_printf(arena, "Mood=Ind|Number=%s|Person=%s|Tense=%s|VerbForm=Fin",
			 number, person, tense);
}

static bool
has_aux(const struct token *t, int count, int verb)
{
	for (int i = 0; i < count; i++)
		if (t[i].head == verb && t[i].deprel &&
		    (!strncmp(t[i].deprel, "aux", 3) || !strcmp(t[i].deprel, "mark") ||
		     !strncmp(t[i].deprel, "nsubj", 5)))
			return true;
	return false;
}

/* Go away: a bare verb with nothing before it that could govern it. */
static bool
is_order(const struct token *t, int count, int verb)
{
	static const char *const own[] = { "root", "parataxis", "conj", "ccomp" };
	int at = verb;

	if (!t[verb].deprel || has_aux(t, count, verb))
		return false;
	if (!strcmp(t[verb].deprel, "conj"))
		at = t[verb].head;
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (at == verb && i != 2 && !strcmp(t[verb].deprel, own[i]))
			return true;
	return at != verb && has(&t[at], "Mood=Imp");
}

static bool
is_passive(const struct token *t, int count, int verb)
{
	return has_child(t, count, verb, "aux:pass", NULL) ||
	       has_child(t, count, verb, "nsubj:pass", NULL);
}

static void
verb_features(struct token *t, int count, int i, struct arena *arena)
{
	const char *x = t[i].xpos;

	if (!strcmp(x, "VBD") || !strcmp(x, "VBP"))
		agree(t, count, i, arena);
	else if (!strcmp(x, "VB"))
		t[i].feats =
		    is_order(t, count, i) ? "Mood=Imp|VerbForm=Fin" : "VerbForm=Inf";
	else if (!strcmp(x, "VBN") && !strcmp(t[i].upos, "VERB"))
		t[i].feats = is_passive(t, count, i) ||
				     (t[i].deprel && strcmp(t[i].deprel, "root") != 0 &&
				      !has_aux(t, count, i))
				 ? "Tense=Past|VerbForm=Part|Voice=Pass"
				 : "Tense=Past|VerbForm=Part";
}

void
morph_sentence(const struct morph *m, struct token *t, int count, struct arena *arena)
{
	struct buf low, base;

	buf_init(&low, FORM_MAX);
	buf_init(&base, FORM_MAX);
	for (int i = 0; i < count; i++) {
		morph_base(t[i].form, false, &low);
		if (low.full) {
			t[i].lemma = t[i].form;
			t[i].feats = NULL;
			buf_release(&low);
			buf_init(&low, FORM_MAX);
			continue;
		}
		t[i].lemma = apply(script_of(m, &t[i], &low), t[i].form, &base, arena);
		t[i].feats = set_of(m, &t[i], &low);
	}
	for (int i = 0; i < count; i++)
		if (t[i].xpos[0] == 'V')
			verb_features(t, count, i, arena);
	buf_release(&low);
	buf_release(&base);
}
