/* The treebank and the tables of words, as rows and numbers. */
#include "tools/train.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "language/reader.h"

void
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static int
slot_of(const struct keys *k, uint64_t key)
{
	int i = (int)(key >> 20) & (k->slots - 1);

	while (k->slot_key[i] && k->slot_key[i] != key)
		i = (i + 1) & (k->slots - 1);
	return i;
}

int
keys_find(const struct keys *k, uint64_t key)
{
	int i;

	if (!key || !k->slots)
		return -1;
	i = slot_of(k, key);
	return k->slot_key[i] ? k->slot_row[i] : -1;
}

static void
keys_rehash(struct keys *k)
{
	k->slots = k->slots ? 2 * k->slots : 1024;
	free(k->slot_key);
	free(k->slot_row);
	k->slot_key = must_alloc((size_t)k->slots * sizeof *k->slot_key);
	k->slot_row = must_alloc((size_t)k->slots * sizeof *k->slot_row);
	for (int i = 0; i < k->count; i++) {
		int s = slot_of(k, k->key[i]);

		k->slot_key[s] = k->key[i];
		k->slot_row[s] = i;
	}
}

int
keys_put(struct keys *k, uint64_t key)
{
	int s;

	if (2 * k->count >= k->slots)
		keys_rehash(k);
	s = slot_of(k, key);
	if (k->slot_key[s])
		return k->slot_row[s];
	if (k->count == k->room) {
		k->room = k->room ? 2 * k->room : 1024;
		k->key = must_realloc(k->key, (size_t)k->room * sizeof *k->key);
	}
	k->key[k->count] = key;
	k->slot_key[s] = key;
	k->slot_row[s] = k->count;
	return k->count++;
}

int
labels_find(const struct labels *l, const char *name)
{
	for (int i = 0; i < l->count; i++)
		if (!strcmp(l->name[i], name))
			return i;
	return -1;
}

int
labels_put(struct labels *l, const char *name)
{
	int i = labels_find(l, name);

	if (i >= 0)
		return i;
	l->name = must_realloc(l->name, (size_t)(l->count + 1) * sizeof *l->name);
	l->name[l->count] = must_strdup(name);
	return l->count++;
}

static char *
file_read(const char *path, size_t *size)
{
	gzFile f = gzopen(path, "rb"); /* plain files too */
	char *text = NULL;
	size_t room = 0;
	int n;

	if (!f)
		die("cannot read %s", path);
	*size = 0;
	do {
		if (room - *size < 1 << 20)
			text = must_realloc(text, room += 1 << 22);
		n = gzread(f, text + *size, 1 << 20);
		if (n < 0)
			die("%s: damaged", path);
		*size += (size_t)n;
	} while (n > 0);
	gzclose(f);
	return text;
}

void
treebank_read(struct treebank *t, const char *path, struct arena *arena)
{
	struct conllu_sentence s;
	struct conllu in;
	struct err err;
	size_t size;
	char *text = file_read(path, &size);
	int rc;

	in = (struct conllu){ .p = text, .end = text + size };
	*t = (struct treebank){ 0 };
	while ((rc = conllu_next(&in, &s, arena, &err)) == 1) {
		char norm[NORM_MAX];

		for (int i = 0; i < s.count; i++) {
			struct token *k = &s.tokens[i];

			fold(k->form, strlen(k->form), norm, sizeof norm);
			k->norm = arena_strdup(arena, norm);
		}
		if (t->count % 1024 == 0)
			t->sentences =
			    must_realloc(t->sentences, (size_t)(t->count + 1024) *
							   sizeof *t->sentences);
		t->sentences[t->count++] = s;
		t->words += s.count;
	}
	if (rc < 0)
		die("%s: %s", path, err.text);
	free(text);
}

bool
same_relation(const char *a, const char *b)
{
	size_t n = strcspn(a, ":");

	return n == strcspn(b, ":") && !strncmp(a, b, n);
}

static FILE *
table_open(const struct options *o, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", o->tables, name);
	f = fopen(path, "r");
	if (!f)
		die("cannot read %s: run tools/train_words.py %s first", path, o->tables);
	return f;
}

static void
read_vectors(struct vocabulary *v, const struct options *o)
{
	FILE *f = table_open(o, "vectors.tsv");
	char line[4096];

	while (v->words.count < o->words && fgets(line, sizeof line, f)) {
		char *tab = strchr(line, '\t'), *p, norm[NORM_MAX];
		struct spelling s;
		int row;

		if (!tab)
			die("vectors.tsv: no tab in a line");
		*tab = '\0';
		fold(line, strlen(line), norm, sizeof norm);
		spelling_of(&s, line, norm);
		row = keys_find(&v->words, s.word);
		if (row >= 0)
			continue; /* the commoner spelling came first */
		row = keys_put(&v->words, s.word);
		p = tab + 1;
		for (int i = 0; i < VECTOR; i++)
			v->vectors[row * VECTOR + i] = (signed char)strtol(p, &p, 10);
	}
	fclose(f);
}

