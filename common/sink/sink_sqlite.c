/*
 * Articles and their events in one SQLite file, the newest version of each,
 * and a tombstone for what was withdrawn.
 *
 * One transaction a flush: it begins at the first record that changes
 * something and ends with the positions, whose UPDATE names the epoch, so a
 * former owner changes no row and knows it.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/mem.h"
#include "record/enriched.h"
#include "sink/newest.h"
#include "sink/rows.h"
#include "sink/sink.h"
#include "sink/summary.h"
#include "sink/sqlite_schema.h"

struct sqlite_conf {
	const char *path;
};

enum sql {
	FIND,
	PUT_ARTICLE, /* these as enum row_table has them */
	PUT_EVENT,
	PUT_ACTOR,
	PUT_TIME,
	PUT_QUOTE,
	PUT_ENTITY,
	PUT_MENTION,
	PUT_TOMBSTONE,
	DROP_TOMBSTONE,
	DROP_ARTICLE,
	DROP_EVENTS,
	DROP_ACTORS,
	DROP_TIMES,
	DROP_QUOTES,
	DROP_ENTITIES,
	DROP_MENTIONS,
	FIND_POSITION,
	FIND_FORMER,
	TAKE_POSITION,
	SET_POSITION,
	SQL_COUNT,
};

static const char *const texts[SQL_COUNT] = {
	[FIND] = "SELECT id, version, versioncreated, epoch FROM articles WHERE uri = ?1"
		 " UNION ALL SELECT 0, version, versioncreated, epoch FROM tombstones"
		 " WHERE uri = ?1",
	/* Not REPLACE: it would tell the full text nothing of the row that goes. */
	[PUT_ARTICLE] =
	    "INSERT INTO articles(id, uri, version, versioncreated, firstcreated,"
	    " pubstatus, language, headline, byline, located, slugline, body, source,"
	    " usageterms, copyright, urgency, wordcount, meta, extractor, epoch, model,"
	    " lexicon) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[PUT_EVENT] = "INSERT INTO events VALUES"
		      "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
		      "coalesce(?16, (SELECT substr(versioncreated, 1, 10)"
		      " FROM articles WHERE id = ?1)))",
	[PUT_ACTOR] = "INSERT INTO actors VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[PUT_TIME] = "INSERT INTO times VALUES(?,?,?,?,?,?,?,?)",
	[PUT_QUOTE] = "INSERT INTO quotes VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[PUT_ENTITY] = "INSERT INTO entities VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
	[PUT_MENTION] = "INSERT INTO mentions VALUES(?,?,?,?,?,?,?)",
	[PUT_TOMBSTONE] = "REPLACE INTO tombstones VALUES(?,?,?,?,?)",
	[DROP_TOMBSTONE] = "DELETE FROM tombstones WHERE uri = ?",
	[DROP_ARTICLE] = "DELETE FROM articles WHERE id = ?",
	[DROP_EVENTS] = "DELETE FROM events WHERE article = ?",
	[DROP_ACTORS] = "DELETE FROM actors WHERE article = ?",
	[DROP_TIMES] = "DELETE FROM times WHERE article = ?",
	[DROP_QUOTES] = "DELETE FROM quotes WHERE article = ?",
	[DROP_ENTITIES] = "DELETE FROM entities WHERE article = ?",
	[DROP_MENTIONS] = "DELETE FROM mentions WHERE article = ?",
	[FIND_POSITION] = "SELECT offset, epoch FROM positions"
			  " WHERE cluster = ? AND topic = ? AND partition = ?",
	[FIND_FORMER] = "SELECT cluster, offset FROM positions"
			" WHERE cluster <> ? AND topic = ? AND partition = ?",
	[TAKE_POSITION] = "REPLACE INTO positions VALUES(?,?,?,?,?)",
	[SET_POSITION] =
	    "UPDATE positions SET offset = ?4 WHERE cluster = ?1 AND topic = ?2"
	    " AND partition = ?3 AND epoch = ?5",
};

struct sqlite_sink {
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_COUNT];
	char *path, *cluster;
	struct sink *sink;
	struct arena *arena;
	struct buf list;
};

static const struct opt sqlite_opts[] = {
	OPT(struct sqlite_conf, path, NULL, 0, 0, "file (STATE/NAME.db)"),
	{ 0 },
};

