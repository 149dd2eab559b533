/*
 * The order of a batch: look at files and send their records, with the changes
 * of the cache in an open transaction of its own; commit on the bus; commit the
 * cache.  Whatever fails in between, the topic decides: the cache is read
 * again from it before the next batch.
 *
 * What has been sent is on its way while the next file is read.  The
 * transaction begins with the first record and not before, and does not last:
 * on Kafka others' records behind it wait for it, and one that is too old is
 * aborted.
 *
 * The ledger's rows make a crash harmless: if the records went out, the same
 * bytes are found at the same path and nothing is sent.
 */
#include "spool/publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bus/deadletter.h"
#include "format/format.h"
#include "ops/log.h"
#include "record/gzip.h"
#include "spool/batch.h"
#include "spool/whole.h"
#include "time/clock.h"

enum {
	BATCH_BYTES = 16 << 20, /* of records; one more file may come on top */
	BATCH_MS = 1000,	/* the same */
	LATE_MS = 10000,	/* transaction.timeout.ms is 15,000 */
	BATCH_ROOM = 64 << 20,
	PARSE_ROOM = 512 << 20, /* address space; the limit of a file comes first */
	BUSY_MS = 1000,
	RACY_NS = 20000000, /* coarser than any clock that stamps files */
	HEX = 65,
};

/* A file of the batch in hand, to put it back or to say what became of it. */
struct taken {
	struct inbox_file file;
	const char *rejected; /* why */
	struct taken *next;
};

struct publisher {
	struct publish_conf conf;
	struct bus *bus;
	struct bus_member *member;
	struct ledger *ledger;
	struct ledger_start start;
	struct batch batch; /* of one file, */
	struct arena arena; /* as this is */
	struct arena names; /* of the files in the transaction */
	struct whole whole;
	struct buf inflated, text, key;
	struct taken *taken;
	struct publish_counts counts;
	bool open;  /* a transaction on the bus: */
	struct mono began;
	size_t files, bytes;
	bool stale; /* the cache may be behind the topic */
	long alone; /* so many batches of one file, to find what the bus refuses */
	char *refused, *refused_why;
	char *articles, *deadletter, *id, *source, *stage;
};

/* The file in hand. */
struct work {
	struct publisher *p;
	struct inbox *inbox;
	struct taken *taken;
	const char *path;
	size_t size;
	bool asked, racy;
	struct ledger_request request; /* where it was asked for; in the batch's arena */
	int known;             /* ledger_find()'s answer */
	struct ledger_row row; /* its strings in the batch's arena */
	char sha256[HEX];      /* "" where the file is too large for one */
	const struct parsed *parsed;
};

/* ---- records ---- */

static struct buf *
key(struct publisher *p, char kind, const char *rest, size_t n)
{
	buf_reset(&p->key);
	ledger_key_print(&p->key, kind, p->conf.spool, rest, n);
	return &p->key;
}

static int
add(struct publisher *p, const char *topic, const struct buf *k, const struct buf *value,
    struct err *err)
{
	if (batch_add(&p->batch, topic, k->data, k->size, value ? value->data : NULL,
		      value ? value->size : 0))
		return 0;
	return arena_check(&p->batch.arena, err);
}

/* The row goes to the topic, and into the cache as if it were there already. */
static int
say(struct work *w, const struct ledger_file *f, struct err *err)
{
	struct publisher *p = w->p;

	buf_reset(&p->text);
	ledger_file_print(f, &p->text);
	if (buf_check(&p->text, err) ||
	    add(p, ledger_topic(p->ledger), key(p, 'f', w->path, w->size), &p->text, err))
		return -1;
	return ledger_put(p->ledger, w->path, w->size, f, &p->whole.stat, w->racy, err);
}

/* Done: what was asked of this file need not be asked again. */
static int
answer(struct work *w, struct err *err)
{
	struct publisher *p = w->p;

	if (!w->asked)
		return 0;
	if (add(p, ledger_topic(p->ledger), key(p, 'r', w->path, w->size), NULL, err))
		return -1;
	return ledger_answered(p->ledger, w->path, w->size, err);
}

