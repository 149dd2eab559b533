#include "work/positions.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static size_t
find(const struct positions *p, const char *topic, int partition)
{
	size_t i = 0;

	while (i < p->count &&
	       (p->items[i].partition != partition || strcmp(p->items[i].topic, topic)))
		i++;
	return i;
}

void
positions_put(struct positions *p, const char *topic, int partition, int64_t offset)
{
	size_t i = find(p, topic, partition);

	if (i == p->count) {
		p->items = must_realloc(p->items, (i + 1) * sizeof(*p->items));
		p->items[p->count++] = (struct bus_position){ topic, partition, 0 };
	}
	p->items[i].offset = offset;
}

void
positions_drop(struct positions *p, const char *topic, int partition)
{
	size_t i = find(p, topic, partition);

	if (i < p->count)
		p->items[i] = p->items[--p->count];
}

void
positions_reset(struct positions *p)
{
	p->count = 0;
}

void
positions_release(struct positions *p)
{
	free(p->items);
	*p = (struct positions){ 0 };
}
