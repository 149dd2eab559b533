#include "language/calendar.h"

#include <string.h>

#include "base/mem.h"

static const struct {
	enum time_word kind;
	int value;
	const char *words; /* the value goes up by one at each comma */
} rows[] = {
	{ TIME_MONTH, 1,
	  "january jan jan.,february feb feb.,march mar.,april apr apr.,may,june jun "
	  "jun.,"
	  "july jul jul.,august aug aug.,september sept sept. sep sep.,october oct oct.,"
	  "november nov nov.,december dec dec." },
	{ TIME_WEEKDAY, 1,
	  "monday mon mon.,tuesday tue tue. tues tues.,wednesday wed wed.,"
	  "thursday thu thu. thur thur. thurs thurs.,friday fri fri.,saturday "
	  "sat.,sunday sun." },
	{ TIME_UNIT, UNIT_SECOND,
	  ",minute,hour,day,week,month,quarter,year,decade,century" },
	{ TIME_UNIT, UNIT_SECOND + UNIT_MANY,
	  "seconds,minutes,hours,days,weeks,months,quarters,years,decades,centuries" },
	{ TIME_NUMBER, 1,
	  "one,two "
	  "couple,three,four,five,six,seven,eight,nine,ten,eleven,twelve,thirteen,"
	  "fourteen,fifteen,sixteen,seventeen,eighteen,nineteen,twenty" },
	{ TIME_NUMBER, 30, "thirty" },
	{ TIME_NUMBER, 40, "forty" },
	{ TIME_NUMBER, 50, "fifty" },
	{ TIME_NUMBER, 60, "sixty" },
	{ TIME_NUMBER, 70, "seventy" },
	{ TIME_NUMBER, 80, "eighty" },
	{ TIME_NUMBER, 90, "ninety" },
	{ TIME_NUMBER, 12, "dozen" },
	{ TIME_NUMBER, -1, "few several many" },
	{ TIME_ORDINAL, 1,
	  "first,second,third,fourth,fifth,sixth,seventh,eighth,ninth,tenth,eleventh,"
	  "twelfth,"
	  "thirteenth,fourteenth,fifteenth,sixteenth,seventeenth,eighteenth,nineteenth,"
	  "twentieth" },
	{ TIME_SEASON, 0, "spring,summer,fall autumn,winter" },
	{ TIME_PART, 0,
	  "morning mornings dawn,afternoon afternoons,evening evenings dusk,night "
	  "nights,daytime daylight" },
	{ TIME_SHIFT, -1, "yesterday,today,tomorrow" },
	{ TIME_REF, -1, "recently,now currently nowadays" },
	{ TIME_EACH, UNIT_HOUR, "hourly,daily nightly,weekly,monthly,,annually yearly" },
	{ TIME_EDGE, 0, "early earlier late later mid" },
	{ TIME_WHICH, -1,
	  "last past previous preceding,this current,next coming following "
	  "upcoming" },
	{ TIME_CLOCK, 12, "noon midday" },
	{ TIME_CLOCK, 0, "midnight" },
	{ TIME_DECADE, 192,
	  "twenties,thirties,forties,fifties,sixties,seventies,eighties,nineties" },
	{ TIME_BEGIN, 0,
	  "a an half hundred thousand,the,nearly almost about roughly around over under "
	  "approximately some barely exactly more less at up just well fewer" },
};

void
calendar_words(struct words *w)
{
	for (size_t i = 0; i < LENGTH(rows); i++) {
		const char *p = rows[i].words;
		int value = rows[i].value;

		while (*p) {
			size_t n = strcspn(p, " ,");

			if (n) {
				struct word *word = words_add(w, p, n);

				word->time = (unsigned char)rows[i].kind;
				word->value = (short)value;
			}
			value += p[n] == ',';
			p += n + (p[n] != '\0');
		}
	}
}
