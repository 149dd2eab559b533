/*
 * Pronouns look for the subject of the clause round them, then for the
 * subject of the sentence before, then for the only one that fits (after the
 * sieves of Lee et al. 2013, of which these are the precise ones).  Titles
 * and kinds of bodies look for whom the text called so.  Only so many words
 * back are looked at, so the work is linear.
 */
#include "language/coref.h"

#include <string.h>

#include "base/mem.h"

enum { BACK = 48, SENTENCES = 3, UP = 12 };

enum kind {
	KIND_PERSON = 1 << 0,
	KIND_BODY = 1 << 1,
	KIND_PLACE = 1 << 2,
	KIND_COUNTRY = 1 << 3,
	KIND_THING = 1 << 4,
	KIND_PLURAL = 1 << 5,
	KIND_JOINED = 1 << 6, /* A and B: no single one */
};

/* A noun, a name or a pronoun that was understood, as something to refer to. */
struct candidate {
	int place; /* its own token */
	int token; /* what it stands for: itself, or what it refers to */
	unsigned kind;
	uint32_t gender; /* WORD_MAN, WORD_WOMAN or 0 */
	int sentence;
	bool is_quoted;
};

/* Who was called by a word: the last two. */
struct role {
	int token[2];
};

struct coref {
	struct reader *r;
	const struct walk *x;
	struct token *t;
	const struct document *d;
	struct candidate *items;
	size_t count, room;
	uint32_t *gender; /* of each entity */
	struct map roles; /* word: struct role */
	int sentence;
	bool is_quoted;
};

static bool
is(const struct coref *c, int i, const char *norm)
{
	return !strcmp(c->t[i].norm, norm);
}

static bool
is_upos(const struct coref *c, int i, const char *upos)
{
	return !strcmp(c->t[i].upos, upos);
}

static uint32_t
classes(const struct coref *c, int i)
{
	const char *lemma = c->t[i].lemma;
	uint32_t own = c->r->word[i]->classes;

	return lemma ? own | words_find(c->r->words, lemma, strlen(lemma))->classes : own;
}

static const struct entity *
entity_of(const struct coref *c, int token)
{
	int e = c->t[token].entity;

	return e < 0 ? NULL : &c->d->entities[e];
}

static bool
is_same(const struct coref *c, int a, int b)
{
	return a == b || (c->t[a].entity >= 0 && c->t[a].entity == c->t[b].entity);
}

static unsigned
kind_of(const struct coref *c, int i)
{
	const struct entity *e = entity_of(c, i);
	unsigned kind = KIND_THING;
	uint32_t class;

	if (e && e->type == ENTITY_PER) {
		kind = KIND_PERSON;
	} else if (e && e->type == ENTITY_ORG) {
		kind = KIND_BODY;
	} else if (e && e->type == ENTITY_LOC) {
		enum known_kind known = c->d->known[c->t[i].entity].kind;

		kind = known == KNOWN_COUNTRY ? KIND_PLACE | KIND_COUNTRY : KIND_PLACE;
	} else if (!e) {
		class = classes(c, i);
		if (class & (WORD_TITLE | WORD_PERSON))
			kind = KIND_PERSON;
		else if (class & WORD_BODY)
			kind = KIND_BODY;
		if (walk_has(c->x, i, "Number=Plur"))
			kind |= KIND_PLURAL;
	}
	for (int k = c->x->child[i]; k >= 0; k = c->x->next[k])
		if (walk_is(c->x, k, "conj") && !is_upos(c, k, "VERB"))
			kind |= KIND_JOINED;
	return kind;
}

static uint32_t
gender_of(const struct coref *c, int token)
{
	int e = c->t[token].entity;

	return e >= 0 ? c->gender[e] : classes(c, token) & (WORD_MAN | WORD_WOMAN);
}

