/*
 * The columns of POLECAT's weekly files (Halterman, Bagozzi, Beger, Schrodt and
 * Scraborough 2023, doi:10.7910/DVN/AJGVIT): parted by tabs, with a first line
 * of names; what is several in a cell is parted by semicolons.  The names and
 * their order are those of the published files as we know them; there was
 * none at hand to compare with.
 */
#include <stdio.h>
#include <string.h>

#include "record/view.h"

enum { ID, DATE, TYPE, MODE, CONTEXTS };

VIEW_CELL(event_text)
{
	const struct event *e = c->event;
	int y, m, d;

	switch (column->which) {
	case ID:
		buf_adds(out, e->id);
		break;
	case DATE:
		if (view_date(e->date, &y, &m, &d))
			buf_printf(out, "%04d-%02d-%02d", y, m, d);
		break;
	case TYPE:
		buf_adds(out, e->type);
		break;
	case MODE:
		view_print_words(&e->modes, ";", out);
		break;
	case CONTEXTS:
		view_print_words(&e->contexts, ";", out);
		break;
	}
}

VIEW_CELL(intensity)
{
	(void)column;
	if (c->event->has_score)
		buf_printf(out, "%g", c->event->score);
}

VIEW_CELL(quad)
{
	static const char *const names[] = { "", "VERBAL COOPERATION",
					     "MATERIAL COOPERATION", "VERBAL CONFLICT",
					     "MATERIAL CONFLICT" };

	(void)column;
	buf_adds(out, names[c->event->quad]);
}

enum { NAME, COUNTRY, SECTOR, SECTORS, RAW };

static void
print_actor(const struct actor *a, int what, struct buf *out)
{
	switch (what) {
	case NAME:
		buf_adds(out, a->name ? a->name : "");
		break;
	case COUNTRY:
		buf_adds(out, a->country ? a->country : "");
		break;
	case SECTOR:
		buf_adds(out, a->sectors.count ? a->sectors.items[0] : "");
		break;
	case SECTORS:
		view_print_words(&a->sectors, ",", out);
		break;
	case RAW:
		buf_adds(out, a->span.text);
		break;
	}
}

/*
 * which: the side, and from 10 on what of it.  Each actor keeps its place, so
 * that the cells of a side can be read together; none known is an empty cell.
 */
VIEW_CELL(actor)
{
	const struct actors *side = c->sides[column->which % 10];
	size_t before = out->size, known = 0;

	for (size_t i = 0; i < side->count; i++) {
		size_t start;

		if (i > 0)
			buf_addc(out, ';');
		start = out->size;
		print_actor(&side->items[i], column->which / 10, out);
		known += out->size > start;
	}
	if (!known)
		out->size = before;
}

enum { PLACE, PLACE_COUNTRY, PLACE_RAW, LATITUDE, LONGITUDE };

VIEW_CELL(location)
{
	const struct actor *place = c->event->location;

	if (!place)
		return;
	switch (column->which) {
	case PLACE:
		buf_adds(out, place->name ? place->name : "");
		break;
	case PLACE_COUNTRY:
		buf_adds(out, place->country ? place->country : "");
		break;
	case PLACE_RAW:
		buf_adds(out, place->span.text);
		break;
	case LATITUDE:
	case LONGITUDE:
		if (place->has_point)
			buf_printf(out, "%.6g",
				   column->which == LATITUDE ? place->lat : place->lon);
		break;
	}
}

enum { SOURCE, PUBLISHED, LANGUAGE };

VIEW_CELL(story_text)
{
	const struct article *a = &c->record->article;
	const char *published = a->firstcreated ? a->firstcreated : a->versioncreated;
	int y, m, d;

	switch (column->which) {
	case SOURCE:
		buf_adds(out, a->infosource ? a->infosource : "");
		break;
	case PUBLISHED:
		if (view_date(published, &y, &m, &d))
			buf_printf(out, "%04d-%02d-%02d", y, m, d);
		break;
	case LANGUAGE:
		buf_adds(out, a->language ? a->language : "");
		break;
	}
}

/* which: the type of entity. */
VIEW_CELL(story_entities)
{
	size_t n = 0;

	for (size_t i = 0; i < c->record->entity_count; i++) {
		const struct entity *e = &c->record->entities[i];

		if ((int)e->type != column->which)
			continue;
		if (n++ > 0)
			buf_addc(out, ';');
		buf_adds(out, e->name ? e->name : e->span.text);
	}
}

VIEW_CELL(version)
{
	(void)column;
	buf_printf(out, "newswire %s", c->record->extractor.version);
}

/* clang-format off */
#define ACTOR(name, n) \
	{ name " Name", actor, 10 * NAME + n }, \
	{ name " Country", actor, 10 * COUNTRY + n }, \
	{ name " COW", NULL, 0 }, \
	{ "Primary " name " Sector", actor, 10 * SECTOR + n }, \
	{ name " Sectors", actor, 10 * SECTORS + n }, \
	{ name " Title", NULL, 0 }, \
	{ name " Name Raw", actor, 10 * RAW + n }, \
	{ "Wikipedia " name " ID", NULL, 0 }

static const struct view_column columns[] = {
	{ "Event ID", event_text, ID },
	{ "Event Date", event_text, DATE },
	{ "Event Type", event_text, TYPE },
	{ "Event Mode", event_text, MODE },
	{ "Intensity", intensity, 0 },
	{ "Quad Code", quad, 0 },
	{ "Contexts", event_text, CONTEXTS },
	ACTOR("Actor", VIEW_ACTOR),
	ACTOR("Recipient", VIEW_RECIPIENT),
	{ "Placename", location, PLACE },
	{ "City", NULL, 0 },
	{ "District", NULL, 0 },
	{ "Province", NULL, 0 },
	{ "Country", location, PLACE_COUNTRY },
	{ "Latitude", location, LATITUDE },
	{ "Longitude", location, LONGITUDE },
	{ "GeoNames ID", NULL, 0 },
	{ "Raw Placename", location, PLACE_RAW },
	{ "Feature Type", NULL, 0 },
	{ "Source", story_text, SOURCE },
	{ "Publication Date", story_text, PUBLISHED },
	{ "Story People", story_entities, ENTITY_PER },
	{ "Story Organizations", story_entities, ENTITY_ORG },
	{ "Story Locations", story_entities, ENTITY_LOC },
	{ "Language", story_text, LANGUAGE },
	{ "Version", version, 0 },
	{ 0 },
};
/* clang-format on */

const struct view view_polecat = {
	.name = "polecat",
	.suffix = "txt",
	.delimiter = '\t',
	.head = true,
	.columns = columns,
};
