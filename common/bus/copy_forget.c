/* What a copy left in the topic of states is taken away, when nobody asks for it any
 * more. */
#include "bus/copy.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "record/copied.h"

enum { ROOM = 64 << 20 };

struct key {
	const char *text;
	struct key *next;
};

struct forget {
	char *kind, *states; /* copy/LOG; the topic */
	bool is_begun, is_done;
	struct arena arena;
	struct key *keys;
};

static bool
is_of(const struct forget *f, const struct bus_record *r)
{
	size_t n = strlen(f->kind);
	const char *key = r->key;

	return r->key_size >= n && !memcmp(key, f->kind, n) &&
	       (r->key_size == n || key[n] == '/');
}

static struct key **
find(struct forget *f, const struct bus_record *r)
{
	struct key **k = &f->keys;

	while (*k && (strlen((*k)->text) != r->key_size ||
		      memcmp((*k)->text, r->key, r->key_size)))
		k = &(*k)->next;
	return k;
}

/* The last of a key counts; a tombstone says that it is forgotten. */
static int
note(void *arg, const struct bus_record *r, struct err *err)
{
	struct forget *f = arg;
	struct copied_log log;
	struct key **place;

	if (!is_of(f, r))
		return 0;
	place = find(f, r);
	if (!r->value) {
		if (*place)
			*place = (*place)->next;
		return 0;
	}
	if (r->key_size == strlen(f->kind)) {
		f->is_begun = true;
		f->is_done =
		    !copied_log_parse(&log, r->value, r->value_size, err) && log.done;
	}
	if (*place)
		return 0;
	*place = arena_calloc(&f->arena, sizeof(**place));
	if (*place)
		(*place)->text = arena_copy(&f->arena, r->key, r->key_size);
	return arena_check(&f->arena, err);
}

static int
send_ends(struct forget *f, struct bus_member *m, size_t *n, struct err *err)
{
	if (bus_begin(m, err))
		return -1;
	for (const struct key *k = f->keys; k; k = k->next, ++*n) {
		const struct bus_record r = { .topic = f->states,
					      .partition = -1,
					      .key = k->text,
					      .key_size = strlen(k->text) };

		if (bus_send(m, &r, err))
			return -1;
	}
	return bus_commit(m, NULL, 0, err);
}

/* Under the id of a copy, so that none is on its way meanwhile. */
static int
forget(struct forget *f, const struct copy_conf *conf, size_t *n, struct err *err)
{
	const char *const sends[] = { f->states };
	char *id = must_printf("%s.copy", conf->prefix);
	const struct bus_role role = { .id = id, .sends = sends, .send_count = 1 };
	struct bus_member *m = NULL;
	int failed = bus_join(conf->to, &role, &m, err) ||
		     bus_read_all(conf->to, f->states, note, f, err);

	if (!failed && f->is_begun && !f->is_done)
		failed = err_set(err, ERR_USAGE,
				 "the copy is not through: `newswire bus copy` ends it");
	if (!failed && f->keys)
		failed = send_ends(f, m, n, err);
	bus_leave(m);
	free(id);
	return failed;
}

int
bus_copy_forget(const struct copy_conf *conf, size_t *n, struct err *err)
{
	struct forget f = {
		.kind = must_printf(COPIED_KIND "%s", bus_cluster(conf->from)),
		.states = must_printf("%s.state", conf->prefix),
	};
	int partitions = bus_partitions(conf->to, f.states, err);
	int failed = partitions < 0;

	*n = 0;
	arena_init(&f.arena, ROOM);
	if (partitions > 0)
		failed = forget(&f, conf, n, err);
	arena_release(&f.arena);
	free(f.kind);
	free(f.states);
	return failed ? -1 : 0;
}
