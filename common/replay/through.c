#include "replay/through.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "work/epoch.h"

enum { STATE_ARENA = 1 << 20 };

static int
make(void *arg, const struct bus_record *in,
     int (*send)(void *to, const struct bus_record *out, struct err *err), void *to,
     struct arena *arena, struct err *err)
{
	return enrich_article(arg, in, &(struct enrich_out){ send, to, arena }, err);
}

static int
choose_epoch(struct through *t, const struct program *p, struct bus *bus,
	     const char *into, struct arena *arena, struct err *err)
{
	const char *lexicon = extract_lexicon(t->enrich.extract),
		   *enriched = program_name(p, "enriched");
	struct enrich_conf conf;
	struct epoch promoted, next;

	if (conf_fill(p->conf, "enrich", NULL, enrich_opts, &conf, err) ||
	    epoch_read(bus, program_name(p, "state"), &promoted, arena, err))
		return -1;
	next = epoch_next((long)conf.epoch, lexicon, &promoted);
	if (next.epoch != promoted.epoch && !strcmp(into, enriched))
		return err_set(err, ERR_USAGE,
			       "this lexicon is not promoted, so its records would "
			       "replace none in %s: first --into %s.next, compare with "
			       "`newswire diff`, and `newswire promote` that; or promote "
			       "the lexicon alone",
			       into, into);
	extract_set_epoch(t->enrich.extract, next.epoch);
	t->enrich.topic = into;
	if (conf.events && !strcmp(into, enriched))
		t->enrich.events = program_name(p, "events");
	t->said = must_printf("enrich %ld %s", next.epoch, lexicon);
	return 0;
}

int
through_open(struct through *t, const struct program *p, struct bus *bus,
	     const char *name, const char *into, struct err *err)
{
	struct arena arena;
	int failed;

	*t = (struct through){ .step = { "enrich", make, &t->enrich } };
	if (strcmp(name, "enrich"))
		return err_set(err, ERR_USAGE, "--through '%s': there is `enrich` only",
			       name);
	if (enrich_open(&t->enrich, p->lexicon, err))
		return -1;
	arena_init(&arena, STATE_ARENA);
	failed = choose_epoch(t, p, bus, into, &arena, err);
	arena_release(&arena);
	return failed;
}

void
through_close(struct through *t)
{
	enrich_close(&t->enrich);
	free(t->said);
}
