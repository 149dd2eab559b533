/*
 * Articles with their names marked, read as newswire reads them, to runs of
 * tokens with what is seen of each.  A label that a set does not mark is not
 * taught as nothing: where a word has a name's tag and the set says nothing of
 * it, it may be of another kind (MISC) as well.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "language/name_look.h"
#include "language/net.h"
#include "record/cursor.h"
#include "text/utf8.h"
#include "tools/train_names.h"

enum { MISC_LABEL = 7, ANY = (1 << LABELS) - 1, SPANS_MAX = 4096 };

struct name_reader {
	struct parser *parser;
	struct words words;
	struct roster *roster;
	struct classes people;
	struct arena arena, kept;
};

struct gold {
	int start, end, type; /* code points; type -1: not marked for sure */
};

struct text {
	const char *text;
	struct gold span[SPANS_MAX];
	int count;
};

/* tools/train_words.py writes them. */
static void
read_people(struct name_reader *n, const char *tables)
{
	static const uint32_t number[] = { 0, 1, 2, 3 };
	char path[4096], line[512], word[256], norm[NORM_MAX];
	struct keys keys = { 0 };
	uint32_t *class = NULL;
	int kind;
	FILE *f;

	snprintf(path, sizeof path, "%s/people.tsv", tables);
	f = fopen(path, "r");
	if (!f)
		die("cannot read %s: run tools/train_words.py %s first", path, tables);
	while (fgets(line, sizeof line, f)) {
		int row, before = keys.count;

		if (sscanf(line, "%255[^\t]\t%d", word, &kind) != 2 || kind < 1 || kind > 3)
			die("people.tsv: a line without a word and 1, 2 or 3");
		fold(word, strlen(word), norm, sizeof norm);
		row = keys_put(&keys, namer_person_key(norm));
		class = must_realloc(class, (size_t)keys.room * sizeof *class);
		class[row] = (row < before ? class[row] : 0) | (uint32_t)kind;
	}
	fclose(f);
	classes_build(&n->people, keys.key, class, (uint32_t)keys.count, number, 4);
	free(class);
}

struct name_reader *
name_reader_new(const char *model, const char *lexicon, const char *tables)
{
	struct name_reader *n = must_alloc(sizeof *n);
	struct err err;

	arena_init(&n->arena, 1ul << 28);
	arena_init(&n->kept, 1ul << 33);
	n->parser = parser_new(model, &err);
	if (!n->parser || words_read(&n->words, lexicon, &err) ||
	    !(n->roster =
		  roster_new(&n->words, parser_splitter(n->parser), lexicon, &err)))
		die("%s", err.text);
	if (tables)
		read_people(n, tables);
	else if (classes_open(&n->people, parser_model(n->parser), "name_people", &err))
		die("%s", err.text);
	return n;
}

const struct classes *
name_reader_people(const struct name_reader *n)
{
	return &n->people;
}

int
name_reader_wide(const struct name_reader *n)
{
	return 2 * parser_net(n->parser)->hidden;
}

const struct model *
name_reader_model(const struct name_reader *n)
{
	return parser_model(n->parser);
}

static int
take_span_member(struct cursor *c, const struct slice *name, void *arg)
{
	struct gold *g = arg;
	struct number n;
	struct slice s;
	bool ask;

	if (slice_is(name, "start") || slice_is(name, "end")) {
		if (cursor_number(c, &n))
			return -1;
		*(slice_is(name, "start") ? &g->start : &g->end) = (int)n.whole;
		return 0;
	}
	if (slice_is(name, "type")) {
		if (cursor_string(c, &s))
			return -1;
		g->type = slice_is(&s, "PER")    ? 0
			  : slice_is(&s, "ORG")  ? 1
			  : slice_is(&s, "LOC")  ? 2
			  : slice_is(&s, "MISC") ? 3
						 : -1;
		return 0;
	}
	if (slice_is(name, "ask")) {
		if (cursor_bool(c, &ask))
			return -1;
		if (!ask)
			g->type = -2;
		return 0;
	}
	return cursor_pass(c);
}

