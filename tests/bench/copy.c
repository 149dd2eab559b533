/*
 * copy log FROM.db TOPIC TO.db BATCH
 * copy kafka BROKERS TOPIC TO_TOPIC BATCH
 *
 * What a replay costs without newswire: the records of a topic are read and
 * written again, BATCH of them a transaction, with a row that says how far it
 * has come in the same transaction; by bare statements of SQLite, or by a bare
 * consumer and a bare transactional producer of librdkafka.  Prints records,
 * seconds.
 */
#include <librdkafka/rdkafka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

enum { STATE = 600 }; /* bytes that say how far it has come */

static const char state[STATE + 1] = "{";

static void
stop(const char *text)
{
	fprintf(stderr, "copy: %s\n", text);
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- SQLite ---- */

static void
sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL))
		stop(sqlite3_errmsg(db));
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *text)
{
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, text, -1, &s, NULL))
		stop(sqlite3_errmsg(db));
	return s;
}

static int64_t
one_number(sqlite3 *db, const char *text, const char *topic)
{
	sqlite3_stmt *s = prepare(db, text);
	int64_t n;

	sqlite3_bind_text(s, 1, topic, -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_ROW)
		stop("no such topic");
	n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return n;
}

/* Reads a batch into one transaction; gives its records, *after the place behind them. */
static long
copy_batch(sqlite3_stmt *read, sqlite3_stmt *put, int64_t *after, int64_t end, long batch)
{
	long n = 0;

	sqlite3_bind_int64(read, 1, *after);
	sqlite3_bind_int64(read, 2, end);
	sqlite3_bind_int64(read, 3, batch);
	for (; sqlite3_step(read) == SQLITE_ROW; n++) {
		*after = sqlite3_column_int64(read, 0) + 1;
		for (int i = 1; i <= 4; i++)
			sqlite3_bind_value(put, i, sqlite3_column_value(read, i));
		if (sqlite3_step(put) != SQLITE_DONE)
			stop("cannot insert");
		sqlite3_reset(put);
	}
	sqlite3_reset(read);
	return n;
}

static void
copy_log(const char *path, const char *topic, const char *to, long batch)
{
	sqlite3 *from, *out;
	sqlite3_stmt *read, *put, *place;
	long all = 0, n = 1;
	int64_t lane, lanes, after, end;
	double start;

	if (sqlite3_open_v2(path, &from, SQLITE_OPEN_READWRITE, NULL) ||
	    sqlite3_open(to, &out))
		stop("cannot open");
	lane = one_number(from, "SELECT lane FROM topics WHERE name = ?", topic);
	lanes = one_number(from, "SELECT partitions FROM topics WHERE name = ?", topic);
	sql(out,
	    "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = "
	    "FULL;"
	    "CREATE TABLE records(id INTEGER PRIMARY KEY, time, key BLOB, headers BLOB, "
	    "value BLOB);"
	    "CREATE TABLE state(id INTEGER PRIMARY KEY, value BLOB)");
	read = prepare(from,
		       "SELECT id, time_ms, key, headers, value FROM records WHERE id >= "
		       "? AND id < ? ORDER BY id LIMIT ?");
	put =
	    prepare(out,
		    "INSERT INTO records(time, key, headers, value) VALUES(?, ?, ?, ?)");
	place = prepare(out, "INSERT INTO state(value) VALUES(?)");
	start = now();
	for (after = lane << 40, end = (lane + lanes) << 40; n > 0; all += n) {
		sql(out, "BEGIN IMMEDIATE");
		n = copy_batch(read, put, &after, end, batch);
		sqlite3_bind_blob(place, 1, state, STATE, SQLITE_STATIC);
		sqlite3_step(place);
		sqlite3_reset(place);
		sql(out, "COMMIT");
	}
	printf("%ld %.4f\n", all, now() - start);
	sqlite3_finalize(read);
	sqlite3_finalize(put);
	sqlite3_finalize(place);
	sqlite3_close(from);
	sqlite3_close(out);
}

/* ---- Kafka ---- */

static void
must(rd_kafka_error_t *e)
{
	if (e)
		stop(rd_kafka_error_string(e));
}

