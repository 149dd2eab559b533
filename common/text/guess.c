/*
 * Each word or letter gives its languages a share: the fewer know it, the
 * more.  A letter that a language does not have speaks against it.  Only the
 * first part of a text is read, and the first thousand bytes of it where they
 * are of one language alone.
 *
 * One pass counts how often each is met, and what that says is added up once
 * at its end.  A word of up to eight bytes is a number, and found as one.
 */
#include "text/guess.h"

#include <stdlib.h>
#include <string.h>

#include "base/eight.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/table.h"
#include "text/utf8.h"

#define MAX_LANGUAGES 128
#define SOME_BYTES    1000 /* most texts are told by these */
#define MAX_BYTES     3000
#define MAX_WORDS     4096
#define MAX_LETTERS   1024
#define SLOT_BITS     13 /* twice as many slots as words */
#define SLOTS         ((size_t)1 << SLOT_BITS)
#define SHORT_WORD    8 /* bytes */
#define MAX_WORD      64
#define LETTERS_END   0x2000 /* scripts beyond are told by themselves */
#define MARGIN        0.1    /* the table names first what is met more often */
#define ENOUGH        0.5    /* a word or two that few languages share */
#define SURE          30     /* of one language, and of no other a quarter as much */

enum { LANGUAGE, SCRIPT, LETTERS, WORDS, COLUMNS };

enum script {
	LATN,
	GREK,
	CYRL,
	ARMN,
	HEBR,
	ARAB,
	DEVA,
	BENG,
	GURU,
	GUJR,
	TAML,
	TELU,
	KNDA,
	MLYM,
	SINH,
	THAI,
	LAOO,
	MYMR,
	GEOR,
	ETHI,
	KHMR,
	HANG,
	KANA,
	HANI,
	SCRIPTS
};

static const char *const script_names[SCRIPTS] = { "Latn", "Grek", "Cyrl", "Armn", "Hebr",
						   "Arab", "Deva", "Beng", "Guru", "Gujr",
						   "Taml", "Telu", "Knda", "Mlym", "Sinh",
						   "Thai", "Laoo", "Mymr", "Geor", "Ethi",
						   "Khmr", "Hang", "Kana", "Hani" };

static const struct {
	uint32_t first, last;
	enum script script;
} ranges[] = {
	{ 0xC0, 0x24F, LATN },    { 0x250, 0x2BF, LATN },     { 0x370, 0x3FF, GREK },
	{ 0x400, 0x52F, CYRL },   { 0x531, 0x58F, ARMN },     { 0x5D0, 0x5F2, HEBR },
	{ 0x620, 0x6D3, ARAB },   { 0x750, 0x77F, ARAB },     { 0x900, 0x97F, DEVA },
	{ 0x980, 0x9FF, BENG },   { 0xA00, 0xA7F, GURU },     { 0xA80, 0xAFF, GUJR },
	{ 0xB80, 0xBFF, TAML },   { 0xC00, 0xC7F, TELU },     { 0xC80, 0xCFF, KNDA },
	{ 0xD00, 0xD7F, MLYM },   { 0xD80, 0xDFF, SINH },     { 0xE00, 0xE7F, THAI },
	{ 0xE80, 0xEFF, LAOO },   { 0x1000, 0x109F, MYMR },   { 0x10A0, 0x10FF, GEOR },
	{ 0x1100, 0x11FF, HANG }, { 0x1200, 0x137F, ETHI },   { 0x1780, 0x17FF, KHMR },
	{ 0x1E00, 0x1EFF, LATN }, { 0x1F00, 0x1FFF, GREK },   { 0x3041, 0x30FF, KANA },
	{ 0x3400, 0x4DBF, HANI }, { 0x4E00, 0x9FFF, HANI },   { 0xAC00, 0xD7A3, HANG },
	{ 0xF900, 0xFAFF, HANI }, { 0x20000, 0x3FFFF, HANI },
};

/* Of what is not ASCII. */
static enum script
script_of(uint32_t c)
{
	size_t low = 0, high = LENGTH(ranges);

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (c > ranges[mid].last)
			low = mid + 1;
		else
			high = mid;
	}
	return low < LENGTH(ranges) && c >= ranges[low].first ? ranges[low].script
							      : SCRIPTS;
}

