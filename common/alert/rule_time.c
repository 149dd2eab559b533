/* The keys of a rule that speak of the clock. */
#include <string.h>

#include "alert/rule_key.h"

int
rule_sides(struct rule_reader *x, const struct ini_text *value, const char *word,
	   const char *example, struct ini_text *a, struct ini_text *b)
{
	size_t n = strlen(word);
	const char *at = memmem(value->text, value->size, word, n);
	size_t before = at ? (size_t)(at - value->text) : 0;

	x->at = *value;
	if (!at || !before || before + n == value->size)
		return err_set(x->err, ERR_USAGE, "as in '%s'", example);
	*a = *value;
	a->size = before;
	*b = ini_within(value, before + n);
	return 0;
}

/* "3 in 10m" */
int
rule_read_needs(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	struct ini_text count, time;

	if (rule_sides(x, value, " in ", "3 in 10m", &count, &time))
		return -1;
	x->at = count;
	if (rule_whole(x, &count, 2, NEEDS_MOST, &r->needs.count))
		return -1;
	x->at = time;
	return rule_duration(x, &time, &r->needs.within_ms);
}

int
rule_read_hold(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	return rule_duration(x, value, &r->hold_ms);
}

int
rule_read_recover(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	return rule_duration(x, value, &r->recover_ms);
}

static int
time_of_day(struct rule_reader *x, const struct ini_text *t, int *minutes)
{
	const char *p = t->text;
	int h, m;

	x->at = *t;
	if (t->size != 5 || p[2] != ':')
		return err_set(x->err, ERR_USAGE, "as in '22:00-07:00'");
	for (int i = 0; i < 5; i++)
		if (i != 2 && (p[i] < '0' || p[i] > '9'))
			return err_set(x->err, ERR_USAGE, "as in '22:00-07:00'");
	h = (p[0] - '0') * 10 + p[1] - '0';
	m = (p[3] - '0') * 10 + p[4] - '0';
	if (h > 23 || m > 59)
		return err_set(x->err, ERR_USAGE, "'%.*s' is no time of day",
			       (int)t->size, p);
	*minutes = h * 60 + m;
	return 0;
}

int
rule_read_quiet(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	struct ini_text from, to;

	if (rule_sides(x, value, "-", "22:00-07:00", &from, &to) ||
	    time_of_day(x, &from, &r->quiet.from) || time_of_day(x, &to, &r->quiet.to))
		return -1;
	x->at = *value;
	if (r->quiet.from == r->quiet.to)
		return err_set(x->err, ERR_USAGE, "it begins and ends at the same time");
	return 0;
}

/* "15m to chief" */
int
rule_read_escalate(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	struct ini_text time, channel;

	if (rule_sides(x, value, " to ", "15m to CHANNEL", &time, &channel))
		return -1;
	r->escalate.channel = rule_copy(x, &channel);
	x->at = time;
	return rule_duration(x, &time, &r->escalate.after_ms);
}

/* "reuters every 10m" */
int
rule_read_expect(struct rule_reader *x, struct rule *r, const struct ini_text *value)
{
	struct ini_text source, time;
	char code[CODE_BYTES];

	if (rule_sides(x, value, " every ", "Reuters every 10m", &source, &time))
		return -1;
	code_of_name(source.text, source.size, code);
	r->expect.source = rule_copy(x, &source);
	r->expect.code = arena_strdup(&x->rules->arena, code);
	x->at = time;
	return rule_duration(x, &time, &r->expect.every_ms);
}
