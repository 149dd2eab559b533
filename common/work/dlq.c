/*
 * One id on the bus, so that of two who change letters the later one fences
 * the earlier; and the states are read after joining, when the earlier one
 * can add nothing.  Letters that come meanwhile (what was sent back may fail
 * at once) are left for the next time: the ends are noted first.
 */
#include "work/dlq.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "bus/deadletter.h"
#include "record/ledger.h"
#include "record/lines.h"
#include "sink/line.h"
#include "text/ni.h"
#include "time/clock.h"

enum {
	MOST_STATES = 1 << 22,
	IDS_ROOM = MOST_STATES * 128, /* address space */
	LETTER_ROOM = 64 << 20,
	BATCH = 100, /* letters in a transaction */
	BATCH_BYTES = 8 << 20,
	WAIT_MS = 100,
};

/* What was done to a letter. */
struct known {
	const char *id;
	enum letter_state state;
	int64_t at_ms; /* when that was noted */
	bool is_there; /* the letter is still on its topic */
	struct known *next;
};

struct dlq {
	struct bus *bus;
	struct bus_member *member;
	char *id, *deadletter, *states_topic, *ledger;
	struct map states; /* id to struct known * */
	struct known *known;
	struct arena ids, arena; /* of the states; of the letter in hand */
	int64_t *ends;
	int partitions;
	const char *file; /* letters are read from there; NULL: from their topic */
};

/* ---- states ---- */

static struct known *
find_known(const struct dlq *d, const char *id, size_t n)
{
	return map_get(&d->states, id, n);
}

static int
put_state(struct dlq *d, const char *id, size_t n, enum letter_state state, int64_t at_ms,
	  struct err *err)
{
	struct known *k = find_known(d, id, n);
	void **value;

	if (!k) {
		k = arena_calloc(&d->ids, sizeof(*k));
		if (k)
			k->id = arena_copy(&d->ids, id, n);
		value = k && k->id ? map_put(&d->states, k->id, n) : NULL;
		if (!value)
			return err_set(err, ERR_USAGE,
				       "more than %d dead letters have a state: too many",
				       MOST_STATES);
		*value = k;
		k->next = d->known;
		d->known = k;
	}
	k->state = state;
	k->at_ms = at_ms;
	return 0;
}

/* What nobody can read is no state: the letter is new. */
static int
note_state(void *arg, const struct bus_record *r, struct err *err)
{
	struct dlq *d = arg;
	static const char kind[] = "dlq/";
	const size_t n = sizeof(kind) - 1;
	enum letter_state state = LETTER_NEW;

	if (r->key_size <= n || memcmp(r->key, kind, n))
		return 0;
	if (r->value && letter_state_parse(&state, r->value, r->value_size, err))
		state = LETTER_NEW;
	return put_state(d, (const char *)r->key + n, r->key_size - n, state, r->time_ms,
			 err);
}

/* ---- beginning and end ---- */

static int
note_ends(struct dlq *d, struct err *err)
{
	d->partitions = bus_partitions(d->bus, d->deadletter, err);
	if (d->partitions < 0)
		return -1;
	if (!d->partitions)
		return err_set(err, ERR_USAGE,
			       "there is no topic %s; `newswire topics` creates it",
			       d->deadletter);
	d->ends = must_alloc((size_t)d->partitions * sizeof(*d->ends));
	for (int i = 0; i < d->partitions; i++)
		if (bus_offset(d->bus, d->deadletter, i, BUS_END, &d->ends[i], err))
			return -1;
	return 0;
}

static int
join(struct dlq *d, struct err *err)
{
	const char *const sends[] = { d->states_topic, d->ledger };
	struct bus_role role = { .id = d->id,
				 .sends = sends,
				 .send_count = LENGTH(sends) };

	return bus_join(d->bus, &role, &d->member, err);
}

int
dlq_open(struct dlq **dlq, struct bus *bus, const char *prefix, bool changes,
	 struct err *err)
{
	struct dlq *d = must_alloc(sizeof(*d));