static void
add(struct coref *c, int place, int token)
{
	struct candidate *items =
	    arena_grow(c->r->arena, c->items, c->count, &c->room, sizeof *items);

	if (!items)
		return;
	c->items = items;
	items[c->count++] = (struct candidate){ .place = place,
						.token = token,
						.kind = kind_of(c, token),
						.gender = gender_of(c, token),
						.sentence = c->sentence,
						.is_quoted = c->is_quoted };
}

/* What a token may mean: of several fits none, unless one is the subject asked for. */
struct want {
	unsigned kinds;    /* any of these */
	unsigned not;      /* none of these */
	uint32_t gender;
	int pronoun;
};

static bool
fits(const struct coref *c, const struct candidate *k, const struct want *w)
{
	const struct walk *x = c->x;
	int verb;

	if (!(k->kind & w->kinds) || k->kind & w->not || k->is_quoted != c->is_quoted ||
	    (w->gender && k->gender && !(k->gender & w->gender)))
		return false;
	if (k->sentence != c->sentence) /* They: not the talks of the sentence before */
		return !(k->kind & KIND_THING && k->kind & KIND_PLURAL) ||
		       !walk_is(x, w->pronoun, "nsubj") ||
		       walk_is(x, k->place, "nsubj");
	/* him is not the subject of its own verb, nor his brother's brother himself */
	verb = x->t[w->pronoun].head;
	if (!walk_is(x, w->pronoun, "nmod") && verb >= 0 && x->t[k->place].head == verb)
		return false;
	/* an owner only where his gender tells: Ana Lima's brother said she was safe */
	return !walk_under(x, w->pronoun, k->place) &&
	       (!walk_is(x, k->place, "nmod:poss") || k->gender & w->gender);
}

static const struct candidate *
candidate_at(const struct coref *c, int place)
{
	for (size_t i = c->count, n = 0; i-- > 0 && n < BACK; n++)
		if (c->items[i].place == place)
			return &c->items[i];
	return NULL;
}

/* Is there another than `one` in its sentence that the pronoun could mean? */
static bool
has_rival(const struct coref *c, const struct candidate *one, const struct want *w)
{
	for (size_t i = c->count, n = 0; i-- > 0 && n < BACK; n++)
		if (c->items[i].sentence == one->sentence && fits(c, &c->items[i], w) &&
		    !is_same(c, c->items[i].token, one->token) &&
		    (c->items[i].gender & w->gender) == (one->gender & w->gender))
			return true;
	return false;
}

/* The subject of the clause that the pronoun's own clause hangs on, or of its own. */
static const struct candidate *
subject_above(const struct coref *c, const struct want *w, bool *is_unclear)
{
	const struct walk *x = c->x;
	int verb = walk_clause(x, w->pronoun);
	bool is_loose = false;

	for (int k = 0; k < UP && verb >= 0; k++) {
		int subject = walk_subject(x, verb);
		const struct candidate *found =
		    subject >= 0 ? candidate_at(c, subject) : NULL;

		if (found && subject != w->pronoun && subject < w->pronoun + 40 &&
		    fits(c, found, w)) {
			*is_unclear = is_loose && has_rival(c, found, w);
			return *is_unclear ? NULL : found;
		}
		is_loose = is_loose || walk_is(x, verb, "advcl");
		verb = x->t[verb].head;
		verb = verb < 0 ? -1 : walk_clause(x, verb);
	}
	return NULL;
}

/* The subject of a sentence's main clause, else the only one in it that fits. */
static const struct candidate *
from_sentence(const struct coref *c, int sentence, const struct want *w, bool *is_unclear)
{
	const struct candidate *only = NULL, *subject = NULL;
	const struct walk *x = c->x;
	bool is_one = true;

	for (size_t i = c->count, n = 0; i-- > 0 && n < BACK; n++) {
		const struct candidate *k = &c->items[i];

		if (k->sentence != sentence || !fits(c, k, w) ||
		    (w->gender && only && only->gender & w->gender &&
		     !(k->gender & w->gender)))
			continue;
		if (w->gender && only && k->gender & w->gender &&
		    !(only->gender & w->gender)) {
			only = NULL; /* a man by his name before one who may be any */
			subject = NULL;
			is_one = true;
		}
		is_one = is_one && (!only || is_same(c, only->token, k->token));
		only = k;
		if (walk_is(x, k->place, "nsubj") && x->t[k->place].head >= 0 &&
		    walk_is(x, x->t[k->place].head, "root"))
			subject = k;
	}
	*is_unclear = only && !is_one && !subject;
	return subject ? subject : is_one ? only : NULL;
}