static int
failed(struct sqlite_sink *s, const char *doing, struct err *err)
{
	return sqlite_failed(s->db, s->path, doing, err);
}

static int
prepare(struct sqlite_sink *s, struct err *err)
{
	for (int i = 0; i < SQL_COUNT; i++)
		if (sqlite3_prepare_v3(s->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &s->statements[i], NULL))
			return failed(s, "preparing", err);
	return 0;
}

char *
sink_sqlite_path(const void *own, const char *state, const char *name)
{
	const struct sqlite_conf *conf = own;

	return conf->path && *conf->path ? must_strdup(conf->path)
					 : must_printf("%s/%s.db", state, name);
}

static int
sqlite_open(void *state, const struct sink_start *start, struct err *err)
{
	struct sqlite_sink *s = state;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	s->path = sink_sqlite_path(start->conf, start->state, start->name);
	s->cluster = must_strdup(start->cluster);
	s->sink = start->sink;
	s->arena = start->arena;
	buf_init(&s->list, 64 << 10);
	if (sqlite3_open_v2(s->path, &s->db, flags, NULL))
		return err_set(err, ERR_USAGE, "cannot open %s: %s", s->path,
			       sqlite3_errmsg(s->db));
	sqlite3_busy_timeout(s->db,
			     10000); /* another worker's batch, a reader's checkpoint */
	/* FULL: the group's positions are committed after us, so ours must be on the
	 * disk. */
	if (sqlite3_exec(s->db,
			 "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
			 "PRAGMA cache_size = -32768",
			 NULL, NULL, NULL))
		return failed(s, "opening", err);
	return sqlite_schema_update(s->db, s->path, err) ? -1 : prepare(s, err);
}

