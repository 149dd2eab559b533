/*
 * sink_bench NAME RECORDS DIRECTORY ROUNDS: enriched records, a line each,
 * through a sink, and beside it what the same work costs without one.
 *
 * For sqlite that is the rows that the sink made, inserted by prepared
 * statements into tables of the same schema, indexes and full text included;
 * for postgres the same by COPY, into the server that PGHOST and its like name;
 * for jsonl the lines that the sink wrote, through gzip at the same level.
 * All commit after every batch, as the sink does.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sqlite3.h>
#include <zlib.h>

#include "base/mem.h"
#include "record/enriched.h"
#include "sink/line.h"
#include "sink/sink.h"
#include "sink/sqlite_schema.h"
#include "tests/bench/sink_bench.h"
#include "time/clock.h"

enum { BATCH = BENCH_BATCH, MOST_ROUNDS = 99, LEVEL = 6, COLUMNS = 40 };

static const char *const tables[] = { "articles", "events",   "actors",  "times",
				      "quotes",   "entities", "mentions" };

void
die(const char *what)
{
	fprintf(stderr, "sink_bench: %s\n", what);
	exit(1);
}

static void
must(int failed, const struct err *err)
{
	if (failed)
		die(err->text);
}

static double
cpu_now(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

struct cost
cost_now(void)
{
	return (struct cost){ (double)mono_now().ms / 1000, cpu_now() };
}

void
cost_since(struct cost *sum, struct cost start)
{
	struct cost now = cost_now();

	sum->wall += now.wall - start.wall;
	sum->cpu += now.cpu - start.cpu;
}

static void
read_lines(struct bench *b, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t room = 0, most = 1 << 20;
	ssize_t n;

	if (!f)
		die("no such file of records");
	b->lines = must_alloc(most * sizeof(*b->lines));
	b->sizes = must_alloc(most * sizeof(*b->sizes));
	while (b->count < most && (n = getline(&line, &room, f)) > 1) {
		b->lines[b->count] = must_strdup(line);
		b->sizes[b->count++] = (size_t)n - 1;
		b->bytes += (size_t)n;
	}
	free(line);
	fclose(f);
}

static struct bus_record
record(const struct bench *b, size_t i)
{
	static const struct bus_header headers[] = { { "ce_type", "newswire.enriched",
						       17 } };

	return (struct bus_record){ .topic = "bench",
				    .offset = (int64_t)i,
				    .time_ms = INT64_C(1795507200000),
				    .key = "key",
				    .key_size = 3,
				    .value = b->lines[i],
				    .value_size = b->sizes[i],
				    .headers = headers,
				    .header_count = 1 };
}

static struct cost
parse_all(struct bench *b)
{
	struct cost start = cost_now(), took = { 0 };
	struct enriched e;
	struct err err;

	for (size_t i = 0; i < b->count; i++) {
		arena_reset(&b->arena);
		must(enriched_parse(&e, b->lines[i], b->sizes[i], &b->arena, &err), &err);
	}
	cost_since(&took, start);
	return took;
}

static void
empty_directory(const struct bench *b)
{
	char *command = must_printf("rm -rf '%s'/*", b->directory);

	if (system(command))
		die("cannot empty the directory");
	free(command);
}

/* ---- bare inserts ---- */

struct rows {
	sqlite3_value **values;
	size_t count, room, width;
};

static void
sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL))
		die(sqlite3_errmsg(db));
}

/* Takes the text. */
static sqlite3_stmt *
prepared(sqlite3 *db, char *text)
{
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(db, text, -1, &st, NULL))
		die(sqlite3_errmsg(db));
	free(text);
	return st;
}

/* The rows of some articles, copied out, which is not measured. */
static void
take_rows(sqlite3_stmt *st, size_t from, size_t to, struct rows *rows)
{
	rows->count = 0;
	rows->width = (size_t)sqlite3_column_count(st);
	sqlite3_bind_int64(st, 1, (int64_t)from);
	sqlite3_bind_int64(st, 2, (int64_t)to);
	while (sqlite3_step(st) == SQLITE_ROW)
		for (size_t i = 0; i < rows->width; i++) {
			if (rows->count == rows->room) {
				rows->room = rows->room ? rows->room * 2 : 4096;
				rows->values =
				    must_realloc(rows->values,
						 rows->room * sizeof(sqlite3_value *));
			}
			rows->values[rows->count++] =
			    sqlite3_value_dup(sqlite3_column_value(st, (int)i));
		}
	sqlite3_reset(st);
}

