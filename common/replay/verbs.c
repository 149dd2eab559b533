/* What replays there are, and what they are asked: PREFIX.state, read and written. */
#include "replay/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bus/bus.h"
#include "replay/book.h"
#include "replay/progress.h"
#include "text/grid.h"

static const char *
status_of(const struct book_entry *e, const struct replay_state *s)
{
	if (s->status == REPLAY_DONE)
		return "done";
	if (s->status == REPLAY_CANCELLED || e->wish == REPLAY_CANCEL)
		return "cancelled";
	return e->wish == REPLAY_PAUSE ? "paused" : "begun";
}

static int
parse_entry(const struct book_entry *e, struct replay_state *s, struct arena *arena,
	    struct err *err)
{
	arena_reset(arena);
	return replay_state_parse(s, e->state, e->size, arena, err);
}

static int
list(struct book *b, struct err *err)
{
	static const char *const titles[] = { "replay", "state",  "%",    "sent",
					      "at",     "source", "into", "reason" };
	struct arena arena;
	struct grid g;

	arena_init(&arena, 16 << 20);
	grid_begin(&g, titles, LENGTH(titles), stdout, grid_terminal(160));
	g.fixed = 5;
	for (size_t i = 0; i < b->count; i++) {
		const struct book_entry *e = &b->entries[i];
		struct replay_state s;
		char share[32], sent[32];
		const char *cells[LENGTH(titles)];

		if (!e->state)
			continue;
		if (parse_entry(e, &s, &arena, err)) {
			fprintf(stderr, "newswire replay: %s: %s\n", e->id, err->text);
			continue;
		}
		snprintf(share, sizeof(share), "%.1f", (double)progress_share(&s) / 100);
		snprintf(sent, sizeof(sent), "%ld", s.sent);
		memcpy(cells,
		       (const char *[]){ s.id, status_of(e, &s), share, sent, s.at,
					 s.line.source, s.line.into, s.reason },
		       sizeof(cells));
		grid_row(&g, cells);
	}
	grid_end(&g);
	arena_release(&arena);
	return 0;
}

static void
print_fact(const char *name, const char *value)
{
	if (value && *value)
		printf("%-11s %s\n", name, value);
}

static void
print_state(const struct book_entry *e, const struct replay_state *s)
{
	const struct replay_line *l = &s->line;

	print_fact("replay", s->id);
	print_fact("state", status_of(e, s));
	print_fact("source", l->source);
	print_fact("into", l->into);
	print_fact("through", l->through);
	print_fact("from", l->from);
	print_fact("to", l->to);
	print_fact("event-from", l->event_from);
	print_fact("event-to", l->event_to);
	print_fact("where", l->where);
	print_fact("keys", l->keys);
	for (size_t i = 0; i < l->effects.count; i++)
		print_fact("effects", l->effects.items[i]);
	if (l->limit)
		printf("%-11s %ld\n", "limit", l->limit);
	print_fact("reason", s->reason);
	print_fact("by", s->by);
	print_fact("started", s->started);
	print_fact("at", s->at);
	printf("%-11s %ld\n%-11s %ld\n%-11s %ld\n", "read", s->read, "sent", s->sent,
	       "set aside", s->rejected);
	for (size_t i = 0; i < s->place_count; i++)
		printf("%-11s %d: offsets %ld to %ld, next %ld\n", "partition",
		       s->places[i].partition, s->places[i].from, s->places[i].end,
		       s->places[i].next);
}

static int
need_entry(const struct book *b, const char *id, struct book_entry **e, struct err *err)
{
	*e = book_find(b, id);
	if (*e && (*e)->state)
		return 0;
	return err_set(err, ERR_USAGE, "no replay '%s'; `newswire replay list` has them",
		       id);
}

