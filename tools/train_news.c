/*
 * What the treebank, written on the web, has little of and news is made of:
 * tags of a set of world news without trees; sentences whose subject is a name
 * or a bare plural ("Turkey normalized ties") where the web says "I"; and
 * short ones, cut to a verb with its subject, object and one more.
 */
#include "tools/train.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "language/reader.h"

enum {
	PARTS = 10,    /* the last of so many parts of the tagged set is for names to be
			* measured by */
	DOERS = 4000,
	SWAP_MAX = 40, /* tokens */
	CORE_MAX = 14,
	GROUP_MAX = 4,
};

static struct token *
add_token(struct conllu_sentence *s, const char *form, size_t size, struct arena *arena)
{
	char norm[NORM_MAX];
	struct token *t = &s->tokens[s->count++];

	*t = (struct token){ .form = arena_copy(arena, form, size), .head = -2 };
	fold(t->form, size, norm, sizeof norm);
	t->norm = arena_strdup(arena, norm);
	return t;
}

/* low-level: three words in the treebank, whose tags this set does not say. */
static void
add_word(struct conllu_sentence *s, const char *form, const char *xpos,
	 struct arena *arena)
{
	const char *hyphen = strchr(form, '-');

	if (!hyphen || hyphen == form || !hyphen[1]) {
		struct token *t = add_token(s, form, strlen(form), arena);

		/* of prepositions and of closing marks too, which the treebank parts */
		if (strcmp(xpos, "TO") && strcmp(xpos, "``"))
			t->xpos = arena_strdup(arena, xpos);
		return;
	}
	add_token(s, form, (size_t)(hyphen - form), arena);
	add_token(s, "-", 1, arena);
	add_word(s, hyphen + 1, "", arena);
}

static void
add_sentence(struct treebank *t, const struct conllu_sentence *s, struct arena *arena)
{
	struct conllu_sentence *to;

	if (t->count % 1024 == 0)
		t->sentences = must_realloc(
		    t->sentences, (size_t)(t->count + 1024) * sizeof *t->sentences);
	to = &t->sentences[t->count++];
	*to = *s;
	to->tokens = arena_alloc(arena, (size_t)s->count * sizeof *to->tokens);
	memcpy(to->tokens, s->tokens, (size_t)s->count * sizeof *to->tokens);
	t->words += s->count;
}

void
treebank_read_tagged(struct treebank *t, const char *path, struct arena *arena)
{
	enum { ROOM = 1000 };
	struct conllu_sentence s = { .comments = "" };
	gzFile f = gzopen(path, "rb");
	char line[1024];

	*t = (struct treebank){ 0 };
	s.tokens = must_alloc(ROOM * sizeof *s.tokens);
	if (!f)
		die("%s: cannot be read", path);
	while (gzgets(f, line, sizeof line)) {
		char *tab = strchr(line, '\t'), *end = tab ? strchr(tab + 1, '\t') : NULL;

		if (end) {
			*tab = *end = '\0';
			if (s.count < ROOM - 10)
				add_word(&s, line, tab + 1, arena);
		} else if (s.count > 0) {
			add_sentence(t, &s, arena);
			s.count = 0;
		}
	}
	gzclose(f);
	free(s.tokens);
	t->count -= t->count / PARTS;
}

static bool
is_of(const char *deprel, const char *const *list)
{
	for (; *list; list++)
		if (deprel && !strcmp(deprel, *list))
			return true;
	return false;
}

/* ---- subjects ---- */

static bool
is_tag(const struct token *t, const char *xpos)
{
	return t->xpos && !strcmp(t->xpos, xpos);
}

static bool
is_finite(const struct token *t)
{
	return is_tag(t, "VBD") || is_tag(t, "VBZ") || is_tag(t, "VBP") || is_tag(t, "MD");
}

/*
 * What stands before a finite verb in the tagged set: names, nouns in the
 * plural, and groups that open a sentence ("The Iraqi army"), whose trees are
 * plain.
 */
struct group {
	const struct token *first;
	int count;
	bool many;
};

struct doers {
	const struct token *names[DOERS], *nouns[DOERS];
	struct group groups[DOERS];
	int name_count, noun_count, group_count;
};

static void
find_group(struct doers *d, const struct conllu_sentence *s)
{
	int n = 0;

	while (n < s->count && (is_tag(&s->tokens[n], "DT") || is_tag(&s->tokens[n], "JJ") ||
				is_tag(&s->tokens[n], "NN") || is_tag(&s->tokens[n], "NNS")))
		n++;
	if (n < 2 || n > GROUP_MAX || n == s->count || !is_finite(&s->tokens[n]) ||
	    s->tokens[n - 1].xpos[0] != 'N' || d->group_count == DOERS)
		return;
	d->groups[d->group_count++] =
	    (struct group){ s->tokens, n, is_tag(&s->tokens[n - 1], "NNS") };
}

