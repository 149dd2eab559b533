/*
 * Tokens get one class each, left to right, the class of the word before
 * deciding between noun and verb; then runs of classes become chunks.
 *
 * The trap is English: "strikes", "plans", "reports" are nouns and verbs, and
 * a headline leaves out all that would tell.  Such a word is a verb after a
 * noun if what follows can be its object and no other verb of the clause is
 * sure to be one.
 */
#include "event/chunk.h"

#include <ctype.h>
#include <string.h>

enum class {
	CLASS_NOUN,
	CLASS_NAME,
	CLASS_ADJECTIVE,
	CLASS_NUMBER,
	CLASS_DET,
	CLASS_PRONOUN,
	CLASS_OWNER, /* the 's of Iran's */
	CLASS_TIME,
	CLASS_VERB,
	CLASS_AUX,
	CLASS_TO,
	CLASS_PREP,
	CLASS_AND,
	CLASS_COMMA,
	CLASS_SUB,
	CLASS_REL,
	CLASS_ADVERB,
	CLASS_BREAK,
	CLASS_QUOTE,
};

struct tagger {
	struct chunks *c;
	unsigned char *class; /* of each token of the sentence */
	int base, count;
};

static const struct word nothing;

const struct word *
chunks_word(const struct chunks *c, int token)
{
	int i = token - c->sentence->first;

	return i < 0 || i >= c->sentence->count ? &nothing : c->words[i];
}

const struct chunk *
chunks_at(const struct chunks *c, int index)
{
	return index < 0 || index >= c->count ? NULL : &c->items[index];
}

bool
chunks_is_kind(const struct chunks *c, int token, uint32_t kind)
{
	return chunks_word(c, token)->kinds & kind;
}

bool
chunks_is(const struct chunks *c, int token, const char *norm)
{
	int i = token - c->sentence->first;

	return i >= 0 && i < c->sentence->count &&
	       !strcmp(c->document->tokens[token].norm, norm);
}

struct span
chunks_span(const struct chunks *c, int first, int end, struct arena *arena)
{
	const struct token *tokens = c->document->tokens;
	/* Between a determiner and a mark nothing may be left: then the mark it is. */
	int last = end > first ? end - 1 : first;
	struct span s = { .in_headline = c->sentence->in_headline,
			  .start = tokens[first].start,
			  .end = tokens[last].end };
	size_t from = utf8_byte(c->text, (size_t)s.start);

	s.text = arena_copy(arena, c->text->text + from,
			    utf8_byte(c->text, (size_t)s.end) - from);
	return s;
}

static const struct token *
token_of(const struct tagger *t, int i)
{
	return &t->c->document->tokens[t->base + i];
}

static const struct word *
word_of(const struct tagger *t, int i)
{
	return i < 0 || i >= t->count ? &nothing : t->c->words[i];
}

static bool
is_norm(const struct tagger *t, int i, const char *norm)
{
	return i >= 0 && i < t->count && !strcmp(token_of(t, i)->norm, norm);
}

/* The class of the last word before i that says something of i. */
static int
before(const struct tagger *t, int i)
{
	while (--i >= 0 && (t->class[i] == CLASS_ADVERB || t->class[i] == CLASS_QUOTE))
		;
	return i < 0 ? -1 : t->class[i];
}

static bool
is_nominal(int class)
{
	return class == CLASS_NOUN || class == CLASS_NAME || class == CLASS_TIME;
}

static bool
is_in_name(const struct tagger *t, int i)
{
	const struct document *d = t->c->document;
	int e = token_of(t, i)->entity;

	return e >= 0 && d->known[e].kind != KNOWN_NATIONALITY;
}

/* May what stands at i be the object of a verb before it, or hang on one? */
static bool
opens_object(const struct tagger *t, int i)
{
	const struct word *w = word_of(t, i);

	return i < t->count &&
	       ((w->kinds & (KIND_DET | KIND_OWN | KIND_PRONOUN | KIND_PREP | KIND_TO |
			     KIND_ADVERB | KIND_ADJECTIVE)) ||
		token_of(t, i)->entity >= 0 || token_of(t, i)->time >= 0 ||
		isdigit((unsigned char)token_of(t, i)->form[0]));
}

