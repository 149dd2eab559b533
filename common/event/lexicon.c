/*
 * The tables of lexicon/ as one index from word forms to all that is known of
 * them.  Lemmas are inflected here, once, so that coding a text is a look-up
 * for each token and nothing more.
 */
#include "event/lexicon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "event/digest.h"
#include "event/lexicon_build.h"

#define LEXICON_ROOM  ((size_t)64 << 20)
#define LEXICON_WORDS 400000

static const struct {
	const char *name;
	uint32_t kind;
} kinds[] = {
	{ "det", KIND_DET },
	{ "own", KIND_OWN },
	{ "pronoun", KIND_PRONOUN },
	{ "have", KIND_HAVE },
	{ "will", KIND_WILL },
	{ "modal", KIND_MODAL },
	{ "not", KIND_NOT },
	{ "sub", KIND_SUB },
	{ "rel", KIND_REL },
	{ "if", KIND_IF },
	{ "speech", KIND_SPEECH },
	{ "support", KIND_SUPPORT },
	{ "dead", KIND_DEAD },
	{ "hurt", KIND_HURT },
	{ "held", KIND_HELD },
	{ "planned", KIND_PLANNED },
	{ "possible", KIND_POSSIBLE },
	{ "person", KIND_PERSON },
	{ "thing", KIND_THING },
	{ "group", KIND_GROUP },
	{ "speaker", KIND_SPEAKER },
	{ "place", KIND_PLACE },
	{ "control", KIND_CONTROL },
	{ "quantity", KIND_QUANTITY },
	{ "abroad", KIND_ABROAD },
	{ "perceive", KIND_PERCEIVE },
};

struct word *
lexicon_add(struct lexicon *x, const char *form)
{
	void **place = map_put(&x->words, form, strlen(form));

	if (!place)
		return NULL;
	if (!*place)
		*place = arena_calloc(&x->arena, sizeof(struct word));
	return *place;
}

const char *
lexicon_item(struct lexicon *x, const char **cell)
{
	const char *start, *end;

	*cell += strspn(*cell, ", ");
	if (!**cell)
		return NULL;
	start = *cell;
	end = start + strcspn(start, ",");
	*cell = end;
	while (end > start && end[-1] == ' ')
		end--;
	return arena_copy(&x->arena, start, (size_t)(end - start));
}

static void
add_form(struct lexicon *x, const char *lemma, const char *form, unsigned bit,
	 word_fn *fn, const void *context)
{
	struct word *w = lexicon_add(x, arena_strdup(&x->arena, form));

	if (!w)
		return;
	w->forms |= bit;
	if (bit & (FORM_ONE | FORM_MANY)) {
		if (!w->noun)
			w->noun = lemma;
	} else if (!w->verb || bit == FORM_BASE) {
		w->verb = lemma; /* found is of find, and of found only in its base */
	}
	if (fn)
		fn(x, w, bit, context);
}

static const struct irregular *
irregular_of(const struct lexicon *x, char pos, const char *lemma)
{
	char key[64];
	int n = snprintf(key, sizeof(key), "%c:%s", pos, lemma);

	return n < (int)sizeof(key) ? map_get(&x->irregular, key, (size_t)n) : NULL;
}

/* travelled beside traveled: an l behind a vowel is doubled in Britain whatever the
 * stress. */
static void
add_british(struct lexicon *x, const char *lemma, word_fn *fn, const void *context)
{
	size_t n = strlen(lemma);
	char form[FORM_TEXT];

	if (n < 4 || n > FORM_TEXT - 6 || lemma[n - 1] != 'l' ||
	    !strchr("aeio", lemma[n - 2]) || strchr("aeiou", lemma[n - 3]))
		return;
	snprintf(form, sizeof(form), "%sled", lemma);
	add_form(x, lemma, form, FORM_PAST, fn, context);
	add_form(x, lemma, form, FORM_DONE, NULL, NULL);
	snprintf(form, sizeof(form), "%sling", lemma);
	add_form(x, lemma, form, FORM_ING, fn, context);
}