static void
bind_list(struct sqlite_sink *s, sqlite3_stmt *st, int i, const struct names *names)
{
	buf_reset(&s->list);
	for (size_t k = 0; k < names->count; k++) {
		if (k > 0)
			buf_addc(&s->list, ',');
		buf_adds(&s->list, names->items[k]);
	}
	if (names->count > 0)
		sqlite3_bind_text(st, i, s->list.data, (int)s->list.size,
				  SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(st, i);
}

static void
bind_key(sqlite3_stmt *st, int i, int64_t key)
{
	if (key)
		sqlite3_bind_int64(st, i, key);
	else
		sqlite3_bind_null(st, i);
}

static void
bind_count(sqlite3_stmt *st, int i, int n)
{
	if (n < 0)
		sqlite3_bind_null(st, i);
	else
		sqlite3_bind_int(st, i, n);
}

static void
bind_span(sqlite3_stmt *st, int i, const struct span *span)
{
	if (!span) {
		for (int k = 0; k < 4; k++)
			sqlite3_bind_null(st, i + k);
		return;
	}
	sqlite3_bind_text(st, i, span->text, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, i + 1, span->in_headline ? "headline" : "body", -1,
			  SQLITE_STATIC);
	sqlite3_bind_int(st, i + 2, span->start);
	sqlite3_bind_int(st, i + 3, span->end);
}

/* Runs a statement with values as row_taker has them; a key of 0 is SQLite's to choose. */
static int
put_values(struct sqlite_sink *s, enum sql which, struct err *err, const char *kinds,
	   va_list values)
{
	sqlite3_stmt *st = s->statements[which];
	int i = 1, done;

	for (const char *k = kinds; *k; k++, i++) {
		switch (*k) {
		case 't':
		case 'd':
			sqlite3_bind_text(st, i, va_arg(values, const char *), -1,
					  SQLITE_STATIC);
			break;
		case 'i':
		case 'b':
			sqlite3_bind_int(st, i, va_arg(values, int));
			break;
		case 'o':
			bind_count(st, i, va_arg(values, int));
			break;
		case 'l':
			sqlite3_bind_int64(st, i, va_arg(values, int64_t));
			break;
		case 'k':
			bind_key(st, i, va_arg(values, int64_t));
			break;
		case 'r':
			sqlite3_bind_double(st, i, va_arg(values, double));
			break;
		case 'n':
			bind_list(s, st, i, va_arg(values, const struct names *));
			break;
		case 's':
			bind_span(st, i, va_arg(values, const struct span *));
			i += 3;
			break;
		default:
			assert(!"a letter of row_taker");
		}
	}
	assert(i - 1 == sqlite3_bind_parameter_count(st));
	done = sqlite3_step(st) == SQLITE_DONE;
	if (!done)
		failed(s, "writing", err);
	sqlite3_reset(st);
	return done ? 0 : -1;
}

static int
put(struct sqlite_sink *s, enum sql which, struct err *err, const char *kinds, ...)
{
	va_list values;
	int bad;

	va_start(values, kinds);
	bad = put_values(s, which, err, kinds, values);
	va_end(values);
	return bad;
}

static int
put_row(void *state, enum row_table table, struct err *err, const char *kinds,
	va_list values)
{
	return put_values(state, PUT_ARTICLE + table, err, kinds, values);
}

static int
put_all(struct sqlite_sink *s, const struct enriched *e, int64_t id, struct err *err)
{
	if (rows_of_article(e, id, put_row, s, err))
		return -1;
	return rows_of_parts(e, sqlite3_last_insert_rowid(s->db), put_row, s, err);
}

static int
drop_all(struct sqlite_sink *s, int64_t id, struct err *err)
{
	for (enum sql drop = DROP_ARTICLE; drop <= DROP_MENTIONS; drop++)
		if (put(s, drop, err, "l", id))
			return -1;
	return 0;
}

static int
put_tombstone(struct sqlite_sink *s, const struct enriched *e, struct err *err)
{
	const struct article *a = &e->article;

	return put(s, PUT_TOMBSTONE, err, "ttttl", a->uri, a->version, a->versioncreated,
		   a->pubstatus, (int64_t)e->extractor.epoch);
}

enum known { KNOWN_NOT, KNOWN_ARTICLE, KNOWN_TOMBSTONE };

/* What stands there of this uri, and whether this record goes before it. */
static int
find(struct sqlite_sink *s, const struct enriched *e, bool replayed, enum known *known,
     int64_t *id, bool *wins, struct err *err)
{
	sqlite3_stmt *st = s->statements[FIND];
	struct version_key is = { e->article.version, e->article.versioncreated,
				  e->extractor.epoch },
			   was;
	int said, newer;

	*known = KNOWN_NOT;
	*id = 0;
	*wins = true;
	sqlite3_bind_text(st, 1, e->article.uri, -1, SQLITE_STATIC);
	said = sqlite3_step(st);
	if (said == SQLITE_ROW) {
		*id = sqlite3_column_int64(st, 0);
		*known = *id ? KNOWN_ARTICLE : KNOWN_TOMBSTONE;
		was = (struct version_key){ (const char *)sqlite3_column_text(st, 1),
					    (const char *)sqlite3_column_text(st, 2),
					    (long)sqlite3_column_int64(st, 3) };
		newer = version_compare(&is, &was);
		*wins = newer > 0 || (newer == 0 && !replayed);
	} else if (said != SQLITE_DONE) {
		failed(s, "reading", err);
	}
	sqlite3_reset(st);
	return said == SQLITE_ROW || said == SQLITE_DONE ? 0 : -1;
}

static int
begin(struct sqlite_sink *s, struct err *err)
{
	if (sqlite3_get_autocommit(s->db) &&
	    sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
		return failed(s, "beginning", err);
	return 0;
}

static int
store(struct sqlite_sink *s, const struct enriched *e, bool replayed, struct err *err)
{
	enum known known;
	int64_t id;
	bool wins;

	if (begin(s, err) || find(s, e, replayed, &known, &id, &wins, err))
		return -1;
	if (!wins)
		return 0;
	if (known == KNOWN_ARTICLE && drop_all(s, id, err))
		return -1;
	if (article_is_withdrawn(&e->article))
		return put_tombstone(s, e, err);
	if (known == KNOWN_TOMBSTONE && put(s, DROP_TOMBSTONE, err, "t", e->article.uri))
		return -1;
	return put_all(s, e, id, err);
}

static int
sqlite_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	struct sqlite_sink *s = state;
	struct enriched e;
	size_t size;

	if (enriched_of(r, &e, s->arena, err))
		return -1;
	return stored ? 0 : store(s, &e, bus_header(r, "nw-replay", &size) != NULL, err);
}

static int
commit(struct sqlite_sink *s, struct err *err)
{
	return sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL)
		   ? failed(s, "committing", err)
		   : 0;
}

