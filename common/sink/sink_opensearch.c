/*
 * One document an article in OpenSearch (or Elasticsearch), the newest version
 * of each; a withdrawn one keeps its place without its content, and the alias
 * does not show it.
 *
 * Their external versions are one 64-bit number, and "newer" does not fit into
 * one.  So a piece of a batch first asks what stands of its ids, decides as
 * every state sink does, and writes each document on condition that it is still
 * the one that was seen (if_seq_no).  No positions are kept: a document says
 * from where in the topic it is, so that records which come again, or from a
 * worker that was replaced meanwhile, change nothing.
 *
 * Behind the alias are indices NAME-000001 and on; an id stays in the index in
 * which it was first stored, so all of them are asked.
 */
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/log.h"
#include "record/bulk.h"
#include "record/enriched.h"
#include "record/json.h"
#include "sink/http.h"
#include "sink/newest.h"
#include "sink/sink.h"
#include "time/clock.h"

enum {
	PIECE = 500, /* records asked for and sent together */
	BODY = 8 << 20,
	INDICES = 32,
	ANSWER = 32 << 20,
	TEMPLATE = 1, /* version of opensearch.json */
	LOOK_MS = 60000
};

extern const char *const opensearch_template[]; /* generated */

struct opensearch_conf {
	const char *url, *index, *user, *header, *ca;
	int64_t roll_documents;
};

static const struct opt opensearch_opts[] = {
	OPT(struct opensearch_conf, url, "http://127.0.0.1:9200", 0, 0,
	    "http(s)://HOST:PORT of OpenSearch or Elasticsearch"),
	OPT(struct opensearch_conf, index, "newswire", 0, 0,
	    "alias to search by, and first part of its indices' names"),
	OPT(struct opensearch_conf, user, "", 0, 0, "NAME:PASSWORD, for basic authentication"),
	OPT(struct opensearch_conf, header, "", 0, 0,
	    "one more header, as \"Authorization: ApiKey ...\""),
	OPT(struct opensearch_conf, ca, "", 0, 0,
	    "file of certificates to trust instead of the system's"),
	OPT(struct opensearch_conf, roll_documents, "20000000", 0, INT64_MAX,
	    "articles in an index before the next is begun; 0: never"),
	{ 0 },
};

struct opensearch_sink {
	struct opensearch_conf conf;
	struct sink *sink;
	char *cluster;
	struct http *http;
	struct arena *arena; /* of the record in hand */
	struct arena kept;   /* of the piece: its keys; answers on top */
	const struct bus_record *records[PIECE];
	struct candidate candidates[PIECE];
	struct standing standing[PIECE];
	const struct bulk_found *where[PIECE]; /* of a candidate: what stands of it */
	bool withdrawn[PIECE];
	struct bulk_found found[PIECE];
	struct bulk_result results[PIECE];
	size_t count, bytes;
	char *indices[INDICES]; /* the newest last */
	size_t index_count;
	struct buf body, url;
	struct http_answer answer;
	struct mono looked; /* at the size of the newest index */
	bool ready, was_up;
};

/* A name of an index is small letters; no dash, so that NAME-* is ours alone. */
static int
check_index(const char *name, struct err *err)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (n > 0 && n < 100 && !name[n] && islower((unsigned char)name[0]))
		return 0;
	return err_set(err, ERR_USAGE,
		       "`index = %s`: small letters, digits and _ only, a letter first",
		       name);
}

static int
opensearch_open(void *state, const struct sink_start *start, struct err *err)
{
	struct opensearch_sink *s = state;
	struct http_settings settings = { .most_answer = ANSWER, .sink = start->sink };

	s->conf = *(const struct opensearch_conf *)start->conf;
	s->sink = start->sink;
	s->cluster = must_strdup(start->cluster);
	s->arena = start->arena;
	buf_init(&s->url, 4096);
	buf_init(&s->body, 256 << 20);
	arena_init(&s->kept, 128 << 20);
	settings.user = s->conf.user;
	settings.header = s->conf.header;
	settings.ca = s->conf.ca;
	if (check_index(s->conf.index, err) || http_check_url(s->conf.url, err))
		return -1;
	return http_open(&s->http, &settings, err);
}

/* ---- requests ---- */