void
lexicon_add_verb(struct lexicon *x, const char *lemma, word_fn *fn, const void *context)
{
	const struct irregular *odd = irregular_of(x, 'v', lemma);
	struct verb_forms f;

	inflect_verb(lemma, &f);
	add_british(x, lemma, fn, context);
	add_form(x, lemma, lemma, FORM_BASE, fn, context);
	add_form(x, lemma, odd && odd->forms[3] ? odd->forms[3] : f.s, FORM_S, fn,
		 context);
	add_form(x, lemma, odd ? odd->forms[0] : f.past, FORM_PAST, fn, context);
	add_form(x, lemma, odd ? odd->forms[1] : f.done, FORM_DONE, fn, context);
	add_form(x, lemma, odd && odd->forms[2] ? odd->forms[2] : f.ing, FORM_ING, fn,
		 context);
}

void
lexicon_add_noun(struct lexicon *x, const char *lemma, word_fn *fn, const void *context)
{
	const struct irregular *odd = irregular_of(x, 'n', lemma);
	char many[FORM_TEXT];

	inflect_noun(lemma, many);
	add_form(x, lemma, lemma, FORM_ONE, fn, context);
	add_form(x, lemma, odd ? odd->forms[0] : many, FORM_MANY, fn, context);
}

/* A table is read row by row by a function that complains of cells. */
typedef int row_fn(struct lexicon *x, const struct table *t, size_t row, struct err *err);

static int
read_table(struct lexicon *x, const char *directory, const char *name,
	   const char *const *columns, size_t n, row_fn *fn, struct err *err)
{
	struct table t;
	int rc = 0;

	if (table_open(&t, directory, name, columns, n, err))
		return -1;
	for (size_t i = 0; i < t.rows && rc == 0; i++)
		rc = fn(x, &t, i, err);
	table_close(&t);
	return rc;
}

static const char *
cell_copy(struct lexicon *x, const struct table *t, size_t row, size_t column)
{
	const char *cell = table_cell(t, row, column);

	return *cell ? arena_strdup(&x->arena, cell) : NULL;
}

static int
cell_number(const struct table *t, size_t row, size_t column, double *out,
	    struct err *err)
{
	const char *cell = table_cell(t, row, column);
	char *end;

	*out = 0;
	if (!*cell)
		return 0;
	*out = strtod(cell, &end);
	if (*end || *out < -10 || *out > 10)
		return table_bad(t, row, column, err, "%s is no number from -10 to 10",
				 cell);
	return 0;
}

enum {
	ONTOLOGY_KIND,
	ONTOLOGY_NAME,
	ONTOLOGY_OF,
	ONTOLOGY_SCORE,
	ONTOLOGY_QUAD,
	ONTOLOGY_CAMEO,
	ONTOLOGY_MEDTOP
};
static const char *const ontology_columns[] = { "kind", "name",  "of",    "score",
						"quad", "cameo", "medtop" };

static int
add_type(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	struct type *type = &x->types[x->type_count];
	double quad;

	if (x->type_count == MAX_TYPES)
		return table_bad(t, row, ONTOLOGY_NAME, err, "over %d types", MAX_TYPES);
	if (lexicon_type(x, table_cell(t, row, ONTOLOGY_NAME)))
		return table_bad(t, row, ONTOLOGY_NAME, err, "the type is defined twice");
	type->name = cell_copy(x, t, row, ONTOLOGY_NAME);
	type->cameo = cell_copy(x, t, row, ONTOLOGY_CAMEO);
	type->medtop = cell_copy(x, t, row, ONTOLOGY_MEDTOP);
	if (!type->name)
		return table_bad(t, row, ONTOLOGY_NAME, err, "a type has a name");
	if (cell_number(t, row, ONTOLOGY_SCORE, &type->score, err) ||
	    cell_number(t, row, ONTOLOGY_QUAD, &quad, err))
		return -1;
	if (quad < 0 || quad > 4)
		return table_bad(t, row, ONTOLOGY_QUAD, err, "quads are 1 to 4");
	type->quad = (int)quad;
	type->is_political = quad > 0;
	x->type_count++;
	return 0;
}

