#include "bus/copy.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bus/bus_log.h"
#include "bus/copy_parts.h"
#include "ops/log.h"
#include "ops/stop.h"

enum {
	BATCH = 5000, /* records in a transaction, or as many as a read gives */
	PAUSE_MS = 500,
	STATES_ROOM = 256 << 20, /* address space */
};

void
copy_say(const struct copy *c, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	c->conf->say(c->conf->arg, text);
}

int
copy_insist(int (*f)(struct copy *, void *, struct err *), struct copy *c, void *arg,
	    struct err *err)
{
	while (f(c, arg, err)) {
		if (err->class != ERR_RETRY || stop_asked())
			return -1;
		log_warn("again: %s", err->text);
		poll(NULL, 0, PAUSE_MS);
	}
	return 0;
}

/* ---- the log ---- */

static int
seal(const struct copy *c, struct err *err)
{
	struct bus *log = c->conf->from;
	char *text, was[256];
	int failed;

	text = must_printf("`newswire bus copy` carries it to the cluster %s; name its "
			   "brokers in [kafka], or take the log into use again with "
			   "`newswire bus unseal`",
			   bus_cluster(c->conf->to));
	if (log_db_begin(&log->db, err)) {
		free(text);
		return -1;
	}
	failed = log_sealed(log, was, err);
	if (!failed && *was && strcmp(was, text))
		failed = err_set(err, ERR_USAGE, "%s is sealed: %s", log->db.path, was);
	failed = failed || log_group_empty(log, NULL, err) || log_seal(log, text, err);
	free(text);
	if (!failed)
		return log_db_commit(&log->db, err);
	log_db_rollback(&log->db);
	return -1;
}

int
bus_unseal(struct bus *log, struct err *err)
{
	char why[256];

	if (log->head.type != &bus_log_type)
		return err_set(err, ERR_USAGE, "this is no embedded log");
	if (log_db_begin(&log->db, err))
		return -1;
	if (!log_sealed(log, why, err) &&
	    (*why || err_set(err, ERR_USAGE, "%s is not sealed", log->db.path) == 0) &&
	    !log_seal(log, NULL, err))
		return log_db_commit(&log->db, err);
	log_db_rollback(&log->db);
	return -1;
}

static int
note_topic(void *arg, const struct log_topic *t)
{
	struct copy *c = arg;
	size_t n = strlen(c->conf->prefix);

	if (strncmp(t->name, c->conf->prefix, n) || t->name[n] != '.') {
		copy_say(c, "%s is left: --prefix says whose topics are carried",
			 t->name);
		return 0;
	}
	c->topics = must_realloc(c->topics, (c->count + 1) * sizeof(*c->topics));
	c->topics[c->count++] = (struct copy_topic){ .from = t };
	return 0;
}

static int
find_topics(struct copy *c, struct err *err)
{
	bool has_states = false;

	if (log_each_topic(c->conf->from, note_topic, c, err))
		return -1;
	for (size_t i = 0; i < c->count; i++) {
		struct copy_topic *t = &c->topics[i];

		has_states |= !strcmp(t->from->name, c->states);
		if (copy_begin(c, t, err))
			return -1;
	}
	return has_states ? 0
			  : err_set(err, ERR_USAGE,
				    "%s has no topics of a line whose prefix is %s",
				    c->conf->from->db.path, c->conf->prefix);
}

static int
look_again(struct copy *c, struct err *err)
{
	c->records = 0;
	for (size_t i = 0; i < c->count; i++) {
		if (copy_begin(c, &c->topics[i], err))
			return -1;
		c->records += c->topics[i].records;
	}
	return 0;
}

/* ---- the cluster ---- */

static void
warn(void *arg, const char *topic, const char *text)
{
	copy_say(arg, "on the cluster %s %s", topic, text);
}