static int
take_member(struct cursor *c, const struct slice *name, void *arg)
{
	struct text *t = arg;
	bool first = true;
	int more;

	if (slice_is(name, "text"))
		return cursor_text(c, &t->text);
	if (!slice_is(name, "entities"))
		return cursor_pass(c);
	if (cursor_bracket(c, '['))
		return -1;
	while ((more = cursor_item(c, &first)) == 1) {
		struct gold g = { .type = -1 };

		if (cursor_object(c, take_span_member, &g))
			return -1;
		if (t->count < SPANS_MAX)
			t->span[t->count++] = g;
	}
	return more;
}

static bool
is_nationality(const struct look *l, int i)
{
	return l->way[i] && l->way[i]->thing->kind == KNOWN_NATIONALITY;
}

/* Olympic Games, World War, Nobel Prize: taught by their last word. */
static void
teach_events(const struct look *l, int first, int count, struct name_token *out)
{
	const struct token *t = l->r->d->tokens;

	for (int i = first; i < first + count; i++) {
		int a = i;

		if (!(l->r->word[i]->classes & WORD_EVENT) || !token_is_capital(&t[i]))
			continue;
		while (a > first && token_is_capital(&t[a - 1]) &&
		       !strncmp(t[a - 1].xpos, "NNP", 3) &&
		       out[a - 1 - first].allowed & 1u << MISC_LABEL)
			a--;
		if (a == i || !(out[i - first].allowed & 1))
			continue;
		for (int k = a; k <= i; k++)
			out[k - first].label = k == a ? MISC_LABEL : MISC_LABEL + 1;
		for (int k = a; k <= i; k++)
			out[k - first].allowed = 1u << out[k - first].label;
	}
}

/* Labels of a sentence's tokens by the gold. */
static void
label(const struct look *l, const struct text *text, int first, int count,
      struct name_token *out, struct name_set *set)
{
	const struct token *t = l->r->d->tokens + first;

	for (int i = 0; i < count; i++) {
		bool named = !strncmp(t[i].xpos, "NNP", 3) && token_is_capital(&t[i]);

		out[i].label = 0;
		out[i].allowed =
		    1u | (named ? 1u << MISC_LABEL | 2u << MISC_LABEL : 0);
		if (is_nationality(l, first + i)) {
			out[i].label = MISC_LABEL;
			out[i].allowed = 1u << MISC_LABEL;
		}
	}
	for (int k = 0; k < text->count; k++) {
		const struct gold *g = &text->span[k];
		bool inside = false, lost = false;

		for (int i = 0; i < count; i++) {
			if (t[i].end <= g->start || t[i].start >= g->end)
				continue;
			if (g->type < 0) {
				if (!is_nationality(l, first + i)) {
					out[i].label = -1;
					out[i].allowed = ANY;
				}
				continue;
			}
			out[i].label = 1 + 2 * g->type + inside;
			out[i].allowed = 1u << out[i].label;
			lost = lost || !l->asked[first + i];
			inside = true;
		}
		if (inside) {
			set->gold[g->type]++;
			set->lost += lost;
		}
	}
	if (set->for_training)
		teach_events(l, first, count, out);
}

static int
key_row(struct name_keys *k, uint64_t key, bool count)
{
	int row = count ? keys_put(&k->keys, key) : keys_find(&k->keys, key);

	if (row < 0)
		return -1;
	if (row >= k->room) {
		int room = k->room ? 2 * k->room : 1 << 16;

		k->seen = must_realloc(k->seen, (size_t)room * sizeof *k->seen);
		memset(k->seen + k->room, 0,
		       (size_t)(room - k->room) * sizeof *k->seen);
		k->room = room;
	}
	k->seen[row] += count;
	return row;
}

static void
look_at(struct name_reader *n, const struct look *l, int token,
	const struct net_reading *r, int place, struct name_token *out,
	struct name_keys *keys, bool count)
{
	size_t wide = (size_t)name_reader_wide(n);
	uint64_t key[LOOK_KEYS];
	int found = look_keys(l, token, key);

