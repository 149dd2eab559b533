#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert/rule_key.h"
#include "base/buf.h"
#include "base/mem.h"
#include "ops/opt.h"
#include "record/jq.h"

enum { ARENA_MB = 512, FILE_MB = 64, KEYS_MOST = 64 };

static const struct rule_key *
find_key(const struct ini_text *key)
{
	for (const struct rule_key *k = rule_keys; k->name; k++)
		if (strlen(k->name) == key->size &&
		    !strncmp(k->name, key->text, key->size))
			return k;
	return NULL;
}

static int
no_key(struct rule_reader *x, const struct ini_text *key)
{
	const char *names[KEYS_MOST], *near;
	char word[64];
	size_t n = 0;

	for (; rule_keys[n].name; n++)
		names[n] = rule_keys[n].name;
	snprintf(word, sizeof(word), "%.*s", (int)key->size, key->text);
	near = opt_nearest(word, names, n);
	x->at = *key;
	return err_set(x->err, ERR_USAGE, "a rule has no key '%s'%s%s%s", word,
		       near ? "; did you mean '" : "", near ? near : "",
		       near ? "'?" : "");
}

static bool
is_of_articles(const struct rule *r)
{
	return r->texts[PART_SOURCE] || r->words_text || r->where || r->urgency;
}

/* It is asked of no article, so nothing may be. */
static int
end_expect(struct rule_reader *x, const struct rule *r)
{
	if (!rule_is_of_events(r) && !is_of_articles(r) && !r->needs.count &&
	    !r->recover_ms)
		return 0;
	return err_set(x->err, ERR_USAGE,
		       "expect stands alone: what is asked of articles needs a rule of "
		       "its own");
}

/* A rule without a condition is one that is not written yet. */
static int
end_rule(struct rule_reader *x, const struct ini_text *section)
{
	const struct rules *rules = x->rules;
	const struct rule *r = rules->count ? &rules->items[rules->count - 1] : NULL;

	if (!r)
		return 0;
	x->at = *section;
	if (r->expect.every_ms)
		return end_expect(x, r);
	if (rule_is_of_events(r))
		return 0;
	if (r->on == ON_EVENT)
		return err_set(
		    x->err, ERR_USAGE,
		    "on = event, but nothing says which: type, actor, place, ...");
	if (is_of_articles(r))
		return 0;
	return err_set(x->err, ERR_USAGE,
		       "nothing says what it is for: type, actor, place, words, ...");
}

static int
begin_rule(struct rule_reader *x, const struct ini_text *section, struct map *names)
{
	struct rules *rules = x->rules;
	struct rule *r = &rules->items[rules->count];
	void **known;

	x->at = *section;
	if (section->size > RULE_NAME_BYTES)
		return err_set(x->err, ERR_USAGE, "a name has at most %d bytes",
			       RULE_NAME_BYTES);
	for (size_t i = 0; i < section->size; i++)
		if ((unsigned char)section->text[i] < ' ')
			return err_set(x->err, ERR_USAGE,
				       "a name has no control characters");
	known = map_put(names, section->text, section->size);
	if (!known)
		return err_set(x->err, ERR_USAGE, "more than %d rules", RULES_MOST);
	if (*known)
		return err_set(x->err, ERR_USAGE, "line %d has a rule of this name",
			       ((const struct rule *)*known)->line);
	*known = r;
	r->name = arena_copy(&rules->arena, section->text, section->size);
	r->line = section->line;
	r->priority = PRIORITY_NORMAL;
	r->aux = AUX_FUTURE;
	r->max_age_ms = INT64_C(24) * 3600 * 1000;
	rules->count++;
	return 0;
}

static int
read_key(struct rule_reader *x, const struct ini_line *line, bool seen[KEYS_MOST])
{
	const struct rule_key *k = find_key(&line->key);

	if (!k)
		return no_key(x, &line->key);
	x->at = line->key;
	if (seen[k - rule_keys])
		return err_set(x->err, ERR_USAGE, "the rule has it twice");
	seen[k - rule_keys] = true;
	x->at = line->value;
	if (k->read(x, &x->rules->items[x->rules->count - 1], &line->value))
		return err_context(x->err, "%s", k->name);
	return 0;
}

static int
read_lines(struct rule_reader *x, struct ini *ini, struct map *names)
{
	struct ini_line line = { 0 };
	struct ini_text section = { 0 };
	bool seen[KEYS_MOST] = { false };
	int more;

	while ((more = ini_next(ini, &line, &x->at, x->err)) > 0) {
		if (line.key.text) {
			if (read_key(x, &line, seen))
				return err_context(x->err, "[%.*s]", (int)section.size,
						   section.text);
			continue;
		}
		if (end_rule(x, &section))
			return err_context(x->err, "[%.*s]", (int)section.size,
					   section.text);
		section = line.section;
		memset(seen, 0, sizeof(seen));
		if (begin_rule(x, &section, names))
			return -1;
	}
	if (more < 0)
		return -1;
	if (end_rule(x, &section))
		return err_context(x->err, "[%.*s]", (int)section.size, section.text);
	return arena_check(&x->rules->arena, x->err);
}

static size_t
count_sections(const char *text, size_t n)
{
	size_t count = 0;

	for (const char *p = text, *end = text + n;
	     (p = memchr(p, '[', (size_t)(end - p))); p++)
		count++;
	return count;
}

int
rules_read(struct rules **rules, const char *path, const char *text, size_t n,
	   const struct codes *codes, struct err *err)
{
	struct rules *r = must_alloc(sizeof(*r));
	struct rule_reader x = { .rules = r, .codes = codes, .err = err };
	struct map names;
	struct ini ini;
	int failed;

	arena_init(&r->arena, (size_t)ARENA_MB << 20);
	terms_init(&r->terms);
	map_init(&names, RULES_MOST);
	r->items = must_alloc((count_sections(text, n) + 1) * sizeof(*r->items));
	failed = ini_open(&ini, text, n, &x.at, err) || read_lines(&x, &ini, &names);
	map_release(&names);
	if (failed) {
		rules_free(r);
		return err_context(err, "%s:%d:%d", path, x.at.line, x.at.column);
	}
	*rules = r;
	return 0;
}

int
rules_open(struct rules **rules, const char *path, const struct codes *codes,
	   struct err *err)
{
	FILE *f = fopen(path, "r");
	struct buf text;
	char chunk[1 << 16];
	size_t n;
	int failed;

	if (!f)
		return err_errno(err, ERR_USAGE, "%s", path);
	buf_init(&text, (size_t)FILE_MB << 20);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&text, chunk, n);
	if (ferror(f))
		failed = err_errno(err, ERR_USAGE, "%s", path);
	else if (text.full)
		failed = err_set(err, ERR_USAGE, "%s: more than %d MB", path, FILE_MB);
	else
		failed = rules_read(rules, path, text.data ? text.data : "", text.size,
				    codes, err);
	fclose(f);
	buf_release(&text);
	return failed;
}

void
rules_free(struct rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++) {
		regex_free(r->items[i].regex);
		jq_filter_free(r->items[i].where);
	}
	terms_release(&r->terms);
	arena_release(&r->arena);
	free(r->items);
	free(r);
}

bool
rule_is_of_events(const struct rule *r)
{
	for (int i = 0; i < PART_SOURCE; i++)
		if (r->texts[i])
			return true;
	return r->score < 0 || r->score > 0 || r->casualties;
}
