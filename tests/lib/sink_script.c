#include "tests/lib/sink_script.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/enriched.h"
#include "record/json.h"

enum { URIS = 24 };

struct step script[PARTITIONS][EACH];
const char script_topic[] = "test.enriched";
const char script_where[] = "(.article.version | tonumber) % 2 == 0";

unsigned
script_dice(unsigned *seed, unsigned sides)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % sides;
}

void
sink_article_print(const struct sink_article *a, struct buf *out)
{
	struct actor who = { .span = { "Testers", false, 0, 7 },
			     .name = "Testers",
			     .country = "GBR" };
	struct actor whom = { .span = { "the tested", false, 16, 26 } };
	struct event events[8] = { 0 };
	char ids[8][64];
	struct buf meta;
	struct enriched e = {
		.article = { .uri = a->uri,
			     .version = a->version,
			     .versioncreated = a->created,
			     .pubstatus = a->withdrawn ? "canceled" : "usable",
			     .headline = a->withdrawn ? NULL : a->headline,
			     .body_text =
				 a->withdrawn ? NULL : "Testers accused the tested.",
			     .wordcount = -1 },
		.events = events,
		.event_count = a->withdrawn ? 0 : (size_t)a->events,
		.extractor = { "1", "none", "none", a->epoch }
	};

	buf_init(&meta, 16 << 20);
	json_open(&meta, NULL, '{');
	json_text(&meta, "was", a->headline);
	json_close(&meta, '}');
	e.meta = meta.data;
	for (size_t i = 0; i < e.event_count; i++) {
		snprintf(ids[i], sizeof(ids[i]), "%s#%zu", a->headline, i);
		events[i] = (struct event){ .id = ids[i],
					    .main = i == 0,
					    .type = "ACCUSE",
					    .cameo = "112",
					    .quad = 3,
					    .actor = { &who, 1 },
					    .recipient = { &whom, 1 },
					    .trigger = { "accused", false, 8, 15 },
					    .lemma = "accuse",
					    .date = "2026-11-24",
					    .date_value = "2026-11-24",
					    .dead = -1,
					    .injured = -1,
					    .arrested = -1,
					    .end = 26,
					    .confidence = 0.5,
					    .pattern = "test" };
	}
	enriched_print(&e, out);
	buf_release(&meta);
}

/* Offsets with holes, as transactions leave them; hours that interleave at their turn. */
static struct bus_record
step_record(const struct step *s, int partition, int i, unsigned *seed)
{
	static const struct bus_header headers[] = { { "ce_type", "newswire.enriched",
						       17 } };

	return (struct bus_record){
		script_topic,
		partition,
		i * 2,
		INT64_C(1795507200000) + i * 240000 - script_dice(seed, 400000),
		s->uri,
		strlen(s->uri),
		s->value.data,
		s->value.size,
		headers,
		1
	};
}

static void
write_step(struct step *s, int partition, int i, const char *poison, unsigned *seed)
{
	int uri = partition + PARTITIONS * (int)script_dice(seed, URIS / PARTITIONS);

	snprintf(s->uri, sizeof(s->uri), "urn:test:%02d", uri);
	snprintf(s->version, sizeof(s->version), "%u", 1 + script_dice(seed, 12));
	snprintf(s->headline, sizeof(s->headline), "at %d/%d", partition, i);
	s->article = (struct sink_article){ s->uri,
					    s->version,
					    NULL,
					    s->headline,
					    (int)script_dice(seed, 4),
					    1,
					    script_dice(seed, 8) == 0 };
	s->kind = i % 20 == 7              ? STEP_BAD
		  : poison && i % 20 == 13 ? STEP_POISON
					   : STEP_ARTICLE;
	if (s->kind == STEP_POISON) {
		s->article.withdrawn = false;
		s->article.headline = poison;
	}
	buf_init(&s->value, 1 << 20);
	if (s->kind == STEP_BAD)
		buf_printf(&s->value, "{\"article\":[],\"was\":\"%s\"}", s->headline);
	else
		sink_article_print(&s->article, &s->value);
	s->record = step_record(s, partition, i, seed);
}

void
script_write(const char *poison)
{
	unsigned seed = 7;

	if (script[0][0].record.topic)
		return;
	for (int p = 0; p < PARTITIONS; p++)
		for (int i = 0; i < EACH; i++)
			write_step(&script[p][i], p, i, poison, &seed);
}

/* ---- what should be there ---- */

enum fate
script_fate(const struct script_run *run, const struct step *s)
{
	bool even = atoi(s->version) % 2 == 0;

	if (s->kind == STEP_BAD)
		return !run->where && run->takes_any ? FATE_STORED : FATE_DEAD;
	if (run->events && (s->article.withdrawn || s->article.events == 0))
		return FATE_PASSED;
	if (run->where && !even && !(run->keeps_newest && s->article.withdrawn))
		return FATE_PASSED;
	return s->kind == STEP_POISON ? FATE_DEAD : FATE_STORED;
}

void
sink_line_record(struct buf *out, int partition, int64_t offset)
{
	buf_printf(out, "%d/%05" PRId64 "\n", partition, offset);
}

void
sink_line_article(struct buf *out, const char *uri, const char *version,
		  const char *headline, int events, int actors)
{
	buf_printf(out, "%s version %s '%s' %d events %d actors\n", uri, version,
		   headline, events, actors);
}

void
sink_line_tombstone(struct buf *out, const char *uri, const char *version)
{
	buf_printf(out, "%s version %s withdrawn\n", uri, version);
}

/* The newest of a uri, by a rule of our own: the larger version, then the later record.
 */
static const struct step *
newest(const struct script_run *run, const char *uri, int partition)
{
	const struct step *best = NULL;

	for (int i = 0; i < EACH; i++) {
		const struct step *s = &script[partition][i];

		if (!strcmp(s->uri, uri) && script_fate(run, s) == FATE_STORED &&
		    (!best || atoi(s->version) >= atoi(best->version)))
			best = s;
	}
	return best;
}

static void
add_step(const struct step *s, struct buf *out)
{
	if (s->article.withdrawn)
		sink_line_tombstone(out, s->uri, s->version);
	else
		sink_line_article(out, s->uri, s->version, s->headline, s->article.events,
				  2 * s->article.events);
}

static void
expect_newest(const struct script_run *run, struct buf *out)
{
	for (int i = 0; i < URIS; i++) {
		char uri[32];
		const struct step *s;

		snprintf(uri, sizeof(uri), "urn:test:%02d", i);
		s = newest(run, uri, i % PARTITIONS);
		if (s)
			add_step(s, out);
	}
}

void
script_allow(const struct script_run *run, struct buf *out)
{
	for (int p = 0; p < PARTITIONS; p++)
		for (int i = 0; i < EACH; i++) {
			const struct step *s = &script[p][i];

			if (script_fate(run, s) != FATE_STORED)
				continue;
			if (run->keeps_newest)
				add_step(s, out);
			else
				sink_line_record(out, p, s->record.offset);
		}
}

void
script_expect(const struct script_run *run, struct buf *out)
{
	if (run->keeps_newest)
		expect_newest(run, out);
	else
		script_allow(run, out);
}
