/*
 * A member of the embedded log: it stages what it sends in memory and writes
 * it with its positions in one transaction, so none is open while a record is
 * processed.
 *
 * Each joining gives a new epoch, and the member holds a lock on the byte of
 * that number in one file beside the log for as long as it lives: the kernel
 * lets go of it when the process dies, and anybody can ask who holds it
 * without taking it.  Who owns which partition follows from the list of the
 * living alone, so every member works it out for itself; `holder` says who
 * still reads a partition, and nobody takes one that a living member holds.
 */
#include "bus/bus_log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ops/log.h"
#include "time/clock.h"

enum {
	TEND_MS = 500, /* how often the living are counted */
	SWEEP_MS = 10000,
	STAGE_CEILING = 256 << 20,
};

struct held { /* a partition that this member reads */
	const struct log_topic *topic;
	int partition;
	int64_t at, committed; /* next to poll; where an abort goes back to */
	bool wanted;
};

struct staged {
	const struct log_topic *topic;
	int partition;
	struct bus_record record; /* pointers are offsets into bytes until the commit */
	size_t header;            /* first of its headers */
};

struct open_lane { /* during a commit */
	int64_t id;
	struct log_lane lane;
};

struct bus_member {
	struct bus_head head;
	struct bus *bus;
	int64_t epoch;
	int lock_fd;
	char *id, *group;
	const struct log_topic **topics;
	size_t topic_count;
	struct bus_role
	    role; /* the callbacks; its strings are the caller's and not used later */

	struct held *held;
	size_t held_count;
	uint32_t generation;
	struct mono tended, swept;
	bool paused, open;
	size_t turn;
	struct log_batch batch;

	struct buf bytes; /* keys, values and headers of what is staged */
	struct staged *staged;
	size_t staged_count, staged_room;
	struct bus_header *headers;
	size_t header_count, header_room;
	struct open_lane *lanes;
	size_t lane_count;
	unsigned spread; /* where records without a key go */
};

/* ---- the living ---- */

static int
open_locks(const struct bus *b)
{
	char *path = must_printf("%s-members", b->db.path);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	free(path);
	return fd;
}

static struct flock
byte_of(int64_t epoch)
{
	return (struct flock){
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = epoch, .l_len = 1
	};
}

