/*
 * A topic of another cluster, or another topic, exactly once.
 *
 * How far a partition of ours has come is a record of TARGET.positions, which
 * is compacted and lies beside the target: it is sent in the transaction of
 * the records.  Each of our partitions has a lane, a member of the other bus
 * with an id of its own, and a transaction for each flush.  Whoever takes a
 * partition over takes that id, which ends what a former owner has begun and
 * fails what he begins; then the next epoch is written down.
 *
 * The trap: the outcome of a commit is not known after a failure.  The
 * positions are read again then, by the claim that follows each undo.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/lines.h"
#include "sink/kafka_place.h"
#include "sink/sink.h"

enum { LINE_MOST = 64 << 10, VALUE_MOST = 1024 };

struct kafka_conf {
	const char *brokers, *target, *properties;
};

struct lane { /* of one of our partitions */
	char *topic, *key, *id;
	int partition;
	struct bus_member *member; /* NULL: to be taken */
	bool open, to_abort;       /* its transaction */
	struct kafka_place stored;
	bool is_stored;
};

struct kafka_sink {
	const struct kafka_conf *conf;
	char *name, *cluster; /* ours, and that of what we read */
	char *positions;      /* their topic */
	struct sink *sink;
	struct bus_setting *settings; /* owned, both texts */
	size_t setting_count;
	struct bus *bus; /* NULL: not connected */
	struct lane *lanes;
	size_t count;
};

static const struct opt kafka_opts[] = {
	OPT(struct kafka_conf, brokers, NULL, 0, 0,
	    "of the other cluster: HOST:PORT,..."),
	OPT(struct kafka_conf, target, NULL, 0, 0, "topic that records go to"),
	OPT(struct kafka_conf, properties, NULL, 0, 0,
	    "file of more settings of librdkafka, NAME=VALUE a line"),
	{ 0 },
};

/* ---- settings ---- */

static void
add_setting(struct kafka_sink *s, const char *name, const char *value)
{
	s->settings =
	    must_realloc(s->settings, (s->setting_count + 1) * sizeof(*s->settings));
	s->settings[s->setting_count++] =
	    (struct bus_setting){ must_strdup(name), must_strdup(value) };
}

static char *
trim(char *text)
{
	size_t n;

	text += strspn(text, " \t");
	n = strlen(text);
	while (n > 0 && strchr(" \t\r", text[n - 1]))
		text[--n] = '\0';
	return text;
}

static int
read_property(struct kafka_sink *s, char *line)
{
	char *name = trim(line), *equals = strchr(name, '=');

	if (!*name || *name == '#')
		return 0;
	if (!equals)
		return -1;
	*equals = '\0';
	add_setting(s, trim(name), trim(equals + 1));
	return 0;
}

static int
read_properties(struct kafka_sink *s, const char *path, struct err *err)
{
	struct lines lines;
	struct buf line;
	int rc;

	if (lines_open(&lines, path, err)) {
		err->class = ERR_USAGE;
		return err_context(err, "properties");
	}
	buf_init(&line, LINE_MOST);
	while ((rc = lines_next(&lines, &line, err)) > 0)
		if (line.size > 0 && read_property(s, line.data)) {
			rc = err_set(err, ERR_USAGE, "%s line %" PRId64 ": no NAME=VALUE",
				     path, lines.number);
			break;
		}
	buf_release(&line);
	lines_close(&lines);
	return rc;
}

static int
kafka_open(void *state, const struct sink_start *start, struct err *err)
{
	struct kafka_sink *s = state;
	const struct kafka_conf *conf = start->conf;

	s->conf = conf;
	s->sink = start->sink;
	s->name = must_strdup(start->name);
	s->cluster = must_strdup(start->cluster);
	if (!conf->brokers || !*conf->brokers || !conf->target || !*conf->target)
		return err_set(err, ERR_USAGE,
			       "sink %s: say brokers = HOST:PORT,... and target = TOPIC",
			       start->name);
	s->positions = must_printf("%s.positions", conf->target);
	add_setting(s, "bootstrap.servers", conf->brokers);
	return conf->properties && *conf->properties
		   ? read_properties(s, conf->properties, err)
		   : 0;
}

/* ---- the other cluster ---- */

struct too_small {
	bool yes;
	char text[160];
};

/* Of all that may differ only this would stop the line, at a record that is too large. */
static void
note_limit(void *arg, const char *topic, const char *text)
{
	struct too_small *limit = arg;

	(void)topic;
	if (!strstr(text, "max.message.bytes"))
		return;
	limit->yes = true;
	snprintf(limit->text, sizeof(limit->text), "%s", text);
}

static void
say_nothing(void *arg, const char *topic, const char *text)
{
	(void)arg;
	(void)topic;
	(void)text;
}

