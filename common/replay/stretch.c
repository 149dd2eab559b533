#include "replay/stretch.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bus/deadletter.h"
#include "ops/log.h"
#include "ops/stop.h"
#include "replay/source.h"
#include "sink/shape.h"
#include "time/clock.h"

enum {
	BATCH = 1000,
	READ_MS = 200,
	PIECE_MS = 2000,
	ARENA_BYTES = 512 << 20,
	LEAST_WAIT_MS = 100,
	MOST_WAIT_MS = 10000,
	ROOM = 64 << 20,
};

struct stretch {
	const struct program *program;
	const char *name, *topic, *deadletter;
	const struct sink_conf *conf;
	struct bus *bus;
	struct source source;
	struct replay_place *places, *stored; /* now; after the last flush */
	size_t place_count;
	long read;

	struct sink *sink;
	struct arena arena; /* of the record in hand */
	struct bus_position *positions;
	char *role;
	struct bus_member *member; /* for dead letters: from the first one on */
	bool in_txn;
	long dead, dead_now; /* before this piece; in it */
	bool is_reading;     /* the source stands at the places */
	int failures;
};

/* ---- the stretch ---- */

/* From bus_offset()'s way to say a time to the source's. */
static int64_t
time_of(int64_t at, int64_t none)
{
	return at == BUS_END ? INT64_MAX : at ? at : none;
}

static int
open_stretch(struct stretch *s, const struct program *p, const char *name,
	     const struct sink_conf *conf, struct err *err)
{
	struct source_start start = { .from_ms = time_of(conf->from_at, INT64_MIN),
				      .to_ms = time_of(conf->to_at, INT64_MAX) };

	*s = (struct stretch){ .program = p,
			       .name = name,
			       .conf = conf,
			       .topic = conf->topic && *conf->topic
					    ? conf->topic
					    : program_name(p, "enriched"),
			       .deadletter = program_name(p, "deadletter") };
	arena_init(&s->arena, ARENA_BYTES);
	if (program_bus_wait(p, NULL, &s->bus, err))
		return -1;
	start.bus = s->bus;
	start.name = s->topic;
	if (source_open(&s->source, &start, err) ||
	    s->source.type->fix(s->source.state, &s->places, &s->place_count, err))
		return -1;
	s->stored = must_alloc(s->place_count * sizeof(*s->stored));
	s->positions = must_alloc(s->place_count * sizeof(*s->positions));
	memcpy(s->stored, s->places, s->place_count * sizeof(*s->stored));
	return 0;
}

static void
close_stretch(struct stretch *s)
{
	sink_close(s->sink);
	bus_leave(s->member);
	source_close(&s->source);
	bus_close(s->bus);
	arena_release(&s->arena);
	free(s->places);
	free(s->stored);
	free(s->positions);
	free(s->role);
}

static struct replay_place *
place_of(struct stretch *s, int partition)
{
	struct replay_place *p = s->places;

	while (p->partition != partition)
		p++;
	return p;
}

static int
read_some(struct stretch *s, const struct bus_record **records, size_t *n, bool *end,
	  struct err *err)
{
	const struct source_type *source = s->source.type;

	if (!s->is_reading &&
	    source->begin(s->source.state, s->places, s->place_count, err))
		return -1;
	s->is_reading = true;
	return source->read(s->source.state, records, n, BATCH, READ_MS, end, err);
}

/* ---- dead letters ---- */

static int
begin_transaction(struct stretch *s, struct err *err)
{
	struct bus_role role = { .id = s->role,
				 .sends = &s->deadletter,
				 .send_count = 1 };

	if (s->in_txn)
		return 0;
	if (!s->member && bus_join(s->bus, &role, &s->member, err))
		return -1;
	s->in_txn = !bus_begin(s->member, err);
	return s->in_txn ? 0 : -1;
}

static int
set_aside(void *arg, const struct bus_record *r, const struct err *why, struct err *err)
{
	struct stretch *s = arg;
	struct deadletter d = { .topic = s->deadletter,
				.reason = "reject",
				.text = why->text };
	struct bus_record out;

	arena_reset(&s->arena);
	d.stage = arena_printf(&s->arena, "sink.%s", s->name);
	if (arena_check(&s->arena, err) || begin_transaction(s, err) ||
	    deadletter_make(&out, r, &d, &s->arena, err) ||
	    bus_send(s->member, &out, err))
		return -1;
	s->dead_now++;
	log_warn("set aside topic=%s partition=%d offset=%" PRId64 ": %s", r->topic,
		 r->partition, r->offset, why->text);
	return 0;
}

/* ---- into the sink ---- */

static void
beat(void *arg)
{
	(void)arg; /* nobody looks whether we live: whoever began this sees it */
}

