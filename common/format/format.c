#include "format/format.h"

#include <assert.h>
#include <string.h>

#include "format/rules.h"

extern const struct format_type *const format_types[]; /* generated */

static struct rules rules; /* of the process: read once, never changed */

int
format_open(const char *lexicon, struct err *err)
{
	rules.furniture = furniture_new(lexicon, err);
	if (!rules.furniture)
		return -1;
	rules.guess = guess_new(lexicon, err);
	if (!rules.guess)
		return -1;
	rules.calendar = calendar_new(lexicon, err);
	return rules.calendar ? 0 : -1;
}

const struct rules *
format_rules(void)
{
	assert(rules.calendar);
	return &rules;
}

const char *
format_language(const char *text, size_t n)
{
	return guess_language(format_rules()->guess, text, n);
}

struct named {
	format_emit_f *emit;
	void *arg;
	const char *name;
};

static int
emit_named(void *arg, const struct parsed *parsed, struct err *err)
{
	const struct named *n = arg;
	struct parsed copy = *parsed;

	copy.format = n->name;
	return n->emit(n->arg, &copy, err);
}

int
format_parse(const struct source *source, struct arena *arena, format_emit_f *emit,
	     void *arg, struct err *err)
{
	const struct format_type *best = NULL;
	int sure = 0;

	if (source->size == 0)
		return err_set(err, ERR_REJECT, "empty");
	for (const struct format_type *const *t = format_types; *t; t++) {
		int score = (*t)->sniff(source);

		if (score > sure) {
			sure = score;
			best = *t;
		}
	}
	if (!best)
		return err_set(err, ERR_REJECT, "of no format that we know");
	return best->parse(source, arena, emit_named,
			   &(struct named){ emit, arg, best->name }, err);
}
