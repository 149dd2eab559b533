#include "work/epoch.h"

#include <string.h>

#include "ops/log.h"
#include "work/enrich.h"

enum { BATCH = 1000, READ_MS = 500 };

static int
take(const struct bus_record *r, struct epoch *e, struct arena *arena, struct err *err)
{
	static const char key[] = EPOCH_KEY;

	if (r->key_size != sizeof(key) - 1 || memcmp(r->key, key, sizeof(key) - 1))
		return 0;
	arena_reset(arena);
	*e = (struct epoch){ 0 };
	return r->value ? epoch_parse(e, r->value, r->value_size, arena, err) : 0;
}

static int
read_to_end(struct bus_reader *reader, struct epoch *e, struct arena *arena,
	    struct err *err)
{
	const struct bus_record *r;
	bool end = false;
	size_t n = 1;

	while (!end) {
		if (bus_read(reader, &r, &n, BATCH, n ? 0 : READ_MS, &end, err))
			return -1;
		for (size_t i = 0; i < n; i++)
			if (take(&r[i], e, arena, err))
				return -1;
	}
	return 0;
}

int
epoch_read(struct bus *bus, const char *topic, struct epoch *e, struct arena *arena,
	   struct err *err)
{
	struct bus_reader *reader;
	int n = bus_partitions(bus, topic, err), failed;

	*e = (struct epoch){ 0 };
	if (n <= 0)
		return n;
	if (bus_read_open(bus, topic, &reader, err))
		return -1;
	failed = read_to_end(reader, e, arena, err);
	bus_read_close(reader);
	return failed;
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
