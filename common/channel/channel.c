#include "channel/channel.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "time/clock.h"

enum { FAILURES = 5, TYPES_MOST = 16 };

static const char *const priorities[] = { "low", "normal", "high", "urgent" };

static const struct opt channel_opts[] = {
	OPT(struct channel_conf, type, "", 0, 0,
	    "webhook, mail, exec; without it the channel's name is its type"),
	OPT(struct channel_conf, min_priority, "low", 0, 0,
	    "low, normal, high, urgent: what is below does not go this way"),
	OPT(struct channel_conf, on_unknown, "resend", 0, 0,
	    "an alert that may have been sent: resend, with a word of it, or hold"),
	OPT(struct channel_conf, timeout_ms, "10000", 100, 60000, "time for one alert"),
	OPT(struct channel_conf, rest_ms, "30000", 0, 3600000,
	    "how long one that keeps failing is left alone"),
	{ 0 },
};

static int
find_type(const char *name, const struct channel_type **type, struct err *err)
{
	const char *names[TYPES_MOST], *near;
	size_t n = 0;

	for (const struct channel_type *const *t = channel_types; *t && n < TYPES_MOST;
	     t++) {
		names[n++] = (*t)->name;
		*type = *t;
		if (!strcmp((*t)->name, name))
			return 0;
	}
	near = opt_nearest(name, names, n);
	return err_set(err, ERR_USAGE, "no channel of type '%s'%s%s%s", name,
		       near ? "; did you mean '" : "", near ? near : "",
		       near ? "'?" : "; there are webhook, mail, exec");
}

static int
rows_of_type(const char *name, const struct opt **rows, struct err *err)
{
	const struct channel_type *type;

	if (find_type(name, &type, err))
		return -1;
	*rows = type->opts;
	return 0;
}

const struct conf_section channel_section = {
	.name = "channel",
	.help = "how alerts reach somebody: [channel NAME]",
	.named = true,
	.opts = channel_opts,
	.of_type = rows_of_type,
};

int
channel_known(const struct conf *conf, const char *name, struct err *err)
{
	size_t n;
	const char *const *names = conf_names(conf, "channel", &n);
	const char *near = opt_nearest(name, names, n);

	if (conf_has(conf, "channel", name))
		return 0;
	return err_set(err, ERR_USAGE,
		       "no channel '%s'%s%s%s: each is a section [channel NAME] of the "
		       "configuration",
		       name, near ? "; did you mean '" : "", near ? near : "",
		       near ? "'?" : "");
}

static int
priority_of(const char *word)
{
	for (size_t i = 0; i < LENGTH(priorities); i++)
		if (!strcmp(priorities[i], word))
			return (int)i;
	return -1;
}

static int
check(struct channel *c, struct err *err)
{
	c->min_priority = priority_of(c->conf.min_priority);
	if (c->min_priority < 0)
		return err_set(err, ERR_USAGE,
			       "min_priority: '%s' is none of low, normal, high, urgent",
			       c->conf.min_priority);
	c->holds_unknown = !strcmp(c->conf.on_unknown, "hold");
	if (!c->holds_unknown && strcmp(c->conf.on_unknown, "resend"))
		return err_set(err, ERR_USAGE,
			       "on_unknown: '%s' is neither resend nor hold",
			       c->conf.on_unknown);
	if (strlen(c->name) > CHANNEL_NAME_BYTES || strchr(c->name, '/'))
		return err_set(err, ERR_USAGE,
			       "a channel's name has at most %d bytes, and no /",
			       CHANNEL_NAME_BYTES);
	return 0;
}

int
channel_open(struct channel *c, const struct conf *conf, const char *name,
	     struct err *err)
{
	void *own;
	int failed;

	*c = (struct channel){ .name = name };
	if (channel_known(conf, name, err) ||
	    conf_fill(conf, "channel", name, channel_opts, &c->conf, err) ||
	    find_type(*c->conf.type ? c->conf.type : name, &c->type, err))
		return -1;
	own = must_keep(must_alloc(c->type->conf_size));
	c->state = must_alloc(c->type->state_size);
	failed = check(c, err) ||
		 conf_fill(conf, "channel", name, c->type->opts, own, err) ||
		 c->type->open(c->state, own, c->conf.timeout_ms, err);
	return failed ? err_context(err, "[channel %s]", name) : 0;
}

void
channel_close(struct channel *c)
{
	if (c->state)
		c->type->close(c->state);
	free(c->state);
	c->state = NULL;
}

bool
channel_wants(const struct channel *c, const struct alert *a)
{
	if (priority_of(a->priority) < c->min_priority)
		return false;
	for (size_t i = 0; i < a->channels.count; i++)
		if (!strcmp(a->channels.items[i], c->name))
			return true;
	return false;
}

int
channel_is_well(const struct channel *c, struct err *err)
{
	int64_t left = c->conf.rest_ms - (mono_now().ms - c->rest_from_ms);

	if (c->failures < FAILURES || left <= 0)
		return 0;
	return err_set(err, ERR_RETRY,
		       "%s has failed %d times in a row: it is tried again in %" PRId64
		       " s",
		       c->name, c->failures, left / 1000 + 1);
}

enum channel_answer
channel_send(struct channel *c, const struct letter *l, struct err *err)
{
	enum channel_answer answer = c->type->send(c->state, l, err);

	if (answer == CHANNEL_SENT || answer == CHANNEL_REFUSED) {
		c->failures = 0;
		return answer;
	}
	c->failures++;
	c->rest_from_ms = mono_now().ms;
	return answer;
}
