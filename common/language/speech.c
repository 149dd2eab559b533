/*
 * Reported speech is a clause under a cue.  English has few shapes of it, and
 * each is a function here: the clause hangs on the cue (said that ...); the
 * cue hangs on the clause (..., he said; as he said); "according to"; a noun
 * with "that" (his claim that ...); an adjective (sure that ...); and the
 * colons of headlines.
 */
#include "language/speech.h"

#include <string.h>

#include "base/mem.h"

enum { NEAR = 12, FAR = 127 };

static bool
is(const struct sayings *s, int token, const char *norm)
{
	return token >= 0 && token < s->walk.count &&
	       !strcmp(s->walk.t[token].norm, norm);
}

static bool
is_upos(const struct sayings *s, int token, const char *upos)
{
	return !strcmp(s->walk.t[token].upos, upos);
}

static uint32_t
classes(const struct sayings *s, int token)
{
	const char *lemma = s->walk.t[token].lemma;

	return lemma ? words_find(s->r->words, lemma, strlen(lemma))->classes : 0;
}

bool
speech_is_cue(const struct sayings *s, int token)
{
	return is_upos(s, token, "VERB") &&
	       (classes(s, token) & WORD_REPORT || s->r->word[token]->classes & WORD_SAY);
}

static bool
is_lemma(const struct sayings *s, int token, const char *lemma)
{
	return s->walk.t[token].lemma && !strcmp(s->walk.t[token].lemma, lemma);
}

static bool
is_word(const struct token *t)
{
	unsigned char c = (unsigned char)t->norm[0];

	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '$' ||
	       (c >= 0xc3 && strcmp(t->upos, "PUNCT"));
}

static bool
is_mark(const struct token *t)
{
	static const char *const marks[] = { "\"", "''", "'", "``", "\u2039", "\u203a",
					     "\u300e", "\u300f", "\u300a", "\u300b" };

	for (size_t k = 0; k < LENGTH(marks); k++)
		if (!strcmp(t->norm, marks[k]))
			return true;
	return false;
}

/* Without the punctuation round it, but with quotation marks whose fellows are inside. */
static void
trim(const struct walk *x, struct saying *s)
{
	int marks = 0;

	while (s->a < s->b && !is_word(&x->t[s->a]) && !is_mark(&x->t[s->a]))
		s->a++;
	while (s->b > s->a && !is_word(&x->t[s->b - 1]) && !is_mark(&x->t[s->b - 1]))
		s->b--;
	for (int i = s->a; i < s->b; i++)
		marks += is_mark(&x->t[i]);
	if (marks % 2 && s->b < x->count && is_mark(&x->t[s->b]) && !x->t[s->b].blank)
		s->b++;
	else if (marks % 2 && s->a < s->b && is_mark(&x->t[s->a]))
		s->a++;
	else if (marks % 2 && s->a < s->b && is_mark(&x->t[s->b - 1]))
		s->b--;
}

static void
add(struct sayings *s, struct saying new)
{
	struct saying *items;
	const struct token *t = s->walk.t;

	trim(&s->walk, &new);
	if (new.a < new.b && (is(s, new.a, "that") || is(s, new.a, "how")) &&
	    !strcmp(t[new.a].upos, "SCONJ"))
		new.a++;
	trim(&s->walk, &new);
	if (new.b - new.a < 2)
		return;
	items = arena_grow(s->r->arena, s->items, s->count, &s->room, sizeof *items);
	if (!items)
		return;
	s->items = items;
	items[s->count++] = new;
}

/* said it was safe but warned that ...: the parser joins "warned" to "safe"; -1. */
static int
outer_cue(const struct sayings *s, int cue)
{
	const struct walk *x = &s->walk;
	int with = x->t[cue].head, up = with < 0 ? -1 : x->t[with].head;

	if (up < 0 || !walk_is(x, cue, "conj") || !walk_is(x, with, "ccomp") ||
	    !speech_is_cue(s, up) || up > with || walk_child(x, cue, "nsubj") >= 0 ||
	    walk_child(x, cue, "aux") >= 0 || !walk_has(x, cue, "Tense=Past") ||
	    !walk_has(x, up, "Tense=Past"))
		return -1;
	return up;
}