static bool
looks_past(const struct tagger *t, int i)
{
	const char *s = token_of(t, i)->norm;
	size_t n = strlen(s);

	return n > 4 && !strcmp(s + n - 2, "ed") && token_of(t, i)->entity < 0;
}

/* Is there a word before the clause's end that can only be its finite verb? */
static bool
has_sure_verb(const struct tagger *t, int i)
{
	for (int end = i + 25; i < t->count && i < end; i++) {
		const struct word *w = word_of(t, i);
		const struct word *prev = word_of(t, i - 1);

		if (w->kinds & (KIND_SUB | KIND_REL | KIND_IF) || is_norm(t, i, ",") ||
		    is_norm(t, i, ";") || is_norm(t, i, ":"))
			return false;
		if (w->kinds & (KIND_BE | KIND_HAVE | KIND_DO | KIND_WILL | KIND_MODAL))
			return !(prev->kinds & KIND_TO);
		if ((w->forms & FORM_PAST) && !(w->forms & (FORM_ONE | FORM_BASE)) &&
		    !(prev->kinds & (KIND_DET | KIND_OWN | KIND_PREP | KIND_ADJECTIVE)))
			return true;
		if ((w->forms & FORM_S) && !(w->forms & (FORM_ONE | FORM_MANY)))
			return true;
		if (!w->forms && !w->kinds && looks_past(t, i) &&
		    !(prev->kinds & (KIND_DET | KIND_OWN | KIND_PREP | KIND_ADJECTIVE)))
			return true;
	}
	return false;
}

static bool
is_boundary(int class)
{
	return class == CLASS_COMMA || class == CLASS_SUB || class == CLASS_REL ||
	       class == CLASS_AND || class == CLASS_BREAK;
}

/* A clause that has its verb already wants no second one. */
static bool
has_verb_before(const struct tagger *t, int i)
{
	for (int end = i - 25; --i >= 0 && i > end && !is_boundary(t->class[i]);)
		if (t->class[i] == CLASS_VERB || t->class[i] == CLASS_AUX)
			return true;
	return false;
}

/* Can what follows be the rest of a clause whose verb is at i? */
static bool
goes_on(const struct tagger *t, int i)
{
	const struct word *next = word_of(t, i + 1);

	return opens_object(t, i + 1) || t->c->sentence->in_headline ||
	       (word_of(t, i)->forms & FORM_S && next->forms & FORM_MANY);
}

/* reports, march, target: a noun as well as a verb. */
static bool
is_verb_after_noun(const struct tagger *t, int i)
{
	const struct word *w = word_of(t, i);
	bool many = word_of(t, i - 1)->forms & FORM_MANY;

	if (!(w->forms & (FORM_ONE | FORM_MANY)))
		return true;
	if ((w->forms & FORM_BASE) && before(t, i) != CLASS_NAME && !many)
		return false;
	return goes_on(t, i) && !has_sure_verb(t, i + 1) && !has_verb_before(t, i);
}

/* "fighting" in "by fighting in the north", "where fighting drove": a noun, for no object
 * follows. */
static bool
is_ing_noun(const struct tagger *t, int i)
{
	const struct word *next = word_of(t, i + 1);

	if (!(word_of(t, i)->forms & FORM_ONE))
		return false;
	if (before(t, i) == CLASS_VERB && next->forms & FORM_ONE && !next->kinds)
		return true; /* investigating shooting death */
	return next->kinds & (KIND_PREP | KIND_BE | KIND_HAVE | KIND_AND) ||
	       i + 1 == t->count ||
	       (next->forms & (FORM_PAST | FORM_S) && !(next->forms & FORM_ONE)) ||
	       ispunct((unsigned char)token_of(t, i + 1)->norm[0]);
}

static bool
is_ing_verb(const struct tagger *t, int i)
{
	int prev = before(t, i);

	if (is_norm(t, i + 1, "of"))
		return false;
	if (prev == CLASS_AUX || prev == CLASS_COMMA)
		return true;
	if (prev == CLASS_PREP || prev == CLASS_SUB || prev == CLASS_VERB ||
	    prev == CLASS_AND || prev == CLASS_BREAK || prev == CLASS_REL)
		return !is_ing_noun(t, i);
	if (prev == -1)
		return !is_ing_noun(t, i) && opens_object(t, i + 1);
	if (prev == CLASS_NOUN && !(word_of(t, i - 1)->forms & FORM_MANY) &&
	    word_of(t, i + 1)->forms & FORM_ONE && !word_of(t, i + 1)->kinds &&
	    !(word_of(t, i + 2)->forms & FORM_MANY))
		return false; /* missile manufacturing capacity */
	return (is_nominal(prev) || prev == CLASS_PRONOUN) && !is_ing_noun(t, i);
}

