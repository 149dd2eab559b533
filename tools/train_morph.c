/*
 * Lemmas and features, counted.  For each end of a word under its tag the
 * commonest way to its lemma; only what a shorter end does not say already is
 * kept.
 */
#include "tools/train.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "language/model.h"
#include "language/morph.h"
#include "language/spelling.h"

enum { END_MIN = 3 }; /* an end seen less often is no rule */

/* How often each key came with each answer. */
struct tally {
	struct keys pairs; /* of key and answer, mixed */
	struct keys keys;
	int *count, *total, *best, *best_count; /* count: of pairs; the others of keys */
	size_t room, key_room;
};

static void
tally_add(struct tally *t, uint64_t key, int answer, int times)
{
	int row = keys_put(&t->keys, key), pair;

	pair = keys_put(&t->pairs, key * 0x9e3779b97f4a7c15u + (uint64_t)answer + 1);
	if ((size_t)t->pairs.count > t->room) {
		t->count = must_realloc(t->count, (t->room + 65536) * sizeof *t->count);
		memset(t->count + t->room, 0, 65536 * sizeof *t->count);
		t->room += 65536;
	}
	if ((size_t)t->keys.count > t->key_room) {
		size_t more = t->key_room + 65536;

		t->total = must_realloc(t->total, more * sizeof(int));
		t->best = must_realloc(t->best, more * sizeof(int));
		t->best_count = must_realloc(t->best_count, more * sizeof(int));
		memset(t->total + t->key_room, 0, 65536 * sizeof(int));
		memset(t->best_count + t->key_room, 0, 65536 * sizeof(int));
		t->key_room = more;
	}
	t->count[pair] += times;
	t->total[row] += times;
	if (t->count[pair] > t->best_count[row]) {
		t->best_count[row] = t->count[pair];
		t->best[row] = answer;
	}
}

static size_t
shared(const char *a, size_t n, const char *b, size_t m)
{
	size_t k = 0;

	while (k < n && k < m && a[k] == b[k])
		k++;
	while (k > 0 && k < n && ((unsigned char)a[k] & 0xc0) == 0x80)
		k--;
	return k;
}

/* The shortest way from form to lemma, in small letters or as it stands. */
static void
script_for(const char *form, const char *lemma, const char *xpos, char *out, size_t room)
{
	struct buf base;
	/* Names and addresses in small letters are no sign that others lose theirs. */
	bool own_case =
	    !strncmp(xpos, "NNP", 3) || !strcmp(xpos, "ADD") || !strcmp(xpos, "GW");
	int best = 10;

	buf_init(&base, 4096);
	snprintf(out, room, "=%s", lemma);
	for (int turn = 0; turn < 2; turn++) {
		bool keep = (turn == 0) == own_case;
		size_t k, n;
		int cut = 0;

		morph_base(form, xpos, keep, &base);
		k = shared(base.data, base.size, lemma, strlen(lemma));
		for (n = base.size; n > k; cut++)
			n = morph_cut(base.data, n, 1);
		if (cut < best && (cut == 0 || k > 0) && cut <= 6) {
			best = cut;
			snprintf(out, room, "%c%d%s", keep ? 'k' : 'l', cut, lemma + k);
		}
	}
	buf_release(&base);
}

/* Lemmas as they stand, by number. */
struct names {
	struct keys keys;
	const char **name;
};

static int
names_put(struct names *n, const char *name)
{
	int before = n->keys.count;
	int row = keys_put(&n->keys, spelling_key(0, name, strlen(name)));

	if (n->keys.count > before) {
		n->name = must_realloc(n->name, (size_t)n->keys.room * sizeof *n->name);
		n->name[row] = must_strdup(name);
	}
	return row;
}

struct lessons {
	struct tally ends, wholes, lemmas, feats; /* wholes: ways; lemmas: words */
	struct labels scripts, sets;
	struct names names;
	struct keys types; /* of form, lemma and tag: an end is judged by them */
	struct keys
	    fixed; /* wholes whose lemma is the same word however they are written */
};

static uint64_t
whole_key(const struct buf *low, const char *xpos)
{
	return morph_key(MORPH_WHOLE, xpos, low->data, low->size);
}