	d->bus = bus;
	d->id = must_printf("%s.dlq", prefix);
	d->deadletter = must_printf("%s.deadletter", prefix);
	d->states_topic = must_printf("%s.state", prefix);
	d->ledger = must_printf("%s.ledger", prefix);
	map_init(&d->states, MOST_STATES);
	arena_init(&d->ids, IDS_ROOM);
	arena_init(&d->arena, LETTER_ROOM);
	if ((changes && join(d, err)) || note_ends(d, err) ||
	    bus_read_all(bus, d->states_topic, note_state, d, err)) {
		dlq_close(d);
		return -1;
	}
	*dlq = d;
	return 0;
}

void
dlq_close(struct dlq *d)
{
	if (!d)
		return;
	bus_leave(d->member);
	map_release(&d->states);
	arena_release(&d->ids);
	arena_release(&d->arena);
	free(d->ends);
	free(d->id);
	free(d->deadletter);
	free(d->states_topic);
	free(d->ledger);
	free(d);
}

/* ---- letters ---- */

static bool
is_asked(const char *wanted, const char *is)
{
	return !wanted || (is && !strcmp(wanted, is));
}

/* "sink" is every sink. */
static bool
is_stage(const char *wanted, const char *stage)
{
	size_t n = wanted ? strlen(wanted) : 0;

	return is_asked(wanted, stage) ||
	       (stage && !strncmp(wanted, stage, n) && stage[n] == '.');
}

static bool
has_id(const struct dlq_filter *f, const char *id)
{
	for (size_t i = 0; i < f->id_count; i++)
		if (!strncmp(id, f->ids[i], strlen(f->ids[i])))
			return true;
	return !f->id_count;
}

static bool
passes(const struct dlq_filter *f, const struct letter *l, enum letter_state state)
{
	int64_t time = l->record->time_ms;

	return (f->any_state || state == f->state) && has_id(f, l->id) &&
	       is_stage(f->stage, l->stage) && is_asked(f->reason, l->reason) &&
	       is_asked(f->source, l->source) && is_asked(f->topic, l->topic) &&
	       time >= f->from_ms && (!f->to_ms || time < f->to_ms);
}

struct look {
	struct dlq *dlq;
	const struct dlq_filter *filter;
	dlq_each_f *each;
	void *arg;
};

static int
look_at(void *arg, const struct bus_record *r, struct err *err)
{
	const struct look *look = arg;
	struct dlq *d = look->dlq;
	struct letter l;
	struct known *known;
	enum letter_state state;

	arena_reset(&d->arena);
	if (letter_read(&l, r, &d->arena, err))
		return -1;
	known = find_known(d, l.id, strlen(l.id));
	if (known)
		known->is_there = true;
	if (!d->file && r->offset >= d->ends[r->partition])
		return 0;
	state = known ? known->state : LETTER_NEW;
	return passes(look->filter, &l, state) ? look->each(look->arg, &l, state, err) : 0;
}

/* A line of `dlq export` is one of the log with two members before. */
static int
look_at_line(const struct look *look, char *text, size_t n, struct arena *arena,
	     struct err *err)
{
	struct bus_record r;
	int used = 0;

	sscanf(text, "{\"id\":\"%*[0-9a-f]\",\"state\":\"%*[a-z]\",%n", &used);
	if (used)
		text[used - 1] = '{';
	text += used ? used - 1 : 0;
	n -= used ? (size_t)used - 1 : 0;
	arena_reset(arena);
	if (line_parse(&r, text, n, arena, err))
		return -1;
	return look_at((void *)(uintptr_t)look, &r, err);
}

static int
each_line(const struct look *look, const char *path, struct err *err)
{
	struct lines lines;
	struct arena arena;
	struct buf line;
	int rc;

	if (lines_open(&lines, path, err)) {
		err->class = ERR_USAGE;
		return -1;
	}
	arena_init(&arena, LETTER_ROOM);
	buf_init(&line, LINE_CEILING);
	while ((rc = lines_next(&lines, &line, err)) > 0) {
		if (!line.size)
			continue;
		rc = look_at_line(look, line.data, line.size, &arena, err);
		if (rc < 0)
			err_context(err, "%s line %" PRId64, path, lines.number);
		if (rc)
			break;
	}
	buf_release(&line);
	arena_release(&arena);
	lines_close(&lines);
	return rc;
}

void
dlq_read_file(struct dlq *d, const char *path)
{
	d->file = path;
}