static struct ledger_file
outcome(const struct work *w, enum ledger_state state, const char *reason)
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

/* ---- a bad file ---- */

static int
add_deadletter(struct work *w, const char *reason, const char *why, struct err *err)
{
	struct publisher *p = w->p;
	struct batch_record about = { .record.headers = about.headers };
	struct deadletter d = { .topic = p->deadletter,
				.stage = p->stage,
				.reason = reason,
				.text = why,
				.whole = w->path,
				.size = p->whole.what == WHOLE_LARGE ? p->whole.stat.size : 0,
				.sha256 = *w->sha256
					      ? arena_strdup(&p->batch.arena, w->sha256)
					      : NULL };
	const struct buf *k = key(p, 'f', w->path, w->size);
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
static int
reject(struct work *w, const char *reason, const char *why, struct err *err)
{
	struct publisher *p = w->p;
	const char *text = arena_strdup(&p->names, why);
	struct ledger_file f = outcome(w, LEDGER_REJECTED, text);

	if (p->whole.what != WHOLE_ODD && add_deadletter(w, reason, text, err))
		return -1;
	if (say(w, &f, err) || answer(w, err))
		return -1;
	w->taken->rejected = text;
	p->counts.rejected++;
	return 0;
}

/* ---- a good one ---- */

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
	if (add(p, ledger_topic(p->ledger), key(p, 'h', w->sha256, strlen(w->sha256)),
		&p->text, err))
		return -1;
	return ledger_put_owner(p->ledger, w->sha256, err);
}

static int
publish(struct work *w, struct err *err)
{
	struct publisher *p = w->p;
	struct article a = w->parsed->article;
	struct ledger_file f = outcome(w, LEDGER_PUBLISHED, NULL);
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
	if (add_article(w, &a, err) || say(w, &f, err) || answer(w, err) ||
	    (!owned && add_owner(w, a.uri, err)))
		return -1;
	*(f.version == 1 ? &p->counts.published : &p->counts.revised) += 1;
	return 0;
}

/* ---- bytes to an article ---- */

static int
keep_parsed(void *arg, const struct parsed *parsed, struct err *err)
{
	struct work *w = arg;
	struct parsed *copy;

	if (w->parsed)
		return err_set(err, ERR_REJECT, "the file holds more than one article");
	copy = arena_alloc(&w->p->arena, sizeof(*copy));
	if (!copy)
		return arena_check(&w->p->arena, err);
	*copy = *parsed;
	w->parsed = copy;
	return 0;
}

static int
parse(struct work *w, const struct buf *bytes, struct err *err)
{
	struct publisher *p = w->p;
	struct source source = { .spool = p->conf.spool,
				 .path = w->path,
				 .bytes = bytes->data ? bytes->data : "",
				 .size = bytes->size,
				 .mtime_ms = p->whole.stat.mtime_ns / 1000000 };

	arena_reset(&p->arena);
	w->parsed = NULL;
	if (format_parse(&source, &p->arena, keep_parsed, w, err))
		return -1;
	return w->parsed ? 0 : err_set(err, ERR_REJECT, "the file holds no article");
}

static int
again(struct work *w, int in_ms)
{
	inbox_again(w->inbox, w->path, w->size, in_ms);
	return 0;
}

/* A gzip that ends early may still grow: it waits for cut_ms from its last change. */
static int
hold(struct work *w, const struct err *why, struct err *err)
{
	struct publisher *p = w->p;
	struct ledger_row *row = &w->row;
	bool same = w->known && row->now == LEDGER_HELD &&
		    row->stat.size == p->whole.stat.size &&
		    row->stat.ctime_ns == p->whole.stat.ctime_ns;
	int64_t waited = same ? wall_now().ms - row->since_ms : 0;

	if (waited >= p->conf.cut_ms)
		return reject(w, "truncated", why->text, err);
	if (ledger_put_now(p->ledger, w->path, w->size, LEDGER_HELD, why->text,
			   &p->whole.stat, err))
		return -1;
	p->counts.held++;
	/* A clock that was set back must not hold it for ever. */
	return again(w, waited < 0 ? 0 : (int)(p->conf.cut_ms - waited));
}

