/*
 * Articles in, enriched records out, one line of JSON each; no bus.  A file
 * that fails is said on stderr and the next one goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event/event.h"
#include "format/articles.h"
#include "ops/command.h"
#include "record/view.h"
#include "text/guess.h"
#include "text/utf8.h"
#include "time/clock.h"

enum { ARENA_MB = 1024, LINE_MAX_BYTES = 32 << 20, FILE_MAX_BYTES = 64 << 20 };

struct extract_conf {
	const char *published, *shape;
};

static const struct opt extract_opts[] = {
	OPT(struct extract_conf, published, NULL, 0, 0,
	    "the article's date where text and metadata state none"),
	OPT(struct extract_conf, shape, NULL, 0, 0,
	    "its events alone, as other data have them: plover, gdelt, polecat"),
	{ 0 },
};

struct extractor_run {
	struct extract *extract;
	struct guess *guess;
	const struct view *view; /* NULL: the record as it is */
	const char *published; /* YYYY-MM-DDThh:mm:ssZ or NULL */
	struct arena arena;
	struct buf out;
	bool failed, closed;
};

static void
complain(struct extractor_run *r, const struct err *err)
{
	command_failed("extract", err);
	r->failed = true;
}

static int
write_out(struct extractor_run *r, struct err *err)
{
	if (buf_check(&r->out, err))
		return -1;
	if (fwrite(r->out.data ? r->out.data : "", 1, r->out.size, stdout) != r->out.size) {
		r->closed = true;
		return err_errno(err, ERR_FATAL, "standard output");
	}
	return 0;
}

/* Before the first article. */
static int
choose_shape(struct extractor_run *r, const char *shape, struct err *err)
{
	if (!shape)
		return 0;
	r->view = view_find(shape, err);
	if (!r->view)
		return -1;
	if (r->view->head)
		view_print_head(r->view, &r->out);
	return write_out(r, err);
}

static int
print_enriched(struct extractor_run *r, const struct article *a, const char *meta,
	       struct err *err)
{
	struct enriched e;

	if (extract_article(r->extract, a, meta, &e, &r->arena, err))
		return -1;
	buf_reset(&r->out);
	if (r->view) {
		view_print(r->view, &e, &(struct view_how){ .added_ms = -1 }, &r->out);
	} else {
		enriched_print(&e, &r->out);
		buf_addc(&r->out, '\n');
	}
	return write_out(r, err);
}

static int
extract_parsed(void *arg, const struct parsed *parsed, struct err *err)
{
	return print_enriched(arg, &parsed->article, parsed->meta, err);
}

static void
extract_file(struct extractor_run *r, const char *path)
{
	struct err err;

	arena_reset(&r->arena);
	if (articles_of_file(path, r->published, FILE_MAX_BYTES, &r->arena,
			     extract_parsed, r, &err))
		complain(r, &err);
}

static int
extract_line(struct extractor_run *r, const char *line, size_t n, struct err *err)
{
	struct article a;

	arena_reset(&r->arena);
	if (article_parse(&a, line, n, &r->arena, err))
		return -1;
	if (a.headline && !*a.headline)
		a.headline = NULL;
	if (!a.language && a.body_text)
		a.language = guess_language(r->guess, a.body_text, strlen(a.body_text));
	if (!a.language)
		a.language = "en";
	if (!a.versioncreated && !a.firstcreated)
		a.versioncreated = r->published;
	return print_enriched(r, &a, NULL, err);
}

static void
end_line(struct extractor_run *r, struct buf *line, long number)
{
	struct err err;

	if (line->size && line->data[strspn(line->data, " \t\r")] &&
	    (buf_check(line, &err) || extract_line(r, line->data, line->size, &err))) {
		err_context(&err, "line %ld", number);
		complain(r, &err);
	}
	buf_reset(line);
}

/* An overlong line fills its buffer and fails alone; the next one is read. */
static void
extract_stdin(struct extractor_run *r)
{
	char chunk[1 << 16];
	struct buf line;
	ssize_t n;
	long number = 1;

	buf_init(&line, LINE_MAX_BYTES);
	while (!r->closed && (n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		for (char *p = chunk, *end = chunk + n; p < end && !r->closed;) {
			char *newline = memchr(p, '\n', (size_t)(end - p));

			buf_add(&line, p, (size_t)((newline ? newline : end) - p));
			if (!newline)
				break;
			end_line(r, &line, number++);
			p = newline + 1;
		}
	if (!r->closed)
		end_line(r, &line, number);
	buf_release(&line);
}

static int
set_published(struct extractor_run *r, const char *text, char *buffer, struct err *err)
{
	struct wall t;

	if (!text)
		return 0;
	if (wall_parse(&t, text))
		return err_set(err, ERR_USAGE, "--published %s: no date and no ISO time",
			       text);
	r->published = wall_text(t, buffer);
	return 0;
}

static int
extract_run(const struct program *program, void *conf, int argc, char **argv)
{
	struct extractor_run r = { 0 };
	char published[WALL_TEXT];
	struct err err;
	int status = 2;

	if (!argc) {
		fputs("newswire extract: which files?  See newswire extract --help\n",
		      stderr);
		return 2;
	}
	arena_init(&r.arena, (size_t)ARENA_MB << 20);
	buf_init(&r.out, (size_t)ARENA_MB << 19);
	if (set_published(&r, ((struct extract_conf *)conf)->published, published,
			  &err) ||
	    choose_shape(&r, ((struct extract_conf *)conf)->shape, &err) ||
	    format_open(program->lexicon, &err) ||
	    !(r.extract = extract_new(program->lexicon, 1, &err)) ||
	    !(r.guess = guess_new(program->lexicon, &err))) {
		status = command_failed("extract", &err);
		goto out;
	}
	for (int i = 0; i < argc && !r.closed; i++)
		if (!strcmp(argv[i], "-"))
			extract_stdin(&r);
		else
			extract_file(&r, argv[i]);
	if (fflush(stdout))
		r.closed = true;
	status = r.closed ? 75 : r.failed;
out:
	extract_free(r.extract);
	guess_free(r.guess);
	buf_release(&r.out);
	arena_release(&r.arena);
	return status;
}

const struct command extract_command = {
	.name = "extract",
	.args = "FILE... | -",
	.help = "articles in, enriched records out, one line of JSON each",
	.text = "Reads article files of any format that newswire knows and prints for "
		"each article\n"
		"the record that `newswire enrich` would put on the bus: events, times, "
		"quotes,\n"
		"names.  `-` reads ninjs articles from standard input, one a line, and "
		"keeps uri and\n"
		"body_text as they came.\n\n"
		"    newswire extract story.txt | jq '.events[] | {type, trigger: "
		".trigger.text}'\n"
		"    newswire extract --published 2025-09-01 undated.txt\n"
		"    newswire extract --shape gdelt story.txt",
	.opts = extract_opts,
	.conf_size = sizeof(struct extract_conf),
	.run = extract_run,
};