static const struct candidate *
antecedent(const struct coref *c, const struct want *w)
{
	bool is_unclear = false;
	const struct candidate *found =
	    c->is_quoted ? NULL : subject_above(c, w, &is_unclear);

	for (int back = 0; !found && !is_unclear && back <= SENTENCES; back++) {
		int sentence = c->sentence - back;

		if (sentence < 0 || c->d->sentences[sentence].in_headline !=
					c->d->sentences[c->sentence].in_headline)
			break;
		found = from_sentence(c, sentence, w, &is_unclear);
	}
	return found;
}

/* As he left the hall, Smith waved. */
static int
subject_behind(const struct coref *c, const struct want *w)
{
	const struct walk *x = c->x;
	int verb = walk_clause(x, w->pronoun), subject;

	if (!walk_is(x, verb, "advcl") || x->t[verb].head < verb)
		return -1;
	subject = walk_subject(x, x->t[verb].head);
	if (subject < w->pronoun || c->t[subject].entity < 0 ||
	    !(kind_of(c, subject) & w->kinds) || kind_of(c, subject) & w->not ||
	    (w->gender && gender_of(c, subject) && !(gender_of(c, subject) & w->gender)))
		return -1;
	return subject;
}

/* shot himself */
static int
subject_of(const struct coref *c, int pronoun)
{
	size_t n = strlen(c->t[pronoun].norm);

	if (n < 6 || strncmp(c->t[pronoun].norm + n - 4, "self", 4))
		return -1;
	return walk_subject(c->x, walk_clause(c->x, pronoun));
}

/* it is clear that; it rains; find it hard to */
static bool
is_empty_it(const struct coref *c, int i)
{
	static const char *const weather[] = { "rain", "snow", "hail", "seem",
					       "appear", "take", "turn", "happen" };
	const struct walk *x = c->x;
	int head = c->t[i].head;

	if (walk_is(x, i, "expl") || head < 0)
		return true;
	for (size_t k = 0; k < LENGTH(weather); k++)
		if (c->t[head].lemma && !strcmp(c->t[head].lemma, weather[k]))
			return true;
	if (walk_child(x, head, "cop") >= 0 && walk_is(x, i, "nsubj"))
		return walk_child(x, head, "ccomp") >= 0 ||
		       walk_child(x, head, "csubj") >= 0 ||
		       walk_child(x, head, "acl:relcl") >= 0 ||
		       (is_upos(c, head, "ADJ") &&
			(walk_child(x, head, "xcomp") >= 0 ||
			 walk_child(x, head, "advcl") >= 0));
	return walk_is(x, i, "obj") && walk_child(x, head, "xcomp") >= 0;
}

static const struct {
	const char *words;
	unsigned kinds, not;
} pronouns[] = {
	{ " he him his himself she her hers herself ", KIND_PERSON,
	  KIND_PLURAL | KIND_JOINED },
	{ " it its itself ", KIND_BODY | KIND_PLACE | KIND_THING,
	  KIND_PLURAL | KIND_JOINED | KIND_PERSON },
	{ " they them their theirs themselves ", KIND_PLURAL | KIND_BODY | KIND_JOINED, 0 },
};

static bool
is_listed(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *at = n ? strstr(list, word) : NULL;

	return at && at[-1] == ' ' && at[n] == ' ';
}

static void
link_to(struct coref *c, int token, int to)
{
	if (c->t[to].refers >= 0)
		to = c->t[to].refers;
	if (to == token)
		return;
	c->t[token].refers = to;
}

