/* Whatever is typed is refused with a reason or is an expression that FTS5 takes. */
#include <sqlite3.h>
#include <string.h>

#include "sink/words.h"
#include "tests/fuzz/fuzz.h"

static sqlite3_stmt *
open_search(void)
{
	static sqlite3_stmt *st;
	sqlite3 *db;

	if (st)
		return st;
	assert(!sqlite3_open(":memory:", &db));
	assert(!sqlite3_exec(db,
			     "CREATE VIRTUAL TABLE search USING fts5(headline, body,"
			     " tokenize = 'porter unicode61 remove_diacritics 2');"
			     "INSERT INTO search VALUES('a b', 'north korea kim')",
			     NULL, NULL, NULL));
	assert(!sqlite3_prepare_v2(db, "SELECT rowid FROM search(?)", -1, &st, NULL));
	return st;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sqlite3_stmt *st = open_search();
	struct buf words, match;
	struct err err;
	int said;

	buf_init(&words, 1 << 20);
	buf_init(&match, 1 << 20);
	buf_add(&words, data, size);
	buf_addc(&words, '\0');
	if (words_match(words.data, &match, &err)) {
		assert(err.class == ERR_USAGE && err.text[0]);
	} else {
		sqlite3_bind_text(st, 1, match.data, (int)match.size, SQLITE_STATIC);
		said = sqlite3_step(st);
		assert(said == SQLITE_ROW || said == SQLITE_DONE);
		sqlite3_reset(st);
	}
	buf_release(&words);
	buf_release(&match);
	return 0;
}
