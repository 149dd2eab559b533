/*
 * Dates as news states them, in many languages: "March 14, 2024 08:15 UTC",
 * "Veröffentlicht am 14.3.2024 um 8.15 Uhr", "14 mars", "2024年3月14日".  The
 * words are those of lexicon/calendar.tsv.
 */
#ifndef TEXT_STAMP_H
#define TEXT_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct calendar;

struct calendar *calendar_new(const char *lexicon, struct err *err); /* NULL on error */
void calendar_free(struct calendar *c);

struct stamp {
	int year, month, day; /* 0: not said */
	int second;           /* of the day; -1: no time said */
	int east;             /* minutes; 0 too where no zone is said */
	bool is_modified;     /* "updated", not "published" */
	bool has_words; /* "published" and the like, so that it is no date by chance */
};

/* True if the whole text is a date of at least a month and a day, and nothing else. */
bool stamp_parse(const struct calendar *c, const char *language, const char *s, size_t n,
		 struct stamp *stamp);

/* A date in a file's name or path: 2026-11-18, 20261122T0410Z; the last one there is. */
bool stamp_in_name(const char *path, struct stamp *stamp);

/*
 * Milliseconds of the epoch.  A stamp without a year is in the year that puts
 * it nearest to `near_ms`, but no more than a week after it.
 */
int64_t stamp_ms(const struct stamp *stamp, int64_t near_ms);

#endif