int
dlq_each(struct dlq *d, const struct dlq_filter *f, dlq_each_f *each, void *arg,
	 struct err *err)
{
	struct look look = { d, f, each, arg };

	if (d->file)
		return each_line(&look, d->file, err);
	return bus_read_all(d->bus, d->deadletter, look_at, &look, err);
}

struct check {
	const struct dlq_filter *filter;
	char (*found)[LETTER_ID];
};

/* Alike letters have one id, so a second one with it is no other. */
static int
check_one(void *arg, const struct letter *l, enum letter_state state, struct err *err)
{
	struct check *c = arg;

	(void)state;
	for (size_t i = 0; i < c->filter->id_count; i++) {
		const char *id = c->filter->ids[i];

		if (strncmp(l->id, id, strlen(id)) || !strcmp(c->found[i], l->id))
			continue;
		if (*c->found[i])
			return err_set(err, ERR_REJECT,
				       "'%s' is not enough: it begins %s and %s", id,
				       c->found[i], l->id);
		memcpy(c->found[i], l->id, LETTER_ID);
	}
	return 0;
}

int
dlq_check_ids(struct dlq *d, const struct dlq_filter *filter, struct err *err)
{
	struct dlq_filter all = { .any_state = true };
	struct check c = { filter, must_alloc((filter->id_count + 1) * LETTER_ID) };
	int failed = dlq_each(d, &all, check_one, &c, err);

	for (size_t i = 0; i < filter->id_count && !failed; i++)
		if (!*c.found[i])
			failed = err_set(err, ERR_REJECT,
					 "no dead letter begins '%s' (%s keeps them for "
					 "a time only)",
					 filter->ids[i],
					 d->file ? d->file : d->deadletter);
	free(c.found);
	return failed;
}

/* ---- sending back ---- */

struct settle {
	struct dlq *d;
	enum letter_state to;
	bool dry, is_open;
	dlq_say_f *say;
	void *arg;
	size_t failed;
	struct dlq_done done[BATCH]; /* strings in `kept` */
	size_t count, bytes;
	struct arena kept;
	struct buf key, value;
};

static bool
is_file(const struct letter *l, struct ledger_key *key)
{
	return !l->topic && l->record->key &&
	       ledger_key_parse(key, l->record->key, l->record->key_size) &&
	       key->kind == 'f' && key->spool_size + 6 == strlen(l->stage) &&
	       !strncmp(l->stage, "watch.", 6) &&
	       !memcmp(l->stage + 6, key->spool, key->spool_size);
}

/* The spool is asked to look at its file again. */
static void
make_request(struct settle *s, const struct letter *l, const struct ledger_key *key,
	     struct bus_record *out)
{
	struct arena *a = &s->d->arena;
	struct ledger_request request = { .time_ms = wall_now().ms,
					  .attempt = l->attempt };
	size_t n;
	const char *history = bus_header(l->record, "nw-dlq-history", &n);

	request.history = history ? arena_copy(a, history, n) : NULL;
	buf_reset(&s->key);
	buf_reset(&s->value);
	ledger_key_print(&s->key, 'r', l->stage + 6, key->rest, key->size);
	ledger_request_print(&request, &s->value);
	*out = (struct bus_record){ .topic = s->d->ledger,
				    .partition = -1,
				    .key = s->key.data,
				    .key_size = s->key.size,
				    .value = s->value.data,
				    .value_size = s->value.size };
}

static bool
is_whole(const struct letter *l, const struct bus_record *r)
{
	unsigned char digest[NI_DIGEST];
	char text[2 * NI_DIGEST + 1];

	ni_digest(r->value, r->value_size, digest);
	return l->sha256 && !strcmp(ni_hex(digest, NI_DIGEST, text), l->sha256);
}

static int
copy_record(struct bus_record *out, const struct bus_record *r, struct arena *a,
	    struct err *err)
{
	struct bus_header *headers =
	    arena_calloc(a, (r->header_count + 1) * sizeof(*headers));

