/*
 * Lists of 32-bit numbers go as base64 of their bytes, low byte first; those of
 * 64 bits as hexadecimal text, which JSON's numbers could not hold.
 */
#include "story/remember.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/cursor.h"
#include "record/json.h"

enum { MOST_NUMBERS = 1 << 16 };

#define NUMBER(member)                                       \
	{                                                    \
#member, offsetof(struct remembered, member) \
	}

static const struct {
	const char *name;
	size_t at;
} numbers[] = { NUMBER(order),  NUMBER(joined), NUMBER(born),   NUMBER(time_ms),
		NUMBER(type),   NUMBER(day),    NUMBER(epoch),  NUMBER(partition),
		NUMBER(offset), NUMBER(source), NUMBER(central) };

static void
print_list(struct buf *out, const char *name, const uint32_t *list, size_t n)
{
	unsigned char *bytes = must_alloc(n * 4 + 1);
	char *text = must_alloc(n * 6 + 8);

	for (size_t i = 0; i < n * 4; i++)
		bytes[i] = (unsigned char)(list[i / 4] >> i % 4 * 8);
	EVP_EncodeBlock((unsigned char *)text, bytes, (int)(n * 4));
	json_text(out, name, text);
	free(bytes);
	free(text);
}

static void
print_hex(struct buf *out, const char *name, uint64_t value)
{
	char text[17];

	snprintf(text, sizeof(text), "%016" PRIx64, value);
	json_text(out, name, text);
}

void
remembered_print(const struct remembered *r, const char *at, struct buf *out)
{
	json_open(out, NULL, '{');
	json_text(out, "kind", "member");
	json_text(out, "id", r->uri);
	json_text(out, "at", at);
	if (r->story)
		print_hex(out, "story", r->story);
	else
		json_null_or(out, "story", NULL);
	json_text(out, "version", *r->version ? r->version : NULL);
	json_text(out, "versioncreated", *r->versioncreated ? r->versioncreated : NULL);
	json_text(out, "headline", *r->headline ? r->headline : NULL);
	for (size_t i = 0; i < LENGTH(numbers); i++)
		json_int(out, numbers[i].name,
			 *(const int64_t *)(const void *)((const char *)r +
							  numbers[i].at));
	print_list(out, "terms", r->terms, r->term_count);
	print_list(out, "runs", r->runs, r->run_count);
	json_close(out, '}');
}

void
note_print(const struct story_note *n, const char *at, struct buf *out)
{
	json_open(out, NULL, '{');
	json_text(out, "kind", "story");
	print_hex(out, "id", n->id);
	json_text(out, "at", at);
	json_int(out, "gone", n->gone);
	json_int(out, "first", n->first);
	json_int(out, "last", n->last);
	print_hex(out, "twin", n->twin);
	print_list(out, "sources", n->sources, n->source_count);
	json_close(out, '}');
}

/* ---- reading ---- */

static int
read_list(struct cursor *c, const uint32_t **list, size_t *n)
{
	struct slice s;
	unsigned char *bytes;
	uint32_t *to;
	int size;

	if (cursor_string(c, &s))
		return -1;
	if (s.size % 4 || s.size > MOST_NUMBERS * 6)
		return err_set(c->err, ERR_REJECT, "no list of numbers");
	bytes = arena_alloc(c->arena, s.size / 4 * 3 + 1);
	to = arena_alloc(c->arena, s.size + 4);
	if (!bytes || !to)
		return arena_check(c->arena, c->err);
	size = s.size ? EVP_DecodeBlock(bytes, (const unsigned char *)s.text, (int)s.size)
		      : 0;
	for (size_t i = s.size; size > 0 && i > 0 && s.text[i - 1] == '='; i--)
		size--;
	if (size < 0 || size % 4)
		return err_set(c->err, ERR_REJECT, "no list of numbers");
	*n = (size_t)size / 4;
	for (size_t i = 0; i < *n; i++)
		to[i] = (uint32_t)bytes[4 * i] | (uint32_t)bytes[4 * i + 1] << 8 |
			(uint32_t)bytes[4 * i + 2] << 16 |
			(uint32_t)bytes[4 * i + 3] << 24;
	*list = to;
	return 0;
}

static int
read_hex(struct cursor *c, uint64_t *value)
{
	const char *text;
	char *end;

	if (cursor_peek(c) == 'n')
		return cursor_null(c);
	if (cursor_text(c, &text))
		return -1;
	if (!text)
		return arena_check(c->arena, c->err);
	*value = strtoull(text, &end, 16);
	return *text && !*end ? 0 : err_set(c->err, ERR_REJECT, "\"%s\" is no id", text);
}

static int
read_whole(struct cursor *c, int64_t *value)
{
	struct number n;

	if (cursor_number(c, &n))
		return -1;
	*value = n.whole;
	return n.is_whole ? 0 : err_set(c->err, ERR_REJECT, "no whole number");
}

static bool
is_time(int64_t ms)
{
	const int64_t most = INT64_C(253402300799999); /* the end of 9999 */

	return ms >= -most && ms <= most;
}