static bool
is_gzip(const struct buf *bytes)
{
	return bytes->size >= 2 && !memcmp(bytes->data, "\x1f\x8b", 2);
}

static bool
is_named_gz(const struct work *w)
{
	return w->size > 3 && !strcasecmp(w->path + w->size - 3, ".gz");
}

/* -1 with ERR_REJECT or worse; *cut: the gzip ends early. */
static int
read_article(struct work *w, bool *cut, struct err *err)
{
	struct publisher *p = w->p;
	const struct buf *bytes = &p->whole.bytes;

	*cut = false;
	if (!is_gzip(bytes) && !is_named_gz(w))
		return parse(w, bytes, err);
	buf_release(&p->inflated); /* a bomb's megabytes do not stay */
	buf_init(&p->inflated, (size_t)p->conf.max_file_bytes + 1);
	if (gunzip(bytes->data, bytes->size, (size_t)p->conf.max_file_bytes, &p->inflated,
		   cut, err))
		return -1;
	return parse(w, &p->inflated, err);
}

static int
take(struct work *w, struct err *err)
{
	struct publisher *p = w->p;
	struct batch_mark mark = batch_mark(&p->batch);
	struct err why;
	bool cut = false;

	if (p->refused && !strcmp(p->refused, w->path))
		return reject(w, "too-large", p->refused_why, err);
	if (!read_article(w, &cut, &why) && !publish(w, &why))
		return 0;
	if (why.class != ERR_REJECT) {
		*err = why;
		return -1;
	}
	batch_rewind(&p->batch, mark);
	return cut ? hold(w, &why, err) : reject(w, "reject", why.text, err);
}

/* ---- one file ---- */

/* The ledger has dealt with these very bytes at this path. */
static bool
is_dealt_with(const struct work *w)
{
	const struct ledger_file *f = &w->row.file;

	if (!w->known || f->state == LEDGER_HELD || f->state == LEDGER_UNREADABLE)
		return false;
	if (*w->sha256)
		return f->sha256 && !strcmp(f->sha256, w->sha256);
	return f->state == LEDGER_REJECTED && !f->sha256 &&
	       f->size == w->p->whole.stat.size;
}

static bool
is_old(const struct work *w)
{
	const struct publisher *p = w->p;

	return p->conf.skip_existing && !p->start.opened && !w->known &&
	       p->whole.stat.ctime_ns / 1000000 < p->start.since_ms;
}

static int
touch(struct work *w, struct err *err)
{
	w->p->counts.unchanged++;
	return ledger_touch(w->p->ledger, w->path, w->size, &w->p->whole.stat, w->racy,
			    err);
}

/* Asked for again, a file is taken unless it is out already as it stands. */
static int
unchanged(struct work *w, struct err *err)
{
	if (w->asked && w->row.file.state == LEDGER_PUBLISHED)
		log_info("nothing to take again: it is published as it stands path=%s",
			 w->path);
	return touch(w, err) || answer(w, err) ? -1 : 0;
}

static int
take_bytes(struct work *w, struct err *err)
{
	struct publisher *p = w->p;
	struct ledger_file skipped;
	char why[128];

	if (p->whole.has_digest)
		ni_hex(p->whole.digest, NI_DIGEST, w->sha256);
	if (is_dealt_with(w) && (!w->asked || w->row.file.state == LEDGER_PUBLISHED))
		return unchanged(w, err);
	if (is_old(w) && !w->asked) {
		p->counts.skipped++;
		skipped = outcome(w, LEDGER_SKIPPED,
				  "it was there before the spool was watched");
		return say(w, &skipped, err);
	}
	if (p->whole.what == WHOLE_READ)
		return take(w, err);
	snprintf(why, sizeof(why),
		 "the file has %" PRId64 " bytes, above max_file_bytes = %" PRId64,
		 p->whole.stat.size, p->conf.max_file_bytes);
	return reject(w, "too-large", why, err);
}