	*out = *r;
	out->headers = headers;
	out->key = r->key ? arena_copy(a, r->key, r->key_size) : NULL;
	out->value = arena_copy(a, r->value, r->value_size);
	for (size_t i = 0; headers && i < r->header_count; i++) {
		const struct bus_header *h = &r->headers[i];

		headers[i].name = arena_strdup(a, h->name);
		headers[i].value = h->value ? arena_copy(a, h->value, h->size) : NULL;
		headers[i].size = h->size;
	}
	return arena_check(a, err);
}

/* The record that lies at the place a letter was cut from, and has its sum: 1, else 0. */
static int
read_there(struct dlq *d, const struct letter *l, struct bus_reader *reader,
	   struct bus_record *out, struct err *err)
{
	int partitions = bus_partitions(d->bus, l->topic, err);
	const struct bus_record *r;
	bool end = false;
	size_t n = 1;

	for (int i = 0; i < partitions; i++)
		if (bus_read_seek(reader, i, i == l->partition ? l->offset : BUS_END,
				  err))
			return -1;
	while (!end && partitions > 0) {
		if (bus_read(reader, &r, &n, 1, n ? 0 : WAIT_MS, &end, err))
			return -1;
		if (!n || r->partition != l->partition)
			continue;
		if (r->offset != l->offset || !r->value || !is_whole(l, r))
			return 0;
		return copy_record(out, r, &d->arena, err) ? -1 : 1;
	}
	return partitions < 0 ? -1 : 0;
}

static int
find_whole(struct dlq *d, const struct letter *l, struct bus_record *out, struct err *err)
{
	struct bus_reader *reader;
	int found;

	if (!l->size) {
		*out = *l->record;
		return 0;
	}
	if (bus_read_open(d->bus, l->topic, &reader, err))
		return -1;
	found = read_there(d, l, reader, out, err);
	bus_read_close(reader);
	if (found)
		return found < 0 ? -1 : 0;
	return err_set(err, ERR_REJECT,
		       "not all of it is kept, and the whole is no longer at offset "
		       "%" PRId64 " of %s/%d; publish its file again",
		       l->offset, l->topic, l->partition);
}

/* ERR_REJECT: this letter cannot go back, and why. */
static int
make_back(struct settle *s, const struct letter *l, struct bus_record *out,
	  struct err *err)
{
	struct dlq *d = s->d;
	struct bus_record whole;
	struct ledger_key key;
	int partitions;

	if (!l->stage)
		return err_set(err, ERR_REJECT,
			       "it does not say in which stage it failed");
	if (is_file(l, &key)) {
		make_request(s, l, &key, out);
		return 0;
	}
	if (!l->topic)
		return err_set(err, ERR_REJECT, "it does not say where it came from");
	partitions = bus_partitions(d->bus, l->topic, err);
	if (partitions < 0)
		return -1;
	if (!partitions)
		return err_set(err, ERR_REJECT, "there is no topic %s any more",
			       l->topic);
	return find_whole(d, l, &whole, err) ||
		       letter_restore(out, l, &whole, &d->arena, err)
		   ? -1
		   : 0;
}

/* ---- transactions ---- */

static void
say_all(struct settle *s)
{
	for (size_t i = 0; i < s->count; i++)
		s->say(s->arg, &s->done[i]);
	s->count = s->bytes = 0;
	arena_reset(&s->kept);
}

static int
commit(struct settle *s, struct err *err)
{
	if (s->is_open && bus_commit(s->d->member, NULL, 0, err))
		return -1;
	s->is_open = false;
	say_all(s);
	return 0;
}

static int
note(struct settle *s, const struct letter *l, const char *to, const char *why,
     struct err *err)
{
	struct arena *a = &s->kept;

	s->done[s->count++] =
	    (struct dlq_done){ arena_strdup(a, l->id), arena_strdup(a, l->stage),
			       arena_strdup(a, to), arena_strdup(a, why) };
	s->failed += why != NULL;
	return arena_check(a, err);
}

static int
send(struct settle *s, const struct bus_record *r, struct err *err)
{
	if (!s->is_open && bus_begin(s->d->member, err))
		return -1;
	s->is_open = true;
	s->bytes += bus_record_size(r);
	return bus_send(s->d->member, r, err);
}

