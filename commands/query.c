/* newswire query: asks a SQLite store, in words or in SQL, while it is written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/command.h"
#include "sink/answer.h"
#include "sink/ask.h"
#include "sink/sink.h"
#include "sink/summary.h"
#include "sink/words.h"

enum { WIDTH = 120, WORDS_LIMIT = 20 };

struct query_conf {
	const char *sink, *path, *format;
	int limit, timeout;
	bool words, schema;
};

static const struct opt query_opts[] = {
	OPT(struct query_conf, format, "table", 0, 0, "table, csv or json"),
	OPT(struct query_conf, limit, "0", 0, 1000000000,
	    "most rows (0: 20 for words, all for SQL)"),
	OPT(struct query_conf, timeout, "30", 1, 86400,
	    "seconds that an answer may take"),
	OPT(struct query_conf, sink, NULL, 0, 0,
	    "whose store (the first of type sqlite, else sqlite)"),
	OPT(struct query_conf, path, NULL, 0, 0, "the store's file itself"),
	FLAG(struct query_conf, words, "false", "words, whatever they look like"),
	FLAG(struct query_conf, schema, "false", "list views, tables and their columns"),
	{ 0 },
};

/* Views first: they are for people. */
static const char schema_sql[] =
    "WITH helps(name, help) AS (VALUES"
    " ('who_did_what', 'each event as a sentence, without what did not happen'),"
    " ('actor_pairs', 'who dealt with whom on a day, how often, how well'),"
    " ('story_timelines', 'what happened in a story, each event once'),"
    " ('told_events', 'events with the names of those concerned'),"
    " ('search', 'full text: SELECT headline FROM search(''kim missile'')'),"
    " ('articles', 'the newest version of each'),"
    " ('events', 'all, the negated and the hypothetical (aux) too'),"
    " ('actors', 'of events: role is actor, recipient, location or attribution'),"
    " ('quotes', 'with their speakers'),"
    " ('entities', 'persons, organisations, places of an article'),"
    " ('tombstones', 'what was withdrawn'),"
    " ('positions', 'how far the sink has come'))"
    " SELECT m.name, m.type, group_concat(c.name, ', ') AS columns, help"
    "  FROM sqlite_schema m JOIN pragma_table_info(m.name) c LEFT JOIN helps USING(name)"
    "  WHERE m.type IN ('view', 'table') AND m.name NOT GLOB 'search_*'"
    "   AND m.name NOT GLOB 'sqlite_*'"
    "  GROUP BY m.name ORDER BY m.type DESC, m.name";

/* The file of that sink, which must be of this type.  Gives. */
static char *
path_of(const struct program *p, const char *name, struct err *err)
{
	struct sink_conf conf;
	char *no_flags[1] = { NULL }, *path = NULL;
	int none = 0;

	if (sink_configure(&conf, p->conf, name, &none, no_flags, err)) {
		sink_conf_release(&conf);
		return NULL;
	}
	if (!strcmp(conf.chosen->name, "sqlite"))
		path = sink_sqlite_path(conf.own, p->state, name);
	else
		err_set(err, ERR_USAGE, "sink %s is of type %s; only sqlite can be asked",
			name, conf.chosen->name);
	sink_conf_release(&conf);
	return path;
}

static char *
find_store(const struct program *p, const struct query_conf *conf, struct err *err)
{
	size_t n;
	const char *const *names = conf_names(p->conf, "sink", &n);
	char *path;

	if (conf->path && *conf->path)
		return must_strdup(conf->path);
	if (conf->sink && *conf->sink)
		return path_of(p, conf->sink, err);
	for (size_t i = 0; i < n; i++)
		if ((path = path_of(p, names[i], err)))
			return path;
	return path_of(p, "sqlite", err);
}

/* The words of the command line as one text: quotes need not be typed. */
static char *
join(int argc, char **argv)
{
	char *text = must_strdup(argc > 0 ? argv[0] : "");

	for (int i = 1; i < argc; i++) {
		char *longer = must_printf("%s %s", text, argv[i]);

		free(text);
		text = longer;
	}
	return text;
}

/* Prepares what is asked and says what kind of answer it has. */
static int
put(struct ask *ask, const struct query_conf *conf, const char *text,
    enum answer_kind *kind, struct err *err)
{
	int limit = conf->limit ? conf->limit : WORDS_LIMIT;
	bool is_sql = false;

	*kind = conf->schema ? ANSWER_SCHEMA : ANSWER_ROWS;
	if (conf->schema)
		return ask_sql(ask, schema_sql, &is_sql, err);
	if (!conf->words && ask_sql(ask, text, &is_sql, err))
		return -1;
	if (is_sql)
		return 0;
	*kind = ANSWER_ARTICLES;
	return ask_words(ask, text, limit, err);
}

static void
say_nothing_found(const char *text)
{
	fprintf(stderr, "newswire query: no article has these words%s\n",
		words_are_spaceless(text)
		    ? "; where words have no blanks between them, whole runs of letters "
		      "are found, with * their beginnings, in SQL all: "
		      "SELECT headline FROM articles WHERE body LIKE '%...%'"
		    : "");
}

static int
answer(struct ask *ask, const struct query_conf *conf, const char *text, struct err *err)
{
	enum answer_kind kind;
	struct answer a = { 0 };
	int failed, more = 0, rows = 0;

	if (put(ask, conf, text, &kind, err))
		return -1;
	failed = answer_begin(&a, ask_row(ask), kind, conf->format, stdout,
			      grid_terminal(WIDTH), err);
	while (!failed && (!conf->limit || rows < conf->limit) &&
	       (more = ask_next(ask, err)) > 0) {
		failed = answer_row(&a, err);
		rows++;
	}
	answer_end(&a);
	if (failed || more < 0)
		return -1;
	if (!rows && kind == ANSWER_ARTICLES)
		say_nothing_found(text);
	return fflush(stdout) ? err_errno(err, ERR_RETRY, "cannot write the answer") : 0;
}

static int
run(const struct program *program, void *own, int argc, char **argv)
{
	const struct query_conf *conf = own;
	struct ask *ask = NULL;
	char *path = NULL, *text = join(argc, argv);
	struct err err;
	int failed;

	if (!conf->schema && !*text)
		failed =
		    err_set(&err, ERR_USAGE,
			    "say words to look for, or one SELECT; --schema lists what "
			    "there is");
	else
		failed = !(path = find_store(program, conf, &err)) ||
			 ask_open(&ask, path, conf->timeout * 1000, &err) ||
			 answer(ask, conf, text, &err);
	ask_close(ask);
	free(path);
	free(text);
	return failed ? command_failed("query", &err) : 0;
}

const struct command query_command;
const struct command query_command = {
	.name = "query",
	.args = "WORDS... | SQL",
	.help = "asks a SQLite store, in words or in SQL; changes nothing",
	.text =
	    "Finds articles by words, the best first, with their events; or runs one\n"
	    "SELECT.  The sink may be writing meanwhile.\n\n"
	    "    newswire query north korea missile\n"
	    "    newswire query '\"state visit\" OR summit -sports headline:paris "
	    "sanction*'\n"
	    "    newswire query 'SELECT day, actor, recipient, conflict FROM "
	    "actor_pairs\n"
	    "        WHERE conflict > 0 ORDER BY day DESC' --format csv\n"
	    "    newswire query --schema",
	.opts = query_opts,
	.conf_size = sizeof(struct query_conf),
	.run = run,
};