/* 1: it is none of these. */
static int
read_text(struct remembered *r, const struct slice *name, struct cursor *c)
{
	static const struct {
		const char *name;
		size_t at;
	} rows[] = { { "id", offsetof(struct remembered, uri) },
		     { "version", offsetof(struct remembered, version) },
		     { "versioncreated", offsetof(struct remembered, versioncreated) },
		     { "headline", offsetof(struct remembered, headline) } };

	for (size_t i = 0; i < LENGTH(rows); i++)
		if (slice_is(name, rows[i].name))
			return cursor_text(c, (const char **)(void *)((char *)r +
								      rows[i].at));
	return 1;
}

/* A member that has no row is of a later version. */
static int
read_number(struct remembered *r, const struct slice *name, struct cursor *c)
{
	for (size_t i = 0; i < LENGTH(numbers); i++)
		if (slice_is(name, numbers[i].name))
			return read_whole(c,
					  (int64_t *)(void *)((char *)r + numbers[i].at));
	return cursor_pass(c);
}

static int
read_member(struct cursor *c, const struct slice *name, void *arg)
{
	struct remembered *r = arg;
	int rc;

	if (slice_is(name, "kind") || slice_is(name, "at"))
		return cursor_pass(c);
	if (slice_is(name, "story"))
		return read_hex(c, &r->story);
	if (slice_is(name, "terms"))
		return read_list(c, &r->terms, &r->term_count);
	if (slice_is(name, "runs"))
		return read_list(c, &r->runs, &r->run_count);
	rc = read_text(r, name, c);
	return rc == 1 ? read_number(r, name, c) : rc;
}

int
remembered_parse(struct remembered *r, const char *json, size_t n, struct arena *arena,
		 struct err *err)
{
	struct cursor c;

	*r = (struct remembered){ .version = "", .versioncreated = "", .headline = "" };
	cursor_init(&c, json, n, arena, err);
	if (cursor_object(&c, read_member, r) || cursor_end(&c) ||
	    arena_check(arena, err))
		return -1;
	if (!is_time(r->time_ms))
		return err_set(err, ERR_REJECT, "no time: %" PRId64, r->time_ms);
	if (!r->uri || r->term_count > VECTOR_MOST || r->run_count > SKETCH_MOST ||
	    r->order < 0)
		return err_set(err, ERR_REJECT, "no article of a story");
	for (size_t i = 1; i < r->term_count; i++)
		if (r->terms[i] >> 8 <= r->terms[i - 1] >> 8)
			return err_set(err, ERR_REJECT, "terms out of order");
	return 0;
}

static int
read_note(struct cursor *c, const struct slice *name, void *arg)
{
	struct story_note *n = arg;

	if (slice_is(name, "id"))
		return read_hex(c, &n->id);
	if (slice_is(name, "twin"))
		return read_hex(c, &n->twin);
	if (slice_is(name, "gone"))
		return read_whole(c, &n->gone);
	if (slice_is(name, "first"))
		return read_whole(c, &n->first);
	if (slice_is(name, "last"))
		return read_whole(c, &n->last);
	if (slice_is(name, "sources"))
		return read_list(c, &n->sources, &n->source_count);
	return cursor_pass(c);
}

int
note_parse(struct story_note *note, const char *json, size_t n, struct arena *arena,
	   struct err *err)
{
	struct cursor c;

	*note = (struct story_note){ 0 };
	cursor_init(&c, json, n, arena, err);
	if (cursor_object(&c, read_note, note) || cursor_end(&c) ||
	    arena_check(arena, err))
		return -1;
	if (!is_time(note->first) || !is_time(note->last))
		return err_set(err, ERR_REJECT, "no time");
	return note->id ? 0 : err_set(err, ERR_REJECT, "no story");
}

/* ---- copies ---- */

static void *
put(char **p, const void *bytes, size_t n)
{
	char *to = *p;

	if (n)
		memcpy(to, bytes, n);
	*p += n;
	return to;
}

struct remembered *
remembered_copy(const struct remembered *r)
{
	const char *texts[] = { r->uri, r->version, r->versioncreated, r->headline };
	size_t size = sizeof(*r) + 4 * (r->term_count + r->run_count);
	struct remembered *copy;
	char *p;

	for (size_t i = 0; i < LENGTH(texts); i++)
		size += strlen(texts[i]) + 1;
	copy = must_alloc(size);
	*copy = *r;
	p = (char *)(copy + 1);
	copy->terms = put(&p, r->terms, 4 * r->term_count);
	copy->runs = put(&p, r->runs, 4 * r->run_count);
	copy->uri = put(&p, r->uri, strlen(r->uri) + 1);
	copy->version = put(&p, r->version, strlen(r->version) + 1);
	copy->versioncreated = put(&p, r->versioncreated, strlen(r->versioncreated) + 1);
	copy->headline = put(&p, r->headline, strlen(r->headline) + 1);
	return copy;
}

struct story_note *
note_copy(const struct story_note *n)
{
	struct story_note *copy = must_alloc(sizeof(*n) + 4 * n->source_count);
	char *p = (char *)(copy + 1);

	*copy = *n;
	copy->sources = put(&p, n->sources, 4 * n->source_count);
	return copy;
}
