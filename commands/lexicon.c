/*
 * lexicon: for those who write its tables.  check reads them all, test tries
 * the examples of triggers.tsv, show prints what is known of a word, why says
 * of each row that a word of an article may trigger whether it fits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "event/example.h"
#include "event/why.h"
#include "format/articles.h"
#include "format/format.h"
#include "ops/command.h"

enum { ARENA_MB = 512, FILE_MAX_BYTES = 16 << 20 };

struct lexicon_conf {
	const char *published;
};

static const struct opt lexicon_opts[] = {
	OPT(struct lexicon_conf, published, NULL, 0, 0,
	    "why: the article's date, where it says none itself"),
	{ 0 },
};

struct job {
	const struct program *program;
	const struct lexicon_conf *conf;
	struct lexicon *lexicon;
	struct language *language;
	struct coder *coder;
	struct arena arena;
	const char *word; /* of why; NULL: what stands at offset */
	long offset;
	int said;
};

/* ---- check ---- */

static size_t
count_rows(const struct lexicon *x)
{
	size_t n = 0;
	int line = 0;

	for (size_t i = 0; i < lexicon_pattern_count(x); i++) {
		n += lexicon_pattern(x, i)->line != line;
		line = lexicon_pattern(x, i)->line;
	}
	return n;
}

static int
check(struct job *j)
{
	printf("%s: all tables are whole; %zu triggers in %zu rows, hash %s\n",
	       j->program->lexicon, lexicon_pattern_count(j->lexicon),
	       count_rows(j->lexicon), lexicon_hash(j->lexicon));
	return 0;
}

/* ---- test ---- */

static int
try_example(struct job *j, const struct pattern *p, const struct example *x, bool *passed,
	    struct err *err)
{
	struct article a = { .uri = "urn:example",
			     .version = "1",
			     .language = "en",
			     .pubstatus = "usable",
			     .versioncreated = "2025-09-01T12:00:00Z",
			     .body_text = x->text };
	struct enriched out = { .article = a };
	const struct event *e;
	struct document d;

	arena_reset(&j->arena);
	if (language_read(j->language, &a, &d, &j->arena, err) ||
	    coder_code(j->coder, &d, &out, &j->arena, err))
		return -1;
	e = example_event(&out, x);
	*passed = e && !strcmp(e->type, p->type->name);
	if (!*passed)
		printf("triggers.tsv:%d: %s: %s, and the row says %s\n", p->line, x->text,
		       e ? e->type : "no event", p->type->name);
	return 0;
}

static int
test(struct job *j)
{
	size_t passed = 0, failed = 0;
	struct err err;

	for (size_t i = 0; i < lexicon_pattern_count(j->lexicon); i++) {
		const struct pattern *p = lexicon_pattern(j->lexicon, i);
		struct example x;
		bool good;

		if (!example_of(j->lexicon, p, &x))
			continue;
		if (try_example(j, p, &x, &good, &err))
			return command_failed("lexicon", &err);
		passed += good;
		failed += !good;
	}
	printf("%zu examples give their type, %zu do not\n", passed, failed);
	return failed ? 1 : 0;
}

/* ---- show ---- */

static void
print_row(const struct pattern *p)
{
	printf("  triggers.tsv:%d  %s %s  %s%s%s  %s%s  %s\n", p->line,
	       p->is_noun ? "noun" : "verb", p->id, p->type->name, p->modes[0] ? "/" : "",
	       p->modes[0] ? p->modes[0]->name : "", *p->need ? "needs " : "", p->need,
	       p->example);
}

static int
show(struct job *j, int argc, char **argv)
{
	int missing = 0;

	for (int i = 0; i < argc; i++) {
		const struct word *w = lexicon_word(j->lexicon, argv[i]);
		const struct agent *a = lexicon_agent(j->lexicon, argv[i]);
		const struct pattern *last = NULL;

		if (!w && !a) {
			printf("%s: no table of events has it\n", argv[i]);
			missing++;
			continue;
		}
		printf("%s\n", argv[i]);
		if (a) {
			printf("  agents.tsv  acts for");
			for (size_t k = 0; k < a->sectors.count; k++)
				printf(" %s", a->sectors.items[k]);
			printf("%s\n", a->is_group ? ", a group" : "");
		}
		for (const struct reading *r = w ? w->readings : NULL; r; r = r->next) {
			if (r->pattern != last)
				print_row(r->pattern);
			last = r->pattern;
		}
	}
	return missing ? 1 : 0;
}

/* ---- why ---- */

static void
say_row(void *arg, const struct pattern *p, const char *why)
{
	struct job *j = arg;

	printf("  triggers.tsv:%d  %s: %s\n", p->line, p->id, why ? why : "it fits");
	j->said++;
}

static void
print_sentence(const struct document *d, int token)
{
	const struct sentence *s = &d->sentences[document_sentence(d, token)];

	for (int i = s->first; i < s->first + s->count; i++) {
		const char *mark = i == token ? "*" : "";

		printf("%s%s%s%s", i > s->first && d->tokens[i].blank ? " " : "", mark,
		       d->tokens[i].form, mark);
	}
	putchar('\n');
}