static void
find_doers(struct doers *d, const struct treebank *tagged)
{
	for (int i = 0; i < tagged->count; i++) {
		find_group(d, &tagged->sentences[i]);
		for (int k = 0; k + 1 < tagged->sentences[i].count; k++) {
			const struct token *t = &tagged->sentences[i].tokens[k];

			if (!is_finite(t + 1))
				continue;
			if (is_tag(t, "NNP") && d->name_count < DOERS)
				d->names[d->name_count++] = t;
			if (is_tag(t, "NNS") && d->noun_count < DOERS)
				d->nouns[d->noun_count++] = t;
		}
	}
}

static bool
is_alone(const struct conllu_sentence *s, int at)
{
	for (int i = 0; i < s->count; i++)
		if (s->tokens[i].head == at)
			return false;
	return true;
}

/* The verb that says whether one or many do it. */
static const struct token *
verb_that_agrees(const struct conllu_sentence *s, int verb)
{
	for (int i = 0; i < s->count; i++)
		if (s->tokens[i].head == verb && is_finite(&s->tokens[i]))
			return &s->tokens[i];
	return &s->tokens[verb];
}

static bool
starts(const char *text, const char *with)
{
	return text && !strncmp(text, with, strlen(with));
}

/* False: no pronoun to give way. */
static bool
swap(struct conllu_sentence *s, int at, const struct doers *d, struct rng *r)
{
	struct token *t = &s->tokens[at];
	bool name = rng_next(r) & 1;
	const struct token *other;

	if (!is_tag(t, "PRP") || t->head < 0 || !is_alone(s, at))
		return false;
	if (starts(t->deprel, "nsubj")) {
		const struct token *v = verb_that_agrees(s, t->head);

		if (is_tag(v, "VBZ"))
			name = true;
		else if (is_tag(v, "VBP"))
			name = false;
	} else if (!starts(t->deprel, "obj") && !starts(t->deprel, "obl")) {
		return false;
	}
	other = name ? d->names[rng_next(r) % (uint32_t)d->name_count]
		     : d->nouns[rng_next(r) % (uint32_t)d->noun_count];
	t->form = other->form;
	t->norm = other->norm;
	t->lemma = NULL;
	t->xpos = name ? "NNP" : "NNS";
	t->upos = name ? "PROPN" : "NOUN";
	return true;
}

static void
open_sentence(struct conllu_sentence *s, struct arena *arena)
{
	if (s->count > 0)
		s->tokens[0].form = with_capitals(s->tokens[0].form, false, arena);
}

static void
add_swapped(struct treebank *t, const struct conllu_sentence *s, const struct doers *d,
	    struct rng *r, struct arena *arena)
{
	struct conllu_sentence *copy;
	bool swapped = false;

	add_sentence(t, s, arena);
	copy = &t->sentences[t->count - 1];
	for (int i = 0; i < copy->count; i++)
		swapped |= swap(copy, i, d, r);
	if (!swapped) {
		t->count--;
		t->words -= s->count;
		return;
	}
	open_sentence(copy, arena);
}

/* ---- short sentences ---- */

static void
keep_noun(const struct conllu_sentence *s, int noun, bool *kept)
{
	static const char *const inner[] = { "det",    "amod", "compound",  "flat",
					     "nummod", "case", "nmod:poss", "nmod:desc",
					     NULL };

	kept[noun] = true;
	for (int i = 0; i < s->count; i++)
		if (s->tokens[i].head == noun && is_of(s->tokens[i].deprel, inner))
			keep_noun(s, i, kept);
}

/* False: not a verb that says something with what stays. */
static bool
keep_clause(const struct conllu_sentence *s, int verb, bool *kept)
{
	static const char *const more[] = { "xcomp", "ccomp", "expl", "csubj", "cop", NULL };
	static const char *const small[] = { "aux", "aux:pass", "compound:prt", NULL };
	bool subject = false, rest = false, oblique = false;

	kept[verb] = true;
	for (int i = 0; i < s->count; i++) {
		const struct token *t = &s->tokens[i];

		if (t->head != verb)
			continue;
		if (is_of(t->deprel, more))
			return false;
		if (is_of(t->deprel, small) || !strcmp(t->norm, "not"))
			kept[i] = true;
		if (starts(t->deprel, "nsubj") && i < verb && t->xpos[0] != 'W' &&
		    strcmp(t->xpos, "EX")) {
			keep_noun(s, i, kept);
			subject = true;
		}
		if (i > verb && (!strcmp(t->deprel, "obj") || !strcmp(t->deprel, "iobj"))) {
			keep_noun(s, i, kept);
			rest = true;
		}
		if (i > verb && !oblique && starts(t->deprel, "obl")) {
			keep_noun(s, i, kept);
			rest = oblique = true;
		}
	}
	return subject && rest;
}

