/* One reader for each kind of value; the table at the end says which key has which. */
#include "alert/rule_key.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/opt.h"
#include "record/jq.h"

const char *const rule_parts[] = { "type",      "mode",  "context", "actor",
				   "recipient", "place", "source",  NULL };
const char *const rule_ons[] = { "story", "article", "event", NULL };
const char *const rule_priorities[] = { "low", "normal", "high", "urgent", NULL };
const char *const rule_auxes[] = { "negation", "hypothetical", "historical", "future",
				   NULL };

/* ---- parts of a value ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * The next of "a, "b, c", d": *p goes behind it.  1: an item; 0: no more; -1: one is
 * empty.
 */
static int
next_item(struct rule_reader *x, const struct ini_text *value, size_t *p,
	  struct ini_text *item)
{
	size_t begin = *p, end;
	bool is_quoted = false;

	if (begin > value->size)
		return 0;
	while (begin < value->size && is_blank(value->text[begin]))
		begin++;
	for (end = begin; end < value->size && (is_quoted || value->text[end] != ',');
	     end++)
		if (value->text[end] == '"')
			is_quoted = !is_quoted;
	*p = end + 1;
	while (end > begin && is_blank(value->text[end - 1]))
		end--;
	*item = ini_within(value, begin);
	item->size = end - begin;
	x->at = *item;
	if (!item->size)
		return err_set(x->err, ERR_USAGE, "nothing stands between the commas");
	return 1;
}

static void
add_code(struct rule_reader *x, struct code_list *l, const char *code)
{
	const char **items =
	    arena_grow(&x->rules->arena, l->items, l->count, &l->room, sizeof(*items));

	if (!items)
		return;
	l->items = items;
	l->items[l->count++] = code;
}

char *
rule_copy(struct rule_reader *x, const struct ini_text *t)
{
	return arena_copy(&x->rules->arena, t->text, t->size);
}

static bool
is_word(const struct ini_text *t, const char *word)
{
	return t->size == strlen(word) && !strncmp(t->text, word, t->size);
}

/* One of the names, its place in *which. */
static int
choice(struct rule_reader *x, const struct ini_text *t, const char *const *names,
       int *which)
{
	char all[128] = "";

	for (*which = 0; names[*which]; ++*which)
		if (is_word(t, names[*which]))
			return 0;
	for (int i = 0; names[i]; i++)
		strcat(strcat(all, i ? ", " : ""), names[i]);
	return err_set(x->err, ERR_USAGE, "'%.*s' is none of %s", (int)t->size, t->text,
		       all);
}

static int
number(struct rule_reader *x, const struct ini_text *t, double min, double max,
       double *value)
{
	char text[32], *end;

	if (t->size < sizeof(text)) {
		memcpy(text, t->text, t->size);
		text[t->size] = '\0';
		*value = strtod(text, &end);
		if (end > text && !*end && *value >= min && *value <= max)
			return 0;
	}
	return err_set(x->err, ERR_USAGE, "'%.*s' is no number from %g to %g",
		       (int)t->size, t->text, min, max);
}

int
rule_whole(struct rule_reader *x, const struct ini_text *t, int min, int max, int *value)
{
	double d;

	if (number(x, t, min, max, &d))
		return -1;
	*value = (int)d;
	if (d > *value || d < *value)
		return err_set(x->err, ERR_USAGE, "'%.*s' is no whole number",
			       (int)t->size, t->text);
	return 0;
}

/* 90s, 10m, 24h, 2d */
int
rule_duration(struct rule_reader *x, const struct ini_text *t, int64_t *ms)
{
	static const struct {
		char letter;
		int64_t ms;
	} units[] = {
		{ 's', 1000 },
		{ 'm', 60 * 1000 },
		{ 'h', 3600 * 1000 },
		{ 'd', 24 * 3600 * 1000 },
	};
	struct ini_text digits = *t;
	int n;

	for (size_t i = 0; i < LENGTH(units) && t->size > 1; i++) {
		if (t->text[t->size - 1] != units[i].letter)
			continue;
		digits.size--;
		if (rule_whole(x, &digits, 1, 100000, &n))
			return -1;
		*ms = n * units[i].ms;
		return 0;
	}
	return err_set(
	    x->err, ERR_USAGE,
	    "'%.*s' is no time: seconds, minutes, hours, days as 90s, 10m, 24h, 2d",
	    (int)t->size, t->text);
}