static int
make_topics(struct copy *c, struct err *err)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct log_topic *t = c->topics[i].from;
		struct bus_topic want = { t->name, t->partitions, t->retention_ms,
					  t->compacted };
		int partitions;

		if (bus_topics(c->conf->to, &want, 1, false, warn, c, err))
			return -1;
		partitions = bus_partitions(c->conf->to, t->name, err);
		if (partitions < 0)
			return -1;
		if (partitions != t->partitions)
			return err_set(err, ERR_USAGE,
				       "on the cluster %s has %d partitions, on the log "
				       "%d: delete it there, this command makes it",
				       t->name, partitions, t->partitions);
	}
	return 0;
}

static int
join(struct copy *c, struct err *err)
{
	const char **sends = must_alloc((c->count + 1) * sizeof(*sends));
	char *id = must_printf("%s.copy", c->conf->prefix);
	struct bus_role role = {
		.id = id, .sends = sends, .send_count = c->count, .keeps_time = true
	};
	int failed;

	for (size_t i = 0; i < c->count; i++)
		sends[i] = c->topics[i].from->name;
	failed = bus_join(c->conf->to, &role, &c->member, err);
	free(id);
	free(sends);
	return failed;
}

/* ---- states on the cluster ---- */

static bool
is_ours(const struct copy *c, const struct bus_record *r)
{
	size_t n = strlen(c->kind);

	return r->key_size >= n && !memcmp(r->key, c->kind, n);
}

static struct copy_topic *
topic_named(const struct copy *c, const char *name, size_t n)
{
	for (size_t i = 0; i < c->count; i++)
		if (strlen(c->topics[i].from->name) == n &&
		    !memcmp(c->topics[i].from->name, name, n))
			return &c->topics[i];
	return NULL;
}

static int
note_state(void *arg, const struct bus_record *r, struct err *err)
{
	struct copy *c = arg;
	size_t n = strlen(c->kind);
	struct copied_log log;
	struct copy_topic *t;

	if (!is_ours(c, r) || !r->value)
		return 0;
	if (r->key_size == n) {
		if (copied_log_parse(&log, r->value, r->value_size, err))
			return -1;
		c->is_done = log.done;
		return 0;
	}
	t = topic_named(c, (const char *)r->key + n + 1, r->key_size - n - 1);
	if (!t)
		return 0;
	if (copied_topic_parse(&t->at, r->value, r->value_size, &c->arena, err))
		return -1;
	t->has_begun = true;
	return t->at.partitions == t->from->partitions
		   ? 0
		   : err_set(err, ERR_FATAL, "the state of the copy of %s is damaged",
			     t->from->name);
}

static int
refuse_record(void *arg, const struct bus_record *r, struct err *err)
{
	if (is_ours(arg, r))
		return 0;
	return err_set(
	    err, ERR_USAGE,
	    "on the cluster %s has records already: a log is carried into "
	    "empty topics; delete them there, or carry it under a new --prefix",
	    r->topic);
}

int
copy_send_state(struct copy *c, const char *rest, struct err *err)
{
	struct bus_record r = { .topic = c->states, .partition = -1 };

	buf_reset(&c->key);
	buf_printf(&c->key, "%s%s%s", c->kind, *rest ? "/" : "", rest);
	r.key = c->key.data;
	r.key_size = c->key.size;
	r.value = c->value.data;
	r.value_size = c->value.size;
	return buf_check(&c->value, err) || bus_send(c->member, &r, err) ? -1 : 0;
}

static int
send_topic_state(struct copy *c, const struct copy_topic *t,
		 const struct copied_topic *at, struct err *err)
{
	char *id = must_printf("%s/%s", bus_cluster(c->conf->from), t->from->name);

	buf_reset(&c->value);
	copied_topic_print(at, id, &c->value);
	free(id);
	return copy_send_state(c, t->from->name, err);
}

static int
send_log_state(struct copy *c, bool done, struct err *err)
{
	struct copied_log log = { .done = done, .records = c->records };

	buf_reset(&c->value);
	copied_log_print(&log, bus_cluster(c->conf->from), &c->value);
	return copy_send_state(c, "", err);
}

