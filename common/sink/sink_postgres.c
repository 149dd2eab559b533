/*
 * Articles and their events in PostgreSQL, the newest version of each, and
 * what was withdrawn.
 *
 * write() turns a record into rows for COPY; flush() asks what stands of the
 * batch's uris, deletes what is older, copies what is newer, and sets the
 * positions, all in one transaction.  Which of two is newer is decided here, by
 * the same function as everywhere, so no staging table is needed for the
 * server to decide.  A batch that outgrows its buffers is sent piece by piece
 * within that transaction.
 *
 * A value that the server refuses fails a whole COPY: the piece is then halved
 * under savepoints until the one record is found, which is refused.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/enriched.h"
#include "sink/newest.h"
#include "sink/pg_copy.h"
#include "sink/pg_schema.h"
#include "sink/rows.h"
#include "sink/sink.h"
#include "time/clock.h"

enum { URIS = ROW_TABLES, TABLES, PIECE = 16 << 20, IDS = 1000, MOST = 8192, KEYS = 64 << 20 };

static const char *const copies[TABLES] = {
	[ROW_ARTICLE] =
	    "COPY articles(id, uri, version, versioncreated, firstcreated, pubstatus,"
	    " language, headline, byline, located, slugline, body, source, usageterms,"
	    " copyright, urgency, wordcount, meta, extractor, epoch, model, lexicon,"
	    " created, record) FROM STDIN",
	[ROW_EVENT] = "COPY events FROM STDIN",
	[ROW_ACTOR] = "COPY actors FROM STDIN",
	[ROW_TIME] = "COPY times FROM STDIN",
	[ROW_QUOTE] = "COPY quotes FROM STDIN",
	[ROW_ENTITY] = "COPY entities FROM STDIN",
	[ROW_MENTION] = "COPY mentions FROM STDIN",
	[URIS] = "COPY uris FROM STDIN",
};

struct postgres_conf {
	const char *conninfo, *schema;
	bool record;
};

static const struct opt postgres_opts[] = {
	OPT(struct postgres_conf, conninfo, "", 0, 0,
	    "server and database as libpq has them: postgresql://HOST/DATABASE, or words; "
	    "what is missing is taken from PGHOST and its like, the password from ~/.pgpass"),
	OPT(struct postgres_conf, schema, "newswire", 0, 0,
	    "of the sink's tables; made if missing"),
	OPT(struct postgres_conf, record, "false", 0, 0,
	    "keep each whole record too, as jsonb in articles.record"),
	{ 0 },
};

/* A record of the batch: where its rows begin, and what decides over it. */
struct item {
	const struct bus_record *r;
	bool withdrawn;
	int64_t id;
	size_t rows[TABLES];
};

struct postgres_sink {
	struct postgres_conf conf;
	struct sink *sink;
	char *cluster;
	struct arena *arena;
	struct pg pg;
	int64_t next_id, end_id;
	struct buf rows[TABLES], list, list2;
	struct item *items;
	struct candidate *candidates; /* one for each item; their texts lie in keys */
	struct arena keys;
	size_t count;
	size_t buffered;
};

static int
postgres_open(void *state, const struct sink_start *start, struct err *err)
{
	struct postgres_sink *s = state;

	s->conf = *(const struct postgres_conf *)start->conf;
	s->sink = start->sink;
	s->cluster = must_strdup(start->cluster);
	s->arena = start->arena;
	s->pg = (struct pg){ .sink = start->sink };
	s->items = must_alloc(MOST * sizeof(*s->items));
	s->candidates = must_alloc(MOST * sizeof(*s->candidates));
	arena_init(&s->keys, KEYS);
	for (int t = 0; t < TABLES; t++)
		buf_init(&s->rows[t], 1 << 30);
	buf_init(&s->list, 16 << 20);
	buf_init(&s->list2, 16 << 20);
	return pg_schema_name(s->conf.schema, err);
}

static int
ready(struct postgres_sink *s, struct err *err)
{
	if (s->pg.conn)
		return 0;
	if (pg_connect(&s->pg, s->conf.conninfo, err))
		return -1;
	if (pg_schema_update(&s->pg, s->conf.schema, err)) {
		pg_close(&s->pg);
		return -1;
	}
	return 0;
}

