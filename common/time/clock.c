#include "time/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t
now(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct mono
mono_now(void)
{
	return (struct mono){ now(CLOCK_MONOTONIC) };
}

int64_t
mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

struct wall
wall_now(void)
{
	return (struct wall){ now(CLOCK_REALTIME) };
}

const char *
wall_text(struct wall t, char text[WALL_TEXT])
{
	time_t s = (time_t)(t.ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(text, WALL_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return text;
}

/* +hh, +hhmm, +hh:mm, Z or nothing, to the end of the text; minutes east of UTC. */
static int
zone(const char *text, int *minutes)
{
	int h, m = 0, used = 0;

	*minutes = 0;
	if (!*text || !strcmp(text, "Z") || !strcmp(text, "z"))
		return 0;
	if (*text != '+' && *text != '-')
		return -1;
	if (sscanf(text + 1, "%2d%n:%2d%n", &h, &used, &m, &used) < 1 &&
	    sscanf(text + 1, "%2d%2d%n", &h, &m, &used) < 1)
		return -1;
	if (strlen(text) == 5 && sscanf(text + 1, "%2d%2d", &h, &m) != 2)
		return -1;
	if (h > 14 || m > 59)
		return -1;
	*minutes = (*text == '-' ? -1 : 1) * (h * 60 + m);
	return 0;
}

int
wall_parse(struct wall *t, const char *text)
{
	int y, mo, d, h = 0, mi = 0, s = 0, n = 0, east;
	struct tm tm = { 0 };

	if (sscanf(text, "%4d-%2d-%2d%n", &y, &mo, &d, &n) != 3 || n < 8)
		return -1;
	text += n;
	if (*text == 'T' || *text == ' ') {
		n = 0;
		if (sscanf(text + 1, "%2d:%2d%n", &h, &mi, &n) != 2 || !n)
			return -1;
		text += 1 + n;
		n = 0;
		if (sscanf(text, ":%2d%n", &s, &n) == 1 && n)
			text += n;
		if (*text == '.')
			text += 1 + strspn(text + 1, "0123456789");
	}
	if (zone(text, &east) || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 24 || mi > 59 || s > 60)
		return -1;
	tm = (struct tm){ .tm_year = y - 1900, .tm_mon = mo - 1, .tm_mday = d, .tm_hour = h,
		.tm_min = mi - east, .tm_sec = s };
	t->ms = (int64_t)timegm(&tm) * 1000;
	/* 31 June is no date, not 1 July. */
	tm = (struct tm){ .tm_year = y - 1900, .tm_mon = mo - 1, .tm_mday = d };
	timegm(&tm);
	return tm.tm_mday == d ? 0 : -1;
}

int
wall_local_minute(struct wall t)
{
	time_t seconds = (time_t)(t.ms / 1000);
	struct tm local;

	return localtime_r(&seconds, &local) ? local.tm_hour * 60 + local.tm_min : 0;
}