/* A transaction that failed is aborted; the class of why stays in *err. */
static int
take_back(struct copy *c, struct err *err)
{
	struct err again = { 0 };

	while (bus_abort(c->member, &again)) {
		if (again.class == ERR_RETRY && !stop_asked())
			continue;
		*err = again;
		break;
	}
	return -1;
}

/* Once: where each topic begins does not change when the command is run again. */
static int
note_beginning(struct copy *c, void *arg, struct err *err)
{
	int failed = bus_begin(c->member, err) || send_log_state(c, false, err);

	(void)arg;
	for (size_t i = 0; i < c->count && !failed; i++)
		if (!c->topics[i].has_begun)
			failed =
			    send_topic_state(c, &c->topics[i], &c->topics[i].at, err);
	return failed || bus_commit(c->member, NULL, 0, err) ? take_back(c, err) : 0;
}

static int
note_end(struct copy *c, void *arg, struct err *err)
{
	(void)arg;
	return bus_begin(c->member, err) || send_log_state(c, true, err) ||
		       bus_commit(c->member, NULL, 0, err)
		   ? take_back(c, err)
		   : 0;
}

static int
begin(struct copy *c, struct err *err)
{
	if (make_topics(c, err) || join(c, err) ||
	    bus_read_all(c->conf->to, c->states, note_state, c, err))
		return -1;
	if (c->is_done)
		return 0;
	for (size_t i = 0; i < c->count; i++)
		if (!c->topics[i].has_begun &&
		    bus_read_all(c->conf->to, c->topics[i].from->name, refuse_record, c, err))
			return -1;
	return copy_insist(note_beginning, c, NULL, err);
}

/* ---- records ---- */

struct piece {
	struct copy_topic *topic;
	const struct bus_record *records;
	size_t n;
	struct copied_topic after;
};

static int
send_piece(struct copy *c, void *arg, struct err *err)
{
	const struct piece *p = arg;

	if (bus_begin(c->member, err))
		return take_back(c, err);
	for (size_t i = 0; i < p->n; i++)
		if (bus_send(c->member, &p->records[i], err))
			return take_back(c, err);
	return send_topic_state(c, p->topic, &p->after, err) ||
		       bus_commit(c->member, NULL, 0, err)
		   ? take_back(c, err)
		   : 0;
}

static int
copy_piece(struct copy *c, struct piece *p, struct err *err)
{
	memcpy(p->after.next, p->topic->at.next,
	       (size_t)p->after.partitions * sizeof(*p->after.next));
	for (size_t i = 0; i < p->n; i++)
		p->after.next[p->records[i].partition] = p->records[i].offset + 1;
	if (copy_insist(send_piece, c, p, err))
		return -1;
	memcpy(p->topic->at.next, p->after.next,
	       (size_t)p->after.partitions * sizeof(*p->after.next));
	return 0;
}

static int
read_and_send(struct copy *c, struct copy_topic *t, struct bus_reader *reader,
	      struct err *err)
{
	struct piece p = { .topic = t,
			   .after = { .begin = t->at.begin,
				      .next = must_alloc((size_t)t->at.partitions *
							 sizeof(*t->at.next)),
				      .partitions = t->at.partitions } };
	int64_t sent = 0;
	bool end = false;
	int failed = 0;

	for (int i = 0; i < t->at.partitions; i++)
		sent += t->at.next[i] - t->at.begin[i];
	while (!end && !failed) {
		failed =
		    bus_read(reader, &p.records, &p.n, BATCH, 0, &end, err) ||
		    (p.n && copy_piece(c, &p, err)) ||
		    (stop_asked() &&
		     err_set(err, ERR_RETRY, "told to stop; the same command goes on"));
		sent += (int64_t)p.n;
		c->conf->count(c->conf->arg, t->from->name, sent, t->records);
	}
	free(p.after.next);
	return failed;
}

