#include "record/ledger.h"

#include <jansson.h>
#include <string.h>

#include "base/mem.h"
#include "record/json.h"
#include "time/clock.h"

static const char *const states[] = {
	[LEDGER_PUBLISHED] = "published",   [LEDGER_SKIPPED] = "skipped",
	[LEDGER_REJECTED] = "rejected",     [LEDGER_HELD] = "held",
	[LEDGER_UNREADABLE] = "unreadable",
};

const char *
ledger_state_name(enum ledger_state state)
{
	return states[state];
}

void
ledger_key_print(struct buf *out, char kind, const char *spool, const char *rest,
		 size_t n)
{
	buf_addc(out, kind);
	buf_addc(out, '\0');
	buf_adds(out, spool);
	if (!rest)
		return;
	buf_addc(out, '\0');
	buf_add(out, rest, n);
}

bool
ledger_key_parse(struct ledger_key *key, const void *bytes, size_t n)
{
	const char *p = bytes, *end;

	if (n < 3 || p[1])
		return false;
	end = memchr(p + 2, '\0', n - 2);
	*key = (struct ledger_key){ .kind = p[0],
				    .spool = p + 2,
				    .spool_size = end ? (size_t)(end - p) - 2 : n - 2 };
	if (end) {
		key->rest = end + 1;
		key->size = n - (size_t)(key->rest - p);
	}
	return strchr("fhrs", p[0]) && (p[0] == 's') == !end;
}

void
ledger_file_print(const struct ledger_file *f, struct buf *out)
{
	char time[WALL_TEXT];

	json_open(out, NULL, '{');
	json_text(out, "state", states[f->state]);
	json_text(out, "uri", f->uri);
	if (f->uri)
		json_int(out, "version", f->version);
	json_text(out, "sha256", f->sha256);
	json_int(out, "size", f->size);
	json_text(out, "time", wall_text((struct wall){ f->time_ms }, time));
	json_text(out, "reason", f->reason);
	json_close(out, '}');
}

static json_t *
load(const char *json, size_t n, struct err *err)
{
	json_error_t why;
	json_t *root = json_loadb(json, n, 0, &why);

	if (json_is_object(root))
		return root;
	json_decref(root);
	err_set(err, ERR_REJECT, "no value of the ledger: %s",
		root ? "no object" : why.text);
	return NULL;
}

static const char *
member(const json_t *root, const char *name, struct arena *arena)
{
	return arena_strdup(arena, json_string_value(json_object_get(root, name)));
}

static int
state_of(const char *name, enum ledger_state *state, struct err *err)
{
	for (size_t i = 0; name && i < LENGTH(states); i++) {
		if (!strcmp(name, states[i])) {
			*state = (enum ledger_state)i;
			return 0;
		}
	}
	return err_set(err, ERR_REJECT, "no value of the ledger: no such state");
}

static int64_t
time_member(const json_t *root, const char *name)
{
	const char *text = json_string_value(json_object_get(root, name));
	struct wall t = { 0 };

	return text && !wall_parse(&t, text) ? t.ms : 0;
}

int
ledger_file_parse(struct ledger_file *f, const char *json, size_t n, struct arena *arena,
		  struct err *err)
{
	json_t *root = load(json, n, err);
	int failed;

	if (!root)
		return -1;
	*f = (struct ledger_file){
		.uri = member(root, "uri", arena),
		.version = json_integer_value(json_object_get(root, "version")),
		.sha256 = member(root, "sha256", arena),
		.size = json_integer_value(json_object_get(root, "size")),
		.time_ms = time_member(root, "time"),
		.reason = member(root, "reason", arena),
	};
	failed =
	    state_of(json_string_value(json_object_get(root, "state")), &f->state, err);
	json_decref(root);
	return failed || arena_check(arena, err) ? -1 : 0;
}

void
ledger_content_print(const char *uri, struct buf *out)
{
	json_open(out, NULL, '{');
	json_text(out, "uri", uri);
	json_close(out, '}');
}

int
ledger_content_parse(const char **uri, const char *json, size_t n, struct arena *arena,
		     struct err *err)
{
	json_t *root = load(json, n, err);

	if (!root)
		return -1;
	*uri = member(root, "uri", arena);
	json_decref(root);
	if (!*uri)
		return err_set(err, ERR_REJECT, "no value of the ledger: no uri");
	return 0;
}

void
ledger_request_print(const struct ledger_request *r, struct buf *out)
{
	char time[WALL_TEXT];

	json_open(out, NULL, '{');
	json_text(out, "time", wall_text((struct wall){ r->time_ms }, time));
	if (r->attempt)
		json_int(out, "attempt", r->attempt);
	json_text(out, "history", r->history);
	json_close(out, '}');
}

int
ledger_request_parse(struct ledger_request *r, const char *json, size_t n,
		     struct arena *arena, struct err *err)
{
	json_t *root = load(json, n, err);

	if (!root)
		return -1;
	*r = (struct ledger_request){
		.time_ms = time_member(root, "time"),
		.attempt = json_integer_value(json_object_get(root, "attempt")),
		.history = member(root, "history", arena),
	};
	json_decref(root);
	return arena_check(arena, err);
}

void
ledger_start_print(const struct ledger_start *s, struct buf *out)
{
	json_open(out, NULL, '{');
	json_int(out, "since_ms", s->since_ms);
	json_bool(out, "opened", s->opened);
	json_close(out, '}');
}

int
ledger_start_parse(struct ledger_start *s, const char *json, size_t n, struct err *err)
{
	json_t *root = load(json, n, err);

	if (!root)
		return -1;
	s->since_ms = json_integer_value(json_object_get(root, "since_ms"));
	s->opened = json_is_true(json_object_get(root, "opened"));
	json_decref(root);
	return 0;
}