/* Where it lies: sqlite3_bind_value() would copy each text. */
static void
bind(sqlite3_stmt *st, int i, sqlite3_value *v)
{
	if (sqlite3_value_type(v) == SQLITE_TEXT)
		sqlite3_bind_text(st, i, (const char *)sqlite3_value_text(v),
				  sqlite3_value_bytes(v), SQLITE_STATIC);
	else
		sqlite3_bind_value(st, i, v);
}

static void
insert_rows(sqlite3_stmt *st, const struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i += rows->width) {
		for (size_t k = 0; k < rows->width; k++)
			bind(st, (int)k + 1, rows->values[i + k]);
		if (sqlite3_step(st) != SQLITE_DONE)
			die("insert");
		sqlite3_reset(st);
	}
}

static void
free_rows(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		sqlite3_value_free(rows->values[i]);
}

/* From the file that the sink has just filled. */
static struct cost
bare_inserts(struct bench *b)
{
	char *from = must_printf("%s/sqlite.db", b->directory);
	char *to = must_printf("%s/bare.db", b->directory);
	sqlite3_stmt *reads[LENGTH(tables)], *writes[LENGTH(tables)];
	struct rows rows[LENGTH(tables)] = { 0 };
	sqlite3 *source, *db;
	struct err err;
	struct cost took = { 0 };

	if (sqlite3_open(from, &source) ||
	    sqlite3_open_v2(to, &db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
				SQLITE_OPEN_NOMUTEX,
			    NULL))
		die("cannot open the databases");
	sql(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		"PRAGMA cache_size = -32768");
	must(sqlite_schema_update(db, to, &err), &err);
	for (size_t t = 0; t < LENGTH(tables); t++) {
		char marks[2 * COLUMNS + 2] = "?";

		reads[t] =
		    prepared(source,
			     must_printf("SELECT * FROM %s WHERE %s BETWEEN ? AND ?",
					 tables[t], t ? "article" : "id"));
		for (int i = 1; i < sqlite3_column_count(reads[t]); i++)
			strcat(marks, ",?");
		writes[t] = prepared(db, must_printf("INSERT INTO %s VALUES(%s)",
						     tables[t], marks));
	}
	for (size_t i = 0; i < b->count; i += BATCH) {
		struct cost start;

		for (size_t t = 0; t < LENGTH(tables); t++)
			take_rows(reads[t], i + 1, i + BATCH, &rows[t]);
		start = cost_now();
		sql(db, "BEGIN IMMEDIATE");
		for (size_t t = 0; t < LENGTH(tables); t++)
			insert_rows(writes[t], &rows[t]);
		sql(db, "COMMIT");
		cost_since(&took, start);
		for (size_t t = 0; t < LENGTH(tables); t++)
			free_rows(&rows[t]);
	}
	for (size_t t = 0; t < LENGTH(tables); t++) {
		sqlite3_finalize(reads[t]);
		sqlite3_finalize(writes[t]);
		free(rows[t].values);
	}
	sqlite3_close(source);
	sqlite3_close(db);
	free(from);
	free(to);
	return took;
}

/* ---- bare gzip ---- */

static struct cost
bare_gzip(struct bench *b)
{
	char *to = must_printf("%s/bare.gz", b->directory);
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	static unsigned char out[256 << 10];
	struct cost start;
	struct buf text;
	struct cost took = { 0 };
	z_stream z = { 0 };

	if (fd < 0 || deflateInit2(&z, LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY))
		die("cannot compress");
	buf_init(&text, (size_t)1 << 30);
	for (size_t i = 0; i < b->count; i += BATCH) {
		buf_reset(&text);
		for (size_t k = i; k < i + BATCH && k < b->count; k++) {
			struct bus_record r = record(b, k);

			line_print(&r, false, &text);
		}
		start = cost_now();
		z.next_in = (unsigned char *)text.data;
		z.avail_in = (unsigned)text.size;
		do {
			z.next_out = out;
			z.avail_out = sizeof(out);
			deflate(&z, Z_FINISH);
			if (write(fd, out, sizeof(out) - z.avail_out) < 0)
				die("cannot write");
		} while (z.avail_out == 0);
		deflateReset(&z);
		if (fdatasync(fd))
			die("cannot sync");
		cost_since(&took, start);
	}
	deflateEnd(&z);
	buf_release(&text);
	close(fd);
	free(to);
	return took;
}

