/* A member of the embedded log: how it joins, polls and leaves. */
#include "bus/log_member.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ops/log.h"

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

		if (log_tend(m, err))
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
		h = log_find_held(m, t, p->partition);
		if (h && log_go_to(m, h, p->offset, err))
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
	lock = log_lock_of(m->epoch);
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
	m->lock_fd = log_locks_open(b);
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
	if (m->held_count && log_let_go(m, &err))
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

const struct bus_member_type log_member_type = { member_poll,     log_stage_begin,
						 log_stage_send,  log_stage_commit,
						 log_stage_abort, member_seek,
						 member_pause,    member_leave };