/* No regular file.  What it is decides; its sum is its kind. */
static int
take_odd(struct work *w, struct err *err)
{
	const struct ledger_file *f = &w->row.file;

	if (w->known && f->state == LEDGER_REJECTED && f->reason &&
	    !strcmp(f->reason, w->p->whole.why) && !w->asked)
		return touch(w, err);
	return reject(w, "no-file", w->p->whole.why, err);
}

static int
take_unreadable(struct work *w, struct err *err)
{
	struct publisher *p = w->p;
	char text[256];

	if (!w->known || w->row.now != LEDGER_UNREADABLE)
		log_warn("cannot read, and will try again when it changes spool=%s "
			 "path=%s why=\"%s\"",
			 p->conf.spool, file_text(w->path, w->size, text, sizeof(text)),
			 p->whole.why);
	p->counts.unreadable++;
	return ledger_put_now(p->ledger, w->path, w->size, LEDGER_UNREADABLE,
			      p->whole.why, &p->whole.stat, err) ||
		       answer(w, err)
		   ? -1
		   : 0;
}

static int
take_file(struct work *w, struct err *err)
{
	char text[256];

	switch (w->p->whole.what) {
	case WHOLE_READ:
	case WHOLE_LARGE:
		return take_bytes(w, err);
	case WHOLE_BUSY:
		w->p->counts.busy++;
		return again(w, BUSY_MS);
	case WHOLE_GONE:
		w->p->counts.gone++;
		if (w->asked)
			log_warn("cannot take again what is not there any more spool=%s "
				 "path=%s",
				 w->p->conf.spool,
				 file_text(w->path, w->size, text, sizeof(text)));
		return answer(w, err);
	case WHOLE_UNREADABLE:
		return take_unreadable(w, err);
	case WHOLE_ODD:
		return take_odd(w, err);
	}
	return 0;
}

/* The cache's strings live until its next call. */
static int
look_up(struct work *w, struct err *err)
{
	struct arena *a = &w->p->batch.arena;

	w->known = ledger_find(w->p->ledger, w->path, w->size, &w->row, err);
	if (w->known < 0)
		return -1;
	if (!w->known)
		w->row = (struct ledger_row){ 0 };
	w->row.file.uri = arena_strdup(a, w->row.file.uri);
	w->row.file.sha256 = arena_strdup(a, w->row.file.sha256);
	w->row.file.reason = arena_strdup(a, w->row.file.reason);
	return arena_check(a, err);
}

static int
look_at(struct publisher *p, struct inbox *inbox, struct taken *t, struct err *err)
{
	struct work w = { .p = p,
			  .inbox = inbox,
			  .taken = t,
			  .path = t->file.path,
			  .size = t->file.size };
	const struct file_stat *seen = t->file.regular ? &t->file.stat : NULL;
	int64_t now = file_clock_ns();

	if (whole_read(&p->whole, inbox_root(inbox), w.path, seen, err) || look_up(&w, err))
		return -1;
	w.racy = p->whole.stat.ctime_ns > now - RACY_NS ||
		 p->whole.stat.mtime_ns > now - RACY_NS;
	w.asked = ledger_is_asked(p->ledger, w.path, w.size, &w.request);
	w.request.history = arena_strdup(&p->batch.arena, w.request.history);
	return arena_check(&p->batch.arena, err) || take_file(&w, err) ? -1 : 0;
}

/* ---- a batch ---- */

static void
forget_refused(struct publisher *p)
{
	free(p->refused);
	free(p->refused_why);
	p->refused = p->refused_why = NULL;
}

