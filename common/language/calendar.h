/* Words of time, as classes with a value; part of the vocabulary. */
#ifndef LANGUAGE_CALENDAR_H
#define LANGUAGE_CALENDAR_H

#include "language/words.h"

enum time_word {
	TIME_NONE,
	TIME_MONTH,   /* 1..12 */
	TIME_WEEKDAY, /* 1 Monday .. 7 Sunday */
	TIME_UNIT,    /* enum unit, many + 16 */
	TIME_NUMBER,  /* -1: few, several */
	TIME_ORDINAL,
	TIME_SEASON, /* 0 SP, 1 SU, 2 FA, 3 WI */
	TIME_PART,   /* of a day: 0 MO, 1 AF, 2 EV, 3 NI */
	TIME_SHIFT,  /* yesterday -1, today 0, tomorrow 1 */
	TIME_REF,    /* now 0, recently -1, soon 1 */
	TIME_EACH,   /* daily: enum unit */
	TIME_EDGE,   /* early, late, mid: they belong to the time behind them */
	TIME_WHICH,  /* last -1, this 0, next 1 */
	TIME_CLOCK,  /* noon 12, midnight 0 */
	TIME_DECADE, /* nineties: 199 */
	TIME_BEGIN,  /* a term may begin with it: 0 half, 1 the, 2 about */
};

enum unit {
	UNIT_SECOND,
	UNIT_MINUTE,
	UNIT_HOUR,
	UNIT_DAY,
	UNIT_WEEK,
	UNIT_MONTH,
	UNIT_QUARTER,
	UNIT_YEAR,
	UNIT_DECADE,
	UNIT_CENTURY,
	UNIT_MANY = 16,
};

void calendar_words(struct words *w); /* adds them */

#endif