/* A store that stands before the stretch would say of what is between that it has it. */
static int
claim(struct stretch *s, struct err *err)
{
	for (size_t i = 0; i < s->place_count; i++)
		s->positions[i] = (struct bus_position){ s->topic, s->places[i].partition,
							 s->places[i].from };
	if (sink_claim(s->sink, s->positions, s->place_count, err))
		return -1;
	for (size_t i = 0; i < s->place_count; i++)
		if (s->positions[i].offset != BUS_FIRST &&
		    s->positions[i].offset < s->places[i].from)
			return err_set(err, ERR_USAGE,
				       "sink %s has stored %s/%d up to offset %" PRId64
				       " and the stretch begins at %ld: what is between "
				       "would be missing for good. Begin it earlier, or "
				       "give the stretch a store of its own",
				       s->name, s->topic, s->places[i].partition,
				       s->positions[i].offset, s->places[i].from);
	return 0;
}

static int
open_sink(struct stretch *s, struct err *err)
{
	struct sink_start start = { .name = s->name,
				    .state = s->program->state,
				    .cluster = bus_cluster(s->bus),
				    .bus = s->bus,
				    .arena = &s->arena,
				    .replayed = s->conf->replayed,
				    .reject = set_aside,
				    .beat = beat,
				    .arg = s };

	sink_conf_start(s->conf, &start);
	start.from = 0; /* the stretch says where it begins */
	s->role = must_printf("%s.sink.%s.stretch", s->program->prefix, s->name);
	return sink_open(&s->sink, s->conf->chosen, &start, err) || claim(s, err) ? -1
										  : 0;
}

static int
write_some(struct stretch *s, const struct bus_record *records, size_t n, size_t *taken,
	   struct err *err)
{
	struct mono start = mono_now();
	struct err why;

	for (*taken = 0; *taken < n; ++*taken) {
		const struct bus_record *r = &records[*taken];

		if (*taken && (sink_is_full(s->sink) || mono_since(start) >= PIECE_MS ||
			       stop_asked()))
			break;
		arena_reset(&s->arena);
		if (sink_write(s->sink, r, err)) {
			why = *err;
			if (why.class != ERR_REJECT || set_aside(s, r, &why, err))
				return -1;
		}
		place_of(s, r->partition)->next = r->offset + 1;
	}
	return 0;
}

static int
flush(struct stretch *s, struct err *err)
{
	for (size_t i = 0; i < s->place_count; i++)
		s->positions[i] = (struct bus_position){ s->topic, s->places[i].partition,
							 s->places[i].next };
	if (sink_flush(s->sink, s->positions, s->place_count, err) ||
	    (s->in_txn && bus_commit(s->member, NULL, 0, err)))
		return -1;
	s->in_txn = false;
	s->failures = 0;
	s->dead += s->dead_now;
	s->dead_now = 0;
	memcpy(s->stored, s->places, s->place_count * sizeof(*s->stored));
	return sink_tick(s->sink, err);
}

static void
show(const struct stretch *s)
{
	const struct sink_counts *c = sink_counts(s->sink);
	long done = 0, all = 0;

	if (!log_progress_due())
		return;
	for (size_t i = 0; i < s->place_count; i++) {
		done += s->stored[i].next - s->stored[i].from;
		all += s->stored[i].end - s->stored[i].from;
	}
	log_progress("sink %s: %d %%, %" PRId64 " stored, %" PRId64
		     " passed over, %ld set aside",
		     s->name, (int)(all ? done * 100 / all : 100), c->written,
		     c->filtered + c->replayed, s->dead);
}

static int
take_back(struct stretch *s, struct err *err)
{
	struct err again;

	sink_undo(s->sink);
	s->is_reading = false;
	s->dead_now = 0;
	memcpy(s->places, s->stored, s->place_count * sizeof(*s->places));
	if (s->in_txn && bus_abort(s->member, &again) && again.class != ERR_RETRY)
		*err = again;
	s->in_txn = false;
	if (err->class == ERR_REJECT)
		err->class = ERR_FATAL; /* of no record */
	return err->class == ERR_RETRY ? 0 : -1;
}

/* The store, or the bus, is away: the same again later. */
static int
wait_a_while(struct stretch *s, struct err *err)
{
	int ms = LEAST_WAIT_MS << (s->failures < 7 ? s->failures : 7);
	struct mono start = mono_now();

	if (take_back(s, err))
		return -1;
	if (!(s->failures & (s->failures + 1)))
		log_warn("try=%d: %s", s->failures + 1, err->text);
	s->failures++;
	ms = ms < MOST_WAIT_MS ? ms : MOST_WAIT_MS;
	while (!stop_asked() && mono_since(start) < ms)
		poll(NULL, 0, READ_MS);
	return 0;
}

