/*
 * parse: text to CoNLL-U, for any tool that reads Universal Dependencies, and
 * for measuring.  A paragraph at a time, so memory does not grow with the
 * text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "language/conllu.h"
#include "language/parser.h"
#include "language/reader.h"
#include "ops/command.h"
#include "ops/stop.h"
#include "text/utf8.h"

enum { ARENA_MB = 1024, INPUT_MAX = 256 << 20, PARAGRAPH_MAX = 1 << 20 };

struct parse_conf {
	bool tokens, headlines;
	const char *model;
};

static const struct opt parse_opts[] = {
	FLAG(struct parse_conf, tokens, "false",
	     "CoNLL-U is read; its sentences and tokens are kept"),
	FLAG(struct parse_conf, headlines, "false", "each line is a headline"),
	OPT(struct parse_conf, model, NULL, 0, 0, "another model file"),
	{ 0 },
};

struct parsing {
	const struct parse_conf *conf;
	struct parser *parser;
	struct arena arena;
	struct buf out;
	int sentences;
};

static int
flush(struct parsing *x, struct err *err)
{
	if (buf_check(&x->out, err))
		return -1;
	if (fwrite(x->out.data, 1, x->out.size, stdout) != x->out.size)
		return err_errno(err, ERR_RETRY, "cannot write to standard output");
	buf_reset(&x->out);
	return 0;
}

/* do+n't: a line for the word as it is written, before its first token. */
static char *
written_word(const struct token *t, int first, int count, bool space, struct arena *arena)
{
	struct buf form;
	char *line;
	int last = first;

	buf_init(&form, PARAGRAPH_MAX);
	buf_adds(&form, t[first].form);
	while (last + 1 < count && t[last + 1].joined)
		buf_adds(&form, t[++last].form);
	line = arena_printf(arena, "%d-%d\t%s\t_\t_\t_\t_\t_\t_\t_\t%s", first + 1,
			    last + 1, form.data, space ? "_" : "SpaceAfter=No");
	buf_release(&form);
	return line;
}

static const char *
comments_of(struct parsing *x, const char *text, const struct parsed *d, size_t number)
{
	const struct sentence *s = &d->sentences[number];
	const struct token *first = &d->tokens[s->first], *last = first + s->count - 1;
	struct buf line;
	char *comments;

	buf_init(&line, PARAGRAPH_MAX);
	for (const char *p = text + first->byte;
	     p < text + last->byte + strlen(last->form); p++)
		buf_addc(&line, *p == '\n' || *p == '\r' || *p == '\0' ? ' ' : *p);
	comments =
	    arena_printf(&x->arena, "%s# sent_id = %d\n# text = %s\n",
			 number == 0 ? "# newpar\n" : "", ++x->sentences, line.data);
	buf_release(&line);
	return comments;
}

/* From the end: `end` is the last token of the written word that token i belongs to. */
static void
print_sentence(struct parsing *x, const char *text, const struct parsed *d, size_t number)
{
	const struct sentence *s = &d->sentences[number];
	struct conllu_sentence c = { .tokens = d->tokens + s->first, .count = s->count };
	size_t room = (size_t)s->count * sizeof(char *);

	c.comments = comments_of(x, text, d, number);
	c.misc = arena_calloc(&x->arena, room);
	c.written = arena_calloc(&x->arena, room);
	if (x->arena.full)
		return;
	for (int i = s->count - 1, end = s->count - 1; i >= 0; i--) {
		struct token *t = &c.tokens[i];
		size_t next = (size_t)(s->first + end) + 1;
		bool space = next >= d->token_count || d->tokens[next].blank;

		t->head -= t->head >= 0 ? s->first : 0;
		if (t->joined)
			continue;
		if (end > i)
			c.written[i] =
			    written_word(c.tokens, i, s->count, space, &x->arena);
		else if (!space)
			c.misc[i] = "SpaceAfter=No";
		end = i - 1;
	}
	conllu_print(&c, &x->out);
}

static int
parse_paragraph(struct parsing *x, const char *text, size_t n, struct err *err)
{
	enum text_kind kind = x->conf->headlines ? TEXT_HEADLINE : TEXT_WRAPPED;
	struct parsed d = { 0 };

	if (parser_text(x->parser, text, n, kind, &d, &x->arena, err))
		return -1;
	for (size_t i = 0; i < d.sentence_count; i++)
		print_sentence(x, text, &d, i);
	if (arena_check(&x->arena, err))
		return -1;
	arena_reset(&x->arena);
	return flush(x, err);
}

/* Up to a blank line, or in headlines a line's end; a text without either is cut
 * anywhere. */
