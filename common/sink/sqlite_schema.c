/*
 * What belongs to an article has the article's number first in its key and
 * lies without a rowid, so that the rows of one article are neighbours: one
 * write, one read, one delete.
 *
 * `start` and `stop` are code points into the text that `part` names.  Lists
 * are words with commas between.  Negated and hypothetical events are in
 * `events`, marked in `aux`; the view leaves them out.
 */
#include "sink/sqlite_schema.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/mem.h"

enum { APPLICATION = 0x6e777372 }; /* "nwsr": says whose file it is, to file(1) too */

static const char tables[] =
    "CREATE TABLE articles("
    " id INTEGER PRIMARY KEY, uri TEXT NOT NULL UNIQUE, version TEXT, versioncreated "
    "TEXT,"
    " firstcreated TEXT, pubstatus TEXT, language TEXT, headline TEXT, byline "
    "TEXT,"
    " located TEXT, slugline TEXT, body TEXT, source TEXT, usageterms TEXT, copyright "
    "TEXT,"
    " urgency INTEGER, wordcount INTEGER, meta TEXT, extractor TEXT, epoch INTEGER NOT "
    "NULL,"
    " model TEXT, lexicon TEXT);"
    "CREATE INDEX articles_created ON articles(versioncreated);"
    "CREATE TABLE tombstones("
    " uri TEXT PRIMARY KEY, version TEXT, versioncreated TEXT, pubstatus TEXT,"
    " epoch INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE events("
    " article INTEGER NOT NULL REFERENCES articles(id), number INTEGER NOT NULL,"
    " id TEXT, main INTEGER, type TEXT, mode TEXT, context "
    "TEXT,"
    " aux TEXT, cameo TEXT, quad INTEGER, score REAL, goldstein REAL, medtop TEXT,"
    " trigger_text TEXT, lemma TEXT, date TEXT, date_end TEXT, date_value TEXT, "
    "date_text TEXT,"
    " quote TEXT, dead INTEGER, injured INTEGER, arrested INTEGER, sentence INTEGER, "
    "part TEXT,"
    " start INTEGER, stop INTEGER, confidence REAL, pattern TEXT,"
    " PRIMARY KEY(article, number)) WITHOUT ROWID;"
    "CREATE INDEX events_type ON events(type, date);"
    "CREATE INDEX events_date ON events(date);"
    "CREATE TABLE actors("
    " article INTEGER NOT NULL REFERENCES articles(id), event INTEGER NOT NULL,"
    " role TEXT NOT NULL CHECK(role IN ('actor', 'recipient', 'location', "
    "'attribution')),"
    " number INTEGER NOT NULL, text TEXT, part TEXT, start INTEGER, stop INTEGER, name "
    "TEXT,"
    " country TEXT, sector TEXT, id TEXT, lat REAL, lon REAL,"
    " PRIMARY KEY(article, event, role, number)) WITHOUT ROWID;"
    "CREATE INDEX actors_name ON actors(name);"
    "CREATE INDEX actors_country ON actors(country, role);"
    "CREATE TABLE times("
    " article INTEGER NOT NULL REFERENCES articles(id), number INTEGER NOT NULL, text "
    "TEXT,"
    " part TEXT, start INTEGER, stop INTEGER, type TEXT, value TEXT,"
    " PRIMARY KEY(article, number)) WITHOUT ROWID;"
    "CREATE TABLE quotes("
    " article INTEGER NOT NULL REFERENCES articles(id), number INTEGER NOT NULL, text "
    "TEXT,"
    " part TEXT, start INTEGER, stop INTEGER, direct INTEGER, speaker TEXT, speaker_part "
    "TEXT,"
    " speaker_start INTEGER, speaker_stop INTEGER, speaker_name TEXT, speaker_country "
    "TEXT,"
    " speaker_sector TEXT, speaker_id TEXT,"
    " PRIMARY KEY(article, number)) WITHOUT ROWID;"
    "CREATE TABLE entities("
    " article INTEGER NOT NULL REFERENCES articles(id), number INTEGER NOT NULL, text "
    "TEXT,"
    " part TEXT, start INTEGER, stop INTEGER, type TEXT, name TEXT, country TEXT, id "
    "TEXT,"
    " lat REAL, lon REAL, PRIMARY KEY(article, number)) WITHOUT ROWID;"
    "CREATE INDEX entities_name ON entities(name);"
    "CREATE TABLE mentions("
    " article INTEGER NOT NULL REFERENCES articles(id), entity INTEGER NOT NULL,"
    " number INTEGER NOT NULL, text TEXT, part TEXT, start INTEGER, stop INTEGER,"
    " PRIMARY KEY(article, entity, number)) WITHOUT ROWID;"
    "CREATE TABLE positions("
    " cluster TEXT, topic TEXT, partition INTEGER, offset INTEGER NOT NULL,"
    " epoch INTEGER NOT NULL, PRIMARY KEY(cluster, topic, partition)) WITHOUT ROWID;";

