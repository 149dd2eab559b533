/*
 * What extract makes of an article, for a person: each sentence with its
 * names, times and triggers marked in it, and under it what each of them is
 * and which pattern made each event.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event/event.h"
#include "format/articles.h"
#include "ops/command.h"
#include "time/clock.h"

enum { ARENA_MB = 1024, FILE_MAX_BYTES = 64 << 20, LABEL = 9 };

struct explain_conf {
	const char *published;
	bool tokens;
};

static const struct opt explain_opts[] = {
	OPT(struct explain_conf, published, NULL, 0, 0,
	    "the article's date where text and metadata state none"),
	FLAG(struct explain_conf, tokens, "false",
	     "also how each sentence is cut into words"),
	{ 0 },
};

/* What lies where, so that each sentence costs only itself. */
struct places {
	int *first;       /* of each sentence, its first event; -1 */
	int *next;        /* of each event, the next one of its sentence; -1 */
	bool *is_trigger; /* of each token */
};

struct explain {
	struct language *language;
	struct coder *coder;
	const struct explain_conf *conf;
	struct arena *arena;
	bool colour;
};

enum paint { PLAIN, PERSON, ORGANISATION, PLACE, OTHER, TIME, TRIGGER, FAINT };

static const char *const codes[] = { "0",    "1;36", "1;33",   "1;32",
				     "1;34", "1;35", "1;4;31", "2" };

static void
paint(const struct explain *x, enum paint p)
{
	if (x->colour)
		printf("\033[%sm", codes[p]);
}

/* Nothing in an article may drive the terminal. */
static void
put(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		bool c1 = c == 0xc2 && i + 1 < n && (unsigned char)text[i + 1] < 0xa0;

		putchar(c == '\n' || c == '\t'       ? ' '
			: c < ' ' || c == 0x7f || c1 ? '?'
						     : c);
		i += c1;
	}
}

static void
puts_text(const char *text)
{
	put(text, strlen(text));
}

static void
label(const struct explain *x, const char *name)
{
	paint(x, FAINT);
	printf("    %-*s", LABEL, name);
	paint(x, PLAIN);
}

/* The sentence that a span begins in, by halving: they are in order, the headline's
 * first. */
static int
sentence_at(const struct document *d, const struct span *span)
{
	size_t low = 0, high = d->sentence_count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;
		const struct sentence *s = &d->sentences[middle];

		if (s->in_headline == span->in_headline ? s->start <= span->start
							: s->in_headline)
			low = middle;
		else
			high = middle;
	}
	return (int)low;
}

static int
find_places(struct places *p, const struct document *d, const struct enriched *e,
	    struct arena *arena, struct err *err)
{
	p->first = arena_alloc(arena, (d->sentence_count + 1) * sizeof(*p->first));
	p->next = arena_alloc(arena, (e->event_count + 1) * sizeof(*p->next));
	p->is_trigger = arena_calloc(arena, d->token_count + 1);
	if (arena_check(arena, err))
		return -1;
	memset(p->first, 0xff, d->sentence_count * sizeof(*p->first));
	for (size_t i = e->event_count; i-- > 0;) {
		const struct span *span = &e->events[i].trigger;
		int at = sentence_at(d, span);
		const struct sentence *s = &d->sentences[at];

		p->next[i] = p->first[at];
		p->first[at] = (int)i;
		for (int t = s->first; t < s->first + s->count; t++)
			if (d->tokens[t].start >= span->start &&
			    d->tokens[t].end <= span->end)
				p->is_trigger[t] = true;
	}
	return 0;
}

static enum paint
paint_of(const struct document *d, const struct places *p, int token)
{
	static const enum paint of_type[] = { PERSON, ORGANISATION, PLACE, OTHER };
	const struct token *t = &d->tokens[token];

	if (p->is_trigger[token])
		return TRIGGER;
	if (t->time >= 0)
		return TIME;
	return t->entity >= 0 ? of_type[d->entities[t->entity].type] : PLAIN;
}

