/*
 * Plain text, as wires and scrapers leave it.  What is above and below the
 * article is told by rules that lie in lexicon/furniture.tsv; what is taken
 * away is listed in meta, so that nothing is lost unseen.
 */
#include <string.h>

#include "base/eight.h"
#include "base/mem.h"
#include "format/draft.h"
#include "record/json.h"
#include "text/charset.h"
#include "text/utf8.h"
#include "time/clock.h"

static int
sniff(const struct source *source)
{
	(void)source;
	return 1; /* what is nothing else */
}

/* ---- the foot */

static bool
is_place_of(const struct draft *d, enum place place, struct piece p)
{
	return p.n <= 1000 && furniture_is(d->rules->furniture, place, p.s, p.n);
}

/* Lines [first, end) as one text: borrowed where it is one line, else in scratch. */
static struct piece
paragraph(const struct draft *d, size_t first, size_t end, struct buf *scratch)
{
	if (end == first + 1)
		return draft_line(d, first);
	buf_reset(scratch);
	layout_join(&d->layout, first, end, scratch);
	return (struct piece){ scratch->data ? scratch->data : "", scratch->size };
}

static void
remove_copy(struct draft *d, struct piece p)
{
	char *copy =
	    d->removed_count < MAX_REMOVED ? arena_copy(d->arena, p.s, p.n) : NULL;

	draft_remove(d, (struct piece){ copy ? copy : "", copy ? p.n : 0 });
}

/* In wrapped text a line of the foot may stick to the paragraph above it. */
static void
part_foot(struct draft *d)
{
	struct line *lines = d->layout.lines;

	for (size_t i = d->end; i > d->first + 1 && i + 12 > d->end; i--)
		if (!lines[i - 1].starts && lines[i - 1].n < 300 &&
		    ends_sentence(lines[i - 2].s, lines[i - 2].n) &&
		    is_place_of(d, PLACE_LAST, draft_line(d, i - 1)))
			lines[i - 1].starts = true;
}

static void
cut_last(struct draft *d, struct buf *scratch)
{
	while (d->end > d->first) {
		size_t i = d->end - 1;
		struct piece p;

		while (i > d->first && !d->layout.lines[i].starts)
			i--;
		if (i == d->first)
			return;
		p = paragraph(d, i, d->end, scratch);
		if (!is_place_of(d, PLACE_LAST, p) &&
		    !is_place_of(d, PLACE_ANYWHERE, p) && !is_place_of(d, PLACE_REST, p))
			return;
		if (!d->layout.lines[i].is_gone)
			remove_copy(d, p);
		d->end = i;
	}
}

/* "Related articles" and all below it, where no sentence stands below; true if there is.
 */
static bool
cut_rest(struct draft *d)
{
	const struct line *lines = d->layout.lines;
	size_t cut = d->end;

	for (size_t i = d->end; i > d->first + 1; i--) {
		const struct line *line = &lines[i - 1];

		if (line->columns > 60 && ends_sentence(line->s, line->n))
			break;
		if (line->starts && line->columns <= 60 &&
		    is_place_of(d, PLACE_REST, draft_line(d, i - 1)))
			cut = i - 1;
	}
	for (size_t i = cut; i < d->end; i++)
		draft_remove(d, draft_line(d, i));
	if (cut == d->end)
		return false;
	d->end = cut;
	return true;
}

/* ---- the body */

static void
add_body(struct draft *d, struct buf *body, struct buf *scratch)
{
	const struct line *lines = d->layout.lines;
	struct buf raw;
	size_t next;

	buf_init(&raw, body->ceiling);
	for (size_t i = d->first; i < d->end; i = next) {
		struct piece p;

		for (next = i + 1; next < d->end && !lines[next].starts;)
			next++;
		if (lines[i].is_gone)
			continue;
		p = paragraph(d, i, next, scratch);
		if (p.n < 200 && is_place_of(d, PLACE_ANYWHERE, p)) {
			remove_copy(d, p);
			continue;
		}
		if (raw.size)
			buf_addc(&raw, '\n');
		buf_add(&raw, p.s, p.n);
	}
	utf8_nfc(raw.data ? raw.data : "", raw.size,
		 body); /* joined lines may meet at a mark */
	body->full |= raw.full || scratch->full;
	buf_release(&raw);
}

