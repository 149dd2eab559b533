/* newswire dlq: what was set aside, why, and back to the stage it failed in. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bus/deadletter.h"
#include "ops/command.h"
#include "ops/log.h"
#include "ops/stop.h"
#include "sink/line.h"
#include "text/safe.h"
#include "text/utf8.h"
#include "time/clock.h"
#include "work/dlq.h"
#include "work/topics.h"

enum { SHOWN = 1000, MOST_KINDS = 256 };

struct dlq_conf {
	const char *stage, *reason, *source, *topic, *from, *to, *which, *file;
	int64_t bytes;
	bool all, dry_run;
};

static const struct opt dlq_opts[] = {
	OPT(struct dlq_conf, stage, NULL, 0, 0,
	    "that failed: enrich, sink.db, watch.wires; sink is every sink"),
	OPT(struct dlq_conf, reason, NULL, 0, 0,
	    "reject, crash, hang, kill, too-large ..."),
	OPT(struct dlq_conf, source, NULL, 0, 0, "spool that it came from"),
	OPT(struct dlq_conf, topic, NULL, 0, 0, "topic that it came from"),
	OPT(struct dlq_conf, from, NULL, 0, 0, "set aside at or after this time (UTC)"),
	OPT(struct dlq_conf, to, NULL, 0, 0, "set aside before this time (UTC)"),
	OPT(struct dlq_conf, which, NULL, 0, 0,
	    "new (without an ID), retried, dropped, all"),
	OPT(struct dlq_conf, file, NULL, 0, 0,
	    "of the letters in this file, as export wrote it, not on the topic"),
	OPT(struct dlq_conf, bytes, "4096", 0, INT64_MAX,
	    "show: so many bytes of a value; 0: all"),
	FLAG(struct dlq_conf, all, "false", "retry, drop: every letter that is new"),
	FLAG(struct dlq_conf, dry_run, "false",
	     "retry, drop: say what would be done, do nothing"),
	{ 0 },
};

struct kind {
	char *stage, *reason;
	int64_t counts[LETTER_DROPPED + 1], first_ms, last_ms;
};

struct work {
	const struct dlq_conf *conf;
	const struct program *program;
	enum letter_state to;
	struct buf text, line; /* of one letter */
	struct kind kinds[MOST_KINDS];
	size_t kind_count;
};

/* ---- in lines ---- */

static void
put(struct buf *out, const char *bytes, size_t n)
{
	safe_text(out, bytes, n < SHOWN ? n : utf8_valid_prefix(bytes, SHOWN), false);
	if (n > SHOWN)
		buf_printf(out, " ... (%zu bytes)", n);
}

static void
put_text(struct buf *out, const char *text)
{
	put(out, text ? text : "-", text ? strlen(text) : 1);
}

static void
put_time(struct buf *out, int64_t ms)
{
	char text[WALL_TEXT];

	buf_adds(out, wall_text((struct wall){ ms }, text));
}

/* stdout is checked once, at the end. */
static int
print(struct work *w, struct err *err)
{
	if (buf_check(&w->text, err))
		return -1;
	fwrite(w->text.data, 1, w->text.size, stdout);
	buf_reset(&w->text);
	return stop_asked() ? err_set(err, ERR_RETRY, "told to stop") : 0;
}

static int
list_one(void *arg, const struct letter *l, enum letter_state state, struct err *err)
{
	struct work *w = arg;
	struct buf *out = &w->text;

	buf_printf(out, "%s\t", l->id);
	put_time(out, l->record->time_ms);
	buf_printf(out, "\t%s\t", letter_state_name(state));
	put_text(out, l->stage);
	buf_addc(out, '\t');
	put_text(out, l->reason);
	buf_printf(out, "\t%d\t", l->attempt);
	if (l->file || !l->record->key)
		put_text(out, l->file);
	else
		put(out, l->record->key, l->record->key_size);
	buf_addc(out, '\t');
	put_text(out, l->text);
	buf_addc(out, '\n');
	return print(w, err);
}

/* ---- one, for a person ---- */

static void
put_field(struct buf *out, const char *name, const char *text)
{
	if (!text)
		return;
	buf_printf(out, "  %-9s", name);
	put_text(out, text);
	buf_addc(out, '\n');
}

