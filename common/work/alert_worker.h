/*
 * What `newswire alert` does: PREFIX.stories in, PREFIX.alerts out, with what
 * it must remember in PREFIX.state, all in one transaction.  One at a time
 * reads all partitions, since a story's articles may lie in any of them;
 * others of its group stand by.
 */
#ifndef WORK_ALERT_WORKER_H
#define WORK_ALERT_WORKER_H

#include "alert/rule.h"
#include "ops/command.h"

struct alert_conf { /* [alert] */
	const char *rules;
	int keep_days;
	const char *test, *channel; /* flags of the command alone */
	bool only_fires;
};

extern const struct opt alert_opts[];

/*
 * The file of rules as the worker takes it: whole, open for writing in no
 * process (ERR_RETRY where it is), and of channels that the configuration has.
 */
int alert_rules_open(struct rules **rules, const char *path, const struct codes *codes,
		     const struct conf *conf, struct err *err) MUST_CHECK;

/* Runs until told to stop; gives the exit status. */
int alert_worker_run(const struct program *program, const struct alert_conf *conf);

#endif