/* A past form: finite, in a verb group, or a participle before its noun. */
static bool
is_past_verb(const struct tagger *t, int i)
{
	int prev = before(t, i);
	bool noun_follows = i + 1 < t->count &&
			    word_of(t, i + 1)->forms & (FORM_ONE | FORM_MANY) &&
			    !(word_of(t, i + 1)->kinds & (KIND_PREP | KIND_ADVERB));

	if (prev == CLASS_DET || prev == CLASS_OWNER || prev == CLASS_ADJECTIVE ||
	    prev == CLASS_NUMBER || prev == CLASS_PREP)
		return false;
	if (prev == -1 || prev == CLASS_TO || prev == CLASS_VERB)
		return !noun_follows;
	return true;
}

static bool
is_verb(const struct tagger *t, int i)
{
	const struct word *w = word_of(t, i);
	int prev = before(t, i);
	unsigned f = w->forms & (FORM_BASE | FORM_S | FORM_PAST | FORM_DONE | FORM_ING);

	if (!f)
		return false;
	if (f & FORM_ING)
		return is_ing_verb(t, i);
	if (f & FORM_BASE && (prev == CLASS_TO || prev == CLASS_AUX))
		return prev == CLASS_TO || !(w->forms & FORM_ONE) || !(f == FORM_BASE) ||
		       word_of(t, i - 1)->kinds &
			   (KIND_WILL | KIND_MODAL | KIND_DO | KIND_NOT);
	if (f & (FORM_PAST | FORM_DONE))
		return is_past_verb(t, i);
	if (prev == CLASS_PRONOUN || prev == CLASS_REL)
		return true;
	if (is_nominal(prev))
		return is_verb_after_noun(t, i);
	if (prev == CLASS_COMMA || prev == CLASS_AND)
		return !(w->forms & (FORM_ONE | FORM_MANY)) ||
		       (t->c->sentence->in_headline && opens_object(t, i + 1) &&
			!has_sure_verb(t, i + 1));
	return false;
}

/* Words that no table knows, in places where only a verb can be. */
static bool
is_unknown_verb(const struct tagger *t, int i)
{
	const char *s = token_of(t, i)->norm;
	size_t n = strlen(s);
	int prev = before(t, i);

	if (word_of(t, i)->forms || word_of(t, i)->kinds || token_of(t, i)->entity >= 0 ||
	    n < 4 || !islower((unsigned char)s[0]) ||
	    isupper((unsigned char)token_of(t, i)->form[0]))
		return false;
	if (prev == CLASS_TO)
		return s[n - 1] != 's';
	if (!memcmp(s + n - 2, "ed", 2))
		return prev == CLASS_AUX || prev == CLASS_NAME || prev == CLASS_PRONOUN ||
		       prev == CLASS_NOUN || prev == CLASS_REL;
	if (!memcmp(s + n - 3, "ing", 3))
		return prev == CLASS_AUX;
	return (prev == CLASS_AUX &&
		word_of(t, i - 1)->kinds & (KIND_WILL | KIND_MODAL)) ||
	       (prev == CLASS_PRONOUN && s[n - 1] == 's');
}

/* "that": the one of these, of who, or of because. */
static int
class_of_that(const struct tagger *t, int i)
{
	int prev = before(t, i);

	if (is_nominal(prev)) {
		const struct word *next = word_of(t, i + 1);

		return next->kinds & (KIND_BE | KIND_HAVE | KIND_DO | KIND_WILL |
				      KIND_MODAL) ||
			       (next->forms & (FORM_S | FORM_PAST) &&
				!(next->kinds & KIND_DET))
			   ? CLASS_REL
			   : CLASS_SUB;
	}
	if (prev == CLASS_VERB && !(word_of(t, i - 1)->kinds & KIND_SPEECH) &&
	    word_of(t, i + 1)->forms & FORM_ONE && !has_sure_verb(t, i + 2))
		return CLASS_DET; /* rejected that demand */
	if (prev == CLASS_VERB || prev == CLASS_AND || prev == CLASS_COMMA)
		return CLASS_SUB;
	return CLASS_DET;
}

