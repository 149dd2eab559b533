#include "record/epoch.h"

#include "record/field.h"
#include "record/json.h"
#include "time/clock.h"

struct whole {
	const char *kind, *id, *at, *lexicon;
	long epoch;
};

static const struct field fields[] = {
	TEXT(whole, kind, "kind"),       TEXT(whole, id, "id"),
	TEXT(whole, at, "at"),           LONG(whole, epoch, "epoch"),
	TEXT(whole, lexicon, "lexicon"), { 0 },
};

void
epoch_print(const struct epoch *e, struct buf *out)
{
	char at[WALL_TEXT];
	struct whole w = { "extractor", "current", wall_text(wall_now(), at), e->lexicon,
			   e->epoch };

	json_open(out, NULL, '{');
	fields_print(fields, &w, out);
	json_close(out, '}');
}

int
epoch_parse(struct epoch *e, const char *json, size_t n, struct arena *arena,
	    struct err *err)
{
	struct whole w = { 0 };
	struct cursor c;

	cursor_init(&c, json, n, arena, err);
	if (fields_read(fields, &w, &c) || cursor_end(&c) || arena_check(arena, err))
		return err_context(err, EPOCH_KEY);
	*e = (struct epoch){ w.epoch, w.lexicon };
	return 0;
}
