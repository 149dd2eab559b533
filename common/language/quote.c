/*
 * Direct and mixed quotations and who says them, by surface rules: pair the
 * marks within a paragraph, look for a verb of speech beside the quotation,
 * take its subject.  A quotation broken by its cue (“We”, he said, “go”) is
 * one; one without a cue goes on with the speaker before it.  Every look
 * around is bounded, so the work is linear.
 *
 * The rules are those of O'Keefe et al. 2012 (a cue verb beside the
 * quotation is right in nine of ten in news) in the order of Muzny et al. 2017.
 */
#include <string.h>

#include "base/mem.h"
#include "language/reader.h"

enum { NEAR = 40, SCARE_WORDS = 3, PHRASE = 8 };

enum mark { NO_MARK, OPENS, CLOSES, EITHER };

struct piece { /* between two marks, tokens [first, last], without the marks */
	int first, last;
	int paragraph;
	bool in_headline, goes_on; /* not closed: the next paragraph may go on with it */
};

struct speaker {
	int first, last; /* tokens; first -1: none */
};

static const struct speaker nobody = { -1, -1 };

struct quoting {
	struct reader *r;
	struct document *d;
	struct piece *pieces;
	size_t count, room;
	struct speaker before; /* of the quotation before, for one without a cue */
	int before_paragraph;
};

/* ---- marks ---- */

/* Single quotes count where they stand as words of their own. */
static enum mark
mark_of(const struct token *t)
{
	static const struct {
		const char *form;
		enum mark mark;
	} marks[] = { { "\"", EITHER }, { "“", OPENS },   { "”", CLOSES },
		      { "„", OPENS },   { "«", OPENS },   { "»", CLOSES },
		      { "``", OPENS },  { "''", CLOSES }, { "‘", OPENS } };

	for (size_t i = 0; i < LENGTH(marks); i++)
		if (!strcmp(t->form, marks[i].form))
			return marks[i].mark;
	return NO_MARK;
}

static bool
closes(const struct token *opening, const struct token *t)
{
	enum mark mark = mark_of(t);

	if (!strcmp(opening->form, "‘"))
		return !strcmp(t->form, "’") && !t->blank;
	/* Swedish and Finnish open with the mark that closes elsewhere; so does »this«.
	 */
	return mark == CLOSES || mark == EITHER || (mark == OPENS && !t->blank);
}

static void
add_piece(struct quoting *q, int first, int last, const struct sentence *s, bool goes_on)
{
	struct piece *grown;

	if (last < first)
		return;
	grown = arena_grow(q->r->arena, q->pieces, q->count, &q->room, sizeof(*grown));
	if (!grown)
		return;
	q->pieces = grown;
	q->pieces[q->count++] =
	    (struct piece){ first, last, s->paragraph, s->in_headline, goes_on };
}

static bool
same_paragraph(const struct sentence *a, const struct sentence *b)
{
	return a->paragraph == b->paragraph && a->in_headline == b->in_headline;
}

static void
find_pieces(struct quoting *q)
{
	int opening = -1;

	for (size_t i = 0; i < q->d->sentence_count; i++) {
		const struct sentence *s = &q->d->sentences[i];

		if (opening >= 0 && !same_paragraph(s, s - 1)) {
			add_piece(q, opening + 1, s->first - 1, s - 1, true);
			opening = -1;
		}
		for (int t = s->first; t < s->first + s->count; t++) {
			const struct token *token = &q->d->tokens[t];

			if (opening >= 0 && closes(&q->d->tokens[opening], token)) {
				add_piece(q, opening + 1, t - 1, s, false);
				opening = -1;
			} else if (opening < 0 && mark_of(token)) {
				opening = t;
			}
		}
	}
	if (opening >= 0)
		add_piece(q, opening + 1, (int)q->d->token_count - 1,
			  &q->d->sentences[q->d->sentence_count - 1], true);
}

/* ---- words ---- */

static const char *
norm(const struct quoting *q, int t)
{
	return q->d->tokens[t].norm;
}

static bool
is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(word, list[i]))
			return true;
	return false;
}

