#include "record/event_diff.h"

#include <string.h>

#include "base/mem.h"
#include "record/tree.h"

enum { MOST_FIELDS = 64 };

/* ---- one extraction ---- */

static int
read_article(struct cursor *c, const struct slice *name, void *arg)
{
	struct extraction *x = arg;
	const char **text = slice_is(name, "uri")        ? &x->uri
			    : slice_is(name, "version")  ? &x->version
			    : slice_is(name, "headline") ? &x->headline
							 : NULL;

	return text ? cursor_text(c, text) : cursor_pass(c);
}

static int
read_extractor(struct cursor *c, const struct slice *name, void *arg)
{
	struct extraction *x = arg;
	struct number epoch;

	if (!slice_is(name, "epoch"))
		return cursor_pass(c);
	if (cursor_number(c, &epoch))
		return -1;
	x->epoch = (long)epoch.whole;
	return 0;
}

static int
read_events(struct extraction *x, struct cursor *c)
{
	struct slice s;

	if (cursor_skip(c, &s))
		return -1;
	x->events = s.text;
	x->size = s.size;
	return 0;
}

static int
read_member(struct cursor *c, const struct slice *name, void *arg)
{
	if (slice_is(name, "article"))
		return cursor_object(c, read_article, arg);
	if (slice_is(name, "events"))
		return read_events(arg, c);
	return slice_is(name, "extractor") ? cursor_object(c, read_extractor, arg)
					   : cursor_pass(c);
}

int
extraction_parse(struct extraction *x, const char *json, size_t n, struct arena *arena,
		 struct err *err)
{
	struct cursor c;

	*x = (struct extraction){ .version = "1", .headline = "" };
	cursor_init(&c, json, n, arena, err);
	if (cursor_object(&c, read_member, x) || cursor_end(&c) || arena_check(arena, err))
		return err_context(err, "no enriched record");
	if (!x->uri || !x->events || x->events[0] != '[')
		return err_set(err, ERR_REJECT, "no enriched record: it lacks %s",
			       x->uri ? "a list of events" : "the uri of its article");
	return 0;
}

/* ---- which event is which ---- */

static const char *
text_of(json_t *event, const char *name)
{
	const char *text = json_string_value(json_object_get(event, name));

	return text ? text : "";
}