static int
class_of_to(const struct tagger *t, int i)
{
	const struct word *next;
	int k = i + 1;

	while (k < t->count && word_of(t, k)->kinds & KIND_ADVERB &&
	       !word_of(t, k)->forms)
		k++;
	next = word_of(t, k);
	if (next->kinds & (KIND_BE | KIND_HAVE | KIND_DO))
		return CLASS_TO;
	if (next->kinds & (KIND_DET | KIND_OWN | KIND_PRONOUN) || k >= t->count ||
	    is_in_name(t, k) || token_of(t, k)->time >= 0)
		return CLASS_PREP;
	if (next->forms & FORM_BASE)
		return CLASS_TO;
	return next->forms || next->kinds ||
		       !islower((unsigned char)token_of(t, k)->norm[0]) ||
		       token_of(t, k)->entity >= 0
		   ? CLASS_PREP
		   : CLASS_TO;
}

static int
class_of_punctuation(const char *s)
{
	if (!strcmp(s, ","))
		return CLASS_COMMA;
	if (!strcmp(s, "\"") || !strcmp(s, "''") || !strcmp(s, "``") || !strcmp(s, "'"))
		return CLASS_QUOTE;
	return CLASS_BREAK;
}

/* her, his: an owner before a noun, else a person. */
static int
class_of_pronoun(const struct tagger *t, int i)
{
	const struct word *w = word_of(t, i);

	if (w->kinds & KIND_OWN)
		return w->kinds & KIND_PRONOUN &&
			       (i + 1 == t->count || opens_object(t, i + 1) ||
				!isalpha((unsigned char)token_of(t, i + 1)->form[0]))
			   ? CLASS_PRONOUN
			   : CLASS_DET;
	return CLASS_PRONOUN;
}

static bool
is_owner_mark(const struct tagger *t, int i)
{
	return is_norm(t, i, "'s") ||
	       (is_norm(t, i, "'") && i > 0 &&
		token_of(t, i)->start == token_of(t, i - 1)->end &&
		strchr("sxz",
		       token_of(t, i - 1)->norm[strlen(token_of(t, i - 1)->norm) - 1]));
}

static bool
is_number(const struct tagger *t, int i)
{
	static const char *const words[] = {
		"one",      "two",       "three", "four",   "five",    "six",
		"seven",    "eight",     "nine",  "ten",    "eleven",  "twelve",
		"twenty",   "thirty",    "forty", "fifty",  "hundred", "hundreds",
		"thousand", "thousands", "dozen", "dozens", "half"
	};

	if (i >= t->count)
		return false;
	for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
		if (is_norm(t, i, words[k]))
			return true;
	return isdigit((unsigned char)token_of(t, i)->form[0]);
}

/* at least nine, more than 120, up to 30, about 40, as many as 50: part of the number. */
static bool
leads_to_number(const struct tagger *t, int i)
{
	static const char *const pairs[][2] = { { "at", "least" },  { "at", "most" },
						{ "more", "than" }, { "fewer", "than" },
						{ "less", "than" }, { "up", "to" },
						{ "as", "many" },   { "many", "as" } };
	static const char *const single[] = {
		"about",   "around",        "over", "under", "nearly", "almost",
		"roughly", "approximately", "some", "only",  "just",   "least",
		"most",    "than",          "to",   "as"
	};

	for (size_t k = 0; k < sizeof(pairs) / sizeof(pairs[0]); k++)
		if (is_norm(t, i, pairs[k][0]) && is_norm(t, i + 1, pairs[k][1]))
			return is_number(t, i + 2) || is_norm(t, i + 2, "as");
	if (!is_number(t, i + 1) || token_of(t, i + 1)->time >= 0)
		return false;
	for (size_t k = 0; k < sizeof(single) / sizeof(single[0]); k++)
		if (is_norm(t, i, single[k]))
			return k < 10 || (i > 0 && t->class[i - 1] == CLASS_DET);
	return false;
}

