#include "work/story.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "ops/log.h"
#include "ops/metric.h"
#include "record/enriched.h"
#include "time/clock.h"
#include "work/story_state.h"
#include "work/worker.h"

const struct opt story_opts[] = {
	OPT(struct story_conf, articles, "200000", 64, 4000000,
	    "the most articles that the window holds, about 1200 bytes each once it is "
	    "full"),
	OPT(struct story_conf, window_hours, "72", 1, 8760,
	    "hours of event time that a story waits for its next article"),
	{ 0 },
};

struct window_conf
story_window(const struct story_conf *conf)
{
	return (struct window_conf){ (uint32_t)conf->articles, conf->window_hours };
}

static struct metric m_articles = { .name = "newswire_story_articles",
				    .kind = METRIC_GAUGE,
				    .help = "articles that the window holds" };
static struct metric m_stories = { .name = "newswire_story_stories",
				   .kind = METRIC_GAUGE,
				   .help = "stories that have articles in the window" };
static struct metric m_again = { .name = "newswire_story_restated_total",
				 .help =
				     "articles stated again, as their story changed" };
static struct metric m_lost = {
	.name = "newswire_story_lost_total",
	.help = "articles whose story changed, but whose record is not there any more"
};

struct teller {
	const struct story_conf *conf;
	const char *lexicon, *enriched, *stories, *state;
	struct worker *worker;
	struct window *window;     /* NULL: we do not own the group's partitions */
	struct bus_reader *reader; /* for records that are stated again; NULL: not yet */
	struct buf json, key;
	const struct bus_record *now;
	struct enriched *article; /* of it */
};

/* ---- sending ---- */

enum { HEADERS = 24 };

static size_t
copy_headers(struct bus_header *to, const struct bus_record *r)
{
	static const char *const names[] = {
		"ce_specversion", "ce_source", "ce_time",        "ce_id",
		"content-type",   "nw-file",   "nw-member",      "nw-spool",
		"nw-sha256",      "nw-format", "nw-body-sha256", "nw-extractor"
	};
	size_t n = 0;

	for (size_t i = 0; i < LENGTH(names); i++) {
		to[n].value = bus_header(r, names[i], &to[n].size);
		to[n].name = names[i];
		n += to[n].value != NULL;
	}
	return n;
}

static int
send_article(struct teller *t, struct enriched *e, const struct story *story,
	     const struct bus_record *from, struct err *err)
{
	static const char type[] = "newswire.story";
	struct bus_header headers[HEADERS];
	struct bus_record r = { .topic = t->stories,
				.partition = -1,
				.key = e->article.uri,
				.key_size = strlen(e->article.uri),
				.headers = headers,
				.header_count = copy_headers(headers, from) };

	headers[r.header_count++] =
	    (struct bus_header){ "ce_type", type, sizeof(type) - 1 };
	e->story = story;
	buf_reset(&t->json);
	enriched_print(e, &t->json);
	if (buf_check(&t->json, err))
		return err_context(err, "the record with its story");
	r.value = t->json.data;
	r.value_size = t->json.size;
	return worker_send(t->worker, &r, err);
}

/* ---- articles that are stated again ---- */

/* 1: *out is the record that lies there, the reader's until its next call; 0: it is gone.
 */
static int
read_there(struct teller *t, const struct statement *s, const struct bus_record **out,
	   struct err *err)
{
	int partitions = bus_partitions(worker_bus(t->worker), t->enriched, err);
	bool end = false;
	size_t n;

	if (partitions < 0 || (!t->reader && bus_read_open(worker_bus(t->worker),
							   t->enriched, &t->reader, err)))
		return -1;
	for (int i = 0; i < partitions; i++)
		if (bus_read_seek(t->reader, i, i == s->partition ? s->offset : BUS_END,
				  err))
			return -1;
	while (!end) {
		if (bus_read(t->reader, out, &n, 1, 1000, &end, err))
			return -1;
		if (n && (*out)->partition == s->partition)
			return (*out)->offset == s->offset && (*out)->value;
	}
	return 0;
}

static int
state_again(struct teller *t, const struct statement *s, struct err *err)
{
	const struct bus_record *r;
	struct enriched e;
	int found = read_there(t, s, &r, err);

	if (found < 0)
		return -1;
	if (!found) {
		log_warn(
		    "%s goes to story %s, and its record is not there any more to be "
		    "stated again",
		    s->uri, s->story.id);
		metric_add(&m_lost, 1);
		return 0;
	}
	metric_add(&m_again, 1);
	return enriched_parse(&e, r->value, r->value_size, worker_arena(t->worker),
			      err) ||
		       send_article(t, &e, &s->story, r, err)
		   ? -1
		   : 0;
}

static int
say(void *arg, const struct statement *s, struct err *err)
{
	struct teller *t = arg;

	return s->arrived ? send_article(t, t->article, &s->story, t->now, err)
			  : state_again(t, s, err);
}

