/*
 * A sentence longer than the net's window is read in pieces, cut where a
 * clause is likely to end; the pieces' roots then hang on the first of them.
 */
#include "language/parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/morph.h"
#include "language/net.h"

struct parser {
	struct model *model;
	struct net net;
	struct morph morph;
	struct splitter splitter;
	const char **tags; /* upos, xpos of each */
	const char **relations;
	int relation_count;
	int root; /* the relation "root" */
	bool *of_nouns; /* relations that no finite verb has to its words */
};

/* A finite verb has no determiner, no adjective, no noun joined to it. */
static void
note_of_nouns(struct parser *p)
{
	static const char *const names[] = { "amod", "compound", "det", "nmod:desc", "nummod" };

	p->of_nouns = must_alloc((size_t)p->relation_count * sizeof *p->of_nouns);
	for (int i = 0; i < p->relation_count; i++) {
		p->of_nouns[i] = false;
		for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
			p->of_nouns[i] |= !strcmp(p->relations[i], names[k]);
	}
}

static int
parser_open(struct parser *p, const char *path, struct err *err)
{
	int names;

	p->model = model_open(path, err);
	if (!p->model)
		return -1;
	p->tags = strings_open(p->model, "tags", &names, err);
	p->relations =
	    p->tags ? strings_open(p->model, "relations", &p->relation_count, err) : NULL;
	if (!p->relations ||
	    net_open(&p->net, p->model, names / 2, p->relation_count, err) ||
	    morph_open(&p->morph, p->model, err) ||
	    splitter_open(&p->splitter, p->model, err))
		return -1;
	note_of_nouns(p);
	for (p->root = 0; p->root < p->relation_count; p->root++)
		if (!strcmp(p->relations[p->root], "root"))
			return 0;
	return err_set(err, ERR_USAGE, "%s has no relation named root", path);
}

struct parser *
parser_new(const char *model, struct err *err)
{
	struct parser *p = must_alloc(sizeof *p);

	if (parser_open(p, model, err)) {
		parser_free(p);
		return NULL;
	}
	return p;
}

void
parser_free(struct parser *p)
{
	if (!p)
		return;
	morph_release(&p->morph);
	free(p->tags);
	free(p->relations);
	free(p->of_nouns);
	model_close(p->model);
	free(p);
}

static int
best_tag(const struct parser *p, const struct net_reading *r, int place)
{
	const int32_t *s = r->tag + (size_t)place * (size_t)p->net.tag.rows;
	int best = 0;

	for (int i = 1; i < p->net.tags; i++)
		if (s[i] > s[best])
			best = i;
	return best;
}

/* Only the root's own word is root: the best other relation would be found seldom enough.
 */
static const char *
relation_name(const struct parser *p, const struct net_reading *r, int word, int head,
	      bool of_verb)
{
	int best = head == 0 ? p->root
			     : net_relation(&p->net, r, word, head,
					    of_verb ? p->of_nouns : NULL);

	return head != 0 && best == p->root ? "dep" : p->relations[best];
}

static bool
is_tag(const struct parser *p, int tag, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(p->tags[2 * tag + 1], *names))
			return true;
	return false;
}

/* How much less the score of a finite verb may be: LAS and XPOS of EWT dev and GUM dev are
 * best between 4 and 16 million, where three in four of such sentences are read right. */
enum { NEAR = 12000000 };

static const char *const finite[] = { "VBD", "VBZ", "VBP", "MD", NULL };
static const char *const bare[] = { "VB", NULL };
static const char *const done[] = { "VBN", NULL };
static const char *const clauses[] = { "advcl", "ccomp", "xcomp", "csubj", NULL };
static const char *const number[] = { "CD", NULL };
static const char *const nouns_and_numbers[] = { "CD", "NN", "NNS", "NNP", "NNPS", NULL };
static const char *const adjective[] = { "JJ", NULL };
static const char *const many[] = { "NNS", NULL };
static const char *const proper[] = { "NNP", "NNPS", NULL };
static const char *const nouns[] = { "NN", "NNS", "NNP", "NNPS", "PRP", NULL };
static const char *const preposition[] = { "IN", NULL };
static const char *const verbal[] = { "VB", "VBD", "VBG", "VBN", "VBP", "VBZ", NULL };

static int
best_of(const struct parser *p, const struct net_reading *r, int place,
	const char *const *names)
{
	const int32_t *s = r->tag + (size_t)place * (size_t)p->net.tag.rows;
	int best = -1;

	for (int k = 0; k < p->net.tags; k++)
		if (is_tag(p, k, names) && (best < 0 || s[k] > s[best]))
			best = k;
	return best;
}

