/*
 * Names.  The model (namer.h) says which words are one and of what kind, the
 * tables (roster.h) which thing it is; where both speak of the same words this
 * order holds:
 *
 *   1. what a table has, word for word as the model's name, is that thing; but
 *      a town's name that the model takes for a person or a body is not the town;
 *   2. a table's name within a longer one of the model gives its country;
 *   3. a table's name that the model has not, or has but a part of, is taken where
 *      it is sure: a country, a leader, an organisation, a great city, a smaller
 *      one behind "in" or before its country;
 *   4. what only the model has is a name of no known thing; of one word, what it is
 *      may still be told by the rest of the article;
 *   5. two or more words with the tag of names that neither has are a name of
 *      some kind.
 *
 * Titles and nationalities part from the name that they stand before and are
 * kept with it.  In sentences all in capitals (headlines, tables) capitals tell
 * nothing: there known names and the article's other names are found.
 */
#include <string.h>

#include "base/map.h"
#include "language/mention.h"
#include "language/name_look.h"
#include "language/namer.h"

enum { CITY_WEIGHT = 400000 };

struct run {
	struct mentions *m;
	const struct token *t;
	const struct word *const *word;
	int start, end; /* of the sentence: [start, end) */
	const char *country, *title; /* said right before `after` */
	int after;
	const signed char *label; /* of each token, of the model: 0 or more than one */
};

struct mention *
mention_add(struct mentions *m, int first, int last, enum entity_type type)
{
	struct arena *arena = m->r->arena;
	struct mention *items =
	    arena_grow(arena, m->items, m->count, &m->room, sizeof *items);
	struct mention *mention;

	if (!items)
		return NULL;
	m->items = items;
	mention = &items[m->count++];
	*mention =
	    (struct mention){ .first = first, .last = last, .type = type, .entity = -1 };
	return mention;
}

static bool
is(const struct token *t, const char *norm)
{
	return !strcmp(t->norm, norm);
}

/* A way fits where its capitals stand in the text, and an acronym letter for letter. */
static bool
way_fits(const struct way *w, const struct token *t, int a, int b)
{
	uint32_t bit = 1;

	if (w->exact && b - a == 1)
		return !strcmp(w->exact, t[a].form);
	for (int i = a; i < b; i++) {
		if (is(&t[i], "-"))
			continue;
		if (w->capitals & bit && !token_is_capital(&t[i]))
			return false;
		bit <<= 1;
	}
	return true;
}

/* The end of the longest known name from a on, or a; *found is its first fitting way. */
static int
known_end(const struct run *r, int a, int end, const struct way **found)
{
	int node = 0, best = a;

	for (int i = a; i < end; i++) {
		if (is(&r->t[i], "-")) {
			if (i == a || r->t[i].blank)
				break;
			continue;
		}
		node = roster_step(r->m->r->roster, node, r->word[i]);
		if (node < 0)
			break;
		for (const struct way *w = roster_at(r->m->r->roster, node); w;
		     w = w->next)
			if (way_fits(w, r->t, a, i + 1)) {
				*found = w;
				best = i + 1;
				break;
			}
	}
	return best;
}

static bool
starts_sentence(const struct run *r, int i)
{
	if (i == r->start)
		return true;
	return is(&r->t[i - 1], "\"") || is(&r->t[i - 1], ":") ||
	       (is(&r->t[i - 1], "--") && i - r->start < 12);
}

static struct mention *
take(struct run *r, int a, int b, enum entity_type type)
{
	struct mention *m = mention_add(r->m, a, b - 1, type);

	if (!m)
		return NULL;
	if (r->after == a) {
		m->country = r->country;
		m->title = type == ENTITY_PER ? r->title : NULL;
	}
	r->country = r->title = NULL;
	return m;
}

static bool
after_place_word(const struct run *r, int a)
{
	return a > r->start && r->word[a - 1]->classes & WORD_PLACE_BEFORE;
}