static int
add_mode(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	struct mode *mode = &x->modes[x->mode_count];

	if (x->mode_count == MAX_MODES)
		return table_bad(t, row, ONTOLOGY_NAME, err, "over %d modes", MAX_MODES);
	mode->name = cell_copy(x, t, row, ONTOLOGY_NAME);
	mode->type = lexicon_type(x, table_cell(t, row, ONTOLOGY_OF));
	if (!mode->name || !mode->type)
		return table_bad(t, row, ONTOLOGY_OF, err,
				 "a mode is of a type defined above");
	if (cell_number(t, row, ONTOLOGY_SCORE, &mode->score, err))
		return -1;
	x->mode_count++;
	return 0;
}

static int
add_cameo(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	const char *code = cell_copy(x, t, row, ONTOLOGY_NAME);
	double *score = arena_alloc(&x->arena, sizeof(*score));
	void **place;

	if (!code || !score)
		return table_bad(t, row, ONTOLOGY_NAME, err,
				 "a CAMEO code has two to four digits");
	if (cell_number(t, row, ONTOLOGY_SCORE, score, err))
		return -1;
	place = map_put(&x->cameo, code, strlen(code));
	if (!place)
		return table_bad(t, row, ONTOLOGY_NAME, err, "too many CAMEO codes");
	*place = score;
	return 0;
}

static int
add_sector(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	const char *code = cell_copy(x, t, row, ONTOLOGY_NAME);
	void **place = code ? map_put(&x->sectors, code, strlen(code)) : NULL;

	if (!place)
		return table_bad(t, row, ONTOLOGY_NAME, err, "a sector has a code");
	*place = x;
	return 0;
}

static int
ontology_row(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	const char *kind = table_cell(t, row, ONTOLOGY_KIND);

	if (!strcmp(kind, "type"))
		return add_type(x, t, row, err);
	if (!strcmp(kind, "mode"))
		return add_mode(x, t, row, err);
	if (!strcmp(kind, "cameo"))
		return add_cameo(x, t, row, err);
	if (!strcmp(kind, "sector"))
		return add_sector(x, t, row, err);
	return table_bad(t, row, ONTOLOGY_KIND, err,
			 "%s is not type, mode, cameo or sector", kind);
}

static const char *const irregular_columns[] = { "pos", "lemma", "forms" };

static int
irregular_row(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	const char *pos = table_cell(t, row, 0), *cell = table_cell(t, row, 2);
	const char *key = arena_printf(&x->arena, "%s:%s", pos, table_cell(t, row, 1));
	struct irregular *odd = arena_calloc(&x->arena, sizeof(*odd));
	void **place;

	if (strcmp(pos, "v") && strcmp(pos, "n"))
		return table_bad(t, row, 0, err, "%s is not v or n", pos);
	place = map_put(&x->irregular, key, strlen(key));
	if (!place || *place)
		return table_bad(t, row, 1, err, "%s stands twice", key);
	*place = odd;
	for (int i = 0; i < 4; i++)
		odd->forms[i] = lexicon_item(x, &cell);
	if (!odd->forms[0] || (*pos == 'v' && !odd->forms[1]))
		return table_bad(t, row, 2, err,
				 "a verb has past and participle, a noun its plural");
	return 0;
}

static void
mark_kind(struct lexicon *x, struct word *w, unsigned form, const void *context)
{
	(void)x;
	(void)form;
	w->kinds |= *(const uint32_t *)context;
}

static const char *const words_columns[] = { "kind", "pos", "words" };

static int
words_row(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	const char *kind = table_cell(t, row, 0), *pos = table_cell(t, row, 1);
	const char *cell = table_cell(t, row, 2), *item;
	size_t k = 0;

	while (k < LENGTH(kinds) && strcmp(kinds[k].name, kind))
		k++;
	if (k == LENGTH(kinds))
		return table_bad(t, row, 0, err, "%s is no kind of word", kind);
	while ((item = lexicon_item(x, &cell))) {
		if (!strcmp(pos, "v"))
			lexicon_add_verb(x, item, mark_kind, &kinds[k].kind);
		else if (!strcmp(pos, "n"))
			lexicon_add_noun(x, item, mark_kind, &kinds[k].kind);
		else if (!*pos && lexicon_add(x, item))
			lexicon_add(x, item)->kinds |= kinds[k].kind;
		else
			return table_bad(t, row, 1, err, "%s is not v, n or empty", pos);
	}
	return 0;
}