/* The word as it stands or its lemma; or what stands at the offset of the body. */
static bool
is_asked(const struct job *j, const struct token *t, bool in_headline)
{
	if (!j->word)
		return !in_headline && t->start <= j->offset && j->offset < t->end;
	return !strcasecmp(t->form, j->word) ||
	       (t->lemma && !strcasecmp(t->lemma, j->word));
}

static int
why_tokens(struct job *j, const struct document *d, const struct enriched *e,
	   struct err *err)
{
	for (size_t i = 0; i < d->token_count; i++) {
		const struct token *t = &d->tokens[i];
		int before = j->said;
		bool in_headline = d->sentences[document_sentence(d, (int)i)].in_headline;

		if (!is_asked(j, t, in_headline))
			continue;
		print_sentence(d, (int)i);
		if (coder_why(j->coder, d, (int)i, say_row, j, &j->arena, err))
			return -1;
		if (j->said == before) {
			printf("  no row of triggers.tsv has the word\n");
			j->said++;
		}
		for (size_t k = 0; k < e->event_count; k++) {
			const struct span *s = &e->events[k].trigger;

			if (s->in_headline == in_headline && s->start <= t->start &&
			    s->end >= t->end)
				printf("  it is %s, by %s\n", e->events[k].type,
				       e->events[k].pattern);
		}
	}
	return 0;
}

static int
why_of_article(void *arg, const struct parsed *parsed, struct err *err)
{
	struct job *j = arg;
	struct enriched e = { .article = parsed->article };
	struct document d;

	if (language_read(j->language, &parsed->article, &d, &j->arena, err) ||
	    coder_code(j->coder, &d, &e, &j->arena, err))
		return -1;
	return why_tokens(j, &d, &e, err);
}

/* FILE WORD or FILE:OFFSET */
static int
why(struct job *j, int argc, char **argv)
{
	char *file, *colon, *end;
	struct err err;
	int failed;

	if (argc < 1 || argc > 2) {
		fputs("newswire lexicon why: FILE WORD, or FILE:OFFSET in characters of "
		      "the "
		      "body\n",
		      stderr);
		return 2;
	}
	file = must_strdup(argv[0]);
	colon = strrchr(file, ':');
	if (argc == 2) {
		j->word = argv[1];
	} else if (colon && colon[1] >= '0' && colon[1] <= '9') {
		j->offset = strtol(colon + 1, &end, 10);
		*colon = '\0';
	} else {
		fprintf(stderr, "newswire lexicon why: which word of %s?\n", file);
		free(file);
		return 2;
	}
	failed = articles_of_file(file, j->conf->published, FILE_MAX_BYTES, &j->arena,
				  why_of_article, j, &err);
	free(file);
	if (failed)
		return command_failed("lexicon", &err);
	if (!j->said)
		printf("the article does not have it\n");
	return j->said ? 0 : 1;
}

static int
run(struct job *j, int argc, char **argv)
{
	const char *verb = argc > 0 ? argv[0] : "";

	if (!strcmp(verb, "check") && argc == 1)
		return check(j);
	if (!strcmp(verb, "test") && argc == 1)
		return test(j);
	if (!strcmp(verb, "show") && argc > 1)
		return show(j, argc - 1, argv + 1);
	if (!strcmp(verb, "why"))
		return why(j, argc - 1, argv + 1);
	fputs(
	    "newswire lexicon: check, test, show WORD... or why FILE WORD?  See newswire "
	    "lexicon --help\n",
	    stderr);
	return 2;
}

static int
lexicon_run(const struct program *program, void *conf, int argc, char **argv)
{
	struct job j = { .program = program, .conf = conf };
	struct err err;
	int status;

	arena_init(&j.arena, (size_t)ARENA_MB << 20);
	if (!(j.lexicon = lexicon_new(program->lexicon, &err)) ||
	    format_open(program->lexicon, &err) ||
	    !(j.language = language_new(program->lexicon, &err)) ||
	    !(j.coder = coder_new(program->lexicon, j.language, &err)))
		status = command_failed("lexicon", &err);
	else
		status = run(&j, argc, argv);
	if (fflush(stdout) && !status)
		status = 75;
	coder_free(j.coder);
	language_free(j.language);
	lexicon_free(j.lexicon);
	arena_release(&j.arena);
	return status;
}

extern const struct command lexicon_command;
const struct command lexicon_command = {
	.name = "lexicon",
	.args = "check|test|show|why [ARGUMENT...]",
	.help = "checks the tables of words, and says why a word is an event or none",
	.text = "check             reads all tables; a wrong cell is said with its line "
		"and column\n"
		"test              tries the example of every row of triggers.tsv\n"
		"show WORD...      the rows and sectors that a word has, as it stands\n"
		"why FILE WORD     of each row that the word may trigger in the article: "
		"whether it\n"
		"                  fits, or what it lacks; FILE:OFFSET asks at a "
		"character of the body\n\n"
		"A newsroom's own copy: --lexicon DIR.\n\n"
		"  newswire lexicon why article.txt condemned",
	.opts = lexicon_opts,
	.conf_size = sizeof(struct lexicon_conf),
	.run = lexicon_run,
};
