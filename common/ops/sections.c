#include "ops/sections.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ops/command.h"

extern const struct command *const command_types[]; /* generated */

enum { MOST = 64 };
static const struct conf_section *all[MOST];
static size_t count;

static bool
known(const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(all[i]->name, name))
			return true;
	return false;
}

static void
add(const struct conf_section *s)
{
	assert(count < MOST);
	all[count++] = s;
}

static const struct conf_section *
of_command(const struct command *c)
{
	struct conf_section *s = must_alloc(sizeof(*s));

	*s =
	    (struct conf_section){ .name = c->section, .help = c->help, .opts = c->opts };
	return s;
}

static int
by_name(const void *a, const void *b)
{
	const struct conf_section *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void
gather(void)
{
	for (size_t i = 0; section_list[i]; i++)
		add(section_list[i]);
	for (const struct command *const *c = command_types; *c; c++)
		if ((*c)->section && !known((*c)->section))
			add(of_command(*c));
	qsort(all, count, sizeof(all[0]), by_name);
}

const struct conf_section *const *
sections_all(size_t *n)
{
	if (!count)
		gather();
	*n = count;
	return all;
}
