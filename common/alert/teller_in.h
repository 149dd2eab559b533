/* The teller from inside: between teller.c, teller_clock.c and teller_say.c. */
#ifndef ALERT_TELLER_IN_H
#define ALERT_TELLER_IN_H

#include "alert/teller.h"
#include "record/alert.h"

struct expected { /* a rule's source */
	const struct rule *rule;
	int64_t heard_ms, kept_ms; /* 0: never; as it is remembered */
};

struct teller {
	struct teller_names names;
	int64_t keep_ms;
	struct rules *rules;
	struct matcher *matcher;
	struct map by_name; /* to struct rule */
	struct expected *expected;
	size_t expected_count;
	int64_t since_ms; /* nobody is blamed for silence before */
	struct memory *memory;
	struct buf json;
	int64_t swept_ms;
	struct teller_counts counts;
};

/* What a call has in hand. */
struct telling {
	struct teller *t;
	int64_t now_ms;
	const char *now; /* the same as text */
	struct arena *arena;
	const struct memory_out *out;
	struct err *err;
};

void telling_init(struct telling *x, struct teller *t, int64_t now_ms,
		  struct arena *arena, const struct memory_out *out, struct err *err);

int64_t text_ms(const char *text); /* 0 for NULL */
const char *ms_text(struct arena *arena, int64_t ms);

/* A rule's clocks as they are remembered; zeroed but for its name. */
struct memo clock_of(const struct teller *t, const char *rule);
bool is_muted(const struct telling *x, const char *rule);
/* Whether what it tells now has to wait. */
bool is_silent(const struct telling *x, const struct rule *r, const struct memo *clock);

/*
 * The alert goes out, now: with what it begins, its escalation and its hold.
 * r is NULL where the rule is gone.  clock is changed, and not yet put.
 */
int
say(struct telling *x, const struct rule *r, const struct alert *a, struct memo *clock);
int say_json(struct telling *x, const struct alert *a, const char *json, size_t n);

int teller_hear(struct telling *x, const struct article *a);

#endif