/* "Springfield, Illinois" */
static bool
before_place(const struct run *r, int b)
{
	const struct way *w;

	if (b + 1 >= r->end || !is(&r->t[b], ",") || !token_is_capital(&r->t[b + 1]))
		return false;
	return known_end(r, b + 1, r->end, &w) > b + 1 && w->thing->type == ENTITY_LOC;
}

static bool
is_sure(const struct run *r, const struct way *w, int a, int b)
{
	const struct thing *t = w->thing;

	if (t->kind != KNOWN_PLACE || t->weight >= CITY_WEIGHT || b - a > 1)
		return true;
	return after_place_word(r, a) || before_place(r, b);
}

static uint32_t
classes(const struct run *r, int i)
{
	return r->word[i]->classes;
}

/* President, Prime Minister, Secretary of State: past the titles from a on. */
static int
title_end(const struct run *r, int a, int b)
{
	int i = a;

	while (i < b && classes(r, i) & WORD_TITLE) {
		i++;
		while (i < b && is(&r->t[i], "-"))
			i++;
		if (i + 1 < b && is(&r->t[i], "of"))
			i += 2;
	}
	return i > b ? b : i;
}

static const char *
text_of(const struct run *r, int a, int b)
{
	return document_span(r->m->r->d, a, b - 1, r->m->r->arena).text;
}

static int
label_type(int label)
{
	return (label - 1) / 2;
}

/* The end of the model's name that begins here, or a. */
static int
model_end(const struct run *r, int a, enum entity_type *type)
{
	int label = r->label[a], b = a + 1;

	if (!label || (label % 2 == 0 && a > r->start && r->label[a - 1] &&
		       label_type(r->label[a - 1]) == label_type(label)))
		return a;
	*type = (enum entity_type)label_type(label);
	while (b < r->end && r->label[b] && r->label[b] % 2 == 0 &&
	       label_type(r->label[b]) == (int)*type)
		b++;
	return b;
}

/* A word of an office right before the name: spokesman Dmitry Peskov. */
static void
title_before(struct run *r, int a)
{
	if (a > r->start && classes(r, a - 1) & WORD_TITLE && r->after != a) {
		r->title = r->t[a - 1].form;
		r->country = NULL;
		r->after = a;
	}
}

/* Rule 3: would the table's name be one without the model? */
static bool
stands_alone(const struct run *r, const struct way *w, int a, int b)
{
	if (!is_sure(r, w, a, b))
		return false;
	return b - a > 1 || !starts_sentence(r, a) || !(classes(r, a) & WORD_COMMON) ||
	       w->thing->type == ENTITY_LOC;
}

/* NULL: that is known only when the article has been read. */
static const char *
country_of(const struct way *w)
{
	while (w && w->is_doubtful)
		w = w->next;
	return w ? w->thing->country : NULL;
}

static int
take_known(struct run *r, const struct way *w, int a, int b, enum mention_kind kind)
{
	struct mention *m = take(r, a, b, w->thing->type);

	if (m) {
		m->way = w;
		m->kind = kind;
	}
	r->country = country_of(w);
	r->after = b;
	return b;
}

static int
take_of_model(struct run *r, const struct way *known, int a, int b, enum entity_type type)
{
	int name = type == ENTITY_PER ? title_end(r, a, b) : a;
	struct mention *m;

	if (name > a && name < b) { /* Bishop Carlos Reyes */
		r->title = text_of(r, a, name);
		if (r->after != a)
			r->country = NULL;
		r->after = a = name;
	}
	if (b - a > 2 && is(&r->t[a + 1], "of") && classes(r, a) & WORD_BODY)
		type = ENTITY_ORG; /* the University of Oslo is no place */
	title_before(r, a);
	m = take(r, a, b, type);
	if (!m)
		return b;
	if (country_of(known))
		m->country = country_of(known);
	if (b - a == 1)
		m->kind = MENTION_WEAK;
	return b;
}

static bool
may_be_name(const struct run *r, int i)
{
	return i < r->end && token_is_capital(&r->t[i]) && !strncmp(r->t[i].xpos, "NN", 2) &&
	       !(classes(r, i) & (WORD_COMMON | WORD_TITLE | WORD_OTHER)) &&
	       r->t[i].time < 0;
}

