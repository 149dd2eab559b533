/*
 * newswire diff: two extractions of the same articles, event by event.  What
 * is compared with what is in common/replay/compare.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "ops/command.h"
#include "record/json.h"
#include "replay/compare.h"
#include "text/grid.h"
#include "time/clock.h"

struct diff_conf {
	const char *from, *to, *format;
	int examples;
};

static const struct opt diff_opts[] = {
	FLAG(struct diff_conf, from, NULL,
	     "only records that came on the bus from this time on"),
	FLAG(struct diff_conf, to, NULL, "and before this time"),
	FLAG(struct diff_conf, format, "table", "table, or json"),
	FLAG(struct diff_conf, examples, "3", "of each kind of difference and each type"),
	{ 0 },
};

static const char *const changes[EVENT_CHANGES] = { "same", "changed", "added", "gone" };

enum { COLUMNS = 100, JSON_CEILING = 256 << 20 };

/* ---- as tables ---- */

static void
print_types(const struct compare *c, int columns)
{
	static const char *const titles[] = { "type", "same", "changed", "added",
					      "gone" };
	struct grid g;

	grid_begin(&g, titles, LENGTH(titles), stdout, columns);
	g.fixed = LENGTH(titles);
	for (size_t i = 0; i < c->row_count; i++) {
		const struct compare_row *r = &c->rows[i];
		char counts[EVENT_CHANGES][24];

		if (r->field)
			continue;
		for (int k = 0; k < EVENT_CHANGES; k++)
			snprintf(counts[k], sizeof(counts[k]), "%ld", r->counts[k]);
		grid_row(&g, (const char *[]){ r->type, counts[EVENT_SAME],
					       counts[EVENT_CHANGED], counts[EVENT_ADDED],
					       counts[EVENT_GONE] });
	}
	grid_end(&g);
}

static void
print_fields(const struct compare *c, int columns)
{
	static const char *const titles[] = { "type", "field", "changed" };
	struct grid g;

	grid_begin(&g, titles, LENGTH(titles), stdout, columns);
	g.fixed = LENGTH(titles);
	for (size_t i = 0; i < c->row_count; i++) {
		const struct compare_row *r = &c->rows[i];
		char count[24];

		if (!r->field)
			continue;
		snprintf(count, sizeof(count), "%ld", r->counts[EVENT_CHANGED]);
		grid_row(&g, (const char *[]){ r->type, r->field, count });
	}
	grid_end(&g);
}

static void
print_example(const struct compare_example *e, int columns)
{
	char *head = must_printf("%s %s%s%s  %s", changes[e->change], e->type,
				 *e->fields ? ": " : "", e->fields, e->headline);
	char *uri = must_printf("    %s", e->uri);
	char *before = must_printf("  - %s", e->before);
	char *after = must_printf("  + %s", e->after);

	grid_cut(stdout, head, columns);
	putchar('\n');
	grid_cut(stdout, uri, columns);
	putchar('\n');
	if (*e->before) {
		grid_cut(stdout, before, columns);
		putchar('\n');
	}
	if (*e->after) {
		grid_cut(stdout, after, columns);
		putchar('\n');
	}
	free(head);
	free(uri);
	free(before);
	free(after);
}

static void
print_tables(const struct compare *c)
{
	int columns = grid_terminal(COLUMNS);

	printf(
	    "articles: %ld in both, of which %ld the same; %ld only in %s, %ld only in "
	    "%s\n",
	    c->articles_both, c->articles_same, c->articles_only[0], c->conf.sides[0],
	    c->articles_only[1], c->conf.sides[1]);
	printf("events of those in both: %ld same, %ld changed, %ld added, %ld gone\n",
	       c->events[EVENT_SAME], c->events[EVENT_CHANGED], c->events[EVENT_ADDED],
	       c->events[EVENT_GONE]);
	if (c->row_count > 0) {
		putchar('\n');
		print_types(c, columns);
	}
	if (c->events[EVENT_CHANGED] > 0) {
		putchar('\n');
		print_fields(c, columns);
	}
	for (size_t i = 0; i < c->example_count; i++) {
		putchar('\n');
		print_example(&c->examples[i], columns);
	}
}

/* ---- as JSON ---- */

static void
add_counts(struct buf *out, const long counts[EVENT_CHANGES])
{
	for (int i = 0; i < EVENT_CHANGES; i++)
		json_int(out, changes[i], counts[i]);
}

