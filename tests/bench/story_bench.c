/*
 * story_bench ARTICLES: how many articles a second of its time the window decides on as
 * it fills, and what it takes of memory.  The articles are made up: a story has its own
 * words, names and places among common ones, three in ten articles begin a story, the
 * others go to those that are newest, the large ones first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/mem.h"
#include "story/window.h"

enum {
	OWN_WORDS = 40,
	COMMON = 50,
	NAMES = 6,
	PLACES = 3,
	OTHERS = 4,
	RECENT = 4000,
	VOCABULARY = 60000
};

struct told {
	uint32_t seed;
};

static struct told recent[RECENT];
static uint64_t state = 88172645463325252ULL;
static long said, again;

static uint32_t
draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

/* The higher the rarer, as words are. */
static uint32_t
zipf(uint32_t n)
{
	double u = (draw() + 1.0) / 4294967297.0, x = 1;

	for (double step = 1; step < n && u < 0.5; step *= 2, u *= 2)
		x = step * 2;
	return (uint32_t)(x + draw() % (uint32_t)x) % n;
}

static uint32_t
mixed(uint32_t a, uint32_t b)
{
	uint32_t x = a * 2654435761U ^ (b + 1) * 2246822519U;

	x ^= x >> 15;
	x *= 2246822519U;
	return x ^ x >> 13;
}

static int
by_id(const void *a, const void *b)
{
	uint32_t x = ((const struct term *)a)->id, y = ((const struct term *)b)->id;

	return (x > y) - (x < y);
}

static void
put(struct terms *t, enum term_kind kind, uint32_t word)
{
	uint32_t id =
	    (uint32_t)kind << TERM_HASH_BITS | (word & ((1U << TERM_HASH_BITS) - 1));

	t->items[t->count++] = (struct term){ id, 1 + (float)(draw() % 3), "" };
}

static void
unite(struct terms *t)
{
	size_t n = 0;

	qsort(t->items, t->count, sizeof(*t->items), by_id);
	for (size_t i = 0; i < t->count; i++)
		if (n && t->items[n - 1].id == t->items[i].id)
			t->items[n - 1].weight += t->items[i].weight;
		else
			t->items[n++] = t->items[i];
	t->count = n;
}

static void
fill(struct story_article *a, uint32_t story)
{
	struct terms *t = &a->terms;

	t->count = 0;
	for (uint32_t i = 0; i < COMMON; i++)
		put(t, TERM_WORD, mixed(zipf(VOCABULARY), 7));
	for (uint32_t i = 0; i < OWN_WORDS; i++)
		if (draw() % 3)
			put(t, TERM_WORD, mixed(mixed(story, i) % VOCABULARY, 7));
	for (uint32_t i = 0; i < 6; i++)
		put(t, TERM_TITLE,
		    mixed(mixed(story, draw() % OWN_WORDS) % VOCABULARY, 7));
	for (uint32_t i = 0; i < NAMES; i++)
		if (draw() % 3)
			put(t, TERM_NAME, mixed(mixed(story, 100 + i) % 30000, 11));
	for (uint32_t i = 0; i < PLACES; i++)
		put(t, TERM_PLACE, mixed(mixed(story, 200 + i) % 3000, 13));
	for (uint32_t i = 0; i < OTHERS; i++) {
		put(t, TERM_NUMBER, mixed(draw() % 400, 17));
		put(t, TERM_EVENT, mixed(mixed(story, 300 + i % 2) % 900, 19));
	}
	unite(t);
	a->sketch.count = SKETCH_MOST;
	for (uint32_t i = 0; i < SKETCH_MOST; i++)
		a->sketch.items[i] = i * 1000000 + draw() % 1000000;
}

static int
say(void *arg, const struct statement *s, struct err *err)
{
	(void)arg;
	(void)err;
	said++;
	again += !s->arrived;
	return 0;
}

static long
resident_kb(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return r.ru_maxrss;
}

/* Of this process: others on the machine do not count. */
static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint32_t
choose_story(uint32_t i)
{
	uint32_t at;

	if (i < 10 || draw() % 10 < 3) {
		at = draw() % RECENT;
		recent[at].seed = i + 1;
		return i + 1;
	}
	for (at = zipf(RECENT); !recent[at].seed; at = draw() % RECENT)
		;
	return recent[at].seed;
}

int
main(int argc, char **argv)
{
	uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
	struct window_conf conf = { n, 8760 };
	const struct window_out out = { .say = say };
	struct story_article a = { .terms.items = must_alloc(200 * sizeof(struct term)) };
	struct arena arena;
	struct err err;
	struct window *w = window_new(&conf, "lexicon", &err);
	double took = 0;
	long before = resident_kb();
	uint32_t since = 0;

	if (!w) {
		fprintf(stderr, "story_bench: %s\n", err.text);
		return 1;
	}
	arena_init(&arena, 16 << 20);
	for (uint32_t i = 0, next = n / 8; i < n; i++) {
		char uri[40], headline[60];
		double start;

		snprintf(uri, sizeof(uri), "urn:wire:%08x-%u", mixed(i, 3), i);
		snprintf(headline, sizeof(headline),
			 "Headline number %u of a story of today", i);
		a.uri = uri;
		a.headline = headline;
		a.version = "1";
		a.versioncreated = "2026-03-02T10:00:00Z";
		a.time_ms = 1772000000000 + (int64_t)i * 250;
		a.source = draw() % 300;
		fill(&a, choose_story(i));
		arena_reset(&arena);
		start = seconds();
		if (window_add(w, &a, &arena, &out, &err)) {
			fprintf(stderr, "story_bench: %s\n", err.text);
			return 1;
		}
		if (i % 100 == 0)
			window_committed(w);
		took += seconds() - start;
		if (i + 1 == next || i + 1 == n) {

			printf("articles=%u stories=%u per_second=%.0f again=%ld "
			       "bytes_an_article=%.0f\n",
			       window_size(w).articles, window_size(w).stories,
			       (i + 1 - since) / took, again,
			       (double)(resident_kb() - before) * 1024 / (i + 1));
			since = i + 1;
			took = 0;
			next *= 2;
		}
	}
	window_free(w);
	return 0;
}
