#include "alert/trial.h"

#include <stdlib.h>

#include "base/mem.h"

enum { SUBJECTS_MOST = 1000000, KEYS_MB = 256 };

struct trial {
	const struct rules *rules;
	struct matcher *matcher;
	FILE *out;
	bool says_why_not;
	struct arena keys;
	struct map told; /* when_key() to struct told */
	long articles, alerts;
};

struct trial *
trial_new(const struct rules *rules, bool says_why_not, FILE *out)
{
	struct trial *t = must_alloc(sizeof(*t));

	*t = (struct trial){ .rules = rules, .says_why_not = says_why_not, .out = out };
	t->matcher = matcher_new(rules);
	arena_init(&t->keys, (size_t)KEYS_MB << 20);
	map_init(&t->told, SUBJECTS_MOST);
	return t;
}

void
trial_free(struct trial *t)
{
	if (!t)
		return;
	matcher_free(t->matcher);
	map_release(&t->told);
	arena_release(&t->keys);
	free(t);
}

/* NULL: there is no more room. */
static struct told *
told_of(struct trial *t, const struct when_key *key)
{
	struct told *told;
	char *kept;
	void **at;

	if (!key->bytes)
		return NULL;
	told = map_get(&t->told, key->bytes, key->size);
	if (told)
		return told;
	kept = arena_copy(&t->keys, key->bytes, key->size);
	at = kept ? map_put(&t->told, kept, key->size) : NULL;
	if (at)
		*at = arena_calloc(&t->keys, sizeof(struct told));
	return at ? *at : NULL;
}

static void
print_reasons(const struct trial *t, const struct reasons *why)
{
	for (size_t i = 0; i < why->count; i++)
		fprintf(t->out, "%s%s", i ? "; " : "", why->items[i]);
	putc('\n', t->out);
}

static int
print_match(struct trial *t, const struct match *match, const struct enriched *e,
	    const struct reasons *why, struct arena *arena, struct err *err)
{
	struct when_key key = when_key(match->rule, e, match->event, arena);
	struct told *told = told_of(t, &key);
	struct sight s = { e->story, match->event };
	const char *when;

	if (!told)
		return err_set(err, ERR_FATAL, "more than %d subjects", SUBJECTS_MOST);
	if (when_tells(match->rule, &s, told, arena, &when)) {
		t->alerts++;
		fprintf(t->out, "  fires  [%s] %s; ", match->rule->name, when);
	} else {
		fprintf(t->out, "  quiet  [%s] told before; ", match->rule->name);
	}
	print_reasons(t, why);
	return 0;
}

static void
print_silence(struct trial *t, const struct rule *r, const struct reasons *why)
{
	if (!t->says_why_not)
		return;
	fprintf(t->out, "  no     [%s] ", r->name);
	print_reasons(t, why);
}

int
trial_article(struct trial *t, const char *name, const struct enriched *e,
	      const char *json, size_t n, struct arena *arena, struct err *err)
{
	struct matches found;
	struct reasons why;
	size_t next = 0;

	if (matcher_find(t->matcher, e, json, n, arena, &found, err))
		return -1;
	t->articles++;
	fprintf(t->out, "%s  %s\n", name, e->article.headline ? e->article.headline : "");
	for (size_t i = 0; i < t->rules->count; i++) {
		const struct rule *r = &t->rules->items[i];
		bool holds = next < found.count && found.items[next].rule == r;

		if (!holds && !t->says_why_not)
			continue;
		if (!holds && !matcher_why(t->matcher, e, json, n, r, NULL, arena, &why))
			print_silence(t, r, &why);
		for (; next < found.count && found.items[next].rule == r; next++) {
			matcher_why(t->matcher, e, json, n, r, found.items[next].event,
				    arena, &why);
			if (print_match(t, &found.items[next], e, &why, arena, err))
				return -1;
		}
	}
	return arena_check(arena, err);
}

void
trial_end(const struct trial *t)
{
	fprintf(t->out, "%ld articles, %ld alerts\n", t->articles, t->alerts);
	if (matcher_unindexed(t->matcher))
		fprintf(t->out, "rules that every article is tried on: %zu\n",
			matcher_unindexed(t->matcher));
	for (size_t i = 0; i < t->rules->count; i++) {
		const struct rule_cost *c = matcher_cost(t->matcher, &t->rules->items[i]);

		if (c->gave_up)
			fprintf(t->out,
				"[%s] gave up %lld times: its pattern or jq takes too "
				"long\n",
				t->rules->items[i].name, (long long)c->gave_up);
	}
}
