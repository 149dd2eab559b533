/*
 * The topics of a line: one table says what each is called, how it is parted
 * and how long it is kept.  `newswire topics` and `newswire run` create them.
 */
#ifndef WORK_TOPICS_H
#define WORK_TOPICS_H

#include "bus/bus.h"
#include "ops/command.h"

enum { TOPICS = 8 }; /* at most */

struct topics_conf { /* [topics] */
	int partitions, retention_days, deadletter_days;
	bool dry_run; /* of the command */
};

extern const struct opt topics_opts[];
extern const struct conf_section topics_section;

/*
 * All topics under this prefix, and how many; the names are the process's.  Last comes
 * the flat one of events, where a line has it.
 */
size_t topics_fill(struct bus_topic topics[TOPICS], const char *prefix,
		   const struct topics_conf *conf, bool events);

/* Does [enrich] say `events = true`? */
int topics_have_events(const struct conf *conf, bool *events, struct err *err) MUST_CHECK;

/* Reads [topics], creates what is missing on the bus and logs what differs as warnings.
 */
int
topics_make(const struct program *program, struct bus *bus, struct err *err) MUST_CHECK;

/* The flat topic alone, for one who writes it whatever the configuration says. */
int topics_make_events(const struct program *program, struct bus *bus,
		       struct err *err) MUST_CHECK;

#endif
