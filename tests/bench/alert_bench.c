/*
 * alert_bench LEXICON RECORDS RULES: records, one a line, against so many
 * rules, beside jansson's reading of the same records, on one core.  The rules
 * ask for words of the records themselves, so that many are looked at.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "alert/match.h"
#include "base/buf.h"
#include "base/mem.h"

enum { SECONDS = 3, RECORDS_MOST = 10000, WORDS_MOST = 20000, ARENA_MB = 512 };

struct bench {
	struct codes *codes;
	struct rules *rules;
	struct matcher *matcher;
	struct arena arena;
	char *lines[RECORDS_MOST];
	size_t sizes[RECORDS_MOST], count, bytes;
	char *words[WORDS_MOST];
	size_t word_count;
	long matches;
};

static double
cpu_seconds(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static int
parse(struct bench *b, size_t i, struct enriched *e)
{
	struct err err;

	arena_reset(&b->arena);
	if (!enriched_parse(e, b->lines[i], b->sizes[i], &b->arena, &err))
		return 0;
	fprintf(stderr, "alert_bench: record %zu: %s\n", i + 1, err.text);
	return -1;
}

/* Each fifth word, so that they come from everywhere. */
static void
gather_words(struct bench *b, const char *text)
{
	const char *p = text, *end = text + strlen(text);
	char word[TERM_BYTES];
	size_t n;

	for (long i = 0; (n = term_next(&p, end, word)) && b->word_count < WORDS_MOST;
	     i++)
		if (n > 3 && i % 5 == 0)
			b->words[b->word_count++] = must_printf("%.*s", (int)n, word);
}

static int
read_records(struct bench *b, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t room = 0;
	ssize_t n;

	if (!f) {
		perror(path);
		return -1;
	}
	while (b->count < RECORDS_MOST) {
		struct enriched e;
		size_t i = b->count;

		room = 0;
		n = getline(&b->lines[i], &room, f);
		if (n <= 0)
			break;
		b->sizes[i] = (size_t)n;
		b->bytes += (size_t)n;
		if (parse(b, i, &e))
			return -1;
		b->count++;
		if (e.article.body_text)
			gather_words(b, e.article.body_text);
	}
	fclose(f);
	return b->count && b->word_count ? 0 : -1;
}

static const char *
any_word(const struct bench *b, unsigned *seed)
{
	return b->words[(size_t)rand_r(seed) % b->word_count];
}

/* As a desk has them: a few words and who, who and what, what and where. */
static int
make_rules(struct bench *b, int count)
{
	static const char *const states[] = { "USA", "RUS", "CHN", "UKR", "FRA", "DEU",
					      "GBR", "IND", "BRA", "JPN", "CAN", "MMR",
					      "EGY", "PRT", "COL", "URY", "NOR", "MWI" };
	static const char *const types[] = { "ASSAULT",  "ACCUSE",  "AID",   "CONSULT",
					     "SANCTION", "PROTEST", "AGREE", "THREATEN" };
	unsigned seed = 1;
	struct buf text;
	struct err err;
	int failed;

	buf_init(&text, 64 << 20);
	for (int i = 0; i < count; i++) {
		const char *state = states[(size_t)rand_r(&seed) % LENGTH(states)];
		const char *type = types[(size_t)rand_r(&seed) % LENGTH(types)];

		buf_printf(&text, "[rule %d]\n", i);
		switch (i % 4) {
		case 0:
			buf_printf(&text,
				   "words = (\"%s %s\" OR %s NEAR/5 %s*) AND NOT %s\n",
				   any_word(b, &seed), any_word(b, &seed),
				   any_word(b, &seed), any_word(b, &seed),
				   any_word(b, &seed));
			break;
		case 1:
			buf_printf(&text, "words = %s AND %s\nactor = %s\n",
				   any_word(b, &seed), any_word(b, &seed), state);
			break;
		case 2:
			buf_printf(&text, "type = %s\nactor = %s\nrecipient = %s\n", type,
				   state, states[(size_t)rand_r(&seed) % LENGTH(states)]);
			break;
		default:
			buf_printf(&text, "type = %s\nplace = %s\nwords = %s OR %s\n",
				   type, state, any_word(b, &seed), any_word(b, &seed));
		}
	}
	failed = rules_read(&b->rules, "rules", text.data, text.size, b->codes, &err);
	if (failed)
		fprintf(stderr, "alert_bench: %s\n", err.text);
	buf_release(&text);
	return failed;
}

enum { WITH_JANSSON = 1, WITH_PARSE = 2, WITH_MATCH = 4 };

/* Records a second of one core; what is not timed is done before. */
static double
rate(struct bench *b, int with)
{
	double used = 0, start;
	long done = 0;

	for (size_t i = 0; used < SECONDS; i = (i + 1) % b->count, done++) {
		struct matches found;
		struct enriched e;
		struct err err;

		if (!(with & WITH_PARSE) && with & WITH_MATCH && parse(b, i, &e))
			exit(1);
		start = cpu_seconds();
		if (with & WITH_JANSSON)
			json_decref(json_loadb(b->lines[i], b->sizes[i], 0, NULL));
		if (with & WITH_PARSE && parse(b, i, &e))
			exit(1);
		if (with & WITH_MATCH) {
			if (matcher_find(b->matcher, &e, b->lines[i], b->sizes[i],
					 &b->arena, &found, &err))
				exit(1);
			b->matches += (long)found.count;
		}
		used += cpu_seconds() - start;
	}
	return (double)done / used;
}

int
main(int argc, char **argv)
{
	static struct bench b;
	struct err err;
	double bare, read, match, both;
	long looks = 0, records = 0;

	if (argc != 4) {
		fputs("alert_bench: LEXICON RECORDS RULES\n", stderr);
		return 2;
	}
	arena_init(&b.arena, (size_t)ARENA_MB << 20);
	b.codes = codes_new(argv[1], &err);
	if (!b.codes) {
		fprintf(stderr, "alert_bench: %s\n", err.text);
		return 2;
	}
	if (read_records(&b, argv[2]) || make_rules(&b, atoi(argv[3])))
		return 1;
	b.matcher = matcher_new(b.rules);
	bare = rate(&b, WITH_JANSSON);
	read = rate(&b, WITH_PARSE);
	match = rate(&b, WITH_MATCH);
	both = rate(&b, WITH_PARSE | WITH_MATCH);
	for (size_t i = 0; i < b.rules->count; i++)
		looks += matcher_cost(b.matcher, &b.rules->items[i])->looks;
	records = (long)(SECONDS * (match + both));
	printf("alert, %zu rules on records of %zu kB: %.0f records/s matched alone, "
	       "%.0f with "
	       "the record read; jansson alone reads %.0f (%.2f of its time), ours %.0f; "
	       "%.1f rules looked at for a record, %.2f match\n",
	       b.rules->count, b.bytes / b.count / 1000, match, both, bare, bare / both,
	       read, (double)looks / (double)records,
	       (double)b.matches / (double)records);
	matcher_free(b.matcher);
	rules_free(b.rules);
	codes_free(b.codes);
	return 0;
}
