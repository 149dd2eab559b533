/*
 * Records to whoever listens at a URL, each call with a key that is the same
 * whenever it is made again.
 *
 * A call holds records of one partition that follow each other; its key is
 * their places, so one key has one body.  One that is answered is done at once;
 * a kill between the answer and the commit makes it once more.  A server that
 * fails five times in a row is left alone for a while: then one call tries.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/json_check.h"
#include "sink/http.h"
#include "sink/line.h"
#include "sink/sign.h"
#include "sink/sink.h"
#include "time/clock.h"

enum { FAILURES = 5, MOST = 1000, BODY = 32 << 20, ANSWER = 4096 };

struct webhook_conf {
	const char *url, *secret, *user, *header, *ca, *values;
	int batch, rest_ms;
};

static const struct opt webhook_opts[] = {
	OPT(struct webhook_conf, url, "", 0, 0, "http(s)://HOST/PATH that is called"),
	OPT(struct webhook_conf, secret, "", 0, 0,
	    "signs each call: HMAC-SHA256 in Newswire-Signature"),
	OPT(struct webhook_conf, user, "", 0, 0, "NAME:PASSWORD, for basic authentication"),
	OPT(struct webhook_conf, header, "", 0, 0,
	    "one more header, as \"Authorization: Bearer ...\""),
	OPT(struct webhook_conf, ca, "", 0, 0,
	    "file of certificates to trust instead of the system's"),
	OPT(struct webhook_conf, values, "bare", 0, 0,
	    "bare: the record's value; lines: of the log, with place and headers"),
	OPT(struct webhook_conf, batch, "1", 1, MOST,
	    "most records in a call; above 1 the body is a list"),
	OPT(struct webhook_conf, rest_ms, "30000", 0, 3600000,
	    "how long a server that keeps failing is left alone"),
	{ 0 },
};

/* A record of the call that is being made up; its text begins at `start` in bodies. */
struct item {
	const struct bus_record *r;
	size_t start, stop;
};

struct webhook_sink {
	struct webhook_conf conf;
	struct sink *sink;
	struct http *http;
	bool bare;
	struct item items[MOST];
	size_t count;
	struct buf bodies, body;
	int failures;
	struct mono rest_from;
	int rest_ms; /* 0: it may be called */
};

/* What an answer means.  Others are the server's or the operator's to mend. */
enum verdict { DONE, REFUSED, LATER };
static const struct {
	long first, last;
	enum verdict verdict;
	const char *advice;
} verdicts[] = {
	{ 200, 299, DONE, "" },
	{ 300, 399, LATER, ": it has moved; give its new place in `url`" },
	{ 400, 400, REFUSED, "" },
	{ 401, 401, LATER, ": give it `user` or `header`" },
	{ 403, 403, LATER, ": give it `user`, `header` or the right `secret`" },
	{ 404, 405, LATER, ": is `url` right?" },
	{ 406, 406, REFUSED, "" },
	{ 408, 409, LATER, "" },
	{ 410, 410, LATER, ": nobody listens there any more; end this sink" },
	{ 411, 424, REFUSED, "" },
	{ 425, 429, LATER, "" },
	{ 430, 499, REFUSED, "" },
};

static int
webhook_open(void *state, const struct sink_start *start, struct err *err)
{
	struct webhook_sink *s = state;
	struct http_settings settings = { .most_answer = ANSWER, .sink = start->sink };

	s->conf = *(const struct webhook_conf *)start->conf;
	s->sink = start->sink;
	buf_init(&s->bodies, LINE_CEILING + BODY);
	buf_init(&s->body, LINE_CEILING + BODY + MOST);
	settings.user = s->conf.user;
	settings.header = s->conf.header;
	settings.ca = s->conf.ca;
	if (http_check_url(s->conf.url, err) || line_format(s->conf.values, &s->bare, err))
		return -1;
	return http_open(&s->http, &settings, err);
}

/* ---- one call ---- */

