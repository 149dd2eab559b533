/* What becomes of one file: it is read whole, compared with the ledger, parsed. */
#include "spool/publish_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ops/log.h"
#include "record/gzip.h"

enum {
	BUSY_MS = 1000,
	RACY_NS = 20000000, /* coarser than any clock that stamps files */
};

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
		return publish_reject(w, "truncated", why->text, err);
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
		return publish_reject(w, "too-large", p->refused_why, err);
	if (!read_article(w, &cut, &why) && !publish_article(w, &why))
		return 0;
	if (why.class != ERR_REJECT) {
		*err = why;
		return -1;
	}
	batch_rewind(&p->batch, mark);
	return cut ? hold(w, &why, err) : publish_reject(w, "reject", why.text, err);
}

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
	return touch(w, err) || publish_answer(w, err) ? -1 : 0;
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
		skipped = publish_outcome(w, LEDGER_SKIPPED,
					  "it was there before the spool was watched");
		return publish_say(w, &skipped, err);
	}
	if (p->whole.what == WHOLE_READ)
		return take(w, err);
	snprintf(why, sizeof(why),
		 "the file has %" PRId64 " bytes, above max_file_bytes = %" PRId64,
		 p->whole.stat.size, p->conf.max_file_bytes);
	return publish_reject(w, "too-large", why, err);
}

/* No regular file.  What it is decides; its sum is its kind. */
static int
take_odd(struct work *w, struct err *err)
{
	const struct ledger_file *f = &w->row.file;

	if (w->known && f->state == LEDGER_REJECTED && f->reason &&
	    !strcmp(f->reason, w->p->whole.why) && !w->asked)
		return touch(w, err);
	return publish_reject(w, "no-file", w->p->whole.why, err);
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
		       publish_answer(w, err)
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
		return publish_answer(w, err);
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

int
publish_look_at(struct publisher *p, struct inbox *inbox, struct taken *t,
		struct err *err)
{
	struct work w = { .p = p,
			  .inbox = inbox,
			  .taken = t,
			  .path = t->file.path,
			  .size = t->file.size };
	const struct file_stat *seen = t->file.regular ? &t->file.stat : NULL;
	int64_t now = file_clock_ns();

	if (whole_read(&p->whole, inbox_root(inbox), w.path, seen, err) ||
	    look_up(&w, err))
		return -1;
	w.racy = p->whole.stat.ctime_ns > now - RACY_NS ||
		 p->whole.stat.mtime_ns > now - RACY_NS;
	w.asked = ledger_is_asked(p->ledger, w.path, w.size, &w.request);
	w.request.history = arena_strdup(&p->batch.arena, w.request.history);
	return arena_check(&p->batch.arena, err) || take_file(&w, err) ? -1 : 0;
}