static void
pronoun(struct coref *c, int i)
{
	for (size_t k = 0; k < LENGTH(pronouns); k++) {
		struct want w = { .kinds = pronouns[k].kinds,
				  .not = pronouns[k].not,
				  .pronoun = i };
		const struct candidate *found;
		int to;

		if (!is_listed(pronouns[k].words, c->t[i].norm))
			continue;
		w.gender = k ? 0 : c->r->word[i]->classes & (WORD_MAN | WORD_WOMAN);
		if (k == 0 && !w.gender)
			w.gender = is(c, i, "he") || is(c, i, "him") || is(c, i, "his") ||
					   is(c, i, "himself")
				       ? WORD_MAN
				       : WORD_WOMAN;
		if (k == 1 && is_empty_it(c, i))
			return;
		to = subject_of(c, i);
		if (to < 0)
			to = subject_behind(c, &w);
		if (to < 0) {
			found = antecedent(c, &w);
			to = found && !(found->kind & KIND_JOINED) ? found->token : -1;
		}
		if (to < 0)
			return;
		link_to(c, i, to);
		if (w.gender && c->t[to].entity >= 0)
			c->gender[c->t[to].entity] = w.gender;
		add(c, i, to);
		return;
	}
}

static const char *
two_words(const struct coref *c, int last)
{
	return arena_printf(c->r->arena, "%.40s %.40s", c->t[last - 1].norm,
			    c->t[last].norm);
}

static void
remember(struct coref *c, const char *word, int token)
{
	void **place = word ? map_put(&c->roles, word, strlen(word)) : NULL;
	struct role *role;

	if (!place)
		return;
	if (!*place) {
		role = arena_alloc(c->r->arena, sizeof *role);
		if (!role)
			return;
		*role = (struct role){ { token, -1 } };
		*place = role;
		return;
	}
	role = *place;
	if (!is_same(c, role->token[0], token))
		role->token[1] = role->token[0];
	role->token[0] = token;
}

/* The country that a word's modifiers name: the Russian president, the president of Peru.
 * False where they say anything else of it. */
static bool
modifiers(const struct coref *c, int noun, const char **country, bool *is_two)
{
	const struct walk *x = c->x;

	*country = NULL;
	*is_two = false;
	for (int k = x->child[noun]; k >= 0; k = x->next[k]) {
		const struct entity *e = entity_of(c, k);
		int with = walk_child(x, k, "case");

		if (e && e->country &&
		    (walk_is(x, k, "amod") || walk_is(x, k, "compound") ||
		     walk_is(x, k, "nmod:poss") ||
		     (walk_is(x, k, "nmod") && with >= 0 && is(c, with, "of"))))
			*country = e->country;
		else if (k == noun - 1 &&
			 (walk_is(x, k, "amod") || walk_is(x, k, "compound")))
			*is_two = true;
		else if (walk_is(x, k, "amod") || walk_is(x, k, "nmod:poss") ||
			 walk_is(x, k, "nummod") || walk_is(x, k, "conj") ||
			 walk_is(x, k, "compound") ||
			 (walk_is(x, k, "nmod") && with >= 0 && is(c, with, "of")))
			return false;
	}
	return true;
}

static bool
is_definite(const struct coref *c, int noun)
{
	int det = walk_child(c->x, noun, "det");

	return det >= 0 && is(c, det, "the") && !walk_has(c->x, noun, "Number=Plur");
}

static bool
has_country(const struct coref *c, int token, const char *country)
{
	const struct entity *e = token < 0 ? NULL : entity_of(c, token);

	return !country || (e && e->country && !strcmp(e->country, country));
}

/* Whom the text called so: the president, the agency. */
static int
called(const struct coref *c, const char *word, const char *country)
{
	const struct role *role = word ? map_get(&c->roles, word, strlen(word)) : NULL;
	bool first, second;

	if (!role)
		return -1;
	first = has_country(c, role->token[0], country);
	second = role->token[1] >= 0 && has_country(c, role->token[1], country);
	if (first && second)
		return -1;
	return first ? role->token[0] : second ? role->token[1] : -1;
}