static int
class_of_closed(const struct tagger *t, int i)
{
	const struct word *w = word_of(t, i);
	uint32_t k = w->kinds;

	if (leads_to_number(t, i))
		return CLASS_DET;
	if (k & KIND_NOT)
		return is_norm(t, i, "no") ? CLASS_DET : CLASS_ADVERB;
	if (k & (KIND_BE | KIND_HAVE | KIND_DO | KIND_WILL | KIND_MODAL))
		return before(t, i) == CLASS_DET ? CLASS_NOUN : CLASS_AUX;
	if (k & KIND_TO)
		return class_of_to(t, i);
	if (k & (KIND_PRONOUN | KIND_OWN))
		return class_of_pronoun(t, i);
	if (k & KIND_REL)
		return is_norm(t, i, "that") ? class_of_that(t, i) : CLASS_REL;
	if (k & KIND_AND)
		return CLASS_AND;
	if (k & (KIND_SUB | KIND_IF))
		return CLASS_SUB;
	if (k & KIND_PREP)
		return CLASS_PREP;
	if (k & KIND_DET)
		return CLASS_DET;
	if (k & KIND_ADVERB)
		return CLASS_ADVERB;
	return -1;
}

static int
class_of_open(const struct tagger *t, int i)
{
	const struct word *w = word_of(t, i);
	const char *form = token_of(t, i)->form;
	size_t n = strlen(form);

	if (isdigit((unsigned char)form[0]))
		return CLASS_NUMBER;
	/* is set to, are likely to */
	if (w->effect && before(t, i) == CLASS_AUX &&
	    !(w->forms & (FORM_ONE | FORM_MANY)))
		return CLASS_VERB;
	if (is_verb(t, i) || is_unknown_verb(t, i))
		return CLASS_VERB;
	if (w->kinds & KIND_ADJECTIVE) /* the general called; general elections */
		return w->agent && !(word_of(t, i + 1)->forms & (FORM_ONE | FORM_MANY)) &&
			       token_of(t, i + 1 < t->count ? i + 1 : i)->entity < 0
			   ? CLASS_NOUN
			   : CLASS_ADJECTIVE;
	if (n > 4 && !strcmp(form + n - 2, "ly") && !w->forms && !w->agent)
		return CLASS_ADVERB;
	return CLASS_NOUN;
}

/* long-term, build-up: the language cuts at the hyphen; here it joins. */
static bool
is_hyphen(const struct tagger *t, int i)
{
	return i > 0 && i + 1 < t->count && is_norm(t, i, "-") &&
	       token_of(t, i)->start == token_of(t, i - 1)->end &&
	       token_of(t, i)->end == token_of(t, i + 1)->start;
}

static int
class_of(const struct tagger *t, int i)
{
	const struct token *k = token_of(t, i);
	int closed;

	/* 29-27 is a number */
	if ((is_hyphen(t, i) && t->class[i - 1] == CLASS_NUMBER) ||
	    (is_hyphen(t, i + 1) && isdigit((unsigned char)k->form[0]) && k->time < 0))
		return CLASS_NUMBER;
	if (is_hyphen(t, i) || (is_hyphen(t, i + 1) && k->entity < 0 && k->time < 0))
		return CLASS_ADJECTIVE;
	if (is_owner_mark(t, i))
		return is_nominal(before(t, i)) ? CLASS_OWNER : CLASS_AUX;
	if (!isalnum((unsigned char)k->norm[0]) && !(k->norm[0] & 0x80) &&
	    !strchr("$'", k->norm[0]))
		return class_of_punctuation(k->norm);
	if (k->norm[0] == '$')
		return CLASS_NUMBER;
	if (k->norm[0] == '\'' && !k->norm[1])
		return CLASS_QUOTE;
	if (is_in_name(t, i))
		return CLASS_NAME;
	if (k->time >= 0 && before(t, i) == CLASS_AUX &&
	    word_of(t, i)->kinds & KIND_ADVERB)
		return CLASS_ADVERB; /* has recently met */
	if (k->time >= 0 && t->c->document->times[k->time].type != TIMEX_DURATION)
		return CLASS_TIME;
	closed = class_of_closed(t, i);
	if (closed >= 0)
		return closed;
	return class_of_open(t, i);
}

static bool
is_group_word(int class)
{
	return class == CLASS_NOUN || class == CLASS_ADJECTIVE || class == CLASS_NUMBER;
}

