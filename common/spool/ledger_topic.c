/* What the topic says of a spool is put into its ledger, from where that stands. */
#include "spool/ledger_db.h"

#include <stdio.h>
#include <string.h>

#include "ops/log.h"

enum { READ_MS = 100 };

static int
put_from_topic(struct ledger *l, const struct ledger_key *key,
	       const struct ledger_file *f, struct err *err)
{
	sqlite3_stmt *s = ledger_query(l, Q_FROM_TOPIC);

	ledger_bind_path(s, key->rest, key->size);
	sqlite3_bind_int(s, 2, (int)f->state);
	ledger_bind_text(s, 3, f->uri);
	sqlite3_bind_int64(s, 4, f->version);
	ledger_bind_text(s, 5, f->sha256);
	sqlite3_bind_int64(s, 6, f->size);
	sqlite3_bind_int64(s, 7, f->time_ms);
	ledger_bind_text(s, 8, f->reason);
	return ledger_run(l, s, err);
}

static int
apply_row(struct ledger *l, const struct ledger_key *key, const struct bus_record *r,
	  struct err *err)
{
	struct ledger_file f;
	struct ledger_start start;
	const char *uri;
	char sha256[65];

	switch (key->kind) {
	case 'f':
		return ledger_file_parse(&f, r->value, r->value_size, &l->arena, err) ||
		       put_from_topic(l, key, &f, err);
	case 'h':
		snprintf(sha256, sizeof(sha256), "%.*s", (int)key->size, key->rest);
		return ledger_content_parse(&uri, r->value, r->value_size, &l->arena,
					    err) ||
		       ledger_put_owner(l, sha256, err);
	default:
		return ledger_start_parse(&start, r->value, r->value_size, err) ||
		       ledger_put_start(l, &start, err);
	}
}

/* A request that nobody can read is one all the same, of which nothing is known. */
static int
apply_asked(struct ledger *l, const struct ledger_key *key, const struct bus_record *r,
	    struct err *err)
{
	sqlite3_stmt *s = ledger_query(l, r->value ? Q_ASK : Q_ANSWERED);
	struct ledger_request request = { 0 };

	ledger_bind_path(s, key->rest, key->size);
	l->asked = UNKNOWN;
	if (!r->value)
		return ledger_run(l, s, err);
	arena_reset(&l->arena);
	if (ledger_request_parse(&request, r->value, r->value_size, &l->arena, err))
		request = (struct ledger_request){ 0 };
	sqlite3_bind_int64(s, 2, request.attempt);
	ledger_bind_text(s, 3, request.history);
	return ledger_run(l, s, err);
}

/* A row that nobody can read is passed over: it must not stop the spool for ever. */
static int
apply(struct ledger *l, const struct bus_record *r, bool all, struct err *err)
{
	struct ledger_key key;

	if (!ledger_key_parse(&key, r->key, r->key_size) ||
	    key.spool_size != strlen(l->conf.spool) ||
	    memcmp(key.spool, l->conf.spool, key.spool_size))
		return 0;
	if (key.kind == 'r')
		return apply_asked(l, &key, r, err);
	arena_reset(&l->arena);
	if (!all || !r->value || !apply_row(l, &key, r, err))
		return 0;
	if (err->class != ERR_REJECT)
		return -1;
	log_warn("%s partition=%d offset=%lld is left out: %s", r->topic, r->partition,
		 (long long)r->offset, err->text);
	return 0;
}

/* Positions beyond the topic's end, or of another log: this cache is of something else.
 */
static int
is_foreign(struct ledger *l, struct bus *bus, int partitions, struct err *err)
{
	const char *cluster = ledger_fact(l, "cluster");
	int64_t end;

	if (!cluster || strcmp(cluster, bus_cluster(bus)))
		return 1;
	for (int i = 0; i < partitions; i++) {
		if (bus_offset(bus, l->topic, i, BUS_END, &end, err))
			return -1;
		if (ledger_position(l, i) > end)
			return 1;
	}
	return 0;
}

static int
open_reader(struct ledger *l, struct bus *bus, struct err *err)
{
	int partitions = bus_partitions(bus, l->topic, err), foreign;

	if (partitions < 0)
		return -1;
	foreign = is_foreign(l, bus, partitions, err);
	if (foreign < 0 ||
	    (foreign && (ledger_db_make(l, err) ||
			 ledger_put_fact(l, "cluster", bus_cluster(bus), err))))
		return -1;
	if (bus_read_open(bus, l->topic, &l->reader, err))
		return -1;
	for (int i = 0; i < partitions; i++)
		if (ledger_position(l, i) >= 0 &&
		    bus_read_seek(l->reader, i, ledger_position(l, i), err))
			return -1;
	return 0;
}

static int
take_records(struct ledger *l, const struct bus_record *r, size_t n, bool all,
	     struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		bool last = i + 1 == n || r[i + 1].partition != r[i].partition;

		if (apply(l, &r[i], all, err) ||
		    (last &&
		     ledger_put_position(l, r[i].partition, r[i].offset + 1, err)))
			return -1;
	}
	return 0;
}

static int
read_to_end(struct ledger *l, bool all, struct err *err)
{
	const struct bus_record *r;
	bool end = false;
	size_t n = 1;

	while (!end)
		/* At the end there is nothing to wait for; on the way there may be. */
		if (bus_read(l->reader, &r, &n, 1000, n ? 0 : READ_MS, &end, err) ||
		    take_records(l, r, n, all, err))
			return -1;
	return 0;
}

static int
read_so_far(struct ledger *l, struct err *err)
{
	const struct bus_record *r;
	size_t n;

	do
		if (bus_read(l->reader, &r, &n, 1000, 0, NULL, err) ||
		    take_records(l, r, n, false, err))
			return -1;
	while (n > 0);
	return 0;
}

static int
read_topic(struct ledger *l, struct bus *bus, bool all, bool to_end, struct err *err)
{
	if (all) {
		bus_read_close(l->reader);
		l->reader = NULL;
	}
	if ((!l->reader && open_reader(l, bus, err)) || ledger_begin(l, err))
		goto fail;
	if (!(to_end ? read_to_end(l, all, err) : read_so_far(l, err)) &&
	    !ledger_commit(l, err))
		return 0;
	ledger_rollback(l);
fail:
	bus_read_close(l->reader);
	l->reader = NULL;
	return err_context(err, "ledger of spool %s", l->conf.spool);
}

int
ledger_sync(struct ledger *l, struct bus *bus, bool all, struct err *err)
{
	return read_topic(l, bus, all, true, err);
}

int
ledger_look(struct ledger *l, struct bus *bus, struct err *err)
{
	return read_topic(l, bus, false, false, err);
}