/* The one of its kind that the last sentences name: the company, the country. */
static int
only_one(const struct coref *c, unsigned kind)
{
	int only = -1;

	for (size_t i = c->count, n = 0; i-- > 0 && n < BACK; n++) {
		const struct candidate *k = &c->items[i];

		if (c->sentence - k->sentence > SENTENCES)
			break;
		if (!(k->kind & kind) || c->t[k->token].entity < 0 || k->is_quoted)
			continue;
		if (only >= 0 && !is_same(c, only, k->token))
			return -1;
		only = k->token;
	}
	return only;
}

static const struct {
	const char *words;
	unsigned kind;
} generics[] = {
	{ " company firm group organization organisation airline carmaker retailer bank "
	  "maker manufacturer team club movement militia network ",
	  KIND_BODY },
	{ " country nation kingdom republic ", KIND_COUNTRY },
	{ " city town capital village island ", KIND_PLACE },
};

static void
title(struct coref *c, int i)
{
	uint32_t class = classes(c, i);
	const char *country, *word = c->t[i].norm;
	int found = -1;
	bool is_two;

	if (!is_definite(c, i) || !modifiers(c, i, &country, &is_two))
		return;
	for (size_t k = 0; k < LENGTH(generics); k++)
		if (is_listed(generics[k].words, word))
			found = country || is_two ? -1 : only_one(c, generics[k].kind);
	if (class & (WORD_TITLE | WORD_BODY) && found < 0 &&
	    !is_listed(generics[0].words, word))
		found = called(c, is_two ? two_words(c, i) : word, country);
	if (found >= 0)
		link_to(c, i, found);
}

static const struct {
	const char *brief, *word;
} briefs[] = {
	{ "gen.", "general" },	  { "gen", "general" },	   { "sen.", "senator" },
	{ "gov.", "governor" },	  { "col.", "colonel" },   { "lt.", "lieutenant" },
	{ "capt.", "captain" },	  { "sgt.", "sergeant" },  { "adm.", "admiral" },
	{ "maj.", "major" },	  { "rep.", "congressman" }, { "prof.", "professor" },
	{ "dr.", "doctor" },	  { "rev.", "reverend" },  { "cmdr.", "commander" },
};

/* By the word, and by it and the one before: minister, prime minister. */
static void
remember_words(struct coref *c, int word, int name)
{
	const char *norm = c->t[word].norm;

	for (size_t k = 0; k < LENGTH(briefs); k++)
		if (!strcmp(briefs[k].brief, norm))
			norm = briefs[k].word;
	remember(c, norm, name);
	if (word > c->x->begin[word])
		remember(c, two_words(c, word), name);
}

/* Ana Lima, a spokeswoman: the parser may take both for subjects. */
static int
before_comma(const struct coref *c, int noun)
{
	int first = c->x->left[noun];

	first += is(c, first, ",");
	if (first - 2 < c->x->begin[noun] || !is(c, first - 1, ",") ||
	    !walk_is(c->x, first, "det"))
		return -1;
	return first - 2;
}

/* Jens Holm, the mayor; Jens Holm is the mayor; Mayor Jens Holm */
static bool
naming(struct coref *c, int i)
{
	const struct walk *x = c->x;
	int name = -1, head = c->t[i].head;

	if (!(classes(c, i) & (WORD_TITLE | WORD_PERSON)) || c->t[i].entity >= 0)
		return false;
	if (head >= 0 && walk_is(x, i, "appos"))
		name = head;
	else if (head >= 0 && (walk_is(x, i, "nmod:desc") || walk_is(x, i, "compound")))
		name = head;
	else if (walk_child(x, i, "cop") >= 0)
		name = walk_child(x, i, "nsubj");
	if (name < 0)
		name = before_comma(c, i);
	if (name < 0) {
		for (int k = x->child[i]; k >= 0; k = x->next[k])
			if (k > i && (walk_is(x, k, "appos") || walk_is(x, k, "flat")))
				name = k;
	}
	if (name < 0 || kind_of(c, name) != KIND_PERSON || c->t[name].entity < 0)
		return false;
	remember_words(c, i, name);
	if (is_upos(c, i, "NOUN") && walk_child(x, i, "det") >= 0)
		link_to(c, i, name);
	else
		add(c, i, name);
	return true;
}