static int
look_at_target(struct kafka_sink *s, struct err *err)
{
	const char *name = s->conf->target;
	struct bus_topic target = { .name = name, .retention_ms = -1 };
	const struct bus_topic positions = { s->positions, 1, -1, true };
	struct too_small limit = { 0 };

	target.partitions = bus_partitions(s->bus, name, err);
	if (target.partitions < 0)
		return -1;
	if (target.partitions == 0)
		return err_set(err, ERR_USAGE,
			       "there is no topic '%s' at %s: make it, with "
			       "max.message.bytes of 9 MB",
			       name, s->conf->brokers);
	if (bus_topics(s->bus, &target, 1, true, note_limit, &limit, err))
		return -1;
	if (limit.yes)
		return err_set(err, ERR_USAGE,
			       "topic '%s' at %s %s: raise it, or a large record would "
			       "stop this sink",
			       name, s->conf->brokers, limit.text);
	return bus_topics(s->bus, &positions, 1, false, say_nothing, NULL, err);
}

static int
connect(struct kafka_sink *s, struct err *err)
{
	const struct bus_conf conf = { .cluster = s->name,
				       .kafka = s->settings,
				       .kafka_count = s->setting_count };

	if (s->bus)
		return 0;
	if (bus_open(&s->bus, &conf, err)) {
		s->bus = NULL;
		return -1;
	}
	if (!look_at_target(s, err))
		return 0;
	bus_close(s->bus);
	s->bus = NULL;
	return -1;
}

/* ---- lanes ---- */

static struct lane *
find_lane(struct kafka_sink *s, const char *topic, int partition)
{
	for (struct lane *l = s->lanes; l < s->lanes + s->count; l++)
		if (l->partition == partition && !strcmp(l->topic, topic))
			return l;
	return NULL;
}

static struct lane *
lane_of(struct kafka_sink *s, const struct sink_place *p)
{
	struct lane *l = find_lane(s, p->topic, p->partition);

	if (l)
		return l;
	s->lanes = must_realloc(s->lanes, (s->count + 1) * sizeof(*l));
	l = &s->lanes[s->count++];
	*l = (struct lane){
		.topic = must_strdup(p->topic),
		.key = must_printf("%s/%s/%d", s->name, p->topic, p->partition),
		.id = must_printf("newswire.sink.%s.%s.%s.%d", s->name, s->cluster,
				  p->topic, p->partition),
		.partition = p->partition,
	};
	return l;
}

static void
leave(struct lane *l)
{
	if (l->member)
		bus_leave(l->member);
	l->member = NULL;
	l->open = l->to_abort = false;
}

/* Ours alone from here on; a new owner's id is taken anew, whoever had it. */
static int
take_lane(struct kafka_sink *s, struct lane *l, bool is_new, struct err *err)
{
	const char *const sends[] = { s->conf->target, s->positions };
	const struct bus_role role = { .id = l->id, .sends = sends, .send_count = 2 };

	if (is_new)
		leave(l);
	if (l->member && l->to_abort && bus_abort(l->member, err))
		return -1;
	l->to_abort = false;
	if (!l->member && bus_join(s->bus, &role, &l->member, err)) {
		l->member = NULL;
		return -1;
	}
	return 0;
}

/* ---- positions ---- */

static int
take_position(void *arg, const struct bus_record *r, struct err *err)
{
	struct kafka_sink *s = arg;

	for (struct lane *l = s->lanes; r->value && l < s->lanes + s->count; l++) {
		if (r->key_size != strlen(l->key) || memcmp(r->key, l->key, r->key_size))
			continue;
		if (kafka_place_parse(&l->stored, r->value, r->value_size, err))
			return err_context(err, "%s offset %" PRId64, s->positions,
					   r->offset);
		l->is_stored = true;
	}
	return 0;
}

static int
read_positions(struct kafka_sink *s, struct err *err)
{
	for (struct lane *l = s->lanes; l < s->lanes + s->count; l++)
		l->is_stored = false;
	return bus_read_all(s->bus, s->positions, take_position, s, err);
}

static int
begin(struct lane *l, struct err *err)
{
	if (l->open)
		return 0;
	if (bus_begin(l->member, err))
		return -1;
	l->open = true;
	return 0;
}

/* Ends the lane's transaction, and begins one if there is none. */
static int
commit_position(struct kafka_sink *s, struct lane *l, const struct sink_place *p,
		struct err *err)
{
	struct bus_record r = { .topic = s->positions,
				.partition = -1,
				.key = l->key,
				.key_size = strlen(l->key) };
	struct kafka_place place;
	struct buf value;
	int failed;

	buf_init(&value, VALUE_MOST);
	place.offset = p->offset;
	place.epoch = p->epoch;
	snprintf(place.cluster, sizeof(place.cluster), "%s", s->cluster);
	kafka_place_print(&place, &value);
	r.value = value.data;
	r.value_size = value.size;
	failed = buf_check(&value, err) || begin(l, err) ||
		 bus_send(l->member, &r, err) || bus_commit(l->member, NULL, 0, err);
	buf_release(&value);
	if (failed)
		return -1;
	l->open = false;
	return 0;
}