/* ---- a record becomes rows ---- */

static int
take_row(void *state, enum row_table table, struct err *err, const char *kinds,
	 va_list values)
{
	struct postgres_sink *s = state;

	(void)err;
	pg_copy_values(&s->rows[table], kinds, values);
	if (table != ROW_ARTICLE) /* its own columns follow */
		buf_addc(&s->rows[table], '\n');
	return 0;
}

static int
next_id(struct postgres_sink *s, int64_t *id, struct err *err)
{
	PGresult *result;

	if (s->next_id == s->end_id) {
		result = pg_ask(&s->pg, "SELECT nextval('article_ids')", 0, NULL, err);
		if (!result)
			return -1;
		s->next_id = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
		s->end_id = s->next_id + IDS;
		PQclear(result);
	}
	*id = s->next_id++;
	return 0;
}

static void
add_created(struct buf *out, const char *versioncreated)
{
	char text[WALL_TEXT];
	struct wall t;
	bool is_time = versioncreated && wall_parse(&t, versioncreated) == 0;

	pg_copy_text(out, is_time ? wall_text(t, text) : NULL);
}

static int
add_article(struct postgres_sink *s, const struct item *i, const struct enriched *e,
	    struct err *err)
{
	struct buf *out = &s->rows[ROW_ARTICLE];
	const char *record = NULL;

	if (rows_of_article(e, i->id, take_row, s, err))
		return -1;
	buf_addc(out, '\t');
	add_created(out, e->article.versioncreated);
	buf_addc(out, '\t');
	if (s->conf.record)
		record = arena_copy(s->arena, i->r->value, i->r->value_size);
	pg_copy_text(out, record);
	buf_addc(out, '\n');
	return rows_of_parts(e, i->id, take_row, s, err);
}

static void
add_uri(struct buf *out, const struct item *i, const char *digest, const struct enriched *e)
{
	const char *const texts[] = { e->article.version, e->article.versioncreated,
				      e->article.pubstatus };

	pg_copy_text(out, digest);
	buf_addc(out, '\t');
	pg_copy_text(out, e->article.uri);
	if (i->withdrawn)
		buf_adds(out, "\t\\N");
	else
		buf_printf(out, "\t%" PRId64, i->id);
	for (size_t k = 0; k < LENGTH(texts); k++) {
		buf_addc(out, '\t');
		pg_copy_text(out, texts[k]);
	}
	buf_printf(out, "\t%ld\n", e->extractor.epoch);
}

static int
add_item(struct postgres_sink *s, const struct bus_record *r, const struct enriched *e,
	 struct err *err)
{
	struct item *i = &s->items[s->count];

	*i = (struct item){ .r = r, .withdrawn = article_is_withdrawn(&e->article) };
	for (int t = 0; t < TABLES; t++)
		i->rows[t] = s->rows[t].size;
	if (candidate_of(r, e, &s->candidates[s->count], &s->keys, err))
		return -1;
	if (!i->withdrawn && (next_id(s, &i->id, err) || add_article(s, i, e, err)))
		return -1;
	add_uri(&s->rows[URIS], i, s->candidates[s->count].id, e);
	for (int t = 0; t < TABLES; t++) {
		if (buf_check(&s->rows[t], err))
			return -1;
		s->buffered += s->rows[t].size - i->rows[t];
	}
	s->count++;
	return 0;
}

static void
drop_items(struct postgres_sink *s)
{
	for (int t = 0; t < TABLES; t++)
		buf_reset(&s->rows[t]);
	arena_reset(&s->keys);
	s->count = s->buffered = 0;
}

/* ---- which of them count ---- */

static PGresult *
ask_standing(struct postgres_sink *s, size_t from, size_t to, struct err *err)
{
	const char *digests;

	buf_reset(&s->list);
	for (size_t i = from; i < to; i++)
		pg_array_add(&s->list, s->candidates[i].id);
	digests = pg_array_end(&s->list);
	/* In order, so that two writers do not wait for each other. */
	return pg_ask(&s->pg,
		      "SELECT digest, article, version, versioncreated, epoch FROM uris"
		      " WHERE digest = ANY($1::text[]) ORDER BY digest FOR UPDATE",
		      1, &digests, err);
}