/* ROME: Rome; RIO DE JANEIRO: Rio de Janeiro; D.C. and what is not in capitals stay. */
static void
add_place(struct buf *out, struct piece p)
{
	static const char *const small[] = { "DE",  "DO", "DA", "DEL", "OF", "THE",
					     "SUR", "AM", "DI", "Y",   "AND" };
	const char *s = p.s, *end = p.s + p.n;
	bool capitals = true;

	for (const char *q = s; q < end;)
		capitals &= !utf8_is_lower(utf8_next(&q, end));
	while (s < end) {
		const char *from = s;
		bool lower = false, dots;

		while (s < end && *s != ' ')
			s++;
		dots = s > from && memchr(from, '.', (size_t)(s - from) - 1);
		for (size_t i = 0; from > p.s && i < LENGTH(small); i++)
			lower |= strlen(small[i]) == (size_t)(s - from) &&
				 !memcmp(from, small[i], strlen(small[i]));
		while (from < s) {
			char to[4];
			uint32_t c = utf8_next(&from, s);

			buf_add(out, to,
				(size_t)utf8_encode(
				    capitals && lower && !dots ? utf8_lower(c) : c, to));
			lower = utf8_is_letter(c) || c == '\'' || c == 0x2019;
		}
		if (s < end)
			buf_addc(out, *s++);
	}
}

static void
read_dateline(struct draft *d, const struct buf *body, struct filed *filed)
{
	struct article *a = &d->article;
	struct buf place;

	if (body->size == 0 || !dateline_find(d->rules, d->language, body->data,
					      strcspn(body->data, "\n"), filed)) {
		*filed = (struct filed){ .has_stamp = false };
		return;
	}
	buf_init(&place, 1024);
	add_place(&place, filed->place);
	if (filed->region.s) {
		buf_adds(&place, ", ");
		add_place(&place, filed->region);
	}
	if (!place.full)
		draft_set(d, &a->located, "located",
			  (struct piece){ place.data, place.size }, "dateline");
	buf_release(&place);
	if (filed->agency.s)
		draft_set(d, &a->infosource, "infosource", filed->agency, "dateline");
}

/* A word begins behind each gap that no gap follows. */
static int
count_words(const char *s, size_t n)
{
	uint64_t before = 1 << 7; /* the top bit of the byte before: a gap */
	unsigned count = 0;

	for (size_t i = 0; i < n; i += 8) {
		uint64_t word =
		    n - i < 8 ? eight_load_end(s + i, n - i) : eight_load(s + i);
		uint64_t gaps = eight_equal(word, ' ') | eight_equal(word, '\n');

		count += eight_count(~gaps & (gaps << 8 | before));
		before = gaps >> 56;
	}
	return (int)count;
}

/* ---- when */

#define DAY_MS 86400000LL

struct moment {
	int64_t ms;
	bool has_time;
	const char *origin; /* NULL: there is none */
};

static struct moment
published_moment(const struct source *source)
{
	struct wall t;

	if (!source->published || wall_parse(&t, source->published))
		return (struct moment){ 0 };
	return (struct moment){ t.ms, strlen(source->published) > 10, "published" };
}

static struct moment
name_moment(const struct source *source)
{
	struct stamp stamp;

	if (!source->path || !stamp_in_name(source->path, &stamp))
		return (struct moment){ 0 };
	return (struct moment){ stamp_ms(&stamp, 0), stamp.second >= 0, "file name" };
}

static const char *
time_text(struct arena *arena, int64_t ms)
{
	char text[WALL_TEXT];

	return arena_strdup(arena, wall_text((struct wall){ ms }, text));
}

/*
 * What the text says comes first, then `published`, the file's name, its
 * time.  A date without a time of day takes it from the next source that
 * names the same day; the file's own time is too weak for that.
 */
static void
set_times(struct draft *d, const struct filed *filed)
{
	struct article *a = &d->article;
	struct moment rows[] = { { 0 },
				 { 0 },
				 published_moment(d->source),
				 name_moment(d->source),
				 { d->source->mtime_ms, true, "file time" } };
	int64_t near = rows[2].origin   ? rows[2].ms
		       : rows[3].origin ? rows[3].ms
					: rows[4].ms;
	struct moment best = { 0 };

	if (d->has_created)
		rows[0] = (struct moment){ stamp_ms(&d->created, near),
					   d->created.second >= 0, "date line" };
	if (filed->has_stamp)
		rows[1] = (struct moment){ stamp_ms(&filed->stamp, near),
					   filed->stamp.second >= 0, "dateline" };
	for (size_t i = 0; i < LENGTH(rows); i++) {
		if (!rows[i].origin)
			continue;
		if (!best.origin)
			best = rows[i];
		else if (!best.has_time && rows[i].has_time && i + 1 < LENGTH(rows) &&
			 best.ms / DAY_MS == rows[i].ms / DAY_MS) {
			best.ms = rows[i].ms;
			best.has_time = true;
		}
	}
	if (strcmp(best.origin, "file time")) {
		a->firstcreated = time_text(d->arena, best.ms);
		draft_note(&d->provenance, "firstcreated", best.origin);
	}
	if (d->has_modified &&
	    (!d->has_created || stamp_ms(&d->modified, near) >= best.ms))
		a->versioncreated = time_text(d->arena, stamp_ms(&d->modified, near));
	else
		a->versioncreated = time_text(d->arena, best.ms);
	draft_note(&d->provenance, "versioncreated", best.origin);
}

