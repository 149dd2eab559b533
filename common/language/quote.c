/*
 * Direct and mixed quotations: stretches between quotation marks, joined
 * where only their cue parts them, and the speaker of each.  The cue is the
 * verb of speech nearest to the quotation in the sentence where it begins or
 * ends; the speaker is that verb's subject, before it or (said X) behind it.
 * A quotation without a cue goes on with the last speaker.
 */
#include <string.h>

#include "base/mem.h"
#include "language/reader.h"

enum { WORDS_MAX = 400, GAP_MAX = 24, PHRASE_MAX = 9, REACH = 300 };

struct stretch {
	int a, b; /* tokens inside the marks: [a, b) */
	bool cut; /* no closing mark: the paragraph ended first */
};

struct speaker {
	int a, b;   /* tokens; b 0: none */
	int entity; /* -1: a phrase */
};

struct quoting {
	struct reader *r;
	struct document *d;
	const struct token *t;
	struct stretch *items;
	size_t count, room;
	struct speaker last; /* of the quotation before */
	int last_paragraph;
};

static bool
is(const struct quoting *q, int i, const char *norm)
{
	return i >= 0 && (size_t)i < q->d->token_count && !strcmp(q->t[i].norm, norm);
}

static uint32_t
classes(const struct quoting *q, int i)
{
	return i >= 0 && (size_t)i < q->d->token_count ? q->r->word[i]->classes : 0;
}

static bool
is_form(const struct quoting *q, int i, const char *form)
{
	return !strcmp(q->t[i].form, form);
}

/* Marks that open, with those that close them; straight ones are told apart by blanks. */
static const struct {
	const char *open, *close[3];
} marks[] = {
	{ "\u201c", { "\u201d", "\"", NULL } },
	{ "\u201e", { "\u201c", "\u201d", "\"" } },
	{ "\u00ab", { "\u00bb", NULL, NULL } },
	{ "\u00bb", { "\u00ab", NULL, NULL } },
	{ "\u300c", { "\u300d", NULL, NULL } },
	{ "\"", { "\"", "\u201d", NULL } },
	{ "``", { "''", "\"", NULL } },
	{ "''", { "''", NULL, NULL } },
	{ "\u201d", { "\u201d", NULL, NULL } },
	{ "\u2018", { "\u2019", "'", NULL } },
	{ "'", { "'", NULL, NULL } },
};

static int
opens(const struct quoting *q, int i, int start, int end)
{
	for (size_t k = 0; k < LENGTH(marks); k++) {
		if (!is_form(q, i, marks[k].open))
			continue;
		/* A mark of both kinds opens where a blank or a bracket stands before it.
		 */
		if ((k == 3 || k >= 5) && i > start && !q->t[i].blank &&
		    !is(q, i - 1, "(") && !is(q, i - 1, "--"))
			return -1;
		return i + 1 < end ? (int)k : -1;
	}
	return -1;
}

/* 'closed' closes; the s' of the workers' pay does not. */
static bool
closes_single(const struct quoting *q, int i, int end)
{
	size_t n = strlen(q->t[i - 1].norm);

	if (q->t[i].blank)
		return false;
	return i + 1 == end || !q->t[i + 1].blank ||
	       (n && q->t[i - 1].norm[n - 1] != 's');
}

static bool
closes(const struct quoting *q, int mark, int i, int end)
{
	const char *open = marks[mark].open;
	bool single = !strcmp(open, "'") || !strcmp(open, "\u2018");

	for (size_t k = 0; k < 3 && marks[mark].close[k]; k++) {
		if (!is_form(q, i, marks[mark].close[k]))
			continue;
		if (single)
			return closes_single(q, i, end);
		return strcmp(open, marks[mark].close[k]) || !q->t[i].blank ||
		       i + 1 == end || q->t[i + 1].blank;
	}
	return false;
}