/* The bus will not have a record, and does not say which: file by file it shows. */
static int
isolate(struct publisher *p, struct err *err)
{
	if (p->files > 1) {
		p->alone = (long)p->files;
	} else if (p->taken && !p->refused) {
		p->refused = must_strdup(p->taken->file.path);
		p->refused_why = must_strdup(err->text);
	} else {
		return err_set(err, ERR_FATAL, "the bus refuses even the dead letter: %s",
			       err->text);
	}
	err->class = ERR_RETRY;
	return -1;
}

static int
send_records(struct publisher *p, struct err *err)
{
	if (!p->batch.count)
		return 0;
	if (!p->open) {
		if (bus_begin(p->member, err))
			return -1;
		p->open = true;
		p->began = mono_now();
	}
	p->bytes += p->batch.arena.used;
	if (batch_send(&p->batch, p->member, err))
		return err->class == ERR_REJECT ? isolate(p, err) : -1;
	return 0;
}

static int
commit(struct publisher *p, struct err *err)
{
	if (p->open && bus_commit(p->member, NULL, 0, err))
		return err->class == ERR_REJECT ? isolate(p, err) : -1;
	p->open = false;
	return ledger_commit(p->ledger, err);
}

/* What it cannot abort now it will before the next one. */
static void
abandon(struct publisher *p, struct err *err)
{
	struct err other;

	ledger_rollback(p->ledger);
	p->stale = true;
	if (p->open && mono_since(p->began) > LATE_MS && p->files > 1)
		p->alone = (long)p->files; /* it may have become too old */
	if (!p->open || !bus_abort(p->member, &other)) {
		p->open = false;
		return;
	}
	log_warn("aborting: %s", other.text);
	if (other.class == ERR_FATAL)
		*err = other;
}

static bool
is_full(const struct publisher *p)
{
	return p->files >= (size_t)p->conf.batch || (p->alone && p->files) ||
	       p->bytes >= BATCH_BYTES || (p->open && mono_since(p->began) > BATCH_MS);
}

static int
gather(struct publisher *p, struct inbox *inbox, struct err *err)
{
	struct inbox_file file;

	while (!is_full(p) && inbox_next(inbox, &p->names, &file)) {
		struct taken *t = arena_calloc(&p->names, sizeof(*t));

		if (!t) {
			inbox_again(inbox, file.path, file.size, 0);
			return arena_check(&p->names, err);
		}
		t->file = file;
		t->next = p->taken;
		p->taken = t;
		p->files++;
		batch_reset(&p->batch);
		if (look_at(p, inbox, t, err) || send_records(p, err))
			return -1;
	}
	return 0;
}

static void
put_back(struct publisher *p, struct inbox *inbox)
{
	for (const struct taken *t = p->taken; t; t = t->next)
		inbox_again(inbox, t->file.path, t->file.size, 0);
}


static void
report(const struct publisher *p)
{
	char text[512];

	for (const struct taken *t = p->taken; t; t = t->next)
		if (t->rejected)
			log_warn("rejected spool=%s path=%s why=\"%s\"", p->conf.spool,
				 file_text(t->file.path, t->file.size, text,
					   sizeof(text)),
				 t->rejected);
}

static int
refresh(struct publisher *p, struct err *err)
{
	if (p->open && bus_abort(p->member, err))
		return -1;
	p->open = false;
	if (p->stale && ledger_sync(p->ledger, p->bus, true, err))
		return -1;
	p->stale = false;
	return 0;
}

int
publish_files(struct publisher *p, struct inbox *inbox, struct publish_counts *counts,
	      struct err *err)
{
	*counts = p->counts = (struct publish_counts){ 0 };
	arena_reset(&p->names);
	p->taken = NULL;
	p->files = p->bytes = 0;
	if (refresh(p, err) || ledger_begin(p->ledger, err))
		return -1;
	if (gather(p, inbox, err) || commit(p, err)) {
		abandon(p, err);
		put_back(p, inbox);
		if (err->class ==
		    ERR_REJECT) /* no file's fault: those are rejected singly */
			err->class = ERR_FATAL;
		return -1;
	}
	report(p);
	forget_refused(p);
	p->alone -= p->alone > 0;
	*counts = p->counts;
	return 0;
}

