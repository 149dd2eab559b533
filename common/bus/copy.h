/*
 * Carries an embedded log to a cluster: topics with keys, headers and times,
 * and the positions of groups.  Nobody may run on the log; from then on it is
 * sealed.  How far it is lies on the cluster (record/copied.h), in the
 * transactions of the records: killed anywhere, it goes on where it was, and
 * each record is there once.  At the end both sides are read and compared.
 */
#ifndef BUS_COPY_H
#define BUS_COPY_H

#include "bus/bus.h"

struct copy_conf {
	struct bus *from; /* an embedded log */
	struct bus *to;
	const char *prefix; /* of the topics and groups that are carried */
	bool dry;           /* say what would be done */
	void (*say)(void *arg, const char *text); /* a line for the user */
	void (*count)(void *arg, const char *doing, int64_t done, int64_t of);
	void *arg;
};

int bus_copy(const struct copy_conf *conf, struct err *err) MUST_CHECK;

/*
 * Takes away what the copy of this log left in the topic of states, how many records:
 * where it went nobody is told any more.  ERR_USAGE where the copy is not through.
 */
int bus_copy_forget(const struct copy_conf *conf, size_t *n, struct err *err) MUST_CHECK;

/* The log is taken into use again.  ERR_USAGE where it is not sealed. */
int bus_unseal(struct bus *log, struct err *err) MUST_CHECK;

#endif
