/*
 * Channels: how an alert reaches somebody.  A type is one file, channel_NAME.c,
 * with one `const struct channel_type`; a channel is a section of the
 * configuration, [channel NAME].
 *
 * What came of a sending is told in full, since an alert that nobody got is
 * sent again, and one that somebody may have got is not, or with a word of
 * warning.
 */
#ifndef CHANNEL_CHANNEL_H
#define CHANNEL_CHANNEL_H

#include "ops/conf.h"
#include "record/alert.h"

enum { CHANNEL_NAME_BYTES = 100 };

enum channel_answer {
	CHANNEL_SENT,
	CHANNEL_REFUSED, /* for good */
	CHANNEL_AWAY,    /* it was not taken: another time */
	CHANNEL_UNKNOWN, /* perhaps it was taken, perhaps not */
};

struct letter {
	const struct alert *alert;
	const char *json; /* the same as it stands on the topic */
	size_t size;
	bool maybe_repeated; /* it may have been sent before */
};

struct channel_type {
	const char *name, *help;
	bool takes_key; /* of two sendings of one id whoever gets them drops one */
	size_t state_size, conf_size; /* zeroed */
	const struct opt *opts;
	int (*open)(void *state, const void *conf, int timeout_ms, struct err *err);
	/* err: why, unless it is sent.  Takes no longer than timeout_ms. */
	enum channel_answer (*send)(void *state, const struct letter *l, struct err *err);
	void (*close)(void *state); /* also after a failed open */
};

extern const struct channel_type *const channel_types[]; /* NULL-ended, generated */

struct channel_conf { /* the rows that all types have */
	const char *type, *on_unknown, *min_priority;
	int timeout_ms, rest_ms;
};

extern const struct conf_section channel_section;

struct channel {
	const char *name;
	const struct channel_type *type;
	struct channel_conf conf;
	bool holds_unknown;
	int min_priority;
	void *state;
	int failures;         /* in a row */
	int64_t rest_from_ms; /* of the monotonic clock */
};

/* ERR_USAGE: there is no such section, or it says what cannot be. */
int channel_open(struct channel *c, const struct conf *conf, const char *name,
		 struct err *err) MUST_CHECK;
void channel_close(struct channel *c); /* also one that is zeroed */

/* Whether the alert goes this way at all. */
bool channel_wants(const struct channel *c, const struct alert *a);

/*
 * One that has failed five times in a row is left alone for rest_ms: -1 and
 * ERR_RETRY meanwhile.
 */
int channel_is_well(const struct channel *c, struct err *err);

enum channel_answer
channel_send(struct channel *c, const struct letter *l, struct err *err);

/* ERR_USAGE with the nearest: no section has this name. */
int channel_known(const struct conf *conf, const char *name, struct err *err) MUST_CHECK;

#endif
