#include "sink/newest.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

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