struct set {
	size_t count;
	unsigned char items[MAX_LANGUAGES];
};

struct guess {
	struct table table;
	/* To the set of rows that have them; keys lie in the table. */
	struct map words, letters;
	/* Ways to an entry of them, by its place + 1. */
	struct slot {
		uint64_t word;	 /* or the first eight bytes of some; 0: the slot is free */
		uint16_t at;	 /* 0: none */
		bool has_longer; /* that begin so */
	} slots[SLOTS];
	uint16_t letter_at[LETTERS_END];
	/* Bit n of a first byte: some word of n bytes begins with it.  Most words of a
	 * text are told by it to be none of ours. */
	uint64_t sizes[256];
	enum script script[MAX_LANGUAGES]; /* of each row */
};

static void
learn(struct map *sets, const char *key, size_t n, size_t row)
{
	void **place = map_put(sets, key, n);
	struct set *set;

	if (!place)
		return;
	if (!*place)
		*place = must_alloc(sizeof(struct set));
	set = *place;
	if (set->count == 0 || set->items[set->count - 1] != row)
		set->items[set->count++] = (unsigned char)row;
}

static int
learn_script(struct guess *g, size_t row, struct err *err)
{
	const char *name = table_cell(&g->table, row, SCRIPT);
	enum script i = LATN;

	while (i < SCRIPTS && strcmp(script_names[i], name))
		i++;
	g->script[row] = i;
	return i < SCRIPTS
		   ? 0
		   : table_bad(&g->table, row, SCRIPT, err, "no such script: %s", name);
}

static void
learn_row(struct guess *g, size_t row)
{
	const char *p = table_cell(&g->table, row, WORDS), *end;

	for (; *p; p = end + strspn(end, " ")) {
		end = p + strcspn(p, " ");
		learn(&g->words, p, (size_t)(end - p), row);
		g->sizes[(unsigned char)*p] |= UINT64_C(1) << ((end - p) & 63);
	}
	p = table_cell(&g->table, row, LETTERS);
	end = p + strlen(p);
	while (p < end) {
		const char *from = p;

		utf8_next(&p, end);
		learn(&g->letters, from, (size_t)(p - from), row);
	}
}

static size_t
slot_of(const struct guess *g, uint64_t word)
{
	size_t i = (size_t)(word * 0x9e3779b97f4a7c15u >> (64 - SLOT_BITS));

	while (g->slots[i].word && g->slots[i].word != word)
		i = (i + 1) % SLOTS;
	return i;
}

static void
index_words(struct guess *g)
{
	for (size_t i = 0; i < g->words.count; i++) {
		const struct map_entry *e = &g->words.entries[i];
		uint64_t word = 0;
		struct slot *slot;

		for (size_t k = 0; k < e->size && k < SHORT_WORD; k++)
			word |= (uint64_t)(unsigned char)e->key[k] << 8 * k;
		slot = &g->slots[slot_of(g, word)];
		slot->word = word;
		if (e->size > SHORT_WORD)
			slot->has_longer = true;
		else
			slot->at = (uint16_t)(i + 1);
	}
}

static int
index_letters(struct guess *g, struct err *err)
{
	for (size_t i = 0; i < g->letters.count; i++) {
		const char *p = g->letters.entries[i].key;
		uint32_t c = utf8_next(&p, p + g->letters.entries[i].size);

		if (c >= LETTERS_END)
			return err_set(err, ERR_USAGE,
				       "%s: letters: U+%04X is beyond U+%04X", g->table.path,
				       (unsigned)c, LETTERS_END - 1);
		g->letter_at[c] = (uint16_t)(i + 1);
	}
	return 0;
}

static int
read_rows(struct guess *g, struct err *err)
{
	if (g->table.rows > MAX_LANGUAGES)
		return err_set(err, ERR_USAGE, "%s: more than %d languages",
			       g->table.path, MAX_LANGUAGES);
	for (size_t i = 0; i < g->table.rows; i++) {
		if (learn_script(g, i, err))
			return -1;
		learn_row(g, i);
	}
	if (g->words.count == MAX_WORDS || g->letters.count == MAX_LETTERS)
		return err_set(err, ERR_USAGE, "%s: %d words or %d letters are too many",
			       g->table.path, MAX_WORDS, MAX_LETTERS);
	index_words(g);
	return index_letters(g, err);
}