static int
keep(void *arg, const char *uri, const struct remembered *r, struct err *err)
{
	struct teller *t = arg;
	struct bus_record out = story_state_member(t->state, uri, r, &t->key, &t->json);

	return buf_check(&t->json, err) || worker_send(t->worker, &out, err) ? -1 : 0;
}

static int
note(void *arg, uint64_t id, const struct story_note *n, struct err *err)
{
	struct teller *t = arg;
	struct bus_record out = story_state_note(t->state, id, n, &t->key, &t->json);

	return buf_check(&t->json, err) || worker_send(t->worker, &out, err) ? -1 : 0;
}

/* ---- one record ---- */

/* A replay changes no story: it says where the article stands, or that nobody knows any
 * more. */
static int
pass_replayed(struct teller *t, struct err *err)
{
	static const char *why[] = { "replayed" };
	struct arena *arena = worker_arena(t->worker);
	struct story story;

	if (!window_ask(t->window, t->article->article.uri, &story, arena))
		story = (struct story){ .id = window_id(t->article->article.uri, arena),
					.why = { why, 1 } };
	return arena_check(arena, err) || send_article(t, t->article, &story, t->now, err)
		   ? -1
		   : 0;
}

static int
process(void *self, const struct bus_record *r, struct worker *w, struct err *err)
{
	struct teller *t = self;
	const struct window_out out = { say, keep, note, t };
	struct story_article a;
	struct enriched e;

	if (!r->value)
		return err_set(err, ERR_REJECT, "an enriched record without a value");
	if (enriched_parse(&e, r->value, r->value_size, worker_arena(w), err))
		return -1;
	t->now = r;
	t->article = &e;
	if (bus_header(r, "nw-replay", &(size_t){ 0 }))
		return pass_replayed(t, err);
	if (story_article_read(&a, &e, r->time_ms, worker_arena(w), err))
		return -1;
	a.partition = r->partition;
	a.offset = r->offset;
	return window_add(t->window, &a, worker_arena(w), &out, err);
}

/* ---- the window's life ---- */

static void
count(const struct teller *t)
{
	struct window_size size =
	    t->window ? window_size(t->window) : (struct window_size){ 0 };

	metric_set(&m_articles, size.articles);
	metric_set(&m_stories, size.stories);
}

static int
open_teller(void *self, struct worker *w, struct err *err)
{
	(void)err;
	((struct teller *)self)->worker = w;
	return 0;
}

static void
drop(struct teller *t)
{
	window_free(t->window);
	t->window = NULL;
	if (t->reader)
		bus_read_close(t->reader);
	t->reader = NULL;
	count(t);
}

static void
beat(void *arg)
{
	worker_beat(arg);
}

static int
assigned(void *self, struct bus_position *positions, size_t n, struct err *err)
{
	struct teller *t = self;

	(void)positions;
	drop(t);
	if (!n) {
		log_info("standing by: another one groups the articles");
		return 0;
	}
	t->window =
	    story_state_read(worker_bus(t->worker), t->state, story_window(t->conf),
			     t->lexicon, beat, t->worker, err);
	count(t);
	return t->window ? 0 : -1;
}

static void
revoked(void *self, const struct bus_position *positions, size_t n)
{
	(void)positions;
	(void)n;
	drop(self);
}

static void
committed(void *self)
{
	struct teller *t = self;

	if (t->window)
		window_committed(t->window);
	count(t);
}

static void
aborted(void *self)
{
	struct teller *t = self;

	if (t->window)
		window_aborted(t->window);
}

static void
close_teller(void *self)
{
	drop(self);
}

static const struct consumer_type story_type = { .name = "story",
						 .open = open_teller,
						 .close = close_teller,
						 .process = process,
						 .assigned = assigned,
						 .revoked = revoked,
						 .committed = committed,
						 .aborted = aborted };

int
story_run(const struct program *p, const struct story_conf *conf)
{
	static struct metric *const rows[] = { &m_articles, &m_stories, &m_again,
					       &m_lost };
	struct teller t = { .conf = conf,
			    .lexicon = p->lexicon,
			    .enriched = program_name(p, "enriched"),
			    .stories = program_name(p, "stories"),
			    .state = program_name(p, "state") };
	const char *sends[] = { t.stories, t.state, program_name(p, "deadletter") };
	struct worker_start start = { .program = p,
				      .group = "story",
				      .topics = &t.enriched,
				      .topic_count = 1,
				      .sends = sends,
				      .send_count = LENGTH(sends),
				      .alone = true };
	int status;

	for (size_t i = 0; i < LENGTH(rows); i++)
		metric_register(rows[i]);
	buf_init(&t.json, BUS_MAX_RECORD);
	buf_init(&t.key, BUS_MAX_RECORD);
	status = worker_run(&story_type, &t, &start);
	buf_release(&t.json);
	buf_release(&t.key);
	return status;
}