static bool
follows_comma(const struct sayings *s, int clause)
{
	int first = s->walk.left[clause];

	return is(s, first, ",") || is(s, first - 1, ",");
}

/* Where the words begin that end in the noun. */
static int
start_of(const struct sayings *s, int noun, int from)
{
	while (noun > from &&
	       (is_word(&s->walk.t[noun - 1]) || is(s, noun - 1, "-")))
		noun--;
	return noun;
}

/* The words at and below `top`, without those of `hole` where these stand at an end. */
static struct saying
below(const struct sayings *s, int cue, int speaker, int top, int hole)
{
	const struct walk *x = &s->walk;
	struct saying new = { cue, speaker, x->left[top], x->right[top] + 1, false };

	for (int c = x->child[top]; c >= 0; c = x->next[c])
		if (walk_is(x, c, "conj") && c > cue && speech_is_cue(s, c) &&
		    (outer_cue(s, c) == cue || (walk_child(x, c, "nsubj") >= 0 &&
						follows_comma(s, c))))
			new.b = x->left[c] < new.b ? x->left[c] : new.b; /* , and Lee said */
	if (hole >= 0 && x->left[hole] <= new.a)
		new.a = x->right[hole] + 1;
	else if (hole >= 0 && x->right[hole] + 2 >= new.b)
		new.b = x->left[hole];
	if (speaker < new.a || speaker >= new.b)
		return new;
	/* The parser may put who speaks among what is said. */
	if (cue >= new.b)
		new.b = start_of(s, speaker, new.a);
	else if (cue > new.a && cue < speaker && walk_under(x, speaker, top) &&
		 !walk_under(x, cue, top))
		new.b = cue;
	return new;
}

static bool
is_noun(const struct sayings *s, int i)
{
	return is_upos(s, i, "NOUN") || is_upos(s, i, "PROPN") || is_upos(s, i, "PRON") ||
	       is_upos(s, i, "NUM");
}

/* The noun that ends at `last` or begins at `first`, as far as the tree has it in one. */
static int
noun_at(const struct sayings *s, int i, int from, int to)
{
	const struct walk *x = &s->walk;

	if (i < from || i >= to)
		return -1;
	for (int k = 0; k < NEAR; k++) {
		int up = x->t[i].head;

		if (up < from || up >= to || !is_noun(s, up))
			break;
		i = up;
	}
	return is_noun(s, i) ? i : -1;
}

/*
 * A mistake that the parser makes: in "...," Mayor Lima said the mayor is a
 * part of what is said.  What stands beside the verb is its subject all the same.
 */
static int
speaker_beside(const struct sayings *s, int cue)
{
	const struct walk *x = &s->walk;
	int from, to = cue + 1, i = cue - 1, who;

	while (i >= x->begin[cue] && (is_upos(s, i, "ADV") || is_upos(s, i, "AUX")))
		i--;
	if (i > x->begin[cue] && is(s, i, ",")) /* Lee, the mayor of the town, said */
		for (int k = i - 1; k > x->begin[cue] && i - k < 2 * NEAR; k--)
			if (is(s, k, ",")) {
				i = k - 1;
				break;
			}
	for (from = i + 1; from > x->begin[cue] && i + 1 - from < NEAR; from--)
		if ((!is_word(&x->t[from - 1]) && !is(s, from - 1, "-")) ||
		    s->in_marks[from - 1])
			break;
	who = noun_at(s, i, from, i + 1);
	if (who >= 0)
		return who;
	if (cue > x->begin[cue] && is_word(&x->t[cue - 1]))
		return -1; /* "..." said Lee, but not: six in ten said they */
	while (to < x->end[cue] && to - cue < NEAR &&
	       (is_word(&x->t[to]) || is(s, to, "-")))
		to++;
	for (i = cue + 1; i < to && !is_upos(s, i, "ADP") &&
			  !is_upos(s, i, "SCONJ") && x->t[i].time < 0;
	     i++)
		if (is_noun(s, i))
			return noun_at(s, i, cue + 1, to);
	return -1;
}

static int
subject_of_sentence(const struct sayings *s, int token)
{
	for (int k = 0; k < FAR && s->walk.t[token].head >= 0; k++)
		token = s->walk.t[token].head;
	return walk_subject(&s->walk, token);
}

