#include "sink/newest.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "text/ni.h"

int
enriched_of(const struct bus_record *r, struct enriched *e, struct arena *arena,
	    struct err *err)
{
	*e = (struct enriched){ 0 };
	if (!r->value)
		return err_set(err, ERR_REJECT,
			       "no value where an enriched record should be");
	return enriched_parse(e, r->value, r->value_size, arena, err);
}

int
candidate_of(const struct bus_record *r, const struct enriched *e, struct candidate *c,
	     struct arena *kept, struct err *err)
{
	const struct article *a = &e->article;
	unsigned char digest[NI_DIGEST];
	char ni[NI_SIZE];
	size_t size;

	ni_digest(a->uri, strlen(a->uri), digest);
	*c = (struct candidate){
		.id = arena_strdup(kept, strrchr(ni_uri(digest, ni), ';') + 1),
		.key = { arena_strdup(kept, a->version),
			 arena_strdup(kept, a->versioncreated), e->extractor.epoch },
		.replayed = bus_header(r, "nw-replay", &size) != NULL,
	};
	return arena_check(kept, err);
}

/* Of one id: what stands, then the candidate that went before it. */
struct seat {
	struct standing *standing;
	struct candidate *taken;
};

static bool
goes_before(const struct candidate *c, const struct seat *seat)
{
	const struct version_key *was;
	int newer;

	if (!seat->taken && !seat->standing)
		return true;
	was = seat->taken ? &seat->taken->key : &seat->standing->key;
	newer = version_compare(&c->key, was);
	return newer > 0 || (newer == 0 && !c->replayed);
}

static void
try(struct candidate *c, struct seat *seat)
{
	c->wins = goes_before(c, seat);
	if (!c->wins)
		return;
	if (seat->taken)
		seat->taken->wins = false;
	seat->taken = c;
	if (seat->standing)
		seat->standing->by = c;
}

void
newest_choose(struct candidate *candidates, size_t n, struct standing *standing, size_t m)
{
	struct seat *seats = must_alloc((n + m + 1) * sizeof(*seats));
	struct map ids;
	size_t count = 0;

	map_init(&ids, n + m + 1);
	for (size_t i = 0; i < m; i++) {
		standing[i].by = NULL;
		seats[count].standing = &standing[i];
		*map_put(&ids, standing[i].id, strlen(standing[i].id)) = &seats[count++];
	}
	for (size_t i = 0; i < n; i++) {
		struct candidate *c = &candidates[i];
		void **place = map_put(&ids, c->id, strlen(c->id));

		if (!*place)
			*place = &seats[count++];
		try(c, *place);
	}
	map_release(&ids);
	free(seats);
}
