/* newswire enrich: articles in, the same with the events that they report out. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "event/event.h"
#include "ops/command.h"
#include "ops/log.h"
#include "work/topics.h"
#include "work/worker.h"

struct enrich_conf {
	int64_t epoch;
	bool events;
};

static const struct opt enrich_opts[] = {
	OPT(struct enrich_conf, epoch, "1", 1, INT64_MAX,
	    "which extraction this is: a record of a higher epoch replaces one of a "
	    "lower"),
	OPT(struct enrich_conf, events, "false", 0, 0,
	    "state each event by itself too, on the topic PREFIX.events"),
	{ 0 },
};

struct enrich {
	struct extract *extract;
	const char *topic;
	const char *events; /* the flat topic; NULL: none */
	struct buf json;
};

enum { JSON_CEILING = BUS_MAX_RECORD };

struct headers {
	struct bus_header items[24];
	size_t count;
};

static void
put(struct headers *h, const char *name, const char *value)
{
	if (value && h->count < LENGTH(h->items))
		h->items[h->count++] = (struct bus_header){ name, value, strlen(value) };
}

/* What says where the article came from goes with it. */
static void
copy_headers(struct headers *h, const struct bus_record *r)
{
	static const char *const names[] = { "ce_specversion", "ce_source", "ce_time",
					     "content-type",   "nw-file",   "nw-member",
					     "nw-spool",       "nw-sha256", "nw-format",
					     "nw-body-sha256" };

	for (size_t i = 0; i < LENGTH(names); i++) {
		struct bus_header *to = &h->items[h->count];

		to->value = bus_header(r, names[i], &to->size);
		to->name = names[i];
		h->count += to->value != NULL;
	}
}

static int
send_enriched(struct enrich *e, const struct enriched *out, const struct bus_record *from,
	      struct worker *w, struct err *err)
{
	const struct article *a = &out->article;
	struct arena *arena = worker_arena(w);
	struct headers h = { 0 };
	struct bus_record r = { .topic = e->topic,
				.partition = -1,
				.key = a->uri,
				.key_size = strlen(a->uri),
				.value = e->json.data,
				.value_size = e->json.size };

	copy_headers(&h, from);
	put(&h, "ce_id",
	    arena_printf(arena, "%s#%s", a->uri, a->version ? a->version : "1"));
	put(&h, "ce_type", "newswire.enriched");
	put(&h, "nw-extractor",
	    arena_printf(arena, "%s %s", out->extractor.version, out->extractor.lexicon));
	r.headers = h.items;
	r.header_count = h.count;
	return arena_check(arena, err) || worker_send(w, &r, err) ? -1 : 0;
}

/* ---- the flat topic ---- */

static int
send_flat(struct enrich *e, const struct enriched *out, struct headers h, const char *id,
	  const char *type, const struct buf *value, struct worker *w, struct err *err)
{
	const char *uri = out->article.uri;
	struct bus_record r = { .topic = e->events,
				.partition = -1,
				.key = uri,
				.key_size = strlen(uri),
				.value = value ? value->data : NULL,
				.value_size = value ? value->size : 0 };

	put(&h, "ce_id", id);
	put(&h, "ce_type", type);
	r.headers = h.items;
	r.header_count = h.count;
	return arena_check(worker_arena(w), err) || worker_send(w, &r, err) ? -1 : 0;
}

/*
 * What is said of an article's events replaces all that was said before, so a
 * record without a value comes first and takes it back.  It is sent of a first
 * version too: whether it is one, nobody knows who keeps nothing.
 */
static int
send_events(struct enrich *e, const struct enriched *out, const struct bus_record *from,
	    struct worker *w, struct err *err)
{
	const struct article *a = &out->article;
	struct arena *arena = worker_arena(w);
	const char *version = a->version ? a->version : "1",
		   *id = arena_printf(arena, "%s#%s", a->uri, version);
	struct headers h = { 0 };

	copy_headers(&h, from);
	put(&h, "nw-version", version);
	put(&h, "nw-epoch", arena_printf(arena, "%ld", out->extractor.epoch));
	put(&h, "nw-events", arena_printf(arena, "%zu", out->event_count));
	if (send_flat(e, out, h, id, "newswire.events", NULL, w, err))
		return -1;
	for (size_t i = 0; i < out->event_count; i++) {
		buf_reset(&e->json);
		enriched_print_event(out, i, &e->json);
		if (buf_check(&e->json, err) ||
		    send_flat(e, out, h, arena_printf(arena, "%s#%zu", id, i + 1),
			      "newswire.event", &e->json, w, err))
			return -1;
	}
	return 0;
}

/* ---- one article ---- */

static int
process(void *self, const struct bus_record *r, struct worker *w, struct err *err)
{
	struct enrich *e = self;
	struct arena *arena = worker_arena(w);
	struct enriched out = { 0 };
	struct article a;
	size_t meta_size = 0;
	const char *meta = bus_header(r, "nw-meta", &meta_size);

	if (!r->value)
		return err_set(err, ERR_REJECT, "an article without a value");
	if (article_parse(&a, r->value, r->value_size, arena, err) ||
	    meta_parse(&meta, meta, meta_size, arena, err) ||
	    extract_article(e->extract, &a, meta, &out, arena, err))
		return -1;
	buf_reset(&e->json);
	enriched_print(&out, &e->json);
	if (buf_check(&e->json, err))
		return err_context(err, "the enriched record");
	if (send_enriched(e, &out, r, w, err))
		return -1;
	return e->events ? send_events(e, &out, r, w, err) : 0;
}

static const struct consumer_type enrich_type = { .name = "enrich", .process = process };

/* Who says so by a flag alone has the topic made too. */
static int
make_topic(const struct program *program, struct err *err)
{
	struct bus *bus;
	int failed;

	if (program_bus(program, &bus, err))
		return -1;
	failed = topics_make_events(program, bus, err);
	bus_close(bus);
	return failed;
}

static int
run(const struct program *program, void *arg, int argc, char **argv)
{
	const struct enrich_conf *conf = arg;
	const char *in = program_name(program, "articles"),
		   *dead = program_name(program, "deadletter");
	struct enrich e = { .topic = program_name(program, "enriched"),
			    .events = conf->events ? program_name(program, "events")
						   : NULL };
	const char *sends[] = { e.topic, dead, e.events };
	struct worker_start start = { .program = program,
				      .group = "enrich",
				      .topics = &in,
				      .topic_count = 1,
				      .sends = sends,
				      .send_count = e.events ? 3 : 2 };
	struct err err;
	int status;

	(void)argv;
	if (argc) {
		err_set(&err, ERR_USAGE, "takes no arguments, only flags; see --help");
		return command_failed("enrich", &err);
	}
	if (e.events && make_topic(program, &err))
		return command_failed("enrich", &err);
	e.extract = extract_new(program->lexicon, (long)conf->epoch, &err);
	if (!e.extract)
		return command_failed("enrich", &err);
	buf_init(&e.json, JSON_CEILING);
	status = worker_run(&enrich_type, &e, &start);
	buf_release(&e.json);
	extract_free(e.extract);
	return status;
}

extern const struct command enrich_command;
const struct command enrich_command = {
	.name = "enrich",
	.args = "",
	.help = "add to each article the events that it reports",
	.text = "Reads PREFIX.articles, writes PREFIX.enriched: each article with its "
		"events, times,\n"
		"quotes and entities.  One thread; start more of it to go faster: the "
		"partitions\n"
		"are shared out among them.",
	.section = "enrich",
	.opts = enrich_opts,
	.conf_size = sizeof(struct enrich_conf),
	.needs_state = true,
	.run = run,
};