static void
print_sentence(const struct explain *x, const struct document *d,
	       const struct places *places, const struct sentence *s, int number)
{
	const char *text = s->in_headline ? d->article->headline : d->article->body_text;
	int at = d->tokens[s->first].byte;

	printf("%3d ", number);
	for (int i = s->first; i < s->first + s->count; i++) {
		const struct token *t = &d->tokens[i];
		enum paint p = paint_of(d, places, i);

		put(text + at, (size_t)(t->byte - at));
		if (p != PLAIN)
			paint(x, p);
		puts_text(t->form);
		if (p != PLAIN)
			paint(x, PLAIN);
		at = t->byte + (int)strlen(t->form);
	}
	putchar('\n');
}

static void
print_tokens(const struct explain *x, const struct document *d, const struct sentence *s)
{
	label(x, "words");
	for (int i = s->first; i < s->first + s->count; i++) {
		if (i > s->first)
			putchar('|');
		puts_text(d->tokens[i].form);
	}
	putchar('\n');
}

static void
print_sectors(const struct names *sectors)
{
	for (size_t i = 0; i < sectors->count; i++)
		printf("%s%s", i ? "," : " ", sectors->items[i]);
}

static void
print_names(const struct explain *x, const struct document *d, const struct sentence *s)
{
	static const char *const types[] = { "person", "org", "place", "name" };
	int last = -1;

	for (int i = s->first; i < s->first + s->count; i++) {
		int at = d->tokens[i].entity;
		const struct entity *e;

		if (at < 0 || at == last)
			continue;
		last = at;
		e = &d->entities[at];
		label(x, types[e->type]);
		puts_text(e->name);
		if (e->country)
			printf(" %s", e->country);
		print_sectors(&d->known[at].sectors);
		putchar('\n');
	}
}

static void
print_times(const struct explain *x, const struct document *d, const struct sentence *s)
{
	int last = -1;

	for (int i = s->first; i < s->first + s->count; i++) {
		int at = d->tokens[i].time;

		if (at < 0 || at == last)
			continue;
		last = at;
		label(x, "time");
		puts_text(d->times[at].span.text);
		printf(" = %s\n", d->times[at].value);
	}
}

static void
print_quote(const struct explain *x, const struct quote *q)
{
	label(x, "quote");
	if (q->speaker)
		puts_text(q->speaker->name ? q->speaker->name : q->speaker->span.text);
	else
		fputs("someone", stdout);
	fputs(": ", stdout);
	puts_text(q->span.text);
	putchar('\n');
}

/* Under the sentence where each begins. */
static void
print_quotes(const struct explain *x, const struct document *d, const struct sentence *s)
{
	int last = s->first ? d->tokens[s->first - 1].quote : -1;

	for (int i = s->first; i < s->first + s->count; i++) {
		int at = d->tokens[i].quote;

		if (at >= 0 && at > last)
			print_quote(x, &d->quotes[at]);
		last = at > last ? at : last;
	}
}

static void
print_actors(const char *name, const struct actors *actors)
{
	if (actors->count)
		printf(" %s", name);
	for (size_t i = 0; i < actors->count; i++) {
		const struct actor *a = &actors->items[i];

		fputs(i ? " and " : " ", stdout);
		puts_text(a->name ? a->name : a->span.text);
		if (a->country)
			printf(" (%s)", a->country);
	}
}

static void
print_list(const char *name, const struct names *list)
{
	for (size_t i = 0; i < list->count; i++)
		printf("%s%s", i ? ", " : name, list->items[i]);
}

