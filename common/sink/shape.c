#include "sink/shape.h"

#include <assert.h>

#include "record/jq.h"
#include "record/pick.h"

static const char withdrawal[] =
    ".article.pubstatus? | . == \"canceled\" or . == \"withheld\"";

/* The record is first, so that what a sink was given leads back to it. */
struct cut {
	struct bus_record record;
	const struct bus_record *origin;
};

static bool
is_given(const char *text)
{
	return text && *text;
}

int
shape_open(struct shape *s, const char *where, const char *fields, bool keeps_newest,
	   size_t room, struct err *err)
{
	*s = (struct shape){ 0 };
	if (is_given(where) && jq_filter_new(&s->where, where, err))
		return err_context(err, "where");
	if (s->where && keeps_newest && jq_filter_new(&s->withdrawal, withdrawal, err))
		return -1;
	if (!is_given(fields))
		return 0;
	if (pick_new(&s->fields, fields, err))
		return err_context(err, "fields");
	buf_init(&s->text, BUS_MAX_RECORD);
	arena_init(&s->kept, room);
	return 0;
}

void
shape_close(struct shape *s)
{
	jq_filter_free(s->where);
	jq_filter_free(s->withdrawal);
	if (s->fields) {
		pick_free(s->fields);
		buf_release(&s->text);
		arena_release(&s->kept);
	}
	*s = (struct shape){ 0 };
}

static int
is_wanted(struct shape *s, const struct bus_record *r, bool *yes, struct err *err)
{
	struct err why;

	*yes = true;
	if (!s->where)
		return 0;
	if (s->withdrawal &&
	    !jq_filter_ask(s->withdrawal, r->value, r->value_size, yes, &why) && *yes)
		return 0;
	if (jq_filter_ask(s->where, r->value, r->value_size, yes, err))
		return err_context(err, "where");
	return 0;
}

static int
cut(struct shape *s, const struct bus_record **r, struct err *err)
{
	struct cut *c;

	buf_reset(&s->text);
	if (pick_print(s->fields, (*r)->value, (*r)->value_size, &s->text, err))
		return err_context(err, "fields");
	c = arena_alloc(&s->kept, sizeof(*c));
	assert(c);
	c->origin = *r;
	c->record = **r;
	c->record.value = arena_copy(&s->kept, s->text.data, s->text.size);
	c->record.value_size = s->text.size;
	assert(!s->kept.full); /* the batch has more than `room` bytes */
	*r = &c->record;
	return 0;
}

int
shape_apply(struct shape *s, const struct bus_record **r, struct err *err)
{
	bool yes;

	if (is_wanted(s, *r, &yes, err))
		return -1;
	if (!yes)
		*r = NULL;
	return *r && s->fields && (*r)->value ? cut(s, r, err) : 0;
}

const struct bus_record *
shape_origin(const struct shape *s, const struct bus_record *r)
{
	const char *at = (const char *)r;

	if (!s->fields || at < s->kept.base || at >= s->kept.base + s->kept.used)
		return r;
	return ((const struct cut *)r)->origin;
}

void
shape_drop(struct shape *s)
{
	if (s->fields)
		arena_reset(&s->kept);
}