static size_t
paragraph_size(const char *text, size_t n, bool headlines)
{
	size_t room = n < PARAGRAPH_MAX ? n : PARAGRAPH_MAX;
	const char *end =
	    memmem(text, room, headlines ? "\n" : "\n\n", headlines ? 1 : 2);
	size_t size = room;

	if (end)
		return (size_t)(end - text) + (headlines ? 1 : 2);
	if (room == n)
		return n;
	while (size > room / 2 && text[size - 1] != ' ' && text[size - 1] != '\n')
		size--;
	if (size > room / 2)
		return size;
	while (room > 1 && ((unsigned char)text[room] & 0xc0) == 0x80)
		room--;
	return room;
}

static int
parse_text(struct parsing *x, const char *text, size_t n, struct err *err)
{
	while (n > 0 && !stop_asked()) {
		size_t size = paragraph_size(text, n, x->conf->headlines);

		if (parse_paragraph(x, text, size, err))
			return -1;
		text += size;
		n -= size;
	}
	return 0;
}

static int
parse_tokens(struct parsing *x, const char *text, size_t n, struct err *err)
{
	struct conllu in = { .p = text, .end = text + n };
	struct conllu_sentence s;
	int rc = 0;

	while (!stop_asked() && (rc = conllu_next(&in, &s, &x->arena, err)) == 1) {
		for (int i = 0; i < s.count; i++) {
			struct token *t = &s.tokens[i];
			char norm[NORM_MAX];

			fold(t->form, strlen(t->form), norm, sizeof norm);
			t->norm = arena_strdup(&x->arena, norm);
		}
		if (arena_check(&x->arena, err) ||
		    parser_sentence(x->parser, s.tokens, s.count, 0, x->conf->headlines,
				    NULL, 0, &x->arena, err))
			return -1;
		conllu_print(&s, &x->out);
		arena_reset(&x->arena);
		if (x->out.size > PARAGRAPH_MAX && flush(x, err))
			return -1;
	}
	return rc < 0 ? -1 : flush(x, err);
}

/* What is no UTF-8 becomes U+FFFD, so that the output is UTF-8. */
static void
make_valid(struct buf *in)
{
	const char *p = in->data, *end = p + in->size;
	struct buf out;

	buf_init(&out, 3 * (size_t)INPUT_MAX);
	while (p < end) {
		char bytes[4];

		buf_add(&out, bytes, (size_t)utf8_encode(utf8_next(&p, end), bytes));
	}
	buf_release(in);
	*in = out;
}

static int
read_input(struct buf *in, struct err *err)
{
	char piece[65536];
	ssize_t n;

	while ((n = read(STDIN_FILENO, piece, sizeof piece)) > 0)
		buf_add(in, piece, (size_t)n);
	if (n < 0)
		return err_errno(err, ERR_RETRY, "cannot read standard input");
	if (!in->full && !utf8_is_valid(in->data, in->size))
		make_valid(in);
	return buf_check(in, err);
}

static int
parse_run(const struct program *program, void *conf, int argc, char **argv)
{
	struct parsing x = { .conf = conf };
	char *model = x.conf->model ? must_strdup(x.conf->model)
				    : must_printf("%s/english.model", program->lexicon);
	struct buf in;
	struct err err;
	int rc = -1;

	(void)argv;
	buf_init(&in, INPUT_MAX);
	buf_init(&x.out, INPUT_MAX);
	arena_init(&x.arena, (size_t)ARENA_MB << 20);
	if (argc > 0)
		err_set(&err, ERR_USAGE, "the text is read from standard input: < FILE");
	else if ((x.parser = parser_new(model, &err)) && read_input(&in, &err) == 0)
		rc = x.conf->tokens ? parse_tokens(&x, in.data, in.size, &err)
				    : parse_text(&x, in.data, in.size, &err);
	if (rc == 0 && fflush(stdout))
		rc = err_errno(&err, ERR_RETRY, "cannot write to standard output");
	parser_free(x.parser);
	arena_release(&x.arena);
	buf_release(&x.out);
	buf_release(&in);
	free(model);
	return rc ? command_failed("parse", &err) : 0;
}

extern const struct command parse_command;
const struct command parse_command = {
	.name = "parse",
	.args = "[--tokens] [--headlines] < TEXT",
	.help = "text to sentences, words, tags and trees, as CoNLL-U",
	.text =
	    "Reads English text, a blank line between paragraphs, and writes CoNLL-U: a "
	    "line for\n"
	    "each word with its lemma, tags, features, head and relation, as Universal\n"
	    "Dependencies has them.  With --tokens CoNLL-U is read, whose sentences and "
	    "words\n"
	    "are kept and whose other columns are filled.\n\n"
	    "  echo 'The minister did not resign.' | newswire parse",
	.opts = parse_opts,
	.conf_size = sizeof(struct parse_conf),
	.run = parse_run,
};
