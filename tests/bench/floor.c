/*
 * floor log FROM.db TO.db BATCH
 * floor kafka BROKERS PREFIX TO_PREFIX BATCH
 *
 * What the same records cost without newswire: those of PREFIX.articles and
 * PREFIX.ledger are read into memory, then written again, BATCH articles and
 * their ledger rows a transaction, by bare prepared inserts into a table in
 * WAL mode, or by a bare transactional librdkafka producer.  Only the writing
 * is timed.  Prints articles, seconds, seconds of CPU.
 */
#include <librdkafka/rdkafka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/mem.h"
#include "bus/bus.h"

struct records {
	struct bus_record *items;
	size_t count, articles;
};

static struct arena arena;

static void
stop(const char *text)
{
	fprintf(stderr, "floor: %s\n", text);
	exit(1);
}

static double
now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct bus_record
copy(const struct bus_record *r)
{
	struct bus_record c = *r;
	struct bus_header *h = arena_alloc(&arena, (r->header_count + 1) * sizeof(*h));

	c.key = r->key ? arena_copy(&arena, r->key, r->key_size) : NULL;
	c.value = r->value ? arena_copy(&arena, r->value, r->value_size) : NULL;
	for (size_t i = 0; i < r->header_count; i++)
		h[i] = (struct bus_header){ arena_strdup(&arena, r->headers[i].name),
			arena_copy(&arena, r->headers[i].value, r->headers[i].size),
			r->headers[i].size };
	c.headers = h;
	return c;
}

static void
load_topic(struct bus *bus, const char *topic, struct records *all)
{
	struct bus_reader *r;
	struct err err;
	bool end = false;

	if (bus_read_open(bus, topic, &r, &err))
		stop(err.text);
	while (!end) {
		const struct bus_record *records;
		size_t n;

		if (bus_read(r, &records, &n, 1000, 10000, &end, &err))
			stop(err.text);
		all->items = must_realloc(all->items, (all->count + n + 1) * sizeof(*all->items));
		for (size_t i = 0; i < n; i++) {
			all->items[all->count] = copy(&records[i]);
			all->items[all->count++].topic = topic;
		}
	}
	bus_read_close(r);
}

/* Articles first, then the ledger; written in turn, as watch does. */
static struct records
load(const struct bus_conf *conf, const char *prefix)
{
	struct records all = { 0 };
	struct bus *bus;
	struct err err;

	arena_init(&arena, (size_t)8 << 30);
	if (bus_open(&bus, conf, &err))
		stop(err.text);
	load_topic(bus, must_printf("%s.articles", prefix), &all);
	all.articles = all.count;
	load_topic(bus, must_printf("%s.ledger", prefix), &all);
	bus_close(bus);
	return all;
}

typedef void write_f(void *to, const struct bus_record *r);
typedef void edge_f(void *to);