static int
put_asked(void *arg, const char *path, size_t n, const struct ledger_row *row)
{
	(void)row;
	inbox_again(arg, path, n, 0);
	return 0;
}

int
publish_asked(struct publisher *p, struct inbox *inbox, struct err *err)
{
	if (p->stale ? ledger_sync(p->ledger, p->bus, true, err)
		     : ledger_look(p->ledger, p->bus, err))
		return -1;
	p->stale = false;
	return ledger_each_asked(p->ledger, put_asked, inbox, err);
}

/* ---- beginning and end ---- */

static int
put_start(struct publisher *p, struct err *err)
{
	p->taken = NULL;
	p->files = 0;
	batch_reset(&p->batch);
	buf_reset(&p->text);
	ledger_start_print(&p->start, &p->text);
	if (add(p, ledger_topic(p->ledger), key(p, 's', NULL, 0), &p->text, err) ||
	    ledger_begin(p->ledger, err))
		return -1;
	if (!send_records(p, err) && !ledger_put_start(p->ledger, &p->start, err) &&
	    !commit(p, err))
		return 0;
	abandon(p, err);
	return -1;
}

int
publish_opened(struct publisher *p, struct err *err)
{
	if (p->start.opened)
		return 0;
	p->start.opened = true;
	if (!put_start(p, err))
		return 0;
	p->start.opened = false;
	return -1;
}

static int
join(struct publisher *p, struct err *err)
{
	const char *sends[] = { p->articles, ledger_topic(p->ledger), p->deadletter };
	struct bus_role role = { .id = p->id,
				 .sends = sends,
				 .send_count = LENGTH(sends) };

	/* First: whoever had the id before can change nothing after we have read. */
	if (bus_join(p->bus, &role, &p->member, err) ||
	    ledger_sync(p->ledger, p->bus, true, err))
		return -1;
	if (ledger_start(p->ledger, &p->start))
		return 0;
	p->start = (struct ledger_start){ wall_now().ms, !p->conf.skip_existing };
	return put_start(p, err);
}

int
publish_open(struct publisher **publisher, const struct publish_conf *conf,
	     struct bus *bus, struct ledger *ledger, struct err *err)
{
	struct publisher *p = must_alloc(sizeof(*p));

	p->conf = *conf;
	p->bus = bus;
	p->ledger = ledger;
	p->articles = must_printf("%s.articles", conf->prefix);
	p->deadletter = must_printf("%s.deadletter", conf->prefix);
	p->stage = must_printf("watch.%s", conf->spool);
	p->id = must_printf("%s.%s", conf->prefix, p->stage);
	p->source = must_printf("/%s/%s", conf->prefix, conf->spool);
	batch_init(&p->batch, BATCH_ROOM);
	arena_init(&p->arena, PARSE_ROOM);
	arena_init(&p->names, BATCH_ROOM);
	whole_init(&p->whole, (size_t)conf->max_file_bytes + 1);
	buf_init(&p->inflated, 0);
	buf_init(&p->text, BATCH_ROOM);
	buf_init(&p->key, 8192);
	if (join(p, err)) {
		publish_close(p);
		return -1;
	}
	*publisher = p;
	return 0;
}

void
publish_close(struct publisher *p)
{
	if (!p)
		return;
	bus_leave(p->member);
	batch_release(&p->batch);
	arena_release(&p->arena);
	arena_release(&p->names);
	whole_release(&p->whole);
	buf_release(&p->inflated);
	buf_release(&p->text);
	buf_release(&p->key);
	forget_refused(p);
	free(p->articles);
	free(p->deadletter);
	free(p->stage);
	free(p->id);
	free(p->source);
	free(p);
}