static int
copy_records(struct copy *c, struct copy_topic *t, struct err *err)
{
	struct bus_reader *reader;
	int failed;

	if (bus_read_open(c->conf->from, t->from->name, &reader, err))
		return -1;
	failed = 0;
	for (int i = 0; i < t->at.partitions && !failed; i++)
		failed = bus_read_seek(reader, i, t->at.next[i], err);
	failed = failed || read_and_send(c, t, reader, err);
	bus_read_close(reader);
	return failed;
}

/* ---- where offsets went ---- */

static int
send_places(struct copy *c, void *arg, struct err *err)
{
	struct copy_topic *t = arg;
	int failed = bus_begin(c->member, err);

	for (int i = 0; i < t->from->partitions && !failed; i++) {
		char *rest = must_printf("%s/%d", t->from->name, i);
		char *id = must_printf("%s/%s", bus_cluster(c->conf->from), rest);

		buf_reset(&c->value);
		copied_place_print(&t->places[i], id, &c->value);
		failed = copy_send_state(c, rest, err);
		free(rest);
		free(id);
	}
	return failed || bus_commit(c->member, NULL, 0, err) ? take_back(c, err) : 0;
}

/* ---- all of it ---- */

static int
carry(struct copy *c, struct err *err)
{
	for (size_t i = 0; i < c->count; i++)
		if (copy_records(c, &c->topics[i], err))
			return -1;
	for (size_t i = 0; i < c->count; i++) {
		struct copy_topic *t = &c->topics[i];

		if (copy_compare(c, t, err) ||
		    (t->places && copy_insist(send_places, c, t, err)))
			return -1;
	}
	return copy_positions(c, err) || copy_insist(note_end, c, NULL, err) ? -1 : 0;
}

static int
open_copy(struct copy *c, struct err *err)
{
	const struct copy_conf *conf = c->conf;

	c->states = must_printf("%s.state", conf->prefix);
	c->kind = must_printf(COPIED_KIND "%s", bus_cluster(conf->from));
	arena_init(&c->arena, STATES_ROOM);
	buf_init(&c->key, 1 << 10);
	buf_init(&c->value, BUS_MAX_RECORD - (1 << 10));
	if (conf->from->head.type != &bus_log_type ||
	    conf->to->head.type == &bus_log_type)
		return err_set(err, ERR_USAGE,
			       "an embedded log is carried to a cluster, nothing else");
	return 0;
}

static void
close_copy(struct copy *c)
{
	bus_leave(c->member);
	for (size_t i = 0; i < c->count; i++)
		for (int k = 0; c->topics[i].places && k < c->topics[i].from->partitions;
		     k++)
			copied_place_release(&c->topics[i].places[k]);
	for (size_t i = 0; i < c->count; i++)
		free(c->topics[i].places);
	free(c->topics);
	free(c->states);
	free(c->kind);
	arena_release(&c->arena);
	buf_release(&c->key);
	buf_release(&c->value);
}

static int
dry_run(const struct copy *c, struct err *err)
{
	for (size_t i = 0; i < c->count; i++)
		copy_say(c, "%s would be carried: %" PRId64 " records in %d partitions",
			 c->topics[i].from->name, c->topics[i].records,
			 c->topics[i].from->partitions);
	return log_group_empty(c->conf->from, NULL, err);
}

int
bus_copy(const struct copy_conf *conf, struct err *err)
{
	struct copy c = { .conf = conf };
	int failed = open_copy(&c, err);

	/* Where it cannot be, the log is not sealed; once it is, nothing changes. */
	failed = failed || find_topics(&c, err);
	if (!failed && conf->dry)
		failed = dry_run(&c, err);
	else if (!failed)
		failed = seal(&c, err) || look_again(&c, err) || begin(&c, err) ||
			 (!c.is_done && carry(&c, err));
	if (!failed && c.is_done)
		copy_say(&c, "%s is on the cluster %s already", conf->from->db.path,
			 bus_cluster(conf->to));
	close_copy(&c);
	return failed ? -1 : 0;
}
