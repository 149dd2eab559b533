#include "story/window.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/article.h"
#include "story/compare.h"
#include "story/postings.h"
#include "story/say.h"
#include "story/store.h"
#include "story/weigh.h"
#include "story/window_in.h"

enum { HOUR_MS = 3600000, LOOKED_AT = 8, RIVALS = 3, MOVES = 4096 };

/* What a text has in common with its copy, at the least (sketch_contains). */
static const double copied = 0.5;

/*
 * A day later a text with some of the same is the next report of a series (a
 * market's day, a trial's day), and no copy unless nearly all is the same.
 */
static const double copied_by_itself = 0.9, copied_by_others = 0.6, repeated = 0.2;

struct window *
window_new(const struct window_conf *conf, const char *lexicon, struct err *err)
{
	struct window *w = must_alloc(sizeof(*w));

	w->hours = conf->hours;
	if (measure_open(&w->measure, lexicon, err) ||
	    weigh_init(&w->weigh, &w->store.undo, lexicon, err)) {
		window_free(w);
		return NULL;
	}
	store_init(&w->store, conf->articles);
	postings_init(&w->postings, &w->store.undo, w->store.most);
	return w;
}

void
window_free(struct window *w)
{
	if (!w)
		return;
	weigh_release(&w->weigh);
	postings_release(&w->postings);
	store_release(&w->store);
	free(w);
}

void
window_committed(struct window *w)
{
	undo_forget(&w->store.undo);
}

void
window_aborted(struct window *w)
{
	undo_all(&w->store.undo);
}

struct window_size
window_size(const struct window *w)
{
	return (struct window_size){ (uint32_t)(w->store.end - w->store.begin),
				     w->store.stories };
}

/* ---- what is to be remembered ---- */

static void
change(struct adding *x, const struct change *c)
{
	if (x->change_count == x->change_room) {
		struct change *more = arena_grow(x->arena, x->changes, x->change_count,
						 &x->change_room, sizeof(*more));

		if (!more)
			return;
		x->changes = more;
	}
	x->changes[x->change_count++] = *c;
}

static void
keep(struct adding *x, uint32_t member)
{
	change(x, &(struct change){ .kind = KEEP_MEMBER, .member = member });
}

/* Before what its articles do not say by themselves changes. */
static void
touch(struct adding *x, uint32_t story)
{
	const struct cluster *c = &x->w->store.clusters[story];

	for (size_t i = 0; i < x->change_count; i++)
		if (x->changes[i].kind == NOTE_STORY && x->changes[i].story == c->id)
			return;
	change(x, &(struct change){ .kind = NOTE_STORY, .story = c->id, .noted = c->noted });
}

/* ---- coming and going ---- */

static void
drop(struct adding *x, uint32_t member, bool expired)
{
	struct store *s = &x->w->store;
	struct aspect a = store_aspect(s, &s->members[member]);

	if (s->members[member].story != STORE_NONE) {
		touch(x, s->members[member].story);
		weigh_forget(&x->w->weigh, a.items, a.count);
	}
	store_remove(s, member, expired);
}

static void
put(struct adding *x, uint32_t story, double score)
{
	struct window *w = x->w;

	x->member = store_add(&w->store, x->a, &x->v, story, score);
	weigh_learn(&w->weigh, x->v.items, x->v.count);
	postings_add(&w->postings, &x->v, store_handle(&w->store, story));
	postings_add_runs(&w->postings, &x->a->sketch, x->member);
	keep(x, x->member);
}

/* Makes room, and lets go whose time is over: the oldest to arrive first. */
static void
expire(struct adding *x)
{
	struct store *s = &x->w->store;
	int64_t before = x->a->time_ms - (int64_t)x->w->hours * HOUR_MS;

	for (;;) {
		uint32_t oldest = store_oldest(s);

		if (oldest == STORE_NONE ||
		    (s->members[oldest].time_ms >= before && store_has_room(s, x->a)))
			return;
		change(x, &(struct change){
			      .kind = FORGET_MEMBER,
			      .uri = arena_strdup(x->arena,
						  store_texts(s, &s->members[oldest]).uri) });
		drop(x, oldest, true);
	}
}

