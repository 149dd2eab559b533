/*
 * A dateline is told from a sentence with a dash by what its head holds: an
 * agency in brackets, a date, or a place in capitals.  A place in small
 * letters with neither is believed in German alone, where papers write so.
 */
#include "format/dateline.h"

#include <string.h>

#include "base/mem.h"
#include "text/utf8.h"

#define WINDOW 200 /* bytes in which a head ends */

static struct piece
trim(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == ','))
		s++;
	while (end > s && (end[-1] == ' ' || end[-1] == ',' || end[-1] == ':'))
		end--;
	return (struct piece){ s, (size_t)(end - s) };
}

bool
is_particle(const char *s, size_t n)
{
	static const char *const words[] = {
		"and", "und", "et",  "y",   "e",   "en",   "och",  "og",  "i",   "de",
		"van", "der", "den", "von", "la",  "le",   "del",  "da",  "di",  "do",
		"dos", "du",  "des", "al",  "el",  "bin",  "ibn",  "of",  "the", "for",
		"in",  "am",  "an",  "a",   "sur", "sous", "upon", "und", "zu",  "zur",
		"ter", "te",  "af",  "av",  "of",  "с",    "и",    "на",  "та",  "й",
		"ja",  "és",  "și",  "ve",  "dan", "&",    "the",  "at",  "bei"
	};

	if (n > 4) /* the longest of them */
		return false;
	for (size_t i = 0; i < LENGTH(words); i++)
		if (strlen(words[i]) == n && !memcmp(words[i], s, n))
			return true;
	return false;
}

bool
looks_like_names(const char *s, size_t n, int most_words)
{
	const char *p = s, *end = s + n;
	int words = 0, names = 0;

	while (p < end) {
		const char *from, *q;
		uint32_t c;

		while (p < end && (*p == ' ' || *p == ','))
			p++;
		if (p == end)
			break;
		from = q = p;
		while (p < end && *p != ' ' && *p != ',')
			p++;
		for (const char *d = from; d < p; d++)
			if (*d >= '0' && *d <= '9')
				return false;
		do
			c = utf8_next(&q, p);
		while (q < p && !utf8_is_letter(c));
		if (++words > most_words)
			return false;
		if (is_particle(from, (size_t)(p - from)))
			continue;
		if (!utf8_is_letter(c) || utf8_is_lower(c))
			return false;
		names++;
	}
	return names > 0;
}

static bool
is_capitals(struct piece p)
{
	const char *s = p.s, *end = p.s + p.n;
	int upper = 0, lower = 0;

	while (s < end) {
		const char *word = s;

		while (s < end && *s != ' ')
			s++;
		if (!is_particle(word, (size_t)(s - word)) || upper == 0)
			for (const char *q = word; q < s;) {
				uint32_t c = utf8_next(&q, s);

				upper += utf8_is_upper(c);
				lower += utf8_is_lower(c);
			}
		while (s < end && *s == ' ')
			s++;
	}
	return upper >= 2 && lower == 0;
}

static bool
is_place(struct piece p)
{
	for (size_t i = 0; i < p.n; i++)
		if (strchr(":;!?\"()[]", p.s[i]))
			return false;
	return p.n > 1 && p.n < 80 && looks_like_names(p.s, p.n, 5);
}

/* Takes "(AGENCY)" off the end of *head. */
static struct piece
take_agency(struct piece *head)
{
	const char *s = head->s, *end = s + head->n, *open;

	if (head->n < 4 || end[-1] != ')')
		return (struct piece){ NULL, 0 };
	for (open = end - 2; open > s && *open != '('; open--)
		if (*open == ')')
			return (struct piece){ NULL, 0 };
	if (*open != '(' || end - open > 60)
		return (struct piece){ NULL, 0 };
	*head = trim(s, open);
	return trim(open + 1, end - 1);
}

/* Takes a date off the end of *head: behind a comma, else the longest that is one. */
static bool
take_date(const struct rules *rules, const char *language, struct piece *head,
	  struct stamp *stamp)
{
	const char *end = head->s + head->n;

	for (const char *p = head->s; p < end; p++) {
		if (*p != ' ' && *p != ',')
			continue;
		if (stamp_parse(rules->calendar, language, p + 1, (size_t)(end - p - 1),
				stamp)) {
			*head = trim(head->s, p);
			return true;
		}
	}
	return false;
}

