/* Groups of the embedded log: how far each is in a lane, who holds it, who its members
 * are. */
#include "bus/log_sql.h"

#include <stdlib.h>

#include "base/mem.h"

int
log_position_get(struct bus *b, const char *group, int64_t lane, struct log_position *p,
		 bool *exists, struct err *err)
{
	sqlite3_stmt *s = log_ask(b, POSITION_GET);
	int rc;

	*p = (struct log_position){ -1, 0 };
	if (s)
		log_bind(s, "si", group, lane);
	rc = log_step(b, s, "reading a position", err);
	*exists = rc > 0;
	if (rc > 0) {
		*p = (struct log_position){ sqlite3_column_int64(s, 0),
					    sqlite3_column_int64(s, 1) };
		sqlite3_reset(s);
	}
	return rc < 0 ? -1 : 0;
}

int
log_position_hold(struct bus *b, const char *group, int64_t lane, int64_t holder,
		  struct err *err)
{
	sqlite3_stmt *s = log_ask(b, POSITION_HOLD);

	if (s)
		log_bind(s, "sii", group, lane, holder);
	return log_done(b, s, "taking a partition", err);
}

int
log_position_set(struct bus *b, const char *group, int64_t lane, int64_t offset,
		 struct err *err)
{
	sqlite3_stmt *s = log_ask(b, POSITION_SET);

	if (s)
		log_bind(s, "sii", group, lane, offset);
	return log_done(b, s, "writing a position", err);
}

int
log_each_position(struct bus *b, log_position_f *f, void *arg, struct err *err)
{
	sqlite3_stmt *s = log_ask(b, POSITIONS);
	int rc, result = 0;

	while (!result && (rc = log_step(b, s, "asking for positions", err)))
		result = rc < 0
			     ? -1
			     : f(arg, (const char *)sqlite3_column_text(s, 0),
				 sqlite3_column_int64(s, 1), sqlite3_column_int64(s, 2));
	if (s)
		sqlite3_reset(s);
	return result;
}

int
log_group_forget(struct bus *b, const char *group, bool *known, struct err *err)
{
	sqlite3_stmt *s = log_ask(b, POSITIONS_FORGET);

	if (s)
		log_bind(s, "s", group);
	if (log_done(b, s, "forgetting a group", err))
		return -1;
	*known = sqlite3_changes(b->db.db) > 0;
	return 0;
}

int
log_members(struct bus *b, const char *group, struct log_member **members, size_t *n,
	    struct err *err)
{
	sqlite3_stmt *s = log_ask(b, MEMBERS);
	struct log_member *list = NULL;
	int rc;

	*n = 0;
	*members = NULL;
	if (s)
		log_bind(s, "s", group);
	while ((rc = log_step(b, s, "asking for members", err)) > 0) {
		list = must_realloc(list, (*n + 1) * sizeof(*list));
		list[(*n)++] = (struct log_member){
			sqlite3_column_int64(s, 0),
			must_strdup((const char *)sqlite3_column_text(s, 1)),
			must_strdup((const char *)sqlite3_column_text(s, 2))
		};
	}
	*members = list;
	return rc;
}

void
log_members_free(struct log_member *members, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(members[i].id);
		free(members[i].topics);
	}
	free(members);
}

int
log_member_add(struct bus *b, const char *id, const char *group, const char *topics,
	       int64_t *epoch, struct err *err)
{
	sqlite3_stmt *s;

	*epoch = 0;
	if (log_number(b, log_ask(b, LOG_EPOCH), "counting epochs", epoch, err))
		return -1;
	s = log_ask(b, MEMBER_DROP);
	if (s)
		log_bind(s, "s", id);
	if (log_done(b, s, "fencing the former owner", err))
		return -1;
	s = log_ask(b, MEMBER_ADD);
	if (s)
		log_bind(s, "isss", *epoch, id, group, topics);
	return log_done(b, s, "joining", err);
}

int
log_member_remove(struct bus *b, int64_t epoch, struct err *err)
{
	sqlite3_stmt *s = log_ask(b, MEMBER_REMOVE);

	if (s)
		log_bind(s, "i", epoch);
	return log_done(b, s, "removing a member", err);
}

int
log_member_is(struct bus *b, int64_t epoch, bool *is, struct err *err)
{
	sqlite3_stmt *s = log_ask(b, MEMBER_IS);
	int64_t found = 0;

	if (s)
		log_bind(s, "i", epoch);
	if (log_number(b, s, "looking for a member", &found, err))
		return -1;
	*is = found;
	return 0;
}