/* The header ce_id as CloudEvents' HTTP binding has it: ce-id, percent-encoded. */
static char *
event_header(const struct bus_header *h)
{
	struct buf text;
	char *copy;

	buf_init(&text, 16384);
	buf_printf(&text, "ce-%s: ", h->name + 3);
	for (size_t i = 0; i < h->size; i++) {
		unsigned char c = ((const unsigned char *)h->value)[i];

		if (c > ' ' && c < 0x7f && c != '"' && c != '%')
			buf_addc(&text, (char)c);
		else
			buf_printf(&text, "%%%02X", c);
	}
	copy = text.full ? NULL : must_strdup(text.data);
	buf_release(&text);
	return copy;
}

enum { HEADERS = 24 };

static size_t
add_events(const struct bus_record *r, char **headers, size_t n)
{
	for (size_t i = 0; i < r->header_count && n < HEADERS - 1; i++)
		if (!strncmp(r->headers[i].name, "ce_", 3) &&
		    (headers[n] = event_header(&r->headers[i])))
			n++;
	return n;
}

static void
make_body(struct webhook_sink *s, size_t from, size_t to)
{
	bool list = s->conf.batch > 1;

	buf_reset(&s->body);
	if (list)
		buf_addc(&s->body, '[');
	for (size_t i = from; i < to; i++) {
		if (i > from)
			buf_addc(&s->body, ',');
		buf_add(&s->body, s->bodies.data + s->items[i].start,
			s->items[i].stop - s->items[i].start);
	}
	if (list)
		buf_addc(&s->body, ']');
}

static int
call(struct webhook_sink *s, size_t from, size_t to, struct http_answer *answer,
     struct err *err)
{
	const struct bus_record *first = s->items[from].r, *last = s->items[to - 1].r;
	char key[400], signature[SIGN_BYTES];
	char *headers[HEADERS + 1] = { 0 };
	size_t own, n = 0;
	int failed;

	make_body(s, from, to);
	headers[n++] = (char *)"Content-Type: application/json";
	if (first == last)
		snprintf(key, sizeof(key), "Idempotency-Key: %s/%d/%" PRId64, first->topic,
			 first->partition, first->offset);
	else
		snprintf(key, sizeof(key), "Idempotency-Key: %s/%d/%" PRId64 "-%" PRId64 "/%zu",
			 first->topic, first->partition, first->offset, last->offset,
			 to - from);
	headers[n++] = key;
	if (*s->conf.secret) {
		sign_header(s->conf.secret, s->body.data, s->body.size, signature);
		headers[n++] = signature;
	}
	own = n;
	if (s->conf.batch == 1)
		n = add_events(first, headers, n);
	failed = http_send(s->http, "POST", s->conf.url, (const char *const *)headers,
			   s->body.data, s->body.size, answer, err);
	while (n > own)
		free(headers[--n]);
	return failed;
}

/* ---- what its answer means ---- */

static int
failed_again(struct webhook_sink *s, int asked_ms)
{
	s->failures++;
	s->rest_from = mono_now();
	s->rest_ms = s->failures >= FAILURES ? s->conf.rest_ms : 0;
	if (asked_ms > s->rest_ms)
		s->rest_ms = asked_ms;
	return -1;
}

static int
is_resting(const struct webhook_sink *s, struct err *err)
{
	int64_t left = s->rest_ms - mono_since(s->rest_from);

	if (s->rest_ms == 0 || left <= 0)
		return 0;
	return err_set(err, ERR_RETRY,
		       "the webhook has failed %d times in a row: it is called again in %" PRId64
		       " s",
		       s->failures, left / 1000 + 1);
}

static enum verdict
judge(const struct http_answer *a, struct err *err)
{
	char words[160];
	enum verdict verdict = LATER;
	const char *advice = "";

	for (size_t i = 0; i < LENGTH(verdicts); i++)
		if (a->status >= verdicts[i].first && a->status <= verdicts[i].last) {
			verdict = verdicts[i].verdict;
			advice = verdicts[i].advice;
		}
	if (verdict != DONE)
		err_set(err, verdict == REFUSED ? ERR_REJECT : ERR_RETRY,
			"the webhook answered %ld%s%s%s", a->status,
			a->body->size ? " " : "", http_words(a, words, sizeof(words)), advice);
	return verdict;
}