/* ---- the sinks ---- */

static const struct subject {
	const char *name;
	bool parses;   /* which is counted apart */
	bool all_here; /* the work, and so its CPU; else some is a server's */
	void (*empty)(const struct bench *);
	struct cost (*floor)(struct bench *);
} subjects[] = {
	{ "sqlite", true, true, empty_directory, bare_inserts },
	{ "postgres", true, false, pg_empty, bare_copy },
	{ "jsonl", false, true, empty_directory, bare_gzip },
};

static const struct subject *
find_subject(const char *name)
{
	for (size_t i = 0; i < LENGTH(subjects); i++)
		if (!strcmp(subjects[i].name, name))
			return &subjects[i];
	return NULL;
}

static struct cost
through_the_sink(struct bench *b, const struct subject *subject)
{
	char *conf = must_alloc(b->type->conf_size);
	struct sink_start start = { .name = b->type->name,
				    .state = b->directory,
				    .cluster = "bench",
				    .conf = conf,
				    .arena = &b->arena };
	struct bus_position p = { "bench", 0, 0 };
	struct sink *s;
	struct err err;
	struct cost began, took = { 0 };

	subject->empty(b);
	must(opt_defaults(b->type->opts, conf, &err), &err);
	must(sink_open(&s, b->type, &start, &err) || sink_claim(s, &p, 1, &err), &err);
	began = cost_now();
	for (size_t i = 0; i < b->count; i++) {
		struct bus_record r = record(b, i);

		arena_reset(&b->arena);
		must(sink_write(s, &r, &err), &err);
		p.offset = (int64_t)i + 1;
		if ((i + 1) % BATCH == 0 || i + 1 == b->count)
			must(sink_flush(s, &p, 1, &err), &err);
	}
	cost_since(&took, began);
	sink_close(s);
	free(conf);
	return took;
}

/* ---- all rounds ---- */

struct rounds {
	double parse[MOST_ROUNDS], subject[MOST_ROUNDS], bare[MOST_ROUNDS];
	double wall[MOST_ROUNDS], cpu[MOST_ROUNDS]; /* ratios */
};

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, int n)
{
	qsort(values, (size_t)n, sizeof(*values), by_size);
	return values[n / 2];
}

static void
run_round(struct bench *b, const struct subject *s, struct rounds *r, int k)
{
	struct cost parse = s->parses ? parse_all(b) : (struct cost){ 0 };
	struct cost subject = through_the_sink(b, s);
	struct cost bare = s->floor(b);

	r->parse[k] = parse.cpu;
	r->subject[k] = subject.wall - parse.wall;
	r->bare[k] = bare.wall;
	r->wall[k] = (subject.wall - parse.wall) / bare.wall;
	r->cpu[k] = (subject.cpu - parse.cpu) / bare.cpu;
}

int
main(int argc, char **argv)
{
	struct bench b = { 0 };
	struct rounds r;
	double n, wall;
	const struct subject *s;
	int rounds;

	if (argc != 5 || !(s = find_subject(argv[1])) ||
	    !(b.type = sink_find(s->name)) || (rounds = atoi(argv[4])) < 1 ||
	    rounds > MOST_ROUNDS)
		die("usage: sink_bench sqlite|postgres|jsonl RECORDS DIRECTORY ROUNDS");
	b.directory = argv[3];
	arena_init(&b.arena, (size_t)512 << 20);
	read_lines(&b, argv[2]);
	for (int i = -1; i < rounds; i++) /* the first is for warming up */
		run_round(&b, s, &r, i < 0 ? 0 : i);
	n = (double)b.count;
	wall = median(r.wall, rounds);
	printf("sink %s: %.0f records/s, floor %.0f/s, %.2f times its time (%.2f-%.2f)",
	       argv[1], n / median(r.subject, rounds), n / median(r.bare, rounds), wall,
	       r.wall[0], r.wall[rounds - 1]);
	if (s->all_here)
		printf(", %.2f times its CPU", median(r.cpu, rounds));
	printf(", records of %.1f kB", (double)b.bytes / n / 1000);
	if (s->parses)
		printf("; parsing apart: %.0f us a record",
		       median(r.parse, rounds) / n * 1e6);
	printf("\n");
	return 0;
}