static void
lesson(struct lessons *l, const char *form, const char *lemma, const char *xpos)
{
	struct buf low;
	char script[256];
	int answer, name = names_put(&l->names, lemma), types = l->types.count;
	uint64_t whole;

	buf_init(&low, 4096);
	script_for(form, lemma, xpos, script, sizeof script);
	answer = labels_put(&l->scripts, script);
	morph_base(form, xpos, false, &low);
	whole = whole_key(&low, xpos);
	tally_add(&l->wholes, whole, answer, 1);
	tally_add(&l->lemmas, whole, name, 1);
	keys_put(&l->types, whole * 31 + (uint64_t)name + 1);
	for (int k = 0; k <= MORPH_END_MAX && l->types.count > types; k++) {
		size_t from = morph_cut(low.data, low.size, k);

		tally_add(&l->ends, morph_key(k, xpos, low.data + from, low.size - from),
			  answer, 1);
	}
	buf_release(&low);
}

/* GOOGLE and google are Google, i is I: where the way from the form would not lead there.
 */
static void
fix_case(struct lessons *l, const char *form, const char *lemma, const char *xpos)
{
	char script[256];
	struct buf low;
	uint64_t whole;
	int row, best;

	buf_init(&low, 4096);
	morph_base(form, xpos, false, &low);
	whole = whole_key(&low, xpos);
	row = keys_find(&l->lemmas.keys, whole);
	best = l->lemmas.best[row];
	script_for(form, lemma, xpos, script, sizeof script);
	if (!strcmp(l->names.name[best], lemma) &&
	    3 * l->lemmas.best_count[row] > 2 * l->lemmas.total[row] &&
	    l->wholes.best[keys_find(&l->wholes.keys, whole)] !=
		labels_find(&l->scripts, script))
		keys_put(&l->fixed, whole);
	buf_release(&low);
}

static void
keep_one(struct keys *kept, uint32_t *value, uint64_t key, int answer)
{
	int before = kept->count, at = keys_put(kept, key);

	if (kept->count > before)
		value[at] = (uint32_t)answer;
}

/*
 * Ends from short to long: one is kept where it says something new.  A whole
 * word is kept where it changes at all, since its ending's way may be passed over.
 */
static void
keep(struct lessons *l, const char *form, const char *xpos, struct keys *kept,
     uint32_t *value)
{
	struct buf low;
	char script[256];
	int said = -1, answer;
	uint64_t whole;

	buf_init(&low, 4096);
	morph_base(form, xpos, false, &low);
	for (int k = 0; k <= MORPH_END_MAX; k++) {
		size_t from = morph_cut(low.data, low.size, k);
		uint64_t key = morph_key(k, xpos, low.data + from, low.size - from);
		int row = keys_find(&l->ends.keys, key);

		if (row < 0 || l->ends.best[row] == said ||
		    (k > 0 && l->ends.total[row] < END_MIN) ||
		    (k > 2 && 10 * l->ends.best_count[row] < 6 * l->ends.total[row]))
			continue;
		said = l->ends.best[row];
		keep_one(kept, value, key, said);
	}
	whole = whole_key(&low, xpos);
	answer = l->wholes.best[keys_find(&l->wholes.keys, whole)];
	if (keys_find(&l->fixed, whole) >= 0) {
		snprintf(
		    script, sizeof script, "=%s",
		    l->names.name[l->lemmas.best[keys_find(&l->lemmas.keys, whole)]]);
		answer = labels_put(&l->scripts, script);
	}
	if (answer != said || l->scripts.name[answer][1] != '0')
		keep_one(kept, value, whole, answer);
	buf_release(&low);
}

static void
strings(struct model_builder *m, const char *name, const struct labels *l)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < l->count; i++) {
		buf_adds(&b, l->name[i]);
		buf_addc(&b, 0);
	}
	model_add(m, name, b.data, b.size);
	buf_release(&b);
}