static void
put_where(struct buf *out, const struct letter *l)
{
	if (l->topic) {
		buf_adds(out, "  from     ");
		put_text(out, l->topic);
		buf_printf(out, "/%d/%" PRId64 "\n", l->partition, l->offset);
	}
	put_field(out, "source", l->source);
	put_field(out, "file", l->file);
	if (!l->record->key)
		return;
	buf_adds(out, "  key      ");
	put(out, l->record->key, l->record->key_size);
	buf_addc(out, '\n');
}

static int
put_attempts(struct buf *out, const struct letter *l, struct err *err)
{
	size_t n = 0, count;
	const char *history = bus_header(l->record, "nw-dlq-history", &n);
	struct attempt *attempts;
	struct arena arena;
	int failed;

	arena_init(&arena, 64 << 20);
	failed = attempts_parse(history, n, &attempts, &count, &arena, err);
	for (size_t i = 0; !failed && i < count; i++) {
		buf_printf(out, "attempt %zu\n", i + 1);
		put_field(out, "at", attempts[i].at);
		put_field(out, "stage", attempts[i].stage);
		put_field(out, "reason", attempts[i].reason);
		put_field(out, "text", attempts[i].text);
	}
	arena_release(&arena);
	return failed;
}

/* What was said above is not said again. */
static void
put_headers(struct buf *out, const struct bus_record *r)
{
	buf_adds(out, "headers\n");
	for (size_t i = 0; i < r->header_count; i++) {
		const struct bus_header *h = &r->headers[i];

		if (deadletter_is_ours(h->name))
			continue;
		buf_adds(out, "  ");
		put_text(out, h->name);
		buf_adds(out, ": ");
		if (h->value)
			put(out, h->value, h->size);
		buf_addc(out, '\n');
	}
}

static void
put_value(struct buf *out, const struct letter *l, int64_t most)
{
	const struct bus_record *r = l->record;
	size_t n = most && (uint64_t)most < r->value_size ? (size_t)most : r->value_size;

	if (!r->value) {
		buf_adds(out, "value: none\n");
		return;
	}
	buf_printf(out, "value: %zu bytes", r->value_size);
	if (l->size)
		buf_printf(out, " of %s", l->size);
	if (l->sha256)
		buf_printf(out, ", sha-256 of all %s", l->sha256);
	if (n < r->value_size)
		buf_printf(out, "; the first %zu (--bytes 0: all)", n);
	buf_addc(out, '\n');
	if (!utf8_is_valid(r->value, r->value_size) || memchr(r->value, '\0', n)) {
		safe_hex(out, r->value, n);
		return;
	}
	safe_text(out, r->value, utf8_valid_prefix(r->value, n), true);
	buf_addc(out, '\n');
}

static int
show_one(void *arg, const struct letter *l, enum letter_state state, struct err *err)
{
	struct work *w = arg;
	struct buf *out = &w->text;

	buf_printf(out, "letter %s\n  state    %s\n  time     ", l->id,
		   letter_state_name(state));
	put_time(out, l->record->time_ms);
	buf_addc(out, '\n');
	put_field(out, "stage", l->stage);
	put_field(out, "reason", l->reason);
	put_field(out, "text", l->text);
	put_where(out, l);
	put_field(out, "whole", l->whole);
	if (put_attempts(out, l, err))
		return -1;
	put_headers(out, l->record);
	put_value(out, l, w->conf->bytes);
	buf_addc(out, '\n');
	return print(w, err);
}

/* ---- as lines of the log ---- */

static int
export_one(void *arg, const struct letter *l, enum letter_state state, struct err *err)
{
	struct work *w = arg;
	struct buf *out = &w->text;

	buf_printf(out, "{\"id\":\"%s\",\"state\":\"%s\",", l->id,
		   letter_state_name(state));
	line_print(l->record, false, &w->line);
	buf_add(out, w->line.data + 1, w->line.size - 1); /* without its bracket */
	buf_reset(&w->line);
	return print(w, err);
}

/* ---- counted ---- */

static bool
is_kind(const struct kind *k, const char *stage, const char *reason)
{
	return !strcmp(k->stage, stage) && !strcmp(k->reason, reason);
}

