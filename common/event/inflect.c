/*
 * English inflection by rule: carry, carries, carried, carrying; stop,
 * stopped.  A final consonant is doubled where the word has one vowel group,
 * for the stress of longer words cannot be read from their letters; those
 * that double all the same (commit, expel) stand in irregular.tsv.
 */
#include "event/inflect.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool
is_vowel(char c)
{
	return c && strchr("aeiou", c);
}

static bool
ends(const char *s, size_t n, const char *tail)
{
	size_t t = strlen(tail);

	return n >= t && !memcmp(s + n - t, tail, t);
}

static bool
doubles(const char *s, size_t n)
{
	int groups = 0;

	if (n < 3 || is_vowel(s[n - 1]) || strchr("wxyh", s[n - 1]) ||
	    !is_vowel(s[n - 2]) || is_vowel(s[n - 3]))
		return false;
	for (size_t i = 0; i < n; i++)
		groups += is_vowel(s[i]) && (i == 0 || !is_vowel(s[i - 1]));
	return groups == 1;
}

static void
add_s(const char *base, int n, char out[FORM_TEXT])
{
	size_t size = (size_t)n;

	if (size > 1 && base[n - 1] == 'y' && !is_vowel(base[n - 2]))
		snprintf(out, FORM_TEXT, "%.*sies", n - 1, base);
	else if (ends(base, size, "s") || ends(base, size, "x") ||
		 ends(base, size, "z") || ends(base, size, "ch") ||
		 ends(base, size, "sh"))
		snprintf(out, FORM_TEXT, "%.*ses", n, base);
	else
		snprintf(out, FORM_TEXT, "%.*ss", n, base);
}

static int
length(const char *s)
{
	size_t n = strlen(s);

	return (int)(n > FORM_TEXT - 6 ? FORM_TEXT - 6 : n);
}

void
inflect_verb(const char *base, struct verb_forms *out)
{
	int n = length(base);
	size_t size = (size_t)n;
	bool twice = doubles(base, size);

	add_s(base, n, out->s);
	if (ends(base, size, "e"))
		snprintf(out->past, FORM_TEXT, "%.*sd", n, base);
	else if (size > 1 && base[n - 1] == 'y' && !is_vowel(base[n - 2]))
		snprintf(out->past, FORM_TEXT, "%.*sied", n - 1, base);
	else
		snprintf(out->past, FORM_TEXT, "%.*s%.*sed", n, base, twice,
			 base + n - 1);
	memcpy(out->done, out->past, FORM_TEXT);
	if (ends(base, size, "ie"))
		snprintf(out->ing, FORM_TEXT, "%.*sying", n - 2, base);
	else if (ends(base, size, "e") && !ends(base, size, "ee") &&
		 !ends(base, size, "ye"))
		snprintf(out->ing, FORM_TEXT, "%.*sing", n - 1, base);
	else
		snprintf(out->ing, FORM_TEXT, "%.*s%.*sing", n, base, twice,
			 base + n - 1);
}

void
inflect_noun(const char *one, char many[FORM_TEXT])
{
	int n = length(one);

	if (ends(one, (size_t)n, "man")) /* human and shaman are irregular, then */
		snprintf(many, FORM_TEXT, "%.*sen", n - 2, one);
	else
		add_s(one, n, many);
}
