/*
 * The top of a text file.  Labels ("Title: ...") if it has them; then, line
 * by line, what is furniture, a byline, a date or the headline, until the
 * body begins.  The first sentence of a body must never be taken for a
 * headline: what ends as a sentence does, or is long, is body.
 */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "format/draft.h"
#include "text/utf8.h"
#include "time/clock.h"
#include "time/date.h"

#define MAX_HEADLINE 160 /* columns */
#define MAX_STOPLESS 100
#define MAX_HEAD     24 /* lines */

static struct piece
trim(struct piece p)
{
	while (p.n > 0 && strchr(" \t*", *p.s)) {
		p.s++;
		p.n--;
	}
	while (p.n > 0 && strchr(" \t*", p.s[p.n - 1]))
		p.n--;
	return p;
}

static bool
is_text(struct piece p, const char *text)
{
	return p.n == strlen(text) && !memcmp(p.s, text, p.n);
}

/* An ISO date-time, or a date as people write it. */
static bool
read_stamp(const struct draft *d, struct piece p, struct stamp *stamp)
{
	return stamp_parse(d->rules->calendar, d->language, p.s, p.n, stamp) &&
	       stamp->year;
}

/* ---- labels */

/* "Title: ..." to its parts; the label may be bold or a heading. */
static bool
split_label(struct piece line, struct piece *label, struct piece *value)
{
	const char *p = line.s, *end = line.s + line.n;
	size_t width = 1;

	for (; p < end && p - line.s < 48; p++)
		if (*p == ':' ||
		    !memcmp(p, "\xEF\xBC\x9A", end - p < 3 ? (size_t)(end - p) : 3))
			break;
	if (p == end || p - line.s >= 48 || p == line.s)
		return false;
	if (*p != ':')
		width = 3;
	if (end - p > 2 && !memcmp(p, "://", 3))
		return false;
	*label = trim((struct piece){ line.s, (size_t)(p - line.s) });
	*value = trim((struct piece){ p + width, (size_t)(end - p) - width });
	if (value->n > 1 && (*value->s == '"' || *value->s == '\'') &&
	    value->s[value->n - 1] == *value->s)
		*value = (struct piece){ value->s + 1, value->n - 2 };
	return label->n > 0;
}

/* A tag as BCP 47 has them, or at least its shape. */
static bool
is_language_tag(struct piece p)
{
	size_t primary = 0;

	while (primary < p.n && isalpha((unsigned char)p.s[primary]))
		primary++;
	return (primary == 2 || primary == 3) && p.n < 20 &&
	       (primary == p.n || p.s[primary] == '-' || p.s[primary] == '_');
}

static void
keep_extra(struct draft *d, struct piece label, struct piece value)
{
	draft_note(&d->extra, arena_copy(d->arena, label.s, label.n),
		   arena_copy(d->arena, value.s, value.n > 2000 ? 2000 : value.n));
}

static void
take_language(struct draft *d, struct piece value)
{
	char *tag;

	if (!draft_set(d, &d->article.language, "language", value, "label"))
		return;
	tag = (char *)d->article.language;
	for (size_t i = 0; tag && tag[i]; i++)
		tag[i] = tag[i] == '_' ? '-'
			 : i < 3       ? (char)tolower((unsigned char)tag[i])
				       : tag[i];
}

/* One label's value into its member; false: it fits none, keep it beside the article. */
static bool
take_label(struct draft *d, const char *member, struct piece value)
{
	struct article *a = &d->article;
	struct stamp stamp;

	if (!strcmp(member, "date") || !strcmp(member, "modified")) {
		if (!read_stamp(d, value, &stamp))
			return false;
		stamp.is_modified = !strcmp(member, "modified");
		draft_stamp(d, &stamp, "label");
		return true;
	}
	if (!strcmp(member, "language")) {
		if (!is_language_tag(value))
			return false;
		take_language(d, value);
		return true;
	}
	if (!strcmp(member, "headline"))
		return draft_set(d, &a->headline, "headline", value, "label");
	if (!strcmp(member, "byline"))
		return draft_set(d, &a->byline, "byline", value, "label");
	if (!strcmp(member, "located"))
		return draft_set(d, &a->located, "located", value, "label");
	if (!strcmp(member, "infosource"))
		return draft_set(d, &a->infosource, "infosource", value, "label");
	if (!strcmp(member, "slugline"))
		return draft_set(d, &a->slugline, "slugline", value, "label");
	if (!strcmp(member, "copyrightholder"))
		return draft_set(d, &a->copyrightholder, "copyrightholder", value,
				 "label");
	if (!strcmp(member, "usageterms"))
		return draft_set(d, &a->usageterms, "usageterms", value, "label");
	return false;
}

