#include "event/example.h"

#include <stdio.h>
#include <string.h>

#include "event/inflect.h"

void
example_unmark(const char *marked, const char *instead, struct example *out)
{
	const char *open = strchr(marked, '*'), *close = strchr(open + 1, '*');
	int n = instead ? (int)strlen(instead) : (int)(close - open - 1);

	snprintf(out->text, sizeof(out->text), "%.*s%.*s%s", (int)(open - marked), marked,
		 n, instead ? instead : open + 1, close + 1);
	out->start = (int)(open - marked);
	out->end = out->start + n;
}

static bool
triggers(const struct word *w, const struct pattern *p)
{
	const struct reading *r = w ? w->readings : NULL;

	while (r && r->pattern != p)
		r = r->next;
	return r != NULL;
}

/* Does the marked word trigger another verb of the row? */
static bool
is_of_row(const struct lexicon *x, const struct word *w, const struct pattern *p)
{
	for (size_t i = 0; i < lexicon_pattern_count(x); i++) {
		const struct pattern *q = lexicon_pattern(x, i);

		if (q->line == p->line && q->count == 1 && triggers(w, q))
			return true;
	}
	return false;
}

bool
example_of(const struct lexicon *x, const struct pattern *p, struct example *out)
{
	const char *open = strchr(p->example, '*') + 1, *close = strchr(open, '*');
	const struct word *w;
	struct verb_forms f;
	char marked[128];

	snprintf(marked, sizeof(marked), "%.*s", (int)(close - open), open);
	for (char *c = marked; *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
	example_unmark(p->example, NULL, out);
	if (p->is_noun || p->count > 1)
		return strstr(marked, p->words[p->is_noun ? p->count - 1 : 0]) &&
		       (p->count == 1 ||
			strstr(p->example, p->words[p->is_noun ? 0 : 1]));
	w = lexicon_word(x, marked);
	if (triggers(w, p))
		return true;
	if (!is_of_row(x, w, p))
		return false;
	inflect_verb(p->words[0], &f);
	snprintf(marked, sizeof(marked), "%s",
		 w->forms & FORM_PAST  ? f.past
		 : w->forms & FORM_ING ? f.ing
		 : w->forms & FORM_S   ? f.s
				       : p->words[0]);
	example_unmark(p->example, marked, out);
	/* an irregular verb has no such form: it is tried in its base's place elsewhere
	 */
	return lexicon_word(x, marked) != NULL;
}

const struct event *
example_event(const struct enriched *e, const struct example *x)
{
	for (size_t i = 0; i < e->event_count; i++)
		if (e->events[i].trigger.start < x->end &&
		    e->events[i].trigger.end > x->start)
			return &e->events[i];
	return NULL;
}
