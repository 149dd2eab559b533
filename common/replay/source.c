#include "replay/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int
source_open(struct source *s, const struct source_start *start, struct err *err)
{
	s->type = strchr(start->name, '/') ? &source_files : &source_bus;
	s->state = must_alloc(s->type->state_size);
	if (!s->type->open(s->state, start, err))
		return 0;
	source_close(s);
	return -1;
}

void
source_close(struct source *s)
{
	if (s->type)
		s->type->close(s->state);
	free(s->state);
	*s = (struct source){ 0 };
}