/* "Text: ..." : the body begins behind the label. */
static void
begin_body(struct draft *d, size_t i, struct piece value)
{
	struct line *line = &d->layout.lines[i];

	d->first = i + (value.n == 0);
	if (value.n == 0)
		return;
	line->s = value.s;
	line->n = (uint32_t)value.n;
}

static const char *
known_label(const struct draft *d, size_t i, struct piece *label, struct piece *value)
{
	if (i >= d->layout.count || !split_label(draft_line(d, i), label, value))
		return NULL;
	return furniture_label(d->rules->furniture, label->s, label->n);
}

/* A value that goes on in the next lines: they are indented, or nothing stood behind the
 * colon. */
static struct piece
whole_value(struct draft *d, size_t *i, struct piece value)
{
	const struct layout *l = &d->layout;
	struct piece label, other;
	size_t from = *i + 1, to = from;
	struct buf joined;

	if (value.n == 0 && to < l->count && !known_label(d, to, &label, &other))
		to++;
	while (to < l->count && !l->lines[to].after_blank &&
	       l->lines[to].indent > l->lines[*i].indent)
		to++;
	if (to == from || to - from > 8)
		return value;
	buf_init(&joined, 65536);
	buf_add(&joined, value.s, value.n);
	for (size_t k = from; k < to; k++) {
		if (joined.size)
			buf_addc(&joined, ' ');
		buf_add(&joined, l->lines[k].s, l->lines[k].n);
	}
	*i = to - 1;
	if (!joined.full)
		value = (struct piece){ arena_copy(d->arena, joined.data, joined.size),
					joined.size };
	buf_release(&joined);
	return value.s ? value : (struct piece){ "", 0 };
}

/* The lines of a file that begins with labels; d->first is behind them. */
static void
read_labels(struct draft *d)
{
	struct layout *l = &d->layout;
	struct piece label, value;
	size_t i = d->first, known = 0;
	const char *member;

	if (i < l->count && is_text(draft_line(d, i), "---"))
		i++;
	member = known_label(d, i, &label, &value);
	if (!member || !strcmp(member, "body"))
		return;
	for (; i < l->count && i < MAX_HEAD * 2; i++) {
		bool blank = l->lines[i].after_blank && known;

		if (is_text(draft_line(d, i), "---")) {
			i++;
			break;
		}
		member = known_label(d, i, &label, &value);
		if (member && !strcmp(member, "body")) {
			begin_body(d, i, value);
			return;
		}
		if (!member && (blank || !split_label(draft_line(d, i), &label, &value) ||
				label.n > 30))
			break;
		known++;
		value = whole_value(d, &i, value);
		if (!member || !take_label(d, member, value))
			keep_extra(d, label, value);
	}
	d->first = i;
}

/* ---- bylines and dates */

static struct piece
byline_of(const struct draft *d, struct piece p)
{
	struct piece name = furniture_byline(d->rules->furniture, p.s, p.n);

	if (name.s && (name.n > 160 || !looks_like_names(name.s, name.n, 14)))
		name.s = NULL;
	while (name.s && name.n > 0 && strchr(" ,;|", name.s[name.n - 1]))
		name.n--;
	return name;
}

static bool
take_byline(struct draft *d, struct piece p)
{
	struct piece name = byline_of(d, p);

	if (!name.s)
		return false;
	if (!draft_set(d, &d->article.byline, "byline", name, "byline"))
		draft_remove(d, p);
	return true;
}