/* a “newly opened” line: marks round a few words of a noun group. */
static bool
is_scare_quote(const struct tagger *t, int i, int previous)
{
	if (i + 1 >= t->count || previous == CLASS_QUOTE)
		return false;
	for (int back = i - 1; back > i - 6 && back >= 0; back--)
		if (t->class[back] == CLASS_QUOTE)
			return is_group_word(t->class[i + 1]); /* it closes */
	return previous == CLASS_DET || previous == CLASS_ADJECTIVE;
}

static bool
joins_noun_group(const struct tagger *t, int i, int previous)
{
	int class = t->class[i];

	switch (class) {
	case CLASS_NOUN:
	case CLASS_OWNER:
	case CLASS_ADJECTIVE:
		return true;
	case CLASS_NAME:
		return previous != CLASS_NAME ||
		       token_of(t, i)->entity == token_of(t, i - 1)->entity ||
		       t->c->document->known[token_of(t, i - 1)->entity].kind ==
			   KNOWN_NATIONALITY ||
		       t->c->sentence->in_headline == false;
	case CLASS_DET:
		return previous == CLASS_DET;
	case CLASS_ADVERB: /* a newly opened line */
		return (previous == CLASS_DET || previous == CLASS_ADJECTIVE ||
			previous == CLASS_QUOTE) &&
		       i + 1 < t->count && is_group_word(t->class[i + 1]);
	case CLASS_QUOTE: /* a “new” line */
		return is_scare_quote(t, i, previous);
	case CLASS_NUMBER:
		return previous == CLASS_DET || previous == CLASS_NUMBER ||
		       previous == CLASS_ADJECTIVE || previous == CLASS_OWNER;
	default:
		return false;
	}
}

static struct chunk *
add_chunk(struct tagger *t, enum chunk_kind kind, int first, int end)
{
	struct chunk *k = &t->c->items[t->c->count];

	*k = (struct chunk){ .kind = kind,
			     .first = t->base + first,
			     .end = t->base + end,
			     .head = t->base + end - 1 };
	for (int i = first; i < end; i++)
		t->c->of_token[i] = t->c->count;
	t->c->count++;
	return k;
}

static int
read_noun(struct tagger *t, int i)
{
	int first = i, previous = t->class[i++];

	if (previous == CLASS_PRONOUN) {
		add_chunk(t, CHUNK_NOUN, first, i);
		return i;
	}
	for (; i < t->count; previous = t->class[i++]) {
		/* Sunday's inspection, Friday talks: a time inside is part of the group
		 */
		if (t->class[i] == CLASS_TIME && i + 1 < t->count &&
		    t->class[i + 1] == CLASS_OWNER)
			break;
		if (!joins_noun_group(t, i, previous))
			break;
	}
	add_chunk(t, CHUNK_NOUN, first, i);
	return i;
}

static int
read_time(struct tagger *t, int i)
{
	int first = i;

	while (i < t->count && t->class[i] == CLASS_TIME)
		i++;
	if (i < t->count && t->class[i] == CLASS_OWNER)
		return read_noun(
		    t, i); /* Sunday's inspection: the noun group without the day */
	add_chunk(t, CHUNK_TIME, first, i);
	return i;
}

static void
read_auxiliary(struct chunk *v, const struct word *w, bool *be, bool *have)
{
	v->has_auxiliary = true;
	if (w->kinds & (KIND_BE | KIND_HAVE | KIND_DO | KIND_WILL | KIND_MODAL))
		v->is_finite |= !v->is_infinitive;
	*be = w->kinds & KIND_BE;
	*have |= (w->kinds & KIND_HAVE) != 0;
	if (w->kinds & KIND_WILL)
		v->is_future = true;
	if (w->kinds & KIND_MODAL)
		v->is_modal = true;
}

static void
finish_verb(struct chunk *v, const struct word *w, bool be, bool have)
{
	v->form = w->forms & (FORM_BASE | FORM_S | FORM_PAST | FORM_DONE | FORM_ING);
	if (!v->form)
		v->form = FORM_PAST | FORM_DONE; /* a verb that no table knows */
	v->is_passive = be && (v->form & FORM_DONE) && !(v->form & FORM_ING);
	v->is_perfect = have;
	if (!v->has_auxiliary && !v->is_infinitive)
		v->is_finite = v->form & (FORM_BASE | FORM_S | FORM_PAST);
}