static json_int_t
number_of(json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static bool
has_same_id(json_t *a, json_t *b)
{
	return *text_of(a, "id") && !strcmp(text_of(a, "id"), text_of(b, "id"));
}

static bool
has_same_trigger(json_t *a, json_t *b)
{
	json_t *s = json_object_get(a, "trigger"), *t = json_object_get(b, "trigger");

	return s && t && !strcmp(text_of(s, "in"), text_of(t, "in")) &&
	       number_of(s, "start") == number_of(t, "start") &&
	       number_of(s, "end") == number_of(t, "end");
}

/* Characters in common, of events of one type: another type from other words is another
 * event. */
static json_int_t
overlap(json_t *a, json_t *b)
{
	json_int_t start = number_of(a, "start"), end = number_of(a, "end");

	if (strcmp(text_of(a, "in"), text_of(b, "in")) ||
	    strcmp(text_of(a, "type"), text_of(b, "type")))
		return 0;
	if (number_of(b, "start") > start)
		start = number_of(b, "start");
	if (number_of(b, "end") < end)
		end = number_of(b, "end");
	return end > start ? end - start : 0;
}

struct pairing {
	json_t *before, *after; /* lists */
	size_t n, m;
	size_t *of_before, *of_after; /* index + 1 of the other; 0: none */
};

static void
pair(struct pairing *p, size_t i, size_t j)
{
	p->of_before[i] = j + 1;
	p->of_after[j] = i + 1;
}

static void
pair_if(struct pairing *p, bool (*alike)(json_t *, json_t *))
{
	for (size_t i = 0; i < p->n; i++)
		for (size_t j = 0; !p->of_before[i] && j < p->m; j++)
			if (!p->of_after[j] && alike(json_array_get(p->before, i),
						     json_array_get(p->after, j)))
				pair(p, i, j);
}

/* The most that any two have in common, then the next, until none has any. */
static void
pair_by_span(struct pairing *p)
{
	for (;;) {
		json_int_t most = 0;
		size_t x = 0, y = 0;

		for (size_t i = 0; i < p->n; i++)
			for (size_t j = 0; !p->of_before[i] && j < p->m; j++) {
				json_int_t now =
				    p->of_after[j] ? 0
						   : overlap(json_array_get(p->before, i),
							     json_array_get(p->after, j));

				if (now <= most)
					continue;
				most = now;
				x = i;
				y = j;
			}
		if (most == 0)
			return;
		pair(p, x, y);
	}
}

/* ---- what is told ---- */

static const char *
first_actor(json_t *event, const char *name)
{
	json_t *actor = json_array_get(json_object_get(event, name), 0);
	const char *known = text_of(actor, "name");

	return *known ? known : text_of(actor, "text");
}

/* "ACCUSE: Western officials > Pyongyang, 2025-08-31 (accused)" */
static const char *
in_words(json_t *event, struct arena *arena)
{
	const char *actor = first_actor(event, "actor"),
		   *recipient = first_actor(event, "recipient"),
		   *date = text_of(event, "date"),
		   *trigger = text_of(json_object_get(event, "trigger"), "text");

	return arena_printf(arena, "%s: %s%s%s%s%s (%s)", text_of(event, "type"),
			    *actor ? actor : "?", *recipient ? " > " : "", recipient,
			    *date ? ", " : "", date, trigger);
}

static size_t
changed_fields(json_t *a, json_t *b, const char **fields)
{
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach(a, name, value)
	{
		json_t *other = json_object_get(b, name);

		if (strcmp(name, "id") && n < MOST_FIELDS &&
		    (!other || !json_equal(value, other)))
			fields[n++] = name;
	}
	json_object_foreach(b, name, value)
	{
		if (strcmp(name, "id") && n < MOST_FIELDS && !json_object_get(a, name))
			fields[n++] = name;
	}
	return n;
}

struct teller {
	struct arena *arena;
	event_difference_f *f;
	void *arg;
};

static void
tell(const struct teller *t, json_t *before, json_t *after)
{
	const char *fields[MOST_FIELDS];
	struct event_difference d = {
		.type = text_of(before ? before : after, "type"),
		.fields = fields,
		.before = before ? in_words(before, t->arena) : NULL,
		.after = after ? in_words(after, t->arena) : NULL,
	};

	d.change = before ? EVENT_GONE : EVENT_ADDED;
	if (before && after) {
		d.field_count = changed_fields(before, after, fields);
		d.change = d.field_count ? EVENT_CHANGED : EVENT_SAME;
	}
	t->f(t->arg, &d);
}

static void
tell_all(const struct pairing *p, const struct teller *t)
{
	for (size_t i = 0; i < p->n; i++)
		tell(t, json_array_get(p->before, i),
		     p->of_before[i] ? json_array_get(p->after, p->of_before[i] - 1)
				     : NULL);
	for (size_t j = 0; j < p->m; j++)
		if (!p->of_after[j])
			tell(t, NULL, json_array_get(p->after, j));
}

/* ---- nothing has changed ---- */

static int
read_type(struct cursor *c, const struct slice *name, void *arg)
{
	return slice_is(name, "type") ? cursor_text(c, arg) : cursor_pass(c);
}

/* Most articles are the same on both sides: they need no trees. */
static int
tell_same(const char *events, size_t n, const struct teller *t, struct err *err)
{
	struct event_difference d = { .change = EVENT_SAME };
	struct cursor c;
	bool first = true;
	int rc;

	cursor_init(&c, events, n, t->arena, err);
	if (cursor_bracket(&c, '['))
		return -1;
	while ((rc = cursor_item(&c, &first)) > 0) {
		d.type = "";
		if (cursor_object(&c, read_type, &d.type))
			return -1;
		t->f(t->arg, &d);
	}
	return rc || cursor_end(&c) ? -1 : arena_check(t->arena, err);
}

int
events_compare(const char *before, size_t n, const char *after, size_t m,
	       struct arena *arena, event_difference_f *f, void *arg, struct err *err)
{
	struct teller t = { arena, f, arg };
	struct pairing p = { 0 };

	if (n == m && !memcmp(before, after, n))
		return tell_same(before, n, &t, err);
	p.before = tree_load(before, n, err);
	if (p.before)
		p.after = tree_load(after, m, err);
	p.n = json_array_size(p.before);
	p.m = json_array_size(p.after);
	p.of_before = arena_calloc(arena, (p.n + 1) * sizeof(*p.of_before));
	p.of_after = arena_calloc(arena, (p.m + 1) * sizeof(*p.of_after));
	if (p.after && !arena_check(arena, err)) {
		pair_if(&p, has_same_id);
		pair_if(&p, has_same_trigger);
		pair_by_span(&p);
		tell_all(&p, &t);
	}
	json_decref(p.before);
	if (!p.after)
		return -1;
	json_decref(p.after);
	return arena_check(arena, err);
}
