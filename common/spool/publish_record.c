/* The records that say what became of a file: an article or a dead letter, and rows. */
#include "spool/publish_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bus/deadletter.h"

struct buf *
publish_key(struct publisher *p, char kind, const char *rest, size_t n)
{
	buf_reset(&p->key);
	ledger_key_print(&p->key, kind, p->conf.spool, rest, n);
	return &p->key;
}

int
publish_add(struct publisher *p, const char *topic, const struct buf *k,
	    const struct buf *value, struct err *err)
{
	if (batch_add(&p->batch, topic, k->data, k->size, value ? value->data : NULL,
		      value ? value->size : 0))
		return 0;
	return arena_check(&p->batch.arena, err);
}

/* The row goes to the topic, and into the cache as if it were there already. */
int
publish_say(struct work *w, const struct ledger_file *f, struct err *err)
{
	struct publisher *p = w->p;

	buf_reset(&p->text);
	ledger_file_print(f, &p->text);
	if (buf_check(&p->text, err) ||
	    publish_add(p, ledger_topic(p->ledger), publish_key(p, 'f', w->path, w->size),
			&p->text, err))
		return -1;
	return ledger_put(p->ledger, w->path, w->size, f, &p->whole.stat, w->racy, err);
}

/* Done: what was asked of this file need not be asked again. */
int
publish_answer(struct work *w, struct err *err)
{
	struct publisher *p = w->p;

	if (!w->asked)
		return 0;
	if (publish_add(p, ledger_topic(p->ledger), publish_key(p, 'r', w->path, w->size),
			NULL, err))
		return -1;
	return ledger_answered(p->ledger, w->path, w->size, err);
}

struct ledger_file
publish_outcome(const struct work *w, enum ledger_state state, const char *reason)
{
	return (struct ledger_file){ .state = state,
				     .uri = w->row.file.uri,
				     .version = w->row.file.version,
				     .sha256 = *w->sha256 ? w->sha256 : NULL,
				     .size = w->p->whole.stat.size,
				     .time_ms = wall_now().ms,
				     .reason = reason };
}

static void
file_headers(struct work *w, struct batch_record *r)
{
	struct batch *b = &w->p->batch;

	batch_header_bytes(b, r, "nw-file", w->path, w->size);
	batch_header(b, r, "nw-spool", w->p->conf.spool);
	batch_header(b, r, "nw-sha256", *w->sha256 ? w->sha256 : NULL);
}

static int
add_deadletter(struct work *w, const char *reason, const char *why, struct err *err)
{
	struct publisher *p = w->p;
	struct batch_record about = { .record.headers = about.headers };
	struct deadletter d = {
		.topic = p->deadletter,
		.stage = p->stage,
		.reason = reason,
		.text = why,
		.whole = w->path,
		.size = p->whole.what == WHOLE_LARGE ? p->whole.stat.size : 0,
		.sha256 = *w->sha256 ? arena_strdup(&p->batch.arena, w->sha256) : NULL
	};
	const struct buf *k = publish_key(p, 'f', w->path, w->size);
	struct bus_record out;

	file_headers(w, &about);
	batch_header(&p->batch, &about, "nw-dlq-history", w->request.history);
	if (w->request.attempt)
		batch_header(&p->batch, &about, "nw-dlq-attempt",
			     arena_printf(&p->batch.arena, "%" PRId64,
					  w->request.attempt));
	batch_header(&p->batch, &about, "nw-size",
		     arena_printf(&p->batch.arena, "%" PRId64, p->whole.stat.size));
	about.record.key = arena_copy(&p->batch.arena, k->data, k->size);
	about.record.key_size = k->size;
	about.record.value = p->whole.bytes.data ? p->whole.bytes.data : "";
	about.record.value_size = p->whole.bytes.size;
	if (deadletter_make(&out, &about.record, &d, &p->batch.arena, err))
		return -1;
	return batch_put(&p->batch, &out, err);
}

/* `reason` is a word; what is no file at all has no bytes for a letter. */
int
publish_reject(struct work *w, const char *reason, const char *why, struct err *err)
{
	struct publisher *p = w->p;
	const char *text = arena_strdup(&p->names, why);
	struct ledger_file f = publish_outcome(w, LEDGER_REJECTED, text);

	if (p->whole.what != WHOLE_ODD && add_deadletter(w, reason, text, err))
		return -1;
	if (publish_say(w, &f, err) || publish_answer(w, err))
		return -1;
	w->taken->rejected = text;
	p->counts.rejected++;
	return 0;
}

