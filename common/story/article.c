#include "story/article.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "record/enriched.h"
#include "time/clock.h"
#include "time/date.h"

enum { FAR_DAYS = 30 };

static int64_t
event_time(const struct article *a, int64_t arrived_ms)
{
	struct wall t;

	if ((a->versioncreated && !wall_parse(&t, a->versioncreated)) ||
	    (a->firstcreated && !wall_parse(&t, a->firstcreated)))
		return t.ms < arrived_ms ? t.ms : arrived_ms;
	return arrived_ms;
}

/* A day far from when it was written is of a look back, or misread. */
static struct happening
main_event(const struct enriched *e, int64_t written_ms)
{
	struct wall t;

	for (size_t i = 0; i < e->event_count; i++) {
		const struct event *x = &e->events[i];

		if (x->main && x->date && !x->date_end && !wall_parse(&t, x->date) &&
		    llabs(t.ms - written_ms) < (int64_t)FAR_DAYS * 86400000)
			return (struct happening){ hash_bytes(x->type, strlen(x->type)) & 255,
						   (uint16_t)(t.ms / 86400000) };
	}
	return (struct happening){ 0 };
}

int
story_article_read(struct story_article *a, const struct enriched *e, int64_t arrived_ms,
		   struct arena *arena, struct err *err)
{
	const struct article *from = &e->article;
	const char *source = from->infosource ? from->infosource : "";

	*a = (struct story_article){
		.uri = from->uri,
		.headline = from->headline,
		.version = from->version,
		.versioncreated = from->versioncreated,
		.epoch = e->extractor.epoch,
		.time_ms = event_time(from, arrived_ms),
		.source = hash_bytes(source, strlen(source)),
		.withdrawn = article_is_withdrawn(from),
	};
	a->main = main_event(e, a->time_ms);
	if (from->body_text)
		sketch_read(&a->sketch, from->body_text, strlen(from->body_text));
	return terms_read(&a->terms, e, arena, err);
}
