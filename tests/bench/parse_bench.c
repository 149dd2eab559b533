/*
 * parse_bench MODEL: is the work of the parser linear in its text?  Each piece
 * is repeated without end in sight; twice the text takes about twice the time.
 * Exit 1 if it takes more like four times.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "language/parser.h"

enum { TIMES = 30000, ROUNDS = 3 };
static const double MOST = 3.2, TICK = 0.05; /* seconds: below that a clock is no judge */

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The best of some rounds: nothing makes a text quicker to read than it is. */
static double
seconds_for(const struct parser *p, const char *piece, size_t times, struct arena *a)
{
	size_t n = strlen(piece);
	char *text = must_alloc(n * times);
	double best = 0;

	for (size_t i = 0; i < times; i++)
		memcpy(text + n * i, piece, n);
	for (int i = 0; i < ROUNDS; i++) {
		struct parsed d = { 0 };
		struct err err;
		double from = cpu_seconds(), took;

		arena_reset(a);
		if (parser_text(p, text, n * times, TEXT_LINES, &d, a, &err)) {
			fprintf(stderr, "parse_bench: %s\n", err.text);
			exit(1);
		}
		took = cpu_seconds() - from;
		best = i == 0 || took < best ? took : best;
	}
	free(text);
	return best;
}

int
main(int argc, char **argv)
{
	static const char *const pieces[] = {
		"x", ". ", "\" ", "a ", "and then , ", "A"
	};
	struct parser *parser;
	struct arena arena;
	struct err err;
	int failed = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: parse_bench MODEL\n");
		return 2;
	}
	parser = parser_new(argv[1], &err);
	if (!parser) {
		fprintf(stderr, "parse_bench: %s\n", err.text);
		return 2;
	}
	arena_init(&arena, (size_t)1 << 30);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		double once = seconds_for(parser, pieces[i], TIMES, &arena);
		double twice = seconds_for(parser, pieces[i], (size_t)2 * TIMES, &arena);
		bool is_linear = twice < MOST * once + TICK;

		printf(
		    "parse, '%s' %d times: %.3f s; twice the text: %.1f times that%s\n",
		    pieces[i], TIMES, once, twice / once,
		    is_linear ? "" : ": NOT LINEAR");
		failed |= !is_linear;
	}
	parser_free(parser);
	arena_release(&arena);
	return failed;
}