/* A story of its own, named by its first article. */
static uint32_t
begin_story(struct store *s, const char *uri)
{
	uint64_t id = store_hash(uri);

	while (!id || store_find_story(s, id) != STORE_NONE)
		id = id * UINT64_C(6364136223846793005) + 1442695040888963407;
	return store_story(s, id);
}

/* ---- which story ---- */

static bool
in_time(const struct adding *x, const struct cluster *c)
{
	int64_t window = (int64_t)x->w->hours * HOUR_MS, t = x->a->time_ms;

	return t >= c->first - window && t <= c->last + window;
}

static int
by_score(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return (x->story > y->story) - (x->story < y->story);
}

static bool
are_twins(const struct cluster *a, const struct cluster *b)
{
	return a->twin == b->id || b->twin == a->id;
}

/* The stories that share its rare terms, by how near their articles are. */
static void
look(struct adding *x)
{
	struct store *s = &x->w->store;
	uint32_t handles[CANDIDATES];
	size_t n = postings_find(&x->w->postings, &x->v, handles);

	x->candidate_count = 0;
	for (size_t i = 0; i < n && x->candidate_count < LOOKED_AT; i++) {
		uint32_t story = store_of_handle(s, handles[i]);

		if (story == STORE_NONE || !in_time(x, &s->clusters[story]) ||
		    s->clusters[story].id == x->twin)
			continue;
		x->candidates[x->candidate_count++] = (struct candidate){
			story,
			compare_article(&x->w->measure, s, &x->layout, story, STORE_NONE)
		};
	}
	qsort(x->candidates, x->candidate_count, sizeof(*x->candidates), by_score);
}

static double
least_of_copy(const struct adding *x, const struct member *m)
{
	if (llabs(x->a->time_ms - m->time_ms) <= LATER_MS)
		return copied;
	return store_has_source(&x->w->store, m->story, x->a->source) ? copied_by_itself
								     : copied_by_others;
}

/* The article whose text this is; STORE_NONE: it is nobody's copy. */
static uint32_t
original(struct adding *x, double *share)
{
	const struct store *s = &x->w->store;
	uint32_t found[SKETCH_MOST], best = STORE_NONE;
	size_t n = postings_find_runs(&x->w->postings, &x->a->sketch, found);

	*share = 0;
	for (size_t i = 0; i < n; i++) {
		const struct member *m = &s->members[found[i]];
		struct sketch sketch;
		double contains, least;

		if (!m->known || m->story == STORE_NONE ||
		    !in_time(x, &s->clusters[m->story]))
			continue;
		store_sketch(s, m, &sketch);
		contains = sketch_contains(&x->a->sketch, &sketch);
		least = least_of_copy(x, m);
		if (least > copied && contains >= repeated && contains < least)
			x->twin = s->clusters[m->story].id;
		if (contains >= least && contains > *share) {
			*share = contains;
			best = found[i];
		}
	}
	if (best != STORE_NONE && s->clusters[s->members[best].story].id == x->twin)
		return STORE_NONE;
	return best;
}

/* ---- what it shows of others ---- */

static void
note_move(struct adding *x, uint32_t member, const char *why, uint64_t from)
{
	struct moved *m = x->moves;

	for (size_t i = 0; i < x->move_count; i++)
		if (m[i].member == member) {
			m[i].why = why;
			return;
		}
	keep(x, member);
	if (x->move_count == x->move_room) {
		m = arena_grow(x->arena, m, x->move_count, &x->move_room, sizeof(*m));
		if (!m)
			return;
		x->moves = m;
	}
	m[x->move_count++] = (struct moved){ member, why, from };
}