/* The last row takes what is left over: a stranger may write anything. */
static struct kind *
find_kind(struct work *w, const char *stage, const char *reason)
{
	struct kind *k = w->kinds;

	while (k < w->kinds + w->kind_count && !is_kind(k, stage, reason))
		k++;
	if (k == w->kinds + MOST_KINDS)
		return k - 1;
	if (k == w->kinds + w->kind_count) {
		bool last = ++w->kind_count == MOST_KINDS;

		*k = (struct kind){ .stage = must_strdup(last ? "(others)" : stage),
				    .reason = must_strdup(last ? "" : reason) };
	}
	return k;
}

static int
count_one(void *arg, const struct letter *l, enum letter_state state, struct err *err)
{
	struct kind *k =
	    find_kind(arg, l->stage ? l->stage : "-", l->reason ? l->reason : "-");
	int64_t time = l->record->time_ms;

	(void)err;
	k->counts[state]++;
	k->first_ms = !k->first_ms || time < k->first_ms ? time : k->first_ms;
	k->last_ms = time > k->last_ms ? time : k->last_ms;
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct kind *k = a, *m = b;
	int by_stage = strcmp(k->stage, m->stage);

	return by_stage ? by_stage : strcmp(k->reason, m->reason);
}

static int
print_counts(struct work *w, struct err *err)
{
	struct buf *out = &w->text;

	qsort(w->kinds, w->kind_count, sizeof(*w->kinds), by_name);
	buf_adds(out, "stage\treason\tnew\tretried\tdropped\tfirst\tlast\n");
	for (size_t i = 0; i < w->kind_count; i++) {
		struct kind *k = &w->kinds[i];

		put_text(out, k->stage);
		buf_addc(out, '\t');
		put_text(out, k->reason);
		for (int state = LETTER_NEW; state <= LETTER_DROPPED; state++)
			buf_printf(out, "\t%" PRId64, k->counts[state]);
		buf_addc(out, '\t');
		put_time(out, k->first_ms);
		buf_addc(out, '\t');
		put_time(out, k->last_ms);
		buf_addc(out, '\n');
		free(k->stage);
		free(k->reason);
	}
	return print(w, err);
}

/* ---- changed ---- */

static void
say_done(void *arg, const struct dlq_done *done)
{
	const struct work *w = arg;
	const char *would = w->conf->dry_run ? "would be " : "";

	if (done->why)
		fprintf(stderr, "newswire dlq: %s stays: %s\n", done->id, done->why);
	else if (w->to == LETTER_DROPPED)
		printf("%s %sdropped\n", done->id, would);
	else
		printf("%s %ssent to %s for %s\n", done->id, would, done->to,
		       done->stage);
}

/* States are kept as long as letters are: then a letter is gone from its topic too. */
static int
forget(struct work *w, struct dlq *d, struct err *err)
{
	const int64_t day_ms = INT64_C(86400000);
	struct topics_conf topics;
	size_t n;

	if (conf_fill(w->program->conf, "topics", NULL, topics_opts, &topics, err) ||
	    dlq_forget(d, wall_now().ms - topics.deadletter_days * day_ms, &n, err))
		return -1;
	if (n > 0)
		log_info("dlq: forgot what was done to %zu letters that are gone", n);
	return 0;
}

static int
settle(struct work *w, struct dlq *d, const struct dlq_filter *f, struct err *err)
{
	const struct dlq_conf *c = w->conf;
	size_t failed;

	if (!f->id_count && !c->all && !c->stage && !c->reason && !c->source &&
	    !c->topic && !c->from && !c->to)
		return err_set(err, ERR_USAGE,
			       "name the letters, or say which: --stage, --reason, "
			       "--source, --topic, --from, --to, or --all");
	if (dlq_settle(d, f, w->to, c->dry_run, say_done, w, &failed, err) ||
	    (!c->dry_run && forget(w, d, err)))
		return -1;
	return failed ? err_set(err, ERR_REJECT, "%zu of them could not be %s", failed,
				letter_state_name(w->to))
		      : 0;
}

/* ---- words ---- */

static const struct verb {
	const char *name;
	dlq_each_f *each; /* NULL: changes */
	enum letter_state to;
} verbs[] = {
	{ "list", list_one, LETTER_NEW },   { "show", show_one, LETTER_NEW },
	{ "stats", count_one, LETTER_NEW }, { "export", export_one, LETTER_NEW },
	{ "retry", NULL, LETTER_RETRIED },  { "drop", NULL, LETTER_DROPPED },
};

