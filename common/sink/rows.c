/*
 * The columns themselves: the tables in sqlite_01.sql and postgres_01.sql have
 * them in the order of these calls.
 */
#include "sink/rows.h"

#include <math.h>

struct rows {
	int64_t id;
	row_taker take;
	void *arg;
};

static int
put(const struct rows *rows, enum row_table table, struct err *err, const char *kinds,
    ...)
{
	va_list values;
	int failed;

	va_start(values, kinds);
	failed = rows->take(rows->arg, table, err, kinds, values);
	va_end(values);
	return failed;
}

int
rows_of_article(const struct enriched *e, int64_t id, row_taker take, void *arg,
		struct err *err)
{
	const struct rows rows = { id, take, arg };
	const struct article *a = &e->article;

	return put(&rows, ROW_ARTICLE, err, "kttttttttttttttoottltt", id, a->uri,
		   a->version, a->versioncreated, a->firstcreated, a->pubstatus,
		   a->language, a->headline, a->byline, a->located, a->slugline,
		   a->body_text, a->infosource, a->usageterms, a->copyrightholder,
		   a->urgency ? a->urgency : -1, (int)a->wordcount, e->meta,
		   e->extractor.version, (int64_t)e->extractor.epoch,
		   e->extractor.model, e->extractor.lexicon);
}

static int
put_actor(const struct rows *rows, int event, const char *role, int number,
	  const struct actor *a, struct err *err)
{
	return put(rows, ROW_ACTOR, err, "litisttntrr", rows->id, event, role, number,
		   &a->span, a->name, a->country, &a->sectors, a->id,
		   a->has_point ? a->lat : NAN, a->has_point ? a->lon : NAN);
}

static int
put_actors(const struct rows *rows, int event, const char *role,
	   const struct actors *actors, struct err *err)
{
	for (size_t i = 0; i < actors->count; i++)
		if (put_actor(rows, event, role, (int)i, &actors->items[i], err))
			return -1;
	return 0;
}

static int
put_event_row(const struct rows *rows, int n, const struct event *e, struct err *err)
{
	return put(rows, ROW_EVENT, err,
		   "litbt"   /* article .. type */
		   "nnn"     /* mode, context, aux */
		   "torrt"   /* cameo .. medtop */
		   "ttddttt" /* trigger .. quote */
		   "ooo"     /* dead, injured, arrested */
		   "itii"    /* sentence .. stop */
		   "rt",
		   rows->id, n, e->id, (int)e->main, e->type, &e->modes, &e->contexts,
		   &e->aux, e->cameo, e->quad ? e->quad : -1,
		   e->has_score ? e->score : NAN, e->has_score ? e->goldstein : NAN,
		   e->medtop, e->trigger.text, e->lemma, e->date, e->date_end,
		   e->date_value, e->date_text, e->quote, e->dead, e->injured,
		   e->arrested, e->sentence, e->in_headline ? "headline" : "body",
		   e->start, e->end, e->confidence, e->pattern);
}

static int
put_event(const struct rows *rows, int n, const struct event *e, struct err *err)
{
	if (put_event_row(rows, n, e, err) ||
	    put_actors(rows, n, "actor", &e->actor, err) ||
	    put_actors(rows, n, "recipient", &e->recipient, err) ||
	    (e->location && put_actor(rows, n, "location", 0, e->location, err)) ||
	    (e->attribution &&
	     put_actor(rows, n, "attribution", 0, e->attribution, err)))
		return -1;
	return 0;
}

static int
put_time(const struct rows *rows, int n, const struct timex *t, struct err *err)
{
	static const char *const names[] = { [TIMEX_DATE] = "DATE",
					     [TIMEX_TIME] = "TIME",
					     [TIMEX_DURATION] = "DURATION",
					     [TIMEX_SET] = "SET" };

	return put(rows, ROW_TIME, err, "listt", rows->id, n, &t->span, names[t->type],
		   t->value);
}

static int
put_quote(const struct rows *rows, int n, const struct quote *q, struct err *err)
{
	static const struct actor nobody;
	const struct actor *who = q->speaker ? q->speaker : &nobody;

	return put(rows, ROW_QUOTE, err, "lisbsttnt", rows->id, n, &q->span,
		   (int)q->direct, q->speaker ? &who->span : NULL, who->name,
		   who->country, &who->sectors, who->id);
}

static int
put_entity(const struct rows *rows, int n, const struct entity *e, struct err *err)
{
	static const char *const names[] = { [ENTITY_PER] = "PER",
					     [ENTITY_ORG] = "ORG",
					     [ENTITY_LOC] = "LOC",
					     [ENTITY_MISC] = "MISC" };

	if (put(rows, ROW_ENTITY, err, "listtttrr", rows->id, n, &e->span,
		names[e->type], e->name, e->country, e->id, e->has_point ? e->lat : NAN,
		e->has_point ? e->lon : NAN))
		return -1;
	for (size_t i = 0; i < e->mention_count; i++)
		if (put(rows, ROW_MENTION, err, "liis", rows->id, n, (int)i,
			&e->mentions[i]))
			return -1;
	return 0;
}

int
rows_of_parts(const struct enriched *e, int64_t id, row_taker take, void *arg,
	      struct err *err)
{
	const struct rows rows = { id, take, arg };

	for (size_t i = 0; i < e->event_count; i++)
		if (put_event(&rows, (int)i, &e->events[i], err))
			return -1;
	for (size_t i = 0; i < e->time_count; i++)
		if (put_time(&rows, (int)i, &e->times[i], err))
			return -1;
	for (size_t i = 0; i < e->quote_count; i++)
		if (put_quote(&rows, (int)i, &e->quotes[i], err))
			return -1;
	for (size_t i = 0; i < e->entity_count; i++)
		if (put_entity(&rows, (int)i, &e->entities[i], err))
			return -1;
	return 0;
}