static bool
read_place(const struct rules *rules, struct piece head, struct filed *filed)
{
	const char *comma = memchr(head.s, ',', head.n), *end = head.s + head.n;

	filed->place = comma ? trim(head.s, comma) : head;
	filed->region = comma ? trim(comma, end) : (struct piece){ NULL, 0 };
	if (!is_place(filed->place) || (comma && !is_place(filed->region)))
		return false;
	return !furniture_is(rules->furniture, PLACE_NOPLACE, filed->place.s,
			     filed->place.n);
}

/* What stands before the dash: place, region, date, agency. */
static bool
read_head(const struct rules *rules, const char *language, const char *s, const char *end,
	  bool rest_is_sentence, struct filed *filed)
{
	struct piece head;

	if (memchr(s, '|', (size_t)(end - s)))
		return false;
	while (end > s && (end[-1] == ' ' || end[-1] == '.' || end[-1] == ':'))
		end--;
	head = trim(s, end);
	*filed = (struct filed){ .agency = take_agency(&head) };
	filed->has_stamp = take_date(rules, language, &head, &filed->stamp);
	if (!filed->agency.s)
		filed->agency = take_agency(&head);
	if (head.n == 0 || !read_place(rules, head, filed))
		return false;
	if (filed->agency.s || filed->has_stamp || is_capitals(filed->place))
		return true;
	return language && !strcmp(language, "de") && rest_is_sentence &&
	       !filed->region.s && looks_like_names(filed->place.s, filed->place.n, 2);
}

/* Bytes of a dash that parts head and text at p, with the spaces before it; 0: none. */
static size_t
dash(const char *p, const char *end)
{
	static const char *const dashes[] = {
		" - ",          " -- ", " \xE2\x80\x93 ", " \xE2\x80\x94 ",
		"\xE2\x80\x94", "- ",   "\xE2\x80\x93 ",  "\xE2\x80\x95"
	};
	const char *first = p;

	if (*p == ' ' && p + 1 < end)
		first = p + 1;
	if (*first != '-' && *first != '\xE2')
		return 0;
	for (size_t i = 0; i < LENGTH(dashes); i++) {
		size_t n = strlen(dashes[i]);

		if ((size_t)(end - p) > n && !memcmp(p, dashes[i], n))
			return n;
	}
	return 0;
}

static bool
starts_upper(const char *p, const char *end)
{
	uint32_t c = 0;

	while (p < end && !utf8_is_letter(c))
		c = utf8_next(&p, end);
	return utf8_is_upper(c);
}

/* "(ANSA) - ROMA, 14 MAR - Il governo": the agency stands first. */
static const char *
leading_agency(const char *s, const char *end, struct piece *agency)
{
	const char *close = *s == '(' ? memchr(s, ')', (size_t)(end - s)) : NULL, *p;
	size_t n;

	if (!close || close - s > 30)
		return s;
	p = close + 1;
	n = p < end ? dash(p, end) : 0;
	if (n == 0)
		return s;
	*agency = trim(s + 1, close);
	return p + n;
}

/* Without a dash "Berlin (dpa) Der" is one, "Central News Agency (KCNA) said" is none. */
static bool
is_sure(const struct filed *filed, const char *p, const char *end)
{
	const char *agency = filed->agency.s;

	if (!agency || !starts_upper(p, end))
		return false;
	return filed->has_stamp || is_capitals(filed->place) ||
	       utf8_is_lower(utf8_next(&agency, agency + filed->agency.n));
}

bool
dateline_find(const struct rules *rules, const char *language, const char *s, size_t n,
	      struct filed *filed)
{
	const char *end = s + (n > WINDOW ? WINDOW : n), *start = s;
	struct piece leading = { NULL, 0 };
	struct dateline found;
	int tries = 0;

	if (n == 0)
		return false;
	end = s + utf8_valid_prefix(s, (size_t)(end - s));
	start = leading_agency(s, end, &leading);
	for (const char *p = start; p < end && tries < 4; p++) {
		size_t wide = dash(p, end);
		bool bracket = *p == ')' && p + 2 < end && (p[1] == ' ' || p[1] == ':');

		if (!wide && !bracket)
			continue;
		tries++;
		if (!read_head(rules, language, start, bracket ? p + 1 : p,
			       starts_upper(p + wide, end), filed))
			continue;
		if (bracket && !dash(p + 1, end) && !is_sure(filed, p + 1, end))
			continue;
		if (leading.s)
			filed->agency = leading;
		return true;
	}
	if (!furniture_dateline(rules->furniture, s, (size_t)(end - s), &found) ||
	    !found.place.s)
		return false;
	*filed = (struct filed){ .place = found.place, .agency = found.agency };
	filed->has_stamp =
	    found.date.s && stamp_parse(rules->calendar, language, found.date.s,
					found.date.n, &filed->stamp);
	return true;
}
