/*
 * model_check [-w WAY] MODEL FILE.conllu ...: how well the model does on treebanks: on
 * their own words, and from raw text, where a word counts if it has the same
 * characters, and its tag, head and relation if its head's word does too.
 * -w takes a narrower way to multiply (language/matrix.h), to see its speed.
 * Headlines and capitals are made of some of the sentences, as in training
 * (tools/train_copies.c).
 * Relations are compared without their subtypes, as in the CoNLL 2018 task.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "language/matrix.h"
#include "language/parser.h"
#include "tools/train.h"

struct score {
	long words, upos, xpos, lemma, feats, head, relation;
};

static bool
same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static void
compare(struct score *s, const struct token *gold, const struct token *said,
	bool same_head)
{
	s->upos += same(gold->upos, said->upos);
	s->xpos += same(gold->xpos, said->xpos);
	s->lemma += same(gold->lemma, said->lemma);
	s->feats += same(gold->feats, said->feats);
	s->head += same_head;
	s->relation += same_head && same_relation(gold->deprel, said->deprel);
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double
of(long part, long whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void
on_words(const char *name, const struct parser *p, const struct treebank *t, int from,
	 struct arena *arena)
{
	struct score s = { 0 };
	double begin = seconds();

	for (int i = from; i < t->count; i++) {
		struct conllu_sentence *c = &t->sentences[i];
		bool headline = c->comments == headline_mark;
		struct token *said;
		struct err err;

		said = arena_alloc(arena, (size_t)c->count * sizeof *said);
		if (arena->full)
			die("no room");
		s.words += c->count;
		memcpy(said, c->tokens, (size_t)c->count * sizeof *said);
		if (parser_sentence(p, said, c->count, 0, headline, NULL, 0, arena, &err))
			die("%s", err.text);
		for (int k = 0; k < c->count; k++)
			compare(&s, &c->tokens[k], &said[k],
				c->tokens[k].head == said[k].head);
		arena_reset(arena);
	}
	printf("  %-11s upos %.2f xpos %.2f lemma %.2f feats %.2f uas %.2f las %.2f; "
	       "%.0f words/s\n",
	       name, of(s.upos, s.words), of(s.xpos, s.words), of(s.lemma, s.words),
	       of(s.feats, s.words), of(s.head, s.words), of(s.relation, s.words),
	       (double)s.words / (seconds() - begin));
}

/* A paragraph's sentences as text, and where each of its words stands without blanks. */
struct paragraph {
	struct buf text;
	struct token **word;    /* with the sentence's own heads, */
	int *from, *to, *first; /* from, to: in characters that are no blanks; first: the
				   number of its sentence's first word */
	int words, sentences, solid;
	bool *starts;
};

static int
solid_size(const char *form)
{
	int n = 0;

	for (; *form; form++)
		n += *form != ' ';
	return n;
}

static void
add_sentence(struct paragraph *p, struct conllu_sentence *c, bool blank_before)
{
	int first = p->words;

	p->sentences++;
	for (int i = 0; i < c->count; i++) {
		struct token *t = &c->tokens[i];

		if (i ? t->blank : blank_before)
			buf_addc(&p->text, ' ');
		buf_adds(&p->text, t->form);
		p->word[p->words] = t;
		p->from[p->words] = p->solid;
		p->to[p->words] = p->solid += solid_size(t->form);
		p->first[p->words] = first;
		p->starts[p->words++] = i == 0;
	}
}

struct raw {
	struct score s;
	long said, right, sentences, said_sentences, right_sentences, tokens_read;
	double time;
};