static void
mark_class(struct lexicon *x, struct word *w, unsigned form, const void *context)
{
	(void)x;
	(void)form;
	w->classes |= *(const uint64_t *)context;
}

/* The bit of a name, which is new or was seen before; 0: 64 are in use. */
static uint64_t
bit_of(const char **names, unsigned *count, const char *name)
{
	for (unsigned i = 0; i < *count; i++)
		if (!strcmp(names[i], name))
			return (uint64_t)1 << i;
	if (*count == MAX_BITS)
		return 0;
	names[*count] = name;
	return (uint64_t)1 << (*count)++;
}

static const char *const class_columns[] = { "class", "words" };
static const char *const context_columns[] = { "context", "words" };

static int
class_row(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	const char *name = cell_copy(x, t, row, 0), *cell = table_cell(t, row, 1), *item;
	uint64_t bit = name ? bit_of(x->classes, &x->class_count, name) : 0;

	if (!bit)
		return table_bad(t, row, 0, err, "over %d names, or none", MAX_BITS);
	while ((item = lexicon_item(x, &cell)))
		lexicon_add_noun(x, item, mark_class, &bit);
	return 0;
}

/* A word and its plural, without saying that it is a noun: many of these are adjectives.
 */
static int
context_row(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	const char *name = cell_copy(x, t, row, 0), *cell = table_cell(t, row, 1), *item;
	uint64_t bit = name ? bit_of(x->contexts, &x->context_count, name) : 0;

	if (!bit)
		return table_bad(t, row, 0, err, "over %d names, or none", MAX_BITS);
	while ((item = lexicon_item(x, &cell))) {
		const char *forms[2] = { item };
		char many[FORM_TEXT];

		inflect_noun(item, many);
		forms[1] = arena_strdup(&x->arena, many);
		for (size_t i = 0; i < LENGTH(forms); i++)
			if (forms[i] && lexicon_add(x, forms[i]))
				lexicon_add(x, forms[i])->contexts |= bit;
	}
	return 0;
}

enum { AGENT_WORDS, AGENT_SECTORS, AGENT_MARKS };
static const char *const agent_columns[] = { "words", "sectors", "marks" };

static int
agent_put(struct lexicon *x, const char *form, const struct agent *agent)
{
	void **place = map_put(&x->agents, form, strlen(form));

	if (!place || *place)
		return -1;
	*place = (void *)agent;
	if (!strchr(form, ' ') && lexicon_add(x, form))
		lexicon_add(x, form)->agent = agent;
	return 0;
}

static int
agent_sectors(struct lexicon *x, const struct table *t, size_t row, struct names *out,
	      struct err *err)
{
	const char *cell = table_cell(t, row, AGENT_SECTORS), *item;
	const char **codes = arena_calloc(&x->arena, 4 * sizeof(*codes));

	out->items = codes;
	while ((item = lexicon_item(x, &cell))) {
		if (!lexicon_has_sector(x, item))
			return table_bad(t, row, AGENT_SECTORS, err, "%s is no sector",
					 item);
		if (out->count == 4)
			return table_bad(t, row, AGENT_SECTORS, err, "over four sectors");
		codes[out->count++] = item;
	}
	return 0;
}