static bool
has_word(const struct quoting *q, int a, int b)
{
	for (int i = a; i < b; i++)
		for (const char *p = q->t[i].norm; *p; p++)
			if ((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ||
			    ((unsigned char)*p >= 0xc3 && (unsigned char)*p != 0xe2))
				return true;
	return false;
}

static void
add_stretch(struct quoting *q, int a, int b, bool cut)
{
	struct stretch *items;

	if (!has_word(q, a, b))
		return;
	items = arena_grow(q->r->arena, q->items, q->count, &q->room, sizeof *items);
	if (!items)
		return;
	q->items = items;
	items[q->count++] = (struct stretch){ a, b, cut };
}

/* The stretches of one paragraph, tokens [start, end). */
static void
pair_marks(struct quoting *q, int start, int end)
{
	int mark = -1, from = 0;

	for (int i = start; i < end; i++) {
		if (mark < 0) {
			mark = opens(q, i, start, end);
			from = i + 1;
		} else if (closes(q, mark, i, end)) {
			add_stretch(q, from, i, false);
			mark = -1;
		} else if (i - from > WORDS_MAX || (mark >= 9 && i - from > 60)) {
			mark = -1;
			i = from;
		}
	}
	if (mark >= 0 && mark < 9)
		add_stretch(q, from, end, true);
}

static const struct sentence *
sentence_of(const struct quoting *q, int token)
{
	return &q->d->sentences[document_sentence(q->d, token)];
}

static bool
is_cue(const struct quoting *q, int i)
{
	return classes(q, i) & WORD_SAY && !is(q, i - 1, "-") &&
	       !(q->t[i].form[0] >= 'A' && q->t[i].form[0] <= 'Z');
}

static bool
is_sayer(const struct quoting *q, int i)
{
	return is_cue(q, i) || (is(q, i, "to") && is(q, i - 1, "according"));
}

/* Between [a, b) is a cue and little else. */
static bool
has_cue(const struct quoting *q, int a, int b)
{
	for (int i = a; i < b; i++)
		if (is_sayer(q, i))
			return true;
	return false;
}

/* Whether the next stretch goes on with what this one began. */
static bool
goes_on(const struct quoting *q, const struct stretch *x, const struct stretch *y)
{
	const struct sentence *s = sentence_of(q, x->a), *e = sentence_of(q, y->a);
	int gap = y->a - x->b;

	if (s->in_headline != e->in_headline)
		return false;
	if (x->cut)
		return e->paragraph == sentence_of(q, x->b - 1)->paragraph + 1 &&
		       y->a - 1 == e->first;
	if (s->paragraph != e->paragraph || gap > GAP_MAX)
		return false;
	if (gap > 3 && has_cue(q, x->b, y->a)) /* “We”, he said, “go” */
		return strchr(",.;!?", *q->t[y->a - 2].norm) &&
		       (strchr(",!?.", *q->t[x->b - 1].norm) || is(q, x->b, ",") ||
			is(q, x->b + 1, ","));
	return sentence_of(q, x->b - 1) == e && gap <= 10 && !has_cue(q, x->b, y->a);
}

static bool
is_pronoun(const struct quoting *q, int i)
{
	static const char *const pronouns[] = { "he", "she", "they", "i",
						"we", "it",  "who" };

	for (size_t k = 0; k < LENGTH(pronouns); k++)
		if (is(q, i, pronouns[k]))
			return true;
	return false;
}

static bool
ends_phrase(const struct quoting *q, int i)
{
	static const char *const words[] = {
		"that",    "and",  "but",   "as",     "when", "while", "where", "which",
		"because", "if",   "after", "before", "than", "has",   "have",  "had",
		"was",     "were", "is",    "are",    "also", "later", "then",  "to",
		"in",      "on",   "at",    "not",    "n't",  "would", "will",  "could"
	};

	if (!((q->t[i].norm[0] >= 'a' && q->t[i].norm[0] <= 'z') ||
	      (unsigned char)q->t[i].norm[0] >= 0x80 ||
	      (q->t[i].norm[0] >= '0' && q->t[i].norm[0] <= '9')) &&
	    strcmp(q->t[i].norm, "-") && strcmp(q->t[i].norm, "'s") &&
	    strcmp(q->t[i].norm, "."))
		return true;
	for (size_t k = 0; k < LENGTH(words); k++)
		if (is(q, i, words[k]))
			return q->t[i].entity < 0;
	return is_cue(q, i);
}

static struct speaker
of_entity(const struct quoting *q, int i)
{
	struct speaker s = { i, i + 1, q->t[i].entity };

	while (s.a > 0 && q->t[s.a - 1].entity == s.entity)
		s.a--;
	while ((size_t)s.b < q->d->token_count && q->t[s.b].entity == s.entity)
		s.b++;
	return s;
}

static bool
is_person(const struct quoting *q, int i)
{
	return q->t[i].entity >= 0 && q->d->entities[q->t[i].entity].type == ENTITY_PER;
}

/* Adverbs and helpers between a subject and its verb. */
static bool
is_between(const struct quoting *q, int i)
{
	static const char *const words[] = { "has",        "have", "had",   "also",
					     "later",      "then", "is",    "was",
					     "were",       "are",  "often", "once",
					     "would",      "will", "not",   "n't",
					     "repeatedly", "did",  "does" };
	size_t n = strlen(q->t[i].norm);

	for (size_t k = 0; k < LENGTH(words); k++)
		if (is(q, i, words[k]))
			return true;
	return n > 4 && !strcmp(q->t[i].norm + n - 2, "ly") && q->t[i].entity < 0;
}

/* What the commas before the verb enclose goes: "Smith, the minister, said". */
static int
before_clause(const struct quoting *q, int i, int start)
{
	if (!is(q, i, ","))
		return i;
	for (int k = i - 1; k >= start && k > i - 20; k--)
		if (is(q, k, ","))
			return k - 1;
	return i - 1;
}

/* The subject that ends before the verb at i. */
static struct speaker
subject_before(const struct quoting *q, int verb, int start)
{
	struct speaker none = { 0, 0, -1 };
	int i = verb - 1, a;

	while (i >= start && is_between(q, i))
		i--;
	i = before_clause(q, i, start);
	if (i < start)
		return none;
	if (is_pronoun(q, i))
		return (struct speaker){ i, i + 1, -1 };
	if (is_person(q, i))
		return of_entity(q, i);
	for (a = i + 1; a > start && i + 1 - a < PHRASE_MAX && !ends_phrase(q, a - 1);)
		a--;
	for (int k = a; k <= i; k++) /* Smith of the ministry */
		if (is_person(q, k) && k + PHRASE_MAX > i &&
		    (k == a || classes(q, k - 1) & WORD_TITLE || q->t[k - 1].entity >= 0))
			return of_entity(q, k);
	if (a > i)
		return none;
	if (q->t[i].entity >= 0 && of_entity(q, i).a <= a + (is(q, a, "the") ? 1 : 0))
		return of_entity(q, i);
	return (struct speaker){ a, i + 1, -1 };
}

/* The subject behind the verb: said Smith, according to the ministry. */
static struct speaker
subject_after(const struct quoting *q, int verb, int end)
{
	int i = verb + 1, b = i;

	if (i >= end)
		return (struct speaker){ 0, 0, -1 };
	while (b < end && b - i < PHRASE_MAX &&
	       (!ends_phrase(q, b) || q->t[b].entity >= 0)) {
		if (is_person(q, b))
			return of_entity(q, b);
		b++;
	}
	if (b == i)
		return (struct speaker){ 0, 0, -1 };
	if (is_pronoun(q, i))
		return (struct speaker){ i, i + 1, -1 };
	for (int k = i; k < b && k < i + 2; k++)
		if (q->t[k].entity >= 0 && of_entity(q, k).b >= b)
			return of_entity(q, k);
	return (struct speaker){ i, b, -1 };
}

/* The first person, organisation or pronoun of the sentence: its subject, most often. */
static struct speaker
first_subject(const struct quoting *q, int start, int end)
{
	for (int i = start; i < end; i++) {
		int e = q->t[i].entity;

		if (e >= 0 && q->d->entities[e].type != ENTITY_MISC &&
		    q->d->entities[e].type != ENTITY_LOC)
			return of_entity(q, i);
		if (is_pronoun(q, i) && !is(q, i, "it") && !is(q, i, "who"))
			return (struct speaker){ i, i + 1, -1 };
	}
	return (struct speaker){ 0, 0, -1 };
}

/* "..., accusing him of": the verb's subject stands far before it. */
static bool
is_participle(const struct quoting *q, int verb)
{
	size_t n = strlen(q->t[verb].norm);

	return n > 4 && !strcmp(q->t[verb].norm + n - 3, "ing");
}

/* A subject's phrase begins with an article or a name, or stands at a clause's start. */
static bool
is_subject(const struct quoting *q, const struct speaker *s, int start)
{
	static const char *const words[] = { "the",     "a",       "an",   "his",
					     "her",     "their",   "its",  "some",
					     "many",    "several", "one",  "two",
					     "another", "other",   "most", "both",
					     "three" };

	if (!s->b || s->entity >= 0 || s->a <= start + 1 || is_pronoun(q, s->a))
		return s->b != 0;
	for (size_t i = 0; i < LENGTH(words); i++)
		if (is(q, s->a, words[i]))
			return s->b - s->a > 1;
	return q->t[s->a].entity >= 0 || classes(q, s->a) & WORD_TITLE ||
	       (q->t[s->b - 1].norm[strlen(q->t[s->b - 1].norm) - 1] == 's' &&
		!is(q, s->a - 1, "to"));
}

static struct speaker
speaker_of(const struct quoting *q, int verb, int start, int end, bool inverted)
{
	struct speaker s = { 0, 0, -1 };

	if (is(q, verb, "to") || inverted)
		s = subject_after(q, verb, end);
	if (!s.b && !is(q, verb, "to") && !is_participle(q, verb))
		s = subject_before(q, verb, start);
	return is_subject(q, &s, start) ? s : first_subject(q, start, verb);
}

/* Behind the quotation: "...," Smith said; "...," said Smith. */
static struct speaker
after_quote(const struct quoting *q, int b, int end)
{
	int i = b;

	while (i < end && i < b + 3 &&
	       (is(q, i, "\"") || is(q, i, "''") || is(q, i, "'") || is(q, i, ",")))
		i++;
	for (int verb = i; verb < end && verb < i + GAP_MAX; verb++)
		if (is_sayer(q, verb))
			return speaker_of(q, verb, i, end, verb == i);
	return (struct speaker){ 0, 0, -1 };
}

/*
 * Before it: Smith said, "..."; Smith said the plan was "...".  A participle
 * (adding that "...") has the subject of the verb before it.
 */
static struct speaker
before_quote(const struct quoting *q, int start, int a)
{
	struct speaker s = { 0, 0, -1 };
	bool found = false;

	for (int verb = a - 1; verb >= start && verb > a - 60; verb--) {
		if (!is_sayer(q, verb))
			continue;
		found = true;
		if (!is_participle(q, verb) || is(q, verb, "to"))
			return speaker_of(q, verb, start, a, false);
	}
	return found ? first_subject(q, start, a) : s;
}

static struct speaker
find_speaker(const struct quoting *q, const struct stretch *x, int first_b, int last_a)
{
	const struct sentence *begin = sentence_of(q, x->a),
			      *end = sentence_of(q, x->b - 1);
	struct speaker s = { 0, 0, -1 };

	if (first_b < x->b) /* broken by its cue */
		s = after_quote(q, first_b, last_a);
	if (!s.b && x->a - 1 > begin->first + 1) /* a part of what its sentence says */
		s = before_quote(q, begin->first, x->a - 1);
	if (!s.b)
		s = after_quote(q, x->b, end->first + end->count);
	if (!s.b)
		s = before_quote(q, begin->first, x->a - 1);
	/* Smith went on: [paragraph] "..." */
	if (!s.b && begin > q->d->sentences && x->a - 1 <= begin->first + 1) {
		const struct sentence *before = begin - 1;
		int last = before->first + before->count - 1;

		if (!before->in_headline && is(q, last, ":"))
			s = before_quote(q, before->first, last + 1);
	}
	return s;
}

/* The agency is the organisation last spoken of that has the word in its name. */
static void
resolve_body(const struct quoting *q, struct speaker *s)
{
	const char *word = q->t[s->b - 1].norm;

	if (s->b - s->a > 2 || !is(q, s->b - 2, "the") ||
	    !(classes(q, s->b - 1) & WORD_BODY))
		return;
	for (int i = s->a - 1; i >= 0 && i > s->a - REACH; i--) {
		int e = q->t[i].entity;

		if (e >= 0 && q->d->entities[e].type == ENTITY_ORG &&
		    strcasestr(q->d->entities[e].name, word)) {
			s->entity = e;
			return;
		}
	}
}

/* He and she are the person last spoken of, of that gender where first names tell. */
static bool
gender_fits(const struct quoting *q, const struct entity *e, uint32_t gender)
{
	for (size_t i = 0; i < q->d->token_count && gender; i++)
		if (q->t[i].start == e->span.start && q->t[i].entity >= 0 &&
		    &q->d->entities[q->t[i].entity] == e) {
			uint32_t of_name = classes(q, (int)i) & (WORD_MAN | WORD_WOMAN);

			return !of_name || of_name & gender;
		}
	return true;
}

static void
resolve(struct quoting *q, struct speaker *s, const struct stretch *x)
{
	uint32_t gender =
	    s->b && s->entity < 0 ? classes(q, s->a) & (WORD_MAN | WORD_WOMAN) : 0;
	int i = s->a;

	if (s->b >= 2 && s->entity < 0)
		resolve_body(q, s);
	if (!s->b || s->entity >= 0 ||
	    !(is(q, s->a, "he") || is(q, s->a, "she") || is(q, s->a, "who")))
		return;
	for (int seen = 0; --i >= 0 && seen < 200; seen++) {
		if (i >= x->a && i < x->b) /* not who is spoken of inside */
			continue;
		if (q->t[i].quote >= 0)
			continue;
		if (is_person(q, i) &&
		    gender_fits(q, &q->d->entities[q->t[i].entity], gender)) {
			s->entity = q->t[i].entity;
			return;
		}
	}
}

static const struct actor *
actor_of(const struct quoting *q, const struct speaker *s)
{
	struct actor *a;

	if (!s->b)
		return NULL;
	a = arena_calloc(q->r->arena, sizeof *a);
	if (!a)
		return NULL;
	a->span = document_span(q->d, s->a, s->b - 1, q->r->arena);
	for (int i = s->a; i < s->b && s->entity < 0; i++)
		if (q->t[i].entity >= 0 && !a->country)
			a->country = q->d->entities[q->t[i].entity].country;
	if (s->entity >= 0) {
		const struct entity *e = &q->d->entities[s->entity];

		a->name = e->name;
		a->country = e->country;
		a->id = e->id;
		a->sectors = q->d->known[s->entity].sectors;
	}
	return a;
}

static void
add_quote(struct quoting *q, const struct stretch *x, struct speaker s)
{
	struct document *d = q->d;
	struct quote *quotes = arena_grow(q->r->arena, d->quotes, d->quote_count,
					  &q->r->quote_room, sizeof *quotes);

	if (!quotes)
		return;
	d->quotes = quotes;
	for (int i = x->a; i < x->b; i++)
		d->tokens[i].quote = (int)d->quote_count;
	quotes[d->quote_count++] =
	    (struct quote){ .span = document_span(d, x->a, x->b - 1, q->r->arena),
			    .speaker = actor_of(q, &s),
			    .direct = true };
}

/* One quotation: stretches [from, to) of the list. */
static void
take(struct quoting *q, size_t from, size_t to)
{
	struct stretch x = { q->items[from].a, q->items[to - 1].b, false };
	const struct sentence *begin = sentence_of(q, x.a);
	struct speaker s = find_speaker(q, &x, q->items[from].b, q->items[to - 1].a - 1);
	bool is_whole = x.a - 1 <= begin->first + 1;

	if (!s.b && !is_whole)
		s = first_subject(q, begin->first, x.a - 1);
	resolve(q, &s, &x);
	if (!s.b && is_whole && q->last.b && begin->paragraph - q->last_paragraph <= 1)
		s = q->last;
	add_quote(q, &x, s);
	if (s.b && is_whole) {
		q->last = s;
		q->last_paragraph = sentence_of(q, x.b - 1)->paragraph;
	}
}

void
read_quotes(struct reader *r)
{
	struct quoting q = { .r = r, .d = r->d, .t = r->d->tokens, .last = { 0, 0, -1 } };
	const struct document *d = r->d;

	for (size_t i = 0; i < d->sentence_count && !r->arena->full;) {
		const struct sentence *s = &d->sentences[i];
		int start = s->first, end = start;

		for (;
		     i < d->sentence_count && d->sentences[i].paragraph == s->paragraph &&
		     d->sentences[i].in_headline == s->in_headline;
		     i++)
			end = d->sentences[i].first + d->sentences[i].count;
		pair_marks(&q, start, end);
	}
	for (size_t i = 0, to; i < q.count && !r->arena->full; i = to) {
		for (to = i + 1;
		     to < q.count && goes_on(&q, &q.items[to - 1], &q.items[to]); to++)
			;
		take(&q, i, to);
	}
}