int
speech_speaker(const struct sayings *s, int cue)
{
	int who, up;

	if (!is_upos(s, cue, "VERB"))
		return -1;
	if (is_lemma(s, cue, "quote")) {
		who = walk_quoted(&s->walk, cue);
		return who >= 0 ? who : speaker_beside(s, cue);
	}
	up = outer_cue(s, cue);
	who = walk_subject(&s->walk, up >= 0 ? up : cue);
	if (who >= 0 && s->in_marks[who] != s->in_marks[cue])
		return speaker_beside(s, cue);
	if (who >= 0 || walk_child(&s->walk, cue, "aux:pass") >= 0 ||
	    walk_child(&s->walk, cue, "nsubj") >= 0)
		return who;
	if (walk_has(&s->walk, cue, "VerbForm=Part"))
		return -1;
	if (walk_has(&s->walk, cue, "VerbForm=Ger")) /* ..., telling the crowd: */
		return subject_of_sentence(s, cue);
	return speaker_beside(s, cue);
}

/* What the parser takes for said: Asked about it, he replied; said Lee, whose house ... */
static bool
is_aside(const struct sayings *s, int cue, int who, int clause)
{
	const struct walk *x = &s->walk;
	int first = x->left[clause];

	while (first < clause && !is_word(&x->t[first]))
		first++;
	if (is(s, first - 1, ",") &&
	    (is(s, first, "who") || is(s, first, "which") || is(s, first, "whose")))
		return true;
	if (clause < cue)
		return first == clause && is_upos(s, clause, "VERB") &&
		       walk_child(x, clause, "nsubj") < 0;
	return who > cue && who >= x->left[clause] &&
	       who <= x->right[clause]; /* said Lee, 48 */
}

static bool
has_mark(const struct sayings *s, int clause, const char *word)
{
	int mark = walk_child(&s->walk, clause, "mark");

	return mark >= 0 && is(s, mark, word);
}

/* X said, Y reported: the parser hangs it on "said" as if it were said too. */
static bool
is_late_cue(const struct sayings *s, int clause, int cue)
{
	const struct walk *x = &s->walk;

	return clause > cue && speech_is_cue(s, clause) && follows_comma(s, clause) &&
	       walk_is(x, clause, "ccomp") && walk_child(x, clause, "nsubj") >= 0 &&
	       walk_child(x, clause, "ccomp") < 0 &&
	       walk_child(x, clause, "obj") < 0 &&
	       x->right[clause] + 2 >= x->end[clause];
}

/* said on Monday [that ...]: the parser hangs the clause on the noun before it. */
static int
behind_noun(const struct sayings *s, int noun, int cue)
{
	const struct walk *x = &s->walk;

	if (noun < cue || !(walk_is(x, noun, "obl") || walk_is(x, noun, "obj") ||
			    walk_is(x, noun, "iobj")) ||
	    classes(s, noun) & WORD_CLAIM)
		return -1;
	for (int c = x->child[noun]; c >= 0; c = x->next[c])
		if (walk_is(x, c, "acl") && is(s, x->left[c], "that") &&
		    has_mark(s, c, "that") && walk_child(x, c, "nsubj") >= 0)
			return c;
	return -1;
}

static void
said_that(struct sayings *s, int cue, int who, int clause)
{
	const struct walk *x = &s->walk;
	struct saying new = below(s, cue, who, clause, -1);
	int first = walk_child(x, clause, "nsubj");

	if (is_aside(s, cue, who, clause) || is_late_cue(s, clause, cue))
		return;
	if (who < 0 && is_lemma(s, cue, "ask"))
		return;
	/* told the BBC they saw it: two subjects, of which one was told */
	for (int c = first; c >= 0 && clause > cue; c = x->next[c])
		if (c != first && walk_is(x, c, "nsubj") && c < clause)
			new.a = x->left[c];
	add(s, new);
}

/* promised to go; urged them to go */
static void
said_to(struct sayings *s, int cue, int who, int clause)
{
	const struct walk *x = &s->walk;
	int whom = walk_child(x, cue, "iobj");
	struct saying new = below(s, cue, who, clause, -1);

	if (clause < cue || !is_upos(s, clause, "VERB") || !has_mark(s, clause, "to") ||
	    walk_child(x, clause, "aux:pass") >= 0)
		return;
	if (whom < 0)
		whom = walk_child(x, cue, "obj");
	if (whom > cue && whom < new.a)
		new.a = x->left[whom];
	new.is_deed = true;
	add(s, new);
}