static int
request(struct opensearch_sink *s, const char *method, const char *path, const char *type,
	struct err *err)
{
	const char *headers[] = { type, NULL };
	size_t n = strlen(s->conf.url);

	while (n > 0 && s->conf.url[n - 1] == '/')
		n--;
	buf_reset(&s->url);
	buf_add(&s->url, s->conf.url, n);
	buf_adds(&s->url, path);
	return http_send(s->http, method, s->url.data, headers,
			 s->body.size ? s->body.data : NULL, s->body.size, &s->answer, err);
}

/* What an answer to the whole request means; 2xx is no error, 404 is the caller's. */
static int
complain(struct opensearch_sink *s, const char *doing, struct err *err)
{
	char words[240];
	long status = s->answer.status;
	enum err_class class = ERR_RETRY;
	const char *advice = "";

	if (status == 401 || status == 403) {
		class = s->was_up ? ERR_RETRY : ERR_USAGE;
		advice = ": give the sink a `user` that may write and manage its indices";
	} else if (status == 400 || status == 405) {
		class = ERR_FATAL;
	}
	return err_set(err, class, "OpenSearch, %s: %ld %s%s", doing, status,
		       http_words(&s->answer, words, sizeof(words)), advice);
}

static bool
is_well(const struct opensearch_sink *s)
{
	return s->answer.status >= 200 && s->answer.status <= 299;
}

#define JSON   "Content-Type: application/json"
#define NDJSON "Content-Type: application/x-ndjson"

/* A request with a body, or with none, whose answer must be well. */
static int
must_be_well(struct opensearch_sink *s, const char *method, const char *path,
	     const char *doing, struct err *err)
{
	if (request(s, method, path, JSON, err))
		return -1;
	return is_well(s) ? 0 : complain(s, doing, err);
}

static int
ask_number(struct opensearch_sink *s, const char *path, const char *name, int64_t *number,
	   struct err *err)
{
	struct arena_mark mark = arena_mark(&s->kept);
	int failed;

	buf_reset(&s->body);
	if (request(s, "GET", path, JSON, err))
		return -1;
	*number = -1;
	if (s->answer.status == 404)
		return 0;
	if (!is_well(s))
		return complain(s, path, err);
	failed = bulk_read_number(s->answer.body->data, s->answer.body->size, name, number,
				  &s->kept, err);
	arena_rewind(&s->kept, mark);
	return failed;
}

/* ---- its indices ---- */

static void
put_template_body(struct opensearch_sink *s)
{
	const char *text = opensearch_template[0], *place;

	buf_reset(&s->body);
	while ((place = strstr(text, "%INDEX%"))) {
		buf_add(&s->body, text, (size_t)(place - text));
		buf_adds(&s->body, s->conf.index);
		text = place + strlen("%INDEX%");
	}
	buf_adds(&s->body, text);
}

static int
update_template(struct opensearch_sink *s, struct err *err)
{
	char path[160];
	int64_t version;

	snprintf(path, sizeof(path), "/_index_template/%s", s->conf.index);
	/* It stands in the mapping's _meta. */
	if (ask_number(s, path, "newswire", &version, err))
		return -1;
	if (version > TEMPLATE)
		return err_set(err, ERR_USAGE,
			       "the index template %s was written by a newer newswire "
			       "(version %" PRId64 "; this one knows %d): use that one, or "
			       "give the sink another `index`",
			       s->conf.index, version, TEMPLATE);
	if (version == TEMPLATE)
		return 0;
	put_template_body(s);
	return must_be_well(s, "PUT", path, "putting the index template", err);
}