static bool
is_cue(const struct quoting *q, int t)
{
	return (q->r->word[t]->classes & WORD_SAY) && q->d->tokens[t].quote < 0;
}

static bool
is_word(const struct quoting *q, int t)
{
	unsigned char c = (unsigned char)*norm(q, t);

	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

static bool
is_pronoun(const struct quoting *q, int t)
{
	static const char *const pronouns[] = { "he", "she", "they", "i",
						"we", "it",  "who" };

	return is_one_of(norm(q, t), pronouns, LENGTH(pronouns));
}

/* Ends a noun phrase on either side. */
static bool
is_edge(const struct quoting *q, int t)
{
	static const char *const edges[] = {
		"that",    "and",   "but",    "as",   "when",  "while", "after", "before",
		"because", "if",    "in",     "on",   "at",    "to",    "by",    "with",
		"for",     "from",  "during", "is",   "was",   "were",  "are",   "be",
		"been",    "not",   "n't",    "will", "would", "could", "which", "who",
		"where",   "about", "into",   "over", "than",  "or",    "so",    "also"
	};

	return !is_word(q, t) || is_one_of(norm(q, t), edges, LENGTH(edges)) ||
	       (q->r->word[t]->classes & WORD_SAY);
}

static bool
is_filler(const struct quoting *q, int t)
{
	static const char *const fillers[] = { "has",     "had",  "have",  "also",
					       "later",   "then", "once",  "did",
					       "further", "both", "never", "again",
					       "who" };
	size_t n = strlen(norm(q, t));

	return is_one_of(norm(q, t), fillers, LENGTH(fillers)) ||
	       (n > 3 && !strcmp(norm(q, t) + n - 2, "ly") && q->d->tokens[t].entity < 0);
}

/* ---- who: the noun phrase before or behind a verb of speech ---- */

static struct speaker
whole_name(const struct quoting *q, int t)
{
	struct speaker s = { t, t };
	const struct sentence *around = &q->d->sentences[document_sentence(q->d, t)];
	int entity = q->d->tokens[t].entity;

	while (s.first > around->first && q->d->tokens[s.first - 1].entity == entity)
		s.first--;
	while (s.last + 1 < around->first + around->count &&
	       q->d->tokens[s.last + 1].entity == entity)
		s.last++;
	return s;
}

static struct speaker
phrase_before(const struct quoting *q, int t, int low)
{
	struct speaker s = { t, t };

	if (t < low || is_edge(q, t))
		return is_pronoun(q, t) && t >= low ? s : nobody;
	if (q->d->tokens[t].entity >= 0)
		return whole_name(q, t);
	while (s.first - 1 >= low && t - s.first < PHRASE && !is_edge(q, s.first - 1))
		s.first--;
	return s;
}

/* "X, the president, said": over what stands between the commas. */
static int
over_apposition(const struct quoting *q, int t, int low)
{
	if (t < low || strcmp(norm(q, t), ","))
		return t;
	for (int i = t - 1; i >= low && t - i < NEAR / 2; i--)
		if (!strcmp(norm(q, i), ",") && q->d->tokens[i].quote < 0)
			return i - 1;
	return low - 1;
}

static struct speaker
subject_of(const struct quoting *q, int verb, int low)
{
	int t = verb - 1;

	while (t >= low && is_filler(q, t))
		t--;
	if (t >= low && q->d->tokens[t].quote >= 0)
		return nobody;
	t = over_apposition(q, t, low);
	return t < low ? nobody : phrase_before(q, t, low);
}

/* "said the spokesman", "said Prime Minister Ana Lima": up to the name, else to the edge.
 */
static struct speaker
phrase_after(const struct quoting *q, int t, int high)
{
	struct speaker s = { t, t - 1 };

	for (int i = t; i <= high && i - t < PHRASE; i++) {
		if (q->d->tokens[i].entity >= 0 && q->d->tokens[i].quote < 0)
			return whole_name(q, i);
		if (is_edge(q, i) && !(i == t && is_pronoun(q, i)))
			break;
		s.last = i;
	}
	return s.last < s.first ? nobody : s;
}

static struct speaker
speaker_of_cue(const struct quoting *q, int verb, int low, int high)
{
	struct speaker s = subject_of(q, verb, low);

	if (s.first < 0 && verb < high)
		s = phrase_after(q, verb + 1, high);
	return s;
}

static bool
is_according_to(const struct quoting *q, int t, int high)
{
	return t < high && !strcmp(norm(q, t), "according") &&
	       !strcmp(norm(q, t + 1), "to");
}

/* ---- where: behind the quotation, before it, else the sentence before ---- */

static struct speaker
look_behind(const struct quoting *q, int from, int high)
{
	int last = (int)q->d->token_count - 1;

	high = high < from + NEAR ? high : from + NEAR;
	high = high < last ? high : last;
	for (int t = from; t <= high; t++) {
		if (q->d->tokens[t].quote >= 0)
			break; /* another quotation: its words are not ours */
		if (is_according_to(q, t, high))
			return phrase_after(q, t + 2, high);
		if (is_cue(q, t))
			return speaker_of_cue(q, t, from, high);
	}
	return nobody;
}

static struct speaker
look_before(const struct quoting *q, int from, int low)
{
	int first = low > from - NEAR ? low : from - NEAR;

	for (int t = from; t >= first; t--) {
		if (is_according_to(q, t, from))
			return phrase_after(q, t + 2, from);
		if (is_cue(q, t)) {
			struct speaker s = subject_of(q, t, low);

			/* "Lima accused ..., adding that": the subject stands further
			 * before. */
			if (s.first >= 0 || t == first)
				return s;
		}
	}
	return nobody;
}

/* The first name or noun of the sentence, where the quotation is more than a word or two.
 */
static struct speaker
look_at_subject(const struct quoting *q, const struct piece *p, int low)
{
	if (p->last - p->first < SCARE_WORDS || p->first - 1 <= low)
		return nobody;
	for (int t = low; t < p->first - 1 && t < low + PHRASE; t++) {
		if (q->d->tokens[t].entity >= 0)
			return whole_name(q, t);
		if (t > low && is_edge(q, t))
			return (struct speaker){ low, t - 1 };
	}
	return nobody;
}

static int
words_in(const struct quoting *q, const struct piece *p)
{
	int n = 0;

	for (int t = p->first; t <= p->last; t++)
		n += is_word(q, t);
	return n;
}

/* "Ana said “..." or "said that “": the nearest cue is the one right before the mark. */
static bool
is_led_to(const struct quoting *q, const struct piece *p, int low)
{
	for (int t = p->first - 2; t >= low && t > p->first - 2 - 3; t--)
		if (is_cue(q, t))
			return true;
	return false;
}

static struct speaker
find_speaker(struct quoting *q, const struct piece *p)
{
	const struct sentence *first =
	    &q->d->sentences[document_sentence(q->d, p->first)];
	const struct sentence *last = &q->d->sentences[document_sentence(q->d, p->last)];
	int high = last->first + last->count - 1, low = first->first;
	struct speaker s =
	    is_led_to(q, p, low) ? look_before(q, p->first - 2, low) : nobody;
	bool alone = p->first - 1 <= low;

	if (s.first < 0)
		s = look_behind(q, p->last + 2, high);
	if (s.first < 0 && p->last + 1 == high &&
	    last + 1 < q->d->sentences + q->d->sentence_count &&
	    same_paragraph(last, last + 1) && q->d->tokens[high + 1].quote < 0 && alone)
		s = look_behind(q, high + 1, high + 4); /* “Go!” he said. */
	if (s.first < 0)
		s = look_before(q, p->first - 2, low);
	if (s.first < 0)
		s = look_at_subject(q, p, low);
	if (s.first < 0 && words_in(q, p) > SCARE_WORDS && q->before.first >= 0 &&
	    p->paragraph - q->before_paragraph <= 1)
		s = q->before;
	return s;
}

/* ---- a speaker as the record has it ---- */

/* Whom a pronoun means: the last person that was named before it. */
static int
person_before(const struct quoting *q, int t)
{
	for (int i = t - 1; i >= 0 && t - i < 8 * NEAR; i--) {
		int e = q->d->tokens[i].entity;

		if (e >= 0 && q->d->entities[e].type == ENTITY_PER &&
		    q->d->tokens[i].quote < 0)
			return e;
	}
	return -1;
}

static int
entity_of(const struct quoting *q, struct speaker s)
{
	for (int t = s.first; t <= s.last; t++)
		if (q->d->tokens[t].entity >= 0)
			return q->d->tokens[t].entity;
	if (s.first == s.last &&
	    (!strcmp(norm(q, s.first), "he") || !strcmp(norm(q, s.first), "she")))
		return person_before(q, s.first);
	return -1;
}

static const struct actor *
make_speaker(const struct quoting *q, struct speaker s)
{
	struct actor *a = s.first < 0 ? NULL : arena_calloc(q->r->arena, sizeof(*a));
	int e;

	if (!a)
		return NULL;
	a->span = document_span(q->d, s.first, s.last, q->r->arena);
	e = entity_of(q, s);
	if (e < 0)
		return a;
	a->name = q->d->entities[e].name;
	a->country = q->d->entities[e].country;
	a->id = q->d->entities[e].id;
	a->sectors = q->d->known[e].sectors;
	return a;
}

/* ---- pieces to quotations ---- */

static void
label(struct quoting *q, const struct piece *p, int quote)
{
	for (int t = p->first; t <= p->last; t++)
		q->d->tokens[t].quote = quote;
}

/* “We”, he said, “go”: only the cue stands between, and nothing leads anew to the second.
 */
static bool
is_broken_by_cue(const struct quoting *q, const struct piece *a, const struct piece *b)
{
	bool cue = false;

	if (a->paragraph != b->paragraph || a->in_headline != b->in_headline ||
	    b->first - a->last > NEAR / 2)
		return false;
	if (!strchr(",.!?", *norm(q, a->last)) && strcmp(norm(q, a->last + 2), ","))
		return false;
	for (int t = a->last + 2; t < b->first - 1; t++)
		cue |= is_cue(q, t);
	return cue && strchr(",.;:", *norm(q, b->first - 2));
}

/* Whether b is the next part of what a began: broken by its cue, or over a paragraph's
 * end. */
static bool
goes_on(const struct quoting *q, const struct piece *a, const struct piece *b)
{
	const struct sentence *s = &q->d->sentences[document_sentence(q->d, b->first)];

	if (a->goes_on)
		return a->in_headline == b->in_headline &&
		       b->paragraph == a->paragraph + 1 && b->first - 1 == s->first;
	return is_broken_by_cue(q, a, b);
}

static void
add_quote(struct quoting *q, size_t from, size_t to)
{
	struct document *d = q->d;
	struct quote *grown = arena_grow(q->r->arena, d->quotes, d->quote_count,
					 &q->r->quote_room, sizeof(*grown));
	struct speaker s = nobody;

	if (!grown)
		return;
	d->quotes = grown;
	for (size_t i = from; i < to && s.first < 0; i++)
		s = find_speaker(q, &q->pieces[i]);
	d->quotes[d->quote_count++] = (struct quote){
		.span = document_span(d, q->pieces[from].first, q->pieces[to - 1].last,
				      q->r->arena),
		.speaker = make_speaker(q, s),
		.direct = true,
	};
	if (s.first >= 0) {
		q->before = s;
		q->before_paragraph = q->pieces[to - 1].paragraph;
	}
}

void
read_quotes(struct reader *r)
{
	struct quoting q = { .r = r, .d = r->d, .before = nobody };
	int number = 0;

	find_pieces(&q);
	/* All are labelled first: a verb inside a quotation is no cue of another. */
	for (size_t i = 0; i < q.count; i++) {
		number += i && !goes_on(&q, &q.pieces[i - 1], &q.pieces[i]);
		label(&q, &q.pieces[i], number);
	}
	for (size_t i = 0, end; i < q.count; i = end) {
		int quote = r->d->tokens[q.pieces[i].first].quote;

		for (end = i + 1;
		     end < q.count && r->d->tokens[q.pieces[end].first].quote == quote;)
			end++;
		add_quote(&q, i, end);
	}
}
