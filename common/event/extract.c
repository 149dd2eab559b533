/* An article to a whole enriched record: the language, then the coder. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "event/event.h"

struct extract {
	struct language *language;
	struct coder *coder;
	long epoch;
};

struct extract *
extract_new(const char *lexicon, long epoch, struct err *err)
{
	struct extract *x = must_alloc(sizeof(*x));

	x->epoch = epoch;
	x->language = language_new(lexicon, err);
	if (x->language)
		x->coder = coder_new(lexicon, x->language, err);
	if (!x->coder) {
		extract_free(x);
		return NULL;
	}
	return x;
}

void
extract_free(struct extract *x)
{
	if (!x)
		return;
	coder_free(x->coder);
	language_free(x->language);
	free(x);
}

const char *
extract_lexicon(const struct extract *x)
{
	return coder_lexicon(x->coder);
}

void
extract_set_epoch(struct extract *x, long epoch)
{
	x->epoch = epoch;
}

int
extract_article(const struct extract *x, const struct article *a, const char *meta,
		struct enriched *out, struct arena *arena, struct err *err)
{
	struct document d = { 0 };

	*out = (struct enriched){ .article = *a, .meta = meta };
	out->extractor = (struct extractor){ .version = VERSION,
					     .model = "rules",
					     .lexicon = coder_lexicon(x->coder),
					     .epoch = x->epoch };
	if (article_is_withdrawn(a) || !a->body_text)
		return 0;
	if (language_read(x->language, a, &d, arena, err))
		return -1;
	return coder_code(x->coder, &d, out, arena, err);
}