/* The younger goes into the older, which keeps its name. */
static void
merge(struct adding *x, uint32_t a, uint32_t b)
{
	struct store *s = &x->w->store;
	uint32_t into = s->clusters[a].born <= s->clusters[b].born ? a : b,
		 from = into == a ? b : a;
	uint64_t id = s->clusters[from].id;
	uint32_t left = s->clusters[from].articles - s->clusters[from].members;

	touch(x, from);
	touch(x, into);
	for (uint32_t m = s->clusters[from].oldest, next; m != STORE_NONE; m = next) {
		struct vector v;
		struct aspect terms = store_aspect(s, &s->members[m]);

		next = s->members[m].newer;
		store_move(s, m, into);
		v.count = terms.count;
		memcpy(v.items, terms.items, terms.count * sizeof(*v.items));
		postings_add(&x->w->postings, &v, store_handle(s, into));
		note_move(x, m, "merged", id);
	}
	undo_keep(&s->undo, &s->clusters[into].articles, sizeof(uint32_t));
	s->clusters[into].articles += left;
	x->story = into;
}

static void
merge_rivals(struct adding *x)
{
	const struct measure *m = &x->w->measure;
	struct store *s = &x->w->store;

	for (size_t i = 0; i < x->candidate_count; i++) {
		uint32_t rival = x->candidates[i].story;

		if (rival != x->story && s->clusters[rival].used &&
		    !are_twins(&s->clusters[x->story], &s->clusters[rival]) &&
		    x->candidates[i].score >= m->merge / 2 &&
		    compare_stories(m, s, x->story, rival) >= m->merge)
			merge(x, x->story, rival);
	}
}

static void
move_if_better(struct adding *x, uint32_t from, uint32_t to)
{
	const struct measure *m = &x->w->measure;
	struct store *s = &x->w->store;
	int looked = 0;

	for (uint32_t at = s->clusters[from].newest, next;
	     at != STORE_NONE && s->clusters[from].used && looked < COMPARED; at = next) {
		struct aspect a = store_aspect(s, &s->members[at]);
		uint64_t id = s->clusters[from].id;
		struct layout l;
		double here, there;

		next = s->members[at].older;
		looked++;
		measure_lay_out(&l, &a);
		there = compare_article(m, s, &l, to, STORE_NONE);
		if (there < m->join)
			continue;
		here = s->clusters[from].members > 1 ? compare_article(m, s, &l, from, at)
						     : m->join - m->move;
		if (there <= here + m->move)
			continue;
		touch(x, from);
		store_move(s, at, to);
		note_move(x, at, "split", id);
	}
}

/* Articles that fit a rival better go there, and the rival's come here. */
static void
exchange(struct adding *x)
{
	struct store *s = &x->w->store;
	int looked = 0;

	for (size_t i = 0; i < x->candidate_count && looked < RIVALS; i++) {
		uint32_t rival = x->candidates[i].story;

		if (rival == x->story || !s->clusters[rival].used ||
		    are_twins(&s->clusters[x->story], &s->clusters[rival]) ||
		    x->candidates[i].score < x->w->measure.join / 3)
			continue;
		looked++;
		move_if_better(x, x->story, rival);
		if (!s->clusters[x->story].used)
			return;
		if (s->clusters[rival].used)
			move_if_better(x, rival, x->story);
	}
}

/* ---- one article ---- */