static bool
is_relation(const struct token *t, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(t->deprel, *names))
			return true;
	return false;
}

static bool
may_be_past(const struct parser *p, int tag, const struct token *t)
{
	size_t n = strlen(t->norm);

	return is_tag(p, tag, done) ||
	       (is_tag(p, tag, adjective) && n > 3 && !strcmp(t->norm + n - 2, "ed"));
}

/*
 * A sentence in running text has a finite verb.  "Ukraine swapped prisoners"
 * may look like prisoners of some kind to the net; where it saw no clause of a
 * finite verb at all, the place that is nearest to being one is it, and the
 * root.  0: all is well, or nothing is near.
 */
static int
missing_verb(const struct parser *p, const struct net_reading *r, const int *tag,
	     const struct token *t, int count)
{
	int32_t limit = NEAR;
	int best = 0;

	if (strcmp(t[count - 1].norm, ".") || is_tag(p, tag[1], bare))
		return 0;
	for (int i = 1; i < r->places; i++)
		if (is_tag(p, tag[i], finite) && strcmp(t[i - 1].deprel, "amod") &&
		    strcmp(t[i - 1].deprel, "compound"))
			return 0;
	for (int i = 2; i < r->places; i++) {
		const int32_t *s = r->tag + (size_t)i * (size_t)p->net.tag.rows;
		int k = best_of(p, r, i, finite);
		int32_t less = s[tag[i]] - s[k];

		/* Ukraine swapped prisoners: right behind a noun */
		if (may_be_past(p, tag[i], &t[i - 1]) && is_tag(p, tag[i - 1], nouns))
			less /= 3;
		/* Ghana votes on Saturday */
		if (is_tag(p, tag[i], many) && is_tag(p, tag[i - 1], proper))
			less /= 2;
		if (less < limit) {
			limit = less;
			best = i;
		}
	}
	return best;
}

static int
child_of(const struct token *t, int count, int head, const char *deprel)
{
	for (int i = 0; i < count; i++)
		if (t[i].head == head && !strcmp(t[i].deprel, deprel))
			return i;
	return -1;
}

/* A clause with a subject of its own, and nothing that puts it under another. */
static bool
is_whole_clause(const struct parser *p, const int *tag, const struct token *t, int count,
		int verb)
{
	static const char *const under[] = { "mark", "cop", NULL };
	static const char *const relative[] = { "WDT", "WP", "WP$", "WRB", NULL };
	bool is_finite = is_tag(p, tag[verb + 1], finite), has_subject = false;

	if (!is_tag(p, tag[verb + 1], verbal) || is_relation(&t[verb], clauses))
		return false;
	for (int i = 0; i < count; i++) {
		if (t[i].head != verb)
			continue;
		if (is_relation(&t[i], under) || is_tag(p, tag[i + 1], relative))
			return false;
		is_finite |= is_tag(p, tag[i + 1], finite);
		has_subject |= !strncmp(t[i].deprel, "nsubj", 5) && i < verb;
	}
	return is_finite && has_subject;
}

/*
 * "Two dozen people were killed" may be a dozen to the net, of people who
 * were.  Where no verb is the root, the one verb with a subject is.  0: none.
 */
static int
main_verb(const struct parser *p, const int *tag, const struct token *t, int count)
{
	int root = 0, found = 0;

	while (root < count && t[root].head >= 0)
		root++;
	if (root == count || strcmp(t[count - 1].norm, ".") ||
	    is_tag(p, tag[root + 1], verbal) || child_of(t, count, root, "cop") >= 0)
		return 0;
	for (int i = 0; i < count; i++)
		if (is_whole_clause(p, tag, t, count, i)) {
			if (found)
				return 0;
			found = i + 1;
		}
	return found;
}

/* What a verb that was none to the net has beside it without a preposition. */
static void
name_arguments(const struct parser *p, const int *tag, struct token *t, int count, int verb)
{
	static const char *const theirs[] = { "nsubj", "nsubj:pass", "obj",  "dep",
					      "appos", "compound",   "list", "parataxis",
					      "obl:unmarked", NULL };
	bool has_object = false, has_subject = child_of(t, count, verb, "nsubj:pass") >= 0;

	for (int i = 0; i < count; i++) {
		if (t[i].head != verb || !is_relation(&t[i], theirs) ||
		    !is_tag(p, tag[i + 1], nouns) || child_of(t, count, i, "case") >= 0)
			continue;
		if (i < verb && !has_subject) {
			t[i].deprel = "nsubj";
			has_subject = true;
		} else if (i > verb && !has_object) {
			t[i].deprel = "obj";
			has_object = true;
		}
	}
}