/* The ledger rows go along with the articles in their own proportion. */
static void
write_all(const struct records *all, size_t batch, void *to, edge_f *begin, write_f *put,
    edge_f *commit)
{
	size_t rows = all->count - all->articles, ledger = all->articles;
	double start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);

	for (size_t i = 0; i < all->articles; i += batch) {
		size_t end = i + batch < all->articles ? i + batch : all->articles;
		size_t upto = all->articles + (size_t)((double)rows * (double)end / (double)all->articles);

		begin(to);
		for (size_t k = i; k < end; k++)
			put(to, &all->items[k]);
		for (; ledger < upto; ledger++)
			put(to, &all->items[ledger]);
		commit(to);
	}
	printf("%zu %.4f %.4f\n", all->articles, now(CLOCK_MONOTONIC) - start,
	    now(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

/* ---- SQLite ---- */

struct table {
	sqlite3 *db;
	sqlite3_stmt *insert;
};

static void
sql(void *to, const char *text)
{
	struct table *t = to;

	if (sqlite3_exec(t->db, text, NULL, NULL, NULL))
		stop(sqlite3_errmsg(t->db));
}

static void
sql_begin(void *to)
{
	sql(to, "BEGIN IMMEDIATE");
}

static void
sql_commit(void *to)
{
	sql(to, "COMMIT");
}

static void
sql_put(void *to, const struct bus_record *r)
{
	struct table *t = to;
	size_t size = 0;

	for (size_t i = 0; i < r->header_count; i++)
		size += strlen(r->headers[i].name) + 5 + r->headers[i].size;
	sqlite3_bind_int64(t->insert, 1, r->time_ms);
	sqlite3_bind_blob(t->insert, 2, r->key, (int)r->key_size, SQLITE_STATIC);
	sqlite3_bind_zeroblob(t->insert, 3, (int)size);
	sqlite3_bind_blob(t->insert, 4, r->value, (int)r->value_size, SQLITE_STATIC);
	if (sqlite3_step(t->insert) != SQLITE_DONE)
		stop(sqlite3_errmsg(t->db));
	sqlite3_reset(t->insert);
}

static void
floor_log(const char *from, const char *to, size_t batch)
{
	struct bus_conf conf = { .log = from, .cluster = "bench" };
	struct records all = load(&conf, "news");
	struct table t;

	if (sqlite3_open(to, &t.db))
		stop(sqlite3_errmsg(t.db));
	sql(&t, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		"CREATE TABLE records(id INTEGER PRIMARY KEY, time, key BLOB, headers BLOB, value BLOB)");
	sqlite3_prepare_v2(t.db, "INSERT INTO records(time, key, headers, value) VALUES(?, ?, ?, ?)", -1,
	    &t.insert, NULL);
	write_all(&all, batch, &t, sql_begin, sql_put, sql_commit);
	sqlite3_finalize(t.insert);
	sqlite3_close(t.db);
}

/* ---- Kafka ---- */

struct producer {
	rd_kafka_t *rk;
	const char *to;
};

static void
must(rd_kafka_error_t *e)
{
	if (e)
		stop(rd_kafka_error_string(e));
}

static void
kafka_begin(void *to)
{
	must(rd_kafka_begin_transaction(((struct producer *)to)->rk));
}

static void
kafka_commit(void *to)
{
	must(rd_kafka_commit_transaction(((struct producer *)to)->rk, -1));
}

static void
kafka_put(void *to, const struct bus_record *r)
{
	struct producer *p = to;
	rd_kafka_headers_t *headers = rd_kafka_headers_new(r->header_count);
	char topic[256];

	snprintf(topic, sizeof(topic), "%s%s", p->to, strchr(r->topic, '.'));
	for (size_t i = 0; i < r->header_count; i++)
		rd_kafka_header_add(headers, r->headers[i].name, -1, r->headers[i].value,
		    (ssize_t)r->headers[i].size);
	while (rd_kafka_producev(p->rk, RD_KAFKA_V_TOPIC(topic),
		   RD_KAFKA_V_KEY(r->key, r->key_size),
		   RD_KAFKA_V_VALUE((void *)(uintptr_t)r->value, r->value_size),
		   RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers),
		   RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		rd_kafka_poll(p->rk, 10);
	rd_kafka_poll(p->rk, 0);
}

static void
floor_kafka(const char *brokers, const char *prefix, const char *to, size_t batch)
{
	static const char *const settings[][2] = { { "transactional.id", "floor" },
		{ "compression.codec", "lz4" }, { "linger.ms", "5" }, { "retry.backoff.ms", "10" },
		{ "message.max.bytes", "9437184" } };
	struct bus_setting servers = { "bootstrap.servers", brokers };
	struct bus_conf conf = { .cluster = "bench", .kafka = &servers, .kafka_count = 1 };
	struct records all = load(&conf, prefix);
	struct producer p = { .to = to };
	const rd_kafka_metadata_t *metadata;
	rd_kafka_conf_t *c = rd_kafka_conf_new();
	char text[512];

	rd_kafka_conf_set(c, "bootstrap.servers", brokers, text, sizeof(text));
	for (size_t i = 0; i < LENGTH(settings); i++)
		if (rd_kafka_conf_set(c, settings[i][0], settings[i][1], text, sizeof(text)))
			stop(text);
	p.rk = rd_kafka_new(RD_KAFKA_PRODUCER, c, text, sizeof(text));
	if (!p.rk)
		stop(text);
	must(rd_kafka_init_transactions(p.rk, 30000));
	rd_kafka_topic_t *articles = rd_kafka_topic_new(p.rk, must_printf("%s.articles", to), NULL);
	rd_kafka_topic_t *ledger = rd_kafka_topic_new(p.rk, must_printf("%s.ledger", to), NULL);
	rd_kafka_metadata(p.rk, 0, articles, &metadata, 10000);
	rd_kafka_metadata(p.rk, 0, ledger, &metadata, 10000);
	write_all(&all, batch, &p, kafka_begin, kafka_put, kafka_commit);
	rd_kafka_topic_destroy(articles);
	rd_kafka_topic_destroy(ledger);
	rd_kafka_destroy(p.rk);
}

int
main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "log"))
		floor_log(argv[2], argv[3], (size_t)atol(argv[4]));
	else if (argc == 6 && !strcmp(argv[1], "kafka"))
		floor_kafka(argv[2], argv[3], argv[4], (size_t)atol(argv[5]));
	else
		stop("usage: floor log FROM TO BATCH | floor kafka BROKERS PREFIX TO_PREFIX BATCH");
	return 0;
}
