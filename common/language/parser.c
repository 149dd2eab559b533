/*
 * A sentence longer than the net's window is read in pieces, cut where a
 * clause is likely to end; the pieces' roots then hang on the first of them.
 */
#include "language/parser.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/mend.h"
#include "language/morph.h"
#include "language/namer.h"
#include "language/net.h"

struct parser {
	const struct namer *namer;
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

static bool
read_tree(const struct parser *p, struct net_reading *r, struct mend *m,
	  const struct tied *spans, int span_count, struct arena *arena)
{
	int head[NET_PLACES];

	if (!tree_of_scores(r->arc, NET_PLACES, r->places, spans, span_count, head, arena))
		return false;
	for (int i = 1; i < r->places; i++) {
		m->t[i - 1].head = head[i] - 1;
		m->t[i - 1].deprel = relation_name(p, r, i, head[i],
						   head[i] && mend_is_finite(m, head[i]));
	}
	mend_tree(m);
	for (int i = 1; i < r->places; i++) {
		m->t[i - 1].upos = p->tags[2 * m->tag[i]];
		m->t[i - 1].xpos = p->tags[2 * m->tag[i] + 1];
	}
	return true;
}

/* Views of a piece, until its memory is given back. */
struct views {
	unsigned char of[NET_WORDS][NAMER_WIDTH_MAX];
	bool is[NET_WORDS];
	int count;
};

static void
see(const struct parser *p, const struct token *t, int count,
    const struct net_reading *r, struct views *views)
{
	size_t wide = 2 * (size_t)p->net.hidden;

	for (int i = 0; i < count; i++) {
		size_t at = ((size_t)i + 1) * wide;

		views->is[i] = namer_asks(t, count, i);
		views->count += views->is[i];
		if (views->is[i])
			namer_view(p->namer, r->low + at, r->top + at, views->of[i]);
	}
}

static void
keep_views(const struct parser *p, struct token *t, int count, const struct views *views,
	   struct arena *arena)
{
	size_t width = (size_t)p->namer->width;
	unsigned char *at = arena_alloc(arena, (size_t)views->count * width + 1);

	for (int i = 0; at && i < count; i++)
		if (views->is[i]) {
			t[i].view = memcpy(at, views->of[i], width);
			at += width;
		}
}

/* One window; heads are counted from its first token, its root's is -1. */
static bool
read_piece(const struct parser *p, struct token *t, int count, bool headline,
	   const struct tied *spans, int span_count, struct views *views,
	   struct arena *arena)
{
	struct net_reading *r = net_read(&p->net, t, count, headline, arena);
	int tag[NET_PLACES], verb;
	struct mend m = { p->tags, p->net.tags, NULL, p->net.tag.rows, tag, t, count };

	if (!r)
		return false;
	m.scores = r->tag;
	for (int i = 1; i <= count; i++)
		tag[i] = best_tag(p, r, i);
	if (!read_tree(p, r, &m, spans, span_count, arena))
		return false;
	verb = headline ? 0 : mend_root(&m);
	if (verb) {
		force_root(r, verb);
		if (!read_tree(p, r, &m, spans, span_count, arena))
			return false;
		mend_clause(&m, verb);
	}
	if (views)
		see(p, t, count, r, views);
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
		struct views views = { .count = 0 };
		bool shown = p->namer && span_count == 0; /* tied: they were before */
		struct arena_mark mark = arena_mark(arena);
		struct tied *tied = arena_alloc(arena, NET_WORDS * sizeof *tied);
		int n;

		length = piece_length(t + at, count - at);
		n = tied ? spans_within(spans, span_count, at, length, tied) : 0;
		if (!read_piece(p, t + at, length, headline, tied, n,
				shown ? &views : NULL, arena))
			return arena_check(arena, err);
		arena_rewind(arena, mark);
		if (shown)
			keep_views(p, t + at, length, &views, arena);
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

void
parser_show(struct parser *p, const struct namer *namer)
{
	p->namer = namer;
}

void
parser_spelling(const struct parser *p, const struct token *t, struct spelling *s)
{
	net_spelling(&p->net, t, s);
}

const struct model *
parser_model(const struct parser *p)
{
	return p->model;
}

const struct net *
parser_net(const struct parser *p)
{
	return &p->net;
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
