/*
 * triggers.tsv: the rows that make events.  A row may list several triggers
 * that behave alike; each becomes a pattern of its own.
 *
 *	trigger	pos	actor	recipient	need	type	context	cameo	example
 *	condemn, denounce	v	subject	object	object
 *ACCUSE/disapprove		111	...
 *
 * The first word of a verb trigger and the last of a noun trigger are
 * inflected; the others stand as they are.
 */
#include <string.h>

#include "event/lexicon_build.h"

enum { TRIGGER, POS, ACTOR, RECIPIENT, NEED, TYPE, CONTEXT, CAMEO, EXAMPLE, COLUMNS };
static const char *const columns[COLUMNS] = { "trigger",   "pos",   "actor",
					      "recipient", "need",  "type",
					      "context",   "cameo", "example" };

static const char *const slot_names[SLOT_COUNT] = {
	"",     "subject", "object", "owner", "clause", "infinitive", "by",   "of",
	"on",   "against", "with",   "to",    "for",    "in",         "from", "at",
	"over", "between", "into",   "as",    "about",  "behind"
};

static enum slot
slot_of(const char *name, size_t n)
{
	for (int i = 1; i < SLOT_COUNT; i++)
		if (strlen(slot_names[i]) == n && !memcmp(slot_names[i], name, n))
			return (enum slot)i;
	return SLOT_NONE;
}

static int
read_slots(struct lexicon *x, const struct table *t, size_t row, size_t column,
	   enum slot out[SLOT_CHOICES], struct err *err)
{
	const char *cell = table_cell(t, row, column), *item;
	int n = 0;

	while ((item = lexicon_item(x, &cell))) {
		if (n == SLOT_CHOICES)
			return table_bad(t, row, column, err, "over %d places",
					 SLOT_CHOICES);
		out[n] = slot_of(item, strlen(item));
		if (out[n++] == SLOT_NONE)
			return table_bad(t, row, column, err,
					 "%s is no place in a clause", item);
	}
	return 0;
}

/* object:weapon/money, or !object, or infinitive */
static int
read_need(const struct lexicon *x, const char *text, struct need *out)
{
	const char *colon = strchr(text, ':'), *p;

	out->is_absent = *text == '!';
	text += out->is_absent;
	out->slot = slot_of(text, colon ? (size_t)(colon - text) : strlen(text));
	if (out->slot == SLOT_NONE)
		return -1;
	for (p = colon; p && *p;) {
		char name[32] = "";
		size_t n = strcspn(++p, "/");
		uint64_t bit;

		if (n >= sizeof(name))
			return -1;
		memcpy(name, p, n);
		bit = lexicon_class(x, name);
		if (!bit)
			return -1;
		out->classes |= bit;
		p += n;
	}
	return 0;
}

static int
read_needs(struct lexicon *x, const struct table *t, size_t row, struct need *out,
	   struct err *err)
{
	const char *cell = table_cell(t, row, NEED), *item;
	int n = 0;

	while ((item = lexicon_item(x, &cell))) {
		if (n == NEEDS)
			return table_bad(t, row, NEED, err, "over %d needs", NEEDS);
		if (read_need(x, item, &out[n++]))
			return table_bad(t, row, NEED, err, "%s: no such place or class",
					 item);
	}
	return 0;
}

/* TYPE or TYPE/mode/mode */
static int
read_type(struct lexicon *x, const struct table *t, size_t row, struct pattern *p,
	  struct err *err)
{
	char *text = arena_strdup(&x->arena, table_cell(t, row, TYPE)), *save = NULL;
	const char *name = text ? strtok_r(text, "/", &save) : NULL, *mode;

	p->type = name ? lexicon_type(x, name) : NULL;
	if (!p->type)
		return table_bad(t, row, TYPE, err, "%s is no type",
				 table_cell(t, row, TYPE));
	for (int i = 0; (mode = strtok_r(NULL, "/", &save)); i++) {
		const struct mode *m = i < MODES ? lexicon_mode(x, name, mode) : NULL;

		if (!m)
			return table_bad(t, row, TYPE, err, "%s is no mode of %s", mode,
					 name);
		p->modes[i] = m;
	}
	return 0;
}

static int
read_codes(struct lexicon *x, const struct table *t, size_t row, struct pattern *p,
	   struct err *err)
{
	const char *context = table_cell(t, row, CONTEXT),
		   *cameo = table_cell(t, row, CAMEO);

	for (unsigned i = 0; i < x->context_count; i++)
		if (!strcmp(x->contexts[i], context))
			p->context = x->contexts[i];
	if (*context && !p->context)
		return table_bad(t, row, CONTEXT, err, "%s is no context", context);
	if (strspn(cameo, "0123456789") != strlen(cameo) || strlen(cameo) > 4 ||
	    strlen(cameo) == 1)
		return table_bad(t, row, CAMEO, err, "%s is no CAMEO code", cameo);
	p->cameo = *cameo ? arena_strdup(&x->arena, cameo) : p->type->cameo;
	return 0;
}