static void
read_classes(struct vocabulary *v, const struct options *o)
{
	FILE *f = table_open(o, "clusters.tsv");
	struct keys words = { 0 }, numbers = { 0 };
	uint32_t *class = must_alloc(300000 * sizeof *class);
	uint32_t *number = must_alloc((1 << CLASS_BITS) * sizeof *number);
	char line[4096];

	while (fgets(line, sizeof line, f)) {
		char *tab = strchr(line, '\t');
		uint32_t n;
		int row, word;

		if (!tab)
			die("clusters.tsv: no tab in a line");
		n = (uint32_t)strtoul(tab + 1, NULL, 10);
		row = keys_put(&numbers, (uint64_t)n << 20 | 1);
		word = keys_put(&words,
				spelling_key(SPELLING_CLASS, line, (size_t)(tab - line)));
		if (numbers.count >= 1 << CLASS_BITS || words.count > 300000)
			die("clusters.tsv: too many words or classes");
		number[row] = n;
		class[word] = (uint32_t)row;
	}
	fclose(f);
	classes_build(&v->classes, words.key, class, (uint32_t)words.count, number,
		      (uint32_t)numbers.count);
	free(class);
}

static void
spell(const struct vocabulary *v, const struct token *t, bool headline,
      struct spelling *s)
{
	uint32_t class;

	spelling_of(s, t->form, t->norm);
	if (classes_find(&v->classes,
			 spelling_key(SPELLING_CLASS, t->form, strlen(t->form)),
			 &class) ||
	    classes_find(&v->classes,
			 spelling_key(SPELLING_CLASS, t->norm, strlen(t->norm)), &class))
		spelling_add_class(s, class);
	if (headline)
		spelling_add_headline(s);
}

const char headline_mark[] = "# headline\n";

enum { WORD_MIN = 2, PART_MIN = 3 }; /* seen less often in training: not kept */

void
vocabulary_read(struct vocabulary *v, const struct options *o)
{
	v->vectors = must_alloc((size_t)o->words * VECTOR);
	read_vectors(v, o);
	read_classes(v, o);
}

/* The first tag that has it; -1. */
static int
tag_of_xpos(const struct vocabulary *v, const char *xpos)
{
	for (int i = 0; i < v->tags.count; i++)
		if (!strcmp(strchr(v->tags.name[i], '|') + 1, xpos))
			return i;
	return -1;
}

void
vocabulary_learn(struct vocabulary *v, const struct treebank *train)
{
	struct keys seen = { 0 };
	int *count =
	    must_alloc((size_t)train->words * (SPELLING_PARTS + 2) * sizeof *count);
	int read = v->words.count;
	char tag[64];

	for (int i = 0; i < train->count; i++)
		for (int j = 0; j < train->sentences[i].count; j++) {
			const struct token *t = &train->sentences[i].tokens[j];
			struct spelling s;
			uint64_t word;

			spell(v, t, train->sentences[i].comments == headline_mark, &s);
			word = s.pattern && keys_find(&v->words, s.word) < 0 ? s.pattern
									     : s.word;
			if (++count[keys_put(&seen, word)] == WORD_MIN)
				keys_put(&v->words, word);
			for (int k = 0; k < SPELLING_PARTS; k++)
				if (s.part[k] &&
				    ++count[keys_put(&seen, s.part[k])] == PART_MIN)
					keys_put(&v->parts, s.part[k]);
			if (!t->upos)
				continue;
			snprintf(tag, sizeof tag, "%s|%s", t->upos, t->xpos);
			labels_put(&v->tags, tag);
			labels_put(&v->relations, t->deprel);
		}
	v->vectors = must_realloc(v->vectors, (size_t)v->words.count * VECTOR);
	memset(v->vectors + read * VECTOR, 0, (size_t)(v->words.count - read) * VECTOR);
	free(count);
	v->xpos_of_tag = must_alloc((size_t)v->tags.count * sizeof *v->xpos_of_tag);
	for (int i = 0; i < v->tags.count; i++)
		v->xpos_of_tag[i] = tag_of_xpos(v, strchr(v->tags.name[i], '|') + 1);
}

void
vocabulary_item(const struct vocabulary *v, const struct token *t, bool headline,
		struct item *item)
{
	struct spelling s;
	char tag[64];

	spell(v, t, headline, &s);
	item->word = keys_find(&v->words, s.word);
	if (item->word < 0)
		item->word = keys_find(&v->words, s.pattern);
	item->word = item->word < 0 ? WORD_UNKNOWN : item->word + WORD_ROWS;
	for (int k = 0; k < SPELLING_PARTS; k++)
		item->part[k] = keys_find(&v->parts, s.part[k]);
	item->tag = item->xpos = -1;
	if (t->upos) {
		snprintf(tag, sizeof tag, "%s|%s", t->upos, t->xpos);
		item->tag = labels_find(&v->tags, tag);
	} else if (t->xpos) {
		item->xpos = tag_of_xpos(v, t->xpos);
	}
	item->relation = t->deprel ? labels_find(&v->relations, t->deprel) : -1;
	item->head = t->head + 1;
}