static bool
is_alive(int lock_fd, int64_t own, int64_t epoch)
{
	struct flock lock = byte_of(epoch);

	if (epoch == own)
		return true; /* a process never conflicts with its own lock */
	return !fcntl(lock_fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

int
log_group_empty(struct bus *b, const char *group, struct err *err)
{
	struct log_member *members;
	size_t n, alive = 0;
	int fd = open_locks(b);

	if (fd < 0)
		return err_errno(err, ERR_RETRY, "%s-members", b->db.path);
	if (log_members(b, group, &members, &n, err)) {
		close(fd);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		alive += is_alive(fd, 0, members[i].epoch);
	log_members_free(members, n);
	close(fd);
	if (!alive)
		return 0;
	if (!group)
		return err_set(err, ERR_RETRY, "%s has %zu users; stop them first", b->db.path,
			       alive);
	return err_set(err, ERR_RETRY, "the group %s has %zu members; stop them first", group,
		       alive);
}

/* Takes the dead out of the list; true in *any if there were some.  In a transaction. */
static int
remove_dead(struct bus_member *m, struct log_member *members, size_t *n, bool *any,
	    struct err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		if (is_alive(m->lock_fd, m->epoch, members[i].epoch)) {
			struct log_member alive = members[i];

			members[i] = members[kept];
			members[kept++] = alive;
		} else if (log_member_remove(m->bus, members[i].epoch, err)) {
			return -1;
		}
	}
	*any = kept < *n;
	for (size_t i = kept; i < *n; i++) {
		free(members[i].id);
		free(members[i].topics);
	}
	*n = kept;
	return 0;
}

/* ---- who reads what ---- */

static bool
subscribes(const struct log_member *member, const char *topic)
{
	size_t n = strlen(topic);

	for (const char *p = member->topics; (p = strstr(p, topic)); p += n)
		if ((p == member->topics || p[-1] == '\n') && p[n] == '\n')
			return true;
	return false;
}

/* Partitions go round the topic's subscribers, in the order of their ids. */
static int64_t
owner_of(const struct log_member *members, size_t n, const struct log_topic *t,
	 int partition)
{
	size_t count = 0, nth;

	for (size_t i = 0; i < n; i++)
		count += subscribes(&members[i], t->name);
	if (!count)
		return 0;
	nth = (size_t)partition % count;
	for (size_t i = 0; i < n; i++)
		if (subscribes(&members[i], t->name) && !nth--)
			return members[i].epoch;
	return 0;
}

static struct held *
find_held(struct bus_member *m, const struct log_topic *t, int partition)
{
	for (size_t i = 0; i < m->held_count; i++)
		if (m->held[i].topic == t && m->held[i].partition == partition)
			return &m->held[i];
	return NULL;
}

static int64_t
lane_of(const struct held *h)
{
	return h->topic->lane + h->partition;
}

static bool
is_listed(const struct log_member *members, size_t n, int64_t epoch)
{
	for (size_t i = 0; i < n; i++)
		if (members[i].epoch == epoch)
			return true;
	return false;
}

/* Takes a partition that is ours by the list, unless a living member still reads it. */
static int
take(struct bus_member *m, const struct log_member *members, size_t n,
     const struct log_topic *t, int partition, struct err *err)
{
	struct log_position p;
	bool exists;

	if (log_position_get(m->bus, m->group, t->lane + partition, &p, &exists, err))
		return -1;
	if (p.holder != m->epoch && is_listed(members, n, p.holder))
		return 0; /* it lets go at its next poll and rings */
	if (log_position_hold(m->bus, m->group, t->lane + partition, m->epoch, err))
		return -1;
	m->held = must_realloc(m->held, (m->held_count + 1) * sizeof(*m->held));
	m->held[m->held_count++] =
	    (struct held){ t, partition, p.offset, p.offset, true };
	return 0;
}

/* Marks what stays wanted and takes what is new (at the end of held, from *old on). */
static int
share_out(struct bus_member *m, const struct log_member *members, size_t n,
	  struct err *err)
{
	for (size_t i = 0; i < m->held_count; i++)
		m->held[i].wanted = false;
	for (size_t i = 0; i < m->topic_count; i++) {
		const struct log_topic *t = m->topics[i];

		for (int p = 0; p < t->partitions; p++) {
			struct held *h = find_held(m, t, p);

			if (owner_of(members, n, t, m->role.alone ? 0 : p) != m->epoch)
				continue;
			if (h)
				h->wanted = true;
			else if (take(m, members, n, t, p, err))
				return -1;
		}
	}
	return 0;
}

static int
fenced(const struct bus_member *m, struct err *err)
{
	return err_set(err, ERR_FATAL, "%s: another process has taken over as %s",
		       m->bus->db.path, m->id);
}

/* Counts the living and takes what is ours now: all in one transaction. */
static int
count_and_take(struct bus_member *m, bool *any_dead, struct err *err)
{
	struct log_member *members = NULL;
	size_t n = 0;
	int failed;

	if (log_db_begin(&m->bus->db, err))
		return -1;
	failed = log_members(m->bus, m->group, &members, &n, err) ||
		 (!is_listed(members, n, m->epoch) && fenced(m, err)) ||
		 remove_dead(m, members, &n, any_dead, err) ||
		 share_out(m, members, n, err);
	log_members_free(members, n);
	if (failed) {
		log_db_rollback(&m->bus->db);
		return -1;
	}
	return log_db_commit(&m->bus->db, err);
}

/* Writes holder 0 for what is no longer wanted and forgets it. */
static int
let_go(struct bus_member *m, struct err *err)
{
	size_t kept = 0;

	if (log_db_begin(&m->bus->db, err))
		return -1;
	for (size_t i = 0; i < m->held_count; i++) {
		struct log_position p;
		bool exists;

		if (m->held[i].wanted)
			continue;
		if (log_position_get(m->bus, m->group, lane_of(&m->held[i]), &p, &exists,
				     err) ||
		    (p.holder == m->epoch &&
		     log_position_hold(m->bus, m->group, lane_of(&m->held[i]), 0, err))) {
			log_db_rollback(&m->bus->db);
			return -1;
		}
	}
	if (log_db_commit(&m->bus->db, err))
		return -1;
	for (size_t i = 0; i < m->held_count; i++)
		if (m->held[i].wanted)
			m->held[kept++] = m->held[i];
	m->held_count = kept;
	log_db_new_generation(&m->bus->db);
	return 0;
}

/* The positions of held[from, to) that are (or are not) wanted; gives, at least one long.
 */
static struct bus_position *
positions_of(const struct bus_member *m, size_t from, bool wanted, size_t *n)
{
	struct bus_position *positions =
	    must_alloc((m->held_count + 1) * sizeof(*positions));

	*n = 0;
	for (size_t i = from; i < m->held_count; i++) {
		const struct held *h = &m->held[i];

		if (h->wanted == wanted)
			positions[(*n)++] =
			    (struct bus_position){ h->topic->name, h->partition,
						   h->at < 0 ? BUS_FIRST : h->at };
	}
	return positions;
}

static int
revoke_unwanted(struct bus_member *m, struct err *err)
{
	size_t n;
	struct bus_position *positions = positions_of(m, 0, false, &n);

	if (n && m->role.revoked)
		m->role.revoked(m->role.arg, positions, n);
	free(positions);
	return n ? let_go(m, err) : 0;
}

static int
go_to(struct bus_member *m, struct held *h, int64_t offset, struct err *err)
{
	struct log_lane lane;

	if (offset < 0 && bus_log_type.offset(m->bus, h->topic->name, h->partition, offset,
					      &offset, err))
		return -1;
	if (log_lane_get(m->bus, lane_of(h), &lane, err))
		return -1;
	h->at = offset;
	if (offset <= lane.next)
		return 0;
	return err_set(err, ERR_FATAL,
		       "topic %s partition %d ends at %" PRId64
		       " but %s stands at %" PRId64
		       ": the topic was created anew; `newswire topics forget` "
		       "starts the group from the beginning",
		       h->topic->name, h->partition, lane.next, m->group, offset);
}

/* Tells the caller what is new from `from` on, and where it wants to start. */
static int
assign_new(struct bus_member *m, size_t from, struct err *err)
{
	size_t n;
	struct bus_position *positions = positions_of(m, from, true, &n);
	int failed =
	    n && m->role.assigned ? m->role.assigned(m->role.arg, positions, n, err) : 0;

	for (size_t i = 0; i < n && !failed; i++) {
		struct held *h = &m->held[from + i];

		failed = go_to(m, h, positions[i].offset, err);
		h->committed = h->at;
	}
	free(positions);
	return failed;
}

static int
tend(struct bus_member *m, struct err *err)
{
	uint32_t generation = log_db_generation(&m->bus->db);
	bool any_dead = false;
	size_t before;

	if (generation == m->generation && mono_since(m->tended) < TEND_MS)
		return 0;
	before = m->held_count;
	if (count_and_take(m, &any_dead, err)) {
		m->held_count = before;
		return -1;
	}
	m->tended = mono_now();
	m->generation = generation;
	if (any_dead)
		log_db_new_generation(&m->bus->db);
	/* New ones stand behind the old: assigned before revoking moves them. */
	if (assign_new(m, before, err)) {
		m->held_count = before; /* still held in the file, so taken again at the next poll */
		m->generation--;
		return -1;
	}
	return revoke_unwanted(m, err);
}

/* ---- polling ---- */

static int
fetch(struct bus_member *m, size_t max, struct err *err)
{
	log_batch_reset(&m->batch, max);
	for (size_t i = 0; i < m->held_count && m->batch.count < max; i++) {
		struct held *h = &m->held[(m->turn + i) % m->held_count];
		size_t share =
		    (max - m->batch.count + m->held_count - i - 1) / (m->held_count - i);

		if (log_batch_fetch(&m->batch, m->bus, h->topic, h->partition, &h->at,
				    share, err))
			return -1;
	}
	m->turn++;
	return 0;
}

static int
member_poll(struct bus_member *m, const struct bus_record **records, size_t *n,
	    size_t max, int timeout_ms, struct err *err)
{
	struct mono start = mono_now();

	assert(!m->open && m->group);
	for (;;) {
		uint32_t bell = log_db_bell(&m->bus->db);
		int left;

		if (tend(m, err))
			return -1;
		if (m->paused)
			log_batch_reset(&m->batch, 1);
		else if (fetch(m, max, err))
			return -1;
		left = timeout_ms - (int)mono_since(start);
		if (m->batch.count || left <= 0 ||
		    !log_db_wait(&m->bus->db, bell, left < TEND_MS ? left : TEND_MS))
			break;
	}
	*records = m->batch.records;
	*n = m->batch.count;
	return 0;
}

/* ---- a transaction ---- */

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

static int
member_begin(struct bus_member *m, struct err *err)
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

static int
member_send(struct bus_member *m, const struct bus_record *r, struct err *err)
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
		return fenced(m, err);
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
		return fenced(m, err);
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

static int
member_commit(struct bus_member *m, const struct bus_position *positions, size_t n,
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

static int
member_abort(struct bus_member *m, struct err *err)
{
	(void)err;
	drop_staged(m);
	for (size_t i = 0; i < m->held_count; i++)
		m->held[i].at = m->held[i].committed;
	return 0;
}

static int
member_seek(struct bus_member *m, const struct bus_position *positions, size_t n,
	    struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct bus_position *p = &positions[i];
		const struct log_topic *t;
		struct held *h;

		if (log_topic_need(m->bus, p->topic, &t, err))
			return -1;
		h = find_held(m, t, p->partition);
		if (h && go_to(m, h, p->offset, err))
			return -1;
	}
	return 0;
}

static int
member_pause(struct bus_member *m, bool paused, struct err *err)
{
	(void)err;
	m->paused = paused;
	return 0;
}

/* ---- joining and leaving ---- */

/* All topics as one text, each followed by a newline; gives. */
static char *
topic_list(const struct bus_role *role)
{
	struct buf list;

	buf_init(&list, SIZE_MAX);
	buf_adds(&list, "");
	for (size_t i = 0; i < role->topic_count; i++) {
		buf_adds(&list, role->topics[i]);
		buf_addc(&list, '\n');
	}
	return list.data;
}

static int
find_topics(struct bus_member *m, const struct bus_role *role, struct err *err)
{
	const struct log_topic *t;

	m->topics = must_alloc((role->topic_count + 1) * sizeof(*m->topics));
	for (; m->topic_count < role->topic_count; m->topic_count++)
		if (log_topic_need(m->bus, role->topics[m->topic_count],
				   &m->topics[m->topic_count], err))
			return -1;
	for (size_t i = 0; i < role->send_count; i++)
		if (log_topic_need(m->bus, role->sends[i], &t, err))
			return -1;
	return 0;
}

static int
refuse_if_sealed(struct bus *b, struct err *err)
{
	char why[256];

	if (log_sealed(b, why, err))
		return -1;
	return *why ? err_set(err, ERR_USAGE, "%s is sealed: %s", b->db.path, why) : 0;
}

/* The lock before the row is seen, so that nobody takes a newcomer for dead. */
static int
enter(struct bus_member *m, const char *topics, struct err *err)
{
	struct flock lock;

	if (log_db_begin(&m->bus->db, err))
		return -1;
	if (refuse_if_sealed(m->bus, err) ||
	    log_member_add(m->bus, m->id, m->group, topics, &m->epoch, err)) {
		log_db_rollback(&m->bus->db);
		return -1;
	}
	lock = byte_of(m->epoch);
	if (fcntl(m->lock_fd, F_OFD_SETLK, &lock)) {
		err_errno(err, ERR_RETRY, "%s-members: locking", m->bus->db.path);
		log_db_rollback(&m->bus->db);
		return -1;
	}
	return log_db_commit(&m->bus->db, err);
}

static void
member_free(struct bus_member *m)
{
	if (m->lock_fd >= 0)
		close(m->lock_fd);
	log_batch_release(&m->batch);
	buf_release(&m->bytes);
	free(m->staged);
	free(m->headers);
	free(m->lanes);
	free(m->held);
	free(m->topics);
	free(m->group);
	free(m->id);
	free(m);
}

int
log_join(struct bus *b, const struct bus_role *role, struct bus_member **member,
	 struct err *err)
{
	struct bus_member *m = must_alloc(sizeof(*m));
	char *topics = topic_list(role);
	int failed;

	m->head.type = &bus_log_type;
	m->bus = b;
	m->id = must_strdup(role->id);
	m->group = must_strdup(role->group);
	m->role = *role;
	m->lock_fd = open_locks(b);
	m->generation = log_db_generation(&b->db) - 1; /* tend at the first poll */
	m->swept = mono_now();
	log_batch_init(&m->batch);
	buf_init(&m->bytes, STAGE_CEILING);
	failed = m->lock_fd < 0 ? err_errno(err, ERR_RETRY, "%s-members", b->db.path)
				: find_topics(m, role, err) || enter(m, topics, err);
	free(topics);
	if (failed) {
		member_free(m);
		return -1;
	}
	log_db_new_generation(&b->db);
	*member = m;
	return 0;
}

/* Whatever fails here, the lock's release says it all. */
static void
member_leave(struct bus_member *m)
{
	struct err err;

	for (size_t i = 0; i < m->held_count; i++)
		m->held[i].wanted = false;
	if (m->held_count && let_go(m, &err))
		log_warn("%s", err.text);
	if (!log_db_begin(&m->bus->db, &err)) {
		if (log_member_remove(m->bus, m->epoch, &err))
			log_db_rollback(&m->bus->db);
		else if (log_db_commit(&m->bus->db, &err))
			log_warn("%s", err.text);
	}
	log_db_new_generation(&m->bus->db);
	member_free(m);
}

const struct bus_member_type log_member_type = { member_poll,   member_begin, member_send,
						 member_commit, member_abort, member_seek,
						 member_pause,  member_leave };