static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; name && i < LENGTH(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static int
read_time(const char *name, const char *text, int64_t *ms, struct err *err)
{
	struct wall t = { 0 };

	if (text && wall_parse(&t, text))
		return err_set(err, ERR_USAGE,
			       "--%s: '%s' is no time; say 2026-11-24 or "
			       "2026-11-24T08:15:00Z",
			       name, text);
	*ms = t.ms;
	return 0;
}

/* Letters that are named are meant whatever became of them; so is all that is counted. */
static int
make_filter(struct dlq_filter *f, const struct dlq_conf *c, const struct verb *verb,
	    int argc, char **argv, struct err *err)
{
	*f = (struct dlq_filter){ .stage = c->stage,
				  .reason = c->reason,
				  .source = c->source,
				  .topic = c->topic,
				  .ids = (const char *const *)argv,
				  .id_count = (size_t)argc };
	f->any_state =
	    c->which ? !strcmp(c->which, "all") : argc || verb->each == count_one;
	if (c->which && !f->any_state && letter_state_find(c->which, &f->state))
		return err_set(err, ERR_USAGE,
			       "--which: '%s' is none of new, retried, dropped, all",
			       c->which);
	for (int i = 0; i < argc; i++)
		if (strlen(argv[i]) < 4)
			return err_set(err, ERR_USAGE,
				       "'%s' is no ID: give four digits of one at least",
				       argv[i]);
	return read_time("from", c->from, &f->from_ms, err) ||
		       read_time("to", c->to, &f->to_ms, err)
		   ? -1
		   : 0;
}

static int
work(struct work *w, struct dlq *d, const struct verb *verb, const struct dlq_filter *f,
     struct err *err)
{
	if (w->conf->file)
		dlq_read_file(d, w->conf->file);
	if (f->id_count && dlq_check_ids(d, f, err))
		return -1;
	if (!verb->each)
		return settle(w, d, f, err);
	if (dlq_each(d, f, verb->each, w, err))
		return -1;
	return verb->each == count_one ? print_counts(w, err) : 0;
}

static int
run(const struct program *program, void *conf, int argc, char **argv)
{
	const struct verb *verb = find_verb(argc ? argv[0] : NULL);
	struct work *w = must_alloc(sizeof(*w));
	struct bus *bus = NULL;
	struct dlq *d = NULL;
	struct dlq_filter f;
	struct err err;
	int failed;

	w->conf = conf;
	w->program = program;
	buf_init(&w->text, LINE_CEILING);
	buf_init(&w->line, LINE_CEILING);
	if (!verb) {
		failed = err_set(&err, ERR_USAGE,
				 "say list, show, stats, retry, drop or export");
	} else {
		w->to = verb->to;
		failed = make_filter(&f, conf, verb, argc - 1, argv + 1, &err) ||
			 program_bus(program, &bus, &err) ||
			 dlq_open(&d, bus, program->prefix,
				  !verb->each && !w->conf->dry_run, &err) ||
			 work(w, d, verb, &f, &err);
	}
	if (fflush(stdout) && !failed)
		failed = err_errno(&err, ERR_RETRY, "standard output");
	dlq_close(d);
	bus_close(bus);
	buf_release(&w->text);
	buf_release(&w->line);
	free(w);
	return failed ? command_failed("dlq", &err) : 0;
}

extern const struct command dlq_command;
const struct command dlq_command = {
	.name = "dlq",
	.args = "list|show|stats|retry|drop|export [ID...] [flags]",
	.help = "what was set aside, why, and back to its stage",
	.text = "list    one line a letter, parted by tabs: ID, time, state, stage, "
		"reason, attempt,\n"
		"        file or key, text\n"
		"show    all of it, for a person\n"
		"stats   how many, by stage and reason\n"
		"retry   back to the stage it failed in, once\n"
		"drop    nobody wants it any more\n"
		"export  as lines of JSON\n\n"
		"Nothing is taken off the topic before its time; what was done to a "
		"letter is kept\n"
		"beside it.  An ID may be cut to its first digits.\n\n"
		"  newswire dlq list --stage enrich\n"
		"  newswire dlq show 5d0c1f0a\n"
		"  newswire dlq retry --reason crash --from 2026-11-24 --dry-run",
	.opts = dlq_opts,
	.conf_size = sizeof(struct dlq_conf),
	.needs_state = true,
	.run = run,
};
