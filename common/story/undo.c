#include "story/undo.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct kept {
	void *at;
	size_t size;
};

void
undo_release(struct undo *u)
{
	free(u->bytes);
	*u = (struct undo){ 0 };
}

void
undo_keep(struct undo *u, void *at, size_t n)
{
	struct kept k = { at, n };

	if (u->used + n + sizeof(k) > u->room) {
		u->room = 2 * (u->used + n + sizeof(k));
		u->bytes = must_realloc(u->bytes, u->room);
	}
	memcpy(u->bytes + u->used, at, n);
	memcpy(u->bytes + u->used + n, &k, sizeof(k));
	u->used += n + sizeof(k);
}

void
undo_forget(struct undo *u)
{
	u->used = 0;
}

void
undo_since(struct undo *u, size_t used)
{
	while (u->used > used) {
		struct kept k;

		memcpy(&k, u->bytes + u->used - sizeof(k), sizeof(k));
		u->used -= sizeof(k) + k.size;
		memcpy(k.at, u->bytes + u->used, k.size);
	}
}

void
undo_all(struct undo *u)
{
	undo_since(u, 0);
}