/* said (that) he would go; said: ... */
static void
with_clause(struct sayings *s, int cue)
{
	const struct walk *x = &s->walk;
	uint32_t class = classes(s, cue);
	int who = speech_speaker(s, cue);

	for (int c = x->child[cue]; c >= 0; c = x->next[c]) {
		int behind = class & WORD_REPORT ? behind_noun(s, c, cue) : -1;

		if (walk_is(x, c, "ccomp") && class & WORD_REPORT)
			said_that(s, cue, who, c);
		else if (behind >= 0)
			said_that(s, cue, who, behind);
		else if (walk_is(x, c, "xcomp") && class & WORD_INTEND)
			said_to(s, cue, who, c);
		else if (walk_is(x, c, "parataxis") && class & WORD_REPORT && c > cue &&
			 (is(s, x->left[c] - 1, ":") || is(s, x->left[c], "\"")))
			add(s, below(s, cue, who, c, -1));
	}
}

/* What is said stands right behind: no comma, no colon. */
static bool
has_clause(const struct sayings *s, int cue)
{
	const struct walk *x = &s->walk;

	for (int c = x->child[cue]; c >= 0; c = x->next[c])
		if (walk_is(x, c, "ccomp") && c > cue && !follows_comma(s, c) &&
		    !s->in_marks[c])
			return true;
	return false;
}

/* ..., a source close to him said. */
static bool
ends_sentence(const struct sayings *s, int cue)
{
	const struct walk *x = &s->walk;

	return walk_is(x, cue, "advcl") && walk_child(x, cue, "mark") < 0 &&
	       x->t[cue].head < cue && x->right[cue] + 2 >= x->end[cue] &&
	       walk_has(x, cue, "VerbForm=Fin");
}

/* He would go, he said; the road, police say, is closed; as he said */
static void
within_clause(struct sayings *s, int cue)
{
	const struct walk *x = &s->walk;
	int top = x->t[cue].head, who;
	bool is_as = walk_is(x, cue, "advcl") && has_mark(s, cue, "as") &&
		     walk_child(x, cue, "nsubj") >= 0;

	if (top < 0 || has_clause(s, cue) ||
	    !(is_as || (walk_is(x, cue, "parataxis") && x->left[top] < cue) ||
	      ends_sentence(s, cue) || is_late_cue(s, cue, top)))
		return;
	who = speech_speaker(s, cue);
	top = walk_clause(x, top);
	if (who >= 0 && (is_as || !is_aside(s, cue, -1, top)))
		add(s, below(s, cue, who, top, cue));
}

/* according to Smith; in the words of Smith */
static void
according_to(struct sayings *s, int i)
{
	const struct walk *x = &s->walk;
	int who = x->t[i].head, top;

	if (is(s, i, "words")) {
		who = walk_child(x, i, "nmod");
		top = x->t[i].head;
	} else {
		if (!walk_is(x, i, "case") && walk_child(x, i, "obl") >= 0)
			who = walk_child(x, i, "obl");
		top = who < 0 ? -1 : x->t[who].head == i ? x->t[i].head : x->t[who].head;
	}
	if (who < 0 || top < 0 || who < i)
		return;
	top = walk_clause(x, top);
	add(s, below(s, i, who, top, walk_under(x, who, i) ? i : who));
}

/* Whose claim: its owner, or the subject of "made the claim that". */
static int
owner_of(const struct sayings *s, int noun)
{
	static const char *const light[] = { "make",  "issue",  "give",	 "express",
					     "voice", "repeat", "offer", "have",
					     "raise", "reject" };
	const struct walk *x = &s->walk;
	int owner = walk_child(x, noun, "nmod:poss"), verb = x->t[noun].head;
	int before = noun - 1;

	if (owner >= 0)
		return owner;
	while (before > x->begin[noun] && is_upos(s, before, "ADJ"))
		before--;
	if (before > x->begin[noun] && walk_is(x, before, "case") &&
	    (is(s, before, "'s") || is(s, before, "'")))
		return before - 1;
	for (int c = x->child[noun]; c >= 0; c = x->next[c]) {
		int of = walk_is(x, c, "nmod") ? walk_child(x, c, "case") : -1;

		if (of >= 0 && (is(s, of, "by") || is(s, of, "from") || is(s, of, "of")))
			return c;
	}
	for (size_t k = 0; verb >= 0 && walk_is(x, noun, "obj") && k + 1 < LENGTH(light);
	     k++)
		if (x->t[verb].lemma && !strcmp(x->t[verb].lemma, light[k]))
			return walk_subject(x, verb);
	return -1;
}

