/* newswire enrich: articles in, the same with the events that they report out. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "event/event.h"
#include "ops/command.h"
#include "ops/log.h"
#include "work/worker.h"

struct enrich_conf {
	int64_t epoch;
};

static const struct opt enrich_opts[] = {
	OPT(struct enrich_conf, epoch, "1", 1, INT64_MAX,
	    "which extraction this is: a record of a higher epoch replaces one of a "
	    "lower"),
	{ 0 },
};

struct enrich {
	struct extract *extract;
	const char *topic;
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
	return send_enriched(e, &out, r, w, err);
}

static const struct consumer_type enrich_type = { .name = "enrich", .process = process };

static int
run(const struct program *program, void *arg, int argc, char **argv)
{
	const struct enrich_conf *conf = arg;
	const char *in = program_name(program, "articles"),
		   *dead = program_name(program, "deadletter");
	struct enrich e = { .topic = program_name(program, "enriched") };
	const char *sends[] = { e.topic, dead };
	struct worker_start start = { .program = program,
				      .group = "enrich",
				      .topics = &in,
				      .topic_count = 1,
				      .sends = sends,
				      .send_count = 2 };
	struct err err;
	int status;

	(void)argv;
	if (argc) {
		err_set(&err, ERR_USAGE, "takes no arguments, only flags; see --help");
		return command_failed("enrich", &err);
	}
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