/* ---- what ---- */

struct part_reader {
	struct rule_reader *x;
	struct code_list *list;
};

static void
take_code(void *arg, const char *code)
{
	struct part_reader *p = arg;

	add_code(p->x, p->list, arena_strdup(&p->x->rules->arena, code));
}

static int
take_word(struct part_reader *p, enum code_kind kind, const struct ini_text *t)
{
	const char *word = codes_find(p->x->codes, kind, t->text, t->size, p->x->err);

	if (!word)
		return -1;
	take_code(p, word);
	return 0;
}

/* "within 50 km of Kyiv" */
static int
take_circle(struct rule_reader *x, struct rule *r, const struct ini_text *t)
{
	static const char within[] = "within ", of[] = " km of ";
	size_t begin = strlen(within), end = begin;
	struct circle *c = arena_calloc(&x->rules->arena, sizeof(*c));
	struct ini_text digits = ini_within(t, begin), place;

	while (end < t->size && t->text[end] != ' ')
		end++;
	digits.size = end - begin;
	x->at = digits;
	if (!c)
		return arena_check(&x->rules->arena, x->err);
	if (number(x, &digits, 1, 5000, &c->km))
		return -1;
	x->at = ini_within(t, end);
	if (t->size - end <= strlen(of) || strncmp(t->text + end, of, strlen(of)))
		return err_set(x->err, ERR_USAGE, "as in 'within 50 km of Kyiv'");
	place = ini_within(t, end + strlen(of));
	x->at = place;
	if (codes_point(x->codes, place.text, place.size, &c->lat, &c->lon, x->err))
		return -1;
	c->text = rule_copy(x, t);
	c->next = r->near;
	r->near = c;
	return 0;
}

static int
take_item(struct rule_reader *x, struct rule *r, enum rule_part part,
	  const struct ini_text *t)
{
	struct part_reader p = { x, &r->parts[part] };
	char code[CODE_BYTES];

	switch (part) {
	case PART_TYPE:
		return take_word(&p, CODE_TYPE, t);
	case PART_MODE:
		return take_word(&p, CODE_MODE, t);
	case PART_CONTEXT:
		return take_word(&p, CODE_CONTEXT, t);
	case PART_ACTOR:
	case PART_RECIPIENT:
		return codes_actor(x->codes, t->text, t->size, take_code, &p, x->err);
	case PART_PLACE:
		if (t->size > 7 && !strncmp(t->text, "within ", 7))
			return take_circle(x, r, t);
		return codes_place(x->codes, t->text, t->size, take_code, &p, x->err);
	case PART_SOURCE:
		code_of_name(t->text, t->size, code);
		take_code(&p, code);
		return 0;
	case PARTS:
		break;
	}
	return 0;
}

static int
read_part(struct rule_reader *x, struct rule *r, enum rule_part part,
	  const struct ini_text *value)
{
	struct ini_text item;
	size_t p = 0;
	int more;

	while ((more = next_item(x, value, &p, &item)) > 0)
		if (take_item(x, r, part, &item))
			return -1;
	r->texts[part] = rule_copy(x, value);
	return more;
}

#define PART_KEY(name, part)                                   \
	static int name(struct rule_reader *x, struct rule *r, \
			const struct ini_text *value)          \
	{                                                      \
		return read_part(x, r, part, value);           \
	}
PART_KEY(read_type, PART_TYPE)
PART_KEY(read_mode, PART_MODE)
PART_KEY(read_context, PART_CONTEXT)
PART_KEY(read_actor, PART_ACTOR)
PART_KEY(read_recipient, PART_RECIPIENT)
PART_KEY(read_place, PART_PLACE)
PART_KEY(read_source, PART_SOURCE)

static int
read_words(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	size_t at;
	int failed = value->text[0] == '/'
			 ? regex_new(&r->regex, value->text, value->size, &at, x->err)
			 : query_parse(&r->words, value->text, value->size,
				       &x->rules->terms, &x->rules->arena, &at, x->err);

	x->at = ini_within(value, at);
	r->words_text = rule_copy(x, value);
	return failed;
}

static int
read_where(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	r->where_text = rule_copy(x, value);
	if (!r->where_text)
		return arena_check(&x->rules->arena, x->err);
	return jq_filter_new(&r->where, r->where_text, x->err);
}

