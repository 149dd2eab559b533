/*
 * Newer or older: every sink must come to the same answer in whatever order
 * records arrive, so this is a total order.  Where one version is a number
 * and the other is not, the number is the older.
 */
#include <string.h>

#include "record/article.h"
#include "time/clock.h"

static int
sign(long a, long b)
{
	return (a > b) - (a < b);
}

static bool
is_number(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

/* Of any length: a version made of a date and a counter fits no integer. */
static int
compare_numbers(const char *a, const char *b)
{
	a += strspn(a, "0");
	b += strspn(b, "0");
	if (strlen(a) != strlen(b))
		return strlen(a) > strlen(b) ? 1 : -1;
	return strcmp(a, b);
}

static int
compare_versions(const char *a, const char *b)
{
	a = a ? a : "1";
	b = b ? b : "1";
	if (is_number(a) && is_number(b))
		return compare_numbers(a, b);
	if (is_number(a) != is_number(b))
		return is_number(a) ? -1 : 1;
	return strcmp(a, b);
}

/* The digits behind the point, without zeros at their end. */
static size_t
fraction(const char *time, const char **digits)
{
	const char *point = strchr(time, '.');
	size_t n;

	*digits = point ? point + 1 : "";
	n = strspn(*digits, "0123456789");
	while (n > 0 && (*digits)[n - 1] == '0')
		n--;
	return n;
}

static int
compare_fractions(const char *a, const char *b)
{
	size_t m = fraction(a, &a), n = fraction(b, &b);
	int rc = memcmp(a, b, m < n ? m : n);

	return rc ? rc : sign((long)m, (long)n);
}

/* No time, or none that can be read, is before all times. */
static int
compare_times(const char *a, const char *b)
{
	struct wall s, t;
	bool has_a = a && wall_parse(&s, a) == 0, has_b = b && wall_parse(&t, b) == 0;

	if (!has_a || !has_b)
		return has_a - has_b;
	return s.ms != t.ms ? sign(s.ms, t.ms) : compare_fractions(a, b);
}

int
version_compare(const struct version_key *a, const struct version_key *b)
{
	int rc = compare_versions(a->version, b->version);

	if (rc == 0)
		rc = compare_times(a->versioncreated, b->versioncreated);
	return rc ? rc : sign(a->epoch, b->epoch);
}
