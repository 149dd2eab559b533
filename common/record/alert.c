#include "record/alert.h"

#include <stdint.h>
#include <stdio.h>

#include "record/json.h"
#include "text/ni.h"

const char *const alert_kinds[] = { "match",   "digest",  "escalate",
				    "recover", "silence", NULL };

static const struct field event_fields[] = {
	TEXT(alert_event, type, "type"),
	TEXT_NULL(alert_event, actor, "actor"),
	TEXT_NULL(alert_event, recipient, "recipient"),
	TEXT_NULL(alert_event, place, "place"),
	TEXT_NULL(alert_event, date, "date"),
	TEXT_NULL(alert_event, text, "text"),
	INT_NULL(alert_event, casualties, "casualties", -1),
	{ 0 },
};

static const struct field item_fields[] = {
	TEXT(alert_item, id, "id"),
	TEXT(alert_item, time, "time"),
	TEXT_NULL(alert_item, headline, "headline"),
	TEXT_NULL(alert_item, story, "story"),
	TEXT_NULL(alert_item, uri, "uri"),
	{ 0 },
};

static const struct field alert_fields[] = {
	TEXT(alert, id, "id"),
	WORD(alert, kind, enum alert_kind, "kind", alert_kinds),
	TEXT(alert, rule, "rule"),
	TEXT(alert, priority, "priority"),
	TEXT(alert, time, "time"),
	TEXT_NULL(alert, story, "story"),
	TEXT_NULL(alert, uri, "uri"),
	ONE(alert, event, struct alert_event, "event", event_fields),
	TEXT_NULL(alert, headline, "headline"),
	INT(alert, articles, "articles"),
	INT(alert, sources, "sources"),
	NAMES(alert, why, "why"),
	NAMES(alert, channels, "channels"),
	BOOL(alert, repeated, "repeated"),
	LIST_MAYBE(alert, items, item_count, struct alert_item, "items", item_fields),
	INT_MAYBE(alert, more, "more", 0),
	{ 0 },
};

int
alert_parse(struct alert *a, const char *json, size_t n, struct arena *arena,
	    struct err *err)
{
	struct cursor c;

	*a = (struct alert){ 0 };
	cursor_init(&c, json, n, arena, err);
	if (fields_read(alert_fields, a, &c) || cursor_end(&c) || arena_check(arena, err))
		return err_context(err, "alert");
	return 0;
}

void
alert_print(const struct alert *a, struct buf *out)
{
	json_open(out, NULL, '{');
	fields_print(alert_fields, a, out);
	json_close(out, '}');
}

const char *
alert_id(const void *key, size_t n, int64_t times, char id[ALERT_ID])
{
	unsigned char digest[NI_DIGEST];
	struct buf bytes;

	buf_init(&bytes, n + 64);
	buf_add(&bytes, key, n);
	buf_addc(&bytes, '\0');
	buf_printf(&bytes, "%lld", (long long)times);
	ni_digest(bytes.data, bytes.size, digest);
	buf_release(&bytes);
	return ni_hex(digest, 16, id);
}