struct guess *
guess_new(const char *lexicon, struct err *err)
{
	static const char *const columns[] = { "language", "script", "letters", "words" };
	struct guess *g = must_alloc(sizeof(*g));

	map_init(&g->words, MAX_WORDS);
	map_init(&g->letters, MAX_LETTERS);
	if (!table_open(&g->table, lexicon, "languages.tsv", columns, COLUMNS, err) &&
	    !read_rows(g, err))
		return g;
	guess_free(g);
	return NULL;
}

static void
free_sets(struct map *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->entries[i].value);
	map_release(m);
}

void
guess_free(struct guess *g)
{
	if (!g)
		return;
	free_sets(&g->words);
	free_sets(&g->letters);
	table_close(&g->table);
	free(g);
}

/* ---- one text */

struct tally {
	size_t scripts[SCRIPTS + 1];
	double score[MAX_LANGUAGES]; /* of long words, which are not counted */
	size_t seen_count;
	uint16_t seen[MAX_WORDS]; /* the words that are not 0 below */
	uint16_t words[MAX_WORDS], letters[MAX_LETTERS]; /* by their place in the maps */
};

static void
weigh(const struct set *set, double yes, double no, double *score, size_t rows)
{
	double share = yes / (double)set->count + no;

	for (size_t i = 0; no > 0 && i < rows; i++)
		score[i] -= no;
	for (size_t i = 0; i < set->count; i++)
		score[set->items[i]] += share;
}

/* A word that is no number, of `s` up to `end` in letters of any size. */
static void
weigh_long(const struct guess *g, const char *s, const char *end, struct tally *t)
{
	char word[MAX_WORD + 4];
	const struct set *set;
	size_t n = 0;

	while (s < end)
		n += (size_t)utf8_encode(utf8_lower(utf8_next(&s, end)), word + n);
	set = map_get(&g->words, word, n);
	if (set)
		weigh(set, 1, 0, t->score, g->table.rows);
}

/* A word of n bytes in [s, end), the first eight of them in small letters. */
static void
count_known(const struct guess *g, uint64_t word, size_t n, const char *s, const char *end,
	    struct tally *t)
{
	const struct slot *slot;

	if (n == 0 || n > MAX_WORD || !(g->sizes[word & 0xFF] >> (n & 63) & 1))
		return;
	slot = &g->slots[slot_of(g, word)];
	if (n > SHORT_WORD && slot->has_longer)
		weigh_long(g, s, end, t);
	else if (n <= SHORT_WORD && slot->at && !t->words[slot->at - 1]++)
		t->seen[t->seen_count++] = (uint16_t)(slot->at - 1);
}

static void
count_letter(const struct guess *g, uint32_t c, struct tally *t)
{
	size_t at = c >= 0x80 && c < LETTERS_END ? g->letter_at[c] : 0;

	if (at)
		t->letters[at - 1]++;
}

/* The word at p, if one begins there, its letters, and what ends it; gives what follows. */
static const char *
count_word(const struct guess *g, const char *p, const char *end, struct tally *t)
{
	const char *from = p, *to = end;
	uint64_t word = 0; /* its first eight bytes */
	size_t n = 0;

	while (p < end) {
		const char *at = p;
		uint32_t c = utf8_next(&p, end);
		char small[4];
		int size;

		t->scripts[c >= 0x80		? script_of(c)
			   : utf8_is_letter(c) ? LATN
					       : SCRIPTS]++;
		c = utf8_lower(c);
		if (!utf8_is_letter(c)) {
			to = at;
			break;
		}
		count_letter(g, c, t);
		size = utf8_encode(c, small);
		for (int i = 0; i < size; i++, n++)
			if (n < SHORT_WORD)
				word |= (uint64_t)(unsigned char)small[i] << 8 * n;
	}
	count_known(g, word, n, from, to, t);
	return p;
}

/* Which bytes of a word of eight are Latin letters, by their top bits. */
static uint64_t
latin_letters(uint64_t eight)
{
	uint64_t x = (eight | EIGHT_ONES * 0x20) & ~EIGHT_TOPS;

	return (x + EIGHT_ONES * (0x80 - 'a')) & ~(x + EIGHT_ONES * (0x7F - 'z')) & ~eight &
	       EIGHT_TOPS;
}

