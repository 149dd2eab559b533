#include "replay/compare.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ops/log.h"
#include "ops/stop.h"
#include "replay/source.h"

enum {
	BATCH = 1000,
	READ_MS = 200,
	RECORD_ARENA = 64 << 20,
	MOST_ROWS = 1 << 16,
	UNREAD_SAID = 10,
};

static const char schema[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;"
    "CREATE TABLE side(which INTEGER, uri TEXT, version TEXT, epoch INTEGER,"
    " headline TEXT, events BLOB, PRIMARY KEY(which, uri, version)) WITHOUT ROWID;"
    "BEGIN";

/* Of two records of one version the one of the higher epoch, else the later. */
static const char put_text[] =
    "INSERT INTO side VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
    " ON CONFLICT DO UPDATE SET epoch = excluded.epoch, headline = excluded.headline,"
    " events = excluded.events WHERE excluded.epoch >= epoch";

static const char both_text[] =
    "SELECT a.uri, b.headline, a.events, b.events FROM side a JOIN side b"
    " ON b.which = 1 AND b.uri = a.uri AND b.version = a.version WHERE a.which = 0"
    " ORDER BY a.uri, a.version";

static const char only_text[] =
    "SELECT count(*) FROM side a WHERE which = ?1 AND NOT EXISTS"
    " (SELECT 1 FROM side b WHERE b.which = 1 - ?1 AND b.uri = a.uri"
    " AND b.version = a.version)";

struct store {
	sqlite3 *db;
	sqlite3_stmt *put;
	struct arena arena;
};

static int
failed_store(struct store *s, struct err *err)
{
	return err_set(err, ERR_RETRY, "the file for comparing: %s",
		       sqlite3_errmsg(s->db));
}

/* It has no name from the start, so that a kill leaves nothing behind. */
static int
open_store(struct store *s, const char *directory, struct err *err)
{
	char *path = must_printf("%s/diff.%ld", directory, (long)getpid());
	int failed = sqlite3_open(path, &s->db) ||
		     sqlite3_exec(s->db, schema, NULL, NULL, NULL) ||
		     sqlite3_prepare_v2(s->db, put_text, -1, &s->put, NULL);

	unlink(path);
	free(path);
	arena_init(&s->arena, RECORD_ARENA);
	return failed ? failed_store(s, err) : 0;
}

static void
close_store(struct store *s)
{
	sqlite3_finalize(s->put);
	sqlite3_close(s->db);
	if (s->arena.base)
		arena_release(&s->arena);
}

/* ---- one side ---- */

static int
put(struct store *s, int which, const struct extraction *x, struct err *err)
{
	sqlite3_bind_int(s->put, 1, which);
	sqlite3_bind_text(s->put, 2, x->uri, -1, SQLITE_STATIC);
	sqlite3_bind_text(s->put, 3, x->version, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s->put, 4, x->epoch);
	sqlite3_bind_text(s->put, 5, x->headline, -1, SQLITE_STATIC);
	sqlite3_bind_blob64(s->put, 6, x->events, x->size, SQLITE_STATIC);
	if (sqlite3_step(s->put) != SQLITE_DONE) {
		sqlite3_reset(s->put);
		return failed_store(s, err);
	}
	sqlite3_reset(s->put);
	return 0;
}

static int
take(struct compare *c, struct store *s, int which, const struct bus_record *r,
     struct err *err)
{
	struct extraction x;

	c->records[which]++;
	if (!r->value)
		return 0;
	arena_reset(&s->arena);
	if (!extraction_parse(&x, r->value, r->value_size, &s->arena, err))
		return put(s, which, &x, err);
	if (err->class != ERR_REJECT)
		return -1;
	if (c->unread[which]++ < UNREAD_SAID)
		log_warn("passed over %s partition=%d offset=%" PRId64 ": %s",
			 c->conf.sides[which], r->partition, r->offset, err->text);
	return 0;
}

static int
read_side(struct compare *c, struct store *s, int which, struct err *err)
{
	struct source_start start = { .bus = c->conf.bus,
				      .name = c->conf.sides[which],
				      .from_ms = c->conf.from_ms,
				      .to_ms = c->conf.to_ms,
				      .bare = true };
	struct replay_place *places = NULL;
	struct source source = { 0 };
	const struct bus_record *r;
	bool end = false;
	size_t n = 1, count;
	int failed = source_open(&source, &start, err) ||
		     source.type->fix(source.state, &places, &count, err) ||
		     source.type->begin(source.state, places, count, err);

	while (!failed && !(end && n == 0) && !stop_asked()) {
		failed =
		    source.type->read(source.state, &r, &n, BATCH, READ_MS, &end, err);
		for (size_t i = 0; !failed && i < n; i++)
			failed = take(c, s, which, &r[i], err);
	}
	source_close(&source);
	free(places);
	if (!failed && stop_asked())
		return err_set(err, ERR_RETRY, "stopped before all was compared");
	return failed ? -1 : 0;
}

/* ---- counting ---- */

static struct compare_row *
row_of(struct compare *c, const char *type, const char *field)
{
	char *name = must_printf("%s %s", type, field ? field : "");
	void **at = map_put(&c->by_name, name, strlen(name));
	struct compare_row *row;

	if (!at || *at) {
		free(name);
		return at ? &c->rows[(uintptr_t)*at - 1] : NULL;
	}
	c->rows = must_realloc(c->rows, (c->row_count + 1) * sizeof(*row));
	row = &c->rows[c->row_count++];
	*row = (struct compare_row){ .type = must_strdup(type),
				     .field = field ? must_strdup(field) : NULL };
	*at = (void *)(uintptr_t)c->row_count;
	return row;
}

static void
count(struct compare *c, const char *type, const char *field, enum event_change change)
{
	struct compare_row *row = row_of(c, type, field);

	if (row)
		row->counts[change]++;
}

struct pair { /* of the article in hand */
	struct compare *compare;
	const char *uri, *headline;
};

static char *
join_fields(const struct event_difference *d)
{
	char *text = must_strdup("");

	for (size_t i = 0; i < d->field_count; i++) {
		char *longer = must_printf("%s%s%s", text, i ? ", " : "", d->fields[i]);

		free(text);
		text = longer;
	}
	return text;
}

/* The first so many of each kind and type; the order is that of the articles' uris. */
static void
keep_example(const struct pair *p, const struct event_difference *d)
{
	struct compare *c = p->compare;
	struct compare_row *row = row_of(c, d->type, NULL);

	if (d->change == EVENT_SAME || !row || row->counts[d->change] > c->conf.examples)
		return;
	c->examples =
	    must_realloc(c->examples, (c->example_count + 1) * sizeof(*c->examples));
	c->examples[c->example_count++] = (struct compare_example){
		.change = d->change,
		.type = must_strdup(d->type),
		.fields = join_fields(d),
		.uri = must_strdup(p->uri),
		.headline = must_strdup(p->headline),
		.before = must_strdup(d->before ? d->before : ""),
		.after = must_strdup(d->after ? d->after : ""),
	};
}

static void
note(void *arg, const struct event_difference *d)
{
	const struct pair *p = arg;
	struct compare *c = p->compare;

	c->events[d->change]++;
	count(c, d->type, NULL, d->change);
	for (size_t i = 0; i < d->field_count; i++)
		count(c, d->type, d->fields[i], EVENT_CHANGED);
	keep_example(p, d);
}

/* ---- both sides ---- */

static int
compare_pair(struct compare *c, struct store *s, sqlite3_stmt *row, struct err *err)
{
	struct pair p = { c, (const char *)sqlite3_column_text(row, 0),
			  (const char *)sqlite3_column_text(row, 1) };
	const char *a = sqlite3_column_blob(row, 2), *b = sqlite3_column_blob(row, 3);
	size_t n = (size_t)sqlite3_column_bytes(row, 2),
	       m = (size_t)sqlite3_column_bytes(row, 3);
	long before = c->events[EVENT_SAME], all = 0;

	arena_reset(&s->arena);
	c->articles_both++;
	for (int i = 0; i < EVENT_CHANGES; i++)
		all -= c->events[i];
	if (events_compare(a, n, b, m, &s->arena, note, &p, err))
		return err_context(err, "%s", p.uri);
	for (int i = 0; i < EVENT_CHANGES; i++)
		all += c->events[i];
	c->articles_same += all == c->events[EVENT_SAME] - before;
	return 0;
}

static int
compare_both(struct compare *c, struct store *s, struct err *err)
{
	sqlite3_stmt *row = NULL;
	int failed = 0, rc = SQLITE_DONE;

	if (sqlite3_prepare_v2(s->db, both_text, -1, &row, NULL))
		return failed_store(s, err);
	while (!failed && (rc = sqlite3_step(row)) == SQLITE_ROW)
		failed = compare_pair(c, s, row, err);
	if (!failed && rc != SQLITE_DONE)
		failed = failed_store(s, err);
	sqlite3_finalize(row);
	return failed;
}

static int
count_only(struct compare *c, struct store *s, int which, struct err *err)
{
	sqlite3_stmt *row = NULL;
	int failed = 0;

	if (sqlite3_prepare_v2(s->db, only_text, -1, &row, NULL))
		return failed_store(s, err);
	sqlite3_bind_int(row, 1, which);
	if (sqlite3_step(row) == SQLITE_ROW)
		c->articles_only[which] = sqlite3_column_int64(row, 0);
	else
		failed = failed_store(s, err);
	sqlite3_finalize(row);
	return failed;
}

static int
by_type(const void *a, const void *b)
{
	const struct compare_row *x = a, *y = b;
	int rc = strcmp(x->type, y->type);

	if (rc || !x->field || !y->field)
		return rc ? rc : (x->field != NULL) - (y->field != NULL);
	return strcmp(x->field, y->field);
}

int
compare_run(struct compare *c, const struct compare_conf *conf, struct err *err)
{
	struct store s = { 0 };
	int failed;

	*c = (struct compare){ .conf = *conf };
	map_init(&c->by_name, MOST_ROWS);
	failed = open_store(&s, conf->directory, err) || read_side(c, &s, 0, err) ||
		 read_side(c, &s, 1, err) || compare_both(c, &s, err) ||
		 count_only(c, &s, 0, err) || count_only(c, &s, 1, err);
	close_store(&s);
	if (c->row_count)
		qsort(c->rows, c->row_count, sizeof(*c->rows), by_type);
	return failed ? -1 : 0;
}

void
compare_release(struct compare *c)
{
	for (size_t i = 0; i < c->by_name.count; i++)
		free((char *)c->by_name.entries[i].key);
	map_release(&c->by_name);
	for (size_t i = 0; i < c->row_count; i++) {
		free(c->rows[i].type);
		free(c->rows[i].field);
	}
	free(c->rows);
	for (size_t i = 0; i < c->example_count; i++) {
		const struct compare_example *e = &c->examples[i];

		free(e->type);
		free(e->fields);
		free(e->uri);
		free(e->headline);
		free(e->before);
		free(e->after);
	}
	free(c->examples);
	*c = (struct compare){ 0 };
}
