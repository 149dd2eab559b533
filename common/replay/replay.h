/*
 * A replay: a stretch of the log again, into a topic or a sink.  What it has
 * sent, and how far it has come, commit together, so a run that was killed is
 * gone on with by running the same line again.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "ops/command.h"
#include "record/replay.h"
#include "replay/filter.h"
#include "replay/pace.h"
#include "sink/sink.h"

/* What makes others of each record: enrich of an article. */
struct replay_through {
	const char *name; /* as a stage: its dead letters are retried there */
	/* Sends what it makes through `send`, with topics of its own. */
	int (*make)(void *arg, const struct bus_record *in,
		    int (*send)(void *to, const struct bus_record *out, struct err *err),
		    void *to, struct arena *arena, struct err *err);
	void *arg;
};

struct replay_job {
	const struct program *program;
	struct bus *bus;
	struct replay_line line;
	int64_t from_ms, to_ms; /* as the line says: INT64_MIN, INT64_MAX: no bound */
	const char *id;         /* NULL: made of the line */
	const char *reason, *by;
	struct filter *filter;
	struct pace_conf pace;
	const struct replay_through *through; /* NULL: records as they are */
	const char *sink_name;                /* NULL: into a topic */
	const struct sink_conf *sink;
	bool at_once; /* into a sink: all in one flush, as far as the sink has such */
	bool show;    /* how it goes on, on the terminal */
};

enum replay_outcome {
	REPLAY_FINISHED,
	REPLAY_WAS_DONE,
	REPLAY_WAS_CANCELLED, /* now or before */
	REPLAY_STOPPED,       /* by a signal: the same line goes on */
};

struct replay_report {
	enum replay_outcome outcome;
	struct replay_state state; /* its memory lives until the end of the process */
	int64_t ms;                /* that this run took */
	long sent;                 /* by this run */
};

int replay_run(const struct replay_job *job, struct replay_report *report,
	       struct err *err) MUST_CHECK;

/* What a run would do: reads and filters, and writes nothing. */
struct replay_forecast {
	struct replay_place *places; /* gives */
	size_t place_count;
	long read, meant;
	int64_t bytes, first_ms, last_ms; /* of what is meant */
};

int replay_foresee(const struct replay_job *job, struct replay_forecast *forecast,
		   struct err *err) MUST_CHECK;

#endif
