/*
 * extract_bench LEXICON FILE...: the whole way from text to events, for five
 * seconds of one core, whatever else the machine does meanwhile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "event/event.h"
#include "format/format.h"
#include "format/read.h"

enum { SECONDS = 5, MOST = 1 << 20 };

struct bench {
	struct extract *extract;
	struct arena arena;
	struct buf json;
	size_t articles, words, events;
};

static int
on_article(void *arg, const struct parsed *parsed, struct err *err)
{
	struct bench *b = arg;
	struct enriched out = { 0 };
	struct article a = parsed->article;

	a.uri = "urn:bench";
	if (extract_article(b->extract, &a, parsed->meta, &out, &b->arena, err))
		return -1;
	buf_reset(&b->json);
	enriched_print(&out, &b->json);
	b->articles++;
	b->words += a.wordcount > 0 ? (size_t)a.wordcount : 0;
	b->events += out.event_count;
	return 0;
}

static int
one(struct bench *b, const char *path, const struct buf *bytes, struct err *err)
{
	struct source s = { .spool = "bench", .path = path, .bytes = bytes->data, .size = bytes->size };

	arena_reset(&b->arena);
	return format_parse(&s, &b->arena, on_article, b, err);
}

static double
cpu_seconds(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	    (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

int
main(int argc, char **argv)
{
	struct bench b = { 0 };
	struct file *files = calloc((size_t)argc, sizeof(*files));
	struct err err;
	double start, seconds;

	if (argc < 3 || format_open(argv[1], &err) || !(b.extract = extract_new(argv[1], 1, &err))) {
		fprintf(stderr, "extract_bench: %s\n", argc < 3 ? "LEXICON FILE..." : err.text);
		return 2;
	}
	arena_init(&b.arena, (size_t)512 << 20);
	buf_init(&b.json, 8 << 20);
	for (int i = 2; i < argc; i++) {
		if (file_read(&files[i], argv[i], MOST, &err)) {
			fprintf(stderr, "extract_bench: %s\n", err.text);
			return 1;
		}
	}
	start = cpu_seconds();
	do {
		for (int i = 2; i < argc; i++) {
			if (one(&b, argv[i], &files[i].bytes, &err)) {
				fprintf(stderr, "extract_bench: %s: %s\n", argv[i], err.text);
				return 1;
			}
		}
		seconds = cpu_seconds() - start;
	} while (seconds < SECONDS);
	printf("extract, one core: %.0f articles/s, %.0f words/s, about %.0f sentences/s of 20 words, "
	       "%.1f events an article\n",
	    (double)b.articles / seconds, (double)b.words / seconds, (double)b.words / seconds / 20,
	    (double)b.events / (double)b.articles);
	return 0;
}
