#include "work/epoch.h"

#include <string.h>

#include "ops/log.h"
#include "work/enrich.h"

struct reading {
	struct epoch *epoch;
	struct arena *arena;
};

static int
take(void *arg, const struct bus_record *r, struct err *err)
{
	static const char key[] = EPOCH_KEY;
	const struct reading *into = arg;

	if (r->key_size != sizeof(key) - 1 || memcmp(r->key, key, sizeof(key) - 1))
		return 0;
	arena_reset(into->arena);
	*into->epoch = (struct epoch){ 0 };
	return r->value ? epoch_parse(into->epoch, r->value, r->value_size, into->arena, err)
			: 0;
}

int
epoch_read(struct bus *bus, const char *topic, struct epoch *e, struct arena *arena,
	   struct err *err)
{
	struct reading into = { e, arena };
	int n = bus_partitions(bus, topic, err);

	*e = (struct epoch){ 0 };
	return n > 0 ? bus_read_all(bus, topic, take, &into, err) : n;
}

int
epoch_setting(const struct conf *conf, long *epoch, struct err *err)
{
	struct enrich_conf c;

	if (conf_fill(conf, "enrich", NULL, enrich_opts, &c, err))
		return -1;
	*epoch = (long)c.epoch;
	return 0;
}

static bool
is_of(const struct epoch *e, const char *lexicon)
{
	return e->epoch > 0 && !strcmp(e->lexicon, lexicon);
}

struct epoch
epoch_next(long setting, const char *lexicon, const struct epoch *promoted)
{
	long most = setting > promoted->epoch ? setting : promoted->epoch;

	return (struct epoch){ is_of(promoted, lexicon) ? most : most + 1, lexicon };
}

long
epoch_of(long setting, const char *lexicon, const struct epoch *promoted)
{
	if (promoted->epoch <= setting)
		return setting;
	if (is_of(promoted, lexicon))
		return promoted->epoch;
	log_warn(
	    "epoch %ld was promoted with the lexicon %s, and this is %s: its records "
	    "are of epoch %ld and replace none of the same version. `newswire "
	    "promote` makes it the newer",
	    promoted->epoch, promoted->lexicon, lexicon, setting);
	return setting;
}