static void
sqlite_undo(void *state)
{
	struct sqlite_sink *s = state;

	/* A full disk may have ended the transaction already. */
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

/* What was stored of a log that was carried to this cluster since. */
static int
find_former(struct sqlite_sink *s, struct sink_place *p, struct err *err)
{
	sqlite3_stmt *st = s->statements[FIND_FORMER];
	bool known = false;
	int said = SQLITE_DONE, bad = 0;

	sqlite3_bind_text(st, 1, s->cluster, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, p->topic, -1, SQLITE_STATIC);
	sqlite3_bind_int(st, 3, p->partition);
	while (!known && !bad && (said = sqlite3_step(st)) == SQLITE_ROW) {
		struct sink_place former = *p;

		former.offset = sqlite3_column_int64(st, 1);
		bad = sink_former(s->sink, (const char *)sqlite3_column_text(st, 0),
				  &former, &known, err);
		if (known)
			p->offset = former.offset;
	}
	if (!known && !bad && said != SQLITE_DONE)
		bad = failed(s, "reading former positions", err);
	sqlite3_reset(st);
	return bad;
}

static int
claim_place(struct sqlite_sink *s, struct sink_place *p, struct err *err)
{
	sqlite3_stmt *st = s->statements[FIND_POSITION];
	int64_t epoch = 0;
	int said;

	sqlite3_bind_text(st, 1, s->cluster, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, p->topic, -1, SQLITE_STATIC);
	sqlite3_bind_int(st, 3, p->partition);
	said = sqlite3_step(st);
	p->offset = said == SQLITE_ROW ? sqlite3_column_int64(st, 0) : BUS_FIRST;
	if (said == SQLITE_ROW)
		epoch = sqlite3_column_int64(st, 1);
	else if (said != SQLITE_DONE)
		failed(s, "reading its positions", err);
	sqlite3_reset(st);
	if (said != SQLITE_ROW && said != SQLITE_DONE)
		return -1;
	if (p->epoch)
		return p->epoch == epoch ? 0 : sink_fenced(p, err);
	if (said == SQLITE_DONE && find_former(s, p, err))
		return -1;
	p->epoch = epoch + 1;
	return put(s, TAKE_POSITION, err, "ttill", s->cluster, p->topic, p->partition,
		   p->offset, p->epoch);
}

static int
sqlite_claim(void *state, struct sink_place *places, size_t n, struct err *err)
{
	struct sqlite_sink *s = state;
	int bad = begin(s, err);

	for (size_t i = 0; !bad && i < n; i++)
		bad = claim_place(s, &places[i], err);
	bad = bad || commit(s, err);
	if (bad)
		sqlite_undo(s);
	return bad ? -1 : 0;
}

static int
sqlite_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	struct sqlite_sink *s = state;

	if (begin(s, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct sink_place *p = &places[i];

		if (put(s, SET_POSITION, err, "ttill", s->cluster, p->topic, p->partition,
			p->offset, p->epoch))
			return -1;
		if (sqlite3_changes(s->db) == 0)
			return sink_fenced(p, err);
	}
	return commit(s, err);
}

static void
sqlite_close(void *state)
{
	struct sqlite_sink *s = state;

	for (int i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	buf_release(&s->list);
	free(s->path);
	free(s->cluster);
}

const struct sink_type sink_sqlite_type;
const struct sink_type sink_sqlite_type = {
	.name = "sqlite",
	.help = "articles, events, actors, quotes in one SQLite file; the newest version "
		"of each",
	.kind = SINK_STATE,
	.effect = SINK_IDEMPOTENT,
	.at_once = true,
	.whole = true,
	.state_size = sizeof(struct sqlite_sink),
	.conf_size = sizeof(struct sqlite_conf),
	.opts = sqlite_opts,
	.open = sqlite_open,
	.claim = sqlite_claim,
	.write = sqlite_write,
	.flush = sqlite_flush,
	.undo = sqlite_undo,
	.close = sqlite_close,
};