/* What stands before the root and what stands behind it meet in it alone. */
static void
force_root(struct net_reading *r, int root)
{
	for (int w = 1; w < r->places; w++)
		for (int h = 0; h < r->places; h++)
			if ((h == 0) != (w == root) || (w < root && h > root) ||
			    (w > root && h < root))
				r->arc[w * NET_PLACES + h] = TREE_NEVER;
}

/* resume relations: what has an object is a verb. */
static void
make_verb(const struct parser *p, const struct net_reading *r, int place, int *tag)
{
	const int32_t *s = r->tag + (size_t)place * (size_t)p->net.tag.rows;
	int k = best_of(p, r, place, verbal);

	if (!is_tag(p, tag[place], verbal) && s[tag[place]] - s[k] < NEAR)
		tag[place] = k;
}

/* "had", in quotes, "fulfilled": an auxiliary has no words of its own in UD. */
static void
free_auxiliaries(struct token *t, int count)
{
	static const char *const leaves[] = { "aux", "aux:pass", "cop", NULL };

	for (int i = 0; i < count; i++)
		while (t[i].head >= 0 && is_relation(&t[t[i].head], leaves))
			t[i].head = t[t[i].head].head;
}

/* two dozen people, leader Kim: of two subjects side by side the first belongs to the second. */
static void
join_subjects(const struct parser *p, const int *tag, struct token *t, int count)
{
	for (int i = 0; i < count; i++) {
		int next = i + 1;

		if (t[i].head < 0 || strncmp(t[i].deprel, "nsubj", 5) ||
		    !is_tag(p, tag[i + 1], nouns_and_numbers))
			continue;
		while (next < count && t[next].head > next && t[next].head < t[i].head)
			next = t[next].head; /* over what opens the second */
		if (next == count || t[next].head != t[i].head ||
		    strncmp(t[next].deprel, "nsubj", 5) || !is_tag(p, tag[next + 1], nouns))
			continue;
		t[i].head = next;
		t[i].deprel = is_tag(p, tag[i + 1], number)    ? "nummod"
			      : is_tag(p, tag[next + 1], proper) ? "nmod:desc"
								 : "compound";
	}
}

/* to Beijing to witness it: the first "to" hangs on what is witnessed to the net. */
static int
noun_of_first_to(const struct token *t, int to)
{
	int verb = t[to].head, noun = -1;

	for (int i = to + 1; i < verb; i++) {
		if (!strcmp(t[i].norm, "to") && t[i].head == verb && noun >= 0)
			return noun;
		if (noun < 0 && (t[i].head < to || t[i].head >= verb))
			noun = i;
	}
	return -1;
}

/* a trip to Beijing: what opens a noun is no mark of an infinitive, and the noun no clause. */
static void
open_noun(const struct parser *p, const struct net_reading *r, int place, int *tag,
	  struct token *t)
{
	static const struct {
		const char *clause, *noun;
	} rows[] = { { "acl", "nmod" }, { "advcl", "obl" }, { "xcomp", "obl" } };
	struct token *to = &t[place - 1], *noun;
	int first;

	if (strcmp(to->norm, "to") || strcmp(to->deprel, "mark") || to->head < 0)
		return;
	first = noun_of_first_to(t, place - 1);
	if (first >= 0)
		to->head = first;
	/* to work: more often a verb, whatever its tag */
	if (!is_tag(p, tag[to->head + 1], to->head == place ? proper : nouns))
		return;
	noun = &t[to->head];
	tag[place] = best_of(p, r, place, preposition);
	to->deprel = "case";
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (!strcmp(noun->deprel, rows[i].clause))
			noun->deprel = rows[i].noun;
	for (int i = to->head + 1; i < r->places - 1; i++)
		if (t[i].head == to->head && !strcmp(t[i].deprel, "xcomp") && noun->head >= 0) {
			t[i].head = noun->head;
			t[i].deprel = is_tag(p, tag[noun->head + 1], nouns) ? "acl" : "advcl";
		}
}

static bool
read_tree(const struct parser *p, struct net_reading *r, int *tag, struct token *t,
	  const struct tied *spans, int span_count, struct arena *arena)
{
	int head[NET_PLACES];

	if (!tree_of_scores(r->arc, NET_PLACES, r->places, spans, span_count, head, arena))
		return false;
	for (int i = 1; i < r->places; i++) {
		t[i - 1].head = head[i] - 1;
		t[i - 1].deprel = relation_name(p, r, i, head[i],
						 head[i] && is_tag(p, tag[head[i]], finite));
	}
	for (int i = 1; i < r->places; i++)
		if (head[i] && !strcmp(t[i - 1].deprel, "obj"))
			make_verb(p, r, head[i], tag);
	for (int i = 1; i < r->places; i++)
		open_noun(p, r, i, tag, t);
	free_auxiliaries(t, r->places - 1);
	join_subjects(p, tag, t, r->places - 1);
	for (int i = 1; i < r->places; i++) {
		t[i - 1].upos = p->tags[2 * tag[i]];
		t[i - 1].xpos = p->tags[2 * tag[i] + 1];
	}
	return true;
}