static int
show(struct book *b, const char *id, struct err *err)
{
	struct replay_state s;
	struct book_entry *e;
	struct arena arena;
	int failed;

	if (need_entry(b, id, &e, err))
		return -1;
	arena_init(&arena, 16 << 20);
	failed = parse_entry(e, &s, &arena, err);
	if (!failed)
		print_state(e, &s);
	arena_release(&arena);
	return failed;
}

/* ---- pause, resume, cancel ---- */

static int
send_wish(const struct program *p, struct bus *bus, const char *id, enum replay_wish wish,
	  struct err *err)
{
	char *topic = must_printf("%s.state", p->prefix),
	     *key = must_printf("replay/%s/ask", id),
	     *name = must_printf("%s.replay-ask.%ld", p->prefix, (long)getpid());
	struct bus_role role = { .id = name,
				 .sends = (const char *[]){ topic },
				 .send_count = 1 };
	struct bus_member *m = NULL;
	struct bus_record r;
	struct buf value;
	int failed;

	buf_init(&value, 4096);
	replay_ask_print(id, wish, &value);
	r = book_record(topic, key, &value);
	failed = bus_join(bus, &role, &m, err) || bus_begin(m, err) ||
		 bus_send(m, &r, err) || bus_commit(m, NULL, 0, err);
	bus_leave(m);
	buf_release(&value);
	free(topic);
	free(key);
	free(name);
	return failed ? -1 : 0;
}

static int
ask(const struct program *p, struct bus *bus, struct book *b, const char *id,
    enum replay_wish wish, struct err *err)
{
	static const char *const said[] = {
		[REPLAY_GO_ON] = "goes on; where nobody runs it, run its line again",
		[REPLAY_PAUSE] =
		    "pauses within a second, also when its line is run again",
		[REPLAY_CANCEL] = "is cancelled; what it has sent stays",
	};
	struct replay_state s;
	struct book_entry *e;
	struct arena arena;
	int failed;

	if (need_entry(b, id, &e, err))
		return -1;
	arena_init(&arena, 16 << 20);
	failed = parse_entry(e, &s, &arena, err);
	if (!failed && s.status != REPLAY_RUNNING)
		failed = err_set(err, ERR_USAGE, "replay %s is %s already", id,
				 status_of(e, &s));
	arena_release(&arena);
	if (failed || send_wish(p, bus, id, wish, err))
		return -1;
	printf("replay %s %s\n", id, said[wish]);
	return 0;
}

/* ---- words ---- */

static const struct verb {
	const char *name;
	bool needs_id;
	enum replay_wish wish;
} verbs[] = {
	{ "list", false, REPLAY_GO_ON },   { "show", true, REPLAY_GO_ON },
	{ "pause", true, REPLAY_PAUSE },   { "resume", true, REPLAY_GO_ON },
	{ "cancel", true, REPLAY_CANCEL },
};

static int
run_verb(const struct program *p, const struct verb *v, const char *id, struct err *err)
{
	struct bus *bus = NULL;
	struct book b = { 0 };
	int failed = program_bus(p, &bus, err) ||
		     book_open(&b, bus, program_name(p, "state"), id, err) ||
		     (!v->needs_id               ? list(&b, err)
		      : !strcmp(v->name, "show") ? show(&b, id, err)
						 : ask(p, bus, &b, id, v->wish, err));

	book_close(&b);
	bus_close(bus);
	return failed ? -1 : 0;
}

static const struct verb *
find_verb(int argc, char **argv)
{
	for (size_t i = 0; argc > 0 && i < LENGTH(verbs); i++)
		if (!strcmp(argv[0], verbs[i].name) && argc == 1 + verbs[i].needs_id)
			return &verbs[i];
	return NULL;
}

bool
replay_is_verb(int argc, char **argv)
{
	return find_verb(argc, argv) != NULL;
}

int
replay_verb(const struct program *p, int argc, char **argv, struct err *err)
{
	return run_verb(p, find_verb(argc, argv), argv[1], err);
}