/* ---- meta */

static void
print_notes(struct buf *out, const char *name, const struct notes *notes)
{
	json_open(out, name, '{');
	for (size_t i = 0; i < notes->count; i++)
		json_text(out, notes->items[i].name, notes->items[i].value);
	json_close(out, '}');
}

static const char *
print_meta(struct draft *d)
{
	size_t shown = d->removed_count < MAX_REMOVED ? d->removed_count : MAX_REMOVED;
	const char *text;
	struct buf out;

	if (d->removed_count > shown)
		draft_note(&d->extra, "removed",
			   arena_printf(d->arena, "%zu lines in all", d->removed_count));
	buf_init(&out, 1 << 20);
	json_open(&out, NULL, '{');
	print_notes(&out, "provenance", &d->provenance);
	print_notes(&out, "extra", &d->extra);
	json_open(&out, "removed", '[');
	for (size_t i = 0; i < shown; i++)
		json_bytes(&out, NULL, d->removed[i].s, d->removed[i].n);
	json_close(&out, ']');
	json_close(&out, '}');
	/* Longer than that it cannot get, but for lines of a size that no furniture has.
	 */
	text = out.full ? "{\"provenance\":{},\"extra\":{},\"removed\":[]}"
			: arena_copy(d->arena, out.data, out.size);
	buf_release(&out);
	return text;
}

/* ---- all of it */

/* The body tells better than the file: sites have their menus in another language. */
static void
set_language(struct draft *d)
{
	struct article *a = &d->article;
	const char *told = a->body_text ? guess_language(d->rules->guess, a->body_text,
							 strlen(a->body_text))
					: NULL;

	if (a->language || !(told || d->language))
		return;
	a->language = told ? told : d->language;
	draft_note(&d->provenance, "language", "text");
}

static int
build(struct draft *d, struct buf *body, struct buf *scratch, struct err *err)
{
	struct article *a = &d->article;
	struct filed filed;

	head_read(d);
	layout_mark(&d->layout, d->first, d->end);
	part_foot(d);
	cut_last(d, scratch);
	if (cut_rest(d))
		cut_last(d, scratch);
	add_body(d, body, scratch);
	if (buf_check(body, err))
		return -1;
	read_dateline(d, body, &filed);
	if (body->size > 0)
		a->body_text = arena_copy(d->arena, body->data, body->size);
	a->wordcount = a->body_text ? count_words(body->data, body->size) : -1;
	set_language(d);
	set_times(d, &filed);
	a->pubstatus = "usable";
	return 0;
}

static int
read_lines(struct draft *d, struct buf *text, struct err *err)
{
	const char *charset;

	if (text_decode(d->source->bytes, d->source->size, text, &charset, err))
		return -1;
	if (strcmp(charset, "UTF-8"))
		draft_note(&d->extra, "charset", arena_strdup(d->arena, charset));
	/* For the words of dates; the body will tell better. */
	d->language = guess_language(d->rules->guess, text->data ? text->data : "",
				     text->size < 600 ? text->size : 600);
	if (layout_read(&d->layout, text->data, text->size, d->arena, err))
		return -1;
	d->end = d->layout.count;
	if (d->end == 0)
		return err_set(err, ERR_REJECT, "blank: no text in it");
	return 0;
}

static int
parse(const struct source *source, struct arena *arena, format_emit_f *emit, void *arg,
      struct err *err)
{
	struct draft d = { .source = source, .rules = format_rules(), .arena = arena };
	struct parsed parsed = { 0 };
	struct buf text, body, scratch;
	/* A byte becomes three at most, and NFC makes three of one at most. */
	size_t ceiling = source->size * 9 + 64;
	int rc = -1;

	buf_init(&text, ceiling);
	buf_init(&body, ceiling);
	buf_init(&scratch, ceiling);
	d.article.wordcount = -1;
	if (read_lines(&d, &text, err) || build(&d, &body, &scratch, err))
		goto out;
	parsed.meta = print_meta(&d);
	parsed.article = d.article;
	if (arena_check(arena, err))
		goto out;
	rc = emit(arg, &parsed, err);
out:
	buf_release(&text);
	buf_release(&body);
	buf_release(&scratch);
	return rc;
}

extern const struct format_type format_text_type;
const struct format_type format_text_type = {
	.name = "text",
	.help =
	    "plain text: a headline, paragraphs, and what wires and sites put round them",
	.sniff = sniff,
	.parse = parse,
};
