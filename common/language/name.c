/*
 * Names by their capitals.  A run of capitalised words is cut from left to
 * right: words that only start the sentence go, titles and nationalities
 * part from the name that they stand before, what a table knows is taken,
 * and the rest is typed by its head (... Ministry, Mount ...), by first names
 * and by the word before it.  Sentences all in capitals (headlines, tables)
 * have no runs; in them only known names and the article's other names are.
 */
#include <string.h>

#include "language/mention.h"
#include "text/utf8.h"

enum { CITY_WEIGHT = 400000, PERSON_WORDS = 5 };

struct run {
	struct mentions *m;
	const struct token *t;
	const struct word *const *word;
	int start, end; /* of the sentence: [start, end) */
	int a, b;       /* of the run: [a, b) */
	const char *country, *title;
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
is_capital(const struct token *t)
{
	int used;
	uint32_t c;

	if ((unsigned char)*t->form < 0x80)
		return *t->form >= 'A' && *t->form <= 'Z';
	c = utf8_decode(t->form, strlen(t->form) + 1, &used);
	return c != UTF8_BAD && utf8_is_upper(c);
}

static bool
is(const struct token *t, const char *norm)
{
	return !strcmp(t->norm, norm);
}

static bool
is_acronym(const struct token *t)
{
	size_t capitals = 0;

	for (const char *p = t->form; *p; p++) {
		if (*p >= 'a' && *p <= 'z')
			return false;
		capitals += *p >= 'A' && *p <= 'Z';
	}
	return capitals >= 2 && strlen(t->form) <= 8;
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
		if (w->capitals & bit && !is_capital(&t[i]))
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

/* al - Qaida, de la Cruz: a small word with a capital soon behind it. */
static bool
particle_joins(const struct run *r, int i)
{
	if (!(r->word[i]->classes & WORD_PARTICLE))
		return false;
	i++;
	if (i < r->end && is(&r->t[i], "-") && !r->t[i].blank)
		i++;
	else if (i + 1 < r->end && r->word[i]->classes & WORD_PARTICLE)
		i++;
	return i < r->end && is_capital(&r->t[i]);
}

/* Words that may stand inside a run without a capital: Bank of, Trinidad and Tobago. */
static bool
joins(const struct run *r, int i)
{
	const struct token *t = &r->t[i];
	bool is_body = false;

	if (particle_joins(r, i))
		return true;
	if (is(t, "-"))
		return !t->blank && i + 1 < r->end && !t[1].blank &&
		       (is_capital(t + 1) || particle_joins(r, i + 1));
	if (i + 1 >= r->end || !is_capital(t + 1))
		return false;
	if (is(t, "&"))
		return true;
	if (!is(t, "of") && !is(t, "for") && !is(t, "and"))
		return false;
	for (int k = r->a; k < i; k++)
		is_body = is_body || r->word[k]->classes & WORD_BODY;
	if (is(t, "of"))
		return is_body || r->word[i - 1]->classes & (WORD_FEATURE | WORD_TITLE);
	return is_body && i - r->a >= 2 && is(&r->t[r->a + 1], "of");
}

/* Islamic may begin a name as Islamic Group; a month or a weekday never does. */
static bool
is_part(const struct run *r, int i)
{
	const struct word *w = r->word[i];

	if (!is_capital(&r->t[i]) || is(&r->t[i], "i") || strchr(r->t[i].form, '@'))
		return false;
	return !(w->classes & WORD_OTHER) || !w->time;
}

static bool
begins(const struct run *r, int i)
{
	const struct way *w;

	if (r->word[i]->classes & WORD_OTHER && known_end(r, i, r->end, &w) == i)
		return is_part(r, i) && i + 1 < r->end && is_part(r, i + 1);
	if (is_capital(&r->t[i])) {
		if (starts_sentence(r, i) && r->word[i]->classes & WORD_COMMON)
			return known_end(r, i, r->end, &w) > i;
		return is_part(r, i);
	}
	/* al-Assad, bin Laden */
	return r->word[i]->classes & WORD_PARTICLE && known_end(r, i, r->end, &w) > i;
}

/* The run's end: capitalised words and what joins them. */
static int
run_end(struct run *r, int a)
{
	int i = a + 1;

	r->a = a;
	while (i < r->end && i - a < 24) {
		if (!is_part(r, i) && !joins(r, i))
			break;
		i++;
	}
	return i;
}

static struct mention *
take(struct run *r, int a, int b, enum entity_type type)
{
	struct mention *m = mention_add(r->m, a, b - 1, type);

	if (!m)
		return NULL;
	m->country = r->country;
	if (type == ENTITY_PER)
		m->title = r->title;
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

	if (b + 1 >= r->end || !is(&r->t[b], ",") || !is_capital(&r->t[b + 1]))
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

/* How far a person's name goes: no title, nationality or joint inside. */
static int
person_end(const struct run *r, int a, int b)
{
	int i = a, words = 0;

	for (; i < b && words < PERSON_WORDS; i++) {
		if (is(&r->t[i], "of") || is(&r->t[i], "for") || is(&r->t[i], "and") ||
		    is(&r->t[i], "&"))
			break;
		if (i > a && r->word[i]->classes & WORD_TITLE && words >= 2)
			break;
		words += !is(&r->t[i], "-");
	}
	while (i > a + 1 &&
	       (is(&r->t[i - 1], "-") ||
		(r->word[i - 1]->classes & WORD_PARTICLE && !is_capital(&r->t[i - 1]))))
		i--;
	return i;
}

static uint32_t
classes(const struct run *r, int i)
{
	return r->word[i]->classes;
}

/* Ministry of X, X Ministry, X Inc.: the type that a run's head gives; -1: none. */
static int
type_by_head(const struct run *r, int a, int b)
{
	int head = b - 1;

	if (b - a < 2)
		return -1;
	for (int i = a; i < b; i++)
		if (is(&r->t[i], "of") && i > a) {
			head = i - 1;
			break;
		}
	if (classes(r, head) & (WORD_BODY | WORD_COMPANY) &&
	    !(classes(r, a) & WORD_TITLE && head > a + 1))
		return ENTITY_ORG;
	if (classes(r, head) & WORD_FEATURE && !(classes(r, a) & WORD_TITLE))
		return ENTITY_LOC;
	if (classes(r, a) & WORD_FEATURE && b - a == 2 && !(classes(r, a) & WORD_TITLE))
		return ENTITY_LOC;
	return -1;
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

/* A small word for an office right before the run: spokesman Dmitry Peskov. */
static void
title_before(struct run *r, int a)
{
	if (a > r->start && classes(r, a - 1) & WORD_TITLE && !is_capital(&r->t[a - 1]))
		r->title = r->t[a - 1].form;
}

static bool
after_article(const struct run *r, int a)
{
	return a > r->start && (is(&r->t[a - 1], "the") || is(&r->t[a - 1], "a") ||
				is(&r->t[a - 1], "an") || is(&r->t[a - 1], "its") ||
				is(&r->t[a - 1], "their"));
}

/* in Xanadu, the town of Xanadu */
static bool
is_place_by_context(const struct run *r, int a)
{
	return after_place_word(r, a) || (a - 1 > r->start && is(&r->t[a - 1], "of") &&
					  classes(r, a - 2) & WORD_FEATURE);
}

/* the company Acme; the company, Acme; MONTEVIDEO (Meridian) - */
static bool
is_body_by_context(const struct run *r, int a, int b)
{
	int k = a - 1;

	if (k > r->start && is(&r->t[k], "(") && a - r->start < 10 && b + 1 < r->end &&
	    is(&r->t[b], ")") && (is(&r->t[b + 1], "-") || is(&r->t[b + 1], "--")))
		return true;
	if (k > r->start && is(&r->t[k], ","))
		k--;
	return k > r->start && classes(r, k) & (WORD_BODY | WORD_COMPANY) &&
	       !is_capital(&r->t[k]);
}

/* One word of no table: what stands beside it says what it may be. */
static enum entity_type
guess_one(const struct run *r, int a, int b)
{
	if (is_body_by_context(r, a, b))
		return ENTITY_ORG;
	if (is_place_by_context(r, a))
		return ENTITY_LOC;
	if (classes(r, a) & WORD_FIRST)
		return ENTITY_PER;
	if (is_acronym(&r->t[a]))
		return ENTITY_ORG;
	if (!after_article(r, a) && ((b < r->end && classes(r, b) & WORD_SAY) ||
				     (a > r->start && classes(r, a - 1) & WORD_SAY)))
		return ENTITY_PER;
	return ENTITY_MISC;
}

static void
take_unknown(struct run *r, int a, int b)
{
	struct mention *m;
	int end = person_end(r, a, b);

	while (end > a + 1 && classes(r, end - 1) & (WORD_COMMON | WORD_OTHER) &&
	       !(classes(r, end - 1) & WORD_FIRST))
		end--;
	if (r->title) {
		take(r, a, end, ENTITY_PER);
		return;
	}
	if (end - a >= 2) {
		bool is_body = is_body_by_context(r, a, end);

		m = take(r, a, end,
			 after_article(r, a) || is_body ? ENTITY_ORG : ENTITY_PER);
		if (m)
			m->guessed = !is_body;
		return;
	}
	if (classes(r, a) & (WORD_COMMON | WORD_OTHER | WORD_BODY | WORD_FEATURE))
		return;
	m = take(r, a, end, guess_one(r, a, end));
	if (m)
		m->kind = starts_sentence(r, a) ? MENTION_OUGHT : MENTION_WEAK;
}

static bool
is_person_start(const struct run *r, int a, int b)
{
	if (b - a < 2 || !(classes(r, a) & WORD_FIRST) || !is_capital(&r->t[a + 1]))
		return false;
	return !(classes(r, a + 1) & (WORD_BODY | WORD_COMPANY | WORD_TITLE));
}

/* One name from a on; returns where the next may begin. */
static int
take_one(struct run *r, int a, int b)
{
	const struct way *w = NULL;
	int end = known_end(r, a, b, &w), title = title_end(r, a, b), type;
	struct mention *m;

	if (end < b && (type = type_by_head(r, a, b)) >= 0) {
		if (end > a && w->thing->country)
			r->country = w->thing->country;
		take(r, a, b, (enum entity_type)type);
		return b;
	}
	if (end == a && title > a && title < b) {
		r->title = text_of(r, a, title);
		return title;
	}
	if (end - a <= 1 && is_person_start(r, a, b)) {
		end = person_end(r, a, b);
		take(r, a, end, ENTITY_PER);
		return end;
	}
	if (end > a && is_sure(r, w, a, end)) {
		m = take(r, a, end, w->thing->type);
		if (m)
			m->way = w;
		if (w->thing->country && end < b)
			r->country = w->thing->country;
		return end;
	}
	if (title == b) /* a title alone is no name */
		return b;
	end = person_end(r, a, b);
	take_unknown(r, a, end > a ? end : b);
	return end > a ? end : a + 1;
}

static void
take_run(struct run *r, int a, int b)
{
	const struct way *w;

	r->country = r->title = NULL;
	if (starts_sentence(r, a) && classes(r, a) & WORD_COMMON &&
	    known_end(r, a, b, &w) == a)
		a++;
	title_before(r, a);
	while (a < b) {
		while (a < b &&
		       (is(&r->t[a], "of") || is(&r->t[a], "and") ||
			is(&r->t[a], "for") || is(&r->t[a], "&") || is(&r->t[a], "-") ||
			(classes(r, a) & WORD_PARTICLE && !is_capital(&r->t[a]) &&
			 known_end(r, a, b, &w) == a)))
			a++;
		if (a < b)
			a = take_one(r, a, b);
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
		if (is_capital(&r->t[i]))
			capital++;
		else if (*r->t[i].norm >= 'a' && *r->t[i].norm <= 'z')
			small++;
	}
	return capital >= 4 && small * 4 <= (in_headline ? capital : 0);
}

static void
find_in_sentence(struct run *r)
{
	for (int i = r->start; i < r->end;) {
		const struct way *w;
		int end, known;

		if (!begins(r, i)) {
			i++;
			continue;
		}
		end = run_end(r, i);
		known = known_end(r, i, r->end, &w); /* Moody's, the People's Army */
		take_run(r, i, known > end ? known : end);
		end = known > end ? known : end;
		i = end;
	}
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
		int end = is_capital(&r->t[i]) ? known_end(r, i, r->end, &w) : i;
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

void
names_find(struct mentions *m)
{
	struct document *d = m->r->d;
	struct run r = { .m = m, .t = d->tokens, .word = m->r->word };
	struct map seen;

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
