/*
 * Says who: the speaker of the quotation that the trigger stands in; else the
 * subject of the speech verb that governs its clause ("X said that ...",
 * "..., X said"); else whom "according to" names.
 */
#include <string.h>

#include "event/coding.h"

static const struct actor *
first_actor(struct coding *g, const struct chunks *c, struct group who)
{
	struct actors list = actors_of_group(g, c, &who, false);
	struct actor *a;

	if (list.count)
		return &list.items[0];
	if (!who.count)
		return NULL;
	a = arena_calloc(g->arena,
			 sizeof(*a)); /* analysts, a study: its words are enough */
	if (a)
		a->span = chunks_span(c, c->items[who.items[0]].first,
				      c->items[who.items[0]].end, g->arena);
	return a;
}

static bool
is_speech(const struct chunks *c, int chunk)
{
	return c->items[chunk].kind == CHUNK_VERB &&
	       chunks_is_kind(c, c->items[chunk].head, KIND_SPEECH) &&
	       !c->items[chunk].is_passive;
}

/* , officials said. | , the ministry told reporters on Monday. : at the end, after a
 * comma. */
static bool
follows_comma(const struct chunks *c, int speech)
{
	for (int i = speech - 1, steps = 0; i >= 0 && steps < 8; i--, steps++) {
		if (c->items[i].kind == CHUNK_COMMA)
			return i < speech - 1 ||
			       (chunks_at(c, speech + 1) &&
				c->items[speech + 1].kind == CHUNK_NOUN);
		if (c->items[i].kind == CHUNK_AND)
			return false;
		if (c->items[i].kind == CHUNK_VERB || c->items[i].kind == CHUNK_SUB)
			return false;
	}
	return false;
}

static bool
governs(const struct chunks *c, int speech, int trigger)
{
	const struct chunk *v = &c->items[speech], *next = chunks_at(c, speech + 1);

	if (v->head > trigger) {
		for (int i = c->of_token[trigger - c->sentence->first];
		     i >= 0 && i < speech; i++)
			if (c->items[i].kind == CHUNK_REL)
				return false;
		return follows_comma(c, speech);
	}
	if (!next)
		return false;
	/* said (on Monday) (that) KIM had ..., but not: said X and left */
	for (int i = speech + 1; i < c->count && c->items[i].first <= trigger; i++)
		if (c->items[i].kind == CHUNK_VERB && c->items[i].head != trigger &&
		    i == speech + 1)
			return false;
	return true;
}

/* The subject of the trigger's verb is the speaker himself: "X said A and praised B". */
static bool
is_own_deed(const struct found *f, const struct group *speaker)
{
	const struct group *subject = &f->clause.slots[SLOT_SUBJECT];

	return subject->count && speaker->count && subject->items[0] == speaker->items[0];
}

static const struct actor *
said_by(struct coding *g, struct found *f)
{
	const struct chunks *c = f->chunks;

	for (int i = 0; i < c->count; i++) {
		struct group speaker;

		if (!is_speech(c, i) || i == f->chunk || !governs(c, i, f->token))
			continue;
		speaker = clause_subject(c, i);
		if (speaker.count && !is_own_deed(f, &speaker))
			return first_actor(g, c, speaker);
	}
	return NULL;
}

static const struct actor *
according_to(struct coding *g, struct found *f)
{
	const struct chunks *c = f->chunks;
	int first = c->sentence->first, end = first + c->sentence->count;

	for (int i = first; i + 2 < end; i++) {
		struct group who = { .count = 1 };

		if (!chunks_is(c, i, "according") || !chunks_is(c, i + 1, "to"))
			continue;
		who.items[0] = c->of_token[i + 2 - first];
		if (who.items[0] >= 0 && c->items[who.items[0]].kind == CHUNK_NOUN)
			return first_actor(g, c, who);
	}
	return NULL;
}

void
attribute_event(struct coding *g, struct found *f)
{
	int quote = f->chunks->document->tokens[f->token].quote;

	if (quote >= 0) {
		const struct quote *q = &f->chunks->document->quotes[quote];

		f->event.quote = q->direct ? q->span.text : NULL;
		if (q->speaker) {
			f->event.attribution = q->speaker;
			return;
		}
	}
	f->event.attribution = said_by(g, f);
	if (!f->event.attribution)
		f->event.attribution = according_to(g, f);
}