static void
features(struct lessons *l, const struct token *t)
{
	struct buf low;
	int set = labels_put(&l->sets, t->feats ? t->feats : "");

	buf_init(&low, 4096);
	morph_base(t->form, t->xpos, false, &low);
	tally_add(&l->feats, morph_key(MORPH_FEATS, t->xpos, low.data, low.size), set, 1);
	tally_add(&l->feats,
		  morph_key(MORPH_FEATS + 1, t->xpos, t->upos, strlen(t->upos)), set, 1);
	buf_release(&low);
}

static void
keep_features(const struct lessons *l, const struct token *t, struct keys *kept,
	      uint32_t *value)
{
	struct buf low;
	uint64_t key[2];
	int row[2];

	buf_init(&low, 4096);
	morph_base(t->form, t->xpos, false, &low);
	key[0] = morph_key(MORPH_FEATS + 1, t->xpos, t->upos, strlen(t->upos));
	key[1] = morph_key(MORPH_FEATS, t->xpos, low.data, low.size);
	for (int i = 0; i < 2; i++)
		row[i] = keys_find(&l->feats.keys, key[i]);
	for (int i = 0; i < 2; i++) {
		int before = kept->count, at;

		if (i == 1 && l->feats.best[row[1]] == l->feats.best[row[0]])
			break;
		at = keys_put(kept, key[i]);
		if (kept->count > before)
			value[at] = (uint32_t)l->feats.best[row[i]];
	}
	buf_release(&low);
}

/* What others have collected; the treebank's own word goes before. */
static void
read_exceptions(struct lessons *l, const struct options *o, struct keys *kept,
		uint32_t *value)
{
	char path[4096], line[512], tag[16], form[128], lemma[128], script[256];
	struct buf low;
	FILE *f;

	snprintf(path, sizeof path, "%s/lemmas.tsv", o->tables);
	f = fopen(path, "r");
	if (!f)
		die("cannot read %s: run tools/train_words.py %s first", path, o->tables);
	buf_init(&low, 4096);
	while (fgets(line, sizeof line, f)) {
		uint64_t whole;

		if (sscanf(line, "%15[^\t]\t%127[^\t]\t%127[^\n]", tag, form, lemma) != 3)
			die("lemmas.tsv: a line without three columns");
		morph_base(form, tag, false, &low);
		whole = whole_key(&low, tag);
		if (keys_find(&l->wholes.keys, whole) >= 0 || keys_find(kept, whole) >= 0)
			continue;
		script_for(form, lemma, tag, script, sizeof script);
		keep_one(kept, value, whole, labels_put(&l->scripts, script));
	}
	buf_release(&low);
	fclose(f);
}

void
morph_train(const struct treebank *t, const struct options *o, struct model_builder *m)
{
	struct lessons l = { 0 };
	struct keys lemmas = { 0 }, feats = { 0 };
	uint32_t *lemma_value =
	    must_alloc(((size_t)t->words * 8 + 20000) * sizeof(uint32_t));
	uint32_t *feats_value = must_alloc((size_t)t->words * 2 * sizeof(uint32_t));

	for (int pass = 0; pass < 3; pass++)
		for (int i = 0; i < t->count; i++)
			for (int j = 0; j < t->sentences[i].count; j++) {
				const struct token *k = &t->sentences[i].tokens[j];
				const char *lemma = k->lemma ? k->lemma : "_";

				if (pass == 0) {
					lesson(&l, k->form, lemma, k->xpos);
					features(&l, k);
				} else if (pass == 1) {
					fix_case(&l, k->form, lemma, k->xpos);
				} else {
					keep(&l, k->form, k->xpos, &lemmas, lemma_value);
					keep_features(&l, k, &feats, feats_value);
				}
			}
	read_exceptions(&l, o, &lemmas, lemma_value);
	printf("morph: %d ends and words to %d ways, %d words to %d sets of features\n",
	       lemmas.count, l.scripts.count, feats.count, l.sets.count);
	keyed_add(m, "lemmas", lemmas.key, lemma_value, (uint32_t)lemmas.count, NULL, 0,
		  0);
	keyed_add(m, "feats", feats.key, feats_value, (uint32_t)feats.count, NULL, 0, 0);
	strings(m, "scripts", &l.scripts);
	strings(m, "sets", &l.sets);
}