/* Types and modes as a reader says them, and what leads over to the recipient. */
static const char words[] =
    "CREATE TABLE words(type TEXT, mode TEXT, verb TEXT NOT NULL, link TEXT NOT NULL,"
    " PRIMARY KEY(type, mode)) WITHOUT ROWID;"
    "INSERT INTO words VALUES"
    "('AGREE','','agreed to cooperate','with'),('CONSULT','','met',''),"
    "('CONSULT','visit','visited',''),"
    "('CONSULT','phone','spoke by phone','with'),"
    "('CONSULT','third-party','mediated','for'),"
    "('CONSULT','multilateral','met',''),('SUPPORT','','supported',''),"
    "('CONCEDE','','gave way','to'),('COOPERATE','','cooperated','with'),"
    "('AID','','helped',''),('RETREAT','','pulled back','from'),"
    "('RETREAT','withdraw','withdrew','from'),"
    "('RETREAT','release','released',''),('RETREAT','disarm','disarmed',''),"
    "('RETREAT','ceasefire','ceased fire','with'),"
    "('RETREAT','access','let in',''),('RETREAT','resign','resigned',''),"
    "('REQUEST','','asked',''),('REQUEST','assist','asked for help','from'),"
    "('REQUEST','change','demanded change','of'),"
    "('REQUEST','yield','demanded concessions','of'),"
    "('REQUEST','meet','asked to meet',''),('ACCUSE','','accused',''),"
    "('ACCUSE','disapprove','criticised',''),"
    "('ACCUSE','investigate','investigated',''),('REJECT','','refused',''),"
    "('REJECT','assist','refused to help',''),"
    "('REJECT','yield','refused to yield','to'),"
    "('REJECT','meet','refused to meet',''),('THREATEN','','threatened',''),"
    "('THREATEN','arrest','threatened to arrest',''),"
    "('THREATEN','expel','threatened to expel',''),"
    "('THREATEN','violence','threatened to attack',''),"
    "('PROTEST','','protested','against'),('PROTEST','riot','rioted','against'),"
    "('PROTEST','strike','went on strike','against'),"
    "('PROTEST','hunger','went on hunger strike','against'),"
    "('PROTEST','boycott','boycotted',''),('PROTEST','obstruct','blockaded',''),"
    "('PROTEST','vandalize','vandalised',''),"
    "('SANCTION','','imposed sanctions','on'),"
    "('SANCTION','convict','convicted',''),('SANCTION','expel','expelled',''),"
    "('SANCTION','withdraw','withdrew','from'),"
    "('MOBILIZE','','readied forces','against'),"
    "('MOBILIZE','troops','moved troops','against'),"
    "('MOBILIZE','weapons','readied weapons','against'),"
    "('MOBILIZE','police','sent police','against'),"
    "('MOBILIZE','militia','raised militia','against'),"
    "('COERCE','','coerced',''),('COERCE','seize','seized property','of'),"
    "('COERCE','restrict','restricted',''),('COERCE','censor','censored',''),"
    "('COERCE','curfew','imposed a curfew','on'),"
    "('COERCE','martial-law','imposed martial law','on'),"
    "('COERCE','arrest','arrested',''),('COERCE','deport','deported',''),"
    "('COERCE','withhold','cut off',''),"
    "('COERCE','misinformation','spread false news','about'),"
    "('COERCE','cyber','hacked',''),('ASSAULT','','attacked',''),"
    "('ASSAULT','abduct','abducted',''),('ASSAULT','beat','beat',''),"
    "('ASSAULT','torture','tortured',''),"
    "('ASSAULT','sexual','sexually assaulted',''),"
    "('ASSAULT','targeted','assassinated',''),"
    "('ASSAULT','destroy','destroyed property','of'),"
    "('ASSAULT','firearms','shot','at'),('ASSAULT','explosives','bombed',''),"
    "('ASSAULT','suicide-attack','bombed in a suicide attack',''),"
    "('ASSAULT','aerial','attacked from the air',''),"
    "('ASSAULT','drone','attacked with drones',''),"
    "('ASSAULT','heavy-weapons','shelled',''),"
    "('ASSAULT','crowd-control','used crowd control','against'),"
    "('INSPECT','','inspected',''),('ATTEND','','attended',''),"
    "('TRAVEL','','travelled',''),('COMMEMORATE','','commemorated',''),"
    "('APPROVE','','approved',''),('PRODUCE','','produced',''),"
    "('ELECT','','voted','for'),('APPOINT','','appointed',''),"
    "('ACQUIRE','','acquired',''),('RESULT','','reported results',''),"
    "('LAYOFF','','laid off',''),('DISASTER','','struck',''),"
    "('ACCIDENT','','had an accident','with'),('DIE','','died',':'),"
    "('INJURE','','hurt',':'),('OUTBREAK','','spread','to'),"
    "('RESCUE','','rescued',''),('DISCOVER','','found',''),"
    "('WIN','','won','against');";

#define NAMES(ROLE)                                                                      \
	"(SELECT group_concat(coalesce(name, text), ', ') FROM (SELECT name, text FROM " \
	"actors"                                                                         \
	"  WHERE article = e.article AND event = e.number AND role = '" ROLE             \
	"' ORDER BY number))"