static int
agent_row(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	const char *cell = table_cell(t, row, AGENT_WORDS), *item;
	const char *marks = table_cell(t, row, AGENT_MARKS);
	struct agent *one = arena_calloc(&x->arena, sizeof(*one));
	struct agent *many = arena_calloc(&x->arena, sizeof(*many));

	if (!one || !many || agent_sectors(x, t, row, &one->sectors, err))
		return -1;
	one->is_generic = strstr(marks, "generic");
	one->is_group = strstr(marks, "group");
	*many = *one;
	while ((item = lexicon_item(x, &cell))) {
		const char *last = strrchr(item, ' ');
		const struct irregular *odd =
		    irregular_of(x, 'n', last ? last + 1 : item);
		char text[FORM_TEXT];
		const char *plural = text;

		inflect_noun(item, text);
		if (odd && last)
			plural = arena_printf(&x->arena, "%.*s%s", (int)(last - item + 1),
					      item, odd->forms[0]);
		else if (odd)
			plural = odd->forms[0];
		if (agent_put(x, item, one))
			return table_bad(t, row, AGENT_WORDS, err, "%s stands twice",
					 item);
		agent_put(x, arena_strdup(&x->arena, plural), many);
		if (!last)
			lexicon_add_noun(x, item, NULL, NULL);
	}
	return 0;
}

static void
mark_effect(struct lexicon *x, struct word *w, unsigned form, const void *context)
{
	(void)x;
	(void)form;
	w->effect = *(const enum effect *)context;
}

static const char *const operator_columns[] = { "effect", "pos", "words" };

static int
operator_row(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	static const char *const names[] = { "", "real", "future", "hypothetical",
					     "negation" };
	const char *pos = table_cell(t, row, 1), *cell = table_cell(t, row, 2), *item;
	enum effect effect = EFFECT_REAL;

	while (effect <= EFFECT_NEGATION && strcmp(names[effect], table_cell(t, row, 0)))
		effect++;
	if (effect > EFFECT_NEGATION)
		return table_bad(t, row, 0, err,
				 "not real, future, hypothetical or negation");
	while ((item = lexicon_item(x, &cell))) {
		if (*pos == 'v')
			lexicon_add_verb(x, item, mark_effect, &effect);
		else if (*pos == 'n')
			lexicon_add_noun(x, item, mark_effect, &effect);
		else if (lexicon_add(x, item))
			lexicon_add(x, item)->effect = effect;
	}
	return 0;
}

static const char *const nested_columns[] = { "outer", "inner", "type", "mode" };

static int
nested_row(struct lexicon *x, const struct table *t, size_t row, struct err *err)
{
	struct nested *n = &x->nested[x->nested_count];
	const struct type *types[3];

	if (x->nested_count == MAX_MODES)
		return table_bad(t, row, 0, err, "over %d rows", MAX_MODES);
	for (size_t i = 0; i < 3; i++) {
		types[i] = lexicon_type(x, table_cell(t, row, i));
		if (!types[i])
			return table_bad(t, row, i, err, "%s is no type",
					 table_cell(t, row, i));
	}
	*n = (struct nested){ types[0], types[1], { .type = types[2] } };
	n->outcome.mode = lexicon_mode(x, types[2]->name, table_cell(t, row, 3));
	if (!n->outcome.mode && *table_cell(t, row, 3))
		return table_bad(t, row, 3, err, "%s is no mode of %s",
				 table_cell(t, row, 3), types[2]->name);
	x->nested_count++;
	return 0;
}

static const struct {
	const char *file;
	const char *const *columns;
	size_t count;
	row_fn *fn;
} tables[] = {
	/* in the order in which they need each other */
	{ "ontology.tsv", ontology_columns, LENGTH(ontology_columns), ontology_row },
	{ "irregular.tsv", irregular_columns, LENGTH(irregular_columns), irregular_row },
	{ "grammar.tsv", words_columns, LENGTH(words_columns), words_row },
	{ "classes.tsv", class_columns, LENGTH(class_columns), class_row },
	{ "contexts.tsv", context_columns, LENGTH(context_columns), context_row },
	{ "agents.tsv", agent_columns, LENGTH(agent_columns), agent_row },
	{ "operators.tsv", operator_columns, LENGTH(operator_columns), operator_row },
	{ "nested.tsv", nested_columns, LENGTH(nested_columns), nested_row },
};

static int
hash_file(struct digest *sha, const char *directory, const char *name, struct err *err)
{
	char *path = must_printf("%s/%s", directory, name), block[4096];
	FILE *f = fopen(path, "rb");
	size_t n;

	free(path);
	if (!f)
		return err_errno(err, ERR_USAGE, "%s/%s", directory, name);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		digest_add(sha, block, n);
	fclose(f);
	return 0;
}

