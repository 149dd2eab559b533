/*
 * Files to records, once each.  For every file that is due the ledger is
 * asked; what is new is read whole, parsed, and goes out with its ledger rows
 * in one transaction, as many files together as are due.
 *
 * A bad file is a dead letter and a row, and the next one goes through.
 */
#ifndef SPOOL_PUBLISH_H
#define SPOOL_PUBLISH_H

#include "bus/bus.h"
#include "spool/inbox.h"
#include "spool/ledger.h"

struct publish_conf {
	const char *prefix, *spool;
	int64_t max_file_bytes; /* of the file, and of what it inflates to */
	int batch;              /* files in a transaction */
	int cut_ms;
	bool skip_existing; /* what was there before the first start */
};

struct publish_counts {          /* of one call */
	long published, revised; /* first and later versions */
	long unchanged, skipped, rejected, held, unreadable, busy, gone;
};

struct publisher;

/*
 * Brings the ledger up to date and joins the bus.  Borrows all handles; the
 * topics are there.
 */
int publish_open(struct publisher **publisher, const struct publish_conf *conf,
		 struct bus *bus, struct ledger *ledger, struct err *err) MUST_CHECK;
void publish_close(struct publisher *p);

/*
 * Deals with the files of the inbox that are due.  After an error they are
 * due again soon, and nothing was published.
 */
int publish_files(struct publisher *p, struct inbox *inbox, struct publish_counts *counts,
		  struct err *err) MUST_CHECK;

/* Notes what others asked to be taken again, and puts that into the inbox. */
int publish_asked(struct publisher *p, struct inbox *inbox, struct err *err) MUST_CHECK;

/* The first scan is through: from now on no file is an old one. */
int publish_opened(struct publisher *p, struct err *err) MUST_CHECK;

#endif
