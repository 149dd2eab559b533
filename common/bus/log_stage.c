/*
 * What a member sends is staged in memory and written with its positions in
 * one transaction, so none is open while a record is processed.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bus/log_member.h"
#include "ops/log.h"

enum { SWEEP_MS = 10000 };

static void
drop_staged(struct bus_member *m)
{
	buf_reset(&m->bytes);
	m->staged_count = m->header_count = 0;
	m->open = false;
}

/* Only senders outside a group wait: a consumer's work is what empties the log. */
static int
check_room(struct bus_member *m, struct err *err)
{
	if (m->group || !m->bus->max_bytes || log_size(m->bus) <= m->bus->max_bytes)
		return 0;
	if (log_sweep(m->bus, err))
		return -1;
	return log_size(m->bus) <= m->bus->max_bytes ? 0 : log_full(m->bus, err);
}

int
log_stage_begin(struct bus_member *m, struct err *err)
{
	assert(!m->open);
	if (check_room(m, err))
		return -1;
	m->open = true;
	return 0;
}

/* Copies into bytes; what it gives is an offset, made a pointer at the commit. */
static const void *
keep(struct bus_member *m, const void *bytes, size_t n)
{
	size_t at = m->bytes.size;

	if (!bytes)
		return NULL;
	buf_add(&m->bytes, bytes, n);
	buf_addc(&m->bytes, '\0');
	return (const void *)(uintptr_t)(at + 1); /* so that the first is not NULL */
}

static const void *
kept(const struct bus_member *m, const void *at)
{
	return at ? m->bytes.data + (uintptr_t)at - 1 : NULL;
}

static void
keep_headers(struct bus_member *m, const struct bus_record *r)
{
	if (m->header_count + r->header_count > m->header_room) {
		m->header_room = (m->header_count + r->header_count) * 2;
		m->headers =
		    must_realloc(m->headers, m->header_room * sizeof(*m->headers));
	}
	for (size_t i = 0; i < r->header_count; i++) {
		const struct bus_header *h = &r->headers[i];

		m->headers[m->header_count++] =
		    (struct bus_header){ keep(m, h->name, strlen(h->name)),
					 keep(m, h->value, h->size), h->size };
	}
}

static int
choose_partition(struct bus_member *m, const struct bus_record *r,
		 const struct log_topic *t, struct err *err)
{
	if (r->partition >= t->partitions)
		return err_set(err, ERR_USAGE, "%s has no partition %d", t->name,
			       r->partition);
	if (r->partition >= 0)
		return r->partition;
	if (!r->key)
		return (int)(m->spread++ % (unsigned)t->partitions);
	return (int)((bus_murmur2(r->key, r->key_size) & 0x7fffffff) %
		     (uint32_t)t->partitions);
}

int
log_stage_send(struct bus_member *m, const struct bus_record *r, struct err *err)
{
	const struct log_topic *t;
	struct staged *s;
	int partition;

	assert(m->open);
	if (log_topic_need(m->bus, r->topic, &t, err) ||
	    (partition = choose_partition(m, r, t, err)) < 0)
		return -1;
	if (m->staged_count == m->staged_room) {
		m->staged_room = m->staged_room ? m->staged_room * 2 : 64;
		m->staged = must_realloc(m->staged, m->staged_room * sizeof(*m->staged));
	}
	s = &m->staged[m->staged_count];
	*s = (struct staged){ t, partition, *r, m->header_count };
	s->record.time_ms = m->role.keeps_time ? r->time_ms : 0;
	s->record.key = keep(m, r->key, r->key_size);
	s->record.value = keep(m, r->value, r->value_size);
	keep_headers(m, r);
	if (m->bytes.full)
		return err_set(err, ERR_FATAL, "a transaction of more than %d MB",
			       STAGE_CEILING >> 20);
	m->staged_count++;
	return 0;
}

