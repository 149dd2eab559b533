/*
 * Requests to one HTTP server that may be slow, away or strange, over one
 * connection that is kept.  Nothing here waits longer than the sink may.
 */
#ifndef SINK_HTTP_H
#define SINK_HTTP_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "sink/sink.h"

struct http_settings {
	const char *user;     /* NAME:PASSWORD, or NULL */
	const char *header;   /* one more, "Name: value", or NULL */
	const char *ca;       /* file of certificates to trust; NULL: the system's */
	size_t most_answer;   /* bytes of an answer that are kept; a longer one is cut */
	struct sink *sink;    /* whose time it is; NULL: timeout_ms for each request */
	int timeout_ms;       /* 0: HTTP_MS */
};

enum { HTTP_MS = 30000 };

struct http;

/* ERR_USAGE unless it begins as one. */
int http_check_url(const char *url, struct err *err) MUST_CHECK;

int http_open(struct http **http, const struct http_settings *settings,
	      struct err *err) MUST_CHECK;
void http_close(struct http *h);

struct http_answer {
	long status;
	int retry_after_ms;     /* what the server asked for; -1: nothing */
	const struct buf *body; /* until the next request */
	bool cut;               /* the answer was longer */
};

/*
 * 0: there was an answer, whatever its status.  ERR_RETRY: there was none;
 * ERR_USAGE: a URL that is none, a certificate that is not to be trusted.
 * headers: "Name: value", NULL-ended.  Redirects are answers.
 */
int http_send(struct http *h, const char *method, const char *url,
	      const char *const *headers, const void *body, size_t n,
	      struct http_answer *answer, struct err *err) MUST_CHECK;

/* The first words of an answer's body, safe for a log: for the end of an error. */
const char *http_words(const struct http_answer *answer, char *words, size_t size);

#endif