static bool
is_persons(const struct run *r, int i)
{
	uint32_t kind;

	return !strcmp(r->t[i].xpos, "NNP") ||
	       classes_find(r->m->r->people, namer_person_key(r->t[i].norm), &kind);
}

/* chipmaker Hanbit Semicon: by their tags alone */
static int
take_tagged(struct run *r, int a)
{
	struct mention *m;
	enum entity_type type;
	bool is_body;
	int b = a;

	while (may_be_name(r, b) && model_end(r, b, &type) == b)
		b++;
	/* Wang Lei: the first half of a person */
	if (b - a == 1 && b < r->end && is_persons(r, a)) {
		int end = model_end(r, b, &type);

		if (end > b && type == ENTITY_PER && !(classes(r, b) & WORD_TITLE))
			return take_of_model(r, NULL, a, end, type);
	}
	if (b - a < 2 || starts_sentence(r, a))
		return a + 1;
	is_body = a > r->start && classes(r, a - 1) & (WORD_BODY | WORD_COMPANY);
	m = take(r, a, b, is_body ? ENTITY_ORG : ENTITY_MISC);
	if (m)
		m->guessed = !is_body;
	return b;
}

/* One name from a on; returns where the next may begin, a + 1 where there is none. */
static int
take_one(struct run *r, int a)
{
	const struct way *w = NULL;
	enum entity_type type = ENTITY_MISC;
	int known = known_end(r, a, r->end, &w), model = model_end(r, a, &type);
	bool is_town = w && w->thing->kind == KNOWN_PLACE;

	if (model > a && known == model && (w->thing->type == type || !is_town)) {
		title_before(r, a);
		return take_known(r, w, a, known, MENTION_NAME);
	}
	if (known > a && known > model && stands_alone(r, w, a, known)) {
		title_before(r, a);
		return take_known(r, w, a, known,
				  w->is_doubtful && known - a == 1 ? MENTION_OUGHT
								   : MENTION_NAME);
	}
	if (model > a)
		return take_of_model(r, known > a && known < model ? w : NULL, a, model, type);
	return take_tagged(r, a);
}

/* Prime Minister, before a name or after a nationality: past it. */
static int
take_title(struct run *r, int a)
{
	int end = title_end(r, a, r->end);
	enum entity_type type;

	if (end == a || end == r->end || model_end(r, end, &type) == end)
		return a;
	r->title = text_of(r, a, end);
	if (r->after != a)
		r->country = NULL;
	r->after = end;
	return end;
}

static void
find_in_sentence(struct run *r)
{
	r->country = r->title = NULL;
	r->after = -1;
	for (int i = r->start; i < r->end;) {
		enum entity_type type;
		int title = model_end(r, i, &type) > i ? i : take_title(r, i);

		i = title > i ? title : take_one(r, i);
	}
}

/* Where nearly every long word has a capital, capitals tell nothing. */
static bool
is_shouted(const struct run *r, bool in_headline)
{
	int small = 0, capital = 0;

	for (int i = r->start; i < r->end; i++) {
		if (strlen(r->t[i].form) < 4)
			continue;
		if (token_is_capital(&r->t[i]))
			capital++;
		else if (*r->t[i].norm >= 'a' && *r->t[i].norm <= 'z')
			small++;
	}
	return capital >= 4 && small * 4 <= (in_headline ? capital : 0);
}

static size_t
join(const struct run *r, int a, int b, char *key, size_t room)
{
	size_t n = 0;

	for (int i = a; i < b; i++) {
		size_t size = strlen(r->t[i].norm);

		if (n + size + 2 > room)
			return 0;
		memcpy(key + n, r->t[i].norm, size);
		n += size;
		key[n++] = ' ';
	}
	return n;
}

enum { KEY_MAX = 256, SEEN_WORDS = 6 };