/* The record as it was sent, with pointers again. */
static struct bus_record
restore(struct bus_member *m, const struct staged *s)
{
	struct bus_record r = s->record;

	r.key = kept(m, r.key);
	r.value = kept(m, r.value);
	r.headers = m->headers + s->header;
	for (size_t i = 0; i < r.header_count; i++) {
		struct bus_header *h = &m->headers[s->header + i];

		h->name = kept(m, h->name);
		h->value = kept(m, h->value);
	}
	return r;
}

/* The lane's row, read once in this transaction. */
static struct open_lane *
open_lane(struct bus_member *m, int64_t id, struct err *err)
{
	struct open_lane *o;

	for (size_t i = 0; i < m->lane_count; i++)
		if (m->lanes[i].id == id)
			return &m->lanes[i];
	m->lanes = must_realloc(m->lanes, (m->lane_count + 1) * sizeof(*m->lanes));
	o = &m->lanes[m->lane_count];
	o->id = id;
	if (log_lane_get(m->bus, id, &o->lane, err))
		return NULL;
	m->lane_count++;
	return o;
}

static int
write_staged(struct bus_member *m, struct err *err)
{
	m->lane_count = 0;
	for (size_t i = 0; i < m->staged_count; i++) {
		const struct staged *s = &m->staged[i];
		struct open_lane *o = open_lane(m, s->topic->lane + s->partition, err);
		struct bus_record r = restore(m, s);

		if (!o || log_append(m->bus, s->topic, s->partition, &o->lane, &r, err))
			return -1;
	}
	for (size_t i = 0; i < m->lane_count; i++)
		if (log_lane_set(m->bus, m->lanes[i].id, &m->lanes[i].lane, err))
			return -1;
	return 0;
}

/* A former owner is stopped here: by its id, and by each partition. */
static int
write_position(struct bus_member *m, const struct bus_position *p, struct err *err)
{
	const struct log_topic *t;
	struct log_position now;
	bool exists;

	if (log_topic_need(m->bus, p->topic, &t, err) ||
	    log_position_get(m->bus, m->group, t->lane + p->partition, &now, &exists,
			     err))
		return -1;
	if (!exists || now.holder != m->epoch)
		return log_fenced(m, err);
	return log_position_set(m->bus, m->group, t->lane + p->partition, p->offset, err);
}

static int
write_all(struct bus_member *m, const struct bus_position *positions, size_t n,
	  struct err *err)
{
	bool ours;

	if (log_member_is(m->bus, m->epoch, &ours, err))
		return -1;
	if (!ours)
		return log_fenced(m, err);
	for (size_t i = 0; i < n; i++)
		if (write_position(m, &positions[i], err))
			return -1;
	return write_staged(m, err);
}

static int
sweep_at_times(struct bus_member *m, struct err *err)
{
	if (mono_since(m->swept) < SWEEP_MS)
		return 0;
	m->swept = mono_now();
	return log_sweep(m->bus, err);
}

static void
note_committed(struct bus_member *m, const struct bus_position *p)
{
	for (size_t i = 0; i < m->held_count; i++)
		if (m->held[i].partition == p->partition &&
		    !strcmp(m->held[i].topic->name, p->topic))
			m->held[i].committed = p->offset;
}

int
log_stage_commit(struct bus_member *m, const struct bus_position *positions, size_t n,
		 struct err *err)
{
	struct err later;

	assert(m->open);
	if (n || m->staged_count) {
		if (log_db_begin(&m->bus->db, err))
			return -1;
		if (write_all(m, positions, n, err)) {
			log_db_rollback(&m->bus->db);
			return -1;
		}
		if (log_db_commit(&m->bus->db, err))
			return -1;
	}
	for (size_t i = 0; i < n; i++)
		note_committed(m, &positions[i]);
	drop_staged(m);
	if (sweep_at_times(m,
			   &later)) /* the commit stands; what is old goes another time */
		log_warn("%s", later.text);
	return 0;
}

int
log_stage_abort(struct bus_member *m, struct err *err)
{
	(void)err;
	drop_staged(m);
	for (size_t i = 0; i < m->held_count; i++)
		m->held[i].at = m->held[i].committed;
	return 0;
}
