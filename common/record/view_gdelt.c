/*
 * The 61 columns of a GDELT 2.0 event, in the order of "The GDELT Event
 * Database Data Format Codebook V2.0" (2015): parted by tabs, without a first
 * line of names.  A row stands for one report of one article, so the three
 * counts are 1; there is no tone.
 *
 * A dyad has one actor on each side: the first of ours, and where all are
 * actors of one another (a meeting, a clash) the second as Actor2.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "record/cameo.h"
#include "record/view.h"
#include "time/clock.h"

static const struct actor *
side(const struct view_cell *c, int which)
{
	const struct actors *own = c->sides[which];

	if (own->count > 0)
		return &own->items[0];
	return which == VIEW_RECIPIENT && c->sides[VIEW_ACTOR]->count > 1
		   ? &c->sides[VIEW_ACTOR]->items[1]
		   : NULL;
}

VIEW_CELL(one)
{
	(void)c;
	(void)column;
	buf_adds(out, "1");
}

/* A number of 63 bits of our id, by FNV-1a. */
VIEW_CELL(event_id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	(void)column;
	for (const char *p = c->event->id; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	buf_printf(out, "%" PRIu64, h >> 1);
}

enum { DAY, MONTH, YEAR, FRACTION };

VIEW_CELL(date)
{
	int y, m, d;

	if (!view_date(c->event->date, &y, &m, &d))
		return;
	switch (column->which) {
	case DAY:
		buf_printf(out, "%04d%02d%02d", y, m, d);
		break;
	case MONTH:
		buf_printf(out, "%04d%02d", y, m);
		break;
	case YEAR:
		buf_printf(out, "%04d", y);
		break;
	case FRACTION: /* as the published files have it: months of 30 days */
		buf_printf(out, "%.4f", y + ((m - 1) * 30 + d) / 365.0);
		break;
	}
}

VIEW_CELL(actor_code)
{
	const struct actor *a = side(c, column->which);
	struct cameo_actor code;

	if (a && cameo_actor(a, &code))
		buf_printf(out, "%s%s%s%s%s", code.country, code.types[0], code.group,
			   code.types[1], code.types[2]);
}

VIEW_CELL(actor_name)
{
	const struct actor *a = side(c, column->which);
	const char *name = a ? (a->name ? a->name : a->span.text) : "";

	for (; *name; name++) /* in capitals, as GDELT has them; other letters stay */
		buf_addc(out, *name >= 'a' && *name <= 'z' ? (char)(*name - 32) : *name);
}

VIEW_CELL(actor_country)
{
	const struct actor *a = side(c, column->which);
	struct cameo_actor code;

	if (a && cameo_actor(a, &code))
		buf_adds(out, code.country);
}

VIEW_CELL(actor_group)
{
	const struct actor *a = side(c, column->which);
	struct cameo_actor code;

	if (a && cameo_actor(a, &code))
		buf_adds(out, code.group);
}

/* which: the side, and from 10 on which of the types. */
VIEW_CELL(actor_type)
{
	const struct actor *a = side(c, column->which % 10);
	struct cameo_actor code;

	if (a && cameo_actor(a, &code))
		buf_adds(out, code.types[column->which / 10]);
}

VIEW_CELL(is_root)
{
	(void)column;
	buf_adds(out, c->event->main ? "1" : "0");
}

/* which: how many digits of it. */
VIEW_CELL(cameo)
{
	buf_printf(out, "%.*s", column->which, c->event->cameo);
}

VIEW_CELL(quad)
{
	int quad = cameo_quad(c->event->cameo);

	(void)column;
	if (quad)
		buf_printf(out, "%d", quad);
}

VIEW_CELL(goldstein)
{
	(void)column;
	if (c->event->has_score)
		buf_printf(out, "%.1f", c->event->goldstein);
}

/* 1: a country; cities and regions are not told apart in a record. */
VIEW_CELL(place_type)
{
	const struct actor *place = c->event->location;

	(void)column;
	if (place && place->id && !strncmp(place->id, "iso3166/", 8))
		buf_adds(out, "1");
}

VIEW_CELL(place_name)
{
	const struct actor *place = c->event->location;

	(void)column;
	if (place)
		buf_adds(out, place->name ? place->name : place->span.text);
}

VIEW_CELL(place_country)
{
	const struct actor *place = c->event->location;

	char code[CAMEO_FIPS];

	(void)column;
	if (!place || !place->country)
		return;
	cameo_fips(place->country, code);
	buf_adds(out, code);
}

enum { LATITUDE, LONGITUDE };

VIEW_CELL(place_point)
{
	const struct actor *place = c->event->location;

	if (place && place->has_point)
		buf_printf(out, "%.6g",
			   column->which == LATITUDE ? place->lat : place->lon);
}

VIEW_CELL(added)
{
	int y, m, d, h, min, s;
	char text[WALL_TEXT];

	(void)column;
	if (c->how->added_ms >= 0 &&
	    sscanf(wall_text((struct wall){ c->how->added_ms }, text),
		   "%d-%d-%dT%d:%d:%d", &y, &m, &d, &h, &min, &s) == 6)
		buf_printf(out, "%04d%02d%02d%02d%02d%02d", y, m, d, h, min, s);
}

VIEW_CELL(source)
{
	(void)column;
	buf_adds(out, c->record->article.uri);
}

/* clang-format off */
#define ACTOR(name, n) \
	{ name "Code", actor_code, n },           { name "Name", actor_name, n }, \
	{ name "CountryCode", actor_country, n }, { name "KnownGroupCode", actor_group, n }, \
	{ name "EthnicCode", NULL, 0 },        { name "Religion1Code", NULL, 0 }, \
	{ name "Religion2Code", NULL, 0 },     { name "Type1Code", actor_type, n }, \
	{ name "Type2Code", actor_type, n + 10 }, { name "Type3Code", actor_type, n + 20 }
#define NO_PLACE(name) \
	{ name "Geo_Type", NULL, 0 },     { name "Geo_FullName", NULL, 0 }, \
	{ name "Geo_CountryCode", NULL, 0 }, { name "Geo_ADM1Code", NULL, 0 }, \
	{ name "Geo_ADM2Code", NULL, 0 }, { name "Geo_Lat", NULL, 0 }, \
	{ name "Geo_Long", NULL, 0 },     { name "Geo_FeatureID", NULL, 0 }

static const struct view_column columns[] = {
	{ "GLOBALEVENTID", event_id, 0 },
	{ "SQLDATE", date, DAY },
	{ "MonthYear", date, MONTH },
	{ "Year", date, YEAR },
	{ "FractionDate", date, FRACTION },
	ACTOR("Actor1", VIEW_ACTOR),
	ACTOR("Actor2", VIEW_RECIPIENT),
	{ "IsRootEvent", is_root, 0 },
	{ "EventCode", cameo, 4 },
	{ "EventBaseCode", cameo, 3 },
	{ "EventRootCode", cameo, 2 },
	{ "QuadClass", quad, 0 },
	{ "GoldsteinScale", goldstein, 0 },
	{ "NumMentions", one, 0 },
	{ "NumSources", one, 0 },
	{ "NumArticles", one, 0 },
	{ "AvgTone", NULL, 0 },
	NO_PLACE("Actor1"),
	NO_PLACE("Actor2"),
	{ "ActionGeo_Type", place_type, 0 },
	{ "ActionGeo_FullName", place_name, 0 },
	{ "ActionGeo_CountryCode", place_country, 0 },
	{ "ActionGeo_ADM1Code", NULL, 0 },
	{ "ActionGeo_ADM2Code", NULL, 0 },
	{ "ActionGeo_Lat", place_point, LATITUDE },
	{ "ActionGeo_Long", place_point, LONGITUDE },
	{ "ActionGeo_FeatureID", NULL, 0 },
	{ "DATEADDED", added, 0 },
	{ "SOURCEURL", source, 0 },
	{ 0 },
};
/* clang-format on */

const struct view view_gdelt = {
	.name = "gdelt",
	.suffix = "csv",
	.delimiter = '\t',
	.cameo = true,
	.columns = columns,
};