static int
hash_tables(struct lexicon *x, const char *directory, struct err *err)
{
	struct digest *sha = digest_new();
	int rc = 0;

	for (size_t i = 0; i < LENGTH(tables) && !rc; i++)
		rc = hash_file(sha, directory, tables[i].file, err);
	if (!rc)
		rc = hash_file(sha, directory, "triggers.tsv", err);
	digest_end(sha, x->hash);
	return rc;
}

struct lexicon *
lexicon_new(const char *directory, struct err *err)
{
	struct lexicon *x = must_alloc(sizeof(*x));

	arena_init(&x->arena, LEXICON_ROOM);
	map_init(&x->words, LEXICON_WORDS);
	map_init(&x->agents, LEXICON_WORDS);
	map_init(&x->irregular, LEXICON_WORDS);
	map_init(&x->cameo, LEXICON_WORDS);
	map_init(&x->sectors, LEXICON_WORDS);
	for (size_t i = 0; i < LENGTH(tables); i++)
		if (read_table(x, directory, tables[i].file, tables[i].columns,
			       tables[i].count, tables[i].fn, err))
			goto fail;
	if (triggers_read(x, directory, err) || hash_tables(x, directory, err) ||
	    arena_check(&x->arena, err))
		goto fail;
	return x;
fail:
	lexicon_free(x);
	return NULL;
}

void
lexicon_free(struct lexicon *x)
{
	if (!x)
		return;
	map_release(&x->words);
	map_release(&x->agents);
	map_release(&x->irregular);
	map_release(&x->cameo);
	map_release(&x->sectors);
	arena_release(&x->arena);
	free(x);
}

const struct word *
lexicon_word(const struct lexicon *x, const char *norm)
{
	return map_get(&x->words, norm, strlen(norm));
}

const struct agent *
lexicon_agent(const struct lexicon *x, const char *norm)
{
	return map_get(&x->agents, norm, strlen(norm));
}

const struct type *
lexicon_type(const struct lexicon *x, const char *name)
{
	for (unsigned i = 0; i < x->type_count; i++)
		if (!strcmp(x->types[i].name, name))
			return &x->types[i];
	return NULL;
}

const struct mode *
lexicon_mode(const struct lexicon *x, const char *type, const char *name)
{
	for (unsigned i = 0; i < x->mode_count; i++)
		if (!strcmp(x->modes[i].name, name) &&
		    !strcmp(x->modes[i].type->name, type))
			return &x->modes[i];
	return NULL;
}

const struct outcome *
lexicon_nested(const struct lexicon *x, const struct type *outer,
	       const struct type *inner)
{
	for (unsigned i = 0; i < x->nested_count; i++)
		if (x->nested[i].outer == outer && x->nested[i].inner == inner)
			return &x->nested[i].outcome;
	return NULL;
}

uint64_t
lexicon_class(const struct lexicon *x, const char *name)
{
	for (unsigned i = 0; i < x->class_count; i++)
		if (!strcmp(x->classes[i], name))
			return (uint64_t)1 << i;
	return 0;
}

const char *
lexicon_context(const struct lexicon *x, unsigned bit)
{
	return x->contexts[bit];
}

unsigned
lexicon_context_count(const struct lexicon *x)
{
	return x->context_count;
}

double
lexicon_goldstein(const struct lexicon *x, const char *cameo)
{
	for (size_t n = strlen(cameo); n >= 2; n--) {
		const double *score = map_get(&x->cameo, cameo, n);

		if (score)
			return *score;
	}
	return 0;
}

bool
lexicon_has_sector(const struct lexicon *x, const char *code)
{
	return map_get(&x->sectors, code, strlen(code));
}

size_t
lexicon_pattern_count(const struct lexicon *x)
{
	return x->pattern_count;
}

const struct pattern *
lexicon_pattern(const struct lexicon *x, size_t i)
{
	return &x->patterns[i];
}

const char *
lexicon_hash(const struct lexicon *x)
{
	return x->hash;
}