/* The article's names by their words, so that a headline in capitals may use them. */
static void
learn(const struct run *r, struct map *seen, size_t from)
{
	char key[KEY_MAX];

	for (size_t i = from; i < r->m->count; i++) {
		const struct mention *m = &r->m->items[i];
		size_t n = join(r, m->first, m->last + 1, key, sizeof key);
		char *kept = n && m->kind == MENTION_NAME
				 ? arena_copy(r->m->r->arena, key, n)
				 : NULL;
		void **place = kept ? map_put(seen, kept, n) : NULL;

		if (place && !*place)
			*place = (void *)(i + 1);
	}
}

static void
find_in_shouted(struct run *r, const struct map *seen)
{
	char key[KEY_MAX];

	for (int i = r->start; i < r->end;) {
		const struct way *w = NULL;
		int end = token_is_capital(&r->t[i]) ? known_end(r, i, r->end, &w) : i;
		size_t like = 0;

		for (int b = i + SEEN_WORDS > r->end ? r->end : i + SEEN_WORDS;
		     b > end && !like; b--) {
			size_t n = join(r, i, b, key, sizeof key);

			like = n ? (size_t)map_get(seen, key, n) : 0;
			if (like)
				end = b;
		}
		if (like || (end > i && is_sure(r, w, i, end) &&
			     !(classes(r, i) & WORD_COMMON && end - i == 1))) {
			const struct mention copy =
			    like ? r->m->items[like - 1] : (struct mention){ 0 };
			struct mention *m =
			    mention_add(r->m, i, end - 1,
					like ? copy.type : w->thing->type);

			if (m)
				m->way = like ? copy.way : w;
		}
		i = end > i ? end : i + 1;
	}
}

/* The best labels of each run of words that may be names. */
static bool
label_sentence(const struct mentions *m, const struct look *look, const struct sentence *s,
	       signed char *label)
{
	const struct namer *namer = m->r->namer;
	struct arena *arena = m->r->arena;
	int end = s->first + s->count;

	for (int a = s->first, b; a < end; a = b) {
		int32_t(*score)[LABELS];

		for (b = a; b < end && look->asked[b]; b++)
			;
		if (b == a) {
			b++;
			continue;
		}
		score = arena_alloc(arena, (size_t)(b - a) * sizeof *score);
		if (!score)
			return false;
		for (int i = a; i < b; i++) {
			uint64_t key[LOOK_KEYS];
			int keys = look_keys(look, i, key);

			namer_score(namer, m->r->d->tokens[i].view, key, keys, score[i - a]);
		}
		if (!namer_best(namer, (const int32_t(*)[LABELS])score, b - a, label + a, arena))
			return false;
	}
	return true;
}

/* What the model takes each word of the sentences for; NULL: the arena is full. */
static const signed char *
read_labels(const struct mentions *m)
{
	struct document *d = m->r->d;
	struct arena *arena = m->r->arena;
	signed char *label = arena_calloc(arena, d->token_count + 1);
	struct look look;

	if (!label || !look_init(&look, m->r))
		return NULL;
	for (size_t i = 0; i < d->sentence_count; i++) {
		const struct sentence *s = &d->sentences[i];

		if (!look_enter(&look, s) || !label_sentence(m, &look, s, label))
			return NULL;
	}
	return label;
}

void
names_find(struct mentions *m)
{
	struct document *d = m->r->d;
	struct run r = { .m = m,
			 .t = d->tokens,
			 .word = m->r->word,
			 .label = read_labels(m) };
	struct map seen;

	if (!r.label)
		return;
	map_init(&seen, d->token_count + 1);
	for (int shouted = 0; shouted <= 1; shouted++)
		for (size_t i = 0; i < d->sentence_count && !m->r->arena->full; i++) {
			size_t from = m->count;

			r.start = d->sentences[i].first;
			r.end = r.start + d->sentences[i].count;
			if (is_shouted(&r, d->sentences[i].in_headline) != shouted)
				continue;
			if (shouted) {
				find_in_shouted(&r, &seen);
			} else {
				find_in_sentence(&r);
				learn(&r, &seen, from);
			}
		}
	map_release(&seen);
}
