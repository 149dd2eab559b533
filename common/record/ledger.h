/*
 * What the topic of the ledger says: for each path of a spool what became of
 * the file, for each content which article has it.  Compacted: the last word
 * on a key stands.
 *
 *	f NUL spool NUL path	{"state", "uri", "version", "sha256", "size", "time",
 *"reason"} h NUL spool NUL sha-256	{"uri"}	the first article with these bytes r NUL spool NUL path	{"time", "attempt", "history"}	somebody asks to take the file again; no value: done
 *	s NUL spool		{"since_ms", "opened"}	when the spool was first watched
 */
#ifndef RECORD_LEDGER_H
#define RECORD_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

enum ledger_state {
	LEDGER_PUBLISHED,
	LEDGER_SKIPPED,    /* was there before the spool was watched */
	LEDGER_REJECTED,   /* its bytes are in the dead letters */
	LEDGER_HELD,       /* cut short, perhaps still being written; in no record */
	LEDGER_UNREADABLE, /* likewise */
};

struct ledger_key {
	char kind; /* f h r s */
	const char *spool;
	size_t spool_size;
	const char *rest; /* path or sha-256 in hex */
	size_t size;
};

struct ledger_file {
	enum ledger_state state;
	const char *uri;    /* NULL: never published; stays through later states */
	int64_t version;    /* of it; 0 */
	const char *sha256; /* hex, of the bytes this state is about; NULL */
	int64_t size;
	int64_t time_ms;
	const char *reason; /* NULL */
};

const char *ledger_state_name(enum ledger_state state);

void ledger_key_print(struct buf *out, char kind, const char *spool, const char *rest,
		      size_t n);
bool ledger_key_parse(struct ledger_key *key, const void *bytes, size_t n); /* borrows */

void ledger_file_print(const struct ledger_file *f, struct buf *out);
int ledger_file_parse(struct ledger_file *f, const char *json, size_t n,
		      struct arena *arena, struct err *err) MUST_CHECK;

/* An h value. */
void ledger_content_print(const char *uri, struct buf *out);
int ledger_content_parse(const char **uri, const char *json, size_t n,
			 struct arena *arena, struct err *err) MUST_CHECK;

/* An r value: what is known of the dead letter that the file is; 0, NULL: nothing. */
struct ledger_request {
	int64_t time_ms;
	int64_t attempt;
	const char *history; /* as in its header nw-dlq-history */
};
void ledger_request_print(const struct ledger_request *r, struct buf *out);
int ledger_request_parse(struct ledger_request *r, const char *json, size_t n,
			 struct arena *arena, struct err *err) MUST_CHECK;

/* An s value: files older than since_ms are skipped until `opened`. */
struct ledger_start {
	int64_t since_ms;
	bool opened; /* the first scan is through */
};
void ledger_start_print(const struct ledger_start *s, struct buf *out);
int ledger_start_parse(struct ledger_start *s, const char *json, size_t n,
		       struct err *err) MUST_CHECK;

#endif