static const char *
upos_of(const char *xpos)
{
	return is_of(xpos, (const char *const[]){ "DT", NULL })	   ? "DET"
	       : is_of(xpos, (const char *const[]){ "JJ", NULL }) ? "ADJ"
								   : "NOUN";
}

static const char *
relation_of(const char *xpos)
{
	return is_of(xpos, (const char *const[]){ "DT", NULL })	   ? "det"
	       : is_of(xpos, (const char *const[]){ "JJ", NULL }) ? "amod"
								   : "compound";
}

/* A group for the pronoun that a short sentence begins with; room is there. */
static void
open_with_group(struct conllu_sentence *s, const struct doers *d, struct rng *r)
{
	const struct group *g = &d->groups[rng_next(r) % (uint32_t)d->group_count];
	struct token *t = s->tokens;
	const struct token *v;
	int more = g->count - 1;

	if (!is_tag(t, "PRP") || !starts(t->deprel, "nsubj") || t->head < 0 || !is_alone(s, 0))
		return;
	v = verb_that_agrees(s, t->head);
	if ((is_tag(v, "VBZ") && g->many) || (is_tag(v, "VBP") && !g->many))
		return;
	memmove(t + more, t, (size_t)s->count * sizeof *t);
	s->count += more;
	for (int i = more; i < s->count; i++)
		if (t[i].head >= 0)
			t[i].head += more;
	for (int i = 0; i <= more; i++) {
		struct token *k = &t[i];
		struct token other = g->first[i];

		other.head = i < more ? more : k->head;
		other.deprel = i < more ? relation_of(other.xpos) : k->deprel;
		other.upos = upos_of(other.xpos);
		*k = other;
	}
}

static void
add_core(struct treebank *t, const struct conllu_sentence *s, int verb,
	 const struct doers *d, struct rng *r, struct arena *arena)
{
	bool *kept = must_alloc((size_t)s->count);
	int *place = must_alloc((size_t)s->count * sizeof *place);
	struct conllu_sentence core = { .comments = "" };
	int root;

	memset(kept, 0, (size_t)s->count);
	core.tokens = arena_alloc(arena, (size_t)(s->count + 1 + GROUP_MAX) * sizeof *core.tokens);
	if (keep_clause(s, verb, kept)) {
		for (int i = 0; i < s->count; i++) {
			place[i] = core.count;
			if (kept[i])
				core.tokens[core.count++] = s->tokens[i];
		}
		for (int i = 0; i < core.count; i++) {
			struct token *k = &core.tokens[i];

			if (i == place[verb]) {
				k->head = -1;
				k->deprel = "root";
			} else {
				k->head = place[k->head];
			}
		}
		if (rng_next(r) & 1)
			open_with_group(&core, d, r);
		for (int i = 0; i < core.count; i++)
			swap(&core, i, d, r);
		for (root = 0; core.tokens[root].head >= 0;)
			root++;
		core.tokens[core.count++] = (struct token){ .form = ".",
							    .norm = ".",
							    .lemma = ".",
							    .upos = "PUNCT",
							    .xpos = ".",
							    .deprel = "punct",
							    .head = root };
		open_sentence(&core, arena);
		if (core.count <= CORE_MAX)
			add_sentence(t, &core, arena);
	}
	free(kept);
	free(place);
}

void
treebank_add_news(struct treebank *t, const struct treebank *tagged, uint64_t seed,
		  struct arena *arena)
{
	struct doers *d = must_alloc(sizeof *d);
	struct rng r = { seed + 78 };
	int count = t->count, swapped, cores;

	memset(d, 0, sizeof *d);
	find_doers(d, tagged);
	if (!d->name_count || !d->noun_count || !d->group_count)
		die("the tagged set has no subjects");
	for (int i = 0; i < count; i++) {
		struct conllu_sentence s = t->sentences[i]; /* the array moves */

		if (s.count <= SWAP_MAX && rng_next(&r) % 100 < 30)
			add_swapped(t, &s, d, &r, arena);
	}
	swapped = t->count - count;
	for (int i = 0; i < count; i++) {
		struct conllu_sentence s = t->sentences[i];

		for (int k = 0; k < s.count; k++)
			if (is_finite(verb_that_agrees(&s, k)) &&
			    s.tokens[k].xpos[0] == 'V' && rng_next(&r) % 100 < 80)
				add_core(t, &s, k, d, &r, arena);
	}
	cores = t->count - count - swapped;
	for (int i = 0; i < tagged->count; i++)
		add_sentence(t, &tagged->sentences[i], arena);
	printf("news: %d groups, %d sentences with other subjects, %d short ones, %d with tags alone\n",
	       d->group_count, swapped, cores, tagged->count);
	free(d);
}