static void
decide(struct adding *x)
{
	struct store *s = &x->w->store;
	double share, score = 0;
	uint32_t from = original(x, &share);

	weigh_article(&x->w->weigh, &x->a->terms, &x->v);
	measure_lay_out(&x->layout, &(struct aspect){ x->v.items, x->v.count, x->a->time_ms,
						      x->a->main });
	look(x);
	if (x->story == STORE_NONE && from != STORE_NONE) {
		x->story = s->members[from].story;
		x->copy_of = arena_strdup(x->arena, store_texts(s, &s->members[from]).uri);
		x->similarity = share;
	}
	if (x->story != STORE_NONE)
		score = compare_article(&x->w->measure, s, &x->layout, x->story, STORE_NONE);
	if (x->story == STORE_NONE && x->candidate_count &&
	    x->candidates[0].score >= x->w->measure.join) {
		x->story = x->candidates[0].story;
		x->similarity = score = x->candidates[0].score;
	}
	if (x->story == STORE_NONE) {
		x->story = begin_story(s, x->a->uri);
		x->is_new = !x->version_of;
	} else {
		say_matches(x);
		if (compare_first(s, x->story, score))
			keep(x, s->clusters[x->story].newest);
	}
	if (x->twin) {
		touch(x, x->story);
		undo_keep(&s->undo, &s->clusters[x->story].twin, sizeof(x->twin));
		s->clusters[x->story].twin = x->twin;
	}
	put(x, x->story, score);
	if (x->copy_of)
		return;
	merge_rivals(x);
	exchange(x);
}

/* A withdrawn text leaves its story; its version is kept, so that none that is older comes back. */
static void
withdraw(struct adding *x, uint32_t known)
{
	struct store *s = &x->w->store;
	struct vector none = { 0 };
	uint64_t id = store_hash(x->a->uri);

	if (known != STORE_NONE && s->members[known].story != STORE_NONE)
		id = s->clusters[s->members[known].story].id;
	if (known != STORE_NONE)
		drop(x, known, false);
	keep(x, store_add(s, x->a, &none, STORE_NONE, 0));
	say_left(x, id);
}

static int
compare_known(const struct adding *x, uint32_t known)
{
	struct member_texts t = store_texts(&x->w->store, &x->w->store.members[known]);
	struct version_key was = { *t.version ? t.version : NULL,
				   *t.versioncreated ? t.versioncreated : NULL, t.epoch },
			   is = { x->a->version, x->a->versioncreated, x->a->epoch };

	return version_compare(&is, &was);
}

/* The text that it replaces goes, and its story waits for it. */
static void
replace(struct adding *x, uint32_t known)
{
	struct store *s = &x->w->store;
	struct member_texts t = store_texts(s, &s->members[known]);
	uint32_t story = s->members[known].story;

	if (story == STORE_NONE) {
		drop(x, known, false);
		return;
	}
	x->version_of = arena_printf(x->arena, "%s#%s", t.uri, *t.version ? t.version : "1");
	x->story = s->clusters[story].members > 1 ? story : STORE_NONE;
	x->again = s->clusters[story].id;
	x->twin = s->clusters[story].twin;
	drop(x, known, false);
	if (x->story == STORE_NONE)
		x->story = store_story(s, x->again);
}

static void
add(struct adding *x)
{
	uint32_t known = store_find(&x->w->store, x->a->uri);

	if (known != STORE_NONE && compare_known(x, known) <= 0) {
		say_known(x, known);
		return;
	}
	if (x->a->withdrawn) {
		withdraw(x, known);
		return;
	}
	if (known != STORE_NONE)
		replace(x, known);
	decide(x);
	say_all(x);
}

int
window_add(struct window *w, const struct story_article *a, struct arena *arena,
	   const struct window_out *out, struct err *err)
{
	struct adding x = { .w = w, .a = a, .arena = arena, .story = STORE_NONE };
	size_t before = w->store.undo.used;

	expire(&x);
	add(&x);
	if (!arena_check(arena, err) && !remember_all(&x, out, err))
		return 0;
	undo_since(&w->store.undo, before);
	return -1;
}

bool
window_ask(const struct window *w, const char *uri, struct story *story,
	   struct arena *arena)
{
	uint32_t known = store_find(&w->store, uri);

	if (known == STORE_NONE || w->store.members[known].story == STORE_NONE)
		return false;
	*story = say_standing(w, known, arena);
	return true;
}

const char *
window_id(const char *uri, struct arena *arena)
{
	return say_name(store_hash(uri), arena);
}