/* What lies there is of a log that was carried to this cluster, or of a stranger. */
static int
move_on(struct kafka_sink *s, struct lane *l, struct sink_place *now, struct err *err)
{
	bool known;

	if (!strcmp(l->stored.cluster, s->cluster))
		return 0;
	if (sink_former(s->sink, l->stored.cluster, now, &known, err))
		return -1;
	return known
		   ? 0
		   : err_set(err, ERR_FATAL,
			     "%s at %s has positions of a sink '%s' of another log (%s, "
			     "this one is %s): give this sink another name",
			     s->positions, s->conf->brokers, s->name, l->stored.cluster,
			     s->cluster);
}

static int
settle(struct kafka_sink *s, struct sink_place *p, struct err *err)
{
	struct lane *l = find_lane(s, p->topic, p->partition);
	struct sink_place now = { p->topic, p->partition, BUS_FIRST, 0 };

	if (l->is_stored) {
		now.offset = l->stored.offset;
		now.epoch = l->stored.epoch;
		if (move_on(s, l, &now, err))
			return -1;
	}
	p->offset = now.offset;
	if (p->epoch)
		return p->epoch == now.epoch ? 0 : sink_fenced(p, err);
	now.epoch++;
	if (commit_position(s, l, &now, err))
		return -1;
	p->epoch = now.epoch;
	return 0;
}

static int
kafka_claim(void *state, struct sink_place *places, size_t n, struct err *err)
{
	struct kafka_sink *s = state;

	if (connect(s, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(places[i].topic, s->conf->target) &&
		    !strcmp(bus_cluster(s->bus), s->cluster))
			return err_set(err, ERR_USAGE,
				       "target '%s' is the topic that is read: it would "
				       "never end",
				       places[i].topic);
		if (take_lane(s, lane_of(s, &places[i]), !places[i].epoch, err))
			return -1;
	}
	if (read_positions(s, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (settle(s, &places[i], err))
			return -1;
	return 0;
}

/* ---- records ---- */

/* A lost id says nothing of who has it; the epoch does. */
static int
explain(struct kafka_sink *s, const struct lane *l, int64_t epoch, struct err *err)
{
	const struct sink_place p = { .topic = l->topic, .partition = l->partition };
	struct err ignored;

	if (err->class == ERR_FATAL && !read_positions(s, &ignored) && l->is_stored &&
	    l->stored.epoch != epoch)
		return sink_fenced(&p, err);
	return -1;
}

static int
kafka_write(void *state, const struct bus_record *r, bool stored, struct err *err)
{
	struct kafka_sink *s = state;
	struct lane *l = find_lane(s, r->topic, r->partition);
	struct bus_record out = *r;

	if (stored)
		return 0;
	out.topic = s->conf->target;
	out.partition = -1;
	return begin(l, err) || bus_send(l->member, &out, err) ? -1 : 0;
}

static int
kafka_flush(void *state, const struct sink_place *places, size_t n, struct err *err)
{
	struct kafka_sink *s = state;

	for (size_t i = 0; i < n; i++) {
		struct lane *l = find_lane(s, places[i].topic, places[i].partition);

		if (commit_position(s, l, &places[i], err))
			return explain(s, l, places[i].epoch, err);
	}
	return 0;
}

static void
kafka_undo(void *state)
{
	struct kafka_sink *s = state;

	for (struct lane *l = s->lanes; l < s->lanes + s->count; l++) {
		l->to_abort = l->to_abort || l->open;
		l->open = false;
	}
}

static void
kafka_close(void *state)
{
	struct kafka_sink *s = state;

	for (struct lane *l = s->lanes; l < s->lanes + s->count; l++) {
		leave(l);
		free(l->topic);
		free(l->key);
		free(l->id);
	}
	if (s->bus)
		bus_close(s->bus);
	for (size_t i = 0; i < s->setting_count; i++) {
		free((char *)s->settings[i].name);
		free((char *)s->settings[i].value);
	}
	free(s->settings);
	free(s->lanes);
	free(s->positions);
	free(s->cluster);
	free(s->name);
}

const struct sink_type sink_kafka_type;
const struct sink_type sink_kafka_type = {
	.name = "kafka",
	.help = "a topic of another cluster, each record once",
	.kind = SINK_APPEND,
	.effect = SINK_IDEMPOTENT,
	.state_size = sizeof(struct kafka_sink),
	.conf_size = sizeof(struct kafka_conf),
	.opts = kafka_opts,
	.open = kafka_open,
	.claim = kafka_claim,
	.write = kafka_write,
	.flush = kafka_flush,
	.undo = kafka_undo,
	.close = kafka_close,
};