static int
one_batch(struct stretch *s, bool *end, struct err *err)
{
	const struct bus_record *records;
	size_t n, taken;

	if (read_some(s, &records, &n, end, err))
		return -1;
	for (size_t done = 0; done < n && !stop_asked(); done += taken) {
		if (write_some(s, records + done, n - done, &taken, err) || flush(s, err))
			return -1;
		s->read += (long)taken;
		show(s);
	}
	return 0;
}

static int
run(struct stretch *s, struct err *err)
{
	bool end = false;

	while (!end && !stop_asked())
		if (one_batch(s, &end, err)) {
			end = false;
			if (wait_a_while(s, err))
				return -1;
		}
	return stop_asked() ? 0 : flush(s, err); /* an empty stretch is stored too */
}

int
stretch_run(const struct program *p, const char *name, const struct sink_conf *conf)
{
	const struct sink_counts *c;
	struct stretch s;
	struct err err;
	int status = 0;

	if (open_stretch(&s, p, name, conf, &err) || open_sink(&s, &err) ||
	    run(&s, &err)) {
		status = command_failed("sink", &err);
	} else {
		c = sink_counts(s.sink);
		log_progress_end();
		log_info("%s: records=%ld stored=%" PRId64 " passed_over=%" PRId64
			 " set_aside=%ld%s",
			 s.topic, s.read, c->written, c->filtered + c->replayed, s.dead,
			 stop_asked() ? "; stopped: the same line again goes on" : "");
		status = stop_asked() ? 75 : 0;
	}
	close_stretch(&s);
	return status;
}

/* ---- without a sink ---- */

struct would {
	long read, stored, passed, unclear;
	int64_t bytes;
};

/* From where the group stands, if no other beginning was asked for. */
static int
begin_at_group(struct stretch *s, struct err *err)
{
	char *group = must_printf("%s.sink.%s", s->program->prefix, s->name);
	int failed = 0;

	for (size_t i = 0; !failed && !s->conf->from_at && i < s->place_count; i++) {
		struct replay_place *p = &s->places[i];
		int64_t at;

		failed = bus_committed(s->bus, group, s->topic, p->partition, &at, err);
		if (!failed && at > p->from)
			p->from = p->next = at < p->end ? at : p->end;
	}
	free(group);
	return failed;
}

static void
weigh(struct stretch *s, struct shape *shape, const struct bus_record *r, struct would *w)
{
	const struct sink_type *type = s->conf->chosen;
	struct err err;

	w->read++;
	if (sink_passes_over(type, s->name, s->conf->replayed, r)) {
		w->passed++;
	} else if (shape_apply(shape, &r, &err)) {
		if (!w->unclear++)
			log_warn("topic=%s partition=%d offset=%" PRId64 ": %s", r->topic,
				 r->partition, r->offset, err.text);
	} else if (r) {
		w->stored++;
		w->bytes += (int64_t)r->value_size;
	} else {
		w->passed++;
	}
	shape_drop(shape);
}

static void
say_would(const struct stretch *s, const struct would *would)
{
	for (size_t i = 0; i < s->place_count; i++) {
		const struct replay_place *p = &s->places[i];
		const struct would *w = &would[i];

		printf("%s/%d offsets %ld to %ld: %ld records, %ld to store (%" PRId64
		       " bytes), %ld to pass over, %ld to set aside\n",
		       s->topic, p->partition, p->from, p->end, w->read, w->stored,
		       w->bytes, w->passed, w->unclear);
	}
}

static int
weigh_all(struct stretch *s, struct shape *shape, struct would *would, struct err *err)
{
	bool end = false;

	while (!end && !stop_asked()) {
		const struct bus_record *records;
		size_t n;

		if (read_some(s, &records, &n, &end, err))
			return -1;
		for (size_t i = 0; i < n; i++)
			weigh(s, shape, &records[i],
			      &would[place_of(s, records[i].partition) - s->places]);
	}
	return 0;
}

int
stretch_dry_run(const struct program *p, const char *name, const struct sink_conf *conf)
{
	struct shape shape = { 0 };
	struct would *would = NULL;
	struct stretch s;
	struct err err;
	int status = 0;

	if (!open_stretch(&s, p, name, conf, &err))
		would = must_alloc((s.place_count + 1) * sizeof(*would));
	if (!would || begin_at_group(&s, &err) ||
	    shape_open(&shape, conf->where, conf->fields,
		       conf->chosen->kind == SINK_STATE, ROOM, &err) ||
	    weigh_all(&s, &shape, would, &err))
		status = command_failed("sink", &err);
	else
		say_would(&s, would);
	shape_close(&shape);
	close_stretch(&s);
	free(would);
	return status;
}
