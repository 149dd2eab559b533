#include "work/enrich.h"

#include <string.h>

#include "base/mem.h"

const struct opt enrich_opts[] = {
	OPT(struct enrich_conf, epoch, "1", 1, INT64_MAX,
	    "which extraction this is: a record of a higher epoch replaces one of a "
	    "lower; a higher one that was promoted with this lexicon counts instead"),
	OPT(struct enrich_conf, events, "false", 0, 0,
	    "state each event by itself too, on the topic PREFIX.events"),
	{ 0 },
};

int
enrich_open(struct enrich *e, const char *lexicon, struct err *err)
{
	*e = (struct enrich){ .extract = extract_new(lexicon, 1, err) };
	if (!e->extract)
		return -1;
	buf_init(&e->json, BUS_MAX_RECORD);
	return 0;
}

void
enrich_close(struct enrich *e)
{
	extract_free(e->extract);
	buf_release(&e->json);
	*e = (struct enrich){ 0 };
}

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
	      const struct enrich_out *to, struct err *err)
{
	const struct article *a = &out->article;
	struct arena *arena = to->arena;
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
	return arena_check(arena, err) || to->send(to->arg, &r, err) ? -1 : 0;
}

/* ---- the flat topic ---- */

static int
send_flat(struct enrich *e, const struct enriched *out, struct headers h, const char *id,
	  const char *type, const struct buf *value, const struct enrich_out *to,
	  struct err *err)
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
	return arena_check(to->arena, err) || to->send(to->arg, &r, err) ? -1 : 0;
}

/*
 * What is said of an article's events replaces all that was said before, so a
 * record without a value comes first and takes it back.  It is sent of a first
 * version too: whether it is one, nobody knows who keeps nothing.
 */
static int
send_events(struct enrich *e, const struct enriched *out, const struct bus_record *from,
	    const struct enrich_out *to, struct err *err)
{
	const struct article *a = &out->article;
	struct arena *arena = to->arena;
	const char *version = a->version ? a->version : "1",
		   *id = arena_printf(arena, "%s#%s", a->uri, version);
	struct headers h = { 0 };

	copy_headers(&h, from);
	put(&h, "nw-version", version);
	put(&h, "nw-epoch", arena_printf(arena, "%ld", out->extractor.epoch));
	put(&h, "nw-events", arena_printf(arena, "%zu", out->event_count));
	if (send_flat(e, out, h, id, "newswire.events", NULL, to, err))
		return -1;
	for (size_t i = 0; i < out->event_count; i++) {
		buf_reset(&e->json);
		enriched_print_event(out, i, &e->json);
		if (buf_check(&e->json, err) ||
		    send_flat(e, out, h, arena_printf(arena, "%s#%zu", id, i + 1),
			      "newswire.event", &e->json, to, err))
			return -1;
	}
	return 0;
}

/* ---- one article ---- */

int
enrich_article(struct enrich *e, const struct bus_record *r, const struct enrich_out *to,
	       struct err *err)
{
	struct arena *arena = to->arena;
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
	if (send_enriched(e, &out, r, to, err))
		return -1;
	return e->events ? send_events(e, &out, r, to, err) : 0;
}