/* One window; heads are counted from its first token, its root's is -1. */
static bool
read_piece(const struct parser *p, struct token *t, int count, bool headline,
	   const struct tied *spans, int span_count, struct arena *arena)
{
	struct net_reading *r = net_read(&p->net, t, count, headline, arena);
	int tag[NET_PLACES], verb;

	for (int i = 1; r && i <= count; i++)
		tag[i] = best_tag(p, r, i);
	if (!r || !read_tree(p, r, tag, t, spans, span_count, arena))
		return false;
	verb = headline ? 0 : missing_verb(p, r, tag, t, count);
	if (verb)
		tag[verb] = best_of(p, r, verb, finite);
	else
		verb = headline ? 0 : main_verb(p, tag, t, count);
	if (!verb)
		return true;
	force_root(r, verb);
	if (!read_tree(p, r, tag, t, spans, span_count, arena))
		return false;
	if (is_tag(p, tag[verb], finite))
		name_arguments(p, tag, t, count, verb - 1);
	return true;
}

/* How good a place it is to end a piece behind this token. */
static int
stop_of(const struct token *t)
{
	if (!strcmp(t->norm, ".") || !strcmp(t->norm, ";") || !strcmp(t->norm, "!") ||
	    !strcmp(t->norm, "?"))
		return 3;
	if (!strcmp(t->norm, ":") || !strcmp(t->norm, "--") || !strcmp(t->norm, ")"))
		return 2;
	return !strcmp(t->norm, ",");
}

static int
piece_length(const struct token *t, int left)
{
	int best = NET_WORDS, value = 0;

	if (left <= NET_WORDS)
		return left;
	for (int i = NET_WORDS / 2; i < NET_WORDS; i++)
		if (stop_of(&t[i]) >= value && stop_of(&t[i]) > 0) {
			value = stop_of(&t[i]);
			best = i + 1;
		}
	return best;
}

/* The spans that lie in a piece, as places in it. */
static int
spans_within(const struct tied *spans, int n, int first, int count, struct tied *out)
{
	int kept = 0;

	for (int i = 0; i < n && kept < NET_WORDS; i++)
		if (spans[i].first >= first && spans[i].last < first + count &&
		    spans[i].first < spans[i].last)
			out[kept++] = (struct tied){ spans[i].first - first + 1,
						     spans[i].last - first + 1 };
	return kept;
}

int
parser_sentence(const struct parser *p, struct token *t, int count, int base,
		bool headline, const struct tied *spans, int span_count,
		struct arena *arena, struct err *err)
{
	int root = -1, length;

	for (int at = 0; at < count; at += length) {
		struct arena_mark mark = arena_mark(arena);
		struct tied *tied = arena_alloc(arena, NET_WORDS * sizeof *tied);
		int n;

		length = piece_length(t + at, count - at);
		n = tied ? spans_within(spans, span_count, at, length, tied) : 0;
		if (!read_piece(p, t + at, length, headline, tied, n, arena))
			return arena_check(arena, err);
		arena_rewind(arena, mark);
		morph_sentence(&p->morph, t + at, length, arena);
		for (int i = at; i < at + length; i++) {
			if (t[i].head >= 0) {
				t[i].head += at;
			} else if (root < 0) {
				root = i;
			} else {
				t[i].head = root;
				t[i].deprel = "parataxis";
			}
		}
	}
	for (int i = 0; i < count; i++)
		if (t[i].head >= 0)
			t[i].head += base;
	return arena_check(arena, err);
}

const struct splitter *
parser_splitter(const struct parser *p)
{
	return &p->splitter;
}

int
parser_text(const struct parser *p, const char *text, size_t n, enum text_kind kind,
	    struct parsed *out, struct arena *arena, struct err *err)
{
	size_t i = out->sentence_count;

	if (parser_cut(&p->splitter, text, n, kind, out, arena, err))
		return -1;
	for (; i < out->sentence_count; i++) {
		const struct sentence *s = &out->sentences[i];

		if (parser_sentence(p, out->tokens + s->first, s->count, s->first,
				    s->in_headline, NULL, 0, arena, err))
			return -1;
	}
	return 0;
}