/* Most words of most texts: Latin letters up to what is neither wide nor near the end. */
static bool
count_plain(const struct guess *g, const char **p, const char *end, struct tally *t)
{
	const char *s = *p;
	uint64_t word, others = 0;
	size_t n = 0;

	while (!others && (size_t)(end - s) >= n + 8) {
		others = ~latin_letters(eight_load(s + n)) & EIGHT_TOPS;
		n += others ? (size_t)__builtin_ctzll(others) / 8 : 8;
	}
	if (!others || (unsigned char)s[n] >= 0x80)
		return false;
	t->scripts[LATN] += n;
	word = eight_load(s) | EIGHT_ONES * 0x20;
	if (n < SHORT_WORD)
		word &= (UINT64_C(1) << 8 * n) - 1;
	count_known(g, word, n, s, s + n, t);
	*p += n + 1;
	return true;
}

static void
weigh_counts(const struct guess *g, const struct tally *t, double *score)
{
	memcpy(score, t->score, sizeof(t->score));
	for (size_t i = 0; i < t->seen_count; i++)
		weigh(g->words.entries[t->seen[i]].value, t->words[t->seen[i]], 0, score,
		      g->table.rows);
	for (size_t i = 0; i < g->letters.count; i++)
		if (t->letters[i])
			weigh(g->letters.entries[i].value, 0.3 * t->letters[i],
			      0.3 * t->letters[i], score, g->table.rows);
}

/* SCRIPTS: no letters. */
static enum script
main_script(const struct tally *t)
{
	size_t counts[SCRIPTS];
	enum script best = LATN;

	memcpy(counts, t->scripts, sizeof(counts));
	counts[HANI] *= 2; /* a sign is worth two letters */
	counts[HANG] *= 2;
	for (enum script i = LATN; i < SCRIPTS; i++)
		if (counts[i] > counts[best])
			best = i;
	if (counts[KANA] * 20 > counts[HANI] &&
	    counts[KANA] + counts[HANI] >= counts[best])
		return KANA;
	return counts[best] ? best : SCRIPTS;
}

struct answer {
	const char *language;
	bool is_sure; /* not of two languages, by what was read */
};

static struct answer
answer(const struct guess *g, const struct tally *t)
{
	double score[MAX_LANGUAGES], second = 0;
	enum script script = main_script(t);
	size_t best = MAX_LANGUAGES, candidates = 0;

	weigh_counts(g, t, score);
	for (size_t i = 0; i < g->table.rows; i++) {
		if (g->script[i] != script)
			continue;
		candidates++;
		if (best == MAX_LANGUAGES || score[i] > score[best] + MARGIN)
			best = i;
	}
	if (best == MAX_LANGUAGES || (candidates > 1 && score[best] < ENOUGH))
		return (struct answer){ NULL, false };
	for (size_t i = 0; i < g->table.rows; i++)
		if (g->script[i] == script && i != best && score[i] > second)
			second = score[i];
	return (struct answer){ table_cell(&g->table, best, LANGUAGE),
				score[best] >= SURE && score[best] > 4 * second };
}

static const char *
count_words(const struct guess *g, const char *p, const char *end, size_t n,
	    struct tally *t)
{
	const char *stop = (size_t)(end - p) > n ? p + n : end;

	while (p < stop)
		if (!count_plain(g, &p, end, t))
			p = count_word(g, p, end, t);
	return p;
}

const char *
guess_language(const struct guess *g, const char *text, size_t n)
{
	struct tally t;
	const char *end = text + utf8_valid_prefix(text, n > MAX_BYTES ? MAX_BYTES : n), *p;
	struct answer a;

	memset(&t, 0, offsetof(struct tally, seen));
	memset(t.words, 0, g->words.count * sizeof(*t.words));
	memset(t.letters, 0, g->letters.count * sizeof(*t.letters));
	p = count_words(g, text, end, SOME_BYTES, &t);
	a = answer(g, &t);
	if (p < end && !a.is_sure) {
		count_words(g, p, end, MAX_BYTES, &t);
		a = answer(g, &t);
	}
	return a.language;
}