static bool
take_date(struct draft *d, struct piece p)
{
	struct stamp stamp;

	if (!read_stamp(d, p, &stamp))
		return false;
	draft_stamp(d, &stamp, "date line");
	return true;
}

/* Bytes of what parts the pieces of a head line at p: " | ", a dot, a dash. */
static size_t
separator(const char *p, const char *end)
{
	static const char *const rows[] = { " | ",
					    "|",
					    " \xC2\xB7 ",
					    " \xE2\x80\xA2 ",
					    " \xE2\x80\x93 ",
					    " \xE2\x80\x94 ",
					    " - ",
					    " / " };

	if (*p != ' ' && *p != '|')
		return 0;
	for (size_t i = 0; i < LENGTH(rows); i++) {
		size_t n = strlen(rows[i]);

		if ((size_t)(end - p) > n && !memcmp(p, rows[i], n))
			return n;
	}
	return 0;
}

#define MAX_PIECES 6

static size_t
split_pieces(struct piece line, struct piece pieces[MAX_PIECES])
{
	const char *p = line.s, *end = line.s + line.n, *from = p;
	size_t count = 0;

	while (p < end) {
		size_t n = separator(p, end);

		if (n == 0) {
			p++;
			continue;
		}
		if (count == MAX_PIECES - 1)
			return 0;
		pieces[count++] = trim((struct piece){ from, (size_t)(p - from) });
		from = p += n;
	}
	pieces[count++] = trim((struct piece){ from, (size_t)(end - from) });
	return count;
}

/* "Jane Doe | March 14, 2024 | 3 min read": some piece is a byline or a date, the others
 * fit. */
static bool
take_pieces(struct draft *d, struct piece line)
{
	struct piece pieces[MAX_PIECES];
	size_t count = split_pieces(line, pieces), sure = 0;
	struct stamp stamp;

	if (count < 2)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct piece p = pieces[i];

		if (byline_of(d, p).s || read_stamp(d, p, &stamp))
			sure++;
		else if (!furniture_is(d->rules->furniture, PLACE_FIRST, p.s, p.n) &&
			 !looks_like_names(p.s, p.n, 4))
			return false;
	}
	if (sure == 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct piece p = pieces[i];

		if (take_byline(d, p) || take_date(d, p))
			continue;
		if (furniture_is(d->rules->furniture, PLACE_FIRST, p.s, p.n) ||
		    !draft_set(d, &d->article.byline, "byline", p, "byline"))
			draft_remove(d, p);
	}
	return true;
}

/* "By Jane Doe, March 14, 2024": one comma parts the two. */
static bool
take_byline_and_date(struct draft *d, struct piece line)
{
	struct stamp stamp;

	for (size_t i = 1; i + 1 < line.n && line.n < 200; i++) {
		struct piece left = { line.s, i },
			     right = { line.s + i + 1, line.n - i - 1 };

		if (line.s[i] == ',' && read_stamp(d, right, &stamp) &&
		    byline_of(d, left).s)
			return take_byline(d, left) && take_date(d, right);
	}
	return false;
}

static bool
take_head_line(struct draft *d, struct piece line)
{
	line = trim(line);
	return line.n > 0 && line.n < 300 &&
	       (take_date(d, line) || take_byline(d, line) ||
		take_byline_and_date(d, line) || take_pieces(d, line));
}

/* A name alone is a byline where a date stands right below it. */
static bool
take_bare_name(struct draft *d, size_t i)
{
	struct piece line = draft_line(d, i);
	struct stamp stamp;

	return d->article.headline && i + 1 < d->layout.count && !d->article.byline &&
	       line.n < 60 && looks_like_names(line.s, line.n, 5) &&
	       read_stamp(d, draft_line(d, i + 1), &stamp) &&
	       draft_set(d, &d->article.byline, "byline", line, "line above the date");
}

/* ---- the headline */

