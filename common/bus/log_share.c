/*
 * Who is alive, and who reads what.  Each joining gives a new epoch, and the
 * member holds a lock on the byte of that number in one file beside the log
 * for as long as it lives: the kernel lets go of it when the process dies, and
 * anybody can ask who holds it without taking it.  Who owns which partition
 * follows from the list of the living alone, so every member works it out for
 * itself; `holder` says who still reads a partition, and nobody takes one that
 * a living member holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bus/log_member.h"

int
log_locks_open(const struct bus *b)
{
	char *path = must_printf("%s-members", b->db.path);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	free(path);
	return fd;
}

struct flock
log_lock_of(int64_t epoch)
{
	return (struct flock){
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = epoch, .l_len = 1
	};
}

static bool
is_alive(int lock_fd, int64_t own, int64_t epoch)
{
	struct flock lock = log_lock_of(epoch);

	if (epoch == own)
		return true; /* a process never conflicts with its own lock */
	return !fcntl(lock_fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

int
log_group_empty(struct bus *b, const char *group, struct err *err)
{
	struct log_member *members;
	size_t n, alive = 0;
	int fd = log_locks_open(b);

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
		return err_set(err, ERR_RETRY, "%s has %zu users; stop them first",
			       b->db.path, alive);
	return err_set(err, ERR_RETRY, "the group %s has %zu members; stop them first",
		       group, alive);
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

struct held *
log_find_held(struct bus_member *m, const struct log_topic *t, int partition)
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
			struct held *h = log_find_held(m, t, p);

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

int
log_fenced(const struct bus_member *m, struct err *err)
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
		 (!is_listed(members, n, m->epoch) && log_fenced(m, err)) ||
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
int
log_let_go(struct bus_member *m, struct err *err)
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
	return n ? log_let_go(m, err) : 0;
}

int
log_go_to(struct bus_member *m, struct held *h, int64_t offset, struct err *err)
{
	struct log_lane lane;

	if (offset < 0 && bus_log_type.offset(m->bus, h->topic->name, h->partition,
					      offset, &offset, err))
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

		failed = log_go_to(m, h, positions[i].offset, err);
		h->committed = h->at;
	}
	free(positions);
	return failed;
}

int
log_tend(struct bus_member *m, struct err *err)
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
		m->held_count =
		    before; /* still held in the file, so taken again at the next poll */
		m->generation--;
		return -1;
	}
	return revoke_unwanted(m, err);
}