/* A mode without words is said as its type, a type without words as its code. */
static const char view[] =
    "CREATE VIEW who_did_what AS"
    " SELECT date, who, verb || coalesce(bridge, '') || planned AS did, whom, place, "
    "says,"
    "  headline, trim(coalesce(who || ' ', '') || verb || coalesce(bridge || ' ' || "
    "whom, '')"
    "   || planned || coalesce(' in ' || place, '') || coalesce(' on ' || date, '')"
    "   || coalesce(', says ' || says, '')) AS sentence,"
    "  main, type, mode, aux, confidence, uri, article, number"
    " FROM (SELECT e.*, a.headline, a.uri, " NAMES(
	"actor") " AS who,"
		 "  " NAMES("recipient") " AS whom, " NAMES(
		     "location") " AS place,"
				 "  " NAMES(
				     "attribution") " AS says,"
						    "  CASE WHEN e.aux LIKE '%future%' "
						    "THEN ' (planned)' ELSE '' END AS "
						    "planned,"
						    "  coalesce(m.verb, t.verb, "
						    "lower(e.type)) AS verb,"
						    "  CASE WHEN " NAMES(
							"recipient") " IS NULL THEN NULL"
								     "   ELSE CASE "
								     "coalesce(m.link, "
								     "t.link, '') WHEN "
								     "'' THEN '' WHEN "
								     "':' THEN ':'"
								     "    ELSE ' ' || "
								     "coalesce(m.link, "
								     "t.link) END END AS "
								     "bridge"
								     "  FROM events e "
								     "JOIN articles a ON "
								     "a.id = e.article"
								     "  LEFT JOIN words "
								     "t ON t.type = "
								     "e.type AND t.mode "
								     "= ''"
								     "  LEFT JOIN words "
								     "m ON m.type = "
								     "e.type AND m.mode ="
								     "   CASE "
								     "instr(e.mode, ',') "
								     "WHEN 0 THEN e.mode"
								     "    ELSE "
								     "substr(e.mode, 1, "
								     "instr(e.mode, ',') "
								     "- 1) END"
								     "  WHERE e.aux IS "
								     "NULL"
								     "   OR (e.aux NOT "
								     "LIKE '%negation%' "
								     "AND e.aux NOT LIKE "
								     "'%hypothetical%'))"
								     ";";

static const char *const steps[][3] = {
	{ tables, words, view },
};

int
sqlite_failed(sqlite3 *db, const char *path, const char *doing, struct err *err)
{
	int code = sqlite3_errcode(db) & 0xff;
	bool passes = code == SQLITE_FULL || code == SQLITE_IOERR ||
		      code == SQLITE_BUSY || code == SQLITE_LOCKED ||
		      code == SQLITE_NOMEM || code == SQLITE_CANTOPEN;

	return err_set(err, passes ? ERR_RETRY : ERR_FATAL, "%s: %s: %s", path, doing,
		       sqlite3_errmsg(db));
}

static int
number(sqlite3 *db, const char *sql, int *value)
{
	sqlite3_stmt *st;
	int failed =
	    sqlite3_prepare_v2(db, sql, -1, &st, NULL) || sqlite3_step(st) != SQLITE_ROW;

	*value = failed ? -1 : sqlite3_column_int(st, 0);
	return sqlite3_finalize(st) || failed;
}

static int
check(sqlite3 *db, const char *path, int *version, struct err *err)
{
	int application, things, known = (int)LENGTH(steps);

	if (number(db, "PRAGMA user_version", version) ||
	    number(db, "PRAGMA application_id", &application) ||
	    number(db, "SELECT count(*) FROM sqlite_schema", &things))
		return sqlite_failed(db, path, "reading its version", err);
	if (things > 0 && application != APPLICATION)
		return err_set(err, ERR_USAGE, "%s is a database of another program",
			       path);
	if (*version > known)
		return err_set(err, ERR_USAGE,
			       "%s was written by a newer newswire (schema %d; this one "
			       "knows %d): use that one,"
			       " or give the sink a new path",
			       path, *version, known);
	return 0;
}

static int
take_steps(sqlite3 *db, const char *path, int version, struct err *err)
{
	char pragmas[96];

	for (size_t i = (size_t)version; i < LENGTH(steps); i++)
		for (size_t j = 0; j < LENGTH(steps[i]) && steps[i][j]; j++)
			if (sqlite3_exec(db, steps[i][j], NULL, NULL, NULL))
				return sqlite_failed(db, path, "making its tables", err);
	snprintf(pragmas, sizeof(pragmas),
		 "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION,
		 (int)LENGTH(steps));
	if (sqlite3_exec(db, pragmas, NULL, NULL, NULL))
		return sqlite_failed(db, path, "writing its version", err);
	return 0;
}

int
sqlite_schema_update(sqlite3 *db, const char *path, struct err *err)
{
	int version, failed;

	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
		return sqlite_failed(db, path, "opening", err);
	failed = check(db, path, &version, err);
	if (!failed && (size_t)version < LENGTH(steps))
		failed = take_steps(db, path, version, err);
	if (!failed && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL))
		failed = sqlite_failed(db, path, "making its tables", err);
	if (failed)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return failed;
}