/* A stop that belongs to the last word: U.S., Inc. */
static bool
ends_in_abbreviation(struct piece p)
{
	static const char *const words[] = { "Inc.", "Corp.", "Ltd.", "Co.",
					     "Jr.",  "Sr.",   "St.",  "vs.",
					     "etc.", "Bros.", "No." };
	const char *word = p.s + p.n;
	size_t n;

	while (word > p.s && word[-1] != ' ')
		word--;
	n = (size_t)(p.s + p.n - word);
	for (size_t i = 0; i < LENGTH(words); i++)
		if (strlen(words[i]) == n && !memcmp(words[i], word, n))
			return true;
	return n >= 4 && n <= 8 && p.s[p.n - 1] == '.' && memchr(word, '.', n - 2);
}

static uint32_t
last_point(struct piece p)
{
	const char *end = p.s + p.n;

	return p.n ? utf8_before(p.s, &end) : 0;
}

/* A stop inside, with a capital after it: two sentences, whatever the end is. */
static bool
holds_sentences(struct piece p)
{
	for (size_t i = 12; i + 3 < p.n; i++) {
		const char *next = p.s + i + 2;

		if (strchr(".!?", p.s[i]) && p.s[i + 1] == ' ' &&
		    islower((unsigned char)p.s[i - 1]) &&
		    islower((unsigned char)p.s[i - 2]) &&
		    utf8_is_upper(utf8_next(&next, p.s + p.n)))
			return true;
	}
	return false;
}

static bool
is_full_sentence(struct piece p, uint32_t columns)
{
	uint32_t last = last_point(p);

	if (last == ':' || last == ',' || last == ';' || last == 0xFF1A || last == 0x3001)
		return true;
	if (columns > 120 && holds_sentences(p))
		return true;
	if (!ends_sentence(p.s, p.n))
		return false;
	if (last == '?' || last == '!' || last == 0xFF1F || last == 0x61F ||
	    last == 0xFF01)
		return columns > 110;
	if (last == 0x2026 || (p.n > 3 && !memcmp(p.s + p.n - 3, "...", 3)))
		return columns > 100;
	return !ends_in_abbreviation(p) || columns > 100;
}

/* Is there more text behind line i than `bytes`? */
static bool
is_followed(const struct draft *d, size_t i, size_t bytes)
{
	size_t seen = 0;

	while (i < d->layout.count && seen <= bytes)
		seen += d->layout.lines[i++].n;
	return seen > bytes;
}

/* The end of the paragraph that begins in line i, no further than a line of another kind.
 */
static size_t
title_end(struct draft *d, size_t i)
{
	const struct layout *l = &d->layout;
	struct stamp stamp;
	size_t end = i + 1;

	while (end < l->count && !l->lines[end].starts && end < i + 4) {
		struct piece p = draft_line(d, end);

		if (byline_of(d, p).s || read_stamp(d, p, &stamp))
			break;
		end++;
	}
	return end;
}

static struct piece
joined(struct draft *d, size_t first, size_t end)
{
	struct piece p = draft_line(d, first);
	struct buf buf;

	if (end == first + 1)
		return p;
	buf_init(&buf, 1 << 20);
	layout_join(&d->layout, first, end, &buf);
	if (!buf.full)
		p = (struct piece){ arena_copy(d->arena, buf.data, buf.size), buf.size };
	buf_release(&buf);
	return p.s ? p : draft_line(d, first);
}

static uint32_t
columns(const struct draft *d, size_t first, size_t end)
{
	uint32_t sum = 0;

	for (; first < end; first++)
		sum += d->layout.lines[first].columns + 1;
	return sum - 1;
}

/* Thai and Lao sentences end in a space: length alone tells a headline from one. */
static bool
has_no_stops(uint32_t c)
{
	return c >= 0xE00 && c <= 0xEFF;
}

/* One dash alone is a quotation, as Norwegian headlines have it. */
static bool
begins_list(const struct draft *d, size_t i, size_t end)
{
	const struct layout *l = &d->layout;

	return is_bullet(&l->lines[i]) && end < l->count && is_bullet(&l->lines[end]);
}

static bool
can_be_headline(struct draft *d, size_t i, size_t end, struct piece *text)
{
	uint32_t wide = columns(d, i, end);
	struct filed filed;

	if (end - i > 3 || wide > MAX_HEADLINE || wide < 2 || begins_list(d, i, end))
		return false;
	*text = joined(d, i, end);
	if (wide > MAX_STOPLESS && has_no_stops(last_point(*text)))
		return false;
	return !is_full_sentence(*text, wide) && is_followed(d, end, text->n) &&
	       !dateline_find(d->rules, d->language, text->s, text->n, &filed);
}

