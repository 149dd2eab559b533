/*
 * PLOVER's attributes of an event (manual of the Open Event Data Alliance,
 * 2022) as one line of JSON: event and mode, context, actor and recipient with
 * country and sector, place, date, intensity and quad, then who coded what
 * text.  The manual names the attributes and leaves their spelling in files
 * open; members whose value is unknown are not there.
 */
#include <stdio.h>
#include <string.h>

#include "record/json.h"
#include "record/view.h"

enum { ID, DATE, DATE_END, EVENT, CAMEO };

VIEW_CELL(text)
{
	const struct event *e = c->event;
	const char *const values[] = {
		[ID] = e->id,      [DATE] = e->date,   [DATE_END] = e->date_end,
		[EVENT] = e->type, [CAMEO] = e->cameo,
	};

	json_text(out, column->name, values[column->which]);
}

enum { MODE, CONTEXT, AUX };

static void
print_list(const struct names *names, const char *name, struct buf *out)
{
	if (names->count == 0)
		return;
	json_open(out, name, '[');
	for (size_t i = 0; i < names->count; i++)
		json_text(out, NULL, names->items[i]);
	json_close(out, ']');
}

VIEW_CELL(words)
{
	const struct event *e = c->event;
	const struct names *const lists[] = {
		[MODE] = &e->modes, [CONTEXT] = &e->contexts, [AUX] = &e->aux
	};

	print_list(lists[column->which], column->name, out);
}

VIEW_CELL(actors)
{
	const struct actors *side = c->sides[column->which];

	if (side->count == 0)
		return;
	json_open(out, column->name, '[');
	for (size_t i = 0; i < side->count; i++) {
		const struct actor *a = &side->items[i];

		json_open(out, NULL, '{');
		json_text(out, "country", a->country);
		print_list(&a->sectors, "sector", out);
		json_text(out, "name", a->name);
		json_text(out, "text", a->span.text);
		json_close(out, '}');
	}
	json_close(out, ']');
}

VIEW_CELL(location)
{
	const struct actor *place = c->event->location;

	if (!place)
		return;
	json_open(out, column->name, '{');
	json_text(out, "name", place->name ? place->name : place->span.text);
	json_text(out, "country", place->country);
	if (place->has_point) {
		json_double(out, "lat", place->lat);
		json_double(out, "lon", place->lon);
	}
	json_close(out, '}');
}

VIEW_CELL(score)
{
	if (c->event->has_score)
		json_double(out, column->name, c->event->score);
}

VIEW_CELL(quad)
{
	json_int(out, column->name, c->event->quad);
}

enum { URI, HEADLINE, PUBLISHED, PUBLISHER, LANGUAGE };

VIEW_CELL(story)
{
	const struct article *a = &c->record->article;
	const char *const values[] = {
		[URI] = a->uri,
		[HEADLINE] = a->headline,
		[PUBLISHED] = a->firstcreated ? a->firstcreated : a->versioncreated,
		[PUBLISHER] = a->infosource,
		[LANGUAGE] = a->language,
	};

	json_text(out, column->name, values[column->which]);
}

VIEW_CELL(coder)
{
	(void)c;
	json_text(out, column->name, "newswire");
}

VIEW_CELL(version)
{
	json_text(out, column->name, c->record->extractor.version);
}

/* clang-format off */
static const struct view_column columns[] = {
	{ "id", text, ID },
	{ "date", text, DATE },
	{ "date_end", text, DATE_END },
	{ "event", text, EVENT },
	{ "mode", words, MODE },
	{ "context", words, CONTEXT },
	{ "actor", actors, VIEW_ACTOR },
	{ "recipient", actors, VIEW_RECIPIENT },
	{ "location", location, 0 },
	{ "score", score, 0 },
	{ "quad", quad, 0 },
	{ "cameo", text, CAMEO },
	{ "aux", words, AUX },
	{ "headline", story, HEADLINE },
	{ "url", story, URI },
	{ "published", story, PUBLISHED },
	{ "publisher", story, PUBLISHER },
	{ "language", story, LANGUAGE },
	{ "coder", coder, 0 },
	{ "version", version, 0 },
	{ 0 },
};
/* clang-format on */

const struct view view_plover = {
	.name = "plover",
	.suffix = "jsonl",
	.columns = columns,
};