/* Korean Central News Agency: an agency */
static void
body_words(struct coref *c, int i)
{
	if (entity_of(c, i)->type == ENTITY_ORG && c->r->word[i]->classes & WORD_BODY)
		remember_words(c, i, i);
}

static bool
is_last_of_name(const struct coref *c, int i)
{
	return i + 1 >= c->x->end[i] || c->t[i + 1].entity != c->t[i].entity;
}

static bool
is_head_of_name(const struct coref *c, int i)
{
	int head = c->t[i].head;

	return head < 0 || c->t[head].entity != c->t[i].entity;
}

static void
at_token(struct coref *c, int i)
{
	const struct token *t = &c->t[i];
	int relative;

	if (!strcmp(t->upos, "PRON")) {
		relative = walk_relative(c->x, i);
		if (relative >= 0)
			link_to(c, i, relative);
		else
			pronoun(c, i);
		return;
	}
	if (t->entity >= 0) {
		body_words(c, i);
		if (entity_of(c, i)->type == ENTITY_PER &&
		    c->r->word[i]->classes & WORD_TITLE)
			remember_words(c, i, i);
		if (is_head_of_name(c, i))
			add(c, i, i);
		return;
	}
	if (strcmp(t->upos, "NOUN") && strcmp(t->upos, "PROPN"))
		return;
	if (naming(c, i) && t->refers < 0)
		return;
	if (t->refers < 0)
		title(c, i);
	if (!walk_is(c->x, i, "compound") && !walk_is(c->x, i, "nmod:desc") &&
	    !walk_is(c->x, i, "flat"))
		add(c, i, t->refers >= 0 ? t->refers : i);
}

/* First names tell, and so do Mrs and king. */
static void
read_genders(struct coref *c)
{
	const struct document *d = c->d;

	for (size_t i = 0; i < d->token_count; i++) {
		int e = d->tokens[i].entity;
		uint32_t g = c->r->word[i]->classes & (WORD_MAN | WORD_WOMAN);

		if (e < 0 || d->entities[e].type != ENTITY_PER)
			continue;
		if (i && d->tokens[i - 1].entity != e && !c->gender[e]) {
			uint32_t before =
			    c->r->word[i - 1]->classes & (WORD_MAN | WORD_WOMAN);

			if (c->r->word[i - 1]->classes & WORD_TITLE)
				c->gender[e] = before;
		}
		if (g && !c->gender[e] && !is_last_of_name(c, (int)i))
			c->gender[e] = g;
	}
}

void
coref_read(struct reader *r, const struct walk *x, const struct stretches *marks)
{
	struct coref c = { .r = r, .x = x, .t = r->d->tokens, .d = r->d };
	size_t mark = 0;

	c.gender = arena_calloc(r->arena, r->d->entity_count * sizeof *c.gender + 1);
	if (!c.gender)
		return;
	map_init(&c.roles, r->d->token_count + 1);
	read_genders(&c);
	for (int i = 0; i < (int)r->d->token_count && !r->arena->full; i++) {
		while ((size_t)c.sentence + 1 < r->d->sentence_count &&
		       r->d->sentences[c.sentence + 1].first <= i)
			c.sentence++;
		while (mark < marks->count && marks->items[mark].b <= i)
			mark++;
		c.is_quoted = mark < marks->count && marks->items[mark].a <= i &&
			      marks->items[mark].b - marks->items[mark].a > 5;
		at_token(&c, i);
	}
	map_release(&c.roles);
}