/* will not be | has already been | to + the main verb; be or have alone is a main verb
 * too. */
static int
read_verb(struct tagger *t, int i)
{
	struct chunk v = { .kind = CHUNK_VERB, .is_infinitive = t->class[i] == CLASS_TO };
	int first = i, head = i;
	bool be = false, have = false, found = false;

	for (i += v.is_infinitive; i < t->count && !found; i++) {
		const struct word *w = word_of(t, i);

		if (t->class[i] == CLASS_AUX) {
			read_auxiliary(&v, w, &be, &have);
			v.is_would |= is_norm(t, i, "would") || is_norm(t, i, "'d");
			head = i;
		} else if (t->class[i] == CLASS_QUOTE) {
			continue;
		} else if (t->class[i] == CLASS_ADVERB) {
			v.is_negated |= (w->kinds & KIND_NOT) != 0;
		} else if (t->class[i] == CLASS_VERB) {
			head = i;
			found = true;
		} else {
			break;
		}
	}
	i = head + 1;
	v.first = t->base + first;
	v.end = t->base + i;
	v.head = t->base + head;
	finish_verb(&v, word_of(t, head), be, have);
	if (found && is_norm(t, head, "going") && be && i < t->count &&
	    t->class[i] == CLASS_TO)
		v.is_future = true;
	*add_chunk(t, CHUNK_VERB, first, i) = v;
	return i;
}

static int
read_chunk(struct tagger *t, int i)
{
	static const enum chunk_kind kinds[] = {
		[CLASS_PREP] = CHUNK_PREP,   [CLASS_AND] = CHUNK_AND,
		[CLASS_COMMA] = CHUNK_COMMA, [CLASS_SUB] = CHUNK_SUB,
		[CLASS_REL] = CHUNK_REL,     [CLASS_ADVERB] = CHUNK_ADVERB,
		[CLASS_BREAK] = CHUNK_BREAK
	};

	switch ((enum class)t->class[i]) {
	case CLASS_NOUN:
	case CLASS_NAME:
	case CLASS_ADJECTIVE:
	case CLASS_NUMBER:
	case CLASS_DET:
	case CLASS_PRONOUN:
	case CLASS_OWNER:
		return read_noun(t, i);
	case CLASS_TIME:
		return read_time(t, i);
	case CLASS_VERB:
	case CLASS_AUX:
	case CLASS_TO:
		return read_verb(t, i);
	case CLASS_QUOTE:
		return i + 1;
	case CLASS_PREP:
	case CLASS_AND:
	case CLASS_COMMA:
	case CLASS_SUB:
	case CLASS_REL:
	case CLASS_ADVERB:
	case CLASS_BREAK:
		break;
	}
	add_chunk(t, kinds[t->class[i]], i, i + 1);
	return i + 1;
}

/* The agency (KCNA) said: what is short and in brackets stands outside of the sentence.
 */
static int
skip_brackets(struct tagger *t, int i)
{
	for (int end = i + 1; end < t->count && end < i + 8; end++)
		if (is_norm(t, end, ")"))
			return end + 1;
	return read_chunk(t, i);
}

int
chunks_read(struct chunks *c, struct arena *arena, struct err *err)
{
	struct tagger t = { .c = c,
			    .base = c->sentence->first,
			    .count = c->sentence->count };
	size_t n = (size_t)t.count;

	t.class = arena_calloc(arena, n + 1);
	c->words = arena_alloc(arena, (n + 1) * sizeof(*c->words));
	c->of_token = arena_alloc(arena, (n + 1) * sizeof(*c->of_token));
	c->items = arena_alloc(arena, (n + 1) * sizeof(*c->items));
	c->count = 0;
	if (arena_check(arena, err))
		return -1;
	for (int i = 0; i < t.count; i++) {
		const struct word *w = lexicon_word(c->lexicon, token_of(&t, i)->norm);

		c->words[i] = w ? w : &nothing;
		c->of_token[i] = -1;
	}
	for (int i = 0; i < t.count; i++)
		t.class[i] = (unsigned char)class_of(&t, i);
	for (int i = 0; i < t.count;)
		i = is_norm(&t, i, "(") ? skip_brackets(&t, i) : read_chunk(&t, i);
	return 0;
}
