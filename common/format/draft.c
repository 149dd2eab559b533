#include "format/draft.h"

#include <string.h>

#include "base/mem.h"

void
draft_note(struct notes *notes, const char *name, const char *value)
{
	if (!name || !value)
		return;
	for (size_t i = 0; i < notes->count; i++)
		if (!strcmp(notes->items[i].name, name))
			return;
	if (notes->count < LENGTH(notes->items))
		notes->items[notes->count++] = (struct note){ name, value };
}

bool
draft_set(struct draft *d, const char **member, const char *name, struct piece value,
	  const char *origin)
{
	if (*member || value.n == 0)
		return false;
	*member = arena_copy(d->arena, value.s, value.n);
	draft_note(&d->provenance, name, origin);
	return true;
}

void
draft_stamp(struct draft *d, const struct stamp *stamp, const char *origin)
{
	bool *has = stamp->is_modified ? &d->has_modified : &d->has_created;

	if (*has)
		return;
	*has = true;
	*(stamp->is_modified ? &d->modified : &d->created) = *stamp;
	draft_note(&d->provenance, stamp->is_modified ? "versioncreated" : "firstcreated",
		   origin);
}

void
draft_remove(struct draft *d, struct piece text)
{
	if (d->removed_count < MAX_REMOVED)
		d->removed[d->removed_count] = text;
	d->removed_count++;
}

struct piece
draft_line(const struct draft *d, size_t i)
{
	return (struct piece){ d->layout.lines[i].s, d->layout.lines[i].n };
}