/* A list that is refused is halved, until each of its records has its own answer. */
static int
deliver(struct webhook_sink *s, size_t from, size_t to, struct err *err)
{
	struct http_answer answer;
	enum verdict verdict;
	size_t middle = from + (to - from) / 2;
	struct err why;

	if (is_resting(s, err))
		return -1;
	if (call(s, from, to, &answer, err))
		return failed_again(s, 0);
	verdict = judge(&answer, err);
	if (verdict == LATER)
		return failed_again(s, answer.retry_after_ms);
	s->failures = s->rest_ms = 0;
	if (verdict == REFUSED && to - from > 1)
		return deliver(s, from, middle, err) || deliver(s, middle, to, err) ? -1 : 0;
	why = *err;
	if (verdict == REFUSED)
		return sink_reject(s->sink, s->items[from].r, &why, err);
	for (size_t i = from; i < to; i++)
		sink_done(s->sink, s->items[i].r);
	return 0;
}

static void
webhook_undo(void *state)
{
	struct webhook_sink *s = state;

	s->count = 0;
	buf_reset(&s->bodies);
}

static int
deliver_all(struct webhook_sink *s, struct err *err)
{
	if (s->count > 0 && deliver(s, 0, s->count, err))
		return -1;
	webhook_undo(s);
	return 0;
}

static bool
belongs_to_call(const struct webhook_sink *s, const struct bus_record *r)
{
	const struct bus_record *last = s->items[s->count - 1].r;

	return s->count < (size_t)s->conf.batch && r->partition == last->partition &&
	       !strcmp(r->topic, last->topic) &&
	       s->bodies.size + r->value_size < (size_t)BODY;
}

/* No value is null; bytes that are no JSON have no place in a list, and none alone. */
static int
add_value(struct webhook_sink *s, const struct bus_record *r, struct err *err)
{
	size_t start = s->bodies.size;

	if (s->bare && r->value && !json_is_line(r->value, r->value_size))
		return err_set(err, ERR_REJECT,
			       "the value is not one line of JSON: `values = lines` sends any");
	if (s->bare && !r->value)
		buf_adds(&s->bodies, "null");
	else if (s->bare)
		buf_add(&s->bodies, r->value, r->value_size);
	else
		line_print(r, false, &s->bodies);
	if (s->bodies.size > start && s->bodies.data[s->bodies.size - 1] == '\n')
		s->bodies.size--;
	if (buf_check(&s->bodies, err))
		return -1;
	s->items[s->count++] = (struct item){ r, start, s->bodies.size };
	return 0;
}

static int
webhook_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	struct webhook_sink *s = state;

	if (stored)
		return 0;
	if (s->count > 0 && !belongs_to_call(s, r) && deliver_all(s, err))
		return -1;
	if (add_value(s, r, err))
		return -1;
	return s->count == (size_t)s->conf.batch ? deliver_all(s, err) : 0;
}

static int
webhook_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	(void)places;
	(void)n;
	return deliver_all(state, err);
}

static void
webhook_close(void *state)
{
	struct webhook_sink *s = state;

	http_close(s->http);
	buf_release(&s->bodies);
	buf_release(&s->body);
}

const struct sink_type sink_webhook_type;
const struct sink_type sink_webhook_type = {
	.name = "webhook",
	.help = "calls to a URL, signed, with an Idempotency-Key; at least once: after a "
		"kill the last call may be made again",
	.kind = SINK_APPEND,
	.effect = SINK_EXTERNAL,
	.state_size = sizeof(struct webhook_sink),
	.conf_size = sizeof(struct webhook_conf),
	.opts = webhook_opts,
	.open = webhook_open,
	.write = webhook_write,
	.flush = webhook_flush,
	.undo = webhook_undo,
	.close = webhook_close,
};