/* A clause about the noun, and not one in which "that" is the noun itself. */
static bool
is_content(const struct sayings *s, int that, int clause)
{
	const struct walk *x = &s->walk;

	if (!walk_is(x, clause, "acl") && !walk_is(x, clause, "ccomp"))
		return false;
	if (x->left[clause] != that)
		return false;
	if (is_upos(s, that, "SCONJ") || walk_is(x, that, "mark"))
		return true;
	for (int c = x->child[clause]; c >= 0; c = x->next[c])
		if (c != that && walk_is(x, c, "obj") && walk_is(x, that, "obj"))
			return true;
	return false;
}

/* the claim that he would go */
static void
with_that(struct sayings *s, int cue)
{
	const struct walk *x = &s->walk;

	if (!is(s, cue + 1, "that") || cue + 1 >= x->end[cue])
		return;
	for (int c = x->child[cue]; c >= 0; c = x->next[c])
		if (is_content(s, cue + 1, c)) {
			struct saying new = below(s, cue, owner_of(s, cue), c, -1);

			new.a = cue + 2;
			add(s, new);
		}
}

/* sure that he would go */
static void
being_sure(struct sayings *s, int cue)
{
	const struct walk *x = &s->walk;
	int c = walk_child(x, cue, "ccomp"), who = walk_child(x, cue, "nsubj");

	if (c > cue && who >= 0 && !walk_is(x, who, "expl") && !is(s, who, "it"))
		add(s, below(s, cue, walk_subject(x, cue), c, -1));
}

static bool
is_source(const struct sayings *s, int first, int end)
{
	int e = end > first ? s->walk.t[end - 1].entity : -1;

	if (end <= first || end - first > 5)
		return false;
	if (e >= 0)
		return s->r->d->entities[e].type != ENTITY_MISC;
	return s->r->word[end - 1]->classes & WORD_SOURCE;
}

/* Police: two dead; Two dead: police */
static void
in_headline(struct sayings *s, const struct sentence *headline)
{
	int first = headline->first, end = first + headline->count, colon = -1;

	for (int i = first; i < end; i++)
		if (is(s, i, ":")) {
			if (colon >= 0)
				return;
			colon = i;
		}
	if (colon < 0)
		return;
	if (is_source(s, first, colon) && end - colon > 3)
		add(s, (struct saying){ colon, colon - 1, colon + 1, end, false });
	else if (is_source(s, colon + 1, end) && colon - first > 2)
		add(s, (struct saying){ colon, end - 1, first, colon, false });
}

static void
at_token(struct sayings *s, int i)
{
	uint32_t class;

	if (is(s, i, "according") && is(s, i + 1, "to")) {
		according_to(s, i);
		return;
	}
	if (is(s, i, "words") && is(s, i - 1, "the") && is(s, i - 2, "in") &&
	    is(s, i + 1, "of")) {
		according_to(s, i);
		return;
	}
	class = classes(s, i);
	if (is_upos(s, i, "VERB")) {
		if (class & (WORD_REPORT | WORD_INTEND))
			with_clause(s, i);
		if (class & WORD_REPORT)
			within_clause(s, i);
	} else if (is_upos(s, i, "NOUN") && class & WORD_CLAIM) {
		with_that(s, i);
	} else if (is_upos(s, i, "ADJ") && class & WORD_SURE) {
		being_sure(s, i);
	}
}

void
sayings_find(struct sayings *s)
{
	const struct document *d = s->r->d;

	for (size_t i = 0; i < d->token_count && !s->r->arena->full; i++)
		at_token(s, (int)i);
	for (size_t i = 0; i < d->sentence_count && d->sentences[i].in_headline; i++)
		in_headline(s, &d->sentences[i]);
}
