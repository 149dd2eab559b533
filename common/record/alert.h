/*
 * The alert: the value of news.alerts.  All strings in the arena or borrowed;
 * NULL: null, where it says so.
 */
#ifndef RECORD_ALERT_H
#define RECORD_ALERT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "record/field.h"
#include "record/names.h"

enum alert_kind {
	ALERT_MATCH,    /* a rule holds */
	ALERT_DIGEST,   /* what was held back meanwhile */
	ALERT_ESCALATE, /* one that nobody has acknowledged */
	ALERT_RECOVER,  /* the rule has not held for so long; the source is heard again */
	ALERT_SILENCE,  /* a source has gone quiet */
};
extern const char *const alert_kinds[];

struct alert_event {
	const char *type;
	const char *actor, *recipient, *place, *date, *text; /* NULL: null */
	int casualties; /* dead and injured; -1: null */
};

struct alert_item {                                     /* of a digest */
	const char *id, *time, *headline, *story, *uri; /* the last three: NULL: null */
};

struct alert {
	const char *id; /* of what is told, the how manieth time: the same in every run */
	enum alert_kind kind;
	const char *rule, *priority, *time;
	const char *story, *uri, *headline; /* NULL: null */
	const struct alert_event *event;    /* NULL: null */
	int articles, sources;
	struct names why, channels;
	bool repeated;            /* its subject was told of before */
	struct alert_item *items; /* of a digest */
	size_t item_count;
	int more; /* that a digest has no room for */
};

int alert_parse(struct alert *a, const char *json, size_t n, struct arena *arena,
		struct err *err) MUST_CHECK;
void alert_print(const struct alert *a, struct buf *out);

/* The id of what is told of a subject, whose key this is. */
enum { ALERT_ID = 33 };
const char *alert_id(const void *key, size_t n, int64_t times, char id[ALERT_ID]);

#endif
