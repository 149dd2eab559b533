/*
 * What is told, and when: records of news.stories in, alerts out, and with
 * them the changes of what must be remembered.  It knows no bus: what it
 * sends goes to whoever asks, in one transaction or not at all.
 *
 *	teller_record()		a record may be worth telling
 *	teller_clock()		something may be due, though no record came
 *
 * One thread.
 */
#ifndef ALERT_TELLER_H
#define ALERT_TELLER_H

#include "alert/match.h"
#include "alert/memory.h"

struct teller;

struct teller_names {
	const char *alerts, *state; /* topics; borrowed */
	const char *source;         /* of the alerts, as /news/alert */
};

struct teller *teller_new(const struct teller_names *names, int64_t keep_ms);
void teller_free(struct teller *t);

/* Takes rules, also as the next ones: what was told stays told. */
void teller_rules(struct teller *t, struct rules *rules, int64_t now_ms);

struct memory *teller_memory(struct teller *t);

/* A record that bears nw-replay tells nothing and changes nothing. */
int teller_record(struct teller *t, const struct bus_record *r, int64_t now_ms,
		  struct arena *arena, const struct memory_out *out,
		  struct err *err) MUST_CHECK;

/*
 * Digests, escalations, ends; and what has become of sources, if there is no
 * record left to read that might come from them.
 */
int teller_clock(struct teller *t, int64_t now_ms, bool is_caught_up, struct arena *arena,
		 const struct memory_out *out, struct err *err) MUST_CHECK;

struct teller_counts {
	int64_t matches, alerts; /* of all kinds */
	int64_t old, muted, held, gave_up;
};
const struct teller_counts *teller_counts(const struct teller *t);

#endif