static void
print_event(const struct explain *x, const struct event *e)
{
	label(x, e->main ? "EVENT" : "event");
	paint(x, TRIGGER);
	fputs(e->type, stdout);
	paint(x, PLAIN);
	print_list(" ", &e->modes);
	print_actors("by", &e->actor);
	print_actors("to", &e->recipient);
	if (e->location) {
		fputs(" in ", stdout);
		puts_text(e->location->name ? e->location->name : e->location->span.text);
	}
	if (e->date_value)
		printf(" on %s", e->date_value);
	if (e->attribution) {
		fputs(", says ", stdout);
		puts_text(e->attribution->name ? e->attribution->name
					       : e->attribution->span.text);
	}
	print_list("; ", &e->aux);
	paint(x, FAINT);
	printf("  %.2f %s\n", e->confidence, e->pattern ? e->pattern : "");
	paint(x, PLAIN);
}

static void
print_document(const struct explain *x, const struct document *d,
	       const struct enriched *e, const struct places *p)
{
	for (size_t i = 0; i < d->sentence_count; i++) {
		const struct sentence *s = &d->sentences[i];

		print_sentence(x, d, p, s, (int)i);
		if (x->conf->tokens)
			print_tokens(x, d, s);
		print_names(x, d, s);
		print_times(x, d, s);
		print_quotes(x, d, s);
		for (int k = p->first[i]; k >= 0; k = p->next[k])
			print_event(x, &e->events[k]);
	}
	putchar('\n');
}

static int
explain_parsed(void *arg, const struct parsed *parsed, struct err *err)
{
	struct explain *x = arg;
	struct enriched e = { .article = parsed->article };
	struct document d;
	struct places p;

	if (language_read(x->language, &parsed->article, &d, x->arena, err) ||
	    coder_code(x->coder, &d, &e, x->arena, err) ||
	    find_places(&p, &d, &e, x->arena, err))
		return -1;
	paint(x, FAINT);
	printf("%s  %s\n", d.published ? d.published : "no date",
	       parsed->article.language ? parsed->article.language : "");
	paint(x, PLAIN);
	print_document(x, &d, &e, &p);
	return 0;
}

static int
check_published(const char *text, struct err *err)
{
	struct wall t;

	if (text && wall_parse(&t, text))
		return err_set(err, ERR_USAGE, "--published %s: no date and no ISO time",
			       text);
	return 0;
}

static int
explain_all(struct explain *x, int argc, char **argv)
{
	int status = 0;
	struct err err;

	for (int i = 0; i < argc; i++) {
		arena_reset(x->arena);
		if (articles_of_file(argv[i], x->conf->published, FILE_MAX_BYTES,
				     x->arena, explain_parsed, x, &err)) {
			command_failed("explain", &err);
			status = 1;
		}
	}
	return fflush(stdout) ? 75 : status;
}

static int
explain_run(const struct program *program, void *conf, int argc, char **argv)
{
	struct arena arena;
	struct explain x = { .conf = conf, .arena = &arena };
	struct err err;
	int status;

	if (!argc) {
		fputs("newswire explain: which files?  See newswire explain --help\n",
		      stderr);
		return 2;
	}
	arena_init(&arena, (size_t)ARENA_MB << 20);
	x.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	if (check_published(x.conf->published, &err) ||
	    format_open(program->lexicon, &err) ||
	    !(x.language = language_new(program->lexicon, &err)) ||
	    !(x.coder = coder_new(program->lexicon, x.language, &err)))
		status = command_failed("explain", &err);
	else
		status = explain_all(&x, argc, argv);
	coder_free(x.coder);
	language_free(x.language);
	arena_release(&arena);
	return status;
}

const struct command explain_command = {
	.name = "explain",
	.args = "FILE...",
	.help = "what extract makes of an article, for a person",
	.text = "Prints each sentence with its names, times and triggers marked, and "
		"under it what\n"
		"each is taken for, who said each quotation, and the events with their "
		"patterns.\n"
		"Colour on a terminal, unless NO_COLOR is set.",
	.opts = explain_opts,
	.conf_size = sizeof(struct explain_conf),
	.run = explain_run,
};
