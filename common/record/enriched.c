/* The rows below are the record: its members, their order, what may be null. */
#include "record/enriched.h"

#include "record/article_member.h"
#include "record/field.h"
#include "record/json.h"
#include "record/tree.h"

static const char *const places[] = { "body", "headline", NULL };
static const char *const timex_types[] = { "DATE", "TIME", "DURATION", "SET", NULL };
static const char *const entity_types[] = { "PER", "ORG", "LOC", "MISC", NULL };

/* Where a text stands; the text itself is a row of its own, and comes earlier. */
#define PLACE(S, span)                                                              \
	WORD(S, span.in_headline, bool, "in", places), INT(S, span.start, "start"), \
	    INT(S, span.end, "end")

static const struct field actor_fields[] = {
	TEXT(actor, span.text, "text"),
	TEXT_NULL(actor, name, "name"),
	TEXT_NULL(actor, country, "country"),
	NAMES(actor, sectors, "sector"),
	TEXT_NULL(actor, id, "id"),
	PLACE(actor, span),
	{ 0 },
};

static const struct field location_fields[] = {
	TEXT(actor, span.text, "text"),
	TEXT_NULL(actor, name, "name"),
	TEXT_NULL(actor, country, "country"),
	PAIR(actor, has_point, lat, "lat", lon, "lon"),
	TEXT_NULL(actor, id, "id"),
	PLACE(actor, span),
	{ 0 },
};

static const struct field trigger_fields[] = {
	TEXT(event, trigger.text, "text"),
	TEXT(event, lemma, "lemma"),
	PLACE(event, trigger),
	{ 0 },
};

static const struct field casualty_fields[] = {
	INT_NULL(event, dead, "dead", -1),
	INT_NULL(event, injured, "injured", -1),
	INT_NULL(event, arrested, "arrested", -1),
	{ 0 },
};

static const struct field event_fields[] = {
	TEXT(event, id, "id"),
	BOOL(event, main, "main"),
	TEXT(event, type, "type"),
	NAMES(event, modes, "mode"),
	NAMES(event, contexts, "context"),
	NAMES(event, aux, "aux"),
	TEXT_NULL(event, cameo, "cameo"),
	INT_NULL(event, quad, "quad", 0),
	PAIR(event, has_score, score, "score", goldstein, "goldstein"),
	TEXT_NULL(event, medtop, "medtop"),
	OBJECT("trigger", trigger_fields),
	LIST(event, actor.items, actor.count, struct actor, "actor", actor_fields),
	LIST(event, recipient.items, recipient.count, struct actor, "recipient",
	     actor_fields),
	ONE(event, location, struct actor, "location", location_fields),
	TEXT_NULL(event, date, "date"),
	TEXT_NULL(event, date_end, "date_end"),
	TEXT_NULL(event, date_value, "date_value"),
	TEXT_NULL(event, date_text, "date_text"),
	ONE(event, attribution, struct actor, "attribution", actor_fields),
	TEXT_NULL(event, quote, "quote"),
	OBJECT("casualties", casualty_fields),
	INT(event, sentence, "sentence"),
	WORD(event, in_headline, bool, "in", places),
	INT(event, start, "start"),
	INT(event, end, "end"),
	REAL(event, confidence, "confidence"),
	TEXT(event, pattern, "pattern"),
	{ 0 },
};

static const struct field time_fields[] = {
	TEXT(timex, span.text, "text"),
	PLACE(timex, span),
	WORD(timex, type, enum timex_type, "type", timex_types),
	TEXT(timex, value, "value"),
	{ 0 },
};

static const struct field quote_fields[] = {
	TEXT(quote, span.text, "text"),
	PLACE(quote, span),
	ONE(quote, speaker, struct actor, "speaker", actor_fields),
	BOOL(quote, direct, "direct"),
	{ 0 },
};

static const struct field mention_fields[] = {
	TEXT(span, text, "text"),
	WORD(span, in_headline, bool, "in", places),
	INT(span, start, "start"),
	INT(span, end, "end"),
	{ 0 },
};

