#include "tests/lib/sink_alone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { KEPT = 2048 };

static struct arena arena;
static struct buf values[KEPT];
static struct bus_record records[KEPT];
static char refused[2048];

static int
refuse(void *arg, const struct bus_record *r, const struct err *why, struct err *err)
{
	size_t n = strlen(refused);

	(void)arg;
	(void)err;
	snprintf(refused + n, sizeof(refused) - n, "%d: %s\n", (int)r->offset, why->text);
	return 0;
}

struct sink *
alone_open(const struct sink_type *type, const void *conf, int flush_ms, struct err *err)
{
	struct sink_start start = { .name = "a",
				    .state = "/nowhere",
				    .cluster = "c",
				    .conf = conf,
				    .arena = &arena,
				    .flush_ms = flush_ms,
				    .reject = refuse };
	struct sink *s = NULL;

	if (!arena.base)
		arena_init(&arena, 64 << 20);
	refused[0] = '\0';
	return sink_open(&s, type, &start, err) ? NULL : s;
}

int
alone_claim(struct sink *s, int64_t *offset, struct err *err)
{
	struct bus_position p = { "t", 0, 1000000 };
	int failed = sink_claim(s, &p, 1, err);

	*offset = p.offset;
	return failed;
}

struct sink *
alone_ready(const struct sink_type *type, const void *conf, int flush_ms)
{
	struct err err = { ERR_FATAL, "" };
	struct sink *s = alone_open(type, conf, flush_ms, &err);
	int64_t offset;

	must(!s || alone_claim(s, &offset, &err), &err);
	return s;
}

/* The slot's buffer for a new value. */
static struct buf *
slot(int64_t offset)
{
	struct buf *value = &values[offset % KEPT];

	if (value->ceiling)
		buf_reset(value);
	else
		buf_init(value, 8 << 20);
	return value;
}

static int
write_slot(struct sink *s, int64_t offset, struct err *err)
{
	static const struct bus_header headers[] = { { "ce_id", "urn:\xc3\xa9#1", 8 },
						     { "nw-file", "x", 1 } };
	const struct buf *value = &values[offset % KEPT];
	struct bus_record *r = &records[offset % KEPT];

	*r = (struct bus_record){
		"t", 0, offset, 0, "k", 1, value->data, value->size, headers, 2
	};
	arena_reset(&arena);
	return sink_write(s, r, err);
}

int
alone_write(struct sink *s, int64_t offset, const char *value, struct err *err)
{
	buf_adds(slot(offset), value);
	return write_slot(s, offset, err);
}

int
alone_write_article(struct sink *s, int64_t offset, const struct sink_article *a,
		    struct err *err)
{
	sink_article_print(a, slot(offset));
	return write_slot(s, offset, err);
}

int
alone_flush(struct sink *s, int64_t next, struct err *err)
{
	struct bus_position p = { "t", 0, next };

	return sink_flush(s, &p, 1, err);
}

int
alone_send(struct sink *s, int from, int to, struct err *err)
{
	for (int i = from; i < to; i++) {
		char value[24];

		snprintf(value, sizeof(value), "{\"n\":%d}", i);
		if (alone_write(s, i, value, err))
			return -1;
	}
	return alone_flush(s, to, err);
}

const char *
alone_refused(void)
{
	return refused;
}

void
alone_end(void)
{
	for (size_t i = 0; i < KEPT; i++)
		if (values[i].ceiling)
			buf_release(&values[i]);
	memset(values, 0, sizeof(values));
	arena_release(&arena);
}

void
must(int failed, const struct err *err)
{
	if (failed)
		fail_msg("%s", err->text);
}