static int
read_words(struct lexicon *x, const char *trigger, struct pattern *p)
{
	char *text = arena_strdup(&x->arena, trigger), *save = NULL, *word;
	char *type, *c;

	if (!text)
		return -1;
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (p->count == TRIGGER_WORDS)
			return -1;
		p->words[p->count++] = word;
	}
	type = arena_strdup(&x->arena, p->type->name);
	for (c = type; c && *c; c++)
		*c = (char)(*c | 0x20);
	p->id = c = arena_printf(&x->arena, "%s.%s", trigger, type);
	for (; c && *c; c++)
		*c = *c == ' ' ? '-' : *c;
	return p->count ? 0 : -1;
}

static void
add_reading(struct lexicon *x, struct word *w, unsigned form, const void *context)
{
	struct reading *r = arena_calloc(&x->arena, sizeof(*r)), **tail = &w->readings;

	if (!r)
		return;
	*r = (struct reading){ .pattern = context, .form = form };
	while (*tail)
		tail = &(*tail)->next;
	*tail = r;
}

void
triggers_index(struct lexicon *x, const struct pattern *p)
{
	if (p->is_noun)
		lexicon_add_noun(x, p->words[p->count - 1], add_reading, p);
	else
		lexicon_add_verb(x, p->words[0], add_reading, p);
}

static int
read_row(struct lexicon *x, const struct table *t, size_t row, struct pattern *p,
	 struct err *err)
{
	const char *pos = table_cell(t, row, POS),
		   *recipient = table_cell(t, row, RECIPIENT);

	p->is_noun = !strcmp(pos, "n");
	p->is_reciprocal = !strcmp(recipient, "all");
	p->line = t->lines[row];
	p->example = arena_strdup(&x->arena, table_cell(t, row, EXAMPLE));
	p->need = arena_strdup(&x->arena, table_cell(t, row, NEED));
	if (strcmp(pos, "v") && !p->is_noun)
		return table_bad(t, row, POS, err, "%s is not v or n", pos);
	if (!strchr(table_cell(t, row, EXAMPLE), '*'))
		return table_bad(t, row, EXAMPLE, err,
				 "the trigger is not marked: *word*");
	if (read_slots(x, t, row, ACTOR, p->actor, err) ||
	    (!p->is_reciprocal && read_slots(x, t, row, RECIPIENT, p->recipient, err)) ||
	    read_needs(x, t, row, p->needs, err) || read_type(x, t, row, p, err))
		return -1;
	return read_codes(x, t, row, p, err);
}

static size_t
count_triggers(const struct table *t)
{
	size_t n = t->rows;

	for (size_t i = 0; i < t->rows; i++)
		for (const char *c = table_cell(t, i, TRIGGER); *c; c++)
			n += *c == ',';
	return n;
}

static int
refuse_twin(const struct lexicon *x, const struct table *t, size_t row, struct map *seen,
	    const struct pattern *p, const char *trigger, struct err *err)
{
	const char *key = arena_printf((struct arena *)&x->arena, "%s %d %s", trigger,
				       p->is_noun, table_cell(t, row, NEED));
	void **place = key ? map_put(seen, key, strlen(key)) : NULL;

	if (!place)
		return table_bad(t, row, TRIGGER, err, "the table is too long");
	if (*place)
		return table_bad(t, row, TRIGGER, err,
				 "%s with these needs stands in line %d", trigger,
				 ((const struct pattern *)*place)->line);
	*place = (void *)p;
	return 0;
}

static int
add_row(struct lexicon *x, const struct table *t, size_t row, struct map *seen,
	struct err *err)
{
	const char *cell = table_cell(t, row, TRIGGER), *trigger;
	struct pattern common = { 0 };

	if (read_row(x, t, row, &common, err))
		return -1;
	while ((trigger = lexicon_item(x, &cell))) {
		struct pattern *p = &x->patterns[x->pattern_count];

		*p = common;
		if (read_words(x, trigger, p))
			return table_bad(t, row, TRIGGER, err, "%s: one to %d words",
					 trigger, TRIGGER_WORDS);
		if (refuse_twin(x, t, row, seen, p, trigger, err))
			return -1;
		triggers_index(x, p);
		x->pattern_count++;
	}
	return 0;
}

int
triggers_read(struct lexicon *x, const char *directory, struct err *err)
{
	struct map seen;
	struct table t;
	int rc = 0;

	if (table_open(&t, directory, "triggers.tsv", columns, COLUMNS, err))
		return -1;
	map_init(&seen, 1000000);
	x->patterns =
	    arena_calloc(&x->arena, (count_triggers(&t) + 1) * sizeof(*x->patterns));
	if (!x->patterns)
		rc = arena_check(&x->arena, err);
	for (size_t i = 0; i < t.rows && rc == 0; i++)
		rc = add_row(x, &t, i, &seen, err);
	map_release(&seen);
	table_close(&t);
	return rc;
}