	out->rows = arena_alloc(&n->kept, (size_t)found * sizeof *out->rows);
	for (int k = 0; k < found; k++) {
		int row = key_row(keys, key[k], count);

		if (row >= 0)
			out->rows[out->row_count++] = row;
	}
	out->low = (void *)arena_copy(&n->kept, r->low + (size_t)place * wide, wide * 2);
	out->top = (void *)arena_copy(&n->kept, r->top + (size_t)place * wide, wide * 2);
	if (n->kept.full)
		die("too much text for the names' training");
}

static void
add_sentence(struct name_reader *n, struct look *l, const struct text *text,
	     const struct sentence *s, struct name_set *set, struct name_keys *keys)
{
	struct name_token *all;
	struct net_reading *r;

	if (s->count > NET_WORDS)
		return;
	r = net_read(parser_net(n->parser), l->r->d->tokens + s->first, s->count, false,
		     &n->arena);
	all = arena_calloc(&n->kept, (size_t)s->count * sizeof *all);
	if (!r || !all || !look_enter(l, s))
		die("no room for a sentence");
	label(l, text, s->first, s->count, all, set);
	for (int i = 0; i < s->count; i++) {
		bool asked = l->asked[s->first + i],
		     before = i > 0 && l->asked[s->first + i - 1];

		if (!asked)
			continue;
		if (!before) {
			if (set->count == set->room) {
				set->room = set->room ? 2 * set->room : 1024;
				set->runs = must_realloc(
				    set->runs, (size_t)set->room * sizeof *set->runs);
			}
			set->runs[set->count++] = (struct name_run){ all + i, 0 };
		}
		set->runs[set->count - 1].count++;
		look_at(n, l, s->first + i, r, i + 1, &all[i], keys, set->for_training);
	}
}

static void
add_text(struct name_reader *n, const struct text *text, struct name_set *set,
	 struct name_keys *keys)
{
	struct document d = { 0 };
	struct parsed parsed = { 0 };
	struct reader r = { .parser = n->parser,
			    .words = &n->words,
			    .roster = n->roster,
			    .people = &n->people,
			    .d = &d,
			    .arena = &n->arena };
	struct look l;
	struct err err;

	if (parser_text(n->parser, text->text, strlen(text->text), TEXT_LINES, &parsed,
			&n->arena, &err))
		die("%s", err.text);
	d.sentences = parsed.sentences;
	d.sentence_count = parsed.sentence_count;
	d.tokens = parsed.tokens;
	d.token_count = parsed.token_count;
	read_words(&r);
	if (!look_init(&l, &r))
		die("no room for a text");
	for (size_t i = 0; i < d.sentence_count; i++)
		add_sentence(n, &l, text, &d.sentences[i], set, keys);
}

void
name_set_read(struct name_reader *n, struct name_set *set, const char *path,
	      struct name_keys *keys)
{
	static char line[1 << 22];
	gzFile f = gzopen(path, "rb");
	struct text *text = must_alloc(sizeof *text);

	if (!f)
		die("cannot read %s", path);
	while (gzgets(f, line, sizeof line)) {
		struct cursor c;
		struct err err;

		arena_reset(&n->arena);
		text->count = 0;
		text->text = NULL;
		cursor_init(&c, line, strlen(line), &n->arena, &err);
		if (cursor_object(&c, take_member, text) || !text->text)
			die("%s: %s", path, err.text);
		add_text(n, text, set, keys);
	}
	gzclose(f);
	free(text);
}

void
name_sets_prune(struct name_set *sets, int count, struct name_keys *keys, int least)
{
	struct keys kept = { 0 };
	int *now = must_alloc((size_t)keys->keys.count * sizeof *now);

	for (int i = 0; i < keys->keys.count; i++)
		now[i] = keys->seen[i] < least ? -1 : keys_put(&kept, keys->keys.key[i]);
	for (int s = 0; s < count; s++)
		for (int i = 0; i < sets[s].count; i++)
			for (int k = 0; k < sets[s].runs[i].count; k++) {
				struct name_token *t = &sets[s].runs[i].tokens[k];
				int n = 0;

				for (int j = 0; j < t->row_count; j++)
					if (now[t->rows[j]] >= 0)
						t->rows[n++] = now[t->rows[j]];
				t->row_count = n;
			}
	free(now);
	keys->keys = kept;
}