static int
read_urgency(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	return rule_whole(x, value, 1, 9, &r->urgency);
}

static int
read_score(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	return number(x, value, -10, 10, &r->score);
}

static int
read_casualties(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	return rule_whole(x, value, 1, 1000000000, &r->casualties);
}

/* none; any; or those that may be besides what is plainly told */
static int
read_aux(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	struct ini_text item;
	size_t p = 0;
	int more, which;

	r->aux = is_word(value, "any") ? ~0u : 0;
	if (r->aux || is_word(value, "none"))
		return 0;
	while ((more = next_item(x, value, &p, &item)) > 0) {
		if (choice(x, &item, rule_auxes, &which))
			return -1;
		r->aux |= 1u << which;
	}
	return more;
}

/* ---- when ---- */

static int
read_on(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	int which;

	if (choice(x, value, rule_ons, &which))
		return -1;
	r->on = (enum rule_on)which;
	return 0;
}

static int
read_priority(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	int which;

	if (choice(x, value, rule_priorities, &which))
		return -1;
	r->priority = (enum rule_priority)which;
	return 0;
}

static int
read_max_age(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	return rule_duration(x, value, &r->max_age_ms);
}

/* Steps rise: "articles >= 5, articles >= 20". */
static int
take_step(struct rule_reader *x, const struct ini_text *item, int *steps, size_t *count)
{
	const char *sign = memchr(item->text, '>', item->size);
	struct ini_text digits;
	size_t at = sign ? (size_t)(sign - item->text) : 0;
	int step;

	if (!sign || at + 1 >= item->size || sign[1] != '=')
		return err_set(x->err, ERR_USAGE, "as in 'articles >= 5'");
	for (at += 2; at < item->size && is_blank(item->text[at]); at++)
		;
	digits = ini_within(item, at);
	x->at = digits;
	if (rule_whole(x, &digits, 2, 1000000, &step))
		return -1;
	if (*count == AGAIN_MOST)
		return err_set(x->err, ERR_USAGE, "at most %d steps", AGAIN_MOST);
	if (*count && steps[*count - 1] >= step)
		return err_set(x->err, ERR_USAGE, "steps rise: this one is not above %d",
			       steps[*count - 1]);
	steps[(*count)++] = step;
	return 0;
}

static bool
begins(const struct ini_text *t, const char *word)
{
	size_t n = strlen(word);

	return t->size > n && !strncmp(t->text, word, n) &&
	       (is_blank(t->text[n]) || t->text[n] == '>');
}

static int
read_again(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	struct again *a = &r->again;
	struct ini_text item;
	size_t p = 0;
	int more = 0, bad = 0;

	while (!bad && (more = next_item(x, value, &p, &item)) > 0)
		if (is_word(&item, "casualties"))
			a->on_casualties = true;
		else if (is_word(&item, "score"))
			a->on_score = true;
		else if (begins(&item, "articles"))
			bad = take_step(x, &item, a->articles, &a->article_count);
		else if (begins(&item, "sources"))
			bad = take_step(x, &item, a->sources, &a->source_count);
		else
			bad = err_set(x->err, ERR_USAGE,
				      "'%.*s' is none of articles >= N, sources >= N, "
				      "casualties, score",
				      (int)item.size, item.text);
	return bad ? bad : more;
}

static int
read_channel(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	struct ini_text item;
	size_t p = 0;
	int more;

	while ((more = next_item(x, value, &p, &item)) > 0)
		add_code(x, &r->channels, rule_copy(x, &item));
	return more;
}

const struct rule_key rule_keys[] = {
	{ "type", read_type },
	{ "mode", read_mode },
	{ "context", read_context },
	{ "actor", read_actor },
	{ "recipient", read_recipient },
	{ "place", read_place },
	{ "source", read_source },
	{ "words", read_words },
	{ "where", read_where },
	{ "urgency", read_urgency },
	{ "min_score", read_score },
	{ "min_casualties", read_casualties },
	{ "aux", read_aux },
	{ "on", read_on },
	{ "again", read_again },
	{ "priority", read_priority },
	{ "max_age", read_max_age },
	{ "needs", rule_read_needs },
	{ "hold", rule_read_hold },
	{ "quiet", rule_read_quiet },
	{ "escalate", rule_read_escalate },
	{ "recover", rule_read_recover },
	{ "expect", rule_read_expect },
	{ "channel", read_channel },
	{ NULL, NULL },
};
