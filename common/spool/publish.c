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

#include <stdlib.h>

#include "base/mem.h"
#include "ops/log.h"
#include "spool/publish_parts.h"

enum {
	BATCH_BYTES = 16 << 20, /* of records; one more file may come on top */
	BATCH_MS = 1000,	/* the same */
	LATE_MS = 10000,	/* transaction.timeout.ms is 15,000 */
	BATCH_ROOM = 64 << 20,
	PARSE_ROOM = 512 << 20, /* address space; the limit of a file comes first */
};

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
		if (publish_look_at(p, inbox, t, err) || send_records(p, err))
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
	if (publish_add(p, ledger_topic(p->ledger), publish_key(p, 's', NULL, 0),
			&p->text, err) ||
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
