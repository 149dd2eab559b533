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
	    keyed_open(&m->feats, model, "feats", err) ||
	    keyed_open(&m->words, model, "words", err))
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

/* Curly apostrophes as straight ones: the lemma of ’s is 's; and that of 1,100 is 1100.
 */
void
morph_base(const char *form, const char *xpos, bool keep_case, struct buf *out)
{
	bool number = !strcmp(xpos, "CD") && *form >= '0' && *form <= '9';
	const char *p = form, *end = form + strlen(form);

	buf_reset(out);
	while (p < end) {
		uint32_t c = utf8_next(&p, end);
		char bytes[4];

		if (number && c == ',' && p < end)
			continue;
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

/* NULL where it comes to nothing. */
static const char *
apply(const char *script, const struct token *t, struct buf *base, struct arena *arena)
{
	size_t n;

	if (*script == '=')
		return script + 1;
	morph_base(t->form, t->xpos, *script == 'k', base);
	n = morph_cut(base->data, base->size, script[1] - '0');
	if (n == 0 && !script[2])
		return NULL;
	return arena_printf(arena, "%.*s%s", (int)n, base->data, script + 2);
}

/* The word's place among those with a vector, the commonest first; -1: none. */
static int
rank_of(const struct morph *m, const char *lemma, size_t n)
{
	char low[64];

	if (n > sizeof low)
		return -1;
	for (size_t i = 0; i < n; i++)
		low[i] =
		    (char)(lemma[i] >= 'A' && lemma[i] <= 'Z' ? lemma[i] | 32 : lemma[i]);
	return keyed_find(&m->words, spelling_key(-1, low, n));
}

static bool
is_vowel(char c)
{
	return c && strchr("aeiouy", c) != NULL;
}

/* Has one vowel, before one last consonant: such a verb would have doubled it. */
static bool
is_short(const char *stem, size_t n)
{
	size_t vowels = 0;

	for (size_t i = 0; i < n; i++)
		vowels += is_vowel(stem[i]);
	return n >= 3 && vowels == 1 && is_vowel(stem[n - 2]) &&
	       !strchr("wx", stem[n - 1]);
}

/*
 * Regular verbs: stared and staring are stare, starred is star, bombed bomb.
 * Of several words that it could be, the commonest.
 */
static const char *
verb_lemma(const struct morph *m, const struct token *t, const struct buf *low,
	   struct arena *arena)
{
	size_t n = low->size, cut = !strcmp(t->xpos, "VBG") ? 3 : 2;
	char word[64];
	int plain, with_e;

	if (n < cut + 2 || n > 60 ||
	    strcmp(low->data + n - cut, cut == 3 ? "ing" : "ed") != 0 ||
	    (cut == 2 && strcmp(t->xpos, "VBD") != 0 && strcmp(t->xpos, "VBN") != 0))
		return NULL;
	n -= cut;
	memcpy(word, low->data, n);
	word[n] = 'e';
	plain = rank_of(m, word, n);
	with_e = rank_of(m, word, n + 1);
	if (n > 3 && word[n - 1] == word[n - 2] && !is_vowel(word[n - 1]) &&
	    rank_of(m, word, n - 1) >= 0 && (plain < 0 || !strchr("lsfz", word[n - 1])))
		return arena_copy(arena, word, n - 1);
	if (with_e >= 0 && (plain < 0 || with_e < plain || is_short(word, n)))
		return arena_copy(arena, word, n + 1);
	return plain >= 0 ? arena_copy(arena, word, n) : NULL;
}

static const char *
script_at(const struct morph *m, int row)
{
	return row >= 0 && row < m->script_count ? m->scripts[row] : NULL;
}

static const char *
lemma_of(const struct morph *m, const struct token *t, const struct buf *low,
	 struct buf *base, struct arena *arena)
{
	const char *first = NULL, *lemma, *script;
	bool any_word = !strncmp(t->xpos, "NNP", 3) || !strchr("VNJR", *t->xpos);

	script = script_at(m, keyed_find(&m->lemmas, morph_key(MORPH_WHOLE, t->xpos,
							       low->data, low->size)));
	first = script ? NULL : verb_lemma(m, t, low, arena);
	if (first)
		return first;
	for (int k = MORPH_END_MAX; k >= 0 && !script; k--) {
		size_t from = morph_cut(low->data, low->size, k);

		script = script_at(m, keyed_find(&m->lemmas,
						 morph_key(k, t->xpos, low->data + from,
							   low->size - from)));
		if (!script || any_word)
			continue;
		lemma = apply(script, t, base, arena);
		if (lemma && rank_of(m, lemma, strlen(lemma)) >= 0)
			return lemma;
		first = first ? first : lemma;
		script = NULL;
	}
	lemma = script ? apply(script, t, base, arena) : first;
	return lemma ? lemma : t->form;
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

static bool
is_under(const struct token *t, const char *relation)
{
	size_t n = strlen(relation);

	return t->deprel && !strncmp(t->deprel, relation, n) &&
	       (!t->deprel[n] || t->deprel[n] == ':');
}

/* Who and which are what their clause hangs on. */
static const struct token *
behind_relative(const struct token *t, const struct token *subject, int verb)
{
	if (has(subject, "PronType=Rel") && t[verb].head >= 0 && t[verb].deprel &&
	    !strcmp(t[verb].deprel, "acl:relcl"))
		return &t[t[verb].head];
	return subject;
}

/* The subject of a verb, of the word that it is auxiliary or copula to, or of the verb
 * before. */
static const struct token *
subject_of(const struct token *t, int count, int verb)
{
	int head = verb;

	for (int steps = 0; steps < 4; steps++) {
		for (int i = 0; i < count; i++)
			if (t[i].head == head && is_under(&t[i], "nsubj"))
				return behind_relative(t, &t[i], head);
		if (t[head].head < 0 ||
		    !(is_under(&t[head], "conj") || is_under(&t[head], "aux") ||
		      is_under(&t[head], "cop")))
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

/* Things that are done, as against what is doing or being done. */
static bool
is_gerund(const struct token *t, int count, int verb)
{
	static const char *const of_nouns[] = { "acl", "ccomp", "csubj", "xcomp" };
	const struct token *v = &t[verb];

	for (int i = 0; i < count; i++)
		if (t[i].head == verb && is_under(&t[i], "aux"))
			return false;
	if (v->head >= 0 && is_under(v, "conj"))
		return has(&t[v->head], "VerbForm=Ger");
	for (size_t i = 0; i < sizeof of_nouns / sizeof *of_nouns; i++)
		if (v->deprel && !strcmp(v->deprel, of_nouns[i]))
			return true;
	return false;
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
	else if (!strcmp(x, "VBG") && !strcmp(t[i].upos, "VERB"))
		t[i].feats =
		    is_gerund(t, count, i) ? "VerbForm=Ger" : "Tense=Pres|VerbForm=Part";
	else if (!strcmp(x, "VBN") && !strcmp(t[i].upos, "VERB"))
		t[i].feats = is_passive(t, count, i) ||
				     (t[i].deprel && strcmp(t[i].deprel, "root") != 0 &&
				      !has_aux(t, count, i))
				 ? "Tense=Past|VerbForm=Part|Voice=Pass"
				 : "Tense=Past|VerbForm=Part";
}

/* It and you are the same as subject and as object. */
static void
pronoun_case(struct token *t, struct arena *arena)
{
	const char *rest;

	if (!t->feats || strncmp(t->feats, "Case=Nom", 8) != 0 ||
	    (strcmp(t->norm, "it") != 0 && strcmp(t->norm, "you") != 0) ||
	    !(is_under(t, "obj") || is_under(t, "iobj") || is_under(t, "obl") ||
	      is_under(t, "nmod")))
		return;
	rest = t->feats + 8;
	t->feats = arena_printf(arena, "Case=Acc%s", rest);
}

/* He's gone, he'd gone: have; he's going, he'd go: be, would. */
static void
short_have(struct token *t, int i)
{
	if ((!strcmp(t[i].norm, "'s") || !strcmp(t[i].norm, "'d")) && t[i].head >= 0 &&
	    t[i].deprel && !strcmp(t[i].deprel, "aux") &&
	    !strcmp(t[t[i].head].xpos, "VBN"))
		t[i].lemma = "have";
}

void
morph_sentence(const struct morph *m, struct token *t, int count, struct arena *arena)
{
	struct buf low, base;

	buf_init(&low, FORM_MAX);
	buf_init(&base, FORM_MAX);
	for (int i = 0; i < count; i++) {
		morph_base(t[i].form, t[i].xpos, false, &low);
		if (low.full) {
			t[i].lemma = t[i].form;
			t[i].feats = NULL;
			buf_release(&low);
			buf_init(&low, FORM_MAX);
			continue;
		}
		t[i].lemma = lemma_of(m, &t[i], &low, &base, arena);
		t[i].feats = set_of(m, &t[i], &low);
	}
	for (int i = 0; i < count; i++)
		if (t[i].xpos[0] == 'V') {
			verb_features(t, count, i, arena);
			short_have(t, i);
		} else if (!strcmp(t[i].xpos, "PRP")) {
			pronoun_case(&t[i], arena);
		}
	buf_release(&low);
	buf_release(&base);
}