static const struct field entity_fields[] = {
	TEXT(entity, span.text, "text"),
	PLACE(entity, span),
	WORD(entity, type, enum entity_type, "type", entity_types),
	TEXT_NULL(entity, name, "name"),
	TEXT_NULL(entity, country, "country"),
	PAIR(entity, has_point, lat, "lat", lon, "lon"),
	TEXT_NULL(entity, id, "id"),
	LIST(entity, mentions, mention_count, struct span, "mentions", mention_fields),
	{ 0 },
};

static const struct field extractor_fields[] = {
	TEXT(enriched, extractor.version, "version"),
	LONG(enriched, extractor.epoch, "epoch"),
	TEXT_NULL(enriched, extractor.model, "model"),
	TEXT_NULL(enriched, extractor.lexicon, "lexicon"),
	{ 0 },
};

static void
print_article(const void *base, const char *name, struct buf *out)
{
	article_print_as(&((const struct enriched *)base)->article, name, out);
}

static int
read_article(void *base, struct cursor *c)
{
	struct enriched *e = base;

	return article_read(&e->article, c) ? err_context(c->err, "article") : 0;
}

static void
print_meta(const void *base, const char *name, struct buf *out)
{
	const struct enriched *e = base;

	json_raw(out, name, e->meta ? e->meta : "{}");
}

static int
take_object(const char **text, json_t *tree, struct arena *arena, struct err *err)
{
	int rc;

	if (!tree)
		return err_context(err, "meta");
	rc = json_is_object(tree) ? tree_text(text, tree, arena, err)
				  : err_set(err, ERR_REJECT, "meta is no object");
	json_decref(tree);
	return rc;
}

static int
read_meta(void *base, struct cursor *c)
{
	struct enriched *e = base;

	return take_object(&e->meta, tree_read(c), c->arena, c->err);
}

static void
print_story(const void *base, const char *name, struct buf *out)
{
	const struct enriched *e = base;

	if (!e->story)
		return;
	json_open(out, name, '{');
	fields_print(story_fields, e->story, out);
	json_close(out, '}');
}

static int
read_story(void *base, struct cursor *c)
{
	struct enriched *e = base;
	struct story *s = arena_calloc(c->arena, sizeof(*s));

	e->story = s;
	if (!s)
		return arena_check(c->arena, c->err);
	return fields_read(story_fields, s, c) ? err_context(c->err, "story") : 0;
}

static const struct field fields[] = {
	CUSTOM("article", print_article, read_article),
	CUSTOM("meta", print_meta, read_meta),
	LIST(enriched, events, event_count, struct event, "events", event_fields),
	LIST(enriched, times, time_count, struct timex, "times", time_fields),
	LIST(enriched, quotes, quote_count, struct quote, "quotes", quote_fields),
	LIST(enriched, entities, entity_count, struct entity, "entities", entity_fields),
	CUSTOM_MAYBE("story", print_story, read_story),
	OBJECT("extractor", extractor_fields),
	{ 0 },
};

int
enriched_parse(struct enriched *e, const char *json, size_t n, struct arena *arena,
	       struct err *err)
{
	struct cursor c;

	cursor_init(&c, json, n, arena, err);
	*e = (struct enriched){ 0 };
	return fields_read(fields, e, &c) || cursor_end(&c) || arena_check(arena, err)
		   ? -1
		   : 0;
}

void
enriched_print(const struct enriched *e, struct buf *out)
{
	json_open(out, NULL, '{');
	fields_print(fields, e, out);
	json_close(out, '}');
}

void
enriched_print_event(const struct enriched *e, size_t event, struct buf *out)
{
	const struct article *a = &e->article;

	json_open(out, NULL, '{');
	json_text(out, "uri", a->uri);
	json_text(out, "version", a->version ? a->version : "1");
	json_text(out, "versioncreated", a->versioncreated);
	json_text(out, "language", a->language);
	json_text(out, "headline", a->headline);
	json_int(out, "number", (int64_t)event + 1);
	json_int(out, "of", (int64_t)e->event_count);
	fields_print(event_fields, &e->events[event], out);
	json_open(out, "extractor", '{');
	fields_print(extractor_fields, e, out);
	json_close(out, '}');
	json_close(out, '}');
}

int
meta_parse(const char **meta, const char *json, size_t n, struct arena *arena,
	   struct err *err)
{
	*meta = NULL;
	return n == 0 ? 0 : take_object(meta, tree_load(json, n, err), arena, err);
}