static rd_kafka_t *
client(rd_kafka_type_t type, const char *brokers, const char *const (*settings)[2],
       size_t n)
{
	rd_kafka_conf_t *c = rd_kafka_conf_new();
	char text[512];
	rd_kafka_t *rk;

	rd_kafka_conf_set(c, "bootstrap.servers", brokers, text, sizeof(text));
	for (size_t i = 0; i < n; i++)
		if (rd_kafka_conf_set(c, settings[i][0], settings[i][1], text,
				      sizeof(text)))
			stop(text);
	rk = rd_kafka_new(type, c, text, sizeof(text));
	if (!rk)
		stop(text);
	return rk;
}

/* Every partition from its beginning; how many there are. */
static int
assign_all(rd_kafka_t *rk, const char *topic)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
	rd_kafka_topic_t *t = rd_kafka_topic_new(rk, topic, NULL);
	const rd_kafka_metadata_t *m;
	int n;

	if (rd_kafka_metadata(rk, 0, t, &m, 10000) || m->topic_cnt != 1)
		stop("no metadata");
	n = m->topics[0].partition_cnt;
	for (int i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(list, topic, i)->offset =
		    RD_KAFKA_OFFSET_BEGINNING;
	rd_kafka_metadata_destroy(m);
	rd_kafka_topic_destroy(t);
	rd_kafka_assign(rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return n;
}

static void
produce(rd_kafka_t *rk, const char *topic, const rd_kafka_message_t *m)
{
	rd_kafka_headers_t *from, *headers = NULL;

	if (!rd_kafka_message_headers(m, &from))
		headers = rd_kafka_headers_copy(from);
	while (rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic),
				 RD_KAFKA_V_KEY(m->key, m->key_len),
				 RD_KAFKA_V_VALUE(m->payload, m->len),
				 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
				 RD_KAFKA_V_HEADERS(headers),
				 RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		rd_kafka_poll(rk, 10);
	rd_kafka_poll(rk, 0);
}

static void
commit(rd_kafka_t *rk, const char *topic)
{
	rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY("state", 5),
			  RD_KAFKA_V_VALUE((void *)(uintptr_t)state, STATE),
			  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
	must(rd_kafka_commit_transaction(rk, -1));
}

static void
copy_kafka(const char *brokers, const char *topic, const char *to, long batch)
{
	static const char *const in_settings[][2] = {
		{ "group.id", "copy" },
		{ "isolation.level", "read_committed" },
		{ "enable.auto.commit", "false" },
		{ "enable.partition.eof", "true" }
	};
	static const char *const out_settings[][2] = {
		{ "transactional.id", "copy" },
		{ "compression.codec", "lz4" },
		{ "linger.ms", "5" },
		{ "retry.backoff.ms", "10" },
		{ "message.max.bytes", "9437184" },
	};
	rd_kafka_t *in =
	    client(RD_KAFKA_CONSUMER, brokers, in_settings, LENGTH(in_settings));
	rd_kafka_t *out =
	    client(RD_KAFKA_PRODUCER, brokers, out_settings, LENGTH(out_settings));
	double start = now();
	long all = 0, open = 0;
	int left;

	must(rd_kafka_init_transactions(out, 30000));
	rd_kafka_poll_set_consumer(in);
	left = assign_all(in, topic);
	while (left > 0) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(in, 1000);

		if (!m)
			continue;
		if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
			left--;
		} else if (!m->err) {
			if (open == 0)
				must(rd_kafka_begin_transaction(out));
			produce(out, to, m);
			all++;
			if (++open == batch) {
				commit(out, to);
				open = 0;
			}
		}
		rd_kafka_message_destroy(m);
	}
	if (open > 0)
		commit(out, to);
	printf("%ld %.4f\n", all, now() - start);
	rd_kafka_consumer_close(in);
	rd_kafka_destroy(in);
	rd_kafka_destroy(out);
}

int
main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "log"))
		copy_log(argv[2], argv[3], argv[4], atol(argv[5]));
	else if (argc == 6 && !strcmp(argv[1], "kafka"))
		copy_kafka(argv[2], argv[3], argv[4], atol(argv[5]));
	else
		stop("usage: copy log FROM.db TOPIC TO.db BATCH | copy kafka BROKERS "
		     "TOPIC "
		     "TO_TOPIC BATCH");
	return 0;
}