/* "Weather & Traffic" are two. */
static int
words(struct piece p)
{
	const char *s = p.s, *end = p.s + p.n;
	int count = 0;

	while (s < end) {
		const char *from = s;

		while (s < end && *s != ' ')
			s++;
		count += !is_particle(from, (size_t)(s - from));
		while (s < end && *s == ' ')
			s++;
	}
	return count;
}

/* One or two words in capitals, a headline and then a body below them, name a section. */
static bool
is_section(struct draft *d, struct piece text, size_t end)
{
	struct piece next;
	size_t after;

	if (words(text) > 2 || text.n > 30 || end >= d->layout.count ||
	    !looks_like_names(text.s, text.n, 4))
		return false;
	after = title_end(d, end);
	if (byline_of(d, draft_line(d, end)).s || after >= d->layout.count)
		return false;
	return can_be_headline(d, end, after, &next) &&
	       (words(next) >= 4 ||
		columns(d, end, after) >=
		    (utf8_is_spaceless(last_point(next)) ? 12 : 24)) &&
	       d->layout.lines[after].columns > columns(d, end, after);
}

static bool
take_headline(struct draft *d, size_t *i)
{
	size_t end = title_end(d, *i);
	struct piece text, whole;
	bool is_below = d->removed_count > 0;

	if (!can_be_headline(d, *i, end, &text))
		return false;
	if (is_section(d, text, end)) {
		draft_note(&d->extra, "section", arena_copy(d->arena, text.s, text.n));
		draft_remove(d, text);
		*i = end;
		return true;
	}
	while (text.n > 0 && strchr("# ", *text.s)) {
		text.s++;
		text.n--;
	}
	text = trim(text);
	whole = text;
	text.n = furniture_title(d->rules->furniture, text.s, text.n);
	if (text.n < whole.n)
		draft_remove(d, (struct piece){ text.s + text.n, whole.n - text.n });
	if (!draft_set(d, &d->article.headline, "headline", text,
		       is_below ? "first line after furniture" : "first line"))
		return false;
	*i = end;
	return true;
}

/* A label said the headline, and the body begins with it again. */
static bool
repeats_headline(const struct draft *d, size_t i)
{
	return d->article.headline && is_text(draft_line(d, i), d->article.headline);
}

/* ---- all of it */

/* "Title, a line on what is to come, By NAME": the line stays, the byline below it goes.
 */
static void
look_below(struct draft *d)
{
	struct layout *l = &d->layout;

	for (size_t i = d->first + 1; i < d->first + 4 && i < l->count; i++) {
		bool alone =
		    l->lines[i].starts && (i + 1 == l->count || l->lines[i + 1].starts);

		if (alone && l->lines[i].n < 200 && take_head_line(d, draft_line(d, i)))
			l->lines[i].is_gone = true;
	}
}

static bool
take_line(struct draft *d, size_t *i, bool *has_title)
{
	struct piece line = draft_line(d, *i);

	if (repeats_headline(d, *i)) {
		++*i;
		return true;
	}
	if (line.n < 400 &&
	    furniture_is(d->rules->furniture, PLACE_FIRST, line.s, line.n) &&
	    is_followed(d, *i + 1, 0)) {
		draft_remove(d, line);
		++*i;
		return true;
	}
	if (take_head_line(d, line) || take_bare_name(d, *i)) {
		++*i;
		return true;
	}
	if (*has_title || !take_headline(d, i))
		return false;
	*has_title = d->article.headline;
	return true;
}

void
head_read(struct draft *d)
{
	bool has_title;
	size_t i;

	read_labels(d);
	has_title = d->article.headline;
	for (i = d->first; i < d->layout.count && i < d->first + MAX_HEAD;)
		if (!take_line(d, &i, &has_title))
			break;
	d->first = i;
	if (has_title)
		look_below(d);
}
