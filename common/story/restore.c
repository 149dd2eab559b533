/* What the window remembers, out and back in. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "story/window_in.h"

/* ---- out ---- */

static struct remembered
describe_member(const struct store *s, uint32_t at)
{
	const struct member *m = &s->members[at];
	const struct cluster *c = m->story == STORE_NONE ? NULL : &s->clusters[m->story];
	struct member_texts t = store_texts(s, m);
	struct aspect a = store_aspect(s, m);
	uint64_t begin = s->begin % s->most;

	return (struct remembered){
		.uri = t.uri,
		.version = t.version,
		.versioncreated = t.versioncreated,
		.headline = t.headline,
		.story = c ? c->id : 0,
		.order = (int64_t)(s->begin + (at + s->most - begin) % s->most),
		.joined = (int64_t)m->joined,
		.born = c ? (int64_t)c->born : 0,
		.time_ms = m->time_ms,
		.type = m->main.type,
		.day = m->main.day,
		.epoch = t.epoch,
		.partition = m->partition,
		.offset = m->offset,
		.source = m->source,
		.central = m->central,
		.terms = a.items,
		.term_count = a.count,
		.runs = store_runs(s, m),
		.run_count = m->runs,
	};
}

static int
give_member(struct adding *x, size_t at, const struct window_out *out, struct err *err)
{
	const struct store *s = &x->w->store;
	uint32_t member = x->changes[at].member;
	struct remembered r;

	for (size_t i = at + 1; i < x->change_count; i++) /* the last time is enough */
		if (x->changes[i].kind == KEEP_MEMBER && x->changes[i].member == member)
			return 0;
	if (!s->members[member].known)
		return 0;
	r = describe_member(s, member);
	return out->keep(out->arg, r.uri, &r, err);
}

/* Only what the articles that stand in it do not say. */
static int
give_note(struct adding *x, const struct change *c, const struct window_out *out,
	  struct err *err)
{
	struct store *s = &x->w->store;
	uint32_t at = store_find_story(s, c->story);
	struct cluster *story = at == STORE_NONE ? NULL : &s->clusters[at];
	struct story_note n;

	if (!story || (story->articles == story->members && !story->twin)) {
		if (story && story->noted) {
			undo_keep(&s->undo, &story->noted, sizeof(story->noted));
			story->noted = false;
		}
		return c->noted ? out->note(out->arg, c->story, NULL, err) : 0;
	}
	n = (struct story_note){ .id = c->story,
				 .twin = story->twin,
				 .gone = story->articles - story->members,
				 .first = story->first,
				 .last = story->last };
	n.sources = store_sources(s, at, x->arena, &n.source_count);
	if (!n.sources)
		return arena_check(x->arena, err);
	undo_keep(&s->undo, &story->noted, sizeof(story->noted));
	story->noted = true;
	return out->note(out->arg, c->story, &n, err);
}

static int
give(struct adding *x, size_t at, const struct window_out *out, struct err *err)
{
	const struct change *c = &x->changes[at];

	switch (c->kind) {
	case KEEP_MEMBER:
		return out->keep ? give_member(x, at, out, err) : 0;
	case FORGET_MEMBER:
		return out->keep ? out->keep(out->arg, c->uri, NULL, err) : 0;
	case NOTE_STORY:
		return out->note ? give_note(x, c, out, err) : 0;
	}
	return 0;
}

int
remember_all(struct adding *x, const struct window_out *out, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; i < x->statement_count && !failed; i++)
		failed = out->say(out->arg, &x->statements[i], err);
	for (size_t i = 0; i < x->change_count && !failed; i++)
		failed = give(x, i, out, err);
	return failed;
}

/* ---- in ---- */

static int
by_order(const void *a, const void *b)
{
	const struct remembered *x = *(struct remembered *const *)a,
				*y = *(struct remembered *const *)b;

	return (x->order > y->order) - (x->order < y->order);
}

struct joining {
	int64_t joined, born;
	uint64_t story;
	uint32_t member;
};

static int
by_joined(const void *a, const void *b)
{
	const struct joining *x = a, *y = b;

	return (x->joined > y->joined) - (x->joined < y->joined);
}

static uint32_t
put_back(struct window *w, const struct remembered *r)
{
	struct story_article a = { .uri = r->uri,
				   .headline = r->headline,
				   .version = r->version,
				   .versioncreated = r->versioncreated,
				   .epoch = (long)r->epoch,
				   .time_ms = r->time_ms,
				   .source = (uint32_t)r->source,
				   .main = { (uint8_t)r->type, (uint16_t)r->day },
				   .partition = (int32_t)r->partition,
				   .offset = r->offset };
	struct vector v = { .count = (uint32_t)r->term_count };
	uint32_t member;

	if (r->term_count)
		memcpy(v.items, r->terms, r->term_count * sizeof(*v.items));
	a.sketch.count = (uint32_t)r->run_count;
	if (r->run_count)
		memcpy(a.sketch.items, r->runs, r->run_count * sizeof(*r->runs));
	store_go_to(&w->store, (uint64_t)r->order);
	member = store_add(&w->store, &a, &v, STORE_NONE, (double)r->central / 1e6);
	if (r->story) {
		weigh_learn(&w->weigh, v.items, v.count);
		postings_add_runs(&w->postings, &a.sketch, member);
	}
	undo_forget(&w->store.undo);
	return member;
}

static void
rejoin(struct window *w, const struct joining *j)
{
	struct store *s = &w->store;
	uint32_t story = store_find_story(s, j->story);
	struct aspect a = store_aspect(s, &s->members[j->member]);
	struct vector v = { .count = a.count };

	if (story == STORE_NONE) {
		story = store_story(s, j->story);
		s->clusters[story].born = (uint64_t)j->born;
	}
	store_rejoin(s, j->member, story, (uint64_t)j->joined);
	memcpy(v.items, a.items, a.count * sizeof(*v.items));
	postings_add(&w->postings, &v, store_handle(s, story));
	undo_forget(&s->undo);
}

/* The oldest number that there is room for. */
static int64_t
oldest(const struct window *w, struct remembered *const *sorted, size_t n)
{
	return n ? sorted[n - 1]->order - (int64_t)w->store.most + 2 : 0;
}

void
window_restore(struct window *w, struct remembered *const *articles, size_t n,
	       struct story_note *const *notes, size_t note_count)
{
	struct remembered **sorted = must_alloc((n + 1) * sizeof(*sorted));
	struct joining *joinings = must_alloc((n + 1) * sizeof(*joinings));
	size_t count = 0;

	if (n)
		memcpy(sorted, articles, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_order);
	for (size_t i = 0; i < n; i++) {
		const struct remembered *r = sorted[i];

		if (r->order < oldest(w, sorted, n) ||
		    (i && r->order == sorted[i - 1]->order))
			continue;
		joinings[count] =
		    (struct joining){ r->joined, r->born, r->story, put_back(w, r) };
		count += r->story != 0;
	}
	qsort(joinings, count, sizeof(*joinings), by_joined);
	for (size_t i = 0; i < count; i++)
		rejoin(w, &joinings[i]);
	for (size_t i = 0; i < note_count; i++) {
		uint32_t at = store_find_story(&w->store, notes[i]->id);

		if (at != STORE_NONE)
			store_note(&w->store, at, notes[i]);
	}
	undo_forget(&w->store.undo);
	free(sorted);
	free(joinings);
}