static int
send_state(struct settle *s, const struct letter *l, const char *to, struct err *err)
{
	struct bus_record r = { .topic = s->d->states_topic, .partition = -1 };

	buf_reset(&s->key);
	buf_reset(&s->value);
	buf_printf(&s->key, "dlq/%s", l->id);
	letter_state_print(&s->value, l->id, s->to, wall_now().ms, to);
	r.key = s->key.data;
	r.key_size = s->key.size;
	r.value = s->value.data;
	r.value_size = s->value.size;
	return send(s, &r, err);
}

static int
settle(struct settle *s, const struct letter *l, enum letter_state state, struct err *err)
{
	struct bus_record back = { 0 };

	if (state == LETTER_RETRIED || state == s->to)
		return err_set(err, ERR_REJECT, "it was %s already",
			       letter_state_name(state));
	if (s->to == LETTER_RETRIED &&
	    (make_back(s, l, &back, err) || (!s->dry && send(s, &back, err))))
		return -1;
	if ((!s->dry && send_state(s, l, back.topic, err)) ||
	    put_state(s->d, l->id, strlen(l->id), s->to, wall_now().ms, err))
		return -1;
	return note(s, l, back.topic, NULL, err);
}

static int
settle_one(void *arg, const struct letter *l, enum letter_state state, struct err *err)
{
	struct settle *s = arg;

	if (settle(s, l, state, err) &&
	    (err->class != ERR_REJECT || note(s, l, NULL, err->text, err)))
		return -1;
	return s->count == BATCH || s->bytes >= BATCH_BYTES ? commit(s, err) : 0;
}

int
dlq_settle(struct dlq *d, const struct dlq_filter *filter, enum letter_state to, bool dry,
	   dlq_say_f *say, void *arg, size_t *failed, struct err *err)
{
	struct settle *s = must_alloc(sizeof(*s));
	struct err other;
	int result;

	*s = (struct settle){ .d = d, .to = to, .dry = dry, .say = say, .arg = arg };
	arena_init(&s->kept, LETTER_ROOM);
	buf_init(&s->key, 1 << 20);
	buf_init(&s->value, 1 << 20);
	result = dlq_each(d, filter, settle_one, s, err) || commit(s, err) ? -1 : 0;
	if (result && s->is_open)
		(void)!bus_abort(d->member, &other);
	*failed = s->failed;
	arena_release(&s->kept);
	buf_release(&s->key);
	buf_release(&s->value);
	free(s);
	return result;
}

/* ---- what is over ---- */

static bool
is_over(const struct known *k, int64_t before_ms)
{
	return k->state != LETTER_NEW && !k->is_there && k->at_ms < before_ms;
}

static int
pass_on(void *arg, const struct letter *l, enum letter_state state, struct err *err)
{
	(void)arg;
	(void)l;
	(void)state;
	(void)err;
	return 0;
}

static int
send_end(struct dlq *d, const struct known *k, struct err *err)
{
	char *key = must_printf("dlq/%s", k->id);
	const struct bus_record r = { .topic = d->states_topic,
				      .partition = -1,
				      .key = key,
				      .key_size = strlen(key) };
	int failed = bus_send(d->member, &r, err);

	free(key);
	return failed;
}

static int
send_ends(struct dlq *d, int64_t before_ms, size_t *n, struct err *err)
{
	for (struct known *k = d->known; k; k = k->next) {
		if (!is_over(k, before_ms))
			continue;
		if ((*n % BATCH == 0 && bus_begin(d->member, err)) ||
		    send_end(d, k, err) ||
		    (++*n % BATCH == 0 && bus_commit(d->member, NULL, 0, err)))
			return -1;
		k->state = LETTER_NEW;
	}
	return *n % BATCH ? bus_commit(d->member, NULL, 0, err) : 0;
}

int
dlq_forget(struct dlq *d, int64_t before_ms, size_t *n, struct err *err)
{
	const struct dlq_filter all = { .any_state = true };
	const struct known *k = d->known;
	struct err other;

	*n = 0;
	while (k && !is_over(k, before_ms))
		k = k->next;
	if (!k)
		return 0;
	d->file = NULL;
	if (dlq_each(d, &all, pass_on, NULL, err))
		return -1;
	if (!send_ends(d, before_ms, n, err))
		return 0;
	(void)!bus_abort(d->member, &other);
	return -1;
}