static void
forget_indices(struct opensearch_sink *s)
{
	while (s->index_count > 0)
		free(s->indices[--s->index_count]);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
list_indices(struct opensearch_sink *s, struct err *err)
{
	struct arena_mark mark = arena_mark(&s->kept);
	const char *names[INDICES];
	char path[160];
	size_t n = 0;

	snprintf(path, sizeof(path), "/_alias/%s", s->conf.index);
	buf_reset(&s->body);
	if (request(s, "GET", path, JSON, err))
		return -1;
	forget_indices(s);
	if (s->answer.status == 404)
		return 0;
	if (!is_well(s))
		return complain(s, "asking for its indices", err);
	if (bulk_read_names(s->answer.body->data, s->answer.body->size, &s->kept, names,
			    INDICES, &n, err))
		return -1;
	while (s->index_count < n) {
		s->indices[s->index_count] = must_strdup(names[s->index_count]);
		s->index_count++;
	}
	arena_rewind(&s->kept, mark);
	qsort(s->indices, s->index_count, sizeof(*s->indices), by_name);
	return 0;
}

/* Whoever comes second finds it there. */
static int
make_index(struct opensearch_sink *s, int number, struct err *err)
{
	char path[160];

	snprintf(path, sizeof(path), "/%s-%06d", s->conf.index, number);
	buf_reset(&s->body);
	buf_adds(&s->body, "{}");
	if (request(s, "PUT", path, JSON, err))
		return -1;
	if (!is_well(s) && !(s->answer.status == 400 &&
			     strstr(s->answer.body->data, "resource_already_exists")))
		return complain(s, "making an index", err);
	return list_indices(s, err);
}

/* A node that has just started, or an index just made, is not there at once. */
static int
await_shards(struct opensearch_sink *s, struct err *err)
{
	char path[200];

	snprintf(path, sizeof(path),
		 "/_cluster/health/%s-*?wait_for_status=yellow&timeout=%dms", s->conf.index,
		 sink_left_ms(s->sink) / 2);
	buf_reset(&s->body);
	return must_be_well(s, "GET", path, "waiting for its shards", err);
}

static int
be_ready(struct opensearch_sink *s, struct err *err)
{
	if (!s->ready && update_template(s, err))
		return -1;
	/* Another worker may have begun the next index. */
	if (list_indices(s, err))
		return -1;
	if (s->index_count == 0 && make_index(s, 1, err))
		return -1;
	if (s->index_count == 0)
		return err_set(err, ERR_USAGE,
			       "OpenSearch has an index %s-000001 that is not behind the "
			       "alias %s: give the sink another `index`",
			       s->conf.index, s->conf.index);
	if (!s->ready && await_shards(s, err))
		return -1;
	s->ready = s->was_up = true;
	return 0;
}

static int
opensearch_tick(void *state, struct err *err)
{
	struct opensearch_sink *s = state;
	const char *newest;
	char path[200];
	int64_t documents;

	if (!s->ready || s->conf.roll_documents == 0 || mono_since(s->looked) < LOOK_MS)
		return 0;
	s->looked = mono_now();
	newest = s->indices[s->index_count - 1];
	snprintf(path, sizeof(path), "/%s/_count", newest);
	if (ask_number(s, path, "count", &documents, err))
		return -1;
	if (documents < s->conf.roll_documents)
		return 0;
	if (s->index_count == INDICES) {
		log_warn("the sink has all %d indices that it can ask; %s grows on: give "
			 "the sink another `index`",
			 INDICES, newest);
		return 0;
	}
	log_info("a new index is begun documents=%" PRId64 " last=%s", documents, newest);
	return make_index(s, atoi(newest + strlen(s->conf.index) + 1) + 1, err);
}

/* ---- what stands ---- */

static void
print_questions(struct opensearch_sink *s, const char *index)
{
	buf_reset(&s->body);
	json_open(&s->body, NULL, '{');
	json_open(&s->body, "docs", '[');
	for (size_t i = 0; i < s->count; i++) {
		json_open(&s->body, NULL, '{');
		json_text(&s->body, "_index", index);
		json_text(&s->body, "_id", s->candidates[i].id);
		json_text(&s->body, "_source", "nw");
		json_close(&s->body, '}');
	}
	json_close(&s->body, ']');
	json_close(&s->body, '}');
}

static int
ask_index(struct opensearch_sink *s, const char *index, size_t *standing, struct err *err)
{
	size_t n;

	print_questions(s, index);
	if (must_be_well(s, "POST",
			 "/_mget?filter_path=docs._index,docs.found,docs._seq_no,"
			 "docs._primary_term,docs._source.nw,docs.error.type",
			 "asking what it holds", err))
		return -1;
	if (bulk_read_found(s->answer.body->data, s->answer.body->size, &s->kept, s->found,
			    PIECE, &n, err))
		return -1;
	if (n != s->count)
		return err_set(err, ERR_RETRY, "OpenSearch answered %zu of %zu questions", n,
			       s->count);
	for (size_t i = 0; i < n; i++) {
		const struct bulk_found *f = &s->found[i];
		struct bulk_found *kept;

		if (f->error)
			return err_set(err, ERR_RETRY, "OpenSearch, index %s: %s", index,
				       f->error);
		if (!f->found || s->where[i])
			continue;
		kept = arena_alloc(&s->kept, sizeof(*kept));
		if (!kept)
			return arena_check(&s->kept, err);
		*kept = *f;
		s->where[i] = kept;
		s->standing[(*standing)++] = (struct standing){
			s->candidates[i].id,
			{ f->version, f->versioncreated, (long)f->epoch },
			NULL
		};
	}
	return 0;
}

static const char *
log_of(const struct opensearch_sink *s, size_t i, char *text, size_t size)
{
	snprintf(text, size, "%s/%s/%d", s->cluster, s->records[i]->topic,
		 s->records[i]->partition);
	return text;
}

/* Of two that are equally new the later place in the topic counts: ours may be the earlier,
 * since a worker that was replaced does not know it at once. */
static void
see_places(struct opensearch_sink *s)
{
	char log[512];

	for (size_t i = 0; i < s->count; i++) {
		const struct bulk_found *f = s->where[i];

		if (f && f->log && f->offset > s->records[i]->offset &&
		    !strcmp(f->log, log_of(s, i, log, sizeof(log))))
			s->candidates[i].replayed = true;
	}
}

static int
choose(struct opensearch_sink *s, struct err *err)
{
	size_t standing = 0;

	memset(s->where, 0, sizeof(s->where));
	for (size_t i = 0; i < s->index_count; i++)
		if (ask_index(s, s->indices[i], &standing, err))
			return -1;
	see_places(s);
	newest_choose(s->candidates, s->count, s->standing, standing);
	return 0;
}

/* ---- documents ---- */

static void
print_action(struct opensearch_sink *s, size_t i)
{
	const struct bulk_found *f = s->where[i];

	json_open(&s->body, NULL, '{');
	json_open(&s->body, f ? "index" : "create", '{');
	json_text(&s->body, "_index", f ? f->index : s->indices[s->index_count - 1]);
	json_text(&s->body, "_id", s->candidates[i].id);
	if (f) {
		json_int(&s->body, "if_seq_no", f->seq_no);
		json_int(&s->body, "if_primary_term", f->primary_term);
	}
	json_close(&s->body, '}');
	json_close(&s->body, '}');
	buf_addc(&s->body, '\n');
}

/* Our key, then the record as it is; a withdrawn one has no content. */
static void
print_document(struct opensearch_sink *s, size_t i)
{
	const struct candidate *c = &s->candidates[i];
	const char *value = s->records[i]->value;
	char log[512];
	size_t brace = (size_t)((const char *)memchr(value, '{', s->records[i]->value_size) - value);

	json_open(&s->body, NULL, '{');
	json_open(&s->body, "nw", '{');
	json_text(&s->body, "version", c->key.version);
	json_text(&s->body, "versioncreated", c->key.versioncreated);
	json_int(&s->body, "epoch", c->key.epoch);
	json_text(&s->body, "log", log_of(s, i, log, sizeof(log)));
	json_int(&s->body, "offset", s->records[i]->offset);
	json_bool(&s->body, "withdrawn", s->withdrawn[i]);
	json_close(&s->body, '}');
	buf_addc(&s->body, ',');
	buf_add(&s->body, value + brace + 1, s->records[i]->value_size - brace - 1);
	buf_addc(&s->body, '\n');
}

static bool
passes(int64_t status)
{
	return status == 404 || status == 408 || status == 409 || status == 429 ||
	       status >= 500;
}

/* Those that are through are done; the refused are said; the rest come again. */
static int
read_results(struct opensearch_sink *s, const size_t *sent, size_t n, struct err *err)
{
	struct err again = { ERR_RETRY, "" };
	size_t answered, waiting = 0;

	if (bulk_read_results(s->answer.body->data, s->answer.body->size, &s->kept,
			      s->results, PIECE, &answered, err))
		return -1;
	if (answered != n)
		return err_set(err, ERR_RETRY, "OpenSearch answered for %zu of %zu documents",
			       answered, n);
	for (size_t i = 0; i < n; i++) {
		const struct bulk_result *r = &s->results[i];
		const struct bus_record *record = s->records[sent[i]];
		struct err why;

		if (r->status >= 200 && r->status <= 299) {
			sink_done(s->sink, record);
			continue;
		}
		err_set(&why, passes(r->status) ? ERR_RETRY : ERR_REJECT,
			"OpenSearch: %" PRId64 " %s: %.300s", r->status,
			r->type ? r->type : "", r->reason ? r->reason : "");
		if (why.class == ERR_REJECT) {
			if (sink_reject(s->sink, record, &why, err))
				return -1;
		} else if (waiting++ == 0) {
			again = why;
		}
	}
	if (waiting == 0)
		return 0;
	*err = again;
	return err_context(err, "%zu of %zu documents wait", waiting, n);
}

static int
store(struct opensearch_sink *s, struct err *err)
{
	size_t sent[PIECE], n = 0;

	buf_reset(&s->body);
	for (size_t i = 0; i < s->count; i++) {
		if (!s->candidates[i].wins)
			continue;
		print_action(s, i);
		print_document(s, i);
		sent[n++] = i;
	}
	if (n == 0)
		return 0;
	if (buf_check(&s->body, err))
		return -1;
	if (request(s, "POST",
		    "/_bulk?filter_path=errors,items.*.status,items.*.error.type,"
		    "items.*.error.reason",
		    NDJSON, err))
		return -1;
	if (s->answer.status == 413 && n == 1) {
		struct err why;

		complain(s, "storing a document", &why);
		return sink_reject(s->sink, s->records[sent[0]], &why, err);
	}
	if (!is_well(s))
		return complain(s, "storing", err);
	return read_results(s, sent, n, err);
}

static void
opensearch_undo(void *state)
{
	struct opensearch_sink *s = state;

	s->count = s->bytes = 0;
	arena_reset(&s->kept);
}

static int
send_piece(struct opensearch_sink *s, struct err *err)
{
	if (s->count == 0)
		return 0;
	if (be_ready(s, err) || choose(s, err) || store(s, err)) {
		s->ready = false;
		return -1;
	}
	opensearch_undo(s);
	return 0;
}

static int
add(struct opensearch_sink *s, const struct bus_record *r, const struct enriched *e,
    struct err *err)
{
	s->records[s->count] = r;
	s->withdrawn[s->count] = article_is_withdrawn(&e->article);
	if (candidate_of(r, e, &s->candidates[s->count], &s->kept, err))
		return -1;
	s->count++;
	s->bytes += r->value_size;
	return 0;
}

static int
opensearch_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	struct opensearch_sink *s = state;
	struct enriched e;

	if (enriched_of(r, &e, s->arena, err))
		return -1;
	if (stored)
		return 0;
	if (s->count > 0 && s->bytes + r->value_size > BODY && send_piece(s, err))
		return -1;
	if (add(s, r, &e, err))
		return -1;
	return s->count == PIECE ? send_piece(s, err) : 0;
}

static int
opensearch_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	(void)places;
	(void)n;
	return send_piece(state, err);
}

static void
opensearch_close(void *state)
{
	struct opensearch_sink *s = state;

	http_close(s->http);
	forget_indices(s);
	buf_release(&s->url);
	buf_release(&s->body);
	arena_release(&s->kept);
	free(s->cluster);
}

const struct sink_type sink_opensearch_type;
const struct sink_type sink_opensearch_type = {
	.name = "opensearch",
	.help = "one document an article in OpenSearch or Elasticsearch; the newest "
		"version of each",
	.kind = SINK_STATE,
	.effect = SINK_IDEMPOTENT,
	.whole = true,
	.state_size = sizeof(struct opensearch_sink),
	.conf_size = sizeof(struct opensearch_conf),
	.opts = opensearch_opts,
	.open = opensearch_open,
	.write = opensearch_write,
	.flush = opensearch_flush,
	.undo = opensearch_undo,
	.tick = opensearch_tick,
	.close = opensearch_close,
};