/* Both walk over the same solid characters. */
static void
align(struct raw *r, const struct paragraph *p, const struct parsed *d)
{
	int *twin = must_alloc((d->token_count + 1) * sizeof *twin);
	int *start = must_alloc((d->token_count + 1) * sizeof *start);
	int *end = must_alloc(((size_t)p->solid + 1) * sizeof *end);
	int at = 0, k = 0;

	/* Where the sentence that begins at a character ends; 0: none does. */
	for (int i = 0, first = 0; i < p->words; i++) {
		if (p->starts[i])
			first = p->from[i];
		end[first] = p->to[i];
	}
	for (size_t i = 0; i < d->token_count; i++) {
		int to = at + solid_size(d->tokens[i].form);

		while (k < p->words && p->from[k] < at)
			k++;
		twin[i] = k < p->words && p->from[k] == at && p->to[k] == to ? k : -1;
		start[i] = at;
		start[i + 1] = at = to;
	}
	for (size_t i = 0; i < d->token_count; i++) {
		const struct token *said = &d->tokens[i], *gold;
		int head, gold_head;

		if (twin[i] < 0)
			continue;
		gold = p->word[twin[i]];
		head = said->head < 0 ? -1 : twin[said->head];
		gold_head = gold->head < 0 ? -1 : p->first[twin[i]] + gold->head;
		r->right++;
		compare(&r->s, gold, said,
			head == gold_head && (said->head < 0) == (gold->head < 0));
	}
	for (size_t i = 0; i < d->sentence_count; i++) {
		const struct sentence *s = &d->sentences[i];

		r->right_sentences += end[start[s->first]] == start[s->first + s->count];
	}
	free(twin);
	free(start);
	free(end);
}

static void
read_paragraph(struct raw *r, const struct parser *p, struct paragraph *g,
	       struct arena *arena)
{
	struct arena_mark mark = arena_mark(arena);
	struct parsed d = { 0 };
	struct err err;
	double begin = seconds();

	if (g->words == 0)
		return;
	if (parser_text(p, g->text.data, g->text.size, TEXT_WRAPPED, &d, arena, &err))
		die("%s", err.text);
	r->time += seconds() - begin;
	r->s.words += g->words;
	r->said += (long)d.token_count;
	r->sentences += g->sentences;
	r->said_sentences += (long)d.sentence_count;
	align(r, g, &d);
	arena_rewind(arena, mark);
	buf_reset(&g->text);
	g->words = g->sentences = g->solid = 0;
}

static double
f1(long right, long said, long gold)
{
	return of(2 * right, said + gold);
}

static void
on_raw_text(const struct parser *p, const struct treebank *t, struct arena *arena)
{
	size_t n = (size_t)t->words;
	struct paragraph g = { 0 };
	struct raw r = { 0 };
	bool blank = false;

	buf_init(&g.text, 1 << 28);
	g.word = must_alloc(n * sizeof *g.word);
	g.from = must_alloc(n * sizeof *g.from);
	g.to = must_alloc(n * sizeof *g.to);
	g.first = must_alloc(n * sizeof *g.first);
	g.starts = must_alloc(n * sizeof *g.starts);
	for (int i = 0; i < t->count; i++) {
		struct conllu_sentence *c = &t->sentences[i];

		if (strstr(c->comments, "# newpar") || strstr(c->comments, "# newdoc")) {
			read_paragraph(&r, p, &g, arena);
			blank = false;
		}
		add_sentence(&g, c, blank);
		blank = c->space_after;
	}
	read_paragraph(&r, p, &g, arena);
	printf("  raw text    words %.2f sentences %.2f upos %.2f xpos %.2f lemma %.2f "
	       "uas %.2f "
	       "las %.2f; %.0f words/s\n",
	       f1(r.right, r.said, r.s.words),
	       f1(r.right_sentences, r.said_sentences, r.sentences),
	       f1(r.s.upos, r.said, r.s.words), f1(r.s.xpos, r.said, r.s.words),
	       f1(r.s.lemma, r.said, r.s.words), f1(r.s.head, r.said, r.s.words),
	       f1(r.s.relation, r.said, r.s.words), (double)r.said / r.time);
}

int
main(int argc, char **argv)
{
	struct parser *p;
	struct arena arena, bank;
	struct err err;

	if (argc > 2 && !strcmp(argv[1], "-w")) {
		if (!matrix_choose(atoi(argv[2])))
			die("this machine has no way %s", argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 3)
		die("usage: model_check [-w WAY] MODEL FILE.conllu ...");
	p = parser_new(argv[1], &err);
	if (!p)
		die("%s", err.text);
	arena_init(&arena, 1ul << 30);
	arena_init(&bank, 1ul << 30);
	for (int i = 2; i < argc; i++) {
		struct treebank t;
		int count;

		treebank_read(&t, argv[i], &bank);
		printf("%s: %d sentences, %d words\n", argv[i], t.count, t.words);
		on_words("gold words", p, &t, 0, &arena);
		on_raw_text(p, &t, &arena);
		count = t.count;
		treebank_add_copies(&t, 1, &bank);
		on_words("headlines", p, &t, count, &arena);
		arena_reset(&bank);
	}
	parser_free(p);
	return 0;
}
