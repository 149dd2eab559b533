/*
 * A sink of the one partition t/0, driven by hand: for the facts of one type
 * that its suite does not know.
 */
#ifndef TESTS_SINK_ALONE_H
#define TESTS_SINK_ALONE_H

#include "sink/sink.h"
#include "tests/lib/sink_script.h"

/* NULL and an error if it does not open. */
struct sink *alone_open(const struct sink_type *type, const void *conf, int flush_ms,
			struct err *err);
/* From the sink's own position, or the group's 1,000,000. */
int alone_claim(struct sink *s, int64_t *offset, struct err *err);
/* Both; what fails fails the test. */
struct sink *alone_ready(const struct sink_type *type, const void *conf, int flush_ms);

/* A copy of the value, with the headers ce_id and nw-file, lives for 2,047 more of them. */
int alone_write(struct sink *s, int64_t offset, const char *value, struct err *err);
int alone_write_article(struct sink *s, int64_t offset, const struct sink_article *a,
			struct err *err);
int alone_flush(struct sink *s, int64_t next, struct err *err);

/* Records from, from + 1 ... of {"n":OFFSET}, and the flush. */
int alone_send(struct sink *s, int from, int to, struct err *err);

/* "OFFSET: WHY\n" for each since the last opening. */
const char *alone_refused(void);
void alone_end(void); /* gives back what is kept between sinks */

void must(int failed, const struct err *err); /* fails the test with the error's text */

#endif