/*
 * The uri of the bytes, where no other path had them before; else of bytes,
 * spool and path.  A path keeps the uri that it was first published with.
 */
static void
choose_uri(struct work *w, bool owned, char uri[NI_SIZE])
{
	struct publisher *p = w->p;
	const struct buf *bytes = &p->whole.bytes;
	unsigned char digest[NI_DIGEST];
	struct buf all;

	if (!owned) {
		ni_uri(p->whole.digest, uri);
		return;
	}
	buf_init(&all, bytes->size + strlen(p->conf.spool) + w->size + 3);
	buf_add(&all, bytes->data, bytes->size);
	buf_addc(&all, '\0');
	buf_adds(&all, p->conf.spool);
	buf_addc(&all, '\0');
	buf_add(&all, w->path, w->size);
	ni_digest(all.data, all.size, digest);
	buf_release(&all);
	ni_uri(digest, uri);
}

/* From the id of the record: the same record has the same trace, however often it is
 * sent. */
static const char *
traceparent(struct arena *a, const char *id)
{
	unsigned char digest[NI_DIGEST];
	char text[HEX];

	ni_digest(id, strlen(id), digest);
	ni_hex(digest, 24, text);
	return arena_printf(a, "00-%.32s-%.16s-01", text, text + 32);
}

static void
article_headers(struct work *w, struct batch_record *r, const struct article *a)
{
	struct batch *b = &w->p->batch;
	const char *id = arena_printf(&b->arena, "%s#%s", a->uri, a->version);
	char now[WALL_TEXT];

	batch_header(b, r, "ce_specversion", "1.0");
	batch_header(b, r, "ce_id", id);
	batch_header(b, r, "ce_type", "newswire.article");
	batch_header(b, r, "ce_source", w->p->source);
	batch_header(b, r, "ce_time",
		     a->versioncreated ? a->versioncreated : wall_text(wall_now(), now));
	batch_header(b, r, "content-type", "application/json");
	batch_header(b, r, "traceparent", id ? traceparent(&b->arena, id) : NULL);
	file_headers(w, r);
	batch_header(b, r, "nw-format", w->parsed->format);
	batch_header(b, r, "nw-meta", w->parsed->meta);
}

static int
too_large(size_t size, struct err *err)
{
	return err_set(err, ERR_REJECT, "the record has %zu bytes, above the limit of %d",
		       size, BUS_MAX_RECORD);
}

static int
add_article(struct work *w, const struct article *a, struct err *err)
{
	struct publisher *p = w->p;
	struct batch_record *r;

	buf_reset(&p->text);
	article_print(a, &p->text);
	if (buf_check(&p->text, err))
		return -1;
	if (p->text.size > BUS_MAX_RECORD || strlen(w->parsed->meta) > BUS_MAX_RECORD)
		return too_large(p->text.size + strlen(w->parsed->meta), err);
	r = batch_add(&p->batch, p->articles, a->uri, strlen(a->uri), p->text.data,
		      p->text.size);
	article_headers(w, r, a);
	if (arena_check(&p->batch.arena, err))
		return -1;
	if (bus_record_size(&r->record) > BUS_MAX_RECORD)
		return too_large(bus_record_size(&r->record), err);
	return 0;
}

static int
add_owner(struct work *w, const char *uri, struct err *err)
{
	struct publisher *p = w->p;

	buf_reset(&p->text);
	ledger_content_print(uri, &p->text);
	if (publish_add(p, ledger_topic(p->ledger),
			publish_key(p, 'h', w->sha256, strlen(w->sha256)), &p->text, err))
		return -1;
	return ledger_put_owner(p->ledger, w->sha256, err);
}

int
publish_article(struct work *w, struct err *err)
{
	struct publisher *p = w->p;
	struct article a = w->parsed->article;
	struct ledger_file f = publish_outcome(w, LEDGER_PUBLISHED, NULL);
	char uri[NI_SIZE], version[24];
	int owned = ledger_owner(p->ledger, w->sha256, err);

	if (owned < 0)
		return -1;
	if (!f.uri)
		choose_uri(w, owned, uri);
	a.uri = f.uri ? f.uri : uri;
	snprintf(version, sizeof(version), "%" PRId64, f.version + 1);
	a.version = version;
	f.uri = a.uri;
	f.version++;
	if (add_article(w, &a, err) || publish_say(w, &f, err) ||
	    publish_answer(w, err) || (!owned && add_owner(w, a.uri, err)))
		return -1;
	*(f.version == 1 ? &p->counts.published : &p->counts.revised) += 1;
	return 0;
}
