/*
 * Key and value of each topic are in docs/architecture.md.  Compacted topics
 * are read to their end at start and never expire: they say what is true now.
 */
#include "work/topics.h"

#include "base/mem.h"

#define DAY_MS INT64_C(86400000)

const struct opt topics_opts[] = {
	OPT(struct topics_conf, partitions, "4", 1, 1000,
	    "partitions of a new topic: as many workers of a group can share it"),
	OPT(struct topics_conf, retention_days, "7", 1, 36500,
	    "days that records are kept"),
	OPT(struct topics_conf, deadletter_days, "30", 1, 36500,
	    "days that dead letters are kept"),
	FLAG(struct topics_conf, dry_run, "false", "say what would be done, do nothing"),
	{ 0 },
};

const struct conf_section topics_section = { .name = "topics",
					     .help = "what topics are created with",
					     .opts = topics_opts };

struct topics_events { /* of [enrich] */
	bool events;
};

enum kept { KEPT_DAYS, KEPT_DEADLETTER, KEPT_COMPACTED };

static const struct {
	const char *name;
	enum kept kept;
} rows[TOPICS] = {
	{ "articles", KEPT_DAYS },         { "enriched", KEPT_DAYS },
	{ "stories", KEPT_DAYS },          { "alerts", KEPT_DAYS },
	{ "deadletter", KEPT_DEADLETTER }, { "ledger", KEPT_COMPACTED },
	{ "state", KEPT_COMPACTED },       { "events", KEPT_DAYS },
};

static const struct opt events_opts[] = {
	OPT(struct topics_events, events, "false", 0, 0, "as enrich has it"),
	{ 0 },
};

int
topics_have_events(const struct conf *conf, bool *events, struct err *err)
{
	struct topics_events enrich;

	if (conf_fill(conf, "enrich", NULL, events_opts, &enrich, err))
		return -1;
	*events = enrich.events;
	return 0;
}

static int64_t
retention_ms(enum kept kept, const struct topics_conf *conf)
{
	switch (kept) {
	case KEPT_DAYS:
		return conf->retention_days * DAY_MS;
	case KEPT_DEADLETTER:
		return conf->deadletter_days * DAY_MS;
	case KEPT_COMPACTED:
		return -1;
	}
	return -1;
}

size_t
topics_fill(struct bus_topic topics[TOPICS], const char *prefix,
	    const struct topics_conf *conf, bool events)
{
	size_t n = events ? TOPICS : TOPICS - 1;

	for (size_t i = 0; i < n; i++)
		topics[i] = (struct bus_topic){
			.name = must_printf("%s.%s", prefix, rows[i].name),
			.partitions = conf->partitions,
			.retention_ms = retention_ms(rows[i].kept, conf),
			.compacted = rows[i].kept == KEPT_COMPACTED,
		};
	return n;
}
