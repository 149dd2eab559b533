#include "record/replay.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "record/field.h"
#include "record/json.h"
#include "time/clock.h"

enum { LINE_CEILING = 8 << 20 };

void
replay_mark_print(const struct replay_mark *m, struct buf *out)
{
	json_open(out, NULL, '{');
	json_text(out, "id", m->id);
	json_text(out, "reason", m->reason);
	json_text(out, "by", m->by);
	if (m->effects.count > 0) {
		json_open(out, "effects", '[');
		for (size_t i = 0; i < m->effects.count; i++)
			json_text(out, NULL, m->effects.items[i]);
		json_close(out, ']');
	}
	json_close(out, '}');
}

bool
replay_mark_names(const void *header, size_t n, const char *sink)
{
	json_t *root = json_loadb(header, n, 0, NULL), *item;
	bool named = false;
	size_t i;

	json_array_foreach(json_object_get(root, "effects"), i, item) named |=
	    json_is_string(item) && !strcmp(json_string_value(item), sink);
	json_decref(root);
	return named;
}

bool
replay_mark_is(const void *header, size_t n, const char *id)
{
	json_t *root = json_loadb(header, n, 0, NULL);
	const char *ours = json_string_value(json_object_get(root, "id"));
	bool is = ours && !strcmp(ours, id);

	json_decref(root);
	return is;
}

/* ---- the state ---- */

static const char *const statuses[] = { "running", "done", "cancelled", NULL };
static const char *const wishes[] = { "resume", "pause", "cancel", NULL };

static const struct field line_fields[] = {
	TEXT(replay_line, source, "source"),
	TEXT(replay_line, into, "into"),
	TEXT_MAYBE(replay_line, through, "through"),
	TEXT_MAYBE(replay_line, from, "from"),
	TEXT_MAYBE(replay_line, to, "to"),
	TEXT_MAYBE(replay_line, event_from, "event_from"),
	TEXT_MAYBE(replay_line, event_to, "event_to"),
	TEXT_MAYBE(replay_line, where, "where"),
	TEXT_MAYBE(replay_line, keys, "keys"),
	LONG(replay_line, limit, "limit"),
	NAMES(replay_line, effects, "effects"),
	{ 0 },
};

static const struct field place_fields[] = {
	INT(replay_place, partition, "partition"),
	LONG(replay_place, from, "from"),
	LONG(replay_place, next, "next"),
	LONG(replay_place, end, "end"),
	{ 0 },
};

static const struct field start_fields[] = {
	INT(replay_start, partition, "partition"),
	LONG(replay_start, offset, "offset"),
	{ 0 },
};

static void
print_line(const void *base, const char *name, struct buf *out)
{
	const struct replay_state *s = base;

	json_open(out, name, '{');
	fields_print(line_fields, &s->line, out);
	json_close(out, '}');
}

static int
read_line(void *base, struct cursor *c)
{
	struct replay_state *s = base;

	return fields_read(line_fields, &s->line, c);
}

static const struct field state_fields[] = {
	TEXT(replay_state, kind, "kind"),
	TEXT(replay_state, id, "id"),
	TEXT(replay_state, at, "at"),
	WORD(replay_state, status, enum replay_status, "status", statuses),
	CUSTOM("line", print_line, read_line),
	TEXT_MAYBE(replay_state, reason, "reason"),
	TEXT(replay_state, by, "by"),
	TEXT(replay_state, started, "started"),
	LONG(replay_state, read, "read"),
	LONG(replay_state, sent, "sent"),
	LONG(replay_state, rejected, "rejected"),
	LIST(replay_state, places, place_count, struct replay_place, "places",
	     place_fields),
	LIST(replay_state, starts, start_count, struct replay_start, "starts",
	     start_fields),
	{ 0 },
};

void
replay_line_id(const struct replay_line *line, char id[REPLAY_ID])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct buf text;

	buf_init(&text, LINE_CEILING);
	json_open(&text, NULL, '{');
	fields_print(line_fields, line, &text);
	json_close(&text, '}');
	EVP_Digest(text.data, text.size, digest, NULL, EVP_sha256(), NULL);
	for (size_t i = 0; i < REPLAY_ID / 2; i++)
		snprintf(id + 2 * i, 3, "%02x", digest[i]);
	buf_release(&text);
}

void
replay_state_print(const struct replay_state *s, struct buf *out)
{
	json_open(out, NULL, '{');
	fields_print(state_fields, s, out);
	json_close(out, '}');
}

static int
read_whole(const struct field *fields, void *base, const char *json, size_t n,
	   struct arena *arena, struct err *err)
{
	struct cursor c;

	cursor_init(&c, json, n, arena, err);
	return fields_read(fields, base, &c) || cursor_end(&c) || arena_check(arena, err)
		   ? -1
		   : 0;
}

int
replay_state_parse(struct replay_state *s, const char *json, size_t n,
		   struct arena *arena, struct err *err)
{
	*s = (struct replay_state){ 0 };
	if (read_whole(state_fields, s, json, n, arena, err))
		return err_context(err, "no state of a replay");
	if (strcmp(s->kind, "replay"))
		return err_set(err, ERR_REJECT, "no state of a replay: kind '%s'",
			       s->kind);
	return 0;
}

/* ---- what is asked ---- */

struct asked {
	const char *kind, *id, *at;
	enum replay_wish wish;
};

static const struct field asked_fields[] = {
	TEXT(asked, kind, "kind"),
	TEXT(asked, id, "id"),
	TEXT(asked, at, "at"),
	WORD(asked, wish, enum replay_wish, "ask", wishes),
	{ 0 },
};

void
replay_ask_print(const char *id, enum replay_wish wish, struct buf *out)
{
	char at[WALL_TEXT];

	json_open(out, NULL, '{');
	json_text(out, "kind", "replay");
	json_raw(out, "id", "\"");
	buf_adds(out, id);
	buf_adds(out, "/ask\"");
	json_text(out, "at", wall_text(wall_now(), at));
	json_text(out, "ask", wishes[wish]);
	json_close(out, '}');
}

int
replay_ask_parse(enum replay_wish *wish, const char *json, size_t n, struct arena *arena,
		 struct err *err)
{
	struct asked asked = { 0 };

	if (read_whole(asked_fields, &asked, json, n, arena, err))
		return err_context(err, "nothing that a replay is asked");
	*wish = asked.wish;
	return 0;
}

const char *
replay_key_id(const void *key, size_t n, bool *asks, struct arena *arena)
{
	static const char start[] = "replay/", end[] = "/ask";
	const char *id = key;
	size_t before = sizeof(start) - 1, behind = sizeof(end) - 1;

	if (!key || n <= before || memcmp(id, start, before))
		return NULL;
	id += before;
	n -= before;
	*asks = n > behind && !memcmp(id + n - behind, end, behind);
	return arena_copy(arena, id, *asks ? n - behind : n);
}