static void
add_rows(const struct compare *c, struct buf *out, bool fields)
{
	json_open(out, fields ? "fields" : "types", '[');
	for (size_t i = 0; i < c->row_count; i++) {
		const struct compare_row *r = &c->rows[i];

		if (fields != (r->field != NULL))
			continue;
		json_open(out, NULL, '{');
		json_text(out, "type", r->type);
		json_text(out, "field", r->field);
		if (fields)
			json_int(out, "changed", r->counts[EVENT_CHANGED]);
		else
			add_counts(out, r->counts);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
add_example(const struct compare_example *e, struct buf *out)
{
	json_open(out, NULL, '{');
	json_text(out, "change", changes[e->change]);
	json_text(out, "type", e->type);
	if (*e->fields)
		json_text(out, "fields", e->fields);
	json_text(out, "uri", e->uri);
	json_text(out, "headline", e->headline);
	if (*e->before)
		json_text(out, "before", e->before);
	if (*e->after)
		json_text(out, "after", e->after);
	json_close(out, '}');
}

static int
print_json(const struct compare *c, struct err *err)
{
	struct buf out;
	int failed;

	buf_init(&out, JSON_CEILING);
	json_open(&out, NULL, '{');
	json_text(&out, "before", c->conf.sides[0]);
	json_text(&out, "after", c->conf.sides[1]);
	json_open(&out, "articles", '{');
	json_int(&out, "both", c->articles_both);
	json_int(&out, "same", c->articles_same);
	json_int(&out, "only_before", c->articles_only[0]);
	json_int(&out, "only_after", c->articles_only[1]);
	json_close(&out, '}');
	json_open(&out, "events", '{');
	add_counts(&out, c->events);
	json_close(&out, '}');
	add_rows(c, &out, false);
	add_rows(c, &out, true);
	json_open(&out, "examples", '[');
	for (size_t i = 0; i < c->example_count; i++)
		add_example(&c->examples[i], &out);
	json_close(&out, ']');
	json_close(&out, '}');
	failed = buf_check(&out, err);
	if (!failed)
		printf("%s\n", out.data);
	buf_release(&out);
	return failed;
}

/* ---- the command ---- */

static int
parse_time(const char *name, const char *text, int64_t *ms, struct err *err)
{
	struct wall t;

	if (!text)
		return 0;
	if (wall_parse(&t, text))
		return err_set(err, ERR_USAGE,
			       "--%s '%s' is no time; say 2026-11-24 or "
			       "2026-11-24T08:15:00Z",
			       name, text);
	*ms = t.ms;
	return 0;
}

/* A file of the name, else a topic. */
static const char *
side(const char *name, bool *is_topic)
{
	if (strchr(name, '/'))
		return name;
	if (!access(name, F_OK))
		return must_keep(must_printf("./%s", name));
	*is_topic = true;
	return name;
}

static int
compare(const struct program *p, const struct diff_conf *conf, char **argv, bool *unread,
	struct err *err)
{
	struct compare_conf cc = { .directory = p->state,
				   .from_ms = INT64_MIN,
				   .to_ms = INT64_MAX,
				   .examples = conf->examples };
	bool has_topic = false, is_json = !strcmp(conf->format, "json");
	struct compare c = { 0 };
	int failed;

	if (!is_json && strcmp(conf->format, "table"))
		return err_set(err, ERR_USAGE, "--format '%s' is neither table nor json",
			       conf->format);
	cc.sides[0] = side(argv[0], &has_topic);
	cc.sides[1] = side(argv[1], &has_topic);
	if (parse_time("from", conf->from, &cc.from_ms, err) ||
	    parse_time("to", conf->to, &cc.to_ms, err) ||
	    (has_topic && program_bus(p, &cc.bus, err)))
		return -1;
	failed = compare_run(&c, &cc, err);
	if (!failed && is_json)
		failed = print_json(&c, err);
	else if (!failed)
		print_tables(&c);
	*unread = c.unread[0] + c.unread[1] > 0;
	compare_release(&c);
	bus_close(cc.bus);
	return failed;
}

static int
run(const struct program *p, void *conf, int argc, char **argv)
{
	bool unread = false;
	struct err err;

	if (argc != 2) {
		err_set(&err, ERR_USAGE, "say two topics, archives or files of lines");
		return command_failed("diff", &err);
	}
	return compare(p, conf, argv, &unread, &err) ? command_failed("diff", &err)
						     : unread;
}

extern const struct command diff_command;
const struct command diff_command = {
	.name = "diff",
	.args = "BEFORE AFTER",
	.help = "two extractions compared: events added, gone, changed",
	.text = "Each side is a topic of enriched records, an archive of one, or a file "
		"with a\n"
		"record a line, as `newswire extract` prints them.\n\n"
		"    newswire diff news.enriched news.enriched.next\n"
		"    newswire diff before.jsonl after.jsonl --format json | jq .events",
	.opts = diff_opts,
	.conf_size = sizeof(struct diff_conf),
	.needs_state = true,
	.run = run,
};