static const char *
cell(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

/* Chooses what is stored; the rows that must go are listed, by digest and by article. */
static int
decide(struct postgres_sink *s, size_t from, size_t to, struct err *err)
{
	PGresult *rows = ask_standing(s, from, to, err);
	int n = rows ? PQntuples(rows) : 0;
	struct standing *standing;

	if (!rows)
		return -1;
	standing = must_alloc(((size_t)n + 1) * sizeof(*standing));
	for (int i = 0; i < n; i++)
		standing[i] = (struct standing){
			PQgetvalue(rows, i, 0),
			{ cell(rows, i, 2), cell(rows, i, 3),
			  strtol(PQgetvalue(rows, i, 4), NULL, 10) },
			NULL
		};
	newest_choose(s->candidates + from, to - from, standing, (size_t)n);
	buf_reset(&s->list);
	buf_reset(&s->list2);
	for (int i = 0; i < n; i++) {
		if (!standing[i].by)
			continue;
		pg_array_add(&s->list, standing[i].id);
		if (cell(rows, i, 1))
			pg_array_add(&s->list2, cell(rows, i, 1));
	}
	free(standing);
	PQclear(rows);
	return 0;
}

static int
delete_older(struct postgres_sink *s, struct err *err)
{
	const char *values[2];
	bool none = s->list.size == 0;
	PGresult *result;

	values[0] = pg_array_end(&s->list);
	values[1] = pg_array_end(&s->list2);
	if (none)
		return 0;
	result = pg_ask(&s->pg,
			"WITH u AS (DELETE FROM uris WHERE digest = ANY($1::text[])),"
			" e AS (DELETE FROM events WHERE article = ANY($2::bigint[])),"
			" a AS (DELETE FROM actors WHERE article = ANY($2::bigint[])),"
			" t AS (DELETE FROM times WHERE article = ANY($2::bigint[])),"
			" q AS (DELETE FROM quotes WHERE article = ANY($2::bigint[])),"
			" n AS (DELETE FROM entities WHERE article = ANY($2::bigint[])),"
			" m AS (DELETE FROM mentions WHERE article = ANY($2::bigint[]))"
			" DELETE FROM articles WHERE id = ANY($2::bigint[])",
			2, values, err);
	PQclear(result);
	return result ? 0 : -1;
}

/* ---- they are sent ---- */

static int
copy_table(struct postgres_sink *s, int t, size_t from, size_t to, struct err *err)
{
	bool begun = false;

	for (size_t k = from; k < to;) {
		size_t first = k, start, stop;

		while (k < to && s->candidates[k].wins)
			k++;
		start = s->items[first].rows[t];
		stop = k < s->count ? s->items[k].rows[t] : s->rows[t].size;
		if (k > first && stop > start) {
			if (!begun && pg_run(&s->pg, copies[t], err))
				return -1;
			begun = true;
			if (pg_copy_bytes(&s->pg, s->rows[t].data + start, stop - start,
					  err))
				return -1;
		}
		while (k < to && !s->candidates[k].wins)
			k++;
	}
	return begun ? pg_copy_end(&s->pg, err) : 0;
}

static int
send(struct postgres_sink *s, size_t from, size_t to, struct err *err)
{
	if (decide(s, from, to, err) || delete_older(s, err))
		return -1;
	for (int t = 0; t < TABLES; t++)
		if (copy_table(s, t, from, to, err))
			return -1;
	return 0;
}

static int
begin(struct postgres_sink *s, struct err *err)
{
	return PQtransactionStatus(s->pg.conn) == PQTRANS_IDLE
		   ? pg_run(&s->pg, "BEGIN", err)
		   : 0;
}

/* The first `n` of: cluster, topic, partition, offset, more. */
static int
run_place(struct postgres_sink *s, const char *sql, int n, const char *cluster,
	  const struct sink_place *p, const char *more, PGresult **result,
	  struct err *err)
{
	char numbers[2][24];
	const char *values[] = { cluster, p->topic, numbers[0], numbers[1], more };

	snprintf(numbers[0], sizeof(numbers[0]), "%d", p->partition);
	snprintf(numbers[1], sizeof(numbers[1]), "%" PRId64, p->offset);
	*result = pg_ask(&s->pg, sql, n, values, err);
	return *result ? 0 : -1;
}

static struct sink_place
place_of(const struct bus_record *r)
{
	return (struct sink_place){ r->topic, r->partition, r->offset, 0 };
}

static int
put_refusal(struct postgres_sink *s, const struct sink_place *p, const char *why,
	    struct err *err)
{
	PGresult *result;
	int bad = run_place(s,
			    "INSERT INTO refusals VALUES($1, $2, $3, $4, $5)"
			    " ON CONFLICT DO NOTHING",
			    5, s->cluster, p, why, &result, err);

	PQclear(result);
	return bad;
}

/* The dead letter goes out with the batch; the note is for a second reading. */
static int
refuse(struct postgres_sink *s, const struct bus_record *r, const struct err *why,
       struct err *err)
{
	const struct sink_place place = place_of(r);

	return put_refusal(s, &place, why->text, err) ? -1
						      : sink_reject(s->sink, r, why, err);
}

/* Not deeper than the logarithm of a batch. */
static int
send_or_refuse(struct postgres_sink *s, size_t from, size_t to, struct err *err)
{
	size_t middle = from + (to - from) / 2;
	struct err why;

	if (from == to)
		return 0;
	if (pg_run(&s->pg, "SAVEPOINT piece", err))
		return -1;
	if (!send(s, from, to, err))
		return pg_run(&s->pg, "RELEASE piece", err);
	if (err->class != ERR_REJECT)
		return -1;
	why = *err;
	if (pg_run(&s->pg, "ROLLBACK TO piece; RELEASE piece", err))
		return -1;
	if (to - from == 1)
		return refuse(s, s->items[from].r, &why, err);
	return send_or_refuse(s, from, middle, err) || send_or_refuse(s, middle, to, err)
		   ? -1
		   : 0;
}

static int
send_all(struct postgres_sink *s, struct err *err)
{
	if (s->count == 0)
		return 0;
	if (ready(s, err) || begin(s, err) || send_or_refuse(s, 0, s->count, err))
		return -1;
	drop_items(s);
	return 0;
}

/* Refused before: the same again, since its dead letter may be lost. */
static int
was_refused(struct postgres_sink *s, const struct bus_record *r, struct err *err)
{
	const struct sink_place place = place_of(r);
	PGresult *result;
	int bad = 0;

	if (ready(s, err) ||
	    run_place(s,
		      "SELECT why FROM refusals WHERE cluster = $1 AND topic = $2"
		      " AND partition = $3 AND \"offset\" = $4",
		      4, s->cluster, &place, NULL, &result, err))
		return -1;
	if (PQntuples(result) > 0)
		bad = err_set(err, ERR_REJECT, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	return bad;
}

static int
postgres_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	struct postgres_sink *s = state;
	struct enriched e;

	if (enriched_of(r, &e, s->arena, err))
		return -1;
	if (stored)
		return was_refused(s, r, err);
	if (ready(s, err) || add_item(s, r, &e, err))
		return -1;
	return s->buffered >= PIECE || s->count == MOST ? send_all(s, err) : 0;
}

/* ---- positions ---- */

/* Dead letters that may be lost are to be written again on this cluster too. */
static int
carry_refusals(struct postgres_sink *s, const struct sink_place *p, const char *cluster,
	       struct err *err)
{
	PGresult *result;
	int bad = run_place(s,
			    "SELECT \"offset\", why FROM refusals WHERE cluster = $1"
			    " AND topic = $2 AND partition = $3",
			    3, cluster, p, NULL, &result, err);

	if (bad)
		return -1;
	for (int i = 0; i < PQntuples(result) && !bad; i++) {
		struct sink_place at = *p;
		bool known;

		at.offset = strtoll(PQgetvalue(result, i, 0), NULL, 10);
		bad = sink_former(s->sink, cluster, &at, &known, err) ||
		      put_refusal(s, &at, PQgetvalue(result, i, 1), err);
	}
	PQclear(result);
	return bad;
}

/* What was stored of a log that was carried to this cluster since. */
static int
find_former(struct postgres_sink *s, struct sink_place *p, struct err *err)
{
	PGresult *result;
	bool known = false;
	int bad = run_place(s,
			    "SELECT cluster, \"offset\" FROM positions WHERE cluster <> $1"
			    " AND topic = $2 AND partition = $3",
			    3, s->cluster, p, NULL, &result, err);

	if (bad)
		return -1;
	for (int i = 0; i < PQntuples(result) && !known && !bad; i++) {
		struct sink_place former = *p;

		former.offset = strtoll(PQgetvalue(result, i, 1), NULL, 10);
		bad = sink_former(s->sink, PQgetvalue(result, i, 0), &former, &known, err);
		if (known)
			p->offset = former.offset;
		bad = bad || (known && carry_refusals(s, p, PQgetvalue(result, i, 0), err));
	}
	PQclear(result);
	return bad;
}

static int
claim_place(struct postgres_sink *s, struct sink_place *p, struct err *err)
{
	PGresult *result;
	int64_t epoch = 0;
	int bad;

	if (run_place(s,
		      "SELECT \"offset\", epoch FROM positions WHERE cluster = $1"
		      " AND topic = $2 AND partition = $3 FOR UPDATE",
		      3, s->cluster, p, NULL, &result, err))
		return -1;
	p->offset = BUS_FIRST;
	if (PQntuples(result) > 0) {
		p->offset = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
		epoch = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
	}
	PQclear(result);
	if (p->epoch)
		return p->epoch == epoch ? 0 : sink_fenced(p, err);
	if (!epoch && find_former(s, p, err))
		return -1;
	p->epoch = epoch + 1;
	bad = run_place(s,
			epoch ? "UPDATE positions SET epoch = epoch + 1 WHERE cluster = $1"
				" AND topic = $2 AND partition = $3 AND \"offset\" = $4"
			      : "INSERT INTO positions VALUES($1, $2, $3, $4, 1)",
			4, s->cluster, p, NULL, &result, err);
	PQclear(result);
	return bad;
}

static int
postgres_claim(void *state, struct sink_place *places, size_t n, struct err *err)
{
	struct postgres_sink *s = state;

	if (ready(s, err) || begin(s, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (claim_place(s, &places[i], err)) {
			pg_close(&s->pg);
			return -1;
		}
	return pg_run(&s->pg, "COMMIT", err);
}

static int
set_positions(struct postgres_sink *s, const struct sink_place *places, size_t n,
	      struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct sink_place *p = &places[i];
		PGresult *result;
		char epoch[24];
		bool set;

		snprintf(epoch, sizeof(epoch), "%" PRId64, p->epoch);
		if (run_place(s,
			      "UPDATE positions SET \"offset\" = $4 WHERE cluster = $1"
			      " AND topic = $2 AND partition = $3 AND epoch = $5",
			      5, s->cluster, p, epoch, &result, err))
			return -1;
		set = !strcmp(PQcmdTuples(result), "1");
		PQclear(result);
		if (!set)
			return sink_fenced(p, err);
	}
	return 0;
}

static int
postgres_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	struct postgres_sink *s = state;

	if (ready(s, err) || send_all(s, err) || begin(s, err) ||
	    set_positions(s, places, n, err))
		return -1;
	return pg_run(&s->pg, "COMMIT", err);
}

static void
postgres_undo(void *state)
{
	struct postgres_sink *s = state;

	drop_items(s);
	pg_close(&s->pg); /* which undoes what the server has; a ROLLBACK would be waited for */
}

static void
postgres_close(void *state)
{
	struct postgres_sink *s = state;

	pg_close(&s->pg);
	for (int t = 0; t < TABLES; t++)
		buf_release(&s->rows[t]);
	arena_release(&s->keys);
	buf_release(&s->list);
	buf_release(&s->list2);
	free(s->items);
	free(s->candidates);
	free(s->cluster);
}

const struct sink_type sink_postgres_type;
const struct sink_type sink_postgres_type = {
	.name = "postgres",
	.help = "articles, events, actors, quotes in PostgreSQL; the newest version of each",
	.kind = SINK_STATE,
	.effect = SINK_IDEMPOTENT,
	.whole = true,
	.state_size = sizeof(struct postgres_sink),
	.conf_size = sizeof(struct postgres_conf),
	.opts = postgres_opts,
	.open = postgres_open,
	.claim = postgres_claim,
	.write = postgres_write,
	.flush = postgres_flush,
	.undo = postgres_undo,
	.close = postgres_close,
};
